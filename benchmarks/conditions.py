"""Which conditions act: do takes told to play like somebody come nearer to that player's own solos?"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.bits import find_lines
from benchmarks.takes import N_BARS, NEEDED, choose_lines, find_improviser
from benchmarks.timing import Row
from jazz_nb.evaluation.events import N_DURATIONS, N_SYMBOLS, Line, chords_at
from jazz_nb.improviser.network import Improviser
from jazz_nb.improviser.sampling import play
from jazz_nb.improviser.solo import _complete_manner
from jazz_nb.music.harmony import read_figure
from jazz_nb.tune import Tune, excerpt

KINDS, FEWEST = ("performer", "style"), 3
TAKES_A_CHART = 32
WRITTEN = Path("output", "offered.json")
# How many values each feature of an event has: see `describe`.
SIZES = (N_SYMBOLS, 2 * N_DURATIONS, 48, 43, 12)


# --- what a solo is like ----------------------------------------------------------------------------------


def _roots(line: Line) -> np.ndarray:
    """Return the pitch class of the root under each event, -1 where there is no chord."""
    now, _ = chords_at(line.chart, line.onsets)
    roots = [read_figure(chord.figure).root for chord in line.chart.chords]
    return np.array([-1 if root is None else root for root in [*roots, None]])[now]


def describe(line: Line) -> np.ndarray:
    """
    Return what tells players apart, from all events but the first.

    Returns
    -------
    ndarray
        For each of SIZES the square roots of the shares of its values: intervals, durations of notes and of
        rests, places of onsets in the bar, register in minor thirds, and pitch classes above the root.
    """
    notes, roots = ~line.is_rest, _roots(line)
    on_chord = notes & (roots >= 0)
    features = (
        line.symbols[1:],
        (line.durations - 1 + N_DURATIONS * line.is_rest)[1:],
        line.onsets[notes] % 48,
        line.pitches[notes] // 3,
        (line.pitches[on_chord] - roots[on_chord]) % 12,
    )
    counts = [np.bincount(values.astype(int), minlength=size)[:size] for values, size in zip(features, SIZES)]
    return np.concatenate([np.sqrt(count / max(count.sum(), 1)) for count in counts])


class Ear(NamedTuple):
    """
    A linear classifier, by ridge regression, of solos by their features.

    Parameters
    ----------
    names : list of str
        Who can be told apart.
    usual : ndarray (features,)
        The mean of the solos that it learned from.
    weights : ndarray (features, names)
        What speaks for whom.
    trust : float
        The share of these solos, each left out in turn, whose own name it hears.
    """

    names: list[str]
    usual: np.ndarray
    weights: np.ndarray
    trust: float

    def hear(self, lines: Sequence[Line]) -> np.ndarray:
        """Return how much each line sounds like each name: (lines, names), 0 for what is usual."""
        return (np.array([describe(line) for line in lines]) - self.usual) @ self.weights


def train_ear(features: np.ndarray, labels: Sequence[str], names: Sequence[str], ridge: float = 1.0) -> Ear:
    """Learn to tell names apart from features (solos, values); rare names weigh as much as common ones."""
    usual = features.mean(axis=0)
    own = np.array([[label == name for name in names] for label in labels], float)
    own = (own - own.mean(axis=0)) / np.sqrt(own.sum(axis=0))
    seen = features - usual
    inverse = np.linalg.inv(seen @ seen.T + ridge * np.eye(len(seen)))
    fitted = np.eye(len(seen)) - ridge * inverse
    # What would be said of a solo had it been left out follows from the fit with it.
    still = 1 - np.diag(fitted)[:, None]
    left_out = (fitted @ own - (1 - still) * own) / still
    hits = [names[row.argmax()] == label for row, label in zip(left_out, labels) if label in names]
    return Ear(list(names), usual, seen.T @ inverse @ own, float(np.mean(hits)))


# --- whether takes come nearer ----------------------------------------------------------------------------


def play_with(improviser: Improviser, charts: Sequence[Tune], conditions: Mapping[str, str]) -> list[Line]:
    """Play the same number of takes over each chart, with the same dice for all conditions."""
    return [take.line for chart in charts
            for take in play(improviser, chart, TAKES_A_CHART,
                             conditions=_complete_manner(improviser, conditions))]


def lowest_mean(gaps: np.ndarray, seed: int = 0, n_resamples: int = 2000) -> float:
    """Return the lower bound of the mean of some gaps: 97.5 % by a bootstrap over takes."""
    drawn = np.random.default_rng(seed).integers(len(gaps), size=(n_resamples, len(gaps)))
    return float(np.quantile(gaps[drawn].mean(axis=1), 0.025))


class Effect(NamedTuple):
    """By how many standard deviations of control takes a name brings takes nearer to its own solos."""

    name: str
    nearer: float
    at_least: float
    than_others: float

    @property
    def acts(self) -> bool:
        """Whether they surely come nearer than takes told nothing, and than those told other names."""
        return self.at_least > 0 and self.than_others > 0


def measure_effects(names: Sequence[str], control: np.ndarray, told: np.ndarray) -> list[Effect]:
    """
    Compare takes with control takes, by what the ear hears in them.

    Parameters
    ----------
    names : sequence of str
        Who can be told apart.
    control : ndarray (takes, names)
        Takes that were told nothing.
    told : ndarray (names, takes, names)
        Takes that were told each name.
    """
    effects, told = [], told / control.std(axis=0)
    control = control / control.std(axis=0)
    for place, name in enumerate(names):
        own, others = told[place, :, place], np.delete(told[:, :, place], place, axis=0)
        gaps = own - control[:, place]
        above = own - others.mean(axis=0) if len(others) else gaps
        effects.append(Effect(name, float(gaps.mean()), lowest_mean(gaps), lowest_mean(above)))
    return effects


def judge_kind(kind: str, improviser: Improviser, training: Sequence[Line], charts: Sequence[Tune],
               plain: Sequence[Line]) -> tuple[Ear, list[Effect], float]:
    """Return the ear, the effect of each name, and in what share of takes the ear hears what was told."""
    labels = [line.facts[kind] for line in training]
    known = improviser.info.get("conditions", {}).get(kind, ())
    names = sorted(name for name, count in Counter(labels).items() if count >= FEWEST and name in known)
    ear = train_ear(np.array([describe(line) for line in training]), labels, names)
    told = np.array([ear.hear(play_with(improviser, charts, {kind: name})) for name in names])
    found = (told.argmax(axis=2) == np.arange(len(names))[:, None]).mean()
    return ear, measure_effects(names, ear.hear(plain), told), float(found)


def rows_of(kind: str, ear: Ear, effects: Sequence[Effect], found: float) -> Iterator[Row | str]:
    """Yield rows for one kind of condition: how many names act, what the ear hears; a line for each name."""
    n_acting, n_names = sum(effect.acts for effect in effects), len(effects)
    yield Row(f"{kind}: names that act / with {FEWEST} solos to learn from", n_acting, n_names,
              n_acting / n_names, "", None, "names")
    for what, share in (("takes told it", found), ("real solos left out", ear.trust)):
        yield Row(f"{kind}: heard in {what} / by chance", share, 1 / n_names, share * n_names, "", None,
                  "share")
    for effect in sorted(effects, key=lambda effect: -effect.nearer):
        verdict = "" if effect.acts else "  not offered"
        yield (f"    {effect.name:28} nearer by {effect.nearer:5.2f} sd, at least {effect.at_least:5.2f}; "
               f"than others at least {effect.than_others:5.2f}{verdict}")


def rows() -> Iterator[Row | str]:
    """Yield, for each kind of condition, how many names act, and a line for each; write those that do."""
    lines = find_lines()
    if not lines:
        yield f"conditions: {NEEDED}"
        return
    improviser = find_improviser()
    # A slow, a medium and a fast one.
    chosen = sorted(choose_lines(lines), key=lambda line: line.chart.tempo)[3::6]
    charts = [excerpt(line.chart, 1, N_BARS) for line in chosen]
    training = [line for line in lines if line.split == "train"]
    plain, offered = play_with(improviser, charts, {}), {}
    for kind in KINDS:
        ear, effects, found = judge_kind(kind, improviser, training, charts, plain)
        offered[kind] = [effect.name for effect in effects if effect.acts]
        yield from rows_of(kind, ear, effects, found)
    WRITTEN.parent.mkdir(exist_ok=True)
    WRITTEN.write_text(json.dumps(offered, ensure_ascii=False, indent=1), encoding="utf-8")
    yield f"written to {WRITTEN}: what an improviser keeps as info['offered']"


if __name__ == "__main__":
    for row in rows():
        print(row, flush=True)
