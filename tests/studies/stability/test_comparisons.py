"""The long form of scores."""

from __future__ import annotations

import numpy as np

from tests.recordings import recordings
from xai_bench.studies.stability.comparisons import Key, found, long_form
from xai_bench.studies.stability.estimates import tabulate
from xai_bench.studies.stability.schema import SCORES
from xai_bench.studies.stability.similarity import Similarity


def test_a_row_for_each_recording_and_measure() -> None:
    key = Key(question="input", model="m", method="ig", condition="shift", level=5.0)
    measures = {
        "cosine": Similarity(scores=np.array([0.5, np.nan]), reasons=("", "flat")),
        "ssim": Similarity(scores=np.array([0.25, 1.0]), reasons=("", "")),
    }
    table = long_form(found(key, recordings(2), measures, np.array([True, False])))
    assert list(table.itertuples(index=False, name=None))[2:] == [
        ("input", "m", "ig", "", "shift", 5.0, "ssim", "r0", "p0", 0.25, True, ""),
        ("input", "m", "ig", "", "shift", 5.0, "ssim", "r1", "p0", 1.0, False, ""),
    ]
    assert table["reason"].tolist() == ["", "flat", "", ""]
    assert table["score"].isna().tolist() == [False, True, False, False]


def test_nothing_found_is_a_table_without_rows() -> None:
    table = long_form([])
    assert {name: str(kind) for name, kind in table.dtypes.items()} == SCORES
    assert len(table) == len(tabulate(table, {})) == 0
