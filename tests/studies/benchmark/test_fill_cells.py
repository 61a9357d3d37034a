"""Cells that several workers fill: the same to the last bit, whatever happens meanwhile."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from torch import Tensor

from tests.recordings import recordings
from tests.tiny_zoo import tiny_zoo
from xai_bench import run
from xai_bench.errors import InputError, RunError
from xai_bench.models import Model
from xai_bench.results import read_cells
from xai_bench.scoring.score import score_methods
from xai_bench.studies.benchmark import Run, cell_job
from xai_bench.studies.benchmark.cell_keys import cell_key
from xai_bench.types import Recordings
from xai_bench.workers import why_one_worker
from xai_bench.zoo import Zoo

pytestmark = pytest.mark.skipif(why_one_worker() != "", reason=why_one_worker())

METRICS = "faithfulness_correlation,relevance_mass"


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Zoo:
    return tiny_zoo(tmp_path_factory.mktemp("zoo"))


@pytest.fixture(autouse=True)
def _judged_by_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_job, "EVALUATED", 6)


def _run(zoo: Zoo, out: Path, **options: Any) -> Run:
    common: dict[str, Any] = {
        "model": "linear,two-linear", "method": "saliency,ig-16", "metrics": METRICS, "n": 7,
        "data": recordings(9, evidence=True), "out": out, "zoo": zoo, "workers": 1,
    }  # fmt: skip
    return run(**(common | options))


def _scores(out: Path) -> dict[tuple[str, str, str], pd.DataFrame]:
    found = {}
    for cell in read_cells(out):
        assert cell.scores is not None
        found[cell.model, cell.method, cell.key] = cell.scores
    return found


def _assert_same(some: Path, others: Path) -> None:
    expected, found = _scores(others), _scores(some)
    assert expected.keys() == found.keys()
    for key, table in expected.items():
        pd.testing.assert_frame_equal(found[key], table, check_exact=True)
    assert not (some / ".unfinished").exists()


@pytest.fixture(scope="module")
def alone(zoo: Zoo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one worker that nothing disturbed."""
    out = tmp_path_factory.mktemp("alone")
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cell_job, "EVALUATED", 6)
        _run(zoo, out, notice=said.append)
    assert len(said) == 1, "the first scores, and no time: it is short"
    return out


@pytest.fixture
def scored(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The recordings that this process scores, once for each model."""
    ids: list[str] = []

    def score(model: Model, some: Recordings, *given: Any, **options: Any) -> Any:
        ids.extend(f"{model.name} {record_id}" for record_id in some.record_id)
        return score_methods(model, some, *given, **options)

    monkeypatch.setattr(cell_job, "score_methods", score)
    return ids


@pytest.mark.slow
def test_scores_of_workers_are_those_of_one_to_the_last_bit(
    zoo: Zoo, tmp_path: Path, alone: Path
) -> None:
    threads = torch.get_num_threads()
    done = _run(zoo, tmp_path, workers=3)
    assert torch.get_num_threads() == threads
    _assert_same(tmp_path, alone)
    facts = read_cells(done.folder)[0].provenance
    assert (facts["workers"], facts["rows"], facts["threads"]) == (3, 8, 1)
    table = (tmp_path / "leaderboard.csv").read_text()
    assert table == (alone / "leaderboard.csv").read_text()
    other = cell_key(facts | {"method": "saliency", "rows_asked": 3})
    assert other != cell_key(facts | {"method": "saliency"}), "bits are those of so many rows"


@pytest.mark.slow
def test_a_run_that_is_killed_goes_on_with_the_rest(
    zoo: Zoo, tmp_path: Path, alone: Path, scored: list[str]
) -> None:
    def kill(step: str, done: int, total: int) -> None:
        # Of 2 models x 5 methods x 7 recordings: two blocks are kept at least, two are in hand at
        # most, and the first model is not whole.
        if step == "scoring" and done > 30:
            os.kill(os.getpid(), signal.SIGKILL)

    process = os.fork()
    if process == 0:
        _run(zoo, tmp_path, workers=2, progress=kill)
        os._exit(0)
    assert os.waitpid(process, 0)[1] == signal.SIGKILL
    kept = [path.stem for path in tmp_path.rglob("*.arrow") if not path.name.startswith(".")]
    assert len(kept) >= 2
    ends = [tuple(map(int, name.split("-"))) for name in kept]  # the last shard is of one recording
    _run(zoo, tmp_path)
    assert 0 < len(scored) <= 14 - sum(end - start for start, end in ends)
    assert len(set(scored)) == len(scored)
    _assert_same(tmp_path, alone)


@pytest.mark.slow
def test_a_time_limit_ends_a_run_that_the_next_goes_on_with(
    zoo: Zoo, tmp_path: Path, alone: Path, scored: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("xai_bench.workers.time.monotonic", lambda: now[0])

    def pass_time(step: str, done: int, total: int) -> None:
        if step == "scoring" and done >= 25:  # the third block ends too late
            now[0] = 2000.0

    with pytest.raises(RunError, match="30 min is over; the recordings that were done are kept"):
        _run(zoo, tmp_path, time_limit=1800, progress=pass_time)
    assert len(list(tmp_path.rglob("*.arrow"))) == 2
    assert not list(tmp_path.rglob("run.json"))
    scored.clear()
    _run(zoo, tmp_path)
    assert len(scored) == 14 - 4
    _assert_same(tmp_path, alone)


@pytest.mark.slow
def test_costs_are_measured_by_this_process_when_the_workers_have_ended(
    zoo: Zoo, tmp_path: Path
) -> None:
    steps: list[str] = []
    seen: list[int] = []

    def by_hand(model: Model, z: Tensor, target: Tensor) -> Tensor:
        seen.append(os.getpid())
        return z * z

    def follow(step: str, done: int, total: int) -> None:
        steps.append(step)
        if step == "scoring":
            assert not seen, "workers explain elsewhere"

    done = _run(
        zoo, tmp_path, model="linear", method=[by_hand], metrics="sparseness,seconds_p50",
        workers=2, progress=follow,
    )  # fmt: skip
    assert set(seen) == {os.getpid()}
    assert steps.index("measuring costs") > max(k for k, s in enumerate(steps) if s == "scoring")
    workers = {
        tuple(cell.provenance["metrics"]): cell.provenance["workers"]
        for cell in read_cells(done.folder)
    }
    assert workers == {("sparseness",): 2, ("seconds_p50",): 1}


@pytest.mark.slow
def test_where_work_cannot_be_shared_out_one_worker_does_it_and_says_why(
    zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    said: list[str] = []
    done = _run(zoo, tmp_path, model="linear", n=2, workers=4, notice=said.append)
    assert said[0] == "one worker, not 4: workers are forked, which is safe on Linux alone"
    assert {cell.provenance["workers"] for cell in read_cells(done.folder)} == {1}


@pytest.mark.slow
def test_the_first_scores_are_said_at_once_and_the_time_where_it_is_long(
    zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xai_bench.studies.benchmark.fill_cells._LONG_S", 0.0)
    said: list[str] = []
    _run(zoo, tmp_path, model="linear", n=5, notice=said.append)
    first, time = said
    assert first.startswith("first scores (linear, saliency, 2 recordings): faithfulness_corr")
    assert time.startswith("about ")
    assert time.endswith(" s for 1 model x 5 methods on 5 recordings, 1 worker")


def test_what_a_method_raises_in_a_worker_is_raised_and_what_was_scored_is_kept(
    zoo: Zoo, tmp_path: Path
) -> None:
    def broken(model: Model, z: Tensor, target: Tensor) -> Tensor:
        raise ZeroDivisionError("of mine")

    # Of either model: the workers begin with one each.
    failed = "'broken' failed on model '(two-)?linear': .*: of mine"
    with pytest.raises(InputError, match=failed) as error:
        _run(zoo, tmp_path, method=[broken], n=2, workers=2)
    assert "in broken" in error.value.__notes__[0]
    assert not list(tmp_path.rglob("run.json"))
