"""The faster memory equals Keras' own LSTM: values, gradients, and what is dropped."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jazz_nb.improviser.network import _lstm_layer

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@given(st.integers(1, 3), st.integers(1, 7), st.integers(1, 5), st.integers(0, 99))
@settings(max_examples=4, deadline=None)
def test_values_and_gradients_are_those_of_keras(n_lines, n_steps, n_units, seed):
    import keras
    import tensorflow as tf
    draws = np.random.default_rng(seed)
    inputs = tf.constant(draws.normal(size=(n_lines, n_steps, 3)), tf.float32)
    ours, theirs = _lstm_layer(n_units), keras.layers.LSTM(n_units, return_sequences=True)
    ours.build(inputs.shape)
    theirs.build(inputs.shape)
    theirs.set_weights([draws.normal(size=weight.shape) for weight in theirs.get_weights()])
    ours.set_weights(theirs.get_weights())
    aim, found = tf.constant(draws.normal(size=(n_lines, n_steps, n_units)), tf.float32), []
    for layer in (ours, theirs):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            states = layer(inputs)
            loss = tf.reduce_sum((states - aim) ** 2)
        found.append([states, *tape.gradient(loss, [inputs, *layer.trainable_variables])])
    for one, other in zip(*found):
        assert np.allclose(one, other, atol=2e-4)


def test_weights_are_dropped_in_training_only():
    inputs = np.random.default_rng(0).normal(size=(2, 6, 3)).astype(np.float32)
    damped, plain = _lstm_layer(8, weight_drop=.5, seed=1), _lstm_layer(8, seed=1)
    assert np.allclose(damped(inputs), plain(inputs))
    first, second = damped(inputs, training=True), damped(inputs, training=True)
    assert not np.allclose(first, second) and np.allclose(plain(inputs, training=True), plain(inputs))
    # The first state does not depend on any state before it.
    assert np.allclose(first[:, 0], second[:, 0])


def test_the_past_only():
    inputs = np.random.default_rng(0).normal(size=(2, 5, 8)).astype(np.float32)
    later, layer = inputs.copy(), _lstm_layer(2)
    later[:, 3:] = 0
    states, changed = layer(inputs), layer(later)
    assert np.allclose(states[:, :3], changed[:, :3]) and not np.allclose(states[:, 3:], changed[:, 3:])


@pytest.mark.parametrize("n_units, drop", [(0, 0), (3, 1), (3, -.1)])
def test_bad_sizes(n_units, drop):
    with pytest.raises(ValueError, match="1 unit or more"):
        _lstm_layer(n_units, drop)
