"""`run --protocol`: other defaults, which explicit options override."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.cli.conftest import Call, own_zoo
from tests.tiny_zoo import tiny_zoo
from xai_bench.errors import InputError
from xai_bench.presets import PRESETS

PROTOCOL = PRESETS.protocol["beat-mitbih"]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the verb asks of the study, which is not done."""
    found: dict[str, Any] = {}

    def run(**given: Any) -> None:
        found.update(given)
        raise InputError("asked")

    monkeypatch.setattr("xai_bench.studies.benchmark.run", run)
    return found


def test_a_protocol_says_what_is_run(xai_bench: Call, asked: dict[str, Any]) -> None:
    assert xai_bench("run", "--protocol", "beat-mitbih").err == "error: asked\n"
    assert asked["model"] == ",".join(PROTOCOL.models)
    assert asked["method"] == ",".join(PROTOCOL.methods)
    assert asked["metrics"] == ",".join(PROTOCOL.metrics)
    facts = asked["data"], asked["n"], asked["target"], asked["out"]
    assert facts == (PROTOCOL.data, PROTOCOL.n, PROTOCOL.target, "runs")
    assert "protocol" not in asked


def test_explicit_options_override_it_wherever_they_stand(
    xai_bench: Call, asked: dict[str, Any]
) -> None:
    xai_bench("run", "--n", "all", "--protocol", "beat-mitbih", "--method", "ig", "--data", "x")
    facts = asked["n"], asked["method"], asked["data"], asked["target"]
    assert facts == (None, "ig", "x", PROTOCOL.target)


def test_without_one_nothing_changes(xai_bench: Call, asked: dict[str, Any]) -> None:
    xai_bench("run", "--protocol", "beat-mitbih")
    xai_bench("run")
    assert (asked["model"], asked["n"]) == ("imn", PRESETS.run.n)


def test_one_that_is_not_there_is_suggested(xai_bench: Call) -> None:
    done = xai_bench("run", "--protocol", "beat-mitbhi")
    assert (done.status, done.err) == (
        2,
        "error: no protocol 'beat-mitbhi'. Did you mean 'beat-mitbih'? Available: beat-mitbih\n",
    )


def test_a_model_that_reads_other_recordings_is_refused_by_name(
    xai_bench: Call, tmp_path: Path
) -> None:
    tiny_zoo(tmp_path / "zoo")
    done = xai_bench("run", "--protocol", "beat-mitbih", "--model", "linear", *own_zoo(tmp_path))
    assert (done.status, done.err) == (
        2,
        "error: protocol beat-mitbih is of 1 s at 360 Hz of MLII; model 'linear' reads 10 s at "
        "100 Hz of the twelve leads\n",
    )


@pytest.mark.slow
def test_the_protocol_runs_on_real_beats(
    xai_bench: Call, shared_data: Path, tmp_path: Path
) -> None:
    data = f"mitbih:{shared_data / 'mitbih'}"
    done = xai_bench(
        "run", "--protocol", "beat-mitbih", "--data", data, "--split", "all", "--n", "12",
        "--method", "saliency,deeplift", "--workers", "1", "--out", tmp_path,
        "--metrics", "clutter,consistency,consistency_gap",
    )  # fmt: skip
    assert done.status == 0, done.err
    table = pd.read_csv(tmp_path / "leaderboard.csv").set_index(["method", "metric"])["mean"]
    assert table["amplitude", "consistency"] > table["random", "consistency"]
    assert abs(table["random", "consistency"]) < 0.1
    assert -0.5 < table["deeplift", "consistency_gap"] <= 2
