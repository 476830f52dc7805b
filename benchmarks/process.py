"""Whole processes: a solo from saved weights with and without Keras, and the help text."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.timing import Row, alternate

OURS = """
import sys
from jazz_nb import generate_music, load_network
generate_music(load_network("net.safetensors"), as_published=True, out="ours.mid", say=lambda line: None)
assert "tensorflow" not in sys.modules
"""
# The same solo by the same procedure; only the values come from the Keras inference model.
THEIRS = """
from jazz_nb import generate_music, load_network, music_inference_model
network = load_network("net.safetensors")
generate_music(music_inference_model(network.to_keras(), Ty=50), dict(enumerate(network.vocabulary)),
               as_published=True, out="theirs.mid", say=lambda line: None)
"""


def run(program: str, folder: Path) -> None:
    """Run a program in a fresh Python process."""
    subprocess.run([sys.executable, "-c", program], cwd=folder, check=True, capture_output=True)


def help_seconds(folder: Path, repeats: int = 9) -> float:
    """Median CPU seconds of `jazz-nb --help`."""
    command, used = Path(sys.executable).with_name("jazz-nb"), []
    for _ in range(repeats):
        before = os.times()
        subprocess.run([command, "--help"], cwd=folder, check=True, capture_output=True)
        after = os.times()
        used.append(
            after.children_user + after.children_system - before.children_user - before.children_system
        )
    return median(used)


def rows() -> Iterator[Row]:
    """Yield rows for a solo from saved weights and for the help."""
    from jazz_nb import djmodel, load_music_utils, save_network
    from jazz_nb.model import Network

    _, _, n_values, indices_values = load_music_utils("etudes")
    network = Network.from_keras(
        djmodel(Tx=30, n_a=64, n_values=n_values, seed=0),
        vocabulary=list(indices_values.values()),
        corpus="etudes",
    )
    with TemporaryDirectory() as name:
        folder = Path(name)
        save_network(network, folder / "net.safetensors")
        fast, slow = alternate(lambda: run(OURS, folder), lambda: run(THEIRS, folder), repeats=5)
        assert (folder / "ours.mid").read_bytes() == (folder / "theirs.mid").read_bytes(), "the solos differ"
        yield Row(
            "fresh process, saved weights to a solo / through Keras",
            fast,
            slow,
            slow / fast,
            ">= 20",
            slow / fast >= 20,
        )
        seconds = help_seconds(folder)
        yield Row(
            "jazz-nb --help, CPU seconds / allowed", seconds, 0.3, 0.3 / seconds, "<= 0.3 s", seconds <= 0.3
        )
