"""README.md is written from a notebook: what it keeps, what it drops, where pictures and links go."""

import json
import re
from base64 import b64encode

import pytest
from chapter import ROOT
from readme import END, NOTICE, write_readme

from jazz_nb.tune import image_tag

COMMANDS = ["pip install . && jazz-nb solo", "pip install -e '.[dev]' && pytest"]
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>'
PAPER = '<rect width="100%" height="100%" fill="#fff"/>'


@pytest.mark.parametrize("command", COMMANDS)
def test_readme_gives_the_two_commands(command):
    if not (ROOT / "README.md").exists():
        pytest.skip("there is no README.md yet")
    assert command in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readme_is_short_and_has_what_a_visitor_looks_for():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 90
    for wanted in ("jupyter lab nbs", "jazz-nb exercises", "jazz-nb improvise", "GB of disk", "A student", "A musician"):
        assert wanted in text, wanted
    assert "A researcher" in text and "](https://jazz-nb.github.io/jazz_nb/)" in text
    front = text.partition("## Install")[0]
    files = re.findall(r"\]\((docs/images/[^)]+)\)", front)
    assert [file.rpartition(".")[2] for file in files] == ["svg", "svg", "mp3"], "a score, a roll and a sound"


def test_every_link_of_the_readme_leads_to_a_file():
    links = re.findall(r"\]\(([^)#\s]+)", (ROOT / "README.md").read_text(encoding="utf-8"))
    lost = [link for link in links if "://" not in link and not (ROOT / link).is_file()]
    assert len(links) > 8 and not lost, lost


def cell(source, *outputs, kind="code"):
    """Return a cell as a notebook stores it."""
    return {"cell_type": kind, "source": source, "outputs": list(outputs)}


def value(**data):
    """Return an output with data of the given types."""
    names = {"plain": "text/plain", "html": "text/html", "svg": "image/svg+xml"}
    return {"output_type": "execute_result", "data": {names[kind]: [text] for kind, text in data.items()}}


@pytest.fixture
def write(tmp_path):
    """Return a function that writes the README of some cells and returns its text."""

    def write(*cells):
        index = tmp_path / "index.ipynb"
        index.write_text(json.dumps({"cells": cells}), encoding="utf-8")
        return write_readme(index, tmp_path).read_text(encoding="utf-8")

    return write


def test_prose_code_and_text_are_kept(write):
    printed = {"output_type": "stream", "name": "stdout", "text": ["60\n"]}
    text = write(cell("# jazz_nb\n\n> Solos.", kind="markdown"), cell("#| eval: false\nprint(60)", printed))
    assert text == f"{NOTICE}\n\n# jazz_nb\n\n> Solos.\n\n```python\nprint(60)\n```\n\n```\n60\n```\n"


def test_hidden_cells_and_warnings_are_dropped(write):
    warning = {"output_type": "stream", "name": "stderr", "text": ["old\n"]}
    text = write(cell("#| hide\nimport os"), cell("x = 1", warning), cell("raw", kind="raw"))
    assert text == f"{NOTICE}\n\n```python\nx = 1\n```\n"


def test_echo_and_output_are_obeyed(write):
    text = write(cell("#| echo: false\nx", value(plain="1")), cell("#| output: false\ny", value(plain="2")))
    assert text == f"{NOTICE}\n\n```\n1\n```\n\n```python\ny\n```\n"


@pytest.mark.parametrize("picture", [
    value(svg=SVG, plain="<Tune>"),
    value(html=f"<details>{SVG}</details>"),
    value(svg=SVG, html=image_tag(SVG, "A picture of the output"), plain="<Tune>"),
    value(html=f"<b>{image_tag(SVG, 'A picture of the output')}</b>"),
])
def test_pictures_become_files_and_old_ones_go(write, tmp_path, picture):
    write(cell("a", picture), cell("b", picture))
    text = write(cell("tune", picture))
    assert "![A picture of the output](docs/images/index-0-0-0.svg)" in text
    assert [path.name for path in (tmp_path / "docs" / "images").iterdir()] == ["index-0-0-0.svg"]
    drawn = (tmp_path / "docs" / "images" / "index-0-0-0.svg").read_text()
    assert drawn.replace("'", '"') == SVG.replace("<rect/>", PAPER + "<rect/>") + "\n"


def test_a_drawing_that_names_its_colour_gets_no_paper(write, tmp_path):
    write(cell("a", value(svg=SVG.replace("<svg", '<svg fill="#888"'))))
    assert PAPER not in (tmp_path / "docs" / "images" / "index-0-0-0.svg").read_text()


def test_a_sound_becomes_a_file_with_a_link(write, tmp_path):
    sound = bytes(range(256)) * 8
    address = f"data:audio/mpeg;base64,{b64encode(sound).decode()}"
    player = value(html=f'<audio controls title="Blues" src="{address}"></audio>', plain="Player")
    assert "▶ [Hear Blues](docs/images/index-0-0-0.mp3) (2 kB of mp3)" in write(cell("listen(tune)", player))
    assert (tmp_path / "docs" / "images" / "index-0-0-0.mp3").read_bytes() == sound


def test_other_html_is_left_to_the_site(write):
    assert "table" not in write(cell("report", value(html="<table></table>", plain="Report")))


def test_the_readme_ends_where_the_home_page_goes_on(write):
    text = write(cell("a", kind="markdown"), cell(END, kind="markdown"), cell("b", kind="markdown"))
    assert text == f"{NOTICE}\n\na\n"


def test_links_start_from_the_root(write):
    text = write(cell("[a](00_tune.ipynb) [b](https://x.org) [c](#top) [d](../LICENSE)", kind="markdown"))
    assert "[a](nbs/00_tune.ipynb) [b](https://x.org) [c](#top) [d](LICENSE)" in text
