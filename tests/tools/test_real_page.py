"""The page of real recordings: of committed tables alone, and every count of native recounted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from tests.studies.rankings.orders_of_methods import ordered_cells
from tools.real_page import render, write_tables
from xai_bench.report.rankings.page import write_rankings
from xai_bench.results import write_cell
from xai_bench.studies.rankings import rankings

DATA = ("synthetic", "ptbxl-1a2b3c", "planted-ptbxl-4d5e6f", "georgia-7a8b9c")
NAMES = {"a": "saliency", "b": "native", "c": "gradcam"}


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """native is second on synthetic recordings and first on PTB-XL; the rest is as on synthetic."""
    folder = tmp_path_factory.mktemp("docs")
    run, data = folder / "run", folder / "data"
    data.mkdir()
    for dataset in DATA:
        for one in ordered_cells("abc", dataset, metric="deletion", family="faithfulness"):
            on_real = {"a": "saliency", "b": "gradcam", "c": "native"}
            name = (on_real if dataset.startswith("ptbxl") else NAMES)[one.method]
            write_cell(run, replace(one, method=name))
    found = rankings(run)
    write_rankings(found, folder / "docs" / "rankings", command="xai-bench rankings run")
    write_tables(run, data, ["imn", "conv2d"], folder / "docs")
    return folder / "docs"


def test_without_scores_the_page_says_so(tmp_path: Path) -> None:
    page = render(tmp_path)
    assert page.endswith("\nNo scores are committed yet.\n")
    assert "make real" in page


def test_a_leaderboard_for_each_data_set_named_without_its_digest(docs: Path) -> None:
    boards = {path.stem for path in docs.glob("*.csv")} - {"recordings", "nets"}
    assert boards == {"synthetic", "ptbxl", "planted-ptbxl", "georgia"}
    for stem in boards:
        board = pd.read_csv(docs / f"{stem}.csv")
        assert len(board) == 3
        assert board["dataset"].nunique() == 1


def test_native_is_counted_against_every_rival(docs: Path) -> None:
    """On synthetic recordings gradcam is above native and saliency below."""
    page = render(docs)
    assert (
        "- synthetic and ptbxl-1a2b3c: in 2 comparisons of native with another method (1 nets, 1 "
        "metrics) native is ahead on both in 1, behind on both in 0, ahead on one and behind on "
        "the other in 1; 0 are not known.\n"
    ) in page
    assert (
        "- synthetic and planted-ptbxl-4d5e6f: in 2 comparisons of native with another method (1 "
        "nets, 1 metrics) native is ahead on both in 1, behind on both in 1 (most often in "
        "deletion), ahead on one and behind on the other in 0; 0 are not known.\n"
    ) in page
    assert "| deletion ↓ | 0 / 0 / 1 of 1 | 1 / 0 / 0 of 1 |" in page


def test_nets_that_were_asked_for_and_have_no_scores_are_named(docs: Path) -> None:
    page = render(docs)
    for name in ("synthetic", "ptbxl", "planted-ptbxl"):
        assert f"\nAsked for and not scored on {name}: `conv2d`.\n" in page
    assert "[nets.csv]" not in page


def test_all_is_said_of_ptbxl_and_little_of_other_recordings(docs: Path) -> None:
    page = render(docs)
    said = [line for line in page.splitlines() if line.startswith("- From ")]
    of = {name: sum(f"to {name}" in line for line in said) for name in DATA[1:]}
    assert of["georgia-7a8b9c"] == 2
    assert of["planted-ptbxl-4d5e6f"] > 4
    assert any(line.startswith("- From planted-ptbxl-4d5e6f to ptbxl-1a2b3c") for line in said)
    assert not any(line.startswith("- From georgia") for line in said)
