"""Takes: exact ends, the same alone and in a batch, constraints that hold, scripts that are followed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info, threadpool_limits

from jazz_nb.evaluation.events import N_DURATIONS, TICKS, Line
from jazz_nb.formats.chart_text import read_chart
from jazz_nb.improviser.constraints import Constraints
from jazz_nb.improviser.network import Improviser, load_improviser, weight_shapes
from jazz_nb.improviser.sampling import play
from jazz_nb.improviser.stepper import EnsembleStepper, predict, weigh_conditions
from jazz_nb.improviser.training import make_config
from jazz_nb.music.harmony import read_figure
from jazz_nb.networks.numerics import multiply, one_thread
from jazz_nb.tune import join

CHART = read_chart("| Dm7 | G7 | Cmaj7 | A7alt |", meter=(4, 4), tempo=160.0)
MASTER = load_improviser()


def untrained(n_members=2, seed=0, size=1.0):
    """A small improviser that plays anything: what constraints forbid must not come even from it."""
    config = make_config({"style": ["COOL", "HOT"]}, n_units=10, n_hidden=8, n_members=n_members)
    draws = np.random.default_rng(seed)
    arrays = {name: draws.normal(0, size, shape) for name, shape in weight_shapes(config).items()}
    return Improviser(arrays, {"config": asdict(config), "conditions": {"style": ["COOL", "HOT"]}})


WILD = untrained()


def end(line):
    return int(line.onsets[-1] + line.durations[-1])


# --- the network ------------------------------------------------------------------------------------------


def test_numpy_and_keras_agree():
    calm = untrained(size=.3)
    config, draws = calm.config, np.random.default_rng(1)
    categories = np.stack([draws.integers(0, values, (3, 7)) for _, values, _ in config.categories], axis=2)
    symbols, features = draws.integers(0, 74, (3, 7)), draws.normal(size=(3, 7, 86)).astype(np.float32)
    # The echo often proposes what comes.
    categories[:, ::2, config.column("echo")] = symbols[:, ::2] + 1
    styles = np.array([[0], [1], [2]])
    logits = [np.array(part, np.float64) for part in calm.to_keras()([categories, features, styles, symbols])]
    chances = [np.exp(part) / np.exp(part).sum(axis=-1, keepdims=True) for part in logits]
    stepper = EnsembleStepper(calm, [np.eye(3, dtype=np.float32)], 3)
    for step in range(7):
        pitch = stepper.hear(categories[:, step], features[:, step])
        assert np.allclose(pitch, (chances[0] + chances[2])[:, step] / 2, atol=1e-5)
        shares = np.stack([chances[place][range(3), step, symbols[:, step]] for place in (0, 2)])
        shares /= shares.sum(axis=0)
        duration = shares[0, :, None] * chances[1][:, step] + shares[1, :, None] * chances[3][:, step]
        assert np.allclose(stepper.answer(symbols[:, step]), duration, atol=1e-5)


@pytest.mark.parametrize("n_rows", [16, 48, 128])
def test_a_row_does_not_feel_the_others(n_rows):
    draws = np.random.default_rng(0)
    rows, weights = draws.normal(size=(2, n_rows, 300)), draws.normal(size=(2, 300, 50))
    rows, weights = rows.astype(np.float32), weights.astype(np.float32)
    with one_thread():
        whole = multiply(rows, weights)
        for start in range(n_rows):
            assert (multiply(rows[:, start:start + 13].copy(), weights) == whole[:, start:start + 13]).all()
        assert (multiply(rows[:, ::-1].copy(), weights) == whole[:, ::-1]).all()
    assert np.allclose(whole, rows.astype(float) @ weights, atol=1e-3)


def test_a_mixture_lies_between():
    one, other = (weigh_conditions(WILD, {"style": name})[0] for name in ("COOL", "HOT"))
    mixed, = weigh_conditions(WILD, {"style": {"cool": 1, "HOT": 3}})
    assert np.allclose(mixed, one / 4 + other * 3 / 4) and mixed.sum() == 1
    with pytest.raises(ValueError, match="nearest: COOL"):
        weigh_conditions(WILD, {"style": "COLD"})
    with pytest.raises(ValueError, match="weights are 0 or more"):
        weigh_conditions(WILD, {"style": {"COOL": -1}})
    with pytest.raises(ValueError, match="are all 0"):
        weigh_conditions(WILD, {"style": {"COOL": 0}})


# --- the takes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("improviser", [WILD, MASTER], ids=["untrained", "trained"])
def test_a_take_is_the_same_alone_and_in_a_batch(improviser):
    batch = play(improviser, CHART, 18, seed=5)
    for number in (0, 7, 17):
        alone, = play(improviser, CHART, seed=5, first_take=number)
        for field in ("pitches", "durations", "onsets"):
            assert (getattr(alone.line, field) == getattr(batch[number].line, field)).all()
        assert (alone.probabilities == batch[number].probabilities).all()
        assert alone.alternatives == batch[number].alternatives
    assert len({one.line.pitches.tobytes() for one in batch}) == 18
    other, = play(improviser, CHART, seed=6)
    assert other.line.pitches.tobytes() != batch[0].line.pitches.tobytes()


def test_probabilities_are_those_of_the_network():
    take, = play(MASTER, CHART, seed=2, temperature=.8, constraints=Constraints(notes_per_bar=9))
    (pitch, duration), = predict(MASTER, [take.line])
    rows = np.arange(len(pitch))
    expected = pitch[rows, take.line.symbols[1:]] * duration[rows, take.line.durations[1:] - 1]
    assert np.allclose(take.probabilities[1:], expected, rtol=1e-3)
    notes = np.flatnonzero(take.line.pitches >= 0)[1:]
    for event, others in zip(notes, take.alternatives[1:]):
        assert [chance for _, chance in others] == sorted(pitch[event - 1], reverse=True)[:5]


@pytest.mark.parametrize("text, meter", [
    ("| C |", (4, 4)), ("| N.C. | % |", (4, 4)), ("| Am7 | D7 | Gmaj7 | % |", (5, 4)),
    ("| Am7 | D7 |", (3, 4)),
    ("| Am7 | D7 |", (6, 8)), ("| Dm7 G7 " * 30 + "|", (4, 4)),
])
def test_any_chart_is_filled_and_not_left(text, meter):
    chart = read_chart(text, meter=meter, tempo=140.0)
    for take in play(WILD, chart, 3, seed=1):
        line = take.line
        assert 0 <= line.start and line.pitches[-1] >= 0 and line.pitches[0] >= 0
        assert end(line) <= round(TICKS * chart.duration)
        assert (np.diff(line.onsets) == line.durations[:-1]).all()
        assert line.durations.min() >= 1 and line.durations.max() <= N_DURATIONS
        rests = line.is_rest
        short = rests[:-1] & rests[1:] & (line.durations[:-1] < N_DURATIONS)
        assert not short.any()


WISHES = st.builds(
    dict, lowest=st.integers(30, 60), highest=st.integers(66, 100),
    notes_per_bar=st.none() | st.integers(0, 16) | st.just((2, 10)),
    rests=st.none() | st.floats(0, .9), largest_leap=st.none() | st.integers(1, 12),
    avoid=st.lists(st.integers(0, 11), max_size=6).map(tuple), end_on_chord_tone=st.booleans(),
    register=st.none() | st.integers(40, 90) | st.just((50, 80)),
)


@given(WISHES, st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_constraints_hold(wishes, seed):
    constraints = Constraints(**wishes)
    try:
        take, = play(WILD, CHART, seed=seed, constraints=constraints)
    except ValueError as error:
        assert "no tone of A7alt" in str(error)
        return
    line, notes = take.line, take.line.pitches[take.line.pitches >= 0].astype(int)
    assert constraints.allowed[notes].all() and end(line) <= 4 * 48
    leap = wishes["largest_leap"]
    if leap is not None:
        far = np.flatnonzero(np.abs(np.diff(notes)) > leap)
        for place in far:  # only where no allowed note was near
            near = np.arange(max(notes[place] - leap, 0), min(notes[place] + leap, 127) + 1)
            assert not constraints.allowed[near].any() or wishes["end_on_chord_tone"]
    if wishes["end_on_chord_tone"]:
        last = line.onsets[line.pitches >= 0][-1]
        chord = {0: "Dm7", 1: "G7", 2: "Cmaj7", 3: "A7alt"}[int(last) // 48]
        assert notes[-1] % 12 in {tone % 12 for tone in read_figure(chord).chord_tones}


@pytest.mark.parametrize("wish, measured", [
    ({"notes_per_bar": 3}, lambda line: np.count_nonzero(line.pitches >= 0) / 32),
    ({"notes_per_bar": 10}, lambda line: np.count_nonzero(line.pitches >= 0) / 32),
    ({"rests": .4}, lambda line: 1 - line.durations[line.pitches >= 0].sum() / (32 * 48)),
])
def test_what_should_be_on_the_whole_is(wish, measured):
    chart = join(*[CHART] * 8)
    aim, = wish.values()
    for take in play(MASTER, chart, 2, seed=1, constraints=Constraints(**wish)):
        assert abs(measured(take.line) - aim) < .12 * max(aim, 1)


def test_a_primer_is_played_and_gone_on_from():
    lick = Line(np.array([62, -1, 69, 72], np.int16), np.array([6, 12, 3, 9], np.int16), 6, CHART)
    for take in play(WILD, CHART, 4, seed=3, primer=lick):
        assert take.line.pitches[:4].tolist() == [62, -1, 69, 72] and take.line.start == 6
        assert take.line.durations[:4].tolist() == [6, 12, 3, 9] and len(take.line.pitches) > 4


def test_kept_bars_stay():
    take, = play(MASTER, join(CHART, CHART), seed=4)
    inside = (take.line.onsets >= 96) & (take.line.onsets < 192)
    kept = replace(take.line, pitches=take.line.pitches[inside], durations=take.line.durations[inside],
                   onsets=take.line.onsets[inside], start=int(take.line.onsets[inside][0]))
    again, = play(MASTER, join(CHART, CHART), seed=4, first_take=1, kept=kept)
    events = {(int(tick), int(pitch)) for tick, pitch in zip(again.line.onsets, again.line.pitches)}
    assert {(int(tick), int(pitch)) for tick, pitch in zip(kept.onsets, kept.pitches)} <= events
    assert again.line.pitches.tobytes() != take.line.pitches.tobytes()


@pytest.mark.parametrize("options, words", [
    ({"temperature": 0}, "say top_k=1"), ({"temperature": float("nan")}, "temperature is above 0"),
    ({"top_k": 0}, "top_k is a whole number, 1 or more, not 0"), ({"top_p": 0}, "top_p is a share"),
    ({"n_takes": 0}, "n_takes is a whole number"), ({"seed": -1}, "seed is a whole number"),
    ({"conditions": {"style": "ROCK"}}, "style 'ROCK' is not among the 2"),
    ({"constraints": Constraints(rests=2)}, "between 0 and 0.9"),
    ({"constraints": Constraints(notes_per_bar=[1, 2])}, "2 numbers for 4 bars"),
])
def test_bad_options(options, words):
    with pytest.raises(ValueError, match=words):
        play(WILD, CHART, **options)


def test_no_bars():
    with pytest.raises(ValueError, match="no bars to play over"):
        play(WILD, replace(CHART, chords=(), notes=()))


def test_the_likeliest_event_each_time_is_always_the_same():
    lick = Line(np.array([62, 65], np.int16), np.array([6, 6], np.int16), 0, CHART)
    first, second = play(WILD, CHART, 2, top_k=1, primer=lick)
    assert np.array_equal(first.line.pitches, second.line.pitches)
    for take in (first, second):
        for others, event in zip(take.alternatives[2:], np.flatnonzero(take.line.pitches >= 0)[2:]):
            assert others[0][0] == take.line.symbols[event] or take.line.is_rest[event - 1]


def test_one_who_ends_does_not_disturb_the_others():
    """Takes may be played in threads of one program; the library has one number of threads for all."""
    def threads():
        return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}

    with threadpool_limits(2, user_api="blas"):
        first, second = one_thread(), one_thread()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        inside = threads()
        second.__exit__(None, None, None)
        assert inside <= {1} and threads() <= {2}
    chart = read_chart("| Dm7 G7 | Cmaj7 |" * 4, tempo=160.0)
    with ThreadPoolExecutor(4) as players:
        found = list(players.map(lambda take: play(WILD, chart, seed=1, first_take=take)[0], range(8)))
    for take, played in enumerate(found):
        lone, = play(WILD, chart, seed=1, first_take=take)
        assert lone.probabilities.tobytes() == played.probabilities.tobytes()
