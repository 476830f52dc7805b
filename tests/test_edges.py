"""
Input at the edges: what is undone is as before, repairs need no second time, nothing is too large or small.

Every inverse pair has a test with random input. Here: interval names, values and vocabularies of the
grammar, transposition, tunes in the cache, packed arrays, networks, improvisers, checkpoints, one-hot.
Elsewhere: MIDI (test_midi_writer), MusicXML (test_engraving, test_musicxml), ABC (test_abc), charts as
text (test_charts), events (test_events), figures (test_harmony).
"""

import struct
import time
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from test_sampling import end, untrained

from jazz_nb.data import corpus
from jazz_nb.evaluation.events import line_to_tune, read_line
from jazz_nb.formats.abc_writer import write_abc
from jazz_nb.formats.chart_text import read_chart, write_chart
from jazz_nb.formats.midi_writer import from_midi
from jazz_nb.formats.storage import pack_arrays, read_arrays
from jazz_nb.grammar import (
    Vocabulary,
    _interval_semitones,
    _name_interval,
    encode,
    load_music_utils,
    read_value,
)
from jazz_nb.improviser.constraints import Constraints
from jazz_nb.improviser.network import load_improviser
from jazz_nb.improviser.sampling import play
from jazz_nb.improviser.solo import improvise
from jazz_nb.inference import one_hot, sample
from jazz_nb.loading.cache import _pack, _unpack
from jazz_nb.loading.charts import read
from jazz_nb.model import Network, load_network
from jazz_nb.music.harmony import transpose
from jazz_nb.music.voicing import attach_voicings
from jazz_nb.networks.checkpoints import Checkpoint, Checkpoints
from jazz_nb.networks.weights import save_network
from jazz_nb.postprocessing import (
    clean_up_notes,
    fold_leaps,
    keep_range,
    limit_repeats,
    post_process,
    prune_notes,
    standard_lengths,
)
from jazz_nb.rendering.export import WRITERS
from jazz_nb.tune import Chord, Note, Part, Tune, join

ETUDE = corpus("etudes")[0]
WILD = untrained()
WORDS = st.text(st.characters(blacklist_categories=["Cs"]), max_size=12)
TIMES = st.floats(0, 1e4, allow_nan=False)


# --- what is undone is as before --------------------------------------------------------------------------


@given(st.integers(-28, 28), st.integers(-3, 3))
def test_an_interval_is_what_its_name_says(steps, excess):
    octaves, place = divmod(abs(steps), 7)
    semitones = (1 if steps >= 0 else -1) * (12 * octaves + (0, 2, 4, 5, 7, 9, 11)[place] + excess)
    assert _interval_semitones(_name_interval(steps, semitones)) == semitones


@given(st.lists(st.sampled_from(sorted({value for bar in encode(ETUDE, rests=True) for value in bar}))))
def test_values_come_back_from_their_numbers(values):
    vocabulary = Vocabulary(value for bar in encode(ETUDE, rests=True) for value in bar)
    numbers = vocabulary.encode(values)
    assert vocabulary.decode(numbers) == values
    columns = one_hot(np.eye(len(vocabulary))[numbers], len(vocabulary))[:, 0]
    assert columns.argmax(axis=-1).tolist() == numbers.tolist() and columns.sum() == len(values)


@given(st.sampled_from("CSAX"), st.integers(1, 400), st.integers(-12, 12), st.integers(-12, 12))
def test_a_value_of_the_grammar_is_read_as_it_was_written(kind, parts, low, high):
    steps = [round(bound * 7 / 12) for bound in (low, high)]
    ends = ",".join(_name_interval(*pair) for pair in zip(steps, (low, high)))
    value = read_value(f"{kind},{parts / 48:.3f},<{ends}>")
    assert (value.type, value.band) == (kind, (min(low, high), max(low, high)))
    assert value.duration == pytest.approx(parts / 48, abs=1e-6)


@given(st.integers(-30, 30))
def test_a_tune_moved_up_and_down_is_the_same_music(semitones):
    again = transpose(transpose(ETUDE, semitones), -semitones)
    assert again.notes == ETUDE.notes
    roots = [[name_and_tones(chord.figure) for chord in tune.chords] for tune in (again, ETUDE)]
    assert roots[0] == roots[1]


def name_and_tones(figure):
    from jazz_nb.music.harmony import read_figure
    harmony = read_figure(figure)
    return harmony.root, harmony.bass, harmony.chord_tones


NOTES = st.builds(Note, TIMES, st.floats(1e-3, 50), st.integers(0, 127), st.integers(1, 127))


METERS = st.sampled_from([(4, 4), (3, 4), (12, 8)])


@given(WORDS, st.lists(NOTES, max_size=8), WORDS, st.floats(20, 400), METERS)
def test_a_tune_comes_out_of_the_cache_as_it_went_in(title, notes, style, tempo, meter):
    tune = Tune(title, tuple(notes), (Chord(0, 4, "F7"),), tempo, meter, "F", style=style)
    assert _unpack(_pack(tune)) == tune


NUMBERS = arrays_of.arrays(st.sampled_from(["f4", "f2", "f8", "i8", "u4", "u2", "i2", "u1", "?"]),
                           arrays_of.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))


@given(st.dictionaries(WORDS.filter(lambda name: name not in ("__metadata__", "")), NUMBERS, max_size=4),
       st.dictionaries(WORDS, st.none() | st.integers() | st.floats(allow_nan=False) | WORDS, max_size=3))
@settings(deadline=None)
def test_arrays_come_back_with_type_shape_and_label(tmp_path_factory, arrays, info):
    path = tmp_path_factory.getbasetemp() / "arrays"
    path.write_bytes(pack_arrays(arrays, info, "any.1"))
    again, label = read_arrays(path, "any.1", list(arrays))
    assert label == info and list(again) == list(arrays)
    for name, array in arrays.items():
        assert (again[name].dtype, again[name].shape) == (array.dtype, array.shape)
        assert again[name].tobytes() == array.tobytes()


@given(st.integers(0, 9))
@settings(max_examples=4, deadline=None)
def test_what_was_learned_is_kept(tmp_path_factory, seed):
    path, wild = tmp_path_factory.getbasetemp() / "kept", untrained(seed=seed)
    again = load_improviser(save_network(wild, path))
    assert again.config == wild.config and dict(again.info) == dict(wild.info)
    for name, array in wild.arrays.items():
        assert (again.arrays[name] == array.astype(np.float16)).all()
    twice = load_improviser(save_network(again, path))
    assert all(twice.arrays[name].tobytes() == array.tobytes() for name, array in again.arrays.items())


@given(st.integers(1, 10**9), st.dictionaries(WORDS, st.floats(allow_nan=False) | st.integers(), max_size=3))
@settings(max_examples=20, deadline=None)
def test_a_checkpoint_comes_back(tmp_path_factory, step, info):
    kept = Checkpoints(tmp_path_factory.getbasetemp() / "walk")
    draws = np.random.default_rng(step)
    kept.save(Checkpoint(step, {"speed": draws.normal(size=3)}, {**info, "dice": draws.bit_generator.state}))
    found = kept.load()
    assert found.step == step and found.info == {**info, "dice": draws.bit_generator.state}
    kept.clear()


# --- repairs ----------------------------------------------------------------------------------------------


@st.composite
def lines(draw):
    """Draw notes one after the other, in the range of MIDI or far out, with gaps."""
    notes, at = [], 0.0
    for _ in range(draw(st.integers(0, 14))):
        at += draw(st.sampled_from([0, 0, 0, .25, .5, 1 / 3, 2]))
        length = draw(st.sampled_from([.25, 1 / 3, .5, .75, 1, 1.5, .1, 2.2, 3]))
        notes.append(Note(round(at, 9), length, draw(st.integers(36, 96))))
        at += length
    return tuple(notes)


REPAIRS = {"keep_range": keep_range, "fold_leaps": fold_leaps, "limit_repeats": limit_repeats,
           "standard_lengths": standard_lengths, "post_process": post_process,
           "clean_up_notes": clean_up_notes}


@pytest.mark.parametrize("name", REPAIRS)
@given(lines())
@settings(max_examples=60)
def test_a_repair_need_not_be_repeated(name, notes):
    try:
        once = REPAIRS[name](notes)
    except ValueError as error:
        assert name == "fold_leaps" and "pitch" in str(error)
        return
    assert REPAIRS[name](once) == once
    assert [note.onset for note in once] == sorted(note.onset for note in once)
    assert {note.onset for note in once} <= {note.onset for note in notes}


@given(lines())
def test_repairs_keep_range_leaps_and_ends(notes):
    moved = keep_range(notes, 55, 84)
    assert all(55 <= note.pitch <= 84 for note in moved)
    for change in (keep_range, fold_leaps):
        try:
            changed = change(moved)
        except ValueError:
            continue
        assert [(note.onset, note.duration, note.pitch % 12) for note in changed] == [
            (note.onset, note.duration, note.pitch % 12) for note in notes]
    limited = limit_repeats(notes)
    if notes:
        assert limited[-1].offset == pytest.approx(notes[-1].offset)  # the line ends where it ended
    standard = standard_lengths(notes)
    for note, after in zip(standard, standard[1:]):
        assert note.offset <= after.onset + 1e-4
    for note in post_process(notes):
        assert 55 <= note.pitch <= 84


@given(lines())
def test_the_course_prunes_until_there_is_nothing_to_prune(notes):
    """Not in one go: what is gone makes other pairs. But nothing is moved, and it comes to an end."""
    for _ in range(len(notes) + 1):
        before, notes = notes, prune_notes(notes)
        assert set(notes) <= set(before) and notes[:1] == before[:1]
        assert len(notes) >= len(before) / 2
        if notes == before:
            break
    assert notes == before
    assert all(one.pitch != other.pitch for one, other in zip(notes[::2], notes[1::2]))


# --- wishes -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("meter", [(3, 4), (4, 4), (5, 4), (6, 8)])
@given(st.integers(0, 127), st.integers(0, 11), st.sampled_from([0, 16]), st.sampled_from([0.0, 0.9]),
       st.sampled_from([None, 1]), st.sampled_from([None, 8]), st.integers(1, 3), st.integers(0, 5))
@settings(max_examples=15, deadline=None)
def test_wishes_at_the_edge_hold_and_end(meter, lowest, width, dense, rests, leap, loop, n_bars, seed):
    chart = read_chart("| " + "Cm7 | " * n_bars, meter=meter, tempo=200.0)
    wishes = {"lowest": lowest, "highest": min(lowest + width, 127), "largest_leap": leap,
              "longest_loop": loop, "notes_per_bar": dense, "rests": rests}
    begun = time.monotonic()
    take, = play(WILD, chart, seed=seed, constraints=Constraints(**wishes))
    notes = take.line.pitches[take.line.pitches >= 0]
    assert len(notes) and lowest <= notes.min() and notes.max() <= lowest + width
    assert end(take.line) <= round(12 * chart.bar_length * n_bars) and time.monotonic() - begun < 10


def test_one_pitch_class_only():
    take, = play(WILD, join(*[ETUDE] * 2), constraints=Constraints(avoid=tuple(range(1, 12)), largest_leap=2))
    assert set(take.line.pitches[take.line.pitches >= 0] % 12) == {0}


# --- very large, and very small ---------------------------------------------------------------------------


HEAD = b"MThd" + struct.pack(">IHHH", 6, 0, 1, 480) + b"MTrk"


def test_a_day_of_music():
    # 24 hours at 40 quarter notes a minute, the slowest ballad: 14,400 bars.
    day = join(*[replace(ETUDE, tempo=40.0)] * (14_400 // ETUDE.n_bars))
    assert day.duration / 40 / 60 == 24
    assert len(read_line(day).pitches) >= 1200 * (len(read_line(ETUDE).pitches) - 2)
    assert _unpack(_pack(day)) == day
    two_hours = join(*[replace(ETUDE, tempo=40.0)] * (1_200 // ETUDE.n_bars))
    assert len(from_midi(WRITERS[".mid"](two_hours)).notes) == len(two_hours.notes)


def test_reading_a_day_takes_a_moment():
    """Its chords once were looked for in all that its hands play: a quarter of a billion comparisons."""
    day = join(*[replace(ETUDE, tempo=40.0)] * (14_400 // ETUDE.n_bars))
    compared = Counter()

    class Counting(float):
        def __eq__(self, other):
            compared[self] += 1
            return float(self) == other
        __hash__ = float.__hash__

    hands = Part("Chords", tuple(replace(note, onset=Counting(note.onset)) for note in day.notes))
    assert len(attach_voicings(day.chords, hands)) == len(day.chords)
    assert compared.total() <= 4 * len(hands.notes)


def test_more_bars_than_a_reader_takes_are_refused_with_what_to_do(tmp_path):
    path = tmp_path / "long.mid"
    path.write_bytes(WRITERS[".mid"](join(*[replace(ETUDE, tempo=40.0)] * 340)))
    with pytest.raises(ValueError, match=r"long.mid: more than 4000 bars; choose with bars="):
        read(path)


def test_ten_million_events_are_refused_at_once(tmp_path):
    track = b"\x00\x90\x3c\x40" + b"\x01\x3c\x00\x01\x3c\x40" * 5_000_000 + b"\x00\xff\x2f\x00"
    path = tmp_path / "large.mid"
    path.write_bytes(HEAD + struct.pack(">I", len(track)) + track)
    begun = time.monotonic()
    with pytest.raises(ValueError, match=r"large.mid: .*at most 4000000"):
        read(path)
    assert time.monotonic() - begun < 5


def test_more_notes_than_any_band_plays_are_refused(tmp_path):
    track = b"\x00\x90\x3c\x40" + b"\x01\x3c\x00\x01\x3c\x40" * 600_000 + b"\x00\xff\x2f\x00"
    path = tmp_path / "dense.mid"
    path.write_bytes(HEAD + struct.pack(">I", len(track)) + track)
    with pytest.raises(ValueError, match="dense.mid: "):
        read(path)


def test_a_corpus_of_one_note(tmp_path):
    (tmp_path / "one.abc").write_text(write_abc(Tune("One", (Note(0, 1, 60),), (Chord(0, 4, "C7"),))))
    one = corpus(tmp_path)
    assert len(one) == 1 and len(one[0].notes) == 1
    with pytest.raises(ValueError, match="window|values|Tx"):
        load_music_utils(one)
    assert len(read_line(one[0]).pitches) == 1 and line_to_tune(read_line(one[0])).notes[0].pitch == 60


@pytest.mark.parametrize("n_values", [1, 50_000])
def test_the_smallest_and_a_very_large_vocabulary(n_values, tmp_path):
    draws, n_a = np.random.default_rng(0), 4
    shapes = (n_values, 4 * n_a), (n_a, 4 * n_a), (4 * n_a,), (n_a, n_values), (n_values,)
    words = [f"C,0.250,<P1,P{number + 1}>" for number in range(n_values)]
    arrays = {name: draws.normal(size=shape) for name, shape in zip(Network.names({}), shapes)}
    network = Network(arrays, {"vocabulary": words})
    found = sample(network, 30, 3, seed=1)
    assert found.shape == (3, 30) and 0 <= found.min() and found.max() < n_values
    again = load_network(save_network(network, tmp_path / "kept"))
    assert (sample(again, 30, 3, seed=1) == found).all() and len(again.vocabulary) == n_values
    numbers = Vocabulary(words).encode(words[:100])
    assert len(Vocabulary(words)) == n_values and Vocabulary(words).decode(numbers) == words[:100]


def test_a_beat_and_two_thousand_bars():
    beat, = play(WILD, read_chart("| C7 |", meter=(1, 4), tempo=100.0))
    assert end(beat.line) <= 12
    long = read_chart("| Dm7 | G7 | Cmaj7 | % |" * 125, tempo=240.0)
    take, = play(WILD, long, seed=3)
    assert long.n_bars == 500 and 499 * 48 < end(take.line) <= 500 * 48
    assert read_chart(write_chart(long)).n_bars == 500
    with pytest.raises(ValueError, match="more than 2000 bars"):
        improvise(long, choruses=5)
