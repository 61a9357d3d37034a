"""The leaderboard as tables for a terminal: one for each dataset, protocol and property."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

import pandas as pd
from rich.box import HORIZONTALS
from rich.table import Table
from rich.text import Text

from xai_bench.report.estimate import Estimate
from xai_bench.report.leaderboard.order import (
    MetricFacts,
    Standing,
    batched,
    check_metrics,
    order_of,
    standings,
    unreliable_models,
    with_text,
)
from xai_bench.results import is_control

__all__ = ["MetricFacts", "is_control", "leaderboard_tables"]

_ARROWS = {"higher": "↑", "lower": "↓", "none": ""}
_FLAG, _TIED = "†", "="
_APART = {
    "evidence": "evidence from noise",
    "noticed": "noticed evidence from noise",
    "training": "trained from untrained",
    "sign": "a map from its reverse",
}
"""What is told apart by a metric that passes the separation of this name, see `audit.trust`."""
_MOST_METRICS = 5
"""In one table of short headings, such as those of runtime."""
_IN_SEVERAL = 4
"""In each of several tables, where a family has more; the last of them has the caption."""
_LONGEST_WORD = 14
"""A longer word in a heading is broken, so that as many metrics fit into 80 columns."""


def leaderboard_tables(
    leaderboard: pd.DataFrame, cards: Mapping[str, MetricFacts], *, sort: str | None = None
) -> list[Table]:
    """Tables with a row for each method under its model, and a column for each metric.

    A cell is the mean over its 95 % interval, and the skill of a method, which is 0 for the control
    random and 1 for the oracle. A † marks a metric that the metric audit flags. A model's best
    method is bold where its interval is apart from that of the second best; an = marks those that
    are first together, because their intervals overlap. Controls stand below a rule. Unreliable
    models are dim, stand after all others, however these are sorted, and have no best. The last
    table lists what was not scored, with the reason. `cards` gives the order of the properties and
    metrics.

    sort: a metric to order models and methods by, best first; without it they keep the order of
    the leaderboard. Raises UnknownNameError for a metric that is not in the leaderboard or that
    has no card.
    """
    if leaderboard.empty:
        return []
    leaderboard = with_text(leaderboard)
    scored = leaderboard[leaderboard["status"] == "ok"]
    unscored = leaderboard[leaderboard["status"] != "ok"]
    check_metrics(scored, cards, sort)

    tables = []
    for (dataset, protocol), rows in scored.groupby(["dataset", "protocol"], sort=False):
        unreliable = unreliable_models(rows)
        order = order_of(rows, sort, cards)
        for family in dict.fromkeys(card.family for card in cards.values()):
            shown = rows[[cards[metric].family == family for metric in rows["metric"]]]
            columns = {name: cards[name] for name in cards if name in set(shown["metric"])}
            size = _MOST_METRICS if len(columns) <= _MOST_METRICS else _IN_SEVERAL
            pieces = [dict(piece) for piece in batched(columns.items(), size)]
            for number, piece in enumerate(pieces, start=1):
                title = f"{dataset} · {family}"
                title += f" ({number} of {len(pieces)})" if len(pieces) > 1 else ""
                last = number == len(pieces)
                table = _table(title, _caption(shown, str(protocol)) if last else None)
                _fill(table, shown[shown["metric"].isin(piece)], order, piece, unreliable)
                tables.append(table)
    return tables if unscored.empty else [*tables, _unscored_table(unscored)]


def _table(title: str, caption: str | None = None) -> Table:
    return Table(
        box=HORIZONTALS,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        title=Text(title, style="bold"),
        caption=Text(caption, style="dim") if caption else None,
        caption_justify="left",
    )


def _fill(
    table: Table,
    rows: pd.DataFrame,
    order: list[tuple[str, list[str], list[str]]],
    cards: Mapping[str, MetricFacts],
    unreliable: Collection[str],
) -> None:
    cells = {
        (row["model"], row["method"], row["metric"]): Estimate(
            mean=float(row["mean"]),
            low=float(row["ci_low"]),
            high=float(row["ci_high"]),
            unit=cards[row["metric"]].unit,
        )
        for row in rows.to_dict("records")
    }
    keys = zip(rows["model"], rows["method"], rows["metric"], strict=True)
    skills = dict(zip(keys, rows["skill"].astype(float), strict=True))
    flagged = set(rows.loc[rows["flags"] != "", "metric"])
    standing = standings(rows)
    table.add_column("model / method", no_wrap=True)
    for metric, card in cards.items():
        unit = f" ({card.unit})" if card.unit not in ("", "s", "B") else ""
        heading = card.label + unit + _ARROWS[card.better] + (_FLAG if metric in flagged else "")
        widths = [min(len(word), _LONGEST_WORD) for word in heading.split()]
        for key, cell in cells.items():
            if key[2] == metric:
                tied = standing.get(key) == "tied"
                widths += [len(cell.mean_text) + tied, len(cell.interval_text)]
        table.add_column(Text(heading), justify="right", overflow="fold", max_width=max(widths))

    for model, all_rivals, all_controls in order:
        rivals, controls = (
            [m for m in methods if any((model, m, metric) in cells for metric in cards)]
            for methods in (all_rivals, all_controls)
        )
        style = "dim" if model in unreliable else ""
        if rivals or controls:
            table.add_row(_name(model, model in unreliable))
        for method in rivals:
            keys_of = [(model, method, metric) for metric in cards]
            line = (_cell(cells.get(k), standing.get(k), skills.get(k)) for k in keys_of)
            table.add_row(Text(f"  {method}"), *line, style=style)
        if rivals:
            table.add_section()
        for method in controls:
            line = (_cell(cells.get((model, method, m))) for m in cards)
            table.add_row(Text(f"  {method}"), *line, style="dim")
        table.add_section()


def _name(model: str, unreliable: bool) -> Text:
    # On a line of its own the word takes no width from the numbers.
    return Text(f"{model}\nunreliable", style="dim") if unreliable else Text(model, style="bold")


def _cell(
    estimate: Estimate | None, standing: Standing | None = None, skill: float | None = None
) -> Text:
    if estimate is None:
        return Text("–")
    text = Text(estimate.mean_text, style="bold" if standing == "best" else "")
    if standing == "tied":
        text.append(_TIED)
    if estimate.interval_text:
        text.append(f"\n{estimate.interval_text}", style="not bold dim")
    if skill is not None and not math.isnan(skill):
        text.append(f"\nskill {skill:.2f}", style="not bold dim")
    return text


def _caption(rows: pd.DataFrame, protocol: str) -> str:
    least, most = rows["n"].min(), rows["n"].max()
    parts = [
        f"mean and 95 % interval of n = {least if least == most else f'{least} to {most}'}",
        "bold: best of its model, interval apart from the next",
        *(
            [f"{_TIED}: first of its model, beside others"]
            if "tied" in standings(rows).values()
            else []
        ),
        *(["skill: 0 is random, 1 is oracle"] if rows["skill"].notna().any() else []),
        f"protocol {protocol}",
    ]
    pairs = {f"{row['model']} × {row['method']}": None for row in rows.to_dict("records")}
    without: dict[str, dict[str, None]] = {}
    for row in rows[rows["n_failed"] > 0].to_dict("records"):
        named = without.setdefault(str(row["reason"]), {})
        named[f"{row['model']} × {row['method']}"] = None
    parts += _flags(rows)
    remarks: dict[str, dict[str, None]] = {}
    for row in rows[rows["remark"] != ""].to_dict("records"):
        named = remarks.setdefault(str(row["remark"]), {})
        named[f"{row['model']} × {row['method']}"] = None
    parts += [f"{remark} ({', '.join(named)})" for remark, named in remarks.items()]
    for model, auroc in unreliable_models(rows).items():
        parts.append(f"{model} is unreliable and not ranked: AUROC {auroc}")
    for reason, named in without.items():
        whose = "" if named == pairs else f" ({', '.join(named)})"
        parts.append(f"no score: {reason}{whose}")
    return " · ".join(parts)


def _flags(rows: pd.DataFrame) -> list[str]:
    """What the metrics of a table do not tell apart, by the metric audit."""
    failed: dict[str, list[str]] = {}
    for metric, flags in dict(zip(rows["metric"], rows["flags"], strict=True)).items():
        if flags:
            failed.setdefault(flags, []).append(metric)
    return [
        f"{_FLAG} does not tell apart {' and '.join(_APART[one] for one in flags.split(', '))}: "
        f"{', '.join(metrics)}"
        for flags, metrics in failed.items()
    ]


def _unscored_table(rows: pd.DataFrame) -> Table:
    table = _table("not scored")
    for heading in ("dataset · model × method", "status", "reason"):
        table.add_column(heading, overflow="fold")
    lines: dict[tuple[str, str, str], list[str]] = {}
    for row in rows.fillna({"metric": "", "reason": ""}).to_dict("records"):
        pair = f"{row['dataset']} · {row['model']} × {row['method']}"
        metrics = lines.setdefault((pair, row["status"], row["reason"]), [])
        metrics += [row["metric"]] if row["metric"] else []
    for (pair, status, reason), metrics in lines.items():
        what = f"{status}: {', '.join(metrics)}" if metrics else status
        table.add_row(Text(pair), Text(what), Text(reason))
    return table
