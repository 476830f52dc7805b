"""Who plays what, and which chords: read files made from the Weimar Jazz Database, whose truth we know."""

import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.timing import Row
from jazz_nb.formats.midi import read_midi
from jazz_nb.formats.wjazzd import Solo, read_wjazzd
from jazz_nb.music.harmony import Harmony, read_figure
from jazz_nb.transcription.midi_reader import read_midi_tune
from jazz_nb.transcription.roles import find_roles
from jazz_nb.tune import Chord, Note, Part, Tune, swing_times

TICKS_PER_BEAT = 480
DECOYS = ("another solo", "riff", "guide tones")
# How a pianist may strike a chord: places in a bar and lengths, in quarter notes; the first is held.
RHYTHMS = (((0, 1),), ((0, 0.6), (1.5, 0.4)), ((0.5, 0.4), (2, 0.7), (3.5, 0.5)))


@dataclass(frozen=True)
class Labelled:
    """
    A MIDI file and what is in it.

    Parameters
    ----------
    content : bytes
        The file.
    roles : tuple of str
        What each track is: ``"solo"``, ``"chords"``, ``"bass"``, ``"drums"``, ``"decoy"``.
    solo : Solo
        What it was made from.
    decoy : str
        One of `DECOYS`.
    """

    content: bytes
    roles: tuple[str, ...]
    solo: Solo
    decoy: str


def find_database() -> Path | None:
    """Return the Weimar Jazz Database in the folder ``JAZZ_NB_DATA``; None if it is not there."""
    path = Path(os.environ.get("JAZZ_NB_DATA", ""), "wjazzd.db.xz")
    return path if path.is_file() else None


# --- the band ---------------------------------------------------------------------------------------------


def play_solo(solo: Solo) -> list[Note]:
    """Return the notes as they were played, early or late, in quarter notes."""
    beat, notes = 4 / solo.tune.meter[1], []
    for note, timing in zip(solo.tune.notes, solo.timings):
        onset, duration = solo.padding + timing.onset * beat, timing.duration * beat
        notes.append(Note(max(onset, 0), max(duration, 0.02), note.pitch, note.velocity))
    return notes


def _swing(time: float, ratio: float) -> float:
    return swing_times((time,), ratio)[time]


def _voice(harmony: Harmony, style: int, low: int, rng: np.random.Generator) -> set[int]:
    steps = sorted((tone - harmony.root) % 12 for tone in harmony.chord_tones)
    rootless = [step for step in steps if step] or steps
    chosen = (rootless, steps[:5], [0, *steps[1:2], *steps[-1:]])[style]
    if style == 0 and 2 not in steps and 4 in steps and rng.random() < 0.5:
        chosen = [*chosen, 2]
    return {low + (harmony.root + step - low) % 12 for step in chosen}


def _strikes(chord: Chord, rhythm: tuple) -> list[tuple[float, float]]:
    places = [(at, length) for at, length in rhythm if at < chord.duration] or [(0, 0.5)]
    if len(rhythm) == 1:
        places = [(0, chord.duration * 0.95)]
    bars = range(0, int(max(chord.duration, 1)), 4)
    strikes = [(bar + at, length) for bar in bars for at, length in places]
    return [(at, length) for at, length in strikes if at < chord.duration]


def comp(solo: Solo, rng: np.random.Generator) -> list[Note]:
    """Play the chords as one of many pianists: held or in a rhythm, rootless, open or close voicings."""
    rhythm = RHYTHMS[rng.integers(3)]
    style, low, notes = rng.integers(3), int(rng.integers(46, 54)), []
    ratio = min(solo.tune.swing, 2.5)
    for chord in solo.tune.chords:
        harmony = read_figure(chord.figure)
        if harmony.root is None:
            continue
        pitches = _voice(harmony, style, low, rng)
        for at, length in _strikes(chord, rhythm):
            onset = _swing(round(chord.onset + at, 9), ratio)
            loud = int(rng.integers(50, 80))
            notes += [Note(max(onset + rng.normal(0, 0.015), 0), length, pitch, loud) for pitch in pitches]
    return notes


def _step(harmony: Harmony, before: int, on_root: bool, rng: np.random.Generator) -> int:
    tone = harmony.bass if on_root else int(rng.choice(sorted(harmony.chord_tones)))
    if not on_root and rng.random() < 0.3:
        tone = (before + int(rng.choice((-2, -1, 1, 2)))) % 12
    octaves = [tone + 12 * octave for octave in (2, 3, 4)]
    return min(octaves, key=lambda pitch: abs(pitch - before) + (pitch < 28) * 9)


def walk(solo: Solo, rng: np.random.Generator) -> list[Note]:
    """Walk in quarters, or only in halves: roots where chords begin and on most first beats."""
    stride, bar = 2 if rng.random() < 0.25 else 1, solo.tune.bar_length
    notes, pitch = [], 40
    for chord in solo.tune.chords:
        harmony = read_figure(chord.figure)
        if harmony.root is None:
            continue
        for at in np.arange(0, chord.duration, stride):
            on_root = at == 0 or (chord.onset + at) % bar == 0 and rng.random() < 0.8
            pitch = _step(harmony, pitch, on_root, rng)
            onset = max(chord.onset + at + rng.normal(0, 0.015), 0)
            notes.append(Note(onset, 0.85 * stride, pitch, int(rng.integers(70, 95))))
    return notes


def drum(solo: Solo) -> list[Note]:
    """Play the ride pattern, and the pedal on two and four."""
    ratio, n_beats = min(solo.tune.swing, 2.5), int(solo.tune.duration)
    ride = [Note(float(beat), 0.2, 51) for beat in range(n_beats)]
    ride += [Note(_swing(beat + 0.5, ratio), 0.2, 51) for beat in range(1, n_beats, 2)]
    return ride + [Note(float(beat), 0.2, 44) for beat in range(1, n_beats, 2)]


# --- lines that a part finder may take for the solo ---------------------------------------------------------


def guide_tones(solo: Solo, rng: np.random.Generator) -> list[Note]:
    """Hold the third or seventh of each chord, as strings would."""
    notes, pitch = [], int(rng.integers(60, 72))
    for chord in solo.tune.chords:
        harmony = read_figure(chord.figure)
        if harmony.root is None:
            continue
        steps = [(harmony.root + step) % 12 for step in (3, 4, 10, 11, 9)]
        tones = [tone for tone in steps if tone in harmony.chord_tones]
        pitches = [tone + 12 * octave for tone in tones for octave in (4, 5, 6)]
        if pitches:
            pitch = min(pitches, key=lambda one: abs(one - pitch))
            notes.append(Note(chord.onset, chord.duration * 0.95, pitch, 60))
    return notes


def riff(solo: Solo, rng: np.random.Generator) -> list[Note]:
    """Repeat a riff of two bars through the whole piece, moved with the chords' roots."""
    places = sorted(rng.choice(16, size=int(rng.integers(4, 9)), replace=False) / 2)
    steps = rng.choice((0, 2, 3, 5, 7, 10, 12), size=len(places))
    starts, base = [chord.onset for chord in solo.tune.chords], int(rng.integers(52, 68))
    roots = [read_figure(chord.figure).root for chord in solo.tune.chords]
    notes = []
    for bar in np.arange(0, solo.tune.duration - 8, 8):
        for place, step in zip(places, steps):
            root = roots[max(int(np.searchsorted(starts, bar + place, side="right")) - 1, 0)] if starts else 0
            pitch = base + ((root or 0) - base) % 12 + int(step)
            onset = _swing(round(float(bar + place), 9), min(solo.tune.swing, 2.5))
            notes.append(Note(onset, 0.4, min(pitch, 100), 75))
    return notes


def second_solo(solo: Solo, other: Solo, rng: np.random.Generator) -> list[Note]:
    """Let somebody else's solo run along, lower, with only some of its phrases."""
    down, stop, played = int(rng.integers(5, 13)), solo.tune.duration, play_solo(other)
    notes = []
    for first, last in other.phrases or ((0, len(played) - 1),):
        if rng.random() < 0.5:
            notes += [note for note in played[first : last + 1] if note.offset < stop]
    notes = notes or played[: len(played) // 3]
    return [Note(note.onset, note.duration, max(note.pitch - down, 30), note.velocity) for note in notes]


def _play_decoy(decoy: str, solo: Solo, other: Solo, rng: np.random.Generator) -> list[Note]:
    if decoy == "another solo":
        return second_solo(solo, other, rng)
    return riff(solo, rng) if decoy == "riff" else guide_tones(solo, rng)


# --- the files --------------------------------------------------------------------------------------------


def _write_midi(parts: list[Part], tune: Tune) -> bytes:
    import symusic

    score = symusic.Score(TICKS_PER_BEAT)
    score.tempos.append(symusic.Tempo(0, qpm=tune.tempo))
    score.time_signatures.append(symusic.TimeSignature(0, *tune.meter))
    for part in parts:
        track = symusic.Track("", part.program, part.drums)
        for note in part.notes:
            start, length = round(note.onset * TICKS_PER_BEAT), max(round(note.duration * TICKS_PER_BEAT), 1)
            track.notes.append(symusic.Note(start, length, note.pitch, note.velocity))
        score.tracks.append(track)
    return score.dumps_midi()


def write_labelled(solo: Solo, other: Solo, seed: int) -> Labelled:
    """Write a solo with a band and a decoy: no names, random programs, tracks in random order."""
    rng, decoy = np.random.default_rng(seed), DECOYS[seed % 3]
    lines = {
        "solo": play_solo(solo),
        "chords": comp(solo, rng),
        "bass": walk(solo, rng),
        "drums": drum(solo),
        "decoy": _play_decoy(decoy, solo, other, rng),
    }
    parts = [Part(role, tuple(notes), int(rng.integers(0, 112)), role == "drums")
             for role, notes in lines.items()]
    parts = [parts[place] for place in rng.permutation(len(parts)) if parts[place].notes]
    return Labelled(_write_midi(parts, solo.tune), tuple(part.name for part in parts), solo, decoy)


def labelled(solos: Sequence[Solo], parity: int | None = None, turn: int = 0) -> Iterator[Labelled]:
    """Yield a file for each solo with chords, or of even or odd place; each turn has another band."""
    for place, solo in enumerate(solos):
        figures = {chord.figure for chord in solo.tune.chords}
        if parity in (None, place % 2) and figures != {"N.C."} and not solo.mixed_meter:
            yield write_labelled(solo, solos[(place * 7 + 26) % len(solos)], place + turn * len(solos))


# --- what was right ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Result:
    """
    How often reading was right.

    Parameters
    ----------
    n_files, n_bars : int
        What was judged; bars with a chord.
    solo, chords, bass : float
        Share of files in which the part was found, 0 to 1.
    roots : float
        Share of bars in which every beat has the right root.
    first_roots : float
        Share of bars whose first beat has.
    """

    n_files: int
    n_bars: int
    solo: float
    chords: float
    bass: float
    roots: float
    first_roots: float


def _roots(chords: tuple[Chord, ...], size: float, n_beats: int) -> list[int | None]:
    found = [None] * n_beats
    for chord in chords:
        for place in range(round(chord.onset / size), min(round(chord.offset / size), n_beats)):
            found[place] = read_figure(chord.figure).root
    return found


def judge_bars(truth: Tune, found: Tune) -> list[tuple[bool, bool]]:
    """Return for each bar with a chord if all its beats have the right root, and if the first has."""
    size, per_bar = 4 / truth.meter[1], truth.meter[0]
    n_beats = round(truth.n_bars * per_bar)
    pairs = list(zip(_roots(truth.chords, size, n_beats), _roots(found.chords, size, n_beats)))
    bars = [[pair for pair in pairs[at : at + per_bar] if pair[0] is not None]
            for at in range(0, n_beats, per_bar)]
    return [(all(a == b for a, b in bar), bar[0][0] == bar[0][1]) for bar in bars if bar]


def judge(folder: Path, parity: int | None = 1) -> Result:
    """Read the labelled files of one half (1: the one that no weight was tuned on), or of both (None)."""
    solos = read_wjazzd(find_database())[0]
    found, bars, path = {"solo": [], "chords": [], "bass": []}, [], folder / "labelled.mid"
    for file in labelled(solos, parity):
        path.write_bytes(file.content)
        rows = find_roles(read_midi(path))
        for role, right in found.items():
            right.append([file.roles[row.index] for row in rows if role in row.roles] == [role])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            bars += judge_bars(file.solo.tune, read_midi_tune(path))
    shares = {role: sum(right) / len(right) for role, right in found.items()}
    all_right, first_right = (sum(column) / len(bars) for column in zip(*bars))
    return Result(len(found["solo"]), len(bars), **shares, roots=all_right, first_roots=first_right)


def rows() -> Iterator[Row | str]:
    """Yield what was found and what was promised, for the held-out half of the files and for all."""
    if find_database() is None:
        yield "parts: needs a folder with wjazzd.db.xz; name it in JAZZ_NB_DATA"
        return
    promises = {"solo": 97, "chords": 97, "bass": 97, "roots": 90}
    for half, parity in (("held out", 1), ("in all", None)):
        with TemporaryDirectory() as folder:
            result = judge(Path(folder), parity)
        for name, least in promises.items():
            share = 100 * getattr(result, name)
            judged = f"{result.n_bars:,} bars" if name == "roots" else f"{result.n_files} files"
            yield Row(f"{name} right in {judged} {half} / promised", share, least, share / least,
                      f">= {least} %", share >= least, "%")


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        print(judge(Path(folder)))
