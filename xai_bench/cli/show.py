"""`xai-bench show`: the leaderboard of a run, for people, programs and papers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from xai_bench.cli.completing import completion_of
from xai_bench.cli.options import (
    choice_option,
    options,
    print_leaderboard,
    print_line,
    print_tables,
    print_text,
)
from xai_bench.errors import InputError

if TYPE_CHECKING:
    from xai_bench.report.scored_metrics import ScoredMetric
    from xai_bench.results import Cell
    from xai_bench.results.recording_groups import Grouping
    from xai_bench.zoo import Zoo

__all__ = ["command"]


@click.command("show")
@click.argument("run", type=click.Path(path_type=Path), default="runs")
@click.option(
    "--sort",
    metavar="METRIC",
    help="Put this metric first and sort by it, best first.",
    shell_complete=completion_of("--sort"),
)
@click.option(
    "--metrics",
    shell_complete=completion_of("--metrics"),
    help="Names, families, 'core' or 'all', comma-separated; of the table's form those that stand "
    "for their family if not given, of the others all.",
)
@choice_option(
    "--format",
    ["table", "csv", "wide", "markdown", "latex"],
    "csv: a row a metric; wide: CSV with a row a method.",
)
@click.option(
    "--test",
    metavar="METRIC",
    shell_complete=completion_of("--test"),
    help="Which methods differ in this metric, and which is likely the best.",
)
@click.option(
    "--by",
    type=click.Choice(["class", "outcome"]),
    help="By the class that is explained, or by detected, missed, false alarm and true negative.",
)
@click.option(
    "--figure",
    type=click.Path(path_type=Path),
    help="Draw the run on one page, methods by metrics with their ranks: PDF, SVG or PNG.",
)
@options("zoo")
def command(
    run: Path,
    sort: str | None,
    metrics: str | None,
    format: str,
    test: str | None,
    by: Grouping | None,
    figure: Path | None,
    zoo: Zoo,
) -> None:
    """Show the leaderboard of RUN, a folder that `xai-bench run --out` wrote (default: runs).

    \b
    xai-bench show --sort relevance_mass
    xai-bench show runs --metrics faithfulness
    xai-bench show runs --format wide > leaderboard.csv
    xai-bench show runs --test faithfulness_correlation
    xai-bench show runs --by outcome --format csv > leaderboard_by_outcome.csv
    xai-bench show runs --figure summary.pdf
    """
    from xai_bench.report.leaderboard.tables import leaderboard_tables
    from xai_bench.report.scored_metrics import chosen_metrics, scored_metrics
    from xai_bench.results import leaderboard, read_cells, stored_leaderboard, to_csv, widen

    if len(first := "".join(run.parts[:1])) > 2 and first.endswith(":") and not run.is_dir():
        raise InputError("show reads folders: copy the run from the store first")
    cells = read_cells(run)
    if not cells:
        raise InputError(f"no cells in '{run}'; score some: xai-bench run --out {run}")
    if figure is not None and (test is not None or by is not None):
        raise InputError("--figure draws the leaderboard; leave it out, or --test and --by")
    flags = zoo.flags()
    cards = scored_metrics(cells, flags)
    if test is not None:
        from xai_bench.report.verdicts.tables import verdict_tables

        if metrics is not None:
            raise InputError("--test is of one metric, so that --metrics has nothing to choose")
        known = {metric.name: metric for metric in zoo.every_metric()}
        print_tables(*verdict_tables(cells, test, {**known, **cards}))
        return
    wanted = None if metrics is None else chosen_metrics(metrics, cards)
    if by is not None:
        _show_groups(cells if wanted is None else _only(cells, wanted), by, cards, format)
        return
    table = stored_leaderboard(run, cells, flags)
    if table is None:
        table = leaderboard(cells, flags)
    if wanted is not None:
        table = table[table["metric"].isin([*wanted, ""])]
    if figure is not None:
        from xai_bench.report.figures.run_summary import write_summaries

        for path in write_summaries(table, cards, zoo.audited(), figure):
            print_line(str(path))
    elif format == "csv":
        print_text(to_csv(table))
    elif format == "wide":
        print_text(to_csv(widen(table)))
    elif format == "table" and wanted is None:
        print_leaderboard(table, cards, sort)
    elif format == "table":
        print_tables(*leaderboard_tables(table, cards, sort=sort))
    else:
        from xai_bench.report.latex import latex_tables
        from xai_bench.report.markdown import markdown_tables

        set_tables = markdown_tables if format == "markdown" else latex_tables
        tables = leaderboard_tables(table, cards, sort=sort, for_paper=True)
        print_text(set_tables(tables))


def _only(cells: list[Cell], metrics: list[str]) -> list[Cell]:
    """The cells that have any of these metrics, with these alone."""
    return [cell.only(metrics) for cell in cells if set(metrics) & set(cell.provenance["metrics"])]


def _show_groups(
    cells: list[Cell], by: Grouping, metrics: Mapping[str, ScoredMetric], format: str
) -> None:
    """The means of each group of recordings, and what differs; as CSV the means alone."""
    from xai_bench.report.groups.findings import group_findings
    from xai_bench.report.groups.tables import group_tables
    from xai_bench.report.latex import latex_tables
    from xai_bench.report.markdown import markdown_tables
    from xai_bench.report.progress_bar import progress
    from xai_bench.results import to_csv
    from xai_bench.results.recording_groups import grouped_scores

    if format == "wide":
        raise InputError("--by has no wide form; take --format csv")
    with progress() as bar:
        found = grouped_scores(cells, by, progress=bar)
    if format == "csv":
        print_text(to_csv(found.means))
        return
    findings = group_findings(found, metrics)
    for place, tables in group_tables(found, metrics):
        if format == "table":
            print_tables(*tables)
            for sentence in findings[place]:
                print_line(f"- {sentence}")
        else:
            set_tables = markdown_tables if format == "markdown" else latex_tables
            print_text(set_tables(tables))
