"""Shards: kept whole, found again, never by two writers, cleared away when forgotten."""

from __future__ import annotations

import json
import os
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from xai_bench.errors import InputError, OutputError
from xai_bench.results.shards import Shards, clear_shards, open_shards


def _open(run: Path, *cells: str) -> AbstractContextManager[Shards]:
    return open_shards(run, [run / "data/net" / cell / "k" for cell in cells], "cpu 8 2")


def _folder(run: Path, *cells: str) -> Path:
    """Where the shards of cells are."""
    wanted = [f"data/net/{cell}/k" for cell in sorted(cells)]
    folders = (run / ".unfinished").iterdir()
    (found,) = (
        one for one in folders if json.loads((one / "cells.json").read_text())["cells"] == wanted
    )
    return found


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
    for node in ("of one node", "of another"):
        (tmp_path / node).mkdir()
    with (
        _open(tmp_path / "of one node", "key") as shards,
        _open(tmp_path / "of another", "key") as others,
    ):
        others.place.put(range(0, 2), {"ig": _table(range(0, 2))})
        with pytest.raises(OutputError, match="--out wants a folder that all nodes share, or a U"):
            shards.add(range(0, 2))


def test_parts_come_back_as_they_were_in_the_order_of_the_recordings(tmp_path: Path) -> None:
    with _open(tmp_path, "key") as shards:
        for rows in (range(4, 7), range(0, 2), range(2, 4)):
            _put(shards, rows, {"ig": _table(rows), "native": _table(rows, 1)})
        pd.testing.assert_frame_equal(shards.table("ig"), _table(range(7)))
        pd.testing.assert_frame_equal(shards.table("native"), _table(range(7), 1))
        assert shards.missing(7, 2) == []


@pytest.mark.parametrize("name", ["00000000-00999999", "00000001-00000000", "00000004-00000009"])
def test_scores_of_no_recordings_of_it_are_passed_over(tmp_path: Path, name: str) -> None:
    with _open(tmp_path, "key") as shards:
        _put(shards, range(2, 4), {"ig": _table(range(2, 4))})
        (_folder(tmp_path, "key") / f"{name}.arrow").write_bytes(b"no arrow")
    with _open(tmp_path, "key") as shards:
        assert shards.missing(4, 2) == [range(0, 2)]
        pd.testing.assert_frame_equal(shards.table("ig"), _table(range(2, 4)))


def test_a_rerun_goes_on_from_whole_blocks(tmp_path: Path) -> None:
    with _open(tmp_path, "key") as shards:
        assert shards.missing(9, 2) == [range(0, 9)]
        _put(shards, range(2, 4), {"ig": _table(range(2, 4))})
        # As it is left by a process that is killed while it writes.
        (_folder(tmp_path, "key") / ".00000004-00000006.arrow.0a1b").write_text("half")
    with _open(tmp_path, "key") as shards:
        assert shards.missing(9, 2) == [range(0, 2), range(4, 9)]
        _put(shards, range(4, 9), {"ig": _table(range(4, 9))})
        _put(shards, range(0, 2), {"ig": _table(range(0, 2))})
        pd.testing.assert_frame_equal(shards.table("ig"), _table(range(9)))
        shards.remove()
    assert list(tmp_path.iterdir()) == []


def test_recordings_that_two_files_have_are_counted_once(tmp_path: Path) -> None:
    # Of two writers on a file system without locks.
    with _open(tmp_path, "key") as shards, _open(tmp_path, "other") as others:
        _put(shards, range(0, 4), {"ig": _table(range(0, 4))})
        _put(others, range(2, 6), {"ig": _table(range(2, 6))})
    (file,) = _folder(tmp_path, "other").glob("*.arrow")
    file.replace(_folder(tmp_path, "key") / file.name)
    with _open(tmp_path, "key") as shards:
        assert shards.missing(6, 2) == [range(4, 6)]
        _put(shards, range(4, 6), {"ig": _table(range(4, 6))})
        pd.testing.assert_frame_equal(shards.table("ig"), _table(range(6)))


def test_two_processes_at_the_same_cells_have_folders_of_their_own(tmp_path: Path) -> None:
    with _open(tmp_path, "key") as first:
        _put(first, range(0, 2), {"ig": _table(range(0, 2))})
        with _open(tmp_path, "key") as second:
            assert second.missing(2, 2) == [range(0, 2)]
            _put(second, range(0, 2), {"ig": _table(range(0, 2))})
            second.remove()
        pd.testing.assert_frame_equal(first.table("ig"), _table(range(2)))
    with _open(tmp_path, "key") as again:
        assert again.missing(2, 2) == [], "the lock was released, and the scores stayed"


def test_what_nobody_goes_on_with_is_cleared_away_after_a_week(tmp_path: Path) -> None:
    for key in ("old", "young"):
        with _open(tmp_path, key) as shards:
            _put(shards, range(0, 2), {"ig": _table(range(0, 2))})
    with _open(tmp_path, "in use"):
        for key in ("old", "in use"):
            folder = _folder(tmp_path, key)
            for path in (*folder.iterdir(), folder):
                os.utime(path, (0, 0))
        with _open(tmp_path, "new"):
            left = list((tmp_path / ".unfinished").iterdir())
            assert {_folder(tmp_path, key) for key in ("young", "in use", "new")} == set(left)


def test_a_shard_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with _open(tmp_path, "key") as shards:
        _put(shards, range(0, 2), {"ig": _table(range(0, 2))})
        (file,) = _folder(tmp_path, "key").glob("*.arrow")
        file.write_bytes(b"no arrow")
        with pytest.raises(
            InputError, match="cannot be read: .*; delete .*unfinished/[0-9a-f]* to score it again"
        ):
            shards.table("ig")


def _written(run: Path, *cells: str) -> None:
    for cell in cells:
        (run / "data/net" / cell / "k").mkdir(parents=True)
        (run / "data/net" / cell / "k" / "run.json").touch()


def test_where_some_cells_were_written_the_others_go_on_with_what_was_kept(tmp_path: Path) -> None:
    rows = range(0, 2)
    with _open(tmp_path, "ig", "native", "random") as shards:
        _put(shards, rows, {name: _table(rows) for name in ("ig", "native", "random")})
    with _open(tmp_path, "ig") as fewer:
        assert fewer.missing(2, 2) == [rows], "that of the others is still wanted"
    _written(tmp_path, "native")
    with open_shards(tmp_path, [tmp_path / "data/net/random/k"], "cuda") as elsewhere:
        assert elsewhere.missing(2, 2) == [rows]
    with _open(tmp_path, "random", "ig") as left:
        assert left.missing(4, 2) == [range(2, 4)]
        _put(left, range(2, 4), {name: _table(range(2, 4)) for name in ("ig", "random")})
        pd.testing.assert_frame_equal(left.table("ig"), _table(range(4)))
    with _open(tmp_path, "random", "ig") as again:
        assert again.missing(4, 2) == []


def test_what_is_kept_of_cells_that_were_all_written_is_removed(tmp_path: Path) -> None:
    for cells in (("ig", "native"), ("random",)):
        with _open(tmp_path, *cells):
            pass
    _written(tmp_path, "ig", "native")
    with _open(tmp_path, "ig", "native"):
        clear_shards(tmp_path)
        assert len(list((tmp_path / ".unfinished").iterdir())) == 2, "another process is at it"
    clear_shards(tmp_path)
    assert list((tmp_path / ".unfinished").iterdir()) == [_folder(tmp_path, "random")]
    (tmp_path / "data/net/random/k").mkdir(parents=True)
    clear_shards(tmp_path)
    assert (tmp_path / ".unfinished").is_dir(), "it is not written yet"
    (tmp_path / "data/net/random/k/run.json").touch()
    clear_shards(tmp_path)
    assert not (tmp_path / ".unfinished").exists()


@pytest.mark.parametrize("content", ["", "null", "{}", '{"cells": 3}'])
def test_shards_that_do_not_say_what_they_are_of_are_left_alone(
    tmp_path: Path, content: str
) -> None:
    folder = tmp_path / ".unfinished" / "old"
    folder.mkdir(parents=True)
    (folder / "cells.json").write_text(content)
    with _open(tmp_path, "ig"):
        clear_shards(tmp_path)
    assert folder.is_dir()
