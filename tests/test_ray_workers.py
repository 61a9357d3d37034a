"""Workers of a Ray cluster: the same results to the last bit, whatever node is lost."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import pytest

from tests.ray_cluster import RayCluster, ray_cluster
from tests.recordings import recordings
from tests.studies.native_audit.native_zoo import native_zoo
from tests.studies.stability.seeded_zoo import seeded_zoo
from tests.tiny_zoo import tiny_zoo
from xai_bench import audit, compare, run
from xai_bench.data import make_dataset
from xai_bench.errors import RunError, UnknownNameError
from xai_bench.executors import share_out, worker_count
from xai_bench.results import read_cells
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.benchmark import Run, cell_job
from xai_bench.workers import OutOfTime

pytest.importorskip("ray")
pytestmark = [
    pytest.mark.slow,
    # Of Ray's own: sockets and files that it leaves to the collector, and a tip for users.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::FutureWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

Report = Callable[[Any], None]


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayCluster]:
    with ray_cluster() as three:
        yield three


def _by_ray(do: Callable[[Any, Report], Any], pieces: Any, **more: Any) -> list[tuple[Any, Any]]:
    return list(share_out("ray", do, pieces, 3, on_cpu=True, **more))


def test_every_piece_is_done_once_by_workers_of_all_nodes(cluster: RayCluster) -> None:
    def square(piece: int, report: Report) -> tuple[int, int]:
        report(piece)
        time.sleep(0.2)
        return piece * piece, os.getpid()

    assert worker_count("ray", None, on_cpu=True) == 3
    assert worker_count("ray", 2, on_cpu=True) == 2
    said: list[tuple[int, int]] = []
    done = _by_ray(square, range(60), report=lambda piece, what: said.append((piece, what)))
    assert sorted((piece, result[0]) for piece, result in done) == [(k, k * k) for k in range(60)]
    pids = {pid for _, (_, pid) in done}
    assert 2 <= len(pids) <= 3, "the third may begin when all is done"
    assert os.getpid() not in pids
    assert said
    assert all(piece == what for piece, what in said)


def test_what_a_piece_raises_is_raised_here_with_its_place(cluster: RayCluster) -> None:
    def fail(piece: int, report: Report) -> None:
        raise UnknownNameError("model", "inm", ["imn"])

    with pytest.raises(UnknownNameError.__mro__[1], match="no model 'inm'. Did you") as raised:
        _by_ray(fail, [1])
    assert "in fail" in raised.value.__notes__[0]


def test_a_piece_that_ends_one_worker_after_another_is_an_error(cluster: RayCluster) -> None:
    def die(piece: str, report: Report) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    said: list[str] = []
    with pytest.raises(RunError, match="4 workers were lost at imn, recordings 1 to 2, the last"):
        _by_ray(die, ["imn, recordings 1 to 2"], notice=said.append)
    lost = [line for line in said if "was lost at imn, recordings 1 to 2, which is done a" in line]
    assert len(lost) == 3


def test_time_that_is_over_ends_all(cluster: RayCluster) -> None:
    start = time.monotonic()
    with pytest.raises(OutOfTime):
        _by_ray(lambda piece, report: time.sleep(600), [1, 2], deadline=start + 2)
    assert time.monotonic() - start < 60


@pytest.fixture(autouse=True)
def _judged_by_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_job, "EVALUATED", 6)


def _run(out: Path | str, zoo: Path, n: int, **options: Any) -> Run:
    common: dict[str, Any] = {
        "model": "linear,two-linear", "method": "saliency,ig-16", "n": n,
        "metrics": "faithfulness_correlation,relevance_mass", "zoo": tiny_zoo(zoo),
        "data": recordings(n, evidence=True), "out": out,
    }  # fmt: skip
    return run(**(common | options))


def _scores(folder: Path) -> dict[tuple[str, str, str], pd.DataFrame]:
    found = {}
    for cell in read_cells(folder):
        if cell.status != "skipped":  # oracles, where no evidence is known
            assert cell.scores is not None
            found[cell.model, cell.method, cell.key] = cell.scores
    return found


def _assert_same(some: Path, others: Path, count: int) -> None:
    tables = [_scores(folder) for folder in (some, others)]
    assert tables[0].keys() == tables[1].keys()
    assert len(tables[0]) == count
    for name, table in tables[0].items():
        pd.testing.assert_frame_equal(table, tables[1][name], check_exact=True)
    boards = [(folder / "leaderboard.csv").read_text() for folder in (some, others)]
    assert boards[0] == boards[1]


def test_a_node_that_is_killed_in_mid_run_changes_no_score(
    cluster: RayCluster, tmp_path: Path
) -> None:
    killed: list[int] = []

    def kill(step: str, done: int, total: int) -> None:
        if step == "scoring" and done > total / 5 and not killed:
            killed.append(done)
            cluster.kill_a_node()

    said: list[str] = []
    done = _run(tmp_path / "local", tmp_path / "zoo", 30, workers=1)
    _run(
        tmp_path / "ray", tmp_path / "zoo-2", 30, executor="ray", workers=3, progress=kill,
        notice=said.append,
    )  # fmt: skip
    cluster.make_whole()
    assert killed
    assert [line for line in said if " was lost at " in line], said
    _assert_same(tmp_path / "ray", tmp_path / "local", len(done.cells))
    facts = [cell.provenance for cell in read_cells(tmp_path / "ray")]
    assert {(one["executor"], one["workers"]) for one in facts} == {("ray", 3)}
    assert not (tmp_path / "ray" / ".unfinished").exists()


def test_a_run_that_one_executor_began_is_ended_by_another(
    cluster: RayCluster, tmp_path: Path
) -> None:
    class Stop(Exception):  # noqa: N818
        pass

    def stop(step: str, done: int, total: int) -> None:
        if step == "scoring" and done > total / 4:
            raise Stop

    done = _run(tmp_path / "local", tmp_path / "zoo", 12, workers=1)
    with pytest.raises(Stop):
        _run(tmp_path / "both", tmp_path / "zoo-2", 12, executor="ray", progress=stop)
    kept = list((tmp_path / "both").rglob("*.arrow"))
    assert kept
    _run(tmp_path / "both", tmp_path / "zoo-3", 12, workers=2)
    _assert_same(tmp_path / "both", tmp_path / "local", len(done.cells))


def test_a_run_by_ray_and_one_of_this_machine_score_each_cell_once(
    cluster: RayCluster, tmp_path: Path
) -> None:
    both, asked = tmp_path / "both", ("saliency,ig-16", "ig-16,input-x-gradient")
    alone = [
        _run(tmp_path / "alone", tmp_path / f"zoo-{k}", 30, workers=1, method=method)
        for k, method in enumerate(asked)
    ]
    process = os.fork()
    if process == 0:
        try:
            done = _run(both, tmp_path / "zoo-2", 30, workers=1, method=asked[0])
            (tmp_path / "written").write_text(str(len(done.cells) - done.reused))
            os._exit(0)
        except BaseException as error:
            print(f"in a process: {error!r}", flush=True)
            os._exit(1)
    done = _run(both, tmp_path / "zoo-3", 30, executor="ray", method=asked[1])
    assert os.waitpid(process, 0)[1] == 0
    cells = {path.name for one in alone for path in one.cells}
    written = len(done.cells) - done.reused, int((tmp_path / "written").read_text())
    assert sum(written) == len(cells), written
    assert min(written) > 0
    _assert_same(both, tmp_path / "alone", len(cells))
    assert not [path.name for path in both.iterdir() if path.name.startswith(".")]


def test_recordings_of_a_store_that_nodes_do_not_see_are_sent_to_them(
    cluster: RayCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XAI_BENCH_CACHE", str(tmp_path / "cache"))
    make_dataset(tmp_path / "mine", n=6)
    files = fsspec.filesystem("memory")  # of this process
    files.put(f"{tmp_path / 'mine'}/", "/of-ray/mine", recursive=True)
    options: dict[str, Any] = {"split": "all", "metrics": "sparseness"}
    _run(tmp_path / "local", tmp_path / "zoo", 6, data=str(tmp_path / "mine"), **options)
    _run(
        tmp_path / "ray", tmp_path / "zoo-2", 6, data="memory://of-ray/mine", executor="ray",
        **options,
    )  # fmt: skip
    _assert_same(tmp_path / "ray", tmp_path / "local", len(_scores(tmp_path / "local")))


def _assert_same_study(some: StudyResult, other: StudyResult) -> None:
    pd.testing.assert_frame_equal(some.table, other.table, check_exact=True)
    assert some.scores is not None
    assert other.scores is not None
    pd.testing.assert_frame_equal(some.scores, other.scores, check_exact=True)


def test_a_comparison_is_the_same(cluster: RayCluster, tmp_path: Path) -> None:
    zoo = seeded_zoo(tmp_path)
    options: dict[str, Any] = {"n": 5, "zoo": zoo}
    one = compare("linear,two-linear", "native,saliency,amplitude", **options)
    _assert_same_study(
        compare("linear,two-linear", "native,saliency,amplitude", executor="ray", **options), one
    )


def test_an_audit_is_the_same(cluster: RayCluster, tmp_path: Path) -> None:
    zoo = native_zoo(tmp_path)
    steps: list[tuple[str, int, int]] = []
    found = audit(
        ["two", "five"], n=6, zoo=zoo, executor="ray", progress=lambda *step: steps.append(step)
    )
    _assert_same_study(found, audit(["two", "five"], n=6, zoo=zoo))
    assert steps[-1] == ("models", 2, 2)
