"""How methods are told apart in every figure: a colour for a family, a marker for its member."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from xai_bench.methods import find_methods

__all__ = ["CONTROL", "FAINT", "HIGH", "INK", "LOW", "MIDDLE", "Style", "style"]

INK, CONTROL, FAINT = "#111111", "#8a8a8a", "#e4e4e4"
LOW, MIDDLE, HIGH = "#D55E00", "#f4f1ea", "#0072B2"
"""Ends and middle of a scale through zero: vermilion and blue after Okabe and Ito (2008)."""

_MARKERS = "osD^vPX*<>"
_CONTROLS = ("amplitude", "random", "slope", "qrs-envelope", "oracle", "oracle-twin")
_CONTROL_MARKERS = "x+1234"
_FAMILIES = {
    "#D55E00": ("native", "native-weights", "native-centred", "native-class"),
    "#0072B2": ("input-x-gradient", "deeplift", "deepshap"),
    "#009E73": ("saliency", "smoothgrad", "vargrad", "guided-backprop"),
    "#CC79A7": ("gradcam", "gradcam-plus-plus", "hirescam", "guided-gradcam"),
    "#E69F00": ("ig-16", "ig", "expected-gradients", "gradient-shap"),
    "#56B4E9": ("lrp-composite", "lrp-epsilon", "lrp-gamma"),
    "#8c7a00": ("occlusion", "feature-ablation", "wave-ablation", "lime", "rise"),
    INK: (
        *("kernelshap", "shapley-sampling", "permutation-shap"),
        *("lead-shapley", "temporal-shapley"),
    ),
}
"""Colours that are told apart with every kind of colour vision."""


@final
@dataclass(frozen=True, slots=True)
class Style:
    """Of one method, the same wherever it is drawn; without colour its marker tells it apart."""

    colour: str
    marker: str
    control: bool


def style(method: str) -> Style:
    """Controls are grey. Raises UnknownNameError for what is no method."""
    (found,) = find_methods(method)
    if found.control:
        # Of one made of a method any marker, but always the same.
        known = method in _CONTROLS
        number = _CONTROLS.index(method) if known else sum(method.encode())
        return Style(CONTROL, _CONTROL_MARKERS[number % len(_CONTROL_MARKERS)], True)
    family, colour = next(
        (k, colour) for k, (colour, members) in enumerate(_FAMILIES.items()) if method in members
    )
    number = family + _FAMILIES[colour].index(method)
    return Style(colour, _MARKERS[number % len(_MARKERS)], False)
