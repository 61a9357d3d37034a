"""Where code is found: short names of ours, files of a zoo, entry points of packages."""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import importlib.util
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Literal

from xai_bench.errors import CardError, UnknownNameError
from xai_bench.storage import regular

__all__ = ["REGISTERED", "PluginKind", "entry_points", "load_code", "loaded_code"]
__all__ += ["resolve", "short_name"]

Kind = Literal["net", "scorer", "function"]
_QUANTUS = "quantus.functions."
PluginKind = Literal["models", "methods", "metrics", "datasets"]

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
        "faithfulness-correlation-quantus": "FaithfulnessCorrelationQuantus",
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
        "insertion-log-odds": "InsertionLogOdds",
        "pixel-flipping": "PixelFlipping",
        "pixel-flipping-quantus": "PixelFlippingQuantus",
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
    "stability.consistency": {"consistency": "Consistency"},
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
        "beat-cnn": "xai_bench.nets.beat_cnn:BeatCNN",
        "cnn-lstm": "xai_bench.nets.cnn_lstm:CNNLSTM",
        "conv2d": "xai_bench.nets.conv2d:ECGConv2d",
        "ecgresnet": "xai_bench.nets.ecgresnet:ECGResNet",
        "fcn": "xai_bench.nets.fcn:FCN",
        "ia-resnet": "xai_bench.nets.ia_resnet:IAResNet",
        "imn": "xai_bench.nets.imn:ECGIMN",
        "imn-direct": "xai_bench.nets.imn_direct:ECGIMNDirect",
        "inception1d": "xai_bench.nets.inception1d:Inception1d",
        "known-additive": "xai_bench.nets.known_additive:KnownAdditive",
        "known-hypernet": "xai_bench.nets.known_interaction:KnownHypernet",
        "known-interaction": "xai_bench.nets.known_interaction:KnownInteraction",
        "known-linear": "xai_bench.nets.known_linear:KnownLinear",
        "known-morphology": "xai_bench.nets.known_morphology:KnownMorphology",
        "lstm": "xai_bench.nets.lstm:LSTM",
        "resnet1d": "xai_bench.nets.resnet1d:ResNet1dWang",
        "tsetlin": "xai_bench.nets.tsetlin:Tsetlin",
        "sevgg-lstm": "xai_bench.nets.sevgg_lstm:SEVGGLSTM",
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

_CODE = "xai_bench_code_"
"""How names of modules begin that are made of files."""

_SHORT = {path: short for names in REGISTERED.values() for short, path in names.items()}


def short_name(target: str) -> str:
    """The one spelling of a target: `package.module:Name` of something registered is its name."""
    return _SHORT.get(target, target)


def resolve(kind: Kind, target: str, code: Path | None = None) -> Any:
    """What a card's target leads to: a registered name, or "./net.py:Net", code beside the card.

    code: the folder whose files may be run; None where the user has allowed no code.

    Raises UnknownNameError for a name that is not registered, CardError for code that is not
    allowed, and for what cannot be found or run.
    """
    registered = REGISTERED[kind]
    if target.startswith("./"):
        file, _, name = target.removeprefix("./").partition(":")
        if code is None:
            raise CardError(
                f"'{target}' is code of a zoo, and it is not run unless you trust it: "
                "--allow-code (Zoo(folder, allow_code=True))"
            )
        path = (code / file).resolve()
        if not path.is_relative_to(code.resolve()):
            raise CardError(f"target '{target}' leads out of {code}")
        return load_code(path, name)
    registered_path = registered.get(target, target)
    if kind == "function" and target.startswith(_QUANTUS):
        return _of_quantus(target)
    if registered_path not in registered.values():
        if ":" in target:
            raise CardError(
                f"target '{target}' is no code of xai-bench; name what is registered "
                f"({', '.join(registered)}), or a file beside the card: ./net.py:Net"
            )
        raise UnknownNameError(kind, target, registered)
    module, _, name = registered_path.partition(":")
    return getattr(importlib.import_module(module), name)


def _of_quantus(target: str) -> Any:
    """A function of Quantus, which its metrics are given. Raises CardError."""
    module, _, name = target.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise CardError(f"target '{target}' cannot be resolved: {error}") from error
    if not isinstance(found, FunctionType) or found.__module__ != module:
        raise CardError(f"target '{target}' is no function of Quantus")
    return found


def load_code(file: Path, name: str) -> Any:
    """`name` of a Python file, which is run once in a process. Raises CardError."""
    try:
        return getattr(_run(file.resolve()), name)
    except Exception as error:  # code of others raises whatever it likes
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise CardError(f"{file}: '{name}' cannot be had from it ({reason})") from error


def loaded_code() -> list[ModuleType]:
    """Modules of Python files that were run here, which no other process finds by their names."""
    return [module for name, module in list(sys.modules.items()) if name.startswith(_CODE)]


@cache
def _run(file: Path) -> ModuleType:
    for module in list(sys.modules.values()):
        if getattr(module, "__file__", None) == str(file):
            return module
    # Its own place among modules: net.py of two models are two, and a class finds its source there.
    name = f"{_CODE}{hashlib.sha256(str(file).encode()).hexdigest()[:12]}_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, regular(file))
    if spec is None or spec.loader is None:
        raise ImportError("no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def entry_points(kind: PluginKind) -> dict[str, Callable[[], Any]]:
    """What installed packages offer, by name: of the group `xai_bench.<kind>`."""
    found = importlib.metadata.entry_points(group=f"xai_bench.{kind}")
    return {one.name: one.load for one in found}
