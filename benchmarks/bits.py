"""How many bits the next event of a real solo costs: n-grams against the reference, and the networks."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.timing import Row
from jazz_nb.evaluation.bits import Bits, NGram, bits_per_event, check_causal, tabulate
from jazz_nb.evaluation.events import Line, read_lines
from jazz_nb.formats.wjazzd import open_wjazzd
from jazz_nb.improviser.network import load_improviser
from jazz_nb.improviser.stepper import predictor

ORDERS = {"unigram": 1, "bigram": 2, "trigram": 3, "5-gram": 5}
# Pitch and duration bits on the validation split, all events and notes only, found by an independent program.
REFERENCE = {
    "unigram": (3.867, 3.376, 3.912, 3.212),
    "bigram": (3.639, 2.825, 3.667, 2.677),
    "trigram": (3.527, 2.708, 3.544, 2.555),
    "5-gram": (3.665, 2.719, 3.675, 2.550),
}
NEAR = 0.02
# Joint bits of all events: what a network must not exceed.
PROMISED = 5.12


def networks() -> dict[str, Callable]:
    """Return the networks to be measured, by name; each is called as ``predictor(line)``."""
    return {"improviser": predictor(load_improviser())}


def find_lines() -> list[Line]:
    """Return the lines of the Weimar Jazz Database in ``JAZZ_NB_DATA``; none if it is not there."""
    path = Path(os.environ.get("JAZZ_NB_DATA", ""), "wjazzd.db.xz")
    return read_lines(open_wjazzd(path))[0] if path.is_file() else []


def _reference_row(name: str, bits: Bits) -> Row:
    ours, theirs = bits.means[0, 2], sum(REFERENCE[name][:2])
    met = bool((abs(bits.means[:, :2].ravel() - REFERENCE[name]) <= NEAR).all())
    what = f"joint bits per event: {name} / reference"
    return Row(what, ours, theirs, theirs / ours, f"+- {NEAR}", met, "bits")


def rows() -> Iterator[Row | str]:
    """Yield a row for each n-gram and each network, then one table of all with intervals over solos."""
    lines = find_lines()
    if not lines:
        yield "bits: needs a folder with wjazzd.db.xz; name it in JAZZ_NB_DATA"
        return
    training, validation = ([line for line in lines if line.split == split] for split in ("train", "validation"))
    results = {}
    for name, order in ORDERS.items():
        results[name] = bits_per_event(NGram(training, order), validation)
        yield _reference_row(name, results[name])
    for name, network in networks().items():
        check_causal(network, validation[0])
        results[name] = bits_per_event(network, validation)
        joint = results[name].means[0, 2]
        yield Row(f"joint bits per event: {name} / promised", joint, PROMISED, PROMISED / joint,
                  f"<= {PROMISED}", bool(joint <= PROMISED), "bits")
    yield "\n" + tabulate(results)


if __name__ == "__main__":
    for row in rows():
        print(row, flush=True)
