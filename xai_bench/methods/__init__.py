"""Attribution methods by name."""

from __future__ import annotations

from collections.abc import Iterable

from xai_bench.errors import UnknownNameError
from xai_bench.methods.base import Batch, Method, Needs
from xai_bench.methods.cam import GradCAM
from xai_bench.methods.controls import Amplitude, Oracle, Random, Slope
from xai_bench.methods.gradients import InputXGradient, IntegratedGradients, Saliency
from xai_bench.methods.lime import LIME
from xai_bench.methods.native import Native
from xai_bench.methods.occlusion import FeatureAblation, Occlusion, WaveAblation
from xai_bench.methods.one_pass import OnePassMethod, explain_together
from xai_bench.methods.shap import KernelSHAP

__all__ = [
    "METHODS",
    "Batch",
    "Method",
    "Needs",
    "OnePassMethod",
    "explain_together",
    "find_methods",
]

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Native(),
        Saliency(),
        InputXGradient(),
        IntegratedGradients(),
        GradCAM(),
        KernelSHAP(),
        LIME(),
        Occlusion(),
        FeatureAblation(),
        WaveAblation(),
        Random(),
        Amplitude(),
        Slope(),
        Oracle(),
    )
}


def find_methods(names: str | Iterable[str]) -> list[Method]:
    """The methods called `names` ("native,ig"), in that order. Raises UnknownNameError."""
    wanted = names.split(",") if isinstance(names, str) else list(names)
    for name in wanted:
        if name not in METHODS:
            raise UnknownNameError("method", name, METHODS)
    return [METHODS[name] for name in dict.fromkeys(wanted)]
