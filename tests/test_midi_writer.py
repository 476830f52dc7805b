"""MIDI files of ours say what the tune says, and read back as the same tune."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
import symusic
from hypothesis import given
from hypothesis import strategies as st

from jazz_nb.data import corpus
from jazz_nb.formats.midi_writer import from_midi, to_midi
from jazz_nb.formats.wjazzd import open_wjazzd
from jazz_nb.rendering.export import WRITERS, save
from jazz_nb.tune import Chord, Note, Part, Tune

WJAZZD = Path(os.environ.get("JAZZ_NB_DATA", "nowhere"), "wjazzd.db.xz")
LINE = tuple(
    Note(place / 2, 0.5, pitch)
    for place, pitch in enumerate((65, 69, 72, 75, 74, 71, 70, 67))
)
TUNE = Tune(
    "Riff", LINE, (Chord(0, 2, "F7"), Chord(2, 2, "Bb7")), tempo=140, key="F", swing=1.6
)


def test_midi_says_what_the_tune_says(tmp_path):
    path = save(replace(TUNE, title="Ré — 🎷"), tmp_path / "riff.mid")
    assert (
        "Ré — 🎷".encode() in path.read_bytes()
    )  # symusic itself drops a track without notes when it reads
    score = symusic.Score(str(path))
    assert [track.name for track in score.tracks] == ["Solo", "Chords"]
    assert score.ticks_per_quarter == 960 and abs(score.tempos[0].qpm - 140) < 1e-3
    assert [(mark.time, mark.text) for mark in score.markers] == [
        (0, "Swing 1.6"),
        (0, "F7"),
        (1920, "Bb7"),
        (3840, "End"),
    ]
    assert (score.key_signatures[0].key, score.key_signatures[0].tonality) == (-1, 0)
    straight = to_midi(TUNE, swing=False)
    heard = [
        Note(note.time / 960, note.duration / 960, note.pitch, note.velocity)
        for note in straight.tracks[1].notes
    ]
    assert heard == list(TUNE.notes)
    band = (
        Part("Bass", (Note(0, 4, 41),), 32),
        Part("Drums", (Note(0, 1, 38),), drums=True),
    )
    tracks = to_midi(replace(TUNE, parts=band)).tracks
    assert [(track.name, track.program, track.is_drum) for track in tracks][1:] == [
        ("Solo", 65, False),
        ("Bass", 32, False),
        ("Drums", 0, True),
    ]


def spans(tune):
    """Return pitch, onset, duration and velocity of every note, times to a millionth."""
    return [
        (note.pitch, round(note.onset, 6), round(note.duration, 6), note.velocity)
        for note in tune.notes
    ]


@pytest.mark.parametrize("tune", corpus("etudes"), ids=lambda tune: tune.title)
def test_etudes_read_back_from_midi(tune):
    again = from_midi(WRITERS[".mid"](tune))
    assert spans(again) == spans(tune) and again.chords == tune.chords
    for name in ("title", "key", "meter", "tempo", "swing", "program", "parts"):
        assert getattr(again, name) == getattr(tune, name)


@pytest.mark.skipif(
    not WJAZZD.is_file(), reason="JAZZ_NB_DATA names no folder with wjazzd.db.xz"
)
def test_solos_of_the_masters_read_back_from_midi():
    solos = open_wjazzd(WJAZZD)[::4][:100]
    for solo in solos:
        again = from_midi(WRITERS[".mid"](solo.tune))
        assert spans(again) == spans(solo.tune) and again.chords == solo.tune.chords, (
            solo
        )
        assert (again.title, again.tempo, again.swing) == (
            solo.tune.title,
            solo.tune.tempo,
            solo.tune.swing,
        )
    assert len(solos) == 100


# Each beat is cut into parts of its own, and notes begin and end at the cuts.
BEATS = st.lists(
    st.tuples(
        st.sampled_from([*range(1, 25), 36]),
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 127),
    ),
    min_size=1,
    max_size=8,
)


@given(BEATS, st.floats(1, 4))
def test_whatever_was_written_is_read_back_however_it_swings(beats, swing):
    onsets = [
        (beat + int(place * parts) / parts, 1 / parts, pitch)
        for beat, (parts, place, pitch) in enumerate(beats)
    ]
    notes = tuple(
        Note(round(onset, 9), round(length, 9), pitch)
        for onset, length, pitch in onsets
    )
    tune = Tune("Free", notes, swing=swing)
    assert spans(from_midi(WRITERS[".mid"](tune))) == spans(tune)


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        b"MThd",
        b"RIFF" * 20,
        WRITERS[".mid"](TUNE)[:60],
        symusic.Score(480).dumps_midi(),
    ],
)
def test_files_from_elsewhere_are_refused_by_from_midi(blob):
    with pytest.raises(
        ValueError, match="no MIDI file that jazz_nb wrote, or a damaged one"
    ):
        from_midi(blob)


@given(
    st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from(["Swing -1.0", "Swing inf", "Swing nan", "Swing 1.6", "Swing two"]),
)
def test_damaged_bytes_never_end_the_process(changes, swing):
    blob = bytearray(
        WRITERS[".mid"](TUNE).replace(b"Swing 1.6", swing.encode()[:9].ljust(9))
    )
    for place, byte in changes:
        blob[int(place * len(blob))] = byte
    try:
        assert 1 <= from_midi(bytes(blob)).swing <= 4
    except ValueError as error:
        assert "no MIDI file that jazz_nb wrote, or a damaged one" in str(error)


def test_slow_tempos_are_refused():
    with pytest.raises(ValueError, match="MIDI cannot hold a tempo below 4"):
        to_midi(replace(TUNE, tempo=1))
