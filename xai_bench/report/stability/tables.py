"""A comparison in a terminal: one number of each question for each method of each model."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from rich.box import HORIZONTALS
from rich.table import Table
from rich.text import Text

from xai_bench.report.figures.style import style
from xai_bench.stats import statistic_interval
from xai_bench.studies.stability.headline_scores import MEASURE, SNR_DB, headline

__all__ = ["summary"]

_ALL_LAYERS = "all layers random"
Asked = Callable[[str, str], Text]


def summary(scores: pd.DataFrame, table: pd.DataFrame) -> Table:
    """A row for each method, a column for each question; mean over its interval."""
    shown = Table(
        box=HORIZONTALS, padding=(0, 1, 0, 0), pad_edge=False,
        title=Text("stability of explanations (Spearman)", style="bold"),
        caption=Text("with 95 % intervals; controls are dim", style="dim"),
        caption_justify="left",
    )  # fmt: skip
    shown.add_column("method", no_wrap=True)  # a name that is broken cannot be typed
    columns = _columns(scores, table)
    for name in columns:
        shown.add_column(name, justify="right")
    for model, of_model in table.groupby("model", sort=False):
        shown.add_section()
        shown.add_row(Text(str(model), style="bold"))
        methods = [str(name) for name in dict.fromkeys(of_model["method"]) if name]
        for method in sorted(methods, key=lambda name: style(name).control):
            cells = (found(str(model), method) for found in columns.values())
            dim = "dim" if style(method).control else ""
            shown.add_row(Text(f"  {method}", style=dim), *cells)
    return shown


def _columns(scores: pd.DataFrame, table: pd.DataFrame) -> dict[str, Asked]:
    """What is asked of (model, method), by its heading; only of questions that were."""

    def of_scores(name: str) -> Asked:
        def found(model: str, method: str) -> Text:
            wide = headline(name, scores, model)
            if method not in wide.scores.columns:
                return Text("–")
            each = wide.scores[method].to_numpy(np.float64)
            known = ~np.isnan(each)
            patients = [p for p, there in zip(wide.patients, known, strict=True) if there]
            low, high = statistic_interval(each[known], patients, "mean")
            return _cell(float(each[known].mean()), low, high)

        return found

    similar = table[(table["measure"] == MEASURE) & (table["given"] == "all")]
    rivals = similar.loc[similar["condition"] == "another net", "against"]

    def of_table(condition: str, rival: str = "", *, last: bool = False) -> Asked:
        rows = similar[similar["condition"] == condition]
        rows = rows[rows["against"] == rival] if rival else rows

        def found(model: str, method: str) -> Text:
            mine = rows[(rows["model"] == model) & (rows["method"] == method)]
            if last:
                mine = mine[mine["level"] == mine["level"].max()]
            if len(mine) == 0:
                return Text("–")
            row = mine.iloc[0]
            return _cell(float(row["mean"]), float(row["ci_low"]), float(row["ci_high"]))

        return found

    every = {
        "input": {f"noise, {SNR_DB:g} dB": of_scores("noise"), "lead swap": of_table("lead swap")},
        "initialisations": {
            "other seeds": of_table("same net"),
            **{
                f"seeds of {rival}": of_table("another net", str(rival))
                for rival in dict.fromkeys(rivals)
            },
        },
        "methods": {"in evidence": of_scores("evidence")},
        "weights": {_ALL_LAYERS: of_table("cascade", last=True)},
        "beats": {"next beat": of_scores("beats")},
    }
    asked = set(table["question"])
    return {
        name: found
        for question, columns in every.items()
        if question in asked
        for name, found in columns.items()
    }


def _cell(mean: float, low: float, high: float) -> Text:
    if math.isnan(mean):
        return Text("–", style="dim")
    text = Text(f"{mean:.2f}")
    if not math.isnan(low):
        text.append(f" {low:.2f}–{high:.2f}", style="dim")
    return text
