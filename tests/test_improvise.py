"""The front door: any kind of chart, best first, manners, takes that go on, and the command line."""

import json
import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from joblib import Parallel, delayed

import jazz_nb
from jazz_nb.cli.main import main
from jazz_nb.data import corpus
from jazz_nb.improviser.constraints import Constraints
from jazz_nb.improviser.network import load_improviser
from jazz_nb.improviser.solo import _complete_manner, improvise, manners
from jazz_nb.improviser.takes import _keep_bars
from jazz_nb.loading.charts import open_chart
from jazz_nb.networks.weights import save_network

CHANGES = "| Dm7 G7 | Cmaj7 | Em7 A7 | Dm7 G7 |"


@pytest.fixture(scope="module")
def takes():
    return improvise(CHANGES, seed=3, takes=4, choruses=2)


def notes_of(take):
    return [(note.onset, note.pitch) for note in take.solo.notes]


def test_takes_are_sorted_and_repeat(takes):
    assert [take.rating for take in takes] == sorted((take.rating for take in takes), reverse=True)
    again = {take.number: take for take in improvise(CHANGES, seed=3, takes=2, choruses=2)}
    for take in takes:
        if take.number in again:
            assert notes_of(take) == notes_of(again[take.number])
    assert takes[0].options["seed"] == 3 and takes[0].options["choruses"] == 2
    assert takes[0].solo.n_bars == takes[0].session.chart.n_bars == 8


def test_without_a_seed_it_is_new_and_tells_its_seed():
    first, second = (improvise("| C7 | % |", takes=1)[0] for _ in range(2))
    assert first.seed != second.seed
    assert notes_of(improvise("| C7 | % |", takes=1, seed=first.seed)[0]) == notes_of(first)


def test_charts_of_all_kinds(tmp_path):
    path = tmp_path / "changes.txt"
    path.write_text(CHANGES)
    etude = corpus("etudes")[0]
    for chart in (CHANGES, path, str(path), etude):
        assert improvise(chart, takes=1, seed=1)[0].solo.notes
    assert notes_of(improvise(path, takes=1, seed=1)[0]) == notes_of(improvise(CHANGES, takes=1, seed=1)[0])
    assert open_chart(etude, tempo=99).tempo == 99


def test_the_front_door_goes_to_other_processes():
    """`from jazz_nb import improvise` gives something that pickles and plays there."""
    assert pickle.loads(pickle.dumps(jazz_nb.improvise)) is improvise is jazz_nb.improvise
    there, = Parallel(n_jobs=2)([delayed(jazz_nb.improvise)(CHANGES, takes=2, seed=1)])
    here = jazz_nb.improvise(CHANGES, takes=2, seed=1)
    assert [notes_of(take) for take in there] == [notes_of(take) for take in here]


@pytest.mark.parametrize("wishes, words", [
    ({"performer": "Charly Parker"}, "nearest: .*Charlie Parker"), ({"style": "BEPOP"}, "nearest: bebop"),
    ({"performer": {"Chet Baker": -1}}, "weights are 0 or more"), ({"takes": 0}, "takes is a whole number"),
    ({"choruses": 1000}, "choruses is a whole number"), ({"tempo": 4}, "between 20 and 400"),
    ({"top_k": 0}, "top_k"), ({"temperature": 0}, "temperature is above 0"), ({"seed": -2}, "seed is"),
    ({"feel": "polka"}, "polka"),
])
def test_bad_wishes_get_one_clear_error(wishes, words):
    with pytest.raises(ValueError, match=words):
        _ = improvise(CHANGES, **wishes)[0].tune


def test_reject_copies_needs_an_index(tmp_path):
    path = save_network(load_improviser(), tmp_path / "alone.safetensors")
    assert improvise(CHANGES, model=path, takes=1, seed=0)[0].report is None
    with pytest.raises(ValueError, match="needs the index"):
        improvise(CHANGES, model=path, reject_copies=True)
    assert not any(take.report.suspicious for take in improvise(CHANGES, reject_copies=True, takes=3, seed=1))


def test_a_manner_changes_the_take_and_brings_its_company():
    plain, told = (improvise(CHANGES, takes=1, seed=2, performer=name)[0]
                   for name in (None, "charlie parker"))
    assert notes_of(plain) != notes_of(told)
    found = _complete_manner(load_improviser(), {"performer": {"Charlie Parker": .7, "Chet Baker": .3}})
    assert found["instrument"] == {"as": .7, "tp": .3} and found["style"] == {"bebop": .7, "cool": .3}
    assert "Charlie Parker" in manners()["performer"] and "bebop" in manners()["style"]


def test_names_that_do_not_act_give_a_warning():
    known = set(load_improviser().info["conditions"]["performer"]) - set(manners()["performer"])
    with pytest.warns(UserWarning, match="is known, but takes told so were not measured"):
        improvise("| C7 |", takes=1, performer=min(known))


def test_lock_vary_extend_again(takes):
    take = takes[0]
    locked = take.lock((3, 6))
    inside = [event for event in notes_of(take) if 8 <= event[0] < 24]
    assert inside and [event for event in notes_of(locked) if 8 <= event[0] < 24] == inside
    assert notes_of(locked) != notes_of(take)
    longer = take.extend(3)
    assert notes_of(longer)[:len(notes_of(take)) - 1] == notes_of(take)[:-1]
    assert longer.session.chart.n_bars == 11
    assert take.vary(0) is take and notes_of(take.vary(.5)) != notes_of(take)
    assert take.again().number == take.number + 4
    assert notes_of(take.again()) == notes_of(take.session.play(take.number + 4)[0])
    assert len(take.why()) == len(take.solo.notes)


def test_kept_bars_hold_the_tail_of_the_bar_before(takes):
    line = replace(takes[0].line, pitches=np.array([60, 62], np.int16), onsets=np.array([36, 60]), start=36,
                   durations=np.array([24, 12], np.int16))
    assert _keep_bars(line, {2}) == [(48, -1, 12), (60, 62, 12), (72, -1, 24)]
    assert _keep_bars(line, {1}) == [(0, -1, 36), (36, 60, 24)]
    assert _keep_bars(line, {1, 2})[1:3] == [(36, 60, 24), (60, 62, 12)]
    assert _keep_bars(line, {5}) == [(192, -1, 48)] and _keep_bars(line, set()) == []


def test_silent_bars_stay_silent(takes):
    take = takes[0]
    silent = replace(take, played=replace(take.played, line=replace(
        take.line, pitches=take.line.pitches[-1:], durations=take.line.durations[-1:],
        onsets=take.line.onsets[-1:], start=int(take.line.onsets[-1]))))
    locked = silent.lock((1, 4))
    assert min(onset for onset, _ in notes_of(locked)) >= 16


def test_wishes_reach_the_takes():
    low, = improvise(CHANGES, takes=1, seed=1, constraints=Constraints(lowest=40, highest=55))
    assert max(pitch for _, pitch in notes_of(low)) <= 55


def test_improvise_at_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["improvise", CHANGES, "--seed", "5", "--takes", "3", "--choruses", "2", "--highest", "70"]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "seed 5: the best of 3 takes is number" in told and "8 bars" in told and "longest run" in told
    before = (tmp_path / "output" / "my_solo.mid").read_bytes()
    assert main(words) == 0
    assert (tmp_path / "output" / "my_solo.mid").read_bytes() == before


@pytest.mark.parametrize("words, code, told", [
    (["improvise"], 2, "there is neither"), (["improvise", "| C |", "--chart", "x.txt"], 2, "there are both"),
    (["improvise", "--chart", "nowhere.txt"], 2, "no such file"), (["improvise", "| H7 |"], 2, "H7"),
    (["improvise", "| C |", "--performer", "Nobody At All"], 1, "is not among"),
    (["improvise", "| C |", "--performer", "Chet Baker:x"], 2, "is no mixture"),
    (["improvise", "| C |", "--lowest", "70", "--highest", "60"], 1, "lies above the highest, 60"),
    (["improvise", "| C |", "--model", "nowhere.safetensors"], 1, "no improviser at nowhere"),
    (["models", "nowhere.safetensors"], 1, "no improviser at nowhere"),
    (["evaluate", "--corpus", "nowhere.db"], 2, "nowhere.db"),
    (["train", "--out", "x.h5"], 2, ".safetensors"),
])
def test_one_line_for_each_mistake(tmp_path, monkeypatch, capsys, words, code, told):
    monkeypatch.chdir(tmp_path)
    assert main(words) == code
    error = capsys.readouterr().err
    assert told in error and error.count("\n") == 1 and not list(tmp_path.iterdir())


def test_evaluate_prints_json(capsys):
    assert main(["evaluate", "--corpus", "etudes", "--split", "test", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found["bits"]) >= {"pitch", "duration", "joint", "notes_only"} and found["n_solos"] == 3
    assert abs(found["bits"]["pitch"] + found["bits"]["duration"] - found["bits"]["joint"]) < 1e-9


def test_a_solo_in_a_fresh_process_needs_no_tensorflow(tmp_path):
    code = ("import sys, time; from jazz_nb.cli.main import main; "
            f"main(['improvise', {CHANGES!r}, '--seed', '1']); "
            "print(sorted({'tensorflow', 'keras', 'music21', 'matplotlib', 'IPython'} & set(sys.modules)), "
            "time.process_time())")
    told = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, text=True,
                          check=True)
    assert told.stdout.splitlines()[-1].startswith("[] "), told.stdout


def test_train_small_at_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["train", "--corpus", "etudes", "--small", "--epochs", "1", "--out", "mine.safetensors"]) == 0
    told = capsys.readouterr()
    assert "kept the improviser of epoch 1" in told.out and "learning from" in told.err
    assert {path.name for path in tmp_path.iterdir()} == {"mine.safetensors", "mine.copies.safetensors"}
    assert improvise(CHANGES, model="mine.safetensors", takes=1, seed=0)[0].report is not None
    info = load_improviser("mine.safetensors").info
    assert info["corpus"] == "etudes" and info["licence"] and info["n_train"] > 10


@pytest.mark.parametrize("nobody", [{}, ""])
def test_a_wish_for_nobody_is_no_wish(nobody):
    with pytest.raises(ValueError, match="names nobody; leave it out, or give a name"):
        improvise(CHANGES, seed=1, takes=1, performer=nobody)


@pytest.mark.parametrize("choruses, words", [(1, "25 notes"), (8, "this length")])
def test_a_report_says_with_what_it_compares(choruses, words):
    """Real solos were measured from 25 notes on; a take of two bars has fewer."""
    take = improvise("| Dm7 G7 | Cmaj7 |", seed=1, takes=1, choruses=choruses)[0]
    assert (len(take.solo.notes) < 25) == (choruses == 1)
    assert f"in real solos of {words}: " in str(take.report)


def test_the_terminal_counts_as_people_do(tmp_path, capsys):
    song = str(tmp_path / "song.mid")
    words = ["improvise", "| C7 |", "--takes", "1", "--seed", "1", "--notes-per-bar", "1", "--out", song]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "the best of 1 take is number 0" in told and "; 1 bar, " in told and "1 bars" not in told


def test_chords_without_bar_lines_are_one_bar_and_that_is_said():
    with pytest.warns(UserWarning, match="'Dm7 G7 Cmaj7' was read as one bar; write | between bars"):
        take, = improvise("Dm7 G7 Cmaj7", seed=1, takes=1)
    assert take.session.chart.n_bars == 1


@pytest.mark.parametrize("words, told", [
    (["improvise", "| C |", "--perfomer", "Chet Baker"],
     "jazz-nb improvise: '--perfomer' is not understood, perhaps --performer is meant; see jazz-nb"),
    (["train", "--cropus=etudes"], "perhaps --corpus is meant"),
    (["models", "a", "b"], "'b' is not understood; see"),
])
def test_a_misspelt_option_is_told_its_neighbour(capsys, words, told):
    assert main(words) == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("wishes", [
    {"performer": ["Charlie Parker"]}, {"performer": {"Charlie Parker": "x"}}, {"performer": {1: 1}},
    {"performer": {"Charlie Parker": 1e308, "Chet Baker": 1e308}}, {"tempo": "120"}, {"temperature": None},
    {"temperature": "x"}, {"top_p": "x"}, {"constraints": None}, {"model": 5}, {"primer": "x"},
    {"feel": "polka"}, {"takes": True}, {"choruses": 1.0},
])
def test_a_wish_of_the_wrong_kind_gets_one_clear_error(wishes):
    with pytest.raises(ValueError, match=r"\w{4}.*\w{4}") as error:
        improvise(CHANGES, seed=1, **{"takes": 1, **wishes})
    assert "\n" not in str(error.value) and next(iter(wishes))[:4] in str(error.value)


@pytest.mark.parametrize("wishes", [
    {"end_on_chord_tone": 0}, {"end_on_chord_tone": None}, {"avoid": 6}, {"avoid": None}, {"lowest": True},
    {"largest_leap": "x"}, {"longest_loop": "x"}, {"largest_leap": 1.5},
])
def test_a_limit_of_the_wrong_kind_gets_one_clear_error(wishes):
    with pytest.raises(ValueError, match=f"{next(iter(wishes))} (is|counts|lists)"):
        Constraints(**wishes)


def test_a_density_that_is_none(takes):
    with pytest.raises(ValueError, match="rests is a number or a list of numbers, not {}"):
        improvise(CHANGES, takes=1, constraints=Constraints(rests={}))


def test_a_take_is_extended_with_its_wishes_and_not_for_ever():
    take, = improvise(CHANGES, seed=1, takes=1, constraints=Constraints(notes_per_bar=[2, 4, 6, 8]))
    assert take.extend(2).session.playing["constraints"].notes_per_bar == [2, 4, 6, 8, 2, 4]
    with pytest.raises(ValueError, match="2000 bars at most, not 4 and 10000000 more"):
        take.extend(10**7)


@pytest.mark.skipif(sys.platform == "win32", reason="pipes end in another way there")
def test_a_reader_that_goes_away_stops_nothing(tmp_path):
    words = ["improvise", "| C7 |", "--seed", "1", "--takes", "1", "--out", "solo.mid"]
    code = f"import sys; from jazz_nb.cli.main import main; sys.exit(main({words}))"
    with subprocess.Popen([sys.executable, "-u", "-c", code], cwd=tmp_path, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        process.stdout.close()
        told = process.stderr.read()
    assert process.returncode == 0 and not told and (tmp_path / "solo.mid").is_file()
