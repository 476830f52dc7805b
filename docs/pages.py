"""Turn a notebook into a page of the site: a Sphinx extension that rewrites it as it is read."""

import ast
import importlib.util
import json
import re
from functools import cache
from pathlib import Path

from book import DOORS
from chapter import (
    ROOT,
    Cell,
    Chapter,
    chapter_paths,
    imports_only,
    joined,
    parse_chapter,
    public_names,
    read_chapter,
)
from navigation import toctrees
from reference import anchor, entry

SOLUTION = re.compile(r"^( *)### BEGIN SOLUTION\n.*?### END SOLUTION$", re.MULTILINE | re.DOTALL)
LONG_CODE = 30  # lines; longer code is folded away until a reader asks for it
_FENCE = re.compile(r"^(```|~~~).*?^\1", flags=re.MULTILINE | re.DOTALL)
# Longest first, as a cell may mention both `Tune` and `Tune.duration`; not inside a link's text.
_QUOTED = re.compile(r"(?<![`\[{}\w])`([A-Za-z_][\w.]*)(?:\(\))?`(?![`\]])")


@cache
def symbols() -> dict[str, str]:
    """
    Find where each public name is documented.

    Returns
    -------
    dict of str to str
        From ``"Tune"`` or ``"Tune.duration"`` to ``"jazz_nb.tune.Tune"``: from nbdev's index of the library,
        which has functions, classes and methods, and from the chapters, which have constants too. Links lead
        to the reference pages, and from there to the section that explains the name.
    """
    path = ROOT / "jazz_nb" / "_modidx.py"
    spec = importlib.util.spec_from_file_location("jazz_nb_index", path)
    index = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(index)
    found = {}
    for module, names in index.d["syms"].items():
        for full in names:
            short = full.removeprefix(module + ".")
            if not any(part.startswith("_") for part in short.split(".")):
                found.setdefault(short, full)
    for path in chapter_paths():
        chapter = read_chapter(path)
        for name in (name for cell in chapter.exported_cells for name in public_names(cell.tree)):
            found.setdefault(name, f"jazz_nb.{chapter.module}.{name}")
    return found


def link_names(markdown: str) -> str:
    """
    Make links of the names in backticks that the library documents.

    Parameters
    ----------
    markdown : str
        The text of a cell.

    Returns
    -------
    str
        The same text; headings and blocks of code stay as they are.
    """

    def link(match: re.Match) -> str:
        full = symbols().get(match[1])
        return f"{{py:obj}}`{match[1]} <{full}>`" if full else match[0]

    def outside(text: str) -> str:
        lines = (line if line.startswith("#") else _QUOTED.sub(link, line) for line in text.splitlines(True))
        return "".join(lines)

    parts, start = [], 0
    for fence in _FENCE.finditer(markdown):
        parts += [outside(markdown[start : fence.start()]), fence[0]]
        start = fence.end()
    return "".join([*parts, outside(markdown[start:])])


def without_docstrings(cell: Cell) -> str:
    """
    Leave out the docstrings that the reference entries already show.

    Parameters
    ----------
    cell : Cell
        An exported cell.

    Returns
    -------
    str
        Its code.
    """
    dropped = set()
    for node in ast.walk(cell.tree):
        named = isinstance(node, (ast.ClassDef, ast.FunctionDef))
        public = named and not node.name.startswith("_")
        if public and ast.get_docstring(node) is not None and len(node.body) > 1:
            dropped |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    lines = [line for number, line in enumerate(cell.source.splitlines(), 1) if number not in dropped]
    return Cell(cell.index, cell.kind, "\n".join(lines)).code


def exported_as_markdown(cell: Cell, chapter: Chapter) -> str:
    """
    Write an exported cell as its reference entries and its code; long code is folded away.

    Parameters
    ----------
    cell : Cell
        An exported cell.
    chapter : Chapter
        The chapter it belongs to.

    Returns
    -------
    str
        Markdown; empty if the cell holds only imports.
    """
    if all(map(imports_only, cell.tree.body)):
        return ""
    module = f"jazz_nb.{chapter.module}"
    entries = [text for node in cell.tree.body if (text := entry(node, cell, module, index=False))]
    place = f".. _{anchor(chapter, cell)}:\n\n"
    reference = "```{eval-rst}\n" + place + "\n".join(entries) + "\n```\n\n" if entries else ""
    code = without_docstrings(cell)
    state = " open" if len(code.splitlines()) <= LONG_CODE else ""
    block = f"```python\n{code}\n```"
    return f'{reference}<details class="source"{state}><summary>Code</summary>\n\n{block}\n\n</details>'


def with_own_ids(svg: str, prefix: str) -> str:
    """
    Give a picture's ids a prefix, so that two pictures on one page do not share any.

    Parameters
    ----------
    svg : str
        An ``<svg>`` element.
    prefix : str
        Unlike that of any other picture on the page.

    Returns
    -------
    str
        The picture, with its references following its ids.
    """
    ids = set(re.findall(r'\bid="([^"]+)"', svg))
    for pattern in (r'(\bid=")([^"]+)(")', r'(href="#)([^"]+)(")', r"(url\(#)([^)]+)(\))"):
        svg = re.sub(pattern, lambda m: m[1] + (prefix if m[2] in ids else "") + m[2] + m[3], svg)
    return svg


def inline_picture(svg: str, prefix: str) -> str:
    """
    Wrap an SVG picture for a page.

    Parameters
    ----------
    svg : str
        A drawing. One that names a colour for all of it, as a piano roll does, is made for light and dark
        pages; any other, as a score, is drawn in black and gets paper under it.
    prefix : str
        For its ids.

    Returns
    -------
    str
        HTML; the width it was drawn with tells a phone how far to shrink it.
    """
    svg = re.sub(r"<\?xml.*?\?>|<!DOCTYPE.*?>", "", svg, flags=re.DOTALL).strip()
    root = svg.partition(">")[0]
    paper = "" if re.search(r'\bfill="', root) else " on-paper"
    drawn = re.search(r'\bwidth="([\d.]+)', root)
    width = f' style="--drawn: {drawn[1]}px"' if drawn else ""
    return f'<div class="picture{paper}"{width}>{with_own_ids(svg, prefix)}</div>'


def page_output(output: dict, prefix: str) -> dict | None:
    """
    Rewrite a stored output for the site.

    Parameters
    ----------
    output : dict
        As the notebook has it.
    prefix : str
        For the ids of a picture.

    Returns
    -------
    dict or None
        The output with its picture inline; None for what a reader need not see.
    """
    if output.get("name") == "stderr":
        return None
    data = output.get("data", {})
    if "image/svg+xml" in data:  # its HTML, for untrusted notebooks, is the same drawing
        picture = inline_picture(joined(data["image/svg+xml"]), prefix)
        return {**output, "data": {"text/html": picture}}
    return output


def page_cell(raw: dict, cell: Cell, chapter: Chapter) -> list[dict]:
    """
    Rewrite one cell for the site.

    Parameters
    ----------
    raw : dict
        The cell as the notebook has it.
    cell : Cell
        The same, read.
    chapter : Chapter
        The chapter it belongs to.

    Returns
    -------
    list of dict
        No cell, one or two.
    """
    if cell.hidden or not cell.source.strip():
        return []
    if cell.kind == "markdown":
        text = link_names(cell.source)
        if text.startswith(DOORS):
            heading, _, doors = text.partition("\n")
            text = f"{heading}\n\n::::{{container}} doors\n{doors.strip()}\n::::"
        return [{**raw, "source": text}]
    outputs = [page_output(output, f"c{cell.index}-{place}-") for place, output in enumerate(cell.outputs)]
    code = SOLUTION.sub(r"\1...  # yours", cell.code)  # it stands folded below
    raw = {**raw, "source": code, "outputs": [output for output in outputs if output]}
    switches = (("echo", "remove-input"), ("output", "remove-output"))
    tags = [tag for name, tag in switches if cell.directives.get(name) == "false"]
    if not cell.exported:
        return [{**raw, "metadata": {**raw["metadata"], "tags": tags}}]
    text = exported_as_markdown(cell, chapter)
    cells = [{"cell_type": "markdown", "metadata": {}, "source": text}] if text else []
    if raw["outputs"]:
        cells.append({**raw, "id": raw.get("id", "cell") + "-out", "metadata": {"tags": ["remove-input"]}})
    return cells


def rewrite_notebook(text: str, path: Path) -> str:
    """
    Turn a notebook file's text into that of the page.

    Parameters
    ----------
    text : str
        JSON, as stored.
    path : Path
        The notebook's path below ``nbs``.

    Returns
    -------
    str
        JSON of a notebook without hidden cells, directives and exported code.
    """
    notebook = json.loads(text)
    chapter: Chapter = parse_chapter(text, path)
    pairs = zip(notebook["cells"], chapter.cells)
    notebook["cells"] = [new for raw, cell in pairs for new in page_cell(raw, cell, chapter)]
    # nbdev_clean leaves no language in a notebook; myst-nb wants one to colour the code.
    notebook["metadata"]["language_info"] = {"name": "python", "pygments_lexer": "ipython3"}
    if path.as_posix() == "index.ipynb":
        pages = {"cell_type": "markdown", "metadata": {}, "source": toctrees()}
        notebook["cells"].append(pages)
    # In a warning, line 302 is line 2 of the page's cell 3. Without this map myst-nb counts 10,000 lines a
    # cell and writes as many blank ones before each reference entry: ten times slower.
    notebook["metadata"]["source_map"] = [100 * place for place in range(len(notebook["cells"]))]
    for place, cell in enumerate(notebook["cells"]):
        cell.setdefault("id", f"page-{place}")
    return json.dumps(notebook)


def read_source(app, docname, source):
    """Rewrite a notebook as Sphinx reads it; in a page of prose, link the names."""
    path = Path(app.env.doc2path(docname))
    if path.suffix == ".ipynb":
        source[0] = rewrite_notebook(source[0], path.relative_to(app.srcdir))
    elif path.suffix == ".md":
        source[0] = link_names(source[0])


def keep_first_line(app, what, name, obj, options, lines):
    """Stop napoleon from reading "The pitch class: 0 is C" as a type and its description."""
    if what in ("property", "attribute", "data"):
        lines[:0] = ["..", ""]  # an empty comment


def keep_bar_lines(app, what, name, obj, options, lines):
    """The words of a command show charts: a bar line in them is no sign of reStructuredText."""
    if name.startswith("jazz_nb.cli."):
        lines[:] = [line.replace("|", r"\|") for line in lines]


def setup(app):
    """Connect to Sphinx."""
    app.connect("autodoc-process-docstring", keep_bar_lines)
    app.connect("source-read", read_source)
    app.connect("autodoc-process-docstring", keep_first_line, priority=400)  # before napoleon
    return {"parallel_read_safe": True, "parallel_write_safe": True}
