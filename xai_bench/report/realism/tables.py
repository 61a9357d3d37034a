"""The report in a terminal: what gives the synthetic away, and whether a classifier can tell."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from xai_bench.report.realism.findings import number, worst
from xai_bench.studies.realism.model_percentiles import summarise
from xai_bench.studies.realism.study import Realism

__all__ = ["tables"]

_MOST = 12


def tables(report: Realism) -> Iterator[Table]:
    """The features that differ most, the two-sample test, the models."""
    differ = _table("what gives the synthetic away", "feature", "real", "synthetic", "pct", "KS")
    for _, row in worst(report.table).head(_MOST).iterrows():
        name = f"{row['feature']} {row['lead']}".rstrip()
        unit = row["unit"]
        differ.add_row(
            name,
            number(row["real_q50"], unit),
            number(row["synthetic_q50"], unit),
            f"{row['percentile']:.0f}",
            f"{row['ks']:.2f}",
        )
    yield differ
    if report.test.reason is None:
        test = _table("telling real from synthetic", "shown", "classifier", "AUROC [95 % CI]")
        for _, row in report.test.table.iterrows():
            interval = f"{row['auroc']:.2f} [{row['ci_low']:.2f}, {row['ci_high']:.2f}]"
            test.add_row(row["group"], row["classifier"], interval)
        yield test
    if len(report.scores):
        models = _table("percentile within synthetic NORM", "model", "recordings", "n", "median")
        models.add_column("above the 90th", no_wrap=True)
        for _, row in summarise(report.scores).iterrows():
            models.add_row(
                row["model"],
                row["folder"],
                str(row["n"]),
                f"{row['median']:.0f}",
                f"{row['share_high']:.0%}",
            )
        yield models


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, no_wrap=True)
    return table
