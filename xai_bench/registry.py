"""The short names by which cards call nets, scorers and functions of ours."""

from __future__ import annotations

import importlib
from typing import Any, Literal

from xai_bench.errors import CardError, UnknownNameError

__all__ = ["REGISTERED", "resolve", "short_name"]

Kind = Literal["net", "scorer", "function"]

_SCORERS = {
    "axiomatic": {
        "completeness": "Completeness",
        "input-invariance": "InputInvariance",
        "non-sensitivity": "NonSensitivity",
    },
    "complexity": {
        "clutter": "Clutter",
        "complexity": "Complexity",
        "effective-complexity": "EffectiveComplexity",
        "sparseness": "Sparseness",
    },
    "faithfulness.noise_replacement": {
        "noise-replacement-area": "NoiseReplacementArea",
        "noise-replacement-f": "NoiseReplacementF",
    },
    "faithfulness.predicted_effect": {
        "faithfulness-correlation": "FaithfulnessCorrelation",
        "faithfulness-estimate": "FaithfulnessEstimate",
        "infidelity": "Infidelity",
        "monotonicity-correlation": "MonotonicityCorrelation",
        "sensitivity-n": "SensitivityN",
    },
    "faithfulness.region_removal": {
        "irof": "Irof",
        "region-perturbation": "RegionPerturbation",
        "selectivity": "Selectivity",
    },
    "faithfulness.sample_removal": {
        "comprehensiveness": "Comprehensiveness",
        "deletion": "Deletion",
        "insertion": "Insertion",
        "pixel-flipping": "PixelFlipping",
        "road": "Road",
        "sufficiency": "Sufficiency",
    },
    "faithfulness.twin_patching": {"twin-patching": "TwinPatching"},
    "localisation": {
        "above-chance": "AboveChance",
        "lead-concordance": "LeadConcordance",
        "pointing-game": "PointingGame",
        "relevance-mass": "RelevanceMass",
        "relevance-rank": "RelevanceRank",
        "roc-auc": "RocAuc",
        "wave-mass": "WaveMass",
    },
    "randomisation.mprt": {
        "efficient-mprt": "EfficientMPRT",
        "mprt": "MPRT",
        "random-logit": "RandomLogit",
    },
    "runtime": {
        "backward-passes": "BackwardPasses",
        "forward-passes": "ForwardPasses",
        "peak-memory": "PeakMemory",
        "seconds": "Seconds",
    },
    "stability.noise_stability": {
        "average-sensitivity": "AverageSensitivity",
        "local-lipschitz": "LocalLipschitz",
        "max-sensitivity": "MaxSensitivity",
        "relative-input-stability": "RelativeInputStability",
        "relative-input-stability-quantus": "RelativeInputStabilityQuantus",
        "relative-output-stability": "RelativeOutputStability",
        "relative-output-stability-quantus": "RelativeOutputStabilityQuantus",
        "relative-representation-stability": "RelativeRepresentationStability",
    },
    "stability.shift_continuity": {"shift-continuity": "ShiftContinuity"},
}
"""Module of scoring.metrics -> short name -> class."""

REGISTERED: dict[Kind, dict[str, str]] = {
    "net": {
        "conv2d": "xai_bench.nets.conv2d:ECGConv2d",
        "ecgresnet": "xai_bench.nets.ecgresnet:ECGResNet",
        "fcn": "xai_bench.nets.fcn:FCN",
        "imn": "xai_bench.nets.imn:ECGIMN",
        "imn-direct": "xai_bench.nets.imn_direct:ECGIMNDirect",
        "inception1d": "xai_bench.nets.inception1d:Inception1d",
        "lstm": "xai_bench.nets.lstm:LSTM",
        "resnet1d": "xai_bench.nets.resnet1d:ResNet1dWang",
        "xresnet1d": "xai_bench.nets.xresnet1d:XResNet1d",
    },
    "scorer": {
        short: f"xai_bench.scoring.metrics.{module}:{name}"
        for module, names in _SCORERS.items()
        for short, name in names.items()
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
