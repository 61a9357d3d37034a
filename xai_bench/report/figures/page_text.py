"""Text on a page whose lengths are millimetres: how wide it is, and where it is broken."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from functools import lru_cache

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from xai_bench.report.figures.ecg_paper import MM_PER_INCH

__all__ = ["broken_lines", "text_width"]

_POINTS_PER_INCH = 72.0


@lru_cache(maxsize=4096)
def text_width(text: str, size: float, weight: str = "normal") -> float:
    """Millimetres."""
    properties = FontProperties(size=size, weight=weight)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about letters that no glyph is there for
        points, _, _ = text_to_path.get_text_width_height_descent(text, properties, ismath=False)
    return float(points) / _POINTS_PER_INCH * MM_PER_INCH


def broken_lines(
    texts: Iterable[str], width: float, size: float, weight: str = "normal"
) -> list[str]:
    """Each text in as many lines as it needs, broken at spaces; a word that is too long stays."""
    lines = []
    space = text_width("a a", size, weight) - 2 * text_width("a", size, weight)
    for text in texts:
        line: list[str] = []
        taken = -space
        for word in text.split(" "):
            wide = text_width(word, size, weight) if word else 0.0
            if line and taken + space + wide > width:
                lines.append(" ".join(line))
                line, taken = [], -space
            taken += space + wide
            line.append(word)
        lines.append(" ".join(line))
    return lines
