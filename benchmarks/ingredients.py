"""What each ingredient of the improviser brings: a small network with all, and without each; three seeds."""

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from jazz_nb.improviser.features import CODES, MEASURES
from jazz_nb.improviser.network import Dampers, improviser_network
from jazz_nb.improviser.training import Lesson, Schedule, compile_learning, find_conditions, make_lessons, make_plan
from jazz_nb.improviser.training import measure_bits, study
from jazz_nb.improviser.dataset import open_repertoire

SEEDS = (0, 1, 2)
SMALL = {"n_units": 128, "n_hidden": 128, "n_voices": 1}
SCHEDULE = Schedule(epochs=12, look=12)
DAMPERS = Dampers(inputs=0.2, outputs=0.3, weights=0.2)
# What is taken away: codes, measures, whether conditions go too, and changed settings.
WITHOUT = {
    "chords": {"measures": ("chord", "next chord", "until next chord")},
    "place in the bar": {"codes": ("position",)},
    "echoes": {"codes": ("echo", "echo length", "echo duration", "second echo", "second length",
                         "rhythm echo", "rhythm length")},
    "the way here": {"codes": ("symbol before", "ticks since onset"),
                     "measures": ("short memory", "long memory", "pitches before", "since onset",
                                  "since rest", "bars")},
    "conditions and tempo": {"untold": True},
    "dampers": {"dampers": Dampers(0, 0, 0, 0, 0)},
    "weight decay": {"schedule": replace(SCHEDULE, weight_decay=0)},
    "one voice only (three instead)": {"plan": {"n_voices": 3}},
}
# Chords and place in the bar as inputs, 256 units, nothing else: much like the LSTM that the benchmark names.
REFERENCE_LIKE = {
    "codes": WITHOUT["echoes"]["codes"] + WITHOUT["the way here"]["codes"],
    "measures": WITHOUT["the way here"]["measures"], "untold": True, "dampers": Dampers(0.3, 0.3, 0, 0, 0),
    "schedule": replace(SCHEDULE, weight_decay=0), "plan": {"n_units": 256, "n_hidden": 256},
}


def _columns(names: Sequence[str]) -> np.ndarray:
    ends = np.cumsum(list(MEASURES.values()))
    starts = dict(zip(MEASURES, ends - list(MEASURES.values())))
    return np.array([starts[name] + place for name in names for place in range(MEASURES[name])], int)


def silence(lessons: Sequence[Lesson], codes: Sequence[str] = (), measures: Sequence[str] = (),
            untold: bool = False) -> list[Lesson]:
    """Return lessons in which some of what was told is always 0."""
    places, columns, silent = [list(CODES).index(name) for name in codes], _columns(measures), []
    for lesson in lessons:
        heard, numbers, known = lesson.heard.codes.copy(), lesson.measures.copy(), lesson.conditions.copy()
        heard[:, places], numbers[:, columns] = 0, 0
        if untold:
            known[:], numbers[:, -1] = 0, 0
        silent.append(Lesson(replace(lesson.heard, codes=heard), numbers, known))
    return silent


def _bits(lessons: dict, conditions: dict, seed: int, dampers=DAMPERS, schedule=SCHEDULE, plan=(),
          **less) -> float:
    parts = {name: silence(part, **less) for name, part in lessons.items()}
    network = improviser_network(make_plan(conditions, **{**SMALL, **dict(plan)}), dampers, seed)
    study(network, parts["train"], schedule=schedule, seed=seed)
    return sum(measure_bits(compile_learning(network, schedule, 1)[1], parts["validation"]))


def rows() -> Iterator[str]:
    """Yield a line for the small network and one for each ingredient that is taken away."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    repertoire = open_repertoire("wjazzd")
    conditions = find_conditions(repertoire.part("train"))
    lessons = {part: make_lessons(repertoire.part(part), conditions) for part in ("train", "validation")}
    yield f"{'joint bits, validation part':40} {'mean':>7} {'each seed':>22} {'more by':>8}"
    whole = [_bits(lessons, conditions, seed) for seed in SEEDS]
    yield _line("all ingredients", whole, whole)
    for name, change in WITHOUT.items():
        yield _line(f"without {name}", [_bits(lessons, conditions, seed, **change) for seed in SEEDS], whole)
    like = [_bits(lessons, conditions, seed, **REFERENCE_LIKE) for seed in SEEDS]
    yield _line("like the benchmark's LSTM, 256 units", like, whole)


def _line(name: str, bits: list[float], whole: list[float]) -> str:
    each = " ".join(f"{number:.3f}" for number in bits)
    return f"{name:40} {np.mean(bits):7.3f} {each:>22} {np.mean(bits) - np.mean(whole):+8.3f}"


if __name__ == "__main__":
    for row in rows():
        print(row, flush=True)
        sys.stdout.flush()
