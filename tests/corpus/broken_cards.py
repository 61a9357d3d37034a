"""Cards that break their schema, a key at a time."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import tomlkit

from tests.corpus.broken import Broken

__all__ = ["METRIC_CARDS", "MODEL_CARDS", "ROOT"]

ROOT = Path(__file__).parents[2]
MODEL = tomllib.loads((ROOT / "models/conv2d/card.toml").read_text())
METRIC = tomllib.loads((ROOT / "metrics/complexity/sparseness.toml").read_text())
_ABSENT = object()


def _changed(card: dict[str, Any], place: Sequence[str | int], value: object) -> str:
    made = copy.deepcopy(card)
    table: Any = made
    for key in place[:-1]:
        table = table[key]
    if value is _ABSENT:
        del table[place[-1]]
    else:
        table[place[-1]] = value
    return tomlkit.dumps(made)


def text(name: str, content: str | bytes, *says: str) -> Broken:
    def write(folder: Path) -> Path:
        path = folder / "card.toml"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return Broken(name, write, ("card.toml: ", *says))


def model(place: str, value: object, *says: str) -> Broken:
    shown = "absent" if value is _ABSENT else f"{value!r:.40}"
    keys = place.split("/")
    return text(f"{place} {shown}", _changed(MODEL, keys, value), *says)


def metric(place: str, value: object, *says: str) -> Broken:
    shown = "absent" if value is _ABSENT else f"{value!r:.40}"
    keys = place.split("/")
    return text(f"{place} {shown}", _changed(METRIC, keys, value), *says)


_TOML = [
    text("empty", "", "target: Field required"),
    text("bytes", b"\xff\xfe\x00", "cannot be read as TOML"),
    text("json", '{"target": 1}', "cannot be read as TOML"),
    text("a key twice", 'target = "a"\ntarget = "b"\n', "cannot be read as TOML"),
    text("a string that does not end", 'target = "a', "cannot be read as TOML"),
    text("a hundred thousand brackets", "target = " + "[" * 100_000, "cannot be read as TOML"),
    text("NULs", "\0" * 100, "cannot be read as TOML"),
    text("a number of 5000 digits", f"target = {'9' * 5000}", "cannot be read as TOML"),
]

_NAN, _INFINITE = float("nan"), float("inf")
MODEL_CARDS = [
    *_TOML,
    *(
        model(key, _ABSENT, key.replace("/", "."), "Field required")
        for key in ("target", "summary", "cite", "licence", "params", "input", "labels")
    ),
    *(
        model(key, 3, key, "valid")
        for key in ("target", "summary", "cam_layer", "params", "input", "labels", "recipe")
    ),
    model("name", "conv2d", "unknown key 'name'"),
    model("targt", "conv2d", "unknown key 'targt'", "Allowed: target"),
    model("params/outputs", 10**9, "params", "outputs = 1e+09 is not within"),
    model("params/outputs", _NAN, "params", "outputs = nan is not within"),
    model("params/dropout", -_INFINITE, "params", "dropout = -inf is not within"),
    *(
        model("input/rate_hz", value, "input.rate_hz")
        for value in (0.0, -100.0, _NAN, _INFINITE, 1e9, "100", True)
    ),
    *(model("input/seconds", value, "input.seconds") for value in (0.0, -1.0, _NAN, 1e9, "10")),
    model("input/seconds", 0.001, "input", "0 samples"),
    model("input/normalisation", "minmax", "input.normalisation", "zscore"),
    model("input/normalisation", [], "input.normalisation"),
    model("input/normalisation", [{"step": "eval"}], "input.normalisation", "step"),
    model("input/normalisation", [{"step": "scale", "factor": _NAN}], "factor"),
    model("input/normalisation", [{"step": "scale", "factor": 0.0}], "factor"),
    model(
        "input/normalisation",
        [{"step": "band-pass", "order": 2, "low_hz": 1.0, "high_hz": 90.0}],
        "1 to 90 Hz is no band below half the rate, 50 Hz",
    ),
    model(
        "input/normalisation",
        [{"step": "band-pass", "order": 10**6, "low_hz": 1.0, "high_hz": 40.0}],
        "order",
    ),
    model("input/normalisation", [{"step": "standardise", "mean": [0.0], "sd": [1.0]}], "mean"),
    model(
        "input/windows",
        {"seconds": 20.0, "step_seconds": 1.0, "combine": "mean"},
        "windows are longer than the recording",
    ),
    model("labels/task", "", "labels: name a task, or the classes"),
    model("labels/classes", ["A", "B"], "labels: name a task, or the classes"),
    model("labels/rule", "loose", "labels.rule"),
    *(model("recipe/seed", value, "recipe.seed") for value in (-1, 1.5, 2**64 - 1)),
    *(model("recipe/epochs", value, "recipe.epochs") for value in (0, 10**12, "16")),
    model("recipe/learning_rate", _NAN, "recipe.learning_rate"),
    model("recipe/batch_size", 1, "recipe.batch_size"),
    model("recipe/mix", {"planted:deepfake": 1.5}, "recipe.mix"),
    model("recipe/storage", "pickle", "recipe.storage"),
    model("weights/sha256", "abc", "weights.sha256"),
    model("weights/sha256", "Z" * 64, "weights.sha256"),
    model("weights/file", "../imn/weights.safetensors", "weights.file", "beside the card"),
    model("weights/file", "/dev/zero", "weights.file", "beside the card"),
    model("weights/file", "", "weights.file", "beside the card"),
    *(model("claims/auroc", value, "claims.auroc") for value in (1.5, -0.1, _NAN, "0.9")),
    model("claims/auroc_ci", [0.5], "claims.auroc_ci"),
    model("claims/n", 0, "claims.n"),
    model("claims/parameters", -1, "claims.parameters"),
]

METRIC_CARDS = [
    *_TOML,
    *(
        metric(key, _ABSENT, key, "Field required")
        for key in ("target", "label", "summary", "formula", "better", "range", "cost", "cite")
    ),
    *(metric(key, [1], key, "valid") for key in ("target", "label", "unit", "params")),
    metric("better", [1], "better", "'higher' or 'lower'"),
    metric("better", "up", "better", "'higher' or 'lower'"),
    metric("bettr", "higher", "unknown key 'bettr'"),
    metric("statistic", "mode", "statistic"),
    metric("range", [1.0, 0.0], "range", "from the lowest score to the highest"),
    metric("range", [_NAN, 1.0], "range", "from the lowest score to the highest"),
    metric("range", [0.0], "range"),
    metric("range", ["0", "1"], "range"),
    metric("recordings", -1, "recordings"),
    metric("params/samples", 10**12, "params", "is not within"),
    metric("params/deep", {"a": [{"b": _INFINITE}]}, "params", "is not within"),
    metric("quantus", _ABSENT, "goes with a target 'quantus:"),
    metric("target", "sparseness", "goes with a target 'quantus:"),
    metric("quantus/space", "volt", "quantus.space"),
    metric("quantus/softmax", "yes", "quantus.softmax"),
    metric("fast/tolerance", _NAN, "fast.tolerance"),
    metric("fast/tolerance", 2.0, "fast.tolerance"),
]
