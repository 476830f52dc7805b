"""Charts: what is written reads back the same, and what is wrong is refused with its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jazz_nb.charts import read_chart, write_chart
from jazz_nb.harmony import PITCH_NAMES, SUFFIXES
from jazz_nb.tune import Chord, Tune

SYNONYMS = ("M7", "△7", "min7", "-7", "m(maj7)", "ø7", "°7", "+7", "alt", "69")
FIGURES = st.one_of(
    st.just("N.C."),
    st.builds("{}{}".format, st.sampled_from(PITCH_NAMES), st.sampled_from([*SUFFIXES, *SYNONYMS])),
    st.builds(
        "{}{}/{}".format,
        st.sampled_from(PITCH_NAMES),
        st.sampled_from(["", "7", "m7"]),
        st.sampled_from(PITCH_NAMES),
    ),
)
WORDS = st.text(st.characters(blacklist_categories=("Cc", "Cs", "Zl", "Zp")), max_size=20).map(
    lambda text: " ".join(text.split())
)


@st.composite
def charts(draw):
    """Draw a chart: chords of whole beats, back to back, that fill their last bar."""
    meter = draw(st.sampled_from([(4, 4), (3, 4), (6, 8), (5, 4), (2, 2)]))
    beat, chords, at = 4 / meter[1], [], 0
    for beats in draw(st.lists(st.integers(1, 2 * meter[0]), min_size=1, max_size=24)):
        chords.append(Chord(at * beat, beats * beat, draw(FIGURES)))
        at += beats
    rest = -at % meter[0]
    if rest:
        chords.append(Chord(at * beat, rest * beat, draw(FIGURES)))
    return Tune(
        draw(WORDS),
        chords=tuple(chords),
        meter=meter,
        key=draw(st.sampled_from(["", "F", "Cm"])),
        tempo=draw(st.floats(30, 400)),
        swing=draw(st.sampled_from([1.0, 1.6, 2.0])),
        style=draw(st.sampled_from(["", "swing", "bossa nova"])),
    )


@given(charts(), st.integers(1, 6))
def test_what_is_written_reads_back_the_same(chart, bars_per_line):
    assert read_chart(write_chart(chart, bars_per_line)) == chart


@given(
    st.lists(
        st.sampled_from("| |: :| :|: || |] [1 [2 / // % C7 F6/C N.C. X : [ ] # Dm7 (".split()), max_size=14
    ),
    st.sampled_from([" ", "", "\n"]),
)
def test_any_text_is_read_or_refused_with_a_value_error(signs, between):
    try:
        chart = read_chart(between.join(signs))
    except ValueError as error:
        assert str(error)
    else:
        assert chart.chords and read_chart(write_chart(chart)) == chart


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text):
    try:
        read_chart(text)
    except ValueError as error:
        assert str(error)


@pytest.mark.parametrize(
    "text, words",
    [
        ("| C7 | Foo |", r"bar 2 \(line 1\): chord figure 'Foo'"),
        ("\n| C7 |\n| C D E F G |", r"bar 2 \(line 3\): 5 chords"),
        ("| C / / |", r"bar 1 \(line 1\): with slashes every sign is one beat"),
        ("| C | | D |", "line 1, after bar 1"),
        ("| % | C |", "bar 1"),
        ("| C % |", "bar 1"),
        ("|: C |", "is still to come"),
        ("| C |[2 D |", r"ending \[2 must follow"),
        ("Meter: 4\n| C |", "'Meter: 4' is not understood"),
        ("Mood: blue\n| C |", "'Mood: blue' is not understood"),
        ("Tempo: -3\n| C |", "a tempo lies above 0"),
        ("Meter: 4/3\n| C |", "a meter is like"),
        ("Swing: 9\n| C |", "a swing ratio lies between"),
        ("", "has no bars"),
        ("||", "has no bars"),
    ],
)
def test_bad_charts_are_refused_with_their_place(text, words):
    with pytest.raises(ValueError, match=words):
        read_chart(text)


def test_notation_of_others_is_understood():
    chart = read_chart("Cmaj7 | Dm7  G7 || C6 |]\n\nF△7 | Bø7 E7alt |", title="Mixed")
    assert [chord.figure for chord in chart.chords] == ["Cmaj7", "Dm7", "G7", "C6", "F△7", "Bø7", "E7alt"]
    assert chart.n_bars == 5
