"""A server of one folder on this machine that can be told to fail, and remembers what was asked."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from typing import final

__all__ = ["FileServer", "serve", "write_sums"]


@final
class FileServer:
    """What is served, how it fails, and what was asked for. Paths are relative to the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""
        self.asked: list[tuple[str, str | None]] = []
        """(path, its Range header), in the order of arrival."""
        self.drops: Counter[str] = Counter()
        """Path -> answers that end after half of their bytes."""
        self.corrupts: Counter[str] = Counter()
        """Path -> answers of the right length whose last byte is wrong."""
        self.refuses: dict[str, list[int]] = {}
        """Path -> statuses to answer with, one a request."""
        self.moved: dict[str, str] = {}
        """Path -> where a redirect leads."""
        self.ranges = True
        """Whether a Range header is heeded."""
        self._lock = Lock()

    def note(self, path: str, asked: str | None) -> None:
        with self._lock:
            self.asked.append((path, asked))

    def take(self, times: Counter[str], path: str) -> bool:
        """One off the count of this path; False when none is left."""
        with self._lock:
            left = times[path] > 0
            times[path] -= left
            return left

    def ranges_of(self, path: str) -> list[str | None]:
        return [asked for name, asked in self.asked if name == path]


@contextmanager
def serve(folder: Path) -> Iterator[FileServer]:
    """Serve `folder` at `FileServer.url` until the block ends."""
    state = FileServer(folder)

    @final
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # connections are kept
        timeout = 20  # seconds: a client that leaks its connection fails instead of hanging

        def handle(self) -> None:
            with suppress(ConnectionError):  # a client may hang up whenever it likes
                super().handle()

        def do_GET(self) -> None:
            path = self.path.lstrip("/")
            asked = self.headers["Range"]
            state.note(path, asked)
            if path in state.moved:
                self._head(HTTPStatus.FOUND, {"Location": state.moved[path], "Content-Length": 0})
            elif state.refuses.get(path):
                self._head(state.refuses[path].pop(0), {"Content-Length": 0})
            elif not (state.folder / path).is_file():
                self._head(HTTPStatus.NOT_FOUND, {"Content-Length": 0})
            else:
                self._send(path, asked if state.ranges else None)

        def _send(self, path: str, asked: str | None) -> None:
            body = (state.folder / path).read_bytes()
            total, start = len(body), 0
            if asked:
                match = re.fullmatch(r"bytes=(\d+)-", asked)
                assert match is not None
                start = int(match[1])
                if start >= total:
                    self._head(
                        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
                        {"Content-Range": f"bytes */{total}", "Content-Length": 0},
                    )
                    return
            if state.take(state.corrupts, path):
                body = body[:-1] + bytes([body[-1] ^ 1])
            body = body[start:]
            length: dict[str, object] = {"Content-Length": len(body)}
            if asked:
                length["Content-Range"] = f"bytes {start}-{total - 1}/{total}"
            self._head(HTTPStatus.PARTIAL_CONTENT if asked else HTTPStatus.OK, length)
            if state.take(state.drops, path):
                body = body[: len(body) // 2]
                self.close_connection = True
            self.wfile.write(body)

        def _head(self, status: int, headers: dict[str, object]) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, str(value))
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = False  # closing waits for them: no socket outlives the test
        state.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield state
        finally:
            server.shutdown()
            thread.join()


def write_sums(folder: Path) -> None:
    """SHA256SUMS.txt as on PhysioNet: "<sha256> <path>", one file a line."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.relative_to(folder).as_posix()}\n"
        for path in files
        if path.name != "SHA256SUMS.txt"
    ]
    (folder / "SHA256SUMS.txt").write_text("".join(lines))
