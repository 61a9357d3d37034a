"""`xai-bench show`: the leaderboard of a run, sorted or as CSV."""

from __future__ import annotations

from pathlib import Path

import click

from xai_bench.cli.options import zoo_option

__all__ = ["command"]


@click.command("show")
@click.argument("run", type=click.Path(path_type=Path), default="runs")
@click.option("--sort", help="Sort by this metric, best first.")
@click.option("--csv", is_flag=True, help="Print the leaderboard as CSV.")
@zoo_option
def command(run: Path, sort: str | None, csv: bool, zoo: Path | None) -> None:
    """Show the leaderboard of RUN, a folder that `xai-bench run --out` wrote (default: runs).

    \b
    xai-bench show --sort relevance_mass
    xai-bench show runs --csv > leaderboard.csv
    """
    from rich.console import Console

    from xai_bench.report.tables import leaderboard_tables
    from xai_bench.results import leaderboard, read_cells, to_csv
    from xai_bench.zoo import Zoo

    cards = Zoo(*[zoo] if zoo else [])
    table = leaderboard(read_cells(run), cards.flags())
    if csv:
        click.echo(to_csv(table), nl=False)
        return
    metrics = {metric.name: metric for metric in cards.metrics()}
    console = Console()
    for family in leaderboard_tables(table, metrics, sort=sort):
        console.print(family)
