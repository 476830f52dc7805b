"""Voicings: two pianists find fingers for every chord, and move little."""

import pytest

from jazz_nb.accompaniment.band import accompany
from jazz_nb.music.harmony import SUFFIXES, read_chord, read_figure
from jazz_nb.music.spelling import PITCH_NAMES
from jazz_nb.music.voicing import list_voicings, play_shells, rootless_tones
from jazz_nb.tune import Chord, Tune


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_chord_has_fingers(suffix):
    for root in PITCH_NAMES:
        bass, *tones = [
            note.pitch
            for note in play_shells(Tune(chords=(Chord(0, 4, root + suffix),))).notes
        ]
        assert 36 <= bass <= 47 and bass % 12 == PITCH_NAMES.index(root)
        assert 2 <= len(tones) <= 3 and all(50 <= tone <= 68 for tone in tones)


def test_hands_move_little():
    figures = ("Dm7", "G7", "Cmaj7", "A7alt") * 4
    hands = play_shells(
        Tune(
            chords=tuple(
                Chord(4 * bar, 4, figure) for bar, figure in enumerate(figures)
            )
        )
    ).notes
    bars = [
        [note.pitch for note in hands if note.onset == 4 * bar and note.pitch >= 50]
        for bar in range(16)
    ]
    jumps = [
        min(abs(tone - old) for old in before)
        for before, bar in zip(bars, bars[1:])
        for tone in bar
    ]
    assert max(jumps) <= 3


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_chord_has_a_rootless_voicing(suffix):
    for root in range(12):
        harmony = read_figure(PITCH_NAMES[root] + suffix)
        steps = {(tone - root) % 12 for tone in rootless_tones(harmony)}
        own = {(tone - root) % 12 for tone in harmony.chord_tones}
        assert 3 <= len(steps) <= 4 and 0 not in steps
        assert steps <= {(tone - root) % 12 for tone in harmony.scale_tones}
        assert len(own & {3, 4}) == 0 or steps & own & {3, 4}, "the third is there"
        assert len(own & {10, 11}) == 0 or steps & own & {10, 11}, (
            "the seventh is there"
        )
        voicings = list_voicings(rootless_tones(harmony))
        assert voicings and all(
            50 <= pitch <= 69 for voicing in voicings for pitch in voicing
        )


@pytest.mark.parametrize("pitch", range(36, 60))
def test_a_chord_that_was_played_as_one_tone_is_voiced(pitch):
    """Over some of them there is one tone to play; whoever looked for two failed."""
    chart = Tune(chords=(Chord(0, 4, "C", (pitch,)), Chord(4, 4, "F7")))
    tones = rootless_tones(read_chord(chart.chords[0]))
    piano = accompany(chart, "ballad", parts="piano").parts[0]
    struck = {note.pitch % 12 for note in piano.notes if note.onset < 3.5}
    assert struck == set(tones)
