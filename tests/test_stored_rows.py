"""Rows in a file against the same array in memory."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xai_bench.errors import DatasetError
from xai_bench.stored_rows import RowFile, StoredRows, remembered

ROW = np.dtype(
    [("data", [("mask", "?", (3,)), ("microvolt", "<i2", (3, 5))]), ("seal", "<u4")], align=True
)
AT = np.array([4, 0, 6, 5], dtype=np.int64)


@pytest.fixture
def content() -> np.ndarray:
    rng = np.random.default_rng(0)
    content = np.zeros(7, dtype=ROW)
    content["data"]["microvolt"] = rng.integers(-999, 999, (7, 3, 5))
    content["data"]["mask"] = rng.random((7, 3)) < 0.5
    return content


def stored(folder: Path, content: np.ndarray, field: str = "microvolt") -> StoredRows:
    path = folder / "some.rows"
    path.write_bytes(content.tobytes())
    return StoredRows(RowFile(path, ROW), field, AT, np.arange(4, dtype=np.uint32))


@pytest.mark.parametrize("field", ["microvolt", "mask"])
def test_it_is_the_array_that_it_stands_for(
    tmp_path: Path, content: np.ndarray, field: str
) -> None:
    rows, array = stored(tmp_path, content, field), content["data"][field][AT]
    for own, expected in (
        (rows.shape, array.shape),
        (rows.dtype, array.dtype),
        ((rows.ndim, rows.size, rows.nbytes), (array.ndim, array.size, array.nbytes)),
        (len(rows), len(array)),
    ):
        assert own == expected
    np.testing.assert_array_equal(rows, array)
    assert np.asarray(rows, dtype=np.float32).dtype == np.float32
    np.testing.assert_array_equal(np.stack(list(rows)), array)
    np.testing.assert_array_equal(rows.sum(axis=0), array.sum(axis=0))
    np.testing.assert_array_equal(rows == array[1], array == array[1])
    np.testing.assert_array_equal(np.add(rows, rows), array + array)
    with pytest.raises(TypeError, match="item assignment"):
        rows[0] = 0
    with pytest.raises(AttributeError, match="nothing"):
        rows.nothing  # noqa: B018
    with pytest.raises(ValueError, match="only be had as a copy"):
        np.asarray(rows, copy=False)


KEYS: list[Any] = [0, -1, np.int64(2), slice(1, 3), slice(None, None, -2), [2, 0, 0], []]
KEYS += [np.array([3, -4]), np.array([True, False, True, False]), ..., None, (1, 2), (1, ..., 2)]
KEYS += [(slice(1, 4), 2), (slice(None), slice(0, 2), [0, 3]), ([0, 2], slice(None), 1), (..., 4)]
KEYS += [(slice(0, 0), 1), (None, 0), (slice(None), None)]
KEYS += [([0, 1], [1, 0]), ([0, 2], slice(None), [3, 4]), (-1, slice(None), [0, 3]), (), True]
KEYS += [np.array(2), [[0, 1], [1, 0]], np.ones((4, 3, 5), dtype=bool), np.ix_([0, 1], [2])]


@pytest.mark.parametrize("key", KEYS, ids=str)
def test_it_is_indexed_as_the_array_is(tmp_path: Path, content: np.ndarray, key: Any) -> None:
    found = stored(tmp_path, content)[key]
    expected = content["data"]["microvolt"][AT][key]
    assert found.shape == expected.shape
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("key", [slice(1, 3), [3, 1], np.array([True, True, False, False])])
def test_fewer_rows_read_nothing(
    tmp_path: Path, content: np.ndarray, monkeypatch: pytest.MonkeyPatch, key: Any
) -> None:
    rows = stored(tmp_path, content)
    monkeypatch.setattr(os, "preadv", None)
    assert isinstance(rows[key], StoredRows)
    assert rows[key].shape == (2, 3, 5)


@pytest.mark.parametrize("key", [4, -5, slice(0, 2)])
def test_a_row_out_of_range_is_an_index_error(
    tmp_path: Path, content: np.ndarray, key: Any
) -> None:
    rows = stored(tmp_path, content)
    if isinstance(key, slice):
        rows, key = rows[key], 2
    with pytest.raises(IndexError):
        rows[key]


def test_pickled_it_is_no_longer_than_its_numbers(tmp_path: Path, content: np.ndarray) -> None:
    rows = stored(tmp_path, content)[[1, 2]]
    text = pickle.dumps(rows)
    assert len(text) < 1500
    np.testing.assert_array_equal(pickle.loads(text), rows)  # noqa: S301
    (tmp_path / "some.rows").unlink()
    with pytest.raises(DatasetError, match=r"some.rows cannot be read: No such file .* load them"):
        pickle.loads(text)  # noqa: S301
    np.testing.assert_array_equal(rows, content["data"]["microvolt"][AT][[1, 2]])


def test_a_file_that_was_cut_short_says_so(tmp_path: Path, content: np.ndarray) -> None:
    rows = stored(tmp_path, content)
    os.truncate(tmp_path / "some.rows", 6 * ROW.itemsize)
    np.testing.assert_array_equal(rows[3], content["data"]["microvolt"][5])
    with pytest.raises(DatasetError, match="missing in .*some.rows; delete the file and load"):
        rows[2]


def test_a_digest_of_many_rows_is_remembered_while_they_are_the_same(
    tmp_path: Path, content: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xai_bench.stored_rows._WORTH_REMEMBERING", 1)
    rows, asked = stored(tmp_path, content), []

    def ask(given: list[Any], about: bytes = b"ids") -> str:
        def make() -> str:
            asked.append(given)
            return f"{len(asked):064x}"

        return remembered(given, about, make)

    first = ask([rows, None])
    assert ask([rows, None]) == ask([rows]) == first
    again = StoredRows(rows._file, "microvolt", AT, np.arange(4, dtype=np.uint32))
    assert ask([again]) == first
    changed = StoredRows(rows._file, "microvolt", AT, np.array([0, 1, 2, 4], dtype=np.uint32))
    others = [ask([rows], b"other ids"), ask([rows[::-1]]), ask([rows, rows]), ask([changed])]
    mask = StoredRows(rows._file, "mask", AT, np.arange(4, dtype=np.uint32))
    assert len({first, *others, ask([mask])}) == 6
    count = len(asked)
    ask([rows, np.zeros(3)])
    ask([np.zeros(3), rows])
    assert len(asked) == count + 2, "of arrays in memory nothing is remembered"
    notes = tmp_path / "some.notes"
    notes.write_bytes(b"\xff\n" + notes.read_bytes())
    assert ask([rows]) != first, "what cannot be read is made again"
    notes.unlink()
    notes.mkdir()
    assert ask([rows]) != ask([rows]), "what cannot be noted is made each time"


def test_of_few_rows_nothing_is_noted(tmp_path: Path, content: np.ndarray) -> None:
    rows = stored(tmp_path, content)
    assert remembered([rows], b"", lambda: "made") == "made"
    assert [path.name for path in tmp_path.iterdir()] == ["some.rows"]


def test_rows_are_not_changed_in_place(tmp_path: Path, content: np.ndarray) -> None:
    rows = stored(tmp_path, content)
    with pytest.raises(ValueError, match="read-only"):
        rows += 1
    with pytest.raises(ValueError, match="read-only"):
        np.multiply(rows, 2, out=rows)  # type: ignore[call-overload]
