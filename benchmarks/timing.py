"""What all benchmarks share: a row of the table, and two ways timed in turn."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from time import perf_counter


@dataclass(frozen=True)
class Row:
    """
    One line of the table.

    Parameters
    ----------
    name : str
        What was done.
    ours, theirs : float
        Medians, in ``unit``.
    ratio : float
        How many times better ours is.
    target : str
        What was promised; empty if nothing was.
    met : bool, optional
        Whether the promise was kept in this run.
    unit : str
        Of ``ours`` and ``theirs``.
    """

    name: str
    ours: float
    theirs: float
    ratio: float
    target: str
    met: bool | None
    unit: str = "s"

    def __str__(self) -> str:
        verdict = {True: "yes", False: "NO", None: ""}[self.met]
        ratio = f"{self.ratio:,.1f}" if self.ratio >= 10 else f"{self.ratio:.2f}"
        return (
            f"{self.name:58} {self.ours:12,.4g} {self.theirs:12,.4g} {self.unit:9} {ratio:>9}  "
            f"{self.target:10} {verdict}"
        ).rstrip()


def alternate(ours: Callable, theirs: Callable, repeats: int, ours_per_round: int = 1) -> tuple[float, float]:
    """
    Time two ways in turn and return the median seconds of each.

    Parameters
    ----------
    ours, theirs : callable
        Without arguments.
    repeats : int
        Rounds.
    ours_per_round : int
        How often ours runs in a round, if it is so fast that one run says little.

    Returns
    -------
    tuple of float
        Median seconds of one run, ours and theirs.
    """
    seconds = ([], [])
    for _ in range(repeats):
        for way, times, kept in ((ours, ours_per_round, seconds[0]), (theirs, 1, seconds[1])):
            # What the other way left behind must not be swept up on this one's time.
            gc.collect()
            gc.freeze()
            start = perf_counter()
            for _ in range(times):
                way()
            kept.append((perf_counter() - start) / times)
    return median(seconds[0]), median(seconds[1])
