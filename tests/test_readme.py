"""README.md is written from a notebook: what it keeps, what it drops, where pictures and links go."""

import json

import pytest
from chapter import ROOT
from readme import NOTICE, write_readme

COMMANDS = ["pip install . && jazz-nb solo", "pip install -e '.[dev]' && pytest"]
SVG = '<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>'


@pytest.mark.parametrize("command", COMMANDS)
def test_readme_gives_the_two_commands(command):
    if not (ROOT / "README.md").exists():
        pytest.skip("there is no README.md yet")
    assert command in (ROOT / "README.md").read_text(encoding="utf-8")


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


@pytest.mark.parametrize("picture", [value(svg=SVG, plain="<Tune>"), value(html=f"<details>{SVG}</details>")])
def test_pictures_become_files_and_old_ones_go(write, tmp_path, picture):
    write(cell("a", picture), cell("b", picture))
    text = write(cell("tune", picture))
    assert "![A picture of the output](docs/images/index-0-0.svg)" in text
    assert [path.name for path in (tmp_path / "docs" / "images").iterdir()] == ["index-0-0.svg"]
    assert (tmp_path / "docs" / "images" / "index-0-0.svg").read_text() == SVG + "\n"


def test_sounds_are_left_to_the_site(write):
    assert "audio" not in write(
        cell("listen(tune)", value(html="<audio src='data:'></audio>", plain="<Audio>"))
    )


def test_links_start_from_the_root(write):
    text = write(cell("[a](00_tune.ipynb) [b](https://x.org) [c](#top) [d](../LICENSE)", kind="markdown"))
    assert "[a](nbs/00_tune.ipynb) [b](https://x.org) [c](#top) [d](LICENSE)" in text
