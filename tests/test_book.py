"""The book's one table: each chapter once, no dead arrow, every way walked."""

import json
import re
import shutil
from urllib.parse import unquote

import pytest
from book import (
    arrow,
    arrows,
    doors,
    following,
    mended,
    read_book,
    read_table,
    reading_minutes,
    spoken,
    table_problems,
    with_reading_times,
    written,
)
from chapter import NBS, ROOT, chapter_paths, key_of, parse_chapter, read_chapter

LINK = re.compile(r"\]\(([^)\s]+)\)")


def last_arrows(place):
    """Return the arrows at a chapter's end, as its file has them: from way to place."""
    path = NBS / f"{place}.ipynb"
    for cell in reversed(read_chapter(path).cells):
        if cell.kind == "markdown" and (found := arrows(cell.source)):
            return {
                way: (path.parent / target)
                .resolve()
                .relative_to(NBS)
                .with_suffix("")
                .as_posix()
                for way, target in found
            }
    return {}


def test_the_table_lists_every_notebook_once():
    present = {key_of(path.relative_to(NBS)) for path in chapter_paths()} - {"index"}
    problems = table_problems(read_table(), present)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize(
    "change, problem",
    [
        (
            lambda table, present: present.discard("tune"),
            "tune: stands in book.toml, but nbs/ has no such",
        ),
        (
            lambda table, present: present.add("music/timbre"),
            "music/timbre: a notebook that book.toml does not",
        ),
        (
            lambda table, present: table["part"][0]["chapters"].append({"at": "data"}),
            "data: stands twice in book.toml",
        ),
        (
            lambda table, present: table["way"][0]["chapters"].append("luck"),
            "luck: the student's way knows it",
        ),
        (
            lambda table, present: table["way"][0]["chapters"].append("tune"),
            "tune: stands twice on the student's",
        ),
        (
            lambda table, present: table["rooms"].pop("music"),
            "music: [rooms] and the parts differ",
        ),
    ],
)
def test_a_wrong_line_of_the_table_is_seen(change, problem):
    table = read_table()
    present = {row["at"] for part in table["part"] for row in part["chapters"]}
    assert not table_problems(table, present)
    change(table, present)
    assert any(line.startswith(problem) for line in table_problems(table, present))


def test_the_arrows_lead_from_the_first_chapter_to_the_last():
    entries = read_book().entries
    walked, here = [], entries[0].place
    while here in {entry.place for entry in entries} and here not in walked:
        walked.append(here)
        here = last_arrows(here).get("", "nowhere")
    assert here == "chapters", (
        f"after {walked[-1]} the arrow leads to {here}; run python docs/book.py"
    )
    assert walked == [entry.place for entry in entries]


@pytest.mark.parametrize("way", read_book().ways, ids=lambda way: way.name)
def test_a_way_can_be_walked_to_its_end(way):
    first, *_ = way.entries
    walked, here = [], first.place
    while here not in walked:
        walked.append(here)
        if len(walked) == len(way.entries):
            break
        ahead = last_arrows(here)
        here = ahead.get(way.name, ahead.get(""))
    assert walked == [entry.place for entry in way.entries], "run python docs/book.py"
    last = (NBS / f"{walked[-1]}.ipynb").read_text("utf-8")
    assert f"The {way.name}’s way ends here." in last
    page = (NBS / "chapters.md").read_text("utf-8")
    assert f"### {way.who}" in page and f"chapters.md#{way.anchor}" in (
        ROOT / "README.md"
    ).read_text("utf-8")


def test_what_is_written_from_the_table_is_in_step():
    stale = [path.relative_to(ROOT).as_posix() for path in written()]
    assert not stale, f"{stale}: run python docs/book.py"


def test_no_link_between_notebooks_is_dead():
    dead = []
    for path in [*chapter_paths(), *NBS.glob("*.md")]:
        if path.suffix == ".md":
            texts = [path.read_text("utf-8")]
        else:
            texts = [
                cell.source
                for cell in read_chapter(path).cells
                if cell.kind == "markdown"
            ]
        for target in (target for text in texts for target in LINK.findall(text)):
            file, _, _ = target.partition("#")
            inner = (
                file and ":" not in file and not file.startswith(("api/", "../api/"))
            )
            if inner and not (path.parent / unquote(file)).exists():
                dead.append(f"{path.relative_to(NBS)}: {target}")
    assert not dead, "\n".join(dead)


@pytest.fixture
def small(tmp_path):
    """Make a book of three chapters, with an outdated link, and return its folder."""
    nbs = tmp_path / "nbs"
    (nbs / "music").mkdir(parents=True)
    for place, end in [
        ("00_tune", ""),
        ("music/01_rhythm", "→ old"),
        ("music/02_form", ""),
    ]:
        cells = [
            "# " + place[-4:].title(),
            f"See [it](../music/07_form.ipynb#end).\n{end}".strip(),
        ]
        cells = [
            {"cell_type": "markdown", "id": str(n), "metadata": {}, "source": text}
            for n, text in enumerate(cells)
        ]
        (nbs / f"{place}.ipynb").write_text(json.dumps({"cells": cells}))
    shutil.copy(nbs / "00_tune.ipynb", nbs / "index.ipynb")
    (nbs / "book.toml").write_text("""
[rooms]
"" = "The course."
music = "Music."
[[part]]
name = "Part I"
title = "The course"
aim = "All."
chapters = [
  { at = "tune", minutes = 7, learn = "notes" },
]
[[part]]
name = "Appendix A"
title = "Music"
aim = "More."
chapters = [
  { at = "music/form", minutes = 7, learn = "repeats" },
  { at = "music/rhythm", minutes = 7, learn = "durations", title = "Time" },
]
[[way]]
name = "student"
who = "A student"
purpose = "You study."
begin = "the tune"
chapters = ["tune", "music/rhythm"]
""")
    return nbs


def test_arrows_minutes_and_links_are_written(small):
    book = read_book(small)
    assert [entry.full_title for entry in book.entries] == [
        "I.1 · Tune",
        "A.1 · Form",
        "A.2 · Time",
    ]
    assert book.entries[1].position == "Appendix A · 1 of 2"
    files = {path.name: text for path, text in written(small).items()}
    assert (
        "minutes = 1, learn" in files["book.toml"]
        and "minutes = 7" not in files["book.toml"]
    )
    tune = json.loads(files["00_tune.ipynb"])["cells"]
    assert tune[-1]["source"] == [
        "→ [Form](music/02_form.ipynb): repeats. "
        "The student’s way: [Time](music/01_rhythm.ipynb)."
    ]
    rhythm = json.loads(files["01_rhythm.ipynb"])["cells"]
    assert rhythm[-1]["source"] == (
        "See [it](02_form.ipynb#end).\n\n"
        "→ [The book](../chapters.md): all chapters, and the ways "
        "through them. The student’s way ends here."
    )
    assert (
        "| A.2 | [Time](music/01_rhythm.ipynb) | durations | 1 |"
        in files["chapters.md"]
    )
    for path, text in written(small).items():
        path.write_text(text)
    read_book.cache_clear()
    assert not written(small), "a second run changes something"


def test_a_link_is_mended_only_where_one_notebook_bears_the_name(small):
    def see(target, folder=small):
        return mended(f"[a]({target})", folder, small)

    assert see("music/01_rhythm.ipynb") == "[a](music/01_rhythm.ipynb)"
    assert see("music/09_rhythm.ipynb#x") == "[a](music/01_rhythm.ipynb#x)"
    assert see("old/03_rhythm.ipynb", small / "music") == "[a](01_rhythm.ipynb)"
    assert see("gone.ipynb") == "[a](gone.ipynb)"
    assert (
        see("https://example.org/01_a.ipynb") == "[a](https://example.org/01_a.ipynb)"
    )
    shutil.copy(small / "music" / "01_rhythm.ipynb", small / "01_rhythm.ipynb")
    assert see("old/03_rhythm.ipynb") == "[a](old/03_rhythm.ipynb)"


def test_a_book_that_differs_from_its_notebooks_is_refused(small):
    (small / "00_tune.ipynb").rename(small / "00_song.ipynb")
    with pytest.raises(
        ValueError, match="(?s)not right.*tune: stands in.*song: a notebook that"
    ):
        read_book(small)


def test_minutes_are_of_prose_and_of_code():
    prose = {
        "cell_type": "markdown",
        "source": "word " * 400 + "\n\n→ [next](a.ipynb): " + "word " * 400,
    }
    code = {"cell_type": "code", "source": "#| export\n" + "x = 1\n\n" * 36}
    told = {"cell_type": "code", "source": 'def f():\n    """' + "word " * 200 + '"""'}
    hidden = {"cell_type": "code", "source": "#| hide\n" + "x = 1\n" * 99}
    for cells, minutes in [
        ([prose], 2),
        ([code], 3),
        ([told], 1),
        ([hidden], 1),
        ([prose, code, told], 6),
    ]:
        assert (
            reading_minutes(parse_chapter(json.dumps({"cells": cells}), "01_a.ipynb"))
            == minutes
        )
    assert [spoken(n) for n in (5, 60, 341)] == ["5 min", "1 h", "5 h 41 min"]


def test_doors_and_arrows_speak_of_every_way():
    book = read_book()
    assert doors(book).count("\n* **") == len(book.ways) == 3
    for way in book.ways:
        for entry in way.entries:
            stop = following(way.entries, entry)
            line = arrow(book, entry)
            assert (stop or entry).title in line or stop is None
            assert (stop is None) == (f"The {way.name}’s way ends here." in line)


def test_minutes_behind_links_are_those_of_the_table():
    book = read_book()
    one, two = book.parts[0].entries[:2]
    text = f"[a]({one.file}) (1 min), [b]({two.file}) (2 min), [c](x.ipynb) (3 min), read. All are read in 9 h 9 min."
    assert with_reading_times(text, book) == (
        f"[a]({one.file}) ({one.minutes} min), [b]({two.file}) ({two.minutes} min), [c](x.ipynb) (3 min), read. "
        f"All are read in {spoken(one.minutes + two.minutes)}."
    )


def test_the_chapters_of_the_first_two_parts_end_with_exercises():
    book = read_book()
    sheets = {entry.at for entry in book.entries if entry.trains}
    assert len(sheets) == 15 and all(at.startswith("exercises/sheets/") for at in sheets)
    for entry in (*book.parts[0].entries, *book.parts[1].entries):
        lines = entry.chapter.cells[-1].source.splitlines()
        found = [line for line in lines if line.startswith("Exercise")]
        assert len(found) == 1 and "exercises/sheets/" in found[0] and lines[-1].startswith("→"), entry.at


def test_the_parts_that_people_read_are_written_for_them():
    """Half of the code shows something, every chapter is seen or heard, and a student reads the way in four hours."""
    from benchmarks.course import seen_and_heard
    from benchmarks.house import demonstrations

    counted = demonstrations(ROOT)
    assert all(counted[part][0] >= counted[part][1] / 2 for part in ("I course", "II improviser")), counted
    chapters, good, without = seen_and_heard()
    assert chapters == 29 and good == chapters, without
    way = next(way for way in read_book().ways if way.name == "student")
    assert sum(entry.minutes for entry in way.entries) <= 240


def test_every_notebook_names_its_kernel():
    """Without one JupyterLab opens it with a question, and runs nothing."""
    kernel = {"display_name": "python3", "language": "python", "name": "python3"}
    paths = [path for folder in (NBS, ROOT / "jazz_nb") for path in folder.rglob("*.ipynb")
             if ".ipynb_checkpoints" not in path.parts]
    assert len(paths) > 90
    for path in paths:
        assert json.loads(path.read_text("utf-8"))["metadata"] == {"kernelspec": kernel}, path
