"""The table below the answer: how often a method beats what needs no trained model, and leads."""

from __future__ import annotations

from xai_bench.report.formats import span
from xai_bench.report.scale import Scale
from xai_bench.report.table import Cell, Column, Row, Table, columns, estimate_cell
from xai_bench.report.verdicts.answer import Answer, place_of
from xai_bench.results.trusted_standings import MethodStanding

__all__ = ["answer_table"]

_SHARES = Scale(low=0.0, high=1.0)


def answer_table(answer: Answer) -> Table | None:
    """A row for each method of each model; None where nothing was asked."""
    if not answer.asked:
        return None
    return Table(
        title="Methods by the metrics that are trusted",
        columns=[
            Column(heading="method", kind="name"),
            Column(
                heading="better than the controls",
                better="higher",
                about="shown to be better than each control that needs no trained model",
            ),
            Column(
                heading="first",
                better="higher",
                about="no other is better and told apart, and it is better than the controls",
            ),
            Column(heading="first alone", better="higher"),
            *columns("recordings", "without a score"),
        ],
        rows=[
            Row(cells=_cells(name, of), group=place_of(one, answer))
            for one in answer.asked
            for name, of in sorted(one.methods.items(), key=_best_first)
            if of.asked
        ],
        caption=[
            "counts of metrics",
            "a method that is not shown to be better than a control leads in no count",
        ],
        group_heading="model",
    )


def _best_first(named: tuple[str, MethodStanding]) -> tuple[int, int, int]:
    _, of = named
    return (-of.better, -len(of.first), -of.alone)


def _cells(name: str, of: MethodStanding) -> list[Cell]:
    share = estimate_cell(of.better / of.asked, scale=_SHARES)
    return [
        Cell(text=name),
        Cell(text=f"{of.better} of {of.asked}", value=share.value, bar=share.bar),
        *(Cell(text=str(k), value=float(k)) for k in (len(of.first), of.alone)),
        Cell(text=span(*of.recordings), value=float(of.recordings[1])),
        Cell(text=str(of.failed), value=float(of.failed)),
    ]
