"""Small made-up recordings for tests that do not need an ECG."""

from __future__ import annotations

import numpy as np

from xai_bench.types import WAVES, Recordings, to_microvolt


def recordings(
    count: int, *, evidence: bool = False, labels: bool = True, samples: int = 1000
) -> Recordings:
    """Smooth noise; odd ones are MI with evidence in one lead (0.2 mV above their twins).

    With evidence come waves: a QRS complex where it is, and TP everywhere else.
    """
    rng = np.random.default_rng(5)
    steps = rng.standard_normal((count, 12, samples)).astype(np.float32)
    mask = np.zeros((count, 12, samples), dtype=np.bool_)
    mask[1::2, 7, 100:160] = True
    waves = np.full((count, samples), WAVES.index("TP"), dtype=np.int8)
    waves[:, 100:160] = WAVES.index("QRS")
    mi, norm = frozenset({"MI"}), frozenset({"NORM"})
    microvolt = to_microvolt(steps.cumsum(-1) / np.float32(50))
    return Recordings(
        name="made-up",
        microvolt=microvolt,
        rate_hz=100.0,
        record_id=tuple(f"r{i}" for i in range(count)),
        patient_id=tuple(f"p{i // 2}" for i in range(count)),
        labels=tuple(mi if i % 2 else norm for i in range(count)) if labels else None,
        healthy=microvolt - np.int16(200) * mask if evidence else None,
        evidence=mask if evidence else None,
        waves=waves if evidence else None,
    )
