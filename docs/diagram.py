"""Draw what imports what, from the code as it is: a Sphinx directive.

```` ```{imports} ```` draws the rooms; with the name of a room, what is inside it.
"""

import ast
from pathlib import Path

from chapter import ROOT, Chapter
from docutils import nodes
from reference import FOLDER, line_of, modules, room_of, room_page
from sphinx.util.docutils import SphinxDirective

WIDTH, HEIGHT, GAP, ROW = 160, 34, 16, 84  # of a box; between two; from floor to floor
ABREAST = 5  # boxes without arrows stand below, so many in a row


def module_path(chapter: Chapter) -> Path:
    """Return the file that a chapter exports."""
    return ROOT.joinpath("jazz_nb", *chapter.module.split(".")).with_suffix(".py")


def imports_of(path: Path) -> set[str]:
    """
    Find what a module imports of this package, at its top or inside a function.

    Parameters
    ----------
    path : Path
        A module of the package.

    Returns
    -------
    set of str
        Modules and names in them, such as ``"tune"`` and ``"tune.Note"``.
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    # The library says `from ..tune import Tune` where the notebook says `from jazz_nb.tune import Tune`.
    folders = path.parent.relative_to(ROOT).parts if path.is_relative_to(ROOT) else ("jazz_nb",)
    names = []
    for node in found:
        above = folders[: len(folders) + 1 - node.level] if node.level else ()
        parent = ".".join([*above, node.module])
        names += [parent, *(f"{parent}.{alias.name}" for alias in node.names)]
    return {name.removeprefix("jazz_nb.") for name in names if name.startswith("jazz_nb.")}


def module_edges() -> dict[str, set[str]]:
    """Return for every module the modules that it imports, in the order of the book."""
    found = {chapter.module: imports_of(module_path(chapter)) for chapter in modules()}
    return {name: ends & found.keys() - {name} for name, ends in found.items()}


def room_edges(edges: dict[str, set[str]]) -> dict[str, set[str]]:
    """
    Draw modules together to rooms; those of the course, at the top, stay alone.

    Parameters
    ----------
    edges : dict of str to set of str
        What each module imports.

    Returns
    -------
    dict of str to set of str
        What each room, or module at the top, imports of the others.
    """
    found = {}
    for name, ends in edges.items():
        home = room_of(name) or name
        found.setdefault(home, set()).update(room_of(end) or end for end in ends)
    return {name: ends - {name} for name, ends in found.items()}


def inside(room: str, edges: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return what the modules of one room import of each other."""
    names = {name for name in edges if room_of(name) == room}
    return {name: edges[name] & names for name in edges if name in names}


def upward(edges: dict[str, set[str]]) -> set[tuple[str, str]]:
    """Return the edges that close a circle: what imports, and what is imported."""
    found, done, open_now = set(), set(), []

    def visit(name: str):
        open_now.append(name)
        for end in sorted(edges[name]):
            if end in open_now:
                found.add((name, end))
            elif end not in done:
                visit(end)
        done.add(open_now.pop())

    for name in edges:
        if name not in done:
            visit(name)
    return found


def below(name: str, edges: dict[str, set[str]]) -> set[str]:
    """Return all that can be reached along the edges, which have no circle."""
    return set().union(*({other} | below(other, edges) for other in edges.get(name, ())))


def without_detours(edges: dict[str, set[str]]) -> dict[str, set[str]]:
    """Leave out an edge where a longer way leads to the same place."""
    return {
        name: {end for end in ends if not any(end in below(other, edges) for other in ends)}
        for name, ends in edges.items()
    }


def floors(edges: dict[str, set[str]]) -> list[list[str]]:
    """
    Put everything one floor above the highest that it imports.

    Parameters
    ----------
    edges : dict of str to set of str
        What each imports; without circles.

    Returns
    -------
    list of list of str
        Names, the ground floor first.
    """

    def height(name: str) -> int:
        return max((height(other) + 1 for other in edges[name]), default=0)

    levels = [[name for name in edges if height(name) == level] for level in range(len(edges))]
    return [names for names in levels if names]


def ways(edges: dict[str, set[str]], levels: list[list[str]]) -> list[list[str]]:
    """
    Lead every arrow from floor to floor, past the boxes of the floors between.

    Parameters
    ----------
    edges : dict of str to set of str
        What each module imports.
    levels : list of list of str
        The floors; a place for each arrow that passes is added to them, such as ``"data>midi"``.

    Returns
    -------
    list of list of str
        For each arrow its stops: a module, the places in between, a module.
    """
    height = {name: level for level, names in enumerate(levels) for name in names}
    found = []
    for name, ends in without_detours(edges).items():
        for end in sorted(ends):
            between = range(height[name] - 1, height[end], -1)
            for level in between:
                levels[level].append(f"{name}>{end}")
            found.append([name, *[f"{name}>{end}"] * len(between), end])
    return found


def untangle(levels: list[list[str]], found: list[list[str]], sweeps: int = 8) -> None:
    """Sort each floor in place, so that arrows cross little: everything moves to where its neighbours are."""
    at = {name: level for level, names in enumerate(levels) for name in names if ">" not in name}
    beside = {}
    for way in found:
        stops = [(stop, at[way[0]] - step) for step, stop in enumerate(way)]
        for upper, lower in zip(stops, stops[1:]):
            beside.setdefault(lower, []).append(upper)
            beside.setdefault(upper, []).append(lower)
    for sweep in range(sweeps):
        # Upward first: each floor looks at the one below it; then downward, at the one above it.
        side = -1 if sweep % 2 == 0 else 1
        for level in range(len(levels))[::-side]:
            known = places(levels)
            levels[level].sort(
                key=lambda stop: mean(
                    [known[other] for other in beside.get((stop, level), ()) if other[1] == level + side],
                    known[stop, level],
                )
            )


def mean(values: list[float], otherwise: float) -> float:
    """Return the mean of values, or something else if there are none."""
    return sum(values) / len(values) if values else otherwise


def places(levels: list[list[str]]) -> dict[tuple[str, int], float]:
    """Return how far to the right everything stands on its floor; floors are centred."""
    found = {}
    for level, names in enumerate(levels):
        x = -total(names) / 2
        for name in names:
            found[name, level] = x + total([name]) / 2
            x += total([name])
    return found


def total(names: list[str]) -> float:
    """Return how wide boxes and passing arrows are together."""
    return sum(GAP + (0 if ">" in name else WIDTH) for name in names)


def box(name: str, label: str, link: str, x: float, y: float) -> str:
    """Draw a module or a room, linked to its reference page."""
    number = f'<tspan class="number">{label}</tspan> ' if label else ""
    kind = "module" if label else "room"
    return (
        f'<a href="{link}" class="{kind}">'
        f'<rect x="{x - WIDTH / 2:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" '
        'rx="6"/>'
        f'<text x="{x:g}" y="{y + 22:g}">{number}{name}</text></a>'
    )


def arrow(stops: list[tuple[float, float]]) -> str:
    """Draw an arrow from the lower side of a box past the floors between to the upper side of a box below."""
    path = f"M{stops[0][0]:g},{stops[0][1] + HEIGHT:g}"
    for place, ((x, top), (to, bottom)) in enumerate(zip(stops, stops[1:]), 2):
        last = place == len(stops)
        start, end = top + HEIGHT, bottom - 3 * last
        bend = (end - start) / 2
        path += f" C{x:g},{start + bend:g} {to:g},{end - bend:g} {to:g},{end:g}"
        path += "" if last else f" V{bottom + HEIGHT:g}"
    return f'<path d="{path}"/>'


def circle(start: tuple[float, float], end: tuple[float, float]) -> str:
    """Draw an arrow that points up: from a box to one above it."""
    (x, y), (to, above) = start, end
    bend = (y - above - HEIGHT) / 2
    low = above + HEIGHT + 3
    curve = f"C{x:g},{y - bend:g} {to:g},{low + bend:g} {to:g},{low:g}"
    return f'<path class="up" d="M{x:g},{y:g} {curve}"/>'


def draw(edges: dict[str, set[str]], labels: dict[str, str], links: dict[str, str]) -> str:
    """
    Draw boxes on floors, with an arrow to each that one imports.

    Parameters
    ----------
    edges : dict of str to set of str
        What each imports.
    labels : dict of str to str
        The number of a module's chapter; a room has none.
    links : dict of str to str
        Where a click on a box leads.

    Returns
    -------
    str
        An ``<svg>`` element, in the colours of the page around it.
    """
    circles = sorted(upward(edges))
    edges = {
        name: {end for end in ends if (name, end) not in circles}
        for name, ends in edges.items()
    }
    bound = {name for name, ends in edges.items() if ends}.union(*edges.values())
    lone = [name for name in edges if name not in bound]
    levels = [lone[first : first + ABREAST] for first in range(0, len(lone), ABREAST)]
    levels += floors({name: ends for name, ends in edges.items() if name in bound})
    found = ways(edges, levels)
    untangle(levels, found)
    width, height = max(map(total, levels)), ROW * len(levels) - ROW + HEIGHT
    where = {stop: (width / 2 + x, height - HEIGHT - ROW * stop[1]) for stop, x in places(levels).items()}
    at = {name: level for level, names in enumerate(levels) for name in names if ">" not in name}
    arrows = [arrow([where[stop, at[way[0]] - step] for step, stop in enumerate(way)]) for way in found]
    arrows += [circle(*(where[name, at[name]] for name in pair)) for pair in circles]
    boxes = [
        box(name.rpartition(".")[2], labels[name], links[name], *where[name, at[name]])
        for name in edges
    ]
    head = (
        '<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    )
    return (
        f'<svg class="imports" xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="-2 -2 {width + 4:g} {height + 4:g}" '
        f'width="{width + 4:g}" height="{height + 4:g}" '
        'role="img" aria-label="What imports what">'
        f'<defs>{head}<path d="M0,0 L8,4 L0,8 z"/></marker></defs>'
        f'<g class="edges">{"".join(arrows)}</g><g class="boxes">{"".join(boxes)}</g></svg>'
    )


class Imports(SphinxDirective):
    """The drawing of the package as it is now; without `cli`, which may import all."""

    optional_arguments = 1

    def run(self):
        """Return the picture."""
        edges = module_edges()
        if self.arguments:
            room = self.arguments[0]
            edges = inside("" if room == "course" else room, edges)
        else:
            rest = [name for name in edges if room_of(name) != "cli"]
            edges = room_edges({name: edges[name] for name in rest})
        labels = dict.fromkeys(edges, "")
        pages = {name: room_page(name) for name in edges}
        for chapter in modules():
            if chapter.module in edges:
                labels[chapter.module] = line_of(chapter).label
                pages[chapter.module] = f"{FOLDER}/{chapter.module}"
        link = self.env.app.builder.get_relative_uri
        links = {name: link(self.env.docname, page) for name, page in pages.items()}
        self.env.note_dependency(str(ROOT / "jazz_nb" / "_modidx.py"))
        svg = draw(edges, labels, links)
        picture = f'<div class="picture">{svg}</div>'
        return [nodes.raw("", picture, format="html")]


def setup(app):
    """Register the directive."""
    app.add_directive("imports", Imports)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
