"""Nothing lost, nothing let in: what was tried against the package, how often, and what went wrong."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

FILES = 2000  # damaged files of each format; `python tests/fuzz.py` tries 20,000


def fuzz_rows(count: int = FILES) -> Iterator[tuple[str, int, int, str]]:
    """Yield for each format of music files how many damaged ones were read or refused as documented."""
    fuzz = import_module("fuzz")
    for name in fuzz.FORMATS:
        options = fuzz.parse_arguments(["--count", str(count), "--jobs", "2"])
        found = fuzz.run(name, options, lambda line: None)
        yield (f"damaged files read or refused as documented: {name}", sum(found.kinds.values()),
               len(found.failures), f"{found.kinds['tune']:,} gave a tune, {found.kinds['error']:,} an error")


def all_rows() -> Iterator[tuple[str, int, int, str]]:
    """Yield the rows of every campaign."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
    for name in ("benchmarks.kills", "benchmarks.damage", "benchmarks.repeats", "misbehaving"):
        yield from import_module(name).rows()
    yield from fuzz_rows()


def rows() -> Iterator[str]:
    """Yield the lines of a table in Markdown; at its end SystemExit if anything went wrong."""
    yield "| what was tried | times | went wrong | |\n|---|---:|---:|---|"
    tried, wrong = 0, 0
    for what, times, failures, remark in all_rows():
        tried, wrong = tried + times, wrong + failures
        yield f"| {what} | {times:,} | {failures} | {remark} |"
    yield f"| all | {tried:,} | {wrong} | |"
    if wrong:
        sys.exit(f"{wrong} of {tried:,} went wrong")
