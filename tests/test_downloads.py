"""One download for all who ask; from a server that misbehaves one clear error, and nothing left behind."""

import os
import threading
import time

import pytest
from filelock import FileLock
from misbehaving import BODY, DIGEST, SIZE, TRICKS, ask_at_once, misbehaving

from jazz_nb.loading import downloads
from jazz_nb.loading.cache import read_cached
from jazz_nb.loading.downloads import Download, fetch
from jazz_nb.loading.files import ETUDES


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of its own, no JAZZ_NB_DATA, little patience."""
    monkeypatch.delenv("JAZZ_NB_DATA", raising=False)
    monkeypatch.setenv("JAZZ_NB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(downloads, "_SECONDS", 0.5)
    monkeypatch.setattr(downloads, "_SLOWEST", 2.0)
    return tmp_path / "cache"


def left_in(cache):
    return sorted(name for name in os.listdir(cache) if name != ".jazz_nb")


@pytest.mark.parametrize("path", TRICKS)
def test_each_trick_gives_one_clear_error_and_leaves_nothing(path, cache):
    with misbehaving() as (address, asked):
        with pytest.raises((ValueError, FileNotFoundError), match=TRICKS[path]) as caught:
            fetch("song.bin", Download(f"{address}{path}", DIGEST, SIZE, "mine"))
        words = str(caught.value)
        assert words.startswith("song.bin: ") and "name that folder in JAZZ_NB_DATA" in words
        assert "\n" not in words and asked[path] and left_in(cache) == []
        # The next attempt is not spoilt by the one before.
        assert fetch("song.bin", Download(f"{address}/good", DIGEST, SIZE, "mine")).read_bytes() == BODY
    if path == "/endless":
        assert asked["stopped early"]


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/song", "http://no-such-name.invalid/song"])
def test_without_a_network_it_says_so(address, cache):
    with pytest.raises(FileNotFoundError, match="no connection.*JAZZ_NB_DATA"):
        fetch("song.bin", Download(address, DIGEST, SIZE, "mine"))
    assert left_in(cache) == []


def test_ten_processes_download_once(cache):
    with misbehaving() as (address, asked):
        assert ask_at_once(f"{address}/slow", cache) == [DIGEST] * 10
    assert asked["/slow"] == 1 and left_in(cache) == ["song.bin"]


def test_a_lock_that_somebody_left_does_not_matter(cache):
    (cache / ".jazz_nb").mkdir(parents=True)
    (cache / ".jazz_nb" / "lock").write_bytes(b"")
    with misbehaving() as (address, _):
        assert fetch("song.bin", Download(f"{address}/good", DIGEST, SIZE, "mine")).is_file()


def test_who_waits_for_another_program_says_so(cache, monkeypatch, capsys):
    monkeypatch.setattr(downloads, "_PATIENCE", 0.05)
    (cache / ".jazz_nb").mkdir(parents=True)
    held = threading.Event()

    def hold():
        with FileLock(cache / ".jazz_nb" / "lock"):
            held.set()
            time.sleep(0.5)

    other = threading.Thread(target=hold)
    other.start()
    held.wait()
    with misbehaving() as (address, _):
        assert fetch("song.bin", Download(f"{address}/good", DIGEST, SIZE, "mine")).read_bytes() == BODY
    assert capsys.readouterr().err.startswith("song.bin: another program is downloading; waiting for it\n")


def test_a_cache_that_cannot_be_is_named(cache):
    cache.write_text("a file")
    words = "song.bin: .*Not a directory.*JAZZ_NB_CACHE"
    with misbehaving() as (address, _), pytest.raises(FileNotFoundError, match=words):
        fetch("song.bin", Download(f"{address}/good", DIGEST, SIZE, "mine"))


def test_what_is_there_needs_no_lock_and_a_killed_download_leaves_no_part(cache):
    with misbehaving() as (address, asked):
        source = Download(f"{address}/good", DIGEST, SIZE, "mine")
        cache.mkdir()
        (cache / ".jazz_nb").mkdir()
        left = cache / ".jazz_nb" / "tmp0badcafe"
        left.write_bytes(b"half")
        fetch("song.bin", source)
        assert left_in(cache) == ["song.bin"] and not left.exists()
        (cache / ".jazz_nb" / "lock").unlink()
        (cache / ".jazz_nb" / "lock").mkdir()
        assert fetch("song.bin", source).read_bytes() == BODY and asked["/good"] == 1


def test_files_of_the_user_stay_in_a_cache_that_is_not_ours_alone(cache):
    (cache / "tmp_songs").mkdir(parents=True)
    (cache / "tmp_thesis.txt").write_bytes(b"years")
    with misbehaving() as (address, _):
        fetch("song.bin", Download(f"{address}/good", DIGEST, SIZE, "mine"))
    assert left_in(cache) == ["song.bin", "tmp_songs", "tmp_thesis.txt"]


def test_a_file_that_was_damaged_in_the_cache_is_downloaded_again(cache):
    with misbehaving() as (address, asked):
        source = Download(f"{address}/good", DIGEST, SIZE, "mine")
        fetch("song.bin", source).write_bytes(b"half")
        assert fetch("song.bin", source).read_bytes() == BODY and asked["/good"] == 2


def test_processes_fill_the_same_cache_at_once(cache, tmp_path):
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context
    folder = ETUDES
    with ProcessPoolExecutor(6, get_context("spawn")) as pool:
        found = list(pool.map(count_tunes, [str(folder)] * 6))
    assert len(set(found)) == 1 and found[0][0] > 20
    assert not list(cache.rglob("*.part"))


def count_tunes(folder):
    tunes = read_cached(folder, jobs=1).tunes
    return len(tunes), sum(len(tune.notes) for tune in tunes)
