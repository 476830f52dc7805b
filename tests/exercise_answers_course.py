"""Wrong answers to the exercises on the course's own path, as students write them, each with the hint it must get."""

# From an exercise's name to pairs: a distinctive part of the hint, and the code that a student typed.
MISTAKES = {
    "value": [
        (
            "take pitch % 12 first",
            """
def value(pitch, duration, chord_tones, scale_tones):
    if pitch is None:
        return f"R,{duration:.3f}"
    if pitch in chord_tones:
        kind = "C"
    elif pitch in scale_tones:
        kind = "S"
    elif pitch + 1 in chord_tones or pitch - 1 in chord_tones:
        kind = "A"
    else:
        kind = "X"
    return f"{kind},{duration:.3f}"
""",
        ),
        (
            "look for C before S",
            """
def value(pitch, duration, chord_tones, scale_tones):
    if pitch is None:
        return f"R,{duration:.3f}"
    tone = pitch % 12
    kind = "X"
    if tone in scale_tones:
        kind = "S"
    elif tone in chord_tones:
        kind = "C"
    elif (tone + 1) % 12 in chord_tones or (tone - 1) % 12 in chord_tones:
        kind = "A"
    return f"{kind},{duration:.3f}"
""",
        ),
        (
            "compare modulo 12",
            """
def value(pitch, duration, chord_tones, scale_tones):
    if pitch is None:
        return f"R,{duration:.3f}"
    tone = pitch % 12
    if tone in chord_tones:
        kind = "C"
    elif tone in scale_tones:
        kind = "S"
    elif any(abs(tone - other) == 1 for other in chord_tones):
        kind = "A"
    else:
        kind = "X"
    return f"{kind},{duration:.3f}"
""",
        ),
        (
            "look for S before A",
            """
def value(pitch, duration, chord_tones, scale_tones):
    if pitch is None:
        return f"R,{duration:.3f}"
    tone = pitch % 12
    if tone in chord_tones:
        kind = "C"
    elif any((tone - other) % 12 in (1, 11) for other in chord_tones):
        kind = "A"
    elif tone in scale_tones:
        kind = "S"
    else:
        kind = "X"
    return f"{kind},{duration:.3f}"
""",
        ),
        (
            "of the chord, not of the scale",
            """
def value(pitch, duration, chord_tones, scale_tones):
    if pitch is None:
        return f"R,{duration:.3f}"
    tone = pitch % 12
    kind = "C" if tone in chord_tones else "S" if tone in scale_tones else "X"
    if kind == "X" and any((tone - other) % 12 in (1, 11) for other in scale_tones):
        kind = "A"
    return f"{kind},{duration:.3f}"
""",
        ),
        (
            "is an approach tone, A",
            """
def value(pitch, duration, chord_tones, scale_tones):
    if pitch is None:
        return f"R,{duration:.3f}"
    tone = pitch % 12
    kind = "C" if tone in chord_tones else "S" if tone in scale_tones else "X"
    return f"{kind},{duration:.3f}"
""",
        ),
        (
            "below a chord tone or a semitone above it",
            """
def value(pitch, duration, chord_tones, scale_tones):
    if pitch is None:
        return f"R,{duration:.3f}"
    tone = pitch % 12
    kind = "C" if tone in chord_tones else "S" if tone in scale_tones else "X"
    if kind == "X" and (tone + 1) % 12 in chord_tones:
        kind = "A"
    return f"{kind},{duration:.3f}"
""",
        ),
        (
            "three digits after the point",
            """
def value(pitch, duration, chord_tones, scale_tones):
    if pitch is None:
        return "R," + str(duration)
    tone = pitch % 12
    kind = "C" if tone in chord_tones else "S" if tone in scale_tones else "X"
    if kind == "X" and ((tone + 1) % 12 in chord_tones or (tone - 1) % 12 in chord_tones):
        kind = "A"
    return kind + "," + str(duration)
""",
        ),
        (
            "stopped with TypeError: unsupported operand type(s) for %: 'NoneType' and 'int', in your line 'tone = pitch % 12'",
            """
def value(pitch, duration, chord_tones, scale_tones):
    tone = pitch % 12
    kind = "C" if tone in chord_tones else "S" if tone in scale_tones else "X"
    if kind == "X" and ((tone + 1) % 12 in chord_tones or (tone - 1) % 12 in chord_tones):
        kind = "A"
    return f"{kind},{duration:.3f}"
""",
        ),
        (
            "ask whether the pitch is None",
            """
def value(pitch, duration, chord_tones, scale_tones):
    if not pitch:
        return f"R,{duration:.3f}"
    tone = pitch % 12
    if tone in chord_tones:
        kind = "C"
    elif tone in scale_tones:
        kind = "S"
    elif (tone + 1) % 12 in chord_tones or (tone - 1) % 12 in chord_tones:
        kind = "A"
    else:
        kind = "X"
    return f"{kind},{duration:.3f}"
""",
        ),
        (
            "three digits after the point",
            """
def value(pitch, duration, chord_tones, scale_tones):
    tone = None if pitch is None else pitch % 12
    near = pitch is not None and {(tone + 1) % 12, (tone - 1) % 12} & chord_tones
    kind = ("R" if pitch is None else "C" if tone in chord_tones else
            "S" if tone in scale_tones else "A" if near else "X")
    return f"{kind},{round(duration, 3)}"
""",
        ),
        (
            "no space after the comma",
            """
def value(pitch, duration, chord_tones, scale_tones):
    tone = None if pitch is None else pitch % 12
    near = pitch is not None and {(tone + 1) % 12, (tone - 1) % 12} & chord_tones
    kind = ("R" if pitch is None else "C" if tone in chord_tones else
            "S" if tone in scale_tones else "A" if near else "X")
    return f"{kind}, {duration:.3f}"
""",
        ),
        (
            "a rest lasts too",
            """
def value(pitch, duration, chord_tones, scale_tones):
    if pitch is None:
        return "R"
    tone = pitch % 12
    near = {(tone + 1) % 12, (tone - 1) % 12} & chord_tones
    kind = ("C" if tone in chord_tones else "S" if tone in scale_tones else
            "A" if near else "X")
    return f"{kind},{duration:.3f}"
""",
        ),
    ],
    "windows": [
        (
            "X hears a value at step 0 already",
            """
def windows(line, starts, Tx, n_values):
    m = len(starts)
    X = np.zeros((m, Tx, n_values))
    Y = np.zeros((Tx, m, n_values))
    for i in range(m):
        for j in range(Tx):
            value = line[starts[i] + j]
            X[i, j, value] = 1
            if j > 0: Y[j - 1, i, value] = 1
    return X, Y
""",
        ),
        (
            "Y is the same as X",
            """
def windows(line, starts, Tx, n_values):
    m = len(starts)
    X = np.zeros((m, Tx, n_values))
    Y = np.zeros((Tx, m, n_values))
    for i in range(m):
        for j in range(1, Tx):
            value = line[starts[i] + j]
            X[i, j, value] = 1
            Y[j, i, value] = 1
    return X, Y
""",
        ),
        (
            "X is one step early",
            """
def windows(line, starts, Tx, n_values):
    m = len(starts)
    X = np.zeros((m, Tx, n_values))
    Y = np.zeros((Tx, m, n_values))
    for i in range(m):
        for j in range(1, Tx):
            value = line[starts[i] + j + 1]
            X[i, j, value] = 1
            Y[j - 1, i, value] = 1
    return X, Y
""",
        ),
        (
            "X is one step late",
            """
def windows(line, starts, Tx, n_values):
    m = len(starts)
    X = np.zeros((m, Tx, n_values))
    Y = np.zeros((Tx, m, n_values))
    for i in range(m):
        for j in range(1, Tx):
            value = line[starts[i] + j - 1]
            X[i, j, value] = 1
            Y[j - 1, i, value] = 1
    return X, Y
""",
        ),
        (
            "Y looks back",
            """
def windows(line, starts, Tx, n_values):
    m = len(starts)
    X = np.zeros((m, Tx, n_values))
    Y = np.zeros((Tx, m, n_values))
    for i in range(m):
        for j in range(1, Tx):
            value = line[starts[i] + j]
            X[i, j, value] = 1
            Y[(j + 1) % Tx, i, value] = 1
    return X, Y
""",
        ),
        (
            "your Y has the shape (4, 5, 6); its axes are (Tx, m, n_values)",
            """
def windows(line, starts, Tx, n_values):
    m = len(starts)
    X = np.zeros((m, Tx, n_values))
    Y = np.zeros((Tx, m, n_values))
    for i in range(m):
        for j in range(1, Tx):
            value = line[starts[i] + j]
            X[i, j, value] = 1
            Y[j - 1, i, value] = 1
    return X, Y.transpose(1, 0, 2)
""",
        ),
        (
            "the course leaves the last target empty",
            """
def windows(line, starts, Tx, n_values):
    eye = np.eye(n_values)
    X = np.stack([eye[line[s:s + Tx]] for s in starts])
    Y = np.stack([eye[line[s + 1:s + Tx + 1]] for s in starts])
    X[:, 0] = 0
    return X, Y.transpose(1, 0, 2)
""",
        ),
        (
            "the window's first value",
            """
def windows(line, starts, Tx, n_values):
    eye = np.eye(n_values)
    X = np.stack([eye[line[s:s + Tx]] for s in starts])
    Y = np.roll(X, -1, axis=1)
    X[:, 0] = 0
    return X, Y.transpose(1, 0, 2)
""",
        ),
        (
            "return two arrays",
            """
def windows(line, starts, Tx, n_values):
    m = len(starts)
    X = np.zeros((m, Tx, n_values))
    Y = np.zeros((Tx, m, n_values))
    for i in range(m):
        for j in range(1, Tx):
            value = line[starts[i] + j]
            X[i, j, value] = 1
            Y[j - 1, i, value] = 1
    return X
""",
        ),
        (
            "a one-hot row of length n_values",
            """
def windows(line, starts, Tx, n_values):
    vocabulary = sorted(set(line[:10]))
    X = np.zeros((len(starts), Tx, max(line) + 2))
    for i, start in enumerate(starts):
        for j in range(1, Tx):
            X[i, j, line[start + j]] = 1
    Y = np.zeros((Tx, len(starts), max(line) + 2))
    Y[:-1] = X[:, 1:].transpose(1, 0, 2)
    return X, Y
""",
        ),
        (
            "no value stands behind it",
            """
def windows(line, starts, Tx, n_values):
    X = np.zeros((len(starts), Tx, n_values))
    Y = np.zeros((Tx, len(starts), n_values))
    for i, start in enumerate(starts):
        for j in range(Tx):
            if j:
                X[i, j, line[start + j]] = 1
            Y[j, i, line[start + j + 1]] = 1
    Y[-1] = 0
    return X, Y
""",
        ),
    ],
    "djmodel": [
        (
            "the memory c is not carried on",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0 = keras.Input((n_a,))
    c0 = keras.Input((n_a,))
    LSTM_cell = keras.layers.LSTM(n_a, return_state=True)
    densor = keras.layers.Dense(n_values, activation="softmax")
    reshaper = keras.layers.Reshape((1, n_values))
    a, c = a0, c0
    outputs = []
    for t in range(Tx):
        x = reshaper(X[:, t, :])
        _, a, _ = LSTM_cell(x, initial_state=[a, c])
        outputs.append(densor(a))
    return keras.Model([X, a0, c0], outputs)
""",
        ),
        (
            "a and c are not carried on",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0 = keras.Input((n_a,))
    c0 = keras.Input((n_a,))
    LSTM_cell = keras.layers.LSTM(n_a, return_state=True)
    densor = keras.layers.Dense(n_values, activation="softmax")
    reshaper = keras.layers.Reshape((1, n_values))
    a, c = a0, c0
    outputs = []
    for t in range(Tx):
        x = reshaper(X[:, t, :])
        _, a, c = LSTM_cell(x, initial_state=[a0, c0])
        outputs.append(densor(a))
    return keras.Model([X, a0, c0], outputs)
""",
        ),
        (
            "the state a is not carried on",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0 = keras.Input((n_a,))
    c0 = keras.Input((n_a,))
    LSTM_cell = keras.layers.LSTM(n_a, return_state=True)
    densor = keras.layers.Dense(n_values, activation="softmax")
    reshaper = keras.layers.Reshape((1, n_values))
    a, c = a0, c0
    outputs = []
    for t in range(Tx):
        x = reshaper(X[:, t, :])
        out, _, c = LSTM_cell(x, initial_state=[a, c])
        outputs.append(densor(out))
    return keras.Model([X, a0, c0], outputs)
""",
        ),
        (
            "each step forgets all that was before",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0 = keras.Input((n_a,))
    c0 = keras.Input((n_a,))
    LSTM_cell = keras.layers.LSTM(n_a, return_state=True)
    densor = keras.layers.Dense(n_values, activation="softmax")
    reshaper = keras.layers.Reshape((1, n_values))
    a, c = a0, c0
    outputs = []
    for t in range(Tx):
        x = reshaper(X[:, t, :])
        _, a, c = LSTM_cell(x)
        outputs.append(densor(a))
    return keras.Model([X, a0, c0], outputs)
""",
        ),
        (
            "a0 and c0 have no effect",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0, c0 = keras.Input((n_a,)), keras.Input((n_a,))
    a = keras.layers.LSTM(n_a, return_sequences=True)(X)
    return keras.Model([X, a0, c0], keras.layers.Dense(n_values, activation="softmax")(a))
""",
        ),
        (
            "a0 and c0 have changed places",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0, c0 = keras.Input((n_a,)), keras.Input((n_a,))
    a = keras.layers.LSTM(n_a, return_sequences=True)(X, initial_state=[c0, a0])
    return keras.Model([X, a0, c0], keras.layers.Dense(n_values, activation="softmax")(a))
""",
        ),
        (
            "a and c change places in every step",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0 = keras.Input((n_a,))
    c0 = keras.Input((n_a,))
    LSTM_cell = keras.layers.LSTM(n_a, return_state=True)
    densor = keras.layers.Dense(n_values, activation="softmax")
    reshaper = keras.layers.Reshape((1, n_values))
    a, c = a0, c0
    outputs = []
    for t in range(Tx):
        x = reshaper(X[:, t, :])
        _, a, c = LSTM_cell(x, initial_state=[c, a])
        outputs.append(densor(a))
    return keras.Model([X, a0, c0], outputs)
""",
        ),
        (
            "the answers are made from the memory c",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0 = keras.Input((n_a,))
    c0 = keras.Input((n_a,))
    LSTM_cell = keras.layers.LSTM(n_a, return_state=True)
    densor = keras.layers.Dense(n_values, activation="softmax")
    reshaper = keras.layers.Reshape((1, n_values))
    a, c = a0, c0
    outputs = []
    for t in range(Tx):
        x = reshaper(X[:, t, :])
        _, a, c = LSTM_cell(x, initial_state=[a, c])
        outputs.append(densor(c))
    return keras.Model([X, a0, c0], outputs)
""",
        ),
        (
            "every step hears the first value",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0 = keras.Input((n_a,))
    c0 = keras.Input((n_a,))
    LSTM_cell = keras.layers.LSTM(n_a, return_state=True)
    densor = keras.layers.Dense(n_values, activation="softmax")
    reshaper = keras.layers.Reshape((1, n_values))
    a, c = a0, c0
    outputs = []
    for t in range(Tx):
        x = reshaper(X[:, 0, :])
        _, a, c = LSTM_cell(x, initial_state=[a, c])
        outputs.append(densor(a))
    return keras.Model([X, a0, c0], outputs)
""",
        ),
        (
            "each step hears the value before its own",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0 = keras.Input((n_a,))
    c0 = keras.Input((n_a,))
    LSTM_cell = keras.layers.LSTM(n_a, return_state=True)
    densor = keras.layers.Dense(n_values, activation="softmax")
    reshaper = keras.layers.Reshape((1, n_values))
    a, c = a0, c0
    outputs = []
    for t in range(Tx):
        x = reshaper(X[:, t - 1, :])
        _, a, c = LSTM_cell(x, initial_state=[a, c])
        outputs.append(densor(a))
    return keras.Model([X, a0, c0], outputs)
""",
        ),
        (
            "each step hears the value after its own",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0 = keras.Input((n_a,))
    c0 = keras.Input((n_a,))
    LSTM_cell = keras.layers.LSTM(n_a, return_state=True)
    densor = keras.layers.Dense(n_values, activation="softmax")
    reshaper = keras.layers.Reshape((1, n_values))
    a, c = a0, c0
    outputs = []
    for t in range(Tx):
        x = reshaper(X[:, min(t + 1, Tx - 1), :])
        _, a, c = LSTM_cell(x, initial_state=[a, c])
        outputs.append(densor(a))
    return keras.Model([X, a0, c0], outputs)
""",
        ),
        (
            "softmax must run over the values, the last axis",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0, c0 = keras.Input((n_a,)), keras.Input((n_a,))
    a = keras.layers.LSTM(n_a, return_sequences=True)(X, initial_state=[a0, c0])
    return keras.Model([X, a0, c0], keras.layers.Activation(lambda z: keras.ops.softmax(z, axis=1))(keras.layers.Dense(n_values)(a)))
""",
        ),
        (
            "over the batch",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0 = keras.Input((n_a,))
    c0 = keras.Input((n_a,))
    LSTM_cell = keras.layers.LSTM(n_a, return_state=True)
    densor = keras.layers.Dense(n_values, activation=lambda z: keras.ops.softmax(z, axis=0))
    reshaper = keras.layers.Reshape((1, n_values))
    a, c = a0, c0
    outputs = []
    for t in range(Tx):
        x = reshaper(X[:, t, :])
        _, a, c = LSTM_cell(x, initial_state=[a, c])
        outputs.append(densor(a))
    return keras.Model([X, a0, c0], outputs)
""",
        ),
        (
            "the answers are not probabilities",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0 = keras.Input((n_a,))
    c0 = keras.Input((n_a,))
    LSTM_cell = keras.layers.LSTM(n_a, return_state=True)
    densor = keras.layers.Dense(n_values)
    reshaper = keras.layers.Reshape((1, n_values))
    a, c = a0, c0
    outputs = []
    for t in range(Tx):
        x = reshaper(X[:, t, :])
        _, a, c = LSTM_cell(x, initial_state=[a, c])
        outputs.append(densor(a))
    return keras.Model([X, a0, c0], outputs)
""",
        ),
        (
            "a sigmoid judges each value",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0 = keras.Input((n_a,))
    c0 = keras.Input((n_a,))
    LSTM_cell = keras.layers.LSTM(n_a, return_state=True)
    densor = keras.layers.Dense(n_values, activation="sigmoid")
    reshaper = keras.layers.Reshape((1, n_values))
    a, c = a0, c0
    outputs = []
    for t in range(Tx):
        x = reshaper(X[:, t, :])
        _, a, c = LSTM_cell(x, initial_state=[a, c])
        outputs.append(densor(a))
    return keras.Model([X, a0, c0], outputs)
""",
        ),
        (
            "there are 4 LSTM layers, one for each of the 4 steps",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0 = keras.Input((n_a,))
    c0 = keras.Input((n_a,))
    LSTM_cell = keras.layers.LSTM(n_a, return_state=True)
    densor = keras.layers.Dense(n_values, activation="softmax")
    reshaper = keras.layers.Reshape((1, n_values))
    a, c = a0, c0
    outputs = []
    for t in range(Tx):
        x = reshaper(X[:, t, :])
        _, a, c = keras.layers.LSTM(n_a, return_state=True)(x, initial_state=[a, c])
        outputs.append(densor(a))
    return keras.Model([X, a0, c0], outputs)
""",
        ),
        (
            "there are 4 Dense layers, one for each of the 4 steps",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0 = keras.Input((n_a,))
    c0 = keras.Input((n_a,))
    LSTM_cell = keras.layers.LSTM(n_a, return_state=True)
    densor = keras.layers.Dense(n_values, activation="softmax")
    reshaper = keras.layers.Reshape((1, n_values))
    a, c = a0, c0
    outputs = []
    for t in range(Tx):
        x = reshaper(X[:, t, :])
        _, a, c = LSTM_cell(x, initial_state=[a, c])
        outputs.append(keras.layers.Dense(n_values, activation="softmax")(a))
    return keras.Model([X, a0, c0], outputs)
""",
        ),
        (
            "the model answers once, after the last step",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0 = keras.Input((n_a,))
    c0 = keras.Input((n_a,))
    LSTM_cell = keras.layers.LSTM(n_a, return_state=True)
    densor = keras.layers.Dense(n_values, activation="softmax")
    reshaper = keras.layers.Reshape((1, n_values))
    a, c = a0, c0
    outputs = []
    for t in range(Tx):
        x = reshaper(X[:, t, :])
        _, a, c = LSTM_cell(x, initial_state=[a, c])
        outputs.append(densor(a))
    return keras.Model([X, a0, c0], outputs[-1])
""",
        ),
        (
            "the model has 3 outputs for 4 steps",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0 = keras.Input((n_a,))
    c0 = keras.Input((n_a,))
    LSTM_cell = keras.layers.LSTM(n_a, return_state=True)
    densor = keras.layers.Dense(n_values, activation="softmax")
    reshaper = keras.layers.Reshape((1, n_values))
    a, c = a0, c0
    outputs = []
    for t in range(1, Tx):
        x = reshaper(X[:, t, :])
        _, a, c = LSTM_cell(x, initial_state=[a, c])
        outputs.append(densor(a))
    return keras.Model([X, a0, c0], outputs)
""",
        ),
        (
            "the model has no Dense layer with a softmax",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0 = keras.Input((n_a,))
    c0 = keras.Input((n_a,))
    LSTM_cell = keras.layers.LSTM(n_a, return_state=True)
    densor = keras.layers.Dense(n_values, activation="softmax")
    reshaper = keras.layers.Reshape((1, n_values))
    a, c = a0, c0
    outputs = []
    for t in range(Tx):
        x = reshaper(X[:, t, :])
        _, a, c = LSTM_cell(x, initial_state=[a, c])
        densor(a); outputs.append(a)
    return keras.Model([X, a0, c0], outputs)
""",
        ),
        (
            "the model has 1 of three inputs",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a = keras.layers.LSTM(n_a, return_sequences=True)(X)
    return keras.Model(X, keras.layers.Dense(n_values, activation="softmax")(a))
""",
        ),
        (
            "it is [X, a0, c0]",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0 = keras.Input((n_a,))
    c0 = keras.Input((n_a,))
    LSTM_cell = keras.layers.LSTM(n_a, return_state=True)
    densor = keras.layers.Dense(n_values, activation="softmax")
    reshaper = keras.layers.Reshape((1, n_values))
    a, c = a0, c0
    outputs = []
    for t in range(Tx):
        x = reshaper(X[:, t, :])
        _, a, c = LSTM_cell(x, initial_state=[a, c])
        outputs.append(densor(a))
    return keras.Model([a0, c0, X], outputs)
""",
        ),
        (
            "make a model of them",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0 = keras.Input((n_a,))
    c0 = keras.Input((n_a,))
    LSTM_cell = keras.layers.LSTM(n_a, return_state=True)
    densor = keras.layers.Dense(n_values, activation="softmax")
    reshaper = keras.layers.Reshape((1, n_values))
    a, c = a0, c0
    outputs = []
    for t in range(Tx):
        x = reshaper(X[:, t, :])
        _, a, c = LSTM_cell(x, initial_state=[a, c])
        outputs.append(densor(a))
    return outputs
""",
        ),
        (
            "the model has a GRU",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0, c0 = keras.Input((n_a,)), keras.Input((n_a,))
    a = keras.layers.GRU(n_a, return_sequences=True)(X, initial_state=a0)
    return keras.Model([X, a0, c0], keras.layers.Dense(n_values, activation="softmax")(a))
""",
        ),
        (
            "the model has 2 LSTM layers",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0, c0 = keras.Input((n_a,)), keras.Input((n_a,))
    a = keras.layers.LSTM(n_a, return_sequences=True)(X, initial_state=[a0, c0])
    a = keras.layers.LSTM(n_a, return_sequences=True)(a)
    return keras.Model([X, a0, c0], keras.layers.Dense(n_values, activation="softmax")(a))
""",
        ),
        (
            "the model has a Bidirectional",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0, c0 = keras.Input((n_a,)), keras.Input((n_a,))
    a = keras.layers.Bidirectional(keras.layers.LSTM(n_a, return_sequences=True), merge_mode="sum")(X)
    return keras.Model([X, a0, c0], keras.layers.Dense(n_values, activation="softmax")(a))
""",
        ),
        (
            "the Dense layer has 78 units and n_values is 5",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0 = keras.Input((n_a,))
    c0 = keras.Input((n_a,))
    LSTM_cell = keras.layers.LSTM(n_a, return_state=True)
    densor = keras.layers.Dense(78, activation="softmax")
    reshaper = keras.layers.Reshape((1, n_values))
    a, c = a0, c0
    outputs = []
    for t in range(Tx):
        x = reshaper(X[:, t, :])
        _, a, c = LSTM_cell(x, initial_state=[a, c])
        outputs.append(densor(a))
    return keras.Model([X, a0, c0], outputs)
""",
        ),
        (
            "take the sizes from the arguments",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((30, 78))
    a0 = keras.Input((n_a,))
    c0 = keras.Input((n_a,))
    LSTM_cell = keras.layers.LSTM(n_a, return_state=True)
    densor = keras.layers.Dense(n_values, activation="softmax")
    reshaper = keras.layers.Reshape((1, 78))
    a, c = a0, c0
    outputs = []
    for t in range(Tx):
        x = reshaper(X[:, t, :])
        _, a, c = LSTM_cell(x, initial_state=[a, c])
        outputs.append(densor(a))
    return keras.Model([X, a0, c0], outputs)
""",
        ),
        (
            "the LSTM layer has 64 units and n_a is 3",
            """
def djmodel(Tx, n_a, n_values):
    X = keras.Input((Tx, n_values))
    a0 = keras.Input((n_a,))
    c0 = keras.Input((n_a,))
    LSTM_cell = keras.layers.LSTM(64, return_state=True)
    densor = keras.layers.Dense(n_values, activation="softmax")
    reshaper = keras.layers.Reshape((1, n_values))
    a, c = a0, c0
    outputs = []
    for t in range(Tx):
        x = reshaper(X[:, t, :])
        _, a, c = LSTM_cell(x, initial_state=[a, c])
        outputs.append(densor(a))
    return keras.Model([X, a0, c0], outputs)
""",
        ),
        (
            "make each layer inside",
            """
reshapor = keras.layers.Reshape((1, 78))
LSTM_cell = keras.layers.LSTM(64, return_state=True)
densor = keras.layers.Dense(78, activation="softmax")


def djmodel(Tx, n_a, n_values):
    X, a0, c0 = keras.Input((Tx, n_values)), keras.Input((n_a,)), keras.Input((n_a,))
    a, c, outputs = a0, c0, []
    for t in range(Tx):
        a, _, c = LSTM_cell(reshapor(X[:, t]), initial_state=[a, c])
        outputs.append(densor(a))
    return keras.Model([X, a0, c0], outputs)
""",
        ),
        (
            "check wants the function that makes it",
            """
djmodel = keras.Sequential([keras.Input((30, 78)), keras.layers.Dense(78)])
""",
        ),
        (
            "no inputs of its own",
            """
def djmodel(Tx, n_a, n_values):
    return keras.Sequential([keras.layers.LSTM(n_a, return_sequences=True),
                             keras.layers.Dense(n_values, activation="softmax")])
""",
        ),
    ],
    "last_target": [
        (
            "argmax of zeros is 0",
            """
def last_target(y, p):
    wanted = y.argmax(axis=-1)
    chosen = np.take_along_axis(p, wanted[..., None], axis=-1)
    return -np.log(chosen).sum() / len(y)
""",
        ),
        (
            "the sign is missing",
            """
def last_target(y, p):
    return np.sum(y * np.log(p)) / len(y)
""",
        ),
        (
            "the mean over the steps too",
            """
def last_target(y, p):
    return -(y * np.log(p)).sum(axis=-1).mean()
""",
        ),
        (
            "the mean over the steps too",
            """
def last_target(y, p):
    steps = -(y * np.log(p)).sum(axis=-1)
    return steps.sum() / y.sum()
""",
        ),
        (
            "the mean runs over the values too",
            """
def last_target(y, p):
    return np.mean(-y * np.log(p))
""",
        ),
        (
            "this is the sum over all windows",
            """
def last_target(y, p):
    return -(y * np.log(p)).sum()
""",
        ),
        (
            "counts in bits",
            """
def last_target(y, p):
    return -(y * np.log2(p)).sum() / y.shape[0]
""",
        ),
        (
            "said by y, not by their place",
            """
def last_target(y, p):
    return -(y[:, :-1] * np.log(p[:, :-1])).sum() / len(y)
""",
        ),
        (
            "0·log 0 is not a number in NumPy",
            """
def last_target(y, p):
    return -(y * np.log(p)).sum() / len(y)
""",
        ),
        (
            "a distance, not a surprise",
            """
def last_target(y, p):
    return ((y - p) ** 2).sum() / len(y)
""",
        ),
        (
            "one number for the batch is wanted",
            """
def last_target(y, p):
    return -(y * np.log(p)).sum(axis=-1)
""",
        ),
        (
            "-log of next to nothing is huge",
            """
def last_target(y, p):
    told = np.maximum((y * p).sum(axis=-1), 1e-12)
    return -np.log(told).sum() / len(y)
""",
        ),
        (
            "-log of 0 is infinite",
            """
def last_target(y, p):
    return -np.log((y * p).sum(axis=-1)).sum(axis=1).mean()
""",
        ),
    ],
    "one_hot": [
        (
            "take the depth from x.shape[-1]",
            """
def one_hot(x):
    return np.eye(78)[x.argmax(axis=-1)][:, None]
""",
        ),
        (
            "argmax without axis looks through the whole array",
            """
def one_hot(x):
    row = np.zeros((1, 1, x.shape[-1]))
    row[0, 0, np.argmax(x)] = 1
    return row
""",
        ),
        (
            "argmax compares the rows with each other",
            """
def one_hot(x):
    return np.eye(x.shape[-1])[x.argmax(axis=0)][:, None]
""",
        ),
        (
            "an axis for the step too",
            """
def one_hot(x):
    return np.eye(x.shape[-1])[x.argmax(axis=-1)]
""",
        ),
        (
            "the most likely value need not have more than a half",
            """
def one_hot(x):
    return np.round(x)[:, np.newaxis, :]
""",
        ),
        (
            "with the smaller index is taken",
            """
def one_hot(x):
    best = x.max(axis=-1, keepdims=True)
    return (x == best).astype(float)[:, None, :]
""",
        ),
        (
            "these are the places of the largest numbers",
            """
def one_hot(x):
    return np.argmax(x, axis=-1)
""",
        ),
    ],
    "temperature": [
        (
            "argmax takes the most likely value before chance has a say",
            """
def temperature(p, T, rng):
    odds = p ** (1 / T)
    return int(np.argmax(odds / odds.sum()))
""",
        ),
        (
            "temperature has no effect",
            """
def temperature(p, T, rng):
    return rng.choice(len(p), p=p)
""",
        ),
        (
            "it works the wrong way round",
            """
def temperature(p, T, rng):
    odds = p ** T
    return rng.choice(len(p), p=odds / odds.sum())
""",
        ),
        (
            "the probabilities went through a softmax",
            """
def temperature(p, T, rng):
    odds = np.exp(p / T)
    return rng.choice(len(p), p=odds / odds.sum())
""",
        ),
        (
            "divide them by their sum before you draw",
            """
def temperature(p, T, rng):
    return rng.choice(len(p), p=p ** (1 / T))
""",
        ),
        (
            "draw with the rng that you are given",
            """
def temperature(p, T, rng):
    odds = p ** (1 / T)
    return np.random.choice(len(p), p=odds / odds.sum())
""",
        ),
        (
            "divide the logarithms by T and subtract the largest",
            """
def temperature(p, T, rng):
    odds = np.exp(np.log(p + 1e-12) / T)
    return rng.choice(len(p), p=odds / odds.sum()) if odds.sum() else 0
""",
        ),
        (
            "all values are equally likely",
            """
def temperature(p, T, rng):
    return rng.integers(len(p))
""",
        ),
        (
            "an index is wanted",
            """
def temperature(p, T, rng):
    odds = p ** (1 / T)
    return rng.choice(odds)
""",
        ),
        (
            "one index is wanted",
            """
def temperature(p, T, rng):
    odds = p ** (1 / T)
    return odds / odds.sum()
""",
        ),
    ],
    "postprocessing": [
        (
            "as it now is, not as it was",
            """
def postprocessing(pitches, widest):
    line = pitches[:1]
    for before, pitch in zip(pitches, pitches[1:]):
        while abs(pitch - before) > widest:
            pitch += 12 if pitch < before else -12
        line.append(pitch)
    return line
""",
        ),
        (
            "one octave is not always enough",
            """
def postprocessing(pitches, widest):
    line = pitches[:1]
    for before, pitch in zip(pitches, pitches[1:]):
        if pitch - line[-1] > widest:
            pitch -= 12
        elif line[-1] - pitch > widest:
            pitch += 12
        line.append(pitch)
    return line
""",
        ),
        (
            "with > and not >=",
            """
def postprocessing(pitches, widest):
    line = pitches[:1]
    for before, pitch in zip(pitches, pitches[1:]):
        while line[-1] - pitch >= widest:
            pitch += 12
        while pitch - line[-1] >= widest:
            pitch -= 12
        line.append(pitch)
    return line
""",
        ),
        (
            "a note must keep its name",
            """
def postprocessing(pitches, widest):
    line = pitches[:1]
    for before, pitch in zip(pitches, pitches[1:]):
        if abs(pitch - line[-1]) > widest:
            pitch = line[-1] + (widest if pitch > line[-1] else -widest)
        line.append(pitch)
    return line
""",
        ),
        (
            "only leaps upward are folded",
            """
def postprocessing(pitches, widest):
    line = pitches[:1]
    for before, pitch in zip(pitches, pitches[1:]):
        while pitch - line[-1] > widest:
            pitch -= 12
        line.append(pitch)
    return line
""",
        ),
        (
            "notes are missing",
            """
def postprocessing(pitches, widest):
    line = pitches[:1]
    for before, pitch in zip(pitches, pitches[1:]):
        if abs(pitch - line[-1]) > widest:
            continue
        line.append(pitch)
    return line
""",
        ),
        (
            "use the argument widest",
            """
def postprocessing(pitches, widest):
    line = pitches[:1]
    for before, pitch in zip(pitches, pitches[1:]):
        while abs(pitch - line[-1]) > 12:
            pitch += 12 if pitch < line[-1] else -12
        line.append(pitch)
    return line
""",
        ),
        (
            "work on a copy",
            """
def postprocessing(pitches, widest):
    for i in range(1, len(pitches)):
        while pitches[i] - pitches[i - 1] > widest:
            pitches[i] -= 12
        while pitches[i - 1] - pitches[i] > widest:
            pitches[i] += 12
    return pitches
""",
        ),
        (
            "moved no further than it must be",
            """
def postprocessing(pitches, widest):
    line = pitches[:1]
    for pitch in pitches[1:]:
        if abs(pitch - line[-1]) > widest:
            pitch = min(range(pitch % 12, 128, 12), key=lambda one: abs(one - line[-1]))
        line.append(pitch)
    return line
""",
        ),
        (
            "put above the one before",
            """
def postprocessing(pitches, widest):
    line = pitches[:1]
    for pitch in pitches[1:]:
        line.append(line[-1] + (pitch - line[-1]) % 12)
    return line
""",
        ),
    ],
}
