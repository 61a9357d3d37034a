"""An explanation in a terminal: sentences, and small tables of the numbers beside the bars."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from xai_bench.report.explanation.attribution_regions import sentence
from xai_bench.report.explanation.bar_values import Bars
from xai_bench.report.explanation.method_explanation import about
from xai_bench.report.explanation.record_explanation import Explanation, MethodExplanation
from xai_bench.report.figures.share_bars import percent
from xai_bench.report.table import Table, columns, text_table

__all__ = ["sentences", "share_tables"]

_RANGES = 3
"""Leads whose ranges over draws are told."""


def sentences(explanation: Explanation) -> list[str]:
    """What stands out, line by line: the strongest regions of each method."""
    lines = [explanation.title, *explanation.header, explanation.origin]
    lines.append(f"Waves: {explanation.waves}. Beats: {explanation.beats}.")
    lines += [*explanation.remarks, explanation.shown]
    for one in explanation.by_method:
        lines += ["", f"{one.method}:", *(f"  {line}" for line in _sentences(one))]
    return lines


def _sentences(one: MethodExplanation) -> Iterable[str]:
    if said := about(one):
        yield said
    if not any(one.sums):
        return
    against = one.shares.against
    if one.signed:
        split = f"{100 * (1 - against):.0f} % for the target, {100 * against:.0f} % against it"
        yield f"of the sum of |{one.what}|: {split}"
    sides = (" for the target", 1 - against, one.strongest_for)
    for side, share, regions in (sides, (" against it", against, one.strongest_against)):
        for region in regions:
            of_all = replace(region, share=region.share * share)
            yield sentence(of_all, what=f"|{one.what}|{',' + side if one.signed else ''}")
    if one.by_lead.for_range is not None:
        yield _ranges(one.by_lead, one.draws)


def _ranges(bars: Bars, draws: int) -> str:
    """Of the leads that hold most for the target."""
    assert bars.for_range is not None
    low, high = bars.for_range
    order = sorted(range(len(bars.names)), key=lambda k: -bars.speaks_for[k])[:_RANGES]
    ends = ((bars.names[k], percent(low[k]) or "0", percent(high[k]) or "0") for k in order)
    said = (f"{name} {low if low == high else f'{low} to {high}'} %" for name, low, high in ends)
    return f"for the target in {draws} draws: {', '.join(said)}"


def share_tables(explanation: Explanation) -> list[Table]:
    """By lead and by wave, the numbers of the bars: percent of the sum of |attribution|."""
    by_lead, by_wave = (
        [(one, getattr(one, name)) for one in explanation.by_method]
        for name in ("by_lead", "by_wave")
    )
    return [_share_table("% in lead", by_lead), _share_table("% in wave", by_wave)]


def _share_table(heading: str, rows: Sequence[tuple[MethodExplanation, Bars]]) -> Table:
    told = []
    for one, bars in rows:
        sides = [("for" if one.signed else "size", bars.speaks_for)]
        if one.signed:
            sides.append(("against", bars.speaks_against))
        for place, (verb, shares) in enumerate(sides):
            percents = (percent(share) or "0" for share in shares.tolist())
            told.append(("" if place else one.method, verb, *percents))
    names = rows[0][1].names
    return text_table("", [*columns(heading, "", kind="name"), *columns(*names)], told)
