"""A short campaign of every format, what longer ones found, and a proof that the campaign sees failures."""

import io
import os
import random
import signal
import sqlite3
import tarfile
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import fuzz
import pytest
from fuzz_archives import mxl_seeds
from fuzz_formats import Format, attempt, etudes, join_song, meta, split_song
from test_ireal import song
from test_wjazzd import make_database

from jazz_nb.formats.midi_writer import to_midi
from jazz_nb.tune import Chord, Note, Tune

if not Path("/proc/self/statm").exists():
    pytest.skip("only Linux says how much memory a process has", allow_module_level=True)


COUNTS = {"zip": 40, "tar": 40, "tgz": 40}  # an archive is read as slowly as four files


def options(folder, *arguments):
    """Return the options of the command, with a place for files that fail."""
    return fuzz.parse_arguments([*arguments, "--save", str(folder)])


@pytest.mark.parametrize("name", fuzz.FORMATS)
@pytest.mark.campaign
def test_damaged_files_are_tunes_or_the_documented_error(name, tmp_path):
    count = COUNTS.get(name, 150)
    result = fuzz.run(name, options(tmp_path, "--count", str(count)))
    assert not result.failures, "\n".join(f"{number}: {words}" for number, words, _ in result.failures)
    assert sum(result.kinds.values()) == count and not list(tmp_path.iterdir())
    # Damage that nothing survives, or that nobody notices, tests nothing.
    assert min(result.kinds["tune"], result.kinds["error"]) > count // 20 and len(result.words) > 4


# --- what campaigns have found -----------------------------------------------------------------------------


def score(inside, head=""):
    """Write a score of one bar."""
    bar = f'<measure number="1">{inside}</measure>'
    return f'<score-partwise>{head}<part id="P1">{bar}</part></score-partwise>'.encode()


def database(folder, query="SELECT 1", old=b"", new=b""):
    """Write a small database, change it by a query, and some of its bytes."""
    path = make_database(folder / "made.db")
    connection = sqlite3.connect(path)
    connection.execute(query)
    connection.commit()
    connection.close()
    blob = path.read_bytes()
    path.unlink()
    assert old in blob
    return blob.replace(old, new)


def displaced(folder):
    """Write a compressed score that says its list of contents begins later than it does."""
    blob = bytearray(mxl_seeds(folder)[0])
    place = blob.rindex(b"PK\5\6") + 16
    blob[place : place + 4] = (int.from_bytes(blob[place : place + 4], "little") + 4).to_bytes(4, "little")
    return bytes(blob)


OWN_FIELD = '<miscellaneous-field name="jazz_nb:tempo">B</miscellaneous-field>'
HEAD = f"<identification><miscellaneous>{OWN_FIELD}</miscellaneous></identification>"
ABC = b"X:1\nM:4/4\nL:1/4\nK:C\nC D E F |\n"
# What a file holds, and what its message must say; nothing if it is a tune.
FOUND = {
    "our own field of a score holds a word": ("musicxml", score("", HEAD), "its field jazz_nb:tempo is '…'"),
    "a tempo that is a word": ("musicxml", score('<sound tempo="120x"/>'), "its tempo is '120x'"),
    "letters written in a way with a long name": (
        "musicxml",
        b'<?xml version="1.0" encoding="UTF-%s"?><score-partwise/>' % (b"9" * 5000),
        "its letters cannot be read (unknown encoding",
    ),
    "no chord where a repeat begins": ("ireal", f"irealb://{song('{WAT44C^7   |D7 }|G7   Z')}".encode(), ""),
    "a line end of another program in a field": (
        "abc",
        ABC.replace(b"4/4", b"4/4\x0bL:1"),
        "meter M:4/4 L:1",
    ),
    "a voice with a name of 5000 letters": (
        "abc",
        ABC.replace(b"C D", b"V:1\nC D") + b"V:" + b"9" * 5000 + b"\nC D E F|",
        "the voices with music are",
    ),
    "a compressed score that begins before its file": ("mxl", displaced, "the archive is damaged (neg"),
    "a number of a solo that is no text": (
        "wjazzd",
        lambda folder: database(folder, "UPDATE beats SET melid = CAST(x'80ff0b0c' AS TEXT)"),
        "Could not decode to UTF-8",
    ),
    "a table whose definition is no text": (
        "wjazzd",
        lambda folder: database(folder, old=b"CREATE TABLE melody", new=b"CREATE \xff\xffBLE melody"),
        "codec can't decode",
    ),
}


def judge(form, blob, folder):
    """Read a file as the campaign does, in this process."""
    path = folder / f"found{form.suffix}"
    path.write_bytes(blob)
    return fuzz.judge(form, path, True, fuzz.SECONDS)


@pytest.mark.parametrize("case", FOUND)
def test_what_was_found_stays_repaired(case, tmp_path):
    name, blob, words = FOUND[case]
    kind, found = judge(fuzz.FORMATS[name], blob(tmp_path) if callable(blob) else blob, tmp_path)
    assert kind == ("error" if words else "tune") and fuzz.shorten(words) in found


def performed(**chosen):
    """Play a chorus as MIDI."""
    return to_midi(etudes()[0], **chosen).dumps_midi()


def test_a_marker_that_is_no_chord(tmp_path):
    wrong = performed(chords=False).replace(b"\xff\x06\x02F7", b"\xff\x06\x02H7")
    judge(replace(fuzz.FORMATS["midi"], figures=True), wrong, tmp_path)


def test_a_band_that_plays_on_for_days(tmp_path):
    head, tracks = split_song(performed())
    tracks[2][-9][0] = tracks[2][-7][0] = 2**28 - 1
    judge(fuzz.FORMATS["midi"], join_song(random.Random(0), head, tracks), tmp_path)


def test_a_title_of_5000_letters(tmp_path):
    judge(fuzz.FORMATS["chart"], b"Title: " + b"9" * 5000 + b"\nTempo: 0\n| C7 |\n", tmp_path)


def test_a_file_whose_name_has_5000_letters(tmp_path, monkeypatch):
    monkeypatch.setenv("JAZZ_NB_CACHE", str(tmp_path / "cache"))
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name in ("good.abc", "x" * 5000):
            member = tarfile.TarInfo(f"../{name}" if len(name) > 8 else name)
            member.size = len(ABC) + 3
            archive.addfile(member, io.BytesIO(ABC.replace(b"C D", b'"C"C D')))
    judge(fuzz.FORMATS["tar"], stream.getvalue(), tmp_path)


def test_a_file_without_a_name(tmp_path, monkeypatch):
    monkeypatch.setenv("JAZZ_NB_CACHE", str(tmp_path / "cache"))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("good.abc", ABC.replace(b"C D", b'"C"C D'))
        archive.writestr("~.abc", ABC)
    nameless = stream.getvalue().replace(b"~.abc", b"\0.abc")  # a name ends at its first zero
    judge(fuzz.FORMATS["zip"], nameless, tmp_path)


def long_bars():
    """Write a song with 2,200 bars of 127 beats, of which most are empty."""
    head, tracks = split_song(performed())
    tracks[0] = [[0, meta(0x58, bytes([127, 2, 24, 8]))], [0, meta(0x2F, b"")]]
    for track in tracks[1:]:
        track[12][0] = 2**28 - 1
    return join_song(random.Random(0), head, tracks)


LONG_BARS = replace(fuzz.FORMATS["midi"], seeds=lambda _: [], damage=lambda _rng, _seeds: long_bars())


@pytest.mark.slow
def test_bars_of_127_beats(tmp_path):
    result = fuzz.run(f"{__name__}:LONG_BARS", options(tmp_path, "--count", "1"))
    assert not result.failures, result.failures


# --- the campaign sees failures ----------------------------------------------------------------------------


def planted_read(path, _often):
    """Do what the file says: misbehave in one way."""
    return FAULTS[path.read_text()](path)


def shout(path, words="{path}: no such thing", kind=ValueError):
    """Raise an error."""
    raise kind(words.format(path=path))


def refuse(path, words="{path}: it is damaged; fetch it again", kind=ValueError):
    """Return an error as readers do."""
    return attempt(shout, path, words, kind)


def hide(path):
    """Run out of memory, and call it damage."""
    try:
        bytearray(2**62)
    except MemoryError:
        return refuse(path)


def leak(path):
    """Pass on what Python says about a number."""
    try:
        float("x")
    except ValueError as error:
        found = error
    return attempt(leak_on, path, found)


def leak_on(path, error):
    """Put the source before another error's words."""
    try:
        raise error
    except ValueError:
        raise ValueError(f"{path}: {error}") from None


def spoil(**changes):
    """Return a reader of a tune whose class would never allow what stands in it."""

    def read(_path):
        tune = Tune("x", (Note(0, 1, 60), Note(1, 1, 62)), (Chord(0, 4, "C7"),))
        for name, value in changes.items():
            object.__setattr__(tune, name, value)
        return [tune]

    return read


def not_a_note():
    """Make a note that lasts for no time that can be counted."""
    note = Note(0, 1, 60)
    object.__setattr__(note, "duration", float("nan"))
    return note


def hang(_path):
    """Compute for ever."""
    while True:
        pass


def write_beside(path):
    """Leave a file."""
    path.with_name("litter").write_text("x")
    return [Tune()]


def read_elsewhere(_path):
    """Read what is none of a reader's business."""
    return [Tune(title=Path("/etc/passwd").read_text())]


FAULTS = {
    "good": lambda path: [Tune("x", (Note(0, 1, 60),))],
    "refused": refuse,
    "KeyError": lambda path: shout(path, kind=KeyError),
    "a UnicodeDecodeError": lambda path: attempt(b"\xff".decode, "utf-8"),
    "of 2 lines": lambda path: refuse(path, "{path}: it is\nbad"),
    "not begin with its source": lambda path: refuse(path, "it is damaged; fetch it again"),
    "too much memory, hidden": hide,
    "not our own message": leak,
    "no Tune but a str": lambda path: ["C7"],
    "times that are no numbers": lambda path: spoil(notes=(not_a_note(),))(path),
    "out of order": spoil(notes=(Note(1, 1, 60), Note(0, 1, 60))),
    "make no sense": spoil(tempo=float("nan")),
    "chord figure 'H7'": spoil(chords=(Chord(0, 1, "H7"),)),
    # Those that harm a process, each in one of its own.
    "slower than 0.3 s": hang,
    "no answer in": lambda path: time.sleep(60),
    "MemoryError": lambda path: bytearray(2**31),
    "status -9": lambda path: os.kill(os.getpid(), signal.SIGKILL),
    "status 0": lambda path: os._exit(0),
    "litter": write_beside,
    "open ('/etc/passwd'": read_elsewhere,
}
HARMFUL = list(FAULTS)[list(FAULTS).index("slower than 0.3 s") :]


def planted_damage(rng: random.Random, _seeds):
    """Choose how to misbehave."""
    return rng.choice(HARMFUL).encode()


PLANTED = Format(".txt", lambda _folder: [b"good"], planted_damage, planted_read)


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in HARMFUL])
def test_a_rule_that_is_broken_is_seen(fault, tmp_path):
    path = tmp_path / "planted.txt"
    path.write_text(fault)
    if fault in ("good", "refused"):
        assert fuzz.judge(PLANTED, path, True, 5)[0] == {"good": "tune", "refused": "error"}[fault]
        return
    with pytest.raises(Exception) as caught:
        fuzz.judge(PLANTED, path, True, 5)
    assert fault in fuzz.explain(caught.value, 5)


def test_a_process_that_is_harmed_is_seen_and_the_next_goes_on(tmp_path):
    name, n_faults = f"{__name__}:PLANTED", len(HARMFUL)
    made = [fuzz.make(name, PLANTED, [], 0, number).decode() for number in range(5000)]
    first = next(at for at in range(5000) if set(made[at : at + n_faults]) == set(HARMFUL))
    given = options(
        tmp_path, "--seconds", "0.3", "--first", str(first), "--count", str(n_faults), "--jobs", "2"
    )
    result = fuzz.run(name, given)
    found = {number: (words, Path(saved).read_text()) for number, words, saved in result.failures}
    assert sorted(found) == list(range(first, first + n_faults)) and result.kinds == {"failure": n_faults}
    for number, (words, content) in found.items():
        assert made[number] == content and content in words


def test_the_same_seed_makes_the_same_files_and_another_others(tmp_path):
    for name in ("midi", "abc", "wjazzd", "zip"):
        form = fuzz.FORMATS[name]
        seeds = form.seeds(tmp_path)
        made = [fuzz.make(name, form, seeds, seed, 7) for seed in (0, 0, 1)]
        assert made[0] == made[1] != made[2], name


def test_the_command_says_what_it_knows_and_fails_where_a_file_fails(tmp_path, capsys, monkeypatch):
    with pytest.raises(SystemExit, match="unknown format 'mp3'; known are midi, musicxml"):
        fuzz.main(["mp3"])
    monkeypatch.setattr(fuzz, "run", lambda name, *_: fuzz.Result(name, failures=[(3, "it is bad", "here")]))
    assert fuzz.main(["midi", "abc"]) == 1 and capsys.readouterr().out.count("failures") == 3
    monkeypatch.setattr(fuzz, "run", lambda name, *_: fuzz.Result(name))
    assert fuzz.main(["midi", "--save", str(tmp_path)]) == 0
