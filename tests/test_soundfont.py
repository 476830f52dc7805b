"""The repaired sound font: every key of every program sounds, in tune, and ends."""

import hashlib
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import symusic

from jazz_nb.formats.wjazzd import _PROGRAMS
from jazz_nb.rendering.audio import render
from jazz_nb.rendering.soundfont import (
    _programs,
    _read,
    _Sample,
    find_sound_font,
    repair_sound_font,
)
from jazz_nb.tune import Note, Tune

# Soloists, and what the band and the pianist play: piano, guitar, bass.
USED = sorted({65, 0, 26, 32, *_PROGRAMS.values()})
NOISES = {123, 127}  # a bird and a gun shot: silence belongs to them
OURS = find_sound_font().read_bytes()
MENDED = repair_sound_font(OURS)
# In a process of its own: the synthesiser goes round a loop without length for ever.
EVERY_KEY = """
import sys
import numpy as np
import symusic
rate, font, *programs = int(sys.argv[1]), *sys.argv[2:]
for program in map(int, programs):
    score = symusic.Score(480)
    score.tempos.append(symusic.Tempo(0, qpm=60))
    score.tracks.append(symusic.Track("", program, False))
    for place, key in enumerate([*range(128), 60]):
        score.tracks[0].notes.append(symusic.Note(480 * place, 240, key, 127))
    sound = np.asarray(symusic.Synthesizer(font, rate).render(score, stereo=True))
    keys = sound[:, :128 * rate].reshape(2, 128, rate)[:, :, :rate // 2]
    print(*np.sqrt((keys ** 2).mean(axis=(0, 2))))
"""
OTHERS_FIRST = """
import hashlib
from jazz_nb.rendering.audio import render
from jazz_nb.tune import Note, Tune
tunes = [Tune(notes=(Note(0, 1, 70),), program=program) for program in (110, 40)]
print([hashlib.sha256(render(tune)).hexdigest() for tune in tunes])
"""


@pytest.fixture(scope="module")
def fonts(tmp_path_factory):
    """Write the sound font as it is installed and as we mend it."""
    folder = tmp_path_factory.mktemp("fonts")
    for name, font in (("ours", OURS), ("mended", MENDED)):
        (folder / f"{name}.sf2").write_bytes(font)
    return folder


def play(path, rate, *notes):
    """Return the sound of notes (program, key), each a second long, in turn."""
    score = symusic.Score(480)
    score.tempos.append(symusic.Tempo(0, qpm=60))
    for place, (program, key) in enumerate(notes):
        track = symusic.Track("", program, False)
        track.notes.append(symusic.Note(960 * place, 480, key, 127))
        score.tracks.append(track)
    return np.asarray(symusic.Synthesizer(str(path), rate).render(score, stereo=True))


def loudness(path, rate, programs):
    """Return for each program the loudness of its 128 keys, in decibels."""
    command = [sys.executable, "-c", EVERY_KEY, str(rate), str(path)]
    command += map(str, programs)
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=60
    )
    rows = [[float(word) for word in line.split()] for line in done.stdout.splitlines()]
    return dict(zip(programs, 20 * np.log10(np.maximum(rows, 1e-9))))


def assert_even(levels):
    """Every key sounds, within 12 dB of the next one."""
    for program, level in levels.items():
        silent = np.flatnonzero(~(level > -80)).tolist()
        assert not silent, f"program {program}: keys {silent} are silent"
        steps = np.flatnonzero(np.abs(np.diff(level)) > 12).tolist()
        assert not steps, f"program {program}: more than 12 dB above keys {steps}"


@pytest.mark.parametrize("rate", [22050, pytest.param(44100, marks=pytest.mark.slow)])
def test_every_key_that_the_package_plays_sounds(fonts, rate):
    assert_even(loudness(fonts / "mended.sf2", rate, USED))


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 128, 32))
def test_every_key_of_every_program_sounds(fonts, first):
    programs = [one for one in range(first, first + 32) if one not in NOISES]
    assert_even(loudness(fonts / "mended.sf2", 22050, programs))


def test_every_key_ends_at_the_lowest_sample_rate(fonts):
    """There a loop is shortest; 57 from 96 up and 11 at 95 never returned."""
    levels = loudness(fonts / "mended.sf2", 8000, USED)
    assert all((level > -80).all() for level in levels.values())


def strays(sound, key):
    """Return how far the strongest tone is from the nearest partial, in semitones."""
    steady = sound.mean(axis=0)[4000:36768] * np.hanning(32768)
    spectrum = np.abs(np.fft.rfft(steady, 1 << 18))
    strongest = (100 + spectrum[100:].argmax()) * 44100 / (1 << 18)
    partial = strongest / (440 * 2 ** ((key - 69) / 12))
    return abs(12 * np.log2(partial / max(round(partial), 1)))


@pytest.mark.parametrize("program", sorted({*USED, 4, 24, 33, 40, 57, 60, 61, 68, 105}))
def test_every_program_is_in_tune(fonts, program):
    low, high = (28, 55) if program in (32, 33) else (50, 84)
    far = {key: strays(play(fonts / "mended.sf2", 44100, (program, key)), key)
           for key in range(low, high, 5)}
    assert max(far.values()) < 0.6, far


@pytest.mark.parametrize("program, key, off", [
    (0, 60, 20), (32, 36, -3), (26, 60, 10), (11, 60, 15),
])
def test_the_font_as_it_is_was_out_of_tune(fonts, program, key, off):
    """Why all this; and the check above sees it."""
    sound = play(fonts / "ours.sf2", 44100, (program, key))
    assert strays(sound, key) > 0.9 and strays(sound, key + off) < 0.6


@pytest.mark.parametrize("program, keys", [
    (56, range(52, 90, 3)), (64, range(56, 90, 3)), (66, range(40, 80, 3)),
    (67, range(34, 72, 3)), (73, range(60, 97, 3)), (65, range(49, 82, 3)),
])
def test_what_was_right_sounds_the_same(fonts, program, keys):
    keys = [key for key in keys if (program, key) != (65, 64)]
    for key in keys:
        one, other = (play(fonts / f"{name}.sf2", 44100, (program, key))
                      for name in ("ours", "mended"))
        assert np.array_equal(one, other), key


def test_no_instrument_takes_the_sound_of_another():
    """Violin and fiddle share samples: what was heard first was heard again."""
    violin, fiddle = (Tune(notes=(Note(0, 1, 70),), program=one) for one in (40, 110))
    first = render(violin)
    render(fiddle)
    assert np.array_equal(render(violin), first)
    command = [sys.executable, "-c", OTHERS_FIRST]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str([hashlib.sha256(sound).hexdigest()
                                       for sound in (render(fiddle), first)])


def test_the_repaired_font_is_whole():
    """What the repair relies on, and what the format allows."""
    before, tables = _read(OURS)
    assert {kind for kind, _ in tables["pgen"]} == {41, 0}, "only names of instruments"
    after, mended = _read(MENDED)
    assert after["smpl"].startswith(before["smpl"]) and len(MENDED) < 10_000_000
    assert len(mended["igen"]) < 65536 and len(mended["shdr"]) < 65536
    samples = [_Sample(*row) for row in tables["shdr"][:-1]]
    wave = np.frombuffer(before["smpl"], "<i2")
    silence = [wave[max(sample.start - 46, 0):sample.start] for sample in samples]
    assert not any(map(np.any, silence)), "silence comes before each sample"
    starts = sorted(sample.start for sample in samples)
    copies = [_Sample(*row).start for row in mended["shdr"][:-1]]
    shifts = [starts[np.searchsorted(starts, start)] - start
              for start in copies if start < starts[-1]]
    assert max(shifts) <= 46, "a copy begins in the silence before its sample"
    assert max(Counter(copies).values()) == 1, "no two entries begin at the same frame"
    names = [head[:3] for head, _ in _programs(tables)]
    assert names == [head[:3] for head, _ in _programs(mended)]


def test_drums_that_are_not_there_stay_silent():
    """The renderer holds the door open with one."""
    for head, zones in _programs(_read(MENDED)[1]):
        if head[2] == 128:
            assert all(zone[43] >> 8 < 127 for zone in zones)


def test_a_missing_font_is_said(monkeypatch):
    monkeypatch.setattr("jazz_nb.rendering.soundfont.find_spec", lambda _: None)
    with pytest.raises(FileNotFoundError, match="comes with pretty_midi; pip install"):
        find_sound_font()


def test_nothing_is_left_in_the_temporary_folder(tmp_path, monkeypatch):
    from jazz_nb.rendering import audio

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    audio._synthesizer.__wrapped__(22050)
    assert os.listdir(tmp_path) == [] and Path(tmp_path).exists()
