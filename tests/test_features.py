"""What an improviser hears: nothing from the future, the same in every key, alone and in company."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jazz_nb.data import corpus
from jazz_nb.evaluation.events import REST, Line, read_line
from jazz_nb.formats.chart_text import read_chart
from jazz_nb.improviser.features import (
    CATEGORIES,
    Listener,
    _Echo,
    _lay_out,
    _see_chords,
    extract_features,
    pace,
)
from jazz_nb.music.harmony import transpose

CHART = read_chart("| Dm7 G7 | Cmaj7 | F7 | % |", meter=(4, 4))
EVENTS = st.lists(st.tuples(st.integers(50, 80) | st.just(-1), st.sampled_from([3, 4, 6, 12, 24])),
                  min_size=3, max_size=40)


def line_of(events, chart=CHART):
    pitches, durations = np.array([(60, 6), *events], np.int16).T
    return Line(pitches, durations, 0, chart)


def find_echo(symbols):
    """What followed the longest agreement with the latest symbols, the latest if there are several."""
    best = (0, -1)
    for place in range(len(symbols) - 1):
        length = 0
        while length <= place and symbols[place - length] == symbols[len(symbols) - 1 - length]:
            length += 1
        best = max(best, (length, place))
    return (symbols[best[1] + 1], *best) if best[0] else (-1, 0, -1)


@given(st.lists(st.integers(0, 3), min_size=2, max_size=30))
@settings(max_examples=80, deadline=None)
def test_echo(symbols):
    echo = _Echo(1, len(symbols))
    for number, symbol in enumerate(symbols, 1):
        echo.hear(np.array([symbol]))
        found, length, place, *_ = echo.find()[:, 0].tolist()
        expected = find_echo(symbols[:number])
        assert (found, length) == expected[:2] and place == (expected[2] + 1 if length else -1)


@given(EVENTS)
@settings(max_examples=30, deadline=None)
def test_nothing_comes_from_the_future(events):
    line, half = line_of(events), line_of(events[:len(events) // 2 + 1])
    whole, cut = extract_features([line, half])
    assert (whole.categories[:len(cut.categories)] == cut.categories).all()
    assert (whole.features[:len(cut.features)] == cut.features).all()


@given(EVENTS, st.integers(-11, 11))
@settings(max_examples=30, deadline=None)
def test_transposition_changes_the_register_only(events, steps):
    line, chart = line_of(events), transpose(CHART, steps)
    pitches = np.where(line.is_rest, -1, line.pitches + steps).astype(np.int16)
    moved = replace(line, pitches=pitches, chart=chart)
    here, there = extract_features([line, moved])
    assert (here.categories == there.categories).all()
    different = np.flatnonzero((abs(here.features - there.features) > 1e-6).any(axis=0)).tolist()
    assert different == ([1] if steps else [])
    assert np.allclose(there.features[:, 1] - here.features[:, 1], steps / 12, atol=1e-6)


def test_company_does_not_matter():
    lines = [read_line(tune) for tune in corpus("etudes")[:5]]
    for alone, together in zip([extract_features([line])[0] for line in lines], extract_features(lines)):
        assert (alone.categories == together.categories).all() and (alone.features == together.features).all()
        assert (together.categories < list(CATEGORIES.values())).all()


def test_chords_are_seen_from_the_last_pitch():
    layout = _lay_out([CHART])
    listener = Listener([CHART], [0], [62], 4)
    listener.hear(np.array([36]), np.array([24]))  # a D; half a bar later G7 begins
    told = listener.features()[0]
    assert told[2:14].nonzero()[0].tolist() == [0, 3, 5, 9]  # from D: D, F, G, B
    assert told[14:27].argmax() == 5 and told[27:39].nonzero()[0].tolist() == [2, 5, 9, 10]
    assert told[52] == 24 / 48 and layout.until[24] == 24


def test_no_chord_is_a_thirteenth_root():
    assert _see_chords([])[0, 0].nonzero()[0].tolist() == [24]
    listener = Listener([read_chart("| N.C. |", meter=(4, 4))], [0], [60], 3)
    listener.hear(np.array([36]), np.array([6]))
    assert listener.features()[0, 2:27].nonzero()[0].tolist() == [24]


def test_rests_are_heard():
    listener = Listener([CHART], [0], [60], 4)
    listener.hear(np.array([36]), np.array([12]))
    listener.hear(np.array([REST]), np.array([12]))
    categories = dict(zip(CATEGORIES, listener.categories()[0].tolist()))
    assert categories["symbol"] == REST + 1 and categories["duration"] == 12 and categories["ticks since onset"] == 24
    assert listener.features()[0, 0] == 1 and listener.pitches[0] == 60


def test_pace():
    assert pace([replace(CHART, tempo=80.0), replace(CHART, tempo=320.0)]).tolist() == [[-1], [1]]


def test_a_line_of_one_event_is_refused():
    with pytest.raises(ValueError, match="has one event"):
        extract_features([Line(np.array([60], np.int16), np.array([6], np.int16), 0, CHART)])
