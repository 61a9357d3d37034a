"""What the terminal shows, written out."""

from __future__ import annotations

import io

import numpy as np
from rich.console import Console

from xai_bench.report.explanation.attribution_regions import Region, Shares
from xai_bench.report.explanation.record_explanation import Explanation, MethodExplanation
from xai_bench.report.explanation.text import sentences, share_tables
from xai_bench.report.terminal import terminal_table
from xai_bench.types import LEADS


def stands_out(
    method: str, what: str, *, problem: str | None = None, empty: bool = False
) -> MethodExplanation:
    positive, negative = np.zeros((12, 7)), np.zeros((12, 7))
    if not empty:
        positive[7, 4], positive[7, 5], positive[0, 3] = 0.5, 0.3, 0.2
        negative[11, 1] = 1.0
    region = Region(lead="V2", wave="ST", runs=((3, 9),), every=False, share=0.5)
    against = Region(lead="V6", wave="P", runs=((1, 9),), every=True, share=1.0)
    return MethodExplanation(
        method=method,
        what=what,
        problem=problem,
        shares=Shares(positive=positive, negative=negative, against=0.0 if empty else 0.25),
        strongest_for=[] if empty else [region],
        strongest_against=[] if empty else [against],
    )


def explanation(*methods: MethodExplanation) -> Explanation:
    return Explanation(
        title="The title",
        origin="Read: it.",
        leads=LEADS,
        waves="delineated",
        beats=9,
        remarks=("imn: no beats of one shape found",),
        by_method=methods,
    )


def test_the_sentences() -> None:
    methods = (
        stands_out("ig", "evidence"),
        stands_out("saliency", "attribution", problem="it is off"),
        stands_out("oracle", "attribution", empty=True),
    )
    assert sentences(explanation(*methods)) == [
        "The title",
        "Read: it.",
        "Waves: delineated. Beats: 9.",
        "imn: no beats of one shape found",
        "",
        "ig:",
        "  25 % of the evidence is negative, 75 % positive",
        "  V2, ST, beats 3-9: 50 % of positive evidence",
        "  V6, P, all beats: 100 % of negative evidence",
        "",
        "saliency:",
        "  not valid: it is off",
        "  25 % of the attribution is negative, 75 % positive",
        "  V2, ST, beats 3-9: 50 % of positive attribution",
        "  V6, P, all beats: 100 % of negative attribution",
        "",
        "oracle:",
        "  zero everywhere",
    ]


def test_the_tables_fit_into_80_columns() -> None:
    console = Console(file=io.StringIO(), width=80)
    for table in share_tables(explanation(stands_out("feature-ablation", "evidence"))):
        console.print(terminal_table(table))
    assert isinstance(console.file, io.StringIO)
    printed = [line.split() for line in console.file.getvalue().splitlines()]
    rows = [line for line in printed if line and line[0][0] not in "─━"]
    assert [row[-12:] for row in rows[:3]] == [
        ["I", "II", "III", "aVR", "aVL", "aVF", "V1", "V2", "V3", "V4", "V5", "V6"],
        ["20", "0", "0", "0", "0", "0", "0", "80", "0", "0", "0", "0"],
        ["0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "100"],
    ]
    assert [row[-7:] for row in rows[3:]] == [
        ["none", "P", "PR", "QRS", "ST", "T", "TP"],
        ["0", "0", "0", "20", "50", "30", "0"],
        ["0", "100", "0", "0", "0", "0", "0"],
    ]
    assert rows[1][:2] == ["feature-ablation", "for"]
    assert rows[2][0] == "against"
