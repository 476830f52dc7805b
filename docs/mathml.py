"""Write formulas as MathML while the site is built, so that no page loads a script for them."""

from docutils.nodes import SkipNode
from docutils.utils.math import MathError, latex2mathml


def to_mathml(latex: str, block: bool) -> str:
    """
    Turn a formula into MathML.

    Parameters
    ----------
    latex : str
        What stands between the dollar signs.
    block : bool
        True for a formula on a line of its own.

    Returns
    -------
    str
        A ``<math>`` element.

    Raises
    ------
    ValueError
        If the formula cannot be read.
    """
    try:
        return latex2mathml.tex2mathml(latex, as_block=block)
    except MathError as error:
        raise ValueError(f"cannot read the formula {latex!r}: {error}") from error


def visit_inline(translator, node):
    """Write a formula within a line."""
    translator.body.append(to_mathml(node.astext(), block=False))
    raise SkipNode


def visit_block(translator, node):
    """Write a formula on a line of its own."""
    translator.body.append(f'<div class="math">{to_mathml(node.astext(), block=True)}</div>\n')
    raise SkipNode


def setup(app):
    """Register the renderer that conf.py names."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
