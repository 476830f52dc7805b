"""Sound, pictures and files: what is heard and written is whole, the same every time, and harmless."""

import hashlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import pytest
import soundfile
from PIL import Image

from benchmarks.media import chorus
from jazz_nb.data import read
from jazz_nb.rendering.audio import _check_length, listen, render
from jazz_nb.rendering.export import WRITERS, _to_png, save, show
from jazz_nb.rendering.pianoroll import roll
from jazz_nb.tune import Chord, Note, Part, Tune

WJAZZD = Path(os.environ.get("JAZZ_NB_DATA", "nowhere"), "wjazzd.db.xz")
LINE = tuple(Note(place / 2, 0.5, pitch) for place, pitch in enumerate((65, 69, 72, 75, 74, 71, 70, 67)))
TUNE = Tune("Riff", LINE, (Chord(0, 2, "F7"), Chord(2, 2, "Bb7")), tempo=140, key="F", swing=1.6)
FINGERPRINT = """
import hashlib, sys
from jazz_nb.rendering.export import WRITERS
from jazz_nb.tune import Chord, Note, Tune
line = tuple(Note(place / 2, 0.5, pitch) for place, pitch in enumerate((65, 69, 72, 75, 74, 71, 70, 67)))
tune = Tune("Riff", line, (Chord(0, 2, "F7"), Chord(2, 2, "Bb7")), tempo=140, key="F", swing=1.6)
print({suffix: hashlib.sha256(write(tune)).hexdigest() for suffix, write in WRITERS.items()})
print(sorted({"tensorflow", "music21", "pretty_midi", "IPython"} & set(sys.modules)))
"""


def level(sound, start, stop):
    """Return the loudest sample between two times in seconds, at 44.1 kHz."""
    return float(np.abs(sound[int(start * 44100):int(stop * 44100)]).max())


def test_the_same_tune_gives_the_same_bytes_in_another_process():
    here = {suffix: hashlib.sha256(write(TUNE)).hexdigest() for suffix, write in WRITERS.items()}
    done = subprocess.run([sys.executable, "-c", FINGERPRINT], capture_output=True, text=True, check=True)
    there, imported = done.stdout.splitlines()
    assert there == str(here)
    assert imported == "[]", "neither sound nor pictures need the heavy packages"


@pytest.mark.parametrize("program", [0, 11, 26, 32, 56, 65, 66, 73])
def test_first_note_and_tail_are_whole(program):
    """The first note sounds as loud as its repetition; the last one rings out before the end."""
    tune = Tune(notes=tuple(Note(2 * beat, 1, 67) for beat in range(3)), tempo=120, program=program)
    sound = render(tune)
    assert level(sound, 0, 0.5) > 0.95 * level(sound, 1, 1.5) > 0.5
    assert level(sound, 2.45, 2.52) > 0.02, "the last note was cut off before its end"
    assert level(sound, 3.5, 4.1) < 1e-3
    assert abs(len(sound) / 44100 - 2.5 - 1.5) < 0.01
    assert abs(level(sound, 0, 4) - 0.9) < 1e-4


def test_velocity_and_swing_are_heard():
    sound = render(Tune(notes=(Note(0, 1, 69, 120), Note(1, 1, 69, 60)), tempo=60))
    assert abs(level(sound, 1.3, 1.9) / level(sound, 0.3, 0.9) - 0.25) < 0.03
    late = render(Tune(notes=(Note(0.5, 0.5, 69),), tempo=60, swing=2.0, program=0))
    assert level(late, 0, 0.66) == 0 and level(late, 0.66, 0.7) > 0.3


@pytest.mark.parametrize("tune", [
    Tune("Nothing"),
    Tune("One note", (Note(0, 1, 60),)),
    Tune("A chart", chords=TUNE.chords),
    Tune("No chord", TUNE.notes, (Chord(0, 4, "N.C."),)),
    Tune("All of the piano", tuple(Note(pitch / 4, 0.25, pitch) for pitch in range(128)), TUNE.chords),
    replace(TUNE, title="Waltz", meter=(3, 4)),
    replace(TUNE, title="<script>alert('&')</script> 🎷"),
    replace(TUNE, title="Voicing", chords=(Chord(0, 4, "F7", (41, 51, 57)),)),
], ids=lambda tune: tune.title)
def test_whatever_is_shown_is_whole_and_escaped(tune):
    picture = roll(tune).svg
    ElementTree.fromstring(picture)
    assert picture.count("<rect") == len(tune.notes) + 4 * bool(tune.notes and tune.chords)
    html = show(tune).html
    assert "<script>" not in html and "<script>" not in picture
    assert ("<audio" in html) == bool(tune.notes or tune.chords)


def test_a_chorus_with_a_band_weighs_less_than_400_kb():
    tune = chorus()
    assert tune.n_bars == 32 and len(tune.parts) == 3
    assert len(show(tune).html) < 400_000


def test_a_page_loads_nothing_and_is_whole():
    page = WRITERS[".html"](replace(TUNE, title="<script>alert('&')</script> 🎷")).decode()
    assert page.startswith("<!DOCTYPE html>") and "<script>" not in page
    sources = re.findall('(?:src|href)="([^"]{0,40})', page)
    assert len(sources) == 6 and all(source.startswith(("data:", "#")) for source in sources)
    pictures = [unquote(text) for text in re.findall('src="data:image/svg.xml,([^"]*)"', page)]
    score_there, roll_there = (ElementTree.fromstring(picture) for picture in pictures)
    assert int(score_there.get("width")) > 0
    drawn = ElementTree.fromstring(roll(TUNE).svg)
    assert [shape.attrib for shape in drawn.iter()] == [shape.attrib for shape in roll_there.iter()]


@pytest.mark.parametrize("zoom", [0.5, 1, 2])
def test_a_picture_in_pixels_is_as_large_as_asked_and_not_blank(tmp_path, zoom):
    path = tmp_path / "riff.png"
    path.write_bytes(_to_png(roll(TUNE), zoom))
    picture = np.asarray(Image.open(path).convert("RGB"))
    width, height = (int(re.search(rf' {side}="(\d+)"', roll(TUNE).svg)[1]) for side in ("width", "height"))
    assert abs(picture.shape[1] - zoom * width) <= 1 and abs(picture.shape[0] - zoom * height) <= 1
    assert (picture[0, 0] == 255).all() and len(np.unique(picture.reshape(-1, 3), axis=0)) > 20


def test_an_enormous_picture_stays_within_bounds():
    chords = tuple(Chord(4 * bar, 4, "Dm7") for bar in range(500))
    notes = tuple(Note(beat, 1, 60 + beat % 12) for beat in range(2000))
    picture = _to_png(roll(Tune("Long", notes, chords)), zoom=8)
    width, height = (int.from_bytes(picture[place:place + 4], "big") for place in (16, 20))
    assert 20_000_000 < width * height < 41_000_000


def test_a_long_tune_is_drawn():
    notes = tuple(Note(beat / 2, 0.5, 60 + beat % 12) for beat in range(4000))
    chords = tuple(Chord(4 * bar, 4, "Dm7") for bar in range(500))
    ElementTree.fromstring(roll(Tune("Long", notes, chords)).svg)


def test_audio_files_hold_the_sound(tmp_path):
    for suffix in (".wav", ".mp3"):
        heard, rate = soundfile.read(save(TUNE, tmp_path / f"riff{suffix}"))
        assert rate == 44100 and heard.shape[1] == 2 and abs(len(heard) / rate - 4 * 60 / 140 - 1.5) < 0.1
        assert 0.8 < np.abs(heard).max() < 1
    heard, rate = soundfile.read(save(TUNE, tmp_path / "riff.wav"))
    assert np.abs(heard - render(TUNE)).max() < 1e-4


def test_thirty_seconds_in_a_page_weigh_less_than_300_kb():
    tune = Tune(notes=tuple(Note(place / 2, 0.5, 55 + place * 7 % 24) for place in range(120)), tempo=120)
    assert len(listen(tune)._repr_html_()) < 300_000


@pytest.mark.parametrize("name, error, words", [
    ("riff.doc", ValueError, r"its suffix is '.doc'; known are .mid"),
    ("riff", ValueError, "its suffix is ''"),
    ("missing/riff.mid", FileNotFoundError, "there is no folder .*missing.*; make it first"),
    ("folder.mid", OSError, "cannot write folder.mid into"),
])
def test_files_that_cannot_be_written(tmp_path, name, error, words):
    (tmp_path / "folder.mid").mkdir()
    with pytest.raises(error, match=words):
        save(TUNE, tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == ["folder.mid"]


@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match="cannot write riff.mid into"):
        save(TUNE, tmp_path / "riff.mid")


def test_a_failure_leaves_the_older_file_as_it_was(tmp_path, monkeypatch):
    path = save(TUNE, tmp_path / "riff.mid")
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    with pytest.raises(ValueError, match="nothing to play"):
        save(Tune("Silence"), tmp_path / "riff.wav")
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left on device; choose another place"):
        save(replace(TUNE, tempo=200), path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def two_notes_far_apart(bar=3990):
    """Return a MIDI file of some fifty bytes: a note in the first bar and one thousands of bars later."""
    late = 4 * 480 * (bar - 1) - 480
    wait = bytes([late >> 21 | 128, late >> 14 & 127 | 128, late >> 7 & 127 | 128, late & 127])
    notes = b"\0\x90\x3c\x40\x83\x60\x80\x3c\0" + wait + b"\x90\x40\x40\x83\x60\x80\x40\0\0\xff\x2f\0"
    header = b"MThd" + bytes((0, 0, 0, 6, 0, 0, 0, 1, 1, 224))
    return header + b"MTrk" + len(notes).to_bytes(4, "big") + notes


@pytest.mark.parametrize("make", [
    render, listen, show, WRITERS[".wav"], WRITERS[".mp3"], WRITERS[".html"],
    lambda tune: render(tune, 8000), lambda tune: render(tune, 96000),
], ids=["render", "listen", "show", "wav", "mp3", "html", "8000", "96000"])
def test_no_small_file_makes_hours_of_sound(tmp_path, make):
    """It ended the process: an abort in the synthesiser, or the machine's last gigabyte."""
    path = tmp_path / "bomb.mid"
    path.write_bytes(two_notes_far_apart())
    assert path.stat().st_size < 60
    tune = read(path)
    with pytest.raises(ValueError, match=r"'bomb' lasts 133:00 \(minutes:seconds\), and \d+:\d\d is the most "
                                         r"that can sound at \d+ frames per second; .* or --bars 1-32"):
        make(tune)


def test_the_longest_tune_that_may_sound():
    """The limit is of the whole sound: solo, chords that are played, band and tail."""
    longest = Tune("Long", (Note(0, 1196.9, 60),), tempo=120)
    _check_length(longest, 44100)
    late = Note(1198, 1, 40)
    for tune in (replace(longest, notes=(late,)), replace(longest, parts=(Part("Bass", (late,), 32),)),
                 replace(longest, chords=(Chord(1198, 1, "C"),))):
        _check_length(tune, 22050)
        with pytest.raises(ValueError, match="'Long' lasts 10:01"):
            _check_length(tune, 44100)
    chart = replace(longest, chords=(Chord(1198, 1, "C"),), parts=(Part("Bass", (Note(0, 1, 40),), 32),))
    _check_length(chart, 44100)  # where a band plays, nobody plays the chords
