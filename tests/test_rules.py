"""Each rule of style can fail: broken chapters, and what the rules say about them."""

import json

import pytest
import rules
from chapter import parse_chapter

TITLE = "# Scale\n\n> What a scale is."
PROBLEM = "A scale is a staircase."
IMPORTS = "#| export\nfrom math import floor"
EXPORTED = '''#| export
def degree(pitch: int, root: int = 0) -> int:
    """
    Count semitones above a root.

    Parameters
    ----------
    pitch : int
        MIDI number.
    root : int
        Pitch class.

    Returns
    -------
    int
        0 to 11.
    """
    return (pitch - root) % 12'''
CHECKS = "assert degree(60) == 0\nwith expect_fail(ValueError, contains='pitch'):\n    degree(-1)"
END = "## What we built\n\n`degree` counts.\n→ [Next](02_next.ipynb)"
SECTION = "## {}\n\nWhy."


def chapter(*changes, outputs=()):
    """Return a good chapter, with cells replaced: pairs of old and new source."""
    sources = [
        TITLE,
        PROBLEM,
        "#| default_exp scale",
        IMPORTS,
        SECTION.format("One"),
        EXPORTED,
        "degree(61)",
        CHECKS,
    ]
    sources += ["x = 1", SECTION.format("Two"), SECTION.format("Three"), END]
    for old, new in changes:
        assert old in sources
        sources[sources.index(old) : sources.index(old) + 1] = new if isinstance(new, list) else [new]
    kinds = ["markdown" if text[:2] in ("# ", "##", "A ") else "code" for text in sources]
    cells = [{"cell_type": kind, "source": text} for kind, text in zip(kinds, sources)]
    for cell in cells:
        if cell["cell_type"] == "code":
            value = {"output_type": "execute_result", "data": {"text/plain": "1"}}
            cell["outputs"] = list(outputs) or [value] if cell["source"] == "degree(61)" else []
    return parse_chapter(json.dumps({"cells": cells}), "01_scale.ipynb")


EVERY_RULE = [*rules.EVERY_NOTEBOOK, *rules.EVERY_CHAPTER, rules.shows_and_proves_every_public_name]


@pytest.mark.parametrize("rule", EVERY_RULE, ids=lambda rule: rule.__name__)
def test_a_good_chapter_breaks_no_rule(rule):
    assert rule(chapter()) == []


BROKEN = [
    (rules.opens_with_title_and_sentence, (TITLE, "# Scale"), "first cell"),
    (rules.opens_with_title_and_sentence, (TITLE, "# Scale\n\n> One. Two."), "more than one sentence"),
    (rules.exports_its_own_name, ("#| default_exp scale", "#| default_exp scales"), "default_exp scale"),
    (rules.has_one_cell_of_imports, (IMPORTS, IMPORTS + "\nx = 1"), "holds only imports"),
    (rules.has_one_cell_of_imports, (EXPORTED, EXPORTED + "\nimport os"), "move its imports"),
    (rules.closes_with_what_we_built, (END, "## The end"), "must end with"),
    (rules.closes_with_what_we_built, (END, END.replace("→", "")), "arrow"),
    (rules.avoids_empty_names, (EXPORTED, EXPORTED.replace("degree", "pitch_utils")), "pitch_utils"),
    (rules.avoids_empty_names, (EXPORTED, "#| export\nclass TuneManager:\n    pass"), "TuneManager"),
    (rules.documents_every_public_name, (EXPORTED, "#| export\ndef f():\n    pass"), "no docstring"),
    (
        rules.documents_every_public_name,
        (EXPORTED, EXPORTED.replace("root : int", "tonic : int")),
        "do not name root",
    ),
    (
        rules.documents_every_public_name,
        (EXPORTED, EXPORTED.replace("Returns\n    ---", "Result\n    ---")),
        "Returns",
    ),
    (
        rules.documents_every_public_name,
        (EXPORTED, EXPORTED.replace("root: int = 0", "root=0")),
        "no type for root",
    ),
    (
        rules.documents_every_public_name,
        (EXPORTED, "#| export\nSTEPS = [2, 2, 1]"),
        "say in a comment what STEPS",
    ),
    (
        rules.documents_every_public_name,
        (EXPORTED, '#| export\n@dataclass\nclass Scale:\n    """A scale."""\n    root: int'),
        "do not name root",
    ),
    (
        rules.documents_every_public_name,
        (EXPORTED, '#| export\nclass Scale:\n    """A scale."""\n    def up(self):\n        pass'),
        "its method up",
    ),
    (
        rules.shows_and_proves_every_public_name,
        (EXPORTED, EXPORTED.replace("degree", "step")),
        "step is never used",
    ),
    (rules.names_expected_errors, (CHECKS, "with expect_fail(ValueError):\n    degree(-1)"), "its words"),
    (rules.names_expected_errors, (CHECKS, "with expect_fail():\n    degree(-1)"), "its words"),
    (rules.names_expected_errors, (CHECKS, "test_fail(lambda: degree(-1))"), "passes for nothing"),
    (rules.stores_what_it_shows, ("degree(61)", "degree(61) + 1"), "no output is stored"),
    (rules.stores_what_it_shows, ("degree(61)", "print(degree(61))"), "no output is stored"),
]


@pytest.mark.parametrize("rule, change, message", BROKEN, ids=lambda value: getattr(value, "__name__", None))
def test_a_broken_chapter_is_seen(rule, change, message):
    problems = rule(chapter(change))
    assert len(problems) >= 1
    assert message in "\n".join(problems)


MACHINE_PATH = "/".join(["", "home", "ann", "solo.mid"])
DIRTY = [
    ({"output_type": "error", "ename": "ValueError"}, "ends in an error"),
    ({"output_type": "stream", "name": "stdout", "text": f"wrote {MACHINE_PATH}"}, "path of this machine"),
    ({"output_type": "stream", "name": "stdout", "text": " 40%|####   | 4/10"}, "progress bar"),
    ({"output_type": "stream", "name": "stdout", "text": "12ms/step - loss: 3"}, "progress bar"),
    ({"output_type": "stream", "name": "stderr", "text": "UserWarning: old"}, "a warning"),
    (
        {"output_type": "display_data", "data": {"image/svg+xml": "<svg>" + " " * 60_000}},
        "a picture of 60 kB",
    ),
    ({"output_type": "display_data", "data": {"text/html": ["<svg>", " " * 60_000]}}, "a picture of 60 kB"),
    ({"output_type": "display_data", "data": {"image/png": "iVBO"}}, "draw SVG"),
    (
        {"output_type": "display_data", "data": {"text/html": "data:audio/mpeg" + "A" * 300_000}},
        "a sound of 300 kB",
    ),
    ({"output_type": "display_data", "data": {"text/html": "data:audio/wav;base64,A"}}, "store mp3"),
    (
        {"output_type": "execute_result", "data": {"text/plain": "<Tune at 0x7fae46ab9580>"}},
        "address in memory",
    ),
]


@pytest.mark.parametrize("output, message", DIRTY, ids=[message for _, message in DIRTY])
def test_a_dirty_output_is_seen(output, message):
    problems = rules.stores_clean_outputs(chapter(outputs=[output]))
    assert message in "\n".join(problems)
