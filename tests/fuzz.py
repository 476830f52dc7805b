"""Feed damaged files to the readers: what comes out is a valid Tune or the documented error, nothing else.

`python tests/fuzz.py` makes 20,000 files of every format from seeds of our own, damages them, reads each in
a process of its own that may use 1 GB and 5 s, and checks what comes out. A file that breaks the rule is
saved and printed, and the exit status is 1. `python tests/fuzz.py midi --first 1234 --count 1` makes one
file again.
"""

import argparse
import dis
import faulthandler
import json
import lzma
import os
import random
import re
import resource
import selectors
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from math import isfinite
from numbers import Integral
from pathlib import Path
from time import monotonic, process_time

sys.path.insert(0, str(Path(__file__).parent))

from fuzz_archives import ARCHIVES
from fuzz_formats import FILES, Format, attempt

import jazz_nb
from jazz_nb.formats.midi_writer import to_midi
from jazz_nb.formats.remarks import InputError
from jazz_nb.music.harmony import read_figure
from jazz_nb.tune import Tune

SECONDS, BYTES = 5.0, 2**30  # for one file: processor time, and memory above what the process had before
FORMATS = {**FILES, **ARCHIVES}
MOST_BARS = 100_000  # the Weimar database may have 50,000 in a solo; other readers stop at 4,000


# --- the rule ----------------------------------------------------------------------------------------------


def find_format(name: str) -> Format:
    """Look a format up: one of `FORMATS`, or ``module:NAME``."""
    module, _, attribute = name.partition(":")
    if attribute:
        return getattr(import_module(module), attribute)
    if name not in FORMATS:
        sys.exit(f"fuzz: unknown format {name!r}; known are {', '.join(FORMATS)}")
    return FORMATS[name]


class TooSlow(BaseException):
    """The time for one file is over; no reader catches this."""


class Wrong(Exception):
    """What came out breaks the rule."""


def check_error(error: Exception, source: str) -> None:
    """Check that an error is the documented one: its type, one line, and its source at the beginning."""
    chain, words = error, str(error)
    while chain:
        if isinstance(chain, MemoryError):
            raise Wrong(f"too much memory, hidden in: {words[:200]}")
        chain = chain.__context__
    if type(error) not in (ValueError, InputError, FileNotFoundError):
        raise Wrong(f"a {type(error).__name__}, not a ValueError: {words[:200]}") from error
    if len(words.splitlines()) != 1 or len(words) > len(source) + 1000:
        size = f"{len(words.splitlines())} lines, {len(words)} letters"
        raise Wrong(f"a message of {size}: {words[:300]!r}") from error
    if not words.startswith(source) or len(words) < len(source) + 8:
        raise Wrong(f"a message that does not begin with its source: {words[:300]!r}") from error
    check_origin(error, words)


def check_origin(error: BaseException, words: str) -> None:
    """Check that a message ends with words of ours: with those of a ``raise`` in a file of ours."""
    ours = Path(jazz_nb.__file__).parent, Path(__file__).parent
    while error:
        step = error.__traceback__
        while step.tb_next:
            step = step.tb_next
        code = step.tb_frame.f_code
        raised = dis.opname[code.co_code[step.tb_lasti]] == "RAISE_VARARGS"
        inside = any(Path(code.co_filename).is_relative_to(folder) for folder in ours)
        foreign = not (raised and inside)
        if foreign and str(error) and words.endswith(str(error)):
            raise Wrong(f"not our own message, {str(error)[:200]!r}, in: {words[:300]!r}") from error
        error = error.__context__


def check_events(items: tuple, what: str, most: float) -> None:
    """Check times of notes or chords: numbers, in order, within the tune's limits."""
    before = 0.0
    for item in items:
        if not (isfinite(item.onset) and isfinite(item.duration) and item.duration > 0):
            raise Wrong(f"{what} with times that are no numbers: {item}")
        if item.onset < before or item.offset > most:
            raise Wrong(f"{what} out of order or beyond quarter note {most:g}: {item}")
        before = item.onset


def check_tune(tune: Tune, often: bool, figures: bool = True) -> None:
    """Check that a tune is what its class promises; now and then that it can be performed."""
    if type(tune) is not Tune:
        raise Wrong(f"no Tune but a {type(tune).__name__}: {repr(tune)[:200]}")
    beats, unit = tune.meter
    makes_sense = 0 < tune.tempo <= 1000 and 1 <= tune.swing <= 4 and 0 <= tune.program <= 127
    if not (makes_sense and 1 <= beats < 1000 and unit in (1, 2, 4, 8, 16)):
        raise Wrong(f"numbers that make no sense: {tune!r}")
    voices = {"a note": tune.notes, "a chord": tune.chords}
    voices |= {f"a note of {part.name!r}": part.notes for part in tune.parts}
    for what, items in voices.items():
        check_events(items, what, MOST_BARS * tune.bar_length)
    for note in (note for part in (tune, *tune.parts) for note in part.notes):
        if not (isinstance(note.pitch, Integral) and 0 <= note.pitch <= 127 and 1 <= note.velocity <= 127):
            raise Wrong(f"a note that no instrument plays: {note}")
    for figure in {chord.figure for chord in tune.chords if figures}:
        read_figure(figure)
    " ".join([tune.title, tune.key, tune.style, tune.source]).encode()
    if any(len(words) > 100_000 for words in (tune.title, tune.key, tune.style, tune.source)):
        raise Wrong("a title, key, style or source of more than 100,000 letters")
    if often and tune.tempo >= 4 and tune.duration < 20_000:
        to_midi(tune, chords=figures)
        repr(tune)


class Guard:
    """
    Watch what Python does while a reader is at work, and refuse what none needs.

    Parameters
    ----------
    folder : Path
        Where it may read and write; elsewhere it may only read the code of libraries.
    """

    REACHES = tuple("socket. subprocess. urllib. http. os.system os.exec os.fork os.posix_spawn".split())
    WRITES = [f"os.{what}" for what in "remove rename rmdir mkdir link symlink chmod truncate".split()]

    def __init__(self, folder: Path):
        self.armed, self.seen, self.folder = False, [], str(folder)
        here = str(Path(jazz_nb.__file__).parents[1])
        self.readable = (sys.prefix, sys.base_prefix, here, "/proc/self", "/dev/null")
        sys.addaudithook(self.hear)

    def hear(self, event: str, arguments: tuple) -> None:
        """Note an event that is not allowed."""
        if not self.armed:
            return
        if event.startswith(self.REACHES):
            self.seen.append(f"{event} {arguments!r}"[:200])
        elif event == "open" or event in self.WRITES or event == "sqlite3.connect":
            path = os.fsdecode(arguments[0]) if isinstance(arguments[0], (str, bytes, os.PathLike)) else ""
            inside = path.startswith(self.folder) or path in ("", ":memory:")
            writes = event != "open" or (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR)
            if not inside and (writes or not path.startswith(self.readable)):
                self.seen.append(f"{event} {arguments!r}"[:200])


def forbid_time(seconds: float) -> None:
    """Ring after some seconds of this process' own time; with 0 never."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def ring(*_) -> None:
    """Stop a reader that is too slow."""
    raise TooSlow


def judge(form: Format, path: Path, often: bool, seconds: float) -> tuple[str, str]:
    """Read one file; return ``"tune"`` or ``"error"`` and a word about it, or raise what breaks the rule."""
    start = process_time()
    forbid_time(seconds)
    try:
        outcomes = form.read(path, often)
    finally:
        forbid_time(0)
    if process_time() - start > seconds:
        raise TooSlow
    tunes = [outcome for outcome in outcomes if not isinstance(outcome, Exception)]
    errors = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    for error in errors:
        check_error(error, str(path))
    for tune in tunes:
        check_tune(tune, often, form.figures)
    words = str(errors[0]).removeprefix(str(path)) if errors else ""
    return ("tune", "") if tunes else ("error", shorten(words))


def shorten(words: str) -> str:
    """Leave out what differs between messages of one kind: numbers, and what stands in quotes."""
    return re.sub(r"'[^']*'|\"[^\"]*\"|[\d.]+", "…", words)[:90]


def explain(error: BaseException, seconds: float) -> str:
    """Say in a line or two what went wrong, and where in the library."""
    if isinstance(error, TooSlow):
        head = f"slower than {seconds:g} s"
    else:
        head = str(error) if isinstance(error, Wrong) else f"{type(error).__name__}: {error}"
    frames = traceback.extract_tb((error.__cause__ or error).__traceback__)[-3:]
    places = ", ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{head[:600]} [{places}]"


# --- the process that reads --------------------------------------------------------------------------------


def real_seeds(form: Format) -> list[bytes]:
    """Take what the folder JAZZ_NB_DATA has for a format; of the database three solos."""
    path = Path(os.environ.get("JAZZ_NB_DATA", ""), form.real)
    if not form.real or not path.is_file():
        return []
    blob = path.read_bytes()
    if path.suffix != ".xz":
        return [blob]
    whole, part = sqlite3.connect(":memory:"), sqlite3.connect(":memory:")
    whole.deserialize(lzma.decompress(blob))
    for table in ("melody", "beats", "sections", "solo_info", "transcription_info"):
        (query,) = whole.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        part.execute(query)
        rows = whole.execute(f"SELECT * FROM {table} WHERE melid IN (1, 77, 301)").fetchall()
        part.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    part.commit()
    return [part.serialize()]


def make(name: str, form: Format, seeds: list[bytes], seed: int, number: int) -> bytes:
    """Make file `number` of a campaign."""
    return form.damage(random.Random(f"{name} {seed} {number}"), seeds)


def limit_memory(n_bytes: int) -> None:
    """Let this process have so many bytes more than it has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    most = pages * resource.getpagesize() + n_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def serve(name: str, numbers: range, options: argparse.Namespace) -> None:
    """Make, read and judge files one by one; write a line about each, and stop after one that failed."""
    channel = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a reader may print is no answer
    form, folder = find_format(name), Path(options.folder)
    seeds = form.seeds(folder) + (real_seeds(form) if options.real else [])
    warnings.simplefilter("ignore")
    faulthandler.enable()
    path = folder / f"it's “é” #1{form.suffix}"
    signal.signal(signal.SIGPROF, ring)
    for seed in seeds[:: max(len(seeds) // 4, 1)]:  # what readers import late, they import now
        path.write_bytes(seed)
        attempt(form.read, path, True)
    limit_memory(options.bytes)
    guard, before = Guard(folder), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"ready": True}), file=channel, flush=True)
    for number in numbers:
        blob = make(name, form, seeds, options.seed, number)
        path.write_bytes(blob)
        start = process_time()
        guard.armed = True
        try:
            kind, words = judge(form, path, number % 16 == 0, options.seconds)
        except BaseException as error:  # noqa: BLE001 (whatever it is, it is the finding)
            kind, words = "failure", explain(error, options.seconds)
        guard.armed = False
        changed = path.read_bytes() != blob or os.listdir(folder) != [path.name]
        if kind != "failure" and (guard.seen or changed):
            kind, words = "failure", f"touched what is not its own: {guard.seen or os.listdir(folder)}"
        answer = {"number": number, "kind": kind, "words": words, "seconds": process_time() - start}
        answer["kilobytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        print(json.dumps(answer), file=channel, flush=True)
        if kind == "failure":
            os._exit(0)  # after this one nothing in this process is to be trusted


# --- the process that watches ------------------------------------------------------------------------------


@dataclass
class Result:
    """What a campaign of one format found."""

    name: str
    kinds: Counter = field(default_factory=Counter)
    words: Counter = field(default_factory=Counter)
    failures: list[tuple[int, str, str]] = field(default_factory=list)  # number, what happened, saved where
    slowest: float = 0.0
    kilobytes: int = 0
    seconds: float = 0.0

    def row(self) -> str:
        """Write a line of the table."""
        counts = [sum(self.kinds.values()), self.kinds["tune"], self.kinds["error"], len(self.failures)]
        numbers = " ".join(f"{count:>9,}" for count in counts)
        rest = f"{len(self.words):>7} {self.slowest:>9.2f} {self.kilobytes / 1024:>8.0f} {self.seconds:>8.0f}"
        return f"{self.name:20} {numbers} {rest}"


HEAD = "format                   files     tunes    errors  failures   kinds slowest s  peak MB        s"


class Reader:
    """
    A process at work on some of the numbers.

    Parameters
    ----------
    name : str
        The format.
    numbers : range
        Which files to make and read.
    options : argparse.Namespace
        Of the command.
    """

    def __init__(self, name: str, numbers: range, options: argparse.Namespace):
        self.name, self.numbers, self.options, self.process = name, numbers, options, None
        self.start()

    def start(self) -> None:
        """Begin, or begin again behind a file that failed."""
        self.folder = tempfile.mkdtemp(prefix="fuzz-")
        self.errors, self.lines, self.ready, self.heard = tempfile.TemporaryFile(), b"", False, monotonic()
        options, numbers = self.options, self.numbers
        given = {name: getattr(options, name) for name in ("seed", "seconds", "bytes")}
        given |= {"folder": self.folder}
        command = [sys.executable, __file__, self.name, *["--real"] * options.real]
        command += [word for name, value in given.items() for word in (f"--{name}", str(value))]
        command += ["--serve", str(numbers.start), str(numbers.stop), str(numbers.step)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        environment["JAZZ_NB_CACHE"] = f"{self.folder}-cache"
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.errors, env=environment)

    def answers(self) -> Iterator[dict]:
        """Yield what the process says; a crash is an answer, too."""
        chunk = os.read(self.process.stdout.fileno(), 1 << 16)
        *lines, self.lines = (self.lines + chunk).split(b"\n")
        self.heard = monotonic()
        for line in lines:
            answer = json.loads(line)
            self.ready = True
            if "number" in answer:
                self.numbers = self.numbers[1:]
                yield answer
        if not chunk and self.numbers:
            yield self.give_up(f"the process ended with status {self.process.wait()}")

    def give_up(self, words: str) -> dict:
        """Answer for a process that cannot."""
        self.errors.seek(0)
        said = self.errors.read()[-1500:].decode(errors="replace")
        if not self.ready:
            sys.exit(f"fuzz: {self.name}: {words} before the first file:\n{said}")
        number, self.numbers = self.numbers[0], self.numbers[1:]
        words = f"{words}: {said}"
        return {"number": number, "kind": "failure", "words": words, "seconds": 0, "kilobytes": 0}

    def is_stuck(self) -> bool:
        """Return True if nothing was heard for so long that not even the alarm can have worked."""
        return monotonic() - self.heard > (4 * self.options.seconds + 2 if self.ready else 120)

    def close(self) -> None:
        """End the process and clean up behind it."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.errors.close()
        for folder in (self.folder, f"{self.folder}-cache"):
            shutil.rmtree(folder, ignore_errors=True)

    def save(self, number: int) -> str:
        """Keep the file that the process had in hand."""
        kept = Path(self.options.save)
        kept.mkdir(parents=True, exist_ok=True)
        for path in Path(self.folder).glob("it's*"):
            name = re.sub(r"\W", "_", self.name)
            return str(shutil.copy(path, kept / f"{name}-{self.options.seed}-{number}{path.suffix}"))
        return "nowhere"


class Campaign:
    """
    The campaign of one format.

    Parameters
    ----------
    name : str
        As `find_format` takes it.
    options : argparse.Namespace
        As `parse_arguments` returns them.
    say : callable
        Takes a line for whoever watches.
    """

    def __init__(self, name: str, options: argparse.Namespace, say: Callable[[str], None]):
        self.options, self.say, self.result = options, say, Result(name)
        self.selector, self.working = selectors.DefaultSelector(), []
        stop = options.first + options.count
        for first in range(options.first, min(options.first + options.jobs, stop)):
            self.welcome(Reader(name, range(first, stop, options.jobs), options))

    def welcome(self, reader: Reader) -> None:
        """Listen to a reader."""
        self.working.append(reader)
        self.selector.register(reader.process.stdout, selectors.EVENT_READ, reader)

    def dismiss(self, reader: Reader) -> None:
        """Listen to it no more."""
        self.working.remove(reader)
        self.selector.unregister(reader.process.stdout)
        reader.close()

    def note(self, reader: Reader, answer: dict) -> None:
        """Count an answer; behind a failure the reader begins again."""
        result, seconds, kilobytes = self.result, answer["seconds"], answer["kilobytes"]
        result.kinds[answer["kind"]] += 1
        result.slowest, result.kilobytes = max(result.slowest, seconds), max(result.kilobytes, kilobytes)
        if answer["kind"] != "failure":
            result.words.update([answer["words"]] if answer["words"] else [])
            return
        number, words, saved = answer["number"], answer["words"], reader.save(answer["number"])
        result.failures.append((number, words, saved))
        again = f"{result.name} --seed {self.options.seed} --first {number} --count 1"
        self.say(f"FAILURE {again}: {words}\n  saved {saved}")
        self.dismiss(reader)
        if reader.numbers:
            reader.start()
            self.welcome(reader)

    def listen(self) -> None:
        """Take the answers of a second."""
        for key, _ in self.selector.select(timeout=1):
            for answer in key.data.answers():
                self.note(key.data, answer)
        for reader in list(self.working):
            if reader.is_stuck():
                self.note(reader, reader.give_up(f"no answer in {4 * self.options.seconds + 2:g} s"))
            elif not reader.numbers:
                self.dismiss(reader)

    def run(self) -> Result:
        """Listen until all files are read, or too many have failed."""
        start = told = monotonic()
        try:
            while self.working and len(self.result.failures) < self.options.most:
                self.listen()
                if monotonic() - told > 30:
                    told, done = monotonic(), f"{sum(self.result.kinds.values()):,} of {self.options.count:,}"
                    self.say(f"{self.result.name}: {done} files, {len(self.result.failures)} failures")
        finally:
            for reader in list(self.working):
                self.dismiss(reader)
        self.result.seconds = monotonic() - start
        return self.result


def run(name: str, options: argparse.Namespace, say: Callable[[str], None] = print) -> Result:
    """
    Run the campaign of one format.

    Parameters
    ----------
    name, options, say
        As for `Campaign`.

    Returns
    -------
    Result
        Counts, and every file that broke the rule.
    """
    return Campaign(name, options, say).run()


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python tests/fuzz.py", description=__doc__.split("\n\n")[0])
    known = f"{', '.join(FORMATS)}; all if none is named"
    parser.add_argument("formats", nargs="*", metavar="FORMAT", help=known)
    parser.add_argument("--count", type=int, default=20_000, help="files of each format (20000)")
    parser.add_argument("--seed", type=int, default=0, help="another seed makes other files (0)")
    parser.add_argument("--first", type=int, default=0, help="number of the first file (0)")
    parser.add_argument("--jobs", type=int, default=1, help="processes at work at the same time (1)")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="processor time for one file (5)")
    parser.add_argument("--bytes", type=int, default=BYTES, help="memory above the beginning (1 GB)")
    parser.add_argument("--most", type=int, default=20, help="stop a format after so many failures (20)")
    parser.add_argument("--real", action="store_true", help="damage files of the folder JAZZ_NB_DATA, too")
    parser.add_argument("--kinds", type=int, default=0, help="print so many of the most frequent errors (0)")
    saved = str(Path(tempfile.gettempdir(), "jazz_nb-fuzz"))
    parser.add_argument("--save", default=saved, metavar="FOLDER", help=f"where failures are kept ({saved})")
    parser.add_argument("--serve", type=int, nargs=3, help=argparse.SUPPRESS)  # for the processes that read
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return its exit status."""
    options = parse_arguments(arguments)
    if options.serve:
        serve(options.formats[0], range(*options.serve), options)
        return 0
    sys.stdout.reconfigure(errors="backslashreplace")
    results = []
    for name in options.formats or FORMATS:
        find_format(name)
        results.append(run(name, options, lambda line: print(line, flush=True)))
        print(f"{HEAD}\n{results[-1].row()}", flush=True)
        for words, count in results[-1].words.most_common(options.kinds):
            print(f"  {count:>6} {words}")
    if len(results) > 1:
        print("\n".join(["", HEAD, *(result.row() for result in results)]))
    return 1 if any(result.failures for result in results) else 0


if __name__ == "__main__":
    sys.modules["fuzz"] = sys.modules["__main__"]  # so that formats of other modules meet the same classes
    sys.exit(main())
