"""The recipe runner, end to end on a few recordings."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import load_file

from tests.host_transfers import host_transfers
from tests.training.conftest import Trained, few_recordings, quick_card
from xai_bench import load_data, load_model
from xai_bench.cards import Recipe
from xai_bench.data import make_dataset
from xai_bench.errors import CardError, DatasetError, InputError, OutputError, RunError
from xai_bench.nets.base import Rescalable
from xai_bench.nets.imn import ECGIMN
from xai_bench.report.figures.training_curves import draw_curves
from xai_bench.scoring.model_quality import labelled, predict
from xai_bench.training import runner, train
from xai_bench.training.loss import loss
from xai_bench.training.training_mix import Fold
from xai_bench.types import Recordings
from xai_bench.zoo import Zoo


class Stop(Exception):  # noqa: N818 - what an interruption looks like from inside
    pass


def test_weights_probe_curves_and_claims_are_made_twice_alike(
    folder: Path, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["card.toml", "curves.png", "probe.safetensors", "weights.safetensors"]
    assert sorted(trained.files) == names
    claims = trained.card.claims
    assert claims is not None
    assert claims.parameters == 116_274
    assert claims.n == 8
    low, high = claims.auroc_ci
    assert 0 <= low <= claims.auroc <= high <= 1
    assert ("epoch 2/2", 3, 3) in trained.steps

    for name, content in trained.files.items():  # trained once more where it has been trained
        (folder / name).write_bytes(content)
    monkeypatch.setattr(runner, "draw_curves", draw_curves)
    before = torch.random.get_rng_state()
    assert train(folder, device="cpu") == trained.card
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == trained.files
    assert torch.equal(before, torch.random.get_rng_state())

    text = trained.files["card.toml"].decode()
    assert text.startswith(quick_card()[:200]), "the rest of the card is left as it was"
    assert tomllib.loads(text)["weights"]["sha256"] == trained.card.weights.sha256  # type: ignore[union-attr]
    load_model("quick", device="cpu", zoo=Zoo(trained.folder.parent.parent))


def test_an_interrupted_training_goes_on_to_the_same_weights(
    folder: Path, trained: Trained
) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if what == "epoch 2/2" and done == 2:
            raise Stop

    with pytest.raises(Stop):
        train(folder, device="cpu", progress=stop)
    assert (folder / "training.safetensors").exists()
    assert not (folder / "weights.safetensors").exists()
    steps: list[str] = []
    resumed = train(folder, device="cpu", progress=lambda what, *_: steps.append(what))
    assert "epoch 2/2" in steps
    assert "epoch 1/2" not in steps
    assert resumed == trained.card
    assert not (folder / "training.safetensors").exists()


def test_a_fresh_training_takes_up_no_state(folder: Path) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if what == "epoch 2/2":
            raise Stop

    with pytest.raises(Stop):
        train(folder, device="cpu", progress=stop)
    steps: list[str] = []

    def first(what: str, done: int, total: int) -> None:
        steps.append(what)
        if what.startswith("epoch"):
            raise Stop

    with pytest.raises(Stop):
        train(folder, device="cpu", fresh=True, progress=first)
    assert steps[-1] == "epoch 1/2"


@pytest.mark.slow
def test_a_state_of_another_recipe_is_not_taken_up(folder: Path) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if what == "epoch 2/2":
            raise Stop

    with pytest.raises(Stop):
        train(folder, device="cpu", progress=stop)
    path = folder / "card.toml"
    path.write_text(path.read_text().replace("seed          = 0", "seed          = 1"))
    steps: list[str] = []
    train(folder, device="cpu", progress=lambda what, *_: steps.append(what))
    assert "epoch 1/2" in steps


def test_a_broken_state_is_begun_afresh(folder: Path, trained: Trained) -> None:
    (folder / "training.safetensors").write_bytes(b"\x80\x04 no tensors")
    assert train(folder, device="cpu") == trained.card


def test_training_stops_when_fold_9_gains_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "card.toml"
    text = path.read_text().replace("epochs        = 2", "epochs        = 9\npatience      = 1")
    path.write_text(text)
    found = iter([0.6, 0.9, 0.8, 0.8, 0.7, 0.7])
    monkeypatch.setattr("xai_bench.training.runner.mean_auroc", lambda *_: next(found))
    epochs: set[str] = set()
    train(folder, device="cpu", progress=lambda what, *_: epochs.add(what))
    assert {name for name in epochs if name.startswith("epoch")} == {
        f"epoch {k}/9" for k in (1, 2, 3)
    }, "one epoch of patience after the best, and no more"


def test_calibration_centres_the_log_odds(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mean probability of a logistic fit with an intercept is the share of positives."""
    literal = runner._GradientTrainer.fit

    def upright(self: Any, **options: bool) -> Any:
        """So few recordings teach nothing: a net that says the opposite is turned round."""
        net, history = literal(self, **options)
        fold = self.validation["synthetic"]
        if np.cov(self._predict(net, fold)[:, 0], fold.truth[:, 0])[0, 1] < 0:
            assert isinstance(net, Rescalable)
            net.rescale_(-torch.ones(2), torch.zeros(2))
        return net, history

    monkeypatch.setattr(runner._GradientTrainer, "fit", upright)
    train(folder, device="cpu")
    model = load_model("quick", device="cpu", zoo=Zoo(folder.parent.parent))
    given, truth = labelled(
        load_data("synthetic", split="validation", n=8, task="norm_vs_mi"), model.task
    )
    probability = 1 / (1 + np.exp(-predict(model, given)))
    assert probability.mean() == pytest.approx(truth.mean(), abs=1e-3)


def test_a_net_at_chance_keeps_its_ranking(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Platt scaling of log-odds that fall with the truth has a negative slope; it is not folded."""
    scaled: list[torch.Tensor] = []
    monkeypatch.setattr(
        "xai_bench.nets.conv2d.ECGConv2d.rescale_",
        lambda self, scale, shift: scaled.extend([scale, shift]),
    )

    def upside_down(self: object, net: object, fold: Fold) -> np.ndarray:
        nearly: np.ndarray = 0.1 * np.arange(len(fold.truth))[:, None] % 0.3 - fold.truth
        return nearly

    monkeypatch.setattr(runner._Trainer, "_predict", upside_down)
    train(folder, device="cpu")
    assert scaled[0].tolist() == [1.0, 1.0]
    assert scaled[1].tolist() == [0.0, 0.0]


def test_a_loss_that_is_no_number_ends_the_training(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def diverged(net: torch.nn.Module, *_: object, **__: object) -> torch.Tensor:
        return next(net.parameters()).sum() * float("nan")

    monkeypatch.setattr(runner, "loss", diverged)
    with pytest.raises(RunError, match="diverged in epoch 1: the loss is nan; lower the card's"):
        train(folder, device="cpu")


def test_no_step_waits_for_its_loss(folder: Path) -> None:
    with host_transfers() as found:
        train(folder, device="cpu")
    waits = [one for one in found if "tolist at training/runner.py" in one]
    assert len(waits) == 2, "one for each epoch"
    assert not [one for one in found if "training/loss.py" in one]


MIXED = """epoch_recordings = 8
whole_epochs = 1
randomised = 0.5
precision = "bf16"
mix = { other = 0.25 }
"""


def _with(folder: Path, lines: str) -> None:
    path = folder / "card.toml"
    path.write_text(re.sub(r"(\[recipe\]\n)", rf"\1{lines}", path.read_text()))


def _two_data_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Besides the synthetic recordings there are "other" ones, the same backwards."""
    monkeypatch.setattr(runner, "load_data", _of_two)
    monkeypatch.setattr(runner, "_source", lambda card, name: f"fingerprint of {name}")


def _of_two(data: str, *, split: str, **options: object) -> Recordings:
    found = few_recordings("synthetic", split=split, **options)
    return found if data == "synthetic" else found[::-1]


@pytest.mark.slow
def test_a_mix_on_crops_and_whole_recordings_goes_on_to_the_same_weights(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _two_data_sets(monkeypatch)
    _with(folder, MIXED)
    path = folder / "card.toml"
    path.write_text(path.read_text().replace("epochs        = 2", "epochs        = 1"))

    def stop(what: str, done: int, total: int) -> None:
        if what == "epoch 2/2":
            raise Stop

    with pytest.raises(Stop):
        train(folder, device="cpu", progress=stop)
    lengths: list[int] = []

    def seen(
        net: torch.nn.Module,
        z: torch.Tensor,
        truth: torch.Tensor,
        recipe: Recipe,
        share: torch.Tensor,
        crop: float,
    ) -> torch.Tensor:
        lengths.append(z.shape[-1])
        assert crop == z.shape[-1] / 1000
        return loss(net, z, truth, recipe, share, crop)

    monkeypatch.setattr(runner, "loss", seen)
    resumed = train(folder, device="cpu")
    assert lengths == [1000], "one batch of 8 in the epoch of whole recordings"
    assert train(folder, device="cpu", fresh=True) == resumed
    assert lengths[1:] == [64, 1000]
    assert resumed.claims is not None
    assert resumed.claims.source == "fingerprint of synthetic"
    assert resumed.claims.mix["other"].n == 8
    assert resumed.claims.mix["other"].source == "fingerprint of other"


@pytest.mark.slow
@pytest.mark.parametrize("line", ['precision = "bf16"', "randomised = 1.0"])
def test_precision_and_randomisation_change_the_weights(
    folder: Path, trained: Trained, line: str
) -> None:
    _with(folder, line + "\n")
    train(folder, device="cpu")
    before = load_tensors(trained.files["weights.safetensors"])["conv3.0.weight"]
    after = load_file(folder / "weights.safetensors")["conv3.0.weight"]
    assert not torch.equal(before, after)


@pytest.mark.slow
def test_the_epoch_is_chosen_by_the_mean_over_the_mix(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first epoch is best on the data, and the second on the mean with the other."""
    _two_data_sets(monkeypatch)
    _with(folder, "mix = { other = 0.5 }\n")
    drawn: list[Any] = []

    def keep(*given: Any, **_: Any) -> bytes:
        drawn.append(given)
        return b""

    monkeypatch.setattr(runner, "draw_curves", keep)
    found = iter([0.9, 0.5, 0.8, 0.8, 0.7, 0.7])  # two of each epoch, two on fold 10
    monkeypatch.setattr(runner, "mean_auroc", lambda *_: next(found))
    train(folder, device="cpu")
    assert drawn[0][1] == pytest.approx([0.7, 0.8])


def test_layers_are_in_bfloat16_and_the_native_sum_in_float32() -> None:
    net = ECGIMN(weight_scale=0.01).eval()
    z = torch.randn(2, 12, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        W, b = net.generate(z)
        logits = net(z)
    assert (W.dtype, logits.dtype) == (torch.bfloat16, torch.float32)
    expected = (W.double() * z.double()[:, None]).sum((2, 3)) + b.double()
    torch.testing.assert_close(logits.double(), expected, rtol=0, atol=1e-5)


def test_crops_longer_than_recordings_are_refused(folder: Path) -> None:
    path = folder / "card.toml"
    path.write_text(path.read_text().replace("crop_seconds  = 0.64", "crop_seconds  = 12.0"))
    with pytest.raises(CardError, match="crops of 12 s do not fit recordings of 10 s"):
        train(folder, device="cpu")


def test_other_data_than_the_cards_need_a_folder_of_their_own(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "ptb-xl").mkdir()
    with pytest.raises(InputError, match="is trained on 'synthetic', not on 'ptb-xl'"):
        train(folder, data=tmp_path / "ptb-xl", device="cpu")


def test_claims_are_of_what_is_stored(folder: Path) -> None:
    path = folder / "card.toml"
    path.write_text(path.read_text().replace("[recipe]\n", '[recipe]\nstorage       = "float16"\n'))
    train(folder, device="cpu")
    kinds = {
        value.dtype
        for name, value in load_file(folder / "weights.safetensors").items()
        if not name.endswith("num_batches_tracked")
    }
    assert kinds == {torch.float16}
    model = load_model("quick", device="cpu", zoo=Zoo(folder.parent.parent))
    probe = load_file(folder / "probe.safetensors")
    with torch.inference_mode():
        logits = model.net(model.normalise(probe["millivolt"]))
    torch.testing.assert_close(logits, probe["logits"])


def test_five_classes(folder: Path) -> None:
    path = folder / "card.toml"
    text = path.read_text().replace('task = "norm_vs_mi"', 'task = "superclass"')
    path.write_text(text.replace("outputs = 2", "outputs = 5"))
    claims = train(folder, device="cpu").claims
    assert claims is not None
    assert list(claims.auroc_by_class) == ["NORM", "MI", "STTC", "CD", "HYP"]
    each = [value for value, _, _ in claims.auroc_by_class.values()]
    assert claims.auroc == pytest.approx(np.mean(each), abs=2e-4)


@pytest.mark.slow
def test_a_ptbxl_folder_by_the_strict_rule(tmp_path: Path) -> None:
    data = tmp_path / "ptb-xl"
    make_dataset(data, n=80, seed=33)  # each fold has both classes, pure
    folder = tmp_path / "models/on-files"
    folder.mkdir(parents=True)
    text = (
        quick_card()
        .replace('"synthetic"', '"ptb-xl"')
        .replace("epochs        = 2", "epochs        = 1")
    )
    (folder / "card.toml").write_text(
        text.replace('task = "norm_vs_mi"', 'task = "norm_vs_cd"\nrule = "strict"')
    )
    with pytest.raises(InputError, match="is trained on 'ptb-xl'; say where: --data PATH"):
        train(folder, device="cpu")
    trained = train(folder, data=data, device="cpu")
    assert trained.claims is not None
    labels = load_data(data, task=None, split="test").labels
    assert labels is not None
    pure = sum(known in (frozenset({"NORM"}), frozenset({"CD"})) for known in labels)
    assert trained.claims.n == pure


def test_recordings_without_one_of_the_classes_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = load_data("synthetic", n=40)
    assert everything.labels is not None
    normal = everything[[i for i, k in enumerate(everything.labels) if k == {"NORM"}]]
    monkeypatch.setattr("xai_bench.training.runner.load_data", lambda *_, **__: normal)
    with pytest.raises(DatasetError, match=r"cannot train norm_vs_mi on synthetic: train has"):
        train(folder, device="cpu")


def test_a_folder_that_cannot_be_written_is_one_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(
        OutputError, match="cannot write .*models/quick/training.safetensors: No space left"
    ):
        train(folder, device="cpu")


def test_imported_weights_cannot_be_trained(folder: Path) -> None:
    path = folder / "card.toml"
    path.write_text(path.read_text().split("[recipe]")[0])
    with pytest.raises(InputError, match=r"has no \[recipe\]: imported weights cannot be trained"):
        train(folder, device="cpu")
