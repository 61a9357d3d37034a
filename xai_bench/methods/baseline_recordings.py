"""Baselines: what takes the place of samples that are removed, and where integrated paths begin.

A baseline should hold nothing of what the model is asked about, and be a recording that a heart
could have made; no one does both (Sturmfels et al. 2020, Haug et al. 2021), so that there are
several, and `xai-bench baselines` shows how conclusions depend on them:

zero: each lead's mean after z-scoring. A flat line, which no heart makes.
median-beat: the recording's own median beat at each of its beats. What differs from beat to beat is
    gone, and nothing else: the log-odds stay what they were, so that it is no baseline for a
    finding that is in every beat.
typical-beat: the median beat of the 16 recordings of the background, classes in turn, at each of
    the recording's beats: what a sample is expected to be by who knows the rhythm alone.
white-noise: N(0, 1), what a lead is on average after z-scoring, drawn for each recording.
twin: the healthy twin, where there is one: the same heart without the finding.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Float32, Int8, Int64
from torch import Tensor

from xai_bench.errors import InputError
from xai_bench.generators import normal, seed_tensor
from xai_bench.methods.background import background_recordings
from xai_bench.methods.base import Batch, CannotExplain, Method, Needs, Pass
from xai_bench.methods.wrapping import Wrapping
from xai_bench.models import Model
from xai_bench.models.normalisation import Normalisation
from xai_bench.tasks import Task
from xai_bench.types import BASELINES, WAVES, ZERO

__all__ = ["ABOUT", "Against", "against", "make_baseline"]

ABOUT = {
    "zero": "zero, each lead's mean",
    "median-beat": "the recording's own median beat",
    "typical-beat": "the median beat of 16 other recordings of all classes, at its beats",
    "white-noise": "normal noise",
    "twin": "the healthy twin",
}
"""What each of BASELINES is."""

_BEFORE = 0.24
"""Seconds before the middle of a QRS at which a beat begins: before its P wave."""
_FEWEST_BEATS = 3

Since = Int64[np.ndarray, " time"]
"""Samples since the beat that a sample belongs to; negative before it."""
Beat = tuple[Int64[np.ndarray, " place"], Float32[np.ndarray, "lead place"]]
"""Values of `Since`, and what each lead is there."""


def make_baseline(name: str, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
    """One of BASELINES for each recording, in the normalisation of `batch.z`.

    A recording that has none is its own baseline: one in which fewer than three beats are known, of
    median-beat and typical-beat, and one without a finding, of twin. Raises CannotExplain where no
    recording has one: no twins, no waves.
    """
    if name == ZERO:
        return torch.zeros_like(batch.z)
    if name == "white-noise":
        return normal(seed_tensor(batch.seeds, batch.z.device), batch.z.shape[1:]).to(batch.z)
    if name == "twin":
        if batch.twin is None:
            raise CannotExplain("this dataset has no healthy twins")
        return batch.twin
    if batch.waves is None:
        raise CannotExplain("this dataset has no waves")
    own = name == "median-beat"
    reads = (model.normalisation, model.task, model.rate_hz, model.seconds, model.leads)
    typical = None if own else _typical_beat(*reads)
    rows = []
    for z, waves in zip(batch.z.cpu().numpy(), batch.waves.cpu().numpy(), strict=True):
        since = _since_beat(waves, model.rate_hz)
        if since is None:
            rows.append(z)
        else:
            rows.append(_repeated(typical or _median_beat(z, since), since))
    return torch.from_numpy(np.stack(rows)).to(batch.z)


def _since_beat(waves: Int8[np.ndarray, " time"], rate_hz: float) -> Since | None:
    """None where fewer than three whole QRS are known.

    Beyond the first and the last one there is another, the usual interval away.
    """
    qrs = np.concatenate([[0], waves == WAVES.index("QRS"), [0]])
    start, stop = (np.flatnonzero(np.diff(qrs) == step) for step in (1, -1))
    whole = (start > 0) & (stop < len(waves))
    at = (start + stop)[whole] // 2
    if len(at) < _FEWEST_BEATS:
        return None
    usual = round(float(np.median(np.diff(at))))
    at = np.concatenate([[at[0] - usual], at, [at[-1] + usual]])
    time = np.arange(len(waves))
    beat = np.searchsorted(at - round(_BEFORE * rate_hz), time, side="right") - 1
    since: Since = time - at[beat.clip(0)]
    return since


def _median_beat(z: Float32[np.ndarray, "lead time"], since: Since) -> Beat:
    """Of a recording, sample by sample over its beats."""
    places = np.unique(since)
    beat = np.stack([np.median(z[:, since == place], axis=1) for place in places], axis=1)
    return places, beat.astype(np.float32)


@cache
def _typical_beat(
    normalisation: Normalisation,
    task: Task,
    rate_hz: float,
    seconds: float,
    leads: tuple[str, ...],
) -> Beat:
    """The median of the median beats of the background, as far as half of them reach."""
    of_place: dict[int, list[Float32[np.ndarray, " lead"]]] = {}
    recordings = background_recordings(task, rate_hz, seconds, leads)
    assert recordings.waves is not None, "synthetic recordings have waves"
    others = normalisation(torch.from_numpy(recordings.signal)).numpy()
    for z, waves in zip(others, np.asarray(recordings.waves), strict=True):
        since = _since_beat(waves, rate_hz)
        if since is not None:
            places, beat = _median_beat(z, since)
            for place, values in zip(places.tolist(), beat.T, strict=True):
                of_place.setdefault(place, []).append(values)
    known = sorted(place for place, each in of_place.items() if 2 * len(each) >= len(others))
    if not known:
        raise InputError(f"{seconds:g} s of a recording are too short for a typical beat")
    typical = np.stack([np.median(of_place[place], axis=0) for place in known], axis=1)
    return np.array(known), typical.astype(np.float32)


def _repeated(beat: Beat, since: Since) -> Float32[np.ndarray, "lead time"]:
    """A beat at each beat of a recording; where it does not reach, what it is at its end."""
    places, values = beat
    column = np.searchsorted(places, since).clip(max=len(places) - 1)
    repeated: Float32[np.ndarray, "lead time"] = values[:, column]
    return repeated


@final
class Against(Wrapping):
    """The same method with another baseline, called METHOD@BASELINE, such as ig-16@twin.

    Its attributions are of m(z) - m(baseline), and sum to that where the method promises a sum.
    """

    def __init__(self, base: Method, baseline: str) -> None:
        super().__init__(base, baseline)
        self.baseline = baseline
        self.summary = f"{base.name}, but with {ABOUT[baseline]} for a baseline"
        self.cite = base.cite
        if baseline == "twin":
            self.needs |= {Needs.EVIDENCE}

    def unsupported(self, model: Model, *, evidence: bool) -> str | None:
        own = Method.unsupported(self, model, evidence=evidence)
        return own or super().unsupported(model, evidence=evidence)

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        return self.base.attribute(model, self._with_baseline(model, batch))

    def total(self, model: Model, batch: Batch, passed: Pass) -> Float[Tensor, " record"] | None:
        return self.base.total(model, self._with_baseline(model, batch), passed)

    def _with_baseline(self, model: Model, batch: Batch) -> Batch:
        return replace(batch, baseline=make_baseline(self.baseline, model, batch))


def against(base: Method, baseline: str) -> Method:
    """METHOD@BASELINE; the method itself for zero, which all have else.

    Raises InputError for a method that has no baseline, or that begins at other recordings.
    """
    if not base.takes_baseline:
        raise InputError(
            f"{base.name}@{baseline}: {base.name} has no baseline that could be another; methods "
            "that remove samples have one, or that integrate from one: ig, shap, kernelshap"
        )
    assert baseline in BASELINES, "the caller looks it up"
    return base if baseline == ZERO else Against(base, baseline)
