"""Make the index of copies that comes with the package: `python -m benchmarks.make_copies [FILE]`."""

import sys
from pathlib import Path

from jazz_nb.evaluation.copying import build_index
from jazz_nb.improviser.dataset import open_dataset

BUNDLED = Path(__file__).parents[1] / "jazz_nb" / "models" / "wjazzd.copies.safetensors"


def main(path: Path = BUNDLED) -> None:
    """Build the index of the training solos of the Weimar Jazz Database, save it, and say how large it is."""
    path.parent.mkdir(exist_ok=True)
    index = build_index(open_dataset("wjazzd").split("train"))
    index.save(path)
    print(f"{index}: {path.stat().st_size:,} bytes in {path}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
