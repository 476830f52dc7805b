"""Values that draw themselves are seen in an untrusted notebook, and so is what was stored before."""

import importlib
import json
import pkgutil
import re
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from pages import page_output
from pictures import mend, needs_trust, with_image

import jazz_nb
from jazz_nb.improviser.training import LearningCurve
from jazz_nb.rendering.export import show
from jazz_nb.rendering.pianoroll import Drawing, roll
from jazz_nb.training import History
from jazz_nb.tune import Chord, Drawable, Note, Tune, image_tag

RIFF = Tune("100 % <Riff> 'n' \"roll\"", (Note(0, 1, 60), Note(1, 1, 63)), (Chord(0, 4, "Cm7"),))
DRAWN = [RIFF, roll(RIFF), History((3.0, 2.0), (0.1, 0.2)), LearningCurve((2.0, 1.5), ((1, 1.8),))]
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9"/></svg>'


def classes():
    """Yield every class that the package defines."""
    for found in pkgutil.walk_packages(jazz_nb.__path__, "jazz_nb."):
        module = importlib.import_module(found.name)
        for one in vars(module).values():
            if isinstance(one, type) and one.__module__ == found.name:
                yield one


def test_whatever_draws_itself_does_so_by_one_mechanism():
    drawing = {one for one in classes() if "_repr_svg_" in vars(one)} - {Drawable}
    assert {Tune, Drawing, History, LearningCurve} <= drawing
    own = [one.__name__ for one in drawing if not issubclass(one, Drawable) or "_repr_html_" in vars(one)]
    assert not own, f"{own}: be a Drawable and say only _repr_svg_"


@pytest.mark.parametrize("value", DRAWN, ids=lambda value: type(value).__name__)
def test_the_image_is_the_drawing(value):
    html = value._repr_html_()
    [address] = re.findall('src="data:image/svg.xml,([^"]*)"', html)
    images, drawn = (ElementTree.fromstring(text) for text in (unquote(address), value._repr_svg_()))
    assert [part.attrib for part in images.iter()] == [part.attrib for part in drawn.iter()]
    assert "".join(images.itertext()) == "".join(drawn.itertext())
    assert html.count("<") == 1 and html.startswith("<img alt=")


@pytest.mark.parametrize("output, changes", [
    ({"output_type": "display_data", "data": {"image/svg+xml": [SVG], "text/plain": ["A <dot>\n", "two"]}}, True),
    ({"output_type": "display_data", "data": {"text/html": ["<b>a</b>\n", SVG, "<i>b</i>"]}}, True),
    ({"output_type": "display_data", "data": {"image/svg+xml": "<?xml version='1.0'?>\n" + SVG}}, True),
    ({"output_type": "display_data", "data": {"text/html": "<b>bold</b>"}}, False),
    ({"output_type": "display_data", "data": {"image/svg+xml": SVG, "text/html": image_tag(SVG, "x")}}, False),
    ({"output_type": "stream", "name": "stdout", "text": "<svg></svg>"}, False),
])
def test_a_stored_picture_gets_its_image_once(output, changes):
    new = with_image(output)
    assert needs_trust(output) == changes == (new != output)
    assert not needs_trust(new) and with_image(new) == new
    if changes:
        html = "".join(new["data"]["text/html"])
        assert html.count("<img") == 1 and "<svg" not in html and "<?xml" not in html
        assert {**new["data"], "text/html": 0} == {**output["data"], "text/html": 0}


def test_the_site_shows_the_drawing_itself():
    output = with_image({"output_type": "display_data", "data": {"image/svg+xml": SVG}})
    page = page_output(output, "p-")["data"]["text/html"]
    assert "<svg" in page and "<img" not in page


def test_a_notebook_is_mended_in_its_place(tmp_path):
    path = tmp_path / "a.ipynb"
    output = {"data": {"image/svg+xml": [SVG]}, "metadata": {}, "output_type": "display_data"}
    cells = [{"cell_type": "markdown", "source": ["é"]}, {"cell_type": "code", "outputs": [output], "source": []}]
    path.write_text(json.dumps({"cells": cells}, ensure_ascii=False), encoding="utf-8")
    assert mend(path)
    text = path.read_text(encoding="utf-8")
    assert not mend(path) and "é" in text and text.endswith("}\n")
    assert "<img" in json.loads(text)["cells"][1]["outputs"][0]["data"]["text/html"][0]


@pytest.mark.parametrize("shell, lines", [(None, 1), ("TerminalInteractiveShell", 1), ("ZMQInteractiveShell", 0)])
def test_show_says_how_to_see_where_nobody_can(shell, lines, capsys, monkeypatch, tmp_path):
    running = type(shell, (), {})() if shell else None
    monkeypatch.setattr("IPython.get_ipython", lambda: running)
    monkeypatch.chdir(tmp_path)
    assert "<img" in show(RIFF).html
    said = capsys.readouterr().out.splitlines()
    assert len(said) == lines and not list(tmp_path.iterdir())
    if lines:
        assert "jazz_nb.save(tune, '100_riff_n_roll.html')" in said[0]
