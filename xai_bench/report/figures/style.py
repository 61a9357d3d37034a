"""How figures look: colours, and how methods are told apart wherever they are drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from matplotlib.axes import Axes

from xai_bench.types import CONTROLS, is_control

__all__ = ["AGAINST", "CONTROL", "FAINT", "FOR", "GREY", "HIGH", "INK", "LOW", "METHOD", "MIDDLE"]
__all__ += ["SIZE_ALONE", "Style", "draw_dot", "open_axes", "plain_axes", "style"]

INK, GREY, CONTROL, FAINT = "#111111", "#555555", "#8a8a8a", "#dddddd"
LOW, MIDDLE, HIGH = "#D55E00", "#f4f1ea", "#0072B2"
"""Ends and middle of a scale through zero: vermilion and blue after Okabe and Ito (2008)."""
METHOD = HIGH
"""Where methods need no colours of their own; in grey print fillings still tell them apart."""
AGAINST, FOR = "#1f86c9", "#e8641b"
"""The same blue and vermilion, lightened so that a black trace stays readable on them."""
SIZE_ALONE = "#8e6bb8"
"""Of an attribution without a sign, which speaks neither for nor against."""

_MARKERS = "osD^vPX*<>"
_CONTROL_MARKERS = "x+1234|"
_FAMILIES = {
    LOW: ("native", "native-weights", "native-centred", "native-class", "gates", "clauses"),
    HIGH: ("input-x-gradient", "deeplift", "deepshap"),
    "#009E73": ("saliency", "smoothgrad", "vargrad", "guided-backprop"),
    "#CC79A7": ("gradcam", "gradcam-plus-plus", "hirescam", "guided-gradcam"),
    "#E69F00": ("ig-16", "ig", "expected-gradients", "gradient-shap"),
    "#56B4E9": ("lrp-composite", "lrp-epsilon", "lrp-gamma"),
    "#8c7a00": (
        *("occlusion", "feature-ablation", "wave-ablation", "lime", "rise"),
        "permutation-importance",
    ),
    INK: (
        *("kernelshap", "shapley-sampling", "permutation-shap"),
        *("lead-shapley", "temporal-shapley"),
    ),
}
"""Colours that are told apart with every kind of colour vision: one for a family of methods."""


@final
@dataclass(frozen=True, slots=True)
class Style:
    """Of one method, the same wherever it is drawn; without colour its marker tells it apart."""

    colour: str
    marker: str
    control: bool


def style(method: str) -> Style:
    """Of any name: a method of the package, of a user or of another version. Controls are grey."""
    if is_control(method):
        place = CONTROLS.index(method) if method in CONTROLS else _number(method)
        return Style(CONTROL, _CONTROL_MARKERS[place % len(_CONTROL_MARKERS)], True)
    for family, (colour, members) in enumerate(_FAMILIES.items()):
        if method in members:
            place = family + members.index(method)
            return Style(colour, _MARKERS[place % len(_MARKERS)], False)
    place = _number(method)
    colours = list(_FAMILIES)
    return Style(colours[place % len(colours)], _MARKERS[place % len(_MARKERS)], False)


def _number(name: str) -> int:
    """Any, but always the same of a name."""
    return sum(name.encode())


def draw_dot(
    axes: Axes,
    mean: tuple[float, float],
    interval: tuple[float, float],
    *,
    vertical: bool = False,
    colour: str = METHOD,
    filled: bool,
) -> None:
    """A dot at (x, y) on a line from end to end of its interval, which may be NaN."""
    x, y = mean
    ends = ([x, x], list(interval)) if vertical else (list(interval), [y, y])
    axes.plot(*ends, color=colour, linewidth=1.6, solid_capstyle="butt", zorder=2)
    axes.plot(
        [x], [y], marker="o", markersize=6, markeredgewidth=1.4, linestyle="none", zorder=3,
        color=colour, markerfacecolor=colour if filled else "white",
    )  # fmt: skip


def open_axes(axes: Axes) -> None:
    """No frame above and on the right."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=9)


def plain_axes(axes: Axes) -> None:
    """No frame and no ticks where the grid says as much."""
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(CONTROL)
    axes.tick_params(length=0, labelsize=9, colors=INK)
    axes.set_axisbelow(True)
