"""References numbered in the order in which a page cites them, from references.bib."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import final

__all__ = ["Bibliography", "Reference", "read_bib"]

_ENTRY = re.compile(r"@(\w+)\{([^,\s]+),(.*?)\n\}", re.DOTALL)
_FIELD = re.compile(r"^\s*(\w+)\s*=\s*\{(.*?)\},?\s*$", re.DOTALL | re.MULTILINE)
_ACCENTS = {'"': "\u0308", "'": "\u0301", "`": "\u0300", "^": "\u0302", "~": "\u0303"}
_ACCENT = re.compile(r"""\\(["'`^~])\{?(\w)\}?""")
_LETTER_MARKS = {"c": "\u0327", "v": "\u030c"}
_LETTER_MARK = re.compile(r"\\([cv])\{(\w)\}")
_LIGATURES = {"aa": "å", "o": "ø", "ss": "ß", "ae": "æ", "AA": "Å", "O": "Ø"}
_LIGATURE = re.compile(rf"\\({'|'.join(_LIGATURES)})(?![a-zA-Z])\s?")
_ARXIV = re.compile(r"arXiv:\s*(\d{4}\.\d{4,5})")
_MOST_AUTHORS = 6


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One source, as it is printed."""

    number: int
    key: str
    authors: str
    title: str
    where: str
    """Journal or proceedings, volume and pages, year."""
    url: str
    """Of the preprint, or empty."""


@final
class Bibliography:
    """Numbers for keys, given out in the order of asking."""

    def __init__(self, entries: Mapping[str, Mapping[str, str]]) -> None:
        self._entries = entries
        self._numbers: dict[str, int] = {}

    def number(self, key: str) -> int | None:
        """The number of `key`, a new one if it was never asked for; None for an unknown key."""
        if key not in self._entries:
            return None
        return self._numbers.setdefault(key, len(self._numbers) + 1)

    @property
    def references(self) -> list[Reference]:
        """All that were cited, by number."""
        return [_reference(n, key, self._entries[key]) for key, n in self._numbers.items()]


def read_bib(path: Path) -> dict[str, dict[str, str]]:
    """Key -> fields of every entry; empty where there is no file. LaTeX accents become letters.

    An entry closes with a brace at the start of a line, and a field with one at its end, as
    references.bib is written.
    """
    if not path.exists():
        return {}
    text = path.read_text(encoding="utf-8")
    return {
        key: {name.lower(): _plain(value) for name, value in _FIELD.findall(body)}
        for _, key, body in _ENTRY.findall(text)
    }


def _plain(latex: str) -> str:
    text = _LETTER_MARK.sub(lambda found: found[2] + _LETTER_MARKS[found[1]], latex)
    text = _ACCENT.sub(lambda found: found[2] + _ACCENTS[found[1]], text.replace("\\i", "i"))
    text = _LIGATURE.sub(lambda found: _LIGATURES[found[1]], text)
    text = re.sub(r"[{}]", "", text.replace("\\&", "&").replace("--", "–").replace("~", " "))
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _reference(number: int, key: str, entry: Mapping[str, str]) -> Reference:
    names = [name.strip() for name in entry.get("author", "").split(" and ") if name.strip()]
    others = "others" in names
    names = [_initials(name) for name in names if name != "others"]
    if others or len(names) > _MOST_AUTHORS:
        names = [*names[: min(len(names), 3)], "et al."]
    venue = entry.get("journal") or entry.get("booktitle") or entry.get("publisher", "")
    volume = entry.get("volume", "") + (f"({entry['number']})" if "number" in entry else "")
    place = f"{venue} {volume}".strip()
    pages = entry.get("pages", "")
    if volume and pages:
        place, pages = f"{place}:{pages}", ""
    parts = [place, pages, entry.get("note", ""), entry.get("year", "")]
    preprint = _ARXIV.search(" ".join(parts))
    return Reference(
        number=number,
        key=key,
        authors=", ".join(names),
        title=entry.get("title", ""),
        where=", ".join(part for part in parts if part),
        url=f"https://arxiv.org/abs/{preprint[1]}" if preprint else "",
    )


def _initials(name: str) -> str:
    """ "Lundberg, Scott M." -> "Lundberg SM"; a bare surname stays as it is."""
    last, _, first = name.partition(",")
    return f"{last} {''.join(part[0] for part in first.split())}".strip()
