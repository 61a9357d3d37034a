"""One way to ask a file for its facts, whatever it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.data.formats.clinical_files import twelve_leads, write_dicom
from xai_bench.data.file_facts import file_facts
from xai_bench.data.header_facts import HeaderFacts


def test_a_record_is_asked_by_any_of_its_names(tmp_path: Path) -> None:
    (tmp_path / "a.hea").write_text("a 12 500 30000\n# Filter: 0.05-150 Hz\n")
    for name in ("a", "a.hea", "a.dat", "a@20s"):
        found = file_facts(tmp_path / name)
        assert (found.rate_hz, found.frames, found.filters) == (500.0, 30000, "0.05-150 Hz")


def test_a_clinical_file_and_a_table(tmp_path: Path) -> None:
    found = file_facts(write_dicom(tmp_path / "a.dcm", twelve_leads(), rate_hz=500))
    assert (found.rate_hz, found.age) == (500.0, 61.0)
    np.save(tmp_path / "a.npy", np.zeros((12, 10)))
    assert file_facts(tmp_path / "a.npy", recorded_hz=250.0) == HeaderFacts(rate_hz=250.0)


@pytest.mark.parametrize(
    "path",
    ["synthetic:00012", "planted:folder:1+AMI", "mitbih:folder:101:000396", "absent", "a.dcm"],
)
def test_what_is_no_file_has_no_facts(path: str) -> None:
    assert file_facts(path) == HeaderFacts()
