"""The loop: cells, controls, reuse, interruption, reasons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.zoo import tiny_zoo
from xai_bench import run
from xai_bench.bench import Run
from xai_bench.errors import InputError, OutputError, UnknownNameError, XaiBenchError
from xai_bench.results import read_cells
from xai_bench.zoo import Zoo

QUICK: dict[str, Any] = {"method": "saliency", "metrics": "complexity,localisation", "n": 4}


@pytest.fixture
def zoo(tmp_path: Path) -> Zoo:
    return tiny_zoo(tmp_path / "zoo")


def _run(zoo: Zoo, tmp_path: Path, **options: Any) -> Run:
    common: dict[str, Any] = {"model": "linear", "out": tmp_path / "runs", "zoo": zoo}
    return run(**(common | QUICK | options))


def test_a_grid_with_its_controls_and_a_pair_that_cannot_work(zoo: Zoo, tmp_path: Path) -> None:
    done = _run(zoo, tmp_path, model="linear,two-linear", method="native,saliency")
    table = done.leaderboard
    assert set(table.method) == {"native", "saliency", "random", "oracle"}
    skipped = table[table.status == "skipped"]
    assert skipped[["model", "method", "reason"]].values.tolist() == [
        ["linear", "native", "native needs a net that generates its own weights"]
    ]
    assert len(done.cells) == 8
    assert all((cell / "run.json").exists() for cell in done.cells)
    assert (tmp_path / "runs/leaderboard.csv").read_text().count("\n") == len(table) + 1
    mass = table[(table.metric == "relevance_mass") & (table.method == "saliency")]
    assert mass["n"].tolist() == [2, 2], "two of four recordings are MI"
    assert mass["oracle"].tolist() == [1, 1]
    assert (mass["random"] < 0.5).all()


def test_a_cell_that_was_scored_is_reused_and_another_seed_stands_beside_it(
    zoo: Zoo, tmp_path: Path
) -> None:
    first = _run(zoo, tmp_path)
    stamps = {cell: (cell / "run.json").stat().st_mtime_ns for cell in first.cells}
    again = _run(zoo, tmp_path)
    assert (first.reused, again.reused) == (0, 3)
    assert {cell: (cell / "run.json").stat().st_mtime_ns for cell in again.cells} == stamps
    other = _run(zoo, tmp_path, seed=1)
    assert other.reused == 0
    assert not set(other.cells) & set(first.cells)
    assert other.leaderboard.protocol[0] != first.leaderboard.protocol[0]


def test_what_was_run_stands_beside_the_scores(zoo: Zoo, tmp_path: Path) -> None:
    _run(zoo, tmp_path, target="MI")
    cell = next(c for c in read_cells(tmp_path / "runs") if c.method == "saliency")
    facts = cell.provenance
    assert facts["target"] == "MI"
    assert (facts["seed"], facts["n"], facts["device"]) == (0, 4, "cpu")
    assert set(facts["packages"]) >= {"torch", "quantus", "captum", "numpy"}
    assert facts["metrics"]["sparseness"]["target"] == "quantus:Sparseness"
    assert facts["started"] < facts["ended"]
    assert str(tmp_path) not in (facts["git_commit"] or "")


def test_an_interruption_keeps_the_finished_cells(zoo: Zoo, tmp_path: Path) -> None:
    def interrupt(step: str, done: int, total: int) -> None:
        if step == "linear × random: scoring":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _run(zoo, tmp_path, progress=interrupt)
    assert [cell.method for cell in read_cells(tmp_path / "runs")] == ["saliency"]
    assert "saliency" in (tmp_path / "runs/leaderboard.csv").read_text()
    assert not list((tmp_path / "runs").rglob(".writing-*"))
    assert _run(zoo, tmp_path).reused == 1


def test_scores_of_a_recording_do_not_depend_on_the_others(zoo: Zoo, tmp_path: Path) -> None:
    metrics = "faithfulness_correlation,max_sensitivity,sparseness"
    few = _run(zoo, tmp_path, method="ig", n=2, metrics=metrics)
    more = _run(zoo, tmp_path, method="ig", n=5, metrics=metrics)
    assert few.leaderboard.protocol[0] != more.leaderboard.protocol[0]
    scores = [c.scores for c in read_cells(few.folder) if c.method == "ig" and c.scores is not None]
    shorter, longer = sorted(scores, key=len)
    merged = shorter.merge(longer, on=["record_id", "metric"])
    assert len(merged) == 6
    np.testing.assert_allclose(merged.score_x, merged.score_y, rtol=1e-5)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"model": "lineal"}, UnknownNameError, r"no model 'lineal'. Did you mean 'linear'"),
        ({"method": "igg"}, UnknownNameError, r"no method 'igg'. Did you mean 'ig'"),
        ({"metrics": "runtim"}, UnknownNameError, r"no metric 'runtim'. Did you mean 'runtime'"),
        ({"target": "MII"}, UnknownNameError, r"no target 'MII'"),
        ({"split": "tset"}, UnknownNameError, r"no split 'tset'. Did you mean 'test'"),
        ({"data": "nowhere"}, InputError, "no data 'nowhere'"),
        ({"device": "gpu"}, InputError, "no device 'gpu'"),
        ({"fold": 11}, InputError, "in fold 11"),
    ],
)
def test_bad_requests_are_refused_before_anything_is_scored(
    zoo: Zoo, tmp_path: Path, options: dict[str, Any], error: type[XaiBenchError], message: str
) -> None:
    with pytest.raises(error, match=message):
        _run(zoo, tmp_path, **options)
    assert not list((tmp_path / "runs").rglob("run.json"))


def test_an_output_folder_that_cannot_be_written_costs_no_work(zoo: Zoo, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="Not a directory"):
        _run(zoo, tmp_path, out=tmp_path / "file/runs")
