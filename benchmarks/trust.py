"""Nothing lost, nothing let in: what was tried against the package, how often, and what went wrong."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

FILES = 2000  # damaged files of each format; `python tests/fuzz.py` tries 20,000
CAMPAIGNS = ("kills", "damage", "repeats")


def fuzz_rows(count: int = FILES) -> Iterator[tuple[str, int, int, str]]:
    """Yield for each format of music files how many damaged ones were read or refused as documented."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    fuzz = import_module("fuzz")
    for name in fuzz.FORMATS:
        found = fuzz.run(name, fuzz.parse_arguments(["--count", str(count), "--jobs", "2"]), lambda line: None)
        yield (f"damaged files read or refused as documented: {name}", found.files, len(found.failures),
               f"{found.tunes:,} gave a tune, {found.errors:,} an error")


def all_rows() -> Iterator[tuple[str, int, int, str]]:
    """Yield the rows of every campaign."""
    for name in CAMPAIGNS:
        yield from import_module(f"benchmarks.{name}").rows()
    yield from fuzz_rows()


def rows() -> Iterator[str]:
    """Yield the lines of a table in Markdown."""
    yield "| what was tried | times | went wrong | |\n|---|---:|---:|---|"
    tried, wrong = 0, 0
    for what, times, failures, remark in all_rows():
        tried, wrong = tried + times, wrong + failures
        yield f"| {what} | {times:,} | {failures} | {remark} |"
    yield f"| all | {tried:,} | {wrong} | |"
