"""What several files of tests need: the site, built once."""

import subprocess
import sys

import pytest
from chapter import NBS, ROOT


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Build the site as CONTRIBUTING says, into a temporary folder."""
    if not (NBS / "index.ipynb").exists():
        pytest.skip("there is no nbs/index.ipynb yet")
    out = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-c", "docs", "-d", f"{out}-trees"]
    done = subprocess.run([*command, "nbs", str(out)], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return out
