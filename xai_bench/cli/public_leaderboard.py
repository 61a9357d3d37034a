"""`xai-bench leaderboard`: runs that others send, checked, and the pages that show them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from xai_bench.cli.numbers import Whole
from xai_bench.cli.options import (
    default_option,
    options,
    out_option,
    print_left_out,
    print_line,
    print_text,
)
from xai_bench.cli.suggesting import Suggesting
from xai_bench.errors import InputError, RunError

if TYPE_CHECKING:
    from xai_bench.zoo import Zoo

__all__ = ["command"]

_COLOURS = {"passed": "green", "failed": "red", "not possible": "yellow"}


@click.group("leaderboard", cls=Suggesting)
def command() -> None:
    """Check runs that others send, and make a public leaderboard of them."""


@command.command("add")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--to", type=click.Path(path_type=Path), help="Keep it in this folder if it passes.")
@click.option("--name", help="Who sends it; needed with --to.")
@click.option("--link", default="", help="To a paper or code, https.")
@default_option("--sample", 2, "Recordings of each model that are scored anew.", Whole(min=1))
@options("device", "zoo")
def _add(
    run: Path,
    to: Path | None,
    name: str | None,
    link: str,
    sample: int,
    device: str | None,
    zoo: Zoo,
) -> None:
    """Check RUN, a folder that `xai-bench run --out` wrote, and say what holds and what does not.

    Nothing in it is trusted before it was looked at: files, hashes of models, metrics and cells,
    the protocol, and whether leaderboard.csv is what the cells give. Scores of a few recordings,
    drawn by the hash of the run, are computed again where data and models are here. Exit status 1
    where a check fails.

    \b
    xai-bench leaderboard add runs
    xai-bench leaderboard add theirs --to submissions --name "A. Author" --link https://doi.org/...
    """
    from xai_bench.provenance import now, package_version
    from xai_bench.report.progress_bar import progress
    from xai_bench.results.submissions import CheckLine, Submission, check_link, write_submission
    from xai_bench.studies.submission import check_run

    check_link(link)
    if to is not None and not (name and name.strip()):
        raise InputError("--to needs --name, which the page says: who sends it")
    with progress() as bar:
        done = check_run(run, sample=sample, zoo=zoo, device=device, progress=bar)
    for one in done.checks:
        print_line(f"{one.status:12}  {one.name}: {one.said}", _COLOURS[one.status])
    if done.failed:
        raise RunError(f"{run} is refused: {done.failed[0].name}: {done.failed[0].said}")
    if len(done.recomputed) < len({cell.model for cell in done.cells}):
        print_line("what could not be computed again is marked: not recomputed")
    if to is None:
        print_line(f"{run} passes; keep it: --to submissions --name WHO")
        return
    submission = Submission(
        name=str(name).strip()[:100],
        link=link,
        hash=done.hash,
        added=now(),
        checked_with=package_version(),
        checks=[CheckLine(name=c.name, status=c.status, said=c.said) for c in done.checks],
        recomputed=list(done.recomputed),
    )
    place = write_submission(to, submission, done.cells, zoo.flags())
    print_text(f"{to / submission.id} has it already" if place is None else f"added: {place}")


@command.command("build")
@click.argument("folder", type=click.Path(path_type=Path))
@out_option("site", "Folder of the pages.")
@options("zoo")
def _build(folder: Path, out: Path, zoo: Zoo) -> None:
    """Make pages of all runs in FOLDER, which `xai-bench leaderboard add --to` wrote.

    One page with a table for each data set, task and protocol, and one for each submission. They
    need no network, and no server.

    \b
    xai-bench leaderboard build submissions --out site
    """
    from xai_bench.report.public_board.site import write_site

    written = write_site(folder, out, zoo)
    print_left_out(written.left_out)
    print_text(f"{written.index}: {written.size / 1e6:.1f} MB in {written.pages} pages")
