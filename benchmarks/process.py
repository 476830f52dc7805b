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


# And once more as the course builds it: a graph with fifty copies of the cell.
UNROLLED = """
import numpy as np
from benchmarks.network import unrolled_inference_model
from jazz_nb import generate_music, load_network, predict_and_sample
network = load_network("net.safetensors")
graph = unrolled_inference_model(network.to_keras())
x0, a0 = np.zeros((1, 1, network.n_values), "float32"), np.zeros((1, network.n_a), "float32")
values = [int(step.argmax()) for step in graph.predict([x0, a0, a0], verbose=0)]
assert values == predict_and_sample(network)[1].ravel().tolist()
generate_music(network, as_published=True, out="unrolled.mid", say=lambda line: None)
"""


def run(program: str, folder: Path) -> None:
    """Run a program in a fresh Python process."""
    # An installed package brings its bytecode; a checkout may write it too, whatever this shell forbids.
    here = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    here["PYTHONPATH"] = str(Path(__file__).parents[1])
    subprocess.run([sys.executable, "-c", program], cwd=folder, env=here, check=True, capture_output=True)


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
    import numpy as np

    from jazz_nb import load_music_utils, save_network
    from jazz_nb.model import Network

    _, _, n_values, indices_values = load_music_utils("etudes")
    # Random weights take as long as trained ones, and this process stays small without TensorFlow.
    shapes = (n_values, 256), (64, 256), (256,), (64, n_values), (n_values,)
    rng = np.random.default_rng(0)
    weights = [rng.normal(scale=0.1, size=shape).astype(np.float32) for shape in shapes]
    about = {"vocabulary": list(indices_values.values()), "corpus": "etudes"}
    network = Network(dict(zip(Network.names({}), weights)), about)
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
        fast, slow = alternate(lambda: run(OURS, folder), lambda: run(UNROLLED, folder), repeats=5)
        yield Row(
            "the same / through Keras as the course unrolls it",
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
