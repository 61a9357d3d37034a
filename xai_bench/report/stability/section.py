"""The comparisons of stability: what was found, a figure for each question, and the estimates."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from xai_bench.report.estimate import Estimate
from xai_bench.report.html.material import Material
from xai_bench.report.html.pictures import photographed
from xai_bench.report.html.section_model import Download, Section
from xai_bench.report.scale import scale_of
from xai_bench.report.stability.findings import findings, least_detectable
from xai_bench.report.stability.page import CAPTIONS, READ, picture
from xai_bench.report.stability.write import TABLE_FILE, read_comparison
from xai_bench.results import to_csv
from xai_bench.studies.stability.schema import EVIDENCE, PREDICTION, QUESTIONS

__all__ = ["show_stability"]

_SHOWN = ("spearman", *EVIDENCE, *PREDICTION)
"""Measures of the tables on the page; the downloaded one has all."""


def show_stability(material: Material) -> Section | None:
    """One block for each folder that a comparison wrote."""
    blocks = [_block(folder) for folder in material.stabilities]
    if not blocks:
        return None
    return Section(
        anchor="stability", title="Stability of explanations", context={"comparisons": blocks}
    )


def _block(folder: Path) -> dict[str, Any]:
    scores, table, facts = read_comparison(folder)
    said = findings(scores, table)
    asked = [name for name in QUESTIONS if name in set(table["question"])]
    return {
        "data": facts["data"],
        "n": facts["n"],
        "few": least_detectable(scores),
        "questions": [
            {
                "asked": QUESTIONS[name],
                "found": [one.text for one in said if one.question == name],
                "picture": photographed(folder / picture(name)),
                "caption": CAPTIONS[name],
                "read": READ[name],
                "rows": _rows(table[table["question"] == name]),
            }
            for name in asked
        ],
        "left_out": [*facts["left_out"], *map(_skipped, facts["skipped"])],
        "download": Download(name=TABLE_FILE, text=to_csv(table)),
    }


def _skipped(one: Mapping[str, str]) -> str:
    named = [one[name] for name in ("model", "method", "question") if one[name]]
    return f"{', '.join(named)}: {one['reason']}"


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The estimates over all recordings, on one scale for each measure."""
    shown = table[table["measure"].isin(_SHOWN) & (table["given"] == "all")]
    scales = {
        measure: scale_of(map(float, rows[["mean", "ci_low", "ci_high"]].to_numpy().ravel()))
        for measure, rows in shown.groupby("measure", sort=False)
    }
    return [_row(row, scales) for row in shown.to_dict("records")]


def _row(row: Mapping[Any, Any], scales: Mapping[Any, Any]) -> dict[str, Any]:
    mean, low, high = (float(row[name]) for name in ("mean", "ci_low", "ci_high"))
    estimate = Estimate(mean=mean, low=low, high=high)
    bar = scales[row["measure"]].bar(estimate)
    level = float(row["level"])
    return {
        "model": row["model"],
        "method": row["method"] or "the prediction",
        "against": row["against"],
        "condition": row["condition"],
        "level": f"{level:.3g}" if math.isfinite(level) else "",
        "measure": row["measure"],
        "value": mean if math.isfinite(mean) else None,
        "text": estimate.mean_text,
        "interval": estimate.interval_text,
        "bar": bar.style if bar else "",
        "n": int(row["n"]),
        "reason": row["reason"],
    }
