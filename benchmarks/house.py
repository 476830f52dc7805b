"""
The house in numbers: rooms, floors, arrows, circles, lines, names, and two walks through it.

`python -m benchmarks house` measures the working tree, `python -m benchmarks.house REVISION …` those trees beside
it. Nothing is imported but for the walks; what is counted is read as text.
"""

import ast
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import tokenize
from collections import Counter
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
PARTS = {"": "I course", "improviser": "II improviser", "evaluation": "III judging", "accompaniment": "IV band"}
PARTS |= {"rendering": "IV band", "music": "A music", "formats": "B files", "transcription": "B files"}
PARTS |= {"loading": "B files", "networks": "C engine room", "cli": "D command line"}


class Tree:
    """A checkout, read as text."""

    def __init__(self, root: Path):
        self.root, package = root, root / "jazz_nb"
        paths = [path for path in sorted(package.rglob("*.py")) if not path.stem.startswith("_")]
        self.modules = {".".join(path.relative_to(package).with_suffix("").parts): path for path in paths}
        self.trees = {name: ast.parse(path.read_text("utf-8")) for name, path in self.modules.items()}

    def imports(self, name: str) -> set[str]:
        """Name the modules of the package that a module imports, at any depth."""
        package, found = ["jazz_nb", *name.split(".")[:-1]], set()
        for node in ast.walk(self.trees[name]):
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                base = package[: len(package) + 1 - node.level] if node.level else []
                base = [*base, *filter(None, [node.module])]
                found |= {".".join(base), *(".".join([*base, alias.name]) for alias in node.names)}
        return {full.removeprefix("jazz_nb.") for full in found} & set(self.modules) - {name}

    @cache  # noqa: B019 (a tree lives as long as the program)
    def arrows(self) -> set[tuple[str, str]]:
        """Give the pairs of modules that import one another."""
        return {(name, other) for name in self.modules for other in self.imports(name)}

    def arrows_of_rooms(self) -> set[tuple[str, str]]:
        """Give the arrows between boxes: rooms, and the modules of the top level."""
        pairs = {(box(name), box(other)) for name, other in self.arrows()}
        return {(name, other) for name, other in pairs if name != other}


def box(name: str) -> str:
    """Return the room of a module, or the module itself if it stands at the top."""
    return name.partition(".")[0]


def floors(arrows: set[tuple[str, str]], names: set[str]) -> tuple[dict[str, int], int]:
    """Return the floor of everything, 1 the ground, and how many circles there are; a circle is one floor."""
    reach = {name: {name} for name in names}
    for _ in names:
        for name, other in arrows:
            reach[name] |= reach[other]
    circles = {frozenset(other for other in reach[name] if name in reach[other]) for name in names}
    level = dict.fromkeys(names, 1)
    for _ in names:
        for name, other in arrows:
            if name not in reach[other]:
                level[name] = max(level[name], level[other] + 1)
    return level, sum(len(circle) > 1 for circle in circles)


def code_lines(source: str) -> tuple[int, int]:
    """Count the lines of code, and those of docstrings."""
    quiet = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE}
    quiet |= {tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines, docs = set(), set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in quiet:
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.Module, ast.ClassDef, *FUNCTIONS)) and ast.get_docstring(node) is not None:
            docs |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return len(lines - docs), len(docs)


def names(tree: ast.Module) -> list[tuple[str, bool]]:
    """List the names defined at the top of a module, each with whether it is a function."""
    found = []
    for node in tree.body:
        if isinstance(node, (ast.ClassDef, *FUNCTIONS)):
            found.append((node.name, isinstance(node, FUNCTIONS)))
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found += [(target.id, False) for target in targets if isinstance(target, ast.Name)]
    return [(name, function) for name, function in found if not name.startswith("__")]


def called_once(tree: ast.Module) -> tuple[int, int]:
    """Count the private functions of a module, and those that are named in one place only."""
    used = Counter(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))
    private = [name for name, function in names(tree) if function and name.startswith("_")]
    return len(private), sum(used[name] == 1 for name in private)


def demonstrations(root: Path) -> dict[str, tuple[int, int]]:
    """Count by part the lines that are shown and those that are exported."""
    counted = {}
    for path in sorted((root / "nbs").rglob("[0-9]*.ipynb")):
        if ".ipynb_checkpoints" in path.parts:
            continue
        room = path.relative_to(root / "nbs").parts[0] if path.parent != root / "nbs" else ""
        shown, exported = counted.get(PARTS.get(room, room), (0, 0))
        for cell in json.loads(path.read_text("utf-8"))["cells"]:
            text = "".join(cell["source"])
            if cell["cell_type"] == "code" and not re.search(r"^#\| *(hide|default_exp)\b", text, re.MULTILINE):
                count = code_lines(re.sub(r"^(\s*)[%!](?!=).*$", r"\1pass", text, flags=re.MULTILINE))[0]
                is_exported = bool(re.search(r"^#\| *export", text, re.MULTILINE))
                shown, exported = shown + count * (not is_exported), exported + count * is_exported
        counted[PARTS.get(room, room)] = shown, exported
    return counted


WALK = """
import functools, json, os, sys, tempfile
root, words = sys.argv[1], sys.argv[2:]
os.chdir(tempfile.mkdtemp())
steps, seen = [], set()
class Arrived(BaseException): pass
@functools.cache
def module(code):
    if not code.co_flags & 1: return ""  # the body of a module or of a class, not a call
    path = os.path.realpath(code.co_filename)
    inside = path.startswith(root + os.sep) and path.endswith(".py")
    name = path[len(root) + 1:-3].replace(os.sep, ".") if inside else ""
    return "" if name.startswith("_") or "._" in name else name
def watch(frame, event, _):
    if event == "call":
        here, back = module(frame.f_code), frame.f_back
        while back and not module(back.f_code): back = back.f_back
        there = module(back.f_code) if back else ""
        if here and here != there and (there, here) not in seen:
            seen.add((there, here)); steps.append((there, here))
    elif event == "return" and frame.f_code.co_name == "windows" and module(frame.f_code): raise Arrived
import jazz_nb.cli as cli
main = getattr(cli, "main", None)
if not callable(main): from jazz_nb.cli.main import main
real, sys.stdout, sys.stderr = sys.stdout, open(os.devnull, "w"), open(os.devnull, "w")
sys.setprofile(watch)
try: main(words)
except (SystemExit, Arrived): pass
sys.setprofile(None)
print(json.dumps(steps), file=real)
"""


def walk(tree: Tree, *words: str, piped: str = "") -> str:
    """Run a command and say how many modules it enters, how often it comes back to one, and climbs."""
    root = str((tree.root / "jazz_nb").resolve())
    told = {**os.environ, "PYTHONPATH": str(tree.root), "JAZZ_NB_CACHE": tempfile.mkdtemp()}
    done = subprocess.run([sys.executable, "-c", WALK, root, *words], input=piped, text=True,
                          capture_output=True, check=False, env=told, timeout=600)
    if done.returncode:
        return done.stderr.strip().splitlines()[-1][:60]
    steps = [step for step in json.loads(done.stdout) if step[0]]
    level, _ = floors(tree.arrows(), set(tree.modules))
    entered, returns = {steps[0][0]}, 0
    for _, name in steps:
        returns += name in entered
        entered.add(name)
    climbs = sum(level.get(name, 0) > level.get(before, 0) for before, name in steps)
    return f"{len(entered)} entered, {returns} returns, {climbs} climbs"


def measure(root: Path) -> dict[str, object]:
    """Measure a tree."""
    tree = Tree(root)
    sources = {name: path.read_text("utf-8") for name, path in tree.modules.items()}
    counts = [code_lines(source) for source in sources.values()]
    arrows, boxes = tree.arrows_of_rooms(), {box(name) for name in tree.modules}
    level, circles = floors(arrows, boxes)
    private, once = map(sum, zip(*map(called_once, tree.trees.values())))
    public = sum(not name.startswith("_") for each in tree.trees.values() for name, _ in names(each))
    tests = [path.read_text("utf-8") for path in sorted((root / "tests").rglob("*.py"))]
    changes = "| Dm7 | G7 | Cmaj7 | % |"
    etude = root / "jazz_nb" / "corpora" / "etudes" / "01_blues_in_f_1.mid"
    shares = {f"shown / exported lines, {part}": f"{shown / max(exported, 1):.2f}"
              for part, (shown, exported) in sorted(demonstrations(root).items())}
    return {
        "boxes at the top (rooms and modules of the course)": len(boxes),
        "floors between them": max(level.values()),
        "arrows between them": len(arrows),
        "circles between them": circles,
        "modules": len(tree.modules),
        "arrows between modules": len(tree.arrows()),
        "lines of code": sum(code for code, _ in counts),
        "lines of docstrings": sum(docs for _, docs in counts),
        "lines of tests": sum(code_lines(text)[0] for text in tests),
        "test functions": sum(len(re.findall(r"^def test_", text, re.MULTILINE)) for text in tests),
        "public names": public,
        "private functions": private,
        "of these with one caller": once,
        "names for the main job": len(newcomer_names(root)),
        **shares,
        f"walk: improvise '{changes}'": walk(tree, "improvise", changes, "--seed", "1", "--takes", "2"),
        "walk: solo --corpus FILE, to its windows": walk(tree, "solo", "--corpus", str(etude), "--epochs", "1"),
    }


def newcomer_names(root: Path) -> set[str]:
    """Name what the home page's first program imports."""
    cells = json.loads((root / "nbs" / "index.ipynb").read_text("utf-8"))["cells"]
    for cell in cells:
        text = "".join(cell["source"])
        if cell["cell_type"] == "code" and not text.startswith("#|"):
            found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ImportFrom)]
            return {alias.name for node in found for alias in node.names}
    return set()


def rows(revisions: tuple[str, ...] = ()):
    """Yield the lines of the table: the working tree, and revisions beside it."""
    columns = {}
    with tempfile.TemporaryDirectory() as folder:
        for revision in revisions:
            packed = subprocess.run(["git", "archive", revision, "jazz_nb", "nbs", "tests"], cwd=ROOT,
                                    capture_output=True, check=True).stdout
            with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
                archive.extractall(Path(folder, revision), filter="data")
            columns[revision] = measure(Path(folder, revision))
        columns["now"] = measure(ROOT)
        yield f"{'':52}" + "".join(f"{name:>34}" for name in columns)
        for name in dict.fromkeys(name for column in columns.values() for name in column):
            yield f"{name:52}" + "".join(f"{column.get(name, '')!s:>34}" for column in columns.values())


if __name__ == "__main__":
    for row in rows(tuple(sys.argv[1:])):
        print(row)
