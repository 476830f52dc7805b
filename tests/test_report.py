"""The report: bits of anything, statistics at matched density, copies; and the bundled index of copies."""

import json
import lzma
import os
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from test_wjazzd import make_database

import jazz_nb
from jazz_nb.evaluation.bits import NGram, bits_per_event
from jazz_nb.evaluation.copying import build_index, copy_report, load_index
from jazz_nb.evaluation.events import N_DURATIONS, N_SYMBOLS, line_to_tune, read_line
from jazz_nb.evaluation.report import EvaluationReport, _examine
from jazz_nb.evaluation.statistics import (
    REAL_SOLOS,
    Comparison,
    _real_statistics,
    compare,
    measure,
)
from jazz_nb.improviser.dataset import open_dataset
from jazz_nb.improviser.network import Improviser, weight_shapes
from jazz_nb.improviser.stepper import evaluate, predictor
from jazz_nb.improviser.training import make_config
from jazz_nb.tune import Note, Tune

REAL = Path(os.environ.get("JAZZ_NB_DATA", "nowhere"), "wjazzd.db.xz")
needs_solos = pytest.mark.skipif(not REAL.is_file(), reason="needs the Weimar Jazz Database in JAZZ_NB_DATA")
DENSITIES = (2, 6.5, 15)


@pytest.fixture(scope="module")
def etudes():
    return open_dataset("etudes")


@pytest.fixture(scope="module")
def bigram(etudes):
    return NGram(etudes.split("train"), 2)


@pytest.fixture(scope="module")
def solos():
    return open_dataset(REAL)


@pytest.fixture(scope="module")
def improviser():
    """A small improviser that was never trained."""
    config = make_config({"style": ["swing"]}, n_units=6, n_hidden=5, n_members=2)
    rng = np.random.default_rng(0)
    arrays = {name: rng.normal(0, 0.1, shape) for name, shape in weight_shapes(config).items()}
    return Improviser(arrays, {"config": asdict(config)})


# --- at matched density ---------------------------------------------------------------------------


@pytest.mark.parametrize("density", DENSITIES)
def test_statistics_of_real_solos_are_possible(density):
    statistics = _real_statistics(density)
    assert statistics.keys() == REAL_SOLOS.keys() - {"notes per bar"}
    for name, (mean, deviation) in statistics.items():
        most = 3.6 if name.startswith("H") else 1
        assert 0 <= mean <= most and 0 < deviation < 0.5, name


@pytest.mark.parametrize("density", [0, -1, float("nan")])
def test_a_density_is_above_nothing(density):
    with pytest.raises(ValueError, match="above 0"):
        _real_statistics(density)


def real_like(density=6.5, **changes):
    statistics = {name: mean for name, (mean, _) in _real_statistics(density).items()}
    return Comparison(statistics | {"notes per bar": density} | changes, matched=True)


@pytest.mark.parametrize("density", DENSITIES)
def test_what_real_solos_have_is_close_to_them(density):
    comparison = real_like(density)
    assert set(comparison.outside) <= {"notes per bar"}  # which has a range of its own
    assert max(map(abs, comparison.distances.values())) < 1e-9


@pytest.mark.parametrize("name", ["H1", "H4", "GS"])
@pytest.mark.parametrize("deviations, outside", [(0.49, False), (-0.49, False), (0.51, True), (-0.51, True)])
def test_averages_may_lie_half_a_deviation_away(name, deviations, outside):
    mean, deviation = _real_statistics(6.5)[name]
    comparison = real_like(**{name: mean + deviations * deviation})
    assert (name in comparison.outside) == outside
    assert comparison.distances[name] == pytest.approx(deviations)


@pytest.mark.parametrize("name", ["chord tones", "steps", "repeats", "leaps", "rests"])
@pytest.mark.parametrize("factor, outside", [(1.09, False), (0.91, False), (1.11, True), (0.89, True)])
def test_shares_may_lie_a_tenth_away(name, factor, outside):
    assert (name in real_like(**{name: factor * _real_statistics(6.5)[name][0]}).outside) == outside


def test_chord_tones_on_the_beat_may_not_be_rarer():
    name = "chord tones on the beat"
    real = _real_statistics(6.5)[name][0]
    assert name in real_like(**{name: real - 0.001}).outside
    assert name not in real_like(**{name: real + 0.001}).outside


def test_unmatched_comparisons_are_as_before(etudes):
    plain, matched = (compare(etudes.lines, matched=matched) for matched in (False, True))
    assert plain.statistics == matched.statistics == measure([line_to_tune(line) for line in etudes.lines])
    assert plain.allowed["H1"] == (1.943, 1.943 - 0.35, 1.943 + 0.35)
    assert matched.allowed["notes per bar"] == plain.allowed["notes per bar"]


@needs_solos
def test_the_lines_through_real_solos_are_those_of_the_training_part(solos):
    lines = [line for line in solos.split("train") if line.chart.n_bars > 1]
    rows = [measure([line]) for line in lines[::4]]
    density = np.array([row["notes per bar"] for row in rows])
    for name in ("H1", "H4", "GS"):
        gaps = [row[name] - _real_statistics(row["notes per bar"])[name][0] for row in rows]
        assert abs(np.mean(gaps)) < 0.2 * _real_statistics(6.5)[name][1], name
        assert abs(np.corrcoef(gaps, density)[0, 1]) < 0.2, name


# --- the bundled index ----------------------------------------------------------------------------


def test_the_bundled_index_is_small_and_holds_no_solo():
    index, path = load_index(), Path(jazz_nb.__file__).parent / "models"
    assert (path / "wjazzd.copies.safetensors").stat().st_size < 1_500_000
    assert len(index.sources) == 357 and not {"pitches", "notes"} & set(vars(index))


@needs_solos
def test_the_bundled_index_is_of_the_training_part(solos):
    bundled, built = load_index(), build_index(solos.split("train"))
    assert bundled.sources == built.sources
    for name in ("intervals", "rhythm", "bars", "usual"):
        assert np.array_equal(getattr(bundled, name), getattr(built, name), equal_nan=True), name
    own = copy_report(solos.split("train")[5], bundled)
    assert own.suspicious and own.longest_intervals.performer == solos.split("train")[5].chart.performer


def test_the_database_is_known_by_any_of_its_names(tmp_path):
    """`corpus` takes any .xz for the database; the dataset reads the same file with its played lengths."""
    plain, packed = make_database(tmp_path / "one.db"), tmp_path / "solos.XZ"
    packed.write_bytes(lzma.compress(Path(plain).read_bytes()))
    one, other = (open_dataset(path) for path in (plain, packed))
    assert [line.name for line in one.lines] == [line.name for line in other.lines]
    assert all((here.durations == there.durations).all() for here, there in zip(one.lines, other.lines))
    assert len(one.lines) > 0 and one.licence == other.licence


# --- findings -------------------------------------------------------------------------------------


def test_copies_of_all_takes_are_reckoned_by_hand(etudes, bigram):
    index = build_index(etudes.lines)
    lines = [read_line(line_to_tune(etudes.lines[0])), *(bigram.sample(200, seed) for seed in range(7))]
    found = _examine(lines, index)
    reports = [copy_report(line, index, line.tune_key) for line in lines]
    notes = [int((line.pitches >= 0).sum()) for line in lines]
    share = sum(report.shares[10] * size for report, size in zip(reports, notes)) / sum(notes)
    assert 0.02 < share < 0.1 and found.copying["inside runs of 10"] == pytest.approx(share)
    assert found.copying["longest run of all"] == max(report.longest_intervals.length for report in reports)
    assert found.copying["suspicious"] == sum(bool(report.reasons) for report in reports)
    assert found.comparison.matched and found.n_solos == 8


def test_tunes_and_lines_give_the_same(etudes):
    lines = etudes.split("train")[:3]
    tunes = [line_to_tune(line) for line in lines]
    assert _examine(lines).as_dict() == _examine(tunes).as_dict()


def test_one_bar_is_too_little():
    with pytest.raises(ValueError, match="two are needed"):
        _examine([Tune("Short", (Note(0, 1, 60),))])


# --- verdicts -------------------------------------------------------------------------------------


def test_the_json_of_the_benchmark(etudes, bigram):
    lines = etudes.split("validation")
    found = json.loads(json.dumps(evaluate(bigram, lines).as_dict(), allow_nan=False))
    assert set(found) == {"bits", "accuracy", "intervals", "n_events", "n_solos"}
    assert set(found["bits"]) == {"pitch", "duration", "joint", "notes_only"}
    assert found["n_solos"] == 2 and found["n_events"] == sum(len(line.pitches) - 1 for line in lines)
    for bits in (found["bits"], found["bits"]["notes_only"]):
        assert bits["joint"] == pytest.approx(bits["pitch"] + bits["duration"])


def test_one_solo_has_no_interval(etudes, bigram):
    found = evaluate(bigram, etudes.lines[:1]).as_dict()
    assert found["intervals"]["joint"] is None and found["intervals"]["notes_only"]["pitch"] is None
    json.dumps(found, allow_nan=False)


def test_the_seed_draws_the_intervals(etudes, bigram):
    first, again, other = (evaluate(bigram, etudes.lines, seed=seed).as_dict() for seed in (1, 1, 2))
    assert first == again and first["bits"] == other["bits"] and first["intervals"] != other["intervals"]


def test_real_solos_stand_first_beside_takes(etudes, bigram):
    takes = {"bigram": [bigram.sample(60, seed) for seed in range(2)],
             "études": [line_to_tune(line) for line in etudes.lines[:2]]}
    report = evaluate(bigram, etudes.split("validation"), takes, build_index(etudes.split("train")))
    assert list(report.findings) == ["real", "bigram", "études"]
    head, *rows = str(report).split("\n\n")[1].split("\n")
    assert head.split() == ["real", "bigram", "études"] and rows[0].split() == ["solos", "2", "2", "2"]
    assert max(map(len, rows)) < 110
    json.dumps(report.as_dict(), allow_nan=False)


def test_takes_alone_have_no_bits(etudes):
    report = evaluate(takes={"études": etudes.lines[:2]})
    assert report.bits is None and set(report.as_dict()) == {"takes"}
    assert "suspicious" not in str(report) and "solos" in str(report)


@pytest.mark.parametrize("arguments, words", [
    ({}, "nothing to judge"),
    ({"takes": {}}, "nothing to judge"),
    ({"takes": {"nobody": []}}, "at least one tune"),
])
def test_nothing_is_no_verdict(arguments, words):
    with pytest.raises(ValueError, match=words):
        evaluate(**arguments)


def test_a_model_that_is_none_says_so(etudes):
    with pytest.raises(ValueError, match="sum to 1"):
        evaluate(lambda line: (np.ones((len(line.pitches) - 1, N_SYMBOLS)),
                               np.ones((len(line.pitches) - 1, N_DURATIONS))), etudes.lines)
    with pytest.raises(ValueError, match="no event to predict"):
        evaluate(lambda line: None, [])


def test_a_verdict_of_nothing_is_empty():
    assert repr(EvaluationReport(None, {})) == "" and EvaluationReport(None, {}).as_dict() == {}


# --- an improviser --------------------------------------------------------------------------------


def test_an_improviser_is_asked_side_by_side(etudes, improviser):
    lines = etudes.split("validation")
    together = evaluate(improviser, lines).bits
    ask = predictor(improviser)
    alone = bits_per_event(lambda line: ask(line), lines)
    assert together.sums == pytest.approx(alone.sums, abs=1e-3)
    assert (bits_per_event(ask, lines).sums == together.sums).all()


def test_a_line_that_is_given_twice_is_counted_twice(etudes, improviser):
    lines = etudes.split("validation")[:1]
    assert evaluate(improviser, [*lines, *lines]).bits.n_solos == 2


def test_the_seed_goes_on_to_the_bits_of_an_improviser(etudes, improviser):
    assert evaluate(improviser, etudes.split("validation"), seed=7).bits.seed == 7


# --- which conditions act -------------------------------------------------------------------------


def test_leaving_one_out_is_what_the_ear_reckons():
    from benchmarks.conditions import train_ear
    rng = np.random.default_rng(0)
    labels = ["a", "b", "c"] * 8
    features = rng.normal(size=(24, 6)) + np.repeat(np.eye(3), 2, axis=1)[[0, 1, 2] * 8] * 0.8
    ear, hits = train_ear(features, labels, ["a", "b", "c"], ridge=0.5), 0
    own = np.array([[label == name for name in "abc"] for label in labels], float)
    own = (own - own.mean(axis=0)) / np.sqrt(own.sum(axis=0))
    seen = features - features.mean(axis=0)
    for place in range(24):
        rest = np.arange(24) != place
        weights = np.linalg.solve(seen[rest].T @ seen[rest] + 0.5 * np.eye(6), seen[rest].T @ own[rest])
        hits += "abc"[(seen[place] @ weights).argmax()] == labels[place]
    assert ear.trust == pytest.approx(hits / 24) and 0.5 < ear.trust < 1


def test_a_name_acts_if_its_takes_come_nearer():
    from benchmarks.conditions import measure_effects
    rng = np.random.default_rng(0)
    control, told = rng.normal(size=(60, 3)), rng.normal(size=(3, 60, 3))
    told[1, :, 1] += 1  # towards its own solos
    told[:, :, 2] += 1  # what all of them do is no effect of one name
    effects = measure_effects(["nothing", "own", "all"], control, told)
    assert [effect.acts for effect in effects] == [False, True, False]
    assert effects[1].nearer == pytest.approx(1, abs=0.4) and effects[1].at_least < effects[1].nearer


def test_a_solo_is_described_by_shares(etudes):
    from benchmarks.conditions import SIZES, describe
    found = np.split(describe(etudes.lines[0]), np.cumsum(SIZES)[:-1])
    assert [len(part) for part in found] == list(SIZES)
    assert [np.square(part).sum() for part in found] == pytest.approx([1] * len(SIZES))
