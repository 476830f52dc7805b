"""Let stored pictures be seen in an untrusted notebook: `python docs/pictures.py [NOTEBOOK …]`.

JupyterLab shows no SVG of a notebook that its reader has not run. What draws itself gives an `<img>` tag
beside its SVG (`jazz_nb.tune.Drawable`); this gives the same to outputs that were stored before, or that
another library drew, without running anything. Without a name it mends all notebooks; again, it changes none.
"""

import json
import re
import sys
from pathlib import Path

from chapter import ROOT, chapter_paths, joined

sys.path.insert(0, str(ROOT))

from jazz_nb.tune import image_tag

_INLINE = re.compile(r"<svg\b.*?</svg>", flags=re.DOTALL)


def needs_trust(output: dict) -> bool:
    """Say whether a stored output has a picture that an untrusted notebook does not show."""
    data = output.get("data", {})
    html = joined(data.get("text/html", ""))
    return ("image/svg+xml" in data and "<img" not in html) or bool(_INLINE.search(html))


def with_image(output: dict) -> dict:
    """
    Give a stored output a picture that is shown without trust.

    Parameters
    ----------
    output : dict
        As the notebook has it.

    Returns
    -------
    dict
        The same with `<img>` tags: for its SVG, and in place of each drawing in its HTML.
    """
    if not needs_trust(output):
        return output
    data = dict(output["data"])
    words = (joined(data.get("text/plain", "")).strip() or "Picture").splitlines()[0]
    if "text/html" in data:
        html = _INLINE.sub(lambda drawn: image_tag(drawn[0], words), joined(data["text/html"]))
    else:
        svg = joined(data["image/svg+xml"])
        html = image_tag(svg[svg.index("<svg") :].strip(), words)
    return {**output, "data": {**data, "text/html": html.splitlines(keepends=True)}}


def mend(path: Path) -> bool:
    """
    Mend the outputs of one notebook.

    Parameters
    ----------
    path : Path
        The notebook, laid out as nbdev_clean leaves it.

    Returns
    -------
    bool
        Whether anything was changed.
    """
    notebook = json.loads(path.read_text(encoding="utf-8"))
    changed = False
    for cell in notebook["cells"]:
        for place, output in enumerate(cell.get("outputs", [])):
            if needs_trust(output):
                cell["outputs"][place], changed = with_image(output), True
    if changed:
        text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
        path.write_text(text, encoding="utf-8")
    return changed


if __name__ == "__main__":
    for name in map(Path, sys.argv[1:] or chapter_paths()):
        before = name.stat().st_size
        if mend(name):
            print(f"{name.resolve().relative_to(ROOT)}: {before:,} bytes, now {name.stat().st_size:,}")
