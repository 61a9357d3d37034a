"""The short names by which cards call nets, scorers and functions of ours."""

from __future__ import annotations

import importlib
import re
from typing import Any, Literal

from xai_bench.errors import CardError, UnknownNameError

__all__ = ["REGISTERED", "resolve", "short_name"]

Kind = Literal["net", "scorer", "function"]

_SCORERS = {
    "axiomatic": "Completeness InputInvariance NonSensitivity",
    "complexity": "Clutter Complexity EffectiveComplexity Sparseness",
    "faithfulness.noise_replacement": "NoiseReplacementArea NoiseReplacementF",
    "faithfulness.predicted_effect": "FaithfulnessCorrelation FaithfulnessEstimate Infidelity "
    "MonotonicityCorrelation SensitivityN",
    "faithfulness.region_removal": "Irof RegionPerturbation Selectivity",
    "faithfulness.sample_removal": "Comprehensiveness Deletion Insertion PixelFlipping Road "
    "Sufficiency",
    "faithfulness.twin_patching": "TwinPatching",
    "localisation": "AboveChance LeadConcordance PointingGame RelevanceMass RelevanceRank RocAuc "
    "WaveMass",
    "randomisation.mprt": "EfficientMPRT MPRT RandomLogit",
    "runtime": "BackwardPasses ForwardPasses PeakMemory Seconds",
    "stability.noise_stability": "AverageSensitivity LocalLipschitz MaxSensitivity "
    "RelativeInputStability RelativeInputStabilityQuantus RelativeOutputStability "
    "RelativeOutputStabilityQuantus RelativeRepresentationStability",
    "stability.shift_continuity": "ShiftContinuity",
}
"""Module of scoring.metrics -> its classes. MaxSensitivity has the short name max-sensitivity."""

_WORD = re.compile("[A-Z]+(?![a-z])|[A-Z][a-z]+")

REGISTERED: dict[Kind, dict[str, str]] = {
    "net": {
        "conv2d": "xai_bench.nets.conv2d:ECGConv2d",
        "fcn": "xai_bench.nets.fcn:FCN",
        "imn": "xai_bench.nets.imn:ECGIMN",
        "imn-direct": "xai_bench.nets.imn_direct:ECGIMNDirect",
        "inception1d": "xai_bench.nets.inception1d:Inception1d",
        "lstm": "xai_bench.nets.lstm:LSTM",
        "resnet1d": "xai_bench.nets.resnet1d:ResNet1dWang",
        "xresnet1d": "xai_bench.nets.xresnet1d:XResNet1d",
    },
    "scorer": {
        "-".join(_WORD.findall(name)).lower(): f"xai_bench.scoring.metrics.{module}:{name}"
        for module, names in _SCORERS.items()
        for name in names.split()
    },
    "function": {"white-noise": "xai_bench.scoring.engine.quantus_scorer:white_noise"},
}
"""Short name -> `package.module:Name`, imported when it is needed."""

_SHORT = {path: short for names in REGISTERED.values() for short, path in names.items()}


def short_name(target: str) -> str:
    """The one spelling of a target: `package.module:Name` of something registered is its name."""
    return _SHORT.get(target, target)


def resolve(kind: Kind, target: str) -> Any:
    """What a card's target leads to: a registered name, or `package.module:Name` of a user's own.

    Raises UnknownNameError for a name that is not registered, CardError.
    """
    registered = REGISTERED[kind]
    if target not in registered and ":" not in target:
        raise UnknownNameError(kind, target, registered)
    module, _, name = registered.get(target, target).partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise CardError(f"target '{target}' cannot be resolved: {error}") from error
