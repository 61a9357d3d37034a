"""The value that an expression such as `models/ptbxl.csv model=imn task=norm_vs_mi auroc` names."""

from __future__ import annotations

import json
import re
import shlex
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

__all__ = ["WORDS", "MissingValueError", "markdown_tables", "table_value"]

WORDS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"),
    *("nineteen", "twenty"),
)
"""Numbers in words, each in the place of its value."""

_OF_COLUMN: dict[str, Callable[[Iterable[float]], float]] = {"min": min, "max": max, "sum": sum}
_REDUCED = re.compile(rf"({'|'.join(_OF_COLUMN)}|count)\((.+)\)")


class MissingValueError(Exception):
    """An expression names no value, or more than one."""


def table_value(folders: Sequence[Path], expression: str) -> float:
    """FILE [COLUMN=VALUE ...] COLUMN [*FACTOR]: a number of a file, in the first folder with it.

    Of a .csv, a .parquet or the tables of a .md: COLUMN of the one row that has these values (or
    one of several, VALUE|VALUE), or min, max, sum or count(COLUMN) of all rows that have them. Of
    a .json or .toml: keys that lead to a number, or count(keys) of a list. Of any other text:
    /PATTERN/, whose one group is the number, in digits or words, wherever it stands. What has
    blanks stands in quotes. Raises MissingValueError.
    """
    name, *words = shlex.split(expression)
    factor = float(words.pop()[1:]) if words and words[-1].startswith("*") else 1.0
    path = next((one / name for one in folders if (one / name).is_file()), None)
    if path is None:
        raise MissingValueError(f"there is no file {name}")
    if not words:
        raise MissingValueError(f"{expression!r} names no value of {name}")
    *conditions, column = words
    try:
        if column.startswith("/"):
            return factor * _of_text(path.read_text(encoding="utf-8"), column.strip("/"))
        if path.suffix in (".json", ".toml"):
            return factor * _of_keys(_read_tree(path), column)
        return factor * _of_rows(_tables(path), conditions, column)
    except MissingValueError as error:
        raise MissingValueError(f"{expression}: {error}") from None


def _of_text(text: str, pattern: str) -> float:
    found = set(re.findall(pattern, text))
    if len(found) != 1:
        raise MissingValueError(f"{len(found)} numbers")
    said = found.pop()
    return float(WORDS.index(said)) if said in WORDS else _number(said.replace("_", ""))


def _of_keys(tree: Any, column: str) -> float:
    reduced = _REDUCED.fullmatch(column)
    for key in (reduced[2] if reduced else column).split("."):
        if isinstance(tree, Sequence) and key.isdigit():
            key = int(key)
        try:
            tree = tree[key]
        except (KeyError, IndexError, TypeError):
            raise MissingValueError(f"no {key}") from None
    return float(len(tree) if reduced else tree)


def _of_rows(tables: Sequence[pd.DataFrame], conditions: Sequence[str], column: str) -> float:
    reduced = _REDUCED.fullmatch(column)
    asked = reduced[2] if reduced else column
    wanted = [condition.partition("=")[::2] for condition in conditions]
    found: list[object] = []
    for table in tables:
        if {asked, *(name for name, _ in wanted)} <= set(table.columns):
            for name, values in wanted:
                table = table[table[name].map(_text).isin(values.split("|"))]
            found += list(table[asked])
    if reduced and reduced[1] == "count":
        return float(len(found))
    if reduced and found:
        return _OF_COLUMN[reduced[1]](map(_number, found))
    if len(found) != 1:
        raise MissingValueError(f"{len(found)} rows")
    return _number(found[0])


def _text(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _number(value: object) -> float:
    """Of a cell of Markdown the first number in it."""
    if isinstance(value, str):
        number = re.search(r"-?[\d,]*\.?\d+(e-?\d+)?", value)
        if number is None:
            raise MissingValueError(f"no number in {value!r}")
        value = number[0].replace(",", "")
    return float(value)  # type: ignore[arg-type]


@cache
def _tables(path: Path) -> Sequence[pd.DataFrame]:
    match path.suffix:
        case ".csv":
            return [pd.read_csv(path, keep_default_na=False, na_values=[""], low_memory=False)]
        case ".parquet":
            return [pd.read_parquet(path)]
        case ".md":
            return list(markdown_tables(path.read_text(encoding="utf-8")))
    raise MissingValueError(f"no table can be read of a {path.suffix}")


def markdown_tables(text: str) -> list[pd.DataFrame]:
    """The tables of a page in Markdown, every cell a text."""
    found = []
    for block in re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE):
        lines = [
            [_plain(cell) for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
            for line in block.splitlines()
        ]
        head, rows = lines[0], [line for line in lines[2:] if len(line) == len(lines[0])]
        found.append(pd.DataFrame(rows, columns=head))
    return found


def _plain(cell: str) -> str:
    """Without markup."""
    return re.sub(r"\\(.)", r"\1", cell.strip().strip("*`"))


@cache
def _read_tree(path: Path) -> Mapping[str, Any]:
    text = path.read_text(encoding="utf-8")
    read: Mapping[str, Any] = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
    return read
