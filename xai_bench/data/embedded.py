"""The embedded data sets: recordings that are made as they are read, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard, final

from xai_bench.data.signal_range import SYNTHETIC as RANGE_OF_SYNTHETIC
from xai_bench.data.signal_range import TACHYCARDIA as RANGE_OF_TACHYCARDIA
from xai_bench.data.signal_range import SignalRange
from xai_bench.data.source import Source
from xai_bench.data.synthetic import SyntheticSource
from xai_bench.data.synthetic.tachycardia_source import TachycardiaSource
from xai_bench.types import Recordings

__all__ = ["EMBEDDED", "SYNTHETIC", "Embedded", "is_embedded", "trained_on"]

SYNTHETIC = "synthetic"
"""The one that is taken where no data are named."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """A data set that needs no file."""

    source: Callable[..., Source]
    """Takes rate_hz and seconds."""
    range: SignalRange
    """Of its recordings: a model that was trained on them knows no others."""
    summary: str


EMBEDDED = {
    SYNTHETIC: Embedded(
        source=SyntheticSource,
        range=RANGE_OF_SYNTHETIC,
        summary="10 000 generated recordings, shaped as PTB-XL, with planted evidence",
    ),
    TachycardiaSource.name: Embedded(
        source=TachycardiaSource,
        range=RANGE_OF_TACHYCARDIA,
        summary="3000 generated wide-complex tachycardias of 1500 patients: VT or SVT (vt_vs_svt)",
    ),
}
"""Every embedded data set by its name, in the order of lists."""


def is_embedded(data: str | Path | Recordings | None) -> TypeGuard[str]:
    """Whether `data` names an embedded data set."""
    return isinstance(data, str) and data in EMBEDDED


def trained_on(data: str) -> SignalRange | None:
    """The range of the embedded data of this name; None of other data."""
    return EMBEDDED[data].range if data in EMBEDDED else None
