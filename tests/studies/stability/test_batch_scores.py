"""The table of scores."""

from __future__ import annotations

import numpy as np

from tests.recordings import recordings
from xai_bench.studies.stability.batch_scores import BatchScores, Measurement, score_table
from xai_bench.studies.stability.estimates import estimate_table
from xai_bench.studies.stability.schema import SCHEMA


def test_a_row_for_each_recording_and_measure() -> None:
    measures = {
        "cosine": Measurement(np.array([0.5, np.nan]), ("", "flat")),
        "ssim": Measurement(np.array([0.25, 1.0]), ("", "")),
    }
    same = np.array([True, False])
    part = BatchScores("ig", "shift", measures, level=5.0, same_prediction=same)
    table = score_table("input", "m", recordings(2), [part])
    assert list(table.itertuples(index=False, name=None))[2:] == [
        ("input", "m", "ig", "", "shift", 5.0, "ssim", "r0", "p0", 0.25, True, ""),
        ("input", "m", "ig", "", "shift", 5.0, "ssim", "r1", "p0", 1.0, False, ""),
    ]
    assert table["reason"].tolist() == ["", "flat", "", ""]
    assert table["score"].isna().tolist() == [False, True, False, False]


def test_a_prediction_that_cannot_change_is_the_same() -> None:
    one = Measurement(np.array([0.5, 0.75]), ("", ""))
    part = BatchScores("ig", "pair", {"cosine": one})
    assert score_table("methods", "m", recordings(2), [part])["same_prediction"].tolist() == [
        True,
        True,
    ]


def test_nothing_measured_is_a_table_without_rows() -> None:
    table = score_table("methods", "m", recordings(2), [])
    assert {name: str(kind) for name, kind in table.dtypes.items()} == SCHEMA.scores
    assert len(table) == len(estimate_table(table, {})) == 0
