"""`report`: one page from folders."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Call
from xai_bench.report.html.report_page import DEFAULT_RECORDS

AUDIT = Path(__file__).parents[2] / "docs" / "audit"


def test_report_ends_with_the_page_and_its_size(xai_bench: Call, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    done = xai_bench("report", AUDIT, "--out", out)
    assert done.status == 0, done.err
    assert f"{out}: {out.stat().st_size / 1e6:.1f} MB" in done.out
    assert out.read_text().startswith("<!doctype html>")


def test_a_folder_without_results_is_one_line(xai_bench: Call, tmp_path: Path) -> None:
    done = xai_bench("report", tmp_path, "--out", tmp_path / "page.html")
    assert done.status == 2
    assert done.err.startswith(f"error: '{tmp_path}' holds no run, comparison or audit")
    assert done.err.count("\n") == 1


def test_the_default_number_of_recordings_is_that_of_the_python_function(xai_bench: Call) -> None:
    shown = " ".join(xai_bench("report", "--help").out.split())
    assert f"[default: {DEFAULT_RECORDS};" in shown
