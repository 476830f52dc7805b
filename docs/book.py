"""The book's one table, nbs/book.toml, and all that follows from it.

`python docs/book.py` mends links whose chapter got another number, counts the minutes,
and writes the arrow that ends each chapter, the doors of the home page and
nbs/chapters.md, and copies the sheets of exercises into the package. Add, move or drop a
chapter in the table, and run it again.
"""

import json
import os
import re
import tomllib
from collections.abc import Callable
from configparser import ConfigParser
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from chapter import NBS, ROOT, Chapter, chapter_paths, key_of, read_chapter, slug

WORDS, LINES = 200, 12  # a minute: of prose, of code
NOTICE = "<!-- Written from nbs/book.toml by docs/book.py: edit the table. -->"
SHEETS = Path("jazz_nb/exercises/notebooks")  # where the package carries the sheets
DOORS = "## Three doors"  # the heading of the cell of the home page that is written
_ARROW = re.compile(r"^→ .*\Z", flags=re.MULTILINE | re.DOTALL)  # to the cell's end
_LINK = re.compile(r"(\]\()([^)\s:#]+\.ipynb)(#[^)\s]*)?(?=\))")
_PAGE = re.compile(r"(\]\()([^)\s:#]+\.(?:ipynb|md))(#[^)\s]*)?(?=\))")
_MINUTES = re.compile(r'(\{ at = "([^"]+)", minutes = )\d+')


@dataclass(frozen=True)
class Entry:
    """
    A chapter's line in the table.

    Parameters
    ----------
    at : str
        Its notebook below ``nbs`` without number and suffix: ``"music/rhythm"``.
    chapter : Chapter
        The notebook, read.
    file : Path
        The notebook below ``nbs``.
    title, learn : str
        Its title, from the table or else the notebook's own, and what one learns there.
    minutes : int
        How long it takes to read.
    part : str
        The part's name, such as ``"Part II"`` or ``"Tutorials"``.
    number, n_chapters : int
        Its place in the part, from 1, and how many the part has.
    """

    at: str
    chapter: Chapter
    file: Path
    title: str
    learn: str
    minutes: int
    part: str
    number: int
    n_chapters: int

    @property
    def place(self) -> str:
        """The notebook below ``nbs`` without suffix: the name of its page."""
        return self.file.with_suffix("").as_posix()

    @property
    def label(self) -> str:
        """Part and number in short, such as ``"II.3"``; a tutorial has none."""
        _, _, short = self.part.partition(" ")
        return f"{short}.{self.number}" if short else ""

    @property
    def full_title(self) -> str:
        """The label and the title."""
        return f"{self.label} · {self.title}" if self.label else self.title

    @property
    def position(self) -> str:
        """Where it stands, such as ``"Part II · 3 of 9"``."""
        return f"{self.part} · {self.number} of {self.n_chapters}"


@dataclass(frozen=True)
class Part:
    """A part of the book: its name (``"Part II"``), title, purpose and chapters."""

    name: str
    title: str
    aim: str
    entries: tuple[Entry, ...]

    @property
    def heading(self) -> str:
        """Name and title in one."""
        return self.name if self.name == self.title else f"{self.name} · {self.title}"

    @property
    def anchor(self) -> str:
        """Where nbs/chapters.md tells of it."""
        return slug(self.heading)

    @property
    def minutes(self) -> int:
        """How long all of it takes to read."""
        return sum(entry.minutes for entry in self.entries)


@dataclass(frozen=True)
class Way:
    """A reader's way through the book: who walks it, what for, and where it leads."""

    name: str
    who: str
    purpose: str
    begin: str
    entries: tuple[Entry, ...]

    @property
    def anchor(self) -> str:
        """Where nbs/chapters.md tells of it."""
        return slug(self.who)


@dataclass(frozen=True)
class Book:
    """All parts in reading order, the readers' ways, and what each room is for."""

    parts: tuple[Part, ...]
    ways: tuple[Way, ...]
    rooms: dict[str, str]

    @property
    def entries(self) -> list[Entry]:
        """All chapters in reading order."""
        return [entry for part in self.parts for entry in part.entries]

    def entry(self, at: str) -> Entry | None:
        """Return the line of a chapter, by its place with or without number."""
        return next((entry for entry in self.entries if entry.at == key_of(at)), None)

    def part_of(self, entry: Entry) -> Part:
        """Return the part that a chapter belongs to."""
        return next(part for part in self.parts if part.name == entry.part)

    def after(self, entry: Entry) -> Entry | None:
        """Return the next chapter of the book; None after the last."""
        return following(self.entries, entry)


def following(entries: list[Entry] | tuple[Entry, ...], entry: Entry) -> Entry | None:
    """Return what comes after an entry; None after the last."""
    place = [other.at for other in entries].index(entry.at) + 1
    return entries[place] if place < len(entries) else None


def read_table(nbs: Path = NBS) -> dict:
    """Read ``book.toml`` as it stands."""
    return tomllib.loads((nbs / "book.toml").read_text(encoding="utf-8"))


def table_problems(table: dict, present: set[str]) -> list[str]:
    """
    Say where the table and the notebooks differ.

    Parameters
    ----------
    table : dict
        As `read_table` returns it.
    present : set of str
        The places of the notebooks that there are, without numbers.

    Returns
    -------
    list of str
        One line for each chapter that is missing, surplus, twice or unknown.
    """
    listed = [row["at"] for part in table["part"] for row in part["chapters"]]
    problems = [
        f"{at}: stands in book.toml, but nbs/ has no such notebook"
        for at in listed
        if at not in present
    ]
    problems += [
        f"{at}: a notebook that book.toml does not list; give it a line there"
        for at in sorted(present - set(listed))
    ]
    problems += [
        f"{at}: stands twice in book.toml"
        for at in sorted({at for at in listed if listed.count(at) > 1})
    ]
    for way in table["way"]:
        stops = way["chapters"]
        problems += [
            f"{at}: the {way['name']}'s way knows it, the parts do not"
            for at in stops
            if at not in listed
        ]
        problems += [
            f"{at}: stands twice on the {way['name']}'s way"
            for at in sorted({at for at in stops if stops.count(at) > 1})
        ]
    known, used = (
        set(table["rooms"]),
        {at.rpartition("/")[0] for at in listed} - {"tutorials", "exercises/sheets"},
    )
    problems += [
        f"{room or 'the top level'}: [rooms] and the parts differ"
        for room in sorted(known ^ used)
    ]
    return problems


def notebooks(nbs: Path = NBS) -> dict[str, Path]:
    """Find the notebooks, without the home page, by place without number."""
    paths = [path for path in chapter_paths(nbs) if path != nbs / "index.ipynb"]
    return {key_of(path.relative_to(nbs)): path for path in paths}


@cache
def read_book(nbs: Path = NBS) -> Book:
    """
    Read the table and the notebooks that it lists.

    Parameters
    ----------
    nbs : Path
        The folder with ``book.toml``.

    Returns
    -------
    Book
        Parts, chapters and ways.

    Raises
    ------
    ValueError
        If the table and the notebooks differ; each difference is a line.
    """
    table, paths = read_table(nbs), notebooks(nbs)
    if problems := table_problems(table, set(paths)):
        raise ValueError("the book's table is not right:\n" + "\n".join(problems))
    parts = []
    for part in table["part"]:
        entries = []
        for number, row in enumerate(part["chapters"], 1):
            chapter = read_chapter(paths[row["at"]])
            entries.append(
                Entry(
                    at=row["at"],
                    chapter=chapter,
                    file=chapter.path.relative_to(nbs),
                    title=row.get("title", chapter.title),
                    learn=row["learn"],
                    minutes=row["minutes"],
                    part=part["name"],
                    number=number,
                    n_chapters=len(part["chapters"]),
                )
            )
        parts.append(Part(part["name"], part["title"], part["aim"], tuple(entries)))
    found = {entry.at: entry for part in parts for entry in part.entries}
    ways = (
        Way(
            *(way[key] for key in ("name", "who", "purpose", "begin")),
            tuple(found[at] for at in way["chapters"]),
        )
        for way in table["way"]
    )
    return Book(tuple(parts), tuple(ways), table["rooms"])


# --- what is written from the table --------------------------------------------------


def reading_minutes(chapter: Chapter) -> int:
    """
    Count how long a reader of the site takes.

    Parameters
    ----------
    chapter : Chapter
        A notebook.

    Returns
    -------
    int
        200 words of prose and 12 lines of code take a minute; docstrings are prose,
        and neither blank lines nor the arrow at the end count.
    """
    words = lines = 0
    for cell in chapter.cells:
        if cell.kind == "markdown":
            text = _ARROW.sub("", cell.source)
            words += len(re.findall(r"\w[\w'’-]*", re.sub(r"\]\([^)]*\)", "]", text)))
        elif not cell.hidden:
            prose = cell.docstring_lines
            for number, line in enumerate(cell.source.splitlines(), 1):
                if number in prose:
                    words += len(line.split())
                else:
                    lines += bool(line.strip()) and not line.startswith("#|")
    return max(1, round(words / WORDS + lines / LINES))


def spoken(minutes: int) -> str:
    """Return minutes as people say them: ``"35 min"``, ``"5 h 40 min"``."""
    hours, rest = divmod(minutes, 60)
    return " ".join(
        [f"{hours} h"] * bool(hours) + [f"{rest} min"] * bool(rest or not hours)
    )


def link(entry: Entry, folder: Path = Path()) -> str:
    """Return a markdown link to a chapter from a page in a folder below ``nbs``."""
    target = os.path.relpath(entry.file, folder).replace(os.sep, "/")
    return f"[{entry.title}]({target})"


def arrow(book: Book, entry: Entry) -> str:
    """
    Write the line that ends a chapter.

    Parameters
    ----------
    book : Book
        For the next chapter, and for the ways that go somewhere else from here.
    entry : Entry
        The chapter.

    Returns
    -------
    str
        A line of markdown.
    """
    folder, after = entry.file.parent, book.after(entry)
    home = os.path.relpath("chapters.md", folder).replace(os.sep, "/")
    line = (
        f"→ {link(after, folder)}: {after.learn}."
        if after
        else (f"→ [The book]({home}): all chapters, and the ways through them.")
    )
    for way in book.ways:
        if entry in way.entries:
            stop = following(way.entries, entry)
            if stop is None:
                line += f" The {way.name}’s way ends here."
            elif stop != after:
                line += f" The {way.name}’s way: {link(stop, folder)}."
    return line


def arrows(markdown: str) -> list[tuple[str, str]]:
    """
    Read the links of an arrow line.

    Parameters
    ----------
    markdown : str
        The text of a chapter's last cell.

    Returns
    -------
    list of tuple of str
        Whose way it is, ``""`` for the book's, and the link's target.
    """
    found = []
    for line in _ARROW.findall(markdown):
        found += re.findall(r"(?:^→ |The (\w+)’s way: )\[[^\]]*\]\(([^)]+)\)", line)
    return found


def with_arrow(notebook: dict, line: str) -> None:
    """Put a line in the place of a notebook's arrow, or into a new cell at its end."""
    for cell in reversed(notebook["cells"]):
        text = "".join(cell["source"])
        if cell["cell_type"] == "markdown" and _ARROW.search(text):
            set_source(cell, f"{_ARROW.sub('', text).rstrip()}\n\n{line}".lstrip())
            return
    new = {"cell_type": "markdown", "id": "next", "metadata": {}, "source": [line]}
    notebook["cells"].append(new)


def set_source(cell: dict, text: str) -> None:
    """Change a cell's text, and keep whether it is one string or a list of lines."""
    whole = isinstance(cell["source"], str)
    cell["source"] = text if whole else text.splitlines(keepends=True)


def doors(book: Book) -> str:
    """Write the doors of the home page: for each reader a beginning and a way."""
    parts = [f"{DOORS}\n"]
    for way in book.ways:
        minutes = sum(entry.minutes for entry in way.entries)
        parts.append(
            f"* **{way.who}.** {way.purpose} Begin with {way.begin}; "
            f"[the way](chapters.md#{way.anchor}) has {len(way.entries)} chapters, "
            f"{spoken(minutes)}."
        )
    return "\n".join(parts)


def chapters_page(book: Book) -> str:
    """Write nbs/chapters.md: the three ways, and the table of all parts."""
    lines = [
        NOTICE,
        "\n# The book\n",
        "> Three ways through it, and all its chapters in the order of the arrows\n",
        f"Minutes are counted: {WORDS} words and {LINES} lines of code in one. "
        "Each chapter is a notebook in `nbs/` and ends with an arrow to the next; where a "
        "way leads elsewhere, the arrow says so.\n",
        "## Three ways\n",
    ]
    for way in book.ways:
        minutes = sum(entry.minutes for entry in way.entries)
        lines += [
            f"### {way.who}\n",
            f"{way.purpose} Begin with {way.begin}. {spoken(minutes)}.\n",
        ]
        lines += [
            f"{number}. {link(entry)}: {entry.learn}"
            for number, entry in enumerate(way.entries, 1)
        ]
        lines.append("")
    for part in book.parts:
        lines += [f"## {part.heading}\n", f"{part.aim} {spoken(part.minutes)}.\n"]
        lines += ["| | chapter | what you learn | minutes |", "|---|---|---|---:|"]
        lines += [
            f"| {entry.label} | {link(entry)} | {entry.learn} | {entry.minutes} |"
            for entry in part.entries
        ]
        lines.append("")
    return "\n".join(lines)


def mended(text: str, folder: Path, nbs: Path = NBS) -> str:
    """
    Mend links to notebooks that got another number, or moved to another room.

    Parameters
    ----------
    text : str
        Markdown.
    folder : Path
        Where the text stands.
    nbs : Path
        The folder of notebooks.

    Returns
    -------
    str
        The text; a link is left alone if it leads somewhere, or if no notebook, or more
        than one, has its name.
    """
    known = notebooks(nbs)

    def mend(match: re.Match) -> str:
        target = Path(os.path.normpath(folder / match[2]))
        if target.exists() or not target.is_relative_to(nbs):
            return match[0]
        key = key_of(target.relative_to(nbs))
        name = key.rpartition("/")[2]
        same = (
            [known[key]]
            if key in known
            else [
                path
                for other, path in known.items()
                if other.rpartition("/")[2] == name
            ]
        )
        if len(same) != 1:
            return match[0]
        new = os.path.relpath(same[0], folder).replace(os.sep, "/")
        return match[1] + new + (match[3] or "")

    return _LINK.sub(mend, text)


def edited(path: Path, edit: Callable[[dict], None]) -> str:
    """Return a notebook's text after an edit, laid out as nbdev_clean leaves it."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    edit(notebook)
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def mend_links(notebook: dict, folder: Path, nbs: Path) -> None:
    """Mend the links in a notebook's prose."""
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if (
            cell["cell_type"] == "markdown"
            and (new := mended(text, folder, nbs)) != text
        ):
            set_source(cell, new)


def put_doors(notebook: dict, text: str) -> None:
    """Write the doors into their cell of the home page."""
    for cell in notebook["cells"]:
        if "".join(cell["source"]).startswith(DOORS):
            set_source(cell, text)


def site() -> str:
    """Return where the site stands, from settings.ini."""
    settings = ConfigParser(delimiters=["="], interpolation=None)
    settings.read(ROOT / "settings.ini", encoding="utf-8")
    return settings["DEFAULT"]["doc_host"] + settings["DEFAULT"]["doc_baseurl"]


def packed(text: str, folder: Path, nbs: Path = NBS) -> str:
    """
    Write a sheet of exercises as the package carries it.

    Parameters
    ----------
    text : str
        The notebook, as it stands in its folder.
    folder : Path
        The folder.
    nbs : Path
        The folder of notebooks.

    Returns
    -------
    str
        The notebook without outputs; links that leave its folder lead to the site.
    """
    notebook = json.loads(text)

    def lead(match: re.Match) -> str:
        target = Path(os.path.normpath(folder / match[2]))
        if target.parent == folder:
            return match[0]
        page = target.relative_to(nbs).with_suffix(".html").as_posix()
        return f"{match[1]}{site()}/{page}{match[3] or ''}"

    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            set_source(cell, _PAGE.sub(lead, "".join(cell["source"])))
        else:
            cell |= {"outputs": [], "execution_count": None}
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def written(nbs: Path = NBS) -> dict[Path, str]:
    """
    Write everything that follows from the table.

    Parameters
    ----------
    nbs : Path
        The folder with ``book.toml``.

    Returns
    -------
    dict of Path to str
        The text of each file that is not yet as it should be.
    """
    book = read_book(nbs)
    minutes = {entry.at: reading_minutes(entry.chapter) for entry in book.entries}
    table = nbs / "book.toml"
    texts = {
        table: _MINUTES.sub(
            lambda m: f"{m[1]}{minutes[m[2]]}", table.read_text("utf-8")
        )
    }
    book = with_minutes(book, minutes)

    def finish(notebook: dict, entry: Entry) -> None:
        mend_links(notebook, (nbs / entry.file).parent, nbs)
        with_arrow(notebook, arrow(book, entry))

    for entry in book.entries:
        path = nbs / entry.file
        texts[path] = edited(
            path, lambda notebook, entry=entry: finish(notebook, entry)
        )

    sheets, kept = nbs / "exercises" / "sheets", nbs.parent / SHEETS
    texts |= {
        kept / path.name: packed(text, sheets, nbs)
        for path, text in list(texts.items())
        if path.parent == sheets
    }

    def welcome(notebook: dict) -> None:
        mend_links(notebook, nbs, nbs)
        put_doors(notebook, doors(book))

    texts[nbs / "index.ipynb"] = edited(nbs / "index.ipynb", welcome)
    for path in nbs.glob("*.md"):
        texts[path] = mended(path.read_text("utf-8"), nbs, nbs)
    texts[nbs / "chapters.md"] = chapters_page(book)
    return {
        path: text
        for path, text in texts.items()
        if not path.exists() or path.read_text("utf-8") != text
    }


def with_minutes(book: Book, minutes: dict[str, int]) -> Book:
    """Return the book with other minutes."""
    known = {
        entry.at: replace(entry, minutes=minutes[entry.at]) for entry in book.entries
    }

    def renewed(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
        return tuple(known[entry.at] for entry in entries)

    return Book(
        tuple(replace(part, entries=renewed(part.entries)) for part in book.parts),
        tuple(replace(way, entries=renewed(way.entries)) for way in book.ways),
        book.rooms,
    )


if __name__ == "__main__":
    (ROOT / SHEETS).mkdir(exist_ok=True)
    for path in (ROOT / SHEETS).glob("*.ipynb"):
        if not (NBS / "exercises" / "sheets" / path.name).exists():
            path.unlink()
    for path, text in written().items():
        path.write_text(text, encoding="utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
