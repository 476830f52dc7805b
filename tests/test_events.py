"""Events: the protocol written a second time, there and back, chords under ticks, the database's counts."""

import hashlib
import lzma
import os
import re
import sqlite3
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jazz_nb.data import corpus
from jazz_nb.evaluation.events import (
    LONGEST,
    N_DURATIONS,
    N_SYMBOLS,
    REST,
    TICKS,
    Line,
    _find_split,
    chords_at,
    line_to_tune,
    read_line,
    read_lines,
)
from jazz_nb.formats.chart_text import read_chart
from jazz_nb.formats.wjazzd import Solo, Timing, open_wjazzd
from jazz_nb.tune import Chord, Note, Part, Tune

REAL = Path(os.environ.get("JAZZ_NB_DATA", "nowhere"), "wjazzd.db.xz")
needs_data = pytest.mark.skipif(not REAL.is_file(), reason="the Weimar Jazz Database is not here")


def cut(rows):
    """Protocol v1, word by word: rows of (tick, duration, pitch) to events and the ticks of notes."""
    kept = []
    for row in sorted(rows, key=lambda row: row[0]):
        if not kept or kept[-1][0] != row[0]:
            kept.append(row)
    events = []
    for place, (tick, duration, pitch) in enumerate(kept):
        distance = kept[place + 1][0] - tick if place + 1 < len(kept) else duration
        gap = distance - duration
        if gap < 6:
            length, gap = distance, 0
        else:
            length = duration
        if length > 48:
            length, gap = 48, gap + length - 48
        events.append((pitch, length))
        while gap >= 6 or gap > 0 and events[-1][0] == -1:
            events.append((-1, min(gap, 48)))
            gap -= min(gap, 48)
    return events, [row[0] for row in kept]


def tune_of(*rows, **about):
    """A tune of notes given as (tick, ticks, pitch)."""
    notes = tuple(Note(tick / TICKS, ticks / TICKS, pitch) for tick, ticks, pitch in rows)
    return Tune("ticks", notes, **about)


def events_of(line):
    """What is in a line, as pairs."""
    return list(zip(line.pitches.tolist(), line.durations.tolist()))


def solo_of(timings, pitches, name="ZoeONeil_Etude", padding=0.0, mixed_meter=False, meter=(4, 4)):
    """A solo with given timings; the lengths of its written notes are wrong, they must not be used."""
    notes = tuple(Note(padding + timing.written * 4 / meter[1], 0.01, pitch)
                  for timing, pitch in zip(timings, pitches))
    facts = dict.fromkeys(("title", "style", "key", "signature", "chord_changes"), "")
    known = {"performer": "Zoe", "instrument": "as", "feel": "SWING", "tempo_class": "UP"}
    tune = Tune("Etude", notes, meter=meter)
    return Solo(tune, name, **facts, **known, n_choruses=1, phrases=(), form=(), timings=tuple(timings),
                padding=padding, mixed_meter=mixed_meter)


def check_same(one, other):
    """Two lines have the same events at the same ticks over the same chart."""
    for name in ("pitches", "durations", "onsets", "symbols"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist()
        assert getattr(one, name).dtype == getattr(other, name).dtype
    assert one.start == other.start and one.chart == other.chart


TIMES = st.one_of(st.integers(0, 800), st.floats(0, 800))
ROWS = st.lists(st.tuples(TIMES, st.one_of(st.integers(1, 200), st.floats(0.01, 200)), st.integers(0, 127)),
                min_size=1, max_size=30)


# --- notes to events --------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows, events", [
    ([(0, 5, 60), (12, 12, 62)], [(60, 5), (-1, 7), (62, 12)]),  # seven ticks of silence are a rest
    ([(0, 6, 60), (12, 12, 62)], [(60, 6), (-1, 6), (62, 12)]),  # so are six
    ([(0, 7, 60), (12, 12, 62)], [(60, 12), (62, 12)]),  # five are articulation
    ([(0, 48, 60)], [(60, 48)]),
    ([(0, 53, 60)], [(60, 48)]),  # five too many fall under the table
    ([(0, 54, 60)], [(60, 48), (-1, 6)]),  # six make a rest
    ([(0, 48, 60), (53, 1, 62)], [(60, 48), (62, 1)]),
    ([(0, 50, 60), (55, 1, 62)], [(60, 48), (-1, 7), (62, 1)]),  # an articulated note, then too long
    ([(0, 12, 60), (118, 6, 62)], [(60, 12), (-1, 48), (-1, 48), (-1, 10), (62, 6)]),
    ([(0, 12, 60), (61, 6, 62)], [(60, 12), (-1, 48), (-1, 1), (62, 6)]),  # the last rest may be short
    ([(0, 40, 60), (6, 6, 62)], [(60, 6), (62, 6)]),  # the later note ends the earlier
    ([(0, 0.2, 60)], [(60, 1)]),  # nothing is shorter than a tick
    ([(0.4, 6, 60), (0, 3, 72), (6, 6, 61)], [(72, 6), (61, 6)]),  # two on one tick: the first stays
    ([(0, 6, 72), (0, 6, 60), (6, 6, 61)], [(72, 6), (61, 6)]),
    ([(12.5, 2, 60), (13.5, 2.5, 61)], [(60, 2), (61, 2)]),  # halves go to the even tick
])
def test_protocol(rows, events):
    """Every rule by its smallest case, at its boundary."""
    assert events_of(read_line(tune_of(*rows))) == events == cut([
        (round(tick), max(1, round(ticks)), pitch)
        for tick, ticks, pitch in sorted(rows, key=lambda row: row[0])
    ])[0]


@settings(deadline=None)
@given(ROWS)
def test_tunes(rows):
    """Any notes at all: the protocol, and what holds for each line."""
    tune = tune_of(*rows)
    events, ticks = cut([(round(TICKS * note.onset), max(1, round(TICKS * note.duration)), note.pitch)
                         for note in tune.notes])
    line = read_line(tune)
    assert events_of(line) == events
    assert line.onsets[~line.is_rest].tolist() == ticks
    assert line.start == line.onsets[0] and not line.is_rest[0]
    assert 1 <= line.durations.min() and line.durations.max() <= LONGEST == N_DURATIONS
    lost = np.diff(line.onsets) - line.durations[:-1]
    assert ((0 <= lost) & (lost < 6)).all()
    assert not lost[line.durations[:-1] < LONGEST].any()
    assert (line.pitches.dtype, line.durations.dtype, line.onsets.dtype) == (np.int16, np.int16, np.int64)


@settings(deadline=None)
@given(ROWS)
def test_identity(rows):
    """Events, tune, events: nothing changes, and the tune has one voice."""
    line = read_line(replace(tune_of(*rows), chords=(Chord(0, 4, "C7"),), tempo=200.0, meter=(3, 4)))
    tune = line_to_tune(line)
    check_same(read_line(tune), line)
    assert line_to_tune(read_line(tune)) == tune
    assert all(one.offset <= other.onset + 1e-9 for one, other in zip(tune.notes, tune.notes[1:]))


@pytest.mark.parametrize("etude", corpus("etudes"), ids=lambda tune: tune.title)
def test_etudes(etude):
    """Our own études, waltzes and bossas too, begin where they begin and come back with their chords."""
    line = read_line(etude)
    assert line.start == round(TICKS * etude.notes[0].onset)
    tune = line_to_tune(line)
    check_same(read_line(tune), line)
    assert tune.chords == etude.chords and tune.meter == etude.meter and tune.title == etude.title


def test_line():
    """Symbols, onsets, the words about it; a band does not travel with the line."""
    line = read_line(tune_of((3, 6, 60), (9, 6, 127), (27, 6, 0), (33, 12, 1), parts=(Part("Bass", ()),)))
    assert line.symbols.tolist() == [36, 72, REST, 0, 37]
    assert line.is_rest.tolist() == [False, False, True, False, False]
    assert line.onsets.tolist() == [3, 9, 15, 27, 33] and line.start == 3
    assert line.chart.notes == () == line.chart.parts
    assert (N_SYMBOLS, N_DURATIONS, REST, TICKS) == (74, 48, 73, 12)
    assert repr(line) == "Line('ticks': 5 events, 4 of them notes)"


@pytest.mark.parametrize("pitches, durations", [([], []), ([-1, 60], [6, 6]), ([60], [6, 6])])
def test_no_line(pitches, durations):
    """No event, a rest first, lengths that do not fit."""
    with pytest.raises(ValueError, match="as many pitches as durations and begins with a note; found"):
        Line(np.array(pitches, np.int16), np.array(durations, np.int16), 0, Tune())


def test_stale_onsets():
    """Who cuts a line short must cut its onsets too."""
    line = read_line(tune_of((0, 6, 60), (6, 6, 62), (12, 6, 64)))
    with pytest.raises(ValueError, match="3 onsets for 2 events"):
        replace(line, pitches=line.pitches[:2], durations=line.durations[:2])
    short = replace(line, pitches=line.pitches[:2], durations=line.durations[:2], onsets=None)
    assert short.onsets.tolist() == [0, 6]


def test_no_notes():
    """A chart alone is no line."""
    with pytest.raises(ValueError, match="'Empty' has no notes; a line of events needs at least one"):
        read_line(Tune("Empty", chords=(Chord(0, 4, "C7"),)))


# --- solos ------------------------------------------------------------------------------------------------


def test_solo():
    """Ticks count from the first bar line, lengths are the played ones, in twelfths of a beat."""
    timings = [Timing(0, 1, 1, 0.1, 0.55), Timing(1, 3, 2, 1.3, 0.2), Timing(3, 8, 2, 3.1, 2.0)]
    line = read_line(solo_of(timings, [60, 62, 64], padding=3.0))
    assert line.start == 36
    assert events_of(line) == [(60, 7), (-1, 9), (62, 2), (-1, 20), (64, 24)]
    assert (line.name, line.feel, line.instrument) == ("ZoeONeil_Etude", "SWING", "as")
    assert (line.tempo_class, line.tune_key, line.split) == ("UP", "etude", _find_split("etude"))


def test_solo_in_eighths():
    """Where a beat is an eighth, a tick is still a twelfth of a quarter note."""
    timings = [Timing(0, 1, 1, 0.0, 1.0), Timing(3, 2, 2, 3.5, 1.0)]
    line = read_line(solo_of(timings, [60, 62], meter=(6, 8)))
    assert line.onsets[~line.is_rest].tolist() == [0, 21] and events_of(line)[-1] == (62, 6)


def test_read_lines():
    """Only 4/4 counts, and each solo that does not is named with the reason."""
    timing = [Timing(0, 1, 1, 0.0, 1.0)]
    solos = [solo_of(timing, [60], "A_one"), solo_of(timing, [60], "B_two", meter=(3, 4)),
             solo_of(timing, [60], "C_three", mixed_meter=True)]
    lines, left_out = read_lines(solos)
    assert [line.name for line in lines] == ["A_one"]
    assert left_out == [("B_two", "it is in 3/4"), ("C_three", "meters change")]
    assert read_lines([]) == ([], [])


def test_find_split():
    """A tenth each, drawn from the key alone."""
    assert [_find_split(key) for key in ("anthropology", "a", "blues", "")] == [
        {0: "validation", 1: "test"}.get(int(hashlib.sha1(key.encode()).hexdigest(), 16) % 10, "train")
        for key in ("anthropology", "a", "blues", "")
    ]
    counts = Counter(_find_split(str(number)) for number in range(10000))
    assert set(counts) == {"train", "validation", "test"}
    assert 900 < counts["validation"] < 1100 and 900 < counts["test"] < 1100


# --- chords under ticks -----------------------------------------------------------------------------------


def chord_at(chart, tick):
    """One tick, chord by chord."""
    begun = [place for place, chord in enumerate(chart.chords) if round(TICKS * chord.onset) <= tick]
    last = begun[-1] if begun else -1
    figure = chart.chords[last].figure if begun else None
    sounds = begun and figure != "N.C." and tick < round(TICKS * chart.chords[last].offset)
    others = [place for place, chord in enumerate(chart.chords)
              if place > last and chord.figure not in (figure, "N.C.")]
    near = others and round(TICKS * chart.chords[others[0]].onset) - tick // TICKS * TICKS <= 8 * TICKS
    return last if sounds else -1, others[0] if near else -1


CHORDS = st.lists(st.tuples(st.sampled_from((0.5, 1, 1.5, 2, 3, 4, 9)), st.sampled_from(("C7", "F7", "N.C.")),
                            st.sampled_from((0, 0, 0, 1))), max_size=12)


@settings(deadline=None)
@given(CHORDS, st.sampled_from((0, 0.5, 3)))
def test_chords(changes, onset):
    """Chords on half beats, silence, holes, pick-ups: as one finds them by going through them."""
    chords = []
    for duration, figure, hole in changes:
        chords.append(Chord(onset, duration, figure))
        onset += duration + hole
    chart = Tune(chords=tuple(chords))
    ticks = np.arange(round(TICKS * onset) + 20)
    now, following = chords_at(chart, ticks)
    assert list(zip(now.tolist(), following.tolist())) == [chord_at(chart, tick) for tick in ticks]


def test_chords_in_other_shapes():
    """Two lines at once, one tick alone; a waltz; the limit of eight beats."""
    waltz = read_chart("3/4 | C7 | F7 |")
    assert waltz.meter == (3, 4)
    now, following = chords_at(waltz, [[0, 35], [36, 72]])
    assert now.tolist() == [[0, 0], [1, -1]] and following.tolist() == [[1, 1], [-1, -1]]
    assert [int(index) for index in chords_at(waltz, 35)] == [0, 1]
    far = Tune(chords=(Chord(0, 9, "C7"), Chord(9, 1, "F7")))
    assert chords_at(far, [11, 12])[1].tolist() == [-1, 1]


# --- the database -----------------------------------------------------------------------------------------


def key_of(name):
    """The protocol's key: the part after the first underscore, without take and number."""
    title = re.sub(r"(_AlternateTake\d*|_No\d+|-\d+)$", "", name.split("_", 1)[1])
    return re.sub("[^a-z0-9]", "", title.lower())


def raw_lines():
    """Read the tables by the protocol, without the reader: name, events, ticks of notes."""
    connection = sqlite3.connect(":memory:")
    connection.deserialize(lzma.decompress(REAL.read_bytes()))
    for melid, file in connection.execute("SELECT melid, filename_sv FROM transcription_info").fetchall():
        beats = connection.execute("SELECT bar, beat, signature FROM beats WHERE melid = ? ORDER BY onset",
                                   (melid,)).fetchall()
        notes = connection.execute("SELECT bar, beat, division, tatum, duration, beatdur, pitch, period FROM "
                                   "melody WHERE melid = ? ORDER BY rowid", (melid,)).fetchall()
        if {beat[2] for beat in beats if beat[2]} == {"4/4"} and {note[7] for note in notes} == {4}:
            grid = {}
            for index, (bar, beat, _) in enumerate(beats):
                grid.setdefault((bar, beat), index)
            rows = [(round(12 * (grid[bar, beat] + (tatum - 1) / division)),
                     max(1, round(12 * duration / seconds)), int(pitch))
                    for bar, beat, division, tatum, duration, seconds, pitch, _ in notes
                    if (bar, beat) in grid]
            yield file.split("_FINAL")[0], *cut(rows)


@pytest.fixture(scope="module")
def solos():
    """All solos of the shared database."""
    return list(open_wjazzd(REAL))


@needs_data
def test_database(solos):
    """Read twice, by us and from the tables: the same solos, events and ticks, as many as published."""
    lines, left_out = read_lines(solos)
    assert len(lines) + len(left_out) == len(solos)
    expected = {name: rest for name, *rest in raw_lines()}
    assert [line.name for line in lines] == [solo.name for solo in solos if solo.name in expected]
    padding = {solo.name: round(TICKS * solo.padding) for solo in solos}
    for line in lines:
        events, ticks = expected[line.name]
        assert events_of(line) == events, line.name
        assert (line.onsets[~line.is_rest] - padding[line.name]).tolist() == ticks, line.name
        assert line.split == _find_split(key_of(line.name)) == _find_split(line.tune_key)
        assert (line.onsets[0] - line.start) == 0 and padding[line.name] <= line.start
    counts, notes = Counter(line.split for line in lines), Counter()
    for line in lines:
        notes[line.split] += int(np.count_nonzero(~line.is_rest))
    known = {"train": (357, 153800), "validation": (39, 16075), "test": (35, 15190)}
    assert set(counts) >= {"train", "validation"}
    assert {split: (counts[split], notes[split]) for split in counts} == {split: known[split] for split in counts}


@needs_data
def test_database_identity(solos):
    """Every solo, in whatever meter, comes back from its tune; no tune spans two parts."""
    parts = {}
    for solo in solos:
        line = read_line(solo)
        check_same(read_line(line_to_tune(line)), line)
        assert parts.setdefault(line.tune_key, line.split) == line.split
