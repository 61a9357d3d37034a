"""Tables in LaTeX, with booktabs, to be read in by a paper."""

from __future__ import annotations

import re
from collections.abc import Iterable

from xai_bench.report.formats import ARROWS
from xai_bench.report.table import Cell, Column, Row, Table

__all__ = ["escaped", "latex_table", "latex_tables"]

_PREAMBLE = "% In the preamble: \\usepackage{booktabs}\n"
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
    "·": r"$\cdot$",
    "×": r"$\times$",
    "µ": r"$\mu$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "†": r"\dag{}",
    "°": r"$^\circ$",
}


def latex_tables(tables: Iterable[Table]) -> str:
    """A table environment for each table."""
    return _PREAMBLE + "".join(f"\n{latex_table(table)}" for table in tables)


def latex_table(table: Table) -> str:
    """A table environment with the title and the caption; ends with a line break.

    Rows stand under the name of their group, intervals and notes below their numbers. Bold: best,
    or strong; =: tied for it; °: not shown better than what needs no model. Controls: in italics.
    """
    caption = escaped(": ".join(filter(None, (table.title, "; ".join(table.caption))))) + "."
    kinds = "".join("r" if column.kind == "number" else "l" for column in table.columns)
    lines = [
        r"\begin{table}[t]",
        r"\centering",
        r"\footnotesize",
        f"\\caption{{{caption}}}",
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
    lines += [r"\bottomrule", r"\end{tabular}", r"\end{table}"]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Text in which every character that TeX would act on is printed."""
    found = "".join(_ESCAPES.get(letter, letter) for letter in " ".join(text.split()))
    found = found.replace("--", "-{}-")  # of which TeX would make a dash
    found = re.sub(r"(?<![\w}-])-(?=\d)", "$-$", found)  # and of this a hyphen before a number
    return re.sub(
        f"[{_SUPERSCRIPTS}]+", lambda match: f"$^{{{match[0].translate(_DIGITS)}}}$", found
    )


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
