"""The leaderboard as tables: for each dataset and protocol one or more for each property."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from xai_bench.report.flag_words import flag_words
from xai_bench.report.formats import span, with_unit
from xai_bench.report.leaderboard.order import (
    MetricFacts,
    Order,
    by_family,
    check_metrics,
    order_of,
    standings,
    unreliable_models,
    with_text,
)
from xai_bench.report.leaderboard.undetected import pooled_captions, undetected_table
from xai_bench.report.scale import Scale
from xai_bench.report.table import Cell, Column, Row, Table, columns, estimate_cell, text_table
from xai_bench.results.method_comparison import MODEL_FREE_FAMILIES, NOT_ASKED
from xai_bench.types import is_control

__all__ = ["Cells", "board_cells", "caption", "leaderboard_tables", "metrics_table"]
__all__ += ["model_free_captions", "unscored_table"]

Cells = Mapping[tuple[str, str, str], Cell]
"""(model, method, metric) -> its score."""

_MOST_METRICS = 5
"""Beside each other: as many as the text of a page is wide, or a terminal of short headings."""
_IN_SEVERAL = 4
"""In each of several tables for a terminal; the last of a property has the caption."""


def leaderboard_tables(
    leaderboard: pd.DataFrame,
    cards: Mapping[str, MetricFacts],
    *,
    sort: str | None = None,
    for_paper: bool = False,
) -> list[Table]:
    """Tables with a row for each method under its model, and a column for each metric.

    A cell is the mean with its 95 % interval, and the skill of a method between random and the
    ceiling of its metric, or else its place between the best control without a trained model and
    the best method. A † marks a metric that the metric audit flags, a ° a method that is not shown
    to be better than such a control. A method that alone has rank 1 is `best`; those that share it
    are `tied`. Controls stand last. Unreliable models
    stand after all others, however these are sorted, and have no best. The last table lists what
    was not scored, with the reason. After a property of which undetected recordings are reported
    apart there is a table of these. `cards` gives the order of the properties and metrics.

    sort: a metric that comes first and orders models and methods, best first; without it they keep
    the order of the leaderboard. for_paper: without skills, places and the list of what was not
    scored, each table with its own caption. Raises UnknownNameError for a metric that is not in the
    leaderboard or that has no card.
    """
    leaderboard = with_text(leaderboard)
    scored = leaderboard[leaderboard["status"] == "ok"]
    unscored = leaderboard[leaderboard["status"] != "ok"]
    check_metrics(scored, cards, sort)
    tables = []
    for (dataset, protocol), rows in scored.groupby(["dataset", "protocol"], sort=False):
        order = order_of(rows, sort, cards)
        cells = board_cells(rows, cards, skill=not for_paper)
        for family, metrics in by_family(rows, cards, sort).items():
            few = for_paper or len(metrics) <= _MOST_METRICS
            size = _MOST_METRICS if few else _IN_SEVERAL
            parts = [metrics[start : start + size] for start in range(0, len(metrics), size)]
            for number, part in enumerate(parts, start=1):
                title = f"{dataset} · {family}"
                title += f" ({number} of {len(parts)})" if len(parts) > 1 else ""
                shown = rows[rows["metric"].isin(part if for_paper else metrics)]
                captioned = for_paper or number == len(parts)
                table = metrics_table(
                    title,
                    {name: cards[name] for name in part},
                    order,
                    rows[rows["metric"].isin(part)],
                    cells,
                    caption=caption(shown, str(protocol), for_paper=for_paper) if captioned else (),
                )
                tables.append(table)
            apart = undetected_table(
                f"{dataset} · {family} where the model does not detect",
                {name: cards[name] for name in metrics},
                order,
                rows,
            )
            tables += [] if apart is None else [apart]
    return tables if for_paper or unscored.empty else [*tables, unscored_table(unscored)]


def board_cells(
    rows: pd.DataFrame,
    cards: Mapping[str, MetricFacts],
    *,
    skill: bool = True,
    scales: Mapping[str, Scale] | None = None,
) -> Cells:
    """The scores of one dataset and protocol. scales: of each metric, for bars."""
    standing = standings(rows)
    unreliable = unreliable_models(rows)
    found = {}
    for row in rows.to_dict("records"):
        key = (str(row["model"]), str(row["method"]), str(row["metric"]))
        competes = not is_control(key[1]) and key[0] not in unreliable
        beaten_by = str(row["not_better_than"]) if competes else ""
        beaten_by = "" if beaten_by == NOT_ASKED else beaten_by
        reason = f"not shown to be better than {beaten_by.replace(';', ',')}" if beaten_by else ""
        found[key] = estimate_cell(
            float(row["mean"]),
            float(row["ci_low"]),
            float(row["ci_high"]),
            unit=cards[key[2]].unit,
            reason="; ".join(filter(None, (str(row["reason"]), reason))),
            note=_between(row) if skill and competes else "",
            model_free=bool(beaten_by),
            standing=standing.get(key),
            scale=scales[key[2]] if scales else None,
            mark=float(row["random"]),
        )
    return found


def _between(row: Mapping[Hashable, Any]) -> str:
    """Where a method stands between a floor and what is above it, if that is known."""
    if not math.isnan(row["skill"]):
        return f"skill {row['skill']:.2f}"
    if math.isnan(row["place"]):
        return ""
    return f"place {row['place']:.2f}" if row["place"] >= 0 else "below the floor"


def metrics_table(
    title: str,
    metrics: Mapping[str, MetricFacts],
    order: Order,
    rows: pd.DataFrame,
    cells: Cells,
    *,
    about: Mapping[str, str] | None = None,
    caption: Sequence[str],
) -> Table:
    """A column for each of `metrics`, a row for each pair in `order` that has one of them.

    about: what each metric is, where a back-end can show it.
    """
    flags = dict(zip(rows["metric"], rows["flags"], strict=True))
    remarks = dict(
        zip(zip(rows["model"], rows["method"], strict=True), rows["remark"], strict=True)
    )
    unreliable = unreliable_models(rows)
    of_metrics = [
        Column(
            heading=with_unit(metric.label, metric.unit),
            better=metric.better,
            flags=flag_words(flags[name]),
            about=about[name] if about else "",
        )
        for name, metric in metrics.items()
    ]
    lines = []
    for model, rivals, controls in order:
        for method in [*rivals, *controls]:
            line = [cells.get((model, method, name)) for name in metrics]
            if any(line):
                name = Cell(text=method, reason=str(remarks.get((model, method), "")))
                lines.append(
                    Row(
                        cells=[name, *(cell or Cell() for cell in line)],
                        group=model,
                        control=method in controls,
                        caveat="unreliable" if model in unreliable else "",
                    )
                )
    return Table(
        title=title,
        columns=[*columns("method", kind="name"), *of_metrics],
        rows=lines,
        caption=caption,
        group_heading="model",
        stacked=True,
    )


def caption(rows: pd.DataFrame, protocol: str, *, for_paper: bool = False) -> list[str]:
    """What a reader must know of these scores: how many, marks, what is missing and why."""
    parts = [
        f"mean and 95 % interval of n = {span(rows['n'].min(), rows['n'].max())}",
        "bold: alone first of its model, no other is better and told apart",
    ]
    if "tied" in standings(rows).values():
        parts.append("=: first of its model, beside others")
    parts += model_free_captions(rows)
    if for_paper:
        parts.append("controls are in italics and do not compete")
    else:
        parts += _between_captions(rows)
    parts += pooled_captions(rows)
    parts.append(f"protocol {protocol}")
    flagged = rows[rows["flags"] != ""].drop_duplicates("metric")
    for flags, metrics in flagged.groupby("flags", sort=False)["metric"]:
        parts.append(f"† {flag_words(str(flags))}: {', '.join(metrics)}")
    pairs = rows["model"] + " × " + rows["method"]
    for remark, whose in pairs[rows["remark"] != ""].groupby(rows["remark"], sort=False):
        parts.append(f"{remark} ({', '.join(dict.fromkeys(whose))})")
    for model, auroc in unreliable_models(rows).items():
        parts.append(f"{model} is unreliable and not ranked: AUROC {auroc}")
    for reason, whose in pairs[rows["n_failed"] > 0].groupby(rows["reason"], sort=False):
        names = "" if set(whose) == set(pairs) else f" ({', '.join(dict.fromkeys(whose))})"
        parts.append(f"no score: {reason}{names}")
    return parts


def _between_captions(rows: pd.DataFrame) -> list[str]:
    parts = [
        f"skill: 0 is random, 1 is {ceiling}"
        for ceiling in dict.fromkeys(rows.loc[rows["skill"].notna(), "ceiling"])
    ]
    floors = dict.fromkeys(rows.loc[rows["place"].notna(), "floor"])
    if floors:
        parts.append(
            f"place: 0 is the best control without a trained model ({', '.join(floors)}), 1 the "
            "best method"
        )
    return parts


def model_free_captions(rows: pd.DataFrame) -> list[str]:
    """What ° means, and for whom that was not asked."""
    asked = rows[
        rows["family"].isin(MODEL_FREE_FAMILIES)
        & rows["mean"].notna()
        & ~rows["method"].map(is_control).astype(bool)
        & ~rows["model"].isin(list(unreliable_models(rows)))
    ]
    unknown = asked["not_better_than"] == NOT_ASKED
    parts = []
    if (~unknown & (asked["not_better_than"] != "")).any():
        parts.append("°: not shown to be better than amplitude, slope or its own @untrained")
    if unknown.any():
        whose = "" if unknown.all() else f" ({', '.join(dict.fromkeys(asked['method'][unknown]))})"
        parts.append(f"° not asked: amplitude, slope and @untrained were not scored{whose}")
    return parts


def unscored_table(rows: pd.DataFrame) -> Table:
    """Pairs and metrics without a score, once each."""
    metrics: dict[tuple[str, str, str], list[str]] = {}
    for row in rows.to_dict("records"):
        pair = f"{row['dataset']} · {row['model']} × {row['method']}"
        of_pair = metrics.setdefault((pair, row["status"], row["reason"]), [])
        of_pair += [row["metric"]] if row["metric"] else []
    return text_table(
        "not scored",
        columns("dataset · model × method", "status", "reason", kind="words"),
        [
            (pair, f"{status}: {', '.join(named)}" if named else status, reason)
            for (pair, status, reason), named in metrics.items()
        ],
    )
