"""A jazz solo that the machine learned to play, and the chapters that explain how."""

__version__ = "0.1.0"

# Where the names live that a first program needs. They are imported when they are asked for, so that
# `import jazz_nb` costs nothing and TensorFlow is loaded only by what trains.
_HOMES = {
    "Note": "tune", "Chord": "tune", "Part": "tune", "Tune": "tune",
    "excerpt": "tune", "join": "tune",
    "transpose": "music.harmony",
    "score": "rendering.engraving",
    "listen": "rendering.audio",
    "roll": "rendering.pianoroll",
    "save": "rendering.export", "show": "rendering.export",
    "read_chart": "formats.chart_text", "write_chart": "formats.chart_text",
    "read_changes": "formats.wjazzd",
    "inspect": "transcription.midi_reader",
    "read": "loading.charts", "read_charts": "loading.charts",
    "open_chart": "loading.charts",
    "corpus": "data",
    "load_music_utils": "grammar",
    "djmodel": "model", "load_network": "model",
    "save_network": "networks.weights",
    "fit": "training",
    "one_hot": "inference", "music_inference_model": "inference",
    "predict_and_sample": "inference", "sample": "inference",
    "generate_music": "postprocessing",
    "compare": "evaluation.statistics", "evaluate": "improviser.stepper",
    "accompany": "accompaniment.band",
    "improvise": "improviser.solo",
    "check": "exercises.checks",
}
__all__ = ["__version__", *_HOMES]


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"module 'jazz_nb' has no attribute {name!r}; its chapters "
                             "are modules, such as jazz_nb.tune")
    from importlib import import_module
    return getattr(import_module(f"jazz_nb.{_HOMES[name]}"), name)


def __dir__():
    return sorted(__all__)
