from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest

from tests.data.formats.clinical_files import twelve_leads, write_dicom
from xai_bench.data.formats.dicom import read_dicom
from xai_bench.errors import RecordingError
from xai_bench.types import LEADS


@pytest.mark.parametrize("scheme", ["SCPECG", "MDC", "in words"])
def test_the_rhythm_is_read_and_the_median_beat_is_not(tmp_path: Path, scheme: str) -> None:
    stored = twelve_leads()
    found = read_dicom(write_dicom(tmp_path / "a.dcm", stored, scheme=scheme))
    assert found.names == LEADS
    assert (found.rate_hz, found.age, found.sex) == (500.0, 61.0, "female")
    np.testing.assert_allclose(found.millivolt, stored / 1000, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("unit", "in_millivolt"), [("uV", 1e-3), ("mV", 1.0), ("nV", 1e-6), ("V", 1e3)]
)
def test_sensitivity_correction_and_baseline_are_honoured(
    tmp_path: Path, unit: str, in_millivolt: float
) -> None:
    stored = twelve_leads(frames=100)
    each = [1 + row / 4 for row in range(12)]
    path = write_dicom(
        tmp_path / "a.dcm", stored, unit=unit, sensitivity=each, correction=0.5, baseline=-7,
        median_beat=False,
    )  # fmt: skip
    found = read_dicom(path)
    expected = (stored * np.array(each)[:, np.newaxis] * 0.5 - 7) * in_millivolt
    np.testing.assert_allclose(found.millivolt, expected, rtol=1e-12, atol=1e-12)
    theirs = pydicom.dcmread(path).waveform_array(0).T * in_millivolt
    np.testing.assert_allclose(found.millivolt, theirs, rtol=1e-12, atol=1e-12)
    assert set(found.units) == {unit}


def test_samples_that_are_padding_are_missing(tmp_path: Path) -> None:
    stored = twelve_leads(frames=100)
    stored[3, 7] = -9999
    path = write_dicom(
        tmp_path / "a.dcm", stored, median_beat=False,
        WaveformPaddingValue=np.int16(-9999).tobytes(),
    )  # fmt: skip
    missing = np.isnan(read_dicom(path).millivolt)
    assert np.argwhere(missing).tolist() == [[3, 7]]


@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        ({"NumberOfWaveformSamples": 2**31}, "bytes of samples where 12 channels"),
        ({"NumberOfWaveformChannels": 11}, "announces 11 channels and describes 12"),
        ({"WaveformSampleInterpretation": "MB"}, "samples of kind MB"),
        ({"WaveformBitsAllocated": 8}, "samples of kind SS in 8 bits"),
    ],
)
def test_what_cannot_be_true_is_refused(
    tmp_path: Path, tags: dict[str, object], problem: str
) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the writer
        path = write_dicom(tmp_path / "a.dcm", twelve_leads(frames=100), **tags)  # type: ignore[arg-type]
    with pytest.raises(RecordingError, match=problem):
        read_dicom(path)


def test_units_that_are_no_voltage_and_no_sensitivity(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="lead I is in 'mm'; known are"):
        read_dicom(write_dicom(tmp_path / "a.dcm", twelve_leads(frames=100), unit="mm"))
    with pytest.raises(RecordingError, match="lead I has a sensitivity of 0"):
        read_dicom(write_dicom(tmp_path / "a.dcm", twelve_leads(frames=100), sensitivity=0.0))


def test_a_picture_is_no_recording(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "a.dcm", twelve_leads(frames=100))
    dataset = pydicom.dcmread(path)
    del dataset.WaveformSequence
    dataset.save_as(path)
    with pytest.raises(RecordingError, match="DICOM file without waveforms"):
        read_dicom(path)


def test_deflated_files_are_not_inflated(tmp_path: Path) -> None:
    path = write_dicom(tmp_path / "a.dcm", twelve_leads(frames=100))
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    dataset.save_as(path)
    with pytest.raises(RecordingError, match="compressed as a whole"):
        read_dicom(path)


def test_the_public_sample(shared_data: Path) -> None:
    path = shared_data / "formats/sample.dcm"
    found = read_dicom(path)
    theirs = pydicom.dcmread(path).waveform_array(0).T / 1000
    assert found.names == LEADS
    np.testing.assert_allclose(found.millivolt, theirs, rtol=0, atol=1e-12)
