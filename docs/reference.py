"""Write the reference: a page for each room and module, and all names."""

import ast
import inspect
from configparser import ConfigParser
from importlib import import_module
from pathlib import Path

from book import Entry, read_book
from chapter import ROOT, Cell, Chapter, public_names

FOLDER = "api"  # below nbs; git ignores it, every build writes it anew
GIT_LINK = "{url}/blob/{branch}/{path}"


def modules() -> list[Chapter]:
    """List the chapters that export a module, in the order of the book."""
    chapters = [entry.chapter for entry in read_book().entries]
    return [chapter for chapter in chapters if any(map(defined, chapter.exported_cells))]


def room_of(module: str) -> str:
    """Return the room of a module, ``""`` for one at the top."""
    return module.rpartition(".")[0]


def rooms() -> list[str]:
    """List the rooms, in the order of the table."""
    return list(read_book().rooms)


def room_title(room: str) -> str:
    """Return what a room is called on the site."""
    return f"jazz_nb.{room}" if room else "jazz_nb: the course"


def room_page(room: str) -> str:
    """Return the name of a room's reference page."""
    return f"{FOLDER}/{room or 'course'}"


def line_of(chapter: Chapter) -> Entry:
    """Return a chapter's line in the table."""
    return read_book().entry(chapter.place)


def defined(cell: Cell) -> list[str]:
    """List the public names of an exported cell."""
    return public_names(cell.tree)


def anchor(chapter: Chapter, cell: Cell) -> str:
    """Name the place in a chapter where an exported cell stands, for a link to it."""
    return f"chapter-{chapter.module}-{cell.index}"


def heading_above(chapter: Chapter, cell: Cell) -> str:
    """Return the title of the section that a cell belongs to, without backticks."""
    lines = [line for other in chapter.cells[: cell.index] for line in markdown_lines(other)]
    headings = [line.lstrip("# ").strip() for line in lines if line.startswith(("# ", "## "))]
    return headings[-1].replace("`", "") if headings else chapter.title


def markdown_lines(cell: Cell) -> list[str]:
    """Return the lines of a cell of prose; none for one of code."""
    return cell.source.splitlines() if cell.kind == "markdown" else []


def comment_above(source: str, line: int) -> str:
    """Return the comment that ends just above a line, counted from 1, as one paragraph."""
    found = []
    for text in reversed(source.splitlines()[: line - 1]):
        if not text.startswith("#") or text.startswith("#|"):
            break
        found.insert(0, text.lstrip("#: "))
    return " ".join(found)


def entry(node: ast.stmt, cell: Cell, module: str, closing: str = "", index: bool = True) -> str:
    """
    Write the reference entry of one statement of an exported cell.

    Parameters
    ----------
    node : ast.stmt
        A statement at the top level.
    cell : Cell
        Where it stands.
    module : str
        The module's full name.
    closing : str
        A last paragraph for the entry, in reStructuredText.
    index : bool
        True where links to the name lead; an entry shown a second time leaves it to the first.

    Returns
    -------
    str
        reStructuredText; empty for what is private.
    """
    entries = []
    for name in public_names(ast.Module([node], [])):
        options, text = ([] if index else [":no-index:"]), [closing]
        if isinstance(node, ast.ClassDef):
            kind = f"autoclass:: {module}.{name}"
            options.append(":members:")
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            kind = f"autofunction:: {module}.{name}"
        else:
            kind = f"py:data:: {name}"
            options.append(f":module: {module}")
            text.insert(0, comment_above(cell.source, node.lineno))
        lines = [f".. {kind}", *(f"   {option}" for option in options)]
        lines += [f"\n   {paragraph}" for paragraph in text if paragraph]
        entries.append("\n".join(lines) + "\n")
    return "\n".join(entries)


def explained(chapter: Chapter, cell: Cell) -> str:
    """Write the link from an entry to the section of the chapter that builds it."""
    title = f"{line_of(chapter).full_title}, “{heading_above(chapter, cell)}”"
    return f".. container:: explained\n\n      Explained in chapter :ref:`{title} <{anchor(chapter, cell)}>`."


def titled(text: str, mark: str = "=") -> str:
    """Return text as a heading."""
    return f"{text}\n{mark * len(text)}\n"


def module_page(chapter: Chapter, git: str) -> str:
    """
    Write the reference page of a module.

    Parameters
    ----------
    chapter : Chapter
        The notebook that exports it.
    git : str
        Where the repository shows a file; ``{path}`` stands for its path.

    Returns
    -------
    str
        reStructuredText: what the module is for, where it is explained, then every public name.
    """
    module = f"jazz_nb.{chapter.module}"
    notebook = chapter.path.relative_to(ROOT).as_posix()
    library = f"jazz_nb/{chapter.module.replace('.', '/')}.py"
    parts = [
        titled(module),
        f".. py:module:: {module}\n",
        summary(import_module(module)).rstrip(".") + ".\n",
        f"Explained in chapter :doc:`{line_of(chapter).full_title} "
        f"</{chapter.place}>`. "
        f"In the repository: `{library} <{git.format(path=library)}>`__, written from "
        f"`{notebook} <{git.format(path=notebook)}>`__.\n",
    ]
    for cell in chapter.exported_cells:
        for node in cell.tree.body:
            parts.append(entry(node, cell, module, explained(chapter, cell)))
    return "\n".join(part for part in parts if part)


def summary(thing: object) -> str:
    """Return the first paragraph of a docstring on one line; empty if there is none."""
    return " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())


def room(name: str, chapters: list[Chapter]) -> str:
    """
    Write the reference page of a room.

    Parameters
    ----------
    name : str
        The room, ``""`` for the modules at the top.
    chapters : list of Chapter
        Those that export its modules.

    Returns
    -------
    str
        reStructuredText: what the room is for, which module imports which, and every
        public name with a link and one sentence.
    """
    pages = "\n".join(f"   {chapter.module}" for chapter in chapters)
    purpose = read_book().rooms[name].replace("`", "``")
    return "\n".join([
        titled(room_title(name)),
        purpose + "\n",
        f".. imports:: {name or 'course'}\n",
        f".. toctree::\n   :hidden:\n\n{pages}\n",
        *map(names_table, chapters),
    ])


def names_page(chapters: list[Chapter]) -> str:
    """
    Write the page with all public names of all modules.

    Parameters
    ----------
    chapters : list of Chapter
        Those that export a module.

    Returns
    -------
    str
        reStructuredText: a table for each module, with a link and one sentence for each name.
    """
    parts = [
        titled("All names"),
        "Every public name of the library, by module. Those marked ● can also be imported from ``jazz_nb`` "
        "itself. In the order of the alphabet: :ref:`genindex`.\n",
    ]
    return "\n".join([*parts, *map(names_table, chapters)])


def names_table(chapter: Chapter) -> str:
    """Write the table of a module's public names, with its first sentence over it."""
    top = import_module("jazz_nb").__all__
    module = import_module(f"jazz_nb.{chapter.module}")
    parts = [f":py:mod:`{module.__name__}`: {summary(module)}\n"]
    parts.append(".. list-table::\n   :widths: 35 65\n")
    for cell in chapter.exported_cells:
        for node in cell.tree.body:
            for name in public_names(ast.Module([node], [])):
                value = getattr(module, name)
                documented = inspect.isroutine(value) or inspect.isclass(value)
                comment = comment_above(cell.source, node.lineno)
                words = summary(value) if documented else comment
                mark = " ●" if name in top else ""
                link = f":py:obj:`{name} <{module.__name__}.{name}>`{mark}"
                parts.append(f"   * - {link}\n     - {words}")
    return "\n".join([*parts, ""])


def write_pages(folder: Path, git: str) -> None:
    """
    Write the reference pages, and delete those of modules that are no more.

    Parameters
    ----------
    folder : Path
        The folder for them. A page that has not changed is not touched: Sphinx need not read it again.
    git : str
        Where the repository shows a file; ``{path}`` stands for its path.
    """
    chapters = modules()
    pages = {f"{chapter.module}.rst": module_page(chapter, git) for chapter in chapters}
    for name in rooms():
        inside = [chapter for chapter in chapters if room_of(chapter.module) == name]
        pages[f"{Path(room_page(name)).name}.rst"] = room(name, inside)
    pages["index.rst"] = names_page(chapters)
    folder.mkdir(exist_ok=True)
    for old in folder.glob("*.rst"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def write_before_reading(app):
    """Write the pages before Sphinx looks which there are."""
    settings = ConfigParser(delimiters=["="], interpolation=None)
    settings.read(ROOT / "settings.ini", encoding="utf-8")
    found = settings["DEFAULT"]
    git = GIT_LINK.format(url=found["git_url"], branch=found["branch"], path="{path}")
    write_pages(Path(app.srcdir) / FOLDER, git)


def lead_from_source(app, env):
    """Lead the listings of source code to the reference, not to the chapter read last."""
    for module, entry in getattr(env, "_viewcode_modules", {}).items():
        if entry:
            used = entry[2]  # from a name to the page where viewcode saw it
            used.update(dict.fromkeys(used, f"{FOLDER}/{module.removeprefix('jazz_nb.')}"))


def hide_source_buttons(app, pagename, templatename, context, doctree):
    """Show no button "view the source of this page" on a page that the repository does not have."""
    if pagename.startswith(f"{FOLDER}/"):
        context["page_source_suffix"] = ""


def setup(app):
    """Connect to Sphinx."""
    app.connect("builder-inited", write_before_reading)
    app.connect("env-updated", lead_from_source)
    app.connect("html-page-context", hide_source_buttons)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
