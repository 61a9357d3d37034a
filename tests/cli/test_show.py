"""`xai-bench show --by`: scores by class and by outcome."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Call
from tests.report.groups.grouped_cells import grouped_cells
from tests.results.made_cells import cell
from xai_bench.results import write_cell


def test_show_by_outcome(xai_bench: Call, tmp_path: Path) -> None:
    for one in grouped_cells():
        write_cell(tmp_path, one)
    shown = xai_bench("show", tmp_path, "--by", "outcome").out
    assert "detected" in shown
    assert "- imn on synthetic by outcome" in shown
    header, *rows = xai_bench("show", tmp_path, "--by", "class", "--format", "csv").out.splitlines()
    assert header.startswith("dataset,protocol,model,metric,method,family,direction,group,mean")
    assert len(rows) == 8
    assert "| a | " in xai_bench("show", tmp_path, "--by", "class", "--format", "markdown").out
    assert xai_bench("show", tmp_path, "--by", "class", "--format", "wide").status == 2


def test_a_run_from_before_outcomes_were_stored_says_so(xai_bench: Call, tmp_path: Path) -> None:
    write_cell(tmp_path, cell("ig", [1.0] * 6))
    shown = xai_bench("show", tmp_path, "--by", "outcome")
    assert (shown.status, shown.out) == (2, "")
    assert "no cell knows the outcome of its recordings" in shown.err


def test_show_reads_no_object_store(xai_bench: Call) -> None:
    done = xai_bench("show", "s3://bucket/run")
    assert (done.status, done.out) == (2, "")
    assert "show reads folders: copy the run from the store first" in done.err


@pytest.mark.parametrize("n", ["\u0665", "1_0", " 5 ", "+5"])
def test_numbers_of_recordings_are_plain_digits(xai_bench: Call, n: str) -> None:
    done = xai_bench("compare", "--n", n)
    assert done.status == 2
    assert "--n wants a positive whole number or 'all'" in done.err


def test_a_run_is_drawn_on_one_page(xai_bench: Call, tmp_path: Path) -> None:
    for one in grouped_cells():
        write_cell(tmp_path / "run", one)
    drawn = xai_bench("show", tmp_path / "run", "--figure", tmp_path / "summary.svg")
    assert drawn.out.split() == [str(tmp_path / "summary.svg")]
    assert (tmp_path / "summary.svg").read_text().startswith("<?xml")
    refused = xai_bench("show", tmp_path / "run", "--figure", tmp_path / "summary.txt")
    assert refused.status == 2
    assert "the suffix is '.txt'" in refused.err
