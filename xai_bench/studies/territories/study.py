"""The study of territories: attributions pulled back to the segments, against those that died."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float64

from xai_bench.data.synthetic import SyntheticSource
from xai_bench.data.synthetic.heart import LEFT, SOURCES
from xai_bench.data.synthetic.source_signals import lost
from xai_bench.devices import float32_policy
from xai_bench.errors import InputError
from xai_bench.methods import Methods, find_methods
from xai_bench.methods.attribute import make_batch
from xai_bench.methods.base import Method
from xai_bench.models import Model
from xai_bench.results.study_tables import Schema, StudyResult
from xai_bench.stats import statistic_interval
from xai_bench.studies.base import Inputs, Models, RecordingBatch, able_methods
from xai_bench.studies.territories.infarcts import Infarct, infarcts, of_rows, rows_of_infarcts
from xai_bench.studies.territories.same_ecg import same_ecg_table
from xai_bench.studies.territories.territory_readings import Reading, density, found_by, read_by
from xai_bench.studies.territories.wall_times import wall_times
from xai_bench.types import Progress, silent
from xai_bench.zoo import Zoo

__all__ = ["METHODS", "MODELS", "RECORDINGS", "SCHEMA", "SEGMENTS", "SIZE", "TWIN", "USUAL"]
__all__ += ["Territories", "territories"]

MODELS = ("imn", "resnet1d")
METHODS = (
    *("native", "input-x-gradient", "ig-16", "deeplift", "saliency", "gradcam"),
    *("input-x-gradient@untrained", "random"),
)
RECORDINGS = 48
TARGET = "MI"

SIZE = "segment-size"
"""Control: the strength of each segment's own part of the leads, without any map."""
USUAL = "usual-infarct"
"""Control: the mean loss of each segment in the other recordings: which are usually hit."""
TWIN = "twin-difference"
"""Control: what was planted, z less that of the healthy twin, read as if it were the weights: as
far as a perfect map gets through the lead field."""

_WEIGHTED = ("native", "input-x-gradient", "ig", "ig-16", "deeplift")
"""Methods whose map is the recording times a weight for each sample, and 0 where that is 0."""
_STILL_WEIGHTED = ("", "untrained", "flipped")
"""What may be made of them, after an @."""
_TOGETHER = 8
_NO_MAP = "none"
_NONE_POSITIVE = "no segment has a positive score"

_OF = {"model": "str", "method": "str", "reading": "str", "measure": "str"}
SCHEMA = Schema(
    stem="territories",
    keys=_OF,
    more={"n_failed": "int64"},
    scores=_OF
    | {"record_id": "str", "patient_id": "str", "finding": "str"}
    | {"score": "float64", "reason": "str"},
    facts={"models": list, "methods": list, "findings": dict, "left_out": list, "skipped": list},
    mend="make one: xai-bench territories",
)
"""reading: of READINGS, or `none` where no map is read. measure: `auroc` of silent segments against
the others, of 17; `mass`, the share of positive scores on silent segments; `above_usual`, the AUROC
less that of USUAL, paired."""

SEGMENTS = {
    **{"finding": "str", "model": "str", "method": "str", "reading": "str", "segment": "str"},
    **{"score": "float64", "lost": "float64", "n": "int64"},
}
"""Of the table of segments: score, the mean over recordings of that of a segment over the largest
size of all; lost, the mean share of its force that it lost."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Territories:
    """What the study found."""

    result: StudyResult
    segments: pd.DataFrame
    """See SEGMENTS."""
    same_ecg: pd.DataFrame
    """See `same_ecg.COLUMNS`."""
    wall_times: pd.DataFrame
    """See `wall_times.COLUMNS`."""


@float32_policy()
def territories(
    model: Models = MODELS,
    method: Methods = METHODS,
    *,
    n: int | None = RECORDINGS,
    seed: int = 0,
    device: str | None = None,
    zoo: Zoo | None = None,
    progress: Progress | None = None,
) -> Territories:
    """Pull attributions of the log-odds of MI back to the 17 segments of the generator's heart.

    Of `synthetic` alone, whose sources and lead field are known: recordings of the test fold with
    one planted infarct. progress: called with (what is being done, steps done, steps in all).

    Raises XaiBenchError.
    """
    inputs = Inputs(
        data=SyntheticSource.name, split="test", fold=None, n=n, seed=seed, length="exact",
        labels=None, gain=None, device=device, zoo=zoo or Zoo(), progress=progress or silent,
    )  # fmt: skip
    models, methods = inputs.models(model), find_methods(method, inputs.zoo)
    skipped: list[dict[str, str]] = []
    parts: list[_Scores] = []
    used = {}
    for one in models:
        if TARGET not in one.task.classes:
            raise InputError(
                f"model '{one.name}' knows no {TARGET}, whose territories this is about: its "
                f"classes are {', '.join(one.task.classes)}"
            )
        source = SyntheticSource(rate_hz=one.rate_hz, seconds=one.seconds)
        rows = rows_of_infarcts(source, n)
        usual = _usual(source, rows)
        used[one.name] = of_rows(source, rows)
        able, unable = able_methods(one, methods, used[one.name])
        skipped += [
            {"model": one.name, "method": name, "reason": why} for name, why in unable.items()
        ]
        for start in range(0, len(rows), _TOGETHER):
            inputs.progress(one.name, start, len(rows))
            together = slice(start, start + _TOGETHER)
            parts += _scored(one, able, source, rows[together], usual[together], seed)
        inputs.progress(one.name, len(rows), len(rows))
    scores = pd.DataFrame([row for part in parts for row in _rows(part)])
    result = StudyResult(
        schema=SCHEMA,
        table=_estimates(scores, seed=seed),
        facts=inputs.facts(models[0].device, used)
        | {
            "models": [one.name for one in models],
            "methods": [one.name for one in methods],
            "target": TARGET,
            "findings": dict(Counter(source.planted(row)[0] for row in rows)),
            "skipped": skipped,
        },
        scores=scores[list(SCHEMA.scores)].astype(SCHEMA.scores),
    )
    inputs.progress("two hearts with one ECG", 0, 1)
    return Territories(
        result=result,
        segments=_segments(parts),
        same_ecg=same_ecg_table(source, rows),
        wall_times=wall_times(),
    )


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Scores:
    """Of the segments of one recording by one reading of one map."""

    model: str
    method: str
    reading: str
    record_id: str
    patient_id: str
    infarct: Infarct
    score: Float64[np.ndarray, " segment"]
    usual_auroc: float


def _usual(source: SyntheticSource, rows: list[int]) -> Float64[np.ndarray, "recording segment"]:
    """The mean loss of each segment in all recordings but this one."""
    made = [source.making(row) for row in rows]
    losses = np.array([lost(one.patient.heart, one.heart)[LEFT] for one in made])
    return np.asarray((losses.sum(axis=0) - losses) / max(len(rows) - 1, 1))


def _scored(
    model: Model,
    methods: list[Method],
    source: SyntheticSource,
    rows: list[int],
    usual: Float64[np.ndarray, "recording segment"],
    seed: int,
) -> Iterator[_Scores]:
    recordings = of_rows(source, rows)
    batch = make_batch(model, recordings, target=TARGET)
    asked = RecordingBatch(
        model=model, methods=methods, recordings=recordings, batch=batch, seed=seed
    )
    explained = {name: one.values.cpu().numpy() for name, one in asked.explained.items()}
    assert batch.twin is not None
    z, twin = (one.double().cpu().numpy() for one in (batch.z, batch.twin))
    millivolt = torch.from_numpy(recordings.signal)
    for k, infarct in enumerate(infarcts(source, rows)):
        healthy, sick = (
            model.rescale(torch.from_numpy(one).float(), millivolt[k].expand(len(SOURCES), -1, -1))
            .double()
            .cpu()
            .numpy()
            for one in (infarct.signals.healthy, infarct.signals.sick)
        )
        size = np.abs(healthy).sum(axis=(1, 2))[LEFT]
        usual_auroc = found_by(usual[k], infarct.silent).auroc
        maps = _maps(methods, {name: one[k] for name, one in explained.items()}, z[k], twin[k])
        read = [
            (name, reading, read_by(reading, values, healthy, sick)[LEFT])
            for name, reading, values in maps
        ]
        for name, reading, score in [*read, (SIZE, _NO_MAP, size), (USUAL, _NO_MAP, usual[k])]:
            yield _Scores(
                **{"model": model.name, "method": name, "reading": reading},
                record_id=recordings.record_id[k],
                patient_id=recordings.patient_id[k],
                infarct=infarct,
                score=np.asarray(score, dtype=np.float64),
                usual_auroc=usual_auroc,
            )


def _maps(
    methods: list[Method], values: dict[str, np.ndarray], z: np.ndarray, twin: np.ndarray
) -> Iterator[tuple[str, Reading, np.ndarray]]:
    """Every map, in each way in which it can be read."""
    for method in methods:
        own = values[method.name].astype(np.float64)
        base, _, made = method.name.partition("@")
        if base in _WEIGHTED and made in _STILL_WEIGHTED:
            weights = density(own, z)
            yield method.name, "missing", weights
            yield method.name, "present", weights
        elif method.name == "random":
            yield method.name, "missing", own
        yield method.name, "share", own
    yield TWIN, "missing", z - twin
    yield TWIN, "share", z - twin


def _rows(one: _Scores) -> Iterator[dict[str, Any]]:
    found = found_by(one.score, one.infarct.silent)
    measures = {"auroc": found.auroc, "mass": found.mass}
    if one.method != USUAL:
        measures["above_usual"] = found.auroc - one.usual_auroc
    for measure, score in measures.items():
        yield {
            **{"model": one.model, "method": one.method, "reading": one.reading},
            **{"measure": measure, "record_id": one.record_id, "patient_id": one.patient_id},
            **{"finding": one.infarct.finding, "score": score},
            "reason": _NONE_POSITIVE if np.isnan(score) else "",
        }


def _estimates(scores: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Means with 95 % intervals over patients, one row each, see SCHEMA."""
    rows = []
    for key, of_key in scores.groupby(list(SCHEMA.keys), sort=False):
        good = of_key[of_key["score"].notna()]
        values = good["score"].to_numpy(np.float64)
        low, high = float("nan"), float("nan")
        if len(good):
            low, high = statistic_interval(values, good["patient_id"].tolist(), "mean", seed=seed)
        failed = len(of_key) - len(good)
        rows.append(
            dict(zip(SCHEMA.keys, key, strict=True))
            | {"value": float(values.mean()) if len(good) else float("nan")}
            | {"ci_low": low, "ci_high": high, "n": len(good), "n_failed": failed}
            | {"reason": _NONE_POSITIVE if failed else ""}
        )
    return pd.DataFrame(rows, columns=list(SCHEMA.estimates)).astype(SCHEMA.estimates)


def _segments(parts: list[_Scores]) -> pd.DataFrame:
    rows = [
        {
            **{"finding": one.infarct.finding, "model": one.model, "method": one.method},
            **{"reading": one.reading, "segment": segment},
            "score": one.score[k] / max(float(np.abs(one.score).max()), 1e-12),
            "lost": one.infarct.signals.lost[LEFT][k],
        }
        for one in parts
        if one.reading in ("missing", _NO_MAP)
        for k, segment in enumerate(SOURCES[LEFT])
    ]
    table = pd.DataFrame(rows)
    keys = ["finding", "model", "method", "reading", "segment"]
    mean = table.groupby(keys, sort=False).agg(
        score=("score", "mean"), lost=("lost", "mean"), n=("score", "size")
    )
    return mean.reset_index().round({"score": 3, "lost": 3}).astype(SEGMENTS)
