"""Attribution methods by name, and whatever else can be one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
from torch import Tensor

from xai_bench.errors import InputError, UnknownNameError
from xai_bench.methods.base import Batch, Method, Needs
from xai_bench.methods.baseline_recordings import Against, against
from xai_bench.methods.cam import GradCAM, GradCAMPlusPlus, HiResCAM
from xai_bench.methods.channel_gate_map import GatesMap
from xai_bench.methods.clauses import ClauseVotes
from xai_bench.methods.controls import (
    Amplitude,
    Oracle,
    OracleTwin,
    QRSEnvelope,
    Random,
    Slope,
    Truth,
)
from xai_bench.methods.derived import DERIVED, Derived, derived
from xai_bench.methods.gradients import (
    ExpectedGradients,
    GradientSHAP,
    InputXGradient,
    IntegratedGradients,
    Saliency,
    SmoothGrad,
    VarGrad,
)
from xai_bench.methods.method_objects import Methods, content_of, is_one_method, method_of
from xai_bench.methods.native import Native, NativeCentred, NativeClass, NativeWeights
from xai_bench.methods.perturbation.gradient_shapley import SHAP
from xai_bench.methods.perturbation.lime import LIME
from xai_bench.methods.perturbation.occlusion import FeatureAblation, Occlusion, WaveAblation
from xai_bench.methods.perturbation.permutation_importance import PermutationImportance
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
from xai_bench.names import named
from xai_bench.types import BASELINES, Recordings
from xai_bench.zoo import Zoo

__all__ = [
    "DERIVED",
    "METHODS",
    "Batch",
    "Method",
    "Methods",
    "Needs",
    "OnePassMethod",
    "derived",
    "explain_together",
    "find_methods",
    "method_key",
]

METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Native(),
        NativeWeights(),
        NativeCentred(),
        NativeClass(),
        ClauseVotes(),
        GatesMap(),
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
        SHAP(),
        KernelSHAP(),
        ShapleySampling(),
        PermutationSHAP(),
        LeadShapley(),
        TemporalShapley(),
        LIME(),
        Occlusion(),
        FeatureAblation(),
        WaveAblation(),
        PermutationImportance(),
        RISE(),
        Random(),
        Amplitude(),
        Slope(),
        QRSEnvelope(),
        Oracle(),
        OracleTwin(),
        Truth(),
    )
}


def find_methods(
    methods: Methods, zoo: Zoo | None = None, recordings: Recordings | None = None
) -> list[Method]:
    """The methods that are asked for, in that order, each once.

    methods: names ("native,ig"), or one or several of: a name, a Method, a function
        `(model, z, target) -> attribution`, a class or an instance of Captum, attributions made
        elsewhere (an array (record, lead, time) or Attributions); or a dict of names and these.
        A method followed by @ and one of DERIVED, or a share such as 25%, is a control made of it:
        "native@untrained", "truth@25%". One followed by @ and one of BASELINES is the method with
        that baseline instead of zero, and no control: "ig-16@twin".
    zoo: where names that are not built in are looked up, and entry points.
    recordings: what attributions made elsewhere are of.

    Raises UnknownNameError, and InputError for no method at all, a control made of a control, a
    baseline of a method that has none, two methods of one name, and what cannot be a method.
    """
    own = (zoo or Zoo()).own("methods")
    found: dict[str, Method] = {}
    given = 0
    for name, one in named(methods, is_one_method):
        if isinstance(one, str) and name is None:
            method = _find(one, own)
        else:
            given += isinstance(one, np.ndarray | Tensor) and name is None
            spare = "given" if given < 2 else f"given-{given}"
            method = method_of(one, name=name, spare=spare, recordings=recordings)
            _check_new(method, own)
        known = found.setdefault(method.name, method)
        if known is not method and not _same(known, method):
            raise InputError(
                f"two methods are called '{method.name}'; name one otherwise: {{'other': ...}}"
            )
    if not found:
        raise InputError("no method was given; name one, such as 'ig': xai-bench ls methods")
    return list(found.values())


def method_key(method: Method) -> str | None:
    """What a method is, beside its name: nothing ("") of one that is built in; of another the key
    of its content, or None where that cannot be known."""
    if isinstance(method, Derived | Against):
        return method_key(method.base)
    return "" if METHODS.get(method.name) is method else content_of(method)


def _find(name: str, own: Mapping[str, Callable[[], Any]]) -> Method:
    base, at, kind = name.partition("@")
    if base in METHODS and base not in own:
        method = METHODS[base]
    elif base in own:
        method = method_of(own[base](), name=base)
        _check_new(method, {})
    else:
        raise UnknownNameError("method", base, [*METHODS, *own])
    if not at:
        return method
    if kind in BASELINES:
        return against(method, kind)
    made = derived(method, kind)
    # Of a control, the truth alone explains the model.
    if method.control and not isinstance(method, Truth):
        raise InputError(f"{name}: {base} is a control itself; put a method before the @")
    return made


def _check_new(method: Method, own: Collection[str]) -> None:
    """Raises InputError for a method that has the name of another that is known here."""
    if method_key(method) != "" and (method.name in METHODS or method.name in own):
        raise InputError(
            f"there is a method '{method.name}' already; name yours otherwise: "
            f"{{'my-{method.name}': ...}}"
        )


def _same(one: Method, other: Method) -> bool:
    keys = method_key(one), method_key(other)
    return keys[0] is not None and keys[0] == keys[1]
