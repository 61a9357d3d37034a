"""Writers of small clinical files, of which the values are known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from xai_bench.types import LEADS

SCP_NUMBERS = dict(zip(LEADS, (1, 2, 61, 62, 63, 64, 3, 4, 5, 6, 7, 8), strict=True))
"""Of the leads in the SCP-ECG standard, which DICOM's codes are made of."""


def twelve_leads(frames: int = 5000, seed: int = 0) -> np.ndarray:
    """Integers in steps of 2 whose limb leads obey Einthoven and Goldberger exactly."""
    whole = np.random.default_rng(seed).integers(-400, 400, (12, frames)) * 2
    one, two = whole[0], whole[1]
    whole[2:6] = two - one, -(one + two) // 2, one - two // 2, two - one // 2
    return whole.astype(np.int16)


def write_dicom(
    path: Path,
    stored: np.ndarray,
    *,
    names: Sequence[str] = LEADS,
    rate_hz: float = 500,
    unit: str = "uV",
    sensitivity: Sequence[float] | float = 1.0,
    correction: float | None = 1.0,
    baseline: float = 0.0,
    scheme: str = "SCPECG",
    median_beat: bool = True,
    **tags: Any,
) -> Path:
    """A 12-lead ECG: a median beat of 600 samples of noise, and the rhythm `stored` after it."""
    import pydicom
    from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian, TwelveLeadECGWaveformStorage

    def channel(row: int) -> Dataset:
        source, units, made = Dataset(), Dataset(), Dataset()
        number = SCP_NUMBERS.get(names[row], 999)
        source.CodeValue = {"SCPECG": f"5.6.3-9-{number}", "MDC": f"2:{number}"}.get(scheme, "x")
        source.CodingSchemeDesignator = scheme
        source.CodeMeaning = f"Lead {names[row]} (as worn)"
        units.CodeValue, units.CodingSchemeDesignator = unit, "UCUM"
        units.CodeMeaning = unit
        made.ChannelSourceSequence = [source]
        made.ChannelSensitivityUnitsSequence = [units]
        one = sensitivity if isinstance(sensitivity, float) else sensitivity[row]
        made.ChannelSensitivity = f"{one:g}"
        if correction is not None:
            made.ChannelSensitivityCorrectionFactor = f"{correction:g}"
        made.ChannelBaseline = f"{baseline:g}"
        made.WaveformBitsStored = 16
        return made

    def group(values: np.ndarray) -> Dataset:
        made = Dataset()
        made.NumberOfWaveformChannels, made.NumberOfWaveformSamples = values.shape
        made.SamplingFrequency = f"{rate_hz:g}"
        made.ChannelDefinitionSequence = [channel(row) for row in range(len(values))]
        made.WaveformBitsAllocated = 16
        made.WaveformSampleInterpretation = "SS"
        made.WaveformData = values.T.astype("<i2").tobytes()
        for tag, value in tags.items():
            setattr(made, tag, value)
        return made

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = TwelveLeadECGWaveformStorage
    meta.MediaStorageSOPInstanceUID = pydicom.uid.UID("1.2.3.4")
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset(path, {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = meta.MediaStorageSOPClassUID, "1.2.3.4"
    dataset.PatientAge, dataset.PatientSex = "061Y", "F"
    beat = np.random.default_rng(9).integers(-99, 99, (len(stored), 600))
    groups = [group(stored)] if not median_beat else [group(beat), group(stored)]
    dataset.WaveformSequence = groups
    dataset.save_as(path, enforce_file_format=True)
    return path


def write_edf(
    path: Path,
    millivolt: np.ndarray,
    *,
    names: Sequence[str] = LEADS,
    rate_hz: float = 500,
    unit: str = "mV",
    scale: float = 1.0,
) -> Path:
    """Signals of 10,000 units per mV, called "ECG I" and so on."""
    import edfio

    signals = [
        edfio.EdfSignal(
            row * scale,
            sampling_frequency=rate_hz,
            label=f"ECG {name}",
            physical_dimension=unit,
            physical_range=(-3.2768 * scale, 3.2767 * scale),
            digital_range=(-32768, 32767),
        )
        for name, row in zip(names, millivolt, strict=True)
    ]
    seconds = millivolt.shape[1] / rate_hz  # of one block
    edf = edfio.Edf(signals, patient=edfio.Patient(sex="F"), data_record_duration=min(1, seconds))
    edf.write(path)
    return path


def aecg_text(
    digits: np.ndarray,
    *,
    names: Sequence[str] = LEADS,
    step: str = "0.002",
    step_unit: str = "s",
    scale: float = 1.0,
    origin: float = 0.0,
    unit: str = "uV",
    before: str = "",
) -> str:
    """An annotated ECG: a representative beat of noise, and the rhythm `digits`."""

    def series(code: str, values: np.ndarray, inner: str = "") -> str:
        sequences = "".join(
            f"""<component><sequence><code code="MDC_ECG_LEAD_{name.upper()}"/>
            <value xsi:type="SLIST_PQ"><origin value="{origin:g}" unit="{unit}"/>
            <scale value="{scale:g}" unit="{unit}"/><digits>
            {" ".join(map(str, row.tolist()))}</digits></value></sequence></component>"""
            for name, row in zip(names, values, strict=True)
        )
        return f"""<component><series><code code="{code}"/><component><sequenceSet>
        <component><sequence><code code="TIME_ABSOLUTE"/><value xsi:type="GLIST_TS">
        <head value="20260101"/><increment value="{step}" unit="{step_unit}"/></value></sequence>
        </component>{sequences}</sequenceSet></component>{inner}</series></component>"""

    beat = np.random.default_rng(9).integers(-99, 99, (len(digits), len(digits[0]) + 7))
    return f"""<?xml version="1.0"?>{before}
    <AnnotatedECG xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
    <administrativeGenderCode code="F"/>
    {series("REPRESENTATIVE_BEAT", beat)}
    {
        series(
            "RHYTHM",
            digits,
            f"<derivation><derivedSeries>{series('MEAN_BEAT', beat)}</derivedSeries></derivation>",
        )
    }</AnnotatedECG>"""
