"""planted:deepfake: one recording a background, with the mixture of the synthetic cohort."""

from __future__ import annotations

import numpy as np
import pytest

from tests.data.planted.backgrounds_made import RATE, healthy_recordings
from xai_bench.data import load_record, open_source
from xai_bench.data.planted.deepfake_backgrounds import DeepfakeBackgrounds
from xai_bench.data.planted.planted_source import PlantedSource
from xai_bench.data.synthetic.cohort import Difficulty, draw_cohort
from xai_bench.errors import DatasetError


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> PlantedSource:
    """Three recordings, again and again, in the place of what the generator makes."""
    monkeypatch.setattr("xai_bench.data.planted.pulse2pulse.installed_pulse2pulse", lambda: None)

    def microvolt(self: DeepfakeBackgrounds, row: int) -> np.ndarray:
        return np.asarray(healthy_recordings().microvolt[row % 3])

    monkeypatch.setattr(DeepfakeBackgrounds, "microvolt", microvolt)
    made = DeepfakeBackgrounds(rate_hz=RATE, seconds=10.0, size=60)
    return PlantedSource(made, all_findings=False, is_checked=False)


def test_mixture_ids_and_folds_are_those_of_the_cohort(source: PlantedSource) -> None:
    cohort = draw_cohort(0, 60, Difficulty())
    index = source.index
    assert index.record_id == tuple(
        "+".join((f"{row + 1:05d}", *planted)) for row, planted in enumerate(cohort.planted)
    )
    assert index.patient_id == tuple(f"{row + 1:05d}" for row in range(60))
    assert index.fold is not None
    assert index.fold.tolist() == [row % 10 + 1 for row in range(60)]
    assert index.labels is not None
    for labels, planted in zip(index.labels, cohort.planted, strict=True):
        assert len(labels) == max(len(planted), 1)
        assert (labels == {"NORM"}) == (not planted)


def test_what_is_planted_is_in_the_row(source: PlantedSource) -> None:
    for row in (0, 9):
        record = source.read(row)
        twin = np.asarray(healthy_recordings().microvolt[row % 3])
        assert record.healthy is not None
        assert np.array_equal(record.healthy, twin)
        assert (record.microvolt != twin).any() == ("+" in source.index.record_id[row])


def test_nobody_checked_and_it_says_so(source: PlantedSource) -> None:
    assert any("nobody has read them" in line for line in source.remarks)
    assert any("nobody else checked" in line for line in source.remarks)


def test_labels_are_known(source: PlantedSource) -> None:
    with pytest.raises(DatasetError, match="leave out --labels"):
        open_source("planted:deepfake", labels="labels.csv")


@pytest.mark.slow
@pytest.mark.usefixtures("generator_installed")
def test_with_the_generator_itself() -> None:
    source = open_source("planted:deepfake", rate_hz=RATE)
    assert len(source.index) == 4000
    record = load_record(f"planted:deepfake:{source.index.record_id[0]}")
    assert np.array_equal(np.asarray(record.microvolt)[0], source.read(0).microvolt)
