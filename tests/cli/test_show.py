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


def _two_metrics(run: Path) -> None:
    for metric, key, family in (("m", "k", "stability"), ("relevance_mass", "l", "localisation")):
        for method, score in (("ig", 0.1), ("shap", 0.9)):
            one = cell(method, [score] * 6, metric=metric, key=key, family=family)
            write_cell(run, one)


def test_show_sorts_by_a_metric_that_comes_first(xai_bench: Call, tmp_path: Path) -> None:
    _two_metrics(tmp_path)
    plain, by_mass = (xai_bench("show", tmp_path, *more).out for more in ((), ("--sort", "m")))
    assert plain.index("shap") > plain.index(" ig ")
    assert by_mass.index("shap") < by_mass.index(" ig ")
    wrong = xai_bench("show", tmp_path, "--sort", "n")
    assert (wrong.status, wrong.out) == (2, "")
    assert "no metric 'n'" in wrong.err
    assert "Available: m, relevance_mass" in wrong.err


def test_show_takes_metrics_in_the_words_of_run(xai_bench: Call, tmp_path: Path) -> None:
    _two_metrics(tmp_path)
    for words, metrics in (
        ("m", {"m"}),
        ("localisation", {"relevance_mass"}),
        ("core", {"relevance_mass"}),
        ("all", {"m", "relevance_mass"}),
        ("m,localisation", {"m", "relevance_mass"}),
    ):
        done = xai_bench("show", tmp_path, "--metrics", words, "--format", "csv")
        header, *rows = done.out.splitlines()
        place = header.split(",").index("metric")
        assert {line.split(",")[place] for line in rows} == metrics
    every = xai_bench("show", tmp_path, "--format", "csv").out
    assert every == xai_bench("show", tmp_path, "--metrics", "all", "--format", "csv").out
    assert "synthetic · localisation" in xai_bench("show", tmp_path, "--metrics", "all").out
    wrong = xai_bench("show", tmp_path, "--metrics", "faith")
    assert wrong.status == 2
    assert "Available: all, core, localisation, m, relevance_mass, stability" in wrong.err
    both = xai_bench("show", tmp_path, "--metrics", "m", "--test", "m")
    assert "--test is of one metric" in both.err


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
    for other in (("--by", "outcome"), ("--test", "sensitivity_n")):
        both = xai_bench("show", tmp_path / "run", *other, "--figure", tmp_path / "other.svg")
        assert both.status == 2
        assert "--figure draws the leaderboard" in both.err
