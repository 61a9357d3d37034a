"""The report as a page of Markdown, rendered from its tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from xai_bench.report.realism.findings import DISCOVERY_RATE, findings, number
from xai_bench.studies.realism.model_percentiles import summarise
from xai_bench.studies.realism.two_sample_test import TwoSample
from xai_bench.types import LEADS

__all__ = ["render"]

_MOST_WEIGHTS = 10


def render(
    *,
    name: str,
    facts: Sequence[str],
    table: pd.DataFrame,
    test: TwoSample,
    scores: pd.DataFrame,
    skipped: Sequence[str],
    pictures: Sequence[str],
) -> str:
    """facts: what was compared, one line each. pictures: file names beside the page."""
    sections = [
        f"# Synthetic NORM beside {name}\n\n",
        "".join(f"- {fact}\n" for fact in facts),
        "\n## What gives the synthetic away\n\n" + _findings(table),
        "\n## Can a classifier tell?\n\n" + _test(test),
        "\n## Intervals and rhythm\n\n" + _whole(table),
        "\n## By lead\n\n" + _by_lead(table),
    ]
    if len(scores) or skipped:
        sections.append("\n## Models on the real recordings\n\n" + _models(scores, skipped))
    if pictures:
        shown = "".join(f"![{picture}]({picture})\n\n" for picture in pictures)
        sections.append(f"\n## Pictures\n\n{shown}")
    return "".join(sections)


def _findings(table: pd.DataFrame) -> str:
    found = findings(table)
    if not found:
        return (
            f"No feature differs at a false discovery rate of {DISCOVERY_RATE:.0%}. With few real "
            "recordings only large differences can be seen.\n"
        )
    intro = (
        f"Features whose distribution differs at a false discovery rate of {DISCOVERY_RATE:.0%}, "
        "worst first, each with its worst lead; median [10 %, 90 %].\n\n"
    )
    return intro + "".join(f"{i}. {line}\n" for i, line in enumerate(found, start=1))


def _test(test: TwoSample) -> str:
    if test.reason is not None:
        return f"Not asked: {test.reason}.\n"
    rows = (
        (
            str(row["group"]),
            str(row["classifier"]),
            str(row["features"]),
            f"{row['auroc']:.2f} [{row['ci_low']:.2f}, {row['ci_high']:.2f}]",
        )
        for _, row in test.table.iterrows()
    )
    first = test.table.iloc[0]
    weights = ", ".join(
        f"{row['feature']}{' ' + row['lead'] if row['lead'] else ''} {row['weight']:+.2f}"
        for _, row in test.weights.head(_MOST_WEIGHTS).iterrows()
    )
    return (
        f"AUROC of telling {first['real_n']} real from {first['synthetic_n']} synthetic "
        "recordings, cross-validated by patient, with a 95 % bootstrap interval over patients: "
        "0.5 is indistinguishable, 1 is always told apart. With few real recordings a value "
        "near 0.5 also means that there was little to learn from.\n\n"
        + _rows(("shown", "classifier", "features", "AUROC"), rows)
        + f"\nLargest weights without the recorder (positive: more in real): {weights}.\n"
    )


def _whole(table: pd.DataFrame) -> str:
    rows = (
        (
            str(row["feature"]),
            str(row["unit"]),
            _quantiles(row, "real"),
            _quantiles(row, "synthetic"),
            f"{row['percentile']:.0f}",
            f"{row['ks']:.2f}",
        )
        for _, row in table[table["lead"] == ""].iterrows()
    )
    header = ("feature", "unit", "real, median [10 %, 90 %]", "synthetic", "percentile", "KS")
    return _rows(header, rows)


def _by_lead(table: pd.DataFrame) -> str:
    part = table[table["lead"] != ""]
    rows = []
    for feature in part["feature"].unique():
        found = {row["lead"]: row for _, row in part[part["feature"] == feature].iterrows()}
        cells = [_pair(found[lead]) if lead in found else "–" for lead in LEADS]
        unit = next(iter(found.values()))["unit"]
        rows.append((f"{feature}, {unit}".rstrip(", "), *cells))
    return (
        "Medians, real / synthetic; bold where the distributions differ. Quantiles are in "
        "`realism.csv`.\n\n" + _rows(("", *LEADS), rows)
    )


def _models(scores: pd.DataFrame, skipped: Sequence[str]) -> str:
    rows = (
        (
            str(row["model"]),
            str(row["folder"]),
            str(row["n"]),
            f"{row['median']:.0f}",
            f"{row['share_high']:.0%}",
        )
        for _, row in summarise(scores).iterrows()
    )
    return (
        "Percentile of a real recording's log-odds of the positive class within normal synthetic "
        "recordings of fold 10. High means unlike what the model calls normal, which another "
        "hospital's recorder is enough for: no claim about any patient. Each recording is in "
        "`models.csv`.\n\n"
        + _rows(("model", "recordings", "n", "median percentile", "above the 90th"), rows)
        + "".join(f"\nSkipped: {line}.\n" for line in skipped)
    )


def _quantiles(row: pd.Series, kind: str) -> str:
    low, middle, high = (number(row[f"{kind}_{q}"], row["unit"]) for q in ("q10", "q50", "q90"))
    unit = f" {row['unit']}".rstrip()
    return f"{middle.removesuffix(unit)} [{low.removesuffix(unit)}, {high.removesuffix(unit)}]"


def _pair(row: pd.Series) -> str:
    text = f"{number(row['real_q50'])} / {number(row['synthetic_q50'])}"
    return f"**{text}**" if row["p"] < DISCOVERY_RATE else text


def _rows(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    columns = list(header)
    lines = [columns, ["---"] * len(columns), *map(list, rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
