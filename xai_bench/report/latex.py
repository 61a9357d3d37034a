"""Tables in LaTeX, with booktabs, to be read in by a paper: parts that fit a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from xai_bench.printable import printable
from xai_bench.report.formats import ARROWS
from xai_bench.report.table import Cell, Column, Row, Table

__all__ = ["escaped", "latex_table", "latex_tables"]

_PREAMBLE = r"""% Tables for LaTeX: \input this file where they are to float. In the preamble:
%   \usepackage{booktabs}  % \toprule, \midrule, \bottomrule, \addlinespace
%   \usepackage{graphicx}  % \resizebox, which shrinks what is wider than the text
% It compiles with pdflatex. Each table is at most as wide as a text of 345 pt and as high as a
% page; in two columns, put table* for table.
"""
_SUPERSCRIPTS = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"
_DIGITS = str.maketrans(_SUPERSCRIPTS, "-0123456789")
_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"{\char34}",
    "–": r"\textendash{}",
    "—": r"\textemdash{}",
    "−": r"$-$",
    "·": r"$\cdot$",
    "×": r"$\times$",
    "±": r"$\pm$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "√": r"$\surd$",
    "µ": r"$\mu$",
    "Σ": r"$\Sigma$",
    "τ": r"$\tau$",
    "ρ": r"$\rho$",
    "χ": r"$\chi$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "†": r"\dag{}",
    "‡": r"\ddag{}",
    "°": r"$^\circ$",
    "…": r"\dots{}",
    "’": "'",
    "\N{NO-BREAK SPACE}": "~",
}
_LAST_KNOWN = "\u017f"
"""What pdflatex prints without further packages ends here, with the letters of Latin."""

# Points, at \footnotesize and \tiny.
_WIDTH, _HEIGHT = 400.0, 520.0
"""Of what is shrunk by a seventh at most to the text of an article on A4 (345 pt), and of its page
without what stands around a table."""
_LETTER, _SMALL_LETTER, _BETWEEN = 3.7, 2.5, 6.0
_LINE, _SMALL_LINE, _NOTE_LINE = 9.6, 6.4, 8.2
_LETTERS_OF_NOTES = 105
"""In a line."""
_FEWEST = 6
"""Rows of a part at least, however long the notes."""


def latex_tables(tables: Iterable[Table]) -> str:
    """A table environment for each table, or for each part of one that fits no page."""
    parts = (part for table in tables for part in _parts(table))
    return _PREAMBLE + "".join(f"\n{latex_table(part)}" for part in parts)


def latex_table(table: Table) -> str:
    """A table environment with the title and, below the rows, the notes; ends with a line break.

    Rows stand under the name of their group, intervals and notes below their numbers. Bold: best,
    or strong; =: tied for it; °: not shown better than what needs no model. Controls: in italics.
    """
    kinds = "".join("r" if column.kind == "number" else "l" for column in table.columns)
    lines = [
        r"\begin{table}[tbp]",
        r"\centering",
        r"\footnotesize",
        r"\setlength{\tabcolsep}{3pt}",
        f"\\caption{{{escaped(table.title)}.}}",
        # Its own width, or that of the text where it is wider.
        r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%",
        f"\\begin{{tabular}}{{{kinds}}}",
        r"\toprule",
        _line([_heading(column) for column in table.columns]),
    ]
    before: Row | None = None
    for row in table.rows:
        if before is None or before.group != row.group:
            lines.append(r"\midrule")
            if row.group:
                name = escaped(row.group) + (f" ({escaped(row.caveat)})" if row.caveat else "")
                lines.append(_line([rf"\multicolumn{{{len(kinds)}}}{{l}}{{\textbf{{{name}}}}}"]))
        elif before.control != row.control:
            lines.append(r"\addlinespace")
        lines += _row(row)
        before = row
    lines += [r"\bottomrule", r"\end{tabular}}"]
    if table.caption:
        notes = escaped("; ".join(table.caption))
        notes = f"{notes[0].upper()}{notes[1:]}."
        lines.append(rf"\par\smallskip\parbox{{\linewidth}}{{\scriptsize\sloppy {notes}}}")
    lines.append(r"\end{table}")
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Text in which every character that TeX would act on is printed, and what pdflatex has no
    letter for is named by its code point."""
    found = "".join(map(_letter, printable(" ".join(text.split(" ")).strip())))
    found = " ".join(found.split())
    found = found.replace("--", "-{}-")  # of which TeX would make a dash
    found = re.sub(r"(?<![\w}-])-(?=\d)", "$-$", found)  # and of this a hyphen before a number
    return re.sub(
        f"[{_SUPERSCRIPTS}]+", lambda match: f"$^{{{match[0].translate(_DIGITS)}}}$", found
    )


def _letter(letter: str) -> str:
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    if letter <= _LAST_KNOWN or letter in _SUPERSCRIPTS:
        return letter
    return f"[U+{ord(letter):04X}]"


def _parts(table: Table) -> Iterator[Table]:
    """Parts with as many columns and rows as fit; the last one of all has the notes."""
    wide = list(_column_parts(table))
    found: list[Table] = []
    for number, columns in enumerate(wide):
        part = replace(
            table,
            columns=[table.columns[column] for column in columns],
            rows=[
                replace(row, cells=[row.cells[column] for column in columns]) for row in table.rows
            ],
        )
        last = number == len(wide) - 1
        found += _row_parts(part, notes=table.caption if last else ())
    for number, part in enumerate(found, start=1):
        title = f"{part.title}, part {number} of {len(found)}" if len(found) > 1 else part.title
        caption = table.caption if number == len(found) else ()
        yield replace(part, title=title, caption=caption)


def _column_parts(table: Table) -> Iterator[list[int]]:
    """Numbers of columns: the first is in every part."""
    widths = [_width(table, column) for column in range(len(table.columns))]
    part, room = [0], _WIDTH - widths[0]
    for column in range(1, len(widths)):
        if len(part) > 1 and widths[column] > room:
            yield part
            part, room = [0], _WIDTH - widths[0]
        part.append(column)
        room -= widths[column]
    yield part


def _width(table: Table, column: int) -> float:
    words = max((len(word) for word in table.columns[column].heading.split()), default=0)
    texts = [words, *(len(row.cells[column].text) + 1 for row in table.rows)]
    if column == 0 and table.is_grouped:
        texts = [length + 3 for length in texts]
    small = [
        len(text)
        for row in table.rows
        for text in (row.cells[column].interval, row.cells[column].note)
    ]
    return _BETWEEN + max(_LETTER * max(texts), _SMALL_LETTER * max(small, default=0))


def _row_parts(table: Table, *, notes: Sequence[str]) -> Iterator[Table]:
    """Whole groups as long as they fit, else pieces of them."""
    below = _NOTE_LINE * (1 + sum(map(len, notes)) / _LETTERS_OF_NOTES) if notes else 0.0
    room = _HEIGHT - min(below, _HEIGHT / 2)
    groups: list[list[Row]] = []
    for row in table.rows:
        if not groups or groups[-1][0].group != row.group:
            groups.append([])
        groups[-1].append(row)
    part: list[Row] = []
    for group in groups:
        if part and _height(part) + _height(group) > room:
            yield replace(table, rows=part)
            part = []
        for row in group:
            if len(part) >= _FEWEST and _height([*part, row]) > room:
                yield replace(table, rows=part)
                part = []
            part.append(row)
    yield replace(table, rows=part)


def _height(rows: Sequence[Row]) -> float:
    small = sum(
        any(cell.interval for cell in row.cells) + any(cell.note for cell in row.cells)
        for row in rows
    )
    return _LINE * (len(rows) + len({row.group for row in rows})) + _SMALL_LINE * small


def _line(cells: Iterable[str], end: str = "") -> str:
    return " & ".join(cells) + rf" \\{end}"


def _heading(column: Column) -> str:
    words = [escaped(word) for word in column.heading.split()] or [""]
    words[-1] += escaped(ARROWS[column.better] + ("†" if column.flags else ""))
    if column.kind != "number":
        return " ".join(words)
    return r"\shortstack[r]{" + r"\\".join(words) + "}"


def _row(row: Row) -> list[str]:
    first, *rest = (_cell(cell) for cell in row.cells)
    first = rf"\textit{{{first}}}" if row.control else first
    lines = [[rf"\quad {first}" if row.group else first, *rest]]
    for small in ([cell.interval for cell in row.cells], [cell.note for cell in row.cells]):
        if any(small):
            lines.append([rf"{{\tiny {escaped(text)}}}" if text else "" for text in small])
    # Closer than rows are: what is small belongs to the number above it.
    return [*(_line(line, "[-3pt]") for line in lines[:-1]), _line(lines[-1])]


def _cell(cell: Cell) -> str:
    text = escaped(cell.text)
    if cell.strong or cell.standing == "best":
        text = rf"\textbf{{{text}}}"
    elif cell.standing == "tied":
        text += "$=$"
    return text + (escaped("°") if cell.model_free else "")
