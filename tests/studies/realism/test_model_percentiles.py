"""Scores of models on other recordings: log-odds and percentiles, re-computed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from xai_bench.data import load_data, make_dataset
from xai_bench.errors import UnknownNameError
from xai_bench.models import load_model
from xai_bench.studies.realism.model_percentiles import score_models, summarise
from xai_bench.studies.realism.normal_recordings import synthetic_normal


def test_percentiles_are_within_synthetic_normals_of_fold_10(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("xai_bench.studies.realism.model_percentiles._NORMALS", 40)
    folder = tmp_path / "clinic"
    make_dataset(folder, n=4, seed=5)
    scores, skipped = score_models(["conv2d"], folder)
    assert skipped == []
    model = load_model("conv2d")

    def log_odds(signal: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            z = model.normalise(torch.from_numpy(signal))
            return np.asarray(model.log_odds(z, 1).cpu().numpy())

    normal = log_odds(synthetic_normal(40, rate_hz=100.0, split="test").signal)
    real = load_data(folder, split="all")
    assert real.labels is not None
    by_id = scores.set_index("record_id")
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


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="conv2d"):
        score_models(["conv2e"], tmp_path)
