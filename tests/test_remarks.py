"""Sentences about files: templates are literals, so that braces in strangers' names are never read."""

import ast
import pickle
from zipfile import ZipFile

import pytest
from chapter import ROOT

from jazz_nb.cli.main import main
from jazz_nb.data import corpus
from jazz_nb.formats.remarks import InputError, remark_of
from jazz_nb.loading.charts import read
from jazz_nb.loading.files import read_tunes

PATHS = sorted((ROOT / "jazz_nb").rglob("*.py"))


def with_facts_inside(source):
    """Lines on which the words of a remark or an error are an f-string."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("InputError", "Remark")
        and node.args and any(isinstance(part, ast.JoinedStr) for part in ast.walk(node.args[0]))
    ]


def test_words_are_literals_and_facts_stand_behind_them():
    found = {path.name: with_facts_inside(path.read_text(encoding="utf-8")) for path in PATHS}
    assert len(found) > 40 and not {name: lines for name, lines in found.items() if lines}
    assert with_facts_inside('Remark("a" + f"{b}", 3)') == [1] == with_facts_inside('InputError(f"{b}")')


@pytest.mark.parametrize("name", ["{tune}.abc", "{0}{.abc", "}.abc", "{tune.__class__}.abc", "%s{}.abc"])
def test_a_file_may_be_called_anything(name, tmp_path, capsys):
    path = tmp_path / name
    path.write_text("X:1\nT:{tune}\nK:C\nV:{voice}\nCD|\nV:2\nEF|\n")
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(caught.value).startswith(f"{path}, header: the voices with music are {{voice}}, 2;")
    assert str(caught.value).endswith("such as voice='{voice}'") and caught.value.parameter == "voice"
    assert main(["show", str(path)]) == 1
    told = capsys.readouterr().err
    assert told.endswith("such as --part '{voice}'\n") and name in told


def test_an_error_comes_back_from_another_process_as_it_was(tmp_path):
    (tmp_path / "book.abc").write_text("X:1\nT:A\nK:C\nCD|\n\nX:2\nT:B\nK:C\nEF|\n")
    with pytest.raises(InputError, match="choose one with tune=") as caught:
        read(tmp_path / "book.abc")
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.kind, again.parameter) == (str(caught.value), "choice", "tune")
    assert again.told("--{}".format).split("; ")[1].startswith("choose one with --tune, by number")


def test_whatever_is_said_about_a_file_has_its_place_once(tmp_path):
    broken = b"X:1\nT:A\nM:4/4\nK:C\nCDEFGABc|\n\nX:2\nT:B\nM:4/4\nK:C\nC?|\n"
    errors = [one for one in read_tunes("book.abc", broken) if isinstance(one, ValueError)]
    assert len(errors) == 1 and str(errors[0]).count("book.abc") == 1
    assert remark_of(errors[0]).without("book.abc").startswith("tune 2")


def test_a_file_that_is_passed_over_alone_is_an_error_in_words(tmp_path):
    archive = tmp_path / "outer.zip"
    with ZipFile(archive, "w") as box:
        box.writestr("../escape.mid", b"MThd")
    with pytest.raises(InputError, match="outer.zip: its name leads out of the archive"):
        corpus(archive)
