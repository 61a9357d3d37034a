"""`rankings`: from run folders to a page, and one line for what cannot be compared."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd

from tests.cli.conftest import Call
from tests.studies.rankings.orders_of_methods import ordered_cells
from xai_bench.results import write_cell


def _runs(folder: Path) -> tuple[Path, Path]:
    """Two run folders, one a data set; the last two methods swap."""
    for name, order, dataset in (("a", "abcde", "synthetic"), ("b", "abced", "ptb-1a2b3c")):
        for one in ordered_cells(order, dataset):
            write_cell(folder / name, one)
    return folder / "a", folder / "b"


def test_rankings_of_two_runs_end_with_sentences_and_a_folder(
    xai_bench: Call, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = xai_bench("rankings", *_runs(tmp_path), "--between", "synthetic,ptb", "--out", out)
    assert done.status == 0, done.err
    said = " ".join(done.out.split())
    assert "From synthetic to ptb-1a2b3c: of 1 orders of methods" in said
    assert "d and e (1)" in said
    rows = list(csv.DictReader((out / "rankings.csv").read_text().splitlines()))
    assert float(rows[0]["value"]) == 0.8
    pairs = pd.read_parquet(out / "pairs.parquet")
    assert list(pairs[pairs["verdict"] == "swaps"]["other"]) == ["e"]
    page = (out / "README.md").read_text()
    assert "xai-bench rankings" in page
    assert "--between synthetic,ptb" in page
    assert (out / "rankings.png").stat().st_size > 1000


def test_one_data_set_is_no_comparison(xai_bench: Call, tmp_path: Path) -> None:
    first, _ = _runs(tmp_path)
    done = xai_bench("rankings", first, "--out", tmp_path / "out")
    assert done.status == 2
    assert done.err.startswith("error: rankings need two data sets; there is synthetic.")
    assert done.err.count("\n") == 1
    assert not (tmp_path / "out").exists()
