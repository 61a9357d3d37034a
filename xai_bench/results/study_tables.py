"""What every study returns, and its folder: a long table of estimates, facts, perhaps scores.

FOLDER/<stem>.csv       one row an estimate, with the columns of the study's schema
FOLDER/<stem>.json      facts: what was asked, of what, with what, what was left out; and under
                        "sha256" the digests of the tables, by which a change by hand is noticed
FOLDER/<stem>.parquet   one row a recording and measure, of studies that keep scores
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

import pandas as pd

from xai_bench import storage
from xai_bench.errors import InputError
from xai_bench.spreadsheet_cells import as_text

__all__ = [
    "ESTIMATE",
    "SHA256",
    "Schema",
    "StudyResult",
    "read_study",
    "select",
    "to_csv",
    "write_study",
]

SHA256 = "sha256"
"""The fact that is of files and not of the study: file name -> digest."""

ESTIMATE = {
    "value": "float64",
    "ci_low": "float64",
    "ci_high": "float64",
    "n": "int64",
    "reason": "str",
}
"""Columns that every estimate has, and their types.

value, ci_low, ci_high: NaN where there is none; n: recordings it is of; reason: why there is no
value, or of recordings without a score the commonest reason.
"""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The columns of a study's tables: name -> type ("str", "float64", "int64" or "bool")."""

    stem: str
    """Of its files."""
    keys: Mapping[str, str]
    """What an estimate is of."""
    more: Mapping[str, str] = field(default_factory=dict)
    """What an estimate has beside ESTIMATE."""
    scores: Mapping[str, str] = field(default_factory=dict)
    """Columns of the scores of recordings; none where a study keeps none."""
    facts: Mapping[str, type] = field(default_factory=dict)
    """What its facts must have, to be shown: name -> type."""
    mend: str
    """What to do where a folder holds no such study: "make one: xai-bench compare"."""

    @property
    def estimates(self) -> dict[str, str]:
        """All columns of the table of estimates, in their order."""
        return {**self.keys, **ESTIMATE, **self.more}


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyResult:
    """What a study found."""

    schema: Schema
    table: pd.DataFrame
    """Estimates, long form, with the columns `schema.estimates`."""
    facts: dict[str, Any]
    """JSON can hold it; all of `provenance`, and what the study says of itself."""
    scores: pd.DataFrame = field(default_factory=pd.DataFrame)
    """Of every recording, long form, with the columns `schema.scores`; empty where it has none."""


def select(table: pd.DataFrame, **wanted: str | float | Collection[str]) -> pd.DataFrame:
    """The rows that have the wanted value, or one of the wanted names, in each of these columns."""
    for column, values in wanted.items():
        some = [values] if isinstance(values, (str, float)) else list(values)
        table = table[table[column].isin(some)]
    return table


def to_csv(table: pd.DataFrame) -> str:
    """Plain numbers, six significant digits, and text that no spreadsheet takes for a formula."""
    return str(as_text(table).to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def write_study(result: StudyResult, folder: Path, *, beside: Sequence[str] = ()) -> None:
    """Write the tables and the facts, each whole or not at all.

    beside: further tables of the study that lie in the folder already. An interruption leaves what
    was there before, or no facts: never tables of one study beside the facts of another. Raises
    OutputError.
    """
    stem = folder / result.schema.stem
    facts = stem.with_suffix(".json")
    digests: dict[str, str] = {}
    with ExitStack() as last_in_place_first:
        of_facts = last_in_place_first.enter_context(storage.new_file(facts))
        if result.schema.scores:
            path = stem.with_suffix(".parquet")
            of_scores = last_in_place_first.enter_context(storage.new_file(path))
            result.scores.to_parquet(of_scores, index=False)
            digests[path.name] = _sha256(of_scores)
        path = stem.with_suffix(".csv")
        of_table = last_in_place_first.enter_context(storage.new_file(path))
        of_table.write_text(to_csv(result.table), encoding="utf-8", newline="\n")
        digests[path.name] = _sha256(of_table)
        digests |= {name: _sha256(folder / name) for name in beside}
        text = json.dumps(result.facts | {SHA256: digests}, indent=2, ensure_ascii=False)
        of_facts.write_text(f"{text}\n", encoding="utf-8")
        facts.unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_study(folder: Path, schema: Schema) -> StudyResult:
    """What `write_study` wrote. Raises InputError naming the file and what to do about it."""
    stem = folder / schema.stem
    facts = storage.read_json(stem.with_suffix(".json"), schema.mend)
    for name, kind in schema.facts.items():
        if not isinstance(facts.get(name), kind):
            raise InputError(
                f"{stem.with_suffix('.json')} has no {kind.__name__} '{name}'; {schema.mend}"
            )
    facts.pop(SHA256, None)
    scores = pd.DataFrame()
    if schema.scores:
        scores = storage.read_table(stem.with_suffix(".parquet"), schema.scores, schema.mend)
    return StudyResult(
        schema=schema,
        table=storage.read_table(stem.with_suffix(".csv"), schema.estimates, schema.mend),
        facts=facts,
        scores=scores,
    )
