"""What stands over the trace, as on a clinical print: who, what is true, intervals, sampling."""

from __future__ import annotations

import math

from xai_bench.data.header_facts import HeaderFacts
from xai_bench.models import Model
from xai_bench.printable import printable
from xai_bench.report.explanation.grounded_report import measure_one_of, value_text
from xai_bench.types import LEADS, Recordings

__all__ = ["header_lines"]

_INTERVALS = ("heart rate", "PR", "QRS", "QT", "QTc", "axis")
_CALLED = {"heart rate": "Heart rate", "axis": "QRS axis"}
_LONGEST = 60
"""Letters of what a file says of its filters."""


def header_lines(
    model: Model, recording: Recordings, facts: HeaderFacts, *, predicted: int, drawn_hz: float
) -> list[str]:
    """Three lines: patient and label, what is measured, and how it was sampled and filtered.

    recording: of one, as the model reads it; it is measured as for a grounded report. facts: of its
    file, as far as it has one. predicted: the class that the model says. drawn_hz: of the trace.
    """
    return [
        "  ·  ".join([*_patient(recording), _label(model, recording, predicted)]),
        _measured(recording),
        _sampled(recording, facts, drawn_hz),
    ]


def _patient(recording: Recordings) -> list[str]:
    parts = []
    age = math.nan if recording.age is None else float(recording.age[0])
    if not math.isnan(age):
        parts.append(f"{age:.0f} years")
    if recording.sex is not None and recording.sex[0]:
        parts.append(recording.sex[0])
    return [", ".join(parts)] if parts else []


def _label(model: Model, recording: Recordings, predicted: int) -> str:
    says = f"{printable(model.name)} says {printable(model.task.classes[predicted])}"
    if recording.labels is None:
        return f"True label: not known; {says}"
    labels = recording.labels[0]
    named = ", ".join(map(printable, sorted(labels))) or "none"
    is_right = model.task.present(labels, predicted)
    verdict = {True: ": right", False: ": wrong", None: ", and this label is not of its task"}
    return f"True label: {named}; {says}{verdict[is_right]}"


def _measured(recording: Recordings) -> str:
    """A dash for what cannot be measured; the reason where that is all."""
    if recording.leads != LEADS:
        return "Rate and intervals: –  (measured in the twelve leads only)"
    measured = measure_one_of(recording)
    found = [measured.of(name) for name in _INTERVALS]
    texts = (f"{_CALLED.get(one.name, one.name)} {value_text(one)}" for one in found)
    why = "" if measured.rhythm.reason is None else f"  ({measured.rhythm.reason})"
    return "  ·  ".join(texts) + why


def _sampled(recording: Recordings, facts: HeaderFacts, drawn_hz: float) -> str:
    file = f"file {facts.rate_hz:g} Hz" if facts.rate_hz else f"trace {drawn_hz:g} Hz"
    parts = [f"Sampling: {file}, model {recording.rate_hz:g} Hz"]
    if facts.rate_hz and drawn_hz != facts.rate_hz:
        parts.append(f"trace drawn at {drawn_hz:g} Hz")
    filters = printable(facts.filters)[:_LONGEST] or "not stated"
    return "  ·  ".join([*parts, f"filter: {filters}"])
