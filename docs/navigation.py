"""Lead readers by the book's table: the menu, the line over a title, the search."""

import json
import re
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from pathlib import Path

from book import Book, Entry, read_book, spoken
from chapter import NBS, public_names, read_chapter
from docutils import nodes
from reference import FOLDER, anchor, modules, room_of, room_page, rooms

GLOSSARY = "glossary"
EXERCISE = {"coming_from_the_course": "Coming from the course", "lecturers": "A plan for lecturers"}
ABOUT = ("design", "benchmarks", "security")
SCORER = Path(__file__).parent / "scorer.js"
_TERM = re.compile(r"^(\S[^\n]*)\n: (.+(?:\n  .+)*)", flags=re.MULTILINE)
_PLACE = re.compile(r"\[[^\]]*\]\(([^)#\s]+\.ipynb)#([^)\s]+)\)")


@dataclass(frozen=True)
class Term:
    """
    A word of the field, as nbs/glossary.md has it.

    Parameters
    ----------
    name : str
        The term.
    text : str
        The sentence about it, in markdown, with a link to the section that explains it.
    notebook, section : str
        Where the link leads: the notebook below ``nbs``, and the section's anchor.
    """

    name: str
    text: str
    notebook: str
    section: str

    @property
    def names(self) -> list[str]:
        """The term, and what stands in parentheses behind it."""
        return re.split(r" \(|, |\)", self.name.lower().removesuffix(")"))


def terms(markdown: str) -> list[Term]:
    """
    Read the glossary.

    Parameters
    ----------
    markdown : str
        Definition lists: a term on a line, and below it ``: `` and a sentence.

    Returns
    -------
    list of Term
        In their order.

    Raises
    ------
    ValueError
        If a term has no link to a section.
    """
    found = []
    for name, text in _TERM.findall(markdown):
        place = _PLACE.search(text)
        if place is None:
            raise ValueError(
                f"glossary.md: {name}: give it a link to the section that explains it"
            )
        found.append(Term(name, " ".join(text.split()), place[1], place[2]))
    return found


def glossary_problems(found: list[Term]) -> list[str]:
    """
    Say which terms lead nowhere, or to a section that does not use them.

    Parameters
    ----------
    found : list of Term
        The glossary.

    Returns
    -------
    list of str
        One line for each such term, with the sections that do use it.
    """
    problems = []
    for term in found:
        if not (NBS / term.notebook).exists():
            problems.append(f"{term.name}: there is no notebook {term.notebook}")
            continue
        sections = read_chapter(NBS / term.notebook).sections
        using = [name for name, text in sections.items() if uses(text, term)]
        if term.section not in sections:
            problems.append(
                f"{term.name}: {term.notebook} has no section {term.section}; "
                f"used in {using}"
            )
        elif term.section not in using:
            problems.append(
                f"{term.name}: {term.notebook}#{term.section} does not use it; "
                f"used in {using}"
            )
    return problems


def uses(text: str, term: Term) -> bool:
    """Return True if a text has all words of one of a term's names, in any form."""
    text = text.lower()
    stems = (
        [re.sub(r"([pt]?ing|s|ed)$", "", word) for word in name.split()]
        for name in term.names
    )
    return any(all(stem in text for stem in words) for words in stems)


def toctrees() -> str:
    """Write the order of all pages for Sphinx: the parts, the reference, the rest."""
    book = read_book()
    groups = [("Begin", ["chapters <chapters>", *EXERCISE])]
    groups += [
        (
            part.heading,
            [f"{entry.full_title} <{entry.place}>" for entry in part.entries],
        )
        for part in book.parts
    ]
    groups.append(
        ("Reference", [GLOSSARY, f"{FOLDER}/index", *map(room_page, rooms())])
    )
    groups.append(("About", list(ABOUT)))
    options = ":hidden:\n:maxdepth: 1\n:caption:"
    return "\n\n".join(
        f"```{{toctree}}\n{options} {caption}\n\n" + "\n".join(pages) + "\n```"
        for caption, pages in groups
    )


def sidebar(book: Book, pagename: str) -> list[dict]:
    """
    List what the sidebar shows.

    Parameters
    ----------
    book : Book
        The parts.
    pagename : str
        The page that is shown; its part is open.

    Returns
    -------
    list of dict
        A ``caption``, whether it is ``open``, and ``pages``: name, number and title.
    """
    groups = [
        {
            "caption": part.heading,
            "pages": [
                (entry.place, entry.number, entry.title) for entry in part.entries
            ],
        }
        for part in book.parts
    ]
    groups.append(
        {"caption": "The exercise", "pages": [(name, "", title) for name, title in EXERCISE.items()]}
    )
    reference = [(GLOSSARY, "", "Glossary"), (f"{FOLDER}/index", "", "All names")]
    reference += [(room_page(room), "", room or "the course") for room in rooms()]
    groups.append(
        {"caption": "Reference", "pages": [*reference, ("genindex", "", "Index")]}
    )
    groups.append(
        {"caption": "About", "pages": [(name, "", name.title()) for name in ABOUT]}
    )
    here = current(pagename)
    known = {page for group in groups for page, _, _ in group["pages"]}
    for group in groups:
        inside = here in [page for page, _, _ in group["pages"]]
        group["open"] = inside or (here not in known and group is groups[0])
    return groups


def current(pagename: str) -> str:
    """Return the page that the menu marks: a module's reference is its room's."""
    folder, _, module = pagename.rpartition("/")
    known = [*map(room_page, rooms()), f"{FOLDER}/index"]
    return (
        pagename
        if folder != FOLDER or pagename in known
        else room_page(room_of(module))
    )


def crumbs(book: Book, entry: Entry, link) -> str:
    """
    Write the line over a chapter's title.

    Parameters
    ----------
    book : Book
        For the part.
    entry : Entry
        The chapter.
    link : callable
        From a page's name to the address that leads there.

    Returns
    -------
    str
        HTML: the book, the part, which chapter of how many, and how long it takes.
    """
    home, part = link("chapters"), book.part_of(entry)
    place = "" if part.name == part.title else f"{part.name} · "
    return (
        '<nav class="place" aria-label="Where you are">'
        f'<a href="{home}">The book</a> › '
        f'<a href="{home}#{nodes.make_id(part.heading)}">{escape(part.title)}</a> › '
        f"<span>{place}{entry.number} of {entry.n_chapters}</span> "
        f'<span class="minutes">· {spoken(entry.minutes)}</span></nav>'
    )


def fill_page(app, pagename, templatename, context, doctree):
    """Hand the sidebar to the template, and put a chapter's place over its title."""
    book = read_book()
    link = context["pathto"]
    groups = sidebar(book, pagename)
    context["toctree"] = lambda **options: ""  # furo need not draw a menu of its own
    context["book_groups"] = groups
    context["book_page"] = current(pagename)
    entry = next((entry for entry in book.entries if entry.place == pagename), None)
    if entry is not None:
        context["body"] = crumbs(book, entry, link) + context["body"]


# --- search --------------------------------------------------------------------------


def search_places() -> dict:
    """
    Say where the search should lead.

    Returns
    -------
    dict
        ``"explains"``: from a term, or a public name, to the page and the anchor that
        explain it; ``"weights"``: how much a page counts, the chapters most.
    """
    explains = {}
    for chapter in modules():
        for cell in chapter.exported_cells:
            for name in public_names(cell.tree):
                explains[name.lower()] = [chapter.place, anchor(chapter, cell)]
    glossary = NBS / f"{GLOSSARY}.md"
    for term in terms(glossary.read_text(encoding="utf-8")):
        place = [term.notebook.removesuffix(".ipynb"), nodes.make_id(term.section)]
        explains |= dict.fromkeys(term.names, place)
    weights = {}
    for part in read_book().parts:
        for entry in part.entries:
            weights[entry.place] = 6 if part.name.startswith("Appendix") else 10
    weights |= dict.fromkeys(ABOUT, -10) | {GLOSSARY: 8}
    return {"explains": explains, "weights": weights}


def write_scorer(app):
    """Tell Sphinx' search where terms and names are explained."""
    text = SCORER.read_text(encoding="utf-8")
    path = Path(app.doctreedir) / "scorer.js"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        text.replace("PLACES", json.dumps(search_places())), encoding="utf-8"
    )
    app.config.html_search_scorer = str(path)


def fingerprint() -> str:
    """Return a hash of all that decides how pages hang together."""
    files = [
        NBS / "book.toml",
        NBS / f"{GLOSSARY}.md",
        *Path(__file__).parent.glob("*.py"),
    ]
    return sha256(b"".join(path.read_bytes() for path in sorted(files))).hexdigest()


def setup(app):
    """Connect to Sphinx; another table means that all pages are made anew."""
    app.add_config_value("book_fingerprint", fingerprint(), "env")
    app.connect("builder-inited", write_scorer, priority=900)
    app.connect("html-page-context", fill_page, priority=400)  # before furo
    return {"parallel_read_safe": True, "parallel_write_safe": True}
