"""A recording into which something can be planted: what is known of its beats."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import Float64, Int8, Int16

from xai_bench.data.delineate import Delineation, delineated
from xai_bench.data.planted.fitted_heart import FittedHeart, fit_heart
from xai_bench.data.second_opinion import second_opinion
from xai_bench.data.source import Record
from xai_bench.data.synthetic.heart import Heart
from xai_bench.data.synthetic.leads import quantised
from xai_bench.data.synthetic.sampling import Sampling
from xai_bench.data.synthetic.synthetic_source import evidence
from xai_bench.errors import RecordingError

__all__ = ["Background", "background", "waves_remark"]

_FEWEST_BEATS = 4
_LEAST_ALIKE = 0.6
_LEAST_EXPLAINED = (0.80, 0.70)
"""Of the median beat's power in QRS, and in ST and T, that the fitted heart must explain."""

_LEAST_MV, _MOST_MV = 0.3, 5.0

_HALF_QRS = 0.1
"""Seconds on either side by which beats are compared."""
_IN_TIME = 0.2
"""Share of the usual interval by which a beat may come early or late."""

_KEPT = 128
_INT16 = np.iinfo(np.int16)

Microvolt = Int16[np.ndarray, "12 time"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Background:
    """A recording, its beats and the heart that explains them."""

    microvolt: Microvolt
    rate_hz: float
    delineation: Delineation
    fitted: FittedHeart

    @property
    def sampling(self) -> Sampling:
        return Sampling(rate_hz=self.rate_hz, samples=self.microvolt.shape[1])

    def difference(self, sick: Heart) -> Float64[np.ndarray, "8 time"]:
        """What leads I, II, V1..V6 would show more were the heart this one, millivolt."""
        return self.fitted.difference(sick, self.sampling)

    def record(
        self, difference: Float64[np.ndarray, "8 time"], sick: Heart | None, *, share: float = 1.0
    ) -> Record:
        """The recording with a difference added in whole microvolt, and what is known of it.

        share: of what the sick heart differs in, which waves move by as well.
        Raises RecordingError where the sum leaves the range of a sample.
        """
        added = quantised(difference)
        planted = self.microvolt.astype(np.int32) + added
        if planted.min() < _INT16.min or planted.max() > _INT16.max:
            raise RecordingError("what is planted leaves the range of a sample (32.767 mV)")
        return Record(
            microvolt=planted.astype(np.int16),
            healthy=self.microvolt,
            evidence=evidence(added / 1000),
            waves=self.waves(sick, share=share),
        )

    def waves(self, sick: Heart | None = None, *, share: float = 1.0) -> Int8[np.ndarray, " time"]:
        """Index into WAVES: as delineated, moved by what the sick heart does later or earlier."""
        found = self.delineation
        if sick is not None:
            found = replace(found, waves=tuple(self._moved(sick, share)))
        return found.labels(self.microvolt.shape[1], self.rate_hz)

    def _moved(self, sick: Heart, share: float) -> Any:
        before, after = self.fitted.beats(), self.fitted.beats(sick)
        later = {
            wave: share * (getattr(after, ours) - getattr(before, ours))
            for wave, ours in (
                ("p_onset", "p_onset"),
                ("p_peak", "p_onset"),
                ("p_end", "p_end"),
                ("qrs_offset", "qrs_end"),
                ("t_onset", "t_onset"),
                ("t_peak", "t_end"),
                ("t_end", "t_end"),
            )
        }
        beat = 0
        for waves, alike in zip(self.delineation.waves, self.delineation.alike, strict=True):
            if not alike:
                yield waves
                continue
            yield replace(
                waves,
                **{name: getattr(waves, name) + float(by[beat]) for name, by in later.items()},
            )
            beat += 1


def background(microvolt: Microvolt, rate_hz: float, *, is_checked: bool) -> Background:
    """What is known of a recording's beats; remembered for the last few.

    is_checked: whether another delineator must find its waves where they were found.
    Raises RecordingError for one into which nothing can be planted, with the reason.
    """
    content, samples = microvolt.tobytes(), microvolt.shape[1]
    found = _fitted_or_refused(content, samples, rate_hz)
    if isinstance(found, str):
        raise RecordingError(found)
    delineation, fitted = found
    contradiction = _contradiction(content, samples, rate_hz) if is_checked else None
    if contradiction is not None:
        raise RecordingError(contradiction)
    return Background(microvolt=microvolt, rate_hz=rate_hz, delineation=delineation, fitted=fitted)


def waves_remark(*, is_checked: bool) -> str:
    """Whether anybody else looked for the waves into which something is planted."""
    if is_checked:
        return "planted: recordings whose waves openecg does not find where we do are left out"
    return "planted: nobody else checked where the waves are"


@lru_cache(maxsize=_KEPT)
def _contradiction(content: bytes, samples: int, rate_hz: float) -> str | None:
    return second_opinion(np.frombuffer(content, dtype=np.int16).reshape(12, samples), rate_hz)


@lru_cache(maxsize=_KEPT)
def _fitted_or_refused(
    content: bytes, samples: int, rate_hz: float
) -> tuple[Delineation, FittedHeart] | str:
    """Or why there is no heart: a refusal takes as long, and is asked for with each finding."""
    try:
        return _fitted(content, samples, rate_hz)
    except RecordingError as error:
        return str(error)


def _fitted(content: bytes, samples: int, rate_hz: float) -> tuple[Delineation, FittedHeart]:
    microvolt = np.frombuffer(content, dtype=np.int16).reshape(12, samples)
    millivolt = microvolt / 1000.0
    found = delineated(millivolt, rate_hz)
    if found is None:
        raise RecordingError("no regular beats are found")
    found = _with_cut_beats(found, samples / rate_hz)
    largest = float(np.abs(found.beat - np.median(found.beat, axis=1, keepdims=True)).max())
    if not _LEAST_MV <= largest <= _MOST_MV:
        raise RecordingError(
            f"the largest wave of its beat is {largest:.2f} mV; of a healthy heart it is "
            f"{_LEAST_MV:g} to {_MOST_MV:g} mV: is its gain right?"
        )
    if found.alike.sum() < _FEWEST_BEATS or found.alike.mean() < _LEAST_ALIKE:
        raise RecordingError(
            f"{int(found.alike.sum())} of {len(found.alike)} beats are of one shape, too few"
        )
    if math.isnan(found.common.t_end) or math.isnan(found.common.t_onset):
        raise RecordingError("no T wave is found")
    fitted = fit_heart(found, millivolt, rate_hz)
    for what, share, least in zip(
        ("QRS", "ST and T"),
        (fitted.explained_qrs, fitted.explained_st_t),
        _LEAST_EXPLAINED,
        strict=True,
    ):
        if share < least:
            raise RecordingError(
                f"the fitted heart explains {share:.0%} of the power of its {what}, less than "
                f"{least:.0%}"
            )
    return found, fitted


def _with_cut_beats(found: Delineation, seconds: float) -> Delineation:
    """A beat that an end of the recording cuts is of the common shape where it comes in time.

    What is left of it is not alike, or at the beginning no beat at all, and its ST and T would be
    spared.
    """
    at, alike, waves = found.at, found.alike.copy(), list(found.waves)
    inside = np.flatnonzero((at >= 0) & (at <= seconds))
    for this, other in (
        ((inside[0], inside[1]), (inside[-1], inside[-2])) if len(inside) > 1 else ()
    ):
        is_cut = min(at[this], seconds - at[this]) < _HALF_QRS
        if is_cut and abs(abs(at[this] - at[other]) / found.usual - 1) < _IN_TIME:
            alike[this], waves[this] = True, found.common
    before = at[0] - found.usual
    if before < _HALF_QRS and at[0] >= 0:
        at, alike = np.concatenate([[before], at]), np.concatenate([[True], alike])
        waves = [found.common, *waves]
    return replace(found, at=at, alike=alike, waves=tuple(waves))
