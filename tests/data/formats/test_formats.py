from __future__ import annotations

import struct
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from tests.data.formats.clinical_files import aecg_text, twelve_leads, write_dicom, write_edf
from tests.data.formats.scp_files import scp_bytes, sections_of
from xai_bench.data import load_data, load_record
from xai_bench.data.formats import FORMATS, clinical_facts, read_clinical, read_waveforms
from xai_bench.data.formats.base import bare_lead_name, filter_words
from xai_bench.data.normalise import Form
from xai_bench.errors import RecordingError
from xai_bench.types import LEADS

EIGHT = ("V6", "I", "II", "V1", "V2", "V3", "V4", "V5")
ROWS = [11, 0, 1, 6, 7, 8, 9, 10]


def _files(folder: Path, stored: np.ndarray, names: tuple[str, ...]) -> list[Path]:
    """One recording in each format."""
    (folder / "a.xml").write_text(aecg_text(stored, names=names))
    (folder / "a.scp").write_bytes(scp_bytes(sections_of(stored, names=names, nanovolt=1000)))
    return [
        write_dicom(folder / "a.dcm", stored, names=names),
        write_edf(folder / "a.edf", stored / 1000, names=names),
        folder / "a.xml",
        folder / "a.scp",
    ]


def test_every_format_gives_the_same_recording_also_of_eight_leads(tmp_path: Path) -> None:
    stored = twelve_leads(frames=1000)
    for names, rows in ((LEADS, list(range(12))), (EIGHT, ROWS)):
        for path in _files(tmp_path, stored[rows], names):
            record = read_clinical(path, Form(rate_hz=500, seconds=2), record_id="a")
            # The four derived leads are halves of integers, rounded to a microvolt.
            assert np.abs(record.microvolt - stored).max() <= 1, path
            assert ("III, aVR, aVL, aVF" in record.origin) is (names == EIGHT)
    assert set(FORMATS) == {".dcm", ".edf", ".scp", ".xml"}


def test_folders_and_single_files(tmp_path: Path) -> None:
    stored = twelve_leads(frames=6000)
    files = _files(tmp_path, stored, LEADS)
    (tmp_path / "notes.mwf").write_bytes(b"x")
    found = load_data(tmp_path, rate_hz=500, length="crop")
    assert sorted(found.record_id) == ["a.dcm", "a.edf", "a.scp", "a.xml"]
    assert [line[:20] for line in found.left_out] == ["notes.mwf: is MFER; "]
    for path in files:
        one = load_record(path, rate_hz=500, length="crop")
        row = found.record_id.index(path.name)
        assert np.array_equal(one.microvolt[0], found.microvolt[row])
        assert "cut to the first 10 s" in one.origin
    assert load_record(files[0], length="crop").sex == ("female",)


def test_without_the_extra_a_line_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = _files(tmp_path, twelve_leads(frames=100)[:3], ("I", "II", "III"))
    for path in (path for path in files if path.suffix != ".scp"):
        for name in ("pydicom", "edfio", "defusedxml", "defusedxml.ElementTree"):
            monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(RecordingError, match=r"takes \w+: pip install 'xai-bench\[formats\]'$"):
            read_waveforms(path)
        monkeypatch.undo()


def test_what_nothing_reads_says_what_is_readable(tmp_path: Path) -> None:
    for name, kind in (("a.bdf", "BDF"), ("a.wav", "WAV"), ("a.abc", "of an unknown format")):
        (tmp_path / name).write_bytes(b"x")
        with pytest.raises(RecordingError, match=rf"is {kind}.* readable are WFDB .*DICOM"):
            read_waveforms(tmp_path / name)
    with pytest.raises(RecordingError, match="no file"):
        read_waveforms(tmp_path / "absent.dcm")
    with pytest.raises(RecordingError, match="no file"):
        read_waveforms(tmp_path.with_suffix(".dcm"))


def test_too_large_files_are_not_read(tmp_path: Path) -> None:
    for suffix in FORMATS:
        path = tmp_path / f"a{suffix}"
        with path.open("wb") as file:
            file.truncate(1 << 27)
        with pytest.raises(RecordingError, match="has .* bytes"):
            read_waveforms(path)


@pytest.mark.parametrize("suffix", FORMATS)
def test_damaged_files_never_raise_anything_else(tmp_path: Path, suffix: str) -> None:
    stored = twelve_leads(frames=60)[:2]
    (whole,) = (path for path in _files(tmp_path, stored, ("I", "II")) if path.suffix == suffix)
    content = whole.read_bytes()
    generator = np.random.default_rng(0)
    path = tmp_path / f"damaged{suffix}"
    for _ in range(60):
        damaged = bytearray(content)
        for place in generator.integers(0, len(content), 8):
            damaged[place] = generator.integers(0, 256)
        path.write_bytes(damaged[: generator.integers(1, len(content) + 1)])
        with suppress(RecordingError):
            read_clinical(path, Form(), record_id="x")
        clinical_facts(path)


def test_public_samples_of_formats(shared_data: Path) -> None:
    found = load_data(shared_data / "formats", length="crop")
    assert sorted(found.record_id) == ["ecg_hl7.xml", "sample.dcm", "test.scp"]
    limb = found.signal[:, :6].astype(np.float64)
    assert np.abs(limb[:, 0] + limb[:, 2] - limb[:, 1]).max() < 0.02
    assert np.abs(limb[:, 3:].sum(axis=1)).max() < 0.02
    assert [line.partition(":")[0] for line in sorted(found.left_out)] == [
        "sample.edf", "sample.wav", "sample.xml"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ("V1", "V1"),
        ("ECG V1", "V1"),
        ("EKG-aVR", "aVR"),
        ("Lead I (Einthoven)", "I"),
        ("MDC_ECG_LEAD_AVF", "AVF"),
        ("ECG", "ECG"),
        (" ecg_ii ", "ii"),
    ],
)
def test_names_of_leads_as_files_write_them(written: str, bare: str) -> None:
    assert bare_lead_name(written) == bare


@pytest.mark.parametrize(
    ("low", "high", "notch", "said"),
    [
        (0.05, "150", 50, "0.05-150 Hz, notch 50 Hz"),
        ("0.5", None, 0, "from 0.5 Hz"),
        (None, 40.0, None, "up to 40 Hz"),
        (None, None, 60, "notch 60 Hz"),
        ("nan", "off", -1, ""),
        (1e9, float("inf"), None, ""),
    ],
)
def test_filters_in_words(low: object, high: object, notch: object, said: str) -> None:
    assert filter_words(low, high, notch) == said


def test_every_format_says_how_it_was_filtered(tmp_path: Path) -> None:
    import edfio
    import pydicom

    paths = _files(tmp_path, twelve_leads(), LEADS)
    assert [clinical_facts(path).filters for path in paths] == ["", "", "", ""]
    dicom, edf, aecg, scp = paths
    dataset = pydicom.dcmread(dicom)
    for group in dataset.WaveformSequence:
        for channel in group.ChannelDefinitionSequence:
            channel.FilterLowFrequency, channel.FilterHighFrequency = "0.05", "150"
    dataset.save_as(dicom)
    signals = edfio.read_edf(edf).signals
    for signal in signals:
        signal.prefiltering = "HP:0.05Hz LP:150Hz"
    edfio.Edf(signals, data_record_duration=1).write(edf)
    stated = "".join(
        f"""<controlVariable><code code="MDC_ECG_CTL_VBL_ATTR_FILTER_{kind}"/><component>
        <controlVariable><value value="{hertz}" unit="Hz"/></controlVariable></component>
        </controlVariable>"""
        for kind, hertz in (("LOW_PASS", 150), ("HIGH_PASS", 0.05))
    )
    head = "<administrativeGenderCode"
    aecg.write_text(
        aecg.read_text().replace(head, f"<controlVariable>{stated}</controlVariable>{head}")
    )
    sections = sections_of(twelve_leads(), names=LEADS, nanovolt=1000)
    tags = (struct.pack("<BHH", 27, 2, 5), struct.pack("<BHH", 28, 2, 150))
    sections[1] = b"".join([*tags, struct.pack("<BHB", 29, 1, 2), sections[1]])
    scp.write_bytes(scp_bytes(sections))
    assert [clinical_facts(path).filters for path in paths] == [
        "0.05-150 Hz",
        "HP:0.05Hz LP:150Hz",
        "0.05-150 Hz",
        "0.05-150 Hz, notch 50 Hz",
    ]
    assert clinical_facts(scp).age == 61.0
