"""`xai-bench`: finds the verb, turns errors into one line and an exit status."""

from __future__ import annotations

import importlib
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from textwrap import wrap
from types import FrameType
from typing import NoReturn

import click
from click.shell_completion import CompletionItem

from xai_bench.cli.suggesting import Suggesting
from xai_bench.errors import InputError, XaiBenchError
from xai_bench.printable import printable

__all__ = ["cli", "main"]

_GROUPS = {
    "score": {
        "run": "Score methods on models and write a leaderboard.",
        "show": "Show the leaderboard of a run.",
    },
    "look": {
        "explain": "Draw one recording with its attribution on ECG paper.",
        "report": "Write runs, comparisons and audits as one page to open and pass on.",
    },
    "ask": {
        "compare": "Compare explanations: disturbed, between nets, methods, weights and beats.",
        "dose": "Plant lesions of rising dose, and see whether log-odds and attribution follow.",
        "accuracy": "Compare methods with the truth about nets whose truth is known.",
        "baselines": "Remove samples to other baselines, and see which conclusions hold.",
        "probe": "Look for clinical concepts in the features of nets and in their answers.",
        "rules": "Say what the clauses of a Tsetlin machine demand, in words.",
        "territories": "Ask which muscle explanations of an infarct point at.",
        "audit": "Ask explanations that nets write themselves what they are worth.",
        "gates": "Ask gates on channels whether they say which channels matter.",
        "rankings": "Compare the order of methods on one data set with that on another.",
        "replicate": "Say which order of two methods holds on every fold and training.",
    },
    "own net": {
        "check": "Check a model, method or metric of your own, and say what to mend.",
        "train": "Train a model by the recipe in its card.",
        "import": "Turn a checkpoint of the ECG-IMN authors into a model.",
    },
    "data": {
        "data": "Make, fetch or check recordings.",
        "ls": "List models, methods, metrics or datasets.",
    },
    "share": {
        "leaderboard": "Check runs that others send, and make a public leaderboard of them.",
        "completion": "Complete verbs, options and names in your shell.",
    },
}
_VERBS = {verb: words for of_group in _GROUPS.values() for verb, words in of_group.items()}
_MODULES = {
    "import": "import_model",  # a keyword
    "leaderboard": "public_leaderboard",
    "rules": "clause_rules",
}
"""Of the others the module is called like the verb."""

_FIRST_HOUR = {
    "xai-bench run": "score a net that explains itself",
    "xai-bench show --sort relevance_mass": "look at the scores",
    "xai-bench explain --record synthetic:03450": "draw one: explanation.png",
    "xai-bench report": "all of it as one page: report.html",
    "xai-bench check model resnet1d": "what a net of your own has to pass",
}


class _Verbs(Suggesting):
    """Imports a verb's file only when that verb is called: --help never waits for torch."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _VERBS:
            return None
        command = importlib.import_module(
            f"xai_bench.cli.{_MODULES.get(cmd_name, cmd_name)}"
        ).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for group, of_group in _GROUPS.items():
            with formatter.section(group.capitalize()):
                formatter.write_dl(list(of_group.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Verbs without their files, which take a second to import together."""
        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [
            CompletionItem(verb, help=words)
            for verb, words in _VERBS.items()
            if verb.startswith(incomplete)
        ]


@click.command(
    cls=_Verbs,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="xai-bench")
@click.option("--debug", is_flag=True, help="Show a traceback when something fails.")
@click.pass_context
def cli(context: click.Context, debug: bool) -> None:
    """Can the explanation of an ECG classifier be trusted?

    \b
    xai-bench run --model imn --method native
    xai-bench run --model imn,conv2d --method native,ig,gradcam --n 16
    xai-bench explain --model imn --method native --record synthetic:03450 --out ecg.png
    """
    if context.invoked_subcommand is None:
        click.echo(_first_hour())


def _first_hour() -> str:
    """What to try first, and the verbs by what they are for."""
    wide = max(map(len, _FIRST_HOUR))
    lines = ["Can the explanation of an ECG classifier be trusted? A first hour:", ""]
    lines += [f"  {command:{wide}}  {words}" for command, words in _FIRST_HOUR.items()]
    lines.append("")
    for group, of_group in _GROUPS.items():
        lines += wrap(
            "  ".join(of_group), 78, initial_indent=f"  {group:8}", subsequent_indent=" " * 10
        )
    return "\n".join([*lines, "", "What a verb does: xai-bench --help; how: xai-bench VERB --help"])


def main() -> NoReturn:
    """Exit status: 0 done, 1 failed, 2 bad input, 130 interrupted, 143 ended by SIGTERM."""
    # Waiting threads that spin slow every other process on a shared machine, and this one too.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # an arrow on a terminal that has none
            stream.reconfigure(errors="backslashreplace")
    with _signals_as_ctrl_c() as ended_by:
        try:
            _check_words(sys.argv[1:])
            sys.exit(cli.main(prog_name="xai-bench", standalone_mode=False) or 0)
        except (click.exceptions.Abort, KeyboardInterrupt):
            number = ended_by[0] if ended_by else signal.SIGINT
            how = f"ended by {number.name}" if ended_by else "interrupted"
            _stop(128 + number, f"{how}; cells, shards and epochs that were finished are kept")
        except click.ClickException as error:
            error.show()
            sys.exit(2)
        except XaiBenchError as error:
            if "--debug" in sys.argv:
                raise
            _stop(2 if isinstance(error, InputError) else 1, f"error: {error}")
        except (MemoryError, RuntimeError) as error:
            from xai_bench.devices import is_out_of_memory  # torch is there by now

            if "--debug" in sys.argv or not is_out_of_memory(error):
                raise
            said = " ".join(str(error).split())[:200] or type(error).__name__
            _stop(1, f"error: there is no memory for this ({said}); ask for less: --n, --workers 1")


@contextmanager
def _signals_as_ctrl_c() -> Iterator[list[signal.Signals]]:
    """Within the block what a scheduler or a terminal that closes sends ends the work as Ctrl-C
    does; a second one ends the process at once. The list has the one that came."""
    came: list[signal.Signals] = []

    def end(number: int, frame: FrameType | None) -> NoReturn:
        came.append(signal.Signals(number))
        signal.signal(number, signal.SIG_DFL)
        raise KeyboardInterrupt

    taken = []
    for name in ("SIGTERM", "SIGHUP"):  # Windows has one of them
        number = getattr(signal, name, None)
        # nohup has the second ignored; and threads may not ask for any.
        in_main_thread = threading.current_thread() is threading.main_thread()
        if number and in_main_thread and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, end)
            taken.append(number)
    try:
        yield came
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _check_words(words: list[str]) -> None:
    """Raises InputError for words that mean nothing anywhere: an empty one is the working folder
    where a path is wanted, and no file has a name with a NUL in it."""
    for before, word in pairwise(["", *words]):
        option, _, value = word.partition("=")
        is_option = option.startswith("--") and "=" in word
        name = option if is_option else before if before.startswith("-") else "an argument"
        if not (value if is_option else word):
            raise InputError(f"{name} is empty; give it a value, or leave it out")
        if "\0" in word:
            raise InputError(f"{name} holds the character NUL, which no name can hold")


def _stop(status: int, message: str) -> NoReturn:
    click.echo(printable(message), err=True)
    sys.exit(status)
