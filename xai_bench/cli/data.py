"""`xai-bench data`: make recordings, check recordings."""

from __future__ import annotations

from pathlib import Path

import click

from xai_bench.cli.options import seed_option
from xai_bench.errors import DatasetError

__all__ = ["command"]


@click.group("data")
def command() -> None:
    """Make or check recordings."""


@command.command("make")
@click.argument("what", type=click.Choice(["synthetic"]))
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--n", type=click.IntRange(min=1), default=100, show_default=True, help="Recordings.")
@seed_option
def make(what: str, path: Path, n: int, seed: int) -> None:
    """Write synthetic recordings to PATH as a PTB-XL folder."""
    from xai_bench.data import make_dataset
    from xai_bench.report.progress import progress

    with progress() as tell:
        make_dataset(path, n=n, seed=seed, progress=lambda k, total: tell("writing", k, total))
    click.echo(f"{n} recordings in {path}")


@command.command("check")
@click.argument("path", type=click.Path(path_type=Path))
def check(path: Path) -> None:
    """Read every recording in PATH and name those that cannot be used."""
    from xai_bench.data import check_data
    from xai_bench.report.progress import progress

    with progress() as tell:
        checked = check_data(path, progress=lambda k, total: tell("checking", k, total))
    problems = [problem for _, problem in checked if problem]
    for problem in problems:
        click.echo(problem)
    click.echo(f"{len(checked) - len(problems)} of {len(checked)} recordings can be used")
    if problems:
        raise DatasetError(f"{len(problems)} recordings in {path} cannot be used")
