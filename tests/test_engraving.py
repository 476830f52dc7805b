"""Engraving: what is written on paper is complete, reads back the same, and survives odd tunes."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from fractions import Fraction
from io import BytesIO
from math import gcd
from pathlib import Path
from time import process_time
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jazz_nb.data import corpus
from jazz_nb.formats.musicxml_writer import from_stream, to_musicxml, to_mxl, to_stream
from jazz_nb.music.harmony import SUFFIXES
from jazz_nb.music.rhythm import MAX_BARS, write_rhythm
from jazz_nb.music.spelling import PITCH_NAMES, key_signature
from jazz_nb.rendering.engraving import score
from jazz_nb.tune import Chord, Note, Tune, excerpt

ETUDES = list(corpus("etudes").tunes)
WORDS = ("title", "key", "meter", "tempo", "swing", "style", "program")


def assert_same(found, wanted):
    """Compare what MusicXML holds: words exactly, figures exactly, pitches exactly, times within 1e-6."""
    for name in WORDS:
        assert getattr(found, name) == getattr(wanted, name), name
    for one, other in ((found.notes, wanted.notes), (found.chords, wanted.chords)):
        assert len(one) == len(other)
        one, other = (sorted(items, key=lambda item: (round(item.onset, 5), getattr(item, "pitch", 0)))
                      for items in (one, other))
        for item, original in zip(one, other):
            label = "pitch" if isinstance(item, Note) else "figure"
            assert getattr(item, label) == getattr(original, label)
            assert abs(item.onset - original.onset) <= 1e-6, (item, original)
            assert abs(item.duration - original.duration) <= 1e-6, (item, original)


def solos(count):
    """Return solos of the Weimar Jazz Database, spread over it; skip if its file is not there."""
    from jazz_nb.formats.wjazzd import open_wjazzd

    path = Path(os.environ.get("JAZZ_NB_DATA", "")) / "wjazzd.db.xz"
    if not path.is_file():
        pytest.skip("wjazzd.db.xz is not in the folder that JAZZ_NB_DATA names")
    base = open_wjazzd(path)
    return [base[place].tune for place in range(0, len(base), max(len(base) // count, 1))][:count]


def document(tune):
    """Parse a tune's MusicXML."""
    return ElementTree.fromstring(to_musicxml(tune))


def bar_lengths(page):
    """Return the length of every bar of a parsed document, in quarter notes."""
    lengths, divisions = [], 1
    for bar in page.findall("part/measure"):
        divisions = int(bar.findtext("attributes/divisions", divisions))
        notes = [note for note in bar.iter("note") if note.find("chord") is None]
        lengths.append(sum(Fraction(int(note.findtext("duration")), divisions) for note in notes))
    return lengths


def texts(drawing):
    """Return every text on a page."""
    page = ElementTree.fromstring(drawing.svg)
    return [text.text for text in page.iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize("tune", ETUDES, ids=lambda tune: tune.title)
def test_etudes_read_back_the_same(tune):
    assert_same(from_stream(to_stream(tune)), tune)


@pytest.mark.slow
@pytest.mark.campaign
def test_solos_read_back_the_same():
    # music21 takes a third of a second for each; test_musicxml.py reads thirty by our own reader.
    tunes = solos(10)
    assert len(tunes) == 10
    for tune in tunes:
        assert_same(from_stream(to_stream(tune)), tune)


def test_solos_fill_every_bar_and_close_every_tuplet():
    for tune in solos(8):
        page = document(tune)
        assert set(bar_lengths(page)) == {tune.bar_length}
        for bar in page.findall("part/measure"):
            edges = [mark.get("type") for mark in bar.iter("tuplet")]
            assert edges == ["start", "stop"] * (len(edges) // 2)
            inside = False
            for note in bar.iter("note"):
                marks = [mark.get("type") for mark in note.iter("tuplet")]
                assert note.find("chord") is not None or (note.find("time-modification") is not None) == (
                    inside or bool(marks))
                inside = (inside or "start" in marks) and "stop" not in marks


@pytest.mark.parametrize("tune", ETUDES, ids=lambda tune: tune.title)
def test_etudes_are_engraved(tune):
    page = score(tune)
    words = texts(page)
    assert tune.title in words
    assert any("♩" in word for word in words) and any("Swing" in word for word in words) == (tune.swing > 1)
    assert page.svg.count('href="#E0A4"') + page.svg.count('href="#E0A3"') >= len(tune.notes)
    assert len(page.svg) < 1000 * max(tune.n_bars, 20)


def test_a_chorus_is_engraved_at_once_and_small():
    tune = excerpt(max(ETUDES, key=lambda tune: tune.n_bars), 1, 32)
    score(tune)
    start = process_time()
    assert len(score(tune).svg) < 80_000
    assert process_time() - start < 1


def test_every_chord_reads_back_the_same():
    figures = ["N.C.", "NC", "C7/E", "Bbmaj7/Eb", "F#m7/B", "C6/9", "C/C", "B♭7", "F♯m7/C♯"]
    figures += [root + suffix for suffix in SUFFIXES for root in PITCH_NAMES]
    chart = Tune(chords=tuple(Chord(4.0 * bar, 4.0, figure) for bar, figure in enumerate(figures)))
    assert from_stream(to_stream(chart)).chords == chart.chords


# Anything that may be written down: each beat has a division, and notes begin and end on it.
METERS = st.sampled_from(
    [(4, 4), (3, 4), (6, 8), (7, 8), (5, 4), (2, 2), (12, 8), (3, 2), (9, 8), (5, 8), (2, 4)])


@st.composite
def written_tunes(draw):
    """Draw a tune with up to 3 bars of notes and chords, each beat with a division of its own."""
    meter = draw(METERS)
    beat = 4 / max(meter[1], 4)
    places = [(number + Fraction(part, division)) * Fraction(beat)
              for number in range(draw(st.integers(1, 12)))
              for division in [draw(st.sampled_from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 18, 24, 36]))]
              for part in range(division) if gcd(part, division) == 1 or part == 0]
    picked = sorted(set(draw(st.lists(st.sampled_from(places), min_size=2, max_size=14))))
    notes = {}
    for _ in range(draw(st.integers(0, 8)) if len(picked) > 1 else 0):
        first = draw(st.integers(0, len(picked) - 2))
        last = draw(st.integers(first + 1, len(picked) - 1))
        notes[draw(st.integers(0, 127))] = (picked[first], picked[last])
    made = tuple(Note(round(float(start), 9), round(float(stop - start), 9), pitch)
                 for pitch, (start, stop) in notes.items())
    chords, at = [], 0
    for length in draw(st.lists(st.integers(1, 8), max_size=4)):
        if draw(st.booleans()):
            figure = draw(st.sampled_from(["F7", "Bbm7/Eb", "N.C.", "C7alt"]))
            chords.append(Chord(at / 2, length / 2, figure))
        at += length
    tempo, swing = draw(st.floats(20, 400)), draw(st.floats(1, 4))
    key = draw(st.sampled_from(["", "C", "F#m", "Ebm", "D dorian"]))
    return Tune("Written", made, tuple(chords), tempo, meter, key, swing, program=draw(st.integers(0, 127)))


@settings(max_examples=60, deadline=None)
@given(written_tunes())
def test_whatever_can_be_written_reads_back_the_same(tune):
    assert set(bar_lengths(document(tune))) == {Fraction(tune.meter[0] * 4, tune.meter[1])}
    if not (tune.notes or tune.chords):
        return
    try:
        back = from_stream(to_stream(tune))
    except ValueError as error:  # music21 writes nothing shorter than a 1024th, tuplets of eighths included
        assert "2048th" in str(error)
        return
    assert_same(back, tune)


NOTES = st.builds(Note, onset=st.floats(0, 24), duration=st.floats(0.001, 8), pitch=st.integers(0, 127))


@settings(deadline=None)
@given(st.lists(NOTES, max_size=12), METERS)
def test_every_bar_is_full_whatever_was_played(notes, meter):
    tune = Tune("Free", tuple(notes), meter=meter)
    page = document(tune)
    lengths = bar_lengths(page)
    assert len(lengths) >= max(tune.n_bars, 1) and set(lengths) == {Fraction(meter[0] * 4, meter[1])}
    written = {12 * (int(pitch.findtext("octave")) + 1) + int(pitch.findtext("alter"))
               + "C D EF G A B".index(pitch.findtext("step")) for pitch in page.iter("pitch")}
    assert written == {note.pitch for note in notes}
    for signs in write_rhythm(tune):
        for sign in signs:
            for _, onset, _ in sign.notes:
                # to the nearest sixth at worst
                assert min(abs(float(onset) - note.onset) for note in notes) <= 1 / 12 + 1e-6


@settings(deadline=None, max_examples=40)
@given(st.text(max_size=30))
def test_any_title_is_shown_and_kept_or_refused(title):
    tune = Tune(title, (Note(0, 1, 60),))
    forbidden = any(sign < " " and sign not in "\t\n\r" or "\ud800" <= sign <= "\udfff"
                    or sign in "\ufffe\uffff" for sign in title)
    if forbidden:
        with pytest.raises(ValueError, match="XML has no such character"):
            score(tune)
    else:
        assert " ".join(title.split()) in ["", *texts(score(tune))]
        assert document(tune).findtext("work/work-title", "") == title
        assert from_stream(to_stream(tune)).title == title


@pytest.mark.parametrize("tune", [
    Tune("Nothing"),
    Tune("One note", (Note(0, 1, 60),)),
    Tune("A chart", chords=ETUDES[0].chords),
    Tune("Two voices", (Note(0, 4, 60), Note(0, 4, 67), Note(1, 1, 76))),
    Tune("All of the piano", tuple(Note(pitch / 4, 0.25, pitch) for pitch in range(128))),
    Tune("Waltz", tuple(Note(beat / 2, 0.5, 70) for beat in range(36)), ETUDES[0].chords, meter=(3, 4)),
    replace(ETUDES[0], title="<script>alert('&')</script> 🎷"),
    Tune("A very long title " * 20, (Note(0, 1, 60),)),
    Tune("500 bars", tuple(Note(beat, 0.5, 60 + beat % 12) for beat in range(2000))),
], ids=lambda tune: tune.title[:12])
def test_odd_tunes_are_engraved_and_escaped(tune):
    start = process_time()
    page = score(tune)
    assert process_time() - start < 15
    assert " ".join(tune.title.split()) in texts(page)
    assert "<script>" not in page.svg
    assert page.svg == score(tune).svg
    figures = [word for word in texts(page) if word.startswith("B♭7")]
    assert len(figures) == sum(chord.figure == "Bb7" for chord in tune.chords)


def test_a_long_tune_loses_no_bar():
    tune = Tune("Long", tuple(Note(4.0 * bar, 4, 60) for bar in range(500)))
    numbers = {word for word in texts(score(tune)) if word.isdigit()}
    assert numbers == {str(bar) for bar in range(5, 501, 4)}
    with pytest.raises(ValueError, match=f"at most {MAX_BARS}"):
        score(Tune("Endless", (Note(1e9, 1, 60),)))


def test_figures_in_a_crowded_bar_do_not_touch():
    notes = tuple(Note(step / 4, 0.25, 60 + step % 12) for step in range(64))
    chords = tuple(Chord(beat / 2, 0.5, "Ebmaj7#11/Bb" if "maj7#11" in SUFFIXES else "Ebm7b5/Bb")
                   for beat in range(32))
    page = ElementTree.fromstring(score(Tune("Crowded", notes, chords)).svg)
    figures = [(float(text.get("y")), float(text.get("x")), float(text.get("font-size")), len(text.text))
               for text in page.iter("{http://www.w3.org/2000/svg}text") if text.text.startswith("E♭")]
    assert len(figures) == 32
    for (y, x, size, letters), (next_y, next_x, *_) in zip(sorted(figures), sorted(figures)[1:]):
        assert next_y > y or x + 0.6 * size * letters <= next_x


def test_a_compressed_file_is_read_by_music21(tmp_path):
    from music21 import converter

    path = tmp_path / "étude.mxl"
    path.write_bytes(to_mxl(ETUDES[0]))
    assert_same(from_stream(converter.parse(path)), ETUDES[0])
    with ZipFile(BytesIO(to_mxl(ETUDES[0]))) as archive:
        assert archive.testzip() is None
        root = ElementTree.fromstring(archive.read("META-INF/container.xml"))
        assert root.find("rootfiles/rootfile").get("full-path") in archive.namelist()
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_tuplets_are_bracketed_with_their_number():
    for division, normal in ((3, 2), (5, 4), (7, 4), (9, 8), (11, 8), (13, 8), (15, 8), (17, 16)):
        notes = tuple(Note(round(part / division, 9), round(1 / division, 9), 72) for part in range(division))
        page = document(Tune(notes=notes))
        assert [mark.get("type") for mark in page.iter("tuplet")] == ["start", "stop"]
        assert {mark.get("bracket") for mark in page.iter("tuplet")} == {"yes"}
        assert {element.text for element in page.iter("actual-notes")} == {str(division)}
        assert {element.text for element in page.iter("normal-notes")} == {str(normal)}


def test_keys():
    keys = ("Cb", "F", "C", "F#", "C#", "Abm", "A#m")
    assert [key_signature(key)[0] for key in keys] == [-7, -1, 0, 6, 7, -7, 7]
    assert key_signature("G#") is None and key_signature("D dorian") is None


def test_every_thread_engraves_the_same_page():
    """A web server, a worker of Dask and a widget's callback are threads of their own."""
    page = score(ETUDES[0]).svg
    with ThreadPoolExecutor(1) as fresh:
        assert fresh.submit(score, ETUDES[0]).result().svg == page
    with ThreadPoolExecutor(4) as several:
        pages = list(several.map(score, [ETUDES[0]] * 8))
    assert {drawing.svg for drawing in pages} == {page}


def test_a_page_that_verovio_refuses_is_no_empty_page(monkeypatch):
    monkeypatch.setattr("verovio.toolkit.loadData", lambda *_: False)
    with pytest.raises(RuntimeError, match="cannot engrave 'Riff'; please report it"):
        score(Tune("Riff", (Note(0, 1, 60),)))
