"""Several comparisons on one page: README.md, realism.csv, realism.json and realism.png."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from xai_bench import storage
from xai_bench.report.figures.study_picture import LETTERS, PAGE, SMALL, save_picture
from xai_bench.report.figures.style import AGAINST, FAINT, GREY, INK, open_axes
from xai_bench.report.markdown import code, markdown_table
from xai_bench.report.realism.findings import DISCOVERY_RATE, worst
from xai_bench.report.stability.wording import listed
from xai_bench.report.table import (
    Row,
    Table,
    columns,
    estimate_cell,
    text_cells,
)
from xai_bench.results.study_tables import StudyResult, read_study, write_study
from xai_bench.studies.realism.comparison_table import SCHEMA, feature_rows, two_sample_rows
from xai_bench.studies.realism.two_sample_test import GROUPS

__all__ = [
    "comparisons_table",
    "draw_comparisons",
    "render_comparisons",
    "sentences",
    "write_comparisons",
]

_ALL = "all but the recorder"
_CLASSIFIERS = ("logistic", "forest")
_FEATURES = 5
_KEYS = ["class", "real", "made"]
_HEADINGS = ("class", "real", "compared with it")
PICTURE = "realism.png"
_SHOWN = [group for group in GROUPS if group != "recorder"]


def write_comparisons(result: StudyResult, folder: Path, *, about: str, command: str) -> None:
    """Write the tables and the facts, and of what was written the page and the figure.

    about: Markdown on what the recordings are. command: that made it. Raises OutputError.
    """
    write_study(result, folder)
    written = read_study(folder, SCHEMA)  # whose numbers are rounded
    page = render_comparisons(written, about=about, command=command, picture=PICTURE)
    storage.write_file(folder / "README.md", page)
    save_picture(draw_comparisons(written.table), folder / PICTURE)


def render_comparisons(result: StudyResult, *, about: str, command: str, picture: str) -> str:
    """A page of Markdown. picture: file name of the figure."""
    return "".join(
        (
            "# How real are made recordings?\n\n",
            f"{about}\n\nMade by {code(command)}. AUROC of telling the two sides apart by what is "
            "measured of a recording (rhythm and intervals, shape, complexity, change from beat to "
            "beat, baseline, spectrum; not what only a recorder does), cross-validated by patient, "
            "with a 95 % bootstrap interval over patients: 0.5 is indistinguishable, 1 is always "
            "told apart. Scores of five folds are pooled, which with few recordings gives values "
            "below 0.5 where nothing can be learned. Every number is in "
            "[realism.csv](realism.csv). For research on explanations, not for diagnosis.\n\n"
            f"![AUROC by class and by what is compared]({picture})\n\n"
            "## AUROC\n\n",
            markdown_table(comparisons_table(result.table)),
            "\n## By group of features\n\n",
            markdown_table(_group_table(result.table)),
            "\n## What tells them apart\n\nBy what a recorder does not decide alone; higher and "
            f"lower are medians of the first named. Features differ at a false discovery rate of "
            f"{DISCOVERY_RATE:.0%}, each in the lead that differs most. Told apart is what has an "
            "interval above 0.5, by logistic regression on all of these features where nothing "
            "else is said; no correction is made for the classifiers and groups that are "
            "asked.\n\n",
            *(f"- {sentence}\n" for sentence in sentences(result)),
        )
    )


def comparisons_table(table: pd.DataFrame) -> Table:
    """One row a comparison: numbers of recordings, and the AUROC of either classifier."""
    rows = []
    for keys, found in _comparisons(table):
        one = {row["classifier"]: row for _, row in found.iterrows() if row["group"] == _ALL}
        cells = [_area(one.get(name)) for name in _CLASSIFIERS]
        counts = [str(found.iloc[0][name]) for name in ("real_n", "made_n")]
        rows.append(Row(cells=[*text_cells(*keys, *counts), *cells]))
    numbers = columns("n real", "n compared", *_CLASSIFIERS)
    headings = [*columns(*_HEADINGS, kind="name"), *numbers]
    return Table(title="AUROC", columns=headings, rows=rows)


def sentences(result: StudyResult) -> Iterator[str]:
    """One on each comparison, by rule: whether it is told apart, and by what."""
    features = feature_rows(result.table)
    for (label, real, made), found in _comparisons(result.table):
        (one,) = (
            row
            for _, row in found.iterrows()
            if row["reason"] or (row["group"], row["classifier"]) == (_ALL, _CLASSIFIERS[0])
        )
        said = f"**{label}**, {code(made)} beside {code(real)}"
        if one["reason"]:
            yield f"{said}: not asked, {one['reason']}."
            continue
        area = f"AUROC {one['auroc']:.2f} [{one['ci_low']:.2f}, {one['ci_high']:.2f}]"
        verdict = "told apart, {}" if one["ci_low"] > 0.5 else _not_by_all(found)
        known = features[(features[_KEYS] == [label, real, made]).all(axis=1)]
        known = known[~known["feature"].isin(GROUPS["recorder"])]
        yield (
            f"{said} ({one['made_n']} against {one['real_n']}): {verdict.format(area)}. "
            f"{_differing(known)}"
        )


def _not_by_all(found: pd.DataFrame) -> str:
    """The verdict where the first classifier does not tell two sides apart by all features, with a
    place for its area: what else of the comparison's rows does, if anything."""
    apart = found[(found["ci_low"] > 0.5) & found["group"].isin([_ALL, *_SHOWN])]
    if apart.empty:
        return "not told apart, {}"
    others = [
        f"{'a ' + row['classifier'] if row['group'] == _ALL else row['group'] + ' alone'} "
        f"({row['auroc']:.2f} [{row['ci_low']:.2f}, {row['ci_high']:.2f}])"
        for _, row in apart.iterrows()
    ]
    return f"not told apart by logistic regression on all features, {{}}, but by {listed(others)}"


def draw_comparisons(table: pd.DataFrame) -> Figure:
    """A panel a class, a row a comparison: dots with intervals, filled for the first classifier."""
    by_class: dict[str, list[tuple[str, pd.DataFrame]]] = {}
    for (label, real, made), found in _comparisons(table):
        n = found.iloc[0]
        text = f"{made} ({n['made_n']})  |  {real} ({n['real_n']})"
        by_class.setdefault(label, []).append((text, found))
    heights = [len(rows) + 1.3 for rows in by_class.values()]
    high = 0.2 * sum(heights) + 0.75
    figure = Figure(figsize=(PAGE, high), layout="constrained", facecolor="white")
    lowest = two_sample_rows(table)["ci_low"].min()
    panels = figure.subplots(
        len(heights), 1, sharex=True, squeeze=False, height_ratios=heights
    ).ravel()
    for axes, (label, rows) in zip(panels, by_class.items(), strict=True):
        axes.axvline(0.5, color=GREY, lw=0.8, ls=":")
        for place, (_, found) in enumerate(rows):
            for _, row in found[found["group"] == _ALL].iterrows():
                first = row["classifier"] == _CLASSIFIERS[0]
                y = place + (-0.14 if first else 0.14)
                colour = INK if first else AGAINST
                axes.plot([row["ci_low"], row["ci_high"]], [y, y], lw=1.1, color=colour)
                fill = colour if first else "white"
                axes.plot(row["auroc"], y, "o", ms=3.6, mec=colour, mfc=fill)
        for place in range(1, len(rows)):
            axes.axhline(place - 0.5, color=FAINT, lw=0.6, zorder=0)
        axes.set_yticks(range(len(rows)), [text for text, _ in rows], size=SMALL)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_title(label, loc="left", size=LETTERS, weight="bold")
        open_axes(axes)
        axes.tick_params(axis="y", length=0)
        axes.tick_params(labelsize=SMALL)
    panels[-1].set_xlim(min(0.4, float(lowest)) - 0.03, 1.02)
    panels[-1].set_xlabel(
        "AUROC of telling the two apart (dotted: not at all); filled logistic regression, open "
        "random forest.\nLines: 95 % intervals, bootstrap over patients; in brackets: recordings.",
        size=SMALL,
    )
    return figure


def _group_table(table: pd.DataFrame) -> Table:
    """AUROC of logistic regression that is shown one group of features at a time."""
    rows = []
    for keys, found in _comparisons(table):
        logistic = found[found["classifier"] == _CLASSIFIERS[0]]
        of_group = {row["group"]: row for _, row in logistic.iterrows()}
        rows.append(Row(cells=[*text_cells(*keys), *(_area(of_group.get(g)) for g in _SHOWN)]))
    headings = [*columns(*_HEADINGS, kind="name"), *columns(*_SHOWN)]
    return Table(title="By group of features", columns=headings, rows=rows)


def _comparisons(table: pd.DataFrame) -> Iterator[tuple[tuple[str, str, str], pd.DataFrame]]:
    """(class, real, made) and the rows of AUROC of each comparison, in the order of the table."""
    for keys, found in two_sample_rows(table).groupby(_KEYS, sort=False):
        label, real, made = map(str, keys)
        yield (label, real, made), found


def _area(row: pd.Series[Any] | None) -> Any:
    if row is None:
        return estimate_cell(math.nan)
    return estimate_cell(row["auroc"], row["ci_low"], row["ci_high"], digits=2)


def _differing(features: pd.DataFrame) -> str:
    found = worst(features)
    if found.empty:
        return "No feature differs: with so few recordings only large differences can be seen."
    shown = ", ".join(
        f"{row['feature']}{' ' + row['lead'] if row['lead'] else ''} ({_direction(row)}, "
        f"KS {row['ks']:.2f})"
        for _, row in found.head(_FEATURES).iterrows()
    )
    return f"{len(found)} of {features['feature'].nunique()} features differ; most: {shown}."


def _direction(row: pd.Series[Any]) -> str:
    if np.isclose(row["made_q50"], row["real_q50"]):
        return "spread differently"
    return "higher" if row["made_q50"] > row["real_q50"] else "lower"
