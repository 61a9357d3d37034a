"""A WFDB writer of ten lines that shares nothing with the reader under test."""

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
    """Ten seconds of twelve leads at 100 Hz."""
    return np.random.default_rng(0).integers(-3000, 3000, size=(12, 1000)).astype(np.int16)


@pytest.fixture
def write_record() -> Callable[..., Path]:
    """`write_record(header, microvolt)` writes format 16, 1000 units/mV, and returns the header."""

    def write(
        header: Path,
        microvolt: Microvolt,
        *,
        rate_hz: float = 100,
        leads: Sequence[str] = LEADS,
        unit: str = "1000(0)/mV",
    ) -> Path:
        header.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"{header.stem} {len(leads)} {rate_hz} {microvolt.shape[1]}"]
        lines += [f"{header.stem}.dat 16 {unit} 16 0 0 0 0 {lead}" for lead in leads]
        header.write_text("\n".join(lines) + "\n")
        header.with_suffix(".dat").write_bytes(microvolt.T.astype("<i2").tobytes())
        return header

    return write
