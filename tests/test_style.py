"""The machine's half of the house style: how a chapter is laid out, what it exports, what it stores."""

import subprocess
from pathlib import Path

import pytest
import rules
from chapter import NBS, ROOT, chapter_paths, exporting, read_chapter

NOTEBOOKS = chapter_paths()
CHAPTERS = exporting()
TUTORIALS = [path for path in NOTEBOOKS if path not in CHAPTERS and path.name != "index.ipynb"]
# In pieces, so that this file does not break its own rule.
FOREIGN = ["".join(pieces) for pieces in (("pypi", ".org"), ("python", "hosted"), ("npm", "js.org"))]
FOREIGN += ["/".join(("", folder, "")) for folder in ("root", "work", "home", "Users")]


def name_of(value):
    """Name a parameter in a test's id."""
    if not isinstance(value, Path):
        return value.__name__
    return value.relative_to(NBS if value.is_relative_to(NBS) else ROOT).with_suffix("").as_posix()


def tracked_files():
    """List the repository's files: what git has, and what it would add."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def report(path, problems):
    """Fail with one line for each problem."""
    if problems:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        pytest.fail(f"{path.relative_to(ROOT)}:\n{lines}", pytrace=False)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
@pytest.mark.parametrize("rule", rules.EVERY_NOTEBOOK, ids=name_of)
def test_notebook(rule, path):
    report(path, rule(read_chapter(path)))


@pytest.mark.parametrize("path", CHAPTERS, ids=name_of)
@pytest.mark.parametrize("rule", rules.EVERY_CHAPTER, ids=name_of)
def test_chapter(rule, path):
    report(path, rule(read_chapter(path)))


@pytest.mark.parametrize("path", CHAPTERS, ids=name_of)
def test_every_public_name_is_shown_and_proven(path):
    tutorials = tuple(read_chapter(tutorial) for tutorial in TUTORIALS)
    report(path, rules.shows_and_proves_every_public_name(read_chapter(path), tutorials))


def test_chapters_are_numbered_once():
    numbers = [(path.parent, read_chapter(path).number) for path in CHAPTERS]
    assert None not in dict(numbers).values(), "a chapter's file is called NN_name.ipynb"
    assert len(numbers) == len(set(numbers)), f"two chapters share a number: {sorted(numbers)}"


def test_no_file_names_this_machine_or_a_registry():
    problems = []
    for path in tracked_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture or a sound
        problems += [f"{path.relative_to(ROOT)}: holds {word!r}" for word in FOREIGN if word in text]
    assert not problems, "\n".join(problems)


def test_no_file_has_an_empty_name():
    banned = [path for path in tracked_files() if set(path.stem.lower().split("_")) & rules.BANNED_NAMES]
    assert not banned, f"name them after what they do: {banned}"
