"""Where a native explanation is shown to be better than what needs no trained model, in words."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping

import numpy as np
import pandas as pd

from xai_bench.report.replication.tables import n_of_sides
from xai_bench.report.stability.wording import listed
from xai_bench.results import Cell
from xai_bench.results.method_comparison import NOT_ASKED, TOO_FEW
from xai_bench.results.verdicts import score_tables
from xai_bench.stats import compare_pairs, floor_of, holm, told_apart

__all__ = ["native_pairs", "native_standing"]

_METHOD = "native"
_CONTROLS = ("amplitude", "slope", f"{_METHOD}@untrained")


def native_pairs(cells: Iterable[Cell], model: str) -> pd.DataFrame:
    """Native and each control without a trained model, a row of `compare_pairs` for each metric
    and control, with its `metric`.

    p is 1 where the control is the better one, and where there are too few patients for any.
    """
    names = (_METHOD, *_CONTROLS)
    own = [cell for cell in cells if cell.model == model and cell.method in names]
    found = []
    for table in score_tables(own, controls=_CONTROLS):
        there = [name for name in _CONTROLS if name in table.scores]
        if _METHOD not in table.scores or not there:
            continue
        rows = compare_pairs(
            table.scores,
            table.patients,
            better=table.better,
            pairs=[(_METHOD, name) for name in there],
            floor=floor_of(table.metric),
        )
        found.append(rows.assign(metric=table.metric))
    pairs = pd.concat(found, ignore_index=True)
    pairs["p"] = pairs["p"].where(pairs["first"] == _METHOD, 1.0).fillna(1.0)
    return pairs


def native_standing(
    board: pd.DataFrame,
    model: str,
    *,
    pairs: pd.DataFrame,
    clusters: Mapping[str, Hashable],
    replicated: pd.DataFrame,
) -> str:
    """Paragraphs of Markdown.

    board: rows of a leaderboard, of one data set and protocol. pairs: `native_pairs` of its cells.
    clusters: of each metric, the cluster of those that ask the same. replicated: pairs, as the
    study of replication has them.
    """
    of_model = board[board["model"] == model]
    there = set(of_model["method"])
    controls = _named(name for name in _CONTROLS if name in there)
    rows = of_model[(of_model["method"] == _METHOD) & (of_model["status"] == "ok")]
    verdicts = dict(zip(rows["metric"], rows["not_better_than"].fillna(""), strict=True))
    asked = {name: said for name, said in verdicts.items() if said != NOT_ASKED}
    better = [name for name, said in asked.items() if not said]
    too_few = [name for name, said in asked.items() if said == TOO_FEW]
    n = dict(zip(rows["metric"], rows["n"], strict=True))
    unbeaten: dict[str, list[str]] = {}
    for name, said in asked.items():
        if said not in ("", TOO_FEW):
            unbeaten.setdefault(said, []).append(name)
    first = f"on {_with_n(better, n)}" if better else "on none"
    parts = [
        f"On the reference run alone, of one fold and one training, `{_METHOD}` of `{model}` is by "
        f"the rule of the ° shown to be better than each of {controls} on {len(better)} of "
        f"{len(asked)} metrics: {first}. {_after_all(better, pairs[pairs['metric'].isin(asked)])} "
        f"{_by_cluster(better, asked, clusters)}"
    ]
    for said, names in sorted(unbeaten.items()):
        than = _named(said.split("; "))
        parts.append(f"Not shown to be better than {than}: on {_with_n(names, n)}.")
    if too_few:
        parts.append(f"Of too few patients to say: {_with_n(too_few, n)}.")
    return " ".join(parts) + "\n\n" + _on_all_sides(better, model, replicated)


def _named(names: Iterable[str]) -> str:
    return listed([f"`{name}`" for name in names])


def _with_n(names: Collection[str], n: Mapping[str, int]) -> str:
    """The metrics, those of as many recordings together, of most first."""
    counts = sorted({n[name] for name in names}, reverse=True)
    of_each = {count: _named(one for one in names if n[one] == count) for count in counts}
    return "; ".join(f"{said} (n = {count})" for count, said in of_each.items())


def _after_all(better: Collection[str], pairs: pd.DataFrame) -> str:
    """How many of them are left where every metric and control is one test among all."""
    if not better:
        return "It corrects over the methods of a metric, and not over metrics."
    p = holm(pairs["p"].to_numpy(np.float64))
    sure = list(map(told_apart, p, pairs["ci_low"], pairs["ci_high"]))
    every = pairs.assign(sure=sure).groupby("metric")["sure"].all()
    left = [name for name in better if every.get(name, False)]
    lost = [name for name in better if name not in left]
    which = f", without {_named(lost)}" if lost else ""
    return (
        "It corrects over the methods of a metric, and not over metrics: after Holm over all "
        f"{len(pairs)} questions (of a metric and a control) {len(left)} of these {len(better)} "
        f"remain{which}."
    )


def _by_cluster(
    better: Collection[str], asked: Collection[str], clusters: Mapping[str, Hashable]
) -> str:
    """The same count where metrics that ask the same count once."""
    found: dict[Hashable, list[bool]] = {}
    for name in asked:
        found.setdefault(clusters.get(name, name), []).append(name in better)
    every, some = sum(map(all, found.values())), sum(map(any, found.values()))
    return (
        "Metrics that ask the same counted once (the clusters of "
        f"[the audit](metric_audit/README.md)), that is {every} of {len(found)}, and "
        f"{some - every} more in part."
    )


def _on_all_sides(better: Collection[str], model: str, replicated: pd.DataFrame) -> str:
    """What of it was asked again on another fold and of another training, and what it came to."""
    rows = replicated[(replicated["model"] == model) & replicated["metric"].isin(better)]
    rows = rows[(rows["first"] == _METHOD) | (rows["second"] == _METHOD)]
    rows = rows[rows["first"].isin(_CONTROLS) | rows["second"].isin(_CONTROLS)]
    if rows.empty:
        return "None of these metrics was replicated on another fold or training.\n"
    controls = [name for name in _CONTROLS if name in {*rows["first"], *rows["second"]}]
    held = rows[(rows["verdict"] == "holds") & (rows["first"] == _METHOD)]
    on = ""
    names = [name for name in better if (held["metric"] == name).sum() == len(controls)]
    if names:
        n = {name: n_of_sides(held[held["metric"] == name]) for name in names}
        on = ": on " + "; ".join(
            f"{_named(one for one in names if n[one] == count)} (n = {count} on each side)"
            for count in dict.fromkeys(n.values())
        )
    return (
        f"Of these {len(better)} metrics {rows['metric'].nunique()} are replicated on another fold "
        f"and of another training, against {_named(controls)} alone: there `{_METHOD}` is ahead "
        f"on all sides on {len(names)}{on}.\n"
    )
