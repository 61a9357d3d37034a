from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from tests.data.formats.clinical_files import twelve_leads
from tests.data.formats.scp_files import crc_of, scp_block, scp_bytes, sections_of
from xai_bench.data.formats.scp import read_scp
from xai_bench.errors import RecordingError
from xai_bench.types import LEADS


def _read(tmp_path: Path, content: bytes) -> np.ndarray:
    path = tmp_path / "a.scp"
    path.write_bytes(content)
    return read_scp(path).millivolt


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("coded", [True, False])
def test_every_coding_of_samples(tmp_path: Path, order: int, coded: bool) -> None:
    units = twelve_leads(frames=300)
    units[0, :9] = 0, 1, -1, 8, -8, 9, -128, 127, 1500  # every kind of code
    content = scp_bytes(sections_of(units, order=order, coded=coded))
    np.testing.assert_allclose(_read(tmp_path, content), units * 0.005, rtol=0, atol=1e-9)
    found = read_scp(tmp_path / "a.scp")
    assert (found.names, found.rate_hz) == (LEADS, 500.0)
    assert (found.age, found.sex) == (61.0, "female")


def test_the_reference_beat_is_added_where_it_was_subtracted(tmp_path: Path) -> None:
    units = twelve_leads(frames=400)
    beat = twelve_leads(frames=50, seed=3) // 4
    fiducial, peaks = 20, (60, 200, 385)  # counted from 1; the last beat is cut off by the end
    residual = units.astype(int)
    places = []
    for peak in peaks:
        first, last = peak - fiducial + 1, min(peak - fiducial + 50, 400)
        residual[:, first - 1 : last] -= beat[:, : last - first + 1]
        places.append(struct.pack("<HIII", 0, first, peak, last))
    places.append(struct.pack("<HIII", 2, 1, 300, 1))  # of another type: not subtracted
    sections = sections_of(residual)
    sections[3] = bytes([12, 0b101 | 12 << 3 & 0xFF]) + sections[3][2:]
    sections[4] = struct.pack("<HHH", 100, fiducial, 4) + b"".join(places)
    sections[5] = scp_block(beat, 2, True, 5000)
    found = _read(tmp_path, scp_bytes(sections))
    np.testing.assert_allclose(found, units * 0.005, rtol=0, atol=1e-9)
    del sections[5]
    with pytest.raises(RecordingError, match="lacks the reference beat"):
        _read(tmp_path, scp_bytes(sections))


def test_what_is_not_read_says_why(tmp_path: Path) -> None:
    units = twelve_leads(frames=100)
    good = sections_of(units)
    ten = struct.pack("<IIB", 11, 100, 8)

    def refused(problem: str, **sections: bytes) -> None:
        changed = good | {int(name[1:]): content for name, content in sections.items()}
        with pytest.raises(RecordingError, match=problem):
            _read(tmp_path, scp_bytes(changed))

    refused("Huffman tables of its own", s2=struct.pack("<H", 1))
    refused("a lower rate between the beats", s6=scp_block(units, 2, True, 5000, bimodal=1))
    refused("leads of different times", s3=good[3][:-9] + ten)
    refused("units of 0 nV", s6=scp_block(units, 2, True, 0))
    refused("lead of 50 samples", s2=b"", s6=scp_block(units[:, :50], 0, False, 5000))
    refused("ends before its leads do", s6=good[6][:-200])
    refused(r"no section of leads \(3\) or of rhythm", s3=b"")
    refused("has 0 leads", s3=b"\0\0")


def test_damage_is_found_by_the_checksum(tmp_path: Path) -> None:
    content = bytearray(scp_bytes(sections_of(twelve_leads(frames=100))))
    content[-20] ^= 1
    with pytest.raises(RecordingError, match="damaged: its bytes have another checksum"):
        _read(tmp_path, bytes(content))
    with pytest.raises(RecordingError, match="truncated"):
        _read(tmp_path, bytes(content[:-7]))
    with pytest.raises(RecordingError, match="is no SCP-ECG file"):
        _read(tmp_path, b"abc")


def test_damage_under_a_right_checksum_is_refused_too(tmp_path: Path) -> None:
    content = scp_bytes(sections_of(twelve_leads(frames=60)[:2], names=("I", "II")))
    generator = np.random.default_rng(0)
    for _ in range(100):
        damaged = bytearray(content)
        for place in generator.integers(6, len(content), 4):
            damaged[place] = generator.integers(0, 256)
        damaged[:2] = struct.pack("<H", crc_of(bytes(damaged[2:])))
        try:
            found = _read(tmp_path, bytes(damaged))
        except RecordingError:
            continue
        assert np.isfinite(found).all()


def test_the_public_sample_against_its_own_measurements(shared_data: Path) -> None:
    """Section 10 states, in microvolt, the largest waves of each lead of the dominant beats."""
    path = shared_data / "formats/test.scp"
    found = read_scp(path)
    assert found.names == ("I", "II", "V1", "V2", "V3", "V4", "V5", "V6")
    assert (found.rate_hz, found.age, found.sex) == (500.0, 49.0, "male")
    assert found.filters == "up to 150 Hz, notch 60 Hz"  # and 500 of some unit
    content = path.read_bytes()
    size, first = struct.unpack_from("<II", content, 22 + 10 * 10 + 2)
    section = content[first - 1 : first - 1 + size]
    place = 20
    stated = {}
    for _ in range(struct.unpack_from("<H", section, 16)[0]):
        lead, length = struct.unpack_from("<HH", section, place)
        values = struct.unpack_from(f"<{length // 2}h", section, place + 4)
        stated[lead] = min(values[9:14]) / 1000
        place += 4 + length
    peaks = (1618, 2066, 3427, 4341)  # of the dominant beats, by section 4
    for lead, name in ((2, "II"), (3, "V1"), (4, "V2"), (5, "V3"), (6, "V4"), (7, "V5")):
        row = found.millivolt[found.names.index(name)]
        lowest = np.mean([row[peak - 40 : peak + 40].min() for peak in peaks])
        assert abs(lowest - stated[lead]) < 0.05 + 0.1 * abs(stated[lead]), name
