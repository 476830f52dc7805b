"""Wrong answers to the exercises on the course's own path, as students write them, each with the hint it must get."""

# From an exercise's name to pairs: a distinctive part of the hint, and the code that a student typed.
MISTAKES = {
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
}
