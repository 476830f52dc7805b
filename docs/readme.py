"""Write README.md from nbs/index.ipynb: `python docs/readme.py`."""

import re
from pathlib import Path

from chapter import NBS, ROOT, Cell, joined, read_chapter

NOTICE = "<!-- Written from nbs/index.ipynb by docs/readme.py: edit the notebook. -->"
IMAGES = Path("docs", "images")


def fenced(text: str, language: str = "") -> str:
    """Return text as a fenced block."""
    return f"```{language}\n{text.rstrip()}\n```"


def from_the_root(markdown: str) -> str:
    """
    Make links to other notebooks work from the repository's root.

    Parameters
    ----------
    markdown : str
        The text of a cell; its links start from ``nbs``.

    Returns
    -------
    str
        The same, with ``nbs/`` before relative links.
    """
    return re.sub(r"\]\((?![a-z]+:|#|/|nbs/)(?:\./)?", "](nbs/", markdown).replace("](nbs/../", "](")


def output_as_markdown(output: dict, name: str, pictures: dict[str, str]) -> str:
    """
    Write a stored output as markdown.

    Parameters
    ----------
    output : dict
        As the notebook has it.
    name : str
        What a picture's file will be called, without suffix.
    pictures : dict of str to str
        Takes up the SVG text of a picture, under its file's name.

    Returns
    -------
    str
        A picture's link or a block of text; empty for sounds and for warnings.
    """
    if output["output_type"] == "stream":
        return fenced(joined(output["text"])) if output["name"] == "stdout" else ""
    data = {
        kind: joined(text) for kind, text in output.get("data", {}).items() if isinstance(text, (str, list))
    }
    svg = data.get("image/svg+xml", "")
    if not svg and (match := re.search(r"<svg.*?</svg>", data.get("text/html", ""), flags=re.DOTALL)):
        svg = match[0]
    if svg:
        pictures[f"{name}.svg"] = svg.strip() + "\n"
        return f"![A picture of the output]({(IMAGES / name).as_posix()}.svg)"
    if "text/html" in data or "text/markdown" in data:
        return data.get("text/markdown", "")
    return fenced(data["text/plain"]) if data.get("text/plain") else ""


def cell_as_markdown(cell: Cell, pictures: dict[str, str]) -> str:
    """
    Write a cell as markdown.

    Parameters
    ----------
    cell : Cell
        A cell of the index.
    pictures : dict of str to str
        Takes up the SVG text of pictures, under their files' names.

    Returns
    -------
    str
        Empty for a hidden cell.
    """
    if cell.hidden or not cell.source.strip():
        return ""
    if cell.kind == "markdown":
        return from_the_root(cell.source.strip())
    code = "" if cell.directives.get("echo") == "false" else fenced(cell.code, "python")
    outputs = () if cell.directives.get("output") == "false" else cell.outputs
    names = (f"index-{cell.index}-{place}" for place in range(len(outputs)))
    shown = [output_as_markdown(output, name, pictures) for output, name in zip(outputs, names)]
    return "\n\n".join(part for part in (code, *shown) if part)


def write_readme(index: Path = NBS / "index.ipynb", root: Path = ROOT) -> Path:
    """
    Write README.md and its pictures.

    Parameters
    ----------
    index : Path
        The notebook.
    root : Path
        The folder that gets ``README.md`` and ``docs/images``.

    Returns
    -------
    Path
        The file written.
    """
    pictures: dict[str, str] = {}
    parts = [cell_as_markdown(cell, pictures) for cell in read_chapter(index).cells]
    for old in (root / IMAGES).glob("index-*.svg"):
        old.unlink()
    for name, svg in pictures.items():
        (root / IMAGES).mkdir(parents=True, exist_ok=True)
        (root / IMAGES / name).write_text(svg, encoding="utf-8")
    path = root / "README.md"
    path.write_text("\n\n".join([NOTICE, *filter(None, parts)]) + "\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    print(f"wrote {write_readme().name}")
