"""DICOM waveforms (PS3.3, C.10.9): 12-lead and general ECG storage."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float64

from xai_bench.data.formats.base import (
    MAX_SAMPLES,
    Waveforms,
    bare_lead_name,
    filter_words,
    imported,
    millivolt_per,
)
from xai_bench.data.header_facts import age_of, sex_of
from xai_bench.data.lead_algebra import find_leads
from xai_bench.data.source import one_line
from xai_bench.errors import RecordingError

__all__ = ["read_dicom"]

_MAX_CHANNELS = 256
_DEFLATED = "1.2.840.10008.1.2.1.99"
_KINDS = {"SB": "i1", "UB": "u1", "SS": "i2", "US": "u2", "SL": "i4", "UL": "u4"}
_LEADS = {1: "I", 2: "II", 61: "III", 62: "aVR", 63: "aVL", 64: "aVF"}
_LEADS |= {number + 2: f"V{number}" for number in range(1, 7)}
"""Numbers of leads in SCP-ECG, in its own codes (5.6.3-9-61) and in those of MDC (2:61)."""


def read_dicom(path: Path) -> Waveforms:
    """The longest group of channels that has the leads: the rhythm, not the median beat.

    A value is sample x sensitivity x correction factor + baseline, in the unit of the sensitivity.
    Raises RecordingError.
    """
    dicom = imported("pydicom")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about values that a standard forbids
            meta = dicom.filereader.read_file_meta_info(path)
            if (
                meta.get("TransferSyntaxUID") == _DEFLATED
            ):  # a small file may hold any number of bytes
                raise RecordingError("is compressed as a whole; write it without deflation")
            dataset = dicom.dcmread(path)
            little = bool(dataset.original_encoding[1])
            groups = [_group(one, little) for one in dataset.get("WaveformSequence") or ()]
            age, sex = str(dataset.get("PatientAge") or ""), str(dataset.get("PatientSex") or "")
    except RecordingError:
        raise
    except Exception as error:  # a parser of hostile bytes raises whatever it likes
        raise RecordingError(f"is no DICOM file of waveforms ({one_line(error)})") from None
    if not groups:
        raise RecordingError("is a DICOM file without waveforms")
    having = [group for group in groups if _has_leads(group)]
    # The longest; with no leads in any, the longest says best what is missing.
    longest = max(having or groups, key=lambda group: group.millivolt.shape[1])
    return Waveforms(
        millivolt=longest.millivolt,
        names=longest.names,
        units=longest.units,
        rate_hz=longest.rate_hz,
        age=age_of(age[:-1]) if age.upper().endswith("Y") else None,
        sex=sex_of(sex),
        filters=longest.filters,
    )


def _group(group: Any, little: bool) -> Waveforms:
    channels = int(group.NumberOfWaveformChannels)
    frames = int(group.NumberOfWaveformSamples)
    described = group.ChannelDefinitionSequence
    kind = str(group.WaveformSampleInterpretation)
    if kind not in _KINDS:
        raise RecordingError(f"has samples of kind {kind}; known are {', '.join(_KINDS)}")
    dtype = np.dtype(_KINDS[kind]).newbyteorder("<" if little else ">")
    if dtype.itemsize * 8 != int(group.WaveformBitsAllocated):
        raise RecordingError(f"has samples of kind {kind} in {group.WaveformBitsAllocated} bits")
    if not 1 <= channels <= _MAX_CHANNELS or channels != len(described):
        raise RecordingError(f"announces {channels} channels and describes {len(described)}")
    size = channels * frames * dtype.itemsize
    content = bytes(group.WaveformData)
    # A value of an odd number of bytes is filled up with one more.
    if frames < 1 or channels * frames > MAX_SAMPLES or len(content) not in (size, size + size % 2):
        raise RecordingError(
            f"has {len(content)} bytes of samples where {channels} channels of {frames} take {size}"
        )
    stored = np.frombuffer(content[:size], dtype=dtype).reshape(frames, channels).T
    values = stored.astype(np.float64)
    padding = group.get("WaveformPaddingValue")
    if padding is not None:
        values[stored == _padding(padding, dtype)] = np.nan
    names = tuple(_lead_name(channel) for channel in described)
    units = tuple(_scale(values[row], channel, names[row]) for row, channel in enumerate(described))
    # Of the first channel; recorders filter all leads alike.
    keys = ("FilterLowFrequency", "FilterHighFrequency", "NotchFilterFrequency")
    return Waveforms(
        millivolt=values,
        names=names,
        units=units,
        rate_hz=float(group.SamplingFrequency),
        filters=filter_words(*(described[0].get(key) for key in keys)),
    )


def _padding(value: Any, dtype: np.dtype[Any]) -> int:
    if isinstance(value, bytes):
        return int(np.frombuffer(value[: dtype.itemsize], dtype=dtype)[0])
    return int(value)


def _scale(values: Float64[np.ndarray, " frame"], channel: Any, lead: str) -> str:
    """Brings the samples of a channel to millivolt where they are; the unit that it was in."""
    sensitivity = channel.get("ChannelSensitivity")
    if sensitivity is None:
        raise RecordingError(f"lead {lead} is not calibrated: it has no channel sensitivity")
    unit = str(channel.ChannelSensitivityUnitsSequence[0].CodeValue)
    correction = channel.get("ChannelSensitivityCorrectionFactor")
    factor = float(sensitivity) * float(1 if correction is None else correction)
    if not np.isfinite(factor) or factor == 0:
        raise RecordingError(f"lead {lead} has a sensitivity of {factor:g} {unit}")
    values *= factor
    values += float(channel.get("ChannelBaseline") or 0)
    values *= millivolt_per(unit, lead)
    return unit


def _lead_name(channel: Any) -> str:
    """By the code of its source, or else by the words."""
    source = channel.ChannelSourceSequence[0]
    scheme = str(source.get("CodingSchemeDesignator") or "")
    code = str(source.get("CodeValue") or "")
    number = code.removeprefix("5.6.3-9-") if scheme == "SCPECG" else code.removeprefix("2:")
    if scheme in ("SCPECG", "MDC") and number.isdecimal() and int(number) in _LEADS:
        return _LEADS[int(number)]
    return bare_lead_name(str(source.get("CodeMeaning") or channel.get("ChannelLabel") or code))


def _has_leads(group: Waveforms) -> bool:
    try:
        find_leads(group.names)
    except RecordingError:
        return False
    return True
