"""Read a notebook as a chapter: its cells with their directives, and the names it exports."""

import ast
import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NBS = ROOT / "nbs"
_DIRECTIVE = re.compile(r"#\|\s*(?P<name>\w+):?\s*(?P<value>.*)")


@dataclass(frozen=True)
class Cell:
    """
    One cell of a notebook.

    Parameters
    ----------
    index : int
        Position in the notebook, from 0, counting every cell.
    kind : str
        ``"markdown"``, ``"code"`` or ``"raw"``.
    source : str
        Everything the cell holds, directives included.
    outputs : tuple of dict
        The stored outputs, as the notebook format has them.
    """

    index: int
    kind: str
    source: str
    outputs: tuple = ()

    @cached_property
    def directives(self) -> dict[str, str]:
        """The ``#| name: value`` lines at the cell's top, as a dictionary."""
        found = {}
        for line in self.source.splitlines() if self.kind == "code" else ():
            match = _DIRECTIVE.match(line.strip())
            if match:
                found[match["name"]] = match["value"].strip()
            elif line.strip():
                break
        return found

    @cached_property
    def code(self) -> str:
        """The source without its directives."""
        lines = self.source.splitlines()
        while lines and (not lines[0].strip() or _DIRECTIVE.match(lines[0].strip())):
            lines.pop(0)
        return "\n".join(lines).rstrip()

    @property
    def exported(self) -> bool:
        """True if nbdev writes the cell into the module."""
        return self.kind == "code" and any(
            name in self.directives for name in ("export", "exports", "exporti")
        )

    @property
    def hidden(self) -> bool:
        """True if a reader of the site or of the README does not see the cell."""
        return self.kind == "raw" or any(name in self.directives for name in ("hide", "default_exp"))

    @property
    def evaluated(self) -> bool:
        """True if the cell runs when the notebook is tested."""
        runs = self.directives.get("eval", "true").lower() != "false"
        return self.kind == "code" and bool(self.code) and runs and "nbdev_export(" not in self.code

    @cached_property
    def docstring_lines(self) -> set[int]:
        """The numbers of the lines that docstrings take up, from 1."""
        lines = set()
        kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        for node in ast.walk(self.tree):
            if isinstance(node, kinds) and ast.get_docstring(node) is not None:
                lines |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
        return lines

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree of a code cell; line numbers are those of `source`."""
        # A line that goes on with an operator, such as `!= 3`, is no command of IPython's.
        magic = re.compile(r"^(\s*)(?:%%?[A-Za-z]|!(?!=)).*$", flags=re.MULTILINE)
        return ast.parse(magic.sub(r"\1pass", self.source))


@dataclass(frozen=True)
class Chapter:
    """
    A notebook.

    Parameters
    ----------
    path : Path
        Where it lies.
    cells : tuple of Cell
        In order.
    """

    path: Path
    cells: tuple[Cell, ...]

    @property
    def number(self) -> int | None:
        """The number at the start of the file's name; None if there is none."""
        match = re.match(r"(\d+)_", self.path.name)
        return int(match[1]) if match else None

    @property
    def name(self) -> str:
        """The file's name without number and suffix: the last part of the module's name."""
        return key_of(self.path.name)

    @cached_property
    def module(self) -> str:
        """The module's name below the package, such as ``"tune"`` or ``"music.harmony"``."""
        found = (cell.directives.get("default_exp") for cell in self.code_cells)
        return next(filter(None, found), self.name)

    @property
    def place(self) -> str:
        """Where it lies below ``nbs``, without suffix: the name of its page."""
        path = self.path.relative_to(NBS) if self.path.is_absolute() else self.path
        return path.with_suffix("").as_posix()

    @property
    def code_cells(self) -> list[Cell]:
        """All code cells."""
        return [cell for cell in self.cells if cell.kind == "code"]

    @property
    def exported_cells(self) -> list[Cell]:
        """The cells that nbdev writes into the module."""
        return [cell for cell in self.cells if cell.exported]

    @cached_property
    def sections(self) -> dict[str, str]:
        """What each section says, prose and code, by its anchor; the title is one."""
        found, here = {}, ""
        for cell in self.cells:
            for piece in re.split(r"^(?=#{1,3} )", cell.source, flags=re.MULTILINE):
                if cell.kind == "markdown" and piece.startswith("#"):
                    here = slug(piece.partition("\n")[0].lstrip("# "))
                found[here] = found.get(here, "") + "\n" + piece
        return found

    @property
    def title(self) -> str:
        """The text of the first heading."""
        return next(line[2:].strip() for line in self.cells[0].source.splitlines() if line.startswith("# "))


def read_chapter(path: str | Path) -> Chapter:
    """
    Read a notebook file.

    Parameters
    ----------
    path : str or Path
        An ``.ipynb`` file.

    Returns
    -------
    Chapter
        Its cells in order.
    """
    return parse_chapter(Path(path).read_text(encoding="utf-8"), path)


def parse_chapter(text: str, path: str | Path) -> Chapter:
    """
    Turn the text of a notebook file into a chapter.

    Parameters
    ----------
    text : str
        JSON in the notebook format 4.
    path : str or Path
        The name the chapter gets.

    Returns
    -------
    Chapter
        Its cells in order.
    """
    cells = (
        Cell(index, raw["cell_type"], joined(raw["source"]), tuple(raw.get("outputs", ())))
        for index, raw in enumerate(json.loads(text)["cells"])
    )
    return Chapter(Path(path), tuple(cells))


def joined(text: str | list[str]) -> str:
    """Return a notebook's multi-line text, stored as one string or as a list of lines, as one string."""
    return text if isinstance(text, str) else "".join(text)


def chapter_paths(nbs: Path = NBS) -> list[Path]:
    """
    List the notebooks in reading order: index, chapters by number, tutorials.

    Parameters
    ----------
    nbs : Path
        The folder of notebooks.

    Returns
    -------
    list of Path
        Without checkpoints and without names that start with a dot or an underscore.
    """
    paths = [path for path in nbs.rglob("*.ipynb") if not is_private(path.relative_to(nbs))]
    last = nbs / "tutorials"
    return sorted(
        paths,
        key=lambda path: (path.parent == last, path.parent != nbs, path.name != "index.ipynb", path),
    )


def exporting(nbs: Path = NBS) -> list[Path]:
    """List the notebooks that a module is written from: not the home page, tutorials and sheets of exercises."""
    left_out = (nbs, "index"), (nbs / "tutorials", ""), (nbs / "exercises" / "sheets", "")
    return [
        path
        for path in chapter_paths(nbs)
        if not any(path.parent == folder and path.stem.startswith(start) for folder, start in left_out)
    ]


def slug(heading: str) -> str:
    """Return the anchor that GitHub and MyST make of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def key_of(path: str | Path) -> str:
    """Return a notebook's place without number and suffix: ``music/rhythm``."""
    path = Path(path)
    name = re.sub(r"^\d+_", "", path.name.removesuffix(".ipynb"))
    return (path.parent / name).as_posix()


def is_private(path: Path) -> bool:
    """Return True if a part of the relative path starts with a dot or an underscore."""
    return any(part.startswith((".", "_")) for part in path.parts)


def public_names(tree: ast.Module) -> list[str]:
    """
    List the public names that code defines at its top level.

    Parameters
    ----------
    tree : ast.Module
        The code.

    Returns
    -------
    list of str
        Functions, classes and assigned names without a leading underscore, in order.
    """
    names = []
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names += [target.id for target in targets if isinstance(target, ast.Name)]
    return [name for name in names if not name.startswith("_")]
