"""The rule by which metrics are in the core, on evidence made by hand."""

from __future__ import annotations

import math

import pandas as pd

from xai_bench.scoring import find_metrics
from xai_bench.studies.metric_audit.core_choice import PROBABILITIES, SCHEMA, choose_core
from xai_bench.zoo import Zoo

Answers = dict[str, tuple[float, str]]


def _trust(families: dict[str, str], answers: dict[str, Answers]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"metric": metric, "family": families[metric], "question": question}
            | {"value": value, "verdict": verdict, "n": 32}
            for metric, of_metric in answers.items()
            for question, (value, verdict) in of_metric.items()
        ]
    )


def _why(table: pd.DataFrame) -> dict[str, tuple[bool, str]]:
    return {row["metric"]: (row["core"], row["why"]) for row in table.to_dict("records")}


GOOD: Answers = {"noise": (1.0, "tells"), "sign": (1.0, "tells")}


def test_of_metrics_that_ask_the_same_the_best_stands_for_all() -> None:
    answers: dict[str, Answers] = {
        "coarse": GOOD | {"resolution": (0.5, "tells")},
        "fine": GOOD | {"resolution": (0.05, "tells")},
        "flawed": GOOD | {"slope": (0.2, "reversed"), "resolution": (0.05, "tells")},
    }
    trust = _trust(dict.fromkeys(answers, "complexity"), answers)
    table = choose_core(trust, dict.fromkeys(answers, 1), {})
    assert list(table.columns) == list(SCHEMA.estimates)
    assert _why(table) == {
        "fine": (True, "tells noise, sign, resolution"),
        "coarse": (False, "asks what fine asks, which stands for it"),
        "flawed": (False, "asks what fine asks, which stands for it"),
    }
    assert list(table["metric"]) == ["fine", "coarse", "flawed"], "the best first"


def test_a_family_has_its_places_and_what_fails_has_none_beside_what_passes() -> None:
    answers: dict[str, Answers] = {
        "a": GOOD,
        "b": GOOD,
        "c": GOOD,
        "d": GOOD,
        "e": GOOD | {"reliability": (0.9, "tells")},
        "f": GOOD | {"noise": (0.5, "does not tell")},
    }
    trust = _trust(dict.fromkeys(answers, "faithfulness"), answers)
    numbers = {name: place for place, name in enumerate(answers)}
    found = _why(choose_core(trust, numbers, {"a": 30.0, "b": 1.0, "c": 2.0, "d": 0.1}))
    assert {name for name, (core, _) in found.items() if core} == {"e", "d", "b", "c"}
    assert found["a"] == (False, "behind e, d, b, c")
    assert found["f"] == (False, "fails noise")


def test_a_family_in_which_none_passes_is_kept_and_its_failures_are_named() -> None:
    answers: dict[str, Answers] = {
        "worse": {"noise": (0.1, "reversed"), "sign": (0.5, "does not tell")},
        "better": {"noise": (0.1, "reversed"), "sign": (1.0, "tells")},
    }
    trust = _trust(dict.fromkeys(answers, "stability"), answers)
    table = choose_core(trust, {}, {})
    assert _why(table) == {
        "better": (True, "best of a family in which none passes; fails noise"),
        "worse": (False, "fails noise, sign"),
    }
    assert table["value"].tolist() == [0.5, 0.0]
    assert len(set(table["cluster"])) == 2, "what is not in the map of clusters is alone"


def test_of_equals_the_one_that_is_in_the_core_stays() -> None:
    answers: dict[str, Answers] = {"another": GOOD, "clutter": GOOD}
    trust = _trust(dict.fromkeys(answers, "complexity"), answers)
    seconds = {"another": 0.1, "clutter": 0.15}  # the same but for timing
    assert _why(choose_core(trust, dict.fromkeys(answers, 1), seconds))["clutter"][0]
    seconds = {"another": 0.01, "clutter": 0.09}  # both next to nothing
    assert _why(choose_core(trust, dict.fromkeys(answers, 1), seconds))["clutter"][0]
    seconds = {"another": 0.1, "clutter": 1.5}
    assert _why(choose_core(trust, dict.fromkeys(answers, 1), seconds))["another"][0]


def test_to_draw_nothing_is_as_good_as_to_repeat() -> None:
    answers: dict[str, Answers] = {
        "drawn": GOOD | {"resolution": (0.5, "tells"), "reliability": (0.9, "tells")},
        "still": GOOD | {"resolution": (0.05, "tells"), "reliability": (1.0, "by construction")},
    }
    trust = _trust(dict.fromkeys(answers, "complexity"), answers)
    assert _why(choose_core(trust, dict.fromkeys(answers, 1), {}))["still"][0]


def test_a_metric_of_which_nothing_is_known_is_behind_one_that_fails() -> None:
    answers: dict[str, Answers] = {
        "unknown": {"noise": (math.nan, "not asked")},
        "known": {"noise": (0.5, "does not tell"), "slope": (1.0, "tells")},
    }
    found = _why(choose_core(_trust(dict.fromkeys(answers, "randomisation"), answers), {}, {}))
    assert found["known"] == (True, "best of a family in which none passes; fails noise")
    assert found["unknown"] == (False, "not asked")


def test_what_is_undecided_counts_neither_way_and_is_named_beside_what_is_in() -> None:
    """A resolution of too few recordings does not fail, and its estimate is what it is."""
    answers: dict[str, Answers] = {
        "open": GOOD | {"resolution": (0.05, "too few recordings")},
        "closed": GOOD | {"resolution": (0.1, "tells")},
        "blind": GOOD | {"resolution": (math.nan, "too few recordings")},
    }
    trust = _trust(dict.fromkeys(answers, "localisation"), answers)
    table = choose_core(trust, {name: k for k, name in enumerate(answers)}, {})
    assert _why(table) == {
        "open": (True, "tells noise, sign; in, though resolution is undecided"),
        "closed": (True, "tells noise, sign, resolution"),
        "blind": (False, "behind open, closed"),
    }
    assert dict(zip(table["metric"], table["undecided"], strict=True)) == {
        "open": "resolution",
        "closed": "",
        "blind": "resolution",
    }
    assert dict(zip(table["metric"], table["n"], strict=True)) == {
        "open": 2,
        "closed": 3,
        "blind": 2,
    }
    worse = {"open": answers["open"], "flawed": GOOD | {"resolution": (math.nan, "does not tell")}}
    table = choose_core(_trust(dict.fromkeys(worse, "localisation"), worse), {}, {})
    assert _why(table)["flawed"] == (False, "fails resolution")


def test_what_was_asked_and_nowhere_decided_is_not_called_unasked() -> None:
    answers: dict[str, Answers] = {"open": {"noise": (0.7, "too few recordings")}, "known": GOOD}
    found = _why(choose_core(_trust(dict.fromkeys(answers, "randomisation"), answers), {}, {}))
    assert found["open"] == (False, "undecided: too few recordings")


def test_what_is_settled_or_undecided_counts_neither_way() -> None:
    answers: dict[str, Answers] = {
        "m": {
            "noise": (1.0, "by construction"),
            "sign": (0.4, "too few recordings"),
            "used": (math.nan, "not asked"),
        }
    }
    (row,) = choose_core(_trust({"m": "axiomatic"}, answers), {}, {}).to_dict("records")
    assert (row["n"], row["failed"], row["core"]) == (0, "", True)
    why = "best of a family of which nothing is known; in, though sign is undecided"
    assert row["why"] == why


def test_areas_of_probabilities_are_out_and_stand_for_none() -> None:
    answers: dict[str, Answers] = {
        "deletion": GOOD | {"resolution": (0.05, "tells")},
        "pixel_flipping": GOOD | {"resolution": (0.1, "tells")},
    }
    trust = _trust(dict.fromkeys(answers, "faithfulness"), answers)
    found = _why(choose_core(trust, dict.fromkeys(answers, 1), {}))
    assert found["pixel_flipping"] == (True, "tells noise, sign, resolution")
    assert found["deletion"][0] is False
    assert "log-odds" in found["deletion"][1]


def test_every_area_of_probabilities_says_so_in_its_formula_and_no_other_card_does() -> None:
    """Log-odds are m(z) in formulas of cards, probabilities p(z)."""
    formulas = {metric.name: metric.card.formula for metric in find_metrics("all", Zoo())}
    said = {name for name, formula in formulas.items() if "p(z" in formula or "p(0 " in formula}
    assert "AUCSE" in formulas["turbe_f"], "made of two of them"
    assert said | {"turbe_f"} == {*PROBABILITIES}
