"""Cells are whole or absent; the leaderboard is made of them and of nothing else."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from xai_bench import results
from xai_bench.errors import InputError, OutputError
from xai_bench.results import (
    COLUMNS,
    Cell,
    digest,
    leaderboard,
    open_run,
    read_cells,
    to_csv,
    write_cell,
    write_leaderboard,
)

CARD = {"better": "higher", "statistic": "mean"}


def _cell(
    method: str,
    scores: list[float],
    *,
    key: str = "k",
    metric: str = "m",
    protocol: str = "v1-a",
    started: str = "2026-01-01",
    quality: dict[str, object] | None = None,
    family: str = "stability",
) -> Cell:
    ok = ["ok" if np.isfinite(s) else "failed" for s in scores]
    table = pd.DataFrame(
        {
            "record_id": [f"r{i}" for i in range(len(scores))],
            "patient_id": [f"p{i}" for i in range(len(scores))],
            "metric": metric,
            "score": scores,
            "status": ok,
            "reason": ["" if s == "ok" else "no evidence" for s in ok],
        }
    )
    return Cell(
        dataset="synthetic",
        model="imn",
        method=method,
        key=key,
        protocol=protocol,
        status="ok",
        reason="",
        scores=table,
        provenance={"metrics": {metric: CARD}, "families": {metric: family}, "started": started}
        | ({"quality": quality} if quality else {}),
    )


def _skipped() -> Cell:
    return replace(
        _cell("native", []), model="conv2d", status="skipped", reason="needs W", scores=None
    )


def test_a_cell_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    for cell in (_cell("ig", [0.5, np.nan, 1.0]), _skipped()):
        folder = write_cell(tmp_path, cell)
        assert folder == tmp_path / "synthetic" / cell.model / cell.method / "k"
    back = {cell.model: cell for cell in read_cells(tmp_path)}
    assert back["imn"].scores is not None
    written = _cell("ig", [0.5, np.nan, 1.0]).scores
    assert written is not None
    pd.testing.assert_frame_equal(back["imn"].scores, written)
    assert back["imn"].provenance == _cell("ig", []).provenance
    assert back["conv2d"].scores is None
    assert back["conv2d"].reason == "needs W"


def test_another_key_never_overwrites(tmp_path: Path) -> None:
    write_cell(tmp_path, _cell("ig", [0.0], key="one"))
    write_cell(tmp_path, _cell("ig", [1.0], key="two"))
    assert len(read_cells(tmp_path)) == 2


def test_an_interruption_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(path: Path) -> None:
        raise KeyboardInterrupt

    write_cell(tmp_path, _cell("ig", [1.0]))
    monkeypatch.setattr(results, "_flush", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_cell(tmp_path, _cell("random", [1.0]))
    with pytest.raises(KeyboardInterrupt):
        write_leaderboard(tmp_path, leaderboard([]))
    assert [cell.method for cell in read_cells(tmp_path)] == ["ig"]
    left = [p.name for p in tmp_path.rglob("*") if p.is_file()]
    assert sorted(left) == ["run.json", "scores.parquet"]


@contextmanager
def _files_of_100_bytes() -> Iterator[None]:
    """The system refuses longer files, as a full disk would; the log of the tests among them."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_one_line_and_leaves_no_half_cell(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match="cannot write .*imn/ig/k: File too large"),
        _files_of_100_bytes(),
    ):
        write_cell(tmp_path, _cell("ig", [1.0]))
    table = leaderboard([_cell("ig", [1.0])])
    with (
        pytest.raises(OutputError, match=r"cannot write .*leaderboard\.csv: File too large"),
        _files_of_100_bytes(),
    ):
        write_leaderboard(tmp_path, table)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_a_folder_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write .*file/runs: Not a directory"):
        open_run(tmp_path / "file" / "runs")
    assert open_run(tmp_path / "new" / "runs").is_dir()


def test_a_run_that_is_not_there_and_a_cell_that_is_broken_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no run folder .*; make one: xai-bench run --out"):
        read_cells(tmp_path / "none")
    folder = write_cell(tmp_path, _cell("ig", [1.0]))
    (folder / "scores.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match="imn/ig/k cannot be read: .*delete it to run it again"):
        read_cells(tmp_path)
    (folder / "run.json").write_text(json.dumps({"status": "ok"}))
    with pytest.raises(InputError, match="cannot be read"):
        read_cells(tmp_path)


def test_leaderboard_row_by_row() -> None:
    table = leaderboard(
        [
            _cell("ig", [1.0, 2.0, 1.0, 2.0, 1.0, 2.0, np.nan]),
            _cell("random", [0.0, 0.5, 0.0, 0.5, 0.0, 0.5, 9.0]),
            _cell("oracle", [3.0, np.nan, 3.0, 3.0, 3.0, 3.0, 9.0]),
            _skipped(),
        ],
        {"m": "training"},
    )
    assert tuple(table.columns) == COLUMNS
    ig = table[table.method == "ig"].iloc[0]
    assert ig["mean"] == 1.5
    assert 1.0 <= ig["ci_low"] < 1.5 < ig["ci_high"] <= 2.0
    assert (ig["n"], ig["n_failed"], ig["reason"]) == (6, 1, "1 x no evidence")
    assert ig["random"] == 0.25, "on the recordings that ig could be scored on"
    assert ig["oracle"] == 3.0
    # Of the five recordings that all three have scores of: (1.4 - 0.2) / (3 - 0.2).
    assert ig["skill"] == pytest.approx((7 / 5 - 1 / 5) / (3 - 1 / 5))
    assert ig["skill_low"] < ig["skill"] < ig["skill_high"]
    assert ig["flags"] == "training"
    assert ig["family"] == "stability"
    assert table[table.method == "oracle"].iloc[0]["skill"] == 1
    assert table[table.method == "random"].iloc[0]["skill"] == 0
    skipped = table[table.model == "conv2d"].iloc[0]
    assert (skipped["status"], skipped["reason"]) == ("skipped", "needs W")
    assert pd.isna(skipped["mean"])
    assert pd.isna(skipped["n"])


def test_skill_of_a_metric_that_is_better_when_lower() -> None:
    cells = [_cell("ig", [3.0] * 6), _cell("random", [4.0] * 6), _cell("oracle", [0.0] * 6)]
    assert leaderboard(cells)["skill"].isna().all(), "the oracle is the worst"
    lower = {"metrics": {"m": CARD | {"better": "lower"}}}
    turned = [replace(cell, provenance=cell.provenance | lower) for cell in cells]
    assert leaderboard(turned).set_index("method")["skill"].to_dict() == {
        "ig": 0.25,
        "oracle": 1.0,
        "random": 0.0,
    }


def test_there_is_no_skill_where_chance_and_ceiling_are_alike_or_of_costs() -> None:
    values, around = [1.0, 2.0, 1.0, 2.0, 3.0, 1.0], [0.0, 1.0, -1.0, 1.0, -1.0, 0.0]
    alike = leaderboard([_cell("ig", values), _cell("random", [0.0] * 6), _cell("oracle", around)])
    assert alike["skill"].isna().all()
    assert alike["oracle"].notna().all()
    cells = [_cell(m, [s] * 6, family="runtime") for m, s in (("ig", 1.0), ("random", 0.0))]
    costs = leaderboard([*cells, _cell("oracle", [3.0] * 6, family="runtime")])
    assert costs["skill"].isna().all()


def test_what_was_remarked_on_a_pair_stands_in_each_of_its_rows() -> None:
    cell = _cell("gradcam", [1.0, 2.0])
    remarked = replace(cell, provenance=cell.provenance | {"remark": "no lead axis"})
    table = leaderboard([remarked, _cell("ig", [1.0, 2.0])])
    assert table[["method", "remark"]].values.tolist() == [["gradcam", "no lead axis"], ["ig", ""]]


def test_controls_of_another_protocol_are_not_mixed_in() -> None:
    table = leaderboard([_cell("ig", [1.0, 2.0]), _cell("random", [0.0, 0.0], protocol="v1-b")])
    assert table[table.method == "ig"]["random"].isna().all()
    assert len(table) == 2


def test_when_a_metric_was_scored_twice_the_latest_counts() -> None:
    old = _cell("ig", [1.0, 1.0], started="2026-01-01", key="a")
    new = _cell("ig", [2.0, 2.0], started="2026-02-01", key="b")
    table = leaderboard([old, new])
    assert table["mean"].tolist() == [2.0]


def test_a_metric_that_failed_everywhere_says_so() -> None:
    row = leaderboard([_cell("ig", [np.nan, np.nan])]).iloc[0]
    assert (row["status"], row["n"], row["n_failed"]) == ("failed", 0, 2)
    assert row["reason"] == "2 x no evidence"


def test_the_verdict_of_the_gate_stands_in_every_row_and_is_unknown_to_older_cells() -> None:
    verdict = {"auroc": 0.52, "ci_low": 0.41, "ci_high": 0.63, "n": 256, "verdict": "unreliable"}
    table = leaderboard(
        [
            _cell("ig", [1.0, 2.0], quality=verdict),
            _cell("saliency", [np.nan], quality=verdict),
            _cell("native", [1.0]),
            _cell("gradcam", [1.0], quality={"auroc": None, "n": 9, "verdict": "unknown"}),
        ]
    )
    gate = ["auroc", "auroc_low", "auroc_high", "quality"]
    bad = table[table.method.isin(["ig", "saliency"])]
    assert bad[gate].values.tolist() == [[0.52, 0.41, 0.63, "unreliable"]] * 2
    unknown = table[table.method.isin(["native", "gradcam"])]
    assert unknown["quality"].tolist() == ["unknown"] * 2
    assert unknown[gate[:3]].isna().all(axis=None)


def test_csv_holds_plain_numbers() -> None:
    verdict = {"auroc": 2 / 3, "ci_low": 0.5, "ci_high": 0.75, "n": 256, "verdict": "ok"}
    text = to_csv(leaderboard([_cell("ig", [1 / 3] * 5, quality=verdict), _skipped()]))
    header, skipped, ig = text.splitlines()
    assert header == ",".join(COLUMNS)
    third = "0.333333"
    row = f"synthetic,imn,ig,stability,m,higher,{third},{third},{third},5,0,,,,,,,ok,,,v1-a"
    assert ig == f"{row},0.666667,0.5,0.75,ok"
    assert skipped.startswith("synthetic,conv2d,native,,,,,,,,,,,,,,,skipped,needs W,")


def test_digest_ignores_the_order_of_keys() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) != digest({"a": 2, "b": 1})
