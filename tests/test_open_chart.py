"""The same input gives the same answer at every door that takes a chart."""

import io
import sys
import warnings
from dataclasses import replace

import pytest

from jazz_nb import (
    accompany,
    corpus,
    djmodel,
    generate_music,
    improvise,
    load_music_utils,
    open_chart,
    read,
)
from jazz_nb.cli.main import main
from jazz_nb.formats.chart_text import read_chart
from jazz_nb.formats.musicxml_writer import to_musicxml
from jazz_nb.loading.files import ETUDES
from jazz_nb.model import Network

PLAIN = "Title: Blue\nTempo: 120\nMeter: 4/4\n\n| Dm7 G7 | Cmaj7 |\n| Em7 A7 | Dm7 G7 |\n"
WINDOWS = b"\xef\xbb\xbf" + PLAIN.replace("\n", "\r\n").encode()
LINK = ("irealbook://Blue=Nobody=Medium Swing=C=n="
        "{T44D-7 G7 |C^7 |E-7 A7 |D-7 G7 Z")
TWO = "Title: One\n| C7 |\nTitle: Two\n| F7 |\n"
FIGURES = ["Dm7", "G7", "Cmaj7", "Em7", "A7", "Dm7", "G7"]
TUNE = read_chart(PLAIN)


@pytest.fixture(scope="module")
def trained():
    """A network that knows the values of two études and has learned nothing."""
    X, _, n_values, indices_values = load_music_utils(corpus("etudes")[:2], m=2)
    model = djmodel(Tx=X.shape[1], n_a=8, n_values=n_values, seed=0)
    return Network.from_keras(model, vocabulary=list(indices_values.values()))


# What is given: how it is made in a folder, and what comes of it (figures, or words of the error).
GIVEN = {
    "text": (lambda folder: PLAIN, FIGURES),
    "path": (lambda folder: folder / "blue.txt", FIGURES),
    "name": (lambda folder: str(folder / "blue.txt"), FIGURES),
    "the mark and line ends of Windows": (lambda folder: folder / "windows.txt", FIGURES),
    "their text": (lambda folder: WINDOWS.decode("utf-8"), FIGURES),
    "a lead sheet": (lambda folder: folder / "blue.musicxml", FIGURES),
    "a link with spaces": (lambda folder: LINK, FIGURES),
    "a page with one link": (lambda folder: folder / "blue.html", FIGURES),
    "several charts": (lambda folder: folder / "two.txt", "two.txt: 2 tunes; choose with {tune}: 1 'One', 2 'Two'"),
    "several in a text": (lambda folder: TWO, "2 tunes; choose with {tune}: 1 'One', 2 'Two'"),
    "a folder": (lambda folder: folder, "it is a folder; open it with {corpus}"),
    "a missing file": (lambda folder: folder / "nowhere.txt", "nowhere.txt: no such file; give a file"),
    "no music": (lambda folder: folder / "empty.txt", "has no bars with chords; write them like"),
    "a wrong sign": (lambda folder: "| H7 | H7 |", "bar 1 (line 1): chord figure 'H7' does not begin with a root"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("charts")
    (place / "blue.txt").write_text(PLAIN)
    (place / "windows.txt").write_bytes(WINDOWS)
    (place / "blue.musicxml").write_text(to_musicxml(TUNE))
    (place / "blue.html").write_text(f'<a href="{LINK}">Blue</a>')
    (place / "two.txt").write_text(TWO)
    (place / "empty.txt").write_text("")
    return place


def beside(chart):
    """Changes under an étude that is as long as the chart."""
    return read(ETUDES / "01_blues_in_f_1.abc", bars=(1, 4), chart=chart)


CALLERS = {
    "open_chart": open_chart,
    "accompany": accompany,
    "improvise": lambda chart: improvise(chart, takes=1, seed=1)[0].session.chart,
    "read": beside,
    "read a MIDI file": lambda chart: read(ETUDES / "01_blues_in_f_1.mid", bars=(1, 4), chart=chart),
    "corpus": lambda chart: corpus(ETUDES / "01_blues_in_f_1.abc", bars=(1, 4), chart=chart)[0],
}


def figures(tune):
    """Its figures; held over from one bar to the next they count once."""
    return [chord.figure for chord in tune.chords]


@pytest.mark.parametrize("caller", [*CALLERS, "generate_music"])
@pytest.mark.parametrize("given", GIVEN)
def test_every_caller_gives_the_same_answer(given, caller, folder, trained):
    make, expected = GIVEN[given]
    if caller == "generate_music":
        def call(chart):
            return generate_music(trained, chords=chart, corpus=corpus("etudes")[:2], out=None, say=str)
    else:
        call = CALLERS[caller]
    if isinstance(expected, list):
        assert figures(call(make(folder))) == expected
        return
    with pytest.raises((ValueError, FileNotFoundError)) as caught:
        call(make(folder))
    assert expected.format(tune="tune=", corpus="corpus()") in str(caught.value)


@pytest.mark.parametrize("command", ["chart {}", "listen {} -o x.mid", "show {} -o x.abc",
                                     "improvise {} --takes 1 --seed 1 -o x.mid"])
@pytest.mark.parametrize("given", [name for name, (_, answer) in GIVEN.items() if isinstance(answer, list)])
def test_every_command_opens_it(given, command, folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = [str(GIVEN[given][0](folder)) if word == "{}" else word for word in command.split()]
    assert main(words) == 0, capsys.readouterr().err
    if command == "chart {}":
        assert figures(read_chart(capsys.readouterr().out)) == FIGURES


@pytest.mark.parametrize("content, figure", [
    (PLAIN.encode(), "Dm7"), (WINDOWS, "Dm7"), (LINK.encode(), "Dm7"), (to_musicxml(TUNE).encode(), "Dm7"),
    ((ETUDES / "01_blues_in_f_1.abc").read_bytes(), "F7"), ((ETUDES / "01_blues_in_f_1.mid").read_bytes(), "F9"),
])
def test_a_pipe_is_known_by_how_it_begins(content, figure, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert open_chart("-").chords[0].figure == figure


@pytest.mark.parametrize("stdin, words", [
    (io.TextIOWrapper(io.BytesIO(b" \n")), "-: standard input is empty; give a file, or pipe a chart in"),
    (None, "-: standard input is closed; give a file"),
    (io.TextIOWrapper(io.BytesIO(TWO.encode())), "2 tunes; choose with tune=: 1 'One', 2 'Two'"),
])
def test_a_pipe_that_holds_no_single_chart_says_so(stdin, words, monkeypatch):
    monkeypatch.setattr(sys, "stdin", stdin)
    with pytest.raises(ValueError) as caught:
        open_chart("-")
    assert words in str(caught.value)


def test_what_is_piped_in_goes_beside_a_tune(monkeypatch):
    for content in (PLAIN, TWO):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content.encode())))
        if content is PLAIN:
            assert figures(beside("-")) == FIGURES
            continue
        with pytest.raises(ValueError, match="2 tunes; choose"):
            beside("-")


def test_a_playlist_is_chosen_from_by_number_title_or_a_part_of_it(folder):
    for source in (folder / "two.txt", TWO, [replace(TUNE, title="One"), replace(TUNE, title="Two")]):
        for wanted in (2, "2", "two", "TW"):
            assert open_chart(source, tune=wanted).title == "Two"
        with pytest.raises(ValueError, match="none of its 2 tunes; choose with tune="):
            open_chart(source, tune="Three")
    damaged = TWO.replace("C7", "H7")
    assert open_chart(damaged, tune=2).title == "Two"
    with pytest.raises(ValueError, match="'H7' does not begin"):
        open_chart(damaged, tune=1)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert open_chart(damaged).title == "Two"
    assert "'H7' does not begin" in str(said[0].message)


def test_a_typed_chart_takes_the_meter_of_the_tune_under_which_it_is_laid(folder):
    waltz = folder / "waltz.abc"
    waltz.write_text("X:1\nM:3/4\nL:1/4\nK:C\n\"C\"CDE|FGA|\n")
    (folder / "changes.txt").write_text("| Dm7 | G7 |")
    for chart in ("| Dm7 | G7 |", folder / "changes.txt", str(folder / "changes.txt")):
        assert figures(read(waltz, chart=chart)) == ["Dm7", "G7"] == figures(corpus(waltz, chart=chart)[0])
    with pytest.raises(ValueError, match=r"the chart is in \(4, 4\), the file in \(3, 4\)"):
        read(waltz, chart=TUNE)
