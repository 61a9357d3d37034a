"""The answer, in sentences and in a table, and what was scored to find it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from xai_bench.report.formats import span
from xai_bench.report.html.material import Material
from xai_bench.report.html.render import Section
from xai_bench.report.leaderboard.order import with_text
from xai_bench.report.table import Cell, Row, Table, columns
from xai_bench.report.verdicts.answer import answer_of, answer_sentences
from xai_bench.report.verdicts.answer_table import answer_table
from xai_bench.results import COMPARABLE
from xai_bench.results.trusted_standings import trusted_metrics
from xai_bench.types import is_control

__all__ = ["overview_section"]


def overview_section(material: Material) -> Section:
    """The answer to the question of the page's title; always there."""
    audited = material.zoo.audited()
    table = with_text(material.leaderboard) if len(material.leaderboard) else material.leaderboard
    answer = answer_of(material.cells, table, audited, material.core)
    first, *others = answer_sentences(answer)
    verdict, colon, rest = first.partition(": ")
    return Section(
        anchor="overview",
        title="The answer",
        context={
            "verdict": f"{verdict}{colon.rstrip()}",
            "sentences": [f"{rest[:1].upper()}{rest[1:]}", *others],
            "table": answer_table(answer),
            "scored": _scored_table(table, trusted_metrics(table, audited)),
        },
    )


def _scored_table(table: pd.DataFrame, trusted: Sequence[str]) -> Table | None:
    """What numbers are of, a row for each model on a data set; None where nothing was scored."""
    rows = []
    for place, of in table[table["status"] == "ok"].groupby(list(COMPARABLE), sort=False):
        control = of["method"].map(is_control).astype(bool)
        scored, failed = int(of["n"].sum()), int(of["n_failed"].sum())
        names = set(of["metric"])
        counts = (
            (str(int(of["n"].max())), int(of["n"].max())),
            (_detected(of), None),
            (str(of.loc[~control, "method"].nunique()), of.loc[~control, "method"].nunique()),
            (str(of.loc[control, "method"].nunique()), of.loc[control, "method"].nunique()),
            (f"{len(names)}, {len(names & set(trusted))} of them", len(names)),
            (f"{scored:,}", scored),
            (f"{failed:,}", failed),
        )
        cells = [Cell(text=text, value=None if k is None else float(k)) for text, k in counts]
        dataset, _, model = map(str, place)
        rows.append(Row(cells=[Cell(text=model), Cell(text=dataset), *cells]))
    if not rows:
        return None
    return Table(
        title="What was scored",
        columns=[
            *columns("model", kind="code"),
            *columns("recordings of", kind="name"),
            *columns("recordings", "with evidence: detected", "methods", "controls"),
            *columns("metrics, trusted", "scores", "without a score"),
        ],
        rows=rows,
        caption=[
            "localisation is of recordings with planted evidence that the model detects",
            "trusted: the audit of metrics found nothing against it, and it asks what a map "
            "without a trained model could do too",
        ],
    )


def _detected(of: pd.DataFrame) -> str:
    """Such as "13 of 16"; – where nothing was asked of the evidence alone."""
    rows = of[of["recordings"] == "detected"]
    if rows.empty:
        return "–"
    every = rows["n"] + rows["n_undetected"].fillna(0)
    return f"{span(rows['n'].min(), rows['n'].max())} of {span(every.min(), every.max())}"
