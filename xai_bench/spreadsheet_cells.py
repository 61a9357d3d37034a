"""Text of a CSV that a spreadsheet would run as a formula: =HYPERLINK(...), @SUM(...), -1+x|..."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["as_text", "without_marks"]

_FORMULA = re.compile(r"'*([=@\t\r]|[-+].*[A-Za-z(|!])", re.DOTALL)
"""Of signs and digits alone, such as +0+ or -1e-5, a spreadsheet makes no more than a number."""


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    """A table whose texts and headings a spreadsheet shows and does not run: an apostrophe, which
    spreadsheets take for "what follows is text", stands before every formula."""
    headings = {name: f"'{name}" for name in table.columns if _is_formula(name)}
    marked = {
        name: values.map(_marked)
        for name, values in table.items()
        if values.dtype.kind == "O" and values.map(_is_formula).any()
    }
    return table.assign(**{str(name): values for name, values in marked.items()}).rename(
        columns=headings
    )


def without_marks(values: pd.Series[str]) -> pd.Series[str]:
    """The texts that `as_text` was given."""
    return values.map(lambda text: text[1:] if text[:1] == "'" and _is_formula(text) else text)


def _marked(text: object) -> object:
    return f"'{text}" if _is_formula(text) else text


def _is_formula(text: object) -> bool:
    if not isinstance(text, str) or not _FORMULA.match(text):
        return False
    try:
        float(text)
    except ValueError:
        return True
    return False
