"""One recording, explained and drawn: the title says which class, how sure, and by what."""

from __future__ import annotations

from math import exp
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import wfdb
from matplotlib.figure import Figure
from scipy.special import expit

from xai_bench import attribute, load_data, load_model, load_record
from xai_bench.data.delineate import waves_of
from xai_bench.errors import InputError, UnknownNameError
from xai_bench.methods.gradients import Saliency
from xai_bench.models import Model
from xai_bench.report.explanation import explained_page, independent_draws
from xai_bench.report.explanation.attribution_regions import Windows, share_out, top_segments
from xai_bench.report.explanation.independent_draws import DRAWS
from xai_bench.report.explanation.record_explanation import explain
from xai_bench.report.figures.recording_page import Panel
from xai_bench.types import Recordings
from xai_bench.zoo import Zoo


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What `draw_recording` is called with, instead of drawing."""
    given: dict[str, Any] = {}

    def draw(traces: object, **others: object) -> Figure:
        given.update(others, traces=traces)
        return Figure()

    monkeypatch.setattr(explained_page, "draw_recording", draw)
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
    ("method", "additive", "what"),
    [
        ("ig", True, "evidence"),
        ("saliency", False, "attribution"),
        ("random", False, "attribution"),
    ],
)
def test_only_additive_methods_are_said_to_give_evidence(
    tmp_path: Path, zoo: Zoo, drawn: dict[str, Any], method: str, additive: bool, what: str
) -> None:
    found = explain("linear", "synthetic:00003", method, out=tmp_path / "a.png", zoo=zoo)
    assert [panel.additive for panel in drawn["panels"]] == [additive]
    assert [(one.what, one.problem) for one in found.by_method] == [(what, None)]


def test_what_misses_the_sum_it_promises_is_no_evidence(
    tmp_path: Path, zoo: Zoo, drawn: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: Any, **others: Any) -> Any:
        found = attribute(*arguments, **others)
        found.residual[:] = 0.5
        return found

    monkeypatch.setattr(independent_draws, "attribute", broken)
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
        assert panel.by_lead is one.by_lead
        np.testing.assert_allclose(
            one.by_lead.speaks_for,
            np.maximum(expected, 0).sum(axis=1) / np.abs(expected).sum(),
            rtol=1e-4,
        )
        assert len(one.strongest_for) == 5
        assert len(one.strongest_against) == 3
        summed = shares.positive.max()
        assert one.strongest_for[0].share <= summed + 1e-9
    assert found.waves == "as its source gives them"
    assert f"{found.origin}  Waves: as its source gives them." in drawn["notes"]
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


def test_the_trace_is_drawn_at_the_rate_of_the_file_and_the_map_at_that_of_the_model(
    tmp_path: Path, zoo: Zoo, shared_data: Path, drawn: dict[str, Any]
) -> None:
    record = shared_data / "wfdb_mixed/JS20007"
    found = explain("linear", record, "ig", out=tmp_path / "a.png", zoo=zoo)
    traces = drawn["traces"]
    assert (traces.rate_hz, traces.map_hz, traces.layout) == (500.0, 100.0, "3x4+rhythm")
    read = wfdb.rdrecord(str(record)).p_signal.T
    np.testing.assert_allclose(traces.signal, read, atol=6e-4)
    assert found.header[-1] == "Sampling: file 500 Hz, model 100 Hz  ·  filter: not stated"
    whole = load_record(record, rate_hz=500.0)
    explain("linear", whole, "ig", out=tmp_path / "b.png", zoo=zoo)
    np.testing.assert_array_equal(drawn["traces"].signal, traces.signal)


def test_a_file_says_how_it_was_filtered(
    tmp_path: Path, zoo: Zoo, shared_data: Path, drawn: dict[str, Any]
) -> None:
    record = shared_data / "formats/sample.dcm"
    found = explain("linear", record, "ig", out=tmp_path / "a.png", zoo=zoo)
    assert (
        found.header[0]
        == "39 years, male  ·  True label: not known; linear says "
        + (found.title.split("target ")[1].split(",")[0])
    )
    assert found.header[1].startswith("Heart rate 80 /min  ·  PR ")
    assert found.header[2].endswith("filter: 0.16-150 Hz")


@pytest.mark.parametrize("target", ["MI", "NORM"])
def test_the_header_says_the_label_and_whether_the_model_is_right(
    tmp_path: Path, zoo: Zoo, drawn: dict[str, Any], target: str
) -> None:
    """What the model says does not depend on which class is explained."""
    found = explain("linear", "synthetic:00003", "ig", target=target, out=tmp_path / "a.png",
        zoo=zoo)  # fmt: skip
    model, recording = load_model("linear", zoo=zoo), load_record("synthetic:00003")
    z = model.normalise(torch.from_numpy(recording.signal))
    says = "MI" if float(model.log_odds(z, 1)) > 0 else "NORM"
    verdict = "right" if says == "MI" else "wrong"
    assert found.header[0] == f"True label: MI, STTC; linear says {says}: {verdict}"
    assert tuple(drawn["header"]) == found.header
    evidence = drawn["traces"].evidence
    assert recording.evidence is not None
    np.testing.assert_array_equal(evidence, recording.evidence[0])
    assert "black outline: what was planted" in " ".join(drawn["notes"])


def test_a_method_that_draws_is_explained_anew_and_what_repeats_is_said(
    tmp_path: Path, zoo: Zoo, drawn: dict[str, Any]
) -> None:
    found = explain("linear", "synthetic:00003", "ig,random", out=tmp_path / "a.png", zoo=zoo)
    still, random = found.by_method
    assert (still.draws, random.draws) == (1, DRAWS)
    assert still.by_lead.for_range is None
    assert [panel.steady is None for panel in drawn["panels"]] == [True, False]
    model, recording = load_model("linear", zoo=zoo), load_record("synthetic:00003")
    maps = [attribute(model, recording, "random", seed=seed).values[0] for seed in range(DRAWS)]
    same = np.abs(np.sign(maps).sum(axis=0)) == DRAWS
    np.testing.assert_array_equal(drawn["panels"][1].steady, same)
    np.testing.assert_array_equal(drawn["panels"][1].attribution, maps[0])
    assert same.mean() == pytest.approx(2 ** (1 - DRAWS), abs=0.02)  # noise
    shares = [np.maximum(one, 0).sum(axis=1) / np.abs(one).sum() for one in maps]
    assert random.by_lead.for_range is not None
    np.testing.assert_allclose(random.by_lead.for_range[0], np.min(shares, axis=0), rtol=1e-4)
    np.testing.assert_allclose(random.by_lead.for_range[1], np.max(shares, axis=0), rtol=1e-4)
    assert "draws" not in drawn["panels"][0].about
    assert f"the first of {DRAWS} independent draws" in drawn["panels"][1].about


def test_a_map_without_a_sign_speaks_neither_for_nor_against(
    tmp_path: Path, zoo: Zoo, drawn: dict[str, Any]
) -> None:
    given = {"sizes": np.ones((1, 12, 1000))}
    record = load_record("synthetic:00003")
    found = explain("linear", record, given, out=tmp_path / "a.png", zoo=zoo)
    (panel,) = drawn["panels"]
    assert not panel.signed
    assert "size alone" in panel.about
    assert not any("edge of a row" in note for note in drawn["notes"])
    assert not found.by_method[0].signed


@pytest.mark.parametrize(
    ("layout", "drawn_as"),
    [(None, "3x4+rhythm"), ("12x1", "12x1"), ("median-beat", "median-beat")],
)
def test_the_layout_is_the_one_that_was_asked_for(
    tmp_path: Path, zoo: Zoo, drawn: dict[str, Any], layout: str | None, drawn_as: str
) -> None:
    found = explain("linear", "synthetic:00003", "ig", out=tmp_path / "a.png", zoo=zoo,
        layout=layout)  # fmt: skip
    assert drawn["traces"].layout == drawn_as
    assert found.shown in drawn["notes"]
    assert ("whole 10 s" in found.shown) == (layout != "12x1")


def test_a_layout_that_cannot_be_drawn_is_another_with_a_reason(
    tmp_path: Path, zoo: Zoo, drawn: dict[str, Any]
) -> None:
    np.save(tmp_path / "noise.npy", np.random.default_rng(0).standard_normal((12, 1000)))
    found = explain("linear", tmp_path / "noise.npy", "ig", out=tmp_path / "a.png", zoo=zoo,
        recorded_hz=100.0, layout="median-beat")  # fmt: skip
    assert drawn["traces"].layout == "3x4+rhythm"
    assert found.shown.startswith("No three whole beats of one shape")
    assert "Heart rate –" in found.header[1]


def test_a_layout_that_is_none_and_boxes_about_a_beat_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="4x3"):
        explain("no model", "no record", out=tmp_path / "a.png", layout="4x3")
    with pytest.raises(InputError, match="layout median-beat shows none"):
        explain("no model", "no record", out=tmp_path / "a.png", layout="median-beat",
            windows=Windows(most=1))  # fmt: skip
