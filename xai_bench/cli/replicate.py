"""`xai-bench replicate`: which order of two methods holds on every fold and training?"""

from __future__ import annotations

from pathlib import Path

import click

from xai_bench.cli.options import command_text, out_option, print_study

__all__ = ["command"]


@click.command("replicate")
@click.argument("runs", nargs=-1, type=click.Path(path_type=Path))
@out_option("replication", "Folder of the page, the table and the figure.")
def command(runs: tuple[Path, ...], out: Path) -> None:
    """Say which of two methods is better on every fold and every training of a net.

    RUNS are folders that run wrote (default: runs). The sides of a net are its trainings (NET,
    NET-seed1, ...) on the folds that were scored; an order holds where two methods are apart in it,
    by the interval and by Holm's p, on every side.

    \b
    xai-bench run --model resnet1d,resnet1d-seed1 --method saliency,gradcam,deeplift --n 32
    xai-bench run --model resnet1d --method saliency,gradcam,deeplift --n 32 --fold 9
    xai-bench replicate runs
    """
    from xai_bench.report.progress_bar import progress
    from xai_bench.report.replication.findings import findings
    from xai_bench.report.replication.page import write_replication
    from xai_bench.report.replication.tables import leader_table
    from xai_bench.studies.replication import replication

    with progress() as bar:
        result = replication(runs or "runs", progress=bar)
    write_replication(result, out, command=command_text())
    print_study(
        findings(result),
        leader_table(result),
        remarks=(),
        left_out=result.facts["left_out"],
        page=out / "README.md",
    )
