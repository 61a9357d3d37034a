"""A table with one of everything."""

from __future__ import annotations

from xai_bench.report.scale import Scale
from xai_bench.report.table import Cell, Column, Row, Table, estimate_cell

__all__ = ["EVERYTHING", "HOSTILE"]

HOSTILE = "</td><b>|*_`{{ 7 }}"
EVERYTHING = Table(
    title="synthetic · localisation",
    columns=[
        Column(heading="method", kind="name"),
        Column(
            heading="relevance mass", better="higher", flags="sign", about="how much lies in it"
        ),
        Column(heading="seconds", better="lower"),
        Column(heading="what it is", kind="words"),
    ],
    rows=[
        Row(
            group="imn",
            cells=[
                Cell(text="ig"),
                estimate_cell(
                    0.8,
                    0.7,
                    0.9,
                    standing="best",
                    note="skill 0.50",
                    scale=Scale(low=0.0, high=1.0),
                ),
                estimate_cell(0.012, 0.01, 0.02, unit="s", standing="tied"),
                Cell(text="a | b", cite="known"),
            ],
        ),
        Row(
            group="imn",
            control=True,
            cells=[
                Cell(text="random"),
                estimate_cell(-0.25, digits=2, heat=-0.5, strong=True),
                Cell(reason="too few"),
                Cell(text="noise", reason="of one seed"),
            ],
        ),
        Row(
            group="bad",
            caveat="unreliable",
            cells=[Cell(text=HOSTILE), Cell(), Cell(), Cell(text=HOSTILE)],
        ),
    ],
    caption=["n = 16", "protocol 0a_1b"],
    group_heading="model",
    stacked=True,
)
