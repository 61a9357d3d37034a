"""One recipe runner for every net: fit, select, calibrate, report."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.cards import AnyRecipe, ClauseRecipe, ModelCard, Recipe
from xai_bench.data import is_embedded, load_data, open_source
from xai_bench.devices import float32_policy, pick_device
from xai_bench.errors import CardError, DatasetError, InputError, RunError
from xai_bench.models import Model, build_net
from xai_bench.nets.base import Rescalable
from xai_bench.randomness import seed_for
from xai_bench.report.figures.training_curves import draw_curves
from xai_bench.scoring.model_quality import labelled, predict
from xai_bench.stats import auroc, auroc_interval, mean_auroc, mean_auroc_interval
from xai_bench.training.checkpoint import FILE, History, State
from xai_bench.training.clause_trainer import fit_clauses
from xai_bench.training.folder import data_name, read_recipe, write_trained
from xai_bench.training.loss import loss
from xai_bench.training.training_mix import Fold, Mix
from xai_bench.types import Progress

__all__ = ["train"]

_SPLITS = ("train", "validation", "test")


@float32_policy()
def train(
    folder: str | Path,
    *,
    data: str | Path | None = None,
    device: str | None = None,
    fresh: bool = False,
    progress: Progress | None = None,
) -> ModelCard:
    """Train the model in `folder` by its own card; write weights, probe, curves and claims there.

    Fits on folds 1-8, selects the epoch and calibrates on fold 9, and reports on fold 10, which
    nothing else looks at; of a mix, on these folds of all its data. Deterministic by the recipe's
    seed on one machine and thread count. A training that was interrupted goes on after its last
    whole epoch, to the same weights, unless it is to begin `fresh`; clauses, which take a minute,
    always do.

    data: where the recipe's data are, if they are not the embedded ones.
    Raises CardError, DatasetError, InputError, OutputError, and RunError when the loss diverges.
    """
    folder = Path(folder)
    card, recipe = read_recipe(folder)
    if isinstance(recipe, Recipe) and recipe.crop_seconds > card.input.seconds:
        raise CardError(
            f"{folder}: crops of {recipe.crop_seconds:g} s do not fit recordings of "
            f"{card.input.seconds:g} s"
        )
    if data is None and not is_embedded(recipe.data):
        raise InputError(f"{folder} is trained on '{recipe.data}'; say where: --data PATH")
    if data is not None and data_name(data) != recipe.data:
        raise InputError(
            f"{folder} is trained on '{recipe.data}', not on '{data_name(data)}'; make a "
            "folder for it: xai-bench train --data"
        )
    common: dict[str, Any] = {
        "folder": folder,
        "card": card,
        "device": pick_device(device),
        "progress": progress or (lambda *_: None),
        "sources": {
            name: _source(card, name)
            for name in recipe.shares
            if name != recipe.data or is_embedded(name)
        },
        **{
            split: {
                name: _load(card, data or name if name == recipe.data else name, split, progress)
                for name in recipe.shares
            }
            for split in _SPLITS
        },
    }
    trainer: _Trainer
    if isinstance(recipe, ClauseRecipe):
        trainer = _ClauseTrainer(recipe=recipe, **common)
    else:
        trainer = _GradientTrainer(recipe=recipe, **common)
    net, history = trainer.fit(fresh=fresh)
    trainer.calibrate(net)
    weights = _stored(net, recipe)
    net.load_state_dict(weights)
    claims, probe = trainer.report(net)
    title = f"{folder.resolve().name}: {card.task.name}, seed {recipe.seed}"
    curves = draw_curves(history.loss, history.auroc, best=history.best, title=title)
    done = write_trained(folder, weights, claims, probe, curves)
    (folder / FILE).unlink(missing_ok=True)
    return done


def _load(card: ModelCard, data: str | Path, split: str, progress: Progress | None) -> Fold:
    task = card.task
    recordings = load_data(
        data,
        split=split,
        task=task,
        rate_hz=card.input.rate_hz,
        seconds=card.input.seconds,
        leads=card.input.leads,
        progress=progress and (lambda *k: progress(f"{split} recordings of {data}", *k)),
    )
    kept, truth = labelled(recordings, task)
    if not ((truth.min(axis=0) == 0) & (truth.max(axis=0) == 1)).all():
        raise DatasetError(
            f"cannot train {task.name} on {data}: {split} has {len(kept)} recordings, and of "
            f"{', '.join(task.columns)} it has {truth.sum(axis=0).tolist()}; all need some and "
            "none may have all"
        )
    return Fold(recordings=kept, truth=truth)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Trainer(ABC):
    folder: Path
    card: ModelCard
    recipe: AnyRecipe
    device: torch.device
    progress: Progress
    train: Mapping[str, Fold]
    """By the name of their data, as the other two; those of the recipe's `data` first."""
    validation: Mapping[str, Fold]
    test: Mapping[str, Fold]
    sources: Mapping[str, str]
    """Fingerprints of the data that are made and not read."""

    @abstractmethod
    def fit(self, *, fresh: bool) -> tuple[nn.Module, History]:
        """The net of the best epoch, and what happened."""

    def _model(self, net: nn.Module) -> Model:
        return Model.from_card(name=self.folder.name, card=self.card, net=net, device=self.device)

    def _predict(self, net: nn.Module, fold: Fold) -> Float[np.ndarray, "record column"]:
        report = partial(self.progress, "predicting")
        found = predict(self._model(net), fold.recordings, report)
        for weights in net.parameters():
            weights.requires_grad_(weights.is_floating_point())
        return found

    def _validated(self, net: nn.Module) -> float:
        """The mean AUROC on fold 9 of all data."""
        aurocs = [
            mean_auroc(self._predict(net, fold), fold.truth) for fold in self.validation.values()
        ]
        return float(np.mean(aurocs))

    def calibrate(self, net: nn.Module) -> None:
        """Platt scaling of each column on fold 9 of the recipe's data, folded into the weights.

        Training on crops leaves the log-odds of whole recordings too large and off centre, and
        the class weights shift them; both leave the ranking, hence the AUROC, as it is. A slope
        of zero or less would not: where a net is at chance, its scale is left alone.
        """
        from sklearn.linear_model import LogisticRegression  # slow to import

        fold = self.validation[self.recipe.data]
        log_odds = self._predict(net, fold)
        platt = [
            LogisticRegression(C=np.inf).fit(column[:, None], label)
            for column, label in zip(log_odds.T, fold.truth.T, strict=True)
        ]
        lines = [(float(fit.coef_[0, 0]), float(fit.intercept_[0])) for fit in platt]
        kept = [(slope, shift) if slope > 0 else (1.0, 0.0) for slope, shift in lines]
        scale, shift = torch.tensor(kept).to(self.device).T.contiguous()
        if self._model(net).outputs == 2:
            # The contrast of two logits is calibrated, so both are scaled and one is shifted.
            scale, shift = scale.repeat(2), torch.cat([torch.zeros_like(shift), shift])
        assert isinstance(net, Rescalable), "fit() begins with no other net"
        net.rescale_(scale, shift)

    def report(self, net: nn.Module) -> tuple[dict[str, object], Mapping[str, Tensor]]:
        """Claims measured on fold 10, and the probe: one recording with its logits."""
        test = self.test[self.recipe.data]
        log_odds, truth = self._predict(net, test), test.truth
        patients = test.recordings.patient_id
        claims: dict[str, object] = {
            "parameters": sum(p.numel() for p in net.parameters()),
            **_discrimination(log_odds, test),
            "source": self.sources.get(self.recipe.data, ""),
        }
        columns = self.card.task.columns
        if len(columns) > 1:
            claims["auroc_by_class"] = {
                name: [
                    round(auroc(log_odds[:, k], truth[:, k]), 4),
                    *(round(v, 4) for v in auroc_interval(log_odds[:, k], truth[:, k], patients)),
                ]
                for k, name in enumerate(columns)
            }
        others = {name: fold for name, fold in self.test.items() if name != self.recipe.data}
        if others:
            claims["mix"] = {
                name: _discrimination(self._predict(net, fold), fold)
                | {"source": self.sources[name]}
                for name, fold in others.items()
            }
        millivolt = torch.from_numpy(test.recordings[:1].signal)
        model = self._model(net)
        with torch.inference_mode():
            logits = net(model.normalise(millivolt)).cpu()
        return claims, {"millivolt": millivolt, "logits": logits.clone()}


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _GradientTrainer(_Trainer):
    recipe: Recipe

    def fit(self, *, fresh: bool) -> tuple[nn.Module, History]:
        """The net of the best epoch, and what happened."""
        # Initialisation and dropout draw from torch's global generator; fork it, so that training
        # neither depends on nor disturbs the caller's.
        with torch.random.fork_rng():
            torch.manual_seed(self.recipe.seed)
            net = build_net(self.card).to(self.device)
            if not isinstance(net, Rescalable):
                raise CardError(f"{self.folder}: a {type(net).__name__} cannot be calibrated here")
            optimiser = torch.optim.AdamW(
                net.parameters(),
                lr=self.recipe.learning_rate,
                weight_decay=self.recipe.weight_decay,
            )
            mix = Mix(self.train, self.card, self.recipe, self.device)
            batches = mix.n // self.recipe.batch_size
            if batches == 0:
                raise DatasetError(
                    f"{mix.n} recordings to train on make no batch of {self.recipe.batch_size}"
                )
            state = State(
                net=net,
                optimiser=optimiser,
                schedule=torch.optim.lr_scheduler.OneCycleLR(
                    optimiser,
                    self.recipe.learning_rate,
                    total_steps=self._last * batches,
                ),
                rng=np.random.default_rng(seed_for(self.recipe.seed, "", "crops")),
                best={},
                history=History(),
            )
            if not fresh:
                state.load(self.folder, self._key())
            self._epochs(state, mix, batches)
        net.load_state_dict(state.best)
        return net, state.history

    @property
    def _last(self) -> int:
        """Epochs, if fold 9 gains all the time."""
        return self.recipe.epochs + self.recipe.whole_epochs

    def _key(self) -> str:
        """What a training that may go on must agree in."""
        card = self.card.model_copy(update={"weights": None, "claims": None})
        recordings = "".join(
            fold.recordings.fingerprint()
            for split in (self.train, self.validation)
            for fold in split.values()
        )
        return sha256((card.model_dump_json() + recordings).encode()).hexdigest()

    def _epochs(self, state: State, mix: Mix, batches: int) -> None:
        history, size = state.history, self.recipe.batch_size
        while len(history.auroc) < self._last:
            epoch = len(history.auroc)
            if epoch - (history.best if epoch else 0) > self.recipe.patience:
                return
            state.net.train()
            crop = round(self.recipe.crop_seconds * self.card.input.rate_hz)
            if epoch >= self.recipe.epochs:
                crop = mix.samples
            order = mix.epoch(state.rng)[: batches * size]
            starts = state.rng.integers(0, mix.samples - crop + 1, size=batches * size)
            places = torch.from_numpy(np.stack([order, starts])).to(self.device)
            steps = places.unflatten(1, (batches, size)).unbind(dim=1)
            changes = torch.Generator(self.device).manual_seed(
                seed_for(self.recipe.seed, "", f"randomise epoch {epoch}")
            )
            losses = []
            for step, (rows, first) in enumerate(steps):
                z = mix.batch(rows, first, crop, changes)
                with self._layers():
                    found = loss(
                        *(state.net, z, mix.truth[rows], self.recipe, mix.positive),
                        crop=crop / mix.samples,
                    )
                state.optimiser.zero_grad()
                found.backward()
                torch.nn.utils.clip_grad_norm_(state.net.parameters(), self.recipe.gradient_clip)
                state.optimiser.step()
                state.schedule.step()
                losses.append(found.detach())
                self.progress(f"epoch {epoch + 1}/{self._last}", step + 1, batches)
            # Read once an epoch: a step that waits for its loss leaves a GPU idle.
            history.loss += self._finite(torch.stack(losses).tolist(), epoch)
            with self._layers():
                history.auroc.append(self._validated(state.net))
            if history.best == epoch:
                state.best = {k: v.clone() for k, v in state.net.state_dict().items()}
            state.save(self.folder, self._key())

    def _layers(self) -> torch.autocast:
        """The precision of layers while training."""
        is_half = self.recipe.precision == "bf16"
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=is_half)

    def _finite(self, losses: list[float], epoch: int) -> list[float]:
        """The losses of an epoch. Raises RunError where one is not finite."""
        wrong = next((one for one in losses if not np.isfinite(one)), None)
        if wrong is not None:
            raise RunError(
                f"training {self.folder} diverged in epoch {epoch + 1}: the loss is {wrong}; "
                "lower the card's learning_rate"
            )
        return losses


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _ClauseTrainer(_Trainer):
    recipe: ClauseRecipe

    def fit(self, *, fresh: bool) -> tuple[nn.Module, History]:
        return fit_clauses(
            *(self.card, self.recipe, self.train[self.recipe.data]),
            auroc=self._validated,
            progress=self.progress,
        )


def _discrimination(log_odds: Float[np.ndarray, "record column"], fold: Fold) -> dict[str, object]:
    low, high = mean_auroc_interval(log_odds, fold.truth, fold.recordings.patient_id)
    return {
        "auroc": round(mean_auroc(log_odds, fold.truth), 4),
        "auroc_ci": [round(low, 4), round(high, 4)],
        "n": len(fold.truth),
    }


def _source(card: ModelCard, name: str) -> str:
    read = card.input
    source = open_source(name, rate_hz=read.rate_hz, seconds=read.seconds, leads=read.leads)
    return source.fingerprint()


def _stored(net: nn.Module, recipe: AnyRecipe) -> dict[str, Tensor]:
    """The weights as they are written; claims are of these, and not of more exact ones."""
    half = isinstance(recipe, Recipe) and recipe.storage == "float16"
    return {
        name: value.half() if half and value.is_floating_point() else value.clone()
        for name, value in net.state_dict().items()
    }
