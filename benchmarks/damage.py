"""Model files that were damaged, cut, padded, swapped, or lie: one clear error each, and no room taken."""

import contextlib
import io
import json
import random
import sys
import tempfile
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import safetensors.numpy

from jazz_nb.cli.commands import COMMANDS
from jazz_nb.data import corpus
from jazz_nb.evaluation import copying
from jazz_nb.evaluation.copying import build_index, copy_report, load_index
from jazz_nb.evaluation.events import read_line
from jazz_nb.formats.chart_text import read_chart
from jazz_nb.formats.storage import pack_arrays
from jazz_nb.improviser.network import Improviser, load_improviser, weight_shapes
from jazz_nb.improviser.solo import improvise, manners
from jazz_nb.improviser.training import make_config
from jazz_nb.inference import sample
from jazz_nb.model import Network, load_network
from jazz_nb.networks.checkpoints import Checkpoint, Checkpoints
from jazz_nb.networks.weights import save_network
from jazz_nb.postprocessing import realise

MOST = 1 << 26  # bytes that may be asked for, for a file of a few kilobytes
LIES = 2000  # headers with numbers changed
WRONG = "went wrong"


@dataclass(frozen=True)
class Kind:
    """
    A kind of file: how one is made, how it is read, what came out in bytes.

    Parameters
    ----------
    name : str
        In the table.
    make : callable
        Takes a path and writes a small file.
    read : callable
        Takes a path and returns something that tells all the file held.
    order : callable
        From the file's info to the names of its arrays, as the checksum counts them.
    use : callable
        Takes a path and does with the file what people do: play from it, look up copies, print what it says.
    """

    name: str
    make: Callable
    read: Callable
    order: Callable
    use: Callable


def small_network() -> Network:
    """Draw a network of the course with three values."""
    draws = np.random.default_rng(0)
    shapes = (3, 8), (2, 8), (8,), (2, 3), (3,)
    words = ["C,0.500", "S,0.250,<m2,P4>", "R,0.250"]
    arrays = {name: draws.normal(size=shape) for name, shape in zip(Network.names({}), shapes)}
    return Network(arrays, {"vocabulary": words})


def small_improviser() -> Improviser:
    """Draw an improviser of one voice that can play, with all that one says of itself."""
    known = {"performer": ["Ann", "Bob"], "style": ["COOL"], "instrument": ["ts"]}
    config, draws = make_config(known, n_units=2, n_hidden=2, n_members=1), np.random.default_rng(0)
    arrays = {name: draws.normal(size=shape) for name, shape in weight_shapes(config).items()}
    about = {"conditions": known, "offered": {"performer": ["Bob"], "style": ["COOL"]},
             "usual": {"Ann": {"style": "COOL", "instrument": "ts"}, "Bob": {"style": "COOL"}},
             "curve": {"training": [6.5, 6.0], "validation": [[1, 6.6], [2, 6.2]]}, "seed": 0, "corpus": "mine",
             "corpus_sha256": "0" * 64, "licence": "CC0", "library": "jazz_nb", "n_train": 2}
    return Improviser(arrays, {"config": asdict(config), **about})


def _bytes_of(arrays: dict, info: object) -> bytes:
    parts = [f"{name} {array.dtype} {array.shape}".encode() + array.tobytes()
             for name, array in arrays.items()]
    return b"".join(parts) + json.dumps(info, sort_keys=True).encode()


def _read_network(path: Path) -> bytes:
    network = load_network(path)
    return _bytes_of(network.arrays, network.info)


def _read_improviser(path: Path) -> bytes:
    improviser = load_improviser(path)
    return _bytes_of(improviser.arrays, [repr(improviser.config), improviser.info])


def _read_index(path: Path) -> bytes:
    index = load_index(path)
    columns = {name: getattr(index, name) for name in ("intervals", "rhythm", "bars", "usual")}
    return _bytes_of(columns, [list(source) for source in index.sources])


def _make_checkpoint(path: Path) -> None:
    draws = np.random.default_rng(0)
    saved = Checkpoints(path.parent / "kept").save(
        Checkpoint(3, {"weights": draws.normal(size=(3, 4)), "count": np.arange(5)},
                   {"dice": draws.bit_generator.state}))
    saved.replace(path)


def _kept(path: Path) -> Checkpoints:
    room = path.parent / f"{path.name}.kept"
    room.mkdir(exist_ok=True)
    (room / "step-00000003.safetensors").write_bytes(path.read_bytes())
    return Checkpoints(room)


def _read_checkpoint(path: Path) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it may name any versions
        _, arrays, info = _kept(path).load()
    return _bytes_of(arrays, info)


CHART = read_chart("| Dm7 G7 | Cmaj7 |", tempo=160.0)


def _use_network(path: Path) -> None:
    network = load_network(path)
    values = sample(network, 40, 2, seed=1)
    if network.vocabulary:
        realise([network.vocabulary[value] for value in values[0]], CHART, np.random.default_rng(0))


def _use_improviser(path: Path) -> None:
    improviser = load_improviser(path)
    offered = manners(improviser)
    for wishes in ({}, {kind: names[0] for kind, names in offered.items() if names}):
        improvise(CHART, model=path, takes=2, seed=1, **wishes)[0].save(path.with_suffix(".mid"))
    with contextlib.redirect_stdout(io.StringIO()):
        COMMANDS["models"](str(path))


def _use_checkpoint(path: Path) -> None:
    like = Checkpoint(3, {"weights": np.zeros((3, 4)), "count": np.arange(5)}, {})

    def take_up(found):
        np.random.default_rng(0).bit_generator.state = found.info["dice"]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _kept(path).begin({}, like, take_up, resume=True)


def _use_index(path: Path) -> None:
    str(copy_report(corpus("etudes")[0], load_index(path)))


KINDS = (
    Kind("course's network", lambda path: save_network(small_network(), path), _read_network,
         Network.names, _use_network),
    Kind("checkpoint", _make_checkpoint, _read_checkpoint, lambda info: info["names"],
         _use_checkpoint),
    Kind("index of copies",
         lambda path: build_index([read_line(tune) for tune in corpus("etudes")[:2]]).save(path), _read_index,
         lambda info: copying._ARRAYS, _use_index),
    Kind("improviser", lambda path: save_network(small_improviser(), path), _read_improviser,
         lambda info: list(small_improviser().arrays), _use_improviser),
)


def try_file(kind: Kind, path: Path, content: bytes, whole: bytes) -> bool:
    """Whether a damaged file is refused in one line that names it, or read as if it were not damaged."""
    path.write_bytes(content)
    try:
        return kind.read(path) == whole
    except ValueError as error:
        words = str(error)
        return type(error) is ValueError and path.name in words and "\n" not in words
    except Exception as error:  # noqa: BLE001 - any other kind is what is looked for
        print(f"{kind.name}: {type(error).__name__}: {error}", file=sys.stderr)
        return False


def damage(data: bytes, step: int = 1) -> Iterator[tuple[str, bytes]]:
    """Yield what is done to a file and what comes out: every byte, every length, and some more."""
    for place in range(0, len(data), step):
        yield "bytes changed", data[:place] + bytes([data[place] ^ (1 << place % 8)]) + data[place + 1:]
    for length in range(0, len(data), step):
        yield "cut off", data[:length]
    for more in (b"\0", b"\n", data[:64], data, b"\0" * 4096):
        yield "padded", data + more
        yield "padded", more + data


def lie(data: bytes, number: int) -> bytes:
    """Change numbers in a header, and its checksum in vain: sizes of gigabytes, shapes, types, offsets."""
    draws, end = random.Random(number), 8 + int.from_bytes(data[:8], "little")
    words = data[8:end].decode()
    spots = [place for place, sign in enumerate(words) if sign.isdigit()]
    place = draws.choice(spots)
    number = draws.choice(["0", "-1", "4294967296", "99999999999999999999", "1e9", "null", "[]", str(2**62)])
    words = words[:place] + number + words[place + 1:]
    lengths = [len(words.encode())] * 9 + [draws.choice([1 << 40, (1 << 63) - 1, 0, end * 2])]
    length = draws.choice(lengths)
    return length.to_bytes(8, "little") + words.encode() + data[end:]


def forge(kind: Kind, data: bytes, number: int) -> bytes:
    """Change what a file says of itself, or its numbers, and make the checksum fit: somebody's malice."""
    draws, end = random.Random(number), 8 + int.from_bytes(data[:8], "little")
    about = json.loads(json.loads(data[8:end])["__metadata__"]["jazz_nb"])
    arrays, info = safetensors.numpy.load(data), about["info"]
    arrays = {name: arrays[name] for name in kind.order(info)}
    if draws.random() < .3:
        name = draws.choice(sorted(arrays))
        kind = arrays[name].dtype
        extreme = (np.nan, np.finfo(kind).max) if kind.kind == "f" else (np.iinfo(kind).max, 0)
        hurt = arrays[name]
        with np.errstate(all="ignore"):
            arrays[name] = draws.choice([*(np.full_like(hurt, number) for number in extreme), hurt[:0],
                                         hurt.ravel(), hurt.astype("int64"), np.tile(hurt, 3),
                                         hurt.astype("float32") * np.float32(1e37)])
    else:
        _change_somewhere(info, draws)
    return pack_arrays(arrays, info, about["format"])


def _change_somewhere(info: dict | list, draws: random.Random) -> None:
    keys = sorted(info) if isinstance(info, dict) else range(len(info))
    if not keys:
        return
    key = draws.choice(keys)
    if isinstance(info[key], dict | list) and info[key] and draws.random() < .8:
        _change_somewhere(info[key], draws)
    else:
        odd = (None, -1, 0, 1, 4096, 10**9, 2**64, 1e300, "", "x" * 300, [], {}, [[[]]], True, [10**9] * 3,
               "\x1b[2J")
        info[key] = draws.choice(odd)


def campaign(step: int = 1, lies: int = LIES) -> Iterator[tuple[str, int, int, str]]:
    """Yield what was tried with each kind, how often, and how often it went wrong."""
    with tempfile.TemporaryDirectory() as name:
        folder, files = Path(name), {}
        for kind in KINDS:
            kind.make(folder / "whole")
            files[kind.name] = (folder / "whole").read_bytes()
        for kind in KINDS:
            data, path = files[kind.name], folder / "hurt.safetensors"
            path.write_bytes(data)
            whole, counts = kind.read(path), {}
            others = [("swapped", files[other.name]) for other in KINDS if other is not kind]
            for what, content in [*damage(data, step), *others]:
                tried, wrong = counts.get(what, (0, 0))
                counts[what] = tried + 1, wrong + (not try_file(kind, path, content, whole))
            for what, (tried, wrong) in counts.items():
                yield f"{kind.name} ({len(data):,} bytes), {what}", tried, wrong, ""
            yield _lie_often(kind, path, data, whole, lies)
            yield _forge_often(kind, path, data, lies)


def _lie_often(kind: Kind, path: Path, data: bytes, whole: bytes, lies: int) -> tuple[str, int, int, str]:
    wrong, most = 0, 0
    tracemalloc.start()
    for number in range(lies):
        content = lie(data, number)
        tracemalloc.reset_peak()
        wrong += not try_file(kind, path, content, whole)
        most = max(most, tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
    wrong += most > MOST
    return f"{kind.name}, headers that lie", lies, wrong, f"memory {_megabytes(most)}"


def _forge_often(kind: Kind, path: Path, data: bytes, lies: int) -> tuple[str, int, int, str]:
    path.write_bytes(data)
    tracemalloc.start()
    words, usual = _try_to(kind.use, path, "whole")
    wrong, most, ends = int(bool(words)), 0, []  # what is whole can be used
    for number in range(lies):
        path.write_bytes(forge(kind, data, number))
        words, room = _try_to(kind.read, path, f"forged {number}", path.name)
        most = max(most, room)
        if not words:
            words, room = _try_to(kind.use, path, f"forged {number}, used")
            ends.append(words)
            wrong += room > usual + MOST
        wrong += words == WRONG
    tracemalloc.stop()
    remark = (f"{len(ends):,} make sense and are read, of these {ends.count(''):,} can be used; memory "
              f"{_megabytes(most)}")
    return f"{kind.name}, forged with a checksum that fits", lies, wrong + (most > MOST), remark


def _try_to(do: Callable, path: Path, what: str, name: str = "") -> tuple[str, int]:
    """What a ValueError says, nothing without one, WRONG for what should not be; bytes taken meanwhile."""
    tracemalloc.reset_peak()
    before, words = tracemalloc.get_traced_memory()[0], ""
    try:
        with np.errstate(all="ignore"):  # weights as large as can be
            do(path)
    except ValueError as error:
        words = str(error)
        words = WRONG if "\n" in words or name not in words or type(error) is not ValueError else words
    except Exception as error:  # noqa: BLE001 - any other kind is what is looked for
        print(f"{what}: {type(error).__name__}: {error}", file=sys.stderr)
        words = WRONG
    return words, tracemalloc.get_traced_memory()[1] - before


def _megabytes(room: int) -> str:
    return f"at most {room / 2**20:.1f} MB" if room > 2**20 / 10 else "under 0.1 MB"


def rows() -> Iterator[tuple[str, int, int, str]]:
    """Yield a row for each kind of damage."""
    yield from campaign()


if __name__ == "__main__":
    for row in campaign(*map(int, sys.argv[1:])):
        print(*row, sep=" | ", flush=True)
