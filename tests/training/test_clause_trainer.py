"""A net of clauses is trained by its card as every other net is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import xai_bench as xb
from xai_bench.cards import ClauseRecipe
from xai_bench.errors import CardError
from xai_bench.models.load import load_model
from xai_bench.training import runner, train
from xai_bench.types import Recordings
from xai_bench.zoo import Zoo

CARD = """
target  = "tsetlin"
summary = "Small."
cite    = "granmo2018tsetlin"
licence = "Apache-2.0"

[params]
leads        = 1
samples      = 40
step         = 4
levels       = [0.0, 0.3]
rises        = [0.0]
rise_samples = 8
clauses      = 8

[input]
rate_hz       = 40.0
seconds       = 1.0
leads         = ["MLII"]
normalisation = "none"

[labels]
task = "pvc"

[recipe]
data             = "synthetic-beats"
seed             = 3
epochs           = 2
epoch_recordings = 80
margin           = 4
specificity      = 4.0
most_literals    = 6
"""


def beats(data: str, *, split: str, **options: object) -> Recordings:
    rng = np.random.default_rng(["train", "validation", "test"].index(split))
    labels = ["N", "V"] * 20
    signal = 0.1 * rng.standard_normal((40, 1, 40))
    signal[1::2, 0, 10:20] += 0.5
    return xb.recordings(signal, rate_hz=40, leads=["MLII"], as_named=True, labels=labels)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(runner, "load_data", beats)
    monkeypatch.setattr(runner, "_source", lambda card, name: "0" * 64)
    home = tmp_path / "models" / "small"
    home.mkdir(parents=True)
    (home / "card.toml").write_text(CARD, encoding="utf-8")
    return home


@pytest.mark.slow
def test_training_writes_what_loads_and_twice_the_same(folder: Path) -> None:
    before = torch.random.get_rng_state()
    card = train(folder, device="cpu")
    assert torch.equal(before, torch.random.get_rng_state())
    assert isinstance(card.recipe, ClauseRecipe)
    assert card.claims is not None
    assert card.claims.auroc > 0.95, "a bump of five standard deviations"
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert sorted(files) == ["card.toml", "curves.png", "probe.safetensors", "weights.safetensors"]
    train(folder, device="cpu")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == files

    model = load_model("small", device="cpu", zoo=Zoo(folder.parents[1]))
    probe = load_file(folder / "probe.safetensors")
    torch.testing.assert_close(model.net(probe["millivolt"]), probe["logits"])
    log_odds = model.log_odds(torch.from_numpy(beats("", split="test").signal), 1)
    right = (log_odds > 0) == torch.tensor([False, True] * 20)
    assert right.float().mean() > 0.9, "calibrated, so that 0 divides the classes"


def test_another_net_is_refused(folder: Path) -> None:
    text = CARD.replace('"tsetlin"', '"known-linear"', 1)
    begin, end = text.index("[params]"), text.index("[input]")
    (folder / "card.toml").write_text(f"{text[:begin]}[params]\n{text[end:]}", encoding="utf-8")
    with pytest.raises(CardError, match="feedback trains nets of clauses, and 'known-linear' is"):
        train(folder, device="cpu")


@pytest.mark.parametrize(
    ("line", "said"),
    [("margin           = 0", "margin"), ("specificity      = 1.0", "specificity")],
)
def test_a_recipe_out_of_bounds_is_refused(folder: Path, line: str, said: str) -> None:
    key = line.split("=", maxsplit=1)[0]
    old = next(one for one in CARD.splitlines() if one.startswith(key))
    (folder / "card.toml").write_text(CARD.replace(old, line), encoding="utf-8")
    with pytest.raises(CardError, match=rf"recipe.*{said}: Input should be greater than"):
        train(folder, device="cpu")
