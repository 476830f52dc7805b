"""Imports point down, from floor to floor and within a room; heavy libraries wait until they are needed."""

import ast
import subprocess
import sys

import pytest
from chapter import ROOT, exporting, read_chapter

import jazz_nb

PACKAGE = ROOT / "jazz_nb"
# The rooms, from the ground up; what stands at the top level of the package is a room of one module. A room imports
# from lower floors only, and a module of a room from those that come before it there.
FLOORS = (
    ("tune",),
    ("music",),
    ("formats",),
    ("transcription", "rendering", "networks"),
    ("loading",),
    ("data", "model", "accompaniment"),
    ("grammar", "training", "inference", "evaluation"),
    ("postprocessing", "improviser"),
    ("exercises",),
    ("cli",),
)
FLOOR = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
PLACES = {chapter.module: chapter.number for chapter in map(read_chapter, exporting())}
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    for path in PACKAGE.rglob("*.py")
    if not path.stem.startswith("_")
)
HEAVY = ("tensorflow", "keras", "music21", "matplotlib", "IPython", "verovio", "pretty_midi", "rich")
WITHOUT_NUMPY = ("tune", "music.chord_symbols", "music.harmony", "cli.tables", "cli.commands", "cli.main")


def path_of(name):
    """Return the file of a module."""
    return PACKAGE.joinpath(*name.split(".")).with_suffix(".py")


def room_of(name):
    """Return the room of a module: its folder, or itself at the top level."""
    return name.partition(".")[0]


def own_imports(node, name=""):
    """List the modules of this package that code imports, at any depth, with the line."""
    found = []
    package = ["jazz_nb", *name.split(".")[:-1]]
    for part in ast.walk(node):
        if isinstance(part, ast.Import):
            names = [alias.name for alias in part.names]
        elif isinstance(part, ast.ImportFrom):
            base = package[: len(package) + 1 - part.level] if part.level else []
            parent = ".".join([*base, *filter(None, [part.module])])
            names = [parent, *(f"{parent}.{alias.name}" for alias in part.names)]
        else:
            continue
        modules = [whole.removeprefix("jazz_nb.") for whole in names if whole.startswith("jazz_nb.")]
        found += [(module, part.lineno) for module in modules if module in PLACES]
    return found


def direction_problems(name, source):
    """List the imports of a module that do not point down."""
    room, problems = room_of(name), []
    for other, line in own_imports(ast.parse(source), name):
        there = room_of(other)
        if there == room and PLACES[other] >= PLACES[name]:
            problems.append(f"{name}, line {line}: imports {other}, which does not come before it in its room")
        elif there != room and FLOOR[there] >= FLOOR[room]:
            problems.append(f"{name}, line {line}: imports {other}; {there} is on no lower floor than {room}")
    return problems


@pytest.mark.parametrize("name", MODULES)
def test_module_imports_only_downward(name):
    problems = direction_problems(name, path_of(name).read_text(encoding="utf-8"))
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("name", [name for name in MODULES if room_of(name) == "cli"])
def test_the_command_line_imports_lazily(name):
    tree = ast.parse(path_of(name).read_text(encoding="utf-8"))
    found = [one for node in tree.body if not hasattr(node, "body") for one, _ in own_imports(node, name)]
    eager = [one for one in found if room_of(one) != "cli" and one != "formats.remarks"]
    assert not eager, f"{name} imports {eager} at its top level; import them where they are needed"


def test_every_module_has_a_chapter_and_none_is_overlooked():
    seen = f"{len(PLACES)} chapters, {len(MODULES)} modules"
    assert len(PLACES) == len(exporting()) > 40, f"seen: {seen}; is nbs/ searched to the bottom?"
    differ = sorted(set(MODULES) ^ set(PLACES))
    assert not differ, f"{seen}: {differ} stand on one side only; nbdev_export, or delete the files"
    assert set(map(room_of, PLACES)) == set(FLOOR), "every room has a floor, and every floor its rooms"


def test_no_room_bears_the_name_of_something_at_the_front():
    assert not set(FLOOR) & set(jazz_nb.__all__)


@pytest.mark.parametrize("name", getattr(jazz_nb, "__all__", []))
def test_every_name_of_the_package_exists(name):
    assert getattr(jazz_nb, name) is not None


def loaded_by(name):
    """Return which of the heavy libraries, and numpy, a fresh process has loaded after an import."""
    code = f"import sys; import {name}; print(*{{module.split('.')[0] for module in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.returncode == 0, f"import {name} fails:\n{done.stderr}"
    return set(done.stdout.split()) & {*HEAVY, "numpy"}


@pytest.mark.parametrize("name", ["", *MODULES])
def test_importing_is_light(name):
    loaded = loaded_by("jazz_nb" + (f".{name}" if name else ""))
    banned = {*HEAVY, *(("numpy",) if name in ("", *WITHOUT_NUMPY) else ())}
    assert not loaded & banned, f"import jazz_nb.{name} loads {loaded & banned}; import them inside functions"


@pytest.mark.parametrize(
    "source",
    [
        "from jazz_nb.model import djmodel",
        "import jazz_nb.model",
        "from jazz_nb import model",
        "from .model import djmodel",
        "def late():\n    from jazz_nb.model import djmodel",
    ],
)
def test_an_upward_import_is_seen_anywhere(source):
    assert "model is on no lower floor than tune" in direction_problems("tune", source)[0]


@pytest.mark.parametrize("source", ["from .rhythm import write_rhythm", "from ..music import rhythm"])
def test_an_import_of_a_later_chapter_of_the_room_is_seen(source):
    assert "does not come before it" in direction_problems("music.harmony", source)[0]


def test_a_heavy_import_is_seen():
    assert "numpy" in loaded_by("numpy.linalg")
