"""MIDI files of anybody's: who plays what, chords and rhythm against known truth, odd and damaged files."""

import os
import random
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import symusic

from jazz_nb.data import ETUDES, corpus, read
from jazz_nb.formats.midi import read_midi
from jazz_nb.formats.midi_writer import from_midi, to_midi
from jazz_nb.transcription.midi_reader import inspect
from jazz_nb.transcription.quantize import write_rhythm_of
from jazz_nb.transcription.roles import find_roles
from jazz_nb.tune import Note, Tune, perform

TRIO = ETUDES / "01_blues_in_f_1.mid"
DATA = Path(os.environ.get("JAZZ_NB_DATA", ""))
needs_data = pytest.mark.skipif(
    not (DATA / "wjazzd.db.xz").is_file() or not (DATA / "original_metheny.mid").is_file(),
    reason="JAZZ_NB_DATA does not name a folder with wjazzd.db.xz and original_metheny.mid",
)


def number(value):
    """Write a number of variable length."""
    found = [value & 127]
    while value := value >> 7:
        found.append(value & 127 | 128)
    return bytes(reversed(found))


def midi_file(*tracks, kind=1, division=480, end=True):
    """Write a MIDI file; a track is a list of pause and bytes."""
    content = b"MThd" + (6).to_bytes(4, "big") + b"".join(n.to_bytes(2, "big")
                         for n in (kind, len(tracks), division))
    for events in tracks:
        body = b"".join(number(pause) + event for pause, event in events) + b"\0\xff\x2f\0" * end
        content += b"MTrk" + len(body).to_bytes(4, "big") + body
    return content


def scale(channel=0, length=240, n_notes=32, low=60):
    """Return events of a scale."""
    events = []
    for step in range(n_notes):
        pitch = low + (0, 2, 4, 5, 7, 9, 11)[step % 7]
        events += [(0, bytes([0x90 | channel, pitch, 80])), (length, bytes([0x80 | channel, pitch, 0]))]
    return events


def damage(content, rng):
    """Change, insert or drop some bytes."""
    blob = bytearray(content)
    for _ in range(rng.randrange(1, 6)):
        place, what = rng.randrange(len(blob) + 1), rng.random()
        if what < 0.8 and place < len(blob):
            blob[place] = rng.choice([0, 0x7F, rng.randrange(128),
                 rng.choice([0x80, 0xFF, 0xF0, 0x90, 0x51, 0x58])])
        elif what < 0.9:
            del blob[place:place + rng.randrange(1, 5)]
        else:
            blob[place: place] = bytes(rng.choice([0xFF, 0x90, 0, 0x7F, 0xF0])
                for _ in range(rng.randrange(1, 9)))
    return bytes(blob)


def mutate(content, rng):
    """Damage a file: anywhere, or inside one track whose length is mended, or by cutting it."""
    what = rng.random()
    if what < 0.1:
        return content[:rng.randrange(len(content))]
    if what < 0.3:
        return damage(content, rng)
    head, *tracks = content.split(b"MTrk")
    place = rng.randrange(len(tracks))
    body = damage(tracks[place][4:], rng)
    tracks[place] = len(body).to_bytes(4, "big") + body
    return b"MTrk".join([head, *tracks])


def seeds():
    """Return whole files of several kinds, to be damaged."""
    tune = corpus("etudes")[0]
    tempo, meter = b"\xff\x51\x03\x07\xa1\x20", b"\xff\x58\x04\x03\x02\x18\x08"
    first = [(0, tempo), (0, meter), (0, b"\xff\x03\x03Sax"), (0, b"\xff\x06\x03Dm7"), *scale()]
    return [
        to_midi(tune).dumps_midi(),
        TRIO.read_bytes(),
        midi_file(first, scale(1, 480, 16, 40), scale(9, 240, 32, 40)),
        midi_file(scale(0, 120) + [(960, b"\xff\x58\x04\x04\x02\x18\x08"), (0, tempo)] + scale(1), kind=0),
        midi_file(scale(), scale(2), kind=2, division=24, end=False),
    ]


def fuzz(folder, seed, count):
    """Read damaged files; return how many were read, and how many refused."""
    rng, whole, kept = random.Random(seed), seeds(), [0, 0]
    path = folder / f"fuzz {seed}.mid"
    for _ in range(count):
        path.write_bytes(mutate(rng.choice(whole), rng))
        start = time.perf_counter()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tune = read(path)
            assert isinstance(tune, Tune)
            kept[0] += 1
        except ValueError as error:
            assert str(path) in str(error)
            kept[1] += 1
        assert time.perf_counter() - start < 5
    return kept


def test_a_damaged_file_is_read_or_refused(tmp_path):
    was_read, refused = fuzz(tmp_path, 0, 400)
    assert was_read > 40 and refused > 40


@pytest.mark.slow
@pytest.mark.campaign
def test_thousands_of_damaged_files_never_end_the_process(tmp_path):
    code = (
        "import resource, sys, pathlib; sys.path[:0] = ['tests', '.', 'docs'];"
        "resource.setrlimit(resource.RLIMIT_DATA, (2**30, 2**30));"
        "from test_midi_reader import fuzz; print(*fuzz(pathlib.Path(sys.argv[1]), int(sys.argv[2]), 1000))"
    )
    for seed in (1, 2, 3):
        command = [sys.executable, "-c", code, str(tmp_path), str(seed)]
        done = subprocess.run(
    command,
    capture_output=True,
    text=True,
    timeout=300,
     cwd=Path(__file__).parent.parent)
        assert done.returncode == 0, done.stderr
        assert sum(map(int, done.stdout.split())) == 1000


@pytest.mark.parametrize("name", ["my file.mid", "it's.mid", 'say "hi".MID',
                         "été.midi", "#1 take.mid", "100 %.mid"])
def test_any_name_will_do(name, tmp_path):
    (tmp_path / name).write_bytes(TRIO.read_bytes())
    assert read(tmp_path / name).title == Path(name).stem
    assert name in repr(inspect(tmp_path / name))


def save(tmp_path, content):
    """Write a file and return its path."""
    path = tmp_path / "odd.mid"
    path.write_bytes(content)
    return path


def test_formats_channels_and_unended_notes(tmp_path):
    one = [(0, b"\x90\x3c\x50"), (0, b"\x91\x28\x50"), (480, b"\x80\x3c\x00"), (0, b"\x81\x28\x00")]
    for kind in (0, 1, 2):
        song = read_midi(save(tmp_path, midi_file(one, kind=kind)))
        assert [(part.pitch[0], part.duration[0]) for part in song.parts] == [(60, 480), (40, 480)]
    hung = midi_file([(0, b"\x90\x3c\x50"), (240, b"\x40\x50"), (9000, b"\x43\x50"), (10, b"\x43\x00")])
    song = read_midi(save(tmp_path, hung))
    assert song.n_unended == 2
    assert song.parts[0].duration.tolist() == [240, 4 * 480, 10]
    assert "2 notes are never ended" in repr(inspect(save(tmp_path, hung)))
    nothing = midi_file(
        [(0, b"\x90\x3c\x50"),
         (0, b"\x80\x3c\x00"),
         (480, b"\x90\x3e\x50"),
         (480, b"\x80\x3e\x00")])
    assert read_midi(save(tmp_path, nothing)).parts[0].duration.tolist() == [0, 480]


def test_several_hundred_tracks(tmp_path):
    path = save(tmp_path, midi_file(*(scale(track % 9, 480, 8, 40 + track % 30) for track in range(400))))
    start = time.perf_counter()
    with pytest.warns(UserWarning, match="choose with solo="):
        assert len(read(path).parts) == 399
    assert time.perf_counter() - start < 5


def test_our_reader_and_symusic_agree_on_every_note(tmp_path):
    for content in seeds():
        ours = read_midi(save(tmp_path, content))
        theirs = [track for track in symusic.Score.from_midi(content).tracks if len(track.notes)]
        rows = [
            sorted(
                zip(*(field.tolist() for field in (part.onset, part.duration, part.pitch, part.velocity))))
            for part in ours.parts]
        assert rows == [sorted((note.time, note.duration, note.pitch, note.velocity) for note in track.notes)
                        for track in theirs]


@pytest.mark.parametrize(
    "events, words",
    [
        ([(0, b"\xff\x51\x03\0\0\0")], "tempo inf"),
        ([(0, b"\xff\x58\x04\0\x02\x18\x08")], "meter"),
        ([(2**28 - 1, b"\x90\x3c\x50"), (2**28 - 1, b"\x80\x3c\x00")] * 3, "more than 4000 bars"),
    ],
)
def test_what_makes_no_sense_is_refused_quickly(events, words, tmp_path):
    path = save(tmp_path, midi_file(events + scale()))
    start = time.perf_counter()
    with pytest.raises(ValueError, match=words):
        read(path)
    assert words in repr(inspect(path))
    assert time.perf_counter() - start < 2


def test_a_change_of_meter_is_never_silent(tmp_path):
    events = [(0, b"\xff\x58\x04\x03\x02\x18\x08"), *scale(n_notes=12), (0, b"\xff\x58\x04\x04\x02\x18\x08"),
              *scale(n_notes=64)]
    path = save(tmp_path, midi_file(events, scale(1, 480, 38, 36)))
    with pytest.warns(UserWarning, match="bars 1–2 in 3/4, 3–10 in 4/4; read are bars 3–10"):
        assert read(path).meter == (4, 4)
    with pytest.warns(UserWarning):
        assert read(path, bars=(1, 2)).meter == (3, 4)
    with pytest.raises(ValueError, match="bars 2 to 5 are in several meters"):
        read(path, bars=(2, 5))


def test_a_close_call_names_the_alternatives(tmp_path):
    path = save(tmp_path, midi_file(scale(low=60), scale(1, low=62), scale(2, 480, 16, 36)))
    with pytest.warns(UserWarning, match="only probably the solo .*: choose with solo="):
        read(path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        read(path, solo=1, chart="| C |")
    assert not [one for one in caught if "probably" in str(one.message)]


def test_figures_in_the_file_are_its_chords(tmp_path):
    marks = [(0 if bar == 0 else 4 * 480, b"\xff\x06" + bytes([len(figure)]) + figure)
             for bar, figure in enumerate((b"Dm7", b"G7", b"Cmaj7", b"A7alt"))]
    path = save(tmp_path, midi_file(marks, scale()))
    assert [chord.figure for chord in read(path).chords] == ["Dm7", "G7", "Cmaj7", "A7alt"]
    assert "4 figures among the file's own texts" in repr(inspect(path))


@pytest.mark.parametrize("swing", [1.0, 1.4, 2.0, 3.0])
@pytest.mark.parametrize("index", range(0, 26, 5))
def test_what_an_etude_plays_is_written_as_it_stands(index, swing, tmp_path):
    written = replace(corpus("etudes")[index], swing=swing)
    path = save(tmp_path, to_midi(replace(perform(written), swing=1.0), chords=False).dumps_midi())
    part = read_midi(path).parts[0]
    found = write_rhythm_of(part, 960, swing, written.tempo)
    assert np.mean(np.abs(found.onset - [note.onset for note in written.notes]) < 1e-6) > 0.97
    assert found.error.mean() < 0.01


def test_our_own_files_come_back_exactly(tmp_path):
    for tune in corpus("etudes")[:8]:
        content = to_midi(tune).dumps_midi()
        again = read(save(tmp_path, content))
        assert replace(again, source="") == from_midi(content)
        for name in ("chords", "swing", "key", "tempo"):
            assert getattr(again, name) == getattr(tune, name)


@needs_data
def test_metheny_told_nothing():
    rows = find_roles(read_midi(DATA / "original_metheny.mid"))
    assert [row.part.name for row in rows if "solo" in row.roles] == ["Guitar"]
    assert [row.part.name for row in rows if "chords" in row.roles] == ["Piano"]
    tune = read(DATA / "original_metheny.mid", seconds=(255, 290))
    assert len(tune.parts) > 5 and tune.n_bars == 17


@needs_data
@pytest.mark.slow
@pytest.mark.campaign
def test_parts_and_chords_of_two_hundred_labelled_files(tmp_path):
    from benchmarks.parts import judge

    result = judge(tmp_path, parity=1)
    assert result.n_files >= 200
    assert result.solo >= 0.97
    assert result.roots >= 0.90


def test_a_note_alone_is_a_tune(tmp_path):
    path = save(tmp_path, midi_file([(0, b"\x90\x3c\x50"), (480, b"\x80\x3c\x00")]))
    assert read(path).notes == (Note(0.0, 1.0, 60, 80),)
    assert "found no part that plays the chords" in repr(inspect(path))
    with pytest.raises(ValueError, match="has no chords; name the part that plays them with chords="):
        corpus(path)
