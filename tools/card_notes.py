"""What notes of metric cards quote as measured is in a file of benchmarks/results that they name.

A decimal or a percentage in a note is one of the card's own numbers, a name's, or stands, at the
digits that it is printed with, in a file that the note names. Of a metric whose draws are measured
the note says what they make of a score.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from tools.draw_shares import METHOD

__all__ = ["measurements_in_notes"]

_NUMBER = re.compile(r"(?<![\w.])[-+]?\d*\.\d+|(?<![\w.])\d+(?= %)")
_ANY = re.compile(r"(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)")
_NAMED = re.compile(r"(?:Quantus|numpy|torch) \d[\d.]*|U\([^)]*\)|threshold of [\d.]+")
"""Versions, and what others use."""
_FILE = re.compile(r"benchmarks/results/\w+\.md")
_DRAWS = "benchmarks/results/draws.md"
_PLAIN = (0.0, 0.5, 1.0)
"""Levels, chances and ends of ranges."""


def measurements_in_notes(root: Path) -> Iterator[str]:
    """A line for each number of a note that neither the card nor a file named there has, and for
    each note that does not name the file with the measured share of its metric's draws."""
    drawn = _measured_draws(root)
    for path in sorted((root / "metrics").glob("*/*.toml")):
        card = tomllib.loads(path.read_text(encoding="utf-8"))
        note = str(card.pop("note", ""))
        if path.stem in drawn and _DRAWS not in note:
            yield (
                f"{path.relative_to(root)}: its draws are measured and the note does not say what "
                f"share they make: quote {_DRAWS}"
            )
        known = {one for number in _numbers(card) for one in (number, 100 * number)}.union(_PLAIN)
        for name in _FILE.findall(note):
            if not (root / name).is_file():
                yield f"{path.relative_to(root)}: the note names {name}, which is not there"
                continue
            measured = map(float, _ANY.findall((root / name).read_text(encoding="utf-8")))
            known |= {one for number in measured for one in (number, 100 * number)}
        for said in _NUMBER.findall(_NAMED.sub("", note)):
            digits = len(said.partition(".")[2])
            if not any(abs(float(said) - one) <= 0.5001 * 10.0**-digits for one in known):
                yield (
                    f"{path.relative_to(root)}: the note says {said}, which is no number of the "
                    "card: put it into a file of benchmarks/results and name the file"
                )


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
