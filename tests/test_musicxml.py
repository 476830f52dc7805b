"""Lead sheets in MusicXML: what we write comes back, what others write is played out, harm is refused."""

import random
import re
import tracemalloc
import warnings
from dataclasses import replace
from io import BytesIO
from time import process_time
from xml.etree import ElementTree
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_engraving import ETUDES, assert_same, solos, written_tunes

from jazz_nb.formats.musicxml_reader import read_musicxml
from jazz_nb.formats.musicxml_writer import from_stream, to_musicxml, to_mxl
from jazz_nb.formats.remarks import InputError, reading, remark_of
from jazz_nb.tune import excerpt

HEAD = (
    "<attributes><divisions>2</divisions><time><beats>{}</beats><beat-type>{}</beat-type></time></attributes>"
)


def note(step, duration, inside="", octave=4):
    """Write a note; ``inside`` stands behind its length."""
    pitch = f"<pitch><step>{step}</step><octave>{octave}</octave></pitch>"
    return f"<note>{pitch}<duration>{duration}</duration>{inside}</note>"


def rest(duration):
    """Write a rest."""
    return f"<note><rest/><duration>{duration}</duration></note>"


def chord(root, kind, inside="", text=""):
    """Write a chord symbol; ``inside`` stands behind its kind."""
    words = f' text="{text}"' if text else ""
    return f"<harmony><root><root-step>{root}</root-step></root><kind{words}>{kind}</kind>{inside}</harmony>"


def repeat(direction, ending="", location="right"):
    """Write a bar line with a repeat and an ending."""
    sign = f'<repeat direction="{direction}"/>' if direction else ""
    return f'<barline location="{location}">{ending}{sign}</barline>'


def words(text, sound=""):
    """Write a direction."""
    return f"<direction><direction-type><words>{text}</words></direction-type>{sound}</direction>"


def sheet(*bars, meter=(4, 4), head=""):
    """Write a score of one part; the first bar gets the head."""
    first = HEAD.format(*meter) + head
    inside = "".join(
        f'<measure number="{place}">{first if place == 1 else ""}{bar}</measure>'
        for place, bar in enumerate(bars, 1)
    )
    return f'<score-partwise><part id="P1">{inside}</part></score-partwise>'


def letters(tune):
    """Return the melody as letters."""
    return "".join("C?D?EF?G?A?B"[note.pitch % 12] for note in tune.notes)


@pytest.mark.parametrize("tune", ETUDES, ids=lambda tune: tune.title)
def test_etudes_read_back_the_same(tune):
    assert_same(read_musicxml(to_musicxml(tune)), tune)
    assert read_musicxml(to_mxl(tune)) == read_musicxml(to_musicxml(tune))


@pytest.mark.slow
@pytest.mark.campaign
def test_solos_read_back_the_same():
    for tune in solos(30):
        assert_same(read_musicxml(to_musicxml(tune)), tune)


@settings(max_examples=150, deadline=None)
@given(written_tunes())
def test_whatever_can_be_written_reads_back_the_same(tune):
    if tune.notes or tune.chords:
        assert_same(read_musicxml(to_musicxml(tune)), tune)


def sounds(stream):
    """Return onset, duration and pitch of what sounds, and the words of all chord symbols, as music21 has it."""
    flat = stream.stripTies().flatten()
    played = [element for element in flat.notes if "Harmony" not in element.classes]
    notes = [(round(float(element.offset), 6), round(float(element.quarterLength), 6), pitch.midi)
             for element in played for pitch in element.pitches]
    return sorted(notes), [symbol.chordKindStr for symbol in flat.getElementsByClass("ChordSymbol")]


def heard(tune):
    """Return the same of a tune, without chord symbols."""
    return sorted((round(note.onset, 6), round(note.duration, 6), note.pitch) for note in tune.notes)


def test_music21_finds_the_same_and_takes_much_longer():
    from music21 import converter

    documents = [to_musicxml(tune) for tune in ETUDES[:6]]
    converter.parseData(documents[0], format="musicxml")
    start = process_time()
    ours = [read_musicxml(document) for document in documents]
    middle = process_time()
    theirs = [converter.parseData(document, format="musicxml") for document in documents]
    assert process_time() - middle > 4 * (middle - start)
    for tune, stream in zip(ours, theirs):
        notes, words = sounds(stream)
        assert heard(tune) == notes
        assert len(tune.chords) == len(words)
        assert all(chord.figure.endswith(word) for chord, word in zip(tune.chords, words))
        assert_same(from_stream(stream), tune)


def test_what_music21_writes_reads_the_same(tmp_path):
    from music21 import harmony, key, meter, note, stream, tempo, tie

    part = stream.Part([meter.TimeSignature("3/4"), key.Key("e-"), tempo.MetronomeMark(number=90)])
    for onset, length, name in (
        (0, 1, "E-4"),
        (1, 1 / 3, "F4"),
        (4 / 3, 1 / 3, "G-4"),
        (5 / 3, 1 / 3, "A-4"),
        (2, 2.5, "B-4"),
        (4.5, 0.5, "C-5"),
        (5, 0.75, "B-4"),
        (5.75, 0.25, "D5"),
    ):
        part.insert(onset, note.Note(name, quarterLength=length))
    for onset, figure in ((0, "E-m7"), (2, "A-7"), (3, "D-maj7"), (4, "Fm7b5"), (5, "B-7/D")):
        part.insert(onset, harmony.ChordSymbol(figure))
    part.insert(6, note.Note("E-5", quarterLength=1.5, tie=tie.Tie("start")))
    part.insert(7.5, note.Note("E-5", quarterLength=1.5, tie=tie.Tie("stop")))
    score = stream.Score([part])
    tune = read_musicxml(score.write("musicxml", tmp_path / "score.musicxml").read_bytes())
    packed = read_musicxml(score.write("mxl", tmp_path / "score.mxl").read_bytes())
    assert packed.notes == tune.notes
    assert heard(tune) == sounds(score)[0] == heard(from_stream(score.makeNotation()))
    assert [one.figure for one in tune.chords] == ["Ebm7", "Ab7", "Dbmaj7", "Fm7b5", "Bb7/D"]
    assert [one.onset for one in tune.chords] == [0, 2, 3, 4, 5]
    assert (tune.meter, tune.key, tune.tempo) == ((3, 4), "Ebm", 90)


def test_a_stream_for_a_transposing_instrument_gives_what_sounds():
    from music21 import instrument, note, stream

    written = stream.Part([instrument.AltoSaxophone(), note.Note("A4", quarterLength=4)])
    written.atSoundingPitch = False
    assert [one.pitch for one in from_stream(written).notes] == [60]
    assert written.flatten().notes[0].pitch.nameWithOctave == "A4"  # it is not changed
    sounding = stream.Part([instrument.AltoSaxophone(), note.Note("A4", quarterLength=4)])
    sounding.atSoundingPitch = True
    assert [one.pitch for one in from_stream(sounding).notes] == [69]


def test_a_stream_that_cannot_be_written_is_refused():
    from music21 import stream

    with pytest.raises(ValueError, match="the stream <music21.stream.Stream .*"):
        from_stream(stream.Stream())
    with pytest.raises(ValueError, match="the stream .* neither notes nor chord symbols"):
        from_stream(stream.Score([stream.Part()]))


@pytest.mark.parametrize(
    "bars, played",
    [
        (["C", "D" + repeat("backward"), "E"], "CDCDE"),
        (["C", repeat("forward", "", "left") + "D" + repeat("backward"), "E"], "CDDE"),
        (
            [
                "C",
                repeat("", '<ending number="1" type="start"/>', "left")
                + "D"
                + repeat("backward", '<ending number="1" type="stop"/>'),
                repeat("", '<ending number="2" type="start"/>', "left")
                + "E"
                + repeat("", '<ending number="2" type="discontinue"/>'),
                "F",
            ],
            "CDCEF",
        ),
        (
            [
                "C",
                repeat("", '<ending number="1, 2" type="start"/>', "left")
                + "D"
                + repeat("backward", '<ending number="1, 2" type="stop"/>'),
                repeat("", '<ending number="3" type="start"/>', "left") + "E",
            ],
            "CDCDCE",
        ),
        (["C", "D" + '<barline><repeat direction="backward" times="4"/></barline>', "E"], "CDCDCDCDE"),
        (["C", "D" + words("Fine"), "E" + words("D.C. al Fine")], "CDECD"),
        (
            [
                "C",
                '<sound segno="1"/>' + "D",
                "E" + '<sound tocoda="1"/>',
                "F" + '<sound dalsegno="1"/>',
                '<sound coda="1"/>' + "G",
            ],
            "CDEFDEG",
        ),
        (
            [
                "C",
                "<direction><direction-type><segno/></direction-type></direction>D",
                "E" + words("To Coda"),
                "F" + words("D.S. al Coda", '<sound dalsegno="1"/>'),
                "<direction><direction-type><coda/></direction-type></direction>G",
            ],
            "CDEFDEG",
        ),
        (
            [
                "C",
                "D" + "<direction><direction-type><coda/></direction-type></direction>",
                "E" + words("D.C. al Coda"),
                "<direction><direction-type><coda/></direction-type></direction>F",
            ],
            "CDECDF",
        ),
    ],
)
def test_the_road_is_played_out(bars, played):
    written = list(bars)
    for letter in "CDEFG":
        written = [
            bar.replace(letter, note(letter, 8)) if bar == letter else put(bar, letter) for bar in written
        ]
    tune = read_musicxml(sheet(*written))
    assert letters(tune) == played
    assert [one.onset for one in tune.notes] == [4.0 * bar for bar in range(len(played))]


def put(bar, letter):
    """Replace the one capital letter that stands for a whole note, outside tags and words."""
    return re.sub(rf"(^|(?<=>)){letter}(?=<|$)", note(letter, 8), bar)


def test_pick_ups_and_bars_cut_in_two_stay_on_the_bar_lines():
    tune = read_musicxml(
        sheet(
            note("G", 2), chord("C", "major") + note("C", 8), note("D", 6) + repeat("backward"), note("E", 8)
        )
    )
    assert [(one.onset, one.duration) for one in tune.notes] == [
        (3, 1),
        (4, 4),
        (8, 3),
        (11, 1),
        (12, 4),
        (16, 3),
        (20, 4),
    ]
    assert [(one.onset, one.duration) for one in tune.chords] == [(4, 7), (12, 12)]


def test_voices_chords_ties_tuplets_and_ornaments():
    grace = "<note><grace/><pitch><step>A</step><octave>4</octave></pitch></note>"
    third = note("F", 2).replace("<note>", "<note><chord/>")
    second = "<backup><duration>8</duration></backup>" + note("E", 8, "<voice>2</voice>", 3)
    triplet = (
        "<attributes><divisions>3</divisions></attributes>"
        + "".join(note(step, 2) for step in "CDE")
        + note("G", 6, '<tie type="start"/>')
    )
    held = note("G", 3, '<tie type="stop"/><tie type="start"/>') + note("G", 9, '<tie type="stop"/>')
    tune = read_musicxml(sheet(grace + note("D", 2) + third + rest(6) + second, triplet, held))
    assert [(round(one.onset, 3), round(one.duration, 3), one.pitch) for one in tune.notes] == [
        (0, 1, 62),
        (0, 1, 65),
        (4, 0.667, 60),
        (4.667, 0.667, 62),
        (5.333, 0.667, 64),
        (6, 6, 67),
    ]


@pytest.mark.parametrize(
    "text, figure",
    [
        (chord("C", "dominant"), "C7"),
        (chord("B", "half-diminished"), "Bm7b5"),
        (chord("C", "major-seventh", "<bass><bass-step>E</bass-step></bass>"), "Cmaj7/E"),
        (
            chord(
                "G",
                "dominant",
                "<degree><degree-value>9</degree-value><degree-alter>-1</degree-alter>"
                "<degree-type>add</degree-type></degree>",
            ),
            "G7b9",
        ),
        (chord("D", "minor-seventh", text="m7"), "Dm7"),
        (chord("G", "other", text="7alt"), "G7alt"),
        (
            chord("F", "dominant", text="any words").replace(
                "</root-step>", "</root-step><root-alter>1</root-alter>"
            ),
            "F#7",
        ),
        (chord("C", "none", text="N.C."), "N.C."),
        ("<harmony><kind>none</kind></harmony>", "N.C."),
    ],
)
def test_chord_symbols_of_others(text, figure):
    tune = read_musicxml(sheet(text + note("C", 8)))
    assert [one.figure for one in tune.chords] == [figure]


def test_a_sheet_of_chords_alone_is_a_chart_and_offsets_count():
    later = chord("G", "dominant", "<offset>4</offset>")
    chart = read_musicxml(sheet(chord("D", "minor-seventh") + later, chord("C", "major-sixth") + rest(8)))
    assert not chart.notes
    assert [(one.onset, one.duration, one.figure) for one in chart.chords] == [
        (0, 2, "Dm7"),
        (2, 2, "G7"),
        (4, 4, "C6"),
    ]


@pytest.mark.parametrize(
    "meter, length", [((3, 4), 6), ((5, 4), 10), ((6, 8), 6), ((12, 8), 12), ((2, 2), 8), (("3+2", 8), 5)]
)
def test_meters(meter, length):
    tune = read_musicxml(sheet(note("C", length), note("D", length), meter=meter))
    beats = 5 if meter[0] == "3+2" else meter[0]
    assert tune.meter == (beats, meter[1]) and tune.n_bars == 2


def test_the_head_of_the_page():
    head = "<attributes><key><fifths>-3</fifths><mode>minor</mode></key></attributes>" + (
        "<direction><direction-type><metronome><beat-unit>half</beat-unit><per-minute>90</per-minute>"
        "</metronome></direction-type><sound><swing><first>2</first><second>1</second></swing></sound>"
        "</direction>"
    )
    tune = read_musicxml(
        sheet(note("C", 8), head=head).replace(
            "<part ", "<movement-title>Ärger &amp; Freude</movement-title><part "
        ),
        "mine.xml",
    )
    assert (tune.key, tune.tempo, tune.swing, tune.title, tune.source) == (
        "Cm",
        180,
        2,
        "Ärger & Freude",
        "mine.xml",
    )


@pytest.mark.parametrize(
    "fifths, mode, key",
    [
        (0, "major", "C"),
        (-7, "major", "Cb"),
        (7, "major", "C#"),
        (-6, "minor", "Ebm"),
        (6, "minor", "D#m"),
        (3, "", "A"),
        (1, "minor", "Em"),
        (-1, "major", "F"),
    ],
)
def test_keys(fifths, mode, key):
    head = f"<attributes><key><fifths>{fifths}</fifths><mode>{mode}</mode></key></attributes>"
    assert read_musicxml(sheet(note("C", 8), head=head)).key == key


def test_parts_are_chosen_and_sounding_pitch_is_given():
    shift = "<transpose><chromatic>-2</chromatic><octave-change>-1</octave-change></transpose>"
    shift = f"<attributes>{shift}</attributes>"
    tenor = sheet(
        chord("D", "minor-seventh") + note("D", 8),
        head="<attributes><key><fifths>2</fifths></key></attributes>" + shift,
    )
    piano = sheet(note("C", 8, octave=2)).replace('"P1"', '"P2"')
    both = tenor.replace("</score-partwise>", piano.removeprefix("<score-partwise>"))
    assert (both.count("<part "), read_musicxml(both).notes[0].pitch, read_musicxml(both).key) == (2, 48, "C")
    assert [one.figure for one in read_musicxml(both).chords] == ["Cm7"]
    low = read_musicxml(both, part="P2")
    assert (low.notes[0].pitch, [one.figure for one in low.chords]) == (36, ["Cm7"])
    with pytest.raises(ValueError, match="mine: it has no part 'P3'; it has P1 '', P2 ''"):
        read_musicxml(both, "mine", part="P3")


def test_timewise_scores_letters_and_doctypes():
    plain = sheet(note("C", 8), note("D", 8))
    turned = plain.replace('<part id="P1">', "").replace("</part>", "").replace("partwise", "timewise")
    for place in "12":
        turned = turned.replace(f'<measure number="{place}">', f'<measure number="{place}"><part id="P1">')
    turned = turned.replace("</measure>", "</part></measure>")
    public = '"-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://no.where/x.dtd"'
    doctype = f"<!DOCTYPE score-partwise PUBLIC {public}>"
    wanted = read_musicxml(plain)
    wide = f'<?xml version="1.0" encoding="UTF-16"?>{plain}'.encode("utf-16")
    for text in (turned, doctype + plain, wide, "\ufeff".encode() + plain.encode()):
        assert read_musicxml(text).notes == wanted.notes


ENTITIES = [
    '<!ENTITY a "x">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)),
    f'<!ENTITY a "{"x" * 100_000}">',
    '<!ENTITY a SYSTEM "file:///etc/passwd">',
    '<!ENTITY % a SYSTEM "http://no.where/">%a;',
]


@pytest.mark.parametrize("entities", ENTITIES, ids=["laughs", "quadratic", "file", "parameter"])
def test_entities_are_refused(entities):
    text = f"<!DOCTYPE s [{entities}]>" + sheet(note("C", 8)).replace(
        "<part ", "<t>" + "&a;" * 1000 + "</t><part "
    )
    start = process_time()
    with pytest.raises(ValueError, match="mine: it defines entities of its own"):
        read_musicxml(text, "mine")
    assert process_time() - start < 1


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "line 1, column 1: it is no XML"),
        ("<a>" * 1000, "inside each other"),
        ("<a/>", "it is a <a>, not a score"),
        ("<score-partwise/>", "no part with bars"),
        (sheet(rest(8)), "neither notes nor chord symbols"),
        (sheet(note("H", 8)), r"bar 1 \(number '1'\): a note has the step 'H'"),
        (sheet(note("C", 8)).replace("<divisions>2", "<divisions>0"), "bar 1 .*0 divisions"),
        (sheet(note("C", -8)), "bar 1 .*a note lasts -4 quarter notes"),
        (sheet(note("C", "9" * 200)), "bar 1 .*is no number"),
        (sheet(note("C", 8, octave="9" * 9)), "bar 1 .*octave"),
        (sheet("<backup><duration>2</duration></backup>"), "bar 1 .*leads out of the bar"),
        (
            sheet(note("C", 8) + '<barline><repeat direction="backward" times="999999999"/></barline>'),
            "more than 4000",
        ),
        (sheet(*[note("C", 8)] * 4001), "a tune has at most 4000 bars"),
        (sheet("".join(chord("C", f"odd {n}") for n in range(1001))), "more than 1000 chord symbols have no reading"),
        (sheet(note("C", 8) + '<sound dalsegno="x"/>'), "bar 1: D.S., but there is no segno"),
        (sheet(note("C", 8) + '<sound tempo="nan"/>'), "bar 1 .*a tempo lies above 0"),
        (sheet(note("C", 8), meter=(0, 4)), "a meter is like"),
        (sheet(note("C", 8), meter=(4, 3)), "a meter is like"),
        (
            sheet(note("C", 8)).replace("<part ", "<part-list>" + "<a/>" * 1_000_001 + "</part-list><part "),
            "more than 1000000",
        ),
        (b"\xff\xfe\x00", "it is no XML"),
        (b'<?xml version="1.0" encoding="klingon"?><a/>', "letters|XML"),
    ],
)
def test_what_is_wrong_is_named(text, message):
    with pytest.raises(ValueError, match=f"(?s)^mine: .*{message}"):
        read_musicxml(text, "mine")


TRANSPOSE = "<attributes><transpose><chromatic>{}</chromatic></transpose></attributes>"
VOICE = "<voice>{}</voice>"
BACK = "<backup><duration>8</duration></backup>"
BLANK = '<ending number=" " type="{}"/>'


def changes(tune):
    """Return where each chord begins, and its figure."""
    return " ".join(f"{one.figure}@{one.onset:g}" for one in tune.chords)


def ends(*numbers):
    """Write two endings whose numbers may be blank."""
    first, second = (f'<ending number="{number}" type="{{}}"/>' for number in numbers)
    return [
        "C" + repeat("forward", location="left"),
        repeat("", first.format("start"), "left") + "D" + repeat("backward", first.format("stop")),
        repeat("", second.format("start"), "left") + "E" + repeat("", second.format("discontinue")),
    ]


# What is odd, how the notes and the chords come out, and the remark (none where nothing was lost).
ODD = {
    "a whole rest in 3/4": (
        sheet(note("C", 6), rest(8), note("E", 6), meter=(3, 4)),
        [(0, "C"), (6, "E")], "", "bar 2: lasts 4 quarter notes, the meter wants 3: the silence at its end is cut",
    ),
    "a bar too long": (
        sheet(note("C", 8), note("D", 7) + note("E", 3), note("F", 8)),
        [(0, "C"), (4, "D"), (7.5, "E"), (8, "F")], "", "bar 2: lasts 5 quarter notes, .*behind the bar line is left out",
    ),
    "a bar line that is missing": (
        sheet(note("C", 8), note("D", 8) + note("E", 8), note("F", 8)),
        [(0, "C"), (4, "D"), (8, "E"), (12, "F")], "", "bar 2: lasts 8 .* read as 2 bars",
    ),
    "a bar too short": (
        sheet(note("C", 8), note("D", 3), note("F", 8), note("G", 8)),
        [(0, "C"), (4, "D"), (8, "F"), (12, "G")], "", "bar 2: lasts 1.5 quarter notes, the meter wants 4: silence fills it",
    ),
    "a chord in what is cut": (
        sheet(note("C", 6) + chord("F", "major") + rest(2) + chord("G", "major") + rest(2), note("E", 8)),
        [(0, "C"), (4, "E")], "F@3 G@4", "bar 1: lasts 5 .* silence at its end is cut",
    ),
    "a meter that changes": (
        sheet(note("C", 8), HEAD.format(3, 4) + chord("F", "major") + note("D", 6), note("E", 6)),
        [(0, "D"), (3, "E")], "F@0", "the meter changes: bars 1–1 in 4/4, 2–3 in 3/4; read are bars 2–3",
    ),
    "no meter": (
        sheet(note("C", 8), "<attributes><time><senza-misura/></time></attributes>" + note("D", 9), note("E", 3)),
        [(0, "C"), (4, "D"), (8.5, "E")], "", "bar 2: there is no meter",
    ),
    "a chord of no kind that is known": (
        sheet(chord("C", "major") + note("C", 8), chord("D", "kindly") + note("D", 8)),
        [(0, "C"), (4, "D")], "C@0", "bar 2: a chord symbol is passed over.*'kindly' is not known",
    ),
    "a chord in words": (
        sheet(chord("C", "major") + note("C", 8), chord("D", "other", text="tacet") + note("D", 8)),
        [(0, "C"), (4, "D")], "C@0", "bar 2: a chord symbol is passed over.*'Dtacet' is not known",
    ),
    "a kind of blanks": (
        sheet(chord("C", " ") + note("C", 8), chord("D", " ", text="m7") + note("D", 8)),
        [(0, "C"), (4, "D")], "C@0 Dm7@4", "",
    ),
    "two chords before one note": (
        sheet(chord("D", "minor") + chord("G", "dominant") + note("C", 8), chord("C", "major") + note("D", 8)),
        [(0, "C"), (4, "D")], "Dm@0 G7@2 C@4", "",
    ),
    "four chords before one rest": (
        sheet(note("C", 8), "".join(chord(root, "major") for root in "CDEF") + rest(8)),
        [(0, "C")], "C@4 D@5 E@6 F@7", "",
    ),
    "a function beside a chord": (
        sheet(chord("C", "major") + "<harmony><function>I</function><kind>none</kind></harmony>" + note("C", 8)),
        [(0, "C")], "C@0", "bar 1: a function such as V is no chord",
    ),
    "a part of rests first": (
        sheet(rest(8)).replace("</score-partwise>", "")
        + sheet(chord("C", "major") + note("C", 8)).replace('id="P1"', 'id="P2"').removeprefix("<score-partwise>"),
        [(0, "C")], "C@0", "part 'P1' has no notes; read is 'P2'",
    ),
    "a bar in another voice": (
        sheet(note("C", 8, VOICE.format(1)), rest(8) + BACK + note("G", 8, VOICE.format(2)), note("E", 8, VOICE.format(1))),
        [(0, "C"), (4, "G"), (8, "E")], "", "bar 2: voice 1 rests and voice 2 does not: that is read",
    ),
    "a short first bar in another voice": (
        sheet(note("G", 8, VOICE.format(2)), *[note(step, 8, VOICE.format(1)) for step in "CDE"]),
        [(0, "G"), (4, "C"), (8, "D"), (12, "E")], "", "bar 1: voice 2 rests|bar 1: voice 1 rests and voice 2 does",
    ),
    "a second voice": (
        sheet(note("C", 8, VOICE.format(1)) + BACK + note("G", 8, VOICE.format(2)), note("E", 8, VOICE.format(1))),
        [(0, "C"), (4, "E")], "", r"voice 1 is read; 1 note\(s\) of other voices are left out",
    ),
    "<chord/> without <voice>": (
        sheet(note("C", 8, VOICE.format(2)) + note("G", 8).replace("<note>", "<note><chord/>"), note("E", 8, VOICE.format(2))),
        [(0, "C"), (0, "G"), (4, "E")], "", "",
    ),
    "a transposition that begins later": (
        sheet(chord("C", "major") + note("C", 8), TRANSPOSE.format(-2) + chord("D", "major") + note("D", 8)),
        [(0, "C"), (4, "C")], "C@0 C@4", "",
    ),
    "a quarter-tone": (
        sheet(note("C", 8).replace("</step>", "</step><alter>0.5</alter>"),
              note("C", 8).replace("</step>", "</step><alter>1.75</alter>")),
        [(0, "C"), (4, "D")], "", "bar 1: a note is altered by 0.5 of a semitone: rounded",
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_what_is_odd_costs_at_most_its_place(name):
    text, melody, harmony, remark = ODD[name]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        tune = read_musicxml(text, "mine")
    found = [(one.onset, letters(replace(tune, notes=(one,)))) for one in tune.notes]
    assert (found, changes(tune)) == (melody, harmony)
    said = [str(one.message) for one in caught]
    assert all(remark_of(one.message).kind for one in caught)
    if not remark:
        assert not said
        return
    assert re.match(remark, said[0])
    with reading(strict=True), pytest.raises(InputError, match=f"^mine: {remark}"):
        read_musicxml(text, "mine")


@pytest.mark.parametrize(
    "numbers, played", [((" ", " "), "CDCE"), (("", ""), "CDCE"), (("1", " "), "CDCE"), (("first", "second"), "CDCE")]
)
def test_endings_without_numbers_are_counted(numbers, played):
    bars = [re.sub("(^|(?<=>))([CDE])(?=<)", lambda found: note(found[2], 8), bar) for bar in ends(*numbers)]
    assert letters(read_musicxml(sheet(*bars))) == played


@pytest.mark.parametrize("seed", range(40))
def test_realistic_sheets_with_oddities_come_out_as_they_were_meant(seed):
    # Each bar is meant as four notes over one chord; some are written oddly, in ways that have one sensible reading.
    luck = random.Random(seed)
    bars, melody, harmony, doubts = [], [], [], set()
    for place in range(luck.randint(4, 24)):
        steps, root = [luck.choice("CDEFGAB") for _ in range(4)], luck.choice("CDEFGA")
        body, symbol, odd = [note(step, 2) for step in steps], chord(root, "dominant"), luck.random()
        if odd < 0.1:  # a rest too many
            body += [rest(luck.choice([1, 2, 3, 8]))]
            doubts.add(place + 1)
        elif odd < 0.2:  # the last note one quarter too long: it ends at the bar line
            body[-1] = note(steps[-1], 4)
            doubts.add(place + 1)
        elif odd < 0.3 and 0 < place:  # a rest left out at the end; followed by a whole bar
            steps, body = steps[:3], body[:3]
            doubts.add(place + 1)
        elif odd < 0.4:
            symbol = chord(root, luck.choice(["kindly", "quartal", "x" * 90]))
            doubts.add(place + 1)
            root = ""
        elif odd < 0.5:  # the whole bar in voice 2
            body = [rest(8), BACK, *(one.replace("</note>", VOICE.format(2) + "</note>") for one in body)]
            doubts.add(place + 1)
        bars.append(symbol + "".join(body))
        melody += [(4.0 * place + beat, step) for beat, step in enumerate(steps)]
        harmony += [(4.0 * place, root + "7")] if root else []
    bars.append(note("C", 8))
    melody.append((4.0 * len(bars) - 4, "C"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        tune = read_musicxml(sheet(*bars))
    if sum(bar.count("<backup>") for bar in bars) * 2 > len(bars):
        return  # then voice 2 is the melody
    assert [(one.onset, letters(replace(tune, notes=(one,)))) for one in tune.notes] == melody
    assert [(one.onset, one.figure) for one in tune.chords] == harmony
    places = {remark_of(one.message).place for one in caught}
    assert places == {f"bar {place}" for place in doubts}


def test_rests_of_a_billion_bars_and_jumps_that_meet_again_come_to_an_end():
    rests = (
        "<attributes><measure-style><multiple-rest>1000000000</multiple-rest></measure-style></attributes>"
    )
    assert read_musicxml(sheet(note("C", 8), rests + rest(8), note("D", 8))).n_bars == 3
    signs = '<sound segno="1" dalsegno="1"/>'
    tune = read_musicxml(sheet(note("C", 8), note("D", 8) + signs, note("E", 8) + '<sound dacapo="yes"/>'))
    assert letters(tune) == "CDDECDE"


def archive(files, method=ZIP_DEFLATED):
    """Return a zip archive."""
    stream = BytesIO()
    with ZipFile(stream, "w", method) as packed:
        for name, text in files.items():
            packed.writestr(name, text)
    return stream.getvalue()


def container(name):
    """Return the file that names the score."""
    return {"META-INF/container.xml": f'<container><rootfile full-path="{name}"/></container>'}


def encrypted(blob):
    """Set the flag of encryption for each entry in the table of an archive."""
    blob = bytearray(blob)
    for record in re.finditer(rb"PK\x01\x02", bytes(blob)):
        blob[record.start() + 8] |= 1
    return bytes(blob)


SHEET = sheet(note("C", 8))
ARCHIVES = {
    "bomb": (archive({**container("s.xml"), "s.xml": b"<a>" + b" " * 200_000_000}), "longer than 30000000"),
    "outside": (archive({**container("../s.xml"), "../s.xml": SHEET}), "no file inside"),
    "absolute": (archive({**container("/etc/passwd")}), "no file inside"),
    "missing": (archive(container("s.xml")), "has no 's.xml'"),
    "no container": (archive({"s.xml": SHEET}), "has no 'META-INF/container.xml'"),
    "LZMA": (archive({**container("s.xml"), "s.xml": SHEET}, ZIP_LZMA),
             "packed with LZMA, .* without bounds; pack it again"),
    "bzip2": (archive({**container("s.xml"), "s.xml": SHEET}, ZIP_BZIP2),
              "packed with bzip2, .* without bounds; pack it again"),
    "encrypted": (encrypted(archive({**container("s.xml"), "s.xml": SHEET})),
                  "encrypted; unpack it with its password and pack it again"),
    "cut": (archive({**container("s.xml"), "s.xml": SHEET})[:-30], "damaged"),
    "entities": (
        archive({**container("s.xml"), "s.xml": f'<!DOCTYPE a [<!ENTITY b "c">]>{SHEET}'}),
        "entities",
    ),
    "letters only": (b"PK", "damaged"),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_archives_that_mean_harm(name):
    content, message = ARCHIVES[name]
    start = process_time()
    with pytest.raises(ValueError, match=f"(?s)^mine: .*{message}"):
        read_musicxml(content, "mine")
    assert process_time() - start < 2


def test_a_bomb_is_not_unpacked():
    tracemalloc.start()
    with pytest.raises(ValueError, match="longer than"):
        read_musicxml(ARCHIVES["bomb"][0])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 120_000_000


def test_a_name_in_utf8_is_found_with_and_without_its_flag():
    blob = archive({**container("Estaté.xml"), "Estaté.xml": SHEET})
    flagged = bytearray(blob)
    for sign, place in ((rb"PK\x01\x02", 9), (rb"PK\x03\x04", 7)):
        for record in re.finditer(sign, blob):
            flagged[record.start() + place] &= ~8 & 0xFF
    assert bytes(flagged) != blob
    for content in (blob, bytes(flagged)):
        assert letters(read_musicxml(content)) == "C"


def test_the_only_score_is_read_whatever_the_container_calls_it():
    with pytest.warns(UserWarning, match="has no 's.xml' in it; its only score 'other.musicxml' is read"):
        assert letters(read_musicxml(archive({**container("s.xml"), "other.musicxml": SHEET}))) == "C"
    with pytest.raises(ValueError, match="has no 's.xml' in it"):
        read_musicxml(archive({**container("s.xml"), "a.xml": SHEET, "b.xml": SHEET}))


def test_an_archive_with_more_in_it_is_read():
    files = {"mimetype": "application/vnd.recordare.musicxml", **container("in/s.xml"), "in/s.xml": SHEET}
    assert letters(read_musicxml(archive(files))) == "C"


SEEDS = [
    to_musicxml(excerpt(ETUDES[0], 1, 4)),
    sheet(
        chord("C", "dominant", "<bass><bass-step>E</bass-step></bass><offset>2</offset>") + note("C", 8),
        repeat("forward", '<ending number="1" type="start"/>', "left")
        + note("D", 4, '<tie type="start"/>')
        + note("D", 4)
        + '<barline><ending number="1" type="stop"/><repeat direction="backward"/></barline>'
        + words("D.S. al Coda"),
        '<sound segno="1"/>'
        + note("E", 8)
        + "<backup><duration>8</duration></backup>"
        + note("F", 8, "<voice>2</voice>"),
        '<sound coda="1" tempo="120"><swing><first>2</first><second>1</second></swing></sound>'
        + note("G", 8),
        head="<attributes><key><fifths>1</fifths></key></attributes>"
        "<attributes><transpose><chromatic>-2</chromatic></transpose></attributes>",
    ),
]
PIECES = [
    "<",
    ">",
    "/",
    "&",
    "0",
    "-",
    "9" * 30,
    "1e9",
    ".",
    "\0",
    "é",
    "nan",
    '"',
    "<chord/>",
    "<grace/>",
    "1000",
    '<repeat direction="backward" times="99"/>',
    "<measure>",
    "</measure>",
    '<sound dacapo="yes"/>',
]


def mutate(text, chance):
    """Damage a text, or bytes, in one to six places, and sometimes cut it."""
    for _ in range(chance.randint(1, 6)):
        at, kind = chance.randrange(len(text) + 1), chance.randrange(6)
        if kind < 2:
            piece = chance.choice(PIECES)
            text = text[:at] + (piece if isinstance(text, str) else piece.encode()) + text[at + kind :]
        elif kind == 2:
            text = text[:at] + text[at + chance.randint(1, 40) :]
        elif kind == 3:
            other = chance.randrange(len(text) + 1)
            text = text[:at] + text[other : other + 60] + text[at:]
        elif kind == 4 and isinstance(text, bytes):
            text = text[:at] + bytes([chance.randrange(256)]) + text[at + 1 :]
        elif chance.random() < 0.2:
            text = text[:at]
    return text


def alter(text, chance):
    """Change numbers and words between tags, so that the damage is beyond the parser."""
    parts = text.split(">")
    for _ in range(chance.randint(1, 5)):
        at = chance.randrange(len(parts))
        value, _, tag = parts[at].partition("<")
        parts[at] = (
            chance.choice(
                [
                    chance.choice(PIECES[4:12]),
                    parts[chance.randrange(len(parts))].partition("<")[0],
                    str(chance.randint(-20, 40)),
                    value,
                ]
            )
            + "<"
            + tag
        )
    return ">".join(parts)


def reshape(text, chance):
    """Change the tree of a score: leave out, repeat, move and alter elements."""
    tree = ElementTree.fromstring(text)
    for _ in range(chance.randint(1, 6)):
        parents = [element for element in tree.iter() if len(element)]
        parent = chance.choice(parents)
        child, kind = chance.choice(parent), chance.randrange(5)
        if kind == 0:
            parent.remove(child)
        elif kind == 1:
            parent.extend([child] * chance.choice([1, 2, 30]))
        elif kind == 2 and not len(child):
            chance.choice(parents).append(child)
        elif kind == 3:
            child.text = chance.choice(
                ["", "0", "-1", "3", "7", "999999999999", "1e9", "0.5", "x", "none", "dominant"]
            )
        else:
            name = chance.choice([*child.attrib, "type", "number", "times", "tempo", "text"])
            child.set(
                name, chance.choice(["start", "stop", "1", "2", "-1", "999999", "1,2", "", "yes", "D7"])
            )
        if not len(tree):
            return "<score-partwise/>"
    return ElementTree.tostring(tree, encoding="unicode")


def check_read(content):
    """Read a damaged score: a tune, or an error that names the source."""
    try:
        tune = read_musicxml(content, "mine")
        assert tune.notes or tune.chords
    except ValueError as error:
        assert str(error).startswith("mine: ")


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_damaged_scores_are_read_or_refused(seed):
    chance = random.Random(seed)
    check_read(chance.choice([mutate, alter, reshape])(chance.choice(SEEDS), chance))


PACKED = archive({**container("s.xml"), "s.xml": SEEDS[1]})


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_damaged_archives_are_read_or_refused(seed):
    check_read(mutate(PACKED, random.Random(seed)))
