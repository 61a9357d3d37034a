"""What docs/ode/ says of nets, of a table that was made by hand."""

from __future__ import annotations

import pandas as pd

from tools.ode_page import _said, _table
from xai_bench.report.markdown import markdown_table


def _net(
    name: str, areas: tuple[float, float], difference: tuple[float, float]
) -> dict[str, object]:
    first, second = areas
    return {
        **{"model": name, "weights": "00", "n": 64, "positive": 30},
        **{"synthetic": first, "synthetic low": first - 0.1, "synthetic high": first + 0.1},
        **{"synthetic-ode": second, "synthetic-ode low": second - 0.1},
        **{"synthetic-ode high": second + 0.1},
        **{"difference low": difference[0], "difference high": difference[1]},
    }


NETS = pd.DataFrame(
    [
        _net("one", (0.90, 0.70), (-0.30, -0.10)),
        _net("two", (0.80, 0.95), (0.05, 0.25)),
        _net("three", (0.85, 0.86), (-0.05, 0.07)),
    ]
)


def test_sentences_count_what_the_intervals_say() -> None:
    ranges, counts, bad = _said(NETS)
    assert "AUROC 0.800 to 0.900 on `synthetic`" in ranges
    assert "0.700 to 0.950 on `synthetic-ode`" in ranges
    assert counts.startswith("By the interval of the difference 1 nets do worse")
    assert "1 better, and of 1 that is not known" in counts
    assert bad.endswith("(below 0.7): `one`.")


def test_a_row_has_both_areas_and_their_difference() -> None:
    row = markdown_table(_table(NETS)).replace("\\", "").splitlines()[2]
    for text in ("0.900 [0.800, 1.000]", "0.700 [0.600, 0.800]", "-0.200 [-0.300, -0.100]"):
        assert text in row
    assert "64 (30)" in row
