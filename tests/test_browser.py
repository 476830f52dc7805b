"""The built site in a real browser, on a desktop and on a phone; and every notebook in JupyterLab."""

import importlib.util
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import urlopen

import pytest
from book import read_book
from chapter import NBS, ROOT, chapter_paths, joined, read_chapter
from pictures import with_image

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.campaign]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking
    --disable-component-update --disable-sync""".split()
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}
CHECKS = (Path(__file__).parent / "page_checks.js").read_text(encoding="utf-8")
MILLISECONDS = 1000
LONG = 120 * MILLISECONDS  # for one step in the browser; a busy machine may need it


def give_up(reason):
    """Skip; but where a browser is named, as on the server, nothing may be skipped without a word."""
    if os.environ.get("JAZZ_NB_BROWSER"):
        pytest.fail(f"{reason}; JAZZ_NB_BROWSER is set, so this must run")
    pytest.skip(reason)


def find_browser():
    """Return the path of the browser: the one that JAZZ_NB_BROWSER names, or the first that is installed."""
    named = os.environ.get("JAZZ_NB_BROWSER")
    found = next(filter(None, map(shutil.which, [named] if named else BROWSERS)), None)
    return found or give_up(f"no browser found; install one of {', '.join(BROWSERS)}")


@pytest.fixture(scope="module")
def browser():
    """Start the browser with a fresh profile."""
    path = find_browser()
    if importlib.util.find_spec("playwright") is None:
        give_up("playwright is not installed: pip install -e '.[dev]'")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Quiet(SimpleHTTPRequestHandler):
    """A file server that does not print a line for each request."""

    def log_message(self, *words):
        pass


@contextmanager
def served(folder):
    """Serve a folder on a free port of this machine; give its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def ask(page, check, argument=None):
    """Ask the page one of the questions in page_checks.js."""
    return page.evaluate(f"argument => ({CHECKS}).{check}(argument)", argument)


def is_foreign(url, address):
    """Return True for a request that leaves this machine's server."""
    return urlsplit(url).scheme in ("http", "https", "ws", "wss") and (
        urlsplit(url).netloc != urlsplit(address).netloc
    )


def watch(page, address, defects):
    """Write down what goes wrong while a page loads, and let no request leave this machine."""

    def let_through(route):
        if is_foreign(route.request.url, address):
            defects.append(f"asks another host: {route.request.url}")
            return route.abort()
        return route.continue_()

    def answered(response):
        if response.status >= 400:
            defects.append(f"request failed: {response.url}: {response.status}")

    def said(message):
        if message.type == "error":
            defects.append(f"console: {message.text}")

    page.route("**/*", let_through)
    page.on("response", answered)
    page.on("requestfailed", lambda request: defects.append(f"request failed: {request.url}"))
    page.on("console", said)
    page.on("pageerror", lambda error: defects.append(f"script: {error}"))


def visit(context, address, name, schemes=("light", "dark")):
    """Open one page and return what is wrong with it, its anchors and its links."""
    page, defects = context.new_page(), []
    watch(page, address, defects)
    page.goto(address + name, wait_until="load")
    ask(page, "unfold")
    defects += ask(page, "sounds", 10 * MILLISECONDS) + ask(page, "pictures", "article") + ask(page, "width")
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        defects += [f"{scheme}: {defect}" for defect in ask(page, "contrast")]
    anchors, links = ask(page, "anchors"), ask(page, "links")
    page.close()
    return {"defects": defects, "anchors": set(anchors), "links": links}


def crawl(browser, folder, size="desktop"):
    """Visit the pages below a folder; return what `visit` says of each, under its name."""
    width, height = SIZES[size]
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.html"))
    context = browser.new_context(viewport={"width": width, "height": height}, is_mobile=size == "phone")
    context.set_default_timeout(LONG)
    # To look at colours takes most of the time. They do not depend on the width. Of the listings of source
    # code, thousands of words in the same dozen colours, one stands for all, and on a phone so do three of
    # the reference's pages, which Sphinx makes from one pattern.
    listings = [name for name in names if name.startswith("_modules/jazz_nb/")]
    reference = [name for name in names if name.startswith("api/")]
    spared = {*listings[1:], *(reference[3:] if size == "phone" else ())}
    names = [name for name in names if name not in spared]
    alike = set(names if size == "phone" else ())
    with served(folder) as address:
        seen = {name: visit(context, address, name, () if name in alike else ("light", "dark"))
                for name in names}
    context.close()
    for report in seen.values():
        report["links"] = [(href, url.removeprefix(address)) for href, url in report["links"]]
    return seen


def all_defects(seen):
    """List the defects of all pages, one a line."""
    return [f"{name}: {defect}" for name, report in seen.items() for defect in report["defects"]]


def broken_links(seen, folder):
    """List the links that lead nowhere, and those to other sites that are no proper address."""
    broken = []
    for name, report in seen.items():
        for href, url in report["links"]:
            parts = urlsplit(url)
            if parts.scheme in ("http", "https"):
                good = parts.scheme == "https" and re.fullmatch(r"[\w-]+(\.[\w-]+)+", parts.netloc)
            elif parts.scheme:
                good = parts.scheme in ("mailto", "data", "blob")
            else:
                path = unquote(parts.path) or "index.html"
                path = path + "index.html" if path.endswith("/") else path
                anchors = seen[path]["anchors"] if path in seen else set()
                good = (folder / path).is_file() and (
                    not parts.fragment or unquote(parts.fragment) in anchors or path not in seen
                )
            if not good:
                broken.append(f"{name}: {href}")
    return sorted(set(broken))


@pytest.fixture(scope="module")
def desktop(browser, site):
    """Visit every page of the site on a desktop."""
    return crawl(browser, site, "desktop")


def test_every_page_is_sound_on_a_desktop(desktop):
    assert not all_defects(desktop), "\n".join(all_defects(desktop))


def test_every_page_is_sound_on_a_phone(browser, site):
    phone = crawl(browser, site, "phone")
    assert not all_defects(phone), "\n".join(all_defects(phone))


def test_every_link_leads_somewhere(desktop, site):
    broken = broken_links(desktop, site)
    assert not broken, "\n".join(broken)


@pytest.mark.parametrize(
    "words, wanted",
    [
        ("djmodel", "api/model.html#jazz_nb.model.djmodel"),
        ("generate_music", "api/postprocessing.html#jazz_nb.postprocessing.generate_music"),
    ],
)
def test_search_finds_a_name_on_its_page(browser, site, words, wanted):
    page = browser.new_page()
    with served(site) as address:
        page.goto(address)
        page.fill(".sidebar-search", words)
        page.press(".sidebar-search", "Enter")
        page.wait_for_selector("#search-results li a", timeout=20 * MILLISECONDS)
        page.wait_for_function("document.querySelector('#search-results h2').innerText != 'Searching'")
        found = page.eval_on_selector_all("#search-results li a", "links => links.map(link => link.href)")
        assert found[0].removeprefix(address) == wanted
        page.click("#search-results li a")
        page.wait_for_url(f"**/{wanted}")
        entry = page.locator(f"[id='{wanted.partition('#')[2]}']")
        assert entry.is_visible() and words in entry.inner_text()
    page.close()


@pytest.mark.parametrize(
    "words, wanted",
    [
        ("temperature", "inference"),
        ("djmodel", "model"),
        ("swing", "accompaniment/band"),
        ("dropout", "improviser/network"),
    ],
)
def test_search_leads_to_what_explains_a_word(browser, site, words, wanted):
    page = browser.new_page()
    done = "document.querySelector('#search-results h2').innerText != 'Searching'"
    with served(site) as address:
        page.goto(f"{address}search.html?q={words}")
        page.wait_for_selector("#search-results li a", timeout=20 * MILLISECONDS)
        page.wait_for_function(done)
        found = page.eval_on_selector_all(
            "#search-results li a", "links => links.map(link => link.href)"
        )
        first = [url.removeprefix(address) for url in found[:3]]
        chapter = f"{read_book().entry(wanted).place}.html#"
        there = next((url for url in first if url.startswith(chapter)), None)
        assert there, first
        page.goto(address + there)
        assert page.locator(f"[id='{there.partition('#')[2]}']").count() == 1
    page.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("at", ["postprocessing", "cli/main", "api/music.harmony"])
def test_the_menu_shows_the_current_page(browser, site, size, at):
    width, height = SIZES[size]
    name = at if at.startswith("api/") else read_book().entry(at).place
    page = browser.new_page(viewport={"width": width, "height": height})
    with served(site) as address:
        page.goto(f"{address}{name}.html")
        if size == "phone":
            page.click("label.nav-overlay-icon")
            page.wait_for_timeout(500)  # the menu slides in
        here = page.locator(".sidebar-tree .current-page")
        box = here.bounding_box()
        assert 0 <= box["x"] and box["x"] + box["width"] <= width, box
        assert 0 < box["y"] and box["y"] + box["height"] < height, box
        part = page.locator(".sidebar-tree details").first
        was = part.locator("a").first.is_visible()
        part.locator("summary").click()
        assert part.locator("a").first.is_visible() != was
    page.close()


@pytest.mark.parametrize("width", [1400, 1024, 390])
def test_code_of_88_columns_is_whole_on_a_wide_screen(browser, site, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    names = [read_book().entry(at).place for at in ("model", "music/rhythm")]
    with served(site) as address:
        for name in ("index", "chapters", "glossary", "design", *names):
            page.goto(f"{address}{name}.html")
            ask(page, "unfold")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
            blocks = page.locator(":is(.cell_input, details.source) pre").all()
            for block in blocks if width != 390 else ():
                columns = max(map(len, block.inner_text().splitlines()), default=0)
                whole = block.evaluate("pre => pre.scrollWidth <= pre.clientWidth + 1")
                assert whole or columns > 88, (name, columns, block.inner_text()[:80])
    page.close()


def test_the_home_page_plays_a_solo(browser, site):
    page = browser.new_page()
    with served(site) as address:
        page.goto(address)
        page.wait_for_function("document.querySelector('article audio')?.readyState >= 1")
        played = page.evaluate(
            """async () => {
                const audio = document.querySelector('article audio');
                audio.muted = true;
                await audio.play();
                await new Promise(resolve => audio.addEventListener('timeupdate', resolve));
                return audio.currentTime;
            }"""
        )
    page.close()
    assert played > 0


# The checks themselves: each must see what it is for.

PAGE = "<!doctype html><html lang=en><head><meta name=viewport content='width=device-width'></head><body>{}"
SICK = {
    "a script that fails": ("<script>throw Error('oh no')</script>", "oh no"),
    "an error in the console": ("<script>console.error('alas')</script>", "console: alas"),
    "a foreign picture": ("<img src='https://example.org/a.png' width=9 height=9>", "asks another host"),
    "a foreign script": ("<script src='//example.org/a.js'></script>", "asks another host"),
    "a missing file": ("<link rel=stylesheet href=gone.css>", "gone.css: 404"),
    "sound that is none": ("<audio src='data:audio/mpeg;base64,AAAA'></audio>", "audio 0"),
    "sound without a source": ("<audio controls></audio>", "audio 0"),
    "a drawing without size": ("<article><svg width=0 height=0></svg></article>", "svg 0: 0 × 0"),
    "a hidden drawing": ("<article><svg style='display:none'></svg></article>", "svg 0: 0 × 0"),
    "a picture that is none": ("<img alt='' src='data:image/svg+xml,<svg'>", "no picture"),
    "a wide page": ("<p style='width:2000px'>wide</p>", "the page is 20"),
    "pale letters": ("<p style='color:#aaa'>pale</p>", "light: p. “pale”"),
    "dark letters in the dark": (
        "<style>@media (prefers-color-scheme: dark) {body {background: #222}}</style><p>dim</p>",
        "dark: p. “dim”",
    ),
}
LINKS = """<a href=#here id=here>a</a> <a href=#gone>b</a> <a href=gone.html>c</a> <a href=.>d</a>
    <a href=http://example.org>e</a> <a href=https://nohost/>f</a> <a href=https://example.org/a>g</a>"""


@pytest.fixture(scope="module")
def sick(browser, tmp_path_factory):
    """Visit a page for each defect, and one without."""
    folder = tmp_path_factory.mktemp("sick")
    pages = {name: body for name, (body, _) in SICK.items()} | {"index": "<p>healthy", "links": LINKS}
    for name, body in pages.items():
        (folder / f"{name}.html").write_text(PAGE.format(body), encoding="utf-8")
    (folder / "favicon.ico").touch()
    return folder, crawl(browser, folder)


@pytest.mark.parametrize("name", SICK)
def test_a_defect_is_seen(sick, name):
    assert SICK[name][1] in "\n".join(sick[1][f"{name}.html"]["defects"])


def test_without_a_browser_there_is_a_reason(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAZZ_NB_BROWSER", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no browser found; install one of chromium"):
        find_browser()
    monkeypatch.setenv("JAZZ_NB_BROWSER", "netscape")
    with pytest.raises(pytest.fail.Exception, match="no browser found.*must run"):
        find_browser()


def test_a_healthy_page_has_no_defect(sick):
    assert not sick[1]["index.html"]["defects"]


def test_a_broken_link_is_seen(sick):
    folder, seen = sick
    named = ["#gone", "gone.html", "http://example.org", "https://nohost/"]
    assert broken_links(seen, folder) == sorted(f"links.html: {href}" for href in named)


# JupyterLab.

AT_ONCE = 2  # notebooks; training alone would leave the other core idle
# pytest runs the cells of every chapter. JupyterLab takes longer to open most of them than to run them, so it
# gets those where it may matter: slow cells (which pytest leaves to it), the tutorials, all kinds of pictures
# and players. JAZZ_NB_LAB=all opens every one.
ALWAYS = (
    "index", "00_tune", "01_data", "accompaniment/03_band", "rendering/04_audio", "rendering/05_export",
)
PATIENCE = 900  # seconds for one notebook; training takes two minutes on two idle cores
BROKEN = "broken.ipynb"
# JupyterLab asks the network for news and new versions, and keeps in the page only what is in sight.
SETTINGS = {
    "apputils-extension/notification": {"checkForUpdates": False, "fetchNews": "false"},
    "notebook-extension/tracker": {"windowingMode": "none"},
}
IS_READY = """() => {
    const panel = window.jupyterapp?.shell?.currentWidget;
    return panel?.context?.isReady && panel.sessionContext?.session?.kernel?.status === 'idle';
}"""
RUN_ALL = """() => {
    const { commands } = window.jupyterapp;
    const run = async () => {
        await commands.execute('editmenu:clear-all');
        await commands.execute('notebook:run-all-cells');
    };
    run().then(() => (window.ended = 'ran'), error => (window.ended = String(error)));
}"""
CELLS = "() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells"
PLAYERS = """() => [...document.querySelectorAll('.jp-OutputArea-output audio')].length"""
PICTURES = """() => [...document.querySelectorAll('.jp-OutputArea-output :is(img, svg)')]
    .filter(picture => !picture.parentElement.closest('svg')).length"""


@contextmanager
def jupyterlab(folder, notebooks):
    """Start JupyterLab in a folder of its own, without anybody's settings; give its address and its token."""
    homes = {name: str(folder / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    environment = {f"JUPYTER_{name}_DIR": path for name, path in homes.items()}
    environment["IPYTHONDIR"] = str(folder / "ipython")
    for name in ("settings", "workspaces"):
        environment[f"JUPYTERLAB_{name.upper()}_DIR"] = str(folder / name)
    for name, values in SETTINGS.items():
        path = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if name not in ("JUPYTER_PATH", "IN_TEST")}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex()
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"]
    command += [f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={token}"]
    command += [f"--ServerApp.root_dir={notebooks}", "--LabApp.expose_app_in_browser=True"]
    log = folder / "jupyterlab.log"
    with log.open("w") as stream:
        server = subprocess.Popen(command, env=kept | environment, stdout=stream, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}/"
    try:
        wait_for_kernels(f"{address}api/kernelspecs?token={token}", server, log)
        yield address, token
    finally:
        end(server)


def end(server, patience=10):
    """End the server, even if it hangs while it shuts its extensions down, as one in some does."""
    server.terminate()
    try:
        server.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        server.kill()  # a kernel that a failure left behind sees that its parent is gone, and ends
        server.wait()


def wait_for_kernels(url, server, log, patience=60):
    """Wait until the server answers; its Python kernel must be the Python that runs this test."""
    for _ in range(10 * patience):
        assert server.poll() is None, f"JupyterLab does not start:\n{log.read_text()[-3000:]}"
        try:
            with urlopen(url, timeout=10) as answer:
                program = json.load(answer)["kernelspecs"]["python3"]["spec"]["argv"][0]
        except OSError:
            time.sleep(0.1)
        else:
            assert program in ("python", f"python{sys.version_info[0]}", sys.executable), program
            return
    pytest.fail(f"JupyterLab does not answer:\n{log.read_text()[-3000:]}")


class Session:
    """One notebook, open in JupyterLab."""

    def __init__(self, context, address, token, name):
        self.name, self.foreign, self.start = name, [], time.monotonic()
        self.page = context.new_page()
        self.page.on("request", lambda request: self.note(request.url, address))
        space = secrets.token_hex(4)  # two windows must not share one: the second would be sent elsewhere
        self.page.goto(f"{address}lab/workspaces/{space}/tree/{name}?token={token}")
        self.page.wait_for_function(IS_READY)
        self.page.evaluate(RUN_ALL)

    def note(self, url, address):
        """Write down a request to another host."""
        if is_foreign(url, address):
            self.foreign.append(url)

    def ended(self):
        """Return True when all cells have run, or one has failed, or patience is at its end."""
        late = time.monotonic() - self.start > PATIENCE
        return late or self.page.evaluate("() => window.ended")

    def close(self):
        """Return what can be seen, and stop the kernel."""
        page = self.page
        seen = {"ended": page.evaluate("() => window.ended"), "cells": page.evaluate(CELLS)}
        ask(page, "unfold")
        seen["defects"] = ask(page, "sounds", 10 * MILLISECONDS) + ask(page, "pictures", ".jp-OutputArea")
        seen |= {"players": page.evaluate(PLAYERS), "pictures": page.evaluate(PICTURES)}
        page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        page.close()
        return seen | {"foreign": self.foreign, "seconds": time.monotonic() - self.start}


def run_in_jupyterlab(context, address, token, names):
    """Run notebooks from top to bottom, two at a time, and return what was seen of each under its name."""
    waiting, running, seen = list(names), [], {}
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            running.append(Session(context, address, token, waiting.pop(0)))
        running[0].page.wait_for_timeout(100)
        for session in [session for session in running if session.ended()]:
            running.remove(session)
            seen[session.name] = session.close()
    return seen


def name_below(path):
    """Return a notebook's path below nbs."""
    return path.relative_to(NBS).as_posix()


def for_the_laboratory():
    """List the notebooks that JupyterLab runs, those with most slow cells first."""
    n_slow = {}
    for path in chapter_paths():
        n_slow[path] = sum("slow" in cell.directives for cell in read_chapter(path).code_cells)
    everything = os.environ.get("JAZZ_NB_LAB") == "all"
    always = {NBS / f"{name}.ipynb" for name in ALWAYS}
    assert always <= set(n_slow), f"no such notebook: {always - set(n_slow)}"
    chosen = [path for path, count in n_slow.items()
              if everything or count or path in always or path.parent.name == "tutorials"]
    return sorted(chosen, key=lambda path: -n_slow[path])


@pytest.fixture(scope="module")
def laboratory(browser, tmp_path_factory):
    """Run copies of notebooks in JupyterLab, slow ones first, and a broken one."""
    if importlib.util.find_spec("jupyterlab") is None:
        give_up("jupyterlab is not installed: pip install -e '.[dev]'")
    folder = tmp_path_factory.mktemp("laboratory")
    shutil.copytree(NBS, folder / "nbs", ignore=shutil.ignore_patterns("output", "api", ".*"))
    for name in ("jazz_nb", "tests"):  # some chapters open ../jazz_nb/corpora or ../tests/charts
        (folder / name).symlink_to(ROOT / name)
    cells = ["1 + 1", "1 / 0", "2 + 2"]
    cells = [{"cell_type": "code", "id": f"cell-{cell[0]}", "source": cell, "metadata": {}} for cell in cells]
    cells = [{**cell, "outputs": [], "execution_count": None} for cell in cells]
    kernel = {"kernelspec": {"display_name": "python3", "language": "python", "name": "python3"}}
    broken = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (folder / "nbs" / BROKEN).write_text(json.dumps(broken), encoding="utf-8")
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(LONG)
    with jupyterlab(folder, folder / "nbs") as (address, token):
        seen = run_in_jupyterlab(context, address, token, [*map(name_below, for_the_laboratory()), BROKEN])
    context.close()
    return seen


def troubles(seen):
    """List the cells that failed or did not run, and what cannot be seen or heard."""
    found = [] if seen["ended"] == "ran" else [f"did not end: {seen['ended']}"]
    for index, cell in enumerate(seen["cells"]):
        first = next(iter(joined(cell["source"]).splitlines()), "")
        if cell["cell_type"] == "code" and first and cell["execution_count"] is None:
            found.append(f"cell {index} did not run: {first}")
        for output in cell.get("outputs", []):
            if output["output_type"] == "error":
                found.append(f"cell {index}: {output['ename']}: {output['evalue']}")
    return found + seen["defects"] + [f"asks another host: {url}" for url in seen["foreign"]]


def shown(cells):
    """Count the players and the pictures that the outputs of cells hold."""
    outputs = [output.get("data", {}) for cell in cells for output in cell.get("outputs", [])]
    pages = [joined(data["text/html"]) for data in outputs if "text/html" in data]
    alone = sum("image/svg+xml" in data or "image/png" in data for data in outputs if "text/html" not in data)
    drawn = sum(len(re.findall(r"<(?:img|svg)\b", page)) for page in pages)
    return sum(page.count("<audio") for page in pages), alone + drawn


@pytest.mark.parametrize("path", for_the_laboratory(), ids=name_below)
def test_notebook_runs_in_jupyterlab(laboratory, path):
    seen = laboratory[name_below(path)]
    print(f"{seen['seconds']:.1f} s")
    assert not troubles(seen), "\n".join(troubles(seen))
    made, stored = shown(seen["cells"]), shown(json.loads(path.read_text(encoding="utf-8"))["cells"])
    assert made == stored, f"(players, pictures): {made} now, {stored} stored in the notebook"
    assert (seen["players"], seen["pictures"]) == made, "not all that the cells made is in the page"


def test_a_failing_cell_is_seen(laboratory):
    assert troubles(laboratory[BROKEN]) == [
        "cell 1: ZeroDivisionError: division by zero",
        "cell 2 did not run: 2 + 2",
    ]


IMAGES = """() => [...document.querySelectorAll('.jp-OutputArea-output img')]
    .map(picture => picture.complete && picture.naturalWidth > 0 && picture.clientWidth)"""
TRUST = """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
    .filter(cell => cell.type === 'code').map(cell => cell.trusted)"""


def test_stored_pictures_are_seen_in_an_untrusted_notebook(browser, tmp_path):
    """A notebook that nobody here has run shows its stored pictures, and lets no stored HTML run a program."""
    svg = "<svg xmlns='http://www.w3.org/2000/svg' width='40' height='9'><rect width='9' height='9'/></svg>"
    bare = {"output_type": "display_data", "metadata": {}, "data": {"image/svg+xml": svg, "text/plain": "Tune"}}
    program = {**bare, "data": {"text/html": "<script>window.ran = 1</script><b onclick='1'>b</b>"}}
    outputs = {"bare": [bare], "mended": [with_image(bare)], "program": [program]}
    cells = [{"cell_type": "code", "id": name, "source": name, "metadata": {}, "execution_count": 1,
              "outputs": stored} for name, stored in outputs.items()]
    kernel = {"kernelspec": {"display_name": "python3", "language": "python", "name": "python3"}}
    (tmp_path / "nbs").mkdir()
    made = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "nbs" / "made.ipynb").write_text(json.dumps(made), encoding="utf-8")
    for name in ("00_tune", "rendering/05_export"):
        shutil.copy(NBS / f"{name}.ipynb", tmp_path / "nbs" / f"{Path(name).name}.ipynb")
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(LONG)
    seen = {}
    with jupyterlab(tmp_path, tmp_path / "nbs") as (address, token):
        for name in ("made", "00_tune", "05_export"):
            page = context.new_page()
            page.goto(f"{address}lab/workspaces/{name}/tree/{name}.ipynb?token={token}")
            page.wait_for_function(IS_READY)
            page.wait_for_timeout(MILLISECONDS)
            stored = json.loads((tmp_path / "nbs" / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
            trusted = [trust for cell, trust in zip([c for c in stored if c["cell_type"] == "code"], page.evaluate(TRUST))
                       if cell["outputs"]]
            seen[name] = page.evaluate(IMAGES), shown(stored)[1], any(trusted), page.evaluate("() => window.ran")
            page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
            page.close()
    context.close()
    print(seen)
    images, stored, trusted, ran = seen.pop("made")
    assert len(images) == 1 and all(images), "an SVG alone is not shown, with its HTML it is"
    assert not trusted and ran is None
    for name, (images, stored, trusted, _) in seen.items():
        assert not trusted, f"{name} is trusted; this proves nothing"
        assert len(images) == stored > 1 and all(images), f"{name}: {images} seen, {stored} stored"
