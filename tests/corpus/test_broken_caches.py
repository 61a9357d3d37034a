"""A cache that is damaged in any way costs time, and never a number."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.corpus.broken_headers import SIGNAL, lines, write_whole
from xai_bench.data import load_data


def _replaced(content: Callable[[bytes], bytes]) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content(path.read_bytes()))


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _link(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "emptied": _replaced(lambda whole: b""),
    "a byte short": _replaced(lambda whole: whole[:-1]),
    "a byte long": _replaced(lambda whole: whole + b"\0"),
    "halved": _replaced(lambda whole: whole[: len(whole) // 2]),
    "zeros": _replaced(lambda whole: bytes(len(whole))),
    "ones": _replaced(lambda whole: b"\xff" * len(whole)),
    "noise": _replaced(lambda whole: np.random.default_rng(0).bytes(len(whole))),
    "a bit turned": _replaced(lambda whole: bytes([whole[0] ^ 1]) + whole[1:]),
    "its seal turned": _replaced(lambda whole: whole[:-2] + bytes([whole[-2] ^ 1]) + whole[-1:]),
    "doubled": _replaced(lambda whole: whole * 2),
    "text": _replaced(lambda whole: b"not rows at all\n"),
    "gone": Path.unlink,
    "a folder": _folder,
    "a link to itself": _link,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_recordings_are_read_from_their_files_again(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("XAI_BENCH_CACHE", str(tmp_path / "cache"))
    write_whole(tmp_path / "data", "\n".join(lines()))
    load_data(tmp_path / "data")
    (rows,) = (tmp_path / "cache").glob("*.rows")
    DAMAGES[damage](rows)
    with caplog.at_level(logging.ERROR):
        for _ in range(2):
            found = load_data(tmp_path / "data")
            np.testing.assert_array_equal(np.asarray(found.microvolt)[0], SIGNAL)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"[]", b"null", b"{", b'{"a": 3}', b"[" * 99_999]
)
def test_what_is_noted_of_headers_is_read_from_them_again(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XAI_BENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("xai_bench.data.folder_headers._FEWEST", 1)
    write_whole(tmp_path / "data", "\n".join(lines()) + "\n# Age: 61\n")
    before = load_data(tmp_path / "data")
    (noted,) = (tmp_path / "cache").glob("*.headers")
    noted.write_bytes(content)
    after = load_data(tmp_path / "data")
    assert after.record_id == before.record_id
    assert after.age is not None
    assert after.age.tolist() == [61.0]
