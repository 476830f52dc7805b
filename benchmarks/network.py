"""The network: training against the unrolled model under Keras, sampling against Keras and bare NumPy."""

from collections.abc import Iterator
from time import perf_counter

import numpy as np

from benchmarks.timing import Row, alternate

M, TX, N_VALUES, N_A, TY, TAKES = 60, 30, 78, 64, 50, 1024


def make_windows(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Draw windows of the course's shapes; what the values are does not matter for the time."""
    values = np.random.default_rng(seed).integers(N_VALUES, size=(M, TX - 1))
    X = np.zeros((M, TX, N_VALUES), np.float32)
    X[:, 1:] = np.eye(N_VALUES, dtype=np.float32)[values]
    return X, np.concatenate([X[:, 1:], X[:, :1]], axis=1).transpose(1, 0, 2).copy()


def published_djmodel():
    """Build and compile the course's model as published: one cell called 30 times, 30 outputs and metrics."""
    import keras
    cell = keras.layers.LSTM(N_A, return_state=True)
    densor = keras.layers.Dense(N_VALUES, activation="softmax")
    reshaper = keras.layers.Reshape((1, N_VALUES))
    X, a0, c0 = keras.Input((TX, N_VALUES)), keras.Input((N_A,)), keras.Input((N_A,))
    a, c, outputs = a0, c0, []
    for step in range(TX):
        a, _, c = cell(reshaper(X[:, step, :]), initial_state=[a, c])
        outputs.append(densor(a))
    model = keras.Model([X, a0, c0], outputs)
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.InverseTimeDecay(0.01, 1, 0.01))
    model.compile(optimizer, loss=["categorical_crossentropy"] * TX, metrics=["accuracy"] * TX)
    return model


def training_rows(epochs: int = 100) -> Iterator[Row]:
    """
    Time 100 epochs from nothing to a trained model, and apart from it the epochs after the first.

    Both ways run three times in turn. After its first epoch, which holds the tracing, the unrolled model is
    timed over 25 epochs, and the rest is reckoned: one takes as long as the other.
    """
    from jazz_nb.model import djmodel
    from jazz_nb.training import fit
    X, Y = make_windows()
    zeros, targets = np.zeros((M, N_A), np.float32), list(Y)
    whole, steady = ([], []), ([], [])

    def ours():
        stamps = [perf_counter()]
        fit(djmodel(TX, N_A, N_VALUES, seed=0), X, Y, epochs, as_published=True,
            progress=lambda epoch, epochs, row: stamps.append(perf_counter()))
        whole[0].append(stamps[-1] - stamps[0])
        steady[0].append((stamps[-1] - stamps[1]) * epochs / (epochs - 1))

    def theirs(measured=25):
        start = perf_counter()
        model = published_djmodel()
        model.fit([X, zeros, zeros], targets, epochs=1, batch_size=32, verbose=0)
        ready = perf_counter()
        model.fit([X, zeros, zeros], targets, epochs=measured, batch_size=32, verbose=0)
        steady[1].append((perf_counter() - ready) * epochs / measured)
        whole[1].append(ready - start + steady[1][-1] * (epochs - 1) / epochs)

    for _ in range(3):
        ours()
        theirs()
    for name, (fast, slow) in [("100 epochs, all in all / unrolled, model.fit", whole),
                               ("100 epochs, build and tracing left out / the same", steady)]:
        fast, slow = np.median(fast), np.median(slow)
        yield Row(name, fast, slow, slow / fast, ">= 10", slow / fast >= 10)


def unrolled_inference_model(model):
    """Build the course's 50-step graph around the layers of a model."""
    import keras

    from jazz_nb.inference import one_hot
    lstm, densor = model.get_layer("lstm"), model.get_layer("densor")
    cell = keras.layers.RNN(lstm.cell, return_state=True)
    x0, a0, c0 = keras.Input((1, densor.units)), keras.Input((lstm.units,)), keras.Input((lstm.units,))
    x, a, c, outputs = x0, a0, c0, []
    for _ in range(TY):
        _, a, c = cell(x, initial_state=[a, c])
        outputs.append(densor(a))
        x = one_hot(outputs[-1], densor.units)
    return keras.Model([x0, a0, c0], outputs)


def step_model(model):
    """Build a model of one step that gives back its state, to be called once for each value."""
    import keras
    lstm, densor = model.get_layer("lstm"), model.get_layer("densor")
    x, a0, c0 = keras.Input((1, N_VALUES)), keras.Input((N_A,)), keras.Input((N_A,))
    _, a, c = keras.layers.RNN(lstm.cell, return_state=True)(x, initial_state=[a0, c0])
    return keras.Model([x, a0, c0], [densor(a), a, c])


def one_sequence_rows() -> Iterator[Row]:
    """Time 50 values of one solo: ours, the unrolled graph (warm), and one `predict` for each value."""
    from jazz_nb.inference import sample
    from jazz_nb.model import Network, djmodel
    model = djmodel(TX, N_A, N_VALUES, seed=0)
    network, graph, single = Network.from_keras(model), unrolled_inference_model(model), step_model(model)
    start = [np.zeros(shape, np.float32) for shape in ((1, 1, N_VALUES), (1, N_A), (1, N_A))]

    def by_predict():
        x, a, c = start
        for _ in range(TY):
            p, a, c = single.predict([x, a, c], verbose=0)
            value = np.random.choice(N_VALUES, p=p[0] / p[0].sum())
            x = np.eye(N_VALUES, dtype=np.float32)[value][None, None]

    def ours():
        sample(network, TY, seed=0)

    for name, way, repeats, target in [
            ("50 values of one solo / unrolled graph", lambda: graph.predict(start, verbose=0), 15, 50),
            ("50 values of one solo / one predict for each value", by_predict, 5, 2000)]:
        ours()
        way()
        fast, slow = alternate(ours, way, repeats, ours_per_round=20)
        yield Row(name, fast, slow, slow / fast, f">= {target:,}", slow / fast >= target)


def bare_loop(network, seed: int = 0) -> None:
    """Play 1,024 takes in the plainest NumPy: the step, a softmax, running sums, a roll of the dice."""
    rng, weights = np.random.default_rng(seed), network.arrays
    a = c = np.zeros((TAKES, N_A), np.float32)
    x = np.tile(weights["bias"], (TAKES, 1))
    rows = weights["kernel"] + weights["bias"]
    for _ in range(TY):
        z = x + a @ weights["recurrent_kernel"]
        i, f, g, o = (z[:, part * N_A:(part + 1) * N_A] for part in range(4))
        c = c / (1 + np.exp(-f)) + np.tanh(g) / (1 + np.exp(-i))
        a = np.tanh(c) / (1 + np.exp(-o))
        logits = a @ weights["densor_kernel"] + weights["densor_bias"]
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        values = (p.cumsum(axis=1) < rng.random((TAKES, 1), dtype=np.float32)).sum(axis=1)
        x = rows[np.minimum(values, N_VALUES - 1)]


def batch_rows() -> Iterator[Row]:
    """Time 1,024 takes of 50 values, in values a second."""
    from jazz_nb.inference import sample
    from jazz_nb.model import Network, djmodel
    network = Network.from_keras(djmodel(TX, N_A, N_VALUES, seed=0))
    fast, slow = alternate(lambda: sample(network, TY, TAKES, seed=0), lambda: bare_loop(network), repeats=31)
    ours, theirs = TAKES * TY / fast, TAKES * TY / slow
    yield Row("1,024 takes at once / a bare NumPy loop", ours, theirs, ours / theirs, ">= 0.6",
              ours / theirs >= .6, unit="values/s")


def rows() -> Iterator[Row]:
    """Yield all rows."""
    import keras
    keras.utils.set_random_seed(0)
    yield from training_rows()
    yield from one_sequence_rows()
    yield from batch_rows()
