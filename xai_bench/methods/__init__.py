"""Attribution methods by name."""

from __future__ import annotations

from collections.abc import Iterable

from xai_bench.errors import InputError, UnknownNameError
from xai_bench.methods.base import Batch, Method, Needs
from xai_bench.methods.cam import GradCAM, GradCAMPlusPlus, HiResCAM
from xai_bench.methods.controls import (
    Amplitude,
    Oracle,
    OracleTwin,
    QRSEnvelope,
    Random,
    Slope,
)
from xai_bench.methods.derived import DERIVED
from xai_bench.methods.gradients import (
    ExpectedGradients,
    GradientSHAP,
    InputXGradient,
    IntegratedGradients,
    Saliency,
    SmoothGrad,
    VarGrad,
)
from xai_bench.methods.native import Native, NativeCentred, NativeClass, NativeWeights
from xai_bench.methods.perturbation.lime import LIME
from xai_bench.methods.perturbation.occlusion import FeatureAblation, Occlusion, WaveAblation
from xai_bench.methods.perturbation.rise import RISE
from xai_bench.methods.perturbation.shapley import (
    KernelSHAP,
    LeadShapley,
    PermutationSHAP,
    ShapleySampling,
    TemporalShapley,
)
from xai_bench.methods.propagation.deeplift import DeepLIFT, DeepSHAP
from xai_bench.methods.propagation.guided import GuidedBackprop, GuidedGradCAM
from xai_bench.methods.propagation.lrp import LRPComposite, LRPEpsilon, LRPGamma
from xai_bench.methods.shared_pass import OnePassMethod, explain_together

__all__ = [
    "DERIVED",
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
        NativeWeights(),
        NativeCentred(),
        NativeClass(),
        Saliency(),
        InputXGradient(),
        IntegratedGradients("ig", steps=32),
        IntegratedGradients("ig-16", steps=16),
        ExpectedGradients(),
        GradientSHAP(),
        SmoothGrad(),
        VarGrad(),
        GuidedBackprop(),
        DeepLIFT(),
        DeepSHAP(),
        LRPEpsilon(),
        LRPGamma(),
        LRPComposite(),
        GradCAM(),
        GradCAMPlusPlus(),
        HiResCAM(),
        GuidedGradCAM(),
        KernelSHAP(),
        ShapleySampling(),
        PermutationSHAP(),
        LeadShapley(),
        TemporalShapley(),
        LIME(),
        Occlusion(),
        FeatureAblation(),
        WaveAblation(),
        RISE(),
        Random(),
        Amplitude(),
        Slope(),
        QRSEnvelope(),
        Oracle(),
        OracleTwin(),
    )
}


def find_methods(names: str | Iterable[str]) -> list[Method]:
    """The methods called `names` ("native,ig"), in that order.

    A method followed by @ and one of DERIVED is a control made of it: "native@untrained". Raises
    UnknownNameError, and InputError for a control made of a control.
    """
    wanted = names.split(",") if isinstance(names, str) else list(names)
    return [_find(name) for name in dict.fromkeys(wanted)]


def _find(name: str) -> Method:
    base, at, kind = name.partition("@")
    if base not in METHODS:
        raise UnknownNameError("method", base, METHODS)
    method = METHODS[base]
    if not at:
        return method
    if kind not in DERIVED:
        raise UnknownNameError("control made of a method", kind, DERIVED)
    if method.control:
        raise InputError(f"{name}: {base} is a control itself; put a method before the @")
    return DERIVED[kind](method)
