"""Whoever reads waves is asked in one way, and what they say takes the place of what was known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.recordings import recordings
from xai_bench.data import load_data
from xai_bench.data.delineate import delineate_recording, waves_of
from xai_bench.data.second_opinion import second_reader
from xai_bench.errors import InputError, UnknownNameError, WeightsError
from xai_bench.models.waves import find_reader, openecg_reader, with_waves
from xai_bench.models.waves.delnet_reader import DelNetReader, read_net
from xai_bench.models.waves.openecg_reader import read_openecg
from xai_bench.nets.delnet import DelNet
from xai_bench.studies.delineation import matches_of
from xai_bench.types import WAVES, Recordings
from xai_bench.wave_names import WAVE_READERS

TWO = Path(__file__).parents[3] / ".." / "shared" / "data" / "mitbih_mini" / "100"


@pytest.fixture(scope="module")
def synthetic() -> Recordings:
    return load_data("synthetic", n=4, rate_hz=500.0, seed=3)


def test_every_name_has_a_reader() -> None:
    for name in WAVE_READERS:
        assert callable(find_reader(name))
    with pytest.raises(UnknownNameError, match="Did you mean 'delnet'"):
        find_reader("delnett")


def test_planted_waves_are_left_as_they_are_and_asked_for_where_there_are_some(
    synthetic: Recordings,
) -> None:
    assert with_waves(synthetic, "planted") is synthetic
    with pytest.raises(InputError, match="made-up has no planted waves; name a reader: rules"):
        with_waves(recordings(2), "planted")


def test_what_a_reader_says_is_a_part_of_the_recordings_and_of_their_fingerprint(
    synthetic: Recordings,
) -> None:
    steps: list[int] = []
    found = with_waves(synthetic, "rules", lambda _, done, total: steps.append(total - done))
    for signal, waves in zip(synthetic.signal, waves_of(found), strict=True):
        np.testing.assert_array_equal(waves, delineate_recording(signal, 500.0))
    assert found.fingerprint() != synthetic.fingerprint()
    assert found.remarks[-1] == "waves are those that rules finds"
    assert steps == [3, 2, 1, 0]
    np.testing.assert_array_equal(found.microvolt, synthetic.microvolt)


def test_rules_read_two_leads(synthetic: Recordings) -> None:
    signal = synthetic.signal[0]
    all_leads = delineate_recording(signal, 500.0) == WAVES.index("QRS")
    two = delineate_recording(signal[[1, 6]], 500.0) == WAVES.index("QRS")
    assert (all_leads & two).sum() > 0.7 * (all_leads | two).sum()


class TestDelNet:
    def test_finds_planted_beats_it_has_never_seen(self, synthetic: Recordings) -> None:
        assert synthetic.waves is not None
        found = with_waves(synthetic, "delnet")
        for known, labels in zip(waves_of(synthetic), waves_of(found), strict=True):
            qrs = matches_of(known, labels, 500.0)["QRS"]
            assert qrs.hit == qrs.known > 5
            assert qrs.right == qrs.found
            assert np.abs(qrs.late_ms.mean(axis=0)).max() < 20

    def test_neither_gain_nor_level_nor_a_flat_lead_moves_a_wave(
        self, synthetic: Recordings
    ) -> None:
        read, signal = find_reader("delnet"), synthetic.signal[1].astype(np.float64)
        found = read(signal, 500.0)
        assert (read(2 * signal + 1, 500.0) == found).mean() > 0.999
        flat = np.concatenate([signal[:2], np.full((1, signal.shape[1]), 3.0)])
        np.testing.assert_array_equal(read(flat, 500.0), read(signal[:2], 500.0))

    def test_nothing_is_read_in_flat_leads(self) -> None:
        found = find_reader("delnet")(np.zeros((12, 1000), dtype=np.float32), 100.0)
        assert found.dtype == np.int8
        assert not found.any()

    @pytest.mark.parametrize(("rate_hz", "samples"), [(100.0, 1000), (360.0, 360), (500.0, 4999)])
    def test_any_rate_and_length(self, rate_hz: float, samples: int) -> None:
        noise = np.random.default_rng(0).normal(size=(2, samples))
        assert find_reader("delnet")(noise, rate_hz).shape == (samples,)

    def test_leads_are_read_alone_and_averaged(self) -> None:
        torch.manual_seed(0)
        read = DelNetReader(DelNet())
        lead = np.random.default_rng(1).normal(size=(1, 1000)).cumsum(axis=1)
        one = read(lead, 250.0)
        np.testing.assert_array_equal(read(np.repeat(lead, 3, axis=0), 250.0), one)

    def test_other_weights_are_refused(self, tmp_path: Path) -> None:
        with pytest.raises(WeightsError, match=r"nowhere.safetensors cannot be read: No such file"):
            read_net(tmp_path / "nowhere.safetensors")
        (tmp_path / "other.safetensors").write_bytes(b"\x08\x00\x00\x00\x00\x00\x00\x00{}      ")
        with pytest.raises(WeightsError, match="sha256 .* instead of 123456789; install"):
            read_net(tmp_path / "other.safetensors", "123456789")
        with pytest.raises(WeightsError, match="other.safetensors holds no weights of delnet"):
            read_net(tmp_path / "other.safetensors")


class TestOpenecg:
    def test_half_of_the_leads_decide(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def read_lead(lead: np.ndarray) -> np.ndarray:
            """A QRS at the peak of a lead."""
            labels = np.full(len(lead), WAVES.index("TP"), dtype=np.int8)
            labels[int(lead.argmax()) - 20 : int(lead.argmax()) + 20] = WAVES.index("QRS")
            return labels

        monkeypatch.setattr(openecg_reader, "read_lead", read_lead)
        leads = np.zeros((3, 2000))
        leads[[0, 1, 2], [500, 500, 1200]] = 1.0
        leads += np.sin(np.arange(2000) / 20) / 10
        inside = np.flatnonzero(read_openecg(leads, 500.0) == WAVES.index("QRS"))
        assert inside.tolist() == list(range(480, 520))
        both = read_openecg(leads[[0, 2]], 500.0) == WAVES.index("QRS")
        assert set(np.flatnonzero(np.diff(both.astype(int)))) == {479, 519, 1179, 1219}

    def test_flat_leads_are_not_asked(self) -> None:
        assert not read_openecg(np.full((2, 1000), 0.7), 500.0).any()

    @pytest.mark.skipif(second_reader() is None, reason="openecg is not installed")
    def test_finds_planted_beats(self, synthetic: Recordings) -> None:
        known, labels = waves_of(synthetic)[0], read_openecg(synthetic.signal[0], 500.0)
        qrs = matches_of(known, labels, 500.0)["QRS"]
        assert qrs.hit >= qrs.known - 1 > 5


@pytest.mark.skipif(not TWO.with_suffix(".dat").exists(), reason="no real recordings here")
@pytest.mark.parametrize("name", ["delnet", "rules"])
def test_beats_of_two_real_leads_are_where_cardiologists_marked_them(name: str) -> None:
    import wfdb

    signal, about = wfdb.rdsamp(str(TWO), sampto=10 * 360)
    marks = wfdb.rdann(str(TWO), "atr", sampto=10 * 360)
    labels = find_reader(name)(signal.T, float(about["fs"]))
    beats = [at for at, kind in zip(marks.sample, marks.symbol, strict=True) if kind in "NA"]
    near = [(labels[max(at - 20, 0) : at + 20] == WAVES.index("QRS")).any() for at in beats]
    assert len(beats) > 10
    assert sum(near) >= len(beats) - 1


def test_recordings_keep_what_else_is_known(synthetic: Recordings) -> None:
    found = with_waves(replace(synthetic, remarks=("one",)), "rules")
    assert found.evidence is synthetic.evidence
    assert found.remarks[0] == "one"
