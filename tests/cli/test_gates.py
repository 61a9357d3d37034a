"""`gates`: from a name to findings, a summary and a folder."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli.conftest import Call


@pytest.mark.slow
def test_it_ends_with_findings_a_summary_and_a_folder(xai_bench: Call, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = xai_bench("gates", "sevgg-lstm", "--n", "2", "--out", out)
    assert done.status == 0, done.err
    text = " ".join(done.out.split())
    assert "sevgg-lstm: Spearman's correlation of gates with what the removal" in text
    assert f"page, tables and figures: {out / 'README.md'}" in text
    rows = list(csv.DictReader((out / "gates.csv").read_text().splitlines()))
    assert {row["block"] for row in rows} == {"gate1", "gate2", "gate3", "all"}


def test_a_net_without_gates_is_one_line(xai_bench: Call, tmp_path: Path) -> None:
    done = xai_bench("gates", "resnet1d", "--out", tmp_path / "out")
    assert done.status == 2
    assert done.err.startswith("error: model 'resnet1d' has no gates on its channels; ask for one")
    assert done.err.count("\n") == 1
