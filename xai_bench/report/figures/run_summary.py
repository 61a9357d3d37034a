"""A run on one page of a journal: methods x metrics, ranks with their ties, controls apart."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Polygon, Rectangle

from xai_bench.errors import InputError
from xai_bench.report.figures.ecg_paper import check_suffix, save_figure
from xai_bench.report.figures.squares import SQUARES
from xai_bench.report.figures.study_picture import (
    LETTERS,
    MARGIN,
    PAGE,
    SMALL,
    SMALLEST,
    blank_page,
)
from xai_bench.report.figures.style import CONTROL, GREY, INK, ordered
from xai_bench.report.formats import ARROWS, span
from xai_bench.report.leaderboard.order import MetricFacts, by_family, unreliable_models, with_text
from xai_bench.report.verdicts.answer import leader_words
from xai_bench.results.control_places import shares
from xai_bench.results.method_comparison import NOT_ASKED, TOO_FEW
from xai_bench.results.trusted_standings import trusted_standings
from xai_bench.types import CONTROLS, is_control

__all__ = ["draw_run", "run_summaries", "write_summaries"]

_NOT_DRAWN = "runtime"
_MOST = 25
"""Metrics beside each other."""
_ROW, _LEFT, _WIDEST, _MODEL, _FAMILY, _BETWEEN = 0.124, 1.12, 0.32, 0.17, 0.2, 0.1
"""Inches of a row, of names, of a column at most, of what names a model and a family, and between
two bands of metrics."""
_LETTER = 0.56
"""Of a letter on average, in its size."""
_LONGEST = 22
"""Letters of a heading in a line."""
_MARKED = -0.12
_DARK = 0.62
_NOTE = (
    "n = {n} recordings. Numbers: rank among the methods of a model, 1 + the number of methods "
    "that are better and told apart (paired test, Holm, and the 95 % interval); =: shared. Colour: "
    "from the floor (pale; random, or the best control without a trained model) to the ceiling or "
    "the best method (dark blue); vermilion with a black corner: below the floor; white: no floor "
    "to measure from. A ring: not shown better than |z|, its slope or its own map before training, "
    "and so not counted as first. Under the line: controls, which have no rank. Grey, †: metrics "
    "that fail a part of the audit of metrics. –: no score. Arrows: which way is better.{more}"
)


@final
@dataclass(frozen=True, slots=True)
class _Square:
    rank: str
    share: float
    ring: bool
    scored: bool


def run_summaries(
    leaderboard: pd.DataFrame, cards: Mapping[str, MetricFacts], audited: Collection[str]
) -> Iterator[tuple[str, str, Figure]]:
    """(dataset, protocol) and the figure of each; rows of different protocols never meet.

    leaderboard: of `results.leaderboard`. cards: by metric, in the order in which they stand.
    audited: see `Zoo.audited`.
    """
    table = with_text(leaderboard)
    scored = table[table["status"] == "ok"]
    for (dataset, protocol), rows in scored.groupby(["dataset", "protocol"], sort=False):
        known = set(rows["metric"]) & set(cards)
        shown = rows[rows["metric"].isin(list(known)) & (rows["family"] != _NOT_DRAWN)]
        if len(shown):
            yield str(dataset), str(protocol), draw_run(shown, cards, audited)


def write_summaries(
    leaderboard: pd.DataFrame,
    cards: Mapping[str, MetricFacts],
    audited: Collection[str],
    path: Path,
) -> list[Path]:
    """Write each figure as PDF, SVG or PNG, by suffix; of several -2, -3 ... follow the name.

    Raises InputError for another suffix and where nothing has a score, OutputError.
    """
    check_suffix(path)
    found = list(run_summaries(leaderboard, cards, audited))
    if not found:
        raise InputError(
            f"cannot draw '{path}': nothing that was chosen has a score, {_NOT_DRAWN} left aside"
        )
    written = []
    for number, (*_, figure) in enumerate(found, start=1):
        name = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        save_figure(figure, name)
        written.append(name)
    return written


def draw_run(
    rows: pd.DataFrame, cards: Mapping[str, MetricFacts], audited: Collection[str]
) -> Figure:
    """A block of rows for each model, a column for each metric, in bands of families.

    rows: of one dataset and protocol, which have scores.
    """
    rows = rows.reset_index(drop=True)
    flagged = {str(name) for name in rows.loc[rows["flags"] != "", "metric"]}
    bands = list(_bands(by_family(rows, cards), flagged))
    blocks = [
        (str(model), ordered(map(str, of_model["method"])))
        for model, of_model in rows.groupby("model", sort=False)
    ]
    blocks = [(model, _shown(methods)) for model, methods in blocks]
    squares = _squares(rows)
    unreliable = unreliable_models(rows)
    heads = {
        name: _heading(cards[name], name in flagged) for _, names in _flat(bands) for name in names
    }
    longest = max(len(line) for text in heads.values() for line in text.split("\n"))
    head = longest * SMALLEST * _LETTER / 72 + _FAMILY + 0.08
    high = sum(_MODEL + _ROW * len(methods) for _, methods in blocks)
    columns = max(sum(len(names) for _, names in band) for band in bands)
    cell = min((PAGE - _LEFT - MARGIN) / columns, _WIDEST)
    inner = len(bands) * (head + high) + (len(bands) - 1) * _BETWEEN
    datasets = ", ".join(dict.fromkeys(map(str, rows["dataset"])))
    count = len({method for _, methods in blocks for method in methods if not is_control(method)})
    message = f"{datasets}: {count} methods by {len(heads)} metrics"
    if leading := leader_words(trusted_standings(rows, audited)):
        message += f". Most often first where metrics are trusted: {leading}"
    figure, base = blank_page(message, _note(rows, unreliable), inner)
    height = float(figure.get_size_inches()[1])
    top = base + inner
    for band in bands:
        names = [name for _, of_family in band for name in of_family]
        axes = figure.add_axes(
            (_LEFT / PAGE, (top - head - high) / height, cell * len(names) / PAGE, high / height)
        )
        axes.set(xlim=(0, len(names)), ylim=(high, 0))
        axes.set_axis_off()
        _name_columns(axes, band, heads, flagged, cell=cell, head=head)
        y = 0.0
        for model, methods in blocks:
            words = model + ("  (unreliable: not ranked)" if model in unreliable else "")
            axes.text(
                -(_LEFT - MARGIN) / cell, y + 0.62 * _MODEL, words, size=LETTERS, weight="bold",
                va="center", color=INK,
            )  # fmt: skip
            y += _MODEL
            rivals = sum(not is_control(method) for method in methods)
            for place, method in enumerate(methods):
                _name_row(axes, method, y + _ROW / 2, cell)
                for x, name in enumerate(names):
                    square = squares.get((model, method, name))
                    _draw(axes, x, y, square, grey=name in flagged)
                if place + 1 == rivals < len(methods):
                    ends = [-(_LEFT - 0.3) / cell, len(names)]
                    axes.plot(ends, [y + _ROW] * 2, color=INK, lw=0.7, clip_on=False)
                y += _ROW
        top -= head + high + _BETWEEN
    return figure


def _shown(methods: Sequence[str]) -> list[str]:
    """Methods, and controls that are none of a method's maps."""
    return [name for name in methods if not is_control(name) or name in CONTROLS]


def _bands(
    families: Mapping[str, Sequence[str]], flagged: set[str]
) -> Iterator[list[tuple[str, list[str]]]]:
    """Families side by side as long as there is room; in each, trusted metrics first."""
    band: list[tuple[str, list[str]]] = []
    for family, metrics in families.items():
        names = sorted(metrics, key=lambda name: name in flagged)
        for start in range(0, len(names), _MOST):
            part = names[start : start + _MOST]
            if band and sum(len(of) for _, of in band) + len(part) > _MOST:
                yield band
                band = []
            band.append((family, part))
    if band:
        yield band


def _flat(bands: Sequence[list[tuple[str, list[str]]]]) -> Iterator[tuple[str, list[str]]]:
    for band in bands:
        yield from band


def _heading(card: MetricFacts, flagged: bool) -> str:
    marks = [ARROWS[card.better], "†" if flagged else ""]
    words = "\N{NO-BREAK SPACE}".join(filter(None, [card.label, *marks]))
    return "\n".join(textwrap.wrap(words, _LONGEST, break_on_hyphens=False))


def _squares(rows: pd.DataFrame) -> Mapping[tuple[str, str, str], _Square]:
    """By model, method and metric."""
    share = shares(rows)
    sharing = rows.groupby(["model", "metric", "rank"])["method"].transform("size")
    found = {}
    for place, row in enumerate(rows.to_dict("records")):
        rank = row["rank"]
        known = not pd.isna(rank) and not is_control(str(row["method"]))
        text = f"{int(rank)}" + ("=" if sharing.iloc[place] > 1 else "") if known else ""
        ring = known and row["not_better_than"] not in ("", NOT_ASKED, TOO_FEW)
        scored = not pd.isna(row["mean"])
        key = (str(row["model"]), str(row["method"]), str(row["metric"]))
        found[key] = _Square(text, float(share.iloc[place]), ring, scored)
    return found


def _name_columns(
    axes: Axes,
    band: Sequence[tuple[str, list[str]]],
    heads: Mapping[str, str],
    flagged: set[str],
    *,
    cell: float,
    head: float,
) -> None:
    x = 0
    for family, names in band:
        words = family if cell * len(names) > 0.075 * len(family) else family[:4] + "."
        top = -(head - _FAMILY + 0.02)
        axes.plot([x + 0.12, x + len(names) - 0.12], [top, top], color=INK, lw=0.8, clip_on=False)
        axes.text(
            x + len(names) / 2, top - 0.04, words, ha="center", va="bottom", size=SMALL, color=INK
        )
        for name in names:
            axes.text(
                x + 0.5, -0.05, heads[name], rotation=90, ha="center", va="bottom", size=SMALLEST,
                color=GREY if name in flagged else INK, linespacing=1.0,
            )  # fmt: skip
            x += 1


def _name_row(axes: Axes, method: str, y: float, cell: float) -> None:
    control = is_control(method)
    axes.text(
        -0.06 / cell, y, method, ha="right", va="center", size=SMALLEST,
        color=GREY if control else INK, style="italic" if control else "normal",
    )  # fmt: skip


def _draw(axes: Axes, x: int, y: float, square: _Square | None, *, grey: bool) -> None:
    if square is None or not square.scored:
        axes.text(
            x + 0.5, y + _ROW / 2, "–", ha="center", va="center", size=SMALLEST, color=CONTROL
        )
        return
    share = math.nan if math.isnan(square.share) else min(max(square.share, -1.0), 1.0)
    pad = 0.006
    colour = "white" if math.isnan(share) else _colour(share, grey=grey)
    axes.add_patch(
        Rectangle(
            (x + 0.03, y + pad), 0.94, _ROW - 2 * pad, facecolor=colour,
            edgecolor="#c8c8c8" if math.isnan(share) else "none", linewidth=0.4,
        )
    )  # fmt: skip
    if share < _MARKED:
        corner = [(x + 0.03, y + pad), (x + 0.28, y + pad), (x + 0.03, y + 0.045)]
        axes.add_patch(Polygon(corner, closed=True, facecolor=GREY if grey else INK, linewidth=0))
    dark = not grey and not math.isnan(share) and abs(share) > _DARK
    ink = GREY if grey else "white" if dark else INK
    axes.text(
        x + 0.47, y + 0.53 * _ROW, square.rank, ha="center", va="center", size=SMALLEST, color=ink
    )
    if square.ring:
        axes.plot([x + 0.86], [y + 0.037], "o", ms=1.9, mfc="none", mec=ink, mew=0.5)


def _colour(share: float, *, grey: bool) -> tuple[float, float, float]:
    red, green, blue, _ = SQUARES((share + 1) / 2)
    if not grey:
        return float(red), float(green), float(blue)
    light = 0.3 * red + 0.59 * green + 0.11 * blue
    return to_rgb(str(min(1.0, 0.55 + 0.45 * float(light))))


def _note(rows: pd.DataFrame, unreliable: Mapping[str, str]) -> str:
    more = "".join(
        f" {model} classifies too badly to be ranked: AUROC {auroc}."
        for model, auroc in unreliable.items()
    )
    return _NOTE.format(n=span(rows["n"].min(), rows["n"].max()), more=more)
