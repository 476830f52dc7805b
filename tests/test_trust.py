"""What is kept is found again: trainings that are killed, damaged files, takes of last week, old models."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from benchmarks import damage, repeats
from jazz_nb.cli.main import main
from jazz_nb.data import corpus
from jazz_nb.evaluation.copying import _Run, build_index, copy_report, load_index
from jazz_nb.evaluation.events import read_line
from jazz_nb.formats.chart_text import read_chart
from jazz_nb.formats.storage import pack_arrays, read_arrays
from jazz_nb.improviser.network import (
    bundled_improviser,
    improviser_network,
    load_improviser,
    to_stored,
    weight_shapes,
)
from jazz_nb.improviser.sampling import events_of, play
from jazz_nb.improviser.solo import improvise
from jazz_nb.improviser.training import (
    TrainingConfig,
    _compile_learning,
    _cut_excerpts,
    _make_examples,
    _study,
    find_conditions,
    learn,
    make_config,
)
from jazz_nb.inference import sample
from jazz_nb.model import load_network
from jazz_nb.networks.checkpoints import Checkpoint, Checkpoints
from jazz_nb.networks.weights import save_network

ROOT = Path(__file__).parent.parent
MODELS = Path(__file__).parent / "models"
QUIET = {"TF_CPP_MIN_LOG_LEVEL": "3", "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}


# --- trainings --------------------------------------------------------------------------------------------


class Stop(Exception):
    """The end of a process, for those who only play at it."""


class Mortal(Checkpoints):
    """Checkpoints of a training that ends after some step, when that one was saved or just before."""

    def keep(self, step, put_down, pause):
        if step == self.course["dies"] and not self.course["saves"]:
            raise Stop
        super().keep(step, put_down, pause)
        if step == self.course["dies"]:
            raise Stop


@pytest.fixture(scope="module")
def examples():
    return _make_examples([read_line(tune) for tune in corpus("etudes")[:4]], {})


def network():
    return improviser_network(make_config({}, n_units=6, n_hidden=6, n_members=1), seed=3)


@pytest.mark.campaign
def test_a_training_that_ends_again_and_again_ends_with_the_same_weights(examples, tmp_path, monkeypatch):
    monkeypatch.setattr("jazz_nb.networks.checkpoints._check_course", lambda *_: None)  # each life has its own death
    training = TrainingConfig(epochs=2, excerpt=48, batch=4, warm_up=2, look=1)
    whole = network()
    curve = _study(whole, examples[:3], examples[3:], training)
    n_steps = 2 * -(-sum(len(range(0, len(example), 48)) for example in examples[:3]) // 4)
    for dies, saves in ((2, True), (n_steps - 1, False)):
        with pytest.raises(Stop):
            _study(network(), examples[:3], examples[3:], training, resume=True,
                  checkpoints=Mortal(tmp_path / "kept", 1, {"dies": dies, "saves": saves}))
    last = network()
    again = _study(last, examples[:3], examples[3:], training, checkpoints=Checkpoints(tmp_path / "kept", 1),
                  resume=True)
    assert again == curve
    assert all((one == other).all() for one, other in zip(whole.get_weights(), last.get_weights()))


@pytest.mark.campaign
def test_trainings_that_are_killed_end_with_the_same_weights():
    command = [sys.executable, "-m", "benchmarks.kills", "1", "4"]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **QUIET}, capture_output=True, text=True,
                          timeout=300, check=False)
    killed, ended, finished = [line.split(" | ") for line in done.stdout.splitlines()]
    assert int(killed[1]) >= 2 and killed[2] == "0", done.stdout + done.stderr[-2000:]
    assert int(ended[1]) >= 2 and ended[2] == "0", done.stdout
    assert finished[1:3] == ["3", "0"], done.stdout


def test_control_c_keeps_a_checkpoint_and_says_how_to_go_on(tmp_path):
    words = ["train", "--corpus", "etudes", "--small", "--epochs", "9999", "--out", "mine.safetensors", "--every", "5"]
    command = [sys.executable, "-c", f"import sys; from jazz_nb.cli.main import main; sys.exit(main({words}))"]
    with subprocess.Popen(command, cwd=tmp_path, env={**os.environ, **QUIET}, stderr=subprocess.PIPE,
                          stdout=subprocess.DEVNULL, text=True) as process:
        until = time.monotonic() + 120
        while not list(tmp_path.glob("mine.checkpoints/step-*")) and time.monotonic() < until:
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=60)[1]
    assert process.returncode == 130 and "paused after step" in told and "--resume" in told
    assert len(Checkpoints(tmp_path / "mine.checkpoints").paths) in (1, 2)
    assert not (tmp_path / "mine.safetensors").exists() and "Traceback" not in told


@pytest.mark.parametrize("change, words", [
    ({"seed": 4}, "its seed is 0, now it is 4"),
    ({"training": TrainingConfig(epochs=1, batch=4, patience=3)}, "is {'patience': 12}, now it is {'patience': 3}"),
])
def test_another_training_does_not_go_on_from_there(examples, tmp_path, change, words):
    kept, training = Checkpoints(tmp_path / "kept", 1), TrainingConfig(epochs=1, batch=4)
    _study(network(), examples[:1], training=training, checkpoints=kept)
    with pytest.raises(ValueError, match="holds checkpoints; resume=True"):
        _study(network(), examples[:1], training=training, checkpoints=kept)
    options = {"training": training, "checkpoints": kept, "resume": True, **change}
    with pytest.raises(ValueError, match=words):
        _study(network(), examples[:1], **options)
    with pytest.raises(ValueError, match="its lessons is|its lessons held back is"):
        _study(network(), examples[1:2], training=training, checkpoints=kept, resume=True)


def test_resuming_needs_a_place(examples):
    with pytest.raises(ValueError, match="say where the checkpoints are"):
        _study(network(), examples, resume=True)


@pytest.mark.parametrize("broken", ["os.fsync", "os.replace"])
def test_a_full_disk_leaves_the_checkpoint_before(tmp_path, monkeypatch, broken):
    kept = Checkpoints(tmp_path / "kept")
    kept.save(Checkpoint(1, {"a": np.arange(3)}, {}))

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"jazz_nb.formats.storage.{broken}", fail)
    with pytest.raises(OSError, match="cannot save a checkpoint: No space left on device"):
        kept.save(Checkpoint(2, {"a": np.arange(4)}, {}))
    assert kept.load().step == 1
    assert [path.name for path in kept.folder.iterdir()] == ["step-00000001.safetensors"]


def test_what_a_killed_writer_left_is_cleared_and_the_newest_two_stay(tmp_path):
    kept = Checkpoints(tmp_path / "kept")
    kept.folder.mkdir()
    (kept.folder / ".jazz_nb.0badcafe.part").write_bytes(b"half")
    (kept.folder / "notes.txt").write_text("mine")
    for step in (9, 10, 100):
        kept.save(Checkpoint(step, {}, {}))
    assert sorted(path.name for path in kept.folder.iterdir()) == [
        "notes.txt", "step-00000010.safetensors", "step-00000100.safetensors"]
    kept.clear()
    assert [path.name for path in kept.folder.iterdir()] == ["notes.txt"]


def damage_file(path):
    path.write_bytes(path.read_bytes()[:-1])


def test_what_was_just_kept_and_what_it_came_from_stay_behind_damaged_ones(tmp_path):
    kept = Checkpoints(tmp_path / "kept")
    kept.save(Checkpoint(100, {}, {}))
    good = kept.paths[0].read_bytes()
    for step in (200, 300):
        kept.save(Checkpoint(step, {}, {}))
        damage_file(kept.paths[0])
    (kept.folder / "step-00000100.safetensors").write_bytes(good)  # a kill came before it was deleted
    with pytest.warns(UserWarning, match="going on from step-00000100"):
        assert kept.load().step == 100
    assert kept.save(Checkpoint(150, {}, {})).is_file() and kept.load().step == 150
    assert [path.name for path in kept.paths] == ["step-00000150.safetensors", "step-00000100.safetensors"]


@pytest.mark.parametrize("spoil, words", [
    (lambda path: path.rename(path.with_name("step-00000900.safetensors")), "after step 2 and has got"),
    (lambda path: (path.unlink(), path.symlink_to("nowhere")), "No such file"),
])
def test_a_newest_checkpoint_that_cannot_be_read_falls_back(tmp_path, spoil, words):
    kept = Checkpoints(tmp_path / "kept")
    for step in (1, 2):
        kept.save(Checkpoint(step, {}, {}))
    spoil(kept.paths[0])
    with pytest.warns(UserWarning, match=words):
        assert kept.load().step == 1


def test_a_link_to_a_folder_stays(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "kept").symlink_to("real")
    kept = Checkpoints(tmp_path / "kept")
    kept.save(Checkpoint(1, {}, {}))
    kept.clear()
    assert kept.folder.is_symlink() and not list(kept.folder.iterdir())


def test_a_course_must_be_plain(tmp_path):
    with pytest.raises(ValueError, match="a label is made of words and numbers"):
        Checkpoints(tmp_path / "kept").begin({"seed": object()}, Checkpoint(0, {}, {}), print, resume=False)


FORGED_CHECKPOINTS = {
    "dice": [5, {}, None, {"bit_generator": "PCG64", "state": {"state": -1, "inc": 10**60}}],
    "lessons": [5, ["x"], [None], [[]]], "looks": [5, [5], [[1]], [[1, "x"]], [[1e400, 1]]],
}


@pytest.fixture(scope="module")
def begun(examples, tmp_path_factory):
    kept = Checkpoints(tmp_path_factory.mktemp("begun") / "kept", 1)
    _study(network(), examples[:1], training=TrainingConfig(epochs=1), checkpoints=kept)
    return kept.paths[0]


def resume_forged(examples, begun, folder, change):
    arrays, info = read_arrays(begun, "jazz_nb.checkpoint.1", lambda info: info["names"])
    change(arrays, info["rest"])
    (folder / begun.name).write_bytes(pack_arrays(arrays, info, "jazz_nb.checkpoint.1"))
    with pytest.raises(ValueError, match="does not fit this training: .*; begin anew"):
        _study(network(), examples[:1], training=TrainingConfig(epochs=1), checkpoints=Checkpoints(folder),
              resume=True)


@pytest.mark.parametrize(
    "name, value", [(name, value) for name, some in FORGED_CHECKPOINTS.items() for value in some])
def test_a_forged_checkpoint_is_refused(examples, begun, tmp_path, name, value):
    resume_forged(examples, begun, tmp_path, lambda arrays, rest: rest.update({name: value}))


@pytest.mark.parametrize("name", ["variable 0", "kept 0", "sums"])
def test_a_checkpoint_with_other_shapes_is_refused(examples, begun, tmp_path, name):
    other = {name: np.zeros((3, 3), np.float32)}
    resume_forged(examples, begun, tmp_path, lambda arrays, _: arrays.update(other))


def test_another_version_is_told(tmp_path, monkeypatch):
    kept = Checkpoints(tmp_path / "kept")
    kept.save(Checkpoint(1, {}, {}))
    assert kept.load().step == 1  # and no warning: pytest makes an error of one
    monkeypatch.setattr("jazz_nb.networks.checkpoints.version", lambda name: {"keras": "4.0"}.get(name, version(name)))
    words = rf"kept with keras '{version('keras')}' \(now 4.0\); .* other weights"
    with pytest.warns(UserWarning, match=words):
        assert kept.load().step == 1


def test_numbers_of_numpy_do_not_keep_what_was_learned_from_being_saved(tmp_path):
    lines = [read_line(tune) for tune in corpus("etudes")[:2]]
    config = make_config(find_conditions(lines), n_units=4, n_hidden=4, n_members=1)
    training = TrainingConfig(epochs=np.int64(1), excerpt=np.int32(48), rate=np.float64(0.002))
    improviser, _ = learn(lines, config=config, training=training, seed=np.int64(3))
    again = load_improviser(save_network(improviser, tmp_path / "mine"))
    assert (again.info["seed"], again.info["training"]["epochs"]) == (3, 1)


def test_resuming_what_has_ended_replaces_nothing(tmp_path, capsys):
    out = tmp_path / "mine.safetensors"
    out.write_bytes(b"what was learned last week")
    assert main(["train", "--corpus", "etudes", "--small", "--resume", "--out", str(out)]) == 2
    assert "its training has ended; to train anew and replace it, leave" in capsys.readouterr().err
    assert out.read_bytes() == b"what was learned last week" and os.listdir(tmp_path) == [out.name]


def test_what_was_learned_is_safe_before_its_result_is_written(tmp_path, monkeypatch, capsys):
    words = ["train", "--corpus", "etudes", "--small", "--epochs", "1", "--out"] + [str(tmp_path / "mine.safetensors")]
    assert main(words) == 0
    one_epoch = (tmp_path / "mine.safetensors").read_bytes()
    two = [word if word != "1" else "2" for word in words]
    with monkeypatch.context() as full:
        full.setattr("jazz_nb.networks.weights.save_whole", fail_as_on_a_full_disk)
        assert main(two) == 1
    assert "No space left on device; make room" in capsys.readouterr().err
    assert Checkpoints(tmp_path / "mine.checkpoints").paths[0].name > "step-00000000.safetensors"
    assert (tmp_path / "mine.safetensors").read_bytes() == one_epoch
    assert main([*words, "--resume"]) == 1  # one epoch was not what was asked for
    assert "its options is {'epochs': 2}, now it is {'epochs': 1}" in capsys.readouterr().err
    damage_file(Checkpoints(tmp_path / "mine.checkpoints").paths[0])
    assert main([*two, "--resume"]) == 0
    lines = capsys.readouterr().err.replace("\r", "\n").splitlines()  # a bar makes way for the warning
    assert any(line.startswith("jazz-nb: ") and "going on from step-00000000" in line for line in lines)
    assert load_improviser(tmp_path / "mine.safetensors").info["training"]["epochs"] == 2
    assert sorted(os.listdir(tmp_path)) == ["mine.copies.safetensors", "mine.safetensors"]
    shutil.copy(bundled_improviser().with_suffix(".copies.safetensors"), tmp_path / "mine.copies.safetensors")
    assert main(["improvise", "| C7 |", "--model", str(tmp_path / "mine.safetensors")]) == 1
    assert "is not the index of what" in capsys.readouterr().err


def fail_as_on_a_full_disk(path, *_):
    raise OSError(28, "cannot save: No space left on device; make room there", str(path))


def test_a_training_is_known_from_its_first_moment(examples, tmp_path):
    kept = Mortal(tmp_path / "kept", 1, {"dies": 1, "saves": False})
    for seed in (0, 1):  # what has made no step stands in nobody's way
        with pytest.raises(Stop):
            _study(network(), examples[:1], training=TrainingConfig(epochs=1), seed=seed, checkpoints=kept)
        assert [path.name for path in kept.paths] == ["step-00000000.safetensors"]
    with pytest.raises(ValueError, match="its seed is 1, now it is 0"):
        _study(network(), examples[:1], training=TrainingConfig(epochs=1), checkpoints=kept, resume=True)


def test_another_number_of_processors_is_told(tmp_path, monkeypatch):
    kept = Checkpoints(tmp_path / "kept")
    kept.save(Checkpoint(1, {}, {}))
    monkeypatch.setattr("jazz_nb.networks.checkpoints._count_processors", lambda: 777)
    with pytest.warns(UserWarning, match="kept with processor '.*' .now 777 × .*other weights"):
        kept.load()


def is_finite(arrays):
    return all(np.isfinite(array).all() for array in arrays)


def test_a_training_that_fails_at_once_leaves_the_weights_it_had(examples, tmp_path):
    learner, kept = network(), Checkpoints(tmp_path / "kept", 1)
    before = learner.get_weights()
    with pytest.raises(ValueError, match="in epoch 1 .* nothing was learned"):
        _study(learner, examples[:1], training=TrainingConfig(epochs=2, excerpt=8, batch=1, rate=1e38, warm_up=0),
              checkpoints=kept)
    assert all((one == other).all() for one, other in zip(before, learner.get_weights()))
    newest, _ = read_arrays(kept.paths[0], "jazz_nb.checkpoint.1", lambda info: info["names"])
    assert is_finite(newest.values())


@pytest.mark.parametrize("fails", ["first", "last"])
def test_weights_that_are_no_numbers_are_kept_nowhere(examples, tmp_path, monkeypatch, fails):
    draws = np.random.default_rng(0)
    _, first, second = (len(_cut_excerpts([len(examples[0])], 48, draws)) for _ in range(3))
    made, fatal = [], first + {"first": 1, "last": second}[fails]
    assert second > 2

    def compile_badly(learner, *others):
        step, look = _compile_learning(learner, *others)

        def bad_step(*stack):
            made.append(step(*stack))
            if len(made) == fatal:
                learner.trainable_variables[0].assign(learner.trainable_variables[0] * np.nan)
            return made[-1]

        return bad_step, look

    monkeypatch.setattr("jazz_nb.improviser.training._compile_learning", compile_badly)
    learner, kept = network(), Checkpoints(tmp_path / "kept", 1)
    training = TrainingConfig(epochs=3, excerpt=48, batch=1, warm_up=2)
    with pytest.warns(UserWarning, match="in epoch 2 the training went astray.* from after epoch 1"):
        curve = _study(learner, examples[:1], training=training, checkpoints=kept)
    assert len(curve.training) == 1 and is_finite(learner.get_weights())
    assert len(made) == first + {"first": 2, "last": second}[fails]
    newest, _ = read_arrays(kept.paths[0], "jazz_nb.checkpoint.1", lambda info: info["names"])
    assert is_finite(newest.values())


def test_two_trainings_do_not_share_a_folder(examples, tmp_path):
    kept, told = Checkpoints(tmp_path / "kept", 1), []

    def try_too(*_):
        try:
            _study(network(), examples[:1], training=TrainingConfig(epochs=1), checkpoints=kept, resume=True)
        except ValueError as error:
            told.append(str(error))

    def in_another_thread(*_):
        other = threading.Thread(target=try_too)
        other.start()
        other.join()

    training = TrainingConfig(epochs=1)
    _study(network(), examples[:1], training=training, checkpoints=kept, progress=in_another_thread)
    assert len(told) == 1 and "another training works in" in told[0] and "another place" in told[0]
    kept.clear()
    assert not kept.folder.exists()


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "kept").write_text("a file")
    with pytest.raises(OSError, match="cannot keep checkpoints"):
        Checkpoints(tmp_path / "kept").save(Checkpoint(1, {}, {}))


# --- models -----------------------------------------------------------------------------------------------


@pytest.mark.campaign
def test_damaged_models_are_refused():
    found = list(damage.campaign(step=61, lies=60))
    assert len(found) == 6 * len(damage.KINDS) and sum(tried for _, tried, *_ in found) > 1500
    assert not [row for row in found if row[2]]


FORGED = {
    "conditions": [5, [], {"performer": 5}, {"performer": [1, 2]}, {"performer": None}, {"mood": ["BLUE"]},
                   {"performer": ["A", "a"]}, {"performer": [f"name {number}" for number in range(75)]}],
    "offered": [5, {"performer": "Charlie Parker"}, {"performer": ["Nobody"]}, {"mood": ["BLUE"]}],
    "usual": [5, *({"Charlie Parker": odd} for odd in (5, {"style": 5}, {"mood": "BLUE"}))],
    "curve": [5, {"looks": 5}, {"looks": [5]}, {"looks": [[1, "a"]]}, {"looks": [[1, 2, 3, 4]]}],
    "licence": [["mine"], {"of": "mine"}],
}


def stored(improviser):
    return dict(improviser.label())


@pytest.mark.parametrize("label, value", [(label, value) for label, some in FORGED.items() for value in some])
def test_an_improviser_with_forged_labels_is_refused(tmp_path, label, value):
    improviser = load_improviser()
    arrays = {name: array.astype(np.float16) for name, array in improviser.arrays.items()}
    info = {**stored(improviser), label: value}
    (tmp_path / "forged").write_bytes(pack_arrays(arrays, info, "jazz_nb.improviser.1"))
    with pytest.raises(ValueError, match="forged holds no improviser that this version can play"):
        load_improviser(tmp_path / "forged")


@pytest.mark.parametrize("name, value", [
    ("n_units", float("inf")), ("n_voices", True), ("codes", [["position", float("inf"), 4]]),
    ("head_measures", [0, float("nan")]),
])
def test_a_configuration_with_numbers_that_are_none_is_refused(tmp_path, name, value):
    improviser = load_improviser()
    info = stored(improviser)
    info["plan"][name] = value
    (tmp_path / "forged").write_bytes(pack_arrays(improviser.arrays, info, "jazz_nb.improviser.1"))
    with pytest.raises(ValueError, match="forged holds no improviser that this version can play"):
        load_improviser(tmp_path / "forged")


SMALL = damage.small_improviser().config


@pytest.mark.parametrize("change", [
    {"n_units": 0}, {"n_members": 0}, {"categories": SMALL.categories[::-1]}, {"categories": SMALL.categories * 2},
    {"conditions": (*SMALL.conditions, ("echo", 3, 0))}, {"categories": (*SMALL.categories, ("mood", 3, 2))},
])
def test_a_configuration_that_cannot_play_is_refused(tmp_path, change):
    config = replace(SMALL, **change)
    arrays = {name: np.zeros(shape, np.float16) for name, shape in weight_shapes(config).items()}
    content = pack_arrays(arrays, to_stored({"config": asdict(config)}), "jazz_nb.improviser.1")
    (tmp_path / "forged").write_bytes(content)
    with pytest.raises(ValueError, match="its configuration|something else than this version"):
        improvise("| C7 |", takes=1, model=tmp_path / "forged")


def test_an_index_of_one_run_over_and_over_takes_no_memory(monkeypatch):
    monkeypatch.setattr("jazz_nb.evaluation.copying._MOST_PAIRS", 10)
    with pytest.raises(ValueError, match="runs of this take, as none of ours does"):
        copy_report(corpus("etudes")[0], build_index([read_line(tune) for tune in corpus("etudes")]))


def test_names_from_a_file_clear_no_terminal():
    run = _Run(7, 1, 1, "\x1b]0;pwned\x07", "T\x1b[2J\nnot suspicious", 3)
    assert str(run).isprintable() and "pwned" in str(run)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with names")
@pytest.mark.parametrize("load", [load_improviser, load_network])
def test_a_pipe_is_not_waited_for(tmp_path, load):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ValueError, match="pipe.*a folder, a pipe or a device, and no file"):
        load(tmp_path / "pipe")


def test_a_model_that_was_replaced_is_read_again(tmp_path):
    path, chart = tmp_path / "mine.safetensors", "| Dm7 | G7 |"
    improviser = load_improviser()
    save_network(improviser, path)
    first = improvise(chart, seed=1, takes=1, model=path)[0]
    assert first.report is None
    silent = {name: array * 0 for name, array in improviser.arrays.items()}
    save_network(replace(improviser, arrays=silent), path)
    shutil.copy(bundled_improviser().with_suffix(".copies.safetensors"), tmp_path / "mine.copies.safetensors")
    second = improvise(chart, seed=1, takes=1, model=path)[0]
    assert second.line.pitches.tobytes() != first.line.pitches.tobytes() and second.report is not None
    path.write_bytes(b"garbage")
    with pytest.raises(ValueError, match="holds no improviser"):
        improvise(chart, model=path)


def test_the_campaign_would_see_a_reader_that_believes(tmp_path):
    kind = damage.Kind("careless", lambda path: path.write_bytes(b"abc"), Path.read_bytes, list, list)
    assert not damage.try_file(kind, tmp_path / "x", b"abd", b"abc")
    assert damage.try_file(kind, tmp_path / "x", b"abc", b"abc")
    kind = damage.Kind("rude", kind.make, lambda path: json.loads("{"), list, list)
    assert not damage.try_file(kind, tmp_path / "x", b"abd", b"abc")


# Each was written by the version in its name; the files stay as they are, and so do their solos.
OLD = json.loads((MODELS / "solos.json").read_text())


@pytest.mark.parametrize("name", [name for name in OLD if "improviser" in name])
def test_an_old_improviser_still_plays_its_solo(name):
    chart = read_chart(OLD[name]["chart"], tempo=160.0)
    take, = play(load_improviser(MODELS / name), chart, seed=OLD[name]["seed"])
    assert [list(event) for event in events_of(take.line)] == OLD[name]["events"]


@pytest.mark.parametrize("path", [bundled_improviser(), *MODELS.glob("*.improviser.safetensors")], ids=lambda path: path.name)
def test_an_improviser_is_saved_in_the_words_of_its_format(path, tmp_path):
    """The code may call things otherwise: what is read and saved again is the same file, byte for byte."""
    loaded = load_improviser(path)
    assert save_network(loaded, tmp_path / "again").read_bytes() == path.read_bytes()
    assert {"training", "dropout"} <= loaded.info.keys() or "curve" not in loaded.info


@pytest.mark.parametrize("name", [name for name in OLD if "network" in name])
def test_an_old_network_still_plays_its_solo(name):
    values = sample(load_network(MODELS / name), 40, seed=OLD[name]["seed"])
    assert values[0].tolist() == OLD[name]["values"]


@pytest.mark.parametrize("name", [name for name in OLD if "copies" in name])
def test_an_old_index_still_finds_what_it_knows(name):
    report = copy_report(corpus("etudes")[0], load_index(MODELS / name))
    assert report.longest_intervals.length == OLD[name]["longest"]


# --- results ----------------------------------------------------------------------------------------------


@pytest.mark.campaign
def test_the_same_seed_gives_the_same_bytes():
    base = repeats.ask(sys.executable, 1)
    assert len(set(base.values())) == len(base) == 10
    others = repeats.ask(sys.executable, 64, OPENBLAS_NUM_THREADS="2", PYTHONHASHSEED="7", TZ="Asia/Tokyo")
    assert others == base
