"""The tables of a study of gates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pandas as pd

from xai_bench.report.table import Cell, Row, Table, columns, estimate_cell
from xai_bench.results.study_tables import StudyResult, select
from xai_bench.studies.gates.study import (
    ALL_BLOCKS,
    AUROCS,
    GATES,
    REMOVAL,
    SAYERS,
    UNTRAINED,
)

__all__ = ["agreement_table", "blocks_of", "gate_tables"]


def gate_tables(result: StudyResult) -> Iterator[Table]:
    """All of them, what gates say of channels first."""
    yield agreement_table(result)
    yield _gains(result)
    yield _deviations(result)
    yield _means(result)


def blocks_of(result: StudyResult, model: str) -> list[str]:
    """Gated blocks in their order."""
    rows = select(result.table, model=model, measure="agreement")
    return list(dict.fromkeys(rows["block"]))


def agreement_table(result: StudyResult) -> Table:
    """Spearman's correlation with the effect of removals, a row a block."""
    return Table(
        title="What says which channels matter",
        columns=[*columns("block", kind="name"), *columns(*SAYERS)],
        rows=_rows(result, measure="agreement", second=REMOVAL, names=SAYERS),
        caption=[
            "Spearman's correlation, over the channels of a block, with the absolute change of the "
            "log-odds when a channel is removed; means over recordings with 95 % intervals",
            "shuffled gates: the floor; size of the map: the mean of its absolute values, before "
            "the gates; of the untrained net: its gates with its own removals",
        ],
        group_heading="model",
        stacked=True,
    )


def _gains(result: StudyResult) -> Table:
    names = [name for name in SAYERS if name != GATES]
    return Table(
        title="Gates less what else may be asked",
        columns=[*columns("block", kind="name"), *columns(*names)],
        rows=_rows(result, measure="gain", second=REMOVAL, names=names),
        caption=["differences of the correlations of the same recordings, with 95 % intervals"],
        group_heading="model",
        stacked=True,
    )


def _rows(result: StudyResult, *, measure: str, second: str, names: Sequence[str]) -> list[Row]:
    rows = []
    for model in result.facts["models"]:
        for block in blocks_of(result, model):
            of = select(result.table, model=model, block=block, measure=measure, second=second)
            cells = [_cell(select(of, first=name), digits=2, heat=True) for name in names]
            rows.append(Row(group=model, cells=[Cell(text=block), *cells]))
    return rows


def _deviations(result: StudyResult) -> Table:
    deviations = select(result.table, measure="deviation")
    classes = list(dict.fromkeys(deviations["first"]))
    rows = []
    for model in result.facts["models"]:
        for block in blocks_of(result, model):
            for of_net in ("", UNTRAINED):
                of = select(result.table, model=model, block=block, second=of_net)
                each = select(of, measure="deviation")
                cells = [_cell(select(each, first=name), scaled=1e3) for name in classes]
                between = _cell(select(of, measure="between"), digits=3)
                what = "untrained" if of_net else "trained"
                texts = [Cell(text=block), Cell(text=what)]
                rows.append(Row(group=model, cells=[*texts, *cells, between]))
    return Table(
        title="How far gates of a recording are from their mean",
        columns=[
            *columns("block", "net", kind="name"),
            *columns(*(f"{name}, 10⁻³" for name in classes), "share between recordings"),
        ],
        rows=rows,
        caption=[
            "mean square deviation of the gates of a recording from their mean over all "
            "recordings, by class, with 95 % intervals (ours: the formula of the paper is not "
            "known to us)",
            "share between recordings: of the variance of gates; the rest is between channels and "
            "the same for every recording",
        ],
        group_heading="model",
        stacked=True,
    )


def _means(result: StudyResult) -> Table:
    rows = []
    for model in result.facts["models"]:
        of_model = select(result.table, model=model)
        for block in [*blocks_of(result, model), ALL_BLOCKS]:
            of = select(of_model, block=block)
            aurocs = select(of, measure="auroc")
            cells = [
                Cell(text=block),
                _cell(select(of, measure="channel"), digits=3),
                _cell(select(of, measure="log_odds"), digits=3),
                *(_cell(select(aurocs, first=name), digits=4) for name in AUROCS),
            ]
            rows.append(Row(group=model, cells=cells))
    return Table(
        title="What is lost when gates are the same for all recordings",
        columns=[
            *columns("block", kind="name"),
            *columns("one channel removed", "gates at their means"),
            *columns("AUROC, own gates", "AUROC, means", "difference"),
        ],
        rows=rows,
        caption=[
            "mean absolute changes of the log-odds, with 95 % intervals; AUROC of the explained "
            "task on these recordings, the same ones resampled together for the difference"
        ],
        group_heading="model",
        stacked=True,
    )


def _cell(
    found: pd.DataFrame, *, digits: int | None = None, heat: bool = False, scaled: float = 1
) -> Cell:
    if found.empty:
        return Cell()
    row = found.iloc[0]
    value, low, high = (float(row[name]) * scaled for name in ("value", "ci_low", "ci_high"))
    return estimate_cell(
        value,
        low,
        high,
        digits=digits,
        reason=str(row["reason"]),
        heat=value if heat else None,
    )
