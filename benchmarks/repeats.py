"""The same model, chart, seed and options: are the files the same, byte for byte, wherever they are made?"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

CHART = "| Dm7 G7 | Cmaj7 A7 | Dm7 G7 | Cmaj7 | Fmaj7 Bb7 | Em7 A7 | Dm7 G7 | C6 |"
FILES = (".mid", ".musicxml", ".mxl", ".abc", ".wav", ".mp3")
WHICH = 13  # the take that all of them make, at different places among others
BATCHES = (1, 3, 8, 64, 100)
# The library that multiplies matrices is told to do so as on other processors.
PROCESSORS = ("Prescott", "Nehalem", "Sandybridge", "Haswell", "SkylakeX")
VARIED = {"threads": {"OPENBLAS_NUM_THREADS": "2", "OMP_NUM_THREADS": "2"},
          "hash seed": {"PYTHONHASHSEED": "99"}, "language": {"LC_ALL": "C", "TZ": "Asia/Tokyo"}}


def make_files(batch: int) -> dict[str, str]:
    """Play one take, alone or among others, and the course's network; fingerprints of all files by name."""
    from benchmarks.damage import small_network
    from jazz_nb.formats.chart_text import read_chart
    from jazz_nb.improviser.network import load_improviser
    from jazz_nb.improviser.sampling import play
    from jazz_nb.improviser.solo import improvise
    from jazz_nb.improviser.takes import Session
    from jazz_nb.inference import sample
    chart = read_chart(CHART, tempo=170.0)
    first = max(WHICH - batch // 2, 0)
    session = Session(load_improviser(), chart, seed=5, conditions={"style": "BEBOP"})
    take = session.play(first, batch)[WHICH - first]
    found = {"probabilities": sha256(take.played.probabilities.tobytes()).hexdigest()}
    with tempfile.TemporaryDirectory() as folder:
        for suffix in FILES:
            found[suffix] = sha256(Path(take.save(Path(folder, f"take{suffix}"))).read_bytes()).hexdigest()
    best = improvise(CHART, seed=5, takes=4, performer="Charlie Parker")[0]
    found["improvise"] = sha256(repr(best.solo.notes).encode()).hexdigest()
    found["alternatives"] = sha256(repr(play(session.improviser, chart)[0].alternatives).encode()).hexdigest()
    values = sample(small_network(), 40, batch, seed=7, first_take=first)[WHICH - first]
    found["course's network"] = sha256(values.tobytes()).hexdigest()
    return found


def ask(python: str, batch: int, **environment: str) -> dict[str, str]:
    """Make the files in a process of another Python."""
    command = [python, "-m", "benchmarks.repeats", str(batch)]
    root = str(Path(__file__).parent.parent)
    known = {"PYTHONPATH": root, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", **environment}
    done = subprocess.run(command, env={**os.environ, **known}, cwd=root, capture_output=True, text=True,
                          timeout=300)
    if done.returncode:
        words = "died" if done.returncode < 0 else done.stderr[-1500:]
        raise RuntimeError(f"{command}: {words}")
    return json.loads(done.stdout.splitlines()[-1])


def pythons() -> dict[str, str]:
    """This Python, and those whose programs JAZZ_NB_PYTHONS names, by version."""
    found = {}
    for python in (sys.executable, *filter(None, os.environ.get("JAZZ_NB_PYTHONS", "").split(os.pathsep))):
        code = "import sys, numpy; print('Python %d.%d' % sys.version_info[:2], 'NumPy', numpy.__version__)"
        told = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
        found[told.stdout.strip()] = python
    return found


def rows() -> Iterator[tuple[str, int, int, str]]:
    """Yield what was varied, how many files were compared, and how many were different."""
    base = ask(sys.executable, 1)
    for name, environment in VARIED.items():
        yield _compare(f"another process, other {name}", [ask(sys.executable, 1, **environment)], base)
    found = [ask(sys.executable, batch) for batch in BATCHES[1:]]
    words = f"alone, and in batches of {', '.join(map(str, BATCHES[1:]))}"
    yield _compare(words, found, base)
    yield _compare_as_others()
    for version, python in list(pythons().items())[1:]:
        yield _compare(version, [ask(python, 1), ask(python, 64)], base)


def _compare_as_others() -> tuple[str, int, int, str]:
    tried, wrong, done = 0, 0, []
    for kind in PROCESSORS:
        try:
            lone, many = (ask(sys.executable, batch, OPENBLAS_CORETYPE=kind) for batch in (1, 64))
        except RuntimeError as error:
            if "died" in str(error):
                continue  # this processor does not know the other's commands
            raise
        _, times, failures, _ = _compare("", [many], lone)
        tried, wrong, done = tried + times, wrong + failures, [*done, kind]
    return ("same seed, same bytes: alone and among 64, multiplied as on other processors", tried, wrong,
            ", ".join(done))


def _compare(what: str, found: list[dict], base: dict) -> tuple[str, int, int, str]:
    pairs = [(name, one[name] == base[name]) for one in found for name in base]
    odd = sorted({name for name, same in pairs if not same})
    return f"same seed, same bytes: {what}", len(pairs), sum(not same for _, same in pairs), ", ".join(odd)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(make_files(int(sys.argv[1]))))
    else:
        for row in rows():
            print(*row, sep=" | ", flush=True)
