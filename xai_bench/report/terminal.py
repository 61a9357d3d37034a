"""Tables in a terminal."""

from __future__ import annotations

import io

from rich.box import HORIZONTALS
from rich.console import Console, Group
from rich.table import Table as RichTable
from rich.text import Text

from xai_bench.printable import printable
from xai_bench.report.formats import ARROWS
from xai_bench.report.table import Cell, Column, Row, Table

__all__ = ["lines_of", "terminal_table", "width_of"]

_NO_END = 10_000
_LONG_WORD = 12
_LONGEST_WORD = 14
"""A longer word in a heading over stacked numbers is broken, so that more columns fit."""


def terminal_table(table: Table) -> Group:
    """For `rich`: the best are bold, what is tied for it has an =, what needs no
    model is as good as what has a °, controls are dim. The caption is as wide as the terminal."""
    if not table.caption:
        return Group(_rich_table(table))
    caption = Text(printable(" · ".join(table.caption)), style="dim")
    return Group(_rich_table(table), caption)


def _rich_table(table: Table) -> RichTable:
    shown = RichTable(
        box=HORIZONTALS,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        title=Text(printable(table.title), style="bold") if table.title else None,
    )
    texts = [[_text(cell, table) for cell in row.cells] for row in table.rows]
    for place, column in enumerate(table.columns):
        heading = _heading(column)
        if table.compact:
            heading = " ".join(map(_hyphenated, heading.split()))
        if place == 0 and table.group_heading:
            heading = f"{table.group_heading} / {heading}"
        widths = [min(len(word), _LONGEST_WORD) for word in heading.split()]
        widths += [len(line) for row in texts for line in row[place].plain.splitlines()]
        shown.add_column(
            Text("\n".join(map(printable, heading.split("\n")))),
            justify="right" if column.kind == "number" else "left",
            no_wrap=column.kind in ("name", "code"),
            overflow="fold",
            max_width=max(widths)
            if (table.stacked or table.compact) and column.kind == "number"
            else None,
        )
    before: Row | None = None
    for row, cells in zip(table.rows, texts, strict=True):
        if before is None or row.group != before.group:
            if before is not None:
                shown.add_section()
            if row.group:
                # On a line of its own the caveat takes no width from the numbers.
                group, caveat = printable(row.group), printable(row.caveat)
                name = f"{group}\n{caveat}" if caveat else group
                shown.add_row(Text(name, style="dim" if row.caveat else "bold"))
        elif row.control and not before.control:
            shown.add_section()
        if row.group:
            cells[0] = Text("  ").append_text(cells[0])
        shown.add_row(*cells, style="dim" if row.control or row.caveat else "")
        before = row
    return shown


def width_of(table: Table) -> int:
    """Characters in a line of a table that has all the room it wants."""
    return _console(_NO_END).measure(_rich_table(table)).maximum


def lines_of(table: Table, width: int) -> list[str]:
    """A table as it stands in a terminal of this many characters a line."""
    console = _console(width)
    with console.capture() as written:
        console.print(terminal_table(table))
    return written.get().splitlines()


def _console(width: int) -> Console:
    return Console(width=width, file=io.StringIO())


def _hyphenated(word: str) -> str:
    """A long word, broken where it has a hyphen."""
    return word.replace("-", "-\n") if len(word) > _LONG_WORD else word


def _heading(column: Column) -> str:
    return column.heading + ARROWS[column.better] + ("†" if column.flags else "")


def _text(cell: Cell, table: Table) -> Text:
    text = Text(
        printable(cell.text), style="bold" if cell.standing == "best" or cell.strong else ""
    )
    if cell.standing == "tied":
        text.append("=")
    if cell.standing == "best" and table.compact:
        text.append("*")  # in a file, or without colours, nothing is bold
    if cell.model_free:
        text.append("°")
    for small in (cell.interval, cell.note):
        if small:
            text.append("\n" if table.stacked else " ")
            text.append(printable(small), style="not bold dim")
    return text
