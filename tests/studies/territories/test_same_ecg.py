"""Two hearts, one ECG: seen through the lead field written out, and rounded."""

from __future__ import annotations

import numpy as np
import pytest

from xai_bench.data.synthetic import SyntheticSource
from xai_bench.data.synthetic.heart import LEFT, SOURCES
from xai_bench.studies.territories.same_ecg import COLUMNS, other_heart, same_ecg_table
from xai_bench.types import LEADS

SOURCE = SyntheticSource()


@pytest.mark.parametrize("territory", ["anterior", "inferior", "lateral"])
def test_a_silent_territory_leaves_no_trace(territory: str) -> None:
    made = SOURCE.making(4)
    one = other_heart(made, territory)
    assert one.silent[LEFT].sum() >= 5
    assert not one.silent[LEFT.stop :].any()
    assert np.abs(one.before[one.silent]).max() > 0.2
    np.testing.assert_array_equal(one.after[one.silent], 0.0)
    # Lead I and V2 by the sum over sources, one by one.
    force = made.patient.heart.force
    for lead, row in (("I", 0), ("V2", 3)):
        literal = np.zeros(one.after.shape[1])
        for k in range(len(SOURCES)):
            direction = force[k] / np.linalg.norm(force[k])
            literal += made.patient.field.sources[row, k] @ direction * one.after[k]
        np.testing.assert_allclose(literal, one.ecg[LEADS.index(lead)], atol=1e-9)
    np.testing.assert_allclose(one.other, one.ecg, atol=1e-9)
    assert np.abs(one.ecg).max() > 0.5


def test_the_least_is_added_to_the_rest() -> None:
    """Whatever else makes up for the territory is larger: it differs by what no lead sees."""
    made = SOURCE.making(4)
    one = other_heart(made, "anterior")
    size = np.linalg.norm(made.patient.heart.force, axis=1)
    seen = np.einsum("lsk,sk->ls", made.patient.field.sources, made.patient.heart.force)
    seen = seen / size
    rest = ~one.silent
    added = (one.after - one.before)[rest]
    unseen = np.linalg.svd(seen[:, rest])[2][8:]  # twelve less the silent
    np.testing.assert_allclose(unseen @ added, 0.0, atol=1e-9)


def test_the_table_says_what_was_found() -> None:
    table = same_ecg_table(SOURCE, [4, 9])
    assert list(table.columns) == list(COLUMNS)
    assert len(table) == 6
    assert table["rounded_uv"].max() == 0
    assert table["largest_uv"].max() < 1e-6
    assert (table["ecg_uv"] > 400).all()
    assert (table["outward_uv"] >= 0).all()
