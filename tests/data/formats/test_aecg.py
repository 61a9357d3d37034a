from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from tests.data.formats.clinical_files import aecg_text, twelve_leads
from xai_bench.data.formats.aecg import read_aecg
from xai_bench.data.formats.base import Waveforms
from xai_bench.errors import RecordingError
from xai_bench.types import LEADS


def _read(tmp_path: Path, text: str) -> Waveforms:
    path = tmp_path / "a.xml"
    path.write_text(text)
    return read_aecg(path)


def test_the_rhythm_is_read_and_the_beat_is_not(tmp_path: Path) -> None:
    digits = twelve_leads(frames=300)
    found = _read(tmp_path, aecg_text(digits))
    assert tuple(name.lower() for name in found.names) == tuple(lead.lower() for lead in LEADS)
    assert (found.rate_hz, found.sex) == (500.0, "female")
    np.testing.assert_allclose(found.millivolt, digits / 1000, rtol=0, atol=1e-12)
    without = aecg_text(digits).replace(' xmlns="urn:hl7-org:v3"', "")
    np.testing.assert_array_equal(_read(tmp_path, without).millivolt, found.millivolt)


@pytest.mark.parametrize(("unit", "in_millivolt"), [("uV", 1e-3), ("mV", 1.0), ("nV", 1e-6)])
def test_origin_and_scale_are_honoured(tmp_path: Path, unit: str, in_millivolt: float) -> None:
    digits = twelve_leads(frames=50)
    text = aecg_text(digits, unit=unit, scale=2.5, origin=-30, step="4", step_unit="ms")
    found = _read(tmp_path, text)
    assert found.rate_hz == 250
    np.testing.assert_allclose(found.millivolt, (digits * 2.5 - 30) * in_millivolt, rtol=1e-12)


BOMB = """<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>"""
FILE = """<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>"""


@pytest.mark.parametrize("before", [BOMB, FILE, "<!DOCTYPE AnnotatedECG>"])
def test_entities_and_document_types_are_refused(tmp_path: Path, before: str) -> None:
    text = aecg_text(twelve_leads(frames=50), before=before)
    with pytest.raises(RecordingError, match="is no XML that is safe to read .DTDForbidden"):
        _read(tmp_path, text.replace("<digits>", "<digits>&a;", 1) if "&" in before else text)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("RHYTHM", "OTHER", "has no series of code RHYTHM"),
        ("TIME_ABSOLUTE", "TIME", "TIME has no origin"),
        ('value="0.002"', 'value="0"', "has samples every 0 s"),
        ('unit="s"', 'unit="h"', "has samples every 0.002 h"),
        ('unit="uV"', 'unit="mmHg"', "lead I is in 'mmHg'"),
        ("<digits>", "<digits>x ", "lead I has digits that are no numbers"),
        ("<digits>", "<digits>1 ", r"has leads of \[50, 51\] samples"),
        ("<scale", "<size", "I has no scale"),
        ('<scale value="1"', '<scale value="inf"', "I: its scale is no number"),
        ("AnnotatedECG", "Other", "is XML of <Other>; of XML, only HL7 aECG"),
        ("</AnnotatedECG>", "", "is no XML that is safe to read .ParseError"),
    ],
)
def test_what_is_not_understood_is_refused(
    tmp_path: Path, old: str, new: str, problem: str
) -> None:
    text = aecg_text(twelve_leads(frames=50))
    before, rhythm = text.split('code="REPRESENTATIVE_BEAT"', 1)
    once = old in ("<digits>",) and new.startswith("<digits>1")
    if once:
        head, rest = rhythm.split('code="RHYTHM"', 1)
        changed = (
            f'{before}code="REPRESENTATIVE_BEAT"{head}code="RHYTHM"{rest.replace(old, new, 1)}'
        )
    else:
        changed = text.replace(old, new)
    with pytest.raises(RecordingError, match=problem):
        _read(tmp_path, changed)


def test_the_public_sample_by_a_search_of_its_text(shared_data: Path) -> None:
    path = shared_data / "formats/ecg_hl7.xml"
    found = read_aecg(path)
    text = path.read_text()
    rhythm = text[text.index('code="RHYTHM"') : text.index("</sequenceSet>")]
    leads = re.findall(r"MDC_ECG_LEAD_(\w+)\"(?:.*?)<digits>([^<]*)<", rhythm, re.DOTALL)
    assert [name for name, _ in leads] == list(found.names)
    for row, (_, digits) in enumerate(leads):
        values = np.array(digits.split(), dtype=float) * 2.5e-3  # 2.5 uV a digit
        np.testing.assert_allclose(found.millivolt[row], values, rtol=0, atol=1e-12)
    other = shared_data / "formats/sample.xml"
    with pytest.raises(RecordingError, match="schillerEDI"):
        read_aecg(other)
