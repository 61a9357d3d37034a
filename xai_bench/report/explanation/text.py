"""An explanation in a terminal: sentences, and small tables of shares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from jaxtyping import Float64
from rich.box import HORIZONTALS
from rich.table import Table

from xai_bench.report.explanation.record_explanation import Explanation, Said
from xai_bench.report.explanation.strongest_regions import sentence
from xai_bench.types import LEADS, WAVES

__all__ = ["sentences", "share_tables"]


def sentences(explanation: Explanation) -> list[str]:
    """What stands out, line by line: the strongest regions of each method."""
    lines = [explanation.title, explanation.origin]
    lines.append(f"Waves: {explanation.waves}. Beats: {explanation.beats}.")
    for said in explanation.said:
        lines += ["", f"{said.method}:", *(f"  {line}" for line in _said(said))]
    return lines


def share_tables(explanation: Explanation) -> list[Table]:
    """By lead and by wave: percent of what is positive (for) and of what is negative (against)."""
    by_lead = [
        (s.shares.positive.sum(axis=1), s.shares.negative.sum(axis=1)) for s in explanation.said
    ]
    by_wave = [
        (s.shares.positive.sum(axis=0), s.shares.negative.sum(axis=0)) for s in explanation.said
    ]
    methods = [said.method for said in explanation.said]
    return [
        _table("% in lead", LEADS, methods, by_lead),
        _table("% in wave", WAVES, methods, by_wave),
    ]


def _said(said: Said) -> Iterable[str]:
    if said.problem:
        yield f"not valid: {said.problem}"
    against = 100 * said.shares.against
    if not said.shares.positive.any() and not said.shares.negative.any():
        yield "zero everywhere"
        return
    yield f"{against:.0f} % of the {said.what} is negative, {100 - against:.0f} % positive"
    for sign, regions in (("positive", said.speaks_for), ("negative", said.speaks_against)):
        yield from (sentence(region, what=f"{sign} {said.what}") for region in regions)


def _table(
    title: str,
    columns: Sequence[str],
    methods: Sequence[str],
    rows: Sequence[tuple[Float64[np.ndarray, " part"], Float64[np.ndarray, " part"]]],
) -> Table:
    table = Table(box=HORIZONTALS, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(title)
    table.add_column("")
    for column in columns:
        table.add_column(column, justify="right")
    for method, (up, down) in zip(methods, rows, strict=True):
        table.add_row(method, "for", *(f"{100 * share:.0f}" for share in up))
        table.add_row("", "against", *(f"{100 * share:.0f}" for share in down))
    return table
