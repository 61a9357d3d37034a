"""Concepts of recordings, against what is measured of them and known of their patients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import xai_bench as xb
from xai_bench.data.ecg_features import measure
from xai_bench.studies.probe.concepts import CONCEPTS, concept_values


@pytest.mark.slow
def test_every_concept_is_measured_or_known() -> None:
    recordings = replace(
        xb.load_data("synthetic", n=3),
        age=np.array([40, np.nan, 71], dtype=np.float32),
        sex=("female", "male", ""),
    )
    found, measured = concept_values(recordings), measure(recordings)
    assert list(found) == list(CONCEPTS)
    assert found["QTc"].tolist() == measured["QTc", ""].tolist()
    assert found["ST V3"].tolist() == measured["ST", "V3"].tolist()
    larger = [max(a, b) for a, b in zip(measured["R", "V5"], measured["R", "V6"], strict=True)]
    assert found["voltage"].to_numpy() == pytest.approx(measured["S", "V1"].to_numpy() + larger)
    assert found["age"].to_numpy() == pytest.approx([40, np.nan, 71], nan_ok=True)
    assert found["male"].to_numpy() == pytest.approx([0, 1, np.nan], nan_ok=True)


def test_the_axis_is_cut_where_few_are(monkeypatch: pytest.MonkeyPatch) -> None:
    recordings = xb.load_data("synthetic", n=3)
    measured = measure(recordings)
    measured["axis", ""] = [-170.0, 170.0, -100.0]
    monkeypatch.setattr(
        "xai_bench.studies.probe.concepts.measure", lambda given, progress: measured
    )
    assert concept_values(recordings)["axis"].tolist() == [190.0, 170.0, -100.0]
    assert concept_values(recordings)["age"].isna().all()
