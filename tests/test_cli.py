"""The command line as a process: what it prints, what it writes, how it ends."""

import io
import os
import re
import resource
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import symusic

from jazz_nb import __version__
from jazz_nb.cli.commands import COMMANDS
from jazz_nb.cli.main import _build_app, main
from jazz_nb.data import ETUDES, read
from jazz_nb.formats.chart_text import read_chart
from jazz_nb.formats.midi import read_midi

FAST = ["solo", "--epochs", "2"]


def jazz_nb(*words, cwd, **options):
    """Run the command line in a process of its own."""
    command = Path(sys.executable).with_name("jazz-nb")  # as pip installed it beside this Python
    return subprocess.run(
        [command, *words], cwd=cwd, capture_output=True, text=True, timeout=300, check=False, **options
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder in which a short training has written a solo and kept its network."""
    folder = tmp_path_factory.mktemp("trained")
    done = jazz_nb("solo", "--epochs", "3", "--save-model", "net.safetensors", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder, done


def test_solo_writes_a_file_and_says_where_how_long_and_how_many_notes(trained):
    folder, done = trained
    song = read_midi(folder / "output" / "my_music.midi")
    solo = next(part for part in song.parts if part.name == "Solo")
    first, *_, written, advice = done.stdout.splitlines()[1:]  # after the network that was kept
    assert first == "2 choruses of 12 bars, and an ending"
    assert written.startswith("output/my_music.midi: 24 bars, ") and "44 seconds" in written
    assert f"{len(solo)} notes" in written
    assert advice.startswith("hear it: jazz-nb listen output/my_music.midi (")
    assert "see it: jazz-nb show output/my_music.midi (" in advice
    assert song.tempo == 130


def test_what_solo_says_about_hearing_and_seeing_works(trained, here, capsys):
    shutil.copytree(trained[0] / "output", "output")
    for command in re.findall(r"jazz-nb (\w+ \S+)", trained[1].stdout.splitlines()[-1]):
        assert run(*command.split()) == 0
    assert {path.suffix for path in Path("output").iterdir()} == {".midi", ".mp3", ".svg"}
    assert not capsys.readouterr().err


FORMS = {  # how long they are by default, and what is said
    "| Dm7 G7 | Cmaj7 | % | N.C. |": (24, "6 choruses of 4 bars, and an ending"),
    "| C7 |": (24, "24 choruses of 1 bar, and an ending"),
    "| C7 | F7 | G7 | C7 | F7 | G7 | C7 |": (28, "4 choruses of 7 bars, and an ending"),
    "| C7 |" + " F7 |" * 15: (32, "2 choruses of 16 bars, and an ending"),
}


@pytest.mark.parametrize("chart", FORMS)
def test_solo_plays_two_choruses_or_24_bars_and_ends(trained, here, capsys, chart):
    bars, words = FORMS[chart]
    model = ["--model", trained[0] / "net.safetensors", "--chart", chart]
    assert run("solo", *model, "-o", "solo.musicxml") == 0
    said = capsys.readouterr()
    assert said.out.startswith(words) and f"solo.musicxml: {bars} bars, " in said.out
    solo = read("solo.musicxml")
    last = max(solo.notes, key=lambda note: note.onset)
    assert solo.n_bars == bars and last.onset % 2 == 0 and last.offset == 4 * bars - 0.5
    assert run("solo", *model, "--choruses", "1", "-o", "solo.mid") == 0
    said = capsys.readouterr().out
    assert said.startswith("1 chorus of ") and f"solo.mid: {words.split()[3]} bar" in said


def test_as_published_has_neither_choruses_nor_an_ending(trained, here, capsys):
    model = ["--model", trained[0] / "net.safetensors", "--as-published"]
    assert run("solo", *model, "-o", "one.mid") == 0
    said = capsys.readouterr()
    assert said.out.startswith("Generated ") and not said.err
    assert run("solo", *model, "--choruses", "3", "-o", "two.mid") == 0
    assert "--choruses 3: not used, --as-published plays five bars once" in capsys.readouterr().err
    assert Path("one.mid").read_bytes() == Path("two.mid").read_bytes()


def test_solo_prints_a_line_for_each_set_and_a_progress_bar(trained):
    _, done = trained
    sets = [line for line in done.stdout.splitlines() if line.startswith("Generated ")]
    assert [line.split('"')[1] for line in sets] == ["1", "2", "3", "4", "5"]
    assert "3/3" in done.stderr and "loss=" in done.stderr
    assert "Traceback" not in done.stderr


def test_saved_network_plays_the_same_solo_without_tensorflow(trained):
    folder, _ = trained
    program = (
        "import sys; from jazz_nb.cli.main import main; status = main(sys.argv[1:]); "
        "assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules; sys.exit(status)"
    )
    words = ["solo", "--model", "net.safetensors", "--out", "again.mid"]
    done = subprocess.run(
        [sys.executable, "-c", program, *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "again.mid").read_bytes() == (folder / "output" / "my_music.midi").read_bytes()


def test_seed_chart_and_format_are_honoured(trained):
    folder, _ = trained
    for seed, name in ((1, "one.mid"), (1, "same.mid"), (2, "two.mid")):
        done = jazz_nb(
            "solo",
            "--model",
            "net.safetensors",
            "--chart",
            "| Dm7 G7 | Cmaj7 | % | N.C. |",
            "--seed",
            str(seed),
            "--out",
            name,
            cwd=folder,
        )
        assert done.returncode == 0, done.stderr
        assert f"{name}: 24 bars" in done.stdout
    one, same, two = ((folder / name).read_bytes() for name in ("one.mid", "same.mid", "two.mid"))
    assert one == same != two
    assert jazz_nb("solo", "--model", "net.safetensors", "--out", "solo.mp3", cwd=folder).returncode == 0
    assert (folder / "solo.mp3").stat().st_size > 50_000


def test_as_published_prints_five_lines(trained, tmp_path):
    done = jazz_nb("solo", "--epochs", "2", "--as-published", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("and after pruning") == 5


def test_version_and_help_come_without_heavy_imports(tmp_path):
    assert jazz_nb("--version", cwd=tmp_path).stdout == f"jazz-nb {__version__}\n"
    for words in (["--help"], ["solo", "--help"]):
        done = jazz_nb(*words, cwd=tmp_path)
        assert done.returncode == 0
        assert "jazz-nb solo" in done.stdout and "examples:" in done.stdout
    program = (
        "import sys; from jazz_nb.cli.main import main; main(['--help']); main(['solo', '--help'])\n"
        "print(sorted({'numpy', 'tensorflow', 'keras', 'symusic', 'music21'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


ELEVEN = "chart corpus evaluate exercises improvise inspect listen models show solo train".split()


@pytest.mark.parametrize("command", ELEVEN)
def test_each_command_has_help_of_its_own(command, capsys):
    assert main([command, "--help"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"usage: jazz-nb {command}")
    assert f"  jazz-nb {command} " in shown.split("examples:")[1]
    assert max(map(len, shown.splitlines())) <= 80 and not re.search("[─-╿]|  +$|STR|FLOAT", shown, re.MULTILINE)


def test_no_command_was_forgotten_here(capsys):
    assert main(["--help"]) == 0
    listed = re.findall(r"^  ([a-z]+)  ", capsys.readouterr().out, re.MULTILINE)
    assert sorted(listed) == sorted(COMMANDS) == ELEVEN


BAD_COMMANDS = {
    "no command": ([], "a command is missing; see jazz-nb --help"),
    "a misspelt command": (["improvis"], "'improvis' is no command, perhaps improvise is meant; known are chart, corpus"),
    "another command": (["bebop"], "'bebop' is no command; known are chart, corpus, evaluate, exercises, improvise, inspect, "),
    "an unknown shell": (["--install-completion", "--shell", "tcsh"], "--shell: 'tcsh' is not understood"),
    "a misspelt choice": (["evaluate", "--split", "tset"], "perhaps test is meant; give one of train, validation, test"),
    "an option without its value": (["solo", "--epochs"], "--epochs wants a value"),
    "a value where none belongs": (["solo", "--all=loudly"], "--all: it stands alone, without 'loudly'"),
    "an option in the place of a value": (["solo", "--chart", "--all"], "--chart wants a value"),
    "epochs 0": (["solo", "--epochs", "0"], "--epochs: 0 is out of range"),
    "epochs that are no number": (["solo", "--epochs", "many"], "--epochs: 'many' is not a whole number"),
    "temperature 0": (["solo", "--temperature", "0"], "--temperature: 0 is out of range"),
    "temperature negative": (["solo", "--temperature", "-0.5"], "--temperature: -0.5 is out of range"),
    "temperature nan": (["solo", "--temperature", "nan"], "--temperature: nan is out of range"),
    "unknown option": (["solo", "--loud"], "--loud"),
    "unknown corpus": (
        [*FAST, "--corpus", "bebop"],
        "--corpus bebop: unknown corpus; known are etudes, metheny and wjazzd",
    ),
    "missing file": ([*FAST, "--corpus", "nowhere.mid"], "--corpus nowhere.mid: no such file or folder"),
    "missing folder": ([*FAST, "--out", "nowhere/solo.mid"], "the folder nowhere does not exist"),
    "output is a folder": ([*FAST, "--out", "folder.mid"], "folder.mid: it is a folder"),
    "output of an unknown kind": ([*FAST, "--out", "solo.docx"], "known are .mid"),
    "missing model": ([*FAST, "--model", "none.safetensors"], "--model none.safetensors: no such file"),
    "chart with an unknown figure": ([*FAST, "--chart", "| Hm7 |"], "--chart: "),
    "chart without chords": ([*FAST, "--chart", "   "], "--chart"),
}


@pytest.mark.parametrize("case", BAD_COMMANDS)
def test_a_command_that_makes_no_sense_ends_with_2_and_one_line(case, tmp_path):
    words, expected = BAD_COMMANDS[case]
    (tmp_path / "folder.mid").mkdir()
    done = jazz_nb(*words, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert expected in done.stderr
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
    assert not done.stdout


def test_a_folder_that_may_not_be_written_ends_with_2_and_keeps_what_is_there(trained, tmp_path):
    # Root may write anywhere, unless it gives that right away first.
    drop = []
    if os.geteuid() == 0:
        drop = [shutil.which("setpriv"), "--bounding-set=-dac_override", "--inh-caps=-dac_override"]
        if drop[0] is None:
            pytest.skip("root may write anywhere, and there is no setpriv to change that")
    old = tmp_path / "solo.mid"
    old.write_bytes(b"a solo that somebody likes")
    tmp_path.chmod(0o555)
    try:
        command = [*drop, Path(sys.executable).with_name("jazz-nb"), "solo"]
        words = ["--model", trained[0] / "net.safetensors", "--out", old]
        done = subprocess.run([*command, *words], capture_output=True, text=True, check=False)
    finally:
        tmp_path.chmod(0o755)
    assert done.returncode == 2, done.stderr
    assert "is not writable; choose another file" in done.stderr and done.stderr.count("\n") == 1
    assert old.read_bytes() == b"a solo that somebody likes"
    assert [path.name for path in tmp_path.iterdir()] == ["solo.mid"]


def write_bad_files(folder):
    """Write one file for each kind of bad data; return their names with the words that are expected."""
    whole = (ETUDES / "01_blues_in_f_1.mid").read_bytes()
    header = b"MThd" + (6).to_bytes(4, "big") + bytes([0, 0, 0, 1, 1, 224])
    silent = header + b"MTrk" + (4).to_bytes(4, "big") + bytes([0, 255, 47, 0])
    solo = bytes(
        byte for tick in range(40) for byte in (0, 0x90, 60 + tick % 12, 80, 96, 0x80, 60 + tick % 12, 0)
    )
    alone = header + b"MTrk" + (len(solo) + 4).to_bytes(4, "big") + solo + bytes([0, 255, 47, 0])
    cases = {
        "empty.mid": (b"", "the file is empty"),
        "words.mid": (b"this is no MIDI file", "no MIDI file"),
        "cut.mid": (whole[: len(whole) // 2], "cut off"),
        "header.mid": (header, "cut off"),
        "silent.mid": (silent, "no notes"),
        "alone.mid": (alone, "has no chords; name the part that plays them"),
        "binary.abc": (bytes(range(128, 256)), "not a text in UTF-8"),
        "broken.abc": (b'X:1\nM:4/4\nK:F\n"F7" c8 | & c7 | c8 |]\n', "bar 2: cannot read '& c7"),
        "nochords.abc": (b"X:1\nM:4/4\nK:F\nc8 | c8 |]\n", "has no chords"),
        "short.abc": (b'X:1\nM:4/4\nK:F\n"F7" c8 | c8 |]\n', "shorter than one window"),
    }
    for name, (content, _) in cases.items():
        Path(folder, name).write_bytes(content)
    return {name: words for name, (_, words) in cases.items()}


@pytest.mark.parametrize(
    "name",
    [
        "empty.mid",
        "words.mid",
        "cut.mid",
        "header.mid",
        "silent.mid",
        "alone.mid",
        "binary.abc",
        "broken.abc",
        "nochords.abc",
        "short.abc",
    ],
)
def test_bad_data_ends_with_1_and_one_line_and_leaves_the_output_alone(name, tmp_path):
    expected = write_bad_files(tmp_path)[name]
    (tmp_path / "output").mkdir()
    kept = tmp_path / "output" / "my_music.midi"
    kept.write_bytes(b"a solo that somebody likes")
    done = jazz_nb(*FAST, "--corpus", name, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    assert expected in done.stderr and (name in done.stderr)
    assert done.stderr.count("\n") == 1 and "Traceback" not in done.stderr
    assert kept.read_bytes() == b"a solo that somebody likes"
    assert sorted(path.name for path in kept.parent.iterdir()) == ["my_music.midi"]


def test_a_damaged_or_foreign_model_ends_with_1(trained, tmp_path):
    blob = (trained[0] / "net.safetensors").read_bytes()
    for name, content in (
        ("cut", blob[:1000]),
        ("padded", blob + b"\0" * 8),
        ("empty", b""),
        ("words", b"weights" * 99),
        ("flipped", blob[:-5] + bytes([blob[-5] ^ 1]) + blob[-4:]),
    ):
        path = tmp_path / f"{name}.safetensors"
        path.write_bytes(content)
        done = jazz_nb("solo", "--model", path.name, "--out", "solo.mid", cwd=tmp_path)
        assert done.returncode == 1, (name, done.stderr)
        assert path.name in done.stderr and done.stderr.count("\n") == 1
        assert not (tmp_path / "solo.mid").exists()


def test_all_writes_every_kind_side_by_side(trained):
    folder, _ = trained
    words = ["solo", "--model", "net.safetensors", "--all", "-o", "everything.mid"]
    done = jazz_nb(*words, cwd=folder)
    assert done.returncode == 0, done.stderr
    names = [f"everything{suffix}" for suffix in (".mid", ".musicxml", ".mp3", ".svg")]
    assert [line.split(":")[0] for line in done.stdout.splitlines()[-4:]] == names
    assert sorted(path.name for path in folder.glob("everything.*")) == sorted(names)
    tunes = [read(folder / name) for name in names[:2]]
    assert [(note.pitch, note.onset) for note in tunes[0].notes] == [
        (note.pitch, note.onset) for note in tunes[1].notes]


@pytest.mark.parametrize("command, out, begins", [
    ("listen", None, b"\xff"), ("listen", "x.wav", b"RIFF"), ("listen", "x.mid", b"MThd"),
    ("show", None, b"<svg"), ("show", "x.png", b"\x89PNG"), ("show", "x.html", b"<!DOCTYPE html>"),
    ("show", "x.musicxml", b"<?xml"), ("show", "x.mxl", b"PK"), ("show", "x.abc", b"X:"),
])
def test_a_file_with_any_name_is_heard_and_seen(tmp_path, command, out, begins):
    etude = tmp_path / "l'étude #1 \"blues\".abc"
    etude.write_bytes(sorted(ETUDES.glob("*.abc"))[0].read_bytes())
    done = jazz_nb(command, etude.name, *(["-o", out] if out else []), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    written = tmp_path / (out or f"output/{etude.stem}.{'mp3' if command == 'listen' else 'svg'}")
    assert written.read_bytes().startswith(begins)
    assert done.stdout.startswith(f"{written.relative_to(tmp_path)}: 12 bars, ")


@pytest.mark.parametrize("words, says", [
    (["listen", "none.mid"], "none.mid: no such file"),
    (["listen", "."], "it is a folder; give a file"),
    (["show", "etude.abc", "-o", "etude.abc"], "would overwrite etude.abc"),
    (["show", "etude.abc", "-o", "etude.mp3"], "cannot write files that end with '.mp3'; known are .svg"),
    (["listen", "etude.abc", "-o", "nowhere/etude.mp3"], "the folder nowhere does not exist"),
])
def test_bad_commands_for_files(tmp_path, words, says):
    (tmp_path / "etude.abc").write_bytes(sorted(ETUDES.glob("*.abc"))[0].read_bytes())
    done = jazz_nb(*words, cwd=tmp_path)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and says in done.stderr, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["etude.abc"]


def test_a_damaged_file_is_refused_in_one_line(tmp_path):
    (tmp_path / "cut.mid").write_bytes(b"MThd\x00\x00\x00\x06\x00\x01\x00\x03\x03\xc0MTrk\x00\x00\x10\x00")
    (tmp_path / "empty.abc").write_text("")
    for name in ("cut.mid", "empty.abc"):
        done = jazz_nb("listen", name, cwd=tmp_path)
        assert done.returncode == 1 and done.stderr.count("\n") == 1 and name in done.stderr, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cut.mid", "empty.abc"]


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words):
    """Run a command in this process."""
    return main([str(word) for word in words])


def midi(*parts, tempo=120.0):
    """Write a MIDI file with parts that have no names: each is a list of (onset, duration, pitch)."""
    score = symusic.Score(480)
    score.tempos.append(symusic.Tempo(0, qpm=tempo))
    score.time_signatures.append(symusic.TimeSignature(0, 4, 4))
    for name, program, notes in parts:
        track = symusic.Track(name, program)
        for onset, duration, pitch in notes:
            track.notes.append(symusic.Note(round(onset * 480), round(duration * 480), pitch, 80))
        score.tracks.append(track)
    return score.dumps_midi()


def line(low, step=0.5, n_notes=64):
    """Play up and down a scale."""
    scale = (0, 2, 4, 5, 7, 9, 11, 12, 11, 9, 7, 5, 4, 2)
    return [(place * step, step * 0.9, low + scale[place % len(scale)]) for place in range(n_notes)]


def chords(n_bars=8):
    """Play F7 and Bb7 in turn, a bar each."""
    both = (53, 57, 60, 63), (58, 62, 65, 68)
    return [(4 * bar, 3.9, pitch) for bar in range(n_bars) for pitch in both[bar % 2]]


# Two lines alike, chords and a bass: no names, and a doubt about the solo.
DOUBTFUL = midi(("", 40, line(60)), ("", 0, chords()), ("", 41, line(62)), ("", 32, line(36, 1, 32)))
LINK = "irealbook://A Blues=Nobody=Medium Swing=F=n=*A[T44F7 |Bb7 |F7 |C7 Z"
TITLES = ("One", "Two", "Three")
PLAYLIST = "\n".join(f'<a href="{LINK.replace("A Blues", title)}">{title}</a>' for title in TITLES)
PART = """<part id="P{}"><measure number="1"><attributes><divisions>1</divisions>
<time><beats>4</beats><beat-type>4</beat-type></time></attributes>
<harmony><root><root-step>F</root-step></root><kind>dominant</kind></harmony>
<note><pitch><step>F</step><octave>{}</octave></pitch><duration>4</duration></note></measure></part>"""
TWO_PARTS = f"""<score-partwise><part-list>
<score-part id="P1"><part-name>Low &amp; deep</part-name></score-part>
<score-part id="P2"><part-name>High</part-name></score-part></part-list>
{PART.format(1, 3)}{PART.format(2, 5)}</score-partwise>"""
ABC = 'X:1\nT:Two\nM:4/4\nL:1/4\nK:F\nV:Lead\n"F7" c4 | d4 |]\nV:Low\nF4 | F2 z2 |]\n'
NAMES = ["my song", "l'étude \"blues\" #1", "-odd", "--out", "two\nlines", "tab\tand \x1b[2J", "日本の歌",
         "e\u0301", "100 %", "undecodable \udcff", "$HOME `ls` ;", "a|b"]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_may_be_called_anything(here, capsys, name):
    (here / f"{name}.mid").write_bytes(DOUBTFUL)
    (here / "plain.mid").write_bytes(DOUBTFUL)
    for command in ("inspect", "chart", "listen", "show"):
        sizes = []
        for file in ("plain.mid", f"{name}.mid"):
            assert run(command, *(["-o", "out.mid"] if command == "listen" else []), "--", file) == 0
            said = capsys.readouterr()
            sizes.append((said.out.count("\n"), said.err.count("\n")))
            assert "\x1b" not in said.out + said.err
        assert sizes[0] == sizes[1]  # no name adds a line, or takes one away
    assert (here / "output" / f"{name}.svg").read_bytes().startswith(b"<svg")


@pytest.mark.parametrize("name", NAMES)
def test_a_folder_may_be_called_anything(here, capsys, name):
    folder = here / name
    folder.mkdir()
    (folder / f"{name}.mid").write_bytes(DOUBTFUL)
    (folder / f"broken {name}.mid").write_bytes(b"")
    assert run("corpus", "--list", "--", name) == 0
    said = capsys.readouterr().out
    assert ": 1 tunes, 64 notes, 8 bars" in said.splitlines()[0]
    assert said.count("the file is empty") == 1 and "\x1b" not in said
    assert said.splitlines()[-1].split()[0] == "1"


def test_a_table_of_many_parts_is_complete_and_fits(here, capsys):
    long = "a very long name of a part " * 8
    parts = [(f"{long}{place}", place % 100, line(40 + place % 30, 0.5, 16)) for place in range(300)]
    (here / "many.mid").write_bytes(midi(*parts))
    assert run("inspect", "many.mid") == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    assert [one.split()[0] for one in lines[2:302]] == [str(place) for place in range(300)]
    assert re.sub(r"\W", "", "".join(lines)).count(re.sub(r"\W", "", long)) >= 300


def test_inspect_says_what_can_be_chosen_in_every_kind_of_file(here, capsys):
    files = {"two.abc": ABC, "two.musicxml": TWO_PARTS, "list.html": PLAYLIST, "one.txt": "| F7 | Bb7 |"}
    expected = {"two.abc": ("2 voices; choose one with --part", "Low "),
                "one.txt": ("2 bars", "nothing to choose"),
                "two.musicxml": ("2 parts; choose one with --part", "Low & deep", "High"),
                "list.html": ("3 tunes; choose one with --tune", "Three")}
    for name, content in files.items():
        Path(name).write_text(content)
        assert run("inspect", name) == 0
        said = capsys.readouterr().out
        assert all(words in said for words in expected[name]), said
        assert max(map(len, said.splitlines())) <= 100


def test_parts_of_the_same_name_are_chosen_by_their_ids(here, capsys):
    Path("two.xml").write_text(TWO_PARTS.replace("High", "Low &amp; deep"))
    assert run("inspect", "two.xml") == 0
    assert [row.split()[0] for row in capsys.readouterr().out.splitlines()[2:]] == ["P1", "P2"]
    assert run("show", "two.xml", "--part", "P2", "-o", "out.musicxml") == 0
    assert read("out.musicxml").notes[0].pitch == 77


def test_what_inspect_shows_can_be_chosen(here, capsys):
    Path("two.abc").write_text(ABC)
    Path("two.musicxml").write_text(TWO_PARTS)
    Path("four.mid").write_bytes(DOUBTFUL)
    lowest = {}
    for name, part in (("two.abc", "Lead"), ("two.abc", "Low"), ("two.musicxml", "Low & deep"),
                       ("two.musicxml", "High"), ("four.mid", "0"), ("four.mid", "2")):
        assert run("show", name, "--part", part, "-o", "out.musicxml") == 0
        lowest[name, part] = min(note.pitch for note in read("out.musicxml").notes)
    assert [*lowest.values()] == [72, 65, 53, 77, 60, 62]
    assert run("show", "four.mid", "--part", "Tuba", "-o", "out.svg") == 1
    assert "no part 'Tuba' for the solo; it has 0 'part 0' (64 notes)" in capsys.readouterr().err
    assert run("show", "two.abc", "-o", "out.svg") == 1
    assert "choose its voice, such as --part 'Lead'" in capsys.readouterr().err


def test_a_doubt_is_one_line_that_names_the_option(here, capsys):
    Path("four.mid").write_bytes(DOUBTFUL)
    assert run("listen", "four.mid", "-o", "out.mid") == 0
    said = capsys.readouterr().err.splitlines()
    assert [one for one in said if "only probably the solo" in one and one.endswith("choose with --part")]
    assert all(one.startswith("jazz-nb: ") for one in said)
    assert run("listen", "four.mid", "--part", "0", "-o", "out.mid") == 0
    assert "probably the solo" not in capsys.readouterr().err


def test_bars_and_seconds_and_a_chart_beside_it(here, capsys):
    Path("four.mid").write_bytes(DOUBTFUL)
    Path("mine.txt").write_text("Title: Mine\nMeter: 4/4\n| Dm7 | G7 |")
    for words, n_bars in ((["--bars", "3-4"], 2), (["--seconds", "0-5.9"], 3), ([], 8)):
        words = ["--part", "0", *words, "--chart", "mine.txt"]
        assert run("show", "four.mid", *words, "-o", "out.musicxml") == 0
        tune = read("out.musicxml")
        assert tune.n_bars == n_bars and [chord.figure for chord in tune.chords[:2]] == ["Dm7", "G7"]
    assert run("show", "four.mid", "--bars", "30-40", "-o", "out.svg") == 1
    assert "has bars 1 to 8; asked for 30 to 40" in capsys.readouterr().err


CHARTS = {
    "text.txt": "| F7 | Bb7 | F7 | C7 |",
    "text.chart": "Title: A\n\n| F7 | Bb7 | F7 | C7 |",
    "list.html": f'<a href="{LINK}">A</a>',
    "list.irealb": LINK,
    "tune.abc": 'X:1\nT:A\nM:4/4\nL:1/1\nK:F\n"F7" c | "Bb7" d | "F7" c | "C7" c |]\n',
}


@pytest.mark.parametrize("name", [*CHARTS, "made.musicxml", "made.mxl", "made.mid", "link", "text", "pipe"])
def test_any_chart_becomes_text(here, capsys, monkeypatch, name):
    word = {"link": LINK, "text": CHARTS["text.txt"], "pipe": "-"}.get(name, name)
    if name in CHARTS:
        Path(name).write_text(CHARTS[name])
    elif "." in name:
        assert run("chart", LINK, "-o", name) == 0
    capsys.readouterr()
    for bars, figures in ((["--bars", "2-3"], ["Bb7", "F7"]), ([], ["F7", "Bb7", "F7", "C7"])):
        if name == "pipe":
            monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(LINK.encode())))
        assert run("chart", word, *bars) == 0
        assert [chord.figure for chord in read_chart(capsys.readouterr().out).chords] == figures


@pytest.mark.parametrize("kind", ["made.mid", "made.mxl", "made.musicxml", "made.abc", "made.txt"])
def test_a_pipe_knows_what_it_carries(here, capsys, monkeypatch, kind):
    assert run("chart", LINK, "-o", kind) == 0
    capsys.readouterr()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(Path(kind).read_bytes())))
    assert run("chart", "-") == 0
    assert "| F7 | Bb7 | F7 | C7 |" in capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff\x00 nothing")))
    assert run("chart", "-") == 1
    assert capsys.readouterr().err.startswith("jazz-nb chart: standard input")


def test_one_chart_of_many(here, capsys):
    Path("list.html").write_text(PLAYLIST)
    assert run("chart", "list.html") == 0
    assert capsys.readouterr().out.count("| F7 | Bb7 | F7 | C7 |") == 3
    for wanted in ("2", "two", "TW"):
        assert run("chart", "list.html", "--tune", wanted) == 0
        assert capsys.readouterr().out.startswith("Title: Two\n")
    assert run("chart", "list.html", "--list") == 0
    assert [row.split()[1] for row in capsys.readouterr().out.splitlines()[1:]] == ["One", "Two", "Three"]
    assert run("chart", "list.html", "--tune", "Four") == 2
    assert "none of its 3 tunes; choose with --tune: 1 'One', 2 'Two', 3 'Three'" in capsys.readouterr().err
    Path("more.html").write_text(PLAYLIST.replace("Three", "Two More"))
    assert run("chart", "more.html", "--tune", "TWO") == 0  # the whole title goes before a part of one
    assert capsys.readouterr().out.startswith("Title: Two\n")
    assert run("chart", "list.html", "-o", "out.txt") == 2
    assert run("chart", "list.html", "--tune", "3", "-o", "out.txt") == 0
    assert Path("out.txt").read_text().startswith("Title: Three\n")


def test_a_broken_chart_does_not_hide_the_others(here, capsys):
    Path("list.html").write_text(PLAYLIST.replace("F7 |Bb7", "F7 |Q?7", 1))
    assert run("chart", "list.html") == 0
    said = capsys.readouterr()
    assert said.out.count("| F7 | Bb7 | F7 | C7 |") == 2
    assert said.err.count("\n") == said.err.count("tune 1 'One', bar 2") == 2  # mended, and said
    assert run("chart", "list.html", "--list") == 0
    assert [row.split()[0] for row in capsys.readouterr().out.splitlines()[1:4]] == ["1", "2", "3"]
    assert run("chart", "list.html", "--tune", "1") == run("chart", "list.html", "--tune", "2") == 0


@pytest.mark.parametrize(
    "suffix", [".txt", ".chart", ".musicxml", ".mxl", ".svg", ".abc", ".mid", ".mp3", ".html", ".png"])
def test_a_chart_is_written_as_its_suffix_says(here, capsys, suffix):
    assert run("chart", "| Dm7 G7 | Cmaj7 |", "-o", f"out{suffix}") == 0
    assert capsys.readouterr().out.startswith(f"out{suffix}: 2 bars, 3 chords, 4 seconds; open it with ")
    assert Path(f"out{suffix}").stat().st_size > 20
    assert [path.name for path in here.iterdir()] == [f"out{suffix}"]


def folder_of_songs(folder, n_broken=7):
    """Fill a folder with tunes that can be read and some that cannot."""
    folder.mkdir()
    for path in sorted(ETUDES.glob("2[0-6]*.abc")):
        shutil.copy(path, folder)
    for place in range(n_broken):
        (folder / f"broken {place}.mid").write_bytes(b"x" * place)
    (folder / "four.mid").write_bytes(DOUBTFUL)
    (folder / "notes.doc").write_bytes(b"not music")
    return folder


def test_corpus_says_what_is_there_and_what_is_not(here, capsys):
    folder_of_songs(here / "my songs")
    assert run("corpus", "my songs") == 0
    said = capsys.readouterr().out
    assert said.startswith("my songs: 8 tunes, ") and "* meters: 4/4 5, 3/4 3" in said
    assert said.count("the file is empty") == 1 and said.count("  broken ") == 7
    assert "skipped: 8" in said and "1 .doc" in said
    assert "× " in said and "--remarks" in said and "50%" not in said
    assert run("corpus", "my songs", "--remarks", "--meter", "3/4", "--list") == 0
    said = capsys.readouterr().out
    assert said.startswith("my songs: 3 tunes, ") and "probably the solo (50%)" in said
    assert [row.split()[0] for row in said.splitlines()[-3:]] == ["1", "2", "3"]
    assert run("corpus", "my songs", "--tempo", "5-9") == 1
    assert run("corpus", "my songs", "--style", "polka") == 1
    assert "polka" in capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("kind", ["zip", "gztar"])
def test_corpus_opens_archives(here, capsys, kind):
    archive = shutil.make_archive("packed songs", kind, folder_of_songs(here / "songs", 1))
    assert run("corpus", Path(archive).name, "--list") == 0
    said = capsys.readouterr().out
    assert ": 8 tunes, " in said.splitlines()[0] and said.count("the file is empty") == 1


def test_solo_learns_from_a_folder_and_plays_over_a_chart_of_a_file(trained, here, capsys):
    folder_of_songs(here / "songs")
    Path("list.html").write_text(PLAYLIST)
    model = ["--model", trained[0] / "net.safetensors"]
    words = ["--corpus", "songs", "--meter", "3/4", "--chart", "list.html", "--tune", "Two", "-o", "solo.mid"]
    assert run("solo", *model, *words) == 0
    said = capsys.readouterr()
    assert "6 choruses of 4 bars" in said.out and "solo.mid: 24 bars, " in said.out
    skipped = [one for one in said.err.splitlines() if "skipped" in one or "more" in one]
    assert len(skipped) == 6 and skipped[-1] == "… and 3 more: jazz-nb corpus songs"
    assert "1 remarks on files that leave a doubt: jazz-nb corpus songs" in said.err.splitlines()
    assert run("solo", *model, "--chart", "list.html") == 2
    assert run("solo", *model, "--chart", "none.html") == 2
    assert run("solo", *model, "--chart", "list.html", "--tune", "Ten") == 2
    assert run("solo", *model, "--corpus", "songs", "--corpus-tempo", "5-9") == 1
    said = [one for one in capsys.readouterr().err.splitlines() if not one.startswith(("skipped", "… and"))]
    assert len(said) == 4 and all(one.startswith("jazz-nb solo: ") for one in said)


def test_part_and_melody_are_one_option(trained, here, capsys):
    Path("four.mid").write_bytes(DOUBTFUL)
    model = ["solo", "--model", trained[0] / "net.safetensors", "--corpus", "four.mid", "--bars", "1-4"]
    for option in ("--part", "--melody"):
        assert run(*model, option, "2", "-o", f"{option[2:]}.mid") == 0
        assert "6 choruses of 4 bars" in capsys.readouterr().out
    assert Path("part.mid").read_bytes() == Path("melody.mid").read_bytes()
    assert run(*model, "--part", "9") == 1
    assert "no part '9' for the solo" in capsys.readouterr().err
    assert run(*model, "--part", "2", "--corpus-chart", "| Dm7 | G7 |", "-o", "other.mid") == 0
    assert {chord.figure for chord in read("other.mid").chords} == {"Dm7", "G7"}


def test_help_comes_at_once(tmp_path):
    seconds = []
    for _ in range(5):  # the fastest, because others may be at work, too
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert jazz_nb("--help", cwd=tmp_path).returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(seconds) < 0.3


@pytest.mark.parametrize("command", COMMANDS)
def test_help_breaks_its_lines_where_the_terminal_ends(command, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert run(command, "--help") == 0
    lines = capsys.readouterr().out.partition("\n\n\nexamples:")[0].splitlines()
    for line, after in zip(lines, lines[1:]):
        assert len(line) <= 80
        if line.startswith("  ") and after.startswith(" " * 8):  # the same option goes on
            assert len(line) + 1 + len(after.split()[0]) > 80, f"broken too early: {line!r}"


@pytest.mark.parametrize("command", ["inspect", "corpus", "chart", "listen", "show", "solo"])
def test_every_command_has_an_example_in_its_help(command, capsys):
    assert run(command, "--help") == 0
    said = capsys.readouterr().out
    assert f"examples:\n  jazz-nb {command} " in said
    for example in said.partition("examples:\n")[2].splitlines():
        words = shlex.split(re.split("  +", example.strip())[0])[1:]
        asked, _, _ = _build_app().parse_args(words, exit_on_error=False, print_error=False)
        assert asked is COMMANDS[command]


@pytest.mark.parametrize("words, says", [
    (["inspect", "."], ".: it is a folder; give a file, or look into it: jazz-nb corpus ."),
    (["inspect", "none.mid"], "none.mid: no such file"),
    (["inspect"], "FILE is missing; see jazz-nb inspect --help"),
    (["corpus", ""], "the name is empty"),
    (["corpus", "bebop"], "unknown corpus; known are etudes, metheny and wjazzd"),
    (["corpus", "none/"], "none/: no such file or folder"),
    (["corpus", "etudes", "--melody", "3"], "its parts are chosen already; leave out --part"),
    (["corpus", "etudes", "--meter", "waltz"], "'waltz' is no meter; write it like 3/4"),
    (["chart", "none.html"], "none.html: no such file"),
    (["chart", "| Hm7 |"], "Hm7"),
    (["chart", "| Hm7.txt"], "chord figure 'Hm7.txt'"),
    (["chart", "nonsense"], "no such file, and as a chart"),
    (["chart", "| Dm7 |", "-o", "out.doc"], "cannot write files that end with '.doc'"),
    (["show", "| Dm7 |", "--bars", "40"], "'40' are no bars; write them like 9-40"),
    (["solo", "--seconds", "9-3"], "9-3 ends before it begins"),
    (["solo", "--corpus", "two\nlines"], r"two\nlines: unknown corpus"),
])
def test_bad_commands_of_all_kinds(words, says, here):
    done = jazz_nb(*words, cwd=here)
    assert done.returncode == 2, done.stderr
    assert says in done.stderr and done.stderr.count("\n") == 1 and not done.stdout
    assert not [*here.iterdir()]


def test_an_interruption_ends_with_130_and_one_line(here, capsys, monkeypatch):
    def stop(file, /):
        raise KeyboardInterrupt

    monkeypatch.setitem(COMMANDS, "inspect", stop)
    assert run("inspect", "some.mid") == 130
    assert capsys.readouterr().err == "jazz-nb inspect: interrupted; nothing was written\n"


def test_the_reader_of_our_lines_may_go(here):
    # What stays in a buffer until the end must not fail there, and what fills a pipe not before.
    (here / "list.html").write_text("".join(PLAYLIST for _ in range(400)))
    environment = {name: word for name, word in os.environ.items() if name != "PYTHONUNBUFFERED"}
    for words, reader in (("corpus --list", "true"), ("chart list.html", "head -c 6")):
        command = f"{Path(sys.executable).with_name('jazz-nb')} {words} | {reader}"
        done = subprocess.run(command, shell=True, capture_output=True, text=True, cwd=here, env=environment)
        assert done.stdout in ("", "Title:") and not done.stderr


def test_a_terminal_without_accents_is_no_reason_to_fail(here):
    (here / "été.mid").write_bytes(DOUBTFUL)
    done = jazz_nb("inspect", "été.mid", cwd=here, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0 and r"\xe9t\xe9.mid" in done.stdout, done.stderr


def redirected(words, streams, cwd):
    """Run the command line with streams as a shell redirects them."""
    command = str(Path(sys.executable).with_name("jazz-nb"))
    return subprocess.run(["sh", "-c", f'exec "$0" "$@" {streams}', command, *words],
                          cwd=cwd, capture_output=True, text=True, timeout=300)


SPEAKING = {
    "help": "--help", "version": "--version", "inspect": "inspect one.txt",
    "corpus": "corpus etudes", "chart": "chart one.txt",
    "listen": "listen one.txt -o x.mid", "show": "show one.txt -o x.abc",
    "improvise": "improvise --chart one.txt --takes 1 -o x.mid", "models": "models",
    "evaluate": "evaluate --corpus etudes --split test",
    "solo": "solo --model net.safetensors -o x.mid",
    "exercises": "exercises mine",
}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("streams, trouble", [
    (">&-", "it is closed"), (">/dev/full", "No space left on device")])
@pytest.mark.parametrize("name", SPEAKING)
def test_an_output_that_is_closed_or_full_is_told_when_the_files_are_written(
        trained, tmp_path, name, streams, trouble):
    shutil.copy(trained[0] / "net.safetensors", tmp_path)
    (tmp_path / "one.txt").write_text("| C7 | F7 |")
    done = redirected(SPEAKING[name].split(), streams, tmp_path)
    assert done.returncode == 1, done.stderr
    who = "jazz-nb" if "--" in SPEAKING[name][:2] else f"jazz-nb {name}"
    told = f"{who}: standard output is lost ({trouble}); redirect it"
    assert done.stderr.startswith(told)
    assert done.stderr.count("\n") == 1
    assert len([*tmp_path.glob("x.*")]) == SPEAKING[name].count(" -o ")


@pytest.mark.parametrize("streams", ["2>&-", "2>/dev/full", "0>&- 2>&-"])
@pytest.mark.parametrize("words, status", [
    ("chart one.txt", 0), ("show one.txt -o x.abc", 0), ("inspect nowhere.txt", 2),
    ("inspect empty.mid", 1), ("bebop", 2)])
def test_who_closes_the_error_stream_still_gets_the_rest(
        tmp_path, words, status, streams):
    (tmp_path / "one.txt").write_text("| C7 | F7 |")
    (tmp_path / "empty.mid").write_bytes(b"")
    done = redirected(words.split(), streams, tmp_path)
    assert done.returncode == status and not done.stderr
    assert bool(done.stdout) == (status == 0)
    assert len([*tmp_path.glob("x.*")]) == words.count(" -o ")


@pytest.mark.parametrize("words", [
    "chart -", "show - -o x.abc", "listen - -o x.mid", "solo --chart -"])
@pytest.mark.parametrize("streams, status, trouble", [
    ("<&-", 2, "-: standard input is closed; give a file"),
    ("0>kept", 1, "-: standard input cannot be read (")])
def test_an_input_that_is_closed_is_told(tmp_path, words, streams, status, trouble):
    done = redirected(words.split(), streams, tmp_path)
    assert done.returncode == status and not done.stdout
    assert done.stderr.count("\n") == 1 and trouble in done.stderr
    assert done.stderr.startswith(f"jazz-nb {words.split()[0]}: ")


def test_closed_streams_do_not_lend_their_numbers_to_files(tmp_path):
    """What is printed must not land in the first file that is opened."""
    (tmp_path / "one.txt").write_text("| C7 | F7 |")
    done = redirected(["show", "one.txt", "-o", "x.abc"], "<&- >&- 2>&-", tmp_path)
    assert done.returncode == 1 and not done.stdout + done.stderr
    assert (tmp_path / "x.abc").read_text().startswith("X:1")


def options_of(command):
    """Return the names of a command's options, as its parser knows them."""
    app = _build_app()
    return [name for argument in app[command].assemble_argument_collection(default_parameter=app.default_parameter)
            for name in argument.names if name != "*"]


@pytest.mark.parametrize("command", ELEVEN)
def test_every_option_has_help_and_no_word_of_python(command, capsys):
    assert run(command, "--help") == 0
    panel = capsys.readouterr().out.partition("examples:")[0]
    for name in options_of(command):
        assert re.search(rf"^  (.*, )?{re.escape(name)}(,? .*)?  [A-Z]", panel, re.MULTILINE), name
    assert not re.search(r"\b(None|True|False|str|bool|tuple|list_|all_|json_)\b", panel)


@pytest.mark.parametrize("words, option", [
    (["solo", "--seed", "1", "--seed", "2"], {"seed": 2}), (["solo", "--seed=3"], {"seed": 3}),
    (["show", "a.mid", "-o", "b.svg"], {"file": "a.mid", "out": "b.svg"}),
    (["chart", "--list", "a.html"], {"file": "a.html", "list_": True}),
    (["chart", "--corpus-chart", "| C |", "a.mid"], {"file": "a.mid", "chart": "| C |"}),
    (["solo", "--corpus-chart", "| C |", "--chart", "| F |"], {"corpus_chart": "| C |", "chart": "| F |"}),
])
def test_options_are_read_as_people_write_them(words, option):
    _, bound, _ = _build_app().parse_args(words, exit_on_error=False, print_error=False)
    assert bound.arguments == option


@pytest.mark.parametrize("shell, name", [("bash", ".bashrc"), ("zsh", ".zshrc"), ("fish", None)])
def test_shells_complete_commands_and_options(here, shell, name):
    home = {**os.environ, "HOME": str(here), "SHELL": f"/bin/{shell}"}
    for variable in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "ZSH", "ZSH_CUSTOM", "ZDOTDIR"):
        home.pop(variable, None)
    done = jazz_nb("--install-completion", "--shell", shell, cwd=here, env=home)
    assert done.returncode == 0, done.stderr
    scripts = [path for path in here.rglob("*") if path.is_file() and path.name != name]
    assert len(scripts) == 1 and not name or (here / name).is_file()
    script = scripts[0].read_text()
    assert all(word in script for word in (*ELEVEN, "performer", "melody"))


def test_a_number_that_is_wrong_breaks_no_line_of_a_terminal(here):
    done = jazz_nb("solo", "--epochs", "1\n\x1b[2J", cwd=here)
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "\x1b" not in done.stderr


BOM = b"\xef\xbb\xbfTitle: A\r\n\r\n| F7 | Bb7 |\r\n"
OPENED = ["one.txt", "bom.txt", "list.html --tune Two", "list.html --tune 2", "| F7 | Bb7 |", LINK,
          LINK.replace("irealbook", " irealbook"), "-"]
REFUSED = {
    "none.html": "none.html: no such file", ".": ".: it is a folder; give a file, or look into it",
    "| Hm7 |": "the chart, bar 1 (line 1): chord figure 'Hm7'", "   ": "the chart has no bars with chords",
    "nonsense": "no such file, and as a chart: ", "list.html": "list.html: 3 tunes; choose with --tune: 1 'One'",
    "list.html --tune Four": "none of its 3 tunes; choose with --tune: 1 'One', 2 'Two'",
}
DOORS = ["chart -o x.mid", "listen -o x.mid", "show -o x.musicxml", "improvise --takes 1 --seed 1 -o x.mid",
         "improvise --takes 1 --seed 1 -o x.mid --chart"]


def enter(door, chart, monkeypatch, content=b"| F7 | Bb7 |"):
    """Hand a chart to a command, in a folder with files of all kinds."""
    Path("one.txt").write_text("| F7 | Bb7 |")
    Path("bom.txt").write_bytes(BOM)
    Path("list.html").write_text(PLAYLIST)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
    name, tune, title = chart.partition(" --tune ")
    return run(*door.split(), name, *(["--tune", title] if tune else []))


@pytest.mark.parametrize("door", DOORS)
def test_every_command_opens_every_chart(here, capsys, monkeypatch, door):
    for chart in OPENED:
        assert enter(door, chart, monkeypatch) == 0, (chart, capsys.readouterr().err)
        bars = 4 if "list" in chart or "://" in chart else 2
        assert f"x.{door.partition(' x.')[2].split()[0]}: {bars} bars, " in capsys.readouterr().out
    assert len([*here.iterdir()]) == 4


@pytest.mark.parametrize("door", DOORS)
def test_every_command_refuses_a_chart_in_the_same_words(here, capsys, monkeypatch, door):
    for chart, says in REFUSED.items():
        status, told = enter(door, chart, monkeypatch), capsys.readouterr().err
        if chart == "list.html" and door[0] in "ls":  # the others need not be read to say that
            says = "list.html: holds 3 tunes; choose one with --tune"
        assert status == 2 and says in told and told.count("\n") == 1 and "=" not in told, told
    assert enter(door, "-", monkeypatch, b"  ") == 1
    assert "-: standard input is empty; give a file, or pipe a chart in" in capsys.readouterr().err
    assert not [*here.glob("x.*")]


def test_nbgrader_needs_the_solutions(here, capsys):
    assert run("exercises", "course", "--for-nbgrader", "--without-solutions") == 2
    assert "leave out --without-solutions" in capsys.readouterr().err and not Path("course").exists()
