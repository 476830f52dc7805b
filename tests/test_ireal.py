"""iReal Pro: links are found and unscrambled, pages become tunes, and damage is one clear error."""

import random
import re
from time import process_time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jazz_nb.formats.ireal import read_ireal, split_ireal
from jazz_nb.formats.remarks import InputError, reading, remark_of
from jazz_nb.music.form import Marks, unfold

SHORT = {"| x": "Kcl", " |": "LZ", "   ": "XyQ"}


def scramble(music):
    """Hide music as the app does: frequent signs become words, then blocks of 50 are mirrored in part."""
    for long, short in SHORT.items():
        music = music.replace(long, short)
    hidden = ""
    while len(music) > 51:
        block, music = music[:50], music[50:]
        signs = list(block)
        for place in (*range(5), *range(10, 24)):
            signs[place], signs[49 - place] = block[49 - place], block[place]
        hidden += "".join(signs)
    return "1r34LbKcu7" + hidden + music


def song(music, title="A Road", key="C", tempo="120", composer="Student Ann"):
    """Return the fields of one tune in the newer form."""
    return f"{title}={composer}==Medium Swing={key}=={scramble(music)}==" + f"{tempo}=3"


def figures(music, n_tunes=1):
    """Read one page and write each played bar as its figures."""
    tune = read_ireal("irealb://" + quote(song(music)))[0]
    bars = [[] for _ in range(tune.n_bars)]
    for chord in tune.chords:
        bars[int(chord.onset // tune.bar_length)].append(chord.figure)
    return " ".join("+".join(bar) or "-" for bar in bars)


@pytest.mark.parametrize(
    "music, played",
    [
        ("[T44C   |D-7   |G7   |C   Z", "C Dm7 G7 C"),
        ("{T44C   |D   }[E   Z", "C D C D E"),
        ("{T44C   <3x>|D   }[E   Z", "C D C D C D E"),
        ("{T44C   |N1D   }            |N2E   ][F   Z", "C D C E F"),
        ("{T44C   |N1D   }|N2E   }|N3F   Z", "C D C E C F"),
        ("{*AT44C   |N1D   |N2E   ][*BF   Z", "C D C E F"),
        ("{T44C   |N1D   }|N2E   <Fine>][F   <D.C. al Fine>Z", "C D C E F C E"),
        ("{T44C   |N1D   }|N2E   ][F   <D.C. al 2nd ending>Z", "C D C E F C E"),
        ("[T44SC   |D  Q |E   |F   <D.S. al Coda>][QG   Z", "C D E F C D G"),
        ("[T44C   |SD   Q|E   |F   ]<D.S. al Coda>[QG   Z", "C D E F D G"),
        ("[T44C   |QD   |E   <D.C. al Coda>][QG   Z", "C D E C G"),
        ("[T44C   |D   |QE   ][QF   Z", "C D E C D F"),  # a coda alone is for the last chorus
        ("{T44C   |D   }[QE   |QF   Z", "C D C D E C D C D F"),
        ("[T44C   |D  Q Z", "C D"),
        ("[T44C  Q|D   <D.C. al Coda>]{QE   |F   }[G   Z", "C D C E F E F G"),  # a coda has its own repeats
        (
            "[T44C   |{    |D   }[E   Z",
            "C - D C D E",
        ),  # what holds at the bar line is named where the road jumps
        ("[T44C   | x  |D   | x  Z", "C C D D"),
        ("[T44C   |D   | r  |E   Z", "C D C D E"),
        ("[T44C   |D   |  r |    |E   Z", "C D C D E"),
        ("[T44C   |    |D   Z", "C - D"),
        ("[T44C   |D   ]      |      [E   Z", "C D E"),
        ("[T44C   |pppp|D p p Z", "C - D"),
        ("[T44C   |n   |D   Z", "C N.C. D"),
        ("[T44C7   |W/E   |W/Bb   Z", "C7 C7/E C7/Bb"),
        ("[T44C7   (Gb7   )|lF7   |sB7,Bb7,A7,Ab7,Y|fG7   UZ", "C7 F7 B7+Bb7+A7+Ab7 G7"),
        ("[*iT44C   |[*AD   |<13th feel>E   Z", "C D E"),
    ],
)
def test_pages_are_played_out(music, played):
    assert figures(music) == played


@pytest.mark.parametrize(
    "figure, standard",
    [
        ("C^7", "Cmaj7"),
        ("Dh7", "Dm7b5"),
        ("Eo7", "Edim7"),
        ("G-7", "Gm7"),
        ("A7susb9", "A7sus4b9"),
        ("F7#9#5", "F7#5#9"),
        ("C69", "C6/9"),
        ("Bb6/9", "Bb6/9"),
        ("C-^7", "CmM7"),
        ("G7alt", "G7alt"),
        ("G9sus", "G9sus4"),
        ("F-7b5", "Fm7b5"),
        ("C+", "Caug"),
        ("D7b9/F#", "D7b9/F#"),
        ("Ab^9#11", "Abmaj9#11"),
    ],
)
def test_figures_of_the_app(figure, standard):
    assert figures(f"[T44{figure}   Z") == standard


@pytest.mark.parametrize(
    "meter, cells, beats",
    [
        ("T44", "C D   ", [1, 3]),
        ("T44", "C  D", [3, 1]),
        ("T44", "C D ", [2, 2]),
        ("T44", "C,D,E ", [1, 1, 2]),
        ("T34", "C D ", [2, 1]),
        ("T34", "C,D,E", [1, 1, 1]),
        ("T34", "C  D", [2, 1]),
        ("T54", "C D ", [3, 2]),
        ("T68", "C D ", [1.5, 1.5]),
        ("T12", "C D ", [3, 3]),
        ("T22", "C D ", [2, 2]),
        ("T22", "C,D,E,F", [1] * 4),
        ("T34", "C,D,E,F", [0.75] * 4),
        ("T44", "C D", [2.0, 2.0]),
    ],
)
def test_cells_become_beats(meter, cells, beats):
    if cells == "C D   ":
        cells = "C,D  "
    if cells == "C D":
        cells = "C,D"
    tune = read_ireal("irealb://" + quote(song(f"[{meter}{cells}Z")))[0]
    assert [chord.duration for chord in tune.chords] == beats
    assert tune.n_bars == 1


def test_playlists_pages_and_old_links_hold_the_same_chart():
    music = "{*AT44C^7   |A-7 D7 |N1G^7   |    }|N2G6   |x   ][*BE-7   |Eb7   |D-7   |G7   Z"
    one, two = song(music), song(music, "It's “ours” & = no".replace("=", "-"), "A-", "0", "")
    link = "irealb://" + quote(f"{one}==={two}===Our list")
    page = f"""<html><p>Charts</p><a href="{link.replace("'", "&#39;")}">Our list</a> and no more</html>"""
    old = "irealbook://" + f"A Road=Student Ann=Medium Swing=C=n={music}=Our list"
    tunes = [
        read_ireal(text)
        for text in (link, page, f"See {link} for more.", f"irealb://{one}==={two}===Our list")
    ]
    assert [[tune.title for tune in found] for found in tunes] == [["A Road", "It's “ours” & - no"]] * 4
    assert len({tuple(tune.chords for tune in found) for found in tunes}) == 1
    assert tunes[0][0].chords == tunes[0][1].chords == read_ireal(old)[0].chords
    assert (tunes[0][0].tempo, tunes[0][1].tempo, tunes[0][1].key) == (120, 120, "Am")
    assert split_ireal(link)[1].composer == ""


def test_links_in_two_old_charts_and_empty_fields():
    two = "irealbook://A=X Y=Bossa Nova=F=n=T44[F Z=B=X Y=Waltz=Bb=n=T34[Bb Z=List"
    assert [(tune.title, tune.meter, tune.style) for tune in read_ireal(two)] == [
        ("A", (4, 4), "Bossa Nova"),
        ("B", (3, 4), "Waltz"),
    ]
    bare = f"irealb://T=C=Swing=F={scramble('T44[F Z')}=140=2===List"
    sheet = split_ireal(bare)[0]
    assert (sheet.title, sheet.composer, sheet.style, sheet.key, sheet.tempo, sheet.repeats) == (
        "T",
        "C",
        "Swing",
        "F",
        140,
        2,
    )
    moved = f"irealb://T=C==Swing=F=5={scramble('T44[F Z')}=Jazz-Swing=140=2"
    assert split_ireal(moved)[0].transpose == "5"


@pytest.mark.parametrize("length", [*range(98, 106), *range(148, 156)])
@pytest.mark.parametrize("blanks", range(3))
def test_blanks_at_the_end_of_the_music_count_though_a_mailer_drops_them(length, blanks):
    chance = random.Random(length)
    bars = [chance.choice("ABCDEFG") + chance.choice(["7", "-7", "^7", "h7"]) for _ in range(13)]
    music = "[*AT44" + "|".join(bar + " " * chance.randrange(3) for bar in bars)
    room = length - blanks - 1 - len(scramble(music)[10:])  # commas say nothing
    music += "," * room + "Z" + " " * blanks
    exact, fields = f"irealb://{quote(song(music))}", song(music).split("=")
    shorter = "irealb://" + quote("=".join(field.rstrip() for field in fields))
    links = [exact, shorter, f'<a href="{exact}">one</a>', f"see {shorter} there"]
    for link in links:
        found = [chord.figure[0] for chord in read_ireal(link)[0].chords]
        assert [bar[0] for bar in bars if bar] == found


@pytest.mark.parametrize(
    "music, words",
    [
        ("[T44H7  |C7sus#44   |C   Z", "bar 1: cannot read 'H7'"),
        ("[T44   |C7sus#44   Z", "bar 2: cannot read 'C7sus#44'; chord figure"),
        ("[T44x   Z", "bar 1: 'x' repeats 1 bars, but only 0"),
        ("[T44    Z", "it has no chord"),
        ("[T44Z", "it has no bars"),
        ("[T40C   Z", "bar 1: .*a meter is like"),
        ("[T44pppp|pppp Z", "it has no chord"),
        ("C |" * 7000, "at most 20000 are read"),
    ],
)
def test_what_is_wrong_is_named(music, words):
    with pytest.raises(ValueError, match=f"mine, chart 1 'A Road', .*{words}"):
        read_ireal("irealb://" + quote(song(music)), "mine")


REPAIRS = [  # music, what is played, kind and bar of the remark, some of its words
    ("[T44C   |H7  |D   Z", "C - D", "chord", "bar 2", "'H7' is no chord; the one before it is held"),
    ("[T44C   |C7sus#44   |D   Z", "C - D", "chord", "bar 2", "the one before it is held"),
    ("[T44C   |Dmoo,G7   |C   Z", "C G7 C", "chord", "bar 2", "'Dmoo' is no chord"),
    ("[T44C   |(D7   Z", "C D7", "sign", "bar 2", "passed over"),
    ("[T44C   |D   |T34E   Z", "C D", "meter", "bar 1", "to 3/4 at bar 3"),
    ("[T44C   |T24D |T44E   |F   |G   Z", "E F G", "meter", "bar 3", "bars 3 to 5 in 4/4"),
    ("[T44C   |D   <D.S.>|E   Z", "C D C D E", "form", "bar 2", "D.S. is played as D.C."),
    ("[T44C   |D   <D.C. al Fine>Z", "C D C D", "form", "bar 2", "played to the end"),
    ("[T44SC   |D   <D.S. al Coda>][E   Z", "C D C D E", "form", "bar 2", "the place is not marked"),
    ("[T44C   |D  Q |E   <D.C. al Coda>][F   Z", "C D E C D F", "form", "bar 3", "behind this bar"),
    ("[T44C   |D   <Fine>][E   <D.C. al Fine>|F   Z", "C D E F C D", "form", "bar 4", "double bar"),
    ("[T44C Q |D   <D.C. al Coda>|E   ][QF   Z", "C D E C F", "form", "bar 3", "double bar"),
    ("{T44C   |N1D   }|N2E   <Fine>][F   <D.C. al Fine>][G   Z", "C D C E F C E", "form", "bar 5", "left out"),
]


@pytest.mark.parametrize("music, played, kind, bar, words", REPAIRS)
def test_a_slip_is_repaired_and_said_or_refused_when_strict(music, played, kind, bar, words):
    link = "irealb://" + quote(song(music))
    with pytest.warns(UserWarning) as said:
        assert figures(music) == played
    (remark,) = [remark_of(one.message) for one in said]
    assert (remark.kind, remark.place) == (kind, f"text, chart 1 'A Road', {bar}")
    assert words in remark
    with reading(strict=True), pytest.raises(InputError, match=re.escape(remark)):
        read_ireal(link)


@pytest.mark.parametrize("typed, meant", [("Cmaj7", "Cmaj7"), ("C7alt.", "C7alt"), ("Bbdim7", "Bbdim7"), ("am7", "Am7")])
def test_chords_of_other_hands_are_read_without_a_word(typed, meant):
    assert figures(f"[T44{typed}|D   Z") == f"{meant} D"


def write_road(chance):
    """Return a page of odd but playable signs, and what its writer meant."""
    letters = iter("ABCDEFG" * 9)

    def bars(low, high):
        return [next(letters) + chance.choice(["7", "-7", "^7"]) for _ in range(chance.randint(low, high))]

    kind = chance.choice(["endings", "fine", "coda", "segno", "plain"])
    head, middle, last = bars(2, 6), bars(2, 6), bars(2, 4)
    join = "   |".join
    if kind == "endings":  # a double bar inside the first ending
        at = chance.randrange(1, len(middle))
        page = "{T44" + join(head) + "   |N1" + join(middle[:at]) + "   ][" + join(middle[at:]) + "   }|N2" + join(last)
        return page + "   Z", head + middle + head + last
    early = chance.randrange(len(middle))  # the words stand too early
    words = {"fine": "<D.C. al Fine>", "coda": "<D.C. al Coda>", "segno": "<D.S. al Fine>", "plain": ""}[kind]
    body = join(bar + " " + words * (at == early) for at, bar in enumerate(middle))
    stop = "<Fine>" * (kind in ("fine", "segno")) + "Q" * (kind == "coda")
    page = "[T44" + join(head) + "   " + stop + "][" + body + "   ]"
    if kind == "coda":
        return page + "[Q" + join(last) + "   Z", head + middle + head + last
    return page[:-1] + "Z", head + middle + (head if kind != "plain" else [])


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_odd_pages_are_played_as_their_writer_meant(seed):
    music, meant = write_road(random.Random(seed))
    assert figures(music).split() == [bar.replace("-", "m").replace("^", "maj") for bar in meant], music


def mutate(text, chance):
    """Damage a text in one to six places."""
    for _ in range(chance.randint(1, 6)):
        at, kind = chance.randrange(len(text) + 1), chance.randrange(5)
        piece = chance.choice(
            list("=%|{}[]ZQSNxrnpW<>()*,T/ ") + ["===", "N2", "<D.S. al Coda>", "T34", "Kcl", "\0"]
        )
        until = at + chance.randint(1, 9)
        text = (
            text[:at]
            if kind == 0
            else text[:at] + text[until:]
            if kind == 1
            else text[:at] + piece + text[at:]
            if kind < 4
            else text[:at] + chance.choice(text or "x") + text[at + 1 :]
        )
    return text


MUSIC = "{*AT44SC^7   |A-7 D7 |N1G^7   | x  }|N2G6   Q|r   |  ][*BE-7   |Eb7 <D.S. al Coda>Z[QD-7   |G7   Z"
LINKS = [
    "irealb://" + quote(f"{song(MUSIC)}==={song(MUSIC, 'B')}===List"),
    f"irealb://{song(MUSIC)}",
    f"irealbook://A=B=C=D=n={MUSIC}",
]


@given(st.integers(0, 2**32))
def test_damaged_links_are_read_or_refused(seed):
    chance = random.Random(seed)
    try:
        tunes = read_ireal(mutate(chance.choice(LINKS), chance), "mine")
        assert all(tune.chords and not tune.notes for tune in tunes)
    except ValueError as error:
        assert str(error).startswith("mine")


@pytest.mark.filterwarnings("ignore::UserWarning")
@given(st.text("{}[]|ZCDN12QSxrnpW T345*A<>.F/", max_size=80))
def test_any_music_is_read_or_refused(music):
    try:
        read_ireal("irealb://" + quote(song(music)), "mine")
    except ValueError as error:
        assert str(error).startswith("mine, chart 1 'A Road', ")


MARKS = st.builds(
    Marks,
    st.booleans(),
    st.sampled_from([0, 0, 0, 2, 3]),
    st.sampled_from([(), (), (), (1,), (2,), (1, 2)]),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", "", "", "D.C.", "D.S."]),
    st.sampled_from(["", "fine", "coda", "2"]),
    st.booleans(),
)


@given(st.lists(MARKS, max_size=12))
def test_every_road_has_an_end(bars):
    try:
        order = unfold(bars)
    except ValueError as error:
        assert str(error).startswith("bar ")
    else:
        assert set(order) == set(range(len(bars)))
        assert unfold(bars, mend=None) == order
    said = []
    try:
        order = unfold(bars, mend=lambda words, *facts, place, kind: said.append(place))
    except ValueError as error:
        assert re.match("bar \\d+: (played out|is never played)", str(error))
    else:
        assert said or set(order) == set(range(len(bars)))


@pytest.mark.parametrize(
    "text",
    [
        "irealb://" * 100_000,
        "irealb://" + "=" * 500_000,
        "irealb://" + "%5B" * 300_000,
        "'irealb://" * 50_000,
        "irealb://" + "1r34LbKcu7=" * 100_000,
        "irealbook://" + "A=" * 500_000,
        "<" * 1_000_000,
    ],
)
def test_long_nonsense_is_refused_at_once(text):
    start = process_time()
    with pytest.raises(ValueError):
        read_ireal(text)
    assert process_time() - start < 2


@pytest.mark.parametrize(
    "music, words",
    [
        ("{T44" + "C,D,E,F" * 2000 + "|x|x|x <19x>}Z", "cells; a bar has 4"),
        ("{T44C " + "|x " * 5000 + "Z", "at most 4000 bars"),
        ("{T44C " + "|x " * 2500 + "<19x>}Z", "more than 4000 bars"),
    ],
)
def test_charts_without_end_are_refused(music, words):
    start = process_time()
    with pytest.raises(ValueError, match=words):
        read_ireal("irealb://" + "===".join([song(music)] * 20))
    assert process_time() - start < 2
