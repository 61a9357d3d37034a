"""Numbers in prose that people write: each is in a table, and still what the table says.

    of 78 recordings <!-- = models/ptbxl.csv model=imn n --> it calls 0.92 to 0.98 <!-- = x.csv
    question=input min(value); x.csv question=input max(value) --> so

A comment, which Markdown does not show, follows the numbers that it is of, on the line of the last
(at the beginning of a line it would end the paragraph), one expression of `tools.table_values` for
each, in their order; `cite:KEY` instead of an expression is a number of a source in
metrics/references.bib. A number is one in digits or, up to twenty, in words ("nine nets").
Numbers are compared at the digits they are printed with. What stands in code, links, tables and
rendered blocks is not prose; numbers of the few kinds below are no measurements; any other number
without a comment is a fault, but for 0, 1 and one where they are no part of a number ("1 of 16").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import final

from tools.table_values import WORDS, MissingValueError, table_value

__all__ = ["HAND_WRITTEN", "Fault", "check_numbers", "faults_of", "hand_written", "with_numbers"]

HAND_WRITTEN = (
    *("README.md", "CONTRIBUTING.md", "docs/*.md", "docs/how-to/*.md"),
    "docs/real/ecgresnet/README.md",
)
_RENDERED = ("docs/labels.md",)


def hand_written(root: Path) -> list[Path]:
    """Pages that no rule renders, or not all of them, relative to root."""
    found = {page for pattern in HAND_WRITTEN for page in root.glob(pattern)}
    return sorted(page.relative_to(root) for page in found - {root / one for one in _RENDERED})


_NOT_PROSE = (
    r"^```(?s:.*?)^```$",  # code
    r"^<!-- (\w+) -->$(?s:.*?)^<!-- /\1 -->$",  # rendered
    r"^(?: {4}|\t).*$",
    r"^\|.*$",  # tables
    r"`[^`]*`",
    r"\]\([^)]*\)",  # where a link leads
    r"<!--(?! =)(?s:.*?)-->",
)
_NO_MEASUREMENT = (
    r"(?:Python|torch|numpy|Quantus|Captum|PTB-XL|Apache|arXiv|Challenge of|version) ?-?\d[\d.]*",
    r"\b(?i:protocol) \d",
    r"^ *\d\. ",  # of a list
    r"\barXiv \d{4}\.\d{5}",
    r"\b[A-Za-z]+-?\d[\w-]*",  # V1, float32, sha256, ig-16
    r"\b\d+-(?:lead|D)\b",
    r"\bin ten lines",
    r"\b95 % (?:bootstrap )?intervals?",
    r"\bfolds? \d+(?:-\d+)?",
    r"\b\d+ (?:Hz|dB|s of one lead)\b",
    r"\b(?i:two) (?:maps|methods|data sets|halves)\b",  # what is compared
    r"\b(?:eight|twelve) leads\b",
)
_SMALL = re.compile(r"0|1|zero|one", re.IGNORECASE)
_PART = re.compile(r"\s?(?:%|times|of (?:the )?[1-9])")
_DIGITS = r"(?<![\w.])-?(?:\d[\d,]*\.?\d*|\.\d+)(?<![.,])"
_NUMBER = re.compile(rf"{_DIGITS}|(?<![\w-])(?:{'|'.join(WORDS)})(?![\w-])", re.IGNORECASE)
_REFERENCE = re.compile(r"<!-- = ((?s:.*?))-->")
_SAID = "said"
_MOVE = "Markdown ends the paragraph there; put it on the line of its number"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A number that is not what its table says, or that has none."""

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


def check_numbers(root: Path) -> list[Fault]:
    """Faults of every hand-written page."""
    return [fault for page in hand_written(root) for fault in faults_of(root, page)]


def faults_of(root: Path, page: Path) -> list[Fault]:
    """Faults of one page, in the order of lines. page: relative to root."""
    text = _prose((root / page).read_text(encoding="utf-8"))
    faults = [
        Fault(path=page, line=_line(text, quoted.end), text=problem)
        for quoted in _quoted(text)
        if (problem := _problem(root, page, quoted))
    ]
    faults += [
        Fault(path=page, line=_line(text, found.end()), text="a comment begins a line: " + _MOVE)
        for found in re.finditer(r"^ *<!-- =", text, flags=re.MULTILINE)
    ]
    known = {quoted.start for quoted in _quoted(text)}
    bare = _masked(_REFERENCE.pattern, text)
    for pattern in _NO_MEASUREMENT:
        bare = _masked(pattern, bare)
    for number in _NUMBER.finditer(bare):
        if number.start() not in known and not _is_small(number[0], bare[number.end() :]):
            said = (
                f"{number[0]} has no table: put <!-- = FILE [COLUMN=VALUE ...] COLUMN --> after it"
            )
            faults.append(Fault(path=page, line=_line(text, number.start()), text=said))
    return sorted(faults, key=lambda fault: fault.line)


def with_numbers(root: Path, page: Path) -> str:
    """The page with every number that its table no longer has written anew, digits as they were."""
    text = (root / page).read_text(encoding="utf-8")
    for quoted in reversed(list(_quoted(_prose(text)))):
        if _problem(root, page, quoted).startswith(_SAID) and quoted.said.lower() not in WORDS:
            found = table_value(_folders(root, page), quoted.expression)
            comma = "," if "," in quoted.said else ""
            new = f"{found:{comma}.{_decimals(quoted.said)}f}"
            new = new if quoted.said.lstrip("-")[0] != "." else new.replace("0.", ".", 1)
            text = text[: quoted.start] + new + text[quoted.end :]
    return text


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Quoted:
    """A number and the expression that its comment has for it; start of -1 where it is missing."""

    said: str
    start: int
    end: int
    expression: str


def _quoted(text: str) -> Iterator[_Quoted]:
    """Numbers with a comment, in the order of the text."""
    for reference in _REFERENCE.finditer(text):
        expressions = [one.strip() for one in reference[1].split(";")]
        start = max(
            text.rfind("-->", 0, reference.start()), text.rfind("\n\n", 0, reference.start()), 0
        )
        numbers = list(_NUMBER.finditer(text, start, reference.start() + len("<!-- =")))[
            -len(expressions) :
        ]
        for place, expression in enumerate(expressions, len(numbers) - len(expressions)):
            if place < 0:
                end = reference.start()
                yield _Quoted(said="", start=-1, end=end, expression=expression)
            else:
                number = numbers[place]
                yield _Quoted(
                    said=number[0], start=number.start(), end=number.end(), expression=expression
                )


def _is_small(number: str, after: str) -> bool:
    """Of 0 and 1 that are neither a share nor a number of many."""
    return bool(_SMALL.fullmatch(number)) and not _PART.match(after)


def _folders(root: Path, page: Path) -> list[Path]:
    """Where the files of expressions lie: beside the page, or under the root."""
    return [(root / page).parent, root]


def _problem(root: Path, page: Path, quoted: _Quoted) -> str:
    """What is wrong with a number, or nothing."""
    said, expression = quoted.said, quoted.expression
    if not said:
        return f"no number stands before {expression}"
    if expression.startswith("cite:"):
        key = expression.removeprefix("cite:").strip()
        sources = (root / "metrics" / "references.bib").read_text(encoding="utf-8")
        return "" if f"{{{key}," in sources else f"{said}: no {key} in metrics/references.bib"
    try:
        found = table_value(_folders(root, page), expression)
    except MissingValueError as error:
        return f"{said}: {error}"
    value = WORDS.index(said.lower()) if said.lower() in WORDS else float(said.replace(",", ""))
    digits = _decimals(said)
    if abs(value - found) <= 0.5 * 10.0**-digits * (1 + 1e-9):
        return ""
    return f"{_SAID} {said}, found {found:.{digits + 2}f}: {expression}"


def _decimals(said: str) -> int:
    return len(said.partition(".")[2])


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1


def _prose(text: str) -> str:
    """The text with blanks for all that is no prose; every character stays in its place."""
    for pattern in _NOT_PROSE:
        text = _masked(pattern, text)
    return text


def _masked(pattern: str, text: str) -> str:
    return re.sub(pattern, lambda found: re.sub(r"[^\n]", " ", found[0]), text, flags=re.MULTILINE)
