"""One recording, explained and drawn: the title says which class, how sure, and by what."""

from pathlib import Path

import pytest
import torch
from scipy.special import expit

from tests.zoo import tiny_zoo
from xai_bench import load_model, load_record
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
