"""Trains the net that finds waves, on planted waves of folds 1-8, selected on fold 9."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor, nn

from xai_bench.data.synthetic import SyntheticSource
from xai_bench.errors import RunError
from xai_bench.models.waves.lead_scale import normalised
from xai_bench.nets.delnet import DELINEATED, DelNet
from xai_bench.randomness import seed_for
from xai_bench.training.delineation.augment import Trace, augment
from xai_bench.training.delineation.boundary_loss import wave_loss
from xai_bench.types import WAVES, Progress, silent

__all__ = ["WaveHistory", "WaveRecipe", "train_waves"]

_RATE_HZ = 250.0
_TRAIN, _VALIDATION = range(1, 9), (9,)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveRecipe:
    """How one net was trained."""

    augmented: bool = True
    """Traces are changed by `augment`; else they are windows of planted traces."""
    boundaries: bool = True
    """The loss looks at edges and counts waves too; else at masks alone."""
    recordings: int = 1600
    """Of `synthetic`, folds 1-8, of which each trace is one lead."""
    epochs: int = 16
    steps: int = 100
    """In an epoch, after which fold 9 is looked at."""
    batch: int = 32
    window: int = 1024
    """Samples at 250 Hz."""
    ramp_epochs: int = 4
    """After which edges and counts have their whole weight: a quarter, as 26 of 100 epochs."""
    learning_rate: float = 4e-3
    weight_decay: float = 1e-4
    checked: int = 160
    """Recordings of fold 9, a lead of each."""
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WaveHistory:
    """What happened, by epoch."""

    loss: tuple[float, ...]
    """Mean over its steps."""
    jaccard: tuple[float, ...]
    """On fold 9: shared samples by samples of either, mean over P, QRS and T."""

    @property
    def best(self) -> int:
        """The epoch of the weights that are kept, counted from 0."""
        return int(np.argmax(self.jaccard))


def train_waves(
    recipe: WaveRecipe, *, progress: Progress | None = None
) -> tuple[DelNet, WaveHistory]:
    """The net of the best epoch. Deterministic by the seed on one machine and thread count.

    Raises RunError when the loss diverges.
    """
    told = progress or silent
    source = SyntheticSource(rate_hz=_RATE_HZ)
    train = _traces(source, _TRAIN, recipe.recordings, recipe.seed, told, leads=12)
    checked = _traces(source, _VALIDATION, recipe.checked, recipe.seed, told, leads=1)
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(recipe.seed)
        net = DelNet()
        optimiser = torch.optim.AdamW(
            net.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, recipe.learning_rate, total_steps=recipe.epochs * recipe.steps
        )
        losses: list[float] = []
        found: list[float] = []
        best: dict[str, Tensor] = {}
        for epoch in range(recipe.epochs):
            total = 0.0
            net.train()
            for step in range(recipe.steps):
                done = epoch * recipe.steps + step
                lead, truth = _batch(train, recipe, done)
                ramp = min(done / (recipe.ramp_epochs * recipe.steps), 1.0)
                masks = torch.sigmoid(net(lead))
                loss = wave_loss(masks, truth, ramp if recipe.boundaries else 0.0)
                optimiser.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(net.parameters(), 1.0)
                optimiser.step()
                schedule.step()
                total += loss.item()
                told(f"epoch {epoch + 1}/{recipe.epochs}", step + 1, recipe.steps)
            if not np.isfinite(total):
                raise RunError(
                    f"training delnet diverged in epoch {epoch + 1}: the loss is {total}"
                )
            losses.append(total / recipe.steps)
            found.append(_jaccard(net, checked, recipe.window))
            if found[-1] == max(found):
                best = {name: value.clone() for name, value in net.state_dict().items()}
    net.load_state_dict(best)
    return net.eval(), WaveHistory(loss=tuple(losses), jaccard=tuple(found))


def _traces(
    source: SyntheticSource,
    folds: Sequence[int],
    size: int,
    seed: int,
    told: Progress,
    leads: int,
) -> list[list[Trace]]:
    """Of `size` recordings of these folds, spread over them, so many leads; all, or one drawn."""
    fold = source.index.fold
    assert fold is not None
    rows = np.flatnonzero(np.isin(fold, list(folds)))
    rows = rows[np.linspace(0, len(rows), size, endpoint=False).astype(int)]
    made = []
    for done, row in enumerate(rows.tolist()):
        record = source.read(row)
        assert record.waves is not None
        rng = np.random.default_rng(seed_for(seed, source.index.record_id[row], "lead"))
        kept = range(12) if leads == 12 else rng.choice(12, leads, replace=False).tolist()
        made.append(
            [Trace(record.microvolt[lead] / 1000.0, record.waves, _RATE_HZ) for lead in kept]
        )
        told("making recordings", done + 1, size)
    return made


def _batch(
    traces: list[list[Trace]], recipe: WaveRecipe, step: int
) -> tuple[Float[Tensor, "trace time"], Float[Tensor, "trace 3 time"]]:
    """Windows of traces drawn for this step, and their masks."""
    leads, masks = [], []
    for place in range(recipe.batch):
        rng = np.random.default_rng(seed_for(recipe.seed, f"{step}-{place}", "delnet"))
        one, other = (_any(traces, rng) for _ in range(2))
        trace = augment(one, other, rng) if recipe.augmented else one
        lead, labels = _cut(trace, recipe.window, rng)
        leads.append(normalised(lead, _RATE_HZ))
        masks.append(np.stack([labels == WAVES.index(wave) for wave in DELINEATED]))
    return torch.from_numpy(np.stack(leads)), torch.from_numpy(np.stack(masks)).float()


def _any(traces: list[list[Trace]], rng: np.random.Generator) -> Trace:
    leads = traces[rng.integers(len(traces))]
    return leads[rng.integers(len(leads))]


def _cut(
    trace: Trace, window: int, rng: np.random.Generator
) -> tuple[Float[np.ndarray, " time"], np.ndarray]:
    """A window of the trace, which is held at its end where it is shorter."""
    missing = max(window - len(trace.lead), 0)
    lead = np.pad(trace.lead, (0, missing), mode="edge")
    labels = np.pad(trace.labels, (0, missing), constant_values=WAVES.index("none"))
    start = rng.integers(len(lead) - window + 1)
    return lead[start : start + window], labels[start : start + window]


@torch.no_grad()
def _jaccard(net: DelNet, traces: list[list[Trace]], window: int) -> float:
    net.eval()
    both, either = np.zeros(len(DELINEATED)), np.zeros(len(DELINEATED))
    for (trace,) in traces:
        samples = len(trace.lead) // window * window
        lead: Float32[np.ndarray, " time"] = normalised(trace.lead, _RATE_HZ)[:samples]
        found = (net(torch.from_numpy(lead)[None]) > 0)[0].numpy()
        truth = np.stack([trace.labels[:samples] == WAVES.index(wave) for wave in DELINEATED])
        both += (found & truth).sum(axis=1)
        either += (found | truth).sum(axis=1)
    return float((both / either).mean())
