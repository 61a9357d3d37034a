"""Readers side by side on the same recordings."""

from __future__ import annotations

import numpy as np
import pytest

from tests.recordings import recordings
from xai_bench.errors import InputError
from xai_bench.models import load_model
from xai_bench.studies.base import Inputs
from xai_bench.studies.delineation.study import compare_readers
from xai_bench.types import WAVES


def _all_t(millivolt: np.ndarray, rate_hz: float) -> np.ndarray:
    return np.full(millivolt.shape[1], WAVES.index("T"), dtype=np.int8)


def _as_planted(millivolt: np.ndarray, rate_hz: float) -> np.ndarray:
    labels = np.full(millivolt.shape[1], WAVES.index("TP"), dtype=np.int8)
    labels[102:161] = WAVES.index("QRS")
    return labels


def test_a_row_for_each_reader_wave_and_measure() -> None:
    found = compare_readers(recordings(6, evidence=True), {"t": _all_t, "late": _as_planted})
    rows = {
        (row["reader"], row["wave"], row["measure"]): row["value"]
        for row in found.table.to_dict("records")
    }
    assert rows["late", "QRS", "sensitivity"] == rows["late", "QRS", "ppv"] == 1
    assert rows["late", "QRS", "onset_mean"] == pytest.approx(20)
    assert rows["late", "QRS", "offset_mean"] == pytest.approx(10)
    assert rows["late", "QRS", "onset_sd"] == pytest.approx(0)
    assert rows["t", "QRS", "sensitivity"] == 0
    assert np.isnan(rows["t", "QRS", "onset_mean"])
    assert rows["t", "T", "ppv"] == 0
    assert list(found.labels) == ["planted", "t", "late"]
    assert set(found.table["data"]) == {"made-up"}


def test_without_planted_waves_another_reference_must_be_named() -> None:
    with pytest.raises(InputError, match="made-up has no planted waves; name a reader"):
        compare_readers(recordings(2), {"t": _all_t})
    found = compare_readers(recordings(2), {"t": _all_t}, reference="rules")
    assert list(found.labels) == ["rules", "t"]
    both = compare_readers(recordings(2), {"rules": _all_t, "t": _all_t}, reference="rules")
    assert set(both.table["reader"]) == {"t"}
    with pytest.raises(InputError, match="rules is the reference; name another reader"):
        compare_readers(recordings(2), {"rules": _all_t}, reference="rules")


def test_a_study_reads_the_waves_that_are_asked_for() -> None:
    model = load_model("imn")
    planted = Inputs(n=2).recordings(model)
    read = Inputs(n=2, waves="rules").recordings(model)
    assert Inputs(n=2, waves="planted").recordings(model).fingerprint() == planted.fingerprint()
    assert read.record_id == planted.record_id
    assert read.fingerprint() != planted.fingerprint()
