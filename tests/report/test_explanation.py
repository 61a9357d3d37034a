"""One recording, explained and drawn: the title says which class, how sure, and by what."""

from math import exp
from pathlib import Path

import pytest
import torch
from matplotlib.figure import Figure
from scipy.special import expit

from tests.zoo import tiny_zoo
from xai_bench import load_model, load_record
from xai_bench.methods.gradients import Saliency
from xai_bench.report.explanation import explain_record


@pytest.mark.parametrize("target", ["MI", "NORM"])
def test_title_carries_target_and_its_probability(tmp_path: Path, target: str) -> None:
    zoo = tiny_zoo(tmp_path / "zoo")
    title = explain_record(
        "linear", "ig", "synthetic:00003", target=target, out=tmp_path / "a.png", zoo=zoo
    )
    model = load_model("linear", zoo=zoo)
    z = model.normalise(torch.from_numpy(load_record("synthetic:00003").signal))
    probability = expit(float(model.log_odds(z, ["NORM", "MI"].index(target))))
    assert title == f"00003 · target {target}, P = {probability:.2f} · ig of linear"
    assert (tmp_path / "a.png").exists()


def test_the_probability_of_one_class_of_several_is_its_own(tmp_path: Path) -> None:
    zoo = tiny_zoo(tmp_path / "zoo")
    title = explain_record(
        "five-linear", "native", "synthetic:00003", target="CD", out=tmp_path / "a.png", zoo=zoo
    )
    model = load_model("five-linear", zoo=zoo)
    z = model.normalise(torch.from_numpy(load_record("synthetic:00003").signal))
    logit = float(model.net(z)[0, 3])
    assert title == f"00003 · target CD, P = {1 / (1 + exp(-logit)):.2f} · native of five-linear"


def test_the_title_ends_with_what_a_reader_must_know_of_the_method(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zoo = tiny_zoo(tmp_path / "zoo")
    monkeypatch.setattr(Saliency, "remark", lambda _, model: f"coarse on {model.name}")
    title = explain_record("linear", "saliency", "synthetic:00003", out=tmp_path / "a.png", zoo=zoo)
    assert title.endswith(" · saliency of linear (coarse on linear)")


@pytest.mark.parametrize(
    ("method", "label"),
    [("ig", "contribution to the log-odds, per sample"), ("saliency", "saliency, per sample")],
)
def test_only_additive_methods_are_said_to_contribute_log_odds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, label: str
) -> None:
    labels = []

    def draw(*signal: object, attribution_label: str, **others: object) -> Figure:
        labels.append(attribution_label)
        return Figure()

    monkeypatch.setattr("xai_bench.report.explanation.draw_recording", draw)
    zoo = tiny_zoo(tmp_path / "zoo")
    explain_record("linear", method, "synthetic:00003", out=tmp_path / "a.png", zoo=zoo)
    assert labels == [label]
