"""Three and one more solution of the exercise, as students write them: each a function of Tx that returns
the model, its cell and its softmax layer, and a loop that improvises from them."""

import keras
from keras.layers import (
    LSTM,
    RNN,
    Dense,
    Input,
    Lambda,
    LSTMCell,
    Reshape,
    TimeDistributed,
)
from keras.models import Model

from jazz_nb import one_hot


def own_names(Tx, n_a, n_values):
    """The loop of the exercise with names of one's own, and slices without a Lambda."""
    memory = LSTM(n_a, return_state=True)
    guess = Dense(n_values, activation="softmax", name="next_note")
    solo = Input((Tx, n_values), name="solo")
    a_start, c_start = Input((n_a,), name="hidden"), Input((n_a,), name="memory")
    a, c, guesses = a_start, c_start, []
    for t in range(Tx):
        x = Reshape((1, n_values))(solo[:, t, :])
        _, a, c = memory(x, initial_state=[a, c])
        guesses.append(guess(a))
    return Model([solo, a_start, c_start], guesses), memory, guess


def with_lambda(Tx, n_a, n_values):
    """The exercise letter by letter: Lambda, reshapor, LSTM_cell, densor."""
    reshapor = Reshape((1, n_values))
    LSTM_cell = LSTM(n_a, return_state=True)
    densor = Dense(n_values, activation="softmax")
    X = Input(shape=(Tx, n_values))
    a0 = Input(shape=(n_a,), name="a0")
    c0 = Input(shape=(n_a,), name="c0")
    a = a0
    c = c0
    outputs = []
    for t in range(Tx):
        x = Lambda(lambda z, t=t: z[:, t, :])(X)
        x = reshapor(x)
        a, _, c = LSTM_cell(x, initial_state=[a, c])
        out = densor(a)
        outputs.append(out)
    return Model(inputs=[X, a0, c0], outputs=outputs), LSTM_cell, densor


def rnn_of_a_cell(Tx, n_a, n_values):
    """An RNN around an LSTMCell, one output for all steps, the softmax in TimeDistributed."""
    cell = LSTMCell(n_a)
    softmax = Dense(n_values, activation="softmax")
    X, a0, c0 = Input((Tx, n_values)), Input((n_a,)), Input((n_a,))
    hidden = RNN(cell, return_sequences=True)(X, initial_state=[a0, c0])
    return Model([X, a0, c0], TimeDistributed(softmax)(hidden)), cell, softmax


def plain_layer(Tx, n_a, n_values):
    """A functional model with an LSTM layer that begins from zeros by itself: one input, one output."""
    X = Input((Tx, n_values))
    lstm, densor = LSTM(n_a, return_sequences=True), Dense(n_values, activation="softmax")
    return Model(X, densor(lstm(X))), lstm, densor


SOLUTIONS = {
    solution.__name__: solution
    for solution in (own_names, with_lambda, rnn_of_a_cell, plain_layer)
}


def own_inference_model(LSTM_cell, densor, n_values, n_a, Ty):
    """The exercise's second model as students write it, with Lambda(one_hot)."""
    if isinstance(LSTM_cell, LSTMCell):
        LSTM_cell = RNN(LSTM_cell, return_state=True)
    elif not LSTM_cell.return_state:
        LSTM_cell = RNN(LSTM_cell.cell, return_state=True)
    x0 = Input(shape=(1, n_values))
    a0 = Input(shape=(n_a,), name="a0")
    c0 = Input(shape=(n_a,), name="c0")
    a = a0
    c = c0
    x = x0
    outputs = []
    for _ in range(Ty):
        _, a, c = LSTM_cell(x, initial_state=[a, c])
        out = densor(a)
        outputs.append(out)
        x = Lambda(one_hot)(out)
    return Model(inputs=[x0, a0, c0], outputs=outputs)


def compiled(model, n_outputs):
    """Compile as the exercise does; Keras 3 wants a metric for each output, and knows no `decay`."""
    rate = keras.optimizers.schedules.InverseTimeDecay(0.01, 1, 0.01)
    opt = keras.optimizers.Adam(learning_rate=rate, beta_1=0.9, beta_2=0.999)
    metrics = ["accuracy"] if n_outputs == 1 else ["accuracy"] * n_outputs
    model.compile(loss="categorical_crossentropy", optimizer=opt, metrics=metrics)
    return model
