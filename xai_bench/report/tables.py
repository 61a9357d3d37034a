"""The leaderboard as tables for a terminal: one for each dataset, protocol and property."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Protocol, TypeVar, runtime_checkable

import pandas as pd
from rich.box import HORIZONTALS
from rich.table import Table
from rich.text import Text

from xai_bench.errors import UnknownNameError
from xai_bench.report.estimates import Estimate

__all__ = ["MetricFacts", "is_control", "leaderboard_tables"]

_CONTROLS = ("oracle", "oracle-twin", "amplitude", "slope", "qrs-envelope", "random")
_ARROWS = {"higher": "↑", "lower": "↓", "none": ""}
_FLAG = "†"
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

Item = TypeVar("Item")


@runtime_checkable
class MetricFacts(Protocol):
    """What a table must know about a metric; a metric of the zoo is one."""

    @property
    def family(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def better(self) -> str:
        """higher, lower or none."""

    @property
    def unit(self) -> str: ...


def leaderboard_tables(
    leaderboard: pd.DataFrame, cards: Mapping[str, MetricFacts], *, sort: str | None = None
) -> list[Table]:
    """Tables with a row for each method under its model, and a column for each metric.

    A cell is the mean over its 95 % interval, and the skill of a method, which is 0 for the control
    random and 1 for the oracle. A † marks a metric that the metric audit flags. A model's best
    method is bold where its interval is apart from that of the second best. Controls stand below a
    rule. Unreliable models are dim, stand after all others, however these are sorted, and have no
    best. The last table lists what was not scored, with the reason. `cards` gives the order of the
    properties and metrics.

    sort: a metric to order models and methods by, best first; without it they keep the order of
    the leaderboard. Raises UnknownNameError for a metric that is not in the leaderboard or that
    has no card.
    """
    if leaderboard.empty:
        return []
    for column in ("flags", "remark"):  # a CSV has no empty text
        text = leaderboard[column].astype(object)
        leaderboard = leaderboard.assign(**{column: text.where(text.notna(), "")})
    scored = leaderboard[leaderboard["status"] == "ok"]
    unscored = leaderboard[leaderboard["status"] != "ok"]
    measured = set(scored["metric"])
    if sort is not None and sort not in measured:
        raise UnknownNameError("metric", sort, measured)
    for metric in sorted(measured - set(cards)):
        raise UnknownNameError("metric", metric, cards)

    tables = []
    for (dataset, protocol), rows in scored.groupby(["dataset", "protocol"], sort=False):
        unreliable = _unreliable(rows)
        order = sorted(_order(rows, sort, cards), key=lambda entry: entry[0] in unreliable)
        for family in dict.fromkeys(card.family for card in cards.values()):
            shown = rows[[cards[metric].family == family for metric in rows["metric"]]]
            columns = {name: cards[name] for name in cards if name in set(shown["metric"])}
            size = _MOST_METRICS if len(columns) <= _MOST_METRICS else _IN_SEVERAL
            pieces = [dict(piece) for piece in _batched(columns.items(), size)]
            for number, piece in enumerate(pieces, start=1):
                title = f"{dataset} · {family}"
                title += f" ({number} of {len(pieces)})" if len(pieces) > 1 else ""
                last = number == len(pieces)
                table = _table(title, _caption(shown, str(protocol)) if last else None)
                _fill(table, shown[shown["metric"].isin(piece)], order, piece, unreliable)
                tables.append(table)
    return tables if unscored.empty else [*tables, _unscored_table(unscored)]


def _batched(items: Iterable[Item], size: int) -> Iterator[tuple[Item, ...]]:
    # itertools has it from Python 3.12 on.
    left = iter(items)
    while piece := tuple(islice(left, size)):
        yield piece


def _order(
    rows: pd.DataFrame, sort: str | None, cards: Mapping[str, MetricFacts]
) -> list[tuple[str, list[str]]]:
    """Every model with its methods, in the order in which they are shown."""
    if sort is not None:
        sign = -1 if cards[sort].better == "higher" else 1
        key = (sign * rows["mean"]).where(rows["metric"] == sort)
        control = rows["method"].map(is_control)
        best = key.mask(control).groupby(rows["model"]).transform("min")
        rows = rows.assign(best=best, key=key).sort_values(["best", "key"], kind="stable")
    return [
        (str(model), list(dict.fromkeys(group["method"])))
        for model, group in rows.groupby("model", sort=False)
    ]


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
    order: list[tuple[str, list[str]]],
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
    table.add_column("model / method", no_wrap=True)
    for metric, card in cards.items():
        unit = f" ({card.unit})" if card.unit not in ("", "s", "B") else ""
        heading = card.label + unit + _ARROWS[card.better] + (_FLAG if metric in flagged else "")
        widths = [min(len(word), _LONGEST_WORD) for word in heading.split()]
        for (_, _, name), cell in cells.items():
            if name == metric:
                widths += [len(cell.mean_text), len(cell.interval_text)]
        table.add_column(Text(heading), justify="right", overflow="fold", max_width=max(widths))

    for model, all_methods in order:
        methods = [m for m in all_methods if any((model, m, metric) in cells for metric in cards)]
        rivals = [method for method in methods if not is_control(method)]
        controls = [method for method in methods if "@" in method]
        controls += [method for method in _CONTROLS if method in methods]
        bold = {
            (_clear_best({m: cells.get((model, m, metric)) for m in rivals}, card.better), metric)
            for metric, card in cards.items()
            if model not in unreliable
        }
        style = "dim" if model in unreliable else ""
        if methods:
            table.add_row(_name(model, model in unreliable))
        for method in rivals:
            keys_of = [(model, method, metric) for metric in cards]
            line = (_cell(cells.get(k), k[1:] in bold, skills.get(k)) for k in keys_of)
            table.add_row(Text(f"  {method}"), *line, style=style)
        if rivals:
            table.add_section()
        for method in controls:
            line = (_cell(cells.get((model, method, m)), bold=False) for m in cards)
            table.add_row(Text(f"  {method}"), *line, style="dim")
        table.add_section()


def is_control(method: str) -> bool:
    """Whether it calibrates metrics; one that is made of a method has its name before an @."""
    return method in _CONTROLS or "@" in method


def _name(model: str, unreliable: bool) -> Text:
    # On a line of its own the word takes no width from the numbers.
    return Text(f"{model}\nunreliable", style="dim") if unreliable else Text(model, style="bold")


def _unreliable(rows: pd.DataFrame) -> dict[str, str]:
    """The models that classify too badly to be ranked, each with its AUROC."""
    return {
        row["model"]: f"{row['auroc']:.2f} [{row['auroc_low']:.2f}, {row['auroc_high']:.2f}]"
        for row in rows[rows["quality"] == "unreliable"].to_dict("records")
    }


def _clear_best(rivals: Mapping[str, Estimate | None], better: str) -> str | None:
    """The best method if its interval is apart from that of the second best."""
    known = {m: e for m, e in rivals.items() if e is not None and not math.isnan(e.mean)}
    if better == "none" or len(known) < 2:
        return None
    ranked = sorted(known, key=lambda m: known[m].mean, reverse=better == "higher")
    best, second = known[ranked[0]], known[ranked[1]]
    apart = best.low > second.high if better == "higher" else best.high < second.low
    return ranked[0] if apart else None


def _cell(estimate: Estimate | None, bold: bool, skill: float | None = None) -> Text:
    if estimate is None:
        return Text("–")
    text = Text(estimate.mean_text, style="bold" if bold else "")
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
    for model, auroc in _unreliable(rows).items():
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
