"""Files are written whole or not at all, and what is read is checked before it is used."""
import json
import os

import numpy as np
import pytest
import safetensors.numpy

from jazz_nb.formats.storage import pack_arrays, read_arrays, save_whole, write_whole

ARRAYS = {"a": np.arange(6, dtype=np.float32).reshape(2, 3), "b": np.array([1, 2], np.uint32)}


def keep(folder, arrays=ARRAYS, kind="test.1"):
    return save_whole(folder / "kept", pack_arrays(arrays, {"name": "x"}, kind), "numbers")


def test_a_round_trip_keeps_order_types_and_info(tmp_path):
    arrays, info = read_arrays(keep(tmp_path), "test.1", ["a", "b"])
    assert list(arrays) == ["a", "b"] and info == {"name": "x"}
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype and np.array_equal(arrays[name], array)


def test_every_damaged_byte_is_noticed(tmp_path):
    path = keep(tmp_path)
    data, harmless = path.read_bytes(), 0
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1:])
        try:
            arrays, info = read_arrays(path, "test.1", ["a", "b"])
        except ValueError:
            continue
        harmless += 1
        assert info == {"name": "x"} and all(np.array_equal(arrays[name], ARRAYS[name]) for name in ARRAYS)
    assert harmless <= 8  # blanks that fill up the header, and no more


@pytest.mark.parametrize("names, kind, words", [
    (["a"], "test.1", "another kind, with a, b in it"),
    (["a", "c"], "test.1", "another kind"),
    (["a", "b"], "test.2", "format 'test.1' instead of 'test.2'"),
])
def test_another_file_is_refused(tmp_path, names, kind, words):
    with pytest.raises(ValueError, match=words):
        read_arrays(keep(tmp_path), kind, names)


@pytest.mark.parametrize("content, words", [
    (b"", "a file of 0 bytes"),
    ((1 << 62).to_bytes(8, "little") + b"{}", "is none of ours"),
    (safetensors.numpy.save(ARRAYS), "another kind"),
    (safetensors.numpy.save(ARRAYS, metadata={"jazz_nb": json.dumps([])}), "its label makes no sense"),
])
def test_a_strange_file_is_refused(tmp_path, content, words):
    (tmp_path / "odd").write_bytes(content)
    with pytest.raises(ValueError, match=words):
        read_arrays(tmp_path / "odd", "test.1", ["a", "b"])


@pytest.mark.parametrize("broken", ["os.replace", "os.fsync"])
def test_a_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch, broken):
    path = keep(tmp_path)
    before = path.read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"jazz_nb.formats.storage.{broken}", fail)
    with pytest.raises(OSError, match="No space left on device"):
        write_whole(path, b"new")
    with pytest.raises(OSError, match="cannot save numbers: No space left on device; make room there"):
        save_whole(path, b"new", "numbers")
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["kept"]


def test_places_that_cannot_be(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no folder"):
        save_whole(tmp_path / "no" / "file", b"", "numbers")
    with pytest.raises(ValueError, match="that is a folder"):
        save_whole(tmp_path, b"", "numbers")
