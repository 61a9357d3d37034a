"""What each source of the heart adds to the leads: the recording, taken apart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import final

import numpy as np
from jaxtyping import Float64

from xai_bench.data.synthetic.heart import SOURCES, Heart
from xai_bench.data.synthetic.heartbeats import render
from xai_bench.data.synthetic.leads import twelve
from xai_bench.data.synthetic.synthetic_source import Making, SyntheticSource

__all__ = ["SourceSignals", "lost", "source_signals"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SourceSignals:
    """Of one recording, without noise; millivolt in all twelve leads."""

    sick: Float64[np.ndarray, "source 12 time"]
    """What each source adds with what is planted: QRS, ST and T, in every beat."""
    healthy: Float64[np.ndarray, "source 12 time"]
    """The same without what is planted."""
    lost: Float64[np.ndarray, " source"]
    """Share of its force that each source has lost; 0 where none is."""


def source_signals(source: SyntheticSource, row: int) -> SourceSignals:
    """The recording in row `row` as the sum of its sources.

    Atria, U wave, fibrillation, noise, and the part of T that answers a changed activation (which
    has no place in the heart) are of no source.
    """
    made = source.making(row)
    return SourceSignals(
        sick=_apart(source, made, made.heart),
        healthy=_apart(source, made, made.patient.heart),
        lost=lost(made.patient.heart, made.heart),
    )


def lost(healthy: Heart, sick: Heart) -> Float64[np.ndarray, " source"]:
    """Share of the healthy force of each source that is gone, 0..1."""
    before, after = (np.linalg.norm(heart.force, axis=1) for heart in (healthy, sick))
    gone: Float64[np.ndarray, " source"] = np.clip(1.0 - after / before, 0.0, 1.0)
    return gone


def _apart(
    source: SyntheticSource, made: Making, heart: Heart
) -> Float64[np.ndarray, "source 12 time"]:
    whole = made.beats(heart)
    found = np.empty((len(SOURCES), 12, source.samples))
    for k in range(len(SOURCES)):
        # When waves come is a matter of the whole heart; how high they are, of the source alone.
        alone = replace(made, premature=_only(made.premature, k)).beats(_only(heart, k))
        qrs = np.zeros_like(whole.qrs_peak)
        qrs[..., k] = whole.qrs_peak[..., k]
        beats = replace(whole, qrs_peak=qrs, peak=alone.peak)
        found[k] = twelve(render(beats, source.sampling))
    return found


def _only(heart: Heart, source: int) -> Heart:
    """A heart in which nothing but one source recovers or is injured."""
    one = heart.copy()
    others = np.arange(len(SOURCES)) != source
    one.recovery[others] = 0.0
    one.injury[others] = 0.0
    one.secondary[:] = 0.0
    one.atria[:] = 0.0
    one.u_wave[:] = 0.0
    return one
