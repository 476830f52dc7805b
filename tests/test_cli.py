"""The command line as a process: what it prints, what it writes, how it ends."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jazz_nb import __version__
from jazz_nb.data import ETUDES, read
from jazz_nb.midi import read_midi

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
    last = done.stdout.strip().splitlines()[-1]
    assert last.startswith("output/my_music.midi: 12 bars, ")
    assert f"{len(solo)} notes" in last and "seconds" in last
    assert song.tempo == 130


def test_solo_prints_a_line_for_each_set_and_a_progress_bar(trained):
    _, done = trained
    sets = [line for line in done.stdout.splitlines() if line.startswith("Generated ")]
    assert [line.split('"')[1] for line in sets] == ["1", "2", "3", "4", "5"]
    assert "3/3" in done.stderr and "loss=" in done.stderr
    assert "Traceback" not in done.stderr


def test_saved_network_plays_the_same_solo_without_tensorflow(trained):
    folder, _ = trained
    program = (
        "import sys; from jazz_nb.cli import main; status = main(sys.argv[1:]); "
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
        assert f"{name}: 4 bars" in done.stdout
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
        "import sys; from jazz_nb.cli import main\ntry:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print(sorted({'numpy', 'tensorflow', 'keras', 'symusic', 'music21'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


BAD_COMMANDS = {
    "no command": ([], "required: COMMAND"),
    "epochs 0": (["solo", "--epochs", "0"], "--epochs: 0 is out of range"),
    "epochs that are no number": (["solo", "--epochs", "many"], "--epochs: 'many' is not a whole number"),
    "temperature 0": (["solo", "--temperature", "0"], "--temperature: 0 is out of range"),
    "temperature negative": (["solo", "--temperature", "-0.5"], "--temperature: -0.5 is out of range"),
    "temperature nan": (["solo", "--temperature", "nan"], "--temperature: nan is out of range"),
    "unknown option": (["solo", "--loud"], "--loud"),
    "unknown corpus": (
        [*FAST, "--corpus", "bebop"],
        "--corpus bebop: unknown corpus; known are etudes and metheny",
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
        "alone.mid": (alone, "found no part that plays the chords among 1 part"),
        "binary.abc": (bytes(range(128, 256)), "not a text file"),
        "broken.abc": (b'X:1\nM:4/4\nK:F\n"F7" c8 | c7 | c8 |]\n', "bar 2: lasts 3.5 quarter notes"),
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
