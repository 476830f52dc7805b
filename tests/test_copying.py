"""Copies: runs against brute force, the file against tampering, the benchmark's reference numbers."""

import json
import os
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

from jazz_nb.data import corpus
from jazz_nb.evaluation.copying import (
    _SHORTEST,
    _SPANS,
    build_index,
    copy_report,
    load_index,
)
from jazz_nb.evaluation.events import Line, read_line, read_lines
from jazz_nb.formats.storage import pack_arrays, read_arrays
from jazz_nb.formats.wjazzd import open_wjazzd
from jazz_nb.music.harmony import transpose
from jazz_nb.tune import Tune

REAL = Path(os.environ.get("JAZZ_NB_DATA", "nowhere"), "wjazzd.db.xz")
# Longest run (median, most) and shares inside runs of 6, 8, 10 and 15; the most with rhythm, 15, is in a
# solo kept back.
REFERENCE = {"longest_intervals": (11, 19, 0.69, 0.27, 0.086, 0.008),
             "longest_rhythm": (7, 12, 0.076, 0.012, 0.0015, 0)}


def make_line(steps, waits=None, title="a take"):
    """A line of intervals, eighths unless told."""
    pitches = np.cumsum([60, *steps]).astype(np.int16)
    durations = np.array([*(waits or [6] * len(steps)), 6], np.int16)
    return Line(pitches, durations, 0, Tune(title, performer="Somebody"), tune_key=title)


def random_line(seed, n_notes=60, n_kinds=3):
    """A line with few kinds of intervals and of lengths, so that runs are common."""
    rng = np.random.default_rng(seed)
    steps = rng.integers(-1, n_kinds - 1, n_notes - 1)
    return make_line(steps.tolist(), rng.choice([4, 6], n_notes - 1).tolist(), f"take {seed}")


def steps_of(line, with_rhythm):
    """Each step as a tuple, by plain Python."""
    notes = [(int(pitch), int(onset)) for pitch, onset in zip(line.pitches, line.onsets) if pitch >= 0]
    return [(b[0] - a[0], (b[1] - a[1]) * with_rhythm) for a, b in zip(notes, notes[1:])]


def longest_by_force(line, others, with_rhythm):
    """The longest common run, and which notes lie inside runs of each of _SPANS, by comparing all places."""
    take, best, inside = steps_of(line, with_rhythm), 0, {span: set() for span in _SPANS}
    for other in others:
        theirs = steps_of(other, with_rhythm)
        for i in range(len(take)):
            for j in range(len(theirs)):
                size = 0
                while i + size < len(take) and j + size < len(theirs) and take[i + size] == theirs[j + size]:
                    size += 1
                best = max(best, size)
                for span in _SPANS:
                    if size >= span:
                        inside[span] |= set(range(i, i + size + 1))
    shares = {span: len(notes) / (len(take) + 1) for span, notes in inside.items()}
    return best if best >= _SHORTEST else 0, shares


@pytest.fixture(scope="module")
def masters():
    """Twelve random lines and their index."""
    lines = [random_line(seed) for seed in range(12)]
    return lines, build_index(lines)


# --- runs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(100, 106))
def test_runs_are_those_that_a_comparison_of_all_places_finds(masters, seed):
    lines, index = masters
    take = random_line(seed)
    report = copy_report(take, index)
    for with_rhythm, run, shares in ((False, report.longest_intervals, report.shares),
                                     (True, report.longest_rhythm, report.rhythm_shares)):
        length, expected = longest_by_force(take, lines, with_rhythm)
        assert run.length == length
        assert shares == pytest.approx(expected)


def test_a_run_is_where_the_report_says(masters):
    lines, index = masters
    for seed in range(200, 210):
        take = random_line(seed)
        run = copy_report(take, index).longest_intervals
        source = next(line for line in lines if line.chart.title == run.title)
        stolen = steps_of(take, False)[run.note:run.note + run.length]
        places = [place for place in range(60) if steps_of(source, False)[place:place + run.length] == stolen]
        assert run.source_bar in [source.onsets[place] // 48 + 1 for place in places]
        assert run.bar == take.onsets[run.note] // 48 + 1


def test_no_run_goes_on_from_one_solo_into_the_next():
    whole = random_line(5, 40)
    halves = [replace(whole, pitches=whole.pitches[part], durations=whole.durations[part], onsets=None)
              for part in (slice(0, 20), slice(20, 40))]
    assert copy_report(whole, build_index([whole])).longest_intervals.length == 39
    assert copy_report(whole, build_index(halves)).longest_intervals.length < 25
    # The second begins with the last five steps of the first, so their fingerprints would follow each other.
    whole = make_line(np.random.default_rng(1).integers(-9, 9, 20).tolist())
    first, second = (replace(whole, pitches=whole.pitches[part], durations=whole.durations[part], onsets=None)
                     for part in (slice(0, 11), slice(5, 21)))
    assert copy_report(whole, build_index([first, second])).longest_intervals.length == 15


def test_rests_are_skipped_and_keys_do_not_matter(masters):
    lines, index = masters
    line = lines[3]
    pitches, durations = np.insert(line.pitches, 10, -1), np.insert(line.durations, 10, 12)
    rested = replace(line, pitches=pitches, durations=durations, onsets=None)
    assert copy_report(rested, index).longest_intervals.length == 59
    assert copy_report(rested, index).longest_rhythm.length == 49
    moved = replace(line, pitches=line.pitches + 5)
    assert copy_report(moved, index).longest_rhythm[:1] + copy_report(moved, index).longest_rhythm[3:] == (
        59, "Somebody", "take 3", 1)


def test_a_tune_and_its_line_have_one_report():
    etudes = [tune for tune in corpus("etudes") if tune.meter == (4, 4)]
    index = build_index(map(read_line, etudes[:8]))
    for tune in (etudes[0], transpose(etudes[0], 3), etudes[9]):
        assert repr(copy_report(tune, index)) == repr(copy_report(read_line(tune), index))


def test_a_solo_without_its_tune(masters):
    lines, index = masters
    assert copy_report(lines[0], index).longest_intervals.length == 59
    alone = copy_report(lines[0], index, without="take 0")
    assert alone.longest_intervals.length == longest_by_force(lines[0], lines[1:], False)[0]


@pytest.mark.parametrize("n_notes", range(1, 9))
def test_short_takes(masters, n_notes):
    report = copy_report(make_line([1] * (n_notes - 1)), masters[1])
    assert 0 <= report.longest_intervals.length < n_notes
    assert all(0 <= share <= 1 for share in report.shares.values())
    assert "longest run" in repr(report) and "<img" in report._repr_html_()


def test_titles_are_no_html(masters):
    line = replace(masters[0][0], chart=Tune("<script>", performer="<b>"))
    html = copy_report(line, build_index([line]))._repr_html_()
    assert "<script>" not in html and "<b>" not in html


def test_waits_of_many_bars_differ():
    waits = [6] * 6 + [48] * 6
    take, slower = make_line([1, 2] * 6, waits), make_line([1, 2] * 6, waits)
    slower = replace(slower, onsets=np.concatenate([slower.onsets[:7], slower.onsets[7:] + 48 * 300]))
    report = copy_report(take, build_index([slower]))
    assert (report.longest_intervals.length, report.longest_rhythm.length) == (12, 6)


# --- thresholds -----------------------------------------------------------------------------------


@pytest.mark.parametrize("length, suspicious", [(15, False), (16, True)])
def test_with_rhythm_sixteen_are_too_many(length, suspicious):
    rng = np.random.default_rng(0)
    stolen = rng.integers(-12, 12, length).tolist()
    index = build_index([make_line(stolen)])
    take = make_line(rng.integers(13, 20, 5).tolist() + stolen + [-17])
    report = copy_report(take, index)
    assert report.longest_rhythm.length == length
    assert any("with rhythm" in reason for reason in report.reasons) == suspicious


@pytest.mark.parametrize("length, suspicious", [(19, False), (20, True)])
def test_of_intervals_twenty_are_too_many(length, suspicious):
    stolen = np.random.default_rng(0).integers(-4, 4, length).tolist()
    take = make_line(stolen, list(range(1, length + 1)))
    report = copy_report(take, build_index([make_line(stolen)]))
    assert report.longest_intervals.length == length and not report.longest_rhythm.length
    assert any(f"a run of {length} intervals" in reason for reason in report.reasons) == suspicious


# --- the file -------------------------------------------------------------------------------------


def test_the_same_lines_make_the_same_file(masters, tmp_path):
    lines, index = masters
    one, other = index.save(tmp_path / "one"), build_index(lines).save(tmp_path / "other")
    assert one.read_bytes() == other.read_bytes()
    assert load_index(one).save(tmp_path / "third").read_bytes() == one.read_bytes()


def test_every_cut_and_most_changed_bytes_are_refused(masters, tmp_path):
    path = masters[1].save(tmp_path / "index")
    data = path.read_bytes()
    rng = np.random.default_rng(0)
    for stop in rng.integers(0, len(data), 40):
        path.write_bytes(data[:stop])
        with pytest.raises(ValueError, match="is not a readable index"):
            load_index(path)
    for place in rng.integers(0, len(data), 200):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1:])
        try:
            again = load_index(path)
        except ValueError as error:
            assert "is not a readable index" in str(error)
        else:  # a blank of the header, say
            assert (again.intervals == masters[1].intervals).all() and again.sources == masters[1].sources


@pytest.mark.parametrize("change, words", [
    (lambda about, arrays: about.update(format="jazz_nb.copies.9"), "format"),
    (lambda about, arrays: arrays.update(bars=arrays["bars"][1:]), "check sum"),
    (lambda about, arrays: about["info"].pop("sources"), "check sum"),
    (lambda about, arrays: about.pop("info"), "label makes no sense"),
    (lambda about, arrays: arrays.pop("rhythm"), "another kind, with bars, intervals"),
])
def test_other_files_are_refused(masters, tmp_path, change, words):
    path = masters[1].save(tmp_path / "index")
    data = path.read_bytes()
    header = json.loads(data[8:8 + int.from_bytes(data[:8], "little")])
    about, arrays = json.loads(header["__metadata__"]["jazz_nb"]), dict(safetensors.numpy.load(data))
    change(about, arrays)
    path.write_bytes(safetensors.numpy.save(arrays, metadata={"jazz_nb": json.dumps(about)}))
    with pytest.raises(ValueError, match=words):
        load_index(path)


@pytest.mark.parametrize("change, words", [
    (lambda bars, source: (np.full_like(bars, 65535), source), "parts do not fit"),
    (lambda bars, source: (np.full(bars.size, 2**62), source), "not uint16"),
    (lambda bars, source: (bars, source[:-1] + [source[-1] + 1]), "parts do not fit"),
    (lambda bars, source: (bars, source[:-1] + [-source[-1]]), "parts do not fit"),
])
def test_a_forged_index_takes_no_memory(masters, tmp_path, change, words):
    # With a check sum that fits: anybody can make one.
    path = masters[1].save(tmp_path / "index")
    arrays, info = read_arrays(path, "jazz_nb.copies.1", ["intervals", "rhythm", "usual", "bars"])
    arrays["bars"], info["sources"][0] = change(arrays["bars"], info["sources"][0])
    path.write_bytes(pack_arrays(arrays, info, "jazz_nb.copies.1"))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=words):
            load_index(path)
        assert tracemalloc.get_traced_memory()[1] < 20 * path.stat().st_size
    finally:
        tracemalloc.stop()


def test_a_folder_is_no_index(tmp_path):
    with pytest.raises(FileNotFoundError, match="no index of copies"):
        load_index(tmp_path)


def test_a_failed_save_leaves_the_old_file(masters, tmp_path, monkeypatch):
    path = masters[1].save(tmp_path / "index")
    before = path.read_bytes()
    with pytest.raises(ValueError, match="cannot save an index of copies to .*: that is a folder"):
        masters[1].save(tmp_path)
    monkeypatch.setattr("os.replace", lambda *paths: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(OSError, match="cannot save an index of copies: No space left; make room"):
        masters[1].save(path)
    assert path.read_bytes() == before and os.listdir(tmp_path) == ["index"]


# --- the real solos -------------------------------------------------------------------------------


@pytest.mark.skipif(not REAL.is_file(), reason="needs the Weimar Jazz Database in JAZZ_NB_DATA")
def test_reference_numbers(tmp_path):
    lines = read_lines(open_wjazzd(REAL))[0]
    index = build_index([line for line in lines if line.split == "train"])
    path = index.save(tmp_path / "index")
    assert path.stat().st_size < 1_500_000
    index = load_index(path)
    reports = [copy_report(line, index) for line in lines if line.split == "validation"]
    n_notes = [np.count_nonzero(~report.line.is_rest) for report in reports]
    for kind, shares in (("longest_intervals", "shares"), ("longest_rhythm", "rhythm_shares")):
        longest = [getattr(report, kind).length for report in reports]
        pooled = [np.average([getattr(report, shares)[span] for report in reports], weights=n_notes)
                  for span in _SPANS]
        median, most, *expected = REFERENCE[kind]
        assert (np.median(longest), max(longest)) == (median, most)
        assert pooled == pytest.approx(expected, abs=0.005)
    assert not any("a run of" in reason for report in reports for reason in report.reasons)
