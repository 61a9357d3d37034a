"""An explanation in a terminal: sentences, and small tables of shares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from xai_bench.report.explanation.attribution_regions import sentence
from xai_bench.report.explanation.record_explanation import Explanation, MethodExplanation
from xai_bench.report.table import Table, columns, text_table
from xai_bench.types import WAVES

__all__ = ["sentences", "share_tables"]


def sentences(explanation: Explanation) -> list[str]:
    """What stands out, line by line: the strongest regions of each method."""
    lines = [explanation.title, explanation.origin]
    lines.append(f"Waves: {explanation.waves}. Beats: {explanation.beats}.")
    lines += explanation.remarks
    for one in explanation.by_method:
        lines += ["", f"{one.method}:", *(f"  {line}" for line in _sentences(one))]
    return lines


def _sentences(one: MethodExplanation) -> Iterable[str]:
    if one.problem:
        yield f"not valid: {one.problem}"
    against = 100 * one.shares.against
    if not one.shares.positive.any() and not one.shares.negative.any():
        yield "zero everywhere"
        return
    yield f"{against:.0f} % of the {one.what} is negative, {100 - against:.0f} % positive"
    for sign, regions in (("positive", one.strongest_for), ("negative", one.strongest_against)):
        yield from (sentence(region, what=f"{sign} {one.what}") for region in regions)


def share_tables(explanation: Explanation) -> list[Table]:
    """By lead and by wave: percent of what is positive (for) and of what is negative (against)."""
    return [
        _share_table(explanation, heading, parts, axis)
        for heading, parts, axis in (("% in lead", explanation.leads, 1), ("% in wave", WAVES, 0))
    ]


def _share_table(explanation: Explanation, heading: str, parts: Sequence[str], axis: int) -> Table:
    """axis: that of `Shares` which is summed over."""
    rows = []
    for one in explanation.by_method:
        for method, verb, shares in (
            (one.method, "for", one.shares.positive),
            ("", "against", one.shares.negative),
        ):
            percents = (f"{100 * share:.0f}" for share in shares.sum(axis=axis))
            rows.append((method, verb, *percents))
    return text_table("", [*columns(heading, "", kind="name"), *columns(*parts)], rows)
