"""The window of a beat: what every source of beats cuts."""

from __future__ import annotations

from xai_bench.data.normalise import Form
from xai_bench.errors import DatasetError

__all__ = ["BEAT_FORM", "SECONDS_BEFORE", "check_beat_form"]

BEAT_FORM = Form(rate_hz=360.0, seconds=1.0)
"""The rate of the MIT-BIH Arrhythmia Database, and a second: at 360 Hz, R is at sample 144."""

SECONDS_BEFORE = 0.4
"""Of a window that lie before R: a P wave of 0.2 s and what is left of the beat before."""


def check_beat_form(data: str, form: Form) -> None:
    """Raises DatasetError for another length than that of a beat."""
    if form.seconds != BEAT_FORM.seconds:
        after = BEAT_FORM.seconds - SECONDS_BEFORE
        raise DatasetError(
            f"{data}: {form.seconds:g} s are wanted, and beats are {BEAT_FORM.seconds:g} s "
            f"({SECONDS_BEFORE:g} s before R and {after:g} s after it); "
            f"use a model that reads {BEAT_FORM.seconds:g} s"
        )
