"""The leaderboard in Markdown, a table for each sheet."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from xai_bench.report.leaderboard.sheets import Entry, Heading, Line, Sheet
from xai_bench.report.markdown import escaped

__all__ = ["LEGEND", "markdown"]

LEGEND = (
    "Means with 95 % intervals over patients. Arrows say which way is better. Bold: best method of "
    "its model, interval apart from every other; =: first beside others whose intervals overlap. "
    "†: the metric does not tell apart what it should. Controls are in italics and do not compete; "
    "neither do unreliable models. Only rows of one protocol can be compared."
)


def markdown(sheets: Iterable[Sheet]) -> str:
    """A heading for each dataset, protocol and family, and a table for each of its sheets."""
    text = f"{LEGEND}\n"
    of_one = groupby(sheets, lambda sheet: (sheet.dataset, sheet.protocol, sheet.family))
    for (dataset, protocol, family), pieces in of_one:
        text += f"\n## {escaped(dataset)} · {family}\n"
        for sheet in pieces:
            text += f"\n{_table(sheet)}\n"
            text += f"n = {sheet.recordings}, protocol {escaped(protocol)}\n"
    return text


def _table(sheet: Sheet) -> str:
    header = ["model", "method", *(_heading(heading) for heading in sheet.headings)]
    rule = ["---", "---", *("--:" for _ in sheet.headings)]
    lines = [header, rule, *(_line(line) for line in sheet.lines)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _heading(heading: Heading) -> str:
    return f"{escaped(heading.label)} {heading.arrow}".rstrip() + ("†" if heading.flagged else "")


def _line(line: Line) -> list[str]:
    model = escaped(line.model) + (" (unreliable)" if line.unreliable else "")
    method = f"*{escaped(line.method)}*" if line.is_control else escaped(line.method)
    return [model, method, *(_entry(entry) for entry in line.entries)]


def _entry(entry: Entry | None) -> str:
    if entry is None:
        return "–"
    mean = entry.estimate.mean_text
    mean = {"best": f"**{mean}**", "tied": f"{mean}=", None: mean}[entry.standing]
    interval = entry.estimate.interval_text
    return f"{mean} ({interval})" if interval else mean
