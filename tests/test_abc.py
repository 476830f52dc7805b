"""ABC: what is written reads back the same, what others write is understood, what is wrong is refused."""

import os
import random
import re
import time
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import jazz_nb
from jazz_nb.cli.main import main
from jazz_nb.data import corpus
from jazz_nb.formats.abc_reader import read_abc, read_abc_book, split_abc
from jazz_nb.formats.abc_writer import write_abc
from jazz_nb.formats.remarks import InputError, reading, remark_of
from jazz_nb.formats.wjazzd import open_wjazzd
from jazz_nb.music.harmony import SUFFIXES
from jazz_nb.music.rhythm import MAX_BARS
from jazz_nb.music.spelling import PITCH_NAMES
from jazz_nb.tune import Chord, Note, Tune

PAGES = [
    path.read_text(encoding="utf-8")
    for path in sorted((Path(jazz_nb.__file__).parent / "corpora" / "etudes").glob("*.abc"))
]
KEPT = ("title", "tempo", "meter", "key", "swing", "style", "program")
HEAD = "X:1\nT:Test\nM:4/4\nL:1/4\nK:C\n"


def assert_same(again, tune):
    """Everything that ABC has a place for is the same, times to a millionth of a quarter note."""
    assert [getattr(again, name) for name in KEPT] == [getattr(tune, name) for name in KEPT]
    assert [note.pitch for note in again.notes] == [note.pitch for note in tune.notes]
    assert [chord.figure for chord in again.chords] == [chord.figure for chord in tune.chords]
    for one, other in zip(again.notes + again.chords, tune.notes + tune.chords):
        assert (one.onset, one.duration) == pytest.approx((other.onset, other.duration), abs=1e-6)


# --- what is written reads back ----------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.splitlines()[1][2:])
def test_etudes_read_back_the_same(page):
    tune = read_abc(page)
    assert replace(read_abc(write_abc(tune)), source="text") == tune
    assert write_abc(read_abc(write_abc(tune))) == write_abc(tune)


FIGURES = st.one_of(
    st.just("N.C."),
    st.builds("{}{}".format, st.sampled_from(PITCH_NAMES), st.sampled_from([*SUFFIXES])),
)
WORDS = st.text(st.characters(blacklist_categories=("Cs",)), max_size=20).map(
    lambda text: " ".join(text.split())
)
KEYS = [name + mode for name in ("C", "F", "Bb", "Eb", "Ab", "G", "D", "A", "E") for mode in ("", "m")]


@st.composite
def tunes(draw):
    """Draw a tune whose beats are each cut into 1 to 24 parts; notes may overlap, chords fill the time."""
    meter = draw(st.sampled_from([(4, 4), (3, 4), (6, 8), (7, 8), (5, 4), (2, 2), (12, 8), (5, 16)]))
    beat, divisions = 4 / max(meter[1], 4), draw(st.lists(st.integers(1, 24), min_size=1, max_size=9))
    times = [(place + part / parts) * beat for place, parts in enumerate(divisions) for part in range(parts)]
    times.append(len(divisions) * beat)
    spans = st.tuples(st.integers(0, len(times) - 2), st.integers(1, 30), st.integers(0, 127))
    notes, sounding = [], {}
    for first, length, pitch in sorted(draw(st.lists(spans, max_size=24)), key=lambda span: span[0]):
        last = min(first + length, len(times) - 1)
        if sounding.get(pitch, -1) <= first:
            notes.append(Note(times[first], times[last] - times[first], pitch))
            sounding[pitch] = last
    marks = draw(st.lists(st.integers(0, len(times) - 2), max_size=5, unique=True).map(sorted))
    end = max([note.offset for note in notes], default=times[-1])
    marks = [times[mark] for mark in marks if times[mark] < end - 1e-6]
    bar = 4 * meter[0] / meter[1]
    end = draw(st.sampled_from([end, -(-(end - 1e-6) // bar) * bar]))
    chords = [Chord(start, stop - start, draw(FIGURES)) for start, stop in zip(marks, [*marks[1:], end])]
    if not notes and not chords:
        chords = [Chord(0, times[-1], "F7")]
    return Tune(
        draw(WORDS),
        tuple(notes),
        tuple(chords),
        draw(st.floats(1, 1000)),
        meter,
        draw(st.sampled_from(["", *KEYS])),
        draw(st.floats(1, 4)),
        draw(WORDS),
        program=draw(st.integers(0, 127)),
    )


@settings(deadline=2000)
@given(tunes())
@example(Tune("", (Note(0, 4, 60), Note(0, 2, 64), Note(1, 1, 67)), (Chord(1 / 3, 11 / 3, "F7"),)))
@example(Tune("x", (Note(3, 2, 65), Note(3, 2, 66), Note(5, 1, 65))))
def test_any_tune_on_grids_reads_back_the_same(tune):
    assert_same(read_abc(write_abc(tune)), tune)


@settings(deadline=2000)
@given(
    st.lists(
        st.builds(Note, st.floats(0, 20), st.floats(1e-9, 9), st.integers(0, 127), st.integers(1, 127)),
        min_size=1,
        max_size=12,
    )
)
def test_notes_beside_every_grid_are_written_nearest(notes):
    tune = Tune("Played", tuple(notes))
    again = read_abc(write_abc(tune))
    assert {note.pitch for note in again.notes} == {note.pitch for note in notes}
    for note in again.notes:
        assert min(abs(note.onset - other.onset) for other in notes if other.pitch == note.pitch) < 1 / 47
    assert read_abc(write_abc(again)).notes == again.notes


@pytest.mark.campaign
def test_solos_of_the_weimar_jazz_database_read_back_the_same():
    path = Path(os.environ.get("JAZZ_NB_DATA", "nowhere"), "wjazzd.db.xz")
    if not path.is_file():
        pytest.skip("the Weimar Jazz Database is not in JAZZ_NB_DATA")
    solos = list(open_wjazzd(path))[::4]
    assert len(solos) >= 100
    for solo in solos:
        assert_same(read_abc(write_abc(solo.tune)), solo.tune)


@pytest.mark.parametrize(
    "title, kept",
    [
        ("100% \\ Blues & <script>alert('x')</script> 🎷 ♭", None),
        ("|: no bars :| K:F %%swing 3", None),
        ("two\nlines\r\n\tand\u2028more ", "two lines and more"),
        ("half a letter \ud800", "half a letter ?"),
        ("", None),
    ],
)
def test_titles_survive_or_are_cleaned(title, kept):
    tune = Tune(title, (Note(0, 1, 60),), style=title)
    again = read_abc(write_abc(tune).encode().decode())
    assert again.title == again.style == (title if kept is None else kept)


def test_what_has_no_place_on_a_page():
    tune = Tune(
        "Losses",
        (Note(0, 2, 60, 33), Note(1, 2, 60)),
        (Chord(0, 1, "C7", (48, 52)), Chord(2, 2, "F7")),
        key="G#m7b5",
        source="somewhere",
    )
    again = read_abc(write_abc(tune))
    assert again.notes == (Note(0, 1, 60), Note(1, 2, 60))
    assert again.chords == (Chord(0, 1, "C7"), Chord(1, 1, "N.C."), Chord(2, 2, "F7"))
    assert (again.key, again.source) == ("", "text")


@pytest.mark.parametrize(
    "tune, words",
    [
        (Tune("Empty"), "'Empty' has neither notes nor chords; there is nothing to write"),
        (Tune("Long", (Note(4.0 * MAX_BARS, 1, 60),)), "'Long' has 4001 bars; at most 4000 are written"),
        (Tune("Odd", chords=(Chord(0, 4, "Hx"),)), "chord figure 'Hx'"),
    ],
)
def test_what_cannot_be_written_is_refused(tune, words):
    with pytest.raises(ValueError, match=words):
        write_abc(tune)


# --- what others write is understood -----------------------------------------------------------------------

JIG = """%abc-2.1
X:1
T:A jig of ours
T:its second title
M:6/8
Q:3/8=110
K:D mix
|: d | "D"AFD DFA | "G"B2 G G2 B |"C"{d}c>BA ~G3 |[1 "D"AFE D2 :|[2 "D"AGF D3 |]
P:B
|:"G"[GB]2 d- dcB | "D"!trill!A3 D3 :: (3ABc d efg- | g3 "^slow" z3 :|
w: la la la

W: words | at the end
"""
DUET = 'M:C|\nL:1/4\nK:Bbm\nV:1 name="Flute"\n|:"Bbm"B c d e :|\nV:2\n|: B,4 :|\n[V:1] f4 |]\n[V:2] F4 |]\n'


def pitches(body, head=HEAD):
    """Return the pitches of a tune in C, with quarter notes as its unit."""
    return [note.pitch for note in read_abc(head + body).notes]


def times(body, head=HEAD):
    """Return onset and duration of its notes."""
    return [(note.onset, note.duration) for note in read_abc(head + body).notes]


def test_a_page_with_everything():
    tune = read_abc(JIG)
    assert (tune.title, tune.meter, tune.tempo, tune.key) == ("A jig of ours", (6, 8), 165, "D")
    assert (len(tune.notes), tune.n_bars, tune.notes[0]) == (66, 17, Note(2.5, 0.5, 74))
    assert [chord.figure for chord in tune.chords] == "D G C D D G C D G D G D".split()
    assert tune.chords[0] == Chord(3, 3, "D")


@pytest.mark.parametrize(
    "body, expected",
    [
        ("|: C4 | D4 :| E4 |]", "C D C D E"),
        ("C4 :| D4 |]", "C C D"),
        ("C4 |: D4 :: E4 :| F4", "C D D E E F"),
        ("|: C4 |1 D4 :|2 E4 || F4", "C D C E F"),
        ("|: C4 |[1,3 D4 :|[2 E4 :|[4 F4 |]", "C D C E C D C F"),
        ("|: C4 |[1-2 D4 :|[3 E4 |] |: F4 :|", "C D C D C E F F"),
        ("|:: C4 ::|", "C C C"),
        ("C4 |: D4 |1 E4 :|2 F4 |: G4 :|", "C D E D F G G"),
        ("|: C4 :|\n|: D4 |\n:|", "C C D D"),
    ],
)
def test_repeats_and_endings_are_played(body, expected):
    names = dict(zip("CDEFG", (60, 62, 64, 65, 67)))
    assert pitches(body) == [names[name] for name in expected.split()]


@pytest.mark.parametrize(
    "body, expected",
    [
        ("C | C4 | C3 |]", [3, 4, 8]),  # a pick-up and a short last bar
        ("C |: C4 | C3 :|", [3, 4, 8, 12, 16]),  # silence fills the short bar before the repeat
        ("|: C | C4 | C3 :|", [3, 4, 8, 11, 12, 16]),  # the pick-up fills it
        ("C4 | C2 || C2 | C4", [0, 4, 6, 8]),  # a double bar line inside a bar
        ("C4 | C2 || C4", [0, 4, 8]),
        ("C4 | Z2 | C4", [0, 12]),
        ("C2 z2 | x4 | C2 y C2", [0, 8, 10]),
    ],
)
def test_bar_lines_stay_right(body, expected):
    assert [onset for onset, _ in times(body)] == expected


@pytest.mark.parametrize(
    "body, expected",
    [
        ("C>C C<C", [1.5, 0.5, 0.5, 1.5]),
        ("C > C C>>C", [1.5, 0.5, 1.75, 0.25]),
        ("C/>C/ C// C//z/ [CE]2", [0.75, 0.25, 0.25, 0.25, 2, 2]),
        ("(3CDE C2", [2 / 3, 2 / 3, 2 / 3, 2]),
        ("(3:2:4CDC/D/ C2", [2 / 3, 2 / 3, 1 / 3, 1 / 3, 2]),
        ("(5:4CDEFG", [0.8] * 5),
        ("(2C/D/ (3::2CD C", [0.75, 0.75, 2 / 3, 2 / 3, 1]),
        ("[L:1/8]C2C2 [L:1/4]CC", [1, 1, 1, 1]),
        ("C2-|C4-|C C3", [7, 3]),
        ("C4- | C4", [8]),
        ("C4 -| C4", [8]),
    ],
)
def test_lengths(body, expected):
    assert [length for _, length in times(body)] == pytest.approx(expected)


@pytest.mark.parametrize(
    "body, expected",
    [
        ("^FF=FF | F4", [66, 66, 65, 65, 65]),
        ("^Ff^^C__D", [66, 77, 62, 60]),  # a sign holds for its own octave
        ("^F4- | F2 F2", [66, 65]),
        ("[K:G]F4 | [K:Fm]AB[K:none]AB", [66, 68, 70, 69, 71]),
        ("C,,C c''c'", [36, 60, 96, 84]),
        ('"F7"[CEG]2 "^text"C "_x""<y"[C-E] | C4', [60, 64, 67, 60, 60, 64]),
        ("{g}C.D~E!trill!F | (CD) u(EvF) |", [60, 62, 64, 65, 60, 62, 64, 65]),
    ],
)
def test_pitches(body, expected):
    assert pitches(body) == expected


@pytest.mark.parametrize(
    "key, name, signs",
    [
        ("C", "C", ""),
        ("Am", "Am", ""),
        ("Ddor", "Dm", ""),
        ("G mixolydian", "G", ""),
        ("F Lydian", "F", ""),
        ("E phr", "Em", ""),
        ("B locrian", "Bm", ""),
        ("Bb major", "Bb", "BE"),
        ("C minor clef=bass", "Cm", "BEA"),
        ("E♭", "Eb", "BEA"),
        ("none", "", ""),
        ("C ^f", "C", "F"),
    ],
)
def test_keys_and_modes(key, name, signs):
    tune = read_abc(HEAD.replace("K:C", f"K:{key}") + "CDEF|GABc|")
    plain = read_abc(HEAD + "CDEF|GABc|")
    pairs = zip("CDEFGABC", tune.notes, plain.notes)
    altered = {letter for letter, note, other in pairs if note.pitch != other.pitch}
    assert (tune.key, altered) == (name, set(signs))


def test_the_unit_follows_the_meter():
    assert [note.duration for note in read_abc("M:2/4\nK:C\nC4 C4|").notes] == [1, 1]
    assert [note.duration for note in read_abc("M:3/4\nK:C\nC4 C2|").notes] == [2, 1]


def test_a_voice_is_chosen():
    with pytest.raises(ValueError, match="text, header: the voices with music are 1, 2; a tune has"):
        read_abc(DUET)
    assert [note.pitch for note in read_abc(DUET, voice="2").notes] == [58, 58, 65]
    assert len(read_abc(DUET, voice="1").notes) == 9


def test_a_book_is_read_tune_by_tune():
    book = "A book of ours.\nM:3/4\n\n" + "\n\n".join(f"X:{k}\nT:No. {k}\nK:C\nC6|" for k in range(1, 8))
    tunes = read_abc_book(book, "book.abc")
    assert [tune.title for tune in tunes] == [f"No. {k}" for k in range(1, 8)]
    assert {tune.meter for tune in tunes} == {(3, 4)}
    assert [read_abc(page).title for page in split_abc(book)] == [tune.title for tune in tunes]
    words = r"book.abc, header: holds 7 tunes \(No. 1, No. 2, .*…\); read them all with read_abc_book"
    with pytest.raises(ValueError, match=words):
        read_abc(book, "book.abc")
    with pytest.raises(ValueError, match="book.abc, tune 7, bar 1: cannot read 'q'"):
        read_abc_book(book.replace("C6|", "C6|", 1)[:-3] + "q", "book.abc")


# --- what is odd is read, repaired and said ---------------------------------------------------------------

SIGNS = "no jump leads there: passed over"
# The music, its notes and when they sound, its chords, and the remark (none where nothing was lost).
ODD = [
    ("C4 | D3 | E4 | F4", "C0 D4 E8 F12", "", "bar 2: lasts 3 quarter notes, the meter wants 4: silence fills it"),
    ("C4 | D5 | E4", "C0 D4 E8", "", "bar 2: lasts 5 .* what lies behind the bar line is left out"),
    ("C4 | D3 E2 F | G4", "C0 D4 E7 G8", "", "bar 2: lasts 6 .* is left out"),
    ("C4 | D4 z | E4", "C0 D4 E8", "", "bar 2: lasts 5 .* the silence at its end is cut"),
    ("C4 | D4 E4 | F4", "C0 D4 E8 F12", "", "bar 2: lasts 8 .* read as 2 bars, a bar line is missing"),
    ("C4 | D3 | E | F4", "C0 D4 E7 F8", "", ""),
    ("C4\nD4\nE2 F2 | G4\n", "C0 D4 E8 F10 G12", "", ""),
    ("C4\n| D4 |\n|: E4\n:|", "C0 D4 E8 E12", "", ""),
    ("^F4\nF4", "F#0 F4", "", ""),
    ('"Segno""C"C4 | "G7"D4', "C0 D4", "C0 G74", f"bar 1: the text 'Segno' is no chord, and {SIGNS}"),
    ('"C"C2 "4"D2 | "G7"D4', "C0 D2 D4", "C0 G74", "bar 1: the text '4' is no chord: passed over"),
    ('"C"C4 | "Slowly, with feeling, and then again from the beginning"D4', "C0 D4", "C0", "bar 2: the text 'Slowly"),
    ('"C"C4 | "Zz"D4', "C0 D4", "C0", "bar 2: the text 'Zz' is no chord: passed over"),
    ('"C"C2 "(Em)"E2 | "G(Em)"D4', "C0 E2 D4", "C0 G4", r"bar 1: '\(Em\)' names a chord that may be played instead"),
    ('"D/f#"C2 "Em/g"D2|"A7/c+"E2 "G7(b9)"F2', "C0 D2 E4 F6", "D/F#0 Em/G2 A7/C#4 G7(b9)6", ""),
    ('"Gd"C2 "F#d"D2|"Bbd/e"E4', "C0 D2 E4", "Gdim0 F#dim2 Bbdim/E4", ""),
    ("C2-D2 | E4-|F4", "C0 D2 E4 F8", "", "bar 1: a tie leads to another pitch: it is read as a slur"),
    ("C2-z2 | E4", "C0 E4", "", "bar 1: a tie leads to a rest: the note ends there"),
    ("C4 | [M:3/4] D3 | E3 |", "D0 E3", "", "the meter changes: bars 1–1 in 4/4, 2–3 in 3/4; read are bars 2–3"),
    ("C4\nM:3/4\nD3", "C0", "", "the meter changes: bars 1–1 in 4/4, 2–2 in 3/4; read are bars 1–1"),
    ("C4 | D4 |\nM:2/2\nE4", "C0 D4 E8", "", ""),
    ('"C"C4 | D4 !D.C.!|', "C0 D4 C8 D12", "C0 C8", ""),
    ("C4 | !fine! D4 | E4 !D.C.alfine!|", "C0 D4 E8 C12 D16", "", ""),
    ('C4 | D4 "Fine"| E4 "D.C. al Fine"|', "C0 D4 E8 C12 D16", "", ""),
    ('C4 | D4 "^Fine"| E4 |"^D.C. al Fine"', "C0 D4 E8 C12 D16", "", ""),
    ("C4 | !segno! D4 | E4 !D.S.!|", "C0 D4 E8 D12 E16", "", ""),
    ("C4 | S D4 | E4 +D.S.+|", "C0 D4 E8 D12 E16", "", ""),
    ("C4 | D4 !coda!| E4 !D.C.alcoda!| !coda! F4 |]", "C0 D4 E8 C12 D16 F20", "", ""),
    ("C4 | D4 !dacoda!| E4 !dacapo!|!coda! F4 |]", "C0 D4 E8 C12 D16 F20", "", ""),
    ("C4 | D4 !D.C.alcoda!|", "C0 D4", "", "the jumps are passed over .*bar 2: D.C. al coda"),
]


def sung(tune):
    """Return each note and when it sounds."""
    names = "C C# D Eb E F F# G Ab A Bb B".split()
    return " ".join(f"{names[note.pitch % 12]}{note.onset:g}" for note in tune.notes)


def changes(tune):
    """Return each chord and where it begins."""
    return " ".join(f"{chord.figure}{chord.onset:g}" for chord in tune.chords)


def caught(text):
    """Read a tune and catch what is said."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        tune = read_abc(text, "our.abc")
    assert all(remark_of(one.message).kind for one in said)
    return tune, [str(one.message) for one in said]


@pytest.mark.parametrize("body, melody, harmony, remark", ODD)
def test_what_is_odd_costs_at_most_its_place(body, melody, harmony, remark):
    tune, said = caught(HEAD + body)
    assert (sung(tune), changes(tune)) == (melody, harmony)
    if not remark:
        assert not said
        return
    assert re.match(remark, said[0])
    where = r"our\.abc, (header: )?"
    with reading(strict=True), pytest.raises(InputError, match=where + remark):
        read_abc(HEAD + body, "our.abc")


@pytest.mark.parametrize(
    "order, bars, remark",
    [
        ("AABA", "C D C D E F C D", ""),
        ("A2BA", "C D C D E F C D", ""),
        ("(AB)2", "C D E F C D E F", ""),
        ("A(AB2)2", "C D C D E F E F C D E F E F", ""),
        ("A.B.A", "C D E F C D", ""),
        ("AB", "C D E F", ""),
        ("BAC", "E F C D", "the parts come as P:BAC: left out are C"),
        ("B", "E F", "the parts come as P:B: left out are A"),
        ("XY", "C D E F", "the parts come as P:XY, and no such part is marked"),
    ],
)
def test_parts_are_played_in_their_order(order, bars, remark):
    tune, said = caught(HEAD.replace("K:C", f"P:{order}\nK:C") + "P:A\nC4|D4|\nP:B\nE4|F4|\n")
    assert sung(tune) == " ".join(f"{name}{4 * place}" for place, name in enumerate(bars.split()))
    assert [re.match(remark, one) is not None for one in said] == [True] * bool(remark)


def test_parts_have_repeats_of_their_own_and_what_stands_before_them_is_played_once():
    tune, _ = caught(HEAD.replace("K:C", "P:ABA\nK:C") + "C4|\n[P:A]|:D4:|\n[P:B]E4|1 F4:|2 G4|\n")
    assert sung(tune) == "C0 D4 D8 E12 F16 E20 G24 D28 D32"


@pytest.mark.parametrize(
    "field, words",
    [
        ("Q:fast", "tempo Q:fast is not known; write it like 1/4=120: 120 is taken"),
        ("M:4/4 3/4", "the head has the meters 4/4 3/4: the first counts"),
        ("K:C transpose=-2", "transpose=-2 in K: is passed over"),
    ],
)
def test_an_odd_head_is_read_and_said(field, words):
    head = HEAD.replace("K:C", field if field[0] == "K" else f"{field}\nK:C")
    tune, said = caught(head + "C4|D4|")
    assert (sung(tune), tune.tempo, tune.meter, tune.key) == ("C0 D4", 120, (4, 4), "C")
    assert len(said) == 1 and said[0].startswith(words)
    with reading(strict=True), pytest.raises(InputError, match=re.escape(f"our.abc, header: {words}")):
        read_abc(head + "C4|D4|", "our.abc")


def test_each_repair_is_a_remark_of_a_corpus_and_a_word_of_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    odd = [('"C"' + body, remark) for body, _, _, remark in ODD if remark]
    for place, (body, _) in enumerate(odd):
        (tmp_path / f"{place:02}.abc").write_text(HEAD + body, encoding="utf-8")
    music = corpus(tmp_path)
    assert not music.skipped and len(music) == len(odd)
    found = {}
    for file, remark in music.remarks:
        found.setdefault(file, str(remark))
    assert len(found) == len(odd)
    for place, (_, remark) in enumerate(odd):
        assert re.match(remark, found[f"{place:02}.abc"])
    warnings.simplefilter("default")
    assert main(["show", "00.abc"]) == 0
    assert "bar 2: lasts 3 quarter notes" in capsys.readouterr().err


def test_an_order_of_parts_is_bounded():
    start = time.process_time()
    for order in ("(" * 400 + "A9999" + ")9999" * 120, "A9999" * 150, "(" * 900, ")" * 900):
        try:
            read_abc(HEAD.replace("K:C", f"P:{order}B\nK:C") + "P:A\nC4|D4|\nP:B\nE4|F4|\n")
        except ValueError as error:
            assert "more than 4000 bars" in str(error)
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    "meter, body, melody, found, remark",
    [
        ("none", "C3|D3|E3|", "C0 D3 E6", (3, 4), "the meter is none, and bars last 3 quarter notes: read as 3/4"),
        ("none", "C3|D2|E4|F|", "C0 D3 E5 F9", (4, 4), "there is no meter: bars are as long as their notes"),
        ("4/4", "C|D3|E3|F3|G3|A2|", "C2 D3 E6 F9 G12 A15", (3, 4), "the meter is 4/4, and bars last 3 .*as 3/4"),
        ("4/4", "C8|D8|E8|F8|G8|", "C0 D8 E16 F24 G32", (4, 4), "bar 1: lasts 8 .* read as 2 bars"),
    ],
)
def test_the_bars_say_the_meter_if_the_head_does_not(meter, body, melody, found, remark):
    tune, said = caught(HEAD.replace("K:C", f"M:{meter}\nK:C") + body)
    assert (sung(tune), tune.meter) == (melody, found)
    assert re.match(remark, said[0])


@pytest.mark.parametrize(
    "key, name, pitches",
    [
        ("C clef=treble octave=-1", "C", [48, 52]),
        ("C octave=1 clef=bass", "C", [72, 76]),
        ("clef=bass", "", [60, 64]),
        ("HP", "", [61, 64]),
        ("Hp", "", [61, 64]),
    ],
)
def test_keys_with_octaves_and_clefs_and_for_the_pipes(key, name, pitches):
    tune, said = caught(HEAD.replace("K:C", f"K:{key}") + "C2E2|")
    assert (tune.key, [note.pitch for note in tune.notes], said) == (name, pitches, [])


@pytest.mark.parametrize("seed", range(60))
def test_realistic_tunes_with_oddities_come_out_as_they_were_meant(seed):
    # Each bar is meant as four notes over one chord; some are written oddly, in ways that have one sensible reading.
    luck = random.Random(seed)
    bars, melody, harmony, doubts = [], [], [], set()
    for place in range(luck.randint(8, 24)):
        names = [luck.choice("CDEFGAB") for _ in range(4)]
        root, body, odd = luck.choice("CDEFGA"), [*names], luck.choice("..........tslpowxbrm")
        figure = written = root + luck.choice(["", "7", "m", "m7"])
        if odd == "t":  # a text that is no chord
            body[luck.randint(0, 3)] += f'"{luck.choice(["4", "Segno", "tr", "rit.", "x2", "A part"])}"'
        elif odd == "s":  # a slur written as a tie
            body[0], body[1], names[:2] = "C-", "E", "CE"
        elif odd == "l":  # the last note too long
            body[-1] += "3"
        elif odd == "o":  # old or regional figures
            figure, written = luck.choice([(f"{root}dim", f"{root}d"), (f"{root}7/B", f"{root}7/b")])
        elif odd == "w":  # a chord that may be played instead
            body[2] = f'"({luck.choice("CDE")}m)"' + body[2]
        elif odd == "x":  # a figure that nobody knows
            figure, written = "", f"{root}xyz"
        elif odd == "b":  # a rest too many
            body.append("z2")
        elif odd == "r" and place:  # a rest left out
            body, names = body[:3], names[:3]
        if odd in "tslwxb" or odd == "r" and place:
            doubts.add(place + 1)
        bars.append(f'"{written}"' + "".join(body))
        melody += [f"{name}{4 * place + beat}" for beat, name in enumerate(names)]
        harmony += [f"{figure}{4 * place}"] * bool(figure)
    bars += ["C4"]
    melody.append(f"C{4 * len(bars) - 4}")
    # lines of a few bars, some of them without a bar line at the end
    page = ""
    for place, bar in enumerate(bars, 1):
        end = luck.choice(["|", "|", "|\n", " |\n", "\n"])
        page += bar + (end if end != "\n" or place not in doubts else "|\n")
    tune, said = caught(HEAD + page)
    assert (sung(tune), changes(tune)) == (" ".join(melody), " ".join(harmony))
    assert {int(re.match(r"bar (\d+)", one)[1]) for one in said} == doubts


SIMPLE = [
    *PAGES[:3],
    HEAD + 'A>B c<d | "F7"(3CDE F2 | [CEG]4 | ^F2 ^F2 |]',
    HEAD.replace("K:C", "K:Ddor") + "|: C4 |1 D4 :|2 E4 |]",
    "X:1\nM:6/8\nL:1/8\nK:A\nCDE ^FGA | Bcd {e}d3 | (4CDEF C3- | C6 |]",
]


@pytest.mark.parametrize("page", SIMPLE, ids=range(len(SIMPLE)))
def test_music21_agrees(page):
    from music21 import converter

    stream = converter.parse(page, format="abc")
    stream = (stream.expandRepeats() if ":|" in page else stream).stripTies()
    theirs = [
        (round(float(note.getOffsetInHierarchy(stream)), 5), round(float(note.quarterLength), 5), pitch.midi)
        for note in stream.recurse().notes
        for pitch in note.pitches
        if "ChordSymbol" not in note.classes and note.quarterLength
    ]
    ours = [(round(note.onset, 5), round(note.duration, 5), note.pitch) for note in read_abc(page).notes]
    assert theirs == ours


def test_music21_reads_what_is_written():
    from music21 import converter

    for page in PAGES[::6]:
        tune = read_abc(page)
        stream = converter.parse(write_abc(tune), format="abc").stripTies()
        theirs = [
            (round(float(note.getOffsetInHierarchy(stream)), 5), note.pitch.midi)
            for note in stream.recurse().notes
            if note.isNote
        ]
        assert theirs == [(round(note.onset, 5), note.pitch) for note in tune.notes]


# --- what is wrong is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body, words",
    [
        ("C4 | D4 & E4", r"bar 2: cannot read '& E4'"),
        ("-C4", "bar 1: a tie '-' stands behind a note"),
        ("C4 |\nK:Q\nD4", "bar 2: key K:Q is not known; write it like F, Bb, Cm or Ddor"),
        ("C4 |[2 D4 |", "bar 2: is never played; no repeat, ending or jump leads there"),
        ("C2 2 | D4", "bar 1: '2' stands inside a bar; an ending such as .1 begins a bar"),
        ("C999999999999", "bar 1: the upper number of a length is 999999999999; it may be 1 to 9999"),
        ("C/0", "bar 1: the lower number of a length is 0"),
        ("(999999CDE", "bar 1: the number of notes in a tuplet is 999999; it may be 1 to 99"),
        ("Z99999999", "bar 1: the number of bars that Z rests is 99999999; it may be 1 to 4000"),
        ("C4|Z3999|D4|Z3999|C4|", "bar 4: the tune is longer than 4000 bars; split it"),
        ("C4 |[1-99 D4", "bar 2: the number of an ending is 99; it may be 1 to 8"),
        (">C4", "bar 1: > is not between two notes of a bar"),
        ("[CxE]4", "bar 1: cannot read '.CxE.4'; notes that sound together are like"),
        ("C,,,,,,,,,4", "bar 1: the note C,,,,,,,,,4 lies outside the range of MIDI"),
        ("C : D", "bar 1: a single ':' is no bar line"),
        ("z4 | z4", "header: no notes found"),
    ],
)
def test_mistakes_are_named_with_their_bar(body, words):
    with pytest.raises(ValueError, match=rf"our\.abc, {words}"):
        read_abc(HEAD + body, "our.abc")


@pytest.mark.parametrize(
    "field, words",
    [
        ("M:4/0", "meter M:4/0 is not known"),
        ("L:1/0", "the lower number of a length is 0"),
        ("K:G# lydian", "key K:G# lydian is not known"),
        ("Q:1e999", "a tempo lies above 0"),
        ("%%swing much", "%%swing much is not known"),
        ("%%swing 9", "a swing ratio lies between 1"),
        ("%%MIDI program 128", "%%MIDI program 128 is not known"),
    ],
)
def test_mistakes_of_the_header_are_named(field, words):
    with pytest.raises(ValueError, match="text, header: .*" + re.escape(words)):
        read_abc("X:1\n" + field + "\nK:C\nC8|" if field[0] != "K" else field + "\nC8|")


@pytest.mark.parametrize(
    "body",
    [
        "C8|" * 22_000,
        "C>" * 35_000,
        "C/997D/991" * 7_000,
        "|:C8:|" * 11_000,
        '"F7"' * 17_000,
        "[" * 70_000,
        "{" * 70_000,
        '"' * 70_000,
        "!a " * 22_000,
        "+a" * 35_000,
        "\n" * 70_000,
        "C'" * 35_000,
        "[1," * 22_000,
        "C8|\n" * 2_500_000,
        "".join(f'"Aq{place}"' for place in range(30_000)),
        "".join(f'"?{place}"' for place in range(30_000)),
        "C7|" * 22_000,
        "C4-D4|" * 22_000,
        "!fine!" * 20_000,
        "[P:A]C8|[P:B]" * 9_000,
        "[M:3/4]C6|[M:4/4]" * 9_000,
    ],
    ids=lambda body: f"{body[:6]!r}",
)
def test_reading_takes_time_in_proportion(body):
    start = time.process_time()
    with pytest.raises(ValueError, match="text, "):
        read_abc("X:1\nK:C\n" + body + "\nC99999|")
    assert time.process_time() - start < 2


SCRAPS = """|: :| :: [1 [2 |1 :|2 (3 (5:4:5 (9: (99999 C99999999 Z9999999 Z z - [CEG]2 [C-E] {gf} { " "^x"
!trill! !D.C.! "F7" [K:G] [M:3/4] [L:1/16] [V:2] % \\ & > <<<< ////// C/0 0 ^ __ =b'' ` y3 ] [ : P:A w:la
\x00 \u2028""".split()
SCRAPS += ["\nV:2\n", "\nK:Ddor\n", "\nM:none\n", "\nX:2\n", "\n\n", "\r", " "]


@settings(deadline=2000)
@given(
    st.sampled_from([*PAGES, JIG, DUET, *SIMPLE]),
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 9), st.sampled_from(SCRAPS) | st.text(max_size=3)),
        max_size=5,
    ),
    st.floats(0, 1),
)
def test_any_text_is_a_tune_or_a_value_error(page, changes, length):
    for where, cut, scrap in changes:
        place = int(where * len(page))
        page = page[:place] + scrap + page[place + cut:]
    page = page[:int(length * len(page)) or None] if length < 0.5 else page
    try:
        tune = read_abc(page, "x.abc")
    except ValueError as error:
        assert re.match(r"x\.abc, (header|bar \d+): .", str(error))
    else:
        assert_same(read_abc(write_abc(tune)), tune)
