"""What notes of metric cards quote as measured is the value of a cell that the card names.

    note = "The draws make 59 % of the variance with one and 9 % with 15 (benchmarks/results/x.md)."
    # 59 = benchmarks/results/x.md metric=mprt method=native "1 draw"
    # 9 = benchmarks/results/x.md metric=mprt method=native "15 draws"

A decimal or a percentage in a note is one of the card's own numbers, a name's, or has a comment of
the card: they follow the order of the note, and an expression is one of `tools.table_values`, of a
file that the note names. Of a metric whose draws are measured the note says what they make of a
score.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from tools.draw_shares import METHOD
from tools.table_values import MissingValueError, table_value

__all__ = ["measurements_in_notes"]

_NUMBER = re.compile(r"(?<![\w.])([-+]?\d*\.\d+|\d+(?= %))( %)?")
_COMMENT = re.compile(r"^# ([-+]?\d*\.?\d+) = (.+)$", re.MULTILINE)
_NAMED = re.compile(r"(?:Quantus|numpy|torch) \d[\d.]*|U\([^)]*\)|threshold of [\d.]+")
"""Versions, and what others use."""
_FILE = re.compile(r"benchmarks/results/\w+\.md")
_DRAWS = "benchmarks/results/draws.md"
_PLAIN = (0.0, 0.5, 1.0)
"""Levels, chances and ends of ranges."""


def measurements_in_notes(root: Path) -> Iterator[str]:
    """A line for each number of a note that is not what its card or its cell says, and for each
    note that does not name the file with the measured share of its metric's draws."""
    drawn = _measured_draws(root)
    for path in sorted((root / "metrics").glob("*/*.toml")):
        text = path.read_text(encoding="utf-8")
        if path.stem in drawn and _DRAWS not in str(tomllib.loads(text).get("note", "")):
            yield (
                f"{path.relative_to(root)}: its draws are measured and the note does not say what "
                f"share they make: quote {_DRAWS}"
            )
        for fault in _faults(root, text):
            yield f"{path.relative_to(root)}: {fault}"


def _faults(root: Path, text: str) -> Iterator[str]:
    card = tomllib.loads(text)
    note = str(card.pop("note", ""))
    files = _FILE.findall(note)
    yield from (f"the note names {one}, which is not there" for one in files if _lacks(root, one))
    own = {*_numbers(card), *_PLAIN}
    comments = _COMMENT.findall(text)
    for said, percent in _NUMBER.findall(_NAMED.sub("", note)):
        if comments and comments[0][0] == said:
            yield from _compared(root, files, *comments.pop(0))
        elif not any(_same(said, 100 * one if percent else one) for one in own):
            yield (
                f"the note says {said}, which is no number of the card: after the note say of "
                f"which cell it is, '# {said} = FILE [COLUMN=VALUE ...] COLUMN', in the order of "
                "the note"
            )
    for said, expression in comments:
        yield f"the note does not say {said}, or not in this order: {expression}"


def _lacks(root: Path, name: str) -> bool:
    return not (root / name).is_file()


def _compared(root: Path, files: list[str], said: str, expression: str) -> Iterator[str]:
    if expression.split()[0] not in files:
        yield f"the note does not name the file of {said}: {expression}"
    try:
        found = table_value([root], expression)
    except MissingValueError as error:
        yield f"the note says {said}: {error}"
    else:
        if not _same(said, found):
            yield f"the note says {said}, found {found:g}: {expression}"


def _same(said: str, value: float) -> bool:
    return abs(float(said) - value) <= 0.5001 * 10.0 ** -len(said.partition(".")[2])


def _measured_draws(root: Path) -> set[str]:
    """Metrics whose own draws are measured."""
    path = (root / _DRAWS).with_suffix(".csv")
    if not path.is_file():
        return set()
    table = pd.read_csv(path, usecols=["source", "metric"])
    return set(table.loc[table["source"] != METHOD, "metric"])


def _numbers(value: Any) -> Iterator[float]:
    match value:
        case dict():
            for one in value.values():
                yield from _numbers(one)
        case list():
            for one in value:
                yield from _numbers(one)
        case int() | float():
            yield float(value)
