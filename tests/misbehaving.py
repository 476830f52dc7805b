"""A server on this machine that misbehaves in every way, and what happens to those who download from it."""

import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BODY = bytes(range(256)) * 4096  # 1 MB
SIZE, DIGEST = len(BODY) / 2**20, sha256(BODY).hexdigest()
# What is asked for, and what the error says about it.
TRICKS = {
    "/wrong": "another hash than promised", "/cut": "cut off", "/reset": "cut off|no connection",
    "/page": "a web page instead", "/quiet-page": "another hash", "/missing": "404", "/broken": "500",
    "/loop": "only points elsewhere", "/silent": "was silent", "/endless": "sent more than",
    "/empty": "another hash", "/drip": "less than", "/stall": "was silent",
    "/single-bytes": "less than", "/slow-headers": "less than",
}


class Misbehaving(BaseHTTPRequestHandler):
    """Answers by the path; `/good` is the file itself."""

    asked = Counter()
    over = threading.Event()

    def do_GET(self):
        self.asked[self.path] += 1
        getattr(self, "_" + self.path.strip("/").replace("-", "_"), self._missing)()

    def _send(self, body, status=200, **headers):
        self.send_response(status)
        for name, words in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), words)
        self.end_headers()
        self.wfile.write(body)

    def _good(self):
        self._send(BODY)

    def _slow(self):
        self.over.wait(0.3)
        self._send(BODY)

    def _wrong(self):
        self._send(BODY[:-1] + b"x")

    def _cut(self):
        self._send(BODY[:1000], Content_Length=str(len(BODY)))

    def _reset(self):
        self._send(BODY[:1000], Content_Length=str(len(BODY)))
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    def _page(self):
        self._send(b"<html>Please sign in</html>", Content_Type="text/html; charset=utf-8")

    def _quiet_page(self):
        self._send(b"<html>Please sign in</html>", Content_Type="application/octet-stream")

    def _missing(self):
        self._send(b"not here", 404)

    def _broken(self):
        self._send(b"", 500)

    def _loop(self):
        self._send(b"", 302, Location="/loop")

    def _silent(self):
        self.over.wait(5)

    def _drip(self):
        self.send_response(200)
        self.end_headers()
        try:
            while not self.over.wait(0.1):
                self.wfile.write(b"x" * 2**16)
                self.wfile.flush()
        except OSError:
            self.asked["stopped early"] += 1

    def _single_bytes(self):
        self.send_response(200)
        self.end_headers()
        self._dribble()

    def _slow_headers(self):
        self.wfile.write(b"HTTP/1.0 200 OK\r\nX-Long: ")
        self._dribble()

    def _dribble(self):
        try:
            while not self.over.wait(0.1):
                self.wfile.write(b"x")
        except OSError:
            self.asked["stopped early"] += 1

    def _stall(self):
        self._send(BODY[:1000], Content_Length=str(len(BODY)))
        self.wfile.flush()
        self.over.wait(5)

    def _empty(self):
        self._send(b"")

    def _endless(self):
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(200):
                self.wfile.write(BODY)
        except OSError:
            self.asked["stopped early"] += 1

    def log_message(self, *words):
        """Keep quiet."""


@contextmanager
def misbehaving() -> Iterator[tuple[str, Counter]]:
    """Run the server; yields its address, and how often each path was asked for."""
    handler = type("Handler", (Misbehaving,), {"asked": Counter(), "over": threading.Event()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", handler.asked
    finally:
        handler.over.set()
        server.shutdown()
        server.server_close()


ASK = """
import sys
from hashlib import sha256
from jazz_nb.loading.downloads import Download, fetch
path = fetch("song.bin", Download(sys.argv[1], sys.argv[2], float(sys.argv[3]), "mine"))
print(sha256(path.read_bytes()).hexdigest())
"""


def ask_at_once(url: str, cache: Path, n: int = 10) -> list[str]:
    """Let processes fetch the same file at the same moment; what each found."""
    environment = {**os.environ, "JAZZ_NB_CACHE": str(cache)}
    environment.pop("JAZZ_NB_DATA", None)
    command = [sys.executable, "-c", ASK, url, DIGEST, str(SIZE)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, env=environment, **pipes) for _ in range(n)]
    return [process.communicate(timeout=120)[0].strip() for process in processes]


def try_trick(url: str, cache: Path) -> bool:
    """Whether a download fails with one clear line and leaves nothing but the lock."""
    import re

    from jazz_nb.loading.downloads import Download, fetch
    os.environ["JAZZ_NB_CACHE"] = str(cache)
    try:
        fetch("song.bin", Download(url, DIGEST, SIZE, "mine"))
    except (ValueError, FileNotFoundError) as error:
        words = TRICKS["/" + url.rsplit("/", 1)[1]]
        return bool(re.search(words, str(error))) and os.listdir(cache) == [".jazz_nb"]
    return False


def rows(times: int = 3) -> Iterator[tuple[str, int, int, str]]:
    """Yield what was tried, how often, how often it went wrong."""
    wrong, downloads = 0, []
    with misbehaving() as (address, asked), tempfile.TemporaryDirectory() as folder:
        for number in range(times):
            before = asked["/slow"]
            found = ask_at_once(f"{address}/slow", Path(folder, str(number)))
            downloads.append(asked["/slow"] - before)
            wrong += sum(one != DIGEST for one in found) + (downloads[-1] != 1)
    what = "processes that ask for one file at once, ten at a time"
    yield what, 10 * times, wrong, f"downloads: {downloads}"
    yield from _trick_rows(times)


def _trick_rows(times: int) -> Iterator[tuple[str, int, int, str]]:
    from jazz_nb.loading import downloads
    patience = downloads._SECONDS, downloads._SLOWEST
    downloads._SECONDS, downloads._SLOWEST = 0.5, 2.0
    before = dict(os.environ)
    os.environ.pop("JAZZ_NB_DATA", None)
    with misbehaving() as (address, _), tempfile.TemporaryDirectory() as folder:
        good = [try_trick(f"{address}{path}", Path(folder, str(number)))
                for number in range(times) for path in TRICKS]
    os.environ.pop("JAZZ_NB_CACHE")
    os.environ.update(before)
    downloads._SECONDS, downloads._SLOWEST = patience
    yield f"downloads from a server that misbehaves in {len(TRICKS)} ways", len(good), good.count(False), ""
