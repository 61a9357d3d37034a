"""Shards: kept whole, found again, never by two writers, cleared away when forgotten."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from xai_bench.errors import InputError, OutputError
from xai_bench.results.shards import Shards, open_shards


def _table(rows: range, metrics: int = 2) -> pd.DataFrame:
    """Scores of recordings as the loop makes them; those of a row are known by its number."""
    ids = [f"r{row}" for row in rows for _ in range(metrics)]
    values = np.array([row + k / 3 for row in rows for k in range(metrics)])
    return pd.DataFrame(
        {
            "record_id": ids,
            "patient_id": ids,
            "metric": [f"m{k}" for _ in rows for k in range(metrics)],
            "score": np.where(values == 1, np.nan, values),
            "status": "ok",
            "reason": "",
            "residual": np.where(values > 2, np.inf, values),
            "explained": "MI",
            "label": "MI+CD",
            "log_odds": values,
            "outcome": ["missed" if value > 1 else "detected" for value in values],
        }
    )


def _put(shards: Shards, rows: range, tables: dict[str, pd.DataFrame]) -> None:
    """As a worker does, and whoever it works for."""
    shards.place.put(rows, tables)
    shards.add(rows)


def test_scores_that_a_worker_put_elsewhere_are_missed(tmp_path: Path) -> None:
    with (
        open_shards(tmp_path / "of one node", "key") as shards,
        open_shards(tmp_path / "of another", "key") as others,
    ):
        others.place.put(range(0, 2), {"ig": _table(range(0, 2))})
        with pytest.raises(OutputError, match="--out wants a folder that all nodes share, or a U"):
            shards.add(range(0, 2))


def test_parts_come_back_as_they_were_in_the_order_of_the_recordings(tmp_path: Path) -> None:
    with open_shards(tmp_path, "key") as shards:
        for rows in (range(4, 7), range(0, 2), range(2, 4)):
            _put(shards, rows, {"ig": _table(rows), "native": _table(rows, 1)})
        pd.testing.assert_frame_equal(shards.table("ig"), _table(range(7)))
        pd.testing.assert_frame_equal(shards.table("native"), _table(range(7), 1))
        assert shards.missing(7, 2) == []


def test_a_rerun_goes_on_from_whole_blocks(tmp_path: Path) -> None:
    with open_shards(tmp_path, "key") as shards:
        assert shards.missing(9, 2) == [range(0, 9)]
        _put(shards, range(2, 4), {"ig": _table(range(2, 4))})
        # As it is left by a process that is killed while it writes.
        (tmp_path / ".unfinished/key/.00000004-00000006.arrow.0a1b").write_text("half")
    with open_shards(tmp_path, "key") as shards:
        assert shards.missing(9, 2) == [range(0, 2), range(4, 9)]
        _put(shards, range(4, 9), {"ig": _table(range(4, 9))})
        _put(shards, range(0, 2), {"ig": _table(range(0, 2))})
        pd.testing.assert_frame_equal(shards.table("ig"), _table(range(9)))
        shards.remove()
    assert list(tmp_path.iterdir()) == []


def test_recordings_that_two_files_have_are_counted_once(tmp_path: Path) -> None:
    # Of two writers on a file system without locks.
    with open_shards(tmp_path, "key") as shards, open_shards(tmp_path, "other") as others:
        _put(shards, range(0, 4), {"ig": _table(range(0, 4))})
        _put(others, range(2, 6), {"ig": _table(range(2, 6))})
    folder = tmp_path / ".unfinished"
    (file,) = (folder / "other").glob("*.arrow")
    file.replace(folder / "key" / file.name)
    with open_shards(tmp_path, "key") as shards:
        assert shards.missing(6, 2) == [range(4, 6)]
        _put(shards, range(4, 6), {"ig": _table(range(4, 6))})
        pd.testing.assert_frame_equal(shards.table("ig"), _table(range(6)))


def test_two_processes_at_the_same_cells_have_folders_of_their_own(tmp_path: Path) -> None:
    with open_shards(tmp_path, "key") as first:
        _put(first, range(0, 2), {"ig": _table(range(0, 2))})
        with open_shards(tmp_path, "key") as second:
            assert second.missing(2, 2) == [range(0, 2)]
            _put(second, range(0, 2), {"ig": _table(range(0, 2))})
            second.remove()
        pd.testing.assert_frame_equal(first.table("ig"), _table(range(2)))
    with open_shards(tmp_path, "key") as again:
        assert again.missing(2, 2) == [], "the lock was released, and the scores stayed"


def test_what_nobody_goes_on_with_is_cleared_away_after_a_week(tmp_path: Path) -> None:
    for key in ("old", "young"):
        with open_shards(tmp_path, key) as shards:
            _put(shards, range(0, 2), {"ig": _table(range(0, 2))})
    with open_shards(tmp_path, "in use"):
        for key in ("old", "in use"):
            folder = tmp_path / ".unfinished" / key
            for path in (*folder.iterdir(), folder):
                os.utime(path, (0, 0))
        with open_shards(tmp_path, "new"):
            left = {folder.name for folder in (tmp_path / ".unfinished").iterdir()}
    assert left == {"young", "in use", "new"}


def test_a_shard_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with open_shards(tmp_path, "key") as shards:
        _put(shards, range(0, 2), {"ig": _table(range(0, 2))})
        (file,) = (tmp_path / ".unfinished/key").glob("*.arrow")
        file.write_bytes(b"no arrow")
        with pytest.raises(InputError, match="cannot be read: .*; delete .*key to score it again"):
            shards.table("ig")
