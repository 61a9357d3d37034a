"""What the statements of a recording mean: SNOMED codes and words to superclasses, by a table.

The table, statements.csv beside this file, has a row for each of the 133 codes of the PhysioNet
Challenge 2021 (their names and abbreviations are those of its dx_mapping_scored.csv and
dx_mapping_unscored.csv), for the words that the Challenge of 2024 writes into headers, and for
reasons of admission in the PTB Diagnostic ECG Database, of which the Challenge made its codes.

code, abbreviation, name: of the statement.
superclass: the diagnostic_class that PTB-XL's scp_statements.csv gives to the matching diagnosis;
    where there is none, the class that the statement belongs to by its name; empty for rhythms,
    forms and measurements.
normal: "states" for sinus rhythm, which is also the Challenge's code for a normal ECG; "allows"
    for what is no finding against one (a sinus rhythm of another rate, the axis, which PTB-XL
    keeps apart from its statements); empty for everything else.
scp: the matching statements of PTB-XL. basis: why the superclass is what it is.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import final

__all__ = ["Meaning", "Statement", "known_statements", "meaning", "table_rows"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A row of the table."""

    code: str
    abbreviation: str
    name: str
    superclass: str
    normal: str
    scp: str
    basis: str

    @property
    def texts(self) -> tuple[str, ...]:
        """What it may be called; a word is called nothing else, as codes share its name."""
        return (self.code, self.abbreviation, self.name) if self.code else (self.abbreviation,)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a recording's statements say."""

    superclasses: frozenset[str]
    texts: frozenset[str]
    """Code, abbreviation and name of each statement, as far as they are its own; one outside the
    table as it was written."""
    unknown: frozenset[str]
    """Statements outside the table."""


def table_rows() -> list[Statement]:
    """The table, row by row."""
    text = files("xai_bench.data").joinpath("statements.csv").read_text(encoding="utf-8")
    return [Statement(**row) for row in csv.DictReader(text.splitlines())]


@cache
def known_statements() -> Mapping[str, Statement]:
    """Statements by code, name and abbreviation, in lower case.

    A word that the Challenge also uses as an abbreviation (CD: cardiac dysrhythmia) is the word.
    """
    rows = sorted(table_rows(), key=lambda row: bool(row.code))  # the words first
    found: dict[str, Statement] = {}
    for row in rows:
        for text in row.texts:
            found.setdefault(text.casefold(), row)
    return found


def meaning(statements: Iterable[str]) -> Meaning:
    """What statements (SNOMED codes, names, abbreviations, superclasses) say together.

    Superclasses are those of the single statements. NORM is said by the word; or by sinus rhythm,
    when no other statement speaks against it, known or unknown: PTB-XL's records in the Challenge
    carry one code for "normal ECG" and for "sinus rhythm".
    """
    return _meaning(frozenset(statements))


@cache
def _meaning(statements: frozenset[str]) -> Meaning:
    table = known_statements()
    known = [table[text.casefold()] for text in statements if text.casefold() in table]
    unknown = frozenset(text for text in statements if text.casefold() not in table)
    superclasses = {row.superclass for row in known if row.superclass}
    speaks = {row.normal for row in known}
    if "states" in speaks and speaks <= {"states", "allows"} and not unknown:
        superclasses.add("NORM")
    return Meaning(
        superclasses=frozenset(superclasses),
        texts=unknown.union(
            text for row in known for text in row.texts if table.get(text.casefold()) is row
        ),
        unknown=unknown,
    )
