"""benchmarks/results/draws.md, and what docs/leaderboard.md says of draws, from several draws."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from tools.draw_shares import METHOD, METRIC, POOLED, RANDOM_NETS, TENTH, draw_shares, read_draws
from xai_bench.report.markdown import markdown_table
from xai_bench.report.stability.wording import listed, n_of
from xai_bench.report.table import Column, Row, Table, columns, text_cells
from xai_bench.stats import FEWEST_PATIENTS, RESAMPLES

__all__ = ["RESULTS", "draws_caveat", "draws_page"]

RESULTS = Path("benchmarks", "results", "draws.md")
_MANY = 450
"""Draws from which on their number says no more than that there are many."""


def draws_page(root: Path) -> str:
    """A page of Markdown."""
    scores, facts = read_draws(root)
    table = draw_shares(scores)
    nets, metrics, methods = (
        table[table["source"] == source] for source in (RANDOM_NETS, METRIC, METHOD)
    )
    each = metrics[metrics["method"] != POOLED]
    return "".join(
        (
            "# What scores owe to their draws\n\n"
            f"`python benchmarks/draws.py` on a CPU, torch {facts['torch']}, Python "
            f"{facts['python']}, rendered by `python -m tools.pages` from draws.csv. Synthetic "
            "recordings of fold 10.\n\n"
            "Shares are of the variance of one recording's score, of recordings and draws, in "
            f"percent; in brackets the percentile 95 % interval over recordings, {RESAMPLES} "
            f"resamples with the draws as they are, of {FEWEST_PATIENTS} recordings or more. Of so "
            "few recordings and draws both are coarse. The variance of recordings is an estimate, "
            "what is observed less what draws explain of it; where that is below none it counts "
            "as none. A share of 100 so says that recordings are not seen to differ by more than "
            "draws do, not that they are alike.\n",
            "\n## Random nets\n\n"
            f"{n_of(nets)} recordings under {_draws(scores, RANDOM_NETS)} cascades that all "
            "share. Means: of recordings, lowest and highest of the draws. sd: of recordings; of "
            "what a draw does to all recordings alike; of the rest. Share: of both parts of draws, "
            f"with one for each recording and with as many as the card has: {facts['draws']}, and "
            f"{facts['draws_of_many']} for methods of {facts['many_passes']} passes or more, of "
            "which ig-16 alone is measured.\n\n",
            markdown_table(_nets_table(nets)),
            "\n## Sets and noise of metrics\n\n"
            f"As their cards have them: {n_of(metrics)} recordings, "
            f"{_draws(scores, METRIC)} seeds of a run. Pooled: of all recordings and methods of "
            "the row, one less the intraclass correlation, as the audit of metrics has it. "
            f"{_beside_pooled(metrics, each)}\n\n",
            markdown_table(_pooled_table(metrics, each)),
            "\n## Masks, points and noise of methods\n\n"
            f"{facts['masks_model']}, {n_of(methods)} recordings (of localisation those "
            f"with planted evidence), {_draws(scores, METHOD)} seeds of a run; metrics that draw "
            "nothing. sd: over seeds, of one recording; of the mean of all. expected-gradients "
            "draws nothing, it integrates from all of its background, and has no row.\n\n",
            markdown_table(_methods_table(methods)),
        )
    )


def draws_caveat(
    root: Path,
    ranked: Mapping[str, Sequence[str]],
    metrics: Sequence[str],
    drawing: Sequence[str],
    leaders: Mapping[tuple[str, str], str],
) -> str:
    """Which scores that are ranked owe more than a tenth of their variance to draws.

    ranked: net -> methods; drawing: the metrics of which the audit says that they draw; leaders:
    metric and net -> the method that leads.
    """
    shares = draw_shares(read_draws(root)[0])
    shares = shares[(shares["source"] != METHOD) & (shares["method"] != POOLED)]
    of_ranked = [
        row["method"] in ranked.get(str(row["model"]), ()) and row["metric"] in metrics
        for row in shares.to_dict("records")
    ]
    measured = shares[of_ranked]
    above = measured[measured["share"] > TENTH]
    leading = [
        f"{row['method']} of {row['model']} on `{row['metric']}` ({_percent(row)})"
        for row in above.to_dict("records")
        if leaders.get((str(row["metric"]), str(row["model"]))) == row["method"]
    ]
    unknown = [name for name in drawing if name in metrics and name not in set(measured["metric"])]
    first = f", among them what leads above: {listed(leading)}" if leading else ""
    found = dict.fromkeys(map(str, above["metric"]))
    where = f", of {listed([f'`{name}`' for name in found])}" if found else ""
    rest = f" {listed([f'`{name}`' for name in unknown])} draw too and were not measured." * bool(
        unknown
    )
    measure = f"[n = {n_of(measured)}, fold 10](../{RESULTS}), percent with 95 % intervals"
    return (
        "\nDraws (of random nets, of sets) make by estimate more than a tenth of the variance of "
        f"one recording's score for {len(above)} of the {len(measured)} places (metric, net, "
        f"method) of this table that were measured ({measure}){where}{first}. Every recording has "
        "draws of its own, so that the intervals and tests are over draws too; one recording's "
        f"score says little there.{rest}\n"
    )


def _percent(row: Mapping[Any, Any]) -> str:
    """Such as "24 (9 – 71)", or "0" without an interval."""
    if math.isnan(row["share"]):
        return "–"
    value, *ends = (f"{100 * row[name]:.0f}" for name in ("share", "low", "high"))
    return f"{value} ({' – '.join(ends)})" if math.isfinite(row["low"]) else value


def _draws(scores: pd.DataFrame, source: str) -> int:
    of = scores[scores["source"] == source]
    return sum(name.startswith("draw_") and bool(of[name].notna().any()) for name in of.columns)


def _nets_table(table: pd.DataFrame) -> Table:
    rows = []
    for row in table.sort_values("metric", ascending=False, kind="stable").to_dict("records"):
        own, drawn = row["sd_own"] ** 2, row["sd_alike"] ** 2 + row["sd_rest"] ** 2
        known = own > 9 * drawn / _MANY
        few = f"{math.ceil(9 * drawn / own)}" if known else f"over {_MANY}"
        texts = [f"{row['mean_low']:.3f} to {row['mean_high']:.3f}"]
        texts += [f"{row[name]:.3f}" for name in ("sd_own", "sd_alike", "sd_rest")]
        texts += [f"{100 * row['one_draw']:.0f}", f"{row['used']}", _percent(row), few]
        names = (str(row[name]) for name in ("metric", "model", "method"))
        rows.append(Row(cells=text_cells(*names, *texts)))
    return Table(
        title="",
        columns=[
            *columns("metric", "model", "method", kind="name"),
            *columns("means", "sd recordings", "sd draws", "sd rest", "share, 1 draw"),
            *columns("draws, card", "share, card", "draws for a tenth"),
        ],
        rows=rows,
    )


def _pooled_table(metrics: pd.DataFrame, each: pd.DataFrame) -> Table:
    rows = []
    for row in metrics[metrics["method"] == POOLED].to_dict("records"):
        of = each[(each["metric"] == row["metric"]) & (each["model"] == row["model"])]
        said = "; ".join(f"{one['method']} {_percent(one)}" for one in of.to_dict("records"))
        rows.append(
            Row(cells=text_cells(str(row["metric"]), str(row["model"]), _percent(row), said))
        )
    return Table(
        title="",
        columns=[
            *columns("metric", "model", kind="name"),
            *columns("pooled"),
            Column(heading="each method", kind="words"),
        ],
        rows=rows,
    )


def _beside_pooled(metrics: pd.DataFrame, each: pd.DataFrame) -> str:
    """Whether draws make more of a score within one method than over all of them."""
    pooled = metrics[metrics["method"] == POOLED].set_index(["metric", "model"])["share"]
    over = [pooled[row["metric"], row["model"]] for row in each.to_dict("records")]
    rest = each[~(each["share"] > over)]
    text = (
        "Scores differ between methods too: the share within one method is larger than the pooled "
        f"one by estimate in {len(each) - len(rest)} of {len(each)} places (metric, net, "
        "method)"
    )
    named = [
        f"{row['method']} of {row['model']} on {row['metric']}" for row in rest.to_dict("records")
    ]
    return f"{text}, and not for {listed(named)}." if named else f"{text}."


def _methods_table(table: pd.DataFrame) -> Table:
    return Table(
        title="",
        columns=[
            *columns("method", "metric", kind="name"),
            *columns("n", "share", "sd of a recording", "sd of the mean"),
        ],
        rows=[
            Row(
                cells=text_cells(
                    *(str(row["method"]), str(row["metric"]), f"{row['n']}", _percent(row)),
                    *(f"{row['sd_within']:.4f}", f"{row['sd_mean']:.4f}"),
                )
            )
            for row in table.sort_values("method", kind="stable").to_dict("records")
        ],
    )
