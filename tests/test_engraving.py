"""Engraving: what is written on paper is complete, reads back the same, and survives odd tunes."""

import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jazz_nb.data import corpus
from jazz_nb.engraving import from_stream, key_signature, score, to_musicxml, to_stream
from jazz_nb.harmony import PITCH_NAMES, SUFFIXES
from jazz_nb.tune import Chord, Note, Tune

ETUDES = list(corpus("etudes").tunes)


def spans(tune):
    """Return pitch, onset and duration of every note, rounded to what 24ths of a quarter note can say."""
    return [(note.pitch, round(note.onset, 4), round(note.duration, 4)) for note in tune.notes]


@pytest.mark.parametrize("tune", ETUDES, ids=lambda tune: tune.title)
def test_etudes_read_back_the_same(tune):
    again = from_stream(to_stream(tune))
    assert spans(again) == spans(tune)
    assert again.chords == tune.chords
    for name in ("title", "key", "meter", "tempo"):
        assert getattr(again, name) == getattr(tune, name)


@pytest.mark.parametrize("tune", ETUDES, ids=lambda tune: tune.title)
def test_etudes_are_engraved(tune):
    page = ElementTree.fromstring(score(tune).svg)
    words = [text.text for text in page.iter("{http://www.w3.org/2000/svg}text")]
    assert tune.title in words
    assert any("♩" in word for word in words) and any("Swing" in word for word in words) == (tune.swing > 1)


def test_every_chord_reads_back_the_same():
    figures = ["N.C.", "C7/E", "Bbmaj7/Eb", "F#m7/B"]
    figures += [root + suffix for suffix in SUFFIXES for root in PITCH_NAMES]
    chart = Tune(chords=tuple(Chord(4.0 * bar, 4.0, figure) for bar, figure in enumerate(figures)))
    assert from_stream(to_stream(chart)).chords == chart.chords


NOTES = st.builds(Note, onset=st.floats(0, 24), duration=st.floats(0.001, 8), pitch=st.integers(0, 127))


METERS = st.sampled_from([(4, 4), (3, 4), (6, 8), (7, 8), (5, 4), (2, 2), (12, 8)])


@given(st.lists(NOTES, max_size=12), METERS)
def test_every_bar_is_full_whatever_was_played(notes, meter):
    tune = Tune("Free", tuple(notes), meter=meter)
    document = ElementTree.fromstring(to_musicxml(tune))
    bars = document.findall("part/measure")
    assert len(bars) >= max(tune.n_bars, 1)
    for bar in bars:
        lengths = [int(note.findtext("duration")) for note in bar.iter("note") if note.find("chord") is None]
        assert sum(lengths) == tune.bar_length * 24
    written = {12 * (int(pitch.findtext("octave")) + 1) + int(pitch.findtext("alter"))
               + "C D EF G A B".index(pitch.findtext("step")) for pitch in document.iter("pitch")}
    assert written <= {note.pitch for note in notes}


@pytest.mark.parametrize("tune", [
    Tune("Nothing"),
    Tune("One note", (Note(0, 1, 60),)),
    Tune("A chart", chords=ETUDES[0].chords),
    Tune("Two voices", (Note(0, 4, 60), Note(0, 4, 67), Note(1, 1, 76))),
    Tune("All of the piano", tuple(Note(pitch / 4, 0.25, pitch) for pitch in range(128))),
    replace(ETUDES[0], title="<script>alert('&')</script> 🎷"),
    Tune("Long", tuple(Note(beat / 2, 0.5, 60 + beat % 12) for beat in range(4000))),
], ids=lambda tune: tune.title[:12])
def test_odd_tunes_are_engraved_and_escaped(tune):
    page = score(tune).svg
    ElementTree.fromstring(page)
    assert "<script>" not in page
    assert page == score(tune).svg


def test_keys():
    keys = ("Cb", "F", "C", "F#", "C#", "Abm", "A#m")
    assert [key_signature(key)[0] for key in keys] == [-7, -1, 0, 6, 7, -7, 7]
    assert key_signature("G#") is None and key_signature("D dorian") is None
