"""The recipe runner, end to end on a few recordings."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.closed_forms import TwoLinear, batch, closed_form
from xai_bench import load_data, load_model, training
from xai_bench.errors import OutputError
from xai_bench.models import Model
from xai_bench.tasks import find_task
from xai_bench.training import labelled, predict, train
from xai_bench.types import Recordings
from xai_bench.zoo import Zoo

CARD = (Path(__file__).parent.parent / "models/imn/card.toml").read_text().split("\n[weights]")[0]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model folder whose recipe is two short epochs on 48 recordings."""

    def few(data: str, *, split: str, **options: object) -> Recordings:
        return load_data(data, split=split, n={"train": 48}.get(split, 24), task="norm_vs_mi")

    monkeypatch.setattr(training, "load_data", few)
    home = tmp_path / "models/quick"
    home.mkdir(parents=True)
    card = CARD.replace("epochs        = 4", "epochs        = 2")
    (home / "card.toml").write_text(card.replace("batch_size    = 32", "batch_size    = 8"))
    return home


def test_weights_probe_and_claims_are_made_twice_alike(folder: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    card = train(folder, device="cpu", progress=lambda *step: steps.append(step))
    weights = (folder / "weights.safetensors").read_bytes()
    assert card.claims is not None
    assert card.claims.parameters == 139_490
    assert card.claims.n == 24
    assert 0 <= card.claims.auroc_ci[0] <= card.claims.auroc <= card.claims.auroc_ci[1] <= 1
    assert ("epoch 2/2", 6, 6) in steps

    before = torch.random.get_rng_state()
    again = train(folder, device="cpu")
    assert (folder / "weights.safetensors").read_bytes() == weights
    assert again == card
    assert torch.equal(before, torch.random.get_rng_state())

    text = (folder / "card.toml").read_text()
    assert text.startswith(CARD[:200]), "the rest of the card is left as it was"
    assert tomllib.loads(text)["weights"]["sha256"] == card.weights.sha256  # type: ignore[union-attr]
    assert sorted(p.name for p in folder.iterdir()) == [
        "card.toml",
        "probe.safetensors",
        "weights.safetensors",
    ]
    load_model("quick", device="cpu", zoo=Zoo(folder.parent.parent))


def test_calibration_leaves_the_ranking_and_centres_the_log_odds(folder: Path) -> None:
    train(folder, device="cpu")
    model = load_model("quick", device="cpu", zoo=Zoo(folder.parent.parent))
    given, label = labelled(
        load_data("synthetic", split="validation", n=24, task="norm_vs_mi"), model.task
    )
    probability = 1 / (1 + np.exp(-predict(model, given)))
    assert probability.mean() == pytest.approx(label.double().mean().item(), abs=0.02)


def test_labelled_keeps_what_is_in_the_task() -> None:
    everything = load_data("synthetic", n=30)
    task = find_task("norm_vs_mi")
    given, label = labelled(everything, task)
    assert 0 < len(given) < 30
    expected = [task.label(known) for known in given.labels or ()]
    assert label.tolist() == expected


def test_a_folder_that_cannot_be_written_is_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="models/quick cannot be written: No space left"):
        train(folder, device="cpu")


def test_the_loss_is_the_papers() -> None:
    """Weighted cross-entropy of either head, literally, on logits that are known."""
    model = closed_form(TwoLinear())
    assert isinstance(model, Model)
    z, label = batch().z, torch.tensor([0, 1, 1])
    trainer = training._Trainer.__new__(training._Trainer)
    trainer.card = model.card.model_copy(
        update={"recipe": model.card.recipe.model_copy(update={"l1": 0.5})}
    )
    trainer.train = training._Fold(
        load_data("synthetic", n=4), torch.zeros(4, 12, 8), torch.tensor([0, 0, 0, 1])
    )
    with torch.no_grad():
        logits = model.net(z)
        p = logits.softmax(1)[torch.arange(3), label]
        weight = torch.tensor([4 / 3, 4.0])[label]
        expected = -(weight * p.log()).sum() / weight.sum()
        expected += 0.5 * model.net.get_parameter("w").abs().mean()
        found = trainer._loss(model.net, z, label)
    torch.testing.assert_close(found, expected)
