"""The leaderboard in LaTeX, a booktabs table for each sheet, to be read in by a paper."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from xai_bench.report.leaderboard.sheets import Entry, Heading, Line, Sheet

__all__ = ["escaped", "latex"]

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
}
_LEGEND = (
    "Means with 95~\\% intervals over patients. Bold: best method of its model, interval apart "
    "from every other; $=$: first beside others whose intervals overlap. \\dag{}: the metric does "
    "not tell apart what it should. Controls are in italics and do not compete."
)


def latex(sheets: Iterable[Sheet]) -> str:
    """A table environment for each sheet; intervals stand below their means."""
    return _PREAMBLE + "".join(_table(sheet) for sheet in sheets)


def escaped(text: str) -> str:
    """Text in which every character that TeX would act on is printed."""
    found = "".join(_ESCAPES.get(letter, letter) for letter in " ".join(text.split()))
    found = found.replace("--", "-{}-")  # of which TeX would make a dash
    found = re.sub(r"(?<![\w}-])-(?=\d)", "$-$", found)  # and of this a hyphen before a number
    return re.sub(
        f"[{_SUPERSCRIPTS}]+", lambda match: f"$^{{{match[0].translate(_DIGITS)}}}$", found
    )


def _table(sheet: Sheet) -> str:
    caption = f"{escaped(sheet.dataset)}, {sheet.family}, $n$ = {sheet.recordings}. {_LEGEND} "
    caption += f"Protocol {escaped(sheet.protocol)}."
    lines = [
        r"\begin{table}[t]",
        r"\centering",
        r"\footnotesize",
        f"\\caption{{{caption}}}",
        f"\\begin{{tabular}}{{l{'r' * len(sheet.headings)}}}",
        r"\toprule",
        _row(["", *(_heading(heading) for heading in sheet.headings)]),
    ]
    for position, line in enumerate(sheet.lines):
        before = sheet.lines[position - 1] if position else None
        if before is None or before.model != line.model:
            lines += [r"\midrule", _model(line, columns=1 + len(sheet.headings))]
        elif before.is_control != line.is_control:
            lines.append(r"\addlinespace")
        lines += _line(line)
    lines += [r"\bottomrule", r"\end{tabular}", r"\end{table}"]
    return "\n" + "\n".join(lines) + "\n"


def _row(cells: Sequence[str], end: str = "") -> str:
    return " & ".join(cells) + rf" \\{end}"


def _heading(heading: Heading) -> str:
    words = [escaped(word) for word in heading.label.split()]
    words[-1] += escaped(heading.arrow) + (escaped("†") if heading.flagged else "")
    return r"\shortstack[r]{" + r"\\".join(words) + "}"


def _model(line: Line, *, columns: int) -> str:
    name = escaped(line.model) + (" (unreliable)" if line.unreliable else "")
    return rf"\multicolumn{{{columns}}}{{l}}{{\textbf{{{name}}}}} \\"


def _line(line: Line) -> list[str]:
    name = rf"\textit{{{escaped(line.method)}}}" if line.is_control else escaped(line.method)
    intervals = [entry.estimate.interval_text if entry else "" for entry in line.entries]
    means = [rf"\quad {name}", *(_mean(entry) for entry in line.entries)]
    if not any(intervals):
        return [_row(means)]
    small = [rf"{{\tiny {escaped(text)}}}" if text else "" for text in intervals]
    # Closer than lines are: an interval belongs to the mean above it.
    return [_row(means, "[-3pt]"), _row(["", *small])]


def _mean(entry: Entry | None) -> str:
    if entry is None:
        return escaped("–")
    mean = escaped(entry.estimate.mean_text)
    return {"best": rf"\textbf{{{mean}}}", "tied": f"{mean}$=$", None: mean}[entry.standing]
