"""The heart and the torso that explain a recording's own beats best, near the average ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float64, Int64

from xai_bench.data.beat_finder import FINE_HZ, INDEPENDENT, at_fine_rate
from xai_bench.data.delineate import Delineation
from xai_bench.data.synthetic.heart import DIRECTION, LEFT, SOURCES, Heart, average_heart
from xai_bench.data.synthetic.heartbeats import (
    R_PEAK,
    Beats,
    lay_out,
    qrs_courses,
    render,
    slow_courses,
)
from xai_bench.data.synthetic.leads import LeadField, lead_field
from xai_bench.data.synthetic.rhythm import Rhythm
from xai_bench.data.synthetic.sampling import Sampling

__all__ = ["FittedHeart", "fit_heart"]

_SOURCES = len(SOURCES)
_STEPS = 6
_QRS_ERROR, _SLOW_ERROR = 0.08, 0.03
"""Millivolt by which a sample of a median beat may miss the model."""
_BESIDE_QRS = 0.015
_LEAST_AND_MOST = 0.7, 1.4
"""Size of a beat beside the median one; what is beyond is noise."""

Parameters = Float64[np.ndarray, " parameter"]
Samples = Float64[np.ndarray, " sample"]


class _Block(NamedTuple):
    """Parameters of one kind, each a normal deviate: how many, and the spread of what they mean."""

    size: int
    spread: float | Float64[np.ndarray, " parameter"]


_AVERAGE = average_heart()
_FORCE = np.linalg.norm(_AVERAGE.force, axis=1)
# The spreads between patients of `patient._draw_heart` and `leads.draw_lead_field`, widened where
# real hearts differ from the model.
_BLOCKS = {
    "voltage": _Block(1, 0.25),  # logarithm
    "along": _Block(_SOURCES, 0.25 * _FORCE),  # mV: of a source's force, along its wall's normal
    "free": _Block(3 * _SOURCES, 0.06),  # mV: of a source's force, in any direction
    "activation": _Block(_SOURCES, 0.0035),
    "width": _Block(_SOURCES, 0.12),
    "stretch": _Block(1, 0.15),
    "onset": _Block(1, 0.008),
    "degrees": _Block(3, np.array([8.0, 13.0, 18.0])),
    "shift": _Block(3, 0.8),
    "moved": _Block(18, 1.0),
    "gain": _Block(8, np.array([0.06, 0.06, *[0.15] * 6])),
    "t_size": _Block(1, 0.5),
    "recovery": _Block(_SOURCES, 0.25),
    "secondary": _Block(3, 0.06),
    "injury": _Block(17, 0.010),
    "u_wave": _Block(3, 0.008),
    "atria": _Block(6, 0.03),
    "qt": _Block(1, 0.015),
    "t_stretch": _Block(1, 0.15),
    "pr": _Block(1, 0.012),
    "p_stretch": _Block(1, 0.15),
    "offset": _Block(8, 0.5),
    "slope": _Block(8, 0.1),
}


def _places() -> dict[str, slice]:
    ends = np.cumsum([block.size for block in _BLOCKS.values()]).tolist()
    starts = [0, *ends[:-1]]
    return {name: slice(start, end) for name, start, end in zip(_BLOCKS, starts, ends, strict=True)}


_AT = _places()
_COUNT = sum(block.size for block in _BLOCKS.values())
_SPREAD: Parameters = np.concatenate(
    [np.broadcast_to(b.spread, (b.size,)) for b in _BLOCKS.values()]
)
_TIMED = ("stretch", "onset", "qt", "t_stretch", "pr", "p_stretch")
_SMALL, _SMALL_SECONDS = 1e-4, 1e-5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedHeart:
    """A heart, and the torso around it, that look like the beats of one recording."""

    heart: Heart
    field: LeadField
    rhythm: Rhythm
    """Of the beats that look alike, as they come."""
    explained_qrs: float
    """Share of the median beat's power during QRS that this heart explains."""
    explained_st_t: float
    """The same from the end of QRS to that of T."""

    def beats(self, heart: Heart | None = None) -> Beats:
        """Every beat as this heart, or another in the same torso, makes it."""
        own = self.heart if heart is None else heart
        return lay_out(own, own, self.field, self.rhythm)

    def difference(self, other: Heart, sampling: Sampling) -> Float64[np.ndarray, "8 time"]:
        """What leads I, II, V1..V6 would show more with the other heart, millivolt."""
        return np.asarray(render(self.beats(other), sampling) - render(self.beats(), sampling))


def fit_heart(
    found: Delineation, millivolt: Float64[np.ndarray, "12 time"], rate_hz: float
) -> FittedHeart:
    """The most probable heart and lead field given the median beat of a recording.

    Gauss-Newton steps towards the largest posterior density: errors of the samples of I, II and
    V1 to V6, and parameters about those of the average heart and torso, are normal. Timings are
    those that were found, give or take. Every beat of the common shape then has its own size.
    """
    beat = _MedianBeat(found, rate_hz)
    theta = np.zeros(_COUNT)
    cost = beat.cost(theta)
    damping = 1.0
    for _ in range(_STEPS):
        miss, jacobian = beat.miss(theta), beat.jacobian(theta)
        normal = jacobian.T @ jacobian + np.eye(_COUNT)
        downhill = jacobian.T @ miss - theta
        step = np.linalg.solve(normal, downhill)
        for _ in range(4):
            tried = theta + damping * step
            tried_cost = beat.cost(tried)
            if tried_cost < cost:
                break
            damping /= 2
        else:
            break
        gained = cost - tried_cost
        theta, cost, damping = tried, tried_cost, min(2 * damping, 1.0)
        if gained < 0.01 * cost:
            break
    return beat.fitted(theta, _sizes(found, at_fine_rate(millivolt, rate_hz)))


def _sizes(found: Delineation, fine: Float64[np.ndarray, "12 fine"]) -> Samples:
    """Of the QRS of each beat that is alike, relative to the median beat's; 1 where it is not
    whole."""
    waves = found.common
    window = np.arange(*(round(edge * FINE_HZ) for edge in (waves.qrs_onset, waves.qrs_offset)))
    usual = found.beat[INDEPENDENT][:, found.fiducial + window]
    usual = usual - usual.mean(axis=1, keepdims=True)
    sizes = np.ones(int(found.alike.sum()))
    for i, at in enumerate(found.at[found.alike]):
        places = round(at * FINE_HZ) + window
        if places[0] >= 0 and places[-1] < fine.shape[1]:
            sizes[i] = (fine[INDEPENDENT][:, places] * usual).sum() / (usual**2).sum()
    return np.clip(sizes, *_LEAST_AND_MOST)


class _MedianBeat:
    """The median beat, and the model's picture of it."""

    def __init__(self, found: Delineation, rate_hz: float) -> None:
        waves = found.common
        self._found = found
        self._waves = waves
        self._has_p = not np.isnan(waves.p_onset)
        t_end = waves.t_end
        after = np.arange(found.beat.shape[1]) - found.fiducial
        seconds = after / FINE_HZ
        qrs = (seconds > waves.qrs_onset - _BESIDE_QRS) & (seconds < waves.qrs_offset + _BESIDE_QRS)
        first = (waves.p_onset if self._has_p else waves.qrs_onset) - 0.06
        last = t_end + 0.06
        inside = (seconds >= first) & (seconds <= last)
        keep = inside & np.where(qrs, after % 2 == 0, after % 8 == 0)
        self._time = seconds[keep]
        self._beat = found.beat[INDEPENDENT][:, keep]
        self._error = np.where(qrs[keep], _QRS_ERROR, _SLOW_ERROR)
        self._sampling = Sampling(rate_hz=rate_hz, samples=1)
        self._qrs, self._st_t = (
            (self._time >= a) & (self._time < b)
            for a, b in ((waves.qrs_onset, waves.qrs_offset), (waves.qrs_offset, t_end))
        )

    def heart(self, values: Parameters) -> Heart:
        def of(name: str) -> Parameters:
            return np.asarray(values[_AT[name]])

        def one(name: str) -> float:
            return float(values[_AT[name]][0])

        heart = _AVERAGE.copy()
        waves, rr = self._waves, float(np.clip(self._found.usual, 0.40, 1.50))
        heart.voltage = float(np.exp(one("voltage")))
        heart.force = heart.voltage * (
            heart.force + of("along")[:, None] * DIRECTION + of("free").reshape(_SOURCES, 3)
        )
        stretch = np.exp(one("stretch"))
        heart.activation = stretch * (heart.activation + of("activation"))
        heart.width = stretch * heart.width * np.exp(of("width"))
        heart.recovery = heart.recovery * (1.0 + one("t_size") + of("recovery"))
        heart.secondary = of("secondary").copy()
        heart.injury[LEFT] += of("injury")
        heart.u_wave = heart.u_wave + of("u_wave")
        heart.atria = heart.atria + of("atria").reshape(2, 3)
        onset = self.onset(values)
        heart.qt_interval = waves.t_end - onset - 0.154 * (rr - 1.0) + one("qt")
        heart.t_stretch = float(np.exp(one("t_stretch")))
        if self._has_p:
            heart.pr_interval = waves.qrs_onset - waves.p_onset + one("pr")
            heart.p_duration = (waves.p_end - waves.p_onset) * float(np.exp(one("p_stretch")))
        else:
            heart.p_duration = 0.0
        return heart

    def onset(self, values: Parameters) -> float:
        """Seconds from where the QRS is steepest to its onset."""
        return self._waves.qrs_onset + float(values[_AT["onset"]][0])

    def field(self, values: Parameters) -> LeadField:
        return lead_field(
            degrees=values[_AT["degrees"]],
            shift=values[_AT["shift"]],
            moved=values[_AT["moved"]].reshape(6, 3),
            gain=np.exp(values[_AT["gain"]])[:, None],
        )

    def cost(self, theta: Parameters) -> float:
        return float((self.miss(theta) ** 2).sum() + (theta**2).sum())

    def miss(self, theta: Parameters) -> Samples:
        """Beat minus model, in expected errors."""
        return np.asarray(((self._beat - self.picture(theta)) / self._error).ravel())

    def picture(self, theta: Parameters) -> Float64[np.ndarray, "8 sample"]:
        values = theta * _SPREAD
        seen = self._see(self.heart(values), self.field(values), self.onset(values))
        return np.asarray(seen + self._level(values))

    def _level(self, values: Parameters) -> Float64[np.ndarray, "8 sample"]:
        return np.asarray(
            values[_AT["offset"]][:, None] + values[_AT["slope"]][:, None] * self._time
        )

    def _one_beat(self, heart: Heart, field: LeadField, onset: float) -> Beats:
        return lay_out(
            heart,
            heart,
            field,
            _rhythm(np.array([onset]), np.array([self._found.usual]), np.ones(1), not self._has_p),
        )

    def _see(self, heart: Heart, field: LeadField, onset: float) -> Float64[np.ndarray, "8 sample"]:
        beats = self._one_beat(heart, field, onset)
        after = (self._time - onset)[None]
        return np.asarray(
            beats.qrs_peak[0] @ qrs_courses(beats, after, self._sampling)[0]
            + beats.peak[0] @ slow_courses(beats, after, self._sampling)[0]
        )

    def jacobian(self, theta: Parameters) -> Float64[np.ndarray, "sample parameter"]:
        """Of the model with respect to each parameter, in expected errors."""
        values = theta * _SPREAD
        heart, field, onset = self.heart(values), self.field(values), self.onset(values)
        beats = self._one_beat(heart, field, onset)
        after = (self._time - onset)[None]
        qrs = qrs_courses(beats, after, self._sampling)[0]
        slow = slow_courses(beats, after, self._sampling)[0]
        shown = beats.qrs_peak[0] @ qrs + beats.peak[0] @ slow
        t_course = 0.69 * slow[2] + 0.45 * slow[3]

        grad = np.zeros((8, len(self._time), _COUNT))

        def fill(name: str, change: Float64[np.ndarray, "8 sample any"]) -> None:
            grad[:, :, _AT[name]] = change * _SPREAD[_AT[name]]

        along = np.einsum("lsk,sk->ls", field.sources, DIRECTION)
        by_force = heart.voltage * field.sources[:, None] * qrs.T[None, :, :, None]
        fill("free", by_force.reshape(8, len(self._time), -1))
        fill("along", heart.voltage * along[:, None] * qrs.T)
        fill("voltage", (beats.qrs_peak[0] @ qrs)[:, :, None])
        # The last source of note ends QRS, and with its end the plateau of ST begins.
        active = np.linalg.norm(heart.force, axis=1) > 0.04
        last = int(np.where(active, heart.activation + 2.2 * heart.width, -np.inf).argmax())
        factors = {"activation": np.exp(values[_AT["stretch"]]), "width": heart.width}
        for name, factor in factors.items():
            moved = heart.copy()
            setattr(moved, name, getattr(moved, name) + _SMALL_SECONDS)
            shifted = self._one_beat(moved, field, onset)
            later = (qrs_courses(shifted, after, self._sampling)[0] - qrs) / _SMALL_SECONDS
            ends = (slow_courses(shifted, after, self._sampling)[0] - slow) / _SMALL_SECONDS
            change = beats.qrs_peak[0][:, None] * later.T
            change[:, :, last] += beats.peak[0] @ ends
            fill(name, change * factor)

        def by_field(moved: Parameters) -> Float64[np.ndarray, "8 sample"]:
            other = self._one_beat(heart, self.field(values + _SMALL * moved), onset)
            return (
                np.asarray(
                    (other.qrs_peak[0] - beats.qrs_peak[0]) @ qrs
                    + (other.peak[0] - beats.peak[0]) @ slow
                )
                / _SMALL
            )

        for name in ("degrees", "shift"):
            for k in range(_AT[name].start, _AT[name].stop):
                grad[:, :, k] = _SPREAD[k] * by_field(_unit(k))
        for axis in range(3):
            # Each electrode is seen in its own lead alone, so that all six may move at once.
            places = _AT["moved"].start + axis + 3 * np.arange(6)
            change = by_field(_unit(places))
            for lead, k in enumerate(places.tolist(), start=2):
                grad[lead, :, k] = _SPREAD[k] * change[lead]
        for lead in range(8):
            k = _AT["gain"].start + lead
            grad[lead, :, k] = _SPREAD[k] * shown[lead]
            grad[lead, :, _AT["offset"].start + lead] = _SPREAD[_AT["offset"]][lead]
            grad[lead, :, _AT["slope"].start + lead] = _SPREAD[_AT["slope"]][lead] * self._time
        for name in _TIMED:
            k = _AT[name].start
            other_values = values.copy()
            other_values[k] += 1e-5
            other = self._see(self.heart(other_values), field, self.onset(other_values))
            grad[:, :, k] = _SPREAD[k] * 1e5 * (other - shown)
        by_recovery = (along * _AVERAGE.recovery)[:, None] * t_course[None, :, None]
        fill("recovery", by_recovery)
        fill("t_size", by_recovery.sum(axis=2, keepdims=True))
        fill("secondary", field.middle[:, None] * t_course[None, :, None])
        fill("injury", along[:, None, LEFT] * slow[5][None, :, None])
        fill("u_wave", field.middle[:, None] * slow[4][None, :, None])
        if self._has_p:
            by_atria = field.atria[:, None, None] * slow[:2].T[None, :, :, None]
            fill("atria", by_atria.reshape(8, len(self._time), -1))
        return np.asarray((grad / self._error[None, :, None]).reshape(-1, _COUNT))

    def fitted(self, theta: Parameters, sizes: Samples) -> FittedHeart:
        values = theta * _SPREAD
        level = self._level(values)
        rest = self._beat - self.picture(theta)
        signal = self._beat - level

        def share(part: Bool[np.ndarray, " sample"]) -> float:
            return 1.0 - float((rest[:, part] ** 2).sum() / (signal[:, part] ** 2).sum())

        found = self._found
        at = found.at[found.alike]
        rr = np.diff(found.at, prepend=found.at[0] - found.usual)
        mean_rr = (rr + np.concatenate([[found.usual], rr[:-1]])) / 2
        return FittedHeart(
            heart=self.heart(values),
            field=self.field(values),
            rhythm=_rhythm(at + self.onset(values), mean_rr[found.alike], sizes, not self._has_p),
            explained_qrs=share(self._qrs),
            explained_st_t=share(self._st_t),
        )


def _unit(at: int | Int64[np.ndarray, " one"]) -> Parameters:
    """1 at these places, else 0."""
    unit = np.zeros(_COUNT)
    unit[at] = 1.0
    return unit


def _rhythm(onset: Samples, rr: Samples, gain: Samples, no_p: bool) -> Rhythm:
    return Rhythm(
        r_time=onset + R_PEAK,
        rr_interval=rr,
        ventricular=np.zeros(len(onset), dtype=np.bool_),
        fibrillating=no_p,
        gain=np.repeat(gain[:, None], 2, axis=1),
        breath_depth=0.0,
        breath_hz=0.25,
        breath_phase=0.0,
    )
