"""Bits per event: what is refused, what is added up, the n-grams against the reference numbers."""

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from jazz_nb.data import corpus
from jazz_nb.evaluation.bits import (
    Bits,
    KneserNey,
    NGram,
    bits_per_event,
    check_causal,
    surprisal,
    tabulate,
)
from jazz_nb.evaluation.events import (
    N_DURATIONS,
    N_SYMBOLS,
    REST,
    Line,
    line_to_tune,
    read_line,
    read_lines,
)
from jazz_nb.formats.wjazzd import open_wjazzd
from jazz_nb.tune import Tune

REAL = Path(os.environ.get("JAZZ_NB_DATA", "nowhere"), "wjazzd.db.xz")
# Pitch and duration bits of all events, then of notes only: the protocol's numbers, validation split.
REFERENCE = {1: (3.867, 3.376, 3.912, 3.212), 2: (3.639, 2.825, 3.667, 2.677),
             3: (3.527, 2.708, 3.544, 2.555), 5: (3.665, 2.719, 3.675, 2.550)}
ACCURACY = {1: (0.134, 0.272), 2: (0.189, 0.461), 3: (0.235, 0.475), 5: (0.246, 0.491)}


@pytest.fixture(scope="module")
def lines():
    """The études in 4/4, as lines."""
    return [read_line(tune) for tune in corpus("etudes") if tune.meter == (4, 4)]


@pytest.fixture(scope="module")
def trigram(lines):
    """Counted on the first half of them."""
    return NGram(lines[:12])


def make_line(pitches, durations, name="a line"):
    """A line over no chart."""
    return Line(np.array(pitches, np.int16), np.array(durations, np.int16), 0, Tune("no chart"), name=name)


def even(line):
    """The same probability for everything."""
    n = len(line.pitches) - 1
    return np.full((n, N_SYMBOLS), 1 / N_SYMBOLS), np.full((n, N_DURATIONS), 1 / N_DURATIONS)


def spoiled(change, array=0):
    """The even guess with one array changed in place."""
    def predict(line):
        arrays = even(line)
        change(arrays[array])
        return arrays
    return predict


# --- what score adds up ------------------------------------------------------------------------------------


def test_bits_by_hand():
    line = make_line([60, 62, -1, 60], [6, 6, 12, 24])
    pitch, duration = np.full((3, N_SYMBOLS), 0.5 / 73), np.full((3, N_DURATIONS), 0.75 / 47)
    pitch[range(3), [38, REST, 34]], duration[range(3), [5, 11, 22]] = 0.5, 0.25  # the last one is wrong
    bits = bits_per_event(lambda line: (pitch, duration), [line])
    miss = -np.log2(0.75 / 47)
    found = bits.as_dict()
    assert found["bits"]["pitch"] == pytest.approx(1)
    assert found["bits"]["duration"] == pytest.approx((2 + 2 + miss) / 3)
    assert found["bits"]["joint"] == pytest.approx(1 + (4 + miss) / 3)
    assert found["bits"]["notes_only"]["duration"] == pytest.approx((2 + miss) / 2)
    assert found["accuracy"]["pitch"] == 1
    assert (found["n_events"], found["n_solos"]) == (3, 1)


def test_the_mean_is_over_events_not_solos(lines, trigram):
    bits = np.concatenate([surprisal(trigram, line) for line in lines[12:]])
    assert bits_per_event(trigram, lines[12:]).means[0, :2] == pytest.approx(bits.mean(axis=0))


def test_the_dictionary_has_the_agreed_shape(lines):
    found = json.loads(json.dumps(bits_per_event(even, lines).as_dict()))
    assert list(found) == ["bits", "accuracy", "n_events", "n_solos"]
    assert list(found["bits"]) == ["pitch", "duration", "joint", "notes_only"]
    assert list(found["bits"]["notes_only"]) == ["pitch", "duration", "joint"]
    assert {"pitch", "duration"} <= set(found["accuracy"])


def test_intervals_are_seeded_and_hold_the_mean(lines, trigram):
    one, two, other = (bits_per_event(trigram, lines[12:], seed=seed) for seed in (1, 1, 2))
    assert (one.intervals == two.intervals).all() and (one.intervals != other.intervals).any()
    low, high = one.intervals
    assert (low <= one.means).all() and (one.means <= high).all()
    assert np.isnan(bits_per_event(trigram, lines[:1]).intervals).all()
    assert "to" not in repr(bits_per_event(trigram, lines[:1])).splitlines()[1]


def test_a_bootstrap_over_solos_sees_that_solos_differ():
    sums = np.zeros((20, 2, 5))
    sums[:, :, 0], sums[:10, :, 1], sums[10:, :, 1] = 1000, 2000, 4000  # half the solos cost 2 bits, half 4
    low, high = Bits(sums).intervals[:, 0, 0]
    assert high - low == pytest.approx(2 * 1.96 / np.sqrt(20), rel=0.15)  # over 20,000 events it were .03


def test_a_difference_is_paired(lines, trigram):
    full, plain = bits_per_event(trigram, lines[12:]), bits_per_event(even, lines[12:])
    mean, low, high = full.difference(plain)
    assert mean == pytest.approx(plain.means[0, 2] - full.means[0, 2]) and 0 < low < mean < high
    assert plain.difference(full)[0] == -mean
    with pytest.raises(ValueError, match="not the same lines"):
        full.difference(bits_per_event(even, lines))


def test_a_line_of_one_event_counts_as_nothing(lines):
    single = make_line([60], [12])
    assert bits_per_event(even, [single, lines[0]]).means == pytest.approx(bits_per_event(even, lines[:1]).means)
    with pytest.raises(ValueError, match="1 lines hold no event to predict"):
        bits_per_event(even, [single])


# --- what score refuses ------------------------------------------------------------------------------------


def less(rows):
    rows[2] *= 0.999


def nan(rows):
    rows[3, 0] = np.nan


def infinite(rows):
    rows[3, 0] = np.inf


def negative(rows):
    rows[1, 0], rows[1, 1] = -0.1, rows[1, 1] + 0.1 + 1 / 74


def certain(rows):
    rows[:] = 0
    rows[:, 0] = 1


@pytest.mark.parametrize(
    "change, words",
    [
        (less, r"solo 2 \(second\), event 3: its pitch probabilities sum to 0.9990"),
        (nan, r"solo 2 \(second\), event 4: its pitch probabilities hold nan"),
        (infinite, r"solo 2 \(second\), event 4: its pitch probabilities sum to inf"),
        (negative, r"solo 2 \(second\), event 2: its pitch probabilities hold -0.1"),
        (certain, r"solo 2 \(second\), event 1: its pitch \d+ came, .* probability 0"),
    ],
)
def test_bad_probabilities_are_refused_with_solo_and_event(lines, change, words):
    second = replace(lines[1], name="second")
    with pytest.raises(ValueError, match=words):
        bits_per_event(lambda line: (spoiled(change) if line is second else even)(line), [lines[0], second])


def test_bad_durations_are_refused(lines):
    with pytest.raises(ValueError, match="event 3: its duration probabilities sum to 0.9990"):
        bits_per_event(spoiled(less, 1), lines)
    with pytest.raises(ValueError, match="event 1: its duration 6 came"):
        bits_per_event(spoiled(certain, 1), lines)


@pytest.mark.parametrize("answer", [None, np.zeros((3, 74)), (1,)])
def test_a_predictor_returns_two_arrays(lines, answer):
    with pytest.raises(ValueError, match="returns two arrays"):
        bits_per_event(lambda line: answer, lines)


@pytest.mark.parametrize("cut", [lambda rows: rows[1:], lambda rows: rows[:, 1:], lambda rows: rows[0]])
def test_wrong_shapes_are_refused(lines, cut):
    with pytest.raises(ValueError, match=r"have the shape .* wants \(76, 74\), a row for each event"):
        bits_per_event(lambda line: tuple(map(cut, even(line))), lines)


def test_single_precision_is_enough(lines, trigram):
    bits = bits_per_event(lambda line: tuple(rows.astype(np.float32) for rows in trigram(line)), lines)
    assert bits.means == pytest.approx(bits_per_event(trigram, lines).means, abs=1e-5)


# --- no peeking --------------------------------------------------------------------------------------------


def leak(what, shift):
    """A predictor that is told the pitch or duration of the event, or of a later one."""
    def predict(line):
        arrays = [rows.copy() for rows in even(line)]
        came = (line.symbols if what == 0 else line.durations - 1)[1 + shift:]
        arrays[what][range(len(came)), came] += 1
        return tuple(rows / rows.sum(axis=1, keepdims=True) for rows in arrays)
    return predict


@pytest.mark.parametrize("what", [0, 1])
@pytest.mark.parametrize("shift", [0, 1, 2])
def test_any_look_ahead_is_found(lines, what, shift):
    for line in lines[:5]:
        with pytest.raises(ValueError, match="may depend only on what came before"):
            check_causal(leak(what, shift), line)


def test_a_duration_may_know_its_pitch_but_not_the_next(lines):
    def knows(shift):
        def predict(line):
            pitch, duration = even(line)
            for row, symbol in enumerate(line.symbols[1 + shift:]):
                duration[row] = 0.5 / N_DURATIONS
                duration[row, symbol % N_DURATIONS] += 0.5
            return pitch, duration
        return predict

    check_causal(knows(0), lines[0], n_places=20)
    with pytest.raises(ValueError, match="the duration probabilities of event"):
        check_causal(knows(1), lines[0])


def test_where_an_event_begins_may_be_known(lines):
    def counts_beats(line):
        pitch, duration = even(line)
        pitch[range(len(pitch)), line.onsets[1:] % 48] += 1
        return pitch / 2, duration

    check_causal(counts_beats, lines[0], n_places=20)


def test_the_sum_of_all_lengths_is_a_look_ahead(lines):
    def knows_the_end(line):
        pitch, duration = even(line)
        share = line.onsets[-1] / (line.onsets[-1] + 1)
        return pitch, (1 - share) * duration + share * np.eye(N_DURATIONS)[0]

    with pytest.raises(ValueError, match="may depend only on what came before"):
        check_causal(knows_the_end, lines[0])


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_ngrams_do_not_look_ahead(lines, order):
    for line in (lines[20], make_line([60], [12]), make_line([60, 62], [12, 12])):
        check_causal(NGram(lines[:12], order), line, n_places=20)


# --- counting ----------------------------------------------------------------------------------------------


def test_kneser_ney_by_hand():
    # After 0: 1 twice, 2 once; after 1: 2; after 2: 2. D = 3 / (3 + 2) = .6; shorter: 1, kept below .9.
    book = KneserNey(np.array([[0, 1], [0, 1], [0, 2], [1, 2], [2, 2]]), 3)
    shorter = np.array([0, 0.1, 2.1]) / 4 + 0.9 * 2 / 4 / 3
    assert book.discounts == pytest.approx((0.9, 0.6))
    assert book.predict([0]) == pytest.approx(np.array([0, 1.4, 0.4]) / 3 + 0.4 * shorter)
    assert book.predict([2]) == pytest.approx(np.array([0, 0, 0.4]) + 0.6 * shorter)
    assert book.predict([9]) == pytest.approx(shorter)


def test_an_outcome_bound_to_one_context_is_rare_elsewhere():
    # 1 came ten times, always after 5; 2 came four times, after four different symbols.
    rows = [[5, 1]] * 10 + [[6, 2], [7, 2], [8, 2], [9, 2]]
    row = KneserNey(np.array(rows), 3).predict([0])
    assert row[2] > row[1]


def test_counts_without_a_one_leave_something_for_the_unseen():
    assert KneserNey(np.array([[0, 1]] * 3), 3).predict([0]).min() > 0


def test_a_bigram_learns_what_alternates():
    line = make_line([60, 62] * 20, [6, 12] * 20)
    assert (bits_per_event(NGram([line], 2), [line]).means[0, 3:] > 0.99).all()
    longer = make_line([60, 62, 65] * 20, [6, 12, 3] * 20)
    assert (bits_per_event(NGram([longer], 2), [longer]).means[0, 3:] > 0.99).all()


def test_rows_are_distributions_whatever_the_past(trigram):
    rng = np.random.default_rng(0)
    for _ in range(20):
        pitches = np.append(60, rng.choice([-1, 20, 60, 61, 62, 100], 30))
        for rows in trigram(make_line(pitches, rng.integers(1, 49, 31))):
            assert rows.sum(axis=1) == pytest.approx(1) and rows.min() > 0


def test_all_outcomes_of_an_event_sum_to_one(trigram):
    past, lengths = [60, 62, 64, -1], [6, 6, 6, 12]
    total = 0
    for symbol in range(N_SYMBOLS):
        pitch = -1 if symbol == REST else 64 + symbol - 36
        rows = trigram(make_line([*past, pitch], [*lengths, 6]))
        total += rows[0][-1, symbol] * rows[1][-1].sum()
    assert total == pytest.approx(1)


def test_order_and_lines_are_checked(lines):
    with pytest.raises(ValueError, match="an order of 0 makes no sense"):
        NGram(lines, 0)
    for none in ([], [make_line([60], [12])]):
        with pytest.raises(ValueError, match="nothing to count"):
            NGram(none)


def test_a_very_small_corpus_still_gives_everything_a_chance():
    tiny = NGram([make_line([60, 62], [12, 12])], 5)
    bits = bits_per_event(tiny, [make_line([60, 55, -1, 60], [1, 48, 48, 7])])
    assert np.isfinite(bits.means).all()


# --- playing -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_a_drawn_line_is_one_that_could_have_been_read(lines, trigram, seed):
    line = trigram.sample(seed=seed, chart=corpus("etudes")[9])
    again = read_line(line_to_tune(line))
    assert (again.pitches == line.pitches).all() and (again.durations == line.durations).all()
    assert line.onsets[-1] + line.durations[-1] <= 12 * corpus("etudes")[9].duration
    assert line.pitches[~line.is_rest].min() >= 48 and line.pitches.max() <= 84
    assert not line.chart.notes


def test_a_line_full_of_rests_could_have_been_read():
    pitches, durations = [60, -1, -1, 62, -1, 64, 65], [6, 48, 12, 6, 48, 48, 6]
    book = NGram([make_line(pitches, durations)], 1)
    for seed in range(40):
        line = book.sample(60, seed=seed)
        again = read_line(line_to_tune(line))
        assert (again.pitches == line.pitches).all() and (again.durations == line.durations).all()


def test_same_seed_same_line(trigram):
    one, two, other = (trigram.sample(40, seed=seed) for seed in (7, 7, 8))
    assert (one.pitches == two.pitches).all() and (one.durations == two.durations).all()
    assert len(one.pitches) <= 40 and not np.array_equal(one.pitches, other.pitches)


def test_draws_follow_the_probabilities(lines):
    unigram = NGram(lines, 1)
    drawn = unigram.sample(4000, seed=1, span=(0, 127))
    counted = np.concatenate([line.durations for line in lines])
    assert np.mean(drawn.durations == 6) == pytest.approx(np.mean(counted == 6), abs=0.03)


@pytest.mark.parametrize("wish, words", [
    ({}, "give 1 event or more"), ({"n_events": 0}, "n_events is 0"),
    ({"chart": Tune("empty")}, "0 ticks long"),
    ({"n_events": 5, "span": (70, 60)}, "holds no pitch"), ({"n_events": 5, "span": (60, 200)}, "0 to 127"),
])
def test_impossible_constraints(trigram, wish, words):
    with pytest.raises(ValueError, match=words):
        trigram.sample(**wish)


def test_a_span_of_one_pitch(trigram):
    line = trigram.sample(20, span=(60, 60))
    assert set(line.pitches.tolist()) <= {-1, 60}


def test_the_table_names_everyone(lines):
    names = ("even guess", "a name that is longer than the others" * 4)
    table = tabulate({name: bits_per_event(even, lines) for name in names})
    assert len(table.splitlines()) == 3 and "11.794" in table.splitlines()[1]
    assert [row.split("  ")[0] for row in table.splitlines()[1:]] == list(names)
    with pytest.raises(ValueError, match="found one: 23 solos, .* events; two: 22 solos"):
        tabulate({"one": bits_per_event(even, lines), "two": bits_per_event(even, lines[1:])})


# --- the reference -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real():
    """Training and validation lines of the Weimar Jazz Database."""
    if not REAL.is_file():
        pytest.skip("needs wjazzd.db.xz in JAZZ_NB_DATA")
    found = read_lines(open_wjazzd(REAL))[0]
    return [[line for line in found if line.split == split] for split in ("train", "validation")]


@pytest.mark.parametrize("order", sorted(REFERENCE))
def test_ngrams_reproduce_the_reference(real, order):
    training, validation = real
    means = bits_per_event(NGram(training, order), validation).means
    assert means[:, :2].ravel() == pytest.approx(REFERENCE[order], abs=0.02)
    assert means[0, 3:] == pytest.approx(ACCURACY[order], abs=0.005)
