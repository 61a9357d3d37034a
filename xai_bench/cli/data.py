"""`xai-bench data`: make, fetch and check recordings."""

from __future__ import annotations

import shlex
from functools import partial
from pathlib import Path
from typing import Any

import click

from xai_bench.cli.numbers import Amount, Whole
from xai_bench.cli.options import (
    choice_option,
    count,
    default_option,
    names_option,
    options,
    out_option,
    print_left_out,
    print_line,
    print_tables,
    print_text,
)
from xai_bench.cli.suggesting import Suggesting
from xai_bench.errors import DatasetError
from xai_bench.presets import PRESETS
from xai_bench.tasks import SUPERCLASSES
from xai_bench.wave_names import PLANTED_WAVES

__all__ = ["command"]


def _count(context: click.Context, parameter: click.Parameter, text: str) -> int | None:
    return count("--n", text)


_RATES = {"100": (100,), "500": (500,), "both": (100, 500)}

rate_option = choice_option("--rate", list(_RATES), "Samples per second.")


@click.group("data", cls=Suggesting)
def command() -> None:
    """Make, fetch or check recordings."""


@command.command("make")
@click.argument("what", type=click.Choice(["synthetic"]))
@click.argument("path", type=click.Path(path_type=Path))
@default_option("--n", 100, "Recordings.", Whole(min=1))
@rate_option
@choice_option("--layout", ["ptbxl"], "Of the folder.", expose_value=False)
@default_option("--difficulty", 0.5, "Of telling the classes apart.", Amount(0, 1))
@options("seed")
def make(what: str, path: Path, n: int, rate: str, **given: Any) -> None:
    """Write synthetic recordings to PATH as a PTB-XL folder."""
    from xai_bench.data import make_dataset
    from xai_bench.report.progress_bar import progress

    with progress() as bar:
        make_dataset(path, n=n, **given, rates=_RATES[rate], progress=partial(bar, "writing"))
    print_text(f"{n} recordings in {path}")


@command.command("fetch")
@click.argument("what", type=click.Choice(["ptbxl"]))
@click.option("--to", type=click.Path(path_type=Path), required=True, help="A folder.")
@rate_option
@click.option("--url", help="A mirror; PTB-XL's home on PhysioNet where none is given.")
def fetch(what: str, to: Path, rate: str, url: str | None) -> None:
    """Download PTB-XL 1.0.3, or what a folder still lacks of it."""
    from xai_bench.data.fetch import PTBXL_NOTICE, PTBXL_URL, fetch_ptbxl
    from xai_bench.report.progress_bar import progress

    print_text(PTBXL_NOTICE)
    with progress() as bar:
        done = fetch_ptbxl(
            to, rates=_RATES[rate], base_url=url or PTBXL_URL, progress=partial(bar, "fetching")
        )
    here = done.files - done.downloaded
    print_text(f"{done.files} files in {to}: {done.downloaded} downloaded, {here} were there")
    print_text(f"now check them: xai-bench data check {shlex.quote(str(to))}")


@command.command("check")
@click.argument("path", type=click.Path(path_type=Path))
@options("labels", "gain")
def check(path: Path, labels: Path | None, gain: float | None) -> None:
    """Read every recording in PATH, name those that cannot be used, and say what is there.

    \b
    xai-bench data check georgia/
    """
    from xai_bench.data import check_data
    from xai_bench.report.progress_bar import progress
    from xai_bench.report.table import Column, text_table

    with progress() as bar:
        checked = check_data(path, labels=labels, gain=gain, progress=partial(bar, "checking"))
    for line in (*checked.problems, *checked.remarks):
        print_text(line)
    columns = [Column(heading=name, kind="words") for name in ("recordings", "found")]
    print_tables(text_table("", columns, checked.summary()))
    read, total = len(checked.recordings) - len(checked.problems), len(checked.recordings)
    print_text(f"{read} of {total} recordings can be used")
    if checked.problems:
        raise DatasetError(f"{len(checked.problems)} recordings in {path} cannot be used")


@command.command("realism")
@click.option(
    "--real",
    type=click.Path(path_type=Path),
    required=True,
    help="A PTB-XL folder or any folder of recordings.",
)
@default_option(
    "--made",
    "synthetic",
    "'synthetic'; 'planted:deepfake'; or 'planted:FOLDER', where findings are planted into the "
    "normal recordings of a folder.",
)
@choice_option("--class", SUPERCLASSES, "Of the recordings on both sides.")
@options("labels")
@default_option("--n", PRESETS.realism.n, "Made recordings, at most.", Whole(min=1))
@default_option(
    "--rate",
    500.0,
    "Hz; 100 where no real recording can be had at this rate.",
    Amount(min=100),
)
@names_option("--models", PRESETS.realism.models, "Names, comma-separated, or 'none'.")
@out_option("realism", "Folder of the report.")
@options("seed", "zoo")
def realism(real: Path, models: str, rate: float, out: Path, **given: Any) -> None:
    """Compare made recordings with the real ones of the same class in a folder.

    \b
    xai-bench data realism --real path/to/ptb-xl
    xai-bench data realism --real path/to/ptb-xl --class MI
    xai-bench data realism --real path/to/ptb-xl --class MI --made planted:deepfake
    """
    from xai_bench.report.progress_bar import progress
    from xai_bench.report.realism.findings import facts
    from xai_bench.report.realism.page import write_realism
    from xai_bench.report.realism.tables import difference_table, model_table, two_sample_table
    from xai_bench.studies.realism.comparison_table import feature_rows, two_sample_rows
    from xai_bench.studies.realism.study import measure_realism

    names = [] if models == "none" else models.split(",")
    label = given.pop("class")
    with progress() as bar:
        found = measure_realism(
            real, label=label, models=names, rate_hz=rate, **given, progress=bar
        )
        write_realism(found, out, progress=bar)
    for line in facts(found.result):
        print_line(line)
    print_tables(difference_table(feature_rows(found.result.table)))
    test = two_sample_rows(found.result.table)
    if not test["reason"].any():
        print_tables(two_sample_table(test))
    if len(found.models.table):
        print_tables(model_table(found.models.table))
    print_line(f"report: {out / 'realism.md'}")


@command.command("waves")
@options("data", "labels", "split", "fold")
@default_option("--n", "64", "Recordings, or 'all'.", callback=_count)
@default_option("--rate", 500.0, "Hz.", Amount(min=50))
@names_option("--reader", ["delnet", "rules"], "Of xai-bench ls waves, comma-separated.")
@default_option(
    "--reference", PLANTED_WAVES, "What they are compared with: 'planted', or one of them."
)
@options("length", "seed")
@out_option("waves", "Folder of the table and the pictures.")
def waves(reader: str, reference: str, n: int | None, rate: float, out: Path, **given: Any) -> None:
    """Compare who says which waves recordings have.

    \b
    xai-bench data waves
    xai-bench data waves --data path/to/records --reader rules,delnet --reference openecg
    """
    from xai_bench.data import load_data
    from xai_bench.models.waves import find_reader
    from xai_bench.report.delineation.files import write_waves
    from xai_bench.report.delineation.tables import error_table
    from xai_bench.report.progress_bar import progress
    from xai_bench.studies.delineation.study import compare_readers

    readers = {name: find_reader(name) for name in reader.split(",")}
    with progress() as bar:
        recordings = load_data(
            **given, n=n, rate_hz=rate, progress=partial(bar, "reading recordings")
        )
        found = compare_readers(recordings, readers, reference=reference, progress=bar)
        write_waves(found, out)
    print_left_out(recordings.left_out)
    print_tables(error_table(found.table))
    print_line(f"table and pictures: {out}")
