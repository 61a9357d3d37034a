"""Rows of a study's tables, picked by the values of their columns."""

from __future__ import annotations

import pandas as pd

from xai_bench.results.study_tables import select


def test_rows_are_picked_by_a_value_or_by_one_of_several_names_in_their_order() -> None:
    table = pd.DataFrame(
        {"method": ["ig", "random", "native", "ig"], "level": [10.0, 20.0, 20.0, 20.0]}
    )
    assert list(select(table, level=20.0).index) == [1, 2, 3]
    assert list(select(table, method=("native", "ig")).index) == [0, 2, 3]
    assert list(select(table, method=["ig"], level=20.0).index) == [3]
    assert select(table, method="saliency").empty
    assert list(select(table).index) == [0, 1, 2, 3]
