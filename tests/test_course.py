"""The whole course as a pipeline: on the bundled études, and on the course's own file where it is at hand."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from chapter import NBS

from jazz_nb import (
    corpus,
    djmodel,
    fit,
    generate_music,
    load_music_utils,
    load_network,
    music_inference_model,
    predict_and_sample,
    save_network,
)
from jazz_nb.evaluation.statistics import measure
from jazz_nb.formats.chart_text import read_chart
from jazz_nb.formats.midi import read_midi
from jazz_nb.grammar import Vocabulary, encode, read_value, sentences
from jazz_nb.loading.downloads import DOWNLOADS
from jazz_nb.model import Network
from jazz_nb.music.harmony import chords_under, note_type, read_chord
from jazz_nb.postprocessing import add_ending
from jazz_nb.tune import Chord, Note, Tune, join

DATA = Path(os.environ.get("JAZZ_NB_DATA", ""))
needs_metheny = pytest.mark.skipif(
    not (DATA / "original_metheny.mid").is_file() or not (DATA / "metheny_reference.json").is_file(),
    reason="JAZZ_NB_DATA does not name a folder with original_metheny.mid",
)


@pytest.fixture(scope="module")
def trained():
    """The course's model after a short training on the études, with rests."""
    X, Y, n_values, indices_values = load_music_utils("etudes", m=120, rests=True)
    model = djmodel(Tx=30, n_a=64, n_values=n_values, seed=0)
    history = fit(model, X, Y, epochs=40, seed=0)
    assert history.loss[-1] < history.loss[0] / 2
    return model, indices_values


def test_the_pipeline_from_etudes_to_a_midi_file(trained, tmp_path, capsys):
    model, indices_values = trained
    inference_model = music_inference_model(model, Ty=50)
    solo = generate_music(inference_model, indices_values, out=tmp_path / "solo.mid")
    printed = capsys.readouterr().out.splitlines()
    assert [line.split('"')[1] for line in printed[:5]] == list("12345")
    counts = [int(line.split()[1]) for line in printed[:5]]
    assert sum(counts) == len(solo.notes)
    song = read_midi(tmp_path / "solo.mid")
    assert len(next(part for part in song.parts if part.name == "Solo")) == len(solo.notes)


def test_a_network_that_was_saved_plays_the_same(trained, tmp_path):
    model, indices_values = trained
    network = Network.from_keras(model, vocabulary=list(indices_values.values()), corpus="etudes")
    save_network(network, tmp_path / "net.safetensors")
    again = load_network(tmp_path / "net.safetensors")
    quiet = {"out": None, "say": lambda line: None}
    for options in ({"seed": 3}, {"seed": 4, "temperature": 1.3}, {"as_published": True}):
        assert generate_music(network, **options, **quiet) == generate_music(again, **options, **quiet)
        if "seed" in options:
            assert generate_music(
                music_inference_model(model), indices_values, **options, **quiet
            ) == generate_music(again, **options, **quiet)


# A chart, and where in its last bar the ending stands and which pitch classes it may have.
ENDINGS = {
    "F7 over a bar": ("| Bb7 | F7 |", 0, {5, 9, 0, 3}),
    "a second chord on beat 3": ("| F7 | Gm7 C7 |", 2, {0, 4, 7, 10}),
    "a last chord on a weak beat": ("| F7 | Gm7 . . C7 |", 2, {0, 4, 7, 10}),
    "one bar": ("| Dm7 |", 0, {2, 5, 9, 0}),
    "no chord at the end": ("| Dm7 | G7 | Cmaj7 | N.C. |", 0, {0, 4, 7, 11}),
    "no chord at all": ("| N.C. | N.C. |", 0, set(range(12))),
    "a waltz": ("Meter: 3/4\n| Dm7 | G7 |", 0, {7, 11, 2, 5}),
    "six eighths": ("Meter: 6/8\n| Dm7 | G7 C7 |", 1.5, {0, 4, 7, 10}),
    "two quarters": ("Meter: 2/4\n| Dm7 | G7 |", 0, {7, 11, 2, 5}),
    "five quarters": ("Meter: 5/4\n| Dm7 | G7 |", 0, {7, 11, 2, 5}),
}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", ENDINGS)
def test_a_solo_ends_on_a_tone_of_the_last_chord_held_on_a_strong_beat(trained, name, seed):
    model, indices_values = trained
    network = Network.from_keras(model, vocabulary=list(indices_values.values()))
    text, place, tones = ENDINGS[name]
    chart = read_chart(text)
    quiet = {"seed": seed, "out": None, "say": lambda line: None}
    plain = generate_music(network, chords=chart, choruses=3, **quiet)
    solo = generate_music(network, chords=chart, choruses=3, ending=True, **quiet)
    stop = solo.n_bars * solo.bar_length
    last = solo.notes[-1]
    assert solo.n_bars == 3 * chart.n_bars and solo.chords == plain.chords
    assert last.onset == stop - solo.bar_length + place and last.pitch_class in tones
    assert last.duration >= 1 and last.offset == stop - 0.5
    assert solo.notes[:-1] == tuple(note for note in plain.notes if note.offset < last.onset + 1e-6)  # none is cut
    assert 55 <= last.pitch <= 84


def test_choruses_are_those_of_improvise(trained):
    model, indices_values = trained
    network = Network.from_keras(model, vocabulary=list(indices_values.values()))
    chart, quiet = corpus("etudes")[0], {"out": None, "say": lambda line: None}
    once, twice = (generate_music(network, choruses=n, **quiet) for n in (1, 2))
    assert once == generate_music(network, **quiet)
    assert twice.n_bars == 2 * once.n_bars and twice.chords == join(chart, chart).chords
    assert max(note.onset for note in twice.notes) > 1.9 * max(note.onset for note in once.notes)


@pytest.mark.parametrize("options, words", [
    ({"choruses": 0}, "choruses is a whole number from 1 to 999; not 0"),
    ({"choruses": 1000}, "from 1 to 999; not 1000"),
    ({"choruses": True}, "not True"),
    ({"choruses": 1.5}, "not 1.5"),
    ({"as_published": True, "choruses": 2}, "as_published plays the first five bars"),
    ({"as_published": True, "ending": True}, "as_published plays the first five bars"),
])
def test_choruses_and_endings_that_cannot_be(trained, options, words):
    with pytest.raises(ValueError, match=words):
        generate_music(trained[0], trained[1], out=None, say=lambda line: None, **options)


def test_an_ending_needs_a_chord_and_keeps_what_is_good_already():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="this solo has no chords"):
        add_ending(Tune("", (Note(0, 1, 60),)), rng)
    chords = (Chord(0, 4, "F7"), Chord(4, 4, "Bb7"))
    line = (Note(0, 3.5, 72), Note(4, 0.5, 74), Note(4.5, 0.5, 75))
    assert add_ending(Tune("", line, chords), rng).notes == (line[0], Note(4, 3.5, 74))  # D was played there: it stays
    over_the_bar = (Note(0, 3, 72), Note(3, 1.5, 74), Note(4.5, 1, 75))
    left = add_ending(Tune("", over_the_bar, chords), rng).notes
    assert left[:-1] == over_the_bar[:1] and left[-1].onset == 4  # what would sound into the ending is left out, not cut
    alone = add_ending(Tune("", (), chords), rng).notes
    assert len(alone) == 1 and alone[0].pitch_class in {10, 2, 5, 8}
    eighth = add_ending(Tune("", (), (Chord(0, 0.5, "C"),), meter=(1, 8)), rng).notes
    assert (eighth[0].onset, eighth[0].duration) == (0, 0.25)


@pytest.mark.parametrize("index", range(0, 26, 3))
def test_sets_follow_one_another_over_their_own_chords(trained, index):
    model, indices_values = trained
    chart = corpus("etudes")[index]
    network = Network.from_keras(model, vocabulary=list(indices_values.values()))
    solo = generate_music(network, chords=chart, seed=index, out=None, say=lambda line: None)
    assert solo.chords == chart.chords and solo.meter == chart.meter and solo.n_bars == chart.n_bars
    for note, after in zip(solo.notes, solo.notes[1:]):
        assert note.offset <= after.onset + 1e-6
    assert max(note.offset for note in solo.notes) <= chart.n_bars * chart.bar_length + 1e-6
    types = [note_type(note.pitch, read_chord(chord)) for note, chord in zip(solo.notes, chords_under(solo))]
    assert types.count("X") / len(types) < 0.1
    assert measure([solo])["chord tones"] > 0.335  # more than chance


def test_what_is_encoded_can_be_read_and_numbered():
    for rests in (False, True):
        lines = sentences(corpus("etudes"), rests)
        words = Vocabulary(value for line in lines for value in line)
        for line in lines:
            assert words.decode(words.encode(line)) == line
        for word in words:
            value = read_value(word)
            assert value.type in "CSAXR" and value.duration > 0


@needs_metheny
@pytest.mark.parametrize(
    "rests, name, counts", [(False, "grammar_78", (193, 78)), (True, "grammar_90_with_rests", (275, 90))]
)
def test_metheny_token_for_token(rests, name, counts):
    reference = json.loads((DATA / "metheny_reference.json").read_text())
    tune = corpus("metheny")[0]
    assert encode(tune, rests) == [bar.split() for bar in reference[name]]
    values = [value for bar in encode(tune, rests) for value in bar]
    assert (len(values), len(set(values))) == counts
    if not rests:
        types = [value[0] for value in values]
        assert [types.count(kind) for kind in "CSAX"] == [117, 44, 25, 7]


@needs_metheny
def test_metheny_windows_are_the_courses():
    X, Y, n_values, indices_values = load_music_utils("metheny", m=60, Tx=30)
    assert X.shape == (60, 30, 78) and Y.shape == (30, 60, 78) and n_values == 78
    assert X.sum() == Y.sum() == 1740
    line = sentences(corpus("metheny"))[0]
    # The course's own recipe for the starts: the global generator, one draw for each window.
    np.random.seed(0)
    starts = [int(np.random.choice(len(line) - 30)) for _ in range(60)]
    assert starts[:5] == [47, 117, 67, 103, 9]
    for i, start in enumerate(starts):
        assert [indices_values[k] for k in X[i, 1:].argmax(axis=1)] == line[start + 1 : start + 30]


@needs_metheny
def test_metheny_as_published():
    X, Y, n_values, indices_values = load_music_utils("metheny")
    model = djmodel(Tx=30, n_a=64, n_values=n_values, seed=0)
    assert model.count_params() == 41678
    fit(model, X, Y, epochs=100, as_published=True, seed=0)
    inference_model = music_inference_model(model, Ty=50)
    assert inference_model.count_params() == 41678
    assert sum(np.prod(weight.shape) for weight in inference_model.trainable_weights) == 41678
    results, indices = predict_and_sample(inference_model)
    assert results.shape == (50, 78) and indices.shape == (50, 1)
    said = []
    solo = generate_music(
        inference_model, indices_values, corpus="metheny", as_published=True, out=None, say=said.append
    )
    counts = [int(line.split()[1]) for line in said]
    assert len(counts) == 5 and all(45 <= count <= 51 for count in counts), counts
    assert solo.tempo == 130
    assert {round(note.duration * 4, 6) % 1 for note in solo.notes} == {0}  # the coin leaves sixteenths only
    assert solo.duration > 5 * 4 + 8  # the last set runs on long after its bar: sets overlap
    musical = generate_music(inference_model, indices_values, corpus="metheny", out=None, say=said.append)
    assert musical.n_bars == 18 and len(said) == 10


@needs_metheny
def test_metheny_cell_by_cell(tmp_path, monkeypatch, capsys):
    """The exercise's own cells, as tutorials/the_course.ipynb has them, print the exercise's figures."""
    import keras
    from keras.optimizers import Adam
    from keras.optimizers.schedules import InverseTimeDecay

    monkeypatch.chdir(tmp_path)
    keras.utils.set_random_seed(0)
    m, n_a = 60, 64
    X, Y, n_values, _ = load_music_utils("metheny")
    assert (n_values, X.shape, Y.shape) == (78, (60, 30, 78), (30, 60, 78))
    model = djmodel(Tx=30, n_a=n_a, n_values=n_values)
    assert model.count_params() == 41678
    opt = Adam(learning_rate=InverseTimeDecay(0.01, 1, 0.01), beta_1=0.9, beta_2=0.999)
    model.compile(optimizer=opt, loss="categorical_crossentropy", metrics=["accuracy"])
    a0, c0 = np.zeros((m, n_a)), np.zeros((m, n_a))
    history = model.fit([X, a0, c0], list(Y), epochs=100, verbose=0)
    assert abs(history.history["loss"][0] - 125.77) < 0.5 and abs(history.history["loss"][-1] - 6.19) < 0.5
    LSTM_cell, densor = model.get_layer("lstm"), model.get_layer("densor")
    inference_model = music_inference_model(LSTM_cell, densor, n_values=78, n_a=64, Ty=50)
    assert inference_model.count_params() == 41678
    x_initializer = np.zeros((1, 1, 78))
    a_initializer, c_initializer = np.zeros((1, n_a)), np.zeros((1, n_a))
    results, indices = predict_and_sample(inference_model, x_initializer, a_initializer, c_initializer)
    assert (results.shape, indices.shape, int(indices.max()) < 78) == ((50, 78), (50, 1), True)
    capsys.readouterr()
    generate_music(inference_model, as_published=True)
    counts = [int(line.split()[1]) for line in capsys.readouterr().out.splitlines() if line.startswith("Generated")]
    assert len(counts) == 5 and all(45 <= count <= 51 for count in counts), counts
    out_stream = generate_music(inference_model)
    assert out_stream.n_bars == 18 and (tmp_path / "output" / "my_music.midi").is_file()


@needs_metheny
def test_the_page_for_those_who_come_from_the_course_has_these_figures():
    page = (NBS / "coming_from_the_course.md").read_text(encoding="utf-8")
    plain, rests = load_music_utils("metheny")[2], load_music_utils("metheny", rests=True)[2]
    etudes = load_music_utils()[2], load_music_utils(rests=True)[2]
    assert f"| unique values | 78 (90) | {plain}; with `rests=True` {rests} | {etudes[0]}; with `rests=True` {etudes[1]} |" in page
    counts = [f"{djmodel(n_values=n).count_params():,}" for n in (plain, rests, etudes[0])]
    assert "| parameters | {0} ({1}) | {0} ({1}) | {2} |".format(*counts) in page
    notes = [sum(len(tune.notes) for tune in corpus(name)) for name in ("metheny", "etudes")]
    assert notes[0] == 193 and f"{len(corpus('etudes'))} tunes, {notes[1]:,}" in page
    whole = load_music_utils(DATA / "original_metheny.mid")[2]
    assert f"{corpus(DATA / 'original_metheny.mid')[0].n_bars} bars, {whole} values" in page


@needs_metheny
def test_the_wrong_file_under_the_right_name_is_refused(tmp_path, monkeypatch):
    (tmp_path / "original_metheny.mid").write_bytes((DATA / "original_metheny.mid").read_bytes() + b"\0")
    monkeypatch.setenv("JAZZ_NB_DATA", str(tmp_path))
    promised = DOWNLOADS["original_metheny.mid"].sha256_hex[:12]
    with pytest.raises(ValueError, match=f"not {promised}.*; it is another file"):
        corpus("metheny")
