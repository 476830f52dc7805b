"""Folders and archives of anybody's: what is read, refused and kept, and that nothing gets out."""

import gzip
import io
import json
import os
import struct
import subprocess
import sys
import tarfile
import time
import tracemalloc
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
import symusic

from jazz_nb.data import Corpus, corpus
from jazz_nb.formats.midi_writer import to_midi
from jazz_nb.formats.musicxml_writer import to_musicxml, to_mxl
from jazz_nb.loading import cache as tune_cache
from jazz_nb.loading.archives import walk_files
from jazz_nb.loading.cache import _pack, _unpack, cache_folder, read_cached
from jazz_nb.loading.charts import read, read_charts
from jazz_nb.loading.files import ETUDES, read_tunes
from jazz_nb.tune import Note, Tune, excerpt

DATA = Path(os.environ.get("JAZZ_NB_DATA", ""))
needs_data = pytest.mark.skipif(
    not (DATA / "wjazzd.db.xz").is_file(), reason="JAZZ_NB_DATA does not name a folder with wjazzd.db.xz"
)
ABC = (ETUDES / "01_blues_in_f_1.abc").read_bytes()
TRIO = (ETUDES / "01_blues_in_f_1.mid").read_bytes()
BLUES = read(ETUDES / "01_blues_in_f_1.abc")


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    """A cache of its own for each test."""
    monkeypatch.setenv("JAZZ_NB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture()
def folder(tmp_path):
    """A folder with one tune in every format."""
    place = tmp_path / "my music"
    place.mkdir()
    (place / "a.abc").write_bytes(ABC)
    (place / "b.MID").write_bytes(TRIO)
    (place / "c.musicxml").write_text(to_musicxml(BLUES), encoding="utf-8")
    (place / "d.mxl").write_bytes(to_mxl(BLUES))
    return place


def records():
    """List what lies in the cache, with the time it was written."""
    return {path: path.stat().st_mtime_ns for path in cache_folder().glob("*/*")}


def test_every_format_in_a_folder_and_in_archives_of_it(folder, tmp_path):
    music = corpus(folder)
    assert [row.file for row in music.rows] == ["a.abc", "b.MID", "c.musicxml", "d.mxl"]
    assert not music.skipped
    pitches = [note.pitch for note in BLUES.notes]
    assert all([note.pitch for note in tune.notes] == pitches for tune in music)
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, f"deep/er/{path.name}")
    for suffix, mode in ((".tar", "w"), (".tar.gz", "w:gz"), (".tgz", "w:gz"), (".tar.bz2", "w:bz2")):
        with tarfile.open(tmp_path / f"all{suffix}", mode) as archive:
            archive.add(folder, "deep")
    for suffix in (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2"):
        packed = corpus(tmp_path / f"all{suffix}")
        assert packed.fingerprint == music.fingerprint, suffix
        assert packed[1].source == str(tmp_path / packed.rows[1].file)
    assert corpus(tmp_path / "all.zip")[0].title == BLUES.title


def test_what_was_read_is_known_again_wherever_it_lies(folder, tmp_path, monkeypatch):
    first = corpus(folder)
    stored = records()
    monkeypatch.setattr(tune_cache, "_make_record", None)  # nothing may be read any more
    moved = folder.rename(tmp_path / "elsewhere")
    again = corpus(moved)
    assert records() == stored and again.fingerprint == first.fingerprint
    assert again[0].source == str(moved / "a.abc") and again.rows == first.rows


def test_a_changed_file_a_wish_and_new_code_are_read_again(folder, monkeypatch):
    corpus(folder)
    n_stored = len(records())
    (folder / "a.abc").write_bytes(ABC.replace(b"T:Blues", b"T:New blues"))
    assert corpus(folder)[0].title.startswith("New blues") and len(records()) == n_stored + 1
    assert corpus(folder, bars=(1, 4))[0].n_bars == 4 and len(records()) == n_stored + 5
    monkeypatch.setattr(tune_cache, "_digest_of_code", lambda: b"another version")
    corpus(folder)
    assert len(records()) == n_stored + 9


@pytest.mark.parametrize("harm", [b"", b"{}\n", b"\xff\xfe", b'{"rows": [1], "sizes": [], "start": 5}\n'])
def test_a_damaged_record_is_read_again(folder, harm):
    whole = corpus(folder).fingerprint
    for path in records():
        path.write_bytes(harm)
    assert corpus(folder).fingerprint == whole


def test_a_record_that_is_damaged_after_opening_says_so(folder):
    music = corpus(folder)
    for path in records():
        path.write_bytes(b"x" * path.stat().st_size)
    with pytest.raises(ValueError, match="cannot be taken from the cache .*; delete the cache and open"):
        music[0]


def test_a_cache_that_cannot_be_written_is_said_and_does_not_stop_reading(folder, tmp_path, monkeypatch):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("JAZZ_NB_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.warns(UserWarning, match="the cache cannot be written .*JAZZ_NB_CACHE"):
        music = corpus(folder)
    assert len(list(music)) == 4


def test_nothing_is_half_written_when_reading_is_interrupted(folder, monkeypatch):
    def interrupt(part, path):
        if len(Path(path).name) == 64:  # a record
            raise KeyboardInterrupt
        return replaced(part, path)

    replaced = os.replace
    monkeypatch.setattr(os, "replace", interrupt)
    with pytest.raises(KeyboardInterrupt):
        corpus(folder)
    assert [path.name for path in cache_folder().rglob("*") if path.is_file()] == ["writable"]


def test_tunes_come_back_from_json_as_they_were():
    notes = (Note(0, 0.1 + 0.2, 60),)
    words = {"title": "é 🎷 \"'\n", "key": "F#m", "style": "swing", "source": "x", "performer": "Bird"}
    odd = Tune(notes=notes, tempo=133.33, meter=(6, 8), swing=1.67, silence_after=1 / 3, **words)
    for tune in (odd, read(ETUDES / "01_blues_in_f_1.mid"), replace(odd, notes=())):
        assert _unpack(_pack(tune)) == tune
        assert json.loads(_pack(tune))["title"] == tune.title


def test_the_same_content_is_taken_once(folder):
    (folder / "copy of a.abc").write_bytes(ABC)
    music = corpus(folder)
    assert len(music) == 4 and music.skipped == (("copy of a.abc", "the same content as a.abc"),)


def test_names_of_all_kinds(tmp_path):
    names = ["my tune", "it's", 'say "hi"', "été", "#1", "100 %", "-x", "new\nline", "한국", "a" * 200]
    for number, name in enumerate(names):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / f"{name}.abc").write_bytes(ABC.replace(b"chorus 1", b"chorus %d" % number))
    odd = os.fsencode(tmp_path / "in") + b"/bad\xe9.abc"
    Path(os.fsdecode(odd)).write_bytes(ABC.replace(b"chorus 1", b"chorus 77"))
    music = corpus(tmp_path / "in")
    assert len(music) == len(names) + 1 and not music.skipped
    music.report().encode()
    assert not any("\n" in row.file for row in music.rows)


def test_odd_things_in_a_folder_are_named_and_do_no_harm(folder):
    (folder / "loop").symlink_to(folder)
    (folder / "gone.abc").symlink_to(folder / "nothing")
    os.mkfifo(folder / "pipe.mid")
    (folder / ".hidden.abc").write_bytes(b"")
    (folder / "x.pdf").write_bytes(b"")
    music = corpus(folder)
    assert len(music) == 4
    assert dict(music.skipped) == {
        "loop": "a link to a folder; give that folder itself",
        "gone.abc": "a link to nowhere, or no plain file",
        "pipe.mid": "a link to nowhere, or no plain file",
        "files of other kinds": "1 passed over: 1 .pdf",
    }


def test_an_empty_folder_and_one_without_music_say_so(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match="empty: no tune could be read; 0 were tried"):
        corpus(tmp_path / "empty")
    (tmp_path / "empty" / "a.mid").write_bytes(b"")
    with pytest.raises(ValueError, match="1 were tried|the file is empty"):
        corpus(tmp_path / "empty")


def test_names_that_lead_out_of_an_archive_are_refused(tmp_path):
    names = ["../out.abc", "/etc/out.abc", "a/../../out.abc", "C:\\out.abc", "..\\out.abc", "in.abc"]
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        for name in names:
            archive.writestr(name, ABC)
    with tarfile.open(tmp_path / "evil.tar", "w") as archive:
        for name in names:
            entry = tarfile.TarInfo(name)
            entry.size = len(ABC)
            archive.addfile(entry, io.BytesIO(ABC))
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            entry = tarfile.TarInfo(f"link{kind.decode()}.abc")
            entry.type, entry.linkname = kind, "/etc/passwd"
            archive.addfile(entry)
    before = {path for path in tmp_path.rglob("*")}
    for name in ("evil.zip", "evil.tar"):
        files = list(walk_files(tmp_path / name))
        assert [file.name for file in files if file.content] == [f"{name}/in.abc"]
        assert sum("leads out" in file.problem for file in files) == 5
    assert {path for path in tmp_path.rglob("*")} == before


def test_encrypted_damaged_and_nested_archives(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("good.abc", ABC)
        archive.writestr("bad.abc", ABC + b"%")
        archive.writestr("locked.abc", ABC + b"%%")
        archive.writestr("more.zip", b"PK")
    blob = bytearray((tmp_path / "a.zip").read_bytes())
    place = blob.index(b"bad.abc") + len(b"bad.abc")
    blob[place + 20 : place + 40] = b"\xff" * 20  # in the packed bytes
    entry = blob.rindex(b"PK\x01\x02", 0, blob.rindex(b"locked.abc"))
    blob[entry + 8] |= 1  # the flag of encryption
    (tmp_path / "a.zip").write_bytes(blob)
    problems = {file.name.partition("/")[2]: file.problem for file in walk_files(tmp_path / "a.zip")}
    assert problems["good.abc"] == "" and problems["bad.abc"].startswith("cannot be read (")
    words = "encrypted; unpack it with its password"
    assert problems["locked.abc"].startswith(words)
    assert "unpack it yourself" in problems["more.zip"]


def bombs(folder):
    """Write archives that unpack to more than any music, and one whose header claims a gigabyte."""
    chunk = bytes(2**25)
    with (
        zipfile.ZipFile(folder / "one.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("zeros.mid", "w", force_zip64=True) as entry,
    ):
        for _ in range(5):
            entry.write(chunk)
    with zipfile.ZipFile(folder / "many.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(4):
            archive.writestr(f"{number}.mid", chunk)
    for name, kind in (("tape.tar.gz", tarfile.REGTYPE), ("head.tgz", tarfile.XHDTYPE)):
        with gzip.open(folder / name, "wb", compresslevel=1) as tape:
            entry = tarfile.TarInfo("zeros.mid")
            entry.type, entry.size = kind, 2**27 if kind == tarfile.REGTYPE else 2**30
            tape.write(entry.tobuf(tarfile.GNU_FORMAT) + chunk * 4)


def test_bombs_are_put_down_in_little_time_and_memory(tmp_path):
    bombs(tmp_path)
    code = (
        "import resource, sys; from jazz_nb.loading.archives import walk_files\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (2**30, 2**30))\n"
        "for path in sys.argv[1:]:\n    for file in walk_files(path):\n"
        "        print(file.name, len(file.content or b''), file.problem)"
    )
    names = ["one.zip", "many.zip", "tape.tar.gz", "head.tgz"]
    command = [sys.executable, "-c", code, *(str(tmp_path / name) for name in names)]
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert time.perf_counter() - start < 20
    for name in names:
        lines = [line for line in done.stdout.splitlines() if line.startswith(name)]
        assert "nothing after it is read" in lines[-1] or "no file of music is so large" in lines[-1], lines


@pytest.mark.parametrize("method, name", [
    (zipfile.ZIP_BZIP2, "bzip2"), (zipfile.ZIP_LZMA, "LZMA")])
def test_what_cannot_be_unpacked_within_bounds_is_not_unpacked(tmp_path, method, name):
    size, path = 2**28, tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", method, compresslevel=1) as archive:
        with archive.open("zeros.mid", "w") as entry:
            for _ in range(16):
                entry.write(bytes(size // 16))
        archive.writestr("good.abc", ABC, zipfile.ZIP_DEFLATED)
    liar = struct.pack("<L", size), struct.pack("<L", 1000)
    path.write_bytes(path.read_bytes().replace(*liar))
    tracemalloc.start()
    bomb, good = walk_files(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**22, f"{peak / 2**20:.0f} MB"
    assert bomb.content is None and good.content == ABC
    ((file, reason),) = corpus(path).skipped
    assert file == "bomb.zip/zeros.mid" and reason == bomb.problem
    assert reason.startswith(f"packed with {name}, ")
    assert reason.endswith("pack it again as an ordinary zip")


def test_an_archive_that_claims_to_be_smaller_than_it_is(tmp_path):
    with zipfile.ZipFile(tmp_path / "liar.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros.mid", bytes(2**25))
    blob = (tmp_path / "liar.zip").read_bytes().replace(struct.pack("<L", 2**25), struct.pack("<L", 1000))
    (tmp_path / "liar.zip").write_bytes(blob)
    (file,) = walk_files(tmp_path / "liar.zip")
    assert file.content is None and file.problem.startswith("cannot be read (Bad CRC")


def test_a_book_loses_only_the_tune_that_is_damaged(tmp_path):
    text = ABC.decode()
    tunes = [text, text.replace('"F7"', '& "F7"', 1), text.replace("chorus 1", "chorus 9")]
    (tmp_path / "book.abc").write_text("\n\n".join(tunes), encoding="utf-8")
    music = corpus(tmp_path / "book.abc")
    assert [row.file for row in music.rows] == ["book.abc, tune 1", "book.abc, tune 3"]
    ((file, reason),) = music.skipped
    assert file == "book.abc" and reason.startswith("tune 2, bar 1: cannot read '& ")
    assert "skipped book.abc: tune 2, bar 1" in music.report()


def test_doubts_are_remarks_of_a_corpus_and_warnings_of_a_file(tmp_path):
    duo = symusic.Score.from_midi(TRIO)
    duo.tracks = [track for track in duo.tracks if track.name != "Comping"]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "duo.mid").write_bytes(duo.dumps_midi())
    (tmp_path / "in" / "trio.mid").write_bytes(TRIO)
    doubt = "chords: guessed from melody and bass alone; better give a chart="
    for _ in ("read", "from the cache"):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            music = corpus(tmp_path / "in")
        assert music.remarks == (("duo.mid", doubt),) and f"duo.mid: {doubt}" in music.report()
        assert "0 skipped, 1 doubtful; see report()" in repr(music)
        with pytest.warns(UserWarning, match="duo.mid: chords: guessed"):
            corpus(tmp_path / "in" / "duo.mid")


def test_a_chart_beside_the_file_and_bars_of_every_kind(folder, tmp_path):
    chart = tmp_path / "changes.txt"
    chart.write_text("| F7 | Bb7 |", encoding="utf-8")
    for path in sorted(folder.iterdir()):
        tune = corpus(path, chart=chart, bars=(1, 4))[0]
        assert ([chord.figure for chord in tune.chords], tune.n_bars) == (["F7", "Bb7", "F7", "Bb7"], 4), path
    chart.write_text("| Eb7 |", encoding="utf-8")  # the name is the same, the changes are not
    assert corpus(folder, chart=chart)[0].chords[0].figure == "Eb7"


def test_filters_of_all_columns():
    base = Tune("Blues", BLUES.notes, BLUES.chords, 120, (4, 4), "F", 1.5, "swing", performer="Ann Öst")
    other = replace(base, title="Waltz", meter=(3, 4), tempo=200, key="Cm", performer="Bo West", style="x")
    music = Corpus("mine", (base, other))
    found = [{"performer": "öST"}, {"title": "blu"}, {"style": "SWING"}, {"key": "f"}, {"meter": "4/4"},
             {"tempo": (100, 120)}, {"meter": (4, 4), "title": "Blues"}]
    for wanted in found:
        assert list(music.filter(**wanted)) == [base], wanted
    missing = [{"performer": "Bird"}, {"style": "sw"}, {"key": "C"}, {"meter": "5/4"}, {"tempo": (0, 1)}]
    for wanted in missing:
        with pytest.raises(ValueError, match="corpus 'mine': no tune with .* among 2; there is"):
            music.filter(**wanted)


@needs_data
def test_the_weimar_database_is_a_corpus_lazy_and_filtered():
    music = corpus("wjazzd")
    assert len(music) >= 400 and not music.skipped and "ODbL" in music.licence
    parker = music.filter(performer="Charlie Parker", tempo=(200, 400))
    assert {row.performer for row in parker.rows} == {"Charlie Parker"}
    assert parker[0].source.startswith("WJazzD, Charlie Parker") and parker[0].notes
    start = time.process_time()
    assert len(corpus("wjazzd")) == len(music)
    assert time.process_time() - start < 1  # from the cache, and no tune is read


def test_without_network_and_data_it_says_what_to_do(monkeypatch):
    monkeypatch.delenv("JAZZ_NB_DATA", raising=False)
    from jazz_nb.loading.downloads import DOWNLOADS

    source = replace(DOWNLOADS["wjazzd.db"], url="http://127.0.0.1:9/wjazzd.db")
    monkeypatch.setitem(DOWNLOADS, "wjazzd.db", source)
    with pytest.raises(FileNotFoundError, match="wjazzd.db: .* put the file into a folder and name"):
        corpus("wjazzd")


def test_processes_find_what_one_finds(tmp_path, monkeypatch):
    place = tmp_path / "many"
    place.mkdir()
    for bars in range(1, 13):
        (place / f"{bars:02}.mid").write_bytes(to_midi(excerpt(BLUES, 1, bars)).dumps_midi())
    (place / "bad.mid").write_bytes(TRIO[:300])
    two = read_cached(place, jobs=2)
    monkeypatch.setenv("JAZZ_NB_CACHE", str(tmp_path / "other"))
    one = read_cached(place, jobs=1)
    assert (one.skipped, one.remarks, one.tunes.rows) == (two.skipped, two.remarks, two.tunes.rows)
    assert list(one.tunes) == list(two.tunes) and len(one.tunes) == 12


def test_charts_of_every_kind_of_file(folder):
    for path in sorted(folder.iterdir()):
        (chart,) = read_charts(path)
        assert not chart.notes and chart.chords and chart.n_bars == 12
    assert all(isinstance(tune, Tune) for tune in read_tunes(folder / "a.abc"))


def test_a_file_in_a_deep_folder_is_read_under_its_own_name(tmp_path):
    deep = tmp_path.joinpath("in", *["a folder with a long name"] * 30)
    deep.mkdir(parents=True)
    (deep / "tune.abc").write_bytes(ABC)
    music = corpus(tmp_path / "in")
    assert len(music) == 1 and music.rows[0].file.endswith("/tune.abc") and not music.skipped


def test_a_disk_that_is_full_is_named_with_what_to_do(folder, monkeypatch):
    def fill(path, content):
        if content:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(tune_cache, "write_whole", fill)
    with pytest.raises(OSError, match="the cache cannot be written .No space left.*JAZZ_NB_CACHE"):
        corpus(folder)


def test_a_cache_that_was_deleted_meanwhile_and_one_below_home(folder, tmp_path, monkeypatch):
    music = corpus(folder)
    for path in records():
        path.unlink()
    with pytest.raises(ValueError, match="is no longer in the cache; open the corpus again"):
        music[0]
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("JAZZ_NB_CACHE", "~/mine")
    assert cache_folder() == tmp_path / "mine" / "tunes"


def test_what_is_no_corpus_is_told_apart(tmp_path):
    (tmp_path / "changes.txt").write_text("| C7 |", encoding="utf-8")
    with pytest.raises(ValueError, match="holds changes without melodies; read_charts"):
        corpus(tmp_path / "changes.txt")
    with pytest.raises(ValueError, match="unknown corpus ''"):
        corpus("")
    with pytest.raises(FileNotFoundError, match="no such file or folder"):
        corpus("a" * 5000 + ".mid")
