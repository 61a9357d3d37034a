"""Bring one file here, whole or not at all: resumed where a connection broke, checked by sha256."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from http import HTTPStatus
from http.client import responses
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from xai_bench.errors import DownloadError
from xai_bench.storage import put_in_place

if TYPE_CHECKING:
    import requests

__all__ = ["download", "has_sha256"]

TRIES = 5
"""In a row that bring nothing new; one that brings some of the file is not counted."""
BACKOFF_S = 1.0
"""Before the second try; doubled before each further one."""
TIMEOUT_S = (10.0, 60.0)
"""To connect, and between two pieces."""
REDIRECTS = 10

_NO_PROXY = {"http": ""}  # plain http is for this machine, which no proxy stands in front of
_PIECE = 1 << 16  # bytes: as many are lost, at most, when a connection breaks off


class _BrokenOffError(Exception):
    """A try that failed, and might not fail when it is made again."""


def download(
    url: str,
    to: Path,
    *,
    sha256: str | None = None,
    progress: Callable[[int, int], None] | None = None,
    session: requests.Session | None = None,
) -> Path:
    """Write what `url` serves to the file `to`, and return `to`.

    Bytes go to `<to>.part`, which takes the name `to` when its length and sha256 are right. A
    `.part` of an earlier call is continued, a file that has the sha256 is not fetched again. Only
    a hash can tell that two halves belong together: without one an earlier `.part` is dropped.
    `progress` is called with the bytes so far and in all (so far again, where the server does not
    say). A `session` keeps its connection from one file to the next.

    Raises DownloadError when `url` is neither https nor on this machine, when the server does not
    have it or does not answer, when the file is not the one that was meant, or when it cannot be
    written.
    """
    import requests  # slow to import

    _require_safe(url)
    if sha256 is not None and has_sha256(to, sha256):
        return to
    with requests.Session() if session is None else nullcontext(session) as opened:
        _Transfer(url, to.with_name(f"{to.name}.part"), opened, progress).to(to, sha256)
    return to


def has_sha256(path: Path, sha256: str) -> bool:
    """Whether `path` is a file with this digest. Raises DownloadError when it cannot be read."""
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256.lower()
    except OSError as error:
        raise DownloadError(f"cannot read {path}: {error.strerror or error}") from None


@dataclass(frozen=True, slots=True)
class _Transfer:
    """One file on its way into `part`."""

    url: str
    part: Path
    session: requests.Session
    progress: Callable[[int, int], None] | None

    def to(self, to: Path, sha256: str | None) -> None:
        """Fetch the file and give it the name `to`."""
        with _writing(to):
            to.parent.mkdir(parents=True, exist_ok=True)
            if sha256 is None:
                self.part.unlink(missing_ok=True)
        for _ in range(2):  # a wrong hash may be the fault of an old .part, or of the way here
            self._fill()
            with _writing(to):
                if sha256 is None or has_sha256(self.part, sha256):
                    put_in_place(self.part, to)
                    return
                self.part.unlink()
        raise DownloadError(
            f"{self.url} is not the file that was meant for {to}: its sha256 is not {sha256}, twice"
        )

    def _fill(self) -> None:
        """Make `part` as long as the file; on return it is."""
        failed, most = 0, _size(self.part)
        while True:
            try:
                self._try()
                return
            except _BrokenOffError as error:
                size = _size(self.part)
                failed = 1 if size > most else failed + 1
                most = max(most, size)
                if failed == TRIES:
                    raise DownloadError(
                        f"cannot download {self.url}: {error}, {TRIES} times in a row; "
                        "try again later"
                    ) from None
            time.sleep(BACKOFF_S * 2 ** (failed - 1))

    def _try(self) -> None:
        """Ask once for what `part` lacks. Raises _BrokenOffError when it is worth asking again."""
        have = _size(self.part)
        with _answer(self.session, self.url, have) as response:
            start, total = _range(response, have)
            if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                if total == have:
                    return  # all of it was here
                with _writing(self.part):
                    self.part.unlink()
                raise _BrokenOffError("the server has less of it than is here")
            with _writing(self.part), self.part.open("ab" if start else "wb") as file:
                done = start
                for piece in _pieces(response):
                    file.write(piece)
                    done += len(piece)
                    if self.progress is not None:
                        self.progress(done, done if total is None else total)
        if total is not None and done != total:
            raise _BrokenOffError(f"{done} of {total} bytes came")


@contextmanager
def _answer(session: requests.Session, url: str, have: int) -> Iterator[requests.Response]:
    """The answer after redirects, each to a safe place: 200, 206 or 416."""
    # As stored: a length and a range count the bytes that travel, not those that are unpacked.
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    at = url
    for _ in range(REDIRECTS):
        with _broken_off(url):
            response = session.get(
                at,
                headers=headers,
                stream=True,
                timeout=TIMEOUT_S,
                allow_redirects=False,
                proxies=_NO_PROXY,
            )
        with response:
            if not response.is_redirect:
                _require_found(response, url)
                yield response
                return
            with _broken_off(url):
                onward = urljoin(at, response.headers["Location"])
        _require_safe(onward)
        if at.startswith("https:") and not onward.startswith("https:"):
            raise DownloadError(f"cannot download {url}: it leads from https to {onward[:80]!r}")
        at = onward
    raise DownloadError(f"cannot download {url}: more than {REDIRECTS} redirects")


def _require_found(response: requests.Response, url: str) -> None:
    status = response.status_code
    answer = f"the server answers {status} {responses.get(status, '')}".rstrip()
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
        raise _BrokenOffError(answer)
    if status not in (
        HTTPStatus.OK,
        HTTPStatus.PARTIAL_CONTENT,
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
    ):
        raise DownloadError(f"cannot download {url}: {answer}")


def _range(response: requests.Response, have: int) -> tuple[int, int | None]:
    """The first byte that this answer brings, and the bytes of the whole file if it says so."""
    content_range = response.headers.get("Content-Range", "")
    if response.status_code == HTTPStatus.OK:  # the whole, whatever was asked for
        length = response.headers.get("Content-Length", "")
        return 0, int(length) if re.fullmatch("[0-9]+", length) else None
    match = re.fullmatch(r"bytes (?:([0-9]+)-[0-9]+|\*)/([0-9]+|\*)", content_range)
    total = int(match[2]) if match and match[2] != "*" else None
    if response.status_code == HTTPStatus.PARTIAL_CONTENT and (
        match is None or match[1] is None or int(match[1]) != have
    ):
        raise DownloadError(
            f"cannot download {response.url}: asked for the bytes from {have} on, "
            f"the server sends {content_range[:80]!r}"
        )
    return have, total


def _pieces(response: requests.Response) -> Iterator[bytes]:
    pieces: Iterator[bytes] = response.iter_content(_PIECE)
    while True:
        with _broken_off(response.url):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


@contextmanager
def _broken_off(url: str) -> Iterator[None]:
    """What went wrong on the way, in a few words instead of a library's many."""
    import requests

    try:
        yield
    except requests.exceptions.SSLError:
        raise DownloadError(
            f"cannot download {url}: the certificate of {urlsplit(url).hostname} is not trusted"
        ) from None
    except requests.exceptions.Timeout:
        raise _BrokenOffError("the server is silent") from None
    except requests.exceptions.ChunkedEncodingError:
        raise _BrokenOffError("the connection breaks off") from None
    except requests.exceptions.ConnectionError:
        raise _BrokenOffError(f"no connection to {urlsplit(url).hostname}") from None
    except (requests.exceptions.RequestException, ValueError) as error:
        raise DownloadError(f"cannot download {url}: {' '.join(str(error).split())}") from None


@contextmanager
def _writing(to: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DownloadError(f"cannot write {to}: {error.strerror or error}") from None


def _require_safe(url: str) -> None:
    """Raises DownloadError unless nobody between here and there can read or change the file."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise DownloadError(f"cannot download '{url}': it is no URL") from None
    if parts.scheme == "https" and host:
        return
    if parts.scheme != "http" or not _is_loopback(host):
        raise DownloadError(
            f"cannot download '{url}': only https:// (or http:// on this machine) is fetched"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
