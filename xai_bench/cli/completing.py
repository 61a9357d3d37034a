"""What a shell is told when Tab is pressed after an option: names, read without slow imports."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from xai_bench.card_files import built_in, metric_files, model_files

__all__ = ["METHODS_FILE", "Completion", "completion_of"]

METHODS_FILE = Path(__file__).parents[1] / "methods" / "methods.csv"
"""What is built in, rendered by tools/pages.py: methods themselves import torch."""

Completion = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def completion_of(option: str) -> Completion | None:
    """What completes the values of an option: names that exist, the last of several that have
    commas between them, or files; None where nothing is known of it."""
    if option == "--data":
        return _data
    names = _NAMES.get(option)
    return None if names is None else lambda context, parameter, begun: _listed(names, begun)


def _models() -> Iterable[str]:
    return [path.parent.name for path in model_files([built_in()])]


def _methods() -> Iterable[str]:
    _, *rows = csv.reader(METHODS_FILE.read_text(encoding="utf-8").splitlines())
    return [row[0] for row in rows if "@" not in row[0]]


def _metrics() -> Iterable[str]:
    return sorted(path.stem for path in metric_files([built_in()]))


def _groups_of_metrics() -> Iterable[str]:
    families = sorted({path.parent.name for path in metric_files([built_in()])})
    return [*_metrics(), *families, "core", "all"]


_NAMES: dict[str, Callable[[], Iterable[str]]] = {
    "--model": _models,
    "--method": _methods,
    "--metrics": _groups_of_metrics,
    "--sort": _metrics,
    "--test": _metrics,
}


def _listed(names: Callable[[], Iterable[str]], begun: str) -> list[CompletionItem]:
    before, comma, last = begun.rpartition(",")
    taken = set(before.split(","))
    return [
        CompletionItem(f"{before}{comma}{name}")
        for name in dict.fromkeys(names())
        if name.startswith(last) and name not in taken
    ]


def _data(context: click.Context, parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    if begun and "synthetic".startswith(begun):
        return [CompletionItem("synthetic")]
    return [CompletionItem(begun, type="file")]
