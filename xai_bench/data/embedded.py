"""The embedded data sets: recordings that are made as they are read, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard, final

from xai_bench.data.beats.beat_form import BEAT_FORM
from xai_bench.data.beats.synthetic_beats import SyntheticBeats
from xai_bench.data.normalise import Form
from xai_bench.data.ode import OdeSource
from xai_bench.data.signal_range import SYNTHETIC as RANGE_OF_SYNTHETIC
from xai_bench.data.signal_range import TACHYCARDIA as RANGE_OF_TACHYCARDIA
from xai_bench.data.signal_range import SignalRange
from xai_bench.data.source import Source
from xai_bench.data.synthetic import SyntheticSource
from xai_bench.data.synthetic.tachycardia_source import TachycardiaSource
from xai_bench.types import LEADS, Recordings

__all__ = ["EMBEDDED", "SYNTHETIC", "Embedded", "is_embedded", "trained_on"]

TWELVE_LEADS = Form()

SYNTHETIC = "synthetic"
"""The one that is taken where no data are named."""


BEATS = SyntheticBeats.name
"""Beats of two leads."""

RANGE_OF_BEATS = SignalRange(
    source="its training recordings", beats_per_minute=(30.0, 220.0), span_mv=(0.3, 6.0)
)
"""Every 67th beat of folds 1 to 8 spans 0.54 to 5.1 mV; a window of one beat has no rate."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """A data set that needs no file."""

    source: Callable[..., Source]
    """Takes rate_hz and seconds."""
    range: SignalRange
    """Of its recordings: a model that was trained on them knows no others."""
    summary: str
    form: Form = TWELVE_LEADS
    """Its usual rate and length."""
    leads: tuple[str, ...] = LEADS


EMBEDDED = {
    SYNTHETIC: Embedded(
        source=SyntheticSource,
        range=RANGE_OF_SYNTHETIC,
        summary="10 000 generated recordings, shaped as PTB-XL, with planted evidence",
    ),
    BEATS: Embedded(
        source=SyntheticBeats,
        range=RANGE_OF_BEATS,
        summary="20 000 generated beats of 1 s in MLII and V1, of the AAMI classes N, S, V and F",
        form=BEAT_FORM,
        leads=SyntheticBeats.leads,
    ),
    OdeSource.name: Embedded(
        source=OdeSource,
        range=RANGE_OF_SYNTHETIC,  # of the same cohort; no shipped model was trained on these
        summary="the same cohort by a second generator: a dipole driven by McSharry's equations",
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
