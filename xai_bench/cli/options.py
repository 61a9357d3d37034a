"""Options that several verbs share, and what verbs print."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial, reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from xai_bench.cli.completing import completion_of
from xai_bench.cli.numbers import Amount, Whole, shortened
from xai_bench.errors import InputError
from xai_bench.printable import printable
from xai_bench.wave_names import PLANTED_WAVES, WAVE_READERS

if TYPE_CHECKING:
    import pandas as pd

    from xai_bench.report.leaderboard.order import MetricFacts
    from xai_bench.report.table import Table
    from xai_bench.zoo import Zoo

__all__ = [
    "choice_option",
    "cohort_options",
    "command_text",
    "count",
    "default_option",
    "names_option",
    "options",
    "out_option",
    "print_leaderboard",
    "print_left_out",
    "print_line",
    "print_study",
    "print_tables",
    "print_text",
    "print_warning",
]

Command = TypeVar("Command", bound=Callable[..., Any])
Option = Callable[[Command], Command]


_MOST_DIGITS = 18
_LAST_FOLD = 100


def count(option: str, text: str) -> int | None:
    """A positive whole number, or None for "all". Raises InputError naming the option."""
    if text == "all":
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) > _MOST_DIGITS or int(text) == 0:
        raise InputError(
            f"{option} wants a positive whole number or 'all', not '{shortened(text)}'"
        )
    return int(text)


def _folds(
    context: click.Context, parameter: click.Parameter, text: str | None
) -> list[int] | None:
    """Comma-separated positive whole numbers. Raises InputError."""
    if not text:
        return None
    try:
        found = [int(part) for part in text.split(",")]
    except ValueError:
        found = []
    if not found or min(found) < 1 or max(found) > _LAST_FOLD:
        raise InputError(
            f"--fold wants whole numbers from 1 to {_LAST_FOLD}, not '{shortened(text)}'"
        )
    return found


def _zoo(context: click.Context, parameter: click.Parameter, folder: Path | None) -> Zoo | None:
    if context.resilient_parsing:  # of a line that is still typed
        return None
    from xai_bench.zoo import Zoo

    return Zoo(*[folder] if folder else [], allow_code=context.meta.get(_ALLOW_CODE, False))


def _allow_code(context: click.Context, parameter: click.Parameter, allowed: bool) -> None:
    context.meta[_ALLOW_CODE] = allowed


def default_option(
    option: str, default: Any, words: str | None = None, kind: Any = None, **more: Any
) -> Option[Any]:
    """An option whose help ends with its default. kind: of values, where the default is of more."""
    more.setdefault("shell_complete", completion_of(option))
    return click.option(option, default=default, show_default=True, help=words, type=kind, **more)


def choice_option(
    option: str, choices: Sequence[str], words: str, *, default: str | None = None, **more: Any
) -> Option[Any]:
    """One of a few words, by default the first."""
    return default_option(option, default or choices[0], words, click.Choice(choices), **more)


def names_option(
    option: str, default: Iterable[str], words: str = "Names, comma-separated."
) -> Option[Any]:
    return default_option(option, ",".join(default), words)


def out_option(
    default: str, words: str, *, is_file: bool = False, is_needed: bool = True
) -> Option[Any]:
    """Where results go, which is refused before the work where nothing can be written.

    is_needed: whether something is written there whatever else is asked.
    """

    def check(context: click.Context, parameter: click.Parameter, out: Path) -> Path:
        if context.resilient_parsing:  # of a line that is still typed
            return out
        from xai_bench.storage import check_writable

        found = _out_of_this_machine(out)
        if is_file and found.is_dir():
            raise InputError(f"--out {found} is a folder; give the name of a file")
        if is_needed:
            check_writable(found.parent if is_file else found)
        return found

    return default_option("--out", default, words, click.Path(path_type=Path), callback=check)


def _out_of_this_machine(out: Path) -> Path:
    """Raises InputError for a URL, which would become a folder called s3:."""
    if len(first := "".join(out.parts[:1])) > 2 and first.endswith(":"):
        raise InputError(f"--out {out}: only xai-bench run writes to object stores; give a folder")
    return out


_split_option = partial(
    choice_option, "--split", ["train", "validation", "test", "all"], default="test"
)

_ALLOW_CODE = "xai_bench.allow_code"


def _stacked(*decorators: Option[Any]) -> Option[Any]:
    return lambda command: reduce(lambda made, one: one(made), reversed(decorators), command)


_OPTIONS: dict[str, Option[Any]] = {
    "data": default_option(
        "--data",
        "synthetic",
        "'synthetic', a PTB-XL folder or any folder of recordings, here or in an object store "
        "(s3://bucket/records); planted:FOLDER plants findings into its normal ones, "
        "planted:deepfake into generated ones.",
    ),
    "labels": click.option(
        "--labels",
        type=click.Path(path_type=Path),
        help="A table (CSV) of the recordings' labels, patients and folds: a column record_id, and "
        "a column labels or a column of 0 and 1 a class.",
    ),
    "split": _split_option(words="Folds 1-8, 9, 10 or all; datasets without folds are used whole."),
    "fold": click.option(
        "--fold", callback=_folds, help="Folds instead of a split, comma-separated: 9,10."
    ),
    "target": default_option(
        "--target", "predicted", "Explained class: 'predicted', 'label' or a name such as MI."
    ),
    "length": choice_option(
        "--length",
        ["exact", "crop", "windows", "pad"],
        "Of recordings that are longer: crop takes the beginning, windows all they have, one part "
        "after the other. Of shorter ones: pad fills them up.",
    ),
    "gain": click.option(
        "--gain",
        type=Amount(min=0, min_open=True),
        help="Units per mV of WFDB leads whose headers state none, which are refused without it.",
    ),
    "seed": default_option("--seed", 0, "Of every draw.", Whole()),
    "device": click.option("--device", help="cpu, cuda or cuda:1; CUDA where there is one."),
    "waves": click.option(
        "--waves",
        type=click.Choice([PLANTED_WAVES, *WAVE_READERS]),
        help="Who says which waves there are, see xai-bench ls waves.  [default: planted where "
        "they are, else rules]",
    ),
    "executor": choice_option(
        "--executor",
        ["local", "ray"],
        "Processes of this machine, or workers of the Ray cluster that $RAY_ADDRESS names; scores "
        "do not depend on it.",
    ),
    "workers": click.option(
        "--workers",
        type=Whole(min=1),
        help="Processes that share out the recordings; scores do not depend on it.  [default: the "
        "cores there are, here or in the Ray cluster; on CUDA one, or its GPUs]",
    ),
    "zoo": _stacked(
        click.option(
            "--zoo",
            type=click.Path(path_type=Path),
            callback=_zoo,
            help="A folder with models/, methods/ and metrics/ of your own.",
        ),
        click.option(
            "--allow-code",
            is_flag=True,
            is_eager=True,  # before --zoo, wherever it stands
            expose_value=False,
            callback=_allow_code,
            help="Run the Python files of that folder.",
        ),
    ),
}


def options(*names: str) -> Option[Any]:
    """The shared options of these names, in this order."""
    return _stacked(*(_OPTIONS[name] for name in names))


def cohort_options(models: Iterable[str], methods: Iterable[str], n: int) -> Option[Any]:
    """What is explained by what, on which recordings; with these defaults."""
    return _stacked(
        names_option("--model", models),
        names_option("--method", methods),
        options("data", "labels", "split", "fold"),
        default_option(
            "--n",
            str(n),
            "Recordings, or 'all'.",
            callback=lambda context, parameter, text: count("--n", text),
        ),
        options("target"),
    )


_OF_THIS_MACHINE = ("device", "executor", "workers", "zoo", "allow_code")


def command_text(**changed: object) -> str:
    """This command as it can be given elsewhere: without device, executor, workers and zoo.

    changed: options whose value is another than the one that was given.
    """
    context = click.get_current_context()
    given = {name: value for name, value in (context.params | changed).items() if value is not None}
    words = ["xai-bench", str(context.info_name)]
    named = []
    for parameter in sorted(context.command.params, key=lambda one: one.name == "out"):
        name = str(parameter.name)
        value = given.get(name, "all" if name == "n" else None)
        if value is None or name in _OF_THIS_MACHINE:
            continue
        if isinstance(parameter, click.Argument):
            words += map(str, value)
        else:
            text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
            named += [parameter.opts[0], text]
    return shlex.join([*words, *named])


def print_line(text: str, style: str = "") -> None:
    """As it is: brackets in it are no markup, and numbers are not coloured."""
    from rich.console import Console

    Console().print(printable(text), style=style, highlight=False, markup=False)


def print_text(text: str, *, to_stderr: bool = False) -> None:
    """Lines that are not broken to fit a terminal: a path, a table in another format."""
    click.echo("\n".join(map(printable, text.removesuffix("\n").split("\n"))), err=to_stderr)


def print_tables(*tables: Table) -> None:
    from rich.console import Console

    from xai_bench.report.terminal import terminal_table

    console = Console()
    for table in tables:
        console.print(terminal_table(table))


def print_leaderboard(
    table: pd.DataFrame, metrics: Mapping[str, MetricFacts], sort: str | None = None
) -> None:
    """On one screen as far as it fits, see `screen_tables`."""
    from rich.console import Console

    from xai_bench.report.leaderboard.screen import Screen, screen_tables

    print_tables(*screen_tables(table, metrics, Screen(*Console().size), sort=sort))


def print_warning(text: str) -> None:
    print_line(text, "yellow")


def print_study(
    findings: Iterable[str],
    table: Table,
    *,
    remarks: Iterable[str],
    left_out: Iterable[str],
    page: Path,
    warning: str | None = None,
) -> None:
    """What a study found, in a few lines; the rest is on its page."""
    for text in findings:
        print_line(f"- {text}")
    print_tables(table)
    if warning:
        print_warning(warning)
    for line in remarks:
        print_line(line)
    print_left_out(left_out)
    print_line(f"page, tables and figures: {page}")


def print_left_out(lines: Iterable[str]) -> None:
    """What was asked for and could not be used, with the reasons."""
    for line in lines:
        print_warning(f"left out: {line}")
