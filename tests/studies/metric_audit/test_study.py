"""The audit of metrics from models to tables, on nets that cost nothing."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from tests.recordings import recordings
from tests.studies.native_audit.native_zoo import native_zoo
from xai_bench.errors import InputError
from xai_bench.report.metric_audit.page import render
from xai_bench.results import read_cells
from xai_bench.studies.metric_audit import MetricAudit, audit_metrics
from xai_bench.zoo import QUESTIONS, Zoo

METRICS = ("pixel_flipping", "sparseness", "max_sensitivity", "relevance_mass")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("audit")


@pytest.fixture(scope="module")
def audit(folder: Path) -> MetricAudit:
    return audit_metrics(
        models=["two", "known-linear"],
        methods="native",
        metrics=METRICS,
        n=8,
        out=folder / "out",
        zoo=native_zoo(folder / "zoo"),
    )


def _row(table: pd.DataFrame, metric: str, question: str) -> pd.Series:
    (row,) = table[(table.metric == metric) & (table.question == question)].to_dict("records")
    return pd.Series(row)


@pytest.mark.slow
def test_the_truth_of_a_known_net_is_told_from_what_is_worse(audit: MetricAudit) -> None:
    table = audit.trust.table
    assert len(table) == len(METRICS) * len(QUESTIONS)
    for question in ("noise", "amplitude", "slope", "shifted", "unsigned"):
        row = _row(table, "pixel_flipping", question)
        assert row["value"] > 0.9, question
        assert (row["verdict"], row["n"]) == ("tells", 8)
    assert _row(table, "pixel_flipping", "sign")["pairs"] == 2, "the truth's and native's"
    assert _row(table, "pixel_flipping", "training")["pairs"] == 1
    assert _row(table, "pixel_flipping", "resolution")["value"] <= 0.5
    # A linear net reads no planted evidence, so that localisation is not asked of its truth.
    assert _row(table, "relevance_mass", "noise")["verdict"] == "not asked"
    assert _row(table, "max_sensitivity", "noise")["verdict"] == "by construction"
    assert _row(table, "sparseness", "sign")["verdict"] == "by construction"


@pytest.mark.slow
def test_only_what_draws_is_scored_again(audit: MetricAudit) -> None:
    drawn = _row(audit.trust.table, "max_sensitivity", "reliability")
    assert (drawn["n"], drawn["pairs"]) == (8, 1)
    still = _row(audit.trust.table, "pixel_flipping", "reliability")
    assert (still["n"], still["value"], still["verdict"]) == (2, 1.0, "by construction")


@pytest.mark.slow
def test_every_metric_has_a_place_a_cluster_and_a_cost(audit: MetricAudit) -> None:
    core = audit.core.table
    assert set(core["metric"]) == set(METRICS)
    assert (core["seconds"] > 0).all()
    assert (core["why"] != "").all()
    assert core[core["core"]]["family"].is_unique
    pairs = audit.redundancy.table
    assert len(pairs) == 6
    assert pairs["value"].isna().all(), "eight scores of one map are too few; controls do not count"
    facts = audit.core.facts
    assert (facts["models"], facts["known_nets"], facts["n"]) == (["two"], ["known-linear"], 8)


@pytest.mark.slow
def test_cells_are_reused(audit: MetricAudit, folder: Path) -> None:
    before = {cell.key: cell.provenance["ended"] for cell in read_cells(folder / "out")}
    again = audit_metrics(
        models=["two", "known-linear"],
        methods="native",
        metrics=METRICS,
        n=8,
        out=folder / "out",
        zoo=Zoo(folder / "zoo", allow_code=True),
    )
    assert {cell.key: cell.provenance["ended"] for cell in read_cells(folder / "out")} == before
    pd.testing.assert_frame_equal(again.trust.table, audit.trust.table)


@pytest.mark.slow
def test_of_recordings_without_evidence_only_what_needs_it_is_not_asked(tmp_path: Path) -> None:
    found = audit_metrics(
        models="known-linear,known-morphology",
        methods="saliency",
        metrics=("pixel_flipping", "relevance_mass"),
        data=recordings(4),
        split="all",
        n=None,
        out=tmp_path,
    )
    table, facts = found.trust.table, found.trust.facts
    noise = _row(table, "pixel_flipping", "noise")
    assert (noise["n"], noise["pairs"]) == (4, 2), "known nets are known on any recording"
    assert _row(table, "pixel_flipping", "used")["verdict"] == "not asked"
    localised = table[table["metric"] == "relevance_mass"]
    assert set(localised["verdict"]) == {"not asked"}
    assert (facts["data"], facts["split"], facts["speaks_for"]) == ("made-up", "all", {})
    page = render(found, command="made")
    assert "4 recordings, all of made-up, seed 0." in page
    assert "what needs planted evidence, and all of localisation, is not asked" in page


def test_costs_alone_are_not_audited(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="costs are not audited; name other metrics"):
        audit_metrics(models="known-linear", metrics="runtime", n=2, out=tmp_path)
