"""What was scored with objects can be shown: nothing of it is in the zoo, and run.json knows it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import quantus
from torch import Tensor, nn

from tests.cli.conftest import Call
from tests.recordings import recordings
from xai_bench import metric, run, wrap
from xai_bench.models import Model
from xai_bench.scoring import Case
from xai_bench.studies.benchmark import Run


def by_hand(model: Model, z: Tensor, target: Tensor) -> Tensor:
    """Made by hand."""
    return z * z


@metric(better="lower", family="complexity", label="share of V1")
def of_v1(case: Case) -> Tensor:
    a = case.attribution.abs()
    return a[:, 6].sum(dim=1) / a.sum(dim=(1, 2))


@pytest.fixture
def done(tmp_path: Path) -> Run:
    layer = nn.Linear(12_000, 1)
    nn.init.constant_(layer.weight, 0.01)
    net = nn.Sequential(nn.Flatten(), layer)
    return run(
        model=wrap(net, ["NORM", "MI"], rate_hz=100, name="flat"),
        method=[by_hand, {"mine": np.ones((4, 12, 1000))}],
        metrics=[of_v1, quantus.Sparseness(disable_warnings=True), "pointing_game"],
        data=recordings(4, evidence=True),
        out=tmp_path / "runs",
    )


def test_the_leaderboard_is_shown_in_every_format(done: Run, xai_bench: Call) -> None:
    for format in ("table", "csv", "wide", "markdown", "latex"):
        shown = xai_bench("show", done.folder, "--format", format)
        assert shown.status == 0, shown.err
        assert "mine" in shown.out
    said = " ".join(xai_bench("show", done.folder, "--sort", "of_v1").out.split())
    heading = said.partition("─ ")[2].split()
    assert heading[0] == "share", "of V1 is the first column"
    assert "folded: 1 more metric (1 complexity)" in said
    tested = xai_bench("show", done.folder, "--test", "of_v1")
    assert tested.status in (0, 2), tested.err
    assert "Traceback" not in tested.err


def test_a_page_is_made_of_it(done: Run, xai_bench: Call, tmp_path: Path) -> None:
    made = xai_bench("report", done.folder, "--records", "2", "--out", tmp_path / "report.html")
    assert made.status == 0, made.err
    assert "gallery: model flat: no model 'flat'" in " ".join(made.out.split())
    page = (tmp_path / "report.html").read_text()
    for said in ("Sequential", "12,001", "Made by hand", "share of V1", "sparseness (Quantus)"):
        assert said in page, said
