"""What two delineators disagree on is not planted, and it is said whether two were asked."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from jaxtyping import Int16

from tests.data.planted.backgrounds_made import RATE, healthy_recordings
from xai_bench.data.delineate import Delineation
from xai_bench.data.planted import one_background, plant, planted_source
from xai_bench.data.planted.backgrounds import Backgrounds
from xai_bench.data.planted.fitted_heart import FittedHeart, fit_heart
from xai_bench.data.planted.generated_backgrounds import GeneratedBackgrounds
from xai_bench.data.planted.planted_source import PlantedSource
from xai_bench.data.source import Index
from xai_bench.errors import RecordingError
from xai_bench.memo import Memo

PLANT = import_module("xai_bench.data.planted.plant")
REASON = "openecg does not find our waves in lead II: T in 9 of 9 beats by us, 0 by it"
UNCHECKED = "waves by one delineator alone: no second opinion on them was asked"
CHECKED = "recordings on whose waves openecg 0123 disagrees are left out"


class Made(Backgrounds):
    name = "made"
    rate_hz = RATE
    samples = 1000

    @property
    def index(self) -> Index:
        given = healthy_recordings()
        return Index(record_id=given.record_id, patient_id=given.patient_id)

    def fingerprint(self) -> str:
        return "made"

    def microvolt(self, row: int) -> Int16[np.ndarray, "12 time"]:
        return np.asarray(healthy_recordings().microvolt[row])


class NeverAsked(Made):
    asks_second_reader = False


FITS = Memo()


def _fit_once(found: Delineation, rate_hz: float) -> FittedHeart:
    return FITS(found.beat.tobytes(), lambda: fit_heart(found, rate_hz))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Recordings on which a second opinion is asked; it is bad of the second alone."""
    found: list[bytes] = []

    def opinion(microvolt: np.ndarray, rate_hz: float) -> str | None:
        assert rate_hz == RATE
        found.append(microvolt.tobytes())
        return REASON if np.array_equal(microvolt, Made().microvolt(1)) else None

    for module in (planted_source, PLANT):
        monkeypatch.setattr(module, "second_reader", lambda: "openecg 0123, rules 1")
    monkeypatch.setattr(one_background, "second_opinion", opinion)
    monkeypatch.setattr(one_background, "fit_heart", _fit_once)
    one_background._fitted.cache_clear()
    return found


def test_a_source_refuses_what_they_disagree_on(asked: list[bytes]) -> None:
    source = PlantedSource(Made(), all_findings=True)
    assert source.remarks == (CHECKED,)
    per_background = len(source.index) // 3
    source.read(0)
    for row in (per_background, per_background + 1):
        with pytest.raises(RecordingError, match="does not find our waves in lead II") as caught:
            source.read(row)
        assert str(caught.value) == f"{source.index.record_id[row]}: {REASON}"
    source.read(2 * per_background + 1)
    assert asked


def test_a_lesion_is_planted_into_the_others(asked: list[bytes]) -> None:
    planted = plant(healthy_recordings(), "lvh", 0.3)
    assert planted.record_id == ("r0", "r5")
    assert planted.left_out == (f"r3: {REASON}",)
    assert planted.remarks == (CHECKED,)
    again = plant(planted, "lvh", 0.0)
    assert again.remarks == (CHECKED,)


def test_nobody_is_asked_where_there_are_thousands(asked: list[bytes]) -> None:
    source = PlantedSource(NeverAsked(), all_findings=True)
    for row in range(0, len(source.index), len(source.index) // 3):
        source.read(row)
    assert not asked
    assert source.remarks == (UNCHECKED,)
    assert not GeneratedBackgrounds.asks_second_reader


def test_nobody_is_asked_where_the_extra_is_missing(
    asked: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_reader = PlantedSource(Made(), all_findings=True)
    for module in (planted_source, PLANT):
        monkeypatch.setattr(module, "second_reader", lambda: None)
    source = PlantedSource(Made(), all_findings=True)
    assert source.remarks == (UNCHECKED,)
    planted = plant(healthy_recordings(), "lvh", 0.3)
    assert planted.record_id == ("r0", "r3", "r5")
    assert planted.remarks == (UNCHECKED,)
    assert not asked
    prints = {source.fingerprint(), with_reader.fingerprint()}
    prints |= {PlantedSource(NeverAsked(), all_findings=True).fingerprint()}
    assert len(prints) == 2, "of recordings that were read in the same way it is the same"
