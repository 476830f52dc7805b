"""The rules of a chapter, one function each: given a chapter, list what breaks the rule and what to do."""

import ast
import inspect
import io
import re
import tokenize
from importlib import import_module
from pathlib import Path

from chapter import Cell, Chapter, joined, public_names
from pictures import needs_trust

MAX_SVG_BYTES = 50_000
MAX_SOUND_BYTES = 300_000
BANNED_NAMES = {"utils", "helpers", "misc", "manager"}
COURSE_NAMES = {"load_music_utils"}  # the course's own name, kept
# Errors of the language need no words of ours.
LANGUAGE_ERRORS = {
    "AttributeError",
    "TypeError",
    "FrozenInstanceError",
    "ImportError",
    "KeyError",
    "StopIteration",
}
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:root|home|work|tmp|Users|usr|opt|var)/\w|[A-Z]:\\\\?Users")
PROGRESS = re.compile(r"\d+%\||\x1b\[|[mµ\d]s/(?:step|it)\b|\bit/s\b|\r")
# Calls that certainly leave an output; so does a class called by its name.
SHOWING = {"print", "display", "show", "listen", "roll"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


# --- what code is made of ---------------------------------------------------------------------------------


def docstring_lines(tree: ast.AST) -> set[int]:
    """Return the lines that docstrings take up."""
    lines = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, *FUNCTIONS)) and ast.get_docstring(node) is not None:
            lines |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    return lines


def code_lines(source: str, tree: ast.AST | None = None) -> set[int]:
    """Return the lines that hold code: no blank lines, comments or docstrings."""
    empty = {
        tokenize.COMMENT,
        tokenize.NL,
        tokenize.NEWLINE,
        tokenize.INDENT,
        tokenize.DEDENT,
        tokenize.ENDMARKER,
    }
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type not in empty:
            lines |= set(range(token.start[0], token.end[0] + 1))
    return lines - docstring_lines(tree or ast.parse(source))


def span(node: ast.AST) -> set[int]:
    """Return the lines of a statement, decorators included."""
    first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])
    return set(range(first, node.end_lineno + 1))


def is_table(node: ast.AST) -> bool:
    """Return True for an assignment at the top level: a constant or a table."""
    return isinstance(node, (ast.Assign, ast.AnnAssign))


def functions(tree: ast.AST):
    """Yield every function and method, at any depth."""
    return (node for node in ast.walk(tree) if isinstance(node, FUNCTIONS))


def names_in(node: ast.AST) -> set[str]:
    """Return the names and attributes that code mentions."""
    used = {leaf.id for leaf in ast.walk(node) if isinstance(leaf, ast.Name)}
    return used | {leaf.attr for leaf in ast.walk(node) if isinstance(leaf, ast.Attribute)}


def called(node: ast.AST) -> str:
    """Return the last part of the name that a call calls, or an empty string."""
    if not isinstance(node, ast.Call):
        return ""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def is_check(node: ast.AST) -> bool:
    """Return True for an assert, a call of a `test_…` function or a `with` that expects an error."""
    if isinstance(node, ast.Assert):
        return True
    if isinstance(node, ast.Expr):
        return called(node.value).startswith(("test_", "assert_", "expect_fail"))
    if isinstance(node, ast.With):
        return any(called(item.context_expr) in ("expect_fail", "raises") for item in node.items)
    return False


def checks(tree: ast.AST) -> list[ast.AST]:
    """Return every check in the code, also those inside loops and functions."""
    return [node for node in ast.walk(tree) if is_check(node)]


def words(text: str) -> int:
    """Count the words of markdown, without the targets of links, headings and quoted code blocks."""
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    text = re.sub(r"^#+ .*$", "", text, flags=re.MULTILINE)
    return len(re.findall(r"\w[\w'’-]*", re.sub(r"\]\([^)]*\)", "]", text)))


def at(cell: Cell) -> str:
    """Say which cell."""
    first = next((line for line in cell.code.splitlines() if line.strip()), "")
    return f"cell {cell.index} ({first.strip()[:50]!r})"


# --- the chapter's frame -----------------------------------------------------------------------------------


def opens_with_title_and_sentence(chapter: Chapter) -> list[str]:
    """`# Title`, then `> one sentence`."""
    lines = [line for line in chapter.cells[0].source.splitlines() if line.strip()]
    good = chapter.cells[0].kind == "markdown" and len(lines) == 2
    good = good and lines[0].startswith("# ") and lines[1].startswith("> ")
    if not good:
        return [f"the first cell must be '# Title' and '> one sentence', nothing else; it is {lines[:3]}"]
    return (
        [f"the summary is more than one sentence: {lines[1]!r}"]
        if re.search(r"[.!?] +[A-Z]", lines[1])
        else []
    )


def exports_its_own_name(chapter: Chapter) -> list[str]:
    """`default_exp` is the file's place and its name without its number."""
    found = [
        cell.directives["default_exp"] for cell in chapter.code_cells if "default_exp" in cell.directives
    ]
    wanted = ".".join([*Path(chapter.place).parent.parts, chapter.name])
    return [] if found == [wanted] else [f"wants exactly one '#| default_exp {wanted}'; found {found}"]


def only_imports(node: ast.AST) -> bool:
    """Return True for an import, and for those that only a type checker reads."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return all(map(only_imports, node.body))
    return isinstance(node, (ast.Import, ast.ImportFrom))


def has_one_cell_of_imports(chapter: Chapter) -> list[str]:
    """The first exported cell holds imports and nothing else; the others have none at their top level."""
    if not chapter.exported_cells:
        return ["exports nothing"]
    problems = []
    first, *others = chapter.exported_cells
    if not all(map(only_imports, first.tree.body)):
        problems.append(
            f"{at(first)}: the first exported cell holds only imports; move the rest to a cell of its own"
        )
    for cell in others:
        if any(isinstance(node, (ast.Import, ast.ImportFrom)) for node in cell.tree.body):
            problems.append(
                f"{at(cell)}: move its imports to the chapter's import cell, or into the function"
            )
    return problems


def headings(chapter: Chapter) -> list[str]:
    """Return the H2 headings in order."""
    texts = (cell.source for cell in chapter.cells if cell.kind == "markdown")
    return [heading for text in texts for heading in re.findall(r"^## +(.+)$", text, flags=re.MULTILINE)]


def closes_with_what_we_built(chapter: Chapter) -> list[str]:
    """The last cell is `## What we built`: three lines and the arrow to the next chapter."""
    last = chapter.cells[-1]
    if last.kind != "markdown" or not last.source.startswith("## What we built"):
        return [f"must end with a markdown cell '## What we built'; it ends with {at(last)}"]
    problems = [] if "→" in last.source else ["the last cell wants the arrow '→' to what comes next"]
    lines = [line for line in last.source.splitlines()[1:] if line.strip() and not line.startswith("Exercise")]
    if len(lines) > 5:
        problems.append(f"'What we built' has {len(lines)} lines; three and the arrow are enough")
    return problems


# --- the exported code -------------------------------------------------------------------------------------


def avoids_empty_names(chapter: Chapter) -> list[str]:
    """Nothing is called utils, helpers, misc or manager."""
    problems = []
    for cell in chapter.exported_cells:
        named = [node for node in ast.walk(cell.tree) if isinstance(node, (ast.ClassDef, *FUNCTIONS))]
        for name in {chapter.name, *(node.name for node in named), *public_names(cell.tree)} - COURSE_NAMES:
            parts = set(re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower().split("_"))
            if parts & (BANNED_NAMES | {"util", "helper"}):
                problems.append(f"{at(cell)}: {name!r} says nothing; name it after what it does")
    return problems


# --- documentation -----------------------------------------------------------------------------------------


def sections(docstring: str) -> dict[str, str]:
    """Split a NumPy docstring into its sections; the text before the first is under ''."""
    parts = re.split(r"^ *(\w[\w ]*)\n *-{3,} *$", docstring, flags=re.MULTILINE)
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2]))}


def documented_parameters(docstring: str) -> set[str]:
    """Return the names that the section Parameters (or Attributes) describes."""
    found = sections(docstring)
    text = found.get("Parameters", "") + "\n" + found.get("Attributes", "")
    names = set()
    for line in text.splitlines():
        if line and not line.startswith(" "):
            names |= {name.strip().lstrip("*").replace("\\*", "") for name in line.split(" : ")[0].split(",")}
    return names


def parameters(function: ast.FunctionDef) -> list[str]:
    """Return the public parameters of a function, without self and cls."""
    args = function.args
    listed = [*args.posonlyargs, *args.args, *args.kwonlyargs, *filter(None, (args.vararg, args.kwarg))]
    return [arg.arg for arg in listed if arg.arg not in ("self", "cls") and not arg.arg.startswith("_")]


def returns_something(function: ast.FunctionDef) -> bool:
    """Return True if the annotation, or else the code, promises a value."""
    if function.returns is not None:
        return not (isinstance(function.returns, ast.Constant) and function.returns.value is None)
    return any(isinstance(node, ast.Return) and node.value is not None for node in ast.walk(function))


def function_gaps(function: ast.FunctionDef) -> list[str]:
    """List what a public function's docstring lacks."""
    docstring = ast.get_docstring(function)
    if not docstring:
        return ["has no docstring"]
    gaps = []
    missing = [name for name in parameters(function) if name not in documented_parameters(docstring)]
    if missing:
        gaps.append(f"its Parameters do not name {', '.join(missing)}")
    if returns_something(function) and not {"Returns", "Yields"} & set(sections(docstring)):
        gaps.append("has no section Returns")
    unannotated = [
        arg.arg for arg in [*function.args.args, *function.args.kwonlyargs] if arg.annotation is None
    ]
    if unannotated:
        gaps.append(f"has no type for {', '.join(unannotated)}")
    return gaps


def is_dataclass(node: ast.ClassDef) -> bool:
    """Return True if a decorator or a base class makes the annotated fields parameters."""
    marks = {name for part in [*node.decorator_list, *node.bases] for name in names_in(part)}
    return bool(marks & {"dataclass", "NamedTuple"})


def inherits_words(chapter: Chapter, name: str, method: str) -> bool:
    """Return True if a method without words of its own has those of the class above."""
    try:
        module = import_module(f"jazz_nb.{chapter.module}")
    except ImportError:
        return False
    return bool(inspect.getdoc(getattr(getattr(module, name), method)))


def class_gaps(node: ast.ClassDef, chapter: Chapter) -> list[str]:
    """List what a public class' docstring, and those of its public methods, lack."""
    docstring = ast.get_docstring(node)
    if not docstring:
        return ["has no docstring"]
    wanted = []
    for part in node.body:
        if isinstance(part, FUNCTIONS) and part.name == "__init__":
            wanted += parameters(part)
        elif is_dataclass(node) and isinstance(part, ast.AnnAssign) and not part.target.id.startswith("_"):
            wanted.append(part.target.id)
    missing = [name for name in wanted if name not in documented_parameters(docstring)]
    gaps = [f"its Parameters do not name {', '.join(missing)}"] if missing else []
    for part in node.body:
        bare = isinstance(part, FUNCTIONS) and not ast.get_docstring(part)
        if bare and not part.name.startswith("_") and not inherits_words(chapter, node.name, part.name):
            gaps.append(f"its method {part.name} has no docstring")
    return gaps


def documents_every_public_name(chapter: Chapter) -> list[str]:
    """Functions and classes have NumPy docstrings that name every parameter; constants have a comment."""
    problems = []
    for cell in chapter.exported_cells:
        for node in cell.tree.body:
            if isinstance(node, FUNCTIONS) and not node.name.startswith("_"):
                problems += [f"{at(cell)}: {node.name} {gap}" for gap in function_gaps(node)]
            elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                problems += [f"{at(cell)}: {node.name} {gap}" for gap in class_gaps(node, chapter)]
        constants = public_names(ast.Module([node for node in cell.tree.body if is_table(node)], []))
        if constants and not re.search(r"#(?!\|)|^\"\"\"", cell.source, flags=re.MULTILINE):
            problems.append(
                f"{at(cell)}: say in a comment what {', '.join(constants)} is, with unit and source"
            )
    return problems


def demonstrations(chapter: Chapter) -> list[Cell]:
    """Return the code cells that a reader can run and that are not exported."""
    return [cell for cell in chapter.code_cells if cell.evaluated and not cell.exported]


def shows_and_proves_every_public_name(chapter: Chapter, tutorials: tuple[Chapter, ...] = ()) -> list[str]:
    """Every public name is used in a cell that is not exported; what proves it is the author's business."""
    problems = []
    shown = [cell for book in (chapter, *tutorials) for cell in demonstrations(book)]
    for cell in chapter.exported_cells:
        for name in public_names(cell.tree):
            if not any(name in names_in(other.tree) for other in shown):
                problems.append(f"{at(cell)}: {name} is never used in the chapter; show what it does")
    return problems


def names_expected_errors(chapter: Chapter) -> list[str]:
    """A test of an error names the error and its words."""
    problems = []
    for cell in chapter.code_cells:
        for node in ast.walk(cell.tree):
            name = called(node)
            if name == "test_fail":
                problems.append(
                    f"{at(cell)}: test_fail passes for nothing; use expect_fail(ValueError, contains=…)"
                )
            if name in ("expect_fail", "raises"):
                kind = node.args[0] if node.args else None
                wordless = not any(word.arg in ("contains", "match", "regex") for word in node.keywords)
                if kind is None or (wordless and not names_in(kind) & LANGUAGE_ERRORS):
                    problems.append(
                        f"{at(cell)}: line {node.lineno}: name the error and its words (contains=…)"
                    )
    return problems


# --- stored outputs ----------------------------------------------------------------------------------------


def displays(cell: Cell) -> bool:
    """Return True if a cell certainly shows something: it prints, displays, or ends in a value."""
    if not cell.evaluated or not cell.tree.body:
        return False
    last = cell.tree.body[-1]
    if not isinstance(last, ast.Expr) or cell.source.rstrip().endswith(";"):
        return False
    if isinstance(last.value, ast.Call):
        return called(last.value) in SHOWING or called(last.value)[:1].isupper()
    return not isinstance(last.value, (ast.Constant, ast.Await, ast.Yield))


def stores_what_it_shows(chapter: Chapter) -> list[str]:
    """A cell that displays something has its output stored."""
    return [
        f"{at(cell)}: shows something, but no output is stored; run the chapter from top to bottom"
        for cell in chapter.code_cells
        if displays(cell) and not cell.outputs
    ]


def texts(output: dict) -> dict[str, str]:
    """Return what an output holds, as text by type; a stream's text is under its name."""
    if output["output_type"] == "stream":
        return {output["name"]: joined(output["text"])}
    return {
        kind: joined(data) for kind, data in output.get("data", {}).items() if isinstance(data, (str, list))
    }


def output_problems(output: dict) -> list[str]:
    """List what is wrong with one stored output."""
    if output["output_type"] == "error":
        return [f"ends in an error ({output['ename']}); expect it with expect_fail, or mend it"]
    problems = []
    for kind, text in texts(output).items():
        sound = "data:audio" in text or kind.startswith("audio/")
        plain = kind.startswith("text/") and not sound or kind in ("stdout", "stderr")
        if plain and (path := MACHINE_PATHS.search(text)):
            found = text[path.start() : path.start() + 30]
            problems.append(f"shows a path of this machine ({found!r}); print its name only")
        if plain and PROGRESS.search(text):
            problems.append("stores a progress bar or a time; switch it off for the stored output")
        if kind == "stderr" or "Traceback (most recent" in text:
            problems.append(f"stores a warning or a traceback ({text.strip()[:60]!r}); mend its cause")
        if "svg" in kind or "<svg" in text:
            if len(text.encode()) > MAX_SVG_BYTES:
                problems.append(
                    f"a picture of {len(text.encode()) // 1000} kB; at most {MAX_SVG_BYTES // 1000} kB"
                )
        elif kind.startswith("image/"):
            problems.append(f"a picture as {kind}; draw SVG")
        if sound and len(text) > MAX_SOUND_BYTES:
            problems.append(
                f"a sound of {len(text) // 1000} kB; at most {MAX_SOUND_BYTES // 1000} kB, as mp3"
            )
        if sound and "audio/wav" in text + kind:
            problems.append("a sound as wav; store mp3")
        if plain and re.search(r" at 0x[0-9a-f]{6,}", text):
            problems.append("shows an address in memory; give the class a repr")
    return problems


def stores_clean_outputs(chapter: Chapter) -> list[str]:
    """Stored outputs hold no error, machine path, progress bar or oversized picture or sound."""
    return [
        f"{at(cell)}: {problem}"
        for cell in chapter.code_cells
        for output in cell.outputs
        for problem in output_problems(output)
    ]


def shows_its_pictures_without_trust(chapter: Chapter) -> list[str]:
    """An untrusted notebook shows no SVG: every stored picture has an `<img>` tag beside it."""
    return [
        f"{at(cell)}: its picture is not seen in an untrusted notebook; run python docs/pictures.py"
        for cell in chapter.code_cells
        for output in cell.outputs
        if needs_trust(output)
    ]


EVERY_NOTEBOOK = [
    opens_with_title_and_sentence,
    names_expected_errors,
    stores_what_it_shows,
    stores_clean_outputs,
    shows_its_pictures_without_trust,
]
EVERY_CHAPTER = [
    exports_its_own_name,
    has_one_cell_of_imports,
    closes_with_what_we_built,
    avoids_empty_names,
    documents_every_public_name,
]
