"""What the terminal shows, written out."""

from __future__ import annotations

import io

import numpy as np
from rich.console import Console

from xai_bench.report.explanation.attribution_regions import Region, Shares
from xai_bench.report.explanation.bar_values import lead_bars, wave_bars
from xai_bench.report.explanation.record_explanation import Explanation, MethodExplanation
from xai_bench.report.explanation.text import sentences, share_tables
from xai_bench.report.terminal import terminal_table
from xai_bench.types import LEADS


def stands_out(
    method: str,
    what: str,
    *,
    problem: str | None = None,
    empty: bool = False,
    draws: int = 1,
    signed: bool = True,
) -> MethodExplanation:
    positive, negative = np.zeros((12, 7)), np.zeros((12, 7))
    if not empty:
        positive[7, 4], positive[7, 5], positive[0, 3] = 0.5, 0.3, 0.2
        negative[11, 1] = 1.0
    region = Region(lead="V2", wave="ST", runs=((3, 9),), every=False, share=0.5)
    against = Region(lead="V6", wave="P", runs=((1, 9),), every=True, share=1.0)
    down = 0.25 if signed and not empty else 0.0
    shares = Shares(positive=positive, negative=negative, against=down)
    others = [Shares(positive=positive, negative=negative, against=0.5)] * (draws - 1)
    additive = what == "evidence"
    return MethodExplanation(
        method=method,
        what=what,
        problem=problem,
        shares=shares,
        strongest_for=[] if empty else [region],
        strongest_against=[] if empty or not signed else [against],
        by_lead=lead_bars([shares, *others], LEADS),
        by_wave=wave_bars([shares, *others]),
        additive=additive,
        sums=(0.0, 0.0) if empty else (7.5, -2.5 if signed else 0.0),
        signed=signed,
        draws=draws,
        steady=0.625,
    )


def explanation(*methods: MethodExplanation) -> Explanation:
    return Explanation(
        title="The title",
        header=("True label: MI", "Heart rate 60 /min"),
        origin="Read: it.",
        shown="Shown: all.",
        leads=LEADS,
        waves="delineated",
        beats=9,
        remarks=("imn: no beats of one shape found",),
        by_method=methods,
    )


def test_the_sentences() -> None:
    methods = (
        stands_out("ig", "evidence"),
        stands_out("shap", "evidence", draws=4),
        stands_out("saliency", "attribution", problem="it is off"),
        stands_out("gradcam", "attribution", signed=False),
        stands_out("oracle", "attribution", empty=True),
    )
    in_both = [
        "  of the sum of |evidence|: 75 % for the target, 25 % against it",
        "  V2, ST, beats 3-9: 38 % of |evidence|, for the target",
        "  V6, P, all beats: 25 % of |evidence|, against it",
    ]
    assert sentences(explanation(*methods)) == [
        "The title",
        "True label: MI",
        "Heart rate 60 /min",
        "Read: it.",
        "Waves: delineated. Beats: 9.",
        "imn: no beats of one shape found",
        "Shown: all.",
        "",
        "ig:",
        "  for +7.5, against −2.5, in log-odds",
        *in_both,
        "",
        "shap:",
        "  for +7.5, against −2.5, in log-odds  ·  the first of 4 independent draws; in all of "
        "them 62 % of its |evidence| has the same sign",
        *in_both,
        "  for the target in 4 draws: V2 40 to 60 %, I 10 to 15 %, II 0 %",
        "",
        "saliency:",
        "  not valid: it is off",
        *(line.replace("evidence", "attribution") for line in in_both),
        "",
        "gradcam:",
        "  size alone: a map without a sign says nothing for or against",
        "  V2, ST, beats 3-9: 50 % of |attribution|",
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
        ["15", "0", "0", "0", "0", "0", "0", "60", "0", "0", "0", "0"],
        ["0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "0", "25"],
    ]
    assert [row[-7:] for row in rows[3:]] == [
        ["none", "P", "PR", "QRS", "ST", "T", "TP"],
        ["0", "0", "0", "15", "38", "22", "0"],
        ["0", "25", "0", "0", "0", "0", "0"],
    ]
    assert rows[1][:2] == ["feature-ablation", "for"]
    assert rows[2][0] == "against"
