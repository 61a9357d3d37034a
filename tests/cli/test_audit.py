"""`audit`: from a model's folder to a page."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli.conftest import Call, own_zoo
from tests.studies.native_audit.native_zoo import native_zoo
from xai_bench.presets import PRESETS
from xai_bench.zoo import QUESTIONS


@pytest.mark.slow
def test_audit_ends_with_a_summary_and_a_folder(xai_bench: Call, tmp_path: Path) -> None:
    native_zoo(tmp_path / "zoo")
    out = tmp_path / "out"
    done = xai_bench(
        "audit",
        "--allow-code",
        tmp_path / "zoo/models/two",
        "--n",
        "4",
        "--out",
        out,
        "--seed",
        "3",
    )
    assert done.status == 0, done.err
    assert "two" in done.out
    assert "page, table and figures" in done.out
    assert (
        "--n 4 --data synthetic --split test --length exact --seed 3"
        in (out / "README.md").read_text()
    )
    rows = list(csv.DictReader((out / "audit.csv").read_text().splitlines()))
    assert {row["model"] for row in rows} == {"two"}
    by_name = {(row["quantity"], row["method"]): row for row in rows}
    assert float(by_name["drop_slope", "native"]["value"]) > 0.999


def test_a_black_box_has_nothing_to_audit(xai_bench: Call, tmp_path: Path) -> None:
    native_zoo(tmp_path / "zoo")
    done = xai_bench("audit", "black-box", *own_zoo(tmp_path), "--n", "2")
    assert done.status == 2
    assert done.err.startswith("error: model 'black-box' does not write its own weights")
    assert done.err.count("\n") == 1


def test_the_default_number_of_recordings_is_that_of_the_python_function(xai_bench: Call) -> None:
    shown = " ".join(xai_bench("audit", "--help").out.split())
    default = f"{PRESETS.native_audit.n}; {PRESETS.metric_audit.n} for metrics"
    assert f"Recordings, or 'all'. [default: {default}]" in shown
    unbroken = shown.replace(" ", "")  # a long list of names is broken over lines
    assert f"[default:{','.join(PRESETS.metric_audit.models)}]" in unbroken
    assert f"[default:{','.join(PRESETS.metric_audit.methods)}]" in unbroken


@pytest.mark.slow
def test_audit_of_metrics_ends_with_a_table_and_a_picture(xai_bench: Call, tmp_path: Path) -> None:
    native_zoo(tmp_path / "zoo")
    out = tmp_path / "out"
    asked = [
        *own_zoo(tmp_path),
        "--allow-code",
        "--model",
        "two",
        "--method",
        "native",
        "--n",
        "2",
    ]
    done = xai_bench("audit", "metrics", *asked, "--out", out)
    assert done.status == 0, done.err
    assert "reliability" in done.out
    assert "the core" in done.out
    assert (out / "trust.png").stat().st_size > 1000
    rows = list(csv.DictReader((out / "trust.csv").read_text().splitlines()))
    assert {row["question"] for row in rows} == set(QUESTIONS)
    assert {row["verdict"] for row in rows if row["question"] == "noise"} == {"not asked"}
    assert not {row["family"] for row in rows} & {"runtime"}


def test_options_of_the_metric_audit_are_refused_elsewhere(xai_bench: Call) -> None:
    done = xai_bench("audit", "imn", "--method", "ig")
    assert done.status == 2
    assert "belong to: xai-bench audit metrics" in done.err


@pytest.mark.slow
def test_recordings_of_a_folder_are_audited(
    xai_bench: Call, tmp_path: Path, shared_data: Path
) -> None:
    native_zoo(tmp_path / "zoo")
    out = tmp_path / "out"
    folder = shared_data / "ptbxl_mini"
    done = xai_bench(
        "audit", *own_zoo(tmp_path), "--allow-code", "two", "--data", folder, "--split", "all",
        "--n", "4", "--out", out,
    )  # fmt: skip
    assert done.status == 0, done.err
    page = (out / "README.md").read_text()
    assert "recordings of ptbxl\\_mini" in page
    assert f"--data {folder} --split all" in page
    rows = list(csv.DictReader((out / "audit.csv").read_text().splitlines()))
    reasons = {row["quantity"]: row["reason"] for row in rows}
    assert any("planted" in reason for reason in reasons.values())
