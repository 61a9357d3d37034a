"""Generated backgrounds: the same bits in any order, whole leads, and clear refusals."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from typing import Any

import numpy as np
import pytest

from tests.data.planted.tiny_generator import tiny_tensors
from xai_bench.data import open_source
from xai_bench.data.normalise import Form, to_form
from xai_bench.data.planted import pulse2pulse
from xai_bench.data.planted.deepfake_backgrounds import DeepfakeBackgrounds
from xai_bench.data.planted.pulse2pulse import Pulse2Pulse
from xai_bench.data.signal_range import PHYSIOLOGICAL, measure, unlike
from xai_bench.data.synthetic.leads import twelve
from xai_bench.errors import DatasetError
from xai_bench.types import LEADS


@pytest.fixture
def _tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    net = Pulse2Pulse(tiny_tensors())
    monkeypatch.setattr(pulse2pulse, "installed_pulse2pulse", lambda: net)


@pytest.mark.usefixtures("_tiny")
class TestAnyGenerator:
    def test_a_recording_depends_on_its_seed_and_id_alone(self) -> None:
        backgrounds = DeepfakeBackgrounds(size=5, seed=3)
        forward = [backgrounds.microvolt(row) for row in range(5)]
        again = DeepfakeBackgrounds(size=9, seed=3)
        assert again.record_id[:5] == backgrounds.record_id
        for row in (4, 0, 2):
            assert np.array_equal(again.microvolt(row), forward[row])
        assert len({one.tobytes() for one in forward}) == 5
        other = DeepfakeBackgrounds(size=5, seed=4).microvolt(0)
        assert not np.array_equal(other, forward[0])

    @pytest.mark.parametrize("rate_hz", [100.0, 500.0])
    def test_limb_leads_follow_from_two_without_error(self, rate_hz: float) -> None:
        found = DeepfakeBackgrounds(size=1, rate_hz=rate_hz).microvolt(0)
        assert found.shape == (12, round(10 * rate_hz))
        lead = dict(zip(LEADS, found.astype(np.int64), strict=True))
        assert not (lead["I"] + lead["III"] - lead["II"]).any()
        assert not (lead["aVR"] + lead["aVL"] + lead["aVF"]).any()
        assert not (2 * lead["aVR"] + lead["I"] + lead["II"]).any()
        assert not (2 * lead["aVL"] - lead["I"] + lead["III"]).any()
        assert not (found[:2] % 2).any()

    def test_an_output_of_one_is_six_millivolt(self) -> None:
        made: list[np.ndarray] = []
        net = pulse2pulse.installed_pulse2pulse()

        def spy(noise: object) -> object:
            made.append(net(noise).numpy()[0])  # type: ignore[arg-type]
            return net(noise)  # type: ignore[arg-type]

        backgrounds = DeepfakeBackgrounds(size=1, rate_hz=500.0)
        backgrounds._generator = spy  # type: ignore[assignment]
        found = backgrounds.microvolt(0)[[0, 1, *range(6, 12)]]
        assert np.abs(found - 6000.0 * made[0]).max() <= 1.01

    def test_resampled_as_real_recordings_are(self) -> None:
        fine = DeepfakeBackgrounds(size=1, rate_hz=500.0).microvolt(0)
        form = Form(rate_hz=100.0, seconds=10.0)
        as_real = to_form(twelve(fine[[0, 1, *range(6, 12)]] / 1000.0), 500.0, form)
        coarse = DeepfakeBackgrounds(size=1, rate_hz=100.0).microvolt(0)
        assert np.abs(coarse.astype(int) - as_real).max() <= 2

    def test_fewer_seconds_are_the_first(self) -> None:
        whole = DeepfakeBackgrounds(size=1).microvolt(0)
        short = DeepfakeBackgrounds(size=1, seconds=4.0).microvolt(0)
        assert np.array_equal(short, whole[:, :400])

    @pytest.mark.parametrize(
        ("asked", "message"),
        [
            ({"seconds": 10.5}, r"seconds=10\.5 .* 10 s at 500 Hz"),
            ({"seconds": 0.5}, "seconds=0.5"),
            ({"rate_hz": 1000.0}, "rate_hz=1000 .* use 50 to 500"),
            ({"rate_hz": float("nan")}, "rate_hz=nan"),
            ({"size": 0}, "size=0"),
        ],
    )
    def test_what_cannot_be_made_is_refused(self, asked: dict[str, Any], message: str) -> None:
        with pytest.raises(DatasetError, match=message):
            DeepfakeBackgrounds(**asked)

    def test_fingerprints_tell_apart_what_differs(self) -> None:
        different: list[dict[str, Any]] = [{}, {"size": 7}, {"seed": 1}, {"rate_hz": 250.0}]
        different += [{"seconds": 5.0}, {"rate_hz": 200.0, "seconds": 5.0}]
        found = [DeepfakeBackgrounds(**one).fingerprint() for one in different]
        assert len(set(found)) == len(different)
        assert DeepfakeBackgrounds().fingerprint() == found[0]


def test_generated_recordings_are_ecgs(generator_installed: None) -> None:
    backgrounds = DeepfakeBackgrounds(size=4)
    for row in range(4):
        millivolt = (backgrounds.microvolt(row) / 1000).astype(np.float32)
        assert not unlike(measure(millivolt, 100.0), PHYSIOLOGICAL)


def test_without_the_extra_a_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> None:
        raise PackageNotFoundError(name)

    installed = pulse2pulse.installed_pulse2pulse.__wrapped__
    monkeypatch.setattr(pulse2pulse, "installed_pulse2pulse", installed)
    monkeypatch.setattr(pulse2pulse, "distribution", absent)
    with pytest.raises(DatasetError) as caught:
        open_source("planted:deepfake")
    assert str(caught.value) == (
        "generated backgrounds need deepfake-ecg: pip install 'xai-bench[deepfake]'"
    )
