"""Charts: what is written reads back the same, and what is wrong is refused with its place."""

import io
import lzma
import os
import random
import sqlite3
from collections import Counter, defaultdict
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jazz_nb.cli.main import main
from jazz_nb.data import corpus
from jazz_nb.formats.chart_text import _read_page, read_chart, write_chart
from jazz_nb.formats.remarks import InputError, reading, remark_of
from jazz_nb.formats.wjazzd import read_changes
from jazz_nb.loading.charts import open_chart, read, read_charts
from jazz_nb.loading.files import ETUDES
from jazz_nb.music.harmony import SUFFIXES, standard_figure
from jazz_nb.music.rhythm import MAX_BARS
from jazz_nb.music.spelling import PITCH_NAMES
from jazz_nb.tune import Chord, Tune

REAL = Path(os.environ.get("JAZZ_NB_DATA", "nowhere"), "wjazzd.db.xz")
SHEETS = {path.stem: path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("charts/*.txt")}
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
METERS = [(4, 4), (3, 4), (6, 8), (5, 4), (2, 2), (12, 8), (9, 8), (7, 4), (1, 4)]


@st.composite
def charts(draw, parts=1):
    """Draw a chart: chords on beats, or on parts of beats; silence before, between and after them."""
    meter = draw(st.sampled_from(METERS))
    beat, chords, at = 4 / meter[1], [], 0
    for _ in range(draw(st.integers(1, 24))):
        at += draw(st.sampled_from([0, 0, 0, 1, parts, meter[0] * parts]))
        length = draw(st.integers(1, 2 * meter[0] * parts))
        times = [round(time * beat / parts, 9) for time in (at, length)]
        chords.append(Chord(*times, draw(FIGURES)))
        at += length
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


@given(st.sampled_from([2, 3, 4, 6, 8, 12, 24]).flatmap(charts))
def test_chords_between_beats_read_back_the_same(chart):
    assert read_chart(write_chart(chart)) == chart


SIGNS = "| |: :| :|: || |] [1 [2 [1,3 x3 / // % %% C7 F6/C N.C. rest C_F /_D7 X : [ ] # Dm7 ( [A] B: Segno"


@given(
    st.lists(
        st.sampled_from([*SIGNS.split(), "Fine", "To Coda", "Coda", "D.C. al Fine", "D.S. al Coda"]),
        max_size=14,
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
    for reader in (read_chart, read_changes):
        try:
            reader(text)
        except ValueError as error:
            assert str(error)


def bars_of(text, **options):
    """Write each played bar of a chart as its figures with their beats; what is held begins with a slash."""
    chart = read_chart(text, **options)
    beat, bars = 4 / chart.meter[1], [[] for _ in range(chart.n_bars)]
    for chord in chart.chords:
        place = f"{chord.figure}:{chord.duration / beat:g}"
        at = chord.onset % chart.bar_length / beat
        bars[int(chord.onset // chart.bar_length)].append(place if at.is_integer() else f"{place}@{at:g}")
    return " | ".join(" ".join(bar) for bar in bars)


@pytest.mark.parametrize(
    "text, played",
    [
        ("| Dm7 G7 | Cmaj7 | % | N.C. |", "Dm7:2 G7:2 | Cmaj7:4 | Cmaj7:4 | N.C.:4"),
        ("| Dm7 / / G7 | NC | n.c. |", "Dm7:3 G7:1 | NC:4 | n.c.:4"),
        ("| C | // | ./. | 𝄎 |", "C:4 | C:4 | C:4 | C:4"),
        ("| C F | G | %% | D |", "C:2 F:2 | G:4 | C:2 F:2 | G:4 | D:4"),
        ("| Dm7 // G7 // | C //// | F /// G / |", "Dm7:2 G7:2 | C:4 | F:3 G:1"),
        ("| Dm7 //// | C /// |", "Dm7:4 | C:4"),
        ("| C // G | F |", "C:3 G:1 | F:4"),
        ("| C | / / / / | //// | / / F / |", "C:14 |  |  | F:2"),
        ("| C . . G |", "C:3 G:1"),
        ("| Dm7 / / /_G7 | / / / / |", "Dm7:3.5 G7:4.5@3.5 | "),
        ("| C_F_G D / / |", "C:0.333333 F:0.333333@0.333333 G:0.333333@0.666667 D:3"),
        ("G7 / | C | F |", "G7:2 | C:4 | F:4"),
        ("Bb7 | C | F |", "Bb7:4 | C:4 | F:4"),
        ("| rest / / G7 | C rest |", "G7:1 | C:2"),
        ("[A]\nrest D7 | C", "D7:2 | C:4"),
        ("3/4 | Dm7 G7 | C", "Dm7:2 G7:1 | C:3"),
        ("(3/4) C | [A] 3/4 F |", "C:3 | F:3"),
        ("| 3/4 C | F |", "C:3 | F:3"),
        ("Time: 5/4\nDm7 G7 | C", "Dm7:3 G7:2 | C:5"),
        ("Meter: 6/8\nAm7 D7 | G / | C / / F / / |", "Am7:3 D7:3 | G:6 | C:3 F:3"),
        ("Meter: 12/8\nC F G | C / F G | C /_F / / |", "C:6 F:3 G:3 | C:6 F:3 G:3 | C:4.5 F:7.5@4.5"),
        ("Meter: 9/8\nC F |", "C:6 F:3"),
        ("|: C :| x3 | F |", "C:4 | C:4 | C:4 | F:4"),
        ("|: C (x3) :| F", "C:4 | C:4 | C:4 | F:4"),
        ("||: C :|| 3x\nF", "C:4 | C:4 | C:4 | F:4"),
        ("|: C |1. D :|2. E |", "C:4 | D:4 | C:4 | E:4"),
        ("|: C |1 D :|2 E |", "C:4 | D:4 | C:4 | E:4"),
        ("|: C |[1-2 D :|[3 E |]", "C:4 | D:4 | C:4 | D:4 | C:4 | E:4"),
        ("|: C |[1.3. D :|[2 E :| F", "C:4 | D:4 | C:4 | E:4 | C:4 | D:4 | F:4"),
        ("|: C |[1 D || E :|[2 F |", "C:4 | D:4 | E:4 | C:4 | F:4"),
        ("|: C |[1 D :|[2 E || F | G D.C. al 2nd ending |]", "C:4 | D:4 | C:4 | E:4 | F:4 | G:4 | C:4 | E:4"),
        ("C Fine | D D.C. al Fine", "C:4 | D:4 | C:4"),
        ("C | D | Fine\nE | (D.C. al Fine)", "C:4 | D:4 | E:4 | C:4 | D:4"),
        ("C | 𝄋 D | E | To Coda | F | D.S. al Coda | Coda | G", "C:4 | D:4 | E:4 | F:4 | D:4 | E:4 | G:4"),
        ("C | D Segno | E | D.S. | F", "C:4 | D:4 | E:4 | E:4 | F:4"),
        ("𝄋 C | D ⊕ | F dal segno al coda || ⊕ G", "C:4 | D:4 | F:4 | C:4 | D:4 | G:4"),
        ("| C | F |] # the end\n   # or not | D |", "C:4 | F:4"),
        ("| C#7 | F#m7 | D# E |", "C#7:4 | F#m7:4 | D#:2 E:2"),
    ],
)
def test_signs_mean_what_the_table_says(text, played):
    assert bars_of(text) == played


LABELS = "[A] [A1] [B'] [Intro] *A *B* **C** A: A1: Intro: (A) (Bridge) Solos INTRO".split()
LABELS += ["Verse 2", "[Verse 2]", "Chorus 2:", "Section B:", "A section:", "[Middle 8]"]


@pytest.mark.parametrize("label", LABELS)
def test_sections_have_names_that_change_nothing(label):
    for text in ("{} | C | F |", "{}\n| C | F |", "C |\n{}\nF", "Title: X\n\n  {}\nC | F"):
        assert bars_of(text.format(label)) == "C:4 | F:4", text


def test_names_of_sections_are_no_endings_and_no_words_of_the_head():
    assert bars_of("[A]\n|: C |[1 F :|[2 G ||\n[B] A |") == "C:4 | F:4 | C:4 | G:4 | A:4"
    assert bars_of("Key: F\nA: F | C") == "F:4 | C:4"
    assert bars_of("A | C:| F") == bars_of("A | C :| F") == "A:4 | C:4 | A:4 | C:4 | F:4"
    with pytest.raises(ValueError, match="names a section; it stands at the beginning of a bar"):
        read_chart("| C [A] | F |")


@pytest.mark.parametrize(
    "text, words",
    [
        ("\n| C7 |\n| C D E F G |", r"bar 2 \(line 3\): 5 chords"),
        ("| C / / |", r"bar 1 \(line 1\): with slashes every sign is one beat"),
        ("| C // G // | F // |", r"bar 2 \(line 1\): with slashes every sign"),
        ("| C | | D |", "line 1, after bar 1"),
        ("| % | C |", r"bar 1 \(line 1\): '%' repeats 1 bar"),
        ("| C | %% |", r"bar 2 \(line 1\): '%%' repeats 2 bars"),
        ("| C | D // |", r"bar 2 \(line 1\): with slashes every sign"),
        ("| C . . G | F . |", r"bar 2 \(line 1\): with slashes every sign"),
        ("|: C |", "is still to come"),
        ("| C |[2 D |", r"ending \[2 must follow"),
        ("|: C |[1 D :|[3 E |", r"bar 3 \(line 1\): ending \[3 must follow"),
        ("|: C |[1,2 D |[3 E |", r"ending \[3 must follow"),
        ("|: C |[1,3 D :|[2 E | F", r"bar 2 \(line 1\): not every turn"),
        ("| C |[0 D |", "line 1, after bar 1: '\\[' makes no sense alone"),
        ("| C |[3-1 D |", "no ending"),
        ("| C |[1-200 D |", "no ending"),
        ("|: C |[1,2 D :|[2,3 E :|[4 F |", r"bar 3 \(line 1\): ending \[2 must follow"),
        ("|: C | D |: E :|", r"bar 1 \(line 1\): this repeat \|: is not closed"),
        ("| C Fine D |", "line 1, after bar 0: 'D' follows a word of the form"),
        ("| C (x3)", "the page ends"),
        ("| C x3 | D |", "x3 says how often"),
        ("| C |\n| D | x2 |", "line 2, after bar 2: 'x2' says how often"),
        ("C | D.C. | D.S. | D", "is the second jump"),
        ("C | Segno |", "line 1, after bar 1: the page ends"),
        ("C | D |:", "the page ends"),
        ("| C |\nKey: F", "line 2, after bar 1: 'Key: F' stands behind the first bar"),
        ("Meter: 4\n| C |", "'Meter: 4' is not understood"),
        ("Meter: 400/4\n| C |", "'Meter: 400/4' is not understood"),
        ("Mood: blue\n| C |", "'Mood: blue' is not understood"),
        ("Tempo: -3\n| C |", "a tempo lies above 0"),
        ("Meter: 4/3\n| C |", "a meter is like"),
        ("Swing: 9\n| C |", "a swing ratio lies between"),
        ("| " + "_".join("C" * 25) + " |", "divides its time by 25"),
        ("", "has no bars"),
        ("||", "has no bars"),
        ("| rest | rest |", "has no bars with chords"),
    ],
)
def test_bad_charts_are_refused_with_their_place(text, words):
    with pytest.raises(ValueError, match=words):
        read_chart(text)


@pytest.mark.parametrize(
    "text, played, kind, place, words",
    [
        ("| C7 | Foo | F |", "C7 F", "chord", "bar 2 (line 1)", "'Foo' is no chord; the one before it is held"),
        ("| C % | F |", "C F", "chord", "bar 1 (line 1)", "'%' is no chord"),
        ("| C - G |", "C G", "chord", "bar 1 (line 1)", "'-' is no chord"),
        ("C | D D.C. al Fine | E Fine | F", "C D E F C D E", "form", "bar 4 (line 1)", "double bar"),
        ("C | D || E | F D.S. ||", "C D E F C D E F", "form", "bar 4 (line 1)", "played as D.C."),
        ("C | D Fine || E D.C. al Fine | F ||", "C D E F C D", "form", "bar 4 (line 1)", "double bar"),
        ("C | D |\nD.S. al Coda | E", "C D C D E", "form", "bar 2 (line 1)", ""),
        ("| C | D |\n3/4 | E |", "C D", "meter", "bar 1 (line 1)", "bars 1 to 2 in 4/4"),
        ("Meter: 4/4\n(3/4) | D | E |", "D E", "meter", "line 2", "this one counts"),
    ],
)
def test_a_slip_is_repaired_and_said(text, played, kind, place, words):
    with pytest.warns(UserWarning) as said:
        assert [chord.figure for chord in read_chart(text).chords] == played.split()
    remarks = [remark_of(one.message) for one in said]
    assert (remarks[-1].kind, remarks[-1].place) == (kind, place) and words in remarks[-1]
    with reading(strict=True), pytest.raises(InputError):
        read_chart(text)


def test_an_error_names_the_chart():
    for text in ("Title: Blue\n| Foo |", "Title: Blue\n| C | | D |", "Title:Blue\n|: C |"):
        with pytest.raises(ValueError, match="^chart 'Blue', "):
            read_chart(text)


def test_notation_of_others_is_understood():
    chart = read_chart("Cmaj7 | Dm7  G7 || C6 |]\n\nF△7 | Bø7 E7alt |", title="Mixed")
    assert [chord.figure for chord in chart.chords] == ["Cmaj7", "Dm7", "G7", "C6", "F△7", "Bø7", "E7alt"]
    assert chart.n_bars == 5


def test_a_whole_form_is_played_out():
    chart = read_chart(SHEETS["waltz_with_coda"])
    # Pick-up and intro, A and B, from the sign to the way out, coda.
    assert chart.n_bars == 3 + 16 + 7 + 2
    assert [chord.figure for chord in chart.chords[-3:]] == ["Am7", "Ab△7#11", "G6/9"]
    assert chart.chords[0] == Chord(1, 2, "D7sus4")


@pytest.mark.parametrize("name", sorted(SHEETS))
def test_charts_of_many_hands_are_understood_in_full(name):
    chart = read_chart(SHEETS[name])
    assert chart.n_bars >= len(_read_page(SHEETS[name])[1]) >= 8
    assert read_chart(write_chart(chart)) == chart


def mutate(text, rng):
    """Damage a text in one to five places."""
    for _ in range(rng.randint(1, 5)):
        start = rng.randint(0, len(text))
        stop = min(len(text), start + rng.choice([0, 1, 2, 20]))
        new = ["", *SIGNS.split(), "To Coda", "3/4", "\n", text[start:stop] * 30, chr(rng.randint(1, 9999))]
        text = text[:start] + rng.choice(new) + text[stop:]
    return text


@pytest.mark.parametrize("seed", range(5))
def test_damaged_charts_are_read_or_refused_quickly(seed):
    rng, read = random.Random(seed), 0
    for _ in range(200):
        text, start = mutate(rng.choice([*SHEETS.values()]), rng), process_time()
        try:
            chart = read_chart(text)
        except ValueError as error:
            assert 0 < len(str(error)) < 700
        else:
            read += 1
            assert read_chart(write_chart(chart)) == chart
        assert process_time() - start < 5
    assert 10 < read < 190


@pytest.mark.parametrize(
    "text",
    [
        "C|" * 190_000,
        "C | " + "% | " * MAX_BARS,
        "|: C :| x99\n" * 50,
        "99/16\n|" + ("_".join("C" * 24) + " ") * 99 + "|" + "% |" * 3900,
        "99/16\nC |" + ("_".join("/" * 24) + " ") * 99 + "|" + "% |" * 3900,
        "A | " + "B D.C. | " * 3000,
        ":" * 399_999,
        "|" + "1" * 399_999,
        "dc" + " " * 399_990,
        "Title: " + "x" * 399_000 + "\nFoo",
        "C " * 500_000,
    ],
    ids=lambda text: text[:12],
)
def test_texts_without_end_are_refused_quickly(text):
    start = process_time()
    with pytest.raises(ValueError) as caught:
        read_chart(text)
    assert process_time() - start < 5 and len(str(caught.value)) < 700


@pytest.mark.parametrize("text", ["\n" * 2_000_000, "| C |\n" + "\n" * 2_000_000, "title:\n" * 300_000])
def test_a_file_of_empty_lines_is_refused_at_once(text):
    start = process_time()
    with pytest.raises(ValueError, match="at most 400000 characters"):
        open_chart(text)
    assert process_time() - start < 5


def test_what_no_chart_can_hold_is_refused():
    with pytest.raises(ValueError, match=f"has {MAX_BARS + 1} bars"):
        write_chart(Tune(chords=(Chord(4.0 * MAX_BARS, 4, "C"),)))
    with pytest.raises(ValueError, match="bar 1: chord 'C' begins or ends between beats"):
        write_chart(Tune(chords=(Chord(0.01, 4, "C"),)))
    with pytest.raises(ValueError, match="bar 2: chord 'Foo'|bar 2: chord figure 'Foo'"):
        write_chart(Tune(chords=(Chord(0, 4, "C"), Chord(4, 4, "Foo"))))


@pytest.fixture(scope="module")
def real_forms():
    """Return form text and chords of each beat, by chorus, of every solo of the real database."""
    if not REAL.is_file():
        pytest.skip("JAZZ_NB_DATA names no folder with wjazzd.db.xz")
    connection = sqlite3.connect(":memory:")
    connection.deserialize(lzma.decompress(REAL.read_bytes()))
    forms = {}
    for melid, text in connection.execute("SELECT melid, chord_changes FROM solo_info").fetchall():
        held, choruses = "N.C.", defaultdict(list)
        query = "SELECT chord, chorus_id FROM beats WHERE melid = ? ORDER BY beatid"
        for chord, chorus in connection.execute(query, (melid,)):
            held = standard_figure(chord) if chord else held
            choruses[chorus].append(held)
        forms[melid] = text, [*choruses.values()]
    return forms


def kind_of_form(text, choruses):
    """Say how the changes of a form lie to the beats of its solo."""
    chart = read_changes(text)
    assert read_chart(write_chart(chart)).chords == chart.chords
    beats = [chord.figure for chord in chart.chords for _ in range(round(chord.duration))]
    if beats in choruses:
        return "a chorus"
    if any(beats[: len(one)] == one and len(beats) <= len(one) + chart.meter[0] for one in choruses):
        return "a chorus without its end"
    if len(beats) <= chart.meter[0]:
        return "one bar"
    begins = any(one[: len(beats)] == beats for one in choruses)
    return "the beginning of a chorus" if begins else "another"


def test_every_form_of_the_real_database_is_a_chart_that_the_beats_confirm(real_forms):
    kinds = Counter(kind_of_form(text, choruses) for text, choruses in real_forms.values())
    assert kinds == {
        "a chorus": 318,
        "a chorus without its end": 74,
        "one bar": 19,
        "the beginning of a chorus": 7,
        "another": 2,
    }


@pytest.mark.parametrize(
    "text, words",
    [
        ("A1: ||C7 |H7 ||", r"bar 2 \(line 1\): cannot read 'H'"),
        ("A1: ||C7 |F7", "line 1: 'A1: ||C7 |F7' is no section".replace("|", r"\|")),
        ("A1: ||C7 ||\nB1: ||F7 ||G7 ||", r"bar 3 \(line 2\): cannot read ''"),
        ("A1: ||   C7||", "does not begin with a chord"),
        ("", "does not begin with a chord"),
        ("A1: ||C7" + " " * 99 + "||", r"bar 1 \(line 1\): it has 100 beats"),
        ("A1: ||C7" + " " * 100_000 + "||", "at most 100000 characters"),
        ("A1: ||" + "C7|" * (MAX_BARS + 1) + "||", f"more than {MAX_BARS} bars"),
    ],
)
def test_bad_forms_are_refused_with_their_place(text, words):
    with pytest.raises(ValueError, match=words):
        read_changes(text)


PLAIN = "Title: Blue\nTempo: 99\n\n| C7 | F7 |\n| G7 | C7 |\n"
WINDOWS = b"\xef\xbb\xbf" + PLAIN.replace("\n", "\r\n").encode()
ETUDE = ETUDES / "01_blues_in_f_1.abc"


@pytest.mark.parametrize("open_it", [
    lambda path: read_chart(path.read_text(encoding="utf-8")),
    read,
    lambda path: read_charts(path)[0],
    open_chart,
    lambda path: open_chart(str(path)),
    lambda path: open_chart(path.read_text(encoding="utf-8")),
    lambda path: read(ETUDE, chart=path),
    lambda path: corpus(ETUDES, chart=path)[0],
], ids=["text", "read", "read_charts", "path", "name", "its text", "beside", "corpus"])
def test_the_mark_and_line_ends_of_windows_change_nothing(tmp_path, open_it):
    (tmp_path / "blue.txt").write_text(PLAIN, encoding="utf-8")
    (tmp_path / "mark").mkdir()
    (tmp_path / "mark" / "blue.txt").write_bytes(WINDOWS)
    plain = open_it(tmp_path / "blue.txt")
    marked = open_it(tmp_path / "mark" / "blue.txt")
    assert marked.chords == plain.chords and len(marked.chords) >= 4
    assert (marked.title, marked.tempo) == (plain.title, plain.tempo)


@pytest.mark.parametrize("words", [
    "chart blue.txt", "chart -", "listen blue.txt -o x.mid", "show - -o x.abc",
    "inspect blue.txt", f"show {ETUDE} --chart blue.txt -o x.abc",
    "improvise --chart blue.txt --takes 1 --seed 1 -o x.mid",
])
def test_the_mark_of_windows_changes_no_command(tmp_path, monkeypatch, capsys, words):
    said = []
    for content in (PLAIN.encode(), WINDOWS):
        home = tmp_path / str(len(said))
        home.mkdir()
        monkeypatch.chdir(home)
        Path("blue.txt").write_bytes(content)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        assert main(words.split()) == 0
        wrote = [path.read_bytes() for path in home.glob("x.*")]
        said.append((capsys.readouterr(), wrote))
    assert said[0] == said[1]
