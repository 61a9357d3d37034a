"""A WFDB writer of a few lines that shares nothing with the reader under test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from jaxtyping import Int16

from xai_bench.types import LEADS

Microvolt = Int16[np.ndarray, "lead time"]


@pytest.fixture
def microvolt() -> Microvolt:
    """Ten seconds of twelve leads at 100 Hz; the limb leads follow from I and II exactly."""
    one, two, *chest = np.random.default_rng(0).integers(-900, 900, size=(8, 1000)) * 2
    limb = [one, two, two - one, -(one + two) // 2, one - two // 2, two - one // 2]
    return np.stack([*limb, *chest]).astype(np.int16)


@pytest.fixture
def write_record() -> Callable[..., Path]:
    """`write_record(header, microvolt)` writes format 16, 1000 units/mV, and returns the header.

    Its first samples and checksums are right, unless `stated` says what to write for them.
    """

    def write(
        header: Path,
        microvolt: Microvolt,
        *,
        rate_hz: float = 100,
        leads: Sequence[str] = LEADS,
        unit: str = "1000(0)/mV",
        stated: str = "",
    ) -> Path:
        header.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"{header.stem} {len(leads)} {rate_hz} {microvolt.shape[1]}"]
        for lead, values in zip(leads, microvolt, strict=True):
            checksum = int(values.sum(dtype=np.int64).astype(np.int16))
            said = stated or f"{values[0]} {checksum}"
            lines.append(f"{header.stem}.dat 16 {unit} 16 0 {said} 0 {lead}")
        header.write_text("\n".join(lines) + "\n")
        header.with_suffix(".dat").write_bytes(microvolt.T.astype("<i2").tobytes())
        return header

    return write
