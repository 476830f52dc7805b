"""Run every code cell of every notebook as a test: `pytest nbs/05_grammar.ipynb` runs one chapter."""

import importlib
import os
import re
import sys
import tempfile
import traceback
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent / "docs"))
# docs/ has just been put on the path.
from chapter import Cell, exporting, is_private, read_chapter

# TensorFlow reads these once, when a cell imports it for the first time.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
# Two workers that multiply small matrices with two threads each stand in each other's way.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# What tests read is not kept among the user's files.
_CACHE = tempfile.TemporaryDirectory(prefix="jazz_nb_tests_")
os.environ.setdefault("JAZZ_NB_CACHE", _CACHE.name)


def pytest_addoption(parser):
    """Add `--fast`."""
    parser.addoption(
        "--fast", action="store_true", help="leave out slow tests and notebook cells marked `#| slow`"
    )


def pytest_report_header(config):
    """Say how many chapters and modules there are: a search that stops at the first folder is noticed."""
    modules = [path for path in (config.rootpath / "jazz_nb").rglob("*.py") if not path.stem.startswith("_")]
    return f"jazz_nb: {len(exporting())} chapters, {len(modules)} modules"


def pytest_collection_modifyitems(config, items):
    """With `--fast`, skip what is marked slow; slow cells run once where JupyterLab runs them for certain."""
    for item in items:
        if item.get_closest_marker("slow"):
            if config.getoption("--fast"):
                item.add_marker(pytest.mark.skip(reason="slow, and --fast was given"))
            elif isinstance(item, CellItem) and without_slow_cells(config):
                reason = "slow, and tests/test_browser.py runs it in JupyterLab"
                item.add_marker(pytest.mark.skip(reason=reason))


def without_slow_cells(config) -> bool:
    """Return True with `--fast`, and where JupyterLab will run all cells anyway: in a run with campaigns."""
    browser = os.environ.get("JAZZ_NB_BROWSER") and (config.rootpath / "tests" / "test_browser.py").exists()
    return bool(config.getoption("--fast") or browser and "not campaign" not in config.getoption("-m"))


def pytest_collect_file(file_path, parent):
    """Collect notebooks below the folder `nbs`."""
    nbs = parent.config.rootpath / "nbs"
    if (
        file_path.suffix == ".ipynb"
        and file_path.is_relative_to(nbs)
        and not is_private(file_path.relative_to(nbs))
    ):
        return Notebook.from_parent(parent, path=file_path)


class Notebook(pytest.File):
    """A notebook: its cells share one shell, run in order in this process, and stop at the first failure."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.shell = None
        self.failed = None
        self.done = set()
        self.cells = []

    def collect(self):
        """Yield an item for each code cell that nbdev would run."""
        heading = "title"
        for cell in read_chapter(self.path).cells:
            if cell.kind == "markdown":
                headings = re.findall(r"^#+ (.+)$", cell.source, flags=re.MULTILINE)
                heading = headings[-1] if headings else heading
            elif cell.evaluated:
                self.cells.append(cell)
                slug = re.sub(r"\W+", "-", heading.lower()).strip("-")
                item = CellItem.from_parent(self, name=f"{cell.index:02d}-{slug}", cell=cell)
                if "slow" in cell.directives:
                    item.add_marker(pytest.mark.slow)
                yield item

    def run(self, cell: Cell):
        """Run a cell in the notebook's folder, after those before it that have not run yet."""
        if self.failed:
            pytest.skip(f"cell {self.failed.index} of {self.path.name} failed before")
        if self.shell is None:
            self.shell = start_shell()
            self.files = self.list_files()
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.path.parent)
            patch.setenv("IN_TEST", "1")
            patch.setattr(sys, "path", [str(self.path.parent), *sys.path])
            for earlier in [*self.missing_before(cell), cell]:
                self.done.add(earlier.index)
                self.run_one(earlier)

    def missing_before(self, cell: Cell) -> list[Cell]:
        """List earlier cells that did not run: with `-k` or `--last-failed` nobody asked for them."""
        left_out = without_slow_cells(self.config)
        skipped = {other.index for other in self.cells if left_out and "slow" in other.directives}
        return [
            other
            for other in self.cells
            if other.index < cell.index and other.index not in self.done | skipped
        ]

    def run_one(self, cell: Cell):
        """Run one cell and raise what it raised, or what the display of its result raised."""
        self.shell.display_error = None
        error = self.shell.run_cell(cell.source).exception or self.shell.display_error
        if isinstance(error, (KeyboardInterrupt, pytest.skip.Exception)):
            raise error
        if error is not None:
            self.failed = cell
            raise CellError(cell) from error

    def list_files(self) -> set[str]:
        """Return what lies in the notebook's folder, apart from what git ignores there."""
        ignored = ("api", "output", "__pycache__")  # the site may be built meanwhile
        return {
            name for name in os.listdir(self.path.parent) if name not in ignored and not name.startswith(".")
        }

    def teardown(self):
        """Give the process back what the shell took, free what the cells made, and look for litter."""
        if self.shell is not None:
            self.shell.restore_sys_module_state()
            self.shell.reset(new_session=False)
            self.shell = None
            litter = {name for name in self.list_files() - self.files if not name.endswith(".ipynb")}
            where = "write to a temporary folder, or to output/"
            assert not litter, f"{self.path.name} left {sorted(litter)} beside it; {where}"


class CellItem(pytest.Item):
    """One code cell."""

    def __init__(self, *, cell: Cell, **kwargs):
        super().__init__(**kwargs)
        self.cell = cell

    def runtest(self):
        """Run it."""
        self.parent.run(self.cell)

    def repr_failure(self, excinfo):
        """Show the cell with the failing line marked, then the last line of the traceback."""
        if not isinstance(excinfo.value, CellError):
            return super().repr_failure(excinfo)
        cell, error = excinfo.value.cell, excinfo.value.__cause__
        line = failing_line(error)
        marked = [
            f"{'>' if number == line else ' '} {number:3d}  {text}"
            for number, text in enumerate(cell.source.splitlines(), 1)
        ]
        deeper = ["".join(traceback.format_list(inner_frames(error))).rstrip()] if inner_frames(error) else []
        last = "".join(traceback.format_exception_only(error)).rstrip()
        return "\n".join([f"cell {cell.index} of {self.path.name}:", *marked, *deeper, last])

    def reportinfo(self):
        """Return file, line and name."""
        return self.path, self.cell.index, f"{self.path.name}::{self.name}"


class CellError(Exception):
    """A cell failed; its cause is what the cell raised."""

    def __init__(self, cell: Cell):
        super().__init__(f"cell {cell.index}")
        self.cell = cell


def is_cell_frame(frame: traceback.FrameSummary) -> bool:
    """Return True for a line of a notebook's cell, False for a line of a file."""
    return frame.filename.startswith("<ipython-input")


def failing_line(error: BaseException) -> int | None:
    """Return the line of the cell, from 1, that the error came from."""
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if is_cell_frame(frame)]
    return lines[0] if lines else getattr(error, "lineno", None)  # a syntax error has no frame of the cell


def inner_frames(error: BaseException) -> list[traceback.FrameSummary]:
    """Return the frames below the cell's own line."""
    frames = traceback.extract_tb(error.__traceback__)
    starts = [index for index, frame in enumerate(frames) if is_cell_frame(frame)]
    return list(frames[starts[0] + 1 :]) if starts else []


def start_shell():
    """Return a fresh IPython shell that captures everything and remembers an error in a display."""
    shell_module = importlib.import_module("execnb.shell")
    shell_module.set_matplotlib_formats = (
        None  # no chapter draws with matplotlib: do not pay for importing it
    )

    class Shell(shell_module.CaptureShell):
        display_error = None

        def showtraceback(self, exc_tuple=None, *args, **kwargs):
            # IPython only prints an error that a `_repr_…_` raised; a picture that fails must be a red test.
            if exc_tuple is not None:
                self.display_error = exc_tuple[1]
            super().showtraceback(exc_tuple, *args, **kwargs)

    return Shell()
