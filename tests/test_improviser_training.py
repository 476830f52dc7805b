"""From lines to weights: every event in one excerpt, stacks hold what was cut, and learning learns."""

import math
import os
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jazz_nb.data import corpus
from jazz_nb.evaluation.events import read_line
from jazz_nb.improviser.network import DropoutRates, improviser_network, load_improviser
from jazz_nb.improviser.training import (
    LearningCurve,
    TrainingConfig,
    _compile_learning,
    _cut_excerpts,
    _make_examples,
    _measure_bits,
    _stack_excerpts,
    _study,
    find_conditions,
    learn,
    make_config,
)
from jazz_nb.networks.weights import save_network

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
TINY = {"n_units": 12, "n_hidden": 12}
BRIEF = TrainingConfig(epochs=2, batch=8, warm_up=2, look=1)


@pytest.fixture(scope="module")
def lines():
    return [replace(read_line(tune), feel="SWING" if number % 2 else "LATIN")
            for number, tune in enumerate(corpus("etudes")[:8])]


@given(st.lists(st.integers(1, 400), min_size=1, max_size=6), st.integers(1, 100), st.integers(0, 9))
@settings(max_examples=60, deadline=None)
def test_each_event_lies_in_one_excerpt(lengths, longest, seed):
    cuts = _cut_excerpts(lengths, longest, np.random.default_rng(seed))
    assert (cuts[:, 2] - cuts[:, 1]).min() >= 1 and (cuts[:, 2] - cuts[:, 1]).max() <= longest
    covered = sorted((number, event) for number, start, stop in cuts.tolist() for event in range(start, stop))
    assert covered == [(number, event) for number, length in enumerate(lengths) for event in range(length)]


def test_cuts_fall_elsewhere_each_time(lines):
    draws = np.random.default_rng(0)
    first, second = (_cut_excerpts([1000], 96, draws) for _ in range(2))
    assert sorted(first[:, 1]) != sorted(second[:, 1])


def test_a_stack_holds_what_was_cut_and_zeros(lines):
    conditions = find_conditions(lines)
    examples = _make_examples(lines, conditions)
    excerpts = np.array([[3, 1, 4], [0, 0, 7]])
    categories, features, known, symbols, durations, counts = _stack_excerpts(examples, excerpts, 9)
    assert (categories[0, :3] == examples[3].categories[1:4]).all() and not categories[0, 3:].any()
    assert (features[1, :7] == examples[0].features[:7]).all() and not features[1, 7:].any()
    assert (symbols[1, :7] == examples[0].symbols[:7]).all()
    assert (durations[1, :7] == examples[0].durations[:7] - 1).all() and durations.min() == 0
    assert counts.sum(axis=1).tolist() == [3, 7]
    feels = conditions["feel"]
    assert [feels[number - 1] for number in known[:, list(conditions).index("feel")]] == ["SWING", "LATIN"]


def test_an_unknown_name_is_number_0(lines):
    example, = _make_examples([replace(lines[0], feel="WALTZ")], {"feel": ["SWING"], "style": []})
    assert example.conditions.tolist() == [0, 0]


def test_conditions_are_sorted_by_frequency_then_name(lines):
    names = ["B", "A", "B", "C", "A", ""]
    found = find_conditions([replace(line, feel=name) for line, name in zip(lines, names)])
    assert found["feel"] == ["A", "B", "C"]


@pytest.mark.parametrize("setting, value", [("epochs", 0), ("batch", 1.5), ("rate", math.nan), ("clip", -1),
                                            ("patience", 0), ("weight_decay", math.inf)])
def test_a_training_config_is_checked(setting, value):
    with pytest.raises(ValueError, match=f"{setting} is "):
        TrainingConfig(**{setting: value})


def test_rows_of_zeros_change_nothing(lines):
    config = make_config({}, n_members=2, **TINY)
    examples = _make_examples(lines[:2], {})
    look = _compile_learning(improviser_network(config), BRIEF, 10)[1]
    whole = [np.array([[0, 0, 20]])]
    short, long = (look(*_stack_excerpts(examples, whole[0], length)).numpy() for length in (20, 60))
    assert np.allclose(short, long, rtol=1e-5) and long[2] == 20


def test_members_are_averaged_as_probabilities(lines):
    config = make_config({}, n_members=2, **TINY)
    network, examples = improviser_network(config), _make_examples(lines[:1], {})
    stack = _stack_excerpts(examples, np.array([[0, 0, 15]]), 15)
    answers = [np.exp(np.array(part, np.float64)) for part in network(stack[:4])]
    answers = [part / part.sum(axis=-1, keepdims=True) for part in answers]
    came = [np.take_along_axis(part, stack[3 + place % 2][..., None], 2)[0, :, 0]
            for place, part in enumerate(answers)]
    pitch, joint = (came[0] + came[2]) / 2, (came[0] * came[1] + came[2] * came[3]) / 2
    measured = _measure_bits(_compile_learning(network, BRIEF, 1)[1], [replace_length(examples[0], 15)])
    assert np.allclose(measured, [-np.log2(pitch).mean(), -np.log2(joint / pitch).mean()], rtol=1e-4)


def replace_length(example, length):
    cut = {name: getattr(example, name)[:length] for name in ("categories", "features", "symbols", "durations")}
    return replace(example, **cut)


def test_learning_learns_and_is_kept(lines, tmp_path):
    config = make_config(find_conditions(lines[:6]), n_members=1, **TINY)
    improviser, curve = learn(lines[:6], lines[6:], config, BRIEF, seed=3)
    assert curve.training[1] < curve.training[0] and len(curve.validation) == 2
    kept = load_improviser(save_network(improviser, tmp_path / "kept"))
    assert kept.config == config and kept.info["conditions"] == find_conditions(lines[:6])
    assert kept.info["training"]["epochs"] == 2 and kept.info["seed"] == 3


def test_the_best_epoch_is_kept_and_patience_ends(lines, monkeypatch):
    looks = iter([5.0, 4.0, 4.5, 4.6, 4.7])
    monkeypatch.setattr("jazz_nb.improviser.training._measure_bits", lambda look, examples: (next(looks), 0.0))
    weights, told, config = [], [], make_config({}, n_members=1, **TINY)
    network, examples = improviser_network(config), _make_examples(lines[:2], {})

    def remember(*facts):
        told.append(facts)
        weights.append(network.get_weights())

    curve = _study(network, examples, examples, replace(BRIEF, epochs=9, patience=3), progress=remember)
    assert len(curve.training) == 5 and curve.best == (2, 4.0)
    assert all((one == other).all() for one, other in zip(network.get_weights(), weights[1]))
    assert [facts[:2] for facts in told] == [(epoch, 9) for epoch in range(1, 6)]
    assert told[0][3] > told[4][3] > 0
    assert isinstance(told[0][2], LearningCurve) and told[2][2].validation == ((1, 5.0), (2, 4.0), (3, 4.5))


@pytest.mark.parametrize("last", [math.nan, math.inf, 6.1])
def test_going_astray_later_keeps_the_best(lines, monkeypatch, last):
    found, config = iter([3.0, 2.0, last]), make_config({}, n_members=1, **TINY)
    monkeypatch.setattr("jazz_nb.improviser.training._TrainingRun.learn_epoch", lambda *_: next(found))
    examples, training = _make_examples(lines[:1], {}), replace(BRIEF, epochs=5)
    with pytest.warns(UserWarning, match="in epoch 3 .* from after epoch 2"):
        curve = _study(improviser_network(config), examples, training=training)
    assert curve.training == (3.0, 2.0)


def test_nothing_to_learn_from(lines):
    one = replace(lines[0], pitches=lines[0].pitches[:1], durations=lines[0].durations[:1],
                  onsets=lines[0].onsets[:1])
    with pytest.raises(ValueError, match="no line of two events"):
        learn([one])
    with pytest.raises(ValueError, match="made for other conditions"):
        learn(lines[:2], config=make_config({"feel": ["SWING"]}), dropout=DropoutRates(0, 0, 0, 0, 0))
