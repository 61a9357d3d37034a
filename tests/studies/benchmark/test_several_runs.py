"""Runs into one folder at once: every cell is scored once, and the leaderboard is of all."""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.recordings import recordings
from tests.shared_store import shared_store
from tests.tiny_zoo import tiny_zoo
from xai_bench import run
from xai_bench.errors import RunError
from xai_bench.results import leaderboard, read_cells, to_csv, write_cell, write_leaderboard
from xai_bench.results.leases import Leases, open_leases
from xai_bench.results.remote_folder import RemoteFolder, RunCopy
from xai_bench.results.store_leases import StoreLeases
from xai_bench.scoring.score import score_methods
from xai_bench.studies.benchmark import Run, cell_job, study
from xai_bench.studies.benchmark.claimed_cells import ClaimedCells
from xai_bench.workers import why_one_worker
from xai_bench.zoo import Zoo

pytestmark = pytest.mark.skipif(why_one_worker() != "", reason=why_one_worker())

METRICS = "sparseness,relevance_mass"


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Zoo:
    return tiny_zoo(tmp_path_factory.mktemp("zoo"))


@pytest.fixture(autouse=True)
def _judged_by_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_job, "EVALUATED", 6)


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What all processes score: a line for each model, method and recording."""
    path = tmp_path / "log"
    path.touch()

    def score(model: Any, some: Any, methods: Any, **options: Any) -> Any:
        lines = [f"{model.name} {one.name} {i}\n" for one in methods for i in some.record_id]
        with path.open("a") as file:
            file.write("".join(lines))
        return score_methods(model, some, methods, **options)

    monkeypatch.setattr(cell_job, "score_methods", score)
    return path


def _run(zoo: Zoo, out: Path | str, **options: Any) -> Run:
    common: dict[str, Any] = {
        "model": "linear,two-linear", "method": "saliency", "metrics": METRICS, "n": 5,
        "data": recordings(7, evidence=True), "out": out, "zoo": zoo, "workers": 1,
    }  # fmt: skip
    return run(**(common | options))


def _started(do: Callable[[], object]) -> int:
    process = os.fork()
    if process == 0:
        try:
            do()
            os._exit(0)
        except BaseException as error:
            print(f"in a process: {error!r}", flush=True)
            os._exit(1)
    return process


def _stopped_midway(zoo: Zoo, out: Path | str, begun: Path) -> int:
    """A process whose run has kept a block of two recordings, and not the next."""

    def stop(step: str, done: int, total: int) -> None:
        if step == "scoring" and done > 8:
            begun.touch()
            signal.pause()

    process = _started(lambda: _run(zoo, out, progress=stop))
    while not begun.exists():
        time.sleep(0.01)
    return process


def _assert_whole(out: Path, log: Path, cells: int) -> None:
    counts = Counter(log.read_text().splitlines())
    assert set(counts.values()) == {1}, counts.most_common(3)
    found = read_cells(out)
    assert len(found) == cells
    assert len(counts) == 5 * cells
    assert (out / "leaderboard.csv").read_text() == to_csv(leaderboard(found, Zoo().flags()))
    assert sorted(path.name for path in out.iterdir() if path.name.startswith(".")) == []


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 8])
def test_every_cell_is_scored_once_and_the_leaderboard_is_of_all(
    zoo: Zoo, tmp_path: Path, log: Path, count: int
) -> None:
    out = tmp_path / "out"
    methods = ["saliency,input-x-gradient", "input-x-gradient,slope"]
    # Each second one asks for other methods: some cells are the same, and all controls are.
    processes = [
        _started(lambda k=k: _run(zoo, out, method=methods[k % 2], model="linear"))  # type: ignore[misc]
        for k in range(count)
    ]
    assert [os.waitpid(process, 0)[1] for process in processes] == [0] * count
    _assert_whole(out, log, cells=6)


@pytest.mark.slow
def test_what_a_killed_run_was_at_is_scored_by_the_one_that_waits(
    zoo: Zoo, tmp_path: Path, log: Path
) -> None:
    out = tmp_path / "out"

    killed = _stopped_midway(zoo, out, tmp_path / "begun")
    log.write_text("")
    said: list[str] = []

    def kill(step: str, done: int, total: int) -> None:
        if step == "waiting for cells of another run":
            os.kill(killed, signal.SIGKILL)

    done = _run(zoo, out, progress=kill, notice=said.append)
    os.waitpid(killed, 0)
    assert (
        said[0] == f"8 cells are being scored by process {killed} on {os.uname().nodename}: waiting"
    )
    assert done.reused == 0
    assert len(read_cells(out)) == 8
    again = Counter(log.read_text().splitlines())
    assert set(again.values()) == {1}
    assert len(again) < 40, "the block that was kept is not scored again"


@pytest.mark.slow
def test_a_time_limit_ends_a_run_that_waits(zoo: Zoo, tmp_path: Path) -> None:
    first = _run(zoo, tmp_path / "first")
    out = tmp_path / "out"
    out.mkdir()
    other = Leases(out)
    other.take(path.name for path in first.cells)
    with pytest.raises(RunError, match="the time limit of .* is over"):
        _run(zoo, out, time_limit=0.01)
    other.give_back()
    assert _run(zoo, out).reused == 0


@pytest.mark.slow
def test_cells_that_another_run_wrote_meanwhile_are_reused_and_ranked(
    zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = read_cells(_run(zoo, tmp_path / "elsewhere").folder)
    more = read_cells(_run(zoo, tmp_path / "more", seed=1, model="linear").folder)
    out = tmp_path / "out"
    real = Leases.take

    def late(self: Leases, keys: Any) -> set[str]:
        for cell in elsewhere:
            write_cell(out, cell)
        return real(self, keys)

    monkeypatch.setattr(Leases, "take", late)

    # Of another seed: it is written while this run writes its leaderboard.
    def write_late(*given: Any) -> pd.DataFrame:
        table = write_leaderboard(*given)
        for cell in more:
            write_cell(out, cell)
        return table

    place = "xai_bench.studies.benchmark.claimed_cells.write_leaderboard"
    monkeypatch.setattr(place, write_late)
    assert _run(zoo, out).reused == 8
    assert (out / "leaderboard.csv").read_text() == to_csv(
        leaderboard(read_cells(out), Zoo().flags())
    )


@pytest.mark.slow
class TestInAStore:
    """Several runs to one URL."""

    @pytest.fixture
    def url(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
        monkeypatch.setattr(study, "_IN_A_STORE_S", 0.1)
        return shared_store(tmp_path / "store", monkeypatch)

    @pytest.mark.parametrize("count", [2, 8])
    def test_every_cell_is_scored_once_and_the_leaderboard_there_is_of_all(
        self, zoo: Zoo, url: str, log: Path, tmp_path: Path, count: int
    ) -> None:
        methods = ["saliency,input-x-gradient", "input-x-gradient,slope"]
        processes = [
            _started(lambda k=k: _run(zoo, url, method=methods[k % 2], model="linear"))  # type: ignore[misc]
            for k in range(count)
        ]
        assert [os.waitpid(process, 0)[1] for process in processes] == [0] * count
        copy = RunCopy(url)
        copy.remote.get(["leaderboard.csv"], copy.folder)
        _assert_whole(copy.folder, log, cells=6)
        assert not [name for name in copy.remote.names() if name.startswith(".")]

    def test_where_leases_hold_nothing_cells_are_scored_twice_and_none_is_broken(
        self, zoo: Zoo, url: str, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        alone = {one.key: one.scores for one in read_cells(_run(zoo, tmp_path / "alone").folder)}
        log.write_text("")
        monkeypatch.setattr(StoreLeases, "take", lambda self, keys: set(keys))
        processes = [_started(lambda: _run(zoo, url)) for _ in range(3)]
        assert [os.waitpid(process, 0)[1] for process in processes] == [0] * 3
        assert max(Counter(log.read_text().splitlines()).values()) > 1, "they met"
        found = {one.key: one.scores for one in read_cells(RunCopy(url).folder)}
        assert found.keys() == alone.keys()
        for key, table in alone.items():
            pd.testing.assert_frame_equal(found[key], table, check_exact=True)  # type: ignore[arg-type]
        assert not [name for name in RemoteFolder(url).names() if name.startswith(".")]

    def test_what_a_killed_run_was_at_is_gone_on_with_by_one_that_waits(
        self, zoo: Zoo, url: str, log: Path, tmp_path: Path
    ) -> None:
        killed = _stopped_midway(zoo, url, tmp_path / "begun")
        log.write_text("")

        def kill(step: str, done: int, total: int) -> None:
            if step == "waiting for cells of another run":
                os.kill(killed, signal.SIGKILL)

        assert _run(zoo, url, progress=kill).reused == 0
        os.waitpid(killed, 0)
        again = Counter(log.read_text().splitlines())
        assert set(again.values()) == {1}
        assert len(again) < 40, "the block that was kept is not scored again"
        assert len(read_cells(RunCopy(url).folder)) == 8
        assert not [name for name in RemoteFolder(url).names() if name.startswith(".")]


class TestHalfWritten:
    """What a process that was killed was writing."""

    def test_it_goes_with_the_next_run_unless_its_writer_lives(self, tmp_path: Path) -> None:
        place = tmp_path / "synthetic" / "linear" / "saliency"
        dead, live = (place / f".{str(k) * 12}.{'a' * 12}.part" for k in range(2))
        old, new = (tmp_path / f".leaderboard.csv.{k}.part" for k in range(2))
        for folder in (dead, live):
            folder.mkdir(parents=True)
            (folder / "scores.parquet").write_bytes(b"PAR1")
        for table in (old, new):
            table.write_text("dataset,mod")
        os.utime(old, (time.time() - 2 * 24 * 3600,) * 2)
        with open_leases(tmp_path) as other:
            other.take(["1" * 12])
            with open_leases(tmp_path) as leases:
                ClaimedCells(tmp_path, [], leases, print)
        assert not dead.exists()
        assert live.exists()
        assert [one.exists() for one in (old, new)] == [False, True]
        with open_leases(tmp_path) as leases:
            ClaimedCells(tmp_path, [], leases, print)
        assert list(place.iterdir()) == []


class TestBrokenCells:
    """What stands where a cell belongs and is none."""

    @pytest.mark.slow
    def test_one_that_is_asked_for_is_scored_anew_and_the_old_is_kept(
        self, zoo: Zoo, tmp_path: Path
    ) -> None:
        expected = _run(zoo, tmp_path).leaderboard
        cells = {path.parent.name: path for path in _run(zoo, tmp_path).cells[:4]}
        (cells["saliency"] / "run.json").unlink()
        (cells["random"] / "run.json").write_text("[]")
        (cells["oracle"] / "scores.parquet").write_bytes(b"PAR1")
        said: list[str] = []
        done = _run(zoo, tmp_path, notice=said.append)
        assert done.reused == 5
        assert [line for line in said if line.startswith("scored anew: ")] == said[:3]
        assert all(
            str(path) in "".join(said) for path in cells.values() if "amplitude" not in str(path)
        )
        pd.testing.assert_frame_equal(done.leaderboard, expected)
        assert len(list(tmp_path.glob("*/*/*/.*"))) == 3
        assert _run(zoo, tmp_path).reused == 8

    @pytest.mark.slow
    def test_one_that_nobody_asked_for_is_named_and_the_rest_is_shown(
        self, zoo: Zoo, tmp_path: Path
    ) -> None:
        first = _run(zoo, tmp_path, seed=1)
        path = first.cells[0] / "run.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"n": None}))
        done = _run(zoo, tmp_path)
        assert [line for line in done.remarks if str(path) in line] == [
            f"left out of the leaderboard: {path} is not of a cell: n: should be a valid integer, "
            f"not None; delete {path.parent} to run it again"
        ]
        assert (tmp_path / "leaderboard.csv").is_file()
        assert path.is_file()

    def test_a_place_that_cannot_be_had_is_said_before_anything_is_scored(
        self, zoo: Zoo, tmp_path: Path, log: Path
    ) -> None:
        out = tmp_path / "out"
        (out / "made-up").mkdir(parents=True)
        (out / "made-up" / "linear").write_text("")
        with pytest.raises(RunError, match=r"cannot write .*made-up/linear.*: Not a directory"):
            _run(zoo, out)
        assert log.read_text() == ""
