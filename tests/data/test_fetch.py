"""PTB-XL from a server that holds a small one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.file_server import FileServer, serve, write_sums
from xai_bench import download
from xai_bench.data import fetch as module
from xai_bench.data.fetch import Fetched, fetch_ptbxl
from xai_bench.data.load import open_source
from xai_bench.data.make import make_dataset
from xai_bench.errors import DatasetError, DownloadError

N = 12
SIGNALS = 2 * N  # a header and the samples of each
FILES = SIGNALS + 3  # the licence and two tables
FIRST = "records100/00000/00001_lr.dat"


@pytest.fixture(scope="session")
def small_ptbxl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("home") / "ptb-xl"
    make_dataset(folder, n=N, seed=3, rates=(100, 500))
    (folder / "LICENSE.txt").write_text("Creative Commons Attribution 4.0 International\n")
    (folder / "example_physionet.py").write_text("print('not wanted')\n")
    write_sums(folder)
    return folder


@pytest.fixture
def server(
    small_ptbxl: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FileServer]:
    monkeypatch.setattr(download, "BACKOFF_S", 0.0)
    monkeypatch.setenv("NO_PROXY", "*")
    shutil.copytree(small_ptbxl, tmp_path / "served")
    with serve(tmp_path / "served") as running:
        yield running


@pytest.fixture
def to(tmp_path: Path) -> Path:
    return tmp_path / "fetched"


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize(("rates", "signals"), [((100,), 24), ((500,), 24), ((100, 500), 48)])
def test_what_is_fetched_is_what_is_served(
    server: FileServer, to: Path, rates: tuple[int, ...], signals: int
) -> None:
    calls: list[tuple[int, int]] = []
    done = fetch_ptbxl(
        to,
        rates=rates,
        base_url=f"{server.url}/",
        progress=lambda k, total: calls.append((k, total)),
    )
    assert done == Fetched(files=signals + 3, downloaded=signals + 3)
    assert calls == [(k, signals + 3) for k in range(1, signals + 4)]
    folders = {f"records{rate}" for rate in rates}
    tables = {"SHA256SUMS.txt", "LICENSE.txt", "ptbxl_database.csv", "scp_statements.csv"}
    served = files_of(server.folder)
    assert files_of(to) == {
        path: content
        for path, content in served.items()
        if path in tables or path.split("/")[0] in folders
    }
    for rate in rates:
        source = open_source(to, rate_hz=float(rate))
        original = open_source(server.folder, rate_hz=float(rate))
        assert source.index.record_id == original.index.record_id
        assert source.index.labels == original.index.labels
        for row in range(N):
            assert np.array_equal(source.read(row).microvolt, original.read(row).microvolt)


def test_the_tables_come_last(server: FileServer, to: Path) -> None:
    fetch_ptbxl(to, base_url=server.url)
    paths = [path for path, _ in server.asked]
    assert len(paths) == FILES + 1
    assert paths[0] == "SHA256SUMS.txt"
    assert paths[-2:] == ["scp_statements.csv", "ptbxl_database.csv"]


def test_a_second_call_fetches_only_what_is_wrong(server: FileServer, to: Path) -> None:
    fetch_ptbxl(to, base_url=server.url)
    server.asked.clear()
    assert fetch_ptbxl(to, base_url=server.url) == Fetched(files=FILES, downloaded=0)
    assert server.asked == [("SHA256SUMS.txt", None)]
    server.asked.clear()
    (to / FIRST).write_bytes(b"altered")
    (to / "LICENSE.txt").unlink()
    assert fetch_ptbxl(to, base_url=server.url) == Fetched(files=FILES, downloaded=2)
    assert {path for path, _ in server.asked} == {"SHA256SUMS.txt", FIRST, "LICENSE.txt"}
    assert (to / FIRST).read_bytes() == (server.folder / FIRST).read_bytes()


def test_another_rate_is_added(server: FileServer, to: Path) -> None:
    fetch_ptbxl(to, base_url=server.url)
    done = fetch_ptbxl(to, rates=(100, 500), base_url=server.url)
    assert done == Fetched(files=FILES + SIGNALS, downloaded=SIGNALS)


def test_a_bad_connection_is_endured(server: FileServer, to: Path) -> None:
    server.drops.update({FIRST: 3, "ptbxl_database.csv": 1, "SHA256SUMS.txt": 2})
    server.corrupts["records100/00000/00002_lr.dat"] = 1
    server.refuses["records100/00000/00003_lr.dat"] = [500, 503]
    assert fetch_ptbxl(to, base_url=server.url).downloaded == FILES
    served = files_of(server.folder)
    fetched = files_of(to)
    assert fetched == {path: served[path] for path in fetched}


def test_a_file_that_is_always_wrong_is_named(server: FileServer, to: Path) -> None:
    server.corrupts[FIRST] = 100
    with pytest.raises(DownloadError) as error:
        fetch_ptbxl(to, base_url=server.url)
    message = str(error.value)
    # The file itself, and the two tables that were not asked for.
    assert message.startswith(
        f"3 of {FILES} files of PTB-XL are not in {to} yet; run the same command again"
    )
    assert f"{server.url}/{FIRST} is not the file that was meant" in message
    assert "\n" not in message
    assert not (to / FIRST).exists()
    assert not list(to.rglob("*.part"))
    assert not list(to.glob("*.csv"))  # nobody takes it for PTB-XL
    server.corrupts.clear()
    assert fetch_ptbxl(to, base_url=server.url) == Fetched(files=FILES, downloaded=3)


def test_the_rest_is_not_tried_when_nothing_comes(
    server: FileServer, to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GIVE_UP", 3)
    monkeypatch.setattr(module, "THREADS", 1)
    shutil.rmtree(server.folder / "records100")
    (server.folder / "LICENSE.txt").unlink()
    with pytest.raises(DownloadError, match=f"{FILES} of {FILES} files .* 404 Not Found"):
        fetch_ptbxl(to, base_url=server.url)
    assert len(server.asked) <= 1 + 3 + 1  # the list, three failures, one that was on its way


def test_what_is_interrupted_is_continued(server: FileServer, to: Path) -> None:
    def stop(k: int, total: int) -> None:
        if k == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch_ptbxl(to, base_url=server.url, progress=stop)
    assert not (to / "ptbxl_database.csv").exists()
    served = files_of(server.folder)
    kept = files_of(to)
    assert len(kept) > 5
    assert kept == {path: served[path] for path in kept}
    server.asked.clear()
    done = fetch_ptbxl(to, base_url=server.url)
    assert done.downloaded == FILES - (len(kept) - 1)  # without the list
    assert not {path for path, _ in server.asked} & (set(kept) - {"SHA256SUMS.txt"})


def test_a_part_of_a_file_is_continued(server: FileServer, to: Path) -> None:
    part = (to / FIRST).with_name("00001_lr.dat.part")
    part.parent.mkdir(parents=True)
    part.write_bytes((server.folder / FIRST).read_bytes()[:1000])
    fetch_ptbxl(to, base_url=server.url)
    assert server.ranges_of(FIRST) == ["bytes=1000-"]


HASH = "0" * 64


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"{HASH} ../outside.txt", "'../outside.txt' leads out of the folder"),
        (f"{HASH} records100/../../x", "leads out of the folder"),
        (f"{HASH} /etc/passwd", "leads out of the folder"),
        (f"{HASH} C:\\windows", "leads out of the folder"),
        (f"{HASH} LICENSE.txt", "'LICENSE.txt' has a second sha256"),
        (f"{HASH[1:]} short.txt", "is not a sha256 and a file"),
        (f"{HASH[1:]}g letter.txt", "is not a sha256 and a file"),
        (f"{HASH}", "is not a sha256 and a file"),
        ("", "is not a sha256 and a file"),
        ("<html>" + "x" * 1000, "is not a sha256 and a file"),
    ],
)
def test_a_hostile_list_is_refused(server: FileServer, to: Path, line: str, said: str) -> None:
    sums = server.folder / "SHA256SUMS.txt"
    lines = sums.read_text().splitlines()
    sums.write_text("\n".join([*lines, line, ""]))
    with pytest.raises(DownloadError, match=said.replace("(", r"\(")) as error:
        fetch_ptbxl(to, base_url=server.url)
    assert f"SHA256SUMS.txt, line {len(lines) + 1}: " in str(error.value)
    assert len(str(error.value)) < 400
    assert not to.exists()


def test_a_list_that_is_no_text(server: FileServer, to: Path) -> None:
    (server.folder / "SHA256SUMS.txt").write_bytes(b"\xff\xfe\0")
    with pytest.raises(DownloadError, match="is not text"):
        fetch_ptbxl(to, base_url=server.url)


@pytest.mark.parametrize(
    ("gone", "said"),
    [("records500", "does not list records500/"), ("ptbxl_database.csv", "ptbxl_database.csv")],
)
def test_a_list_of_something_else(server: FileServer, to: Path, gone: str, said: str) -> None:
    if (server.folder / gone).is_dir():
        shutil.rmtree(server.folder / gone)
    else:
        (server.folder / gone).unlink()
    write_sums(server.folder)
    with pytest.raises(DownloadError, match=f"{said}; is this PTB-XL?"):
        fetch_ptbxl(to, rates=(100, 500), base_url=server.url)


@pytest.mark.parametrize("rates", [(), (100, 250)])
def test_rates_that_ptbxl_does_not_have(to: Path, rates: tuple[int, ...]) -> None:
    with pytest.raises(DatasetError, match="PTB-XL has 100 and 500 Hz"):
        fetch_ptbxl(to, rates=rates, base_url="http://127.0.0.1:9")
    assert not to.exists()


def test_another_data_set_is_left_alone(server: FileServer, tmp_path: Path) -> None:
    to = tmp_path / "mine"
    make_dataset(to, n=2, seed=99)
    before = files_of(to)
    with pytest.raises(DatasetError, match="holds another data set; name a new folder"):
        fetch_ptbxl(to, base_url=server.url)
    assert files_of(to) == before
