"""HL7 annotated ECG (Brown and Badilini 2005): the rhythm of an XML file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import numpy as np

from xai_bench.data.formats.base import (
    MAX_SAMPLES,
    Waveforms,
    bare_lead_name,
    filter_words,
    imported,
    millivolt_per,
)
from xai_bench.data.header_facts import sex_of
from xai_bench.data.source import one_line
from xai_bench.errors import RecordingError

__all__ = ["read_aecg"]

_NAMESPACE = "{urn:hl7-org:v3}"
_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6}
_TIMES = ("TIME_ABSOLUTE", "TIME_RELATIVE")
_MAX_LEADS = 256
_MAX_BYTES = 1 << 24  # a tree takes many times as much memory; 10 s take less than 1 MiB


def read_aecg(path: Path) -> Waveforms:
    """The longest set of sequences in the series of code RHYTHM; its beats and marks are left out.

    A value is origin + scale x digit, each in its own unit. A document type, entities and
    references to other files are refused. Raises RecordingError.
    """
    xml = imported("defusedxml.ElementTree")
    if path.stat().st_size > _MAX_BYTES:
        raise RecordingError(f"has more than the {_MAX_BYTES} bytes that are read of an XML file")
    try:
        root = xml.parse(path, forbid_dtd=True).getroot()
    except Exception as error:  # a parser of hostile bytes raises whatever it likes
        raise RecordingError(f"is no XML that is safe to read ({one_line(error)})") from None
    if root is None or _bare(root) != "AnnotatedECG":
        kind = "nothing" if root is None else f"<{_bare(root)[:60]}>"
        raise RecordingError(f"is XML of {kind}; of XML, only HL7 aECG (<AnnotatedECG>) is read")
    sets = [
        found
        for series in _all(root, "series")
        if _code(series) == "RHYTHM"
        # Its own ones; those of series that were derived from it (a mean beat) stand deeper.
        for component in _children(series, "component")
        for found in _children(component, "sequenceSet")
    ]
    if not sets:
        raise RecordingError("has no series of code RHYTHM with a set of sequences")
    longest = max((_waveforms(found) for found in sets), key=lambda one: one.millivolt.shape[1])
    gender = next(_all(root, "administrativeGenderCode"), None)
    sex = sex_of("" if gender is None else gender.get("code", ""))
    return Waveforms(
        millivolt=longest.millivolt,
        names=longest.names,
        units=longest.units,
        rate_hz=longest.rate_hz,
        sex=sex,
        filters=filter_words(*(_filter(root, kind) for kind in ("HIGH_PASS", "LOW_PASS", "NOTCH"))),
    )


def _filter(root: Element, kind: str) -> str | None:
    """The frequency of a filter in Hz, if one is stated."""
    for variable in _all(root, "controlVariable"):
        if any(
            one.get("code", "").endswith(f"FILTER_{kind}") for one in _children(variable, "code")
        ):
            hertz = (one.get("value") for one in _all(variable, "value") if one.get("unit") == "Hz")
            return next(hertz, None)
    return None


def _waveforms(found: Element) -> Waveforms:
    rate_hz = None
    names, units, leads = [], [], []
    for sequence in _all(found, "sequence"):
        code = _code(sequence)
        if code in _TIMES:
            rate_hz = _rate(sequence)
            continue
        name = bare_lead_name(code)
        origin, scale, digits = (_one(sequence, key, name) for key in ("origin", "scale", "digits"))
        unit = scale.get("unit", "")
        leads.append(
            _number(origin, name) * millivolt_per(origin.get("unit", unit), name)
            + _number(scale, name) * millivolt_per(unit, name) * _digits(digits.text or "", name)
        )
        names.append(name)
        units.append(unit)
        if len(leads) > _MAX_LEADS or sum(map(len, leads)) > MAX_SAMPLES:
            raise RecordingError("has more leads or samples than are read at once")
    if rate_hz is None:
        raise RecordingError("does not state its sampling rate")
    if not leads or len(set(map(len, leads))) != 1 or not len(leads[0]):
        raise RecordingError(f"has leads of {sorted(set(map(len, leads))) or 'no'} samples")
    return Waveforms(
        millivolt=np.stack(leads), names=tuple(names), units=tuple(units), rate_hz=rate_hz
    )


def _digits(text: str, lead: str) -> Any:
    try:
        return np.array(text.split(), dtype=np.float64)
    except ValueError:
        raise RecordingError(f"lead {lead} has digits that are no numbers") from None


def _rate(sequence: Element) -> float:
    increment = _one(sequence, "increment", "time")
    unit = increment.get("unit", "s")
    step = _number(increment, "time") * _SECONDS.get(unit, math.nan)
    if not step > 0:
        raise RecordingError(f"has samples every {increment.get('value')} {unit}")
    return round(1 / step, 6)


def _number(element: Element, what: str) -> float:
    try:
        number = float(element.get("value", ""))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise RecordingError(f"{what}: its {_bare(element)} is no number")
    return number


def _code(element: Element) -> str:
    """The value of its own <code>, not of one further down."""
    code = next(_children(element, "code"), None)
    return "" if code is None else code.get("code", "")


def _one(element: Element, name: str, what: str) -> Element:
    found = next(_all(element, name), None)
    if found is None:
        raise RecordingError(f"{what} has no {name}")
    return found


def _children(element: Element, name: str) -> Iterator[Element]:
    return (one for one in element if _bare(one) == name)


def _all(element: Element, name: str) -> Iterator[Element]:
    return (one for one in element.iter() if _bare(one) == name)


def _bare(element: Element) -> str:
    """The tag without the namespace, which some writers leave out."""
    return str(element.tag).removeprefix(_NAMESPACE)
