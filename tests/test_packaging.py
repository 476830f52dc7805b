"""The version is the same everywhere, and the wheel holds what it must and nothing else."""

import subprocess
import sys
import tomllib
import zipfile
from configparser import ConfigParser

import pytest
from chapter import ROOT

import jazz_nb


@pytest.fixture(scope="module")
def settings():
    """Return settings.ini."""
    parser = ConfigParser(delimiters=["="], interpolation=None)
    parser.read(ROOT / "settings.ini", encoding="utf-8")
    return parser["DEFAULT"]


def test_version_is_the_same_everywhere(settings):
    assert settings["version"] == jazz_nb.__version__
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{settings['version']}]" in changelog, "CHANGELOG.md has no entry for this version"


def test_project_has_the_name_of_the_library(settings):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] == settings["lib_name"]
    assert {"version", "dependencies", "scripts"} <= set(project["dynamic"])


def test_license_is_apache():
    assert "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8")[:200]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build a wheel from the sdist, as an installer would, and return its names and metadata."""
    if not (ROOT / "README.md").exists():
        pytest.skip("there is no README.md yet: python docs/readme.py writes it from nbs/index.ipynb")
    out = tmp_path_factory.mktemp("dist")
    # The environment that runs the tests has the build tools; --no-isolation keeps the test offline.
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    [path] = out.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        metadata = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return archive.namelist(), archive.read(metadata).decode()


@pytest.mark.slow
def test_wheel_holds_code_and_corpora_only(wheel):
    names, _ = wheel
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"jazz_nb"}
    data = [path for folder in ("corpora", "models", "exercises") for path in (ROOT / "jazz_nb" / folder).rglob("*.*")]
    wanted = [path for path in [*data, *(ROOT / "jazz_nb").rglob("*.py")] if path.is_file()]
    missing = {path.relative_to(ROOT).as_posix() for path in wanted if "__pycache__" not in path.parts} - set(
        names
    )
    assert not missing, f"the wheel lacks {sorted(missing)}; see package_data in setup.py and MANIFEST.in"
    assert any(name.startswith("jazz_nb/corpora/") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


@pytest.mark.slow
def test_wheel_needs_no_development_tools(wheel):
    _, metadata = wheel
    required = [
        line for line in metadata.splitlines() if line.startswith("Requires-Dist:") and "extra ==" not in line
    ]
    assert any("tensorflow" in line for line in required)
    tools = [
        line
        for line in required
        for tool in ("nbdev", "fastcore", "execnb", "pytest", "sphinx")
        if tool in line
    ]
    assert not tools, f"{tools} belong under dev_requirements in settings.ini"
