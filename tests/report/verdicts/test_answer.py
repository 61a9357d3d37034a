"""The answer on scores whose truth is known: the same recordings, each method a constant apart."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from tests.results.made_cells import cell
from xai_bench.report.verdicts.answer import answer_of, answer_sentences
from xai_bench.report.verdicts.answer_table import answer_table
from xai_bench.results import Cell, leaderboard

BASE = np.random.default_rng(0).normal(size=12)
BAD = {"auroc": 0.5, "ci_low": 0.4, "ci_high": 0.6, "verdict": "unreliable"}
CONTROLS = "better than every control that needs no trained model"


def cells(
    steps: Mapping[str, float],
    *,
    metric: str = "m",
    n: int = 12,
    model: str = "imn",
    dataset: str = "synthetic",
    family: str = "faithfulness",
    quality: dict[str, object] | None = None,
) -> list[Cell]:
    """A cell for each method: all its scores are higher by its step than those of step 0."""
    return [
        cell(
            name, [float(x) for x in BASE[:n] + step], metric=metric, model=model, dataset=dataset,
            family=family, key=f"{name}{metric}", quality=quality,
        )
        for name, step in steps.items()
    ]  # fmt: skip


def said(
    of: list[Cell],
    *,
    audited: str = "m",
    flags: Mapping[str, str] | None = None,
    core: pd.DataFrame | None = None,
) -> list[str]:
    table = leaderboard(of, flags or {})
    return answer_sentences(answer_of(of, table, set(audited.split()), core))


IN_ORDER = {"amplitude": 0.0, "saliency": 1.0, "native": 2.0, "ig": 3.0}


def test_all_that_is_better_leads_or_is_behind_is_said_with_its_numbers() -> None:
    first, leads, native, what = said(cells(IN_ORDER))
    assert first == (
        "Yes, as far as faithfulness goes: on imn ig, native and saliency (3 of 3 methods) are "
        f"shown to be {CONTROLS} (amplitude) by the one trusted metric."
    )
    assert leads == "Most often first: on imn ig (1 of 1 metrics; 1 alone)."
    assert native == (
        "Native, what imn itself gives as its explanation, is ahead of the best post-hoc method "
        "in 0 of 1 metrics, behind in 1, and not told apart in 0."
    )
    assert what == (
        "All this is of 12 recordings of 12 patients of synthetic (one draw: seed 0) and of these "
        "nets alone."
    )


def test_what_is_no_better_than_a_control_is_named_and_never_leads() -> None:
    # Saliency is behind |z|; ig is |z| again, and first of the methods by rank.
    of = cells({"amplitude": 3.0, "saliency": 1.0, "ig": 3.0})
    first, worse, leads, _ = said(of)
    assert first.startswith(
        "Not shown, as far as faithfulness goes: on imn none (0 of 2 methods) is"
    )
    assert worse.endswith("of these: on imn ig (0 of 1) and saliency (0 of 1).")
    assert leads == "Most often first: on imn nobody."


def test_metrics_that_are_flagged_or_were_never_audited_are_in_no_count() -> None:
    turned = {"amplitude": 3.0, "saliency": 2.0, "native": 1.0, "ig": 0.0}
    of = [*cells(IN_ORDER), *cells(turned, metric="flagged"), *cells(turned, metric="unknown")]
    assert said(of, audited="m flagged", flags={"flagged": "training"}) == said(cells(IN_ORDER))


def test_families_without_a_trusted_metric_are_named_as_not_said() -> None:
    of = [*cells(IN_ORDER), *cells(IN_ORDER, metric="moved", family="stability")]
    *_, last = said(of, audited="m moved", flags={"moved": "blurred"})
    assert "nothing is said of stability (1): no metric of these is trusted (†)" in last


def test_a_lead_is_shared_with_what_is_not_told_apart() -> None:
    tied = {"amplitude": 0.0, "saliency": 1.0, "native": 3.0, "ig": 3.0}
    _, leads, native, _ = said([*cells(IN_ORDER), *cells(tied, metric="m2")], audited="m m2")
    assert leads == "Most often first: on imn ig (2 of 2 metrics; 1 alone, 1 with native)."
    assert "behind in 1, and not told apart in 1" in native


def test_all_that_share_a_lead_as_often_are_named() -> None:
    tied = {"amplitude": 0.0, "saliency": 3.0, "native": 3.0, "ig": 3.0, "worse": 1.0}
    of = [*cells(IN_ORDER), *cells(tied, metric="m2")]
    leads = said(of, audited="m m2")[1]
    assert leads == (
        "Most often first: on imn ig (2 of 2 metrics; 1 alone, 1 each with native and saliency)."
    )
    first = said(cells(tied))[1]
    assert first == "Most often first: on imn ig, native and saliency (1 of 1 metrics each)."


def test_metrics_that_ask_the_same_are_counted_as_what_they_are() -> None:
    of = [*cells(IN_ORDER), *cells(IN_ORDER, metric="m2")]
    core = pd.DataFrame({"metric": ["m", "m2", "m3"], "cluster": [1, 1, 2]})
    *_, last = said(of, audited="m m2", core=core)
    assert "the 2 metrics fall into one group of like questions" in last
    *_, last = said(of, audited="m m2", core=core[:1])  # of m2 it is not known
    assert "one group" not in last


def test_nothing_is_said_without_what_it_would_need() -> None:
    def nothing(of: list[Cell], **options: str) -> str:
        first = said(of, **options)[0]  # type: ignore[arg-type]
        assert first.startswith("Nothing can be said: ")
        return first

    assert "no audit says which metrics" in nothing(cells(IN_ORDER), audited="")
    assert "trusted by the audit" in nothing(cells(IN_ORDER), audited="other")
    no_controls = {name: step for name, step in IN_ORDER.items() if name != "amplitude"}
    assert "no control without a trained model" in nothing(cells(no_controls))
    assert "too few for any test" in nothing(cells(IN_ORDER, n=4))
    assert "classifies well enough" in nothing(cells(IN_ORDER, quality=BAD))
    assert "no method" in nothing(cells({"amplitude": 1.0}))


def test_a_model_that_classifies_too_badly_is_left_out_and_named() -> None:
    both = [*cells(IN_ORDER), *cells(IN_ORDER, model="poor", quality=BAD)]
    *others, last = said(both)
    assert others == said(cells(IN_ORDER))[:-1]
    assert "nothing is said of poor (AUROC 0.50 [0.40, 0.60]), which classifies too badly" in last


def test_one_method_of_one_model_is_answered() -> None:
    first, *_ = said(cells({"amplitude": 0.0, "native": 1.0}))
    assert "on imn native (1 of 1 method) is shown" in first
    assert not any("first" in sentence for sentence in said(cells({"slope": 0.0, "ig": 1.0})))


def test_models_on_several_data_sets_have_their_names_beside_them() -> None:
    of = [*cells(IN_ORDER), *cells({"amplitude": 0.0, "ig": 1.0}, dataset="ptb-xl")]
    first, *_ = said(of)
    assert "on imn (ptb-xl) ig (1 of 1 method)" in first
    assert "on imn (synthetic) ig, native and saliency (3 of 3 methods)" in first


def test_many_models_are_counted_and_not_gone_through() -> None:
    steps = {"amplitude": 0.0, "saliency": -1.0, "ig": 3.0}
    found = said([one for k in range(5) for one in cells(steps, model=f"net{k}")])
    assert 3 <= len(found) <= 5
    assert "5 of 10 explanations of 5 models (most often ig, of 5)" in found[0]
    assert found[1].endswith("of these: 5 explanations.")
    assert found[2] == "Most often first: ig on 5 of 5 models."


def test_the_table_counts_recordings_and_those_without_a_score() -> None:
    ig = [float("nan"), *(BASE[1:] + 3.0)]
    of = [*cells({"amplitude": 0.0, "saliency": -1.0}), cell("ig", ig, family="faithfulness")]
    table = answer_table(answer_of(of, leaderboard(of), {"m"}))
    assert table is not None
    rows = [[one.text for one in row.cells] for row in table.rows]
    assert rows == [
        ["ig", "1 of 1", "1", "1", "11", "1"],
        ["saliency", "0 of 1", "0", "0", "12", "0"],
    ]
    assert answer_table(answer_of(of, leaderboard(of), ())) is None
