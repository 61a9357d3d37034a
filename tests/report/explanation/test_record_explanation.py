"""One recording, explained and drawn: the title says which class, how sure, and by what."""

from __future__ import annotations

from math import exp
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from matplotlib.figure import Figure
from scipy.special import expit

from xai_bench import attribute, load_data, load_model, load_record
from xai_bench.data.delineate import waves_of
from xai_bench.errors import InputError
from xai_bench.methods.gradients import Saliency
from xai_bench.models import Model
from xai_bench.report.explanation import record_explanation as room
from xai_bench.report.explanation.attribution_regions import Windows, share_out, top_segments
from xai_bench.report.explanation.record_explanation import explain
from xai_bench.report.figures.recording_page import Panel
from xai_bench.types import Recordings
from xai_bench.zoo import Zoo


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What `draw_recording` is called with, instead of drawing."""
    given: dict[str, Any] = {}

    def draw(signal: object, **others: object) -> Figure:
        given.update(others)
        return Figure()

    monkeypatch.setattr(room, "draw_recording", draw)
    return given


@pytest.mark.parametrize("target", ["MI", "NORM"])
def test_title_carries_target_and_its_probability(tmp_path: Path, zoo: Zoo, target: str) -> None:
    found = explain(
        "linear", "synthetic:00003", "ig", target=target, out=tmp_path / "a.png", zoo=zoo
    )
    model = load_model("linear", zoo=zoo)
    z = model.normalise(torch.from_numpy(load_record("synthetic:00003").signal))
    probability = expit(float(model.log_odds(z, ["NORM", "MI"].index(target))))
    assert found.title == f"00003 · target {target}, P = {probability:.2f} · ig of linear"
    assert (tmp_path / "a.png").exists()


def test_the_probability_of_one_class_of_several_is_its_own(
    tmp_path: Path, zoo: Zoo, drawn: dict[str, Any]
) -> None:
    found = explain(
        "five-linear", "synthetic:00003", "native", target="CD", out=tmp_path / "a.png", zoo=zoo
    )
    model = load_model("five-linear", zoo=zoo)
    z = model.normalise(torch.from_numpy(load_record("synthetic:00003").signal))
    p = 1 / (1 + exp(-float(model.net(z)[0, 3])))
    assert found.title == f"00003 · target CD, P = {p:.2f} · native of five-linear"
    assert drawn["title"] == found.title


def test_the_title_says_what_a_reader_must_know_of_a_method(
    tmp_path: Path, zoo: Zoo, drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Saliency, "remark", lambda _, model: f"coarse on {model.name}")
    found = explain("linear", "synthetic:00003", "ig,saliency", out=tmp_path / "a.png", zoo=zoo)
    assert found.title == drawn["title"]
    assert found.title.endswith(" · ig, saliency (coarse on linear) of linear")


@pytest.mark.parametrize(
    ("method", "label", "what"),
    [
        ("ig", "contribution to the log-odds, per sample", "evidence"),
        ("saliency", "saliency, per sample", "attribution"),
        ("random", "random, per sample", "attribution"),
    ],
)
def test_only_additive_methods_are_said_to_give_evidence(
    tmp_path: Path, zoo: Zoo, drawn: dict[str, Any], method: str, label: str, what: str
) -> None:
    found = explain("linear", "synthetic:00003", method, out=tmp_path / "a.png", zoo=zoo)
    assert [panel.label for panel in drawn["panels"]] == [label]
    assert [(one.what, one.problem) for one in found.by_method] == [(what, None)]


def test_what_misses_the_sum_it_promises_is_no_evidence(
    tmp_path: Path, zoo: Zoo, drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: Any, **others: Any) -> Any:
        found = attribute(*arguments, **others)
        found.residual[:] = 0.5
        return found

    monkeypatch.setattr(room, "attribute", broken)
    found = explain("linear", "synthetic:00003", "ig", out=tmp_path / "a.png", zoo=zoo)
    assert found.by_method[0].what == "attribution"
    assert found.by_method[0].problem == "completeness residual 0.5 > 0.05"


def test_several_methods_are_panels_over_one_recording(
    tmp_path: Path, zoo: Zoo, drawn: dict[str, Any]
) -> None:
    windows = Windows(most=2, seconds=1.0, stride=0.5)
    found = explain(
        "linear", "synthetic:00003", "saliency,ig", out=tmp_path / "a.png", zoo=zoo,
        windows=windows,
    )  # fmt: skip
    model, recording = load_model("linear", zoo=zoo), load_record("synthetic:00003")
    panels: list[Panel] = drawn["panels"]
    assert [panel.name for panel in panels] == ["saliency", "ig"]
    assert recording.waves is not None
    for panel, one in zip(panels, found.by_method, strict=True):
        expected = attribute(model, recording, one.method).values[0]
        np.testing.assert_array_equal(panel.attribution, expected)
        assert panel.segments == top_segments(expected, 100.0, windows)
        shares = share_out(expected, recording.waves[0])
        np.testing.assert_array_equal(one.shares.positive, shares.positive)
        assert panel.shares is one.shares
        assert len(one.strongest_for) == 5
        assert len(one.strongest_against) == 3
        summed = shares.positive.max()
        assert one.strongest_for[0].share <= summed + 1e-9
    assert found.waves == "as its source gives them"
    assert found.origin in drawn["notes"]
    assert "Windows that overlap count" in " ".join(drawn["notes"])
    assert "2 windows of 1 s, one every 0.5 s" in " ".join(drawn["notes"])


def test_waves_of_a_real_recording_are_delineated(
    tmp_path: Path, zoo: Zoo, shared_data: Path, drawn: dict[str, Any]
) -> None:
    found = explain(
        "linear", shared_data / "wfdb_mixed/JS20007", "ig", out=tmp_path / "a.png", zoo=zoo
    )
    assert found.waves == "delineated"
    assert found.beats == 11
    assert found.origin == "Read: 12 leads of 10 s at 500 Hz in mV. Done: resampled to 100 Hz."
    assert "Windows that overlap" not in " ".join(drawn["notes"])


def test_a_recording_without_beats_has_leads_for_regions(
    tmp_path: Path, zoo: Zoo, drawn: dict[str, Any]
) -> None:
    noise = np.random.default_rng(0).standard_normal((12, 1000))
    np.save(tmp_path / "noise.npy", noise)
    found = explain(
        "linear", tmp_path / "noise.npy", "ig", out=tmp_path / "a.png", zoo=zoo, recorded_hz=100.0
    )
    assert found.waves == "none found"
    assert found.beats == 0
    assert {region.wave for region in found.by_method[0].strongest_for} == {"none"}


def test_a_suffix_that_cannot_be_drawn_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"not \.png, \.svg or \.pdf"):
        explain("no model", "no record", "no method", out=tmp_path / "a.gif")


def test_recordings_of_a_set_have_no_origin() -> None:
    recording = load_record("synthetic:00003")
    assert recording.origin == "Made: 10 s at 100 Hz."
    assert isinstance(recording[:1], Recordings)
    assert recording[:1].origin == recording.origin


def test_objects_are_explained_as_names_are(
    tmp_path: Path, zoo: Zoo, drawn: dict[str, Any]
) -> None:
    model, given = load_model("linear", zoo=zoo), load_record("synthetic:00003")

    def mine(of: Model, z: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return z * of.net.get_parameter("w")

    array = np.ones((1, 12, 1000))
    found = explain(model, given, [mine, "saliency", {"ones": array}], out=tmp_path / "a.png")
    assert [one.method for one in found.by_method] == ["mine", "saliency", "ones"]
    assert found.title.endswith("mine, saliency, ones of linear")
    assert [panel.name for panel in drawn["panels"]] == ["mine", "saliency", "ones"]
    assert (tmp_path / "a.png").exists()
    by_hand = share_out(array[0].astype(np.float32), waves_of(given)[0])
    assert str(found.by_method[2].shares) == str(by_hand)


def test_one_recording_is_drawn_at_a_time(tmp_path: Path, zoo: Zoo) -> None:
    three = load_data("synthetic", n=3)
    with pytest.raises(InputError, match=r"draws one recording, 3 were given; pick one: recordi"):
        explain("linear", three, out=tmp_path / "a.png", zoo=zoo)
