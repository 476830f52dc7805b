"""The band: a bassist's line, hands that move little, drums that keep time, over any chart."""

import hashlib
import lzma
import os
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
import symusic

from jazz_nb.accompaniment.band import _KIT, _drum, _find_feel, _swing_at, accompany
from jazz_nb.accompaniment.bass import FEELS, count_beats, find_spans, walk
from jazz_nb.accompaniment.comping import comp
from jazz_nb.data import corpus
from jazz_nb.formats.chart_text import read_chart
from jazz_nb.formats.midi_writer import from_midi, to_midi
from jazz_nb.formats.wjazzd import open_wjazzd
from jazz_nb.music.harmony import read_chord, read_figure
from jazz_nb.music.voicing import measure_movement, rootless_tones
from jazz_nb.rendering.audio import render
from jazz_nb.tune import Chord, Note, Tune, excerpt, join, perform

WJAZZD = Path(os.environ.get("JAZZ_NB_DATA", "nowhere"), "wjazzd.db.xz")
METERS = [(4, 4), (3, 4), (5, 4), (7, 4), (9, 4), (1, 4), (2, 2), (3, 2),
          (6, 8), (12, 8), (7, 8), (5, 8), (3, 16)]
ODD_CHARTS = {
    "one chord, one bar": read_chart("| C7 |"),
    "no chord": read_chart("| N.C. | % |"),
    "silence between": read_chart("| C7 | N.C. | F7 |"),
    "slash chords": read_chart("| C7/G F7/A | Bb7/D | F7/C |"),
    "two in a bar": read_chart("| Dm7 G7 | Cm7 F7 | Bbmaj7 |"),
    "within a beat": read_chart("| C7_F7 / G7_C7_F7 / | C7 |"),
    "between beats": Tune(chords=(Chord(0, 1.3, "C7"), Chord(1.3, 2.7, "F7"))),
    "a pick-up": Tune(chords=(Chord(3, 1, "G7"), Chord(4, 8, "C7"))),
    "a hole": Tune(chords=(Chord(0, 2, "G7"), Chord(5.5, 2.5, "C7"))),
    "over each other": Tune(chords=(Chord(0, 8, "G7"), Chord(3, 4, "C7"))),
    "two at once": Tune(chords=(Chord(0, 4, "G7"), Chord(0, 4, "C7"))),
    "no third": read_chart("| C5 | Csus4 | Cdim | C+ |"),
    "played chords": Tune(chords=(Chord(0, 4, "?", (36, 52, 58)), Chord(4, 4, "", (41, 51, 57)))),
    "no chords at all": Tune(notes=(Note(0, 1, 60), Note(6, 1, 62))),
    "nothing": Tune(),
}
LONG = Tune(chords=tuple(Chord(4 * bar, 4, ("Dm7", "G7", "Cmaj7", "A7alt")[bar % 4]) for bar in range(500)))


@pytest.fixture(scope="module")
def etudes():
    """Return the charts and solos that come with the package."""
    return list(corpus("etudes"))


def onsets(part):
    """Return the pitches of a part by onset."""
    by_onset = groupby(part.notes, key=lambda note: note.onset)
    return {onset: [note.pitch for note in notes] for onset, notes in by_onset}


def sounding(tune, time):
    """Return the harmony at a time, or None."""
    spans = (span for span in find_spans(tune) if span.onset - 1e-6 <= time < span.offset - 1e-6)
    return next((span.harmony for span in spans), None)


# --- whatever comes ----------------------------------------------------------------------------------------


def check_band(tune, feel):
    """Every promise that holds for any chart, meter and feel."""
    bass, piano, drums = accompany(tune, feel, seed=5).parts
    end = tune.n_bars * tune.bar_length + 1e-6
    for part in (bass, piano, drums):
        assert all(note.offset <= end for note in part.notes), f"{part.name} plays on after the last bar"
    for part in (bass, piano):
        spans = find_spans(tune)
        for note in part.notes:
            held = [span for span in spans if span.onset - 1e-6 <= note.onset < span.offset - 1e-6]
            early = [span for span in spans if span.onset - 0.5 - 1e-6 <= note.onset < span.onset]
            assert held or (part is piano and early), f"{part.name} plays at {note.onset}, over no chord"
    pitches = [note.pitch for note in bass.notes]
    assert all(28 <= pitch <= 55 for pitch in pitches)
    assert all(abs(one - other) <= 12 for one, other in zip(pitches, pitches[1:]))
    assert all(one.offset <= other.onset + 1e-6 for one, other in zip(bass.notes, bass.notes[1:]))
    played = onsets(bass)
    for span in find_spans(tune):
        first = played[span.onset][0] % 12
        wanted = span.harmony.chord_tones if span.harmony.bass == span.harmony.root else {span.harmony.bass}
        assert first in wanted, f"over {span.harmony.figure} the bass begins with {first}"
    for voicing in onsets(piano).values():
        assert 3 <= len(set(voicing)) == len(voicing) <= 4 and 50 <= min(voicing) <= max(voicing) <= 69
    assert bool(bass.notes) == bool(find_spans(tune)) and (bool(piano.notes) <= bool(bass.notes))
    assert bool(drums.notes) == bool(tune.n_bars)


@pytest.mark.parametrize("feel", FEELS)
@pytest.mark.parametrize("name", ODD_CHARTS)
def test_any_chart_is_played(name, feel):
    check_band(ODD_CHARTS[name], feel)


@pytest.mark.parametrize("feel", FEELS)
@pytest.mark.parametrize("meter", METERS, ids=str)
def test_any_meter_is_played(meter, feel):
    bar = meter[0] * 4 / meter[1]
    figures = ("Dm7", "G7", "Cmaj7", "A7b9", "F7/C", "N.C.")
    bars = tuple(Chord(bar * at, bar, one) for at, one in enumerate(figures))
    check_band(Tune(chords=bars, meter=meter), feel)
    halves = tuple(Chord(bar * at / 2, bar / 2, one) for at, one in enumerate(figures))
    check_band(Tune(chords=halves, meter=meter), feel)


@pytest.mark.parametrize("feel", FEELS)
def test_the_etudes_are_played(etudes, feel):
    for tune in etudes:
        check_band(tune, feel)


@pytest.mark.parametrize("feel", FEELS)
def test_500_bars_take_less_than_a_second(feel):
    start = time.process_time()
    accompany(LONG, feel)
    assert time.process_time() - start < 1


@pytest.mark.parametrize("meter", METERS, ids=str)
def test_beats_fill_their_bars(meter):
    beats = count_beats(Tune(chords=(Chord(0, meter[0] * 8 / meter[1], "C"),), meter=meter))
    assert beats[0].onset == 0 and beats[-1].bar == 1
    ends = [beat.onset + beat.duration for beat in beats]
    np.testing.assert_allclose(ends, [*(beat.onset for beat in beats[1:]), meter[0] * 8 / meter[1]])
    assert all(beat.onset < beat.middle < beat.onset + beat.duration for beat in beats)
    assert all(0 <= beat.step < beat.size for beat in beats)


# --- the bass ----------------------------------------------------------------------------------------------


def describe_lines(tunes, seeds=range(3)):
    """Return leaps, repeats on beats, and at changes: is it a root, is there an approach before."""
    leaps, strong, roots, approaches = [], [], [], []
    for tune in tunes:
        for seed in seeds:
            at = {note.onset: note.pitch for note in walk(tune, "swing", seed).notes}
            beats = {onset: pitch for onset, pitch in at.items() if onset % 1 == 0}
            leaps += [beats[onset + 1] - pitch for onset, pitch in beats.items() if onset + 1 in beats]
            for span in find_spans(tune):
                roots.append(at[span.onset] % 12 == span.harmony.bass)
                if span.onset - 1 in beats and sounding(tune, span.onset - 1):
                    approaches.append(at[span.onset] - beats[span.onset - 1])
                halves = [onset for onset in beats if onset % 2 == 0 and span.onset <= onset < span.offset]
                strong += [beats[onset] % 12 in span.harmony.chord_tones for onset in halves]
    return np.array(leaps), np.array(approaches), np.mean(roots), np.mean(strong)


def test_the_walking_line_is_a_bassists(etudes):
    four = [tune for tune in etudes if tune.meter == (4, 4)]
    leaps, approaches, roots, strong = describe_lines(four)
    assert len(leaps) > 3000 and np.abs(leaps).max() <= 12
    assert 0 <= np.mean(leaps == 0) < 0.03, "repeated notes are rare"
    assert 0.45 < np.mean(np.isin(np.abs(leaps), (1, 2))) < 0.7, "steps are most of it"
    assert 0.1 < np.mean(np.isin(np.abs(leaps), (5, 6, 7))) < 0.3
    assert np.mean(np.isin(approaches, (-7, -2, -1, 1, 2, 5))) > 0.95, "the last beat leads on"
    assert np.mean(np.abs(approaches) == 1) > 0.3, "often by a semitone"
    assert 0.85 < roots < 1 and strong > 0.98


def test_lines_do_not_run_in_circles(etudes):
    pitches = [note.pitch for note in walk(etudes[0], seed=1).notes]
    back = [one == third for one, third in zip(pitches, pitches[2:])]
    assert np.mean(back) < 0.25 and len(set(pitches)) >= 10


def test_slash_basses_are_played_on_their_first_beat():
    for seed in range(10):
        line = onsets(walk(read_chart("| C7/G F7/A | Bb7/D | F7/C |"), seed=seed))
        assert [line[onset][0] % 12 for onset in (0, 2, 4, 8)] == [7, 9, 2, 0]


# --- the piano ---------------------------------------------------------------------------------------------


def movement(voicings):
    """Return the mean movement of a voice from chord to chord, in semitones."""
    return np.mean([measure_movement(*pair) for pair in zip(voicings, voicings[1:]) if pair[0] != pair[1]])


def test_the_hands_move_a_third_of_what_stacked_chords_would(etudes):
    led, stacked = [], []
    for tune in etudes:
        led.append(movement([tuple(sorted(chord)) for chord in onsets(comp(tune, "ballad")).values()]))
        tones = [(read_chord(chord).root, read_chord(chord).chord_tones) for chord in tune.chords]
        stacked.append(movement([tuple(sorted(48 + root + (tone - root) % 12 for tone in chord))
                                 for root, chord in tones]))
    assert np.mean(led) < 2 and np.mean(led) < 0.4 * np.mean(stacked)


def test_the_piano_plays_the_chord_that_sounds_or_is_about_to(etudes):
    n_early = 0
    for tune in etudes[:6]:
        for onset, voicing in onsets(comp(tune, seed=2)).items():
            now, soon = sounding(tune, onset), sounding(tune, onset + 0.5)
            tones = {pitch % 12 for pitch in voicing}
            fits = [harmony for harmony in (now, soon) if harmony and tones == set(rootless_tones(harmony))]
            assert fits, f"at {onset} it plays {sorted(tones)}"
            n_early += now not in fits
    assert n_early > 3, "it anticipates now and then"


@pytest.mark.parametrize("feel", FEELS)
def test_rhythms_change_from_bar_to_bar(feel):
    played = onsets(comp(LONG, feel))
    bars = [tuple(onset % 4 for onset in bar) for _, bar in groupby(played, key=lambda onset: onset // 4)]
    assert len(bars) > 400 and len(set(bars)) >= 10
    assert np.mean([one == other for one, other in zip(bars, bars[1:])]) < 0.1


def test_no_chord_of_two_beats_is_left_out(etudes):
    for tune in etudes:
        hits = [onset for onset in onsets(comp(tune, seed=3))]
        for span in find_spans(tune):
            if span.offset - span.onset >= 2:
                assert any(span.onset - 0.5 <= hit < span.offset for hit in hits)


# --- the drums ---------------------------------------------------------------------------------------------


def hits(part, name):
    """Return when a drum is struck."""
    return [note.onset for note in part.notes if note.pitch == _KIT[name]]


def test_swing_has_ride_and_two_and_four():
    part = _drum(read_chart("| C7 | F7 |"), "swing", 3)
    assert set(hits(part, "ride")) >= set(range(8)) and hits(part, "pedal") == [1, 3, 5, 7]
    assert hits(part, "kick")[0] == 0
    assert part.drums and {note.pitch for note in part.notes} <= {*_KIT.values()}


def test_a_waltz_has_its_foot_on_two():
    part = _drum(read_chart("| C7 | F7 |", meter=(3, 4)), "waltz", 3)
    assert hits(part, "pedal") == [1, 4] and {0, 3} <= set(hits(part, "kick")) and part.notes[0].onset == 0


def test_a_bossa_has_even_eighths_and_five_strokes_in_two_bars():
    part = _drum(read_chart("| C7 | F7 |"), "bossa", 3)
    assert hits(part, "closed") == [at / 2 for at in range(16)]
    assert hits(part, "stick") == [0, 1.5, 3, 5, 6.5]
    assert hits(part, "kick") == [0, 1.5, 2, 3.5, 4, 5.5, 6, 7.5]


def test_a_ballad_is_soft_and_has_brushes():
    soft, loud = (_drum(LONG, feel) for feel in ("ballad", "swing"))
    assert soft.program == 40 and loud.program == 0
    quiet, usual = (np.mean([note.velocity for note in part.notes]) for part in (soft, loud))
    assert quiet < 0.8 * usual


def test_drums_play_through_silence_but_wait_for_the_pick_up():
    assert {int(note.onset) for note in _drum(read_chart("| C7 | N.C. |")).notes} == set(range(8))
    assert _drum(ODD_CHARTS["a pick-up"]).notes[0].onset == 3


# --- the band ----------------------------------------------------------------------------------------------


def test_the_same_seed_plays_the_same_in_another_process():
    code = ("import hashlib, sys; from jazz_nb.accompaniment.band import accompany; from jazz_nb.formats.chart_text import read_chart;"
            "tune = accompany(read_chart('| Dm7 | G7 | Cmaj7 | A7alt |'), seed=7);"
            "print(hashlib.sha256(repr(tune.parts).encode()).hexdigest(), 'symusic' in sys.modules)")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    parts = accompany(read_chart("| Dm7 | G7 | Cmaj7 | A7alt |"), seed=7).parts
    assert done.stdout.split() == [hashlib.sha256(repr(parts).encode()).hexdigest(), "False"]


@pytest.mark.parametrize("feel", FEELS)
@pytest.mark.parametrize("play", [walk, comp, _drum])
def test_another_seed_plays_something_else(play, feel):
    lines = {play(read_chart("| Dm7 | G7 | Cmaj7 | A7alt |" * 2), feel, seed) for seed in range(5)}
    assert len(lines) == 5
    assert len({note.velocity for line in lines for note in line.notes}) > 5


def test_each_player_has_his_own_dice():
    tune = accompany(LONG, seed=3)
    for place, name in enumerate(("bass", "piano", "drums")):
        assert accompany(LONG, seed=3, parts=(name,)).parts == tune.parts[place:place + 1]
    assert accompany(LONG, parts="drums").parts[0].name == "Drums"
    assert [part.name for part in accompany(LONG, parts=("drums", "bass")).parts] == ["Bass", "Drums"]
    assert accompany(LONG, parts=()).parts == ()
    assert accompany(tune, seed=3) == tune, "a band is replaced, not doubled"


def test_midi_has_a_track_for_each_and_no_other_chords(etudes, tmp_path):
    quartet = accompany(etudes[0], seed=1)
    path = tmp_path / "quartet.mid"
    path.write_bytes(to_midi(quartet).dumps_midi())
    tracks = symusic.Score(str(path)).tracks
    assert [(track.name, track.program, track.is_drum) for track in tracks] == [
        ("Solo", 65, False), ("Bass", 32, False), ("Piano", 0, False), ("Drums", 0, True)]
    assert b"\x99" in path.read_bytes()  # note on, on channel 10
    again = from_midi(path.read_bytes())
    assert again.parts == quartet.parts and again.chords == quartet.chords


def test_swing_comes_from_the_tune_or_its_tempo():
    chart = read_chart("| C7 | F7 |", tempo=200)
    assert accompany(chart).swing == _swing_at(200) == 1.59
    assert accompany(replace(chart, swing=1.3)).swing == 1.3
    assert accompany(replace(chart, swing=1.3), "bossa").swing == 1
    assert accompany(replace(chart, meter=(6, 8))).swing == 1
    ride = [note.onset for note in perform(accompany(chart, parts="drums")).parts[0].notes]
    assert any(abs(onset % 1 - 1.59 / 2.59) < 1e-6 for onset in ride)


@pytest.mark.parametrize(("words", "feel"), [
    ({}, "swing"), ({"style": "Latin"}, "bossa"), ({"style": "EVEN 8THS"}, "bossa"),
    ({"style": "Ballad"}, "ballad"), ({"meter": (3, 4)}, "waltz"), ({"meter": (6, 4)}, "waltz"),
    ({"meter": (6, 8)}, "swing"), ({"tempo": 80}, "ballad"), ({"tempo": 81}, "swing"),
    ({"style": "jazz waltz", "tempo": 70}, "waltz"),
    ({"style": "bossa", "meter": (3, 4), "tempo": 60}, "bossa"),
])
def test_the_feel_is_found(words, feel):
    assert _find_feel(Tune(**words)) == feel


@pytest.mark.parametrize("feel", FEELS)
def test_the_soloist_is_louder_than_the_band_and_everybody_is_heard(etudes, feel):
    quartet = accompany(excerpt(etudes[0], 1, 4), feel, seed=1)
    band = replace(quartet, notes=())
    programs = tuple(replace(part, notes=()) for part in quartet.parts)
    alone = [replace(band, parts=(part,)) for part in quartet.parts]
    turns = [replace(quartet, parts=programs), *alone, band]
    sound = render(join(*turns), 22050)
    frames = round(16 * 60 / quartet.tempo * 22050)
    power = [float((sound[at * frames:(at + 1) * frames] ** 2).mean()) for at in range(5)]
    solo, *players, together = 10 * np.log10(np.array(power) / power[0])
    assert solo == 0 and together < -1.5 and all(-14 < level < -4 for level in players)
    assert np.abs(render(quartet, 22050)).max() <= 0.9 + 1e-6


@pytest.mark.parametrize(("wrong", "words"), [
    ({"feel": "polka"}, "no feel 'polka'; it plays swing, bossa, waltz, ballad"),
    ({"seed": -1}, "a seed is a whole number from 0, not -1"),
    ({"seed": 1.5}, "a seed is a whole number from 0, not 1.5"),
    ({"parts": ("flute",)}, "no 'flute'; it has bass, piano, drums"),
])
def test_a_wrong_wish_is_explained(wrong, words):
    with pytest.raises(ValueError, match=words):
        accompany(LONG, **wrong)


def test_an_unknown_figure_is_named():
    with pytest.raises(ValueError, match="C77"):
        accompany(Tune(chords=(Chord(0, 4, "C77"),)))


# --- what the chapters say about the database --------------------------------------------------------------


@pytest.mark.skipif(not WJAZZD.exists(), reason="needs the Weimar Jazz Database in JAZZ_NB_DATA")
def test_swing_follows_the_tempo_as_the_solos_do():
    solos = [solo for solo in open_wjazzd(WJAZZD) if solo.feel == "SWING" and len(solo.tune.notes) >= 50]
    tempos, ratios = np.array([(solo.tune.tempo, solo.tune.swing) for solo in solos]).T
    said = np.array([_swing_at(tempo) for tempo in tempos])
    assert abs(np.median(ratios - said)) < 0.05, "no bias"
    assert np.abs(ratios - said).mean() < 0.8 * np.abs(ratios - np.median(ratios)).mean()
    assert 1 - ((ratios - said) ** 2).sum() / ((ratios - ratios.mean()) ** 2).sum() > 0.28
    if len(solos) == 331:
        assert round(float(np.median(ratios)), 2) == 1.42
        edges = (0, 90, 130, 150, 170, 210, 250, 300, 999)
        bands = [(tempos >= low) & (tempos < high) for low, high in zip(edges, edges[1:])]
        medians = [np.median(ratios[band]) for band in bands]
        np.testing.assert_allclose(medians, [1.12, 1.5, 1.62, 1.86, 1.67, 1.4, 1.18, 1], atol=0.006)
        assert round(float(np.abs(ratios - said).mean()), 2) == 0.22


@pytest.fixture(scope="module")
def bassists(tmp_path_factory):
    """Return what bassists did behind the solos in swing: pitch, chord and its newness, a beat a row."""
    if not WJAZZD.exists():
        pytest.skip("needs the Weimar Jazz Database in JAZZ_NB_DATA")
    path = tmp_path_factory.mktemp("wjazzd") / "wjazzd.db"
    path.write_bytes(lzma.decompress(WJAZZD.read_bytes()))
    with sqlite3.connect(path) as connection:
        rows = connection.execute(
            "select melid, chord, bass_pitch from beats join solo_info using (melid) "
            "where rhythmfeel = 'SWING' and solo_info.signature = '4/4' "
            "order by melid, beats.onset").fetchall()
    path.unlink()
    return rows


def test_bassists_do_what_the_chapter_says(bassists):
    leaps, chordal, roots, approaches = [], [], [], []
    for _, rows in groupby(bassists, key=lambda row: row[0]):
        figure, before = None, None
        for _, chord, pitch in rows:
            new = bool(chord) and chord != "NC" and chord != figure
            figure = (None if chord == "NC" else chord) if chord else figure
            pitch = pitch if pitch and pitch > 0 else None
            if pitch and before:
                leaps.append(pitch - before)
                approaches += [pitch - before] if new else []
            if pitch and figure:
                harmony = read_figure(figure)
                chordal.append(pitch % 12 in harmony.chord_tones)
                roots += [pitch % 12 == harmony.bass] if chord else []
            before = pitch
    leaps, approaches = np.abs(leaps), np.array(approaches)
    sizes = ((0, 0), (1, 2), (3, 4), (5, 7), (8, 99))
    shares = [np.mean((leaps >= low) & (leaps <= high)) for low, high in sizes]
    np.testing.assert_allclose(shares, [.203, .357, .142, .182, .115], atol=0.01)
    assert abs(np.mean(chordal) - .525) < 0.01 and abs(np.mean(roots) - .412) < 0.01
    assert abs(np.mean(np.isin(approaches, (-7, -2, -1, 1, 2, 5))) - .563) < 0.01
