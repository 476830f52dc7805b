"""A student's own model, and nothing but the exercise's cells: trained by Keras and by us, sampled, played."""

import warnings
import zipfile

import numpy as np
import pytest
from student_models import SOLUTIONS, compiled, own_inference_model

from jazz_nb import (
    djmodel,
    fit,
    generate_music,
    load_music_utils,
    music_inference_model,
    predict_and_sample,
)
from jazz_nb.model import Network
from jazz_nb.networks.layers import find_layers

TX, N_A = 3, 16  # a small one: thirty steps written out take Keras half a minute to build


@pytest.fixture(scope="module")
def music():
    return load_music_utils("etudes", m=40, Tx=TX)


@pytest.mark.parametrize("name", SOLUTIONS)
@pytest.mark.parametrize("trainer", ["keras", "jazz_nb"])
def test_the_exercise_from_its_first_to_its_last_cell(name, trainer, music, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    X, Y, n_values, indices_values = load_music_utils("etudes", m=40, Tx=TX)
    model, LSTM_cell, densor = SOLUTIONS[name](TX, N_A, n_values)
    m = len(X)
    a0, c0 = np.zeros((m, N_A)), np.zeros((m, N_A))
    if trainer == "keras":
        compiled(model, len(model.outputs))
        inputs = [X, a0, c0] if len(model.inputs) == 3 else X
        targets = list(Y) if len(model.outputs) > 1 else Y.transpose(1, 0, 2)
        losses = model.fit(inputs, targets, epochs=8, verbose=0).history["loss"]
    else:
        losses = fit(model, X, Y, epochs=8, seed=0).loss
    assert losses[-1] < losses[0]

    inference_model = music_inference_model(LSTM_cell, densor, n_values=n_values, n_a=N_A, Ty=6)
    x_initializer = np.zeros((1, 1, n_values))
    a_initializer, c_initializer = np.zeros((1, N_A)), np.zeros((1, N_A))
    results, indices = predict_and_sample(inference_model, x_initializer, a_initializer, c_initializer)
    assert results.shape == (6, n_values) and indices.shape == (6, 1)
    own = own_inference_model(LSTM_cell, densor, n_values, N_A, Ty=6)
    for other in (own, music_inference_model(model, Ty=6), music_inference_model(own, Ty=6)):
        assert (predict_and_sample(other)[1] == indices).all()

    said = []
    solos = [generate_music(player, say=said.append) for player in (inference_model, own, model)]
    assert solos[0] == solos[1] == solos[2] and len(solos[0].notes) > 20
    assert (tmp_path / "output" / "my_music.midi").is_file() and len(said) == 18
    published = [generate_music(player, as_published=True, out=None, say=said.append)
                 for player in (inference_model, own)]
    assert published[0] == published[1]
    network = Network.from_keras(own, vocabulary=list(indices_values.values()))
    assert (predict_and_sample(network, Ty=6)[1] == indices).all()


def test_the_literal_cells_train_our_own_model_to_the_published_kind_of_loss(music):
    """Keras' own compile and fit, targets as a list, give the loss that our fit gives."""
    X, Y, n_values, _ = music
    model = compiled(djmodel(Tx=TX, n_a=N_A, n_values=n_values, seed=0), 1)
    twin = djmodel(Tx=TX, n_a=N_A, n_values=n_values, seed=0)
    m = len(X)
    a0, c0 = np.zeros((m, N_A)), np.zeros((m, N_A))
    first = model.evaluate([X, a0, c0], list(Y), verbose=0)[0]
    assert abs(first - (TX - 1) * np.log(n_values)) < 1
    history = model.fit([X, a0, c0], list(Y), epochs=20, batch_size=32, verbose=0).history
    ours = fit(twin, X, Y, epochs=20, as_published=True, seed=0)
    assert abs(history["loss"][-1] - ours.loss[-1]) < 0.15 * ours.loss[0]
    with_thirty_metrics = djmodel(Tx=TX, n_a=N_A, n_values=n_values, seed=0)
    compiled(with_thirty_metrics, TX)
    assert "accuracy" in with_thirty_metrics.fit([X, a0, c0], list(Y), verbose=0).history


def test_what_the_exercise_leaves_unsaid_is_what_was_loaded_last(music):
    quiet = {"out": None, "say": lambda line: None, "seed": 1}
    X, Y, n_values, indices_values = load_music_utils("etudes", m=40, Tx=TX, rests=True)
    model = djmodel(Tx=TX, n_a=N_A, n_values=n_values, seed=0)
    fit(model, X, Y, epochs=2)
    assert generate_music(model, **quiet) == generate_music(model, indices_values, **quiet)
    small = djmodel(Tx=TX, n_a=N_A, n_values=9, seed=0)
    with pytest.raises(ValueError, match=r"knows 9 values.*generate_music\(inference_model, indices_values\)"):
        generate_music(small, **quiet)


def test_an_untrained_model_is_told_apart(music):
    X, Y, n_values, indices_values = music
    model, said = djmodel(Tx=TX, n_a=N_A, n_values=n_values, seed=0), []
    generate_music(model, indices_values, out=None, say=said.append)
    assert said[0] == "The model has not been trained yet: what it plays is chance."
    fit(model, X, Y, epochs=1)
    generate_music(model, indices_values, out=None, say=said.append)
    assert sum("not been trained" in line for line in said) == 1


def wrong_models():
    """Yield a name, a model and the words of the answer."""
    import keras
    from keras.layers import GRU, LSTM, Bidirectional, Dense, Embedding, Input, Reshape

    def cells_in_the_loop():
        X, a, c = Input((TX, 9)), Input((5,)), Input((5,))
        a0, c0, outputs, densor = a, c, [], Dense(9, activation="softmax")
        for t in range(TX):
            cell = LSTM(5, return_state=True, name=f"cell{t}")
            _, a, c = cell(Reshape((1, 9))(X[:, t, :]), initial_state=[a, c])
            outputs.append(densor(a))
        return keras.Model([X, a0, c0], outputs)

    def line(*layers):
        return keras.Sequential([Input((TX, 9)), *layers])

    softmax = Dense(9, activation="softmax", name="softmax")
    yield "a cell for each step", cells_in_the_loop(), (
        r"has 3 LSTMs where one plays: cell0 \(LSTMCell\), cell1 \(LSTMCell\), cell2 \(LSTMCell\); "
        "make it once, before the loop")
    yield "two LSTMs", line(LSTM(5, return_sequences=True), LSTM(5), softmax), "has 2 LSTMs"
    yield "both ways", line(Bidirectional(LSTM(5)), Dense(9, activation="softmax")), "has 2 LSTMs"
    yield "a GRU", line(GRU(5, name="gru"), softmax), r"has no LSTM, such as LSTM\(n_a\); found gru \(GRUCell\)"
    yield "no softmax", line(LSTM(5), Dense(9, name="out")), "has no softmax layer.*found .*out \\(Dense\\)"
    yield "two softmax layers", line(LSTM(5), Dense(9, "softmax"), Dense(9, "softmax")), "has 2 softmax layers"
    yield "another depth", line(LSTM(5), Dense(10, "softmax")), "rows of 9 values, but the softmax answers with 10"
    yield "something between", line(LSTM(5), Dense(7, "relu", name="between"), Dense(9, "softmax")), (
        r"besides its LSTM and its softmax the model has between \(Dense\)")
    yield "an embedding", keras.Sequential([Input((TX,)), Embedding(9, 9, name="words"), LSTM(5), Dense(9, "softmax")]), (
        r"has words \(Embedding\)")
    yield "backwards", line(LSTM(5, go_backwards=True, name="back"), Dense(9, "softmax")), "back .* from its end"


@pytest.mark.parametrize("what, model, words", list(wrong_models()), ids=lambda part: part if isinstance(part, str) else "")
def test_a_model_that_cannot_play_is_told_in_one_line(what, model, words):
    for door in (find_layers, music_inference_model, Network.from_keras, generate_music):
        with pytest.raises(ValueError, match=words) as caught:
            door(model)
        assert "\n" not in str(caught.value)


def test_weights_that_went_astray_and_shapes_that_do_not_fit(music):
    X, Y, n_values, indices_values = music
    model = djmodel(Tx=TX, n_a=N_A, n_values=n_values, seed=0)
    with pytest.raises(ValueError, match=r"wants X of shape \(m, 3, .*found \(40, 2"):
        fit(model, X[:, 1:], Y)
    with pytest.raises(ValueError, match="found \\(40, 3"):
        fit(model, X, Y[:, 1:])
    model.set_weights([np.full_like(weight, np.nan) for weight in model.get_weights()])
    with warnings.catch_warnings(), pytest.raises(ValueError, match="went astray; train it anew"):
        warnings.simplefilter("error")
        generate_music(model, indices_values, out=None)


def test_our_model_saved_by_keras_loads_where_nobody_knows_us(music, tmp_path):
    """Its file names only Keras' own classes, so that it loads in safe mode, also without this package."""
    import keras

    X, Y, n_values, indices_values = music
    model = compiled(djmodel(Tx=TX, n_a=N_A, n_values=n_values, seed=0), 1)
    zeros = np.zeros((len(X), N_A))
    model.fit([X, zeros, zeros], list(Y), epochs=1, verbose=0)
    model.save(tmp_path / "mine.keras")
    with zipfile.ZipFile(tmp_path / "mine.keras") as archive:
        assert b"jazz_nb" not in archive.read("config.json")
    again = keras.models.load_model(tmp_path / "mine.keras")
    assert (again.predict([X, zeros, zeros], verbose=0) == model.predict([X, zeros, zeros], verbose=0)).all()
    quiet = {"out": None, "say": lambda line: None}
    assert generate_music(again, indices_values, **quiet) == generate_music(model, indices_values, **quiet)
