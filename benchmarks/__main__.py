"""Print the table of all benchmarks, or of some: `python -m benchmarks [corpora] [files] [parts] …`."""

import os
import sys
from importlib import import_module

NAMES = ("files", "corpora", "parts", "process", "network", "media", "bits", "playing", "takes", "conditions")
# These take up to an hour; they run when they are named.
LONG = ("ingredients", "trust", "house", "course")


def main(chosen: list[str]) -> None:
    """Run the chosen benchmarks, or all, and print a row for each as soon as it is measured."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    unknown = set(chosen) - {*NAMES, *LONG}
    if unknown:
        known = ", ".join(NAMES + LONG)
        sys.exit(f"python -m benchmarks: unknown {', '.join(sorted(unknown))}; known are {known}")
    if chosen not in (["trust"], ["house"], ["course"]):
        print(
            f"{'ours / theirs, alternated, medians':58} {'ours':>12} {'theirs':>12} {'':9} {'ratio':>9}  "
            f"{'target':10} met"
        )
    for name in chosen or NAMES:
        for row in import_module(f"benchmarks.{name}").rows():
            print(row, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
