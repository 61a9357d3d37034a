"""The folder: findings first, a figure for each question, what was left out, how it came."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from tests.studies.stability.made_up import made_up
from xai_bench.errors import InputError, OutputError
from xai_bench.report.stability.findings import StabilityFindings
from xai_bench.report.stability.page import CAPTIONS, READ, picture, render, write_stability
from xai_bench.results.study_tables import read_study
from xai_bench.studies.stability.schema import QUESTIONS, SCHEMA

TABLES = {"README.md", "stability.csv", "stability.parquet", "stability.json"}


@pytest.fixture(scope="module")
def some() -> StabilityFindings:
    quality = {"native": 0.8, "gradcam": 0.9}
    return StabilityFindings(made_up(n=6, questions="initialisations,beats", quality=quality))


@pytest.fixture(scope="module")
def folder(some: StabilityFindings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("written") / "stability"
    write_stability(some, out, "made up")
    return out


def test_findings_come_before_figures_and_both_are_all_there(some: StabilityFindings) -> None:
    page = render(some, "xai-bench compare --n 6")
    texts = [
        text
        for question in some.questions
        for fold in (False, True)
        for text in some.texts(question, folded=fold)
    ]
    assert len(texts) == len(some.sentences)
    places = [page.index(f"- {text.replace('<', chr(92) + '<')}\n") for text in texts]
    assert places == sorted(places)
    assert page.index("## Findings") < page.index("- *Rule:* A similarity is") < places[0]
    assert page.count("<details") == page.count("</details>") == len(some.questions)
    assert places[-1] < page.index("## Figures")
    for question in QUESTIONS:
        asked = question in ("initialisations", "beats")
        assert (f"![{CAPTIONS[question]}]({picture(question)})" in page) == asked
        assert (READ[question] in page) == asked


def test_facts_are_on_the_page(some: StabilityFindings) -> None:
    page = render(some, "xai-bench compare --n 6")
    assert "Made by `xai-bench compare --n 6`." in page
    assert "6 recordings of synthetic (split test, seed 0)" in page
    assert "imn: 3; resnet1d: 3" in page
    assert "torch 2.11.0" in page
    assert "**Few recordings:** with 6 patients" in page
    assert "flipped predictions" not in page, "the input was not asked"
    assert "- resnet1d, native: it writes no | weights\n" in page


def _with_facts(found: StabilityFindings, **facts: object) -> StabilityFindings:
    return StabilityFindings(replace(found.result, facts=found.result.facts | facts))


def test_how_intervals_of_shares_came_is_said_where_there_are_shares() -> None:
    asked = StabilityFindings(made_up(n=6, questions="input", quality={"native": 0.8}))
    assert "of the share of flipped predictions Wilson's" in render(asked, "made up")


def test_what_looks_like_markdown_is_shown_as_it_is(some: StabilityFindings) -> None:
    skipped = {"model": "m", "method": "", "question": "beats", "reason": "<b>*no* `beats`"}
    hostile = _with_facts(some, skipped=[skipped], left_out=["a_b_c: too short"])
    page = render(hostile, "made up")
    assert "- m, beats: \\<b>\\*no\\* \\`beats\\`\n" in page
    assert "- a\\_b\\_c: too short\n" in page


def test_folds_stand_instead_of_a_split(some: StabilityFindings) -> None:
    assert "(folds 9, 10, seed 0)" in render(_with_facts(some, fold=[9, 10]), "made up")
    assert "(fold 9, seed 0)" in render(_with_facts(some, fold=9), "made up")


def test_a_question_without_an_answer_says_so(some: StabilityFindings) -> None:
    controls = some.result.table["method"].isin(["native", "gradcam"])
    scores = some.result.scores.assign(method="amplitude").iloc[:0]
    empty = replace(some.result, scores=scores, table=some.result.table[controls])
    page = render(StabilityFindings(empty), "made up")
    assert page.count("Nothing that methods could be asked.") == 2


def test_what_is_read_is_what_was_written(some: StabilityFindings, folder: Path) -> None:
    result = read_study(folder, SCHEMA)
    pd.testing.assert_frame_equal(result.scores, some.result.scores)
    pd.testing.assert_frame_equal(result.table, some.result.table, rtol=1e-5)
    assert result.facts == json.loads(json.dumps(some.result.facts))


def test_there_is_a_figure_for_each_question_asked(folder: Path) -> None:
    asked = {picture("initialisations"), picture("beats")}
    assert {path.name for path in folder.iterdir()} == TABLES | asked
    assert all((folder / name).read_bytes().startswith(b"\x89PNG") for name in asked)


def test_figures_of_questions_that_are_not_asked_any_more_go(
    some: StabilityFindings, folder: Path, tmp_path: Path
) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "mine.png").write_bytes(b"")
    beats = replace(
        some.result,
        scores=some.result.scores[some.result.scores["question"] == "beats"],
        table=some.result.table[some.result.table["question"] == "beats"],
    )
    write_stability(StabilityFindings(beats), tmp_path, "")
    assert {path.name for path in tmp_path.iterdir()} == TABLES | {"beats.png", "mine.png"}


@pytest.mark.slow
def test_pictures_in_a_folder_without_a_study_stay(some: StabilityFindings, tmp_path: Path) -> None:
    (tmp_path / "methods.png").write_bytes(b"mine")
    write_stability(some, tmp_path, "made up")
    assert (tmp_path / "methods.png").read_bytes() == b"mine"


@pytest.mark.parametrize("spoilt", sorted(TABLES - {"README.md"}))
@pytest.mark.parametrize("content", [None, b"nothing\n1\n"])
def test_a_folder_that_holds_no_whole_study_is_refused(
    folder: Path, tmp_path: Path, spoilt: str, content: bytes | None
) -> None:
    for name in TABLES:
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    (tmp_path / spoilt).unlink()
    if content is not None:
        (tmp_path / spoilt).write_bytes(content)
    with pytest.raises(InputError, match=rf"{spoilt} .+; make one: xai-bench compare"):
        read_study(tmp_path, SCHEMA)


def test_a_folder_that_cannot_be_written_is_an_error(
    some: StabilityFindings, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        write_stability(some, tmp_path / "file", "made up")
