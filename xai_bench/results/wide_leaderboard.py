"""The leaderboard in wide form: a row for each pair, with what it costs beside its scores."""

from __future__ import annotations

from typing import Any

import pandas as pd

from xai_bench.zoo import FAMILIES

__all__ = ["widen"]

_PAIR = ("dataset", "protocol", "model", "method")
_OF_PAIR = ("quality", "auroc", "remark", "status", "reason")
_COUNTS = ("n", "n_undetected")
_PASSES = ("forward_passes", "backward_passes")


def widen(table: pd.DataFrame) -> pd.DataFrame:
    """One row for each dataset, protocol, model and method of a leaderboard in long form.

    `seconds` and `passes` (forward and backward) of one recording stand beside the scores: for
    each metric METRIC its mean, METRIC_low, METRIC_high and METRIC_rank, in the order of families.
    Metrics of which some recordings are reported apart have METRIC_n, METRIC_undetected and
    METRIC_n_undetected too.
    Rows of different protocols are different rows, whatever else they share.
    """
    scored = table[table["metric"] != ""]
    family = dict(zip(scored["metric"], scored["family"], strict=True))
    order = {name: number for number, name in enumerate(FAMILIES)}
    metrics = sorted(family, key=lambda metric: (order.get(family[metric], len(order)), metric))
    apart = set(table.loc[table["recordings"] == "detected", "metric"])
    rows = [
        _row(dict(zip(_PAIR, pair, strict=True)), of_pair)
        for pair, of_pair in table.groupby(list(_PAIR), sort=False)
    ]
    columns = [*_PAIR, *_OF_PAIR, "seconds", "passes"]
    for metric in metrics:
        columns += [metric, f"{metric}_low", f"{metric}_high", f"{metric}_rank"]
        if metric in apart:
            columns += [f"{metric}_n", f"{metric}_undetected", f"{metric}_n_undetected"]
    counts = [f"{metric}_rank" for metric in metrics]
    counts += [f"{metric}_{name}" for metric in metrics if metric in apart for name in _COUNTS]
    kinds = dict.fromkeys(counts, "Int64")
    return pd.DataFrame(rows, columns=columns).astype(kinds)


def _row(row: dict[str, Any], of_pair: pd.DataFrame) -> dict[str, Any]:
    by_metric = of_pair.set_index("metric")
    ok = of_pair[of_pair["status"] == "ok"]
    first = (of_pair if ok.empty else ok).iloc[0]
    row |= {name: first[name] for name in ("quality", "auroc", "remark", "status")}
    # A pair that was scored may lack a score here and there; the long form says where and why.
    row["reason"] = first["reason"] if ok.empty else ""
    means = by_metric["mean"]
    row["seconds"] = means.get("seconds_p50")
    if all(name in means for name in _PASSES):
        row["passes"] = sum(means[name] for name in _PASSES)
    for metric, of_metric in by_metric.iterrows():
        row |= {
            str(metric): of_metric["mean"],
            f"{metric}_low": of_metric["ci_low"],
            f"{metric}_high": of_metric["ci_high"],
            f"{metric}_rank": of_metric["rank"],
            f"{metric}_undetected": of_metric["undetected"],
        }
        row |= {f"{metric}_{name}": of_metric[name] for name in _COUNTS}
    return row
