"""Files that come from outside: the bundled études against music21, damaged MIDI files, and downloads."""

import http.server
import threading
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

from jazz_nb.data import ETUDES, corpus, tune_from_midi
from jazz_nb.formats.abc_reader import read_abc
from jazz_nb.formats.midi import _snap, read_midi
from jazz_nb.loading.downloads import DOWNLOADS, Download, fetch

ABC_FILES = sorted(ETUDES.glob("*.abc"))


@pytest.mark.parametrize("path", ABC_FILES, ids=lambda path: path.stem)
def test_music21_reads_the_same_notes_from_an_etude(path):
    from music21 import converter

    stream = converter.parse(path).stripTies()
    theirs = [
        (float(note.getOffsetInHierarchy(stream)), float(note.quarterLength), note.pitch.midi)
        for note in stream.recurse().notes
        if note.isNote
    ]
    ours = [
        (note.onset, note.duration, note.pitch) for note in read_abc(path.read_text(encoding="utf-8")).notes
    ]
    assert [pitch for *_, pitch in theirs] == [pitch for *_, pitch in ours]
    assert np.allclose([row[:2] for row in theirs], [row[:2] for row in ours], atol=1e-6)


def test_the_trio_plays_the_first_etude():
    written = corpus("etudes")[0]
    played = tune_from_midi(ETUDES / "01_blues_in_f_1.mid")
    assert [note.pitch for note in played.notes] == [note.pitch for note in written.notes]
    assert (
        max(abs(a.onset - b.onset) for a, b in zip(played.notes, written.notes)) < 0.2
    )  # swung, and snapped
    assert played.n_bars == written.n_bars
    assert [chord.onset for chord in played.chords if chord.onset % 4 == 0] == [
        4.0 * bar for bar in range(12)
    ]


def test_the_corpus_says_where_it_comes_from():
    for path in ABC_FILES:
        text = path.read_text(encoding="utf-8")
        assert "CC0-1.0" in text and "not a transcription" in text
    assert "CC0" in (ETUDES / "LICENSE.md").read_text(encoding="utf-8")
    forms = {tune.title.split(",")[0] for tune in corpus("etudes")}
    assert len(forms) >= 7
    for form in forms:
        assert sum(tune.title.startswith(form) for tune in corpus("etudes")) >= 2


def test_snap_agrees_with_a_search_over_all_multiples():
    grid = sorted({n / 4 for n in range(40)} | {n / 3 for n in range(30)})
    for ticks_per_beat in (24, 96, 120, 384, 480, 960):
        for tick in range(0, 8 * ticks_per_beat, 7):
            nearest = min(grid, key=lambda time: (round(abs(time - tick / ticks_per_beat), 12), time))
            assert abs(_snap(np.array([tick]), ticks_per_beat)[0] - nearest) < 1e-8, (tick, ticks_per_beat)


def test_a_midi_file_that_was_cut_anywhere_is_refused(tmp_path):
    whole = (ETUDES / "01_blues_in_f_1.mid").read_bytes()
    for length in range(0, len(whole), 37):
        path = tmp_path / "cut.mid"
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"cut\.mid: (the file is empty|no MIDI file|cut off)"):
            read_midi(path)


def test_a_midi_file_with_flipped_bytes_never_ends_in_anything_but_a_clear_error(tmp_path):
    whole = (ETUDES / "01_blues_in_f_1.mid").read_bytes()
    rng, refused = np.random.default_rng(0), 0
    for _ in range(300):
        blob = bytearray(whole)
        for place in rng.integers(0, len(blob), 4):
            blob[place] = rng.integers(256)
        path = tmp_path / "flipped.mid"
        path.write_bytes(bytes(blob))
        try:
            tune_from_midi(path)
        except ValueError as error:
            assert "flipped.mid" in str(error)
            refused += 1
    assert refused  # and the others were read


class _Server(http.server.BaseHTTPRequestHandler):
    files = {}

    def do_GET(self):
        body = self.files.get(self.path)
        self.send_response(200 if body is not None else 404)
        self.end_headers()
        self.wfile.write(body or b"<html>not here</html>")

    def log_message(self, *words):
        """Keep the test's output quiet."""


@contextmanager
def serving(**files):
    """Serve files by name on a free port of this machine; yields the address."""
    handler = type("Handler", (_Server,), {"files": {f"/{name}": body for name, body in files.items()}})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture()
def empty_cache(tmp_path, monkeypatch):
    """A cache of its own and no JAZZ_NB_DATA."""
    monkeypatch.delenv("JAZZ_NB_DATA", raising=False)
    monkeypatch.setenv("JAZZ_NB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_download_is_kept_and_then_needs_no_network(empty_cache):
    body = b"some music"
    with serving(song=body) as address:
        source = Download(f"{address}/song", sha256(body).hexdigest(), 0.1, "mine")
        assert fetch("song.mid", source).read_bytes() == body
    assert fetch("song.mid", source).read_bytes() == body  # the server is gone


def test_size_and_licence_are_said_before_a_download(empty_cache, capsys):
    with serving(song=b"some music") as address:
        source = Download(f"{address}/song", sha256(b"some music").hexdigest(), 42.5, "ODbL-1.0")
        fetch("song.mid", source)
        assert f"song.mid: 42.5 MB, licence ODbL-1.0; from {address}/song" in capsys.readouterr().err
        fetch("song.mid", source)
        assert not capsys.readouterr().err  # it is there already


@pytest.mark.parametrize("case", ["wrong content", "not there", "no server"])
def test_a_download_that_fails_says_what_to_do_and_leaves_nothing(case, empty_cache):
    with serving(song=b"another song") as address:
        url = f"{address}/none" if case == "not there" else f"{address}/song"
        if case != "no server":
            with pytest.raises(
                (ValueError, FileNotFoundError), match="song.mid: .* name that folder in JAZZ_NB_DATA"
            ):
                fetch("song.mid", Download(url, sha256(b"some music").hexdigest(), 0.1, "mine"))
    if case == "no server":
        with pytest.raises(FileNotFoundError, match="song.mid: .* name that folder in JAZZ_NB_DATA"):
            fetch("song.mid", Download(url, sha256(b"some music").hexdigest(), 0.1, "mine"))
    assert [path.name for path in empty_cache.iterdir()] == [".jazz_nb"]


def test_metheny_is_downloaded_with_its_checksum(empty_cache, monkeypatch):
    with serving(song=b"somebody else's song") as address:
        elsewhere = replace(DOWNLOADS["original_metheny.mid"], url=f"{address}/song")
        monkeypatch.setitem(DOWNLOADS, "original_metheny.mid", elsewhere)
        with pytest.raises(ValueError, match="original_metheny.mid: .* hash"):
            corpus("metheny")
