"""The whole comparison, of recordings of a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.studies.realism.realism_results import of_another_seed, of_real_recordings
from xai_bench.errors import InputError, UnknownNameError
from xai_bench.studies.realism.study import measure_realism


def test_another_seed_of_the_generator_is_not_told_apart() -> None:
    found, told = of_another_seed()
    assert (found.table["p"] > 0.05).all()
    everything = found.test.table[found.test.table["group"] == "everything"]
    assert everything["ci_low"].max() < 0.6
    assert found.models.table.empty
    assert len(set(told)) == 5


@pytest.mark.slow
def test_a_folder_of_another_kind_is_told_apart(shared_data: Path) -> None:
    found = of_real_recordings(shared_data / "ptbxl_mini")
    assert len(found.real.recordings) == len(found.real.features) == 8
    assert len(found.synthetic.recordings) == 24
    assert found.chosen == "those labelled NORM alone, of 10"
    assert found.fallback == ""
    assert any("1: no file for a model of 500 Hz" in line for line in found.left_out)
    # What a recorder does to its samples is seen at any number of recordings.
    differing = found.table.loc[found.table["p"] < 0.05, "feature"]
    assert "unchanged samples" in set(differing)
    rows = {(row["feature"], row["lead"]): row for _, row in found.table.iterrows()}
    hr = rows["heart rate", ""]
    assert 54 < hr["real_q10"] < hr["real_q50"] < hr["real_q90"] < 124
    assert 75 < rows["QRS", ""]["real_q50"] < 100
    assert len(found.models.table) == 11
    assert np.isfinite(found.test.table["auroc"]).all()


def test_what_cannot_be_done_is_said_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="conv2d"):
        measure_realism(tmp_path, models=["conv2e"])
    with pytest.raises(InputError, match="0 synthetic recordings"):
        measure_realism(tmp_path, n=0)
