"""Verdicts of two audits beside each other, counted by hand."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tools.trust_between import between, pages, read_audits, render, said
from xai_bench.results.study_tables import StudyResult, write_study
from xai_bench.studies.metric_audit.trust_table import SCHEMA

SYNTHETIC = {
    ("noise", "a"): "tells",
    ("noise", "b"): "does not tell",
    ("noise", "c"): "tells",
    ("noise", "d"): "by construction",
    ("training", "a"): "tells",
    ("training", "b"): "reversed",
}
REAL = {
    ("noise", "a"): "tells",
    ("noise", "b"): "tells",
    ("noise", "c"): "too few recordings",
    ("noise", "d"): "tells",
    ("training", "a"): "not asked",
    ("training", "b"): "reversed",
}


def _audit(verdicts: dict[tuple[str, str], str]) -> pd.DataFrame:
    rows = [
        {"metric": metric, "family": "faithfulness", "question": question, "value": 0.75}
        | {"ci_low": 0.6, "ci_high": 0.9, "n": 8, "verdict": verdict}
        | {"reason": "reversed of ig on imn" if verdict == "does not tell" else ""}
        | {"pairs": 2, "least": 0.3 if verdict == "does not tell" else 0.7, "p": 0.01}
        for (question, metric), verdict in verdicts.items()
    ]
    return pd.DataFrame(rows, columns=list(SCHEMA.estimates))


def test_only_what_recordings_decide_on_both_is_the_same_or_another() -> None:
    table = between({"synthetic": _audit(SYNTHETIC), "ptbxl": _audit(REAL)})
    kinds = {(r.question, r.metric): r.kind for r in table.itertuples()}
    assert kinds == {
        ("noise", "a"): "same",
        ("noise", "b"): "other",
        ("noise", "c"): "undecided",
        ("training", "b"): "same",
    }
    assert list(said(table)) == [
        "synthetic and ptbxl: of 4 verdicts of 3 metrics that are asked on both, recordings decide "
        "3 on both, and of these 2 are the same.",
        "synthetic and ptbxl, `noise`: other verdicts on b (does not tell, tells).",
    ]


def test_without_audits_of_real_recordings_there_is_no_page(tmp_path: Path) -> None:
    audit = StudyResult(schema=SCHEMA, table=_audit(SYNTHETIC), facts={"n": 32})
    write_study(audit, tmp_path / "metrics")
    assert not pages(tmp_path)


def test_the_page_is_of_the_committed_audits(tmp_path: Path) -> None:
    for folder, verdicts, n in (
        (tmp_path / "metrics", SYNTHETIC, 32),
        (tmp_path / "docs" / "real" / "metric_audit" / "ptbxl", REAL, 8),
    ):
        write_study(StudyResult(schema=SCHEMA, table=_audit(verdicts), facts={"n": n}), folder)
    audits = read_audits(tmp_path)
    found = pages(tmp_path)
    assert {path.name for path in found} == {"between.csv", "README.md"}
    assert list(audits) == ["synthetic", "ptbxl"]
    table = between({name: one.table for name, one in audits.items()})
    page = render(table, audits)
    assert page in found.values()
    assert "- synthetic: 32 recordings; ptbxl: 8 recordings." in page
    assert "| synthetic and ptbxl | noise | 1 | 1 | 1 |" in page
    assert "nothing is corrected over the questions." in page
    assert "- synthetic: Of 4 verdicts of tells or reversed that have a p" in page
    assert "- ptbxl: Of 4 verdicts of tells or reversed that have a p" in page
    assert (
        "| synthetic and ptbxl | noise | b | does not tell, 0.75 (0.60 – 0.90), least 0.30; "
        "reversed of ig on imn | "
        "tells, 0.75 (0.60 – 0.90), least 0.70 |" in page
    ), "the same share, and what decides"
