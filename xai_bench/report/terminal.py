"""Tables in a terminal."""

from __future__ import annotations

from rich.box import HORIZONTALS
from rich.table import Table as RichTable
from rich.text import Text

from xai_bench.report.table import Cell, Row, Table

__all__ = ["terminal_table"]

_TIED = "="


def terminal_table(table: Table) -> RichTable:
    """A table of `rich`: the best are bold, what is tied for it has an =, controls are dim."""
    shown = RichTable(
        box=HORIZONTALS,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        title=Text(table.title, style="bold"),
        caption=Text(" · ".join(table.caption), style="dim") if table.caption else None,
        caption_justify="left",
    )
    for column in table.columns:
        heading = column.heading + ("†" if column.flagged else "")
        shown.add_column(
            Text(heading),
            justify="right" if column.numeric else "left",
            no_wrap=column.whole,
            overflow="fold",
        )
    before: Row | None = None
    for row in table.rows:
        if before is None or row.group != before.group:
            if before is not None:
                shown.add_section()
            if row.group:
                shown.add_row(Text(row.group, style="dim" if row.weak else "bold"))
        elif row.control and not before.control:
            shown.add_section()
        indent = "  " if row.group else ""
        first, *rest = row.cells
        cells = [Text(indent).append_text(_text(first, table)), *(_text(c, table) for c in rest)]
        shown.add_row(*cells, style="dim" if row.control or row.weak else "")
        before = row
    return shown


def _text(cell: Cell, table: Table) -> Text:
    text = Text(cell.text, style="bold" if cell.standing == "best" or cell.strong else "")
    if cell.standing == "tied":
        text.append(_TIED)
    separator = "\n" if table.stacked else " "
    for small in (cell.interval, cell.note):
        if small:
            text.append(f"{separator}{small}", style="not bold dim")
    return text
