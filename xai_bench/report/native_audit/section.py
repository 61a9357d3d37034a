"""The audit of explanations that nets write themselves: a table for each of its questions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from xai_bench.report.estimate import Estimate
from xai_bench.report.html.embed import embed_picture
from xai_bench.report.html.material import Material
from xai_bench.report.html.render import Download, Section
from xai_bench.results import to_csv
from xai_bench.studies.native_audit.quantities import QUANTITIES, QUESTIONS

__all__ = ["show_audits"]

_NATIVE = "native"


def show_audits(material: Material) -> Section | None:
    """One block for each folder that an audit wrote."""
    blocks = [_block(folder, table) for folder, table in material.audits]
    if not blocks:
        return None
    return Section(
        anchor="audit", title="Audit of self-written explanations", context={"audits": blocks}
    )


def _block(folder: Path, table: pd.DataFrame) -> dict[str, Any]:
    native = table[table["method"] == _NATIVE]
    models = list(dict.fromkeys(native["model"]))
    return {
        "models": models,
        "questions": [
            {"number": number, "asked": asked, "rows": _rows(native, number, models)}
            for number, asked in QUESTIONS.items()
        ],
        "picture": embed_picture(folder / "audit.png"),
        "download": Download(name="audit.csv", text=to_csv(table)),
    }


def _rows(native: pd.DataFrame, number: int, models: list[str]) -> list[dict[str, Any]]:
    rows = []
    for name, quantity in QUANTITIES.items():
        found = native[native["quantity"] == name]
        if quantity.question != number or found["value"].isna().all():
            continue
        by_model = {row["model"]: row for row in found.to_dict("records")}
        rows.append(
            {
                "label": quantity.label,
                "read": quantity.read,
                "cells": [_cell(by_model.get(model)) for model in models],
            }
        )
    return rows


def _cell(row: dict[Any, Any] | None) -> dict[str, str]:
    if row is None or pd.isna(row["value"]):
        reason = row.get("reason", "") if row else ""
        return {"text": "n.a.", "interval": "", "reason": "" if pd.isna(reason) else str(reason)}
    estimate = Estimate(
        mean=float(row["value"]), low=float(row["ci_low"]), high=float(row["ci_high"])
    )
    return {"text": estimate.mean_text, "interval": estimate.interval_text, "reason": ""}
