"""What the workflows may do, and what no module of the package does: run what a file says."""

import ast
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.y*ml"))
MODULES = sorted((ROOT / "jazz_nb").rglob("*.py"))
_PINNED = re.compile(r"[\w.-]+(/[\w.-]+)+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
# What the person who opens a pull request or an issue writes must never become part of a command.
_FOREIGN = re.compile(r"\$\{\{[^}]*github\.(event|head_ref|base_ref|ref_name|ref\b|actor)[^}]*\}\}")
_READING = {"contents": "read"}


def faults(text: str) -> list[str]:
    """Say what is wrong with a workflow."""
    flow = yaml.safe_load(text)
    uses = re.findall(r"^[ -]*uses: *(.*?) *$", text, flags=re.MULTILINE)
    found = [f"not pinned: {action}" for action in uses if not _PINNED.fullmatch(action)]
    if flow.get("permissions") != _READING:
        found.append("its permissions are not named, or more than to read")
    triggers = flow[True]  # YAML 1.1 takes the word "on" for a yes
    if "pull_request_target" in triggers or "workflow_run" in triggers:
        found.append("it runs with the rights of the project for what a stranger sent")
    steps = [step for job in flow["jobs"].values() for step in job.get("steps", ())]
    if len(uses) != sum("uses" in part for part in [*steps, *flow["jobs"].values()]):
        found.append("an action is written in a way that this test does not read")
    for step in steps:
        if _FOREIGN.search(step.get("run", "")):
            found.append(f"what a stranger wrote becomes part of a command: {step['run']}")
        kept = step.get("with", {}).get("persist-credentials", True)
        if "actions/checkout@" in step.get("uses", "") and kept:
            found.append("the checkout leaves its token behind")
    return found


def step_with(name: str, words: str) -> dict:
    """Find the step of a workflow that runs something."""
    flow = yaml.safe_load((ROOT / ".github" / "workflows" / name).read_text("utf-8"))
    steps = [step for job in flow["jobs"].values() for step in job["steps"]]
    found = [step for step in steps if words in step.get("run", "")]
    assert found, f"{name}: no step runs {words}"
    return found[0]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_is_pinned_and_may_only_read(path):
    assert faults(path.read_text("utf-8")) == []


def test_there_are_workflows():
    assert [path.stem for path in WORKFLOWS] == ["audit", "docs", "release", "test", "trust"]


@pytest.mark.parametrize("old, new, fault", [
    (r"@[0-9a-f]{40} # v\S+", "@v4", "not pinned"),
    (r" # v\d\S+", "", "not pinned"),
    (r"permissions:\n  contents: read", "permissions: write-all", "its permissions"),
    (r"  pull_request:", "  pull_request_target:", "rights of the project"),
    (r"run: ", "run: echo '${{ github.event.pull_request.title }}' && ", "becomes part of a command"),
    (r"run: ", "run: echo '${{ github.head_ref }}' && ", "becomes part of a command"),
    (r"persist-credentials: false", "persist-credentials: true", "leaves its token"),
    (r"- uses: (\S+).*", r'- "uses": \1', "does not read"),
])
def test_a_careless_workflow_is_seen(old, new, fault):
    text = (ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8")
    changed = re.sub(old, new, text)
    assert changed != text and any(fault in words for words in faults(changed))


def test_only_these_jobs_may_do_more_than_read():
    more = {}
    for path in WORKFLOWS:
        for name, job in yaml.safe_load(path.read_text("utf-8"))["jobs"].items():
            if "permissions" in job:
                more[path.stem, name] = job["permissions"]
    assert more == {("docs", "deploy"): {"pages": "write", "id-token": "write"},
                    ("release", "publish"): {"id-token": "write"},
                    ("release", "page"): {"contents": "write"}}


def test_dependencies_are_audited_and_pins_renewed():
    flow = yaml.safe_load((ROOT / ".github" / "workflows" / "audit.yml").read_text("utf-8"))
    assert set(flow[True]) == {"push", "schedule", "workflow_dispatch"}
    assert "settings.ini" in flow[True]["push"]["paths"]
    assert "--path" in step_with("audit.yml", "pip-audit --")["run"]
    renewed = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text("utf-8"))["updates"]
    assert {entry["package-ecosystem"] for entry in renewed} == {"github-actions", "pip"}


def test_what_can_be_trusted_is_tried_every_week():
    """Also with the other versions of Python that the package promises, each of which is made before."""
    step = step_with("trust.yml", "python -m benchmarks trust")
    assert step["shell"] == "bash"  # or the pipe would hide that it failed
    others = re.findall(r"py3(\d\d)/bin/python", step["env"]["JAZZ_NB_PYTHONS"])
    made = re.findall(r"venv \S*/py3(\d\d)\"", step_with("trust.yml", "-m venv")["run"])
    matrix = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8"))["jobs"]["test"]
    promised = [version.split(".")[1] for version in matrix["strategy"]["matrix"]["python"]]
    assert others == made and promised == ["11", *others]


def test_a_release_has_a_bill_of_materials():
    bill = step_with("release.yml", "cyclonedx-py environment")["run"]
    assert "venv --without-pip" in bill and "dist/*.whl" in bill and ".cdx.json" in bill
    assert "files/sbom/*" in step_with("release.yml", "gh release create")["run"]


# --- the package -------------------------------------------------------------------------------------------

_MODULES_THAT_RUN = {"pickle", "cPickle", "dill", "cloudpickle", "marshal", "shelve", "subprocess", "code",
                     "runpy", "ctypes", "yaml", "jsonpickle"}
_CALLS_THAT_RUN = {"eval", "exec", "compile", "__import__", "system", "popen", "mktemp", "load_model",
                   "deserialize_keras_object", "from_config", "model_from_json", "enable_load_extension",
                   "load_extension", "import_module", "extractall", "extract"}
_HARMLESS = {
    # Patterns that stand in the module itself.
    "re.compile": None,
    # Names of the package's own table and folder, not of a file.
    "import_module": ("jazz_nb/__init__.py", "jazz_nb/exercises/checks.py"),
}


def dangers(source: str, place: str) -> list[str]:
    """Name what could run foreign code in a module."""
    found = []
    for node in ast.walk(ast.parse(source)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        found += [name for name in names if name.split(".")[0] in _MODULES_THAT_RUN]
        if isinstance(node, ast.Call):
            full = ast.unparse(node.func)
            short = full.rpartition(".")[2]
            allowed = any(_HARMLESS.get(name, "") is None or place in _HARMLESS.get(name, "") for name in (full, short))
            allowed |= full == "super().compile"  # a Keras model's own
            found += [full] if short in _CALLS_THAT_RUN and not allowed else []
            found += [f"{full}({word.arg}=…)" for word in node.keywords
                      if word.arg in ("shell", "allow_pickle", "safe_mode", "custom_objects")]
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_module_runs_what_a_file_says(path):
    assert dangers(path.read_text("utf-8"), path.relative_to(ROOT).as_posix()) == []


@pytest.mark.parametrize("source", [
    "import pickle", "from marshal import loads", "import shelve", "import subprocess", "eval('1')",
    "builtins.exec(text)", "os.system('ls')", "np.load(path, allow_pickle=True)", "run(words, shell=True)",
    "yaml.load(text)\nimport yaml", "keras.models.load_model(path)", "tempfile.mktemp()", "compile(a, b, c)",
    "connection.enable_load_extension(True)", "archive.extractall(folder)", "import_module(name)",
])
def test_a_dangerous_line_is_seen(source):
    assert dangers(source, "jazz_nb/some.py")


# --- the page ----------------------------------------------------------------------------------------------

PAGE = (ROOT / "nbs" / "security.md").read_text("utf-8")


def worth(node: ast.expr) -> float:
    """Work out a number that stands in the code, such as ``2**27`` or ``1 << 24``."""
    if isinstance(node, ast.Constant):
        return node.value
    left, right = worth(node.left), worth(node.right)
    return left**right if isinstance(node.op, ast.Pow) else left << right


@pytest.mark.parametrize("module, name, limit, words", [
    ("formats.midi", "_MAX_BYTES", 4_000_000, "4 MB"),
    ("formats.midi", "_MAX_NOTES", 200_000, "200,000 notes"),
    ("formats.musicxml_reader", "_LONGEST", 30_000_000, "30 MB"),
    ("formats.musicxml_reader", "_MOST_ELEMENTS", 1_000_000, "a million elements"),
    ("formats.musicxml_reader", "_DEEPEST", 60, "60 inside each other"),
    ("formats.abc_reader", "_MAX_CHARACTERS", 300_000, "300,000 characters"),
    ("formats.ireal", "_LONGEST_LINK", 10_000_000, "10 million characters"),
    ("formats.ireal", "_MOST_TUNES", 5_000, "5,000 charts"),
    ("formats.ireal", "_MOST_CHORDS", 300_000, "300,000 chords"),
    ("formats.chart_text", "_LONGEST", 400_000, "400,000 characters"),
    ("music.rhythm", "MAX_BARS", 4_000, "4,000 bars"),
    ("formats.wjazzd", "_LIMIT", 2**27, "134 MB, also unpacked"),
    ("formats.wjazzd", "_SECONDS", 4.0, "4 s of processor time"),
    ("loading.archives", "_LARGEST", 2**27, "134 MB a file"),
    ("loading.files", "_LIMIT", 2**27, "134 MB |"),
    ("formats.storage", "_LONGEST_HEADER", 2**24, "a header of 17 MB"),
    ("formats.storage", "_LARGEST", 2**30, "a file of 1 GB"),
])
def test_the_page_names_the_limits_of_the_code(module, name, limit, words):
    # Read as text, because a module may be heavy to import.
    tree = ast.parse((ROOT.joinpath("jazz_nb", *module.split(".")).with_suffix(".py")).read_text("utf-8"))
    values = {}
    for node in (node for node in tree.body if isinstance(node, ast.Assign)):
        left, right = node.targets[0], node.value
        pairs = zip(left.elts, right.elts) if isinstance(left, ast.Tuple) else [(left, right)]
        values |= {ast.unparse(target): value for target, value in pairs}
    assert worth(values[name]) == limit and words in PAGE


def test_what_the_page_points_to_is_there():
    settings = dict(re.findall(r"^(\w+) *= *(.*)$", (ROOT / "settings.ini").read_text("utf-8"), re.MULTILINE))
    short = (ROOT / "SECURITY.md").read_text("utf-8")
    for text in (PAGE, short):
        assert f"({settings['git_url']})" in text
        for path in re.findall(r"`((?:tests|nbs)/[\w.]+)`", text):
            assert (ROOT / path).is_file(), path
        for module in re.findall(r"`jazz_nb\.(\w+)`", text):
            assert (ROOT.joinpath("jazz_nb", *module.split(".")).with_suffix(".py")).is_file(), module
    assert settings["doc_host"] + settings["doc_baseurl"] + "/security.html" in short
