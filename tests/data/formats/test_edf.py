from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.data.formats.clinical_files import twelve_leads, write_edf
from xai_bench.data.formats.edf import read_edf
from xai_bench.errors import RecordingError
from xai_bench.types import LEADS


@pytest.mark.parametrize(("unit", "scale"), [("mV", 1.0), ("uV", 1000.0), ("V", 0.001)])
def test_leads_in_any_unit(tmp_path: Path, unit: str, scale: float) -> None:
    millivolt = twelve_leads() / 1000
    found = read_edf(write_edf(tmp_path / "a.edf", millivolt, unit=unit, scale=scale))
    assert found.names == LEADS
    assert (found.rate_hz, found.sex) == (500.0, "female")
    np.testing.assert_allclose(found.millivolt, millivolt, rtol=0, atol=1.1e-4)  # one unit


def _literally(path: Path) -> np.ndarray:
    """EDF by its description: a header of text, then records of two-byte integers."""
    raw = path.read_bytes()
    count = int(raw[252:256])
    records = int(raw[236:244])

    def fields(offset: int, width: int) -> list[str]:
        start = 256 + count * offset
        return [raw[start + k * width :][:width].decode().strip() for k in range(count)]

    low, high = fields(104, 8), fields(112, 8)
    least, most = fields(120, 8), fields(128, 8)
    samples = [int(text) for text in fields(216, 8)]
    body = np.frombuffer(raw[256 * (count + 1) :], "<i2").reshape(records, sum(samples))
    signals = []
    for k, part in enumerate(np.split(body, np.cumsum(samples)[:-1], axis=1)):
        gain = (float(high[k]) - float(low[k])) / (float(most[k]) - float(least[k]))
        signals.append(float(low[k]) + (part.ravel() - float(least[k])) * gain)
    return np.stack(signals)


def test_values_are_those_of_the_bytes(tmp_path: Path, shared_data: Path) -> None:
    path = write_edf(tmp_path / "a.edf", twelve_leads() / 1000)
    np.testing.assert_allclose(read_edf(path).millivolt, _literally(path), rtol=0, atol=1e-9)
    sample = shared_data / "formats/sample.edf"
    found = read_edf(sample)
    assert (found.names, found.units, found.rate_hz) == (("ECG",), ("mV",), 300.0)
    np.testing.assert_allclose(found.millivolt, _literally(sample), rtol=0, atol=1e-9)


def test_other_signals_are_left_out_and_may_be_slower(tmp_path: Path) -> None:
    import edfio

    path = write_edf(tmp_path / "a.edf", twelve_leads() / 1000)
    edf = edfio.read_edf(path)
    belt = edfio.EdfSignal(np.arange(250.0), 25, label="Resp belt", physical_dimension="%")
    edf.append_signals(belt)
    edf.write(path)
    assert read_edf(path).names == LEADS


def test_leads_of_two_rates(tmp_path: Path) -> None:
    import edfio

    edf = edfio.read_edf(write_edf(tmp_path / "a.edf", twelve_leads()[:3] / 1000, names=LEADS[:3]))
    edf.append_signals(edfio.EdfSignal(np.arange(2500.0), 250, label="V1", physical_dimension="mV"))
    edf.write(tmp_path / "a.edf")
    with pytest.raises(RecordingError, match=r"2 sampling rates \(250, 500 Hz\)"):
        read_edf(tmp_path / "a.edf")


def test_a_unit_that_is_no_voltage(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="lead I is in 'bpm'"):
        read_edf(write_edf(tmp_path / "a.edf", twelve_leads() / 1000, unit="bpm"))


def test_gaps_are_refused(tmp_path: Path) -> None:
    path = write_edf(tmp_path / "a.edf", twelve_leads() / 1000)
    raw = bytearray(path.read_bytes())
    raw[192:197] = b"EDF+D"
    path.write_bytes(raw)
    with pytest.raises(RecordingError, match="with gaps"):
        read_edf(path)
