"""How the numbers in xai_bench/data/synthetic/heart.py were found: run it to print them again.

The target is an average beat made by one dipole, whose amplitudes were set by hand on ten healthy
recordings of PTB-XL. Twenty sources have far more
freedom than eight leads can fix, so each is drawn towards a usual force, delay and width.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64
from scipy.optimize import least_squares, nnls

from xai_bench.data.synthetic.heart import DIRECTION, LEFT, SOURCES, spread
from xai_bench.data.synthetic.leads import _DOWER, _ELECTRODES, lead_vectors

# Dipole in mV (Frank axes), centre and width in seconds after and around the R peak.
QRS = (
    ((-0.060, -0.090, -0.190), -0.023, 0.0070),
    ((0.270, 0.180, -0.200), -0.012, 0.0075),
    ((1.280, 0.740, 0.500), 0.000, 0.0088),
    ((-0.250, 0.000, 0.600), 0.018, 0.0078),
)
T_DIPOLE = np.array([0.370, 0.120, -0.102])  # mV for a T of shape 1
R_PEAK = 0.040  # seconds after the onset of QRS

USUAL_FORCE, USUAL_DELAY, USUAL_WIDTH = 0.35, 0.012, 0.009  # mV, s, s
SPREAD_OF_FORCE, SPREAD_OF_DELAY, SPREAD_OF_WIDTH = 0.10, 0.0025, 0.10
ERROR = 0.05  # mV

time = np.arange(0.0, 0.110, 0.002)
field = lead_vectors(_ELECTRODES, np.eye(3), np.zeros(3))
seen = np.einsum("lsk,sk->ls", field, DIRECTION)
n = len(SOURCES)


def target() -> Float64[np.ndarray, "8 time"]:
    beat = np.zeros((8, len(time)))
    for dipole, centre, width in QRS:
        course = np.exp(-0.5 * ((time - R_PEAK - centre) / width) ** 2)
        beat += (_DOWER @ np.array(dipole))[:, None] * course
    return beat


def unpack(x: Float64[np.ndarray, " x"]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    force, delay, width = x.reshape(3, n)
    return (
        USUAL_FORCE * np.exp(force * SPREAD_OF_FORCE),
        USUAL_DELAY + delay * SPREAD_OF_DELAY,
        USUAL_WIDTH * np.exp(width * SPREAD_OF_WIDTH),
    )


def beat_of(x: Float64[np.ndarray, " x"]) -> Float64[np.ndarray, "8 time"]:
    force, delay, width = unpack(x)
    centre = spread("healthy").arrival()[0] + delay
    return np.asarray(
        (seen * force) @ np.exp(-0.5 * ((time - centre[:, None]) / width[:, None]) ** 2)
    )


def main() -> None:
    wanted = target()
    early = np.where(time < 0.022, 2.0, 1.0)  # the small first forces decide q and r

    def residual(x: Float64[np.ndarray, " x"]) -> Float64[np.ndarray, " residual"]:
        return np.concatenate([((beat_of(x) - wanted) * early / ERROR).ravel(), x])

    found = least_squares(residual, np.zeros(3 * n)).x
    force, delay, width = unpack(found)
    rows = np.arange(n)
    usual_t = np.where((rows >= LEFT.start) & (rows < LEFT.stop), 0.06, 0.0)
    recovery, _ = nnls(
        np.vstack([seen, 0.6 * np.eye(n)]), np.concatenate([_DOWER @ T_DIPOLE, 0.6 * usual_t])
    )
    rms = np.sqrt(((beat_of(found) - wanted) ** 2).mean(axis=1))
    print("rms error of QRS in I, II, V1..V6, mV:", rms.round(3))
    print("R wanted, found:", wanted.max(1).round(2), beat_of(found).max(1).round(2))
    print("S wanted, found:", (-wanted.min(1)).round(2), (-beat_of(found).min(1)).round(2))
    print("T wanted, found:", (_DOWER @ T_DIPOLE).round(3), (seen @ recovery).round(3))
    for row in rows:
        print(
            f"{SOURCES[row]:22s} {force[row]:.3f}, {1000 * delay[row]:.1f}, "
            f"{1000 * width[row]:.1f}, {recovery[row]:.3f}"
        )


if __name__ == "__main__":
    main()
