"""The improviser: notes a second, the processor time of a whole process, and training against `model.fit`."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from statistics import median
from time import perf_counter
from unittest.mock import patch

import numpy as np

from benchmarks.timing import Row, alternate
from jazz_nb.data import corpus
from jazz_nb.evaluation.events import read_line
from jazz_nb.formats.chart_text import read_chart
from jazz_nb.improviser.network import load_improviser
from jazz_nb.improviser.sampling import play
from jazz_nb.tune import join

CHANGES = "| Dm7 | G7 | Cmaj7 | A7 | Dm7 | G7 | Cmaj7 | % |"
STEPS = 12


def speed_rows() -> Iterator[Row]:
    """Time one take of 32 bars, and 64 at once, five times each; notes a second, medians."""
    improviser, chart = load_improviser(), join(*[read_chart(CHANGES, tempo=180.0)] * 4)
    for n_takes, promised in ((1, 1_000), (64, 20_000)):
        speeds = []
        for seed in range(6):
            start = perf_counter()
            takes = play(improviser, chart, n_takes, seed=seed)
            seconds = perf_counter() - start
            speeds.append(sum(int((take.line.pitches >= 0).sum()) for take in takes) / seconds)
        speed = median(speeds[1:])
        what = f"{n_takes} take{'s' * (n_takes > 1)} of 32 bars / promised"
        yield Row(what, speed, promised, speed / promised, f">= {promised:,}", speed >= promised, "notes/s")


def process_row() -> Row:
    """Measure the processor time of `jazz-nb improvise` in fresh processes."""
    code = ("import time; from jazz_nb.cli.main import main; "
            f"main(['improvise', {CHANGES!r}, '--seed', '1']); print(time.process_time())")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-c", code]
        told = [subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
                for _ in range(5)]
    seconds = median(float(one.stdout.split()[-1]) for one in told)
    return Row("jazz-nb improvise in a fresh process, CPU / allowed", seconds, 1.5, 1.5 / seconds, "<= 1.5 s",
               seconds <= 1.5)


def _plain_layer(n_units: int, weight_drop: float, seed: int, **options):
    import keras
    return keras.layers.LSTM(n_units, return_sequences=True, **options)


def training_row() -> Row:
    """Time the same number of steps by `step` and by `model.fit` with Keras' own LSTM, in turn."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    from jazz_nb.improviser.network import improviser_network
    from jazz_nb.improviser.training import (
        TrainingConfig,
        _compile_learning,
        _cut_excerpts,
        _make_examples,
        _stack_excerpts,
        find_conditions,
        make_config,
    )
    lines = [read_line(tune) for tune in corpus("etudes")]
    config, examples = make_config(find_conditions(lines)), _make_examples(lines, find_conditions(lines))
    cuts = _cut_excerpts([len(example) for example in examples], 96, np.random.default_rng(0))
    stack = _stack_excerpts(examples, np.resize(cuts, (16, 3)), 96)
    step, _ = _compile_learning(improviser_network(config), TrainingConfig(), 1000)
    with patch("jazz_nb.improviser.network._lstm_layer", _plain_layer):
        theirs = improviser_network(config)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    theirs.compile(keras.optimizers.AdamW(0.004), loss=[loss] * 6)
    x = [np.tile(array, (STEPS,) + (1,) * (array.ndim - 1)) for array in stack]
    y, weights = [x[3], x[4]] * 3, [x[5]] * 6

    def ours():
        for _ in range(STEPS):
            step(*stack)

    def fit():
        theirs.fit(x[:4], y, sample_weight=weights, batch_size=16, shuffle=False, verbose=0)

    ours()
    fit()
    events = float(stack[5].sum()) * STEPS
    seconds = alternate(ours, fit, 5)
    speeds = [events / one for one in seconds]
    what = "training / the same network under model.fit"
    return Row(what, *speeds, speeds[0] / speeds[1], "", None, "events/s")


def rows() -> Iterator[Row]:
    """Yield a row for each measurement."""
    yield from speed_rows()
    yield process_row()
    yield training_row()


if __name__ == "__main__":
    for row in rows():
        print(row, flush=True)
