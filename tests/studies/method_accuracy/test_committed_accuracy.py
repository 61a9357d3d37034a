"""The numbers in docs/accuracy are those that the study finds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from xai_bench.results.study_tables import read_study
from xai_bench.studies.method_accuracy import method_accuracy
from xai_bench.studies.method_accuracy.accuracy_measures import SCHEMA

COMMITTED = read_study(Path(__file__).parents[3] / "docs" / "accuracy", SCHEMA)
KEYS = list(SCHEMA.keys)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "methods"),
    [
        ("known-hypernet", ["native", "input-x-gradient"]),
        ("known-shortcut", ["deeplift", "gradcam", "truth"]),
    ],
)
def test_committed_numbers_are_recomputed(model: str, methods: list[str]) -> None:
    facts = COMMITTED.facts
    found = method_accuracy(model, methods, n=facts["n"], seed=facts["seed"]).table.set_index(KEYS)
    rows = COMMITTED.table[
        (COMMITTED.table["model"] == model) & COMMITTED.table["method"].isin(methods)
    ].set_index(KEYS)
    assert set(found.index) == set(rows.index)
    expected = rows.loc[found.index]
    for column in ("value", "ci_low", "ci_high"):
        np.testing.assert_allclose(found[column], expected[column], rtol=1e-3, atol=2e-3)
    pd.testing.assert_frame_equal(found[["n", "n_failed"]], expected[["n", "n_failed"]])


def test_all_pairs_of_the_preset_are_there_or_left_out_with_a_reason() -> None:
    facts = COMMITTED.facts
    scored = set(zip(COMMITTED.table["model"], COMMITTED.table["method"], strict=True))
    skipped = {(one["model"], one["method"]) for one in facts["skipped"]}
    wanted = {(model, method) for model in facts["models"] for method in facts["methods"]}
    assert scored | skipped == wanted
    assert not scored & skipped
    assert all(one["reason"] for one in facts["skipped"])
