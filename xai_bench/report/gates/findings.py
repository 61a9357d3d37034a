"""What a study of gates found, in sentences made of its table alone."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from xai_bench.report.gates.tables import blocks_of
from xai_bench.report.stability.wording import listed, of_row
from xai_bench.results.study_tables import StudyResult, select
from xai_bench.studies.gates.study import (
    ALL_BLOCKS,
    GATES,
    OTHER,
    REMOVAL,
    SIZE,
    UNTRAINED,
)

__all__ = ["gate_findings"]


def gate_findings(result: StudyResult) -> Iterator[str]:
    """Of each net: whether gates say which channels matter, whether better than what needs no
    gates, whether they are of the recording, and what is lost without them."""
    for model in result.facts["models"]:
        rows, blocks = select(result.table, model=model), blocks_of(result, model)
        yield _agreement(model, rows, blocks)
        yield _gain(model, rows, blocks, OTHER, "the gates of another patient's recording")
        yield _gain(model, rows, blocks, SIZE, "the size of the map, which needs no gates")
        yield _gain(model, rows, blocks, UNTRAINED, "the gates of the untrained net with its own")
        yield _between(model, rows, blocks)
        yield _without(model, rows)


def _agreement(model: str, rows: pd.DataFrame, blocks: list[str]) -> str:
    of = select(rows, measure="agreement", first=GATES, second=REMOVAL)
    each = [_one(select(of, block=block)) for block in blocks]
    said = [f"{block} {of_row(row)}" for block, row in zip(blocks, each, strict=True)]
    n = max(int(row["n"]) for row in each)
    verdicts = [
        sum(float(row["ci_low"]) > 0 for row in each),
        sum(float(row["ci_high"]) < 0 for row in each),
    ]
    return (
        f"{model}: Spearman's correlation of gates with what the removal of a channel does is "
        f"{listed(said)} (n = {n}); above zero in {verdicts[0]} of {len(each)} blocks, below in "
        f"{verdicts[1]}."
    )


def _gain(model: str, rows: pd.DataFrame, blocks: list[str], other: str, words: str) -> str:
    of = select(rows, measure="gain", first=other)
    found = [_one(select(of, block=block)) for block in blocks]
    said = [
        f"{block} {_verdict(row)}, {of_row(row)}" for block, row in zip(blocks, found, strict=True)
    ]
    return f"{model}, gates against {words}: agreement with removals is {listed(said)}."


def _verdict(row: pd.Series) -> str:
    low, high = float(row["ci_low"]), float(row["ci_high"])
    if math.isnan(low):
        return "not known"
    return "higher" if low > 0 else "lower" if high < 0 else "not told apart"


def _between(model: str, rows: pd.DataFrame, blocks: list[str]) -> str:
    of = select(rows, measure="between", second="")
    said = [f"{block} {_percent(_one(select(of, block=block)))}" for block in blocks]
    return (
        f"{model}: of the variance of gates is between recordings, and not between channels: "
        f"{listed(said)}."
    )


def _percent(row: pd.Series) -> str:
    value, low, high = (float(row[name]) for name in ("value", "ci_low", "ci_high"))
    return f"{value:.1%} [{low:.1%}, {high:.1%}]"


def _without(model: str, rows: pd.DataFrame) -> str:
    of_all = select(rows, block=ALL_BLOCKS)
    changed = _one(select(of_all, measure="log_odds"))
    area = select(of_all, measure="auroc")
    difference = _one(select(area, first="own less mean"))
    begin = (
        f"{model}: with the same gates for all recordings, their means, the log-odds change by "
        f"{of_row(changed)} on average"
    )
    if math.isnan(float(difference["value"])):
        return f"{begin}; AUROC is not known: {difference['reason']}."
    own, mean = (_one(select(area, first=name)) for name in ("own", "mean"))
    return (
        f"{begin}, and AUROC is {of_row(mean)} for {of_row(own)} (difference "
        f"{of_row(difference)}, n = {difference['n']})."
    )


def _one(rows: pd.DataFrame) -> pd.Series:
    (found,) = (row for _, row in rows.iterrows())
    return found
