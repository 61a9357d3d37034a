"""One figure for each question of a comparison."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
from matplotlib.figure import Figure

from xai_bench.report.stability.figures.beats import draw_beats
from xai_bench.report.stability.figures.initialisations import draw_initialisations
from xai_bench.report.stability.figures.input import draw_input
from xai_bench.report.stability.figures.methods import draw_methods
from xai_bench.report.stability.figures.sheet import DPI
from xai_bench.report.stability.figures.weights import draw_weights

__all__ = ["DPI", "FIGURES"]

FIGURES: dict[str, Callable[[pd.DataFrame, pd.DataFrame], Figure]] = {
    "input": draw_input,
    "initialisations": draw_initialisations,
    "methods": draw_methods,
    "weights": draw_weights,
    "beats": draw_beats,
}
"""By the question's name; given `Comparison.scores` and `.table`, both with rows of it."""
