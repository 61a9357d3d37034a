"""The whole comparison, of models that cost nothing."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import xai_bench as xb
from tests.small_memory import room_for
from tests.studies.stability.seeded_zoo import seeded_zoo
from xai_bench.errors import UnknownNameError
from xai_bench.models import load_model
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.stability import compare
from xai_bench.studies.stability.compared_model import ComparedBatch
from xai_bench.studies.stability.schema import (
    EVIDENCE,
    FLOORS,
    GIVEN,
    NOISES,
    PREDICTION,
    QUESTIONS,
    SCHEMA,
    SIMILARITIES,
)
from xai_bench.zoo import Zoo

METHODS = "native,saliency,amplitude"
Step = tuple[str, int, int]


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Zoo:
    return seeded_zoo(tmp_path_factory.mktemp("zoo"))


@pytest.fixture(scope="module")
def told() -> list[Step]:
    return []


@pytest.fixture(scope="module")
def made(zoo: Zoo, told: list[Step]) -> StudyResult:
    return xb.compare(
        "linear,two-linear",
        METHODS,
        n=5,
        zoo=zoo,
        progress=lambda *step: told.append(step),
    )


def test_where_memory_is_short_fewer_recordings_are_compared_together(zoo: Zoo) -> None:
    model = load_model("linear", zoo=zoo)
    more: dict[str, Any] = {"n": 5, "zoo": zoo, "questions": "methods"}
    expected = compare(model, METHODS, **more)
    with room_for(2, model) as failed:
        found = compare(model, METHODS, **more)
    assert failed[0] == 4
    assert expected.scores is not None
    assert found.scores is not None
    key = [name for name in SCHEMA.scores if name not in ("score", "reason", "same_prediction")]
    one, other = (t.sort_values(key, ignore_index=True) for t in (found.scores, expected.scores))
    pd.testing.assert_frame_equal(one, other, rtol=1e-5, atol=1e-6)


def test_tables_are_as_the_schema_says(made: StudyResult) -> None:
    for table, columns in ((made.scores, SCHEMA.scores), (made.table, SCHEMA.estimates)):
        assert {name: str(kind) for name, kind in table.dtypes.items()} == columns
        assert set(table["question"]) == set(QUESTIONS)
        assert set(table["measure"]) == {*SIMILARITIES, *PREDICTION, *EVIDENCE}
    assert set(made.table["given"]) == set(GIVEN)
    for question, floor in FLOORS.items():
        of = made.scores[made.scores["question"] == question]
        assert floor in set(of["condition"])
    conditions = set(made.scores.loc[made.scores["question"] == "input", "condition"])
    assert set(NOISES) - conditions == {"mains-50", "mains-60"}
    between = made.scores[made.scores["condition"].isin(["same net", "another net"])]
    assert set(between["against"]) == {
        "linear / linear-seed1",
        "linear / linear-seed2",
        "linear-seed1 / linear-seed2",
        "linear / two-linear",
    }


def test_every_score_that_is_missing_has_a_reason_and_no_other(made: StudyResult) -> None:
    missing = made.scores["score"].isna()
    assert (missing == (made.scores["reason"] != "")).all()
    assert missing.any()


def test_estimates_are_of_all_recordings(made: StudyResult) -> None:
    every = made.table[made.table["given"] == "all"]
    assert (every["n"] + every["n_failed"] == 5).all()
    known = every[every["n"] > 0]
    assert known["value"].notna().all()
    inside = known.dropna(subset=["ci_low"])
    assert (inside["ci_low"] <= inside["value"] + 1e-9).all()
    assert (inside["value"] <= inside["ci_high"] + 1e-9).all()


def test_no_row_is_there_twice(made: StudyResult) -> None:
    key = [name for name in SCHEMA.scores if name not in ("score", "reason", "same_prediction")]
    assert not made.scores.duplicated(key).any()
    assert not made.table.duplicated(list(SCHEMA.keys)).any()


def test_the_gradient_of_a_linear_model_survives_noise(made: StudyResult) -> None:
    of = made.table[
        (made.table["method"] == "saliency")
        & made.table["condition"].isin(NOISES)
        & (made.table["measure"] == "cosine")
    ]
    assert len(of)
    np.testing.assert_allclose(of["value"], 1, atol=1e-5)


def test_facts_can_be_written_and_say_what_was_left_out(made: StudyResult) -> None:
    facts = json.loads(json.dumps(made.facts))
    assert facts["models"] == {
        "linear": ["linear", "linear-seed1", "linear-seed2"],
        "two-linear": ["two-linear"],
    }
    assert facts["methods"] == METHODS.split(",")
    assert facts["questions"] == list(QUESTIONS)
    assert (facts["data"], facts["split"], facts["n"], facts["seed"]) == ("synthetic", "test", 5, 0)
    assert set(facts["recordings"]) == set(facts["models"])
    assert "scikit-image" in facts["packages"]
    skipped = {(s["model"], s["method"], s["question"]): s["reason"] for s in facts["skipped"]}
    assert "generates its own weights" in skipped["linear", "native", ""]
    assert "mains-60" in skipped["linear", "", "input"]
    assert ("two-linear", "native", "") not in skipped


def test_progress_is_told_for_every_model_and_question(made: StudyResult, told: list[Step]) -> None:
    assert made.facts["n"] == 5
    read = [step for step, _, _ in told].count("reading recordings")
    assert told[read] == ("models", 0, 2)
    assert told[-1] == ("models", 2, 2)
    started = {text.partition(",")[0] for text, _, _ in told}
    assert {f"{model}: {q}" for model in ("linear", "two-linear") for q in QUESTIONS} <= started


def test_answers_of_two_workers_are_those_of_one_to_the_last_bit(
    zoo: Zoo, made: StudyResult
) -> None:
    again = compare("linear,two-linear", METHODS, n=5, questions="methods", zoo=zoo, workers=2)
    for found, before in ((again.scores, made.scores), (again.table, made.table)):
        expected = before[before["question"] == "methods"].reset_index(drop=True)
        pd.testing.assert_frame_equal(found, expected, check_exact=True)


@pytest.mark.slow
def test_some_questions_alone_and_the_same_answers(zoo: Zoo, made: StudyResult) -> None:
    again = compare(["two-linear"], ["native", "amplitude"], n=5, questions="beats", zoo=zoo)
    assert set(again.table["question"]) == {"beats"}
    assert again.facts["questions"] == ["beats"]
    key = ["method", "against", "condition", "measure", "given"]
    before = made.table[
        (made.table["question"] == "beats")
        & (made.table["model"] == "two-linear")
        & made.table["method"].isin(["native", "amplitude"])
    ]
    pd.testing.assert_frame_equal(
        again.table.set_index(key)[["value", "ci_low", "ci_high", "n"]],
        before.set_index(key)[["value", "ci_low", "ci_high", "n"]],
    )


def test_unknown_names(zoo: Zoo) -> None:
    with pytest.raises(UnknownNameError, match=r"no question 'beat'. Did you mean 'beats'"):
        compare("linear", questions="beat", zoo=zoo)
    with pytest.raises(UnknownNameError, match="no target 'NRM'"):
        compare("linear", target="NRM", zoo=zoo)


def test_models_of_different_tasks_are_not_compared(zoo: Zoo) -> None:
    found = compare("two-linear,five-linear", "native", n=1, questions="initialisations", zoo=zoo)
    reasons = {(s["model"], s["reason"]) for s in found.facts["skipped"]}
    assert ("two-linear", "five-linear is of another task or sampling rate") in reasons
    assert set(found.table["condition"]) == {"untrained"}


def test_one_method_on_one_model_leaves_the_rest_out(tmp_path: Path) -> None:
    zoo = seeded_zoo(tmp_path)
    found = compare("five-linear", "saliency", n=2, questions="initialisations,methods", zoo=zoo)
    reasons = {(s["question"], s["reason"].partition(":")[0]) for s in found.facts["skipped"]}
    assert ("initialisations", "no five-linear-seed1 in the zoo") in reasons
    assert ("methods", "consensus") in reasons
    assert set(found.table["condition"]) == {"untrained", "consensus"}


@pytest.mark.slow
def test_recordings_that_have_answered_are_forgotten(zoo: Zoo) -> None:
    alive = []

    def count(*_: object) -> None:
        batches = [one for one in gc.get_objects() if type(one) is ComparedBatch]
        alive.append(sum("maps" in vars(batch) for batch in batches))

    compare("linear", "saliency", n=5, questions="methods", zoo=zoo, progress=count)
    assert max(alive) == 1
