"""The runner of notebooks in conftest.py: a failing cell is red, and what must not run does not."""

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parent.parent
PICTURE = "class Shown:\n    def _repr_svg_(self):\n        raise ValueError('no ink')\n\n"
NOTEBOOKS = {
    "shared": ["x = 1", "x += 1\nx", "assert x == 2"],
    "failing": ["x = 1", "y = 2\nassert x == y, 'one is not two'\nz = 3", "print('never')", "z"],
    "deeper": ["import json", "a = 1\njson.loads('{')"],
    "syntax": ["x = 1\nx = = 2", "x"],
    "result": [PICTURE + "Shown()"],
    "display": [PICTURE + "display(Shown())\n1"],
    "works": ["from IPython.display import SVG, Audio\ndisplay(SVG('<svg xmlns=\"a\"/>'))\nprint('noise')"],
    "exits": ["#| eval: false\nraise SystemExit", "raise SystemExit(0)"],
    "hidden": ["#| hide\nx = 1", "assert x == 1"],
    "slow": ["#| slow\nx = 1", "x = 2"],
    "folder": ["from pathlib import Path\nassert Path.cwd().name == 'nbs' and Path('folder.ipynb').exists()"],
    "litter": ["open('solo.mid', 'w').close()"],
    "plain": ["import sys\nassert 'matplotlib.pyplot' not in sys.modules"],
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Return a function that runs all the notebooks above in another pytest."""
    folder = tmp_path_factory.mktemp("runner")
    setup = f"import sys\nsys.path.insert(0, {str(ROOT / 'docs')!r})\n"
    (folder / "conftest.py").write_text(
        setup + (ROOT / "conftest.py").read_text(encoding="utf-8"), encoding="utf-8"
    )
    (folder / "pytest.ini").write_text("[pytest]\nmarkers = slow\naddopts = -p no:cacheprovider -ra\n")
    (folder / "nbs").mkdir()
    for name, cells in NOTEBOOKS.items():
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        nbformat.write(notebook, folder / "nbs" / f"{name}.ipynb")

    def start(*options):
        command = [sys.executable, "-m", "pytest", "--junitxml=out.xml", *options]
        # Options and workers of the run that we are part of are not to be those of the one under test.
        ours = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        done = subprocess.run(command, cwd=folder, env=ours, capture_output=True, text=True, timeout=300)
        (folder / "nbs" / "solo.mid").unlink(missing_ok=True)
        return done.returncode, outcomes(folder / "out.xml"), done.stdout

    return start


def outcomes(path):
    """Read the outcome of each cell, in order, by notebook: a list of (outcome, message)."""
    found = {}
    for case in ET.parse(path).iter("testcase"):
        name = Path(case.get("classname").replace("nbs.", "").replace(".ipynb", "")).name
        results = [(child.tag, (child.text or "") + child.get("message", "")) for child in case]
        results = [(tag, text) for tag, text in results if tag in ("failure", "error", "skipped")]
        found.setdefault(name, []).append(results[0] if results else ("passed", ""))
    return found


@pytest.fixture(scope="module")
def everything(run):
    """Run all of it once."""
    return run()


def tags(result):
    """Return the outcomes without their messages."""
    return [tag for tag, text in result]


@pytest.mark.parametrize("name", ["shared", "works", "hidden", "slow", "folder", "plain"])
def test_good_notebook_is_green(everything, name):
    assert tags(everything[1][name]) == ["passed"] * len(NOTEBOOKS[name])


def test_failing_cell_is_red_and_the_rest_is_skipped(everything):
    status, found, _ = everything
    assert status == 1
    assert tags(found["failing"]) == ["passed", "failure", "skipped", "skipped"]
    assert "cell 1 of failing.ipynb failed before" in found["failing"][2][1]


def test_report_marks_the_line_and_ends_in_the_error(everything):
    report = everything[1]["failing"][1][1]
    assert ">   2  assert x == y, 'one is not two'\n    3  z = 3\nAssertionError: one is not two" in report


def test_failure_below_the_cell_shows_where(everything):
    report = everything[1]["deeper"][1][1]
    assert ">   2  json.loads('{')" in report
    assert "decoder.py" in report
    assert "JSONDecodeError: Expecting property name" in report


def test_syntax_error_is_red(everything):
    found = everything[1]["syntax"]
    assert tags(found) == ["failure", "skipped"]
    assert ">   2  x = = 2" in found[0][1]


@pytest.mark.parametrize("name", ["result", "display"])
def test_broken_picture_is_red(everything, name):
    found = everything[1][name]
    assert tags(found) == ["failure"]
    assert "ValueError: no ink" in found[0][1]


def test_eval_false_does_not_run_and_exit_is_red(everything):
    found = everything[1]["exits"]
    assert tags(found) == ["failure"]
    assert "cell 1 of exits.ipynb" in found[0][1]


def test_litter_is_an_error(everything):
    found = everything[1]["litter"]
    assert tags(found) == ["error"]
    assert "left ['solo.mid'] beside it" in found[0][1]


def test_cells_print_nothing(everything):
    assert "noise" not in everything[2]
    assert "never" not in everything[2].replace("print('never')", "")


def test_fast_skips_slow_cells(run):
    status, found, _ = run("--fast", "nbs/slow.ipynb")
    assert (status, tags(found["slow"])) == (0, ["skipped", "passed"])


def test_one_cell_alone_runs_what_it_needs(run):
    status, found, _ = run("-k", "hidden and 01")
    assert (status, tags(found["hidden"])) == (0, ["passed"])
