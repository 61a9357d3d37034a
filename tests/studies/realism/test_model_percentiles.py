"""Scores of models on other recordings: log-odds and percentiles, re-computed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from tests.closed_forms import FiveLinear, Linear, closed_form
from xai_bench.data import load_data, make_dataset
from xai_bench.models import load_model
from xai_bench.studies.realism.compared_recordings import all_real, made_of_class
from xai_bench.studies.realism.model_percentiles import model_percentiles, summarise


def test_percentiles_are_within_synthetic_normals_of_fold_10(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xai_bench.studies.realism.model_percentiles._NORMALS", 16)
    folder = tmp_path / "clinic"
    make_dataset(folder, n=4, seed=5)
    model = load_model("conv2d")
    found = model_percentiles([model], folder)
    assert found.skipped == ()

    def log_odds(signal: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            z = model.normalise(torch.from_numpy(signal))
            return np.asarray(model.log_odds(z, 1).cpu().numpy())

    normal = log_odds(made_of_class("synthetic", "NORM", 16, rate_hz=100.0, split="test").signal)
    real = load_data(folder, split="all")
    assert real.labels is not None
    by_id = found.table.set_index("record_id")
    for record_id, labels, score in zip(
        real.record_id, real.labels, log_odds(real.signal), strict=True
    ):
        row = by_id.loc[record_id]
        assert row["log_odds"] == pytest.approx(score, abs=1e-4)
        assert row["percentile"] == pytest.approx(100 * np.mean(normal < score), abs=0.6)
        assert set(row["labels"].split("+")) == set(labels)
        assert str(row["folder"]).startswith("clinic-")


def test_the_summary_counts_by_model_and_folder() -> None:
    scores = pd.DataFrame(
        {
            "model": ["a", "a", "a", "b"],
            "folder": ["x", "x", "y", "x"],
            "percentile": [95.0, 45.0, 90.0, 91.0],
        }
    )
    assert summarise(scores).to_numpy().tolist() == [
        ["a", "x", 2, 70.0, 0.5],
        ["a", "y", 1, 90.0, 0.0],
        ["b", "x", 1, 91.0, 1.0],
    ]
    assert summarise(scores.head(0)).empty


def test_recordings_are_opened_once_for_all_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = "xai_bench.studies.realism.model_percentiles"
    monkeypatch.setattr(f"{module}._NORMALS", 2)
    opened: list[tuple[object, ...]] = []
    for name, function in (("all_real", all_real), ("made_of_class", made_of_class)):

        def counted(*args: object, function: Any = function, **named: object) -> object:
            opened.append(args)
            return function(*args, **named)

        monkeypatch.setattr(f"{module}.{name}", counted)
    make_dataset(tmp_path / "clinic", n=2, seed=5)
    model = closed_form(Linear())
    found = model_percentiles([model, closed_form(Linear())], tmp_path / "clinic")
    assert len(opened) == 2
    assert len(found.table) == 4


def test_a_model_of_several_classes_is_skipped_with_its_reason(tmp_path: Path) -> None:
    five = closed_form(FiveLinear(), labels={"task": "superclass"})
    found = model_percentiles([five], tmp_path)
    (line,) = found.skipped
    assert line == f"{five.name}: superclass has several log-odds, not one to rank by"
    assert found.table.empty
