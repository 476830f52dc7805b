"""The site builds without a warning, loads nothing from elsewhere, and has no dead link inside."""

import json
import re
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest
from book import read_book
from chapter import NBS, ROOT, chapter_paths, parse_chapter
from diagram import (
    draw,
    floors,
    imports_of,
    inside,
    room_edges,
    upward,
    without_detours,
)
from mathml import to_mathml
from navigation import glossary_problems, sidebar, terms
from pages import exported_as_markdown, inline_picture, link_names, rewrite_notebook
from reference import module_page, modules, names_page, room, rooms, write_pages

# What a browser fetches by itself, as against a link that a reader follows.
FETCHED = {**dict.fromkeys(("script", "img", "audio", "video", "source", "iframe"), "src"), "link": "href"}


class Page(HTMLParser):
    """A page's ids, its links, and what a browser loads with it."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.loads = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids.add(attrs.get("id"))
        if tag == "a" and attrs.get("href"):
            self.links.append(attrs["href"])
        if attrs.get(FETCHED.get(tag, ""), "") and attrs.get("rel") not in (
            "next",
            "prev",
            "edit",
            "canonical",
        ):
            self.loads.append(attrs[FETCHED[tag]])


@pytest.fixture(scope="module")
def pages(site):
    """Read every page."""
    return {path.relative_to(site).as_posix(): Page(path.read_text("utf-8")) for path in site.rglob("*.html")}


@pytest.mark.slow
@pytest.mark.campaign
def test_every_notebook_has_a_page(pages):
    wanted = {path.relative_to(NBS).with_suffix(".html").as_posix() for path in chapter_paths()}
    assert wanted <= set(pages)


@pytest.mark.slow
@pytest.mark.campaign
def test_every_chapter_says_where_it_stands_and_lies_open_in_the_menu(site):
    for entry in read_book().entries:
        text = (site / f"{entry.place}.html").read_text("utf-8")
        over = text.index('class="place"') < text.index("<h1>")
        assert over, entry.place
        assert f"{entry.number} of {entry.n_chapters}</span>" in text, entry.place
        menu = text[text.index('<nav class="sidebar-tree') : text.index("</nav>")]
        opened = re.findall(r"<details open>.*?</details>", menu, flags=re.DOTALL)
        assert len(opened) == 1 and menu.count('aria-current="page"') == 1, entry.place
        assert 'aria-current="page"' in opened[0], entry.place


@pytest.mark.slow
@pytest.mark.campaign
def test_the_site_goes_on_where_the_arrows_lead(site):
    entries = read_book().entries
    for entry, after in zip(entries, entries[1:]):
        text = (site / f"{entry.place}.html").read_text("utf-8")
        ahead = re.search(r'rel="next" title="[^"]*" href="([^"]+)"', text)[1]
        there = (site / entry.place).parent / ahead
        assert there.resolve() == (site / f"{after.place}.html").resolve(), entry.place


@pytest.mark.slow
@pytest.mark.campaign
def test_no_page_loads_from_another_host(site, pages):
    foreign = {name: [url for url in page.loads if urlsplit(url).netloc] for name, page in pages.items()}
    assert not {name: urls for name, urls in foreign.items() if urls}
    for path in site.rglob("*.css"):
        assert not re.search(r"(?:@import|url\()\s*[\"']?(?:https?:)?//", path.read_text("utf-8")), path.name


@pytest.mark.slow
@pytest.mark.campaign
def test_every_inner_link_leads_somewhere(site, pages):
    broken = []
    for name, page in pages.items():
        for link in {*page.links, *page.loads}:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (site / name).parent / unquote(parts.path) if parts.path else site / name
            there = target.resolve().relative_to(site.resolve()).as_posix()
            lost = parts.fragment and there in pages and unquote(parts.fragment) not in pages[there].ids
            if lost or not target.exists():
                broken.append(f"{name}: {link}")
    assert not broken, "\n".join(broken)


def test_hidden_cells_and_directives_are_gone():
    cells = ["#| hide\nsecret = 1", "#| default_exp scale", "#| slow\nshown = 1", "#| echo: false\nplot()"]
    raw = [{"cell_type": "code", "source": text, "metadata": {}, "outputs": []} for text in cells]
    page = json.loads(rewrite_notebook(json.dumps({"cells": raw, "metadata": {}}), NBS / "scale.ipynb"))
    assert [cell["source"] for cell in page["cells"]] == ["shown = 1", "plot()"]
    assert page["cells"][1]["metadata"]["tags"] == ["remove-input"]


def test_a_line_that_begins_with_an_operator_is_no_command():
    source = "assert (1\n        != 2)\nx = (7\n     % 4)\n%time x\n!ls (\n"
    raw = {"cells": [{"cell_type": "code", "source": source}]}
    tree = parse_chapter(json.dumps(raw), "01_scale.ipynb").cells[0].tree
    assert len(tree.body) == 4


def test_exported_cell_becomes_reference_and_code():
    source = "#| export\n# Steps, in semitones.\nSTEPS = (2, 2, 1)\n\n\n"
    source += 'def up():\n    """Go up."""\n    return STEPS'
    raw = {"cells": [{"cell_type": "code", "source": source}]}
    chapter = parse_chapter(json.dumps(raw), "01_scale.ipynb")
    markdown = exported_as_markdown(chapter.cells[0], chapter)
    assert ".. _chapter-scale-0:" in markdown
    assert (
        ".. py:data:: STEPS\n   :no-index:\n   :module: jazz_nb.scale\n\n   Steps, in semitones." in markdown
    )
    assert ".. autofunction:: jazz_nb.scale.up\n   :no-index:" in markdown
    assert "return STEPS" in markdown and "Go up" not in markdown and "#|" not in markdown


def test_names_in_backticks_become_links():
    assert link_names("A `Tune` here") == "A {py:obj}`Tune <jazz_nb.tune.Tune>` here"
    for plain in ("# The `Tune`", "[`Tune`](x.html)", "```\n`Tune`\n```", "`nothing_of_ours`", "``Tune``"):
        assert link_names(plain) == plain


def test_pictures_on_one_page_share_no_ids():
    picture = inline_picture(
        '<?xml version="1.0"?><svg fill="x"><g id="a"/><use href="#a"/><b fill="url(#a)"/></svg>', "p-"
    )
    assert picture == (
        '<div class="picture"><svg fill="x"><g id="p-a"/><use href="#p-a"/><b fill="url(#p-a)"/></svg></div>'
    )


def test_what_is_drawn_in_black_gets_paper_and_a_width_for_the_phone():
    assert inline_picture('<svg width="840" height="9"/>', "p-").startswith(
        '<div class="picture on-paper" style="--drawn: 840px"><svg'
    )


def test_reference_page_says_where_a_name_is_explained():
    chapter = next(chapter for chapter in modules() if chapter.name == "model")
    page = module_page(chapter, "https://example.org/{path}")
    assert ".. py:module:: jazz_nb.model" in page and "<https://example.org/jazz_nb/model.py>" in page
    assert re.search(r"autofunction:: jazz_nb\.model\.djmodel\n(?:.*\n)+?.*<chapter-model-\d+>`", page)
    assert "<jazz_nb.model.djmodel>` ●" in names_page([chapter])


def test_reference_pages_of_lost_modules_go_and_others_are_left_alone(tmp_path):
    (tmp_path / "lost.rst").touch()
    write_pages(tmp_path, "https://example.org/{path}")
    written = {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    write_pages(tmp_path, "https://example.org/{path}")
    assert written == {path.name: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert "lost.rst" not in written
    wanted = {f"{chapter.module}.rst" for chapter in modules()}
    wanted |= {f"{name or 'course'}.rst" for name in rooms()}
    assert wanted | {"index.rst"} == set(written)


def test_diagram_leaves_out_detours_and_puts_imports_below():
    edges = {"tune": set(), "harmony": {"tune"}, "charts": {"tune", "harmony"}, "model": set()}
    assert without_detours(edges)["charts"] == {"harmony"}
    assert floors(edges) == [["tune", "model"], ["harmony"], ["charts"]]
    svg = draw(edges, dict.fromkeys(edges, "0"), dict.fromkeys(edges, "x.html"))
    lone = {name: set() for name in "abcdefg"}
    assert draw(lone, lone, lone).count('y="84"') == 5, "boxes without arrows, five abreast"
    assert svg.count("<rect") == 4 and svg.count("<path") == 1 + 2  # the tip of an arrow, and two arrows


def test_diagram_draws_a_circle_as_an_arrow_that_points_up():
    edges = {"report": {"solo"}, "solo": {"report", "tune"}, "tune": set()}
    assert upward(edges) == {("solo", "report")}
    svg = draw(edges, dict.fromkeys(edges, ""), dict.fromkeys(edges, "x.html"))
    assert svg.count('class="up"') == 1


def test_diagram_draws_modules_together_to_rooms():
    edges = {"tune": set(), "music.rhythm": {"tune"}, "music.form": {"music.rhythm"}}
    edges["data"] = {"music.form"}
    assert room_edges(edges) == {"tune": set(), "music": {"tune"}, "data": {"music"}}
    within = {"music.rhythm": set(), "music.form": {"music.rhythm"}}
    assert inside("music", edges) == within


def test_room_page_draws_its_inside_and_lists_its_names():
    chapters = [chapter for chapter in modules() if chapter.module.startswith("music.")]
    page = room("music", chapters)
    assert ".. imports:: music" in page and "jazz_nb.music.harmony" in page
    assert "<jazz_nb.music.rhythm." in page


def test_the_menu_opens_at_the_part_or_the_room_of_a_page():
    book = read_book()
    for page, caption in [
        (book.entry("model").place, "Part I · The course"),
        ("tutorials/the_course", "Tutorials"),
        ("api/music.harmony", "Reference"),
        ("api/model", "Reference"),
        ("index", "Part I · The course"),
        ("_modules/jazz_nb/tune", "Part I · The course"),
    ]:
        groups = [group for group in sidebar(book, page) if group["open"]]
        assert [group["caption"] for group in groups] == [caption], page


def test_every_term_of_the_glossary_leads_to_a_section_that_uses_it():
    found = terms((NBS / "glossary.md").read_text("utf-8"))
    names = [name for term in found for name in term.names]
    assert len(names) == len(set(names)) > 50
    problems = glossary_problems(found)
    assert not problems, "\n".join(problems)


def test_a_term_that_leads_nowhere_is_seen():
    text = "swing ratio (swing)\n: {}\n\n"
    page = text.format("How long. [A](00_tune.ipynb#swing)")
    assert not glossary_problems(terms(page))
    assert terms(page)[0].names == ["swing ratio", "swing"]
    for place, problem in [
        ("00_tone.ipynb#swing", "there is no notebook"),
        ("00_tune.ipynb#swung", "has no section swung; used in ['"),
        ("00_tune.ipynb#a-chord", "does not use it; used in ['"),
    ]:
        page = text.format(f"How long. [A]({place})")
        assert problem in glossary_problems(terms(page))[0]
    with pytest.raises(ValueError, match="swing ratio.*: give it a link"):
        terms(text.format("How long."))


def test_diagram_reads_imports_of_the_library():
    assert "tune" in imports_of(ROOT / "jazz_nb" / "music" / "harmony.py")
    assert imports_of(ROOT / "jazz_nb" / "tune.py").isdisjoint({"harmony", "__future__", "dataclasses"})


def test_formulas_become_mathml():
    assert "<mfrac>" in to_mathml(r"\frac{a}{b}", block=False)
    with pytest.raises(ValueError, match="cannot read the formula"):
        to_mathml(r"\nonsense", block=False)
