"""Rules of a hand-made machine, and how often they hold, counted by hand."""

from __future__ import annotations

from math import inf
from typing import Literal

import numpy as np
import pytest
import torch

import xai_bench as xb
from tests.nets.test_tsetlin import BOTH, FOR_ALONE, NEITHER, hand_made
from xai_bench.errors import DatasetError, InputError
from xai_bench.models import Model
from xai_bench.report.clause_rules.figures import draw_rules
from xai_bench.report.clause_rules.findings import condition_text, sentences, strongest_rules
from xai_bench.studies.clause_rules import Condition, clause_rules
from xai_bench.types import Recordings


@pytest.fixture
def model() -> Model:
    net = hand_made()
    net.r_sample = 2
    return xb.wrap(
        net, ["N", "V"], rate_hz=5, seconds=1, leads=["MLII"], normalise="none", name="two"
    )


def recordings(rows: list[list[float]], labels: list[str]) -> Recordings:
    signal = np.array(rows)[:, None]
    return xb.recordings(signal, rate_hz=5, leads=["MLII"], as_named=True, labels=labels)


@pytest.fixture
def five() -> Recordings:
    rows = [FOR_ALONE, FOR_ALONE, BOTH, NEITHER, [0.5, 0.0, 0.5, 0.2, 1.0]]
    return recordings(rows, ["V", "V", "N", "N", "N"])


def test_shares_are_counted(model: Model, five: Recordings) -> None:
    found = clause_rules(model, data=five, split="all")
    by_clause = {rule.clause: rule for rule in found.rules}
    rule_for, against = by_clause[0], by_clause[1]
    assert (rule_for.votes_for, against.votes_for) == (True, False)
    assert (rule_for.of_positive.share, rule_for.of_others.share) == (1.0, 1 / 3)
    assert (against.of_positive.share, against.of_others.share) == (0.0, 2 / 3)
    assert (rule_for.of_positive.n, rule_for.of_others.n) == (2, 3)
    assert rule_for.difference == pytest.approx(2 / 3)
    assert against.difference == pytest.approx(2 / 3)
    np.testing.assert_allclose(found.mean_positive[0], FOR_ALONE)
    np.testing.assert_allclose(found.seconds, [-0.4, -0.2, 0, 0.2, 0.4])


def test_conditions_are_bounds_by_time(model: Model, five: Recordings) -> None:
    (rule,) = (one for one in clause_rules(model, data=five, split="all").rules if one.votes_for)
    first, rise, last = rule.conditions
    assert (first.begin_s, first.low, first.high) == (-0.4, 1.0, inf)
    assert (rise.kind, rise.begin_s, rise.end_s, rise.low) == ("rise", -0.2, 0.2, 0.5)
    assert (last.begin_s, last.low, last.high) == (0.4, -inf, 0.0)
    # Of three N: the last is not above 1 at first, rises by 0.2 alone and ends above 0.
    assert first.of_opposed == pytest.approx(2 / 3)
    assert rise.of_opposed == pytest.approx(1 / 3), "that which is neither rises by 0.1"
    assert last.of_opposed == pytest.approx(2 / 3)


def test_bounds_of_one_sample_are_put_together_and_contradictions_are_never_true(
    model: Model, five: Recordings
) -> None:
    net = model.net
    features = net.code.features()  # type: ignore[operator, union-attr]
    names = [(one.kind, one.sample, one.above) for one in features]
    included = net.clauses.included  # type: ignore[union-attr]
    included.zero_()  # type: ignore[operator]
    low, high = names.index(("level", 3, 0.0)), names.index(("level", 3, 1.0))
    included[0, low] = included[0, high + len(names)] = 1  # type: ignore[operator]
    included[1, high] = included[1, low + len(names)] = 1  # type: ignore[operator]
    found = {rule.clause: rule for rule in clause_rules(model, data=five, split="all").rules}
    (one,) = found[0].conditions
    assert (one.low, one.high) == (0.0, 1.0)
    assert found[1].conditions == ()
    assert found[1].of_others.share == 0


def test_a_recording_gets_its_votes_and_log_odds(model: Model, five: Recordings) -> None:
    found = clause_rules(model, data=five, split="all", record=five[[0]])
    assert found.votes == (1, 0)
    assert found.log_odds == 3.25
    assert found.asked is not None
    assert found.asked.attribution.sum() == pytest.approx(3)
    said = list(sentences(found, 5))
    votes = "Of 0 1 of 1 rules for V are true and 0 of 1 against it: log-odds 3.25, which says V."
    assert votes in said
    assert [rule.clause for rule in strongest_rules(found, 5)] == [0]
    draw_rules(found, 2)


def test_rules_in_words(model: Model, five: Recordings) -> None:
    said = list(sentences(clause_rules(model, data=five, split="all"), 2))
    assert said[1] == (
        "For V: MLII above 1 mV 400 ms before R; MLII rises by more than 0.5 mV from 200 ms before "
        "R to 200 ms after R; MLII at most 0 mV 400 ms after R. True of 100% of 2 V and of 33% of "
        "3 N."
    )
    assert said[2] == "Against V: MLII above 0 mV at R. True of 0% of 2 V and of 67% of 3 N."


@pytest.mark.parametrize(
    ("kind", "low", "high", "said"),
    [
        ("level", -0.1, 0.4, "between −0.1 and 0.4 mV at R"),
        ("rise", -0.1, inf, "falls by less than 0.1 mV from R"),
        ("rise", -inf, -0.1, "falls by 0.1 mV or more from R"),
        ("rise", -inf, 0.2, "rises by 0.2 mV at most from R"),
        ("rise", 0.1, 0.2, "rises by 0.1 to 0.2 mV from R"),
        ("rise", -0.2, -0.1, "falls by 0.1 to 0.2 mV from R"),
        ("rise", -0.2, 0.1, "falls by less than 0.2 and rises by 0.1 mV at most from R"),
    ],
)
def test_bounds_in_words(
    kind: Literal["level", "rise"], low: float, high: float, said: str
) -> None:
    one = Condition(
        lead="V1",
        kind=kind,
        begin_s=0,
        end_s=0.1,
        low=low,
        high=high,
        of_opposed=0.5,
    )
    assert condition_text(one).startswith(f"V1 {said}")


def test_what_has_no_rules_is_refused(model: Model, five: Recordings) -> None:
    with pytest.raises(InputError, match="'known-linear' has no clauses"):
        clause_rules("known-linear", data=five)
    with pytest.raises(InputError, match="has no recipe that names data; say on which"):
        clause_rules(model)
    with pytest.raises(DatasetError, match="2 recordings of .*, of which 2 are V"):
        clause_rules(model, data=recordings([BOTH, NEITHER], ["V", "V"]), split="all")


def test_intervals_are_of_patients(model: Model) -> None:
    torch.manual_seed(0)
    rows = [FOR_ALONE, NEITHER] * 10
    found = clause_rules(model, data=recordings(rows, ["V", "V", "N", "N"] * 5), split="all")
    share = next(one for one in found.rules if one.votes_for).of_positive
    assert share.share == 0.5
    assert 0.1 < share.ci_low < 0.4 < 0.6 < share.ci_high < 0.95
