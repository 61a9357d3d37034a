"""The page: findings first, a figure for each question, what was left out, how it came."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.studies.stability.made_up import made_up
from xai_bench.report.stability.findings import findings
from xai_bench.report.stability.page import CAPTIONS, READ, picture, render
from xai_bench.studies.stability.result import Comparison
from xai_bench.studies.stability.schema import QUESTIONS


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return made_up(n=8, questions="input,beats", quality={"native": 0.8, "gradcam": 0.9})


def test_findings_come_before_figures_and_both_are_all_there(comparison: Comparison) -> None:
    page = render(comparison, "xai-bench compare --n 8")
    said = [one.text for one in findings(comparison.scores, comparison.table)]
    places = [page.index(f"- {text.replace('<', chr(92) + '<')}\n") for text in said]
    assert places == sorted(places)
    assert page.index("## Findings") < places[0]
    assert places[-1] < page.index("## Figures")
    for question in QUESTIONS:
        asked = question in ("input", "beats")
        assert (f"![{CAPTIONS[question]}]({picture(question)})" in page) == asked
        assert (READ[question] in page) == asked


def test_facts_are_on_the_page(comparison: Comparison) -> None:
    page = render(comparison, "xai-bench compare --n 8")
    assert "Made by `xai-bench compare --n 8`." in page
    assert "8 recordings of synthetic (split test, seed 0)" in page
    assert "imn: 3; resnet1d: 3" in page
    assert "torch 2.11.0" in page
    assert "**Few recordings:** with 8 patients" in page
    assert "- resnet1d, native: it writes no | weights\n" in page


def test_what_looks_like_markdown_is_shown_as_it_is(comparison: Comparison) -> None:
    skipped = {"model": "m", "method": "", "question": "beats", "reason": "<b>*no* `beats`"}
    facts = comparison.facts | {"skipped": [skipped], "left_out": ["a_b_c: too short"]}
    page = render(replace(comparison, facts=facts), "made up")
    assert "- m, beats: \\<b>\\*no\\* \\`beats\\`\n" in page
    assert "- a\\_b\\_c: too short\n" in page


def test_folds_stand_instead_of_a_split(comparison: Comparison) -> None:
    facts = comparison.facts | {"fold": [9, 10]}
    assert "(folds 9, 10, seed 0)" in render(replace(comparison, facts=facts), "made up")
