"""Many files at once: how fast, how much memory, how much of it is understood; in fresh processes."""

import json
import lzma
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from itertools import chain, count, islice
from pathlib import Path
from shutil import copy
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import NamedTuple

from benchmarks.parts import find_database, labelled
from benchmarks.timing import Row
from jazz_nb.data import ETUDES, corpus
from jazz_nb.formats.wjazzd import Solo, Timing, read_wjazzd
from jazz_nb.loading.charts import read_charts
from jazz_nb.music.harmony import read_figure
from jazz_nb.tune import Tune, join, perform

ROOT = Path(__file__).parents[1]
NEEDED = "needs a folder with wjazzd.db.xz; name it in JAZZ_NB_DATA"

# Opens a corpus, builds each of its tunes once and lets it go. Then it adds up the most memory that it and
# each of its workers ever held, as Linux counts it; what they share is counted for each.
OPEN = """
import json, os, re, sys
from pathlib import Path
from jazz_nb.data import corpus

def peak_of(status):
    try:
        words = status.read_text()
    except OSError:
        return 0  # a process that has just ended
    ours = status.parent.name == "self" or f"PPid:\\t{os.getpid()}\\n" in words
    found = re.search(r"VmHWM:\\s+(\\d+)", words)
    return int(found[1]) / 1000 if ours and found else 0

music = corpus(sys.argv[1], jobs=int(sys.argv[2]))
n_notes = sum(len(tune.notes) for tune in music)
peaks = [peak_of(Path("/proc/self/status")), *map(peak_of, Path("/proc").glob("[0-9]*/status"))]
print(json.dumps([len(music), len(music.skipped), n_notes, sum(peaks)]))
"""


class Opening(NamedTuple):
    """What it took to open a corpus: seconds with the start of Python, files, megabytes at most."""

    seconds: float
    n_files: int
    megabytes: float

    @property
    def rate(self) -> float:
        """Files a second."""
        return self.n_files / self.seconds


def open_fresh(name: str | Path, cache: Path, jobs: int = 1) -> Opening:
    """Open a corpus in a fresh Python process and go through all of its tunes once."""
    # An installed package brings its bytecode; a checkout may write it too, whatever this shell forbids.
    here = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    here |= {"PYTHONPATH": str(ROOT), "JAZZ_NB_CACHE": str(cache)}
    start = perf_counter()
    done = subprocess.run([sys.executable, "-c", OPEN, str(name), str(jobs)], env=here, check=True,
                          capture_output=True)
    seconds = perf_counter() - start
    n_tunes, n_skipped, n_notes, megabytes = json.loads(done.stdout)
    assert n_tunes > 0 and n_notes > 0, f"{name}: nothing was read"
    return Opening(seconds, n_tunes + n_skipped, megabytes)


def open_repeatedly(name: str | Path, jobs: int = 1, times: int = 2) -> list[Opening]:
    """Open a corpus with an empty cache, and again with what the first time left there."""
    with TemporaryDirectory() as cache:
        return [open_fresh(name, Path(cache), jobs) for _ in range(times)]


# --- files to read ----------------------------------------------------------------------------------------


def play_etude(tune: Tune) -> Solo:
    """Return four choruses of an étude as if somebody had been recorded."""
    tune = join(tune, tune, tune, tune)
    beat = 4 / tune.meter[1]
    timings = tuple(Timing(int(note.onset / beat), 1, 1, note.onset / beat, note.duration / beat)
                    for note in perform(tune).notes)
    return Solo(tune, tune.title, *[""] * 9, 4, (), (), timings)


def find_solos() -> Sequence[Solo]:
    """Return the solos of the Weimar Jazz Database if it is at hand, else the bundled études."""
    path = find_database()
    return read_wjazzd(path)[0] if path else [play_etude(tune) for tune in corpus("etudes")]


def write_folders(root: Path, *sizes: int) -> list[Path]:
    """Write folders of so many MIDI files with a band, no two alike; the larger hold those of the smaller."""
    solos = find_solos()
    # Half of the solos, with a new band in every turn: so no folder has larger files than the others.
    files = chain.from_iterable(labelled(solos, parity=1, turn=turn) for turn in count())
    folders = [root / f"{size:,} files" for size in sizes]
    for folder in folders:
        folder.mkdir()
    for number, file in enumerate(islice(files, max(sizes))):
        written = root / f"{number:05}.mid"
        written.write_bytes(file.content)
        for folder, size in zip(folders, sizes):
            if number < size:
                copy(written, folder)
    return folders


# --- the rows ---------------------------------------------------------------------------------------------


def rows_of_speed(folder: Path, repeats: int = 3) -> Iterator[Row]:
    """Yield rows for a folder of MIDI files, read by one process and by two in turn, and from the cache."""
    runs = {1: [], 2: []}
    for _ in range(repeats):
        for jobs, kept in runs.items():
            kept.append(open_repeatedly(folder, jobs))
    # For one process and for two: files a second, the first time and from the cache.
    one, two = ([median(run.rate for run in column) for column in zip(*kept)] for kept in runs.values())
    yield Row(f"{folder.name} of MIDI, two processes / one", two[0], one[0], two[0] / one[0], "", None,
              "files/s")
    yield Row("the same from the cache, two processes / one", two[1], one[1], two[1] / one[1], "", None,
              "files/s")


def rows_of_memory(few: Path, many: Path) -> Iterator[Row | str]:
    """Yield a row for one process and for two: the peak of memory with many files and with few."""
    if not Path("/proc/self/status").is_file():
        yield "memory: measured on Linux only"
        return
    for jobs, who in ((1, "one process"), (2, "two processes")):
        (least,), (most,) = (open_repeatedly(folder, jobs, times=1) for folder in (few, many))
        ratio = least.megabytes / most.megabytes
        yield Row(f"memory, {who}: {many.name} / {few.name}", most.megabytes, least.megabytes, ratio,
                  ">= 0.9", ratio >= 0.9, "MB")
        yield Row(f"speed, {who}: {many.name} / {few.name}", most.rate, least.rate, most.rate / least.rate,
                  "", None, "files/s")


def rows_of_solos(repeats: int = 3) -> Iterator[Row]:
    """Yield rows for the Weimar Jazz Database as tunes, the first time and from the cache."""
    runs = [open_repeatedly("wjazzd") for _ in range(repeats)]
    for name, allowed, column in zip(("read", "from the cache"), (20, 2), zip(*runs)):
        seconds = median(run.seconds for run in column)
        yield Row(f"{column[0].n_files} WJazzD solos to tunes, {name} / allowed", seconds, allowed,
                  allowed / seconds, f"<= {allowed} s", seconds <= allowed)


def find_symbols(path: Path) -> list[str]:
    """Return every chord symbol of the Weimar Jazz Database."""
    connection = sqlite3.connect(":memory:")
    connection.deserialize(lzma.decompress(path.read_bytes()))
    found = connection.execute("SELECT DISTINCT chord FROM beats WHERE trim(chord) <> ''")
    return [symbol for symbol, in found]


def is_understood(read, *what) -> bool:
    """Return False if a reader refuses."""
    try:
        return bool(read(*what))
    except ValueError:
        return False


def row_of_figures(words: str, read, items: Sequence) -> Row:
    """Return a row for the share of items that a reader understands."""
    share = 100 * sum(is_understood(read, item) for item in items) / len(items)
    return Row(f"{len(items)} {words} understood / promised", share, 100, share / 100, "100 %", share == 100,
               "%")


def rows() -> Iterator[Row | str]:
    """Yield rows for folders of MIDI files, the Weimar Jazz Database, and chord figures."""
    with TemporaryDirectory() as root:
        small, usual, large = write_folders(Path(root), 200, 300, 2000)
        yield from rows_of_speed(usual)
        yield from rows_of_memory(small, large)
    database = find_database()
    if database is None:
        yield f"420 WJazzD solos to tunes: {NEEDED}"
        yield f"chord symbols of WJazzD: {NEEDED}"
    else:
        yield from rows_of_solos()
        yield row_of_figures("chord symbols of WJazzD", read_figure, find_symbols(database))
    charts = [*sorted(ROOT.glob("tests/charts/*.txt")), *sorted(ETUDES.glob("*.abc"))]
    figures = sorted({chord.figure for path in charts if is_understood(read_charts, path)
                      for tune in read_charts(path) for chord in tune.chords})
    yield row_of_figures("charts of the tests and chapters", read_charts, charts)
    yield row_of_figures("different chord symbols in them", read_figure, figures)
