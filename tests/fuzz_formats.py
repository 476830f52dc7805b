"""Files to damage: seeds of every format, made from our études, how they are damaged, and who reads them."""

import lzma
import random
import re
import sqlite3
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

from jazz_nb.formats.abc_reader import read_abc, read_abc_book
from jazz_nb.formats.chart_text import write_chart
from jazz_nb.formats.ireal import read_ireal
from jazz_nb.formats.midi import parse_midi
from jazz_nb.formats.midi_writer import from_midi, to_midi
from jazz_nb.formats.musicxml_reader import read_musicxml
from jazz_nb.formats.musicxml_writer import to_musicxml
from jazz_nb.formats.wjazzd import open_wjazzd, read_changes
from jazz_nb.loading.charts import read, read_charts
from jazz_nb.loading.files import ETUDES, read_tunes
from jazz_nb.music.rhythm import MAX_BARS
from jazz_nb.transcription.midi_reader import inspect
from jazz_nb.tune import Tune, excerpt

# Bytes and numbers at the ends of what fields can hold, and what is written like a number and is none.
EXTREME = bytes(
    [*range(5), 7, 8, 12, 15, 16, 31, 32, 63, 64, 99, *range(127, 130), 192, 200, 240, 247, 254, 255]
)
WIDE = 0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, 2**63
NUMBERS = """0 1 2 3 4 5 7 8 9 12 16 24 99 100 127 128 480 999 1000 4001 65535 99999 2147483648 9999999999
-1 -0 -7 -2147483649 0.5 1.5 1e9 1e308 1e999 -1e999 nan inf 1/0 0/0 1/3 3/4 0x10 1_0 ١٢ ² +1""".split()
NUMBERS += ["", " ", "9" * 40, "9" * 5000, "0." + "0" * 400 + "1"]
LETTERS = ["\0", "\t", "\r", "\n\n", "\x1b", "\u2028", "\ufeff", "\U0001f3b7", "\x85", *"éß♭♯△", "-" * 300]
LETTERS += "' \" \\ % & < > = : | [ ] { } ( ) / # *".split()


def signs(text: str) -> list[str]:
    """Split words at spaces; in them ⏎ stands for a new line and ␣ for a space."""
    return [word.replace("⏎", "\n").replace("␣", " ") for word in text.split()]


@dataclass(frozen=True)
class Format:
    """
    A kind of file to damage and read.

    Parameters
    ----------
    suffix : str
        How its files end.
    seeds : callable
        Takes a folder to work in, returns sound files as bytes.
    damage : callable
        Takes a random generator and the seeds, returns a damaged file; the same for the same generator.
    read : callable
        Takes a path and whether to look closely, returns tunes, and errors of the documented kind.
    figures : bool
        Whether every figure that comes out must be one that `read_figure` knows.
    real : str
        File of the folder JAZZ_NB_DATA that is one more seed if asked for; empty if there is none.
    """

    suffix: str
    seeds: Callable[[Path], list[bytes]]
    damage: Callable[[random.Random, list[bytes]], bytes]
    read: Callable[[Path, bool], list]
    figures: bool = True
    real: str = ""


@cache
def etudes() -> list[Tune]:
    """Read the bundled études."""
    return [read(path) for path in sorted(ETUDES.glob("*.abc"))]


def read_all(path: Path) -> list:
    """List all tunes of a file, and errors for those that cannot be read."""
    return list(read_tunes(path))


def attempt(read: Callable, *arguments, **options) -> list:
    """Call a reader: what it returns as a list, or in a list the error that it is allowed to raise."""
    try:
        found = read(*arguments, **options)
    except (ValueError, FileNotFoundError) as error:
        return [error]
    return found if isinstance(found, list) else [found]


# --- damage that any file may suffer -----------------------------------------------------------------------


def damage_bytes(rng: random.Random, whole: bytes, other: bytes) -> bytes:
    """Flip, overwrite, cut, double, insert and splice a few bytes of a file; `other` gives pieces."""
    blob = bytearray(whole)
    for _ in range(rng.choice([1, 1, 1, 2, 2, 4, 8, 24])):
        aim = rng.choice([len(blob), len(blob), 64, 512])  # headers are short and matter most
        at = rng.randrange(max(min(aim, len(blob)), 1))
        size = min(rng.choice([1, 1, 2, 3, 4, 8, 16, 64, 600]), max(len(blob) - at, 1))
        action = rng.random()
        if not blob or action < 0.04:
            from_ = rng.randrange(max(len(other), 1))
            blob[at:] = other[from_ : from_ + len(blob)]
        elif action < 0.30:
            blob[at] ^= 1 << rng.randrange(8)
        elif action < 0.45:
            blob[at] = rng.choice(EXTREME)
        elif action < 0.58:
            number, width = rng.choice(WIDE), rng.choice([2, 4, 4, 8])
            blob[at : at + width] = (number % 256**width).to_bytes(width, rng.choice(["big", "little"]))
        elif action < 0.68:
            del blob[at : at + size]
        elif action < 0.78:
            blob[at:at] = blob[at : at + size] * rng.choice([1, 1, 1, 2, 8, 50])
        elif action < 0.86:
            blob[at:at] = rng.randbytes(size)
        elif action < 0.92:
            from_ = rng.randrange(len(blob))
            blob[at : at + size] = blob[from_ : from_ + size]
        elif action < 0.97:
            from_ = rng.randrange(max(len(other), 1))
            blob[at : at + size] = other[from_ : from_ + size]
        else:
            del blob[at:]
    return bytes(blob)


def damage_text(rng: random.Random, whole: str, other: str, tokens: list[str]) -> str:
    """Change words, numbers and signs of a text; `tokens` are signs of its format."""
    text = whole
    for _ in range(rng.choice([1, 1, 1, 1, 1, 2, 2, 3, 10])):
        at = rng.randrange(len(text) + 1)
        to = min(at + rng.choice([1, 1, 2, 5, 12, 40, 300]), len(text))
        action = rng.random()
        if action < 0.30:
            text = text[:at] + rng.choice(tokens) + text[at:]
        elif action < 0.45:
            text = swap_number(rng, text)
        elif action < 0.56:
            text = text[:at] + text[to:]
        elif action < 0.66:
            text = text[:at] + text[at:to] * rng.choice([2, 2, 3, 5, 40]) + text[to:]
        elif action < 0.74:
            words = re.split(r"(\W)", text)
            one, two = rng.randrange(len(words)), rng.randrange(len(words))
            words[one], words[two] = words[two], words[one]
            text = "".join(words)
        elif action < 0.84:
            from_ = rng.randrange(len(other) + 1)
            text = text[:at] + other[from_ : from_ + rng.choice([3, 20, 80, 400])] + text[at:]
        elif action < 0.88:
            text = text[:at] + rng.choice(LETTERS) + text[at:]
        elif action < 0.92:
            text = text[:at] + text[to:] + text[at:to]
        elif action < 0.97:
            letter = chr(rng.choice([rng.randrange(32, 127), rng.randrange(0xD800)]))
            text = text[:at] + letter + text[at + 1 :]
        else:
            text = text[:at]
    return text


def swap_number(rng: random.Random, text: str) -> str:
    """Replace one number of a text by one that nobody expects."""
    found = list(re.finditer(r"\d+", text))
    if not found:
        return text
    number = rng.choice(found)
    return text[: number.start()] + rng.choice(NUMBERS) + text[number.end() :]


def as_bytes(rng: random.Random, text: str) -> bytes:
    """Write a text as a file: nearly always in UTF-8."""
    coding = rng.choice(["utf-8"] * 60 + ["utf-8-sig", "utf-16", "latin-1"])
    return text.encode(coding, "replace")


# --- MIDI --------------------------------------------------------------------------------------------------


def write_number(number: int) -> bytes:
    """Write a number as MIDI does, in groups of seven bits."""
    groups = [number & 127]
    while number := number >> 7:
        groups.append(number & 127 | 128)
    return bytes(reversed(groups))


def read_number(blob: bytes, at: int) -> tuple[int, int]:
    """Read such a number; return it and the place behind it."""
    number = 0
    while blob[at] > 127:
        number, at = number << 7 | blob[at] & 127, at + 1
    return number << 7 | blob[at], at + 1


def split_events(track: bytes) -> list[list]:
    """List pauses and events of a sound track, every event with its status."""
    events, at, status = [], 0, b""
    while at < len(track):
        pause, at = read_number(track, at)
        start = at
        if track[at] >= 0xF0:
            length, stop = read_number(track, at + (2 if track[at] == 0xFF else 1))
            at, event = stop + length, track[start : stop + length]
        else:
            status, at = (track[at : at + 1], at + 1) if track[at] > 127 else (status, at)
            n_data = 1 if 0xC0 <= status[0] < 0xE0 else 2
            event, at = status + track[at : at + n_data], at + n_data
        events.append([pause, event])
    return events


def split_song(blob: bytes) -> tuple[bytes, list[list[list]]]:
    """Take a sound MIDI file apart: its header, and the events of each track."""
    at, tracks = 14, []
    while at < len(blob):
        size = int.from_bytes(blob[at + 4 : at + 8], "big")
        tracks.append(split_events(blob[at + 8 : at + 8 + size]))
        at += 8 + size
    return blob[:14], tracks


def join_song(rng: random.Random, head: bytes, tracks: list[list[list]]) -> bytes:
    """Put a MIDI file together, with lengths that are right, or with a status left out now and then."""
    chunks, short = [head[:10] + len(tracks).to_bytes(2, "big") + head[12:14]], rng.random() < 0.5
    for events in tracks:
        pieces, before = [], b""
        for pause, event in events:
            status = event[:1]
            left_out = short and status == before and b"\x7f" < status < b"\xf0"
            pieces += [write_number(pause), event[1:] if left_out else event]
            before = status if status < b"\xf0" else b""
        body = b"".join(pieces)
        chunks.append(b"MTrk" + len(body).to_bytes(4, "big") + body)
    return b"".join(chunks)


def meta(kind: int, content: bytes) -> bytes:
    """Write an event that is for programs, not for instruments."""
    return bytes([0xFF, kind]) + write_number(len(content)) + content


def odd_event(rng: random.Random) -> bytes:
    """Write an event that is seldom seen."""
    byte, content = rng.choice(EXTREME) & 127, rng.randbytes(rng.choice([0, 1, 2, 3, 4, 5, 60]))
    return rng.choice(
        [
            meta(0x51, rng.choice([bytes(3), b"\0\0\1", b"\xff\xff\xff", b"", b"\1", bytes(5)])),
            meta(0x58, bytes([rng.choice(EXTREME), rng.choice([0, 1, 2, 3, 4, 5, 8, 9, 255]), 24, 8])),
            meta(0x58, content),
            meta(0x59, bytes([rng.choice(EXTREME), rng.choice([0, 1, 2, 255])])),
            meta(
                rng.choice([1, 3, 4, 5, 6]), rng.choice([b"Swing 1.5", b"Swing nan", b"C7", b"\n\0", content])
            ),
            meta(0x2F, b""),
            meta(rng.randrange(128), content),
            b"\xf0" + write_number(len(content)) + content,
            bytes([0xB0 | rng.randrange(16), 64, byte]),
            bytes([0xC0 | rng.randrange(16), byte]),
            bytes([0xE0 | rng.randrange(16), byte, byte]),
            bytes([0x90 | rng.randrange(16), byte, byte]),
            bytes([0x80 | rng.randrange(16), byte, byte]),
            rng.randbytes(3),
        ]
    )


def damage_song(rng: random.Random, whole: bytes, other: bytes) -> bytes:
    """Change pauses, events and tracks of a MIDI file so that it can still be read as one."""
    head, tracks = split_song(whole)
    for _ in range(rng.choice([1, 1, 2, 4, 12, 60])):
        events = rng.choice(tracks)
        at, action = rng.randrange(max(len(events), 1)), rng.random()
        if not events or action < 0.22:
            events.insert(at, [rng.choice([0, 0, 1, 480, 2**21]), odd_event(rng)])
        elif action < 0.40:
            events[at][0] = rng.choice([0, 0, 1, 7, 160, 479, 481, 960, 10**4, 10**6, 2**21, 2**28 - 1])
        elif action < 0.52:
            event = bytearray(events[at][1])
            event[rng.randrange(len(event))] = rng.choice(EXTREME)
            events[at][1] = bytes(event)
        elif action < 0.64:
            del events[at : at + rng.choice([1, 1, 2, 30])]
        elif action < 0.74:
            size = rng.choice([1, 2, 20, 200])
            events[at:at] = deepcopy(events[at : at + size]) * rng.choice([1, 1, 2, 20])
        elif action < 0.82:
            to = rng.randrange(len(events))
            events[at], events[to] = events[to], events[at]
        elif action < 0.88:
            tracks.append(deepcopy(rng.choice(split_song(other)[1])))
        elif action < 0.93:
            tracks.extend(deepcopy(rng.choice(tracks)) for _ in range(rng.choice([1, 2, 40])))
        elif action < 0.97:
            division = rng.choice([0, 1, 2, 3, 7, 24, 96, 480, 32767, 32768, 0xE728, 65535])
            head = head[:8] + bytes([0, rng.choice([0, 1, 2, 3])]) + head[10:12] + division.to_bytes(2, "big")
        else:
            tracks.remove(events) if len(tracks) > 1 else events.clear()
    return join_song(rng, head, tracks)


def midi_seeds(_folder: Path) -> list[bytes]:
    """Perform short and whole études, with and without their chords."""
    tunes = etudes()
    short = [excerpt(tune, 1, 4) for tune in tunes[::2]]
    chosen = enumerate(short + tunes[1::5])
    return [to_midi(tune, chords=place % 3 > 0).dumps_midi() for place, tune in chosen]


def damage_midi(rng: random.Random, seeds: list[bytes]) -> bytes:
    """Damage the music, the bytes, or both."""
    blob, other, way = rng.choice(seeds), rng.choice(seeds), rng.random()
    if way < 0.7:
        blob = damage_song(rng, blob, other)
    return damage_bytes(rng, blob, other) if way > 0.6 else blob


def read_midi_file(path: Path, often: bool) -> list:
    """Read a MIDI file in every way there is; the ways must agree on whether it is one."""
    raw, found = attempt(parse_midi, path.read_bytes()), attempt(read, path)
    assert isinstance(found[0], ValueError) or not isinstance(raw[0], ValueError), "parse_midi refuses it"
    if often:
        report = attempt(inspect, path)
        assert isinstance(report[0], ValueError) == isinstance(raw[0], ValueError), f"inspect: {report}"
        str(report[0])
    own = attempt(from_midi, path.read_bytes())
    # It takes tunes of any length, as our writer does; `read` uses it for those of common length only.
    return found + [tune for tune in own if isinstance(tune, Tune) and tune.n_bars <= MAX_BARS]


# --- MusicXML ----------------------------------------------------------------------------------------------

SCORE_PIECES = [
    '<barline location="left"><repeat direction="forward"/></barline>',
    '<barline location="right"><repeat direction="backward"/></barline>',
    '<barline location="right"><repeat direction="backward" times="90"/></barline>',
    '<barline location="left"><ending number="1" type="start"/></barline>',
    '<barline><ending number="1" type="stop"/><repeat direction="backward"/></barline>',
    '<barline location="left"><ending number="2, 3" type="start"/></barline>',
    '<barline><ending number="1-9" type="discontinue"/></barline>',
    "<direction><direction-type><words>D.C. al Fine</words></direction-type></direction>",
    "<direction><direction-type><words>D.S. al Coda</words></direction-type></direction>",
    "<direction><direction-type><words>To Coda</words></direction-type></direction>",
    "<direction><direction-type><words>Fine</words></direction-type></direction>",
    '<direction><direction-type><segno/></direction-type><sound segno="1" tempo="1e9"/></direction>',
    '<direction><direction-type><coda/></direction-type><sound coda="1"/></direction>',
    '<sound dacapo="yes"/>',
    '<sound dalsegno="1" tempo="0"/>',
    '<sound tocoda="1" fine="yes"/>',
    "<backup><duration>4</duration></backup>",
    "<backup><duration>999999</duration></backup>",
    "<forward><duration>2</duration></forward>",
    "<forward><duration>1e9</duration></forward>",
    "<attributes><divisions>0</divisions></attributes>",
    "<attributes><divisions>7</divisions></attributes>",
    "<attributes><time><beats>3</beats><beat-type>4</beat-type></time></attributes>",
    "<attributes><time><beats>3+2</beats><beat-type>8</beat-type></time></attributes>",
    '<attributes><time symbol="common"><senza-misura/></time></attributes>',
    "<attributes><key><fifths>-99</fifths><mode>dorian</mode></key></attributes>",
    "<attributes><transpose><chromatic>-14</chromatic></transpose></attributes>",
    "<attributes><transpose><octave-change>99</octave-change></transpose></attributes>",
    '<attributes><measure-style><measure-repeat type="start">1</measure-repeat></measure-style></attributes>',
    "<note><pitch><step>C</step><alter>2</alter><octave>9</octave></pitch><duration>1</duration></note>",
    "<note><chord/><pitch><step>H</step><octave>4</octave></pitch><duration>1</duration></note>",
    "<note><grace/><pitch><step>B</step><octave>3</octave></pitch></note>",
    "<note><cue/><rest measure='yes'/><duration>99</duration><voice>2</voice></note>",
    "<note><unpitched/><duration>2</duration><tie type='start'/></note>",
    '<note><pitch><step>C</step><octave>4</octave></pitch><duration>0</duration><tie type="start"/></note>',
    "<harmony><root><root-step>C</root-step></root><kind>dominant</kind>"
    "<degree><degree-value>99</degree-value><degree-alter>-9</degree-alter><degree-type>add</degree-type>"
    "</degree></harmony>",
    '<harmony><root><root-step>B</root-step><root-alter>-3</root-alter></root><kind text="x"/></harmony>',
    "<harmony><function>V</function><kind>none</kind></harmony>",
    "<harmony><root><root-step>E</root-step></root><kind>pedal</kind><bass><bass-step>X</bass-step></bass>"
    "<offset>-3</offset></harmony>",
    '<part id="P9"><measure/></part>',
    '<measure number="X" implicit="yes"/>',
]
DOCTYPES = [
    '<!DOCTYPE score-partwise SYSTEM "file:///etc/hostname">',
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0//EN" "http://localhost:9/p.dtd">',
    '<!DOCTYPE score-partwise [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
    '<!DOCTYPE score-partwise [<!ENTITY % x SYSTEM "http://localhost:9/x.dtd"> %x;]>',
    '<!DOCTYPE score-partwise [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
    '<!DOCTYPE score-partwise [<!ATTLIST measure number CDATA "1">]>',
]


def score_seeds(_folder: Path) -> list[bytes]:
    """Engrave excerpts of études, and one whole."""
    tunes = etudes()
    short = [excerpt(tune, 1 + place % 5, 4 + place % 5) for place, tune in enumerate(tunes)]
    return [to_musicxml(tune).encode() for tune in short + tunes[:1]]


def damage_tree(rng: random.Random, whole: bytes, other: bytes) -> bytes:
    """Delete, double, move and nest elements of a score, and change what stands in them."""
    root = ElementTree.fromstring(whole)
    for _ in range(rng.choice([1, 1, 2, 3, 6, 20])):
        outer = [element for element in root.iter() if len(element)]
        if not outer:
            break
        parent, action = rng.choice(outer), rng.random()
        if action < 0.4:  # a bar is what most readers' rules are about
            parent = rng.choice(root.findall(".//measure") or outer)
        at = rng.randrange(len(parent)) if len(parent) else 0
        if action < 0.30 or not len(parent):
            parent.insert(at, ElementTree.fromstring(rng.choice(SCORE_PIECES)))
        elif action < 0.42:
            parent.remove(parent[at])
        elif action < 0.52:
            for _ in range(rng.choice([1, 1, 2, 30])):
                parent.insert(at, deepcopy(parent[at]))
        elif action < 0.60:
            rng.choice(outer).append(deepcopy(parent[at]))
        elif action < 0.65:
            nest(parent, at, rng.choice([1, 3, 70]))
        elif action < 0.71:
            parent.insert(at, deepcopy(rng.choice(list(ElementTree.fromstring(other).iter()))))
        elif action < 0.74:
            parent[at].tag = rng.choice([element.tag for element in root.iter()])
        else:
            change_words(rng, root, rng.choice(list(root.iter())))
    return ElementTree.tostring(root, encoding=rng.choice(["utf-8"] * 9 + ["utf-16", "us-ascii"]))


def nest(parent: ElementTree.Element, at: int, depth: int) -> None:
    """Put an element into itself, and that into itself."""
    for _ in range(depth):
        outside = ElementTree.Element(parent[at].tag, parent[at].attrib)
        outside.append(parent[at])
        parent[at] = outside


def change_words(rng: random.Random, root: ElementTree.Element, element: ElementTree.Element) -> None:
    """Change the text of an element, or one of its attributes."""
    words = [other.text for other in root.iter() if other.text] + NUMBERS
    if element.attrib and rng.random() < 0.4:
        name = rng.choice(list(element.attrib))
        element.set(name, rng.choice([*NUMBERS, *LETTERS[1:4], element.get(name) * 2]))
    else:
        element.text = rng.choice(words)


def damage_score(rng: random.Random, seeds: list[bytes]) -> bytes:
    """Damage the tree, the text, or both."""
    blob, other, way = rng.choice(seeds), rng.choice(seeds), rng.random()
    if way < 0.75:
        blob = damage_tree(rng, blob, other)
    if way > 0.95:
        end = blob.find(b"?>") + 2 if blob.startswith(b"<?xml") else 0
        words = rng.choice(["&x;", "&b;", "&#0;", "&#x110000;", ""]).encode()
        blob = blob[:end] + rng.choice(DOCTYPES).encode() + blob[end:].replace(b"</", words + b"</", 2)
    elif way > 0.85:
        pieces = [*SCORE_PIECES, "<!--", "<![CDATA["]
        blob = as_bytes(rng, damage_text(rng, blob.decode("utf-8", "replace"), other.decode(), pieces))
    elif way > 0.72:
        blob = damage_bytes(rng, blob, other)
    return blob


def read_score_file(path: Path, often: bool) -> list:
    """Read a score as the library does for everybody, and now and then by its own reader, and its chords."""
    found = attempt(read, path)
    if often:
        found += attempt(read_musicxml, path.read_bytes(), str(path)) + attempt(read_charts, path)
    return found


# --- ABC ---------------------------------------------------------------------------------------------------

ABC_SIGNS = signs(
    r"""
|: :| :: [1 [2 |1 :|2 :|] || |] [|:] |::| [1[2 ||: [1-9 [1,2,3 : ] [ & % \ ` ~ .c y3 C- C4- A-A x x12 z Z Z2
Z9999999 C99999999 C/0 C0 0 ////// (3 (5:4:5 (9: (0 (3:0:2 (999999 (3abc (((CDE))) [CEG]2 [C-E] [C {gf} {
!trill! !D.C.! !fine! "F7" "C:" "^x" " "Cmaj7" "H7" "N.C." "C7/E" > < <<<< <C8 C>8 C>>>>D ^ __ =b'' ^^^c
C,,,,,,,,,,, c'''''' 1e999 P:A [K:G] [M:3/4] [M:none] [L:1/16] [L:1/0] [V:2] [Q:9] ⏎V:2⏎ ⏎V:1␣name=x⏎
⏎K:Ddor⏎ ⏎K:HP⏎ ⏎K:none⏎ ⏎K:F#loc␣exp␣^c⏎ ⏎M:none⏎ ⏎M:C|⏎ ⏎M:5/4⏎ ⏎M:0/4⏎ ⏎M:4/3⏎ ⏎M:99999/4⏎
⏎X:2⏎T:x⏎K:C⏎C4|⏎ ⏎⏎ ⏎T:⏎ ⏎L:1/3⏎ ⏎w:la⏎ ⏎Q:1/0=1⏎ ⏎Q:1/4=99999⏎ ⏎Q:"Slow"␣1/4=1/4⏎ ⏎%%MIDI␣program␣999⏎
⏎%%swing␣nan⏎ ⏎%%swing␣9⏎
"""
)
ABC_PAGES = [
    """X:1\nT:Road\nM:6/8\nQ:3/8=110\nK:D mix
|: d | "D"AFD DFA | "G"B2 G G2 B |[1 "D"AFE D2 :|[2 "D"AGF D3 |]
|:"G"[GB]2 d- dcB | "D"!trill!A3 D3 :: (3ABc d efg- | g3 "^slow" z3 :|\nw: la la\n""",
    """X:2\nT:Two\nM:C|\nL:1/4\nK:Bbm\nV:1 name="Flute"
|:"Bbm"B c d e |[2 f2 g2 :|\nV:2\n|: B,4 | C4 :|\n""",
    """X:3\nT:All\nM:3/4\nL:1/8\nQ:"Bright" 1/4=180\n%%swing 1.7\n%%MIDI program 66\nK:F#m
A2 | "F#m"f>e d<c (3BAG | (5:4:5FGABc d2 | [K:C]"Am7"[Ace]2-[Ace]2 (c'C,,)|[L:1/16] c4 d4 ^e4 |
Z2 | .c4 "C#7b9"_d8 |]\n""",
    """X:4\nM:2/4\nL:1/4\nK:G\n|: "G"GA |1,3 Bc :|2 dB :|4 G2 || z2 |: "D7"D/F/A/c/ |1 d2 :|2 G2 |]\n""",
]


def abc_seeds(_folder: Path) -> list[bytes]:
    """Take the bundled études, and pages with signs that they do not use."""
    pages = [path.read_bytes() for path in sorted(ETUDES.glob("*.abc"))]
    return pages + [page.encode() for page in ABC_PAGES * 4]


def damage_abc(rng: random.Random, seeds: list[bytes]) -> bytes:
    """Damage a page, or a book of several."""
    blob, other, way = rng.choice(seeds), rng.choice(seeds), rng.random()
    if way < 0.1:
        blob = b"\n\n".join([blob, other, rng.choice(seeds)])
    if way < 0.9:
        blob = as_bytes(rng, damage_text(rng, blob.decode(), other.decode(), ABC_SIGNS))
    return damage_bytes(rng, blob, other) if way > 0.92 else blob


def read_abc_file(path: Path, often: bool) -> list:
    """Read the file tune by tune; now and then as one tune and as a book."""
    found, text = attempt(read_all, path), path.read_bytes().decode("utf-8", "replace")
    if often:
        found += attempt(read_abc, text, str(path)) + attempt(read_abc_book, text, str(path))
    return found


# --- iReal Pro ---------------------------------------------------------------------------------------------

IREAL_SIGNS = signs(
    r"""
{ } [ ] | Z T44 T34 T12 T99 T00 T58 N1 N2 N3 N0 N9 S Q *A *i *v <D.C.␣al␣Fine> <D.S.␣al␣Coda> <Fine> <3x>
<99x> <> <D.C.␣al␣3rd␣ending> x r n p ppp s l f U Y YY W W/E W/ C^7 Dh7 Eo7 G-7 A7susb9 F7alt C69 B*x*
E*bad(*F (Gb7) ( ) C/ C/H C7#9#5b13#11 C- C7b9/F# Bbb H7 =, == === %20 &amp; < > XyQ Kcl LZ 1r34LbKcu7
irealb:// irealbook:// ␣ ␣␣␣ ␣| |␣x ␣x␣␣ ␣r␣ C␣␣␣| |D-7␣G7␣ ][ }{ ⏎ C,D,E,F,
"""
) + ["C" * 70]
IREAL_MUSIC = [
    "{*AT44C^7   |A-7 D7 |N1G^7   |    }|N2G6   |x   ][*BE-7   |Eb7   |D-7   |G7   Z",
    "[T34SC   |D-7,G7,C,|E-7  Q|F   <D.S. al Coda>][QG   Z",
    "{T44C   <3x>|D   }[E   | r  |F-7b5Bb7|n   |W/E   |pppp|C7   (Gb7   ) <Fine>|G7   <D.C. al Fine>Z",
    "*i[T12F7alt   |lBb7,sB7,Y|Eo7   UZ",
]


def ireal_seeds(_folder: Path) -> list[bytes]:
    """Write the études' charts, and some with repeats and jumps, as the app does, but not scrambled yet."""
    pages = []
    for tune in etudes():
        figures = [re.sub("maj|M", "^", chord.figure).replace("m7b5", "h7") for chord in tune.chords]
        bars = [figure.replace("dim", "o").replace("m", "-") + "   " for figure in figures]
        pages.append(f"[T{tune.meter[0]}{tune.meter[1]}" + "|".join(bars[:40]) + "Z")
    return [page.encode() for page in pages + IREAL_MUSIC * 8]


def damage_ireal(rng: random.Random, seeds: list[bytes]) -> bytes:
    """Damage the music before it is scrambled, the fields around it, the link, or the page that holds it."""
    from test_ireal import (
        song,  # here, because what it needs takes as long to import as all the rest
    )

    songs, tokens = [], IREAL_SIGNS + NUMBERS
    for _ in range(rng.choice([1, 1, 1, 2, 5])):
        music, other = rng.choice(seeds).decode(), rng.choice(seeds).decode()
        if rng.random() < 0.85:
            music = damage_text(rng, music, other, tokens)
        title, key = rng.choice(["Road", "It's 'é' #1"]), rng.choice(["C", "A-", "H", ""])
        songs.append(song(music, title, key, rng.choice(NUMBERS)))
    text, way = "===".join(songs), rng.random()
    if way < 0.2:
        text = damage_text(rng, text, rng.choice(songs), tokens)
    if rng.random() < 0.15:
        old = "irealbook://A Road=Ann=Swing=C=n=" + rng.choice(seeds).decode()
        return as_bytes(rng, damage_text(rng, old, text, tokens))
    text = "irealb://" + (quote(text) if rng.random() < 0.8 else text)
    if rng.random() < 0.3:
        text = f"<html><a href=\"{text}\">Our list</a> <a href='{text[:90]}'>x</a></html>"
    return as_bytes(rng, damage_text(rng, text, text, tokens) if way > 0.85 else text)


def read_ireal_file(path: Path, often: bool) -> list:
    """Read the links of a file, all at once and chart by chart."""
    text = path.read_bytes().decode("utf-8", "replace")
    return attempt(read_ireal, text, str(path)) + (attempt(read_charts, path) if often else [])


# --- charts as text ----------------------------------------------------------------------------------------

CHART_SIGNS = signs(
    r"""
| || |: :| :|: |] [1 [2 [3 [1,2 [ ] : :: % %% / // ␣/␣/␣/␣ N.C. NC Dm7 G7b9 Cmaj7 F#m7b5 Bb7sus4 E7#9 C6/9
D/F# C/H H7 Bb-7 Cj7 G79b13b C^7 Dh7 Eo7 C♯△7 Cø A: B: [A] [B] (x3) x3 D.C. D.S. Fine Coda Segno <A> # ## {A}
%2 C7. , * - ~ ( ) "x" Title: Key: Style: Meter: Tempo: Swing: 3/4 5/4 6/8 0/4 4/0 99999/4 4/3 intro
irealb:// Cm(maj7) ⏎Meter:␣3/4⏎ ⏎Meter:␣0/4⏎ ⏎Tempo:␣1e999⏎ ⏎Tempo:␣nan⏎ ⏎Swing:␣-1⏎ ⏎Key:␣H⏎ ⏎⏎
⏎#␣remark␣|␣C7␣|⏎ ⏎|:␣C7␣|␣F7␣:|⏎ ⏎A:⏎ ⏎[B]⏎ ⏎4/4⏎ ␣|␣ ␣|⏎|␣ ⏎Title:␣x⏎ ⏎
"""
)
CHART_PAGES = [
    """Title: Road\nMeter: 3/4\nTempo: 140\nSwing: 1.6\nKey: F\n
|: Dm7 G7 | Cmaj7 | % |[1 A7 :|[2 N.C. ||\n| C7 / G7 | % |\n""",
    """# ours\n|: F7 | Bb7 | F7 | Cm7 F7 :|\n| Bb7 | Bdim7 | F7/C | D7b9 / / Am7 |
| A7sus4 | E7#9 | C6/9 | F#m7b5 B7alt |]\n""",
    """Meter: 6/8\n| Dm7 / / G7 / / | % | C | D/F# |\n|: Em7 |[1 A7 :|[2 Dm(maj7) :|[3 Ab7#11 |\n""",
]


def chart_seeds(_folder: Path) -> list[bytes]:
    """Write the études' chords as text, and pages with signs that those do not use."""
    charts = [write_chart(tune) for tune in etudes()]
    return [page.encode() for page in charts + CHART_PAGES * 8]


def damage_chart(rng: random.Random, seeds: list[bytes]) -> bytes:
    """Damage a chart."""
    blob, other = rng.choice(seeds), rng.choice(seeds)
    if rng.random() < 0.95:
        blob = as_bytes(rng, damage_text(rng, blob.decode(), other.decode(), CHART_SIGNS))
    return damage_bytes(rng, blob, other) if rng.random() < 0.1 else blob


def read_chart_file(path: Path, often: bool) -> list:
    """Read a chart, and now and then as one of several."""
    return attempt(read, path) + (attempt(read_charts, path) if often else [])


# --- forms of the Weimar Jazz Database --------------------------------------------------------------------

CHANGES = [
    """A1: ||Bb6 G7 |C-7 F7 |Dbj7   |NC   ||\nA2: ||Bb6 G79b|C-7 F7alt|D-7b5   |Bb6/D   ||\nB1: ||G7   |    ||
""",
    """I1: ||F-   ||\nA1: ||Gm7b5 C7 |F-  ||\n\nA2: ||Ebj7911#  |Ab-7 Db7 |Gb6  |Bbsus7913   ||\n""",
    """A1: ||C  |D-7  |G7  |C  ||\n""",
]


def changes_seeds(_folder: Path) -> list[bytes]:
    """Take forms of our own."""
    return [page.encode() for page in CHANGES]


def damage_changes(rng: random.Random, seeds: list[bytes]) -> bytes:
    """Damage a form."""
    tokens = [*CHART_SIGNS, " ", "   ", "||", "\nB2: ||C7   |F7   ||\n", "NC", "C7#9", "|" * 300, "C7 " * 100]
    return damage_text(rng, rng.choice(seeds).decode(), rng.choice(seeds).decode(), tokens).encode()


def read_changes_file(path: Path, _often: bool) -> list:
    """Read a form; the reader does not know of files, so the source is put before its message here."""
    found = attempt(read_changes, path.read_bytes().decode("utf-8", "replace"))
    if isinstance(found[0], ValueError):
        found = [ValueError(f"{path}: {found[0]}").with_traceback(found[0].__traceback__)]
    return found


# --- the Weimar Jazz Database ------------------------------------------------------------------------------

CELLS = [None, 0, -1, 1, 2**31, 2**62, -(2**63), 0.5, 1e308, -1e308, float("inf"), 1e-300, "", "x", "4/4"]
CELLS += [
    "0/0",
    "99/16",
    "3/4",
    "Bb-7",
    "NC",
    "H7",
    "A1",
    "PHRASE",
    b"",
    b"\0\xff",
    "é" * 300,
    "C" * 30000,
    "\0",
    "\n",
]
STATEMENTS = [
    "UPDATE {table} SET {column} = ? WHERE rowid % {step} = {left}",
    "UPDATE {table} SET {column} = ? WHERE rowid % {step} = {left}",
    "UPDATE {table} SET {column} = ? WHERE rowid % {step} = {left}",
    "UPDATE OR IGNORE {table} SET rowid = rowid * {step}",
    "UPDATE {table} SET {column} = {other}",
    "UPDATE {table} SET {column} = {column} + {step} WHERE rowid > {left}",
    "DELETE FROM {table} WHERE rowid % {step} = {left}",
    "DELETE FROM {table}",
    "INSERT INTO {table} ({column}) VALUES (?)",
    "INSERT OR IGNORE INTO {table} ({column}, {other}) SELECT {column}, {other} FROM {table}",
    "ALTER TABLE {table} RENAME COLUMN {column} TO gone",
    "ALTER TABLE {table} RENAME TO gone",
    "DROP TABLE {table}",
    "CREATE VIEW v{step} AS SELECT * FROM {table}, {table} AS b, {table} AS c",
    "CREATE TRIGGER t{step} AFTER INSERT ON {table} BEGIN DELETE FROM {table}; END",
    "CREATE INDEX i{step} ON {table} ({column}, {other})",
    "PRAGMA user_version = {step}",
    "PRAGMA encoding = 'UTF-16'",
]


def database_seeds(folder: Path) -> list[bytes]:
    """Write small databases in the layout of the real one."""
    from test_wjazzd import make_database  # here, for the same reason

    kinds = [{}, {"page_size": 512}, {"page_size": 512, "n_solos": 1}, {"n_beats": 3, "first_beat": 2}]
    seeds = []
    for number, options in enumerate(kinds):
        path = make_database(folder / f"seed{number}.db", **options)
        seeds.append(path.read_bytes())
        path.unlink()
    return seeds


def damage_rows(rng: random.Random, whole: bytes) -> bytes:
    """Change what is in a database, by its own language."""
    connection = sqlite3.connect(":memory:")
    connection.deserialize(whole)
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        table = rng.choice(tables)
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info('{table}')")] or ["x"]
        words = {"table": table, "column": f'"{rng.choice(columns)}"', "other": f'"{rng.choice(columns)}"'}
        words |= {"step": rng.choice([1, 2, 7, 60, 200]), "left": rng.choice([0, 0, 1, 3])}
        query = rng.choice(STATEMENTS).format(**words)
        try:
            connection.execute(query, (rng.choice(CELLS),) * query.count("?"))
        except sqlite3.Error:
            continue  # a table or column that an earlier statement took away
    connection.commit()
    blob = connection.serialize()
    connection.close()
    return blob


def damage_pages(rng: random.Random, whole: bytes) -> bytes:
    """Swap, double and empty pages of a database, and the numbers at their beginning."""
    size = int.from_bytes(whole[16:18], "big") or 65536
    pages = [bytearray(whole[at : at + size]) for at in range(0, len(whole), size)]
    for _ in range(rng.choice([1, 1, 2, 4])):
        one, two, action = rng.randrange(len(pages)), rng.randrange(len(pages)), rng.random()
        if action < 0.2:
            pages[one] = pages[two][:]
        elif action < 0.3:
            pages[one], pages[two] = pages[two], pages[one]
        elif action < 0.4:
            pages[one] = bytearray(len(pages[one]))
        elif pages[one]:
            # There stand the kind of page, the number of its cells, and where they are.
            at = (100 if one == 0 else 0) + rng.randrange(40)
            pages[one][at % len(pages[one])] = rng.choice(EXTREME)
    return b"".join(pages)


def damage_database(rng: random.Random, seeds: list[bytes]) -> bytes:
    """Damage rows, pages or bytes of a database; some are packed."""
    blob, other, way = rng.choice(seeds), rng.choice(seeds), rng.random()
    if way < 0.5:
        blob = damage_rows(rng, blob)
    if 0.4 < way < 0.7:
        blob = damage_pages(rng, blob)
    if way > 0.65:
        blob = damage_bytes(rng, blob, other)
    if rng.random() < 0.06:
        blob = lzma.compress(blob, preset=0)
        blob = damage_bytes(rng, blob, other) if rng.random() < 0.6 else blob
    return blob


def read_database_file(path: Path, _often: bool) -> list:
    """Open a database and read all its solos."""
    found = attempt(open_wjazzd, path)
    if isinstance(found[0], ValueError):
        return found
    solos = found[0]
    read = [attempt(solos.__getitem__, place)[0] for place in range(len(solos))]
    return [solo if isinstance(solo, ValueError) else solo.tune for solo in read] or [Tune()]


FILES = {
    "midi": Format(".mid", midi_seeds, damage_midi, read_midi_file, False, "original_metheny.mid"),
    "musicxml": Format(".musicxml", score_seeds, damage_score, read_score_file),
    "abc": Format(".abc", abc_seeds, damage_abc, read_abc_file),
    "ireal": Format(".html", ireal_seeds, damage_ireal, read_ireal_file),
    "wjazzd": Format(".db", database_seeds, damage_database, read_database_file, real="wjazzd.db.xz"),
    "chart": Format(".txt", chart_seeds, damage_chart, read_chart_file),
    "changes": Format(".form", changes_seeds, damage_changes, read_changes_file),
}
