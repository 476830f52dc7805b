"""Exercises: stubs fail, solutions pass, and each typical mistake gets the hint that is meant for it."""

import contextlib
import io
import json
import linecache
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from book import SHEETS as PACKED
from book import read_book
from chapter import NBS, ROOT, key_of

from jazz_nb.exercises.checks import CheckFailed, check, known_exercises
from jazz_nb.exercises.sheets import sources, student_notebook, write_exercises

SHEETS = {key_of(path.name): path for path in sorted((NBS / "exercises" / "sheets").glob("*.ipynb"))}
TABLES = sorted(path.stem for path in Path(__file__).parent.glob("exercise_answers_*.py"))
MISTAKES = {name: pairs for table in TABLES for name, pairs in import_module(table).MISTAKES.items()}
SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n.*?### END SOLUTION$", flags=re.MULTILINE | re.DOTALL)
EVERY_MISTAKE = [
    pytest.param(name, hint, code, id=f"{name}-{number}")
    for name, pairs in MISTAKES.items()
    for number, (hint, code) in enumerate(pairs, 1)
]


def cells(name):
    """Return the cells of a sheet."""
    return json.loads(SHEETS[name].read_text("utf-8"))["cells"]


def cell_of(name, grade_id):
    """Return the cell with a grade_id."""
    found = [cell for cell in cells(name) if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id]
    assert len(found) == 1, f"{name}: {len(found)} cells have the grade_id {grade_id}"
    return found[0]


@cache
def before_the_stub(name):
    """Run the code cells above a sheet's stub, and return the names that they leave."""
    names = {"__name__": "__main__"}
    for cell in cells(name):
        if cell["metadata"].get("nbgrader"):
            return names
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)  # noqa: S102 (our own sheets)
    raise AssertionError(f"{name} has no stub")


def run_answer(name, code):
    """Run a student's code as IPython would, and check it; return the line that is printed."""
    names = dict(before_the_stub(name))
    file = f"<ipython-input-{name}>"
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    exec(compile(code, file, "exec"), names)  # noqa: S102 (the answers of our own table)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        check(name, names[name])
    return printed.getvalue().splitlines()[-1]


def refused(name, code):
    """Return the line with which an answer is refused."""
    with pytest.raises(CheckFailed) as caught:
        run_answer(name, code)
    line = str(caught.value)
    assert "\n" not in line and line.startswith(f"{name}: ") and len(line) < 500, line
    assert "Traceback" not in line and "could not be compared" not in line, line
    assert caught.value._render_traceback_() == [f"✗ {line}"]
    return line


def test_every_exercise_has_a_sheet_a_check_and_wrong_answers():
    assert set(SHEETS) == set(known_exercises()) == set(MISTAKES)
    assert all(len(pairs) >= 3 for pairs in MISTAKES.values())
    assert len(EVERY_MISTAKE) >= 3 * len(SHEETS)
    places = {entry.at for entry in read_book().entries}
    assert {one.chapter for one in known_exercises().values()} <= places


def test_the_package_carries_every_sheet_and_no_other():
    packed = {path.name for path in (ROOT / PACKED).iterdir()}  # what is in them: tests/test_book.py
    assert packed == {path.name for path in SHEETS.values()} == set(sources())


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_has_what_nbgrader_needs(name):
    stub, grade = (cell_of(name, grade_id)["metadata"]["nbgrader"] for grade_id in (name, f"{name}-check"))
    assert stub == stub | {"schema_version": 3, "solution": True, "grade": False, "locked": False}
    assert grade == grade | {"schema_version": 3, "solution": False, "grade": True, "locked": True, "points": 1}
    assert "".join(cell_of(name, f"{name}-check")["source"]) == f'check("{name}", {name})'
    source = "".join(cell_of(name, name)["source"])
    assert SOLUTION.search(source) and f"def {name}(" in source and '"""' in source
    first = "".join(cells(name)[0]["source"])
    assert first.startswith(f"# Exercise {int(SHEETS[name].name[:2])} · {known_exercises()[name].title}\n")


@pytest.mark.parametrize("name", SHEETS)
def test_a_stub_fails(name):
    made = student_notebook({"cells": [cell_of(name, name)]})["cells"][0]
    assert f"{name} is not written yet" in refused(name, "".join(made["source"]))


@pytest.mark.parametrize("name", SHEETS)
def test_a_solution_passes(name):
    assert run_answer(name, "".join(cell_of(name, name)["source"])).startswith(f"✓ {name}: ")


@pytest.mark.parametrize("name, hint, code", EVERY_MISTAKE)
def test_a_mistake_gets_its_hint(name, hint, code):
    line = refused(name, code)
    assert hint in line, line


CLUMSY = {
    "nothing comes back": ("{name}(*_): pass", "gives None"),
    "another signature": ("{name}(): return 1", "cannot be called like that"),
    "it stops": ("{name}(*_): return [][0]", "stopped with IndexError: list index out of range, in your line"),
}


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("how", CLUMSY)
def test_a_clumsy_answer_gets_one_clear_line(name, how):
    code, hint = CLUMSY[how]
    assert hint in refused(name, "def " + code.format(name=name))


@pytest.mark.parametrize("name", SHEETS)
@pytest.mark.parametrize("value", ["'C'", "3", "[]", "{}", "object()", "np.zeros(3)", "float('nan')", "lambda: 1"])
def test_a_value_of_another_kind_gets_one_line(name, value):
    code = f"import numpy as np\ndef {name}(*_): return {value}"
    with pytest.raises(CheckFailed, match=f"^{name}: .*$"):
        run_answer(name, code)


@pytest.mark.parametrize(
    "answer, hint",
    [
        ((), 'and your function? Write check("one_hot", one_hot)'),
        ((None,), "this is None, not a function"),
        ((3,), "this is 3, not a function"),
        ((check,), "this is the function of jazz_nb; run the cell with your own"),
    ],
)
def test_check_says_what_it_was_given(answer, hint):
    with pytest.raises(CheckFailed, match=re.escape(hint)):
        check("one_hot", *answer)


@pytest.mark.parametrize(
    "name, hint",
    [("onehot", "perhaps one_hot is meant"), ("zzz", "there are "), (check, "the name of the exercise first")],
)
def test_an_unknown_name_is_said(name, hint):
    with pytest.raises(CheckFailed, match=hint):
        check(name, lambda x: x)


# --- the notebooks that people get ---------------------------------------------------------------------------------------


def test_students_get_stubs_and_no_chapter_links_of_this_folder(tmp_path):
    done = write_exercises(tmp_path / "mine", solutions=False)
    assert len(done.written) == len(SHEETS) and not done.kept
    for path in done.written:
        text = path.read_text("utf-8")
        assert "YOUR CODE HERE" in text and "BEGIN SOLUTION" not in text and "<details>" not in text
        assert not re.search(r"\]\((?!https://)[^)]*/", text), f"{path.name} links out of its folder"
        links = re.findall(r"\]\((?!https://)([^)#]+)\)", text)
        assert all((path.parent / link).exists() for link in links), links
        assert not any(cell.get("outputs") for cell in json.loads(text)["cells"])


def test_nothing_is_overwritten(tmp_path):
    write_exercises(tmp_path)
    mine = tmp_path / SHEETS["one_hot"].name
    mine.write_text("my work")
    again = write_exercises(tmp_path, solutions=False)
    assert mine.read_text() == "my work" and not again.written and mine in again.kept


@pytest.mark.campaign
def test_nbgrader_marks_solutions_and_stubs(tmp_path):
    """Assign, hand in the sources and the stubs, grade: all points for one, none for the other; no network."""
    gradebook = pytest.importorskip("nbgrader.api", reason="pip install jazz_nb[grading]").Gradebook
    course = tmp_path / "course"
    write_exercises(course, for_nbgrader=True)

    # nbgrader calls another program of its environment by name.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

    def run(*words):
        command, environment = [sys.executable, "-m", "nbgrader", *words], {**os.environ, "PATH": path}
        done = subprocess.run(command, cwd=course, env=environment, capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, done.stderr[-2000:]

    run("generate_assignment", "jazz")
    for student, made in (("solver", "source"), ("stub", "release")):
        shutil.copytree(course / made / "jazz", course / "submitted" / student / "jazz")
    run("autograde", "jazz")
    with gradebook(f"sqlite:///{course / 'gradebook.db'}") as book:
        scores = {name: book.find_submission("jazz", name).score for name in ("solver", "stub")}
    assert scores == {"solver": len(SHEETS), "stub": 0}


@pytest.mark.parametrize("last", ["float(-(y * np.log(p + 1e-7)).sum() / len(y))", "np.array(-np.log(p[y == 1]).sum() / len(y))"])
def test_a_right_answer_written_otherwise_passes(last):
    assert run_answer("last_target", f"def last_target(y, p):\n    return {last}\n").startswith("✓ last_target: ")
