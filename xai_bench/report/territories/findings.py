"""What a study of territories found, in sentences that are made of its tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from xai_bench.report.stability.wording import listed
from xai_bench.results.study_tables import StudyResult, select
from xai_bench.studies.territories.study import SIZE, TWIN, USUAL, Territories
from xai_bench.types import is_control

__all__ = ["findings"]

_CHANCE = 0.5


def findings(found: Territories) -> list[str]:
    """Plain sentences: of maps, of two hearts, of the wall."""
    return [
        *(
            line
            for model in found.result.facts["models"]
            for line in _of_model(found.result, model)
        ),
        *_of_hearts(found.same_ecg),
        *_of_walls(found.wall_times),
    ]


def _of_model(result: StudyResult, model: str) -> Iterator[str]:
    table = select(result.table, model=model)
    auroc = select(table, measure="auroc")
    tested = auroc[[not _is_control(name) for name in auroc["method"]]]
    for reading, what in (
        ("missing", "read as what is missing (the adjoint of the lead field)"),
        ("present", "read as what each segment adds to the map"),
        ("share", "read by size alone"),
    ):
        rows = select(tested, reading=reading)
        if rows.empty:
            continue
        said = listed([f"{row['method']} {_text(row)}" for row in rows.to_dict("records")])
        yield (
            f"{model}, {what}: AUROC of silent segments against the others {said}; n = "
            f"{rows['n'].max()} infarcts. {_verdict(table, rows, reading)}"
        )
    controls = [
        f"{name} {_text(row)}"
        for name in (SIZE, USUAL)
        for row in select(auroc, method=name).to_dict("records")
    ]
    (planted,) = select(auroc, method=TWIN, reading="missing").to_dict("records")
    yield (
        f"{model}, without any map: {listed(controls)}. What was planted, pulled back in place of "
        f"a map: {_text(planted)}."
    )


def _verdict(table: pd.DataFrame, rows: pd.DataFrame, reading: str) -> str:
    above = select(table, measure="above_usual", reading=reading)
    sure = above[(above["ci_low"] > 0) & above["method"].isin(rows["method"])]["method"]
    wrong = rows[rows["ci_high"] < _CHANCE]["method"]
    text = "None is better than knowing which segments are usually hit, by its interval."
    if len(sure):
        text = f"Better than knowing which segments are usually hit: {listed(list(sure))}."
    if len(wrong):
        text += f" The wrong way round: {listed(list(wrong))}."
    return text


def _of_hearts(table: pd.DataFrame) -> Iterator[str]:
    hearts = table["record_id"].nunique()
    yield (
        f"Two hearts, one ECG: in {hearts} healthy hearts each of {table['territory'].nunique()} "
        "territories can be silenced and the rest changed so that the twelve leads of the QRS are "
        f"the same: they differ by {table['largest_uv'].max():.0e} µV at most, and by "
        f"{table['rounded_uv'].max()} µV once they are rounded. Twenty sources of one direction "
        "each, eight independent leads: twelve combinations at every instant leave no trace."
    )
    share = (table["outward_uv"] / table["ecg_uv"]).groupby(table["territory"]).median()
    said = listed([f"{share[name]:.0%} ({name})" for name in share.index])
    yield (
        "If every source must point outward, as excitation from the inside makes it, the other "
        f"heart's ECG differs by {said} of its largest deflection (median over hearts): what the "
        "leads do not tell apart, physiology may, and how well differs by territory."
    )


def _of_walls(table: pd.DataFrame) -> Iterator[str]:
    later = table[table["used"]].assign(later=table["wall_ms"] - table["straight_ms"])
    said = []
    for name, rows in later.groupby("spread", sort=False):
        most = rows.sort_values("later", kind="stable").iloc[-1]
        said.append(f"{name} {most['later']:+.0f} ms ({most['segment']})")
    yield (
        "Excitation that keeps to the wall arrives later than by the generator's straight lines; "
        f"the most at one source that the generator takes from each: {listed(said)}."
    )


def _text(row: Mapping[Any, Any]) -> str:
    return f"{row['value']:.2f} [{row['ci_low']:.2f}, {row['ci_high']:.2f}]"


def _is_control(method: str) -> bool:
    return is_control(method) or method in (SIZE, TWIN, USUAL)
