"""An ECG made of triangles and Gaussians, so that every answer is known."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Int16

from xai_bench.types import Recordings, to_microvolt

RATE = 500.0
PERIOD = 1.0

P_AT, P_SIGMA = -0.16, 0.015
R_FROM, R_TOP, R_TO = -0.04, -0.01, 0.01
S_TOP, S_TO = 0.02, 0.04
T_AT, T_SIGMA = 0.28, 0.03

P = np.linspace(0.05, 0.16, 12)
R = np.linspace(0.5, 1.6, 12)
S = np.linspace(0.8, 0.25, 12)
T = np.linspace(-0.2, 0.35, 12)
"""Millivolt in each lead."""

PR = 1000 * (R_FROM - (P_AT - 2 * P_SIGMA))
QRS = 1000 * (S_TO - R_FROM)
QT = 1000 * (T_AT + 2 * T_SIGMA - R_FROM)
"""Milliseconds; the tangent at the inflection of a Gaussian meets zero at two sigma."""

Signal = Float64[np.ndarray, "12 time"]


def times(rate_hz: float = RATE, seconds: float = 10.0) -> Float64[np.ndarray, " time"]:
    """Seconds from the nearest beat; there is one at 0.5 s, 1.5 s, ..."""
    grid: Float64[np.ndarray, " time"] = np.arange(round(rate_hz * seconds)) / rate_hz % PERIOD
    return grid - PERIOD / 2


def triangle(
    t: Float64[np.ndarray, " time"], start: float, top: float, end: float
) -> Float64[np.ndarray, " time"]:
    shape: Float64[np.ndarray, " time"] = np.interp(t, [start, top, end], [0.0, 1.0, 0.0])
    return shape


def gaussian(
    t: Float64[np.ndarray, " time"], at: float, sigma: float
) -> Float64[np.ndarray, " time"]:
    shape: Float64[np.ndarray, " time"] = np.exp(-0.5 * ((t - at) / sigma) ** 2)
    return shape


def ecg(rate_hz: float = RATE) -> Signal:
    """Ten beats, one a second, without noise."""
    t = times(rate_hz)
    signal: Signal = (
        P[:, None] * gaussian(t, P_AT, P_SIGMA)
        + R[:, None] * triangle(t, R_FROM, R_TOP, R_TO)
        - S[:, None] * triangle(t, R_TO, S_TOP, S_TO)
        + T[:, None] * gaussian(t, T_AT, T_SIGMA)
    )
    return signal


def microvolt(signal: Signal) -> Int16[np.ndarray, "12 time"]:
    return to_microvolt(signal.astype(np.float32))


def recordings(signals: list[Signal], *, rate_hz: float = RATE) -> Recordings:
    ids = tuple(f"r{i}" for i in range(len(signals)))
    return Recordings(
        name="literal",
        microvolt=np.stack([microvolt(signal) for signal in signals]),
        rate_hz=rate_hz,
        record_id=ids,
        patient_id=ids,
    )
