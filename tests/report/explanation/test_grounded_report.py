"""A report says what was measured and cited, in a form that is published."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from markdown_it import MarkdownIt

from tests.json_schema import faults
from xai_bench import load_record
from xai_bench.errors import InputError
from xai_bench.report.explanation.grounded_report import (
    ExplanationReport,
    measure_one_of,
    report_schema,
)
from xai_bench.report.explanation.record_explanation import Explanation, explain
from xai_bench.report.explanation.report_markdown import report_markdown
from xai_bench.types import LEADS
from xai_bench.zoo import Zoo

PUBLISHED = Path(__file__).parents[3] / "docs/schema/explanation-report.schema.json"

pytestmark = pytest.mark.slow
"""Each explains a recording; scores and measurements have quick tests of their own."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def explained(home: Path, zoo: Zoo) -> Explanation:
    """A recording of an infarct, by two methods."""
    return explain(
        "linear",
        "synthetic:00003",
        "ig,saliency",
        target="MI",
        out=home / "picture one.png",
        report=home / "deeper/report.json",
        zoo=zoo,
    )


@pytest.fixture(scope="module")
def report(explained: Explanation) -> ExplanationReport:
    assert explained.report is not None
    return explained.report


@pytest.fixture(scope="module")
def written(home: Path, report: ExplanationReport) -> Any:
    return json.loads((home / "deeper/report.json").read_text(encoding="utf-8"))


def test_what_is_written_is_of_the_published_form(written: Any) -> None:
    schema = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    assert schema == json.loads(json.dumps(report_schema()))
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert list(faults(written, schema, schema)) == []
    broken = written | {"schema": "another"}
    assert list(faults(broken, schema, schema)) == [
        "$.schema: 'another' is not 'xai-bench explanation report 1'"
    ]
    del broken["measured"]["rhythm"]["beats"]
    assert "$.measured.rhythm: no beats" in list(faults(broken, schema, schema))


def test_it_is_read_back_as_it_was(home: Path, report: ExplanationReport) -> None:
    text = (home / "deeper/report.json").read_text(encoding="utf-8")
    assert ExplanationReport.model_validate_json(text) == report


def test_it_holds_what_was_measured_and_what_stands_out(
    explained: Explanation, report: ExplanationReport
) -> None:
    recording = load_record("synthetic:00003")
    assert report.measured == measure_one_of(recording)
    assert report.recording.labels == ("MI", "STTC")
    assert report.recording.leads == LEADS
    assert report.model.target == "MI"
    assert report.model.label_is_target is True
    assert report.picture == "../picture one.png"
    for one, expected in zip(report.methods, explained.by_method, strict=True):
        assert one.method == expected.method
        assert one.quantity == expected.what
        assert [cited.lead for cited in one.cited_for] == [r.lead for r in expected.strongest_for]
        np.testing.assert_allclose(
            list(one.by_lead.values()), expected.shares.positive.sum(axis=1), atol=1e-4
        )
        assert sum(one.by_territory.values()) == pytest.approx(1, abs=1e-3)
        names = [score.name for score in one.scores]
        assert len(set(names)) == len(names) == 6
        assert not [score.name for score in one.scores if score.reason]


def test_a_citation_has_the_numbers_of_its_wave(report: ExplanationReport) -> None:
    for method in report.methods:
        for cited in method.cited_for:
            abnormal = report.measured.abnormal_in(cited.lead, cited.wave)
            assert list(cited.abnormal) == abnormal
            assert cited.is_abnormal == bool(abnormal)
            assert all(word in cited.text for word in abnormal)
            if cited.wave == "T":
                assert cited.measured[0] == report.measured.of("T", cited.lead)


def test_the_markdown_shows_the_same(report: ExplanationReport) -> None:
    page = report_markdown(report)
    parsed = MarkdownIt("commonmark").enable("table").parse(page)
    titles = [
        parsed[i + 1].content for i, token in enumerate(parsed) if token.type == "heading_open"
    ]
    assert titles[0].startswith("00003: MI, P = 0.")
    assert titles[1:] == [
        "Recording", "Measured", "What it rests on: ig", "What it rests on: saliency",
        "How it is scored", "What is normal",
    ]  # fmt: skip
    assert "![The explanation, drawn](../picture%20one.png)" in page
    assert page.count("| AnalysisCompleteness |") == 2
    for lead in LEADS:
        assert f"\n| {lead} | " in page
    rate = report.measured.of("heart rate").value
    assert f"| heart rate | {rate:.0f} /min | 50 to 100 /min | normal |" in page


def test_noise_is_reported_as_nothing_measured(tmp_path: Path, zoo: Zoo) -> None:
    noise = np.random.default_rng(0).standard_normal((12, 1000))
    np.save(tmp_path / "noise.npy", noise)
    found = explain(
        "linear", tmp_path / "noise.npy", "saliency", recorded_hz=100.0, zoo=zoo,
        out=tmp_path / "a.svg", report=tmp_path / "a.md",
    )  # fmt: skip
    assert found.report is not None
    text = (tmp_path / "a.md").read_text(encoding="utf-8")
    assert "Nothing is measured: no beats of one shape were found." in text
    assert "| heart rate |" not in text.split("## How it is scored")[0]
    assert "whole recording: " in text
    scores = {one.name: one.percent for one in found.report.methods[0].scores}
    assert scores["analysis completeness"] == 0
    assert scores["agreement with what is measured"] is None
    assert found.report.recording.labels is None


def test_another_suffix_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the suffix is '\.html', not \.md or \.json"):
        explain("no model", "no record", out=tmp_path / "a.png", report=tmp_path / "a.html")
    (tmp_path / "a.md").mkdir()
    with pytest.raises(InputError, match="is a folder"):
        explain("no model", "no record", out=tmp_path / "a.png", report=tmp_path / "a.md")
