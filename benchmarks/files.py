"""Reading a MIDI file: symusic and our own rules against music21's converter."""

import os
from collections.abc import Iterator
from pathlib import Path

from benchmarks.timing import Row, alternate
from jazz_nb.data import ETUDES, tune_from_midi
from jazz_nb.formats.midi import read_midi


def rows() -> Iterator[Row]:
    """Yield rows for the course's file if it is at hand, else for the bundled one."""
    from music21 import converter

    path = Path(os.environ.get("JAZZ_NB_DATA", ""), "original_metheny.mid")
    at_hand = path.is_file()
    path = path if at_hand else ETUDES / "01_blues_in_f_1.mid"
    options = {"solo": "Guitar", "chords": "Piano", "bars": (120, 137)} if at_hand else {}

    def theirs():
        converter.parse(path, forceSource=True)

    for name, ours in (
        (f"raw notes of {path.name} / music21", lambda: read_midi(path)),
        (f"{path.name} as melody and chords / music21", lambda: tune_from_midi(path, **options)),
    ):
        ours()
        fast, slow = alternate(ours, theirs, repeats=3, ours_per_round=20)
        yield Row(name, fast, slow, slow / fast, ">= 500", slow / fast >= 500)
