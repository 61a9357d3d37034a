"""The files of the leaderboard: plain numbers, whole or not at all."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest

from tests.results.disk import files_of_100_bytes
from tests.results.made_cells import cell, skipped
from xai_bench import storage
from xai_bench.errors import OutputError
from xai_bench.results import COLUMNS, leaderboard, to_csv, widen, write_leaderboard


def test_csv_holds_plain_numbers() -> None:
    verdict = {"auroc": 2 / 3, "ci_low": 0.5, "ci_high": 0.75, "n": 256, "verdict": "ok"}
    text = to_csv(leaderboard([cell("ig", [1 / 3] * 5, quality=verdict), skipped()]))
    header, refused, ig = text.splitlines()
    assert header == ",".join(COLUMNS)
    third = "0.333333"
    row = f"synthetic,imn,ig,stability,m,higher,{third},{third},{third},5,0,,,,,,1,,ok,,,v1-a"
    assert ig == f"{row},0.666667,0.5,0.75,ok"
    assert refused.startswith("synthetic,conv2d,native,,,,,,,,,,,,,,,,skipped,needs W,")


def test_both_forms_are_written_side_by_side(tmp_path: Path) -> None:
    table = leaderboard([cell("ig", [1 / 3] * 5), skipped()])
    assert write_leaderboard(tmp_path, table) == tmp_path / "leaderboard.csv"
    assert (tmp_path / "leaderboard.csv").read_text() == to_csv(table)
    assert (tmp_path / "leaderboard_wide.csv").read_text() == to_csv(widen(table))
    back = pd.read_csv(io.StringIO((tmp_path / "leaderboard_wide.csv").read_text()))
    assert back.set_index("method").loc["ig", "m"] == 0.333333


def test_an_interruption_and_a_full_disk_leave_no_half_leaderboard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = leaderboard([cell("ig", [1.0])])
    with (
        pytest.raises(OutputError, match=r"cannot write .*leaderboard\.csv: File too large"),
        files_of_100_bytes(),
    ):
        write_leaderboard(tmp_path, table)

    def interrupt(temporary: Path, path: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(storage, "put_in_place", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_leaderboard(tmp_path, table)
    assert list(tmp_path.iterdir()) == []
