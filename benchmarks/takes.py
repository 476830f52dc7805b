"""What takes over the charts of held-out solos are like, beside real solos, n-grams, the course's model."""

import os
from collections.abc import Iterator, Sequence

from benchmarks.bits import find_lines
from benchmarks.timing import Row
from jazz_nb.evaluation.bits import NGram
from jazz_nb.evaluation.copying import load_index
from jazz_nb.evaluation.events import Line, line_to_tune
from jazz_nb.evaluation.report import Findings, _examine
from jazz_nb.improviser.network import Improviser, load_improviser
from jazz_nb.improviser.sampling import play
from jazz_nb.improviser.stepper import evaluate
from jazz_nb.tune import Tune, excerpt

N_TAKES, N_BARS = 20, 32
# What `jazz_nb.improviser.solo` plays with, if not told otherwise; chosen by these very statistics among seven.
OFFERED = {"temperature": 0.97, "duration_temperature": 1.0}
MORE = 6  # takes over each chart, where chance should hardly matter
NEEDED = "needs a folder with wjazzd.db.xz; name it in JAZZ_NB_DATA"
# How many takes more than real solos may be suspicious before it is no chance any more.
BY_CHANCE = 1


def find_improviser() -> Improviser:
    """Return the improviser in the file that JAZZ_NB_MODEL names, else the bundled one."""
    return load_improviser(os.environ.get("JAZZ_NB_MODEL") or None)


def choose_lines(lines: Sequence[Line], n_lines: int = N_TAKES, n_bars: int = N_BARS) -> list[Line]:
    """Choose held-out solos that are long enough, spread over all of them: as many tunes as there are."""
    long_enough = [line for line in lines if line.split == "validation" and line.chart.n_bars >= n_bars
                   and line.start < 12 * line.chart.bar_length * n_bars]
    first = {line.tune_key: line for line in reversed(long_enough)}
    others = [line for line in long_enough if line is not first[line.tune_key]]
    return [*reversed(list(first.values())), *others][:n_lines]


def tell(improviser: Improviser, line: Line) -> dict[str, str]:
    """Return what is known of a line and what the improviser understands of it."""
    known = improviser.info.get("conditions", {})
    return {kind: name for kind, name in line.facts.items() if name in known.get(kind, ())}


def play_all(improviser: Improviser, lines: Sequence[Line], charts: Sequence[Tune], told: bool) -> list[Line]:
    """Play one take over each chart, told who played there and in which style, or told nothing."""
    known = [tell(improviser, line) if told else {} for line in lines]
    return [play(improviser, chart, 1, first_take=number, conditions=conditions)[0].line
            for number, (chart, conditions) in enumerate(zip(charts, known))]


def play_as_the_course(charts: Sequence[Tune]) -> list[Tune]:
    """Train the course's network on the bundled études and let it play over each chart."""
    from jazz_nb.grammar import load_music_utils
    from jazz_nb.model import Network, djmodel
    from jazz_nb.postprocessing import generate_music
    from jazz_nb.training import fit
    X, Y, n_values, values = load_music_utils("etudes", m=240, rests=True)
    model = djmodel(Tx=30, n_a=64, n_values=n_values, seed=1)
    fit(model, X, Y, epochs=100, seed=1)
    network = Network.from_keras(model, vocabulary=list(values.values()), corpus="etudes")
    options = {"n_sets": N_BARS // 4, "out": None, "say": lambda line: None}
    return [generate_music(network, chords=chart, seed=seed, **options) for seed, chart in enumerate(charts)]


def collect(lines: Sequence[Line], improviser: Improviser) -> dict[str, list]:
    """Return takes by name, first real solos cut to the same bars."""
    chosen = choose_lines(lines)
    charts = [excerpt(line.chart, 1, N_BARS) for line in chosen]
    trigram = NGram([line for line in lines if line.split == "train"], 3)
    return {
        "real, cut": [excerpt(line_to_tune(line), 1, N_BARS) for line in chosen],
        "trigram": [trigram.sample(seed=seed, chart=chart) for seed, chart in enumerate(charts)],
        "the course": play_as_the_course(charts),
        "told nothing": play_all(improviser, chosen, charts, told=False),
        "improviser": play_all(improviser, chosen, charts, told=True),
        f"{MORE * len(charts)} takes": [take.line for line, chart in zip(chosen, charts) for take in
                                        play(improviser, chart, MORE, conditions=tell(improviser, line))],
        f"{MORE * len(charts)} as offered": [
            take.line for line, chart in zip(chosen, charts) for take in
            play(improviser, chart, MORE, conditions=tell(improviser, line), **OFFERED)],
    }


def rows_of(name: str, found: Findings, real: Findings) -> Iterator[Row | str]:
    """Yield a row for each promise: statistics close to real ones, chord tones on the beat, copies."""
    comparison, n_takes = found.comparison, found.n_solos
    close = sum(name not in comparison.outside for name in comparison.distances)
    n_statistics = len(comparison.distances)
    yield Row(f"{name}: statistics close to real solos as dense / all", close, n_statistics, close / n_statistics,
              "all", close == n_statistics, "statistics")
    what = "chord tones on the beat"
    ours, least = comparison.statistics[what], comparison.allowed[what][0]
    yield Row(f"{name}: {what} / real", ours, least, ours / least, ">= 1", ours >= least, "share")
    suspicious, usual = found.copying["suspicious"], real.copying["suspicious"] / real.n_solos * n_takes
    too_long = sum("a run of" in " ".join(report.reasons) for report in found.reports)
    yield Row(f"{name}: suspicious takes / as many real ones", suspicious, usual,
              (usual or 1) / max(suspicious, 1), "not more",
              not too_long and suspicious <= usual + BY_CHANCE, "takes")
    for number, report in enumerate(found.reports, 1):
        yield from (f"    take {number}: {reason}" for reason in report.reasons)


def rows() -> Iterator[Row | str]:
    """Yield rows for the improviser's takes, then one table of all, with its bits."""
    lines = find_lines()
    if not lines:
        yield f"takes: {NEEDED}"
        return
    held_out = [line for line in lines if line.split == "validation"]
    index, improviser = load_index(), find_improviser()
    report = evaluate(improviser, held_out, collect(lines, improviser), index)
    cut = _examine(_cut_all(held_out), index)
    for name in ("real, cut", "told nothing", "improviser"):
        yield from rows_of(name, report.findings[name], cut)
    yield f"\n{report!r}"


def _cut_all(lines: Sequence[Line]) -> list[Tune]:
    """Cut every solo to its first 32 bars, where it has a note in them."""
    cut = [excerpt(line_to_tune(line), 1, N_BARS) for line in lines if line.chart.n_bars >= N_BARS]
    return [tune for tune in cut if tune.notes]


if __name__ == "__main__":
    for row in rows():
        print(row, flush=True)
