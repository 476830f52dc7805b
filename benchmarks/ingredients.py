"""What each ingredient of the improviser brings: a small network with all, and without each; three seeds."""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from jazz_nb.improviser.dataset import open_dataset
from jazz_nb.improviser.features import CATEGORIES, FEATURES
from jazz_nb.improviser.network import DropoutRates, improviser_network
from jazz_nb.improviser.training import (
    TrainingConfig,
    _compile_learning,
    _Example,
    _make_examples,
    _measure_bits,
    _study,
    find_conditions,
    make_config,
)

SEEDS = (0, 1, 2)
SMALL = {"n_units": 128, "n_hidden": 128, "n_members": 1}
TRAINING = TrainingConfig(epochs=12, look=12)
DROPOUT = DropoutRates(inputs=0.2, outputs=0.3, weights=0.2)
# What is taken away: categories, features, whether conditions go too, and changed settings.
WITHOUT = {
    "chords": {"features": ("chord", "next chord", "until next chord")},
    "place in the bar": {"categories": ("position",)},
    "echoes": {"categories": ("echo", "echo length", "echo duration", "second echo", "second length",
                              "rhythm echo", "rhythm length")},
    "the way here": {"categories": ("symbol before", "ticks since onset"),
                     "features": ("short memory", "long memory", "pitches before", "since onset",
                                  "since rest", "bars")},
    "conditions and tempo": {"untold": True},
    "dropout": {"dropout": DropoutRates(0, 0, 0, 0, 0)},
    "weight decay": {"training": replace(TRAINING, weight_decay=0)},
    "one member only (three instead)": {"config": {"n_members": 3}},
}
# Chords and place in the bar as inputs, 256 units, nothing else: much like the LSTM that the benchmark names.
REFERENCE_LIKE = {
    "categories": WITHOUT["echoes"]["categories"] + WITHOUT["the way here"]["categories"],
    "features": WITHOUT["the way here"]["features"], "untold": True, "dropout": DropoutRates(0.3, 0.3, 0, 0, 0),
    "training": replace(TRAINING, weight_decay=0), "config": {"n_units": 256, "n_hidden": 256},
}


def _columns(names: Sequence[str]) -> np.ndarray:
    ends = np.cumsum(list(FEATURES.values()))
    starts = dict(zip(FEATURES, ends - list(FEATURES.values())))
    return np.array([starts[name] + place for name in names for place in range(FEATURES[name])], int)


def silence(examples: Sequence[_Example], categories: Sequence[str] = (), features: Sequence[str] = (),
            untold: bool = False) -> list[_Example]:
    """Return examples in which some of what was told is always 0."""
    places, columns, silent = [list(CATEGORIES).index(name) for name in categories], _columns(features), []
    for example in examples:
        told, numbers, known = example.categories.copy(), example.features.copy(), example.conditions.copy()
        told[:, places], numbers[:, columns] = 0, 0
        if untold:
            known[:], numbers[:, -1] = 0, 0
        silent.append(replace(example, categories=told, features=numbers, conditions=known))
    return silent


def _bits(examples: dict, conditions: dict, seed: int, dropout=DROPOUT, training=TRAINING, config=(),
          **less) -> float:
    parts = {name: silence(split, **less) for name, split in examples.items()}
    network = improviser_network(make_config(conditions, **{**SMALL, **dict(config)}), dropout, seed)
    _study(network, parts["train"], training=training, seed=seed)
    return sum(_measure_bits(_compile_learning(network, training, 1)[1], parts["validation"]))


def rows() -> Iterator[str]:
    """Yield a line for the small network and one for each ingredient that is taken away."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    dataset = open_dataset("wjazzd")
    conditions = find_conditions(dataset.split("train"))
    examples = {split: _make_examples(dataset.split(split), conditions) for split in ("train", "validation")}
    yield f"{'joint bits, validation split':40} {'mean':>7} {'each seed':>22} {'more by':>8}"
    whole = [_bits(examples, conditions, seed) for seed in SEEDS]
    yield _line("all ingredients", whole, whole)
    for name, change in WITHOUT.items():
        yield _line(f"without {name}", [_bits(examples, conditions, seed, **change) for seed in SEEDS], whole)
    like = [_bits(examples, conditions, seed, **REFERENCE_LIKE) for seed in SEEDS]
    yield _line("like the benchmark's LSTM, 256 units", like, whole)


def _line(name: str, bits: list[float], whole: list[float]) -> str:
    each = " ".join(f"{number:.3f}" for number in bits)
    return f"{name:40} {np.mean(bits):7.3f} {each:>22} {np.mean(bits) - np.mean(whole):+8.3f}"


if __name__ == "__main__":
    for row in rows():
        print(row, flush=True)
        sys.stdout.flush()
