"""One recipe runner: a card's [recipe] in; weights, probe and measured claims out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import tomlkit
import torch
from jaxtyping import Float, Int64
from safetensors.torch import save as to_safetensors
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from xai_bench.cards import ModelCard, Recipe, read_card
from xai_bench.data import load_data
from xai_bench.errors import OutputError
from xai_bench.models import Model, build_net, pick_device, zscore
from xai_bench.nets.base import NativeNet, Net
from xai_bench.randomness import seed_for
from xai_bench.stats import auroc, auroc_interval
from xai_bench.tasks import Task, find_task
from xai_bench.types import Recordings

__all__ = ["Progress", "labelled", "predict", "train"]

Progress = Callable[[str, int, int], None]
"""Called with (what is being done, steps done, steps in all)."""

_EVALUATION_BATCH = 8


def train(
    folder: str | Path, *, device: str | None = None, progress: Progress | None = None
) -> ModelCard:
    """Train the model in `folder` by its own card and write weights, probe and claims beside it.

    Fits on folds 1-8, selects the epoch and calibrates on fold 9, and reports on fold 10, which
    nothing else looks at. Deterministic by the recipe's seed on one machine and thread count.
    Raises CardError, DatasetError, OutputError.
    """
    folder = Path(folder)
    card = read_card(folder / "card.toml", ModelCard)
    trainer = _Trainer(card, pick_device(device), progress or (lambda *_: None))
    net = trainer.fit()
    trainer.calibrate(net)
    return _write(folder, net, *trainer.report(net))


def labelled(recordings: Recordings, task: Task) -> tuple[Recordings, Int64[Tensor, " record"]]:
    """The recordings that belong to the task, and their labels 0 or 1."""
    labels = [task.label(known) for known in recordings.labels or ()]
    rows = [row for row, label in enumerate(labels) if label is not None]
    return recordings[rows], torch.tensor([labels[row] for row in rows], dtype=torch.int64)


@torch.inference_mode()
def predict(
    model: Model, recordings: Recordings, progress: Callable[[int, int], None] | None = None
) -> Float[np.ndarray, " record"]:
    """Log-odds of class 1 for every recording, float64."""
    parts = []
    for start in range(0, len(recordings), _EVALUATION_BATCH):
        millivolt = torch.from_numpy(recordings[start : start + _EVALUATION_BATCH].signal)
        parts.append(model.log_odds(model.normalise(millivolt), target=1).cpu())
        if progress:
            progress(start + len(millivolt), len(recordings))
    return torch.cat(parts).double().numpy()


@dataclass(frozen=True, slots=True)
class _Fold:
    recordings: Recordings
    z: Float[Tensor, "record lead time"]
    label: Int64[Tensor, " record"]


class _Trainer:
    def __init__(self, card: ModelCard, device: torch.device, progress: Progress) -> None:
        assert card.recipe is not None
        self.recipe = card.recipe
        self.card, self.device, self.progress = card, device, progress
        self.task = find_task(card.labels.task)
        self.train = self._load("train")
        self.validation = self._load("validation")
        self.test = self._load("test")

    def _load(self, split: str) -> _Fold:
        recordings = load_data(
            self.recipe.data,
            split=split,
            task=self.task,
            rate_hz=self.card.input.rate_hz,
            seconds=self.card.input.seconds,
            progress=lambda done, total: self.progress(f"{split} recordings", done, total),
        )
        recordings, label = labelled(recordings, self.task)
        return _Fold(recordings, zscore(torch.from_numpy(recordings.signal)), label)

    def fit(self) -> Net:
        recipe = self.recipe
        # Initialisation and dropout draw from torch's global generator; fork it, so that training
        # neither depends on nor disturbs the caller's.
        with torch.random.fork_rng():
            torch.manual_seed(recipe.seed)
            net = build_net(self.card).to(self.device)
            return self._epochs(net, recipe)

    def _epochs(self, net: Net, recipe: Recipe) -> Net:
        batches = len(self.train.label) // recipe.batch_size
        optimiser = torch.optim.AdamW(
            net.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, recipe.learning_rate, total_steps=recipe.epochs * batches
        )
        rng = np.random.default_rng(seed_for(recipe.seed, "", "crops"))
        crop = round(recipe.crop_seconds * self.card.input.rate_hz)
        best, best_auroc = net.state_dict(), -1.0
        for epoch in range(recipe.epochs):
            net.train()
            order = rng.permutation(len(self.train.label))[: batches * recipe.batch_size]
            for step, rows in enumerate(order.reshape(batches, -1)):
                starts = rng.integers(0, self.train.z.shape[-1] - crop + 1, size=len(rows))
                z = torch.stack(
                    [self.train.z[r, :, s : s + crop] for r, s in zip(rows, starts, strict=True)]
                )
                loss = self._loss(net, z.to(self.device), self.train.label[rows].to(self.device))
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(net.parameters(), recipe.gradient_clip)
                optimiser.step()
                schedule.step()
                self.progress(f"epoch {epoch + 1}/{recipe.epochs}", step + 1, batches)
            found = auroc(self._predict(net, self.validation), self.validation.label.numpy())
            if found > best_auroc:
                best_auroc = found
                best = {name: value.clone() for name, value in net.state_dict().items()}
        net.load_state_dict(best)
        return net

    def _loss(
        self, net: Net, z: Float[Tensor, "record lead time"], label: Int64[Tensor, " record"]
    ) -> Tensor:
        """The paper's loss: cross-entropy weighted against class imbalance, plus l1 * mean|W|."""
        if isinstance(net, NativeNet):
            W, b = net.generate(z)
            logits = net.apply_weights(W, b, z)
            penalty = self.recipe.l1 * W.abs().mean()
        else:
            logits, penalty = net(z), torch.zeros((), device=z.device)
        share = self.train.label.double().mean().item()
        if logits.shape[1] == 1:
            weight = torch.tensor((1 - share) / share, device=z.device)
            fit = torch.nn.functional.binary_cross_entropy_with_logits(
                logits[:, 0], label.to(logits.dtype), pos_weight=weight
            )
        else:
            weight = torch.tensor([1 / (1 - share), 1 / share], device=z.device)
            fit = torch.nn.functional.cross_entropy(logits, label, weight=weight)
        return fit + penalty

    def _predict(self, net: Net, fold: _Fold) -> Float[np.ndarray, " record"]:
        model = Model(name="", card=self.card, net=net, device=self.device)
        predicted = predict(model, fold.recordings, lambda *k: self.progress("predicting", *k))
        net.requires_grad_(True)
        return predicted

    def calibrate(self, net: Net) -> None:
        """Platt scaling on fold 9, folded into the weights.

        Training on crops leaves the log-odds of whole recordings too large and off centre, and
        the class weights shift them; both leave the ranking, hence the AUROC, as it is.
        """
        log_odds = self._predict(net, self.validation)
        platt = LogisticRegression(C=np.inf).fit(log_odds[:, None], self.validation.label.numpy())
        outputs = net(self.test.z[:1].to(self.device)).shape[1]
        shift = torch.zeros(outputs, device=self.device)
        shift[-1] = float(platt.intercept_[0])
        net.rescale_(torch.full_like(shift, float(platt.coef_[0, 0])), shift)

    def report(self, net: Net) -> tuple[dict[str, float | int | list[float]], dict[str, Tensor]]:
        """Claims measured on fold 10, and the probe: one recording with its logits."""
        log_odds, label = self._predict(net, self.test), self.test.label.numpy()
        low, high = auroc_interval(log_odds, label, self.test.recordings.patient_id)
        claims: dict[str, float | int | list[float]] = {
            "parameters": sum(p.numel() for p in net.parameters()),
            "auroc": round(auroc(log_odds, label), 4),
            "auroc_ci": [round(low, 4), round(high, 4)],
            "n": len(label),
        }
        millivolt = torch.from_numpy(self.test.recordings[:1].signal)
        with torch.inference_mode():
            logits = net(zscore(millivolt.to(self.device))).cpu()
        return claims, {"millivolt": millivolt, "logits": logits.clone()}


def _write(
    folder: Path,
    net: Net,
    claims: dict[str, float | int | list[float]],
    probe: dict[str, Tensor],
) -> ModelCard:
    weights = to_safetensors({k: v.cpu().contiguous() for k, v in net.state_dict().items()})
    path = folder / "card.toml"
    document = tomlkit.parse(path.read_text(encoding="utf-8"))
    for name, table in (
        ("weights", {"file": "weights.safetensors", "sha256": sha256(weights).hexdigest()}),
        ("claims", claims),
    ):
        if name not in document:
            document.add(tomlkit.nl())
        document[name] = table
    files = {
        "weights.safetensors": weights,
        "probe.safetensors": to_safetensors(probe),
        # Last, because the card vouches for the weights.
        "card.toml": tomlkit.dumps(document).encode(),
    }
    try:
        for name, content in files.items():
            temporary = folder / f".{name}.tmp"
            temporary.write_bytes(content)
            temporary.replace(folder / name)
    except OSError as error:
        raise OutputError(f"model folder {folder} cannot be written: {error.strerror}") from error
    return read_card(path, ModelCard)
