"""Scores of a study that nobody made, for tests of what is drawn and said of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.stability.beat_by_beat import PARTS
from xai_bench.studies.stability.estimates import estimate_table
from xai_bench.studies.stability.schema import FLOORS, NOISES, QUESTIONS, SCHEMA

__all__ = ["MODELS", "made_up", "made_up_scores", "study_of"]

MODELS = {
    "imn": ["imn", "imn-seed1", "imn-seed2"],
    "resnet1d": ["resnet1d", "resnet1d-seed1", "resnet1d-seed2"],
}
_METHODS = {
    "native": 0.8,
    "input-x-gradient": 0.7,
    "saliency": 0.6,
    "gradcam": 0.9,
    "ig-16": 0.72,
    "amplitude": 0.97,
}
"""How stable each of them is."""
_GROUPS = ("head", "stage4", "stage3", "stage2", "stage1", "stem")

Row = dict[str, Any]


def made_up(
    *,
    n: int = 24,
    seed: int = 0,
    quality: dict[str, float] | None = None,
    questions: str = ",".join(QUESTIONS),
) -> StudyResult:
    """A study of two models; quality: how stable each method is, from 0 to 1.

    Of the similarities only Spearman, and of native SSIM, which must not be taken for it.
    """
    return study_of(made_up_scores(n=n, seed=seed, quality=quality, questions=questions))


def made_up_scores(
    *,
    n: int = 24,
    seed: int = 0,
    quality: dict[str, float] | None = None,
    questions: str = ",".join(QUESTIONS),
) -> pd.DataFrame:
    """Its scores, to be changed before they make a study."""
    rng = np.random.default_rng(seed)
    quality = _METHODS if quality is None else quality
    rows: list[Row] = []
    for model in MODELS:
        able = {name: q for name, q in quality.items() if model == "imn" or name != "native"}
        for question in questions.split(","):
            for row, mean, width in _PARTS[question](model, able):
                rows += _recordings(row, mean, width, n, rng)
    return pd.DataFrame(rows, columns=list(SCHEMA.scores)).astype(SCHEMA.scores)


def study_of(scores: pd.DataFrame) -> StudyResult:
    """The study that these scores make."""
    facts: dict[str, Any] = {
        "models": MODELS,
        "methods": [name for name in dict.fromkeys(scores["method"]) if name],
        "questions": list(dict.fromkeys(scores["question"])),
        "data": "synthetic",
        "split": "test",
        "fold": None,
        "n": scores["record_id"].nunique(),
        "target": "predicted",
        "protocol": 2,
        "seed": 0,
        "recordings": dict.fromkeys(MODELS, "0" * 64),
        "left_out": [],
        "skipped": [
            {
                "model": "resnet1d",
                "method": "native",
                "question": "",
                "reason": "it writes no | weights",
            }
        ],
        "command": "made up",
        "git_commit": None,
        "python": "3.12.0",
        "packages": {"torch": "2.11.0"},
        "system": "Linux x86_64",
        "device": "cpu",
        "cores": 2,
        "threads": 1,
    }
    table = estimate_table(scores, MODELS)
    return StudyResult(schema=SCHEMA, scores=scores, table=table, facts=facts)


def _measures(method: str) -> tuple[str, ...]:
    return ("spearman", "ssim") if method == "native" else ("spearman",)


def _recordings(
    row: Row, mean: float, width: float, n: int, rng: np.random.Generator
) -> Iterator[Row]:
    flips = row["question"] == "input" and row["level"] == 10
    for place in range(n):
        score = float(np.clip(mean + width * rng.standard_normal(), -1, 1))
        if row["measure"] == "flipped":
            score = float(score > 0.5)
        yield row | {
            "record_id": f"r{place}",
            "patient_id": f"p{place}",
            "score": score,
            "same_prediction": not (flips and place % 6 == 0),
            "reason": "",
        }


def _row(question: str, model: str, method: str, condition: str, **more: Any) -> Row:
    of_all = {"against": "", "level": float("nan"), "measure": "spearman"}
    named = {"question": question, "model": model, "method": method, "condition": condition}
    return of_all | named | more


Part = Iterator[tuple[Row, float, float]]


def _input(model: str, quality: dict[str, float]) -> Part:
    for method, good in quality.items():
        for measure in _measures(method):
            for hard, condition in enumerate(
                name for name in NOISES if not name.startswith("mains")
            ):
                for snr in (30.0, 20.0, 10.0):
                    loss = (40 - snr) / 30 * (1 - good) * (1 + 0.2 * hard)
                    row = _row("input", model, method, condition, level=snr, measure=measure)
                    yield row, 1 - loss, 0.08
            for condition, level, mean in (
                ("gain", 10.0, 0.999),
                ("gain", -10.0, 0.999),
                ("lead swap", float("nan"), good - 0.2),
                *(("shift", float(by), good - by / 500) for by in (1, 5, 10, 25, 50)),
                ("resampled", 500.0, 0.9 * good + 0.1),
                (FLOORS["input"], float("nan"), good / 3),
            ):
                row = _row("input", model, method, condition, level=level, measure=measure)
                yield row, mean, 0.08
    for condition in (name for name in NOISES if not name.startswith("mains")):
        for snr in (30.0, 20.0, 10.0):
            for measure, mean in (("log-odds change", 0.4), ("flipped", 0.3)):
                row = _row("input", model, "", condition, level=snr, measure=measure)
                yield row, mean * (40 - snr) / 30, 0.08


def _initialisations(model: str, quality: dict[str, float]) -> Part:
    (other,) = (name for name in MODELS if name != model)
    for method, good in quality.items():
        for measure in _measures(method):
            kinds = [
                ("same net", " / ".join(pair), good - 0.2)
                for pair in combinations(MODELS[model], 2)
            ]
            if model == "imn" and method != "native":
                kinds += [
                    ("another net", " / ".join(pair), good - 0.35)
                    for pair in zip(MODELS[model], MODELS[other], strict=True)
                ]
            kinds.append((FLOORS["initialisations"], model, good / 5))
            for condition, against, mean in kinds:
                row = _row(
                    "initialisations", model, method, condition, against=against, measure=measure
                )
                yield row, mean, 0.1


def _pairs(model: str, quality: dict[str, float]) -> Part:
    for (one, q), (other, p) in combinations(quality.items(), 2):
        for measure in _measures(one):
            row = _row("methods", model, one, "pair", against=other, measure=measure)
            yield row, 1 - 3 * abs(q - p) - 0.1, 0.1
    yield _row("methods", model, "", "consensus", measure="consensus in evidence"), 0.45, 0.1
    for method, good in quality.items():
        if method != "amplitude":
            row = _row("methods", model, method, "consensus", measure="single in evidence")
            yield row, good / 3, 0.08
    yield _row("methods", model, "", "consensus", measure="chance"), 0.12, 0.02


def _weights(model: str, quality: dict[str, float]) -> Part:
    for method, good in quality.items():
        for measure in _measures(method):
            for place, group in enumerate(_GROUPS):
                level = (place + 1) / len(_GROUPS)
                named = {"against": group, "level": level, "measure": measure}
                yield (
                    _row("weights", model, method, "cascade", **named),
                    good**2 * (1 - level),
                    0.08,
                )
                yield _row("weights", model, method, "independent", **named), good - level / 3, 0.08


def _beats(model: str, quality: dict[str, float]) -> Part:
    for method, good in quality.items():
        for measure in _measures(method):
            for place, part in enumerate(PARTS):
                named = {"against": part, "measure": measure}
                yield _row("beats", model, method, "next beat", **named), good - place / 20, 0.1
                yield _row("beats", model, method, FLOORS["beats"], **named), good / 3, 0.1


_PARTS = {
    "input": _input,
    "initialisations": _initialisations,
    "methods": _pairs,
    "weights": _weights,
    "beats": _beats,
}
