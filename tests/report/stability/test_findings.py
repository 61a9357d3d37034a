"""Findings of scores whose truth is known."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.studies.stability.made_up import MODELS, made_up, made_up_scores, study_of
from xai_bench.report.stability.findings import StabilityFindings
from xai_bench.stats import compare_pairs, with_least
from xai_bench.studies.stability.estimates import estimate_table
from xai_bench.studies.stability.headline_scores import headline_scores
from xai_bench.studies.stability.schema import QUESTIONS

ASKED = "input,initialisations,methods,beats"
AHEAD = re.compile(r"(\S+) is more stable under noise than (\S+) by")


def _texts(found: StabilityFindings, question: str, model: str = "imn") -> list[str]:
    return [one.text for one in found.sentences if (one.question, one.model) == (question, model)]


def _one(found: StabilityFindings, question: str, start: str, model: str = "imn") -> str:
    (text,) = (text for text in _texts(found, question, model) if text.startswith(start))
    return text


def _estimate(table: pd.DataFrame, **of: object) -> str:
    for name, value in {"given": "all", "measure": "spearman", **of}.items():
        table = table[table[name] == value]
    (row,) = (row for _, row in table.iterrows())
    return f"{row['value']:.2f} [{row['ci_low']:.2f}, {row['ci_high']:.2f}]"


def test_every_question_has_findings_of_every_model_in_order(found: StabilityFindings) -> None:
    asked = [(one.question, one.model) for one in found.sentences]
    assert list(dict.fromkeys(asked)) == [(q, model) for q in QUESTIONS for model in MODELS]
    assert all(one.model in one.text for one in found.sentences)
    assert all(one.text.endswith(".") for one in found.sentences)


def test_the_most_and_the_least_stable_are_named_with_their_numbers(
    found: StabilityFindings,
) -> None:
    text = _one(found, "input", "Similarity under noise of 20 dB, imn: ")
    means = headline_scores("input", found.result.scores, "imn").scores.mean()
    low, high = (rf"{means[name]:.2f} \[\S+, \S+\] \({name}\)" for name in ("saliency", "gradcam"))
    assert re.search(rf": {low} to {high}; n = 24\.$", text)
    ahead = {
        one.folded: AHEAD.findall(one.text)
        for one in found.sentences
        if (one.question, one.model) == ("input", "imn") and one.text.startswith("On imn, gradcam")
    }
    assert ahead == {False: [("gradcam", "saliency")], True: [("gradcam", "native")]}
    assert "amplitude" not in " ".join(_texts(found, "input"))


def test_equal_methods_are_not_told_apart() -> None:
    quality = dict.fromkeys(("native", "saliency", "ig-16", "gradcam"), 0.7)
    equal = StabilityFindings(made_up(quality=quality, questions="input"))
    for model in MODELS:
        texts = _texts(equal, "input", model)
        assert not AHEAD.search(" ".join(texts))
        doubted = [text for text in texts if "cannot be told apart" in text]
        assert doubted
        assert all("least detectable with 24 patients" in text for text in doubted)


def test_the_worst_noise_and_what_it_does_to_predictions(found: StabilityFindings) -> None:
    text = _one(found, "input", "Of the noises")
    assert "electrode motion moves the explanations of imn most, 0." in text
    assert re.search(r"and (?!electrode motion).+? least, 0\.\d+ \[\S+, \S+\] \(mean of", text)
    assert _one(found, "input", "On imn, muscle is gentler than electrode motion")
    flips = found.result.table[
        (found.result.table["measure"] == "flipped")
        & (found.result.table["condition"] == "electrode motion")
        & (found.result.table["level"] == 20)
        & (found.result.table["model"] == "imn")
    ]
    text = _one(found, "input", "Electrode motion flips")
    assert f"flips {100 * flips['value'].iloc[0]:.0f} %" in text


@pytest.mark.slow
def test_changes_without_noise_have_their_ends(found: StabilityFindings) -> None:
    text = _one(found, "input", "Shifted by 50 samples and aligned again, imn")
    shifted = _estimate(
        found.result.table, model="imn", condition="shift", level=50, method="saliency"
    )
    assert f": similarity {shifted} (saliency) to" in text
    text = _one(found, "input", "With the arms' electrodes exchanged, imn")
    swapped = _estimate(found.result.table, model="imn", condition="lead swap", method="gradcam")
    assert f"to {swapped} (gradcam)" in text


def test_self_consistency_is_of_nets_and_recordings_and_beside_no_other_study(
    found: StabilityFindings,
) -> None:
    text = _one(found, "initialisations", "Similarity between 3 nets of imn")
    lowest = _estimate(found.result.table, model="imn", condition="same net", method="saliency")
    assert f": {lowest} (saliency) to" in text
    assert "intervals over nets and patients" in text
    assert "published" not in text


@pytest.mark.slow
def test_a_change_that_the_net_is_never_shown_is_no_finding() -> None:
    scores = made_up_scores(questions="input")
    gain = (scores["condition"] == "gain") & (scores["method"] == "saliency")
    change = scores[gain].assign(method="", measure="log-odds change")
    moved = StabilityFindings(study_of(pd.concat([scores, change.assign(score=0.4)])))
    assert "by construction" not in " ".join(_texts(moved, "input"))
    assert "; the log-odds move by 0.4;" in " ".join(_texts(moved, "input"))
    kept = StabilityFindings(study_of(pd.concat([scores, change.assign(score=1e-7)])))
    assert "with 10 % more gain by construction: its normalisation takes that out" in _one(
        kept, "input", "Explanations of imn stay"
    )
    assert "With 10 % more gain, imn" not in " ".join(_texts(kept, "input"))


def test_another_architecture_agrees_less(found: StabilityFindings) -> None:
    text = _one(found, "initialisations", "Seeds of imn agree more")
    assert text.startswith("Seeds of imn agree more with each other than with resnet1d, by")
    assert "3 nets of imn and" in text
    assert any("not over trainings" in rule for rule in found.rules)
    assert "native" not in text, "resnet1d has none"
    means = {}
    for method in ("input-x-gradient", "saliency", "gradcam", "ig-16"):
        rows = found.result.scores[
            (found.result.scores["question"] == "initialisations")
            & (found.result.scores["model"] == "imn")
            & (found.result.scores["method"] == method)
            & (found.result.scores["measure"] == "spearman")
        ]
        same = rows.loc[rows["condition"] == "same net", "score"].mean()
        means[method] = same - rows.loc[rows["condition"] == "another net", "score"].mean()
    for end in (min(means, key=means.__getitem__), max(means, key=means.__getitem__)):
        assert re.search(rf"{means[end]:.2f} \[\S+, \S+\] \({end}\)", text)
    assert "and 2 between" in text


def test_an_architecture_that_agrees_as_much_is_not_said_to_agree_less() -> None:
    scores = made_up_scores(n=12, questions="initialisations")
    another = scores["condition"] == "another net"
    draw = np.random.default_rng(3).normal(0, 0.1, int(another.sum()))
    level = scores.loc[scores["condition"] == "same net"].groupby("method")["score"].mean()
    scores.loc[another, "score"] = scores.loc[another, "method"].map(level) + draw
    changed = StabilityFindings(study_of(scores))
    text = _one(changed, "initialisations", "Seeds of imn")
    assert "no more and no less with resnet1d as far as can be told" in text
    assert "least detectable difference" in text


def test_methods_that_agree_most_and_least_and_the_nearest_control(
    found: StabilityFindings,
) -> None:
    table = found.result.table
    pairs = table[
        (table["condition"] == "pair")
        & (table["measure"] == "spearman")
        & (table["model"] == "imn")
    ]
    own = pairs[pairs["against"] != "amplitude"]
    most, least = own.iloc[own["value"].argmax()], own.iloc[own["value"].argmin()]
    text = _one(found, "methods", "Methods of imn agree most")
    assert f"most in {most['method']} and {most['against']} ({most['value']:.2f} [" in text
    assert f"least in {least['method']} and {least['against']} (" in text
    assert f"the mean of 10 pairs is {own['value'].mean():.2f}; n = " in text
    controlled = pairs[pairs["against"] == "amplitude"]
    near = controlled.iloc[controlled["value"].argmax()]
    text = _one(found, "methods", "Similarity of methods of imn to amplitude, a control")
    assert re.search(rf" to {near['value']:.2f} \[\S+, \S+\] \({near['method']}\); n =", text)


def test_consensus_against_the_best_single_method_and_chance(found: StabilityFindings) -> None:
    scores = found.result.scores[found.result.scores["model"] == "imn"]
    agree = scores.loc[scores["measure"] == "consensus in evidence", "score"].mean()
    single = scores[scores["measure"] == "single in evidence"].groupby("method")["score"].mean()
    text = _one(found, "methods", "Of the samples that all 5 methods of imn")
    assert re.search(rf"{agree:.2f} \[\S+, \S+\] are planted evidence", text)
    best = single.idxmax()
    text = _one(found, "methods", f"Of the samples that {best} alone")
    assert f"imn: {single.max():.2f} [" in text
    ahead = "On imn, what all agree on is more often on planted evidence than"
    assert _one(found, "methods", f"{ahead} {best}")
    assert _one(found, "methods", f"{ahead} chance")


def test_weights_tell_how_fast_similarity_goes(found: StabilityFindings) -> None:
    text = _one(found, "weights", "Similarity of |a|")
    left = _estimate(found.result.table, model="imn", condition="cascade", level=1, method="native")
    first = _estimate(
        found.result.table, model="imn", condition="cascade", level=1 / 6, method="native"
    )
    assert f"native {first} and" in text
    assert left.split(" [")[0] in text
    # Of native 0.8^2 (1 - level): 0.43 after a third of the layers is below one half.
    text = _one(found, "weights", "Similarity to the trained imn is below 0.5")
    assert "from 17 % of the layers on (" in text
    assert "from 33 % of the layers on (native" in text
    assert not [one for one in _texts(found, "weights") if "still" in one], "nothing is left"


def test_what_randomisation_does_not_destroy_is_named() -> None:
    scores = made_up_scores(questions="weights")
    kept = (scores["condition"] == "cascade") & (scores["method"] == "native")
    scores.loc[kept, "score"] = 0.8 + np.random.default_rng(0).normal(0, 0.02, int(kept.sum()))
    changed = StabilityFindings(study_of(scores))
    text = _one(changed, "weights", "With no trained layer left in imn, similarity")
    assert re.search(r"similarity is still 0\.80 \[\S+, \S+\] \(native\);", text)
    assert "less than 0.1 is left of" in " ".join(_texts(changed, "weights"))
    text = _one(changed, "weights", "Similarity to the trained imn is below")
    assert "not by the interval: native." in text


def test_beats_are_compared_with_the_next_and_with_a_stranger(found: StabilityFindings) -> None:
    assert _one(found, "beats", "On imn, gradcam is more alike from beat to beat than saliency")
    text = _one(found, "beats", "To beats of another recording, imn")
    of = {"model": "imn", "condition": "beat of another recording", "against": "beat"}
    floors = {
        method: _estimate(found.result.table, **of, method=method)
        for method in ("native", "input-x-gradient", "saliency", "gradcam", "ig-16")
    }
    lowest = min(floors, key=lambda method: floors[method])
    assert f"imn: {floors[lowest]} ({lowest}) to" in text
    assert not [one for one in _texts(found, "beats") if one.startswith("Not told apart")]
    waves = _one(found, "beats", "Of the waves")
    assert "P is the most alike" in waves
    assert "and T the least" in waves
    assert _one(found, "beats", "On imn, P is more alike than T")


def test_beats_no_more_alike_than_strangers_are_called_so() -> None:
    scores = made_up_scores(questions="beats")
    of = (scores["question"] == "beats") & (scores["method"] == "ig-16")
    scores.loc[of, "score"] = np.random.default_rng(1).uniform(0.2, 0.4, int(of.sum()))
    changed = StabilityFindings(study_of(scores))
    assert _one(changed, "beats", "Not told apart from beats of another recording, imn: ig-16.")


@pytest.mark.slow_but_one
@pytest.mark.parametrize(
    ("native", "answer"), [(0.95, "Yes: native is"), (0.72, "Not known"), (0.4, "No: saliency is")]
)
def test_native_is_better_or_not_or_nobody_knows(native: float, answer: str) -> None:
    quality = {"native": native, "saliency": 0.72}
    found = StabilityFindings(made_up(n=30, questions=ASKED, quality=quality))
    for question in ("input", "initialisations", "methods", "beats"):
        text = _one(found, question, "Is native")
        assert f"than the best post-hoc method on imn? {answer}" in text
    assert not [text for text in _texts(found, "input", "resnet1d") if "native" in text]


@pytest.mark.slow
def test_with_three_patients_nothing_is_told_apart() -> None:
    few = StabilityFindings(made_up(n=3))
    for one in few.sentences:
        assert not re.search(r" is (more|gentler)", one.text)
    assert few.few_patients == "3 patients are too few to tell methods apart"


@pytest.mark.slow
def test_a_method_without_scores_is_passed_over() -> None:
    scores = made_up_scores(n=8)
    gone = (scores["method"] == "saliency") | (scores["against"] == "saliency")
    scores.loc[gone, "score"] = np.nan
    changed = StabilityFindings(study_of(scores))
    texts = [one.text for one in changed.sentences]
    assert len(texts) > 10
    assert not [text for text in texts if "saliency" in text or "nan" in text]


def test_a_single_method_is_compared_with_nothing() -> None:
    found = StabilityFindings(made_up(n=8, quality={"gradcam": 0.9}))
    assert {one.question for one in found.sentences} == set(QUESTIONS)
    text = _one(found, "input", "Similarity under noise of 20 dB, imn: ")
    assert "] (gradcam);" in text
    assert " to " not in text
    assert not [one for one in _texts(found, "input") if "more stable" in one]
    assert found.few_patients is None


def test_few_patients_are_warned_of_and_many_are_not(found: StabilityFindings) -> None:
    noise = headline_scores("input", found.result.scores, "imn")
    own = noise.scores.drop(columns="amplitude")
    pairs = compare_pairs(own, noise.patients, better="higher")
    least = with_least(pairs, own, noise.patients)["least"].max()
    said = found.few_patients
    assert said is not None
    assert said.startswith("with 24 patients, two methods of imn that differ by less than ")
    assert f"{least:.2g} in similarity under noise of 20 dB" in said
    one = {"saliency": 0.6, "gradcam": 0.9}
    assert StabilityFindings(made_up(n=64, quality=one, questions="input")).few_patients is None


@pytest.mark.slow
def test_tables_of_one_draw_for_all_recordings_are_said_to_be() -> None:
    now = study_of(made_up_scores(questions="initialisations,methods,weights"))
    before = replace(now, facts={k: v for k, v in now.facts.items() if k != "protocol"})
    said = [" ".join(one.text for one in StabilityFindings(of).sentences) for of in (now, before)]
    for words, of in (
        ("each with random weights of its own", now),
        ("untrained net of imn, another for each recording", now),
        ("of sizes where a map has no signs", now),
        ("all with the same random weights", before),
        ("untrained net of imn, one draw for all recordings", before),
    ):
        assert [words in text for text in said] == [of is now, of is before], words


@pytest.mark.slow
def test_the_method_that_is_nearest_to_a_control_is_told_apart_by_a_test() -> None:
    scores = made_up_scores(n=12, questions="methods")
    near = (scores["condition"] == "pair") & (scores["against"] == "amplitude")
    rng = np.random.default_rng(0)
    noise = pd.Series(rng.normal(0, 0.01, len(scores)), scores.index)
    scores.loc[near, "score"] = (
        scores.loc[near, "method"].map(lambda name: 0.5 if name in ("native", "saliency") else 0.0)
        + noise
    )
    text = " ".join(_texts(StabilityFindings(study_of(scores)), "methods"))
    assert re.search(r"On imn, (native and saliency|saliency and native) cannot be told", text)
    scores.loc[near & (scores["method"] == "native"), "score"] += 0.2
    text = " ".join(_texts(StabilityFindings(study_of(scores)), "methods"))
    assert "native is nearer to amplitude than saliency by 0.2" in text


def test_seeds_too_few_for_intervals_are_said_to_be() -> None:
    scores = made_up_scores(n=12, questions="initialisations")
    pair = "imn / imn-seed1"
    scores = scores[(scores["model"] == "imn") & (scores["against"] == pair)]
    study = study_of(scores)
    table = estimate_table(scores, {"imn": ["imn", "imn-seed1"]})
    (sentence, *_) = _texts(StabilityFindings(replace(study, table=table)), "initialisations")
    assert "2 nets of imn" in sentence
    assert "too few nets for intervals over nets" in sentence


def test_a_curve_is_below_one_half_where_its_interval_is_from_there_on() -> None:
    result = made_up(questions="weights")
    table = result.table
    cascade = (table["condition"] == "cascade") & (table["measure"] == "spearman")
    cascade &= (table["model"] == "imn") & (table["given"] == "all")
    levels = sorted(set(table.loc[cascade, "level"]))
    assert len(levels) > 2
    ends = {
        "saliency": [0.4] * len(levels),
        "gradcam": [0.4] + [0.6] + [0.4] * (len(levels) - 2),  # back above one half
        "ig-16": [0.4] * (len(levels) - 1) + [0.52],  # whose mean is below
    }
    for method, highs in ends.items():
        for level, high in zip(levels, highs, strict=True):
            row = cascade & (table["method"] == method) & (table["level"] == level)
            assert row.sum() == 1
            table.loc[row, ["value", "ci_low", "ci_high"]] = 0.39, 0.3, high
    said = _one(StabilityFindings(result), "weights", "Similarity to the trained imn is below 0.5")
    shares = [f"{100 * level:.0f} %" for level in levels]
    first = re.search(rf"from {shares[0]} of the layers on \(([^)]*)\)", said)
    assert first is not None
    assert "saliency" in first[1]
    assert "gradcam" not in first[1]
    third = re.search(rf"from {shares[2]} of the layers on \(([^)]*)\)", said)
    assert third is not None
    assert "gradcam" in third[1]
    assert "ig-16" in said.partition("not by the interval: ")[2]
