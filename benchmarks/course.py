"""
The course in numbers: a student's own models, exercises, minutes, pictures, and the first command on a fresh machine.

`python -m benchmarks course` takes some minutes: it runs the exercise's cells with four models of students, checks
every planted mistake, and installs the package into a fresh environment.
"""

import contextlib
import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from .house import demonstrations

ROOT = Path(__file__).resolve().parent.parent
READ = ("Part I", "Part II", "Part III", "Part IV")  # the parts that people read from beginning to end


def student_cells(build: Callable) -> Iterator[Callable]:
    """Yield the exercise's cells with a student's model, each a function to call; later ones build on earlier ones."""
    from student_models import compiled, own_inference_model

    import jazz_nb as nb

    Tx, n_a, here = 4, 16, {}

    def load():
        here["X"], here["Y"], here["n"], here["values"] = nb.load_music_utils("etudes", m=40, Tx=Tx)

    def djmodel():
        here["model"], here["cell"], here["densor"] = build(Tx, n_a, here["n"])

    def train():
        model, zeros = here["model"], np.zeros((40, n_a))
        inputs = [here["X"], zeros, zeros] if len(model.inputs) == 3 else here["X"]
        targets = list(here["Y"]) if len(model.outputs) > 1 else here["Y"].transpose(1, 0, 2)
        model.fit(inputs, targets, epochs=3, verbose=0)

    def infer(name, make):
        here[name] = make()

    def play(name, **options):
        nb.generate_music(here[name], out=None, say=lambda line: None, **options)

    initial = np.zeros((1, n_a))
    yield load
    yield djmodel
    yield lambda: compiled(here["model"], len(here["model"].outputs))
    yield train
    yield lambda: nb.fit(here["model"], here["X"], here["Y"], epochs=3)
    yield lambda: infer("ours", lambda: nb.music_inference_model(
        here["cell"], here["densor"], n_values=here["n"], n_a=n_a, Ty=8))
    yield lambda: infer("own", lambda: own_inference_model(here["cell"], here["densor"], here["n"], n_a, 8))
    yield lambda: nb.predict_and_sample(here["ours"], np.zeros((1, 1, here["n"])), initial, initial)
    yield lambda: nb.predict_and_sample(here["own"], np.zeros((1, 1, here["n"])), initial, initial)
    yield lambda: play("ours")
    yield lambda: play("own")
    yield lambda: play("ours", as_published=True)


def run(cells: Iterator[Callable]) -> tuple[int, int, str]:
    """Count the cells that run, and all; name the first error."""
    good = total = 0
    first = ""
    for cell in cells:
        total += 1
        try:
            cell()
            good += 1
        except Exception as error:  # noqa: BLE001 (counted and told)
            first = first or f"{type(error).__name__}: {error}".splitlines()[0]
    return good, total, first


def mistakes() -> tuple[int, int, int]:
    """Count the exercises, the planted mistakes, and those that get the hint meant for them."""
    import test_exercises as table

    met = total = 0
    for name, pairs in table.MISTAKES.items():
        for hint, code in pairs:
            total += 1
            try:
                with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
                    met += hint in table.refused(name, code)
            except Exception:  # noqa: BLE001 (a hint that did not come is not met)
                met += 0
    return len(table.MISTAKES), total, met


def seen_and_heard() -> tuple[int, int, list[str]]:
    """Count the chapters of the parts that people read, and those with a picture or a sound; name the others."""
    from book import read_book

    entries = [entry for part in read_book().parts if part.name in READ for entry in part.entries]
    without = []
    for entry in entries:
        text = (ROOT / "nbs" / entry.file).read_text("utf-8")
        if not re.search(r'"image/|<img |<svg|data:audio|\.svg\)', text):
            without.append(entry.at)
    return len(entries), len(entries) - len(without), without


def first_command() -> str:
    """Install the package as the README says into a fresh environment, run its first command, and say what it took."""
    folder = Path(tempfile.mkdtemp())
    try:
        subprocess.run([sys.executable, "-m", "venv", folder / "v"], check=True)
        start = time.monotonic()
        subprocess.run([folder / "v/bin/pip", "install", "-q", str(ROOT)], check=True, capture_output=True,
                       timeout=900)
        installed = time.monotonic()
        subprocess.run([folder / "v/bin/jazz-nb", "solo"], check=True, capture_output=True, cwd=folder, timeout=300)
        size = sum(path.stat().st_size for path in (folder / "v").rglob("*") if path.is_file())
        return (f"{installed - start:.0f} s to install, {time.monotonic() - installed:.0f} s to play, "
                f"{size / 1e9:.1f} GB")
    except (subprocess.SubprocessError, OSError) as error:
        return f"not measured: {type(error).__name__}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def rows() -> Iterator[str]:
    """Yield the lines of the table."""
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "docs")]
    from book import read_book, spoken
    from student_models import SOLUTIONS

    def row(name, text):
        return f"{name:52}{text}"

    for name, build in SOLUTIONS.items():
        good, total, first = run(student_cells(build))
        yield row(f"cells that run, a student's model: {name}", f"{good} of {total}{'; ' * bool(first)}{first}")
    count, planted, met = mistakes()
    yield row("exercises; planted mistakes with the hint meant", f"{count}; {met} of {planted}")
    book = read_book()
    for way in book.ways:
        minutes = sum(entry.minutes for entry in way.entries)
        yield row(f"reading: {way.who.lower()}", f"{spoken(minutes)}, {len(way.entries)} chapters")
    for part in book.parts:
        yield row(f"reading: {part.heading}", spoken(part.minutes))
    for name, (shown, exported) in sorted(demonstrations(ROOT).items()):
        if exported and name.startswith("I"):
            yield row(f"shown / exported lines: {name}", f"{shown / exported:.2f}")
    chapters, good, without = seen_and_heard()
    yield row("chapters of parts I to IV with picture or sound", f"{good} of {chapters}{' without: ' * bool(without)}"
              + ", ".join(without))
    readme = (ROOT / "README.md").read_text("utf-8")
    yield row("README", f"{len(readme.splitlines())} lines, {len(readme.split())} words")
    pictures = sum(path.stat().st_size for path in (ROOT / "nbs").rglob("*.ipynb"))
    yield row("notebooks", f"{pictures / 1e6:.1f} MB")
    outputs = [output for path in (ROOT / "nbs").rglob("*.ipynb") for cell in json.loads(path.read_text("utf-8"))["cells"]
               for output in cell.get("outputs", ()) if "image/svg+xml" in output.get("data", {})]
    safe = sum(bool({"text/html", "image/png"} & set(output["data"])) for output in outputs)
    yield row("stored pictures that an untrusted notebook shows", f"{safe} of {len(outputs)}")
    yield row("the first command, in a fresh environment", first_command())
