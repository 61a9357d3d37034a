"""Twelve leads from the leads that a recording has, and whether they are what they are called.

The six limb leads are differences of three electrodes, so any two of them determine the others
(Einthoven: I + III = II; Goldberger: aVR = -(I + II)/2, aVL = (I - III)/2, aVF = (II + III)/2).
The chest leads V1 to V6 follow from nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float64

from xai_bench.errors import RecordingError
from xai_bench.names import few
from xai_bench.types import LEADS

__all__ = ["EIGHT", "FoundLeads", "broken_identity", "find_leads"]

EIGHT = ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
"""What recorders store when they store no lead that follows from others."""

_LIMB, _CHEST = LEADS[:6], LEADS[6:]
_FROM_I_AND_II = np.array([[1, 0], [0, 1], [-1, 1], [-0.5, -0.5], [1, -0.5], [-0.5, 1]])

_IDENTITIES = {
    "I + III = II": (1, -1, 1, 0, 0, 0),
    "aVR + aVL + aVF = 0": (0, 0, 0, 1, 1, 1),
    "aVR = -(I + II)/2": (0.5, 0.5, 0, 1, 0, 0),
    "aVL = (I - III)/2": (-0.5, 0, 0.5, 0, 1, 0),
    "aVF = (II + III)/2": (0, -0.5, -0.5, 0, 0, 1),
}
"""With these factors the six limb leads sum to zero."""
_FACTORS = np.array(list(_IDENTITIES.values()), dtype=np.float64)

_TOLERANCE = 0.5
"""Of an identity, in standard deviations of a limb lead.

273 real recordings of six sources are off by .04 at most, and by .25 where a median filter was
applied to each lead by itself. Of the 719 wrong orders of their limb leads one (aVF, II, aVL, aVR,
III, I) is off by more than .5 in two recordings of three, two in five of six, and all others in
19 of 20, most by 1.3 to 1.7.
"""
_UNRELATED = 0.1  # variance; 0.8 in ten seconds of white noise, below 0.0001 in real recordings
_ROUNDING_MV = 0.02  # in leads of almost nothing the steps of a recorder, 5 µV or more, are much


@final
@dataclass(frozen=True, slots=True)
class FoundLeads:
    """Where the leads that are needed are among those of a recording."""

    rows: tuple[int, ...]
    """Of a recording; one for each of `present`, in this order."""
    present: tuple[str, ...] = LEADS
    """All twelve, or those that the others follow from; in canonical order."""
    wanted: tuple[str, ...] = LEADS
    """The twelve, or else `present`."""

    @property
    def derived(self) -> tuple[str, ...]:
        """The leads that follow from others."""
        return tuple(lead for lead in self.wanted if lead not in self.present)

    def whole(
        self, signal: Float64[np.ndarray, "present frame"]
    ) -> Float64[np.ndarray, "lead frame"]:
        """All wanted leads from the present ones, which are the rows of `signal`."""
        if not self.derived:
            return signal
        whole = np.empty((len(LEADS), signal.shape[1]))
        two = [lead for lead in self.present if lead in _LIMB][:2]
        both = [_LIMB.index(lead) for lead in two]
        whole[:6] = (_FROM_I_AND_II @ np.linalg.inv(_FROM_I_AND_II[both])) @ signal[:2]
        whole[[LEADS.index(lead) for lead in self.present]] = signal
        return whole


def find_leads(names: Sequence[str | None]) -> FoundLeads:
    """The leads that are needed, by their names, without regard to order and case.

    Other leads (vx, vy, vz ...) are passed over. Limb leads may be missing as long as two are
    there. Raises RecordingError when another lead is missing, or one is there twice.
    """
    found = [(name or "").strip().casefold() for name in names]
    count = {lead: found.count(lead.casefold()) for lead in LEADS}
    present = tuple(lead for lead in LEADS if count[lead])
    absent = [lead for lead in LEADS if not count[lead]]
    if set(_CHEST) & set(absent) or sum(lead in _LIMB for lead in present) < 2:
        raise RecordingError(
            f"no lead {', '.join(absent)}; found {few(name or '' for name in names)}. All of "
            f"{', '.join(LEADS)} are needed, or V1 to V6 and two limb leads (four follow from two)"
        )
    twice = [lead for lead in present if count[lead] > 1]
    if twice:
        raise RecordingError(f"lead {', '.join(twice)} is there more than once")
    return FoundLeads(tuple(found.index(lead.casefold()) for lead in present), present)


def broken_identity(signal: Float64[np.ndarray, "12 frame"]) -> str:
    """The identity of the limb leads that a recording in millivolt breaks most, and by how much.

    "" where each holds to half a standard deviation of a limb lead, or to 0.02 mV; and where no
    lead follows from the others, which is so of noise and of no twelve-lead ECG in any order.
    """
    limb = signal[: len(_LIMB)] - signal[: len(_LIMB)].mean(axis=1, keepdims=True)
    covariance = limb @ limb.T / limb.shape[1]
    lead_mv = math.sqrt(np.trace(covariance) / len(_LIMB))
    off_mv = np.sqrt(np.maximum(((_FACTORS @ covariance) * _FACTORS).sum(axis=1), 0))
    worst = int(off_mv.argmax())
    if off_mv[worst] <= max(_TOLERANCE * lead_mv, _ROUNDING_MV) or _are_unrelated(signal):
        return ""
    return f"{list(_IDENTITIES)[worst]} is off by {off_mv[worst] / lead_mv:.2g} sd of a limb lead"


def _are_unrelated(signal: Float64[np.ndarray, "12 frame"]) -> bool:
    """Whether no sum of the leads, each in its own standard deviations, is nearly nothing."""
    spread = signal.std(axis=1)
    if not spread.all():
        return False
    centred = (signal - signal.mean(axis=1, keepdims=True)) / spread[:, np.newaxis]
    smallest = np.linalg.eigvalsh(centred @ centred.T / centred.shape[1])[0]
    return bool(smallest > _UNRELATED)
