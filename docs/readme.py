"""Write README.md from nbs/index.ipynb: `python docs/readme.py`.

The README is the home page up to the cell `<!-- The README ends here. -->`. The pictures and the sound that
its cells have stored become files in docs/images.
"""

import re
from base64 import b64decode
from itertools import takewhile
from pathlib import Path
from urllib.parse import unquote_to_bytes

from chapter import NBS, ROOT, Cell, joined, read_chapter

NOTICE = "<!-- Written from nbs/index.ipynb by docs/readme.py: edit the notebook. -->"
END = "<!-- The README ends here. -->"
IMAGES = Path("docs", "images")
_MEDIA = re.compile(r"<svg\b.*?</svg>|<(?:img|audio)\b[^>]*>", flags=re.DOTALL)
_DATA = re.compile(r'src="data:(image/svg\+xml|audio/mpeg)(;base64)?,([^"]+)"')


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


def on_paper(svg: str) -> str:
    """Put white paper under a drawing that names no colour, or black notes vanish on a dark page."""
    root = re.search(r"<svg\b[^>]*>", svg)
    if root is None or re.search(r"\bfill=", root[0]):
        return svg
    return f'{svg[: root.end()]}<rect width="100%" height="100%" fill="#fff"/>{svg[root.end() :]}'


def media(html: str) -> list[tuple[str, bytes, str]]:
    """
    Find the pictures and sounds that a stored output holds in itself.

    Parameters
    ----------
    html : str
        Its HTML.

    Returns
    -------
    list of (str, bytes, str)
        For each its suffix, its file and its words, in their order.
    """
    found = []
    for tag in _MEDIA.findall(html):
        words = re.search(r'\b(?:alt|title)="([^"]*)"', tag)
        said = words[1] if words else "A picture of the output"
        if tag.startswith("<svg"):
            found.append((".svg", on_paper(tag).encode() + b"\n", said))
        elif data := _DATA.search(tag):
            content = b64decode(data[3]) if data[2] else unquote_to_bytes(data[3])
            if data[1] == "audio/mpeg":
                found.append((".mp3", content, said))
            else:
                found.append((".svg", on_paper(content.decode()).encode() + b"\n", said))
    return found


def output_as_markdown(output: dict, name: str, files: dict[str, bytes]) -> str:
    """
    Write a stored output as markdown.

    Parameters
    ----------
    output : dict
        As the notebook has it.
    name : str
        How the names of its files begin.
    files : dict of str to bytes
        Takes up its pictures and sounds, under their files' names.

    Returns
    -------
    str
        Pictures, links to sounds or a block of text; empty for warnings and for HTML that has none.
    """
    if output["output_type"] == "stream":
        return fenced(joined(output["text"])) if output["name"] == "stdout" else ""
    data = {
        kind: joined(text) for kind, text in output.get("data", {}).items() if isinstance(text, (str, list))
    }
    lines = []
    for place, (suffix, content, words) in enumerate(media(data.get("image/svg+xml") or data.get("text/html", ""))):
        file = f"{name}-{place}{suffix}"
        files[file] = content
        address = (IMAGES / file).as_posix()
        size = f"{len(content) / 1000:.0f} kB of mp3"
        lines.append(f"![{words}]({address})" if suffix == ".svg" else f"▶ [Hear {words}]({address}) ({size})")
    if lines:
        return "\n\n".join(lines)
    if "text/html" in data or "text/markdown" in data:
        return data.get("text/markdown", "")
    return fenced(data["text/plain"]) if data.get("text/plain") else ""


def cell_as_markdown(cell: Cell, files: dict[str, bytes]) -> str:
    """
    Write a cell as markdown.

    Parameters
    ----------
    cell : Cell
        A cell of the index.
    files : dict of str to bytes
        Takes up pictures and sounds, under their files' names.

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
    shown = [output_as_markdown(output, name, files) for output, name in zip(outputs, names)]
    return "\n\n".join(part for part in (code, *shown) if part)


def write_readme(index: Path = NBS / "index.ipynb", root: Path = ROOT) -> Path:
    """
    Write README.md, its pictures and its sound.

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
    files: dict[str, bytes] = {}
    cells = read_chapter(index).cells
    front = list(takewhile(lambda cell: cell.source.strip() != END, cells))
    parts = [cell_as_markdown(cell, files) for cell in front]
    for old in (root / IMAGES).glob("index-*"):
        old.unlink()
    for name, content in files.items():
        (root / IMAGES).mkdir(parents=True, exist_ok=True)
        (root / IMAGES / name).write_bytes(content)
    path = root / "README.md"
    path.write_text("\n\n".join([NOTICE, *filter(None, parts)]) + "\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    print(f"wrote {write_readme().name}")
