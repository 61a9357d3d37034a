"""Findings of scores whose truth is known."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from tests.studies.stability.made_up import MODELS, made_up, tabulated
from xai_bench.report.stability.findings import findings, least_detectable
from xai_bench.stats import compare_pairs
from xai_bench.studies.stability.headline_scores import headline
from xai_bench.studies.stability.result import Comparison
from xai_bench.studies.stability.schema import QUESTIONS

ASKED = "input,initialisations,methods,beats"
AHEAD = re.compile(r"(\S+) is more stable under noise than (\S+) by")


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return made_up()


def _said(comparison: Comparison, question: str, model: str = "imn") -> list[str]:
    mine = (
        part[(part["question"] == question) & (part["model"] == model)]
        for part in (comparison.scores, comparison.table)
    )
    return [one.text for one in findings(*mine)]


def _one(comparison: Comparison, question: str, start: str, model: str = "imn") -> str:
    (text,) = (text for text in _said(comparison, question, model) if text.startswith(start))
    return text


def _estimate(table: pd.DataFrame, **of: object) -> str:
    for name, value in {"given": "all", "measure": "spearman", **of}.items():
        table = table[table[name] == value]
    (row,) = (row for _, row in table.iterrows())
    return f"{row['mean']:.2f} [{row['ci_low']:.2f}, {row['ci_high']:.2f}]"


def test_every_question_has_findings_of_every_model_in_order(comparison: Comparison) -> None:
    found = findings(comparison.scores, comparison.table)
    asked = [(one.question, one.model) for one in found]
    assert list(dict.fromkeys(asked)) == [(q, model) for q in QUESTIONS for model in MODELS]
    assert all(one.model in one.text for one in found)
    assert all(one.text.endswith(".") for one in found)


def test_the_most_and_the_least_stable_are_named_with_their_numbers(
    comparison: Comparison,
) -> None:
    text = _one(comparison, "input", "Similarity of imn's explanations under noise")
    means = headline("noise", comparison.scores, "imn").scores.mean()
    assert re.search(rf"highest mean is {means['gradcam']:.2f} \[\S+, \S+\] \(gradcam\)", text)
    assert re.search(rf"lowest {means['saliency']:.2f} \[\S+, \S+\] \(saliency\)", text)
    assert AHEAD.findall(text) == [("gradcam", "native"), ("gradcam", "saliency")]
    assert "n = 24 recordings" in text
    assert "amplitude" not in text


def test_equal_methods_are_not_told_apart() -> None:
    equal = made_up(
        quality=dict.fromkeys(("native", "saliency", "ig-16", "gradcam"), 0.7),
        questions="input",
    )
    for model in MODELS:
        text = _one(equal, "input", f"Similarity of {model}'s explanations under noise", model)
        assert not AHEAD.search(text)
        assert "cannot be told apart" in text
        assert "least detectable with 24 patients" in text


def test_the_worst_noise_and_what_it_does_to_predictions(comparison: Comparison) -> None:
    text = _one(comparison, "input", "Of the noises")
    assert "least similar under electrode motion" in text
    assert "muscle is gentler than electrode motion" in text
    flips = comparison.table[
        (comparison.table["measure"] == "flipped")
        & (comparison.table["condition"] == "electrode motion")
        & (comparison.table["level"] == 20)
        & (comparison.table["model"] == "imn")
    ]
    assert f"Electrode motion flips {100 * flips['mean'].iloc[0]:.0f} %" in text


def test_changes_without_noise_have_their_ends(comparison: Comparison) -> None:
    text = _one(comparison, "input", "Similarity of imn's explanations to the ones of unchanged")
    shifted = _estimate(
        comparison.table, model="imn", condition="shift", level=50, method="saliency"
    )
    assert f"shifted by 50 samples and aligned again, {shifted} (saliency) to" in text
    swapped = _estimate(comparison.table, model="imn", condition="lead swap", method="gradcam")
    assert f"to {swapped} (gradcam)" in text


def test_self_consistency_stands_beside_what_was_published(comparison: Comparison) -> None:
    text = _one(comparison, "initialisations", "Similarity of the explanations of 3 nets of imn")
    lowest = _estimate(comparison.table, model="imn", condition="same net", method="saliency")
    assert f": {lowest} (saliency) to" in text
    # By how they were made: 0.4, three between 0.5 and 0.65, and 0.7.
    assert "Of 5 methods 1 below, 3 within and 1 above the published 0.41 to 0.65" in text


def test_another_architecture_agrees_less(comparison: Comparison) -> None:
    text = _one(comparison, "initialisations", "Seeds of imn agree more")
    assert text.startswith("Seeds of imn agree more with each other than with resnet1d by")
    assert "native" not in text, "resnet1d has none"
    for method in ("input-x-gradient", "saliency", "gradcam", "ig-16"):
        rows = comparison.scores[
            (comparison.scores["question"] == "initialisations")
            & (comparison.scores["model"] == "imn")
            & (comparison.scores["method"] == method)
            & (comparison.scores["measure"] == "spearman")
        ]
        same = rows.loc[rows["condition"] == "same net", "score"].mean()
        another = rows.loc[rows["condition"] == "another net", "score"].mean()
        assert re.search(rf"{same - another:.2f} \[\S+, \S+\] \({method}\)", text)


def test_an_architecture_that_agrees_as_much_is_not_said_to_agree_less() -> None:
    comparison = made_up(n=12, questions="initialisations")
    scores = comparison.scores
    another = scores["condition"] == "another net"
    draw = np.random.default_rng(3).normal(0, 0.1, int(another.sum()))
    level = scores.loc[scores["condition"] == "same net"].groupby("method")["score"].mean()
    scores.loc[another, "score"] = scores.loc[another, "method"].map(level) + draw
    changed = tabulated(comparison, scores)
    text = _one(changed, "initialisations", "Seeds of imn")
    assert "no more and no less with resnet1d as far as can be told" in text
    assert "least detectable difference" in text


def test_methods_that_agree_most_and_least_and_the_nearest_control(
    comparison: Comparison,
) -> None:
    table = comparison.table
    pairs = table[
        (table["condition"] == "pair")
        & (table["measure"] == "spearman")
        & (table["model"] == "imn")
    ]
    own = pairs[pairs["against"] != "amplitude"]
    most, least = own.iloc[own["mean"].argmax()], own.iloc[own["mean"].argmin()]
    text = _one(comparison, "methods", "Similarity of imn's methods")
    assert f"({most['method']} and {most['against']}) is the highest" in text
    assert f"({least['method']} and {least['against']}) the lowest" in text
    assert f"{own['mean'].mean():.2f} the mean over 10 pairs" in text
    controlled = pairs[pairs["against"] == "amplitude"]
    near = controlled.iloc[controlled["mean"].argmax()]
    text = _one(comparison, "methods", f"Of imn's methods {near['method']} is nearest")
    assert f": {near['mean']:.2f} [" in text
    assert "to amplitude" in text


def test_consensus_against_the_best_single_method_and_chance(comparison: Comparison) -> None:
    scores = comparison.scores[comparison.scores["model"] == "imn"]
    agree = scores.loc[scores["measure"] == "consensus in evidence", "score"].mean()
    single = scores[scores["measure"] == "single in evidence"].groupby("method")["score"].mean()
    text = _one(comparison, "methods", "Of the samples of imn that all 5 methods")
    assert re.search(rf"{agree:.2f} \[\S+, \S+\] are planted evidence", text)
    assert f"and {100 * (1 - agree):.0f} % are not" in text
    assert f"of those of {single.idxmax()} alone {single.max():.2f} [" in text
    assert f"What all agree on is more often on planted evidence than {single.idxmax()}" in text
    assert "what all agree on is more often on planted evidence than chance" in text


def test_weights_tell_how_fast_similarity_goes(comparison: Comparison) -> None:
    text = _one(comparison, "weights", "Similarity of |a|")
    left = _estimate(comparison.table, model="imn", condition="cascade", level=1, method="native")
    first = _estimate(
        comparison.table, model="imn", condition="cascade", level=1 / 6, method="native"
    )
    assert f"native {first} and" in text
    assert left.split(" [")[0] in text
    # Of native 0.8^2 (1 - level): 0.43 after a third of the layers is below one half.
    assert "17 % of the layers (" in text
    assert "33 % of the layers (native" in text
    assert len(_said(comparison, "weights")) == 1, "nothing is left of any method"


def test_what_randomisation_does_not_destroy_is_named() -> None:
    comparison = made_up(questions="weights")
    scores = comparison.scores
    kept = (scores["condition"] == "cascade") & (scores["method"] == "native")
    scores.loc[kept, "score"] = 0.8 + np.random.default_rng(0).normal(0, 0.02, int(kept.sum()))
    changed = tabulated(comparison, scores)
    text = _one(changed, "weights", "With no trained layer left in imn")
    assert re.search(r"similarity is still 0\.80 \[\S+, \S+\] \(native\):", text)
    assert "less than 0.1 is left of" in text
    assert "never (native)" in _one(changed, "weights", "Similarity of |a|")


def test_beats_are_compared_with_the_next_and_with_a_stranger(comparison: Comparison) -> None:
    text = _one(comparison, "beats", "Similarity of imn's explanations of neighbouring beats")
    assert "gradcam is more alike from beat to beat than saliency" in text
    of = {"model": "imn", "condition": "beat of another recording", "against": "beat"}
    floors = {
        method: _estimate(comparison.table, **of, method=method)
        for method in ("native", "input-x-gradient", "saliency", "gradcam", "ig-16")
    }
    lowest = min(floors, key=lambda method: floors[method])
    assert f"To beats of another recording: {floors[lowest]} ({lowest}) to" in text
    assert "not told apart" not in text
    waves = _one(comparison, "beats", "Wave by wave")
    assert "highest in P" in waves
    assert "lowest in T" in waves
    assert "P is more alike than T" in waves


def test_beats_no_more_alike_than_strangers_are_called_so() -> None:
    comparison = made_up(questions="beats")
    scores = comparison.scores
    of = (scores["question"] == "beats") & (scores["method"] == "ig-16")
    scores.loc[of, "score"] = np.random.default_rng(1).uniform(0.2, 0.4, int(of.sum()))
    changed = tabulated(comparison, scores)
    assert "not told apart from them: ig-16." in " ".join(_said(changed, "beats"))


@pytest.mark.parametrize(
    ("native", "answer"), [(0.95, "Yes: native is"), (0.72, "Not known"), (0.4, "No: saliency is")]
)
def test_native_is_better_or_not_or_nobody_knows(native: float, answer: str) -> None:
    comparison = made_up(n=30, questions=ASKED, quality={"native": native, "saliency": 0.72})
    for question in ("input", "initialisations", "methods", "beats"):
        text = _one(comparison, question, "Is native")
        assert f"than the best post-hoc method on imn? {answer}" in text
    assert not [text for text in _said(comparison, "input", "resnet1d") if "native" in text]


def test_with_three_patients_nothing_is_told_apart() -> None:
    few = made_up(n=3)
    for one in findings(few.scores, few.table):
        assert not re.search(r" is (more|gentler)", one.text)
    assert least_detectable(few.scores) == "3 patients are too few to tell methods apart"


def test_a_method_without_scores_is_passed_over() -> None:
    comparison = made_up(n=8)
    scores = comparison.scores
    gone = (scores["method"] == "saliency") | (scores["against"] == "saliency")
    scores.loc[gone, "score"] = np.nan
    changed = tabulated(comparison, scores)
    texts = [one.text for one in findings(changed.scores, changed.table)]
    assert len(texts) > 10
    assert not [text for text in texts if "saliency" in text or "nan" in text]


def test_a_single_method_is_compared_with_nothing() -> None:
    comparison = made_up(n=8, quality={"gradcam": 0.9})
    assert {one.question for one in findings(comparison.scores, comparison.table)} == set(QUESTIONS)
    text = _one(comparison, "input", "Similarity of imn's explanations under noise")
    assert "] for gradcam." in text
    assert "than" not in text
    assert least_detectable(comparison.scores) is None


def test_few_patients_are_warned_of_and_many_are_not(comparison: Comparison) -> None:
    noise = headline("noise", comparison.scores, "imn")
    own = noise.scores.drop(columns="amplitude")
    least = compare_pairs(own, noise.patients, better="higher")["least"].max()
    said = least_detectable(comparison.scores)
    assert said is not None
    assert said.startswith("with 24 patients, two methods of imn that differ by less than ")
    assert f"{least:.2g} in similarity under noise of 20 dB" in said
    one = {"saliency": 0.6, "gradcam": 0.9}
    assert least_detectable(made_up(n=64, quality=one, questions="input").scores) is None
