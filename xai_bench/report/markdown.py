"""Tables in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable

from xai_bench.printable import printable
from xai_bench.report.formats import ARROWS
from xai_bench.report.table import Cell, Column, Row, Table

__all__ = ["code", "escaped", "escaped_sentence", "markdown_table", "markdown_tables"]


def markdown_tables(tables: Iterable[Table]) -> str:
    """A heading and a table for each."""
    return "\n".join(f"## {escaped(one.title)}\n\n{markdown_table(one)}" for one in tables)


def markdown_table(table: Table) -> str:
    """The table and its caption below it, without its title; ends with a line break.

    Bold: best, or strong; =: tied for it; °: not shown better than what needs no model. Controls in
    italics. Names of groups stand in a column of their own. All text is escaped.
    """
    header = [_heading(column) for column in table.columns]
    rule = ["--:" if column.kind == "number" else "---" for column in table.columns]
    lines = [header, rule, *(_line(table, row) for row in table.rows)]
    if table.is_grouped:
        groups = [escaped(table.group_heading), "---", *map(_group, table.rows)]
        lines = [[group, *line] for group, line in zip(groups, lines, strict=True)]
    text = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return text + (f"\n{' · '.join(map(escaped, table.caption))}\n" if table.caption else "")


def escaped(text: str) -> str:
    """Characters that Markdown or HTML would take for markup."""
    one_line = printable(" ".join(text.split()))
    return re.sub(r"([\\`*_{}\[\]<>#|~$&])", r"\\\1", one_line)


def escaped_sentence(text: str) -> str:
    """The same of a sentence outside of tables, or of a heading.

    Bars are no markup there, brackets are where a link follows, an ampersand is where it names a
    character, and at the start what makes a list, a quotation, a rule or a box to tick.
    """
    shown = re.sub(r"([\\*_<`~#$]|\](?=[(\[:])|&(?=#?\w+;))", r"\\\1", printable(text.strip(" ")))
    shown = re.sub(r"^(?=[-+](?:[-+\s]|$)|>|\[[ xX]\])", r"\\", shown)
    return re.sub(r"^(\d+)(?=[.)](?:\s|$))", r"\1\\", shown)


def code(text: str) -> str:
    """Text in typewriter letters, whatever is in it."""
    shown = printable(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", shown)), default=0))
    return f"{fence}{shown}{fence}" if len(fence) == 1 else f"{fence} {shown} {fence}"


def _heading(column: Column) -> str:
    arrow = ARROWS[column.better]
    return f"{escaped(column.heading)} {arrow}".rstrip() + ("†" if column.flags else "")


def _group(row: Row) -> str:
    return escaped(row.group) + (f" ({escaped(row.caveat)})" if row.caveat else "")


def _line(table: Table, row: Row) -> list[str]:
    line = [_cell(cell, column) for cell, column in zip(row.cells, table.columns, strict=True)]
    if row.control:
        line[0] = f"*{line[0]}*"
    return line


def _cell(cell: Cell, column: Column) -> str:
    text = escaped(cell.text)
    if column.kind == "code" and cell.text:
        text = code(cell.text).replace("|", r"\|")
    if cell.link:
        text = f"[{text}]({cell.link})"
    if cell.strong or cell.standing == "best":
        text = f"**{text}**"
    elif cell.standing == "tied":
        text += "="
    text += "°" if cell.model_free else ""
    text += f" ({escaped(cell.interval)})" if cell.interval else ""
    return text + (f", {escaped(cell.note)}" if cell.note else "")
