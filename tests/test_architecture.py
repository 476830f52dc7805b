"""Imports point down, along the edges of the architecture; heavy libraries wait until they are needed."""

import ast
import subprocess
import sys

import jazz_nb
import pytest
from chapter import ROOT, exporting, read_chapter

PACKAGE = ROOT / "jazz_nb"
CHAPTERS = [read_chapter(path).module for path in exporting()]
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    for path in PACKAGE.rglob("*.py")
    if not path.stem.startswith("_")
)
# What a module may import, from the ground up. commands and cli may import everything, but only inside
# their functions.
ALLOWED = {
    "tune": set(),
    "music.spelling": set(),
    "music.chord_symbols": {"music.spelling"},
    "formats.storage": set(),
    "music.harmony": {"tune", "music.spelling", "music.chord_symbols"},
    "music.voicing": {"tune", "music.harmony"},
    "music.rhythm": {"tune"},
    "music.form": {"music.rhythm"},
    "formats.musicxml_writer": {"tune", "music.harmony", "music.rhythm", "music.spelling"},
    "formats.letters": {"music.harmony", "music.rhythm", "music.spelling"},
    "formats.abc_reader": {"tune", "music.rhythm", "music.form", "formats.letters"},
    "formats.abc_writer": {"tune", "music.harmony", "music.rhythm", "formats.letters", "music.spelling"},
    "formats.midi": {"music.spelling"},
    "formats.midi_writer": {"tune", "music.spelling", "music.harmony", "music.voicing", "formats.midi"},
    "rendering.pianoroll": {"tune", "music.harmony"},
    "rendering.engraving": {"tune", "music.rhythm", "formats.musicxml_writer", "rendering.pianoroll"},
    "rendering.soundfont": set(),
    "rendering.audio": {"tune", "formats.midi_writer", "rendering.soundfont"},
    "rendering.export": {
        "tune", "formats.storage", "formats.musicxml_writer", "formats.abc_writer", "formats.midi_writer",
        "rendering.pianoroll", "rendering.engraving", "rendering.audio",
    },
    "formats.scorefile": set(),
    "formats.page": {"music.rhythm", "music.form"},
    "formats.chart_text": {"tune", "music.harmony", "music.rhythm", "music.form", "formats.page"},
    "formats.ireal": {"tune", "music.harmony", "music.form"},
    "formats.musicxml_reader": {"tune", "music.chord_symbols", "music.harmony", "music.form", "formats.scorefile", "music.spelling"},
    "formats.changes": {"tune", "music.harmony", "music.rhythm"},
    "formats.wjazzd": {"tune", "music.harmony"},
    "transcription.roles": {"music.harmony", "formats.midi", "music.spelling"},
    "transcription.quantize": {"tune", "music.harmony", "formats.midi", "music.spelling"},
    "transcription.midi_reader": {"tune", "music.harmony", "music.rhythm", "formats.chart_text", "formats.midi", "formats.midi_writer", "transcription.roles", "transcription.quantize"},
    "transcription.deepjazz": {"tune", "music.harmony", "formats.midi", "transcription.roles", "transcription.midi_reader"},
    "loading.files": {"tune", "formats.chart_text", "formats.ireal", "formats.musicxml_reader", "formats.abc_reader", "formats.wjazzd", "transcription.midi_reader"},
    "loading.archives": {"loading.files", "formats.scorefile"},
    "loading.cache": {"tune", "formats.storage", "formats.chart_text", "loading.files", "loading.archives"},
    "data": {"tune", "transcription.deepjazz", "loading.files", "loading.archives", "loading.cache"},
    "grammar": {"tune", "music.harmony", "data"},
    "evaluation.events": {"tune", "formats.wjazzd"},
    "improviser.features": {"tune", "music.harmony", "evaluation.events"},
    "improviser.dataset": {"data", "evaluation.events", "formats.wjazzd"},
    "model": {"formats.storage"},
    "improviser.memory": set(),
    "improviser.network": {"formats.storage", "improviser.memory"},
    "networks.checkpoints": {"formats.storage"},
    "improviser.training": {"networks.checkpoints", "improviser.features", "evaluation.events", "improviser.network"},
    "networks.numerics": set(),
    "training": {"model", "grammar", "evaluation.events"},
    "inference": {"model", "networks.numerics"},
    "improviser.stepper": {"improviser.features", "evaluation.events", "improviser.network", "networks.numerics"},
    "improviser.constraints": {"tune", "music.harmony", "evaluation.events", "improviser.features"},
    "improviser.sampling": {
        "tune", "improviser.features", "evaluation.events", "improviser.network", "inference", "networks.numerics", "improviser.stepper",
        "improviser.constraints",
    },
    # generate_music is the course's whole last step: it opens a corpus and a chart, and writes the file.
    "postprocessing": {
        "tune", "music.harmony", "rendering.export", "formats.chart_text", "data", "grammar", "model", "inference",
    },
    "evaluation.statistics": {"tune", "music.harmony", "evaluation.events"},
    "evaluation.bits": {"tune", "evaluation.events"},
    "evaluation.copying": {"tune", "formats.storage", "evaluation.events"},
    "evaluation.report": {
        "tune", "evaluation.events", "improviser.dataset", "improviser.network", "improviser.stepper", "improviser.sampling", "evaluation.statistics", "evaluation.bits",
        "evaluation.copying",
    },
    "accompaniment.bass": {"tune", "music.harmony"},
    "accompaniment.comping": {"tune", "music.voicing", "accompaniment.bass"},
    "accompaniment.band": {"tune", "music.harmony", "accompaniment.bass", "accompaniment.comping"},
    "improviser.takes": {"tune", "music.harmony", "rendering.export", "evaluation.events", "improviser.network", "improviser.constraints", "improviser.sampling", "evaluation.statistics", "evaluation.copying",
        "accompaniment.band", "music.spelling"},
    "improviser.solo": {
        "tune", "accompaniment.bass", "improviser.stepper", "formats.chart_text", "loading.files", "evaluation.events", "improviser.network", "improviser.constraints", "evaluation.copying", "improviser.takes",
    },
    "cli.tables": {"music.harmony", "formats.scorefile", "transcription.roles", "transcription.midi_reader", "loading.files", "music.spelling"},
}
HEAVY = ("tensorflow", "keras", "music21", "matplotlib", "IPython", "verovio", "pretty_midi")
ABOVE = ("cli.commands", "cli.studio", "cli.main")
ORDER = {name: place for place, name in enumerate([*ALLOWED, *ABOVE])}
WITHOUT_NUMPY = ("tune", "music.spelling", "music.chord_symbols", "music.harmony", "music.voicing", "cli.tables", "cli.commands", "cli.main")


def path_of(name):
    """Return the file of a module."""
    return PACKAGE.joinpath(*name.split(".")).with_suffix(".py")


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
        found += [(module, part.lineno) for module in modules if module in ORDER]
    return found


def direction_problems(name, source, numbers):
    """List the imports of a module that do not point down, or not along an allowed edge."""
    problems = []
    for module, line in own_imports(ast.parse(source), name):
        if numbers.get(module, 100) >= numbers.get(name, -1):
            problems.append(f"{name}, line {line}: imports {module}, which does not stand below it")
        elif name in ALLOWED and module not in ALLOWED[name]:
            allowed = ", ".join(sorted(ALLOWED[name])) or "nothing of ours"
            problems.append(f"{name}, line {line}: imports {module}; the architecture allows it {allowed}")
    return problems


@pytest.mark.parametrize("name", MODULES)
def test_module_imports_only_downward(name):
    problems = direction_problems(name, path_of(name).read_text(encoding="utf-8"), ORDER)
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("name", ["cli.tables", "cli.commands", "cli.main"])
def test_the_command_line_imports_lazily(name):
    tree = ast.parse(path_of(name).read_text(encoding="utf-8"))
    eager = [
        module for node in tree.body if not hasattr(node, "body") for module, _ in own_imports(node, name)
    ]
    assert not eager, f"{name}.py imports {eager} at its top level; import them where they are needed"


def test_the_table_of_edges_has_no_circle():
    numbers = {name: index for index, name in enumerate(ALLOWED)}
    upward = [
        (name, other) for name, below in ALLOWED.items() for other in below if numbers[other] >= numbers[name]
    ]
    assert not upward


def test_every_module_has_a_chapter_and_none_is_overlooked():
    seen = f"{len(CHAPTERS)} chapters, {len(MODULES)} modules"
    assert len(set(CHAPTERS)) == len(CHAPTERS) > 40, f"seen: {seen}; is nbs/ searched to the bottom?"
    differ = sorted(set(MODULES) ^ set(CHAPTERS))
    assert not differ, f"{seen}: {differ} stand on one side only; nbdev_export, or delete the files"
    assert set(ORDER) == set(CHAPTERS), f"the table of edges differs in {set(ORDER) ^ set(CHAPTERS)}"


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
    numbers = {"tune": 0, "model": 7}
    assert "imports model, which does not stand below it" in direction_problems("tune", source, numbers)[0]


def test_a_forbidden_edge_is_seen():
    numbers = {"training": 8, "inference": 9}
    assert (
        "allows it model" in direction_problems("inference", "from jazz_nb.training import fit", numbers)[0]
    )


def test_a_heavy_import_is_seen():
    assert "numpy" in loaded_by("numpy.linalg")
