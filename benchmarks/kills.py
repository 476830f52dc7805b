"""Trainings that are killed at random moments and go on: do they end with the same weights, bit for bit?"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import asdict, dataclass
from functools import partial
from hashlib import sha256
from io import StringIO
from mmap import mmap
from pathlib import Path

KILLS, EACH = 100, 2  # in all, and how often each training is killed
LONGEST = 0.5  # seconds of a life after its first step
PATIENCE = 90  # seconds after which a training is given up
ENDS = 12  # touches of the disk, the last of `jazz-nb train`, at which it is killed
TOUCHING = ("fsync", "replace", "unlink", "rmdir")
AT_WORK, SAVING, DONE = 1, 2, 3  # what a training writes down for those who watch it


@dataclass
class Run:
    """
    One training and its deaths.

    Parameters
    ----------
    kills, inside : int
        How often it was killed, and how often of these while a checkpoint was being written.
    whole : bool
        Whether after each kill the newest checkpoint could be read.
    weights : str
        A fingerprint of the weights at the end.
    """

    kills: int = 0
    inside: int = 0
    whole: bool = True
    weights: str = ""


def train(note: mmap, folder: Path, every: int = 1, point: str = "") -> str:
    """
    Train a very small improviser on four études; a fingerprint of its weights.

    Parameters
    ----------
    note : mmap
        Where it writes what it is doing.
    folder, every
        Where the checkpoints are, and steps from one to the next; 0 for none.
    point : str
        A function of `os` at whose fifth call the process kills itself.
    """
    from jazz_nb.data import corpus
    from jazz_nb.evaluation.events import read_line
    from jazz_nb.improviser.training import (
        TrainingConfig,
        find_conditions,
        learn,
        make_config,
    )
    from jazz_nb.networks.checkpoints import Checkpoints, fingerprint

    class Watched(Checkpoints):
        def save(self, checkpoint):
            if checkpoint.step:  # the first, of step 0, comes before the work
                note[0] = SAVING
            path = super().save(checkpoint)
            note[0] = AT_WORK if checkpoint.step else 0
            return path

    if point:
        _die_at(5, point)
    lines = [read_line(tune) for tune in corpus("etudes")[:5]]
    config = make_config(find_conditions(lines[:4]), n_units=8, n_hidden=8, n_members=2)
    training = TrainingConfig(epochs=8, excerpt=16, batch=4, warm_up=4, look=2)
    checkpoints = Watched(folder, every) if every else None
    improviser, _ = learn(lines[:4], lines[4:], config, training, checkpoints=checkpoints, resume=bool(every))
    return fingerprint(improviser.arrays.values())


def _die_at(number: int, *points: str) -> list[str]:
    """Plant the death of this process at one of all calls of these functions of `os`; who was called."""
    calls = []

    def plant(point, original):
        def die(*args, **options):
            calls.append(point)
            if len(calls) == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return original(*args, **options)
        setattr(os, point, die)

    for point in points:
        plant(point, getattr(os, point))
    return calls


def command(note: mmap, folder: Path, number: int = 0) -> str:
    """
    Do ``jazz-nb train --resume``; how often it touched the disk, and a fingerprint of what is there then.

    Parameters
    ----------
    note : mmap
        Where it writes what it is doing.
    folder : Path
        For all that it writes.
    number : int
        The call at which it kills itself; 0 for none.
    """
    from jazz_nb.cli.main import main
    calls = _die_at(number, *TOUCHING)
    note[0] = AT_WORK
    words = ["train", "--corpus", "etudes", "--small", "--epochs", "3", "--every", "1", "--resume"]
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()) as told:
        status = main([*words, "--out", str(folder / "mine.safetensors")])
    if status and "its training has ended" not in told.getvalue():
        raise RuntimeError(told.getvalue()[-500:])
    content = [path.name.encode() + path.read_bytes() for path in sorted(folder.iterdir())
               if path.suffix != ".part"]  # what a killed process was writing has no other name
    return f"{len(calls)} {sha256(b''.join(content)).hexdigest()}"


def kill_at_the_end(folder: Path, number: int, whole: str) -> bool:
    """Let the command die at a call, then repeat it: whether the same files are there, and no others."""
    folder.mkdir()
    _, words = live(partial(command, folder=folder, number=number), None, dies=True)
    if words:
        raise RuntimeError(f"it did not die at call {number}: {words}")
    _, words = live(partial(command, folder=folder), None)
    return words.split()[-1] == whole


def live(work: Callable[[mmap], str], seconds: float | None, dies: bool = False) -> tuple[int, str]:
    """Let a process work to its end, or for some seconds from its first note: its last note, its answer."""
    note, (reader, writer) = mmap(-1, 1), os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        try:
            words = work(note)
            note[0] = DONE
            os.write(writer, words.encode())
        except BaseException as error:  # noqa: BLE001 - the parent is told, whatever it was
            os.write(writer, f"failed: {error!r}"[:4000].encode())
        os._exit(0)
    os.close(writer)
    until = time.monotonic() + (PATIENCE if seconds is None else LONGEST + PATIENCE)
    while not note[0] and time.monotonic() < until and not _has_ended(child):
        time.sleep(0.002)
    until = until if seconds is None else time.monotonic() + seconds
    while time.monotonic() < until and not _has_ended(child):
        time.sleep(0.0005)
    last = note[0]  # before it is killed, if it is
    if not _has_ended(child):
        os.kill(child, signal.SIGKILL)
    with open(reader, "rb") as pipe:
        words = pipe.read().decode()
    os.waitpid(child, 0)
    if seconds is None and not dies and not words:
        words = f"failed: it was silent for {PATIENCE} s"
    return note[0] or last, words


def _has_ended(child: int) -> bool:
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def run(seed: int, folder: Path) -> Run:
    """Kill a training some times at random moments, then let it end."""
    from jazz_nb.networks.checkpoints import Checkpoints
    draws, found = random.Random(seed), Run()
    while found.kills < EACH:
        last, words = live(partial(train, folder=folder), draws.uniform(0, LONGEST))
        if last == DONE or words:
            break
        found.kills += 1
        found.inside += last == SAVING
        found.whole &= readable(Checkpoints(folder))
    _, found.weights = live(partial(train, folder=folder), None)
    return found


def die_and_go_on(point: str, folder: Path) -> Run:
    """Let a training kill itself between two lines of a checkpoint's writing, then let it end."""
    from jazz_nb.networks.checkpoints import Checkpoints
    last, words = live(partial(train, folder=folder, point=point), None, dies=True)
    found = Run(kills=not words, inside=last == SAVING, whole=readable(Checkpoints(folder)))
    _, found.weights = live(partial(train, folder=folder), None)
    return found


def readable(checkpoints) -> bool:
    """Whether the newest file can be read, or there is none yet."""
    from jazz_nb.formats.storage import read_arrays
    paths = checkpoints.paths
    try:
        return not paths or bool(read_arrays(paths[0], "jazz_nb.checkpoint.1", lambda info: info["names"]))
    except ValueError:
        return False


def work(job: int, kills: int) -> None:
    """Kill trainings until there are enough, in this process and its children; print each run as JSON."""
    import tensorflow  # noqa: F401  (once, for all that are forked; it has no threads before its first work)

    import jazz_nb.improviser.training  # noqa: F401
    with tempfile.TemporaryDirectory() as name:
        folder, done = Path(name), 0
        if job:
            found = [die_and_go_on(point, folder / point) for point in ("fsync", "replace")]
        else:
            found = [Run(weights=live(partial(train, folder=folder / "whole", every=0), None)[1])]
        while found or done < kills:
            for one in found or [run(1000 * job + done, folder / str(done))]:
                done += one.kills
                print(json.dumps(asdict(one)), flush=True)
            found = []


def end(step: int) -> None:
    """Kill the command at each, or each third …, of its last touches of the disk; print what came of it."""
    import tensorflow  # noqa: F401

    import jazz_nb.improviser.training  # noqa: F401
    with tempfile.TemporaryDirectory() as name:
        (folder := Path(name, "whole")).mkdir()
        n_calls, whole = live(partial(command, folder=folder), None)[1].split()
        for number in range(int(n_calls), int(n_calls) - ENDS, -step):
            print(json.dumps(kill_at_the_end(Path(name, str(number)), number, whole)), flush=True)


def campaign(kills: int = KILLS) -> list[Run]:
    """Kill and compare, in two processes; the first run has no checkpoints at all and is never killed."""
    found = _ask([["--job", job, str(kills // 2)] for job in "01"])
    return [Run(**one) for one in found]


def _ask(jobs: list[list[str]]) -> list:
    """Do jobs of this module in processes, all at once; the lines of JSON that they print."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "OPENBLAS_NUM_THREADS": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    command = [sys.executable, "-m", "benchmarks.kills"]
    processes = [subprocess.Popen([*command, *job], env=environment, **pipes) for job in jobs]
    told = [process.communicate() for process in processes]
    for process, (_, error) in zip(processes, told):
        if process.returncode:
            raise RuntimeError(error[-2000:])
    return [json.loads(line) for lines, _ in told for line in lines.splitlines()]


def rows(kills: int = KILLS, step: int = 1) -> Iterator[tuple[str, int, int, str]]:
    """Yield what was tried, how often, how often it failed, and remarks."""
    undisturbed, *found = campaign(kills)
    for one in (undisturbed, *found):
        if one.weights.startswith("failed"):
            raise RuntimeError(one.weights)
    kills, inside = sum(one.kills for one in found), sum(one.inside for one in found)
    yield ("trainings killed (SIGKILL) at random moments: a whole checkpoint is there", kills,
           sum(not one.whole for one in found), f"{inside} of them while a checkpoint was being written")
    different = sum(one.weights != undisturbed.weights for one in found)
    twice = sum(one.kills == EACH for one in found)
    yield ("killed trainings that went on to the same weights, bit for bit", len(found), different,
           f"{twice} of them killed twice")
    same = _ask([["--end", str(step)]])
    yield ("`jazz-nb train`, killed while it writes what it learned; `--resume`: the same files are there",
           len(same), same.count(False), "at each touch of the disk")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--job"]:
        work(*map(int, sys.argv[2:]))
        sys.exit()
    if sys.argv[1:2] == ["--end"]:
        end(int(sys.argv[2]))
        sys.exit()
    for row in rows(*map(int, sys.argv[1:])):
        print(*row, sep=" | ", flush=True)
