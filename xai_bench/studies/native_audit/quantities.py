"""Every quantity of the audit: which question it answers, and how to read it in one clause.

They are written down in questions/NUMBER_name.toml, a file for each question. A block of quantities
that has a table `each` stands for as many blocks as that has rows: {key} and {words} in names and
labels are then each row's key and what it is called.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field

from xai_bench.cards import Facts, read_card

__all__ = ["QUANTITIES", "QUESTIONS", "Quantity", "Question"]


class _Entry(Facts):
    name: str
    label: str
    read: str
    """How to read it, one clause."""
    statistic: Literal["mean", "p50", "AUROC", "maximum"] = "mean"
    """Over recordings, p50 is the median; or what it is instead of one number a recording."""


class Quantity(_Entry):
    """One number of an audit."""

    question: int
    """Its number."""

    @property
    def taken(self) -> str:
        """What the statistic is called in tables."""
        return "median" if self.statistic == "p50" else self.statistic


class _Block(Facts):
    each: dict[str, str] = Field(default={"": ""})
    quantity: list[_Entry]


class Question(Facts):
    """One question of an audit."""

    title: str
    block: list[_Block]

    def quantities(self, number: int) -> Iterator[Quantity]:
        """Those of all blocks, in the order of the file."""
        for block in self.block:
            for key, words in block.each.items():
                for entry in block.quantity:
                    filled = {
                        field: getattr(entry, field).format(key=key, words=words)
                        for field in ("name", "label")
                    }
                    yield Quantity(question=number, **entry.model_dump() | filled)


QUESTIONS = {
    int(path.stem.partition("_")[0]): read_card(path, Question)
    for path in sorted(Path(__file__).with_name("questions").glob("*.toml"))
}
"""By number."""

QUANTITIES = {
    quantity.name: quantity
    for number, question in QUESTIONS.items()
    for quantity in question.quantities(number)
}
"""By name, in the order of questions."""
