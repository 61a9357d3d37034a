"""`xai-bench show`: the leaderboard of a run, for people, programs and papers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from xai_bench.cli.options import choice_option, options, print_tables
from xai_bench.errors import InputError

if TYPE_CHECKING:
    from xai_bench.zoo import Zoo

__all__ = ["command"]


@click.command("show")
@click.argument("run", type=click.Path(path_type=Path), default="runs")
@click.option("--sort", help="Sort by this metric, best first.")
@choice_option(
    "--format",
    ["table", "csv", "wide", "markdown", "latex"],
    "csv: a row a metric; wide: CSV with a row a method.",
)
@click.option(
    "--test",
    metavar="METRIC",
    help="Which methods differ in this metric, and which is likely the best.",
)
@options("zoo")
def command(run: Path, sort: str | None, format: str, test: str | None, zoo: Zoo) -> None:
    """Show the leaderboard of RUN, a folder that `xai-bench run --out` wrote (default: runs).

    \b
    xai-bench show --sort relevance_mass
    xai-bench show runs --format wide > leaderboard.csv
    xai-bench show runs --test faithfulness_correlation
    """
    from xai_bench.report.leaderboard.tables import leaderboard_tables
    from xai_bench.report.scored_metrics import scored_metrics
    from xai_bench.results import leaderboard, read_cells, stored_leaderboard, to_csv, widen

    cells = read_cells(run)
    if not cells:
        raise InputError(f"no cells in '{run}'; score some: xai-bench run --out {run}")
    flags = zoo.flags()
    metrics = scored_metrics(cells, flags)
    if test is not None:
        from xai_bench.report.verdicts.tables import verdict_tables

        known = {metric.name: metric for metric in zoo.every_metric()}
        print_tables(*verdict_tables(cells, test, {**known, **metrics}))
        return
    table = stored_leaderboard(run, cells, flags)
    if table is None:
        table = leaderboard(cells, flags)
    if format == "csv":
        click.echo(to_csv(table), nl=False)
    elif format == "wide":
        click.echo(to_csv(widen(table)), nl=False)
    elif format == "table":
        print_tables(*leaderboard_tables(table, metrics, sort=sort))
    else:
        from xai_bench.report.latex import latex_tables
        from xai_bench.report.markdown import markdown_tables

        set_tables = markdown_tables if format == "markdown" else latex_tables
        tables = leaderboard_tables(table, metrics, sort=sort, for_paper=True)
        click.echo(set_tables(tables), nl=False)
