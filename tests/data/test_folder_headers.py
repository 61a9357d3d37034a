"""Headers of a large folder are read once, and again when a file has changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from xai_bench.data.header_facts import HeaderFacts, header_facts
from xai_bench.data.normalise import Form
from xai_bench.data.record_folder import RecordFolder

Write = Callable[..., Path]


@pytest.fixture
def folder(
    tmp_path: Path, write_record: Write, microvolt: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Two records with statements, one without, a master header and an EDF file that is none."""
    monkeypatch.setenv("XAI_BENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("xai_bench.data.folder_headers._FEWEST", 1)
    for name, said in (
        ("b", "#Age: 61\n#Dx: 164889003,99\n"),
        ("a/z", "#Sex: F\n#Dx:\n"),
        ("c", ""),
    ):
        header = write_record(tmp_path / "mine" / f"{name}.hea", microvolt)
        header.write_text(header.read_text() + said)
    (tmp_path / "mine" / "all.hea").write_text("all/1 12 100 1000\nb 1000\n")
    (tmp_path / "mine" / os.fsdecode(b"\xff.edf")).touch()
    return tmp_path / "mine"


def known(source: RecordFolder) -> object:
    index = source.index
    facts = [source.facts(row) for row in range(3)]
    ages = None if index.age is None else [str(age) for age in index.age]
    return (
        *(source.name, source.fingerprint(), source.remarks, facts, ages, index.record_id),
        *(index.labels, index.statements, index.sex, index.unlabelled),
    )


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of headers, as they are read."""
    names: list[str] = []

    def counted(path: Path) -> HeaderFacts:
        names.append(path.name)
        return header_facts(path)

    monkeypatch.setattr("xai_bench.data.record_folder.header_facts", counted)
    return names


def test_they_are_read_once_for_all_forms(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = count_reads(monkeypatch)
    first = known(RecordFolder(folder, Form()))
    assert sorted(names) == ["all.hea", "b.hea", "c.hea", "z.hea"]
    assert known(RecordFolder(folder, Form())) == first
    assert RecordFolder(folder, Form(rate_hz=50)).name == RecordFolder(folder, Form()).name
    assert len(names) == 4
    monkeypatch.setattr("xai_bench.data.folder_headers._FEWEST", 1000)
    assert known(RecordFolder(folder, Form())) == first
    assert len(names) == 8, "a small folder is read each time"


def test_a_changed_file_is_seen(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    RecordFolder(folder, Form())
    names = count_reads(monkeypatch)
    header = folder / "b.hea"
    header.write_text(header.read_text().replace("Age: 61", "Age: 71"))
    os.utime(header, ns=(1, 2))
    changed = RecordFolder(folder, Form())
    assert changed.index.age is not None
    assert changed.index.age.tolist()[1] == 71
    assert len(names) == 4
    header.unlink()
    assert RecordFolder(folder, Form()).index.record_id == ("a/z", "c", r"\xff.edf")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b'{"version": 0, "name": "x", "facts": {}}',
        b'{"version": 1, "name": "x", "facts": {}}',
        b'{"version": 1, "name": "x", "facts": {"b.hea": [true]}}',
        b'{"version": 1, "name": "x", "facts": {"b.hea": 3}}',
        b'{"version": 1, "name": "x", "facts": 3}',
    ],
)
def test_notes_that_were_damaged_are_made_again(folder: Path, content: bytes) -> None:
    first = known(RecordFolder(folder, Form()))
    (notes,) = (folder.parent / "cache").glob("*.headers")
    whole = notes.read_bytes()
    notes.write_bytes(content)
    assert known(RecordFolder(folder, Form())) == first
    assert notes.read_bytes() == whole


def test_where_nothing_can_be_noted_headers_are_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = known(RecordFolder(folder, Form()))
    monkeypatch.setenv("XAI_BENCH_CACHE", str(folder / "b.hea" / "cache"))
    assert known(RecordFolder(folder, Form())) == first
