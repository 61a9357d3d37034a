"""Comparisons of real and synthetic recordings, each made once for all tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from xai_bench.data import make_dataset
from xai_bench.studies.realism.study import Realism, measure_realism

__all__ = ["of_another_seed", "of_real_recordings"]

STUDY = "xai_bench.studies.realism"


@cache
def of_another_seed() -> tuple[Realism, list[str]]:
    """Of a folder that the generator made with another seed, and what progress was told."""
    told: list[str] = []
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{STUDY}.two_sample_test._TREES", 10)
        clinic = Path(folder) / "clinic"
        make_dataset(clinic, n=20, seed=5)
        found = measure_realism(
            clinic, n=20, rate_hz=100.0, models=[], progress=lambda what, *_: told.append(what)
        )
    return found, told


@cache
def of_real_recordings(folder: Path) -> Realism:
    """Of the eleven recordings in shared/data/ptbxl_mini, with a model's percentiles."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{STUDY}.two_sample_test._TREES", 10)
        patch.setattr(f"{STUDY}.model_percentiles._NORMALS", 20)
        return measure_realism(folder, n=24, models=["conv2d"])
