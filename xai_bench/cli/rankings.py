"""`xai-bench rankings`: does the order of methods hold on other recordings?"""

from __future__ import annotations

from pathlib import Path

import click

from xai_bench.cli.options import (
    command_text,
    out_option,
    print_left_out,
    print_line,
    print_tables,
)

__all__ = ["command"]


@click.command("rankings")
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--between",
    help="Data sets to compare, comma-separated, as a leaderboard calls them; a folder without "
    "the digest at its end. [default: all there are]",
)
@out_option("rankings", "Folder of the page, the tables and the figure.")
def command(runs: tuple[Path, ...], between: str | None, out: Path) -> None:
    """Compare the order that each metric gives methods on one data set with that on another.

    RUNS are folders that run wrote (default: runs). For each net and metric Kendall's tau of the
    two orders, how far random halves of each data set agree, and which two methods swap places
    with certainty.

    \b
    xai-bench run --n 48 --method native,saliency,gradcam,ig-16
    xai-bench run --n 48 --method native,saliency,gradcam,ig-16 --data ptb-xl/
    xai-bench rankings runs --between synthetic,ptb-xl
    """
    from xai_bench.report.progress_bar import progress
    from xai_bench.report.rankings.findings import findings
    from xai_bench.report.rankings.page import write_rankings
    from xai_bench.report.rankings.tables import net_table
    from xai_bench.studies.rankings import rankings

    with progress() as bar:
        found = rankings(runs or "runs", between.split(",") if between else None, progress=bar)
    write_rankings(found, out, command=command_text())
    for sentence in findings(found.result, found.pairs):
        print_line(f"- {sentence}")
    print_tables(net_table(found.result))
    print_left_out(found.result.facts["left_out"])
    print_line(f"page, tables and figure: {out / 'README.md'}")
