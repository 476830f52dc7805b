"""Sound and pictures: a 32-bar chorus with a band as mp3, as a score, and inside a notebook."""

from collections.abc import Iterator
from dataclasses import replace
from statistics import median
from time import perf_counter

from benchmarks.timing import Row


def chorus():
    """Return 32 bars of a bundled étude with piano, bass and drums, each note with its own velocity."""
    import numpy as np

    from jazz_nb.data import corpus
    from jazz_nb.music.voicing import play_shells
    from jazz_nb.tune import Note, Part, excerpt, join

    rng = np.random.default_rng(0)
    tune = next(tune for tune in corpus("etudes") if tune.meter == (4, 4) and tune.n_bars >= 12)
    tune = excerpt(join(tune, tune, tune), 1, 32)

    def accented(notes):
        loud = rng.integers(50, 110, len(notes)).tolist()
        return tuple(replace(note, velocity=velocity) for note, velocity in zip(notes, loud))

    bass = Part("Bass", accented([Note(beat, 1, 40 + beat * 5 % 12) for beat in range(128)]), program=32)
    ride = [Note(beat / 2, 0.25, 51 if beat % 2 == 0 else 42) for beat in range(256)]
    drums = Part("Drums", accented(ride), drums=True)
    hands = play_shells(tune)
    return replace(tune, notes=accented(tune.notes),
                   parts=(replace(hands, notes=accented(hands.notes)), bass, drums))


def seconds_of(job, repeats: int = 5) -> float:
    """Median seconds of a job, after one run that loads what it needs."""
    job()
    taken = []
    for _ in range(repeats):
        start = perf_counter()
        job()
        taken.append(perf_counter() - start)
    return median(taken)


def rows() -> Iterator[Row]:
    """Yield a row for each promise."""
    from jazz_nb.rendering.engraving import score
    from jazz_nb.rendering.export import WRITERS, show

    tune = chorus()
    music = tune.duration * 60 / tune.tempo
    taken = seconds_of(lambda: WRITERS[".mp3"](tune))
    yield Row("32 bars with a band to mp3 / listening to them", taken, music, music / taken, ">= 50",
              music / taken >= 50)
    taken = seconds_of(lambda: score(tune))
    yield Row("engraving 32 bars / allowed", taken, 1.0, 1 / taken, "<= 1 s", taken <= 1)
    size = len(show(tune).html) / 1000
    yield Row("what show puts into a notebook / allowed", size, 400, 400 / size, "<= 400 kB", size <= 400,
              "kB")
