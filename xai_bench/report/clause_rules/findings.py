"""Rules in words."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from math import inf

from xai_bench.studies.clause_rules import ClauseRules, Condition, Rule

__all__ = ["condition_text", "rule_text", "rule_title", "sentences", "strongest_rules"]
__all__ += ["telling_conditions"]

_TOLD = 4
"""Conditions of a rule that are told, of those that keep most recordings of the other class out."""


def sentences(found: ClauseRules, most: int) -> Iterator[str]:
    """What the model is, the strongest rules, and which of all are true of the recording that was
    asked about."""
    positive, negative = found.classes[1], found.classes[0]
    count = len(found.rules)
    yield (
        f"{found.model} has {count} rules, half of them for {positive} and half against it; a vote "
        f"changes the log-odds by {found.log_odds_of_a_vote:.3g}, and without any they are "
        f"{found.log_odds_of_no_vote:.3g}."
    )
    if found.record_id:
        votes_for, against = found.votes
        yield (
            f"Of {found.record_id} {votes_for} of {count // 2} rules for {positive} are true and "
            f"{against} of {count // 2} against it: log-odds {found.log_odds:.3g}, which says "
            f"{positive if found.log_odds > 0 else negative}."
        )
    for rule in strongest_rules(found, most):
        yield rule_text(rule, found.classes)


def strongest_rules(found: ClauseRules, most: int) -> list[Rule]:
    """Those for and those against in turn, the strongest first; of a recording that was asked about
    those that are true of it."""
    chosen = [rule for rule in found.rules if rule.conditions and rule.is_true is not False]
    sides = ([rule for rule in chosen if rule.votes_for == side] for side in (True, False))
    in_turn = [rule for pair in zip_longest(*sides) for rule in pair if rule is not None]
    return in_turn[:most]


def rule_text(rule: Rule, classes: tuple[str, ...]) -> str:
    """Such as "For V: MLII above 0.4 mV 60 ms before R; ... True of 38 % of V and 2 % of N"."""
    side = f"{'For' if rule.votes_for else 'Against'} {classes[1]}"
    telling = telling_conditions(rule)
    demanded = "; ".join(map(condition_text, telling)) or "never true"
    rest = [one.of_opposed for one in rule.conditions if one not in telling]
    if rest:
        opposed = classes[0] if rule.votes_for else classes[1]
        demanded += f"; and {len(rest)} more, each true of {min(rest):.0%} or more of {opposed}"
    shares = (
        f"{share.share:.0%} of {share.n} {name}"
        for share, name in ((rule.of_positive, classes[1]), (rule.of_others, classes[0]))
    )
    return f"{side}: {demanded}. True of {' and of '.join(shares)}."


def telling_conditions(rule: Rule) -> list[Condition]:
    """Those that keep most recordings of the other class out, in the order of time."""
    by_use = sorted(rule.conditions, key=lambda one: one.of_opposed)[:_TOLD]
    return [one for one in rule.conditions if one in by_use]


def rule_title(rule: Rule, classes: tuple[str, ...]) -> str:
    """Such as "for V: true of 38 % of V, 2 % of N", above a picture."""
    side = f"{'for' if rule.votes_for else 'against'} {classes[1]}"
    return (
        f"{side}: true of {rule.of_positive.share:.0%} of {classes[1]}, "
        f"{rule.of_others.share:.0%} of {classes[0]}"
    )


def condition_text(condition: Condition) -> str:
    """Such as "MLII above 0.4 mV 60 ms before R", or "MLII falls by 0.05 mV or more from ..."."""
    if condition.kind == "level":
        bounds = _level(condition.low, condition.high)
        return f"{condition.lead} {bounds} {_time(condition.begin_s)}"
    bounds = _rise(condition.low, condition.high)
    begin, end = (_time(one).removeprefix("at ") for one in (condition.begin_s, condition.end_s))
    return f"{condition.lead} {bounds} from {begin} to {end}"


def _level(low: float, high: float) -> str:
    if high == inf:
        return f"above {_mv(low)} mV"
    if low == -inf:
        return f"at most {_mv(high)} mV"
    return f"between {_mv(low)} and {_mv(high)} mV"


def _rise(low: float, high: float) -> str:
    """A rise that is negative is a fall."""
    if high == inf:
        return f"rises by more than {_mv(low)} mV" if low >= 0 else _less(low)
    if low == -inf:
        if high <= 0:
            return f"falls by {_mv(-high)} mV or more" if high else "does not rise"
        return f"rises by {_mv(high)} mV at most"
    if high <= 0:
        return f"falls by {_mv(-high)} to {_mv(-low)} mV"
    if low >= 0:
        return f"rises by {_mv(low)} to {_mv(high)} mV"
    return f"falls by less than {_mv(-low)} and rises by {_mv(high)} mV at most"


def _less(low: float) -> str:
    return f"falls by less than {_mv(-low)} mV"


def _mv(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")


def _time(seconds: float) -> str:
    ms = round(1000 * seconds)
    if ms == 0:
        return "at R"
    return f"{abs(ms)} ms {'before' if ms < 0 else 'after'} R"
