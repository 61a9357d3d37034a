"""One file from a server that fails in every way a server can."""

from __future__ import annotations

import hashlib
import io
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests

from tests.file_server import FileServer, serve
from xai_bench import download as module
from xai_bench.download import download
from xai_bench.errors import DownloadError

BODY = np.random.default_rng(0).bytes(700_001)
SHA256 = hashlib.sha256(BODY).hexdigest()
HALF = len(BODY) // 2
PIECE = 1 << 16
FULL = Path("/dev/full")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setattr(module, "BACKOFF_S", 0.0)
    monkeypatch.setenv("NO_PROXY", "*")
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "file").write_bytes(BODY)
    with serve(tmp_path / "served") as running:
        yield running


@pytest.fixture
def to(tmp_path: Path) -> Path:
    return tmp_path / "new" / "folder" / "mine"


def _part(to: Path, content: bytes) -> None:
    to.parent.mkdir(parents=True)
    to.with_name("mine.part").write_bytes(content)


def test_a_file_arrives_whole_and_alone(server: FileServer, to: Path) -> None:
    calls: list[tuple[int, int]] = []
    got = download(
        f"{server.url}/file",
        to,
        sha256=SHA256.upper(),
        progress=lambda done, total: calls.append((done, total)),
    )
    assert got == to
    assert to.read_bytes() == BODY
    assert list(to.parent.iterdir()) == [to]
    assert [done for done, _ in calls] == sorted(done for done, _ in calls)
    assert calls[-1] == (len(BODY), len(BODY))
    assert {total for _, total in calls} == {len(BODY)}


def test_what_is_there_is_not_fetched_again(server: FileServer, to: Path) -> None:
    download(f"{server.url}/file", to, sha256=SHA256)
    download(f"{server.url}/file", to, sha256=SHA256)
    assert len(server.asked) == 1
    to.write_bytes(b"altered")
    download(f"{server.url}/file", to, sha256=SHA256)
    assert len(server.asked) == 2
    assert to.read_bytes() == BODY


def test_without_a_hash_it_is_fetched_again(server: FileServer, to: Path) -> None:
    download(f"{server.url}/file", to)
    (server.folder / "file").write_bytes(b"newer")
    download(f"{server.url}/file", to)
    assert to.read_bytes() == b"newer"


def test_a_part_is_continued(server: FileServer, to: Path) -> None:
    _part(to, BODY[:HALF])
    calls: list[tuple[int, int]] = []
    download(
        f"{server.url}/file",
        to,
        sha256=SHA256,
        progress=lambda done, total: calls.append((done, total)),
    )
    assert server.ranges_of("file") == [f"bytes={HALF}-"]
    assert to.read_bytes() == BODY
    assert min(calls)[0] > HALF
    assert calls[-1] == (len(BODY), len(BODY))


def test_a_part_that_is_whole_needs_no_bytes(server: FileServer, to: Path) -> None:
    _part(to, BODY)
    download(f"{server.url}/file", to, sha256=SHA256)
    assert server.ranges_of("file") == [f"bytes={len(BODY)}-"]
    assert to.read_bytes() == BODY


@pytest.mark.parametrize("part", [b"\0" * HALF, BODY + b"more"], ids=["other", "too long"])
def test_a_part_of_another_file_is_replaced(server: FileServer, to: Path, part: bytes) -> None:
    _part(to, part)
    download(f"{server.url}/file", to, sha256=SHA256)
    assert server.ranges_of("file") == [f"bytes={len(part)}-", None]
    assert to.read_bytes() == BODY


def test_without_a_hash_no_part_is_trusted(server: FileServer, to: Path) -> None:
    _part(to, b"\0" * HALF)
    download(f"{server.url}/file", to)
    assert server.ranges_of("file") == [None]
    assert to.read_bytes() == BODY


def test_a_connection_that_breaks_is_taken_up_where_it_broke(server: FileServer, to: Path) -> None:
    server.drops["file"] = 2
    download(f"{server.url}/file", to, sha256=SHA256)
    first, *later = server.ranges_of("file")
    starts = [int((asked or "").removeprefix("bytes=").removesuffix("-")) for asked in later]
    assert first is None
    # The server sent half of the file, then half of the rest; a last piece may be lost each time.
    assert HALF - PIECE < starts[0] <= HALF
    assert 0 <= (starts[0] + len(BODY)) // 2 - starts[1] < PIECE
    assert len(starts) == 2
    assert to.read_bytes() == BODY


def test_many_breaks_are_endured_while_the_file_grows(
    server: FileServer, to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TRIES", 2)
    server.drops["file"] = 3
    download(f"{server.url}/file", to, sha256=SHA256)
    assert len(server.asked) == 4
    assert to.read_bytes() == BODY


def test_a_server_without_ranges_starts_afresh(server: FileServer, to: Path) -> None:
    server.ranges = False
    _part(to, BODY[:HALF])
    server.drops["file"] = 1
    download(f"{server.url}/file", to, sha256=SHA256)
    assert to.read_bytes() == BODY


def test_breaks_that_bring_nothing_new_end(server: FileServer, to: Path) -> None:
    server.ranges = False
    server.drops["file"] = 100
    with pytest.raises(DownloadError, match=f"breaks off, {module.TRIES} times in a row"):
        download(f"{server.url}/file", to, sha256=SHA256)
    assert not to.exists()


def test_a_server_in_trouble_is_asked_again(server: FileServer, to: Path) -> None:
    server.refuses["file"] = [500, 503, 429]
    download(f"{server.url}/file", to, sha256=SHA256)
    assert len(server.asked) == 4
    server.refuses["file"] = [503] * module.TRIES
    with pytest.raises(DownloadError, match="the server answers 503 Service Unavailable, 5 times"):
        download(f"{server.url}/file", to)
    assert len(server.asked) == 4 + module.TRIES


def test_pauses_double(server: FileServer, to: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr(module, "BACKOFF_S", 0.5)
    monkeypatch.setattr("xai_bench.download.time.sleep", pauses.append)
    server.refuses["file"] = [500] * module.TRIES
    with pytest.raises(DownloadError):
        download(f"{server.url}/file", to)
    assert pauses == [0.5, 1.0, 2.0, 4.0]


def test_one_wrong_byte_is_noticed_and_mended(server: FileServer, to: Path) -> None:
    server.corrupts["file"] = 1
    download(f"{server.url}/file", to, sha256=SHA256)
    assert server.ranges_of("file") == [None, None]
    assert to.read_bytes() == BODY


def test_a_file_that_is_always_wrong_is_refused(server: FileServer, to: Path) -> None:
    server.corrupts["file"] = 100
    with pytest.raises(DownloadError) as error:
        download(f"{server.url}/file", to, sha256=SHA256)
    assert f"{server.url}/file is not the file that was meant for {to}" in str(error.value)
    assert SHA256 in str(error.value)
    assert "\n" not in str(error.value)
    assert len(server.asked) == 2
    assert list(to.parent.iterdir()) == []


def test_a_wrong_file_never_takes_the_place_of_another(server: FileServer, to: Path) -> None:
    to.parent.mkdir(parents=True)
    to.write_bytes(b"mine")
    server.corrupts["file"] = 100
    with pytest.raises(DownloadError):
        download(f"{server.url}/file", to, sha256=SHA256)
    assert to.read_bytes() == b"mine"


def test_no_such_file_is_not_asked_for_twice(server: FileServer, to: Path) -> None:
    with pytest.raises(DownloadError) as error:
        download(f"{server.url}/none", to)
    assert (
        str(error.value) == f"cannot download {server.url}/none: the server answers 404 Not Found"
    )
    assert len(server.asked) == 1
    assert list(to.parent.iterdir()) == []


def test_nobody_listens(to: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BACKOFF_S", 0.0)
    monkeypatch.setenv("NO_PROXY", "*")
    with socket.socket() as bound:  # bound, and not listening: every connection is refused
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/file"
        with pytest.raises(DownloadError) as error:
            download(url, to)
    assert str(error.value) == (
        f"cannot download {url}: no connection to 127.0.0.1, 5 times in a row; try again later"
    )


def test_a_silent_server(to: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BACKOFF_S", 0.0)
    monkeypatch.setattr(module, "TIMEOUT_S", (5.0, 0.05))
    monkeypatch.setenv("NO_PROXY", "*")
    with socket.create_server(("127.0.0.1", 0), backlog=16) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/file"
        with pytest.raises(DownloadError, match="the server is silent, 5 times in a row"):
            download(url, to)


def test_redirects_are_followed(server: FileServer, to: Path) -> None:
    server.moved = {"old": "/older", "older": f"{server.url}/file"}
    server.drops["file"] = 1
    download(f"{server.url}/old", to, sha256=SHA256)
    assert server.ranges_of("old") == server.ranges_of("file")
    assert [asked is None for asked in server.ranges_of("file")] == [True, False]
    assert to.read_bytes() == BODY


def test_redirects_that_lead_nowhere_end(server: FileServer, to: Path) -> None:
    server.moved = {"old": "/old"}
    with pytest.raises(DownloadError, match="more than 10 redirects"):
        download(f"{server.url}/old", to)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/file",
        "http://127.0.0.1.example.org/file",
        "http://127.0.0.1@example.org/file",
        "http://192.168.0.1/file",
        "ftp://127.0.0.1/file",
        "file:///etc/hosts",
        "https:///file",
        "mine",
        "",
    ],
)
def test_only_safe_places_are_asked(server: FileServer, to: Path, url: str) -> None:
    with pytest.raises(DownloadError, match="only https:// .* is fetched"):
        download(url, to)
    if "://" in url:
        server.moved["old"] = url
        with pytest.raises(DownloadError, match="cannot download"):
            download(f"{server.url}/old", to)
    assert not to.exists()


def test_what_is_no_url(server: FileServer, to: Path) -> None:
    with pytest.raises(DownloadError, match="it is no URL"):
        download("https://[", to)
    server.moved["old"] = "https://["
    with pytest.raises(DownloadError, match="cannot download"):
        download(f"{server.url}/old", to)


@pytest.mark.skipif(not FULL.exists(), reason=f"no {FULL}")
def test_a_full_disk(server: FileServer, to: Path) -> None:
    to.parent.mkdir(parents=True)
    to.with_name("mine.part").symlink_to(FULL)
    with pytest.raises(DownloadError) as error:
        download(f"{server.url}/file", to, sha256=SHA256)
    assert str(error.value) == f"cannot write {to}.part: No space left on device"
    assert len(server.asked) == 1


def test_a_place_that_cannot_be_written(server: FileServer, to: Path) -> None:
    to.parent.parent.mkdir(parents=True)
    to.parent.touch()
    with pytest.raises(DownloadError, match=f"cannot write {to}"):
        download(f"{server.url}/file", to)
    assert server.asked == []


def test_what_is_interrupted_can_be_continued(server: FileServer, to: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(f"{server.url}/file", to, sha256=SHA256, progress=stop)
    kept = to.with_name("mine.part").stat().st_size
    assert not to.exists()
    assert 0 < kept < len(BODY)
    download(f"{server.url}/file", to, sha256=SHA256)
    assert server.ranges_of("file") == [None, f"bytes={kept}-"]
    assert to.read_bytes() == BODY


def test_https_does_not_lead_to_http(to: Path) -> None:
    """Not even on this machine: what a server says must not reach what only this machine serves."""

    class Redirecting(requests.Session):
        def get(self, url: str, **options: Any) -> requests.Response:  # type: ignore[override]
            response = requests.Response()
            response.status_code = 302
            response.headers["Location"] = "http://127.0.0.1:9/secret"
            response.raw = io.BytesIO()
            return response

    with pytest.raises(DownloadError, match="it leads from https to 'http://127.0.0.1:9/secret'"):
        download("https://example.org/file", to, session=Redirecting())
    assert not to.exists()


def test_no_proxy_stands_before_this_machine(
    server: FileServer, to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    (server.folder / "here").write_bytes(b"content")
    assert download(f"{server.url}/here", to).read_bytes() == b"content"
