"""What a training draws its recordings from: one data set, or several with their shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Int16, Int64
from torch import Tensor

from xai_bench.cards import ModelCard, Recipe
from xai_bench.models.normalisation import normalisation
from xai_bench.nets.base import Batch
from xai_bench.training.randomise import randomise
from xai_bench.types import Recordings

__all__ = ["Fold", "Mix", "draw"]

_ROWS = 512  # recordings that are read at once


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fold:
    """Labelled recordings of one data set and split."""

    recordings: Recordings
    truth: Int64[np.ndarray, "record column"]


def draw(
    rng: np.random.Generator, sizes: Sequence[int], shares: Sequence[float], n: int
) -> Int64[np.ndarray, " draw"]:
    """`n` rows of data sets laid end to end, shuffled, of which each has its share.

    sizes: recordings of each. Of none is a recording drawn again before all of it were drawn.
    """
    ends = np.rint(n * np.cumsum(shares) / np.sum(shares)).astype(int)
    rows, first = [], 0
    for size, wanted in zip(sizes, np.diff(ends, prepend=0), strict=True):
        rounds = [rng.permutation(size) for _ in range(-(-wanted // size))]
        rows.append(first + np.concatenate([*rounds, np.empty(0, dtype=np.int64)])[:wanted])
        first += size
    return rng.permutation(np.concatenate(rows).astype(np.int64))


@final
class Mix:
    """The recordings of all data sets, in memory and on the device of the net."""

    def __init__(
        self, folds: Mapping[str, Fold], card: ModelCard, recipe: Recipe, device: torch.device
    ) -> None:
        """folds: to train on, by the name of their data; the recipe has a share for each."""
        self._recipe = recipe
        self._rate_hz = card.input.rate_hz
        self._normalise = normalisation(card.input.normalisation, rate_hz=card.input.rate_hz)
        self._sizes = [len(fold.truth) for fold in folds.values()]
        self._shares = [recipe.shares[name] for name in folds]
        self._microvolt = torch.from_numpy(
            np.concatenate([part for fold in folds.values() for part in _read(fold.recordings)])
        ).to(device)
        truth = np.concatenate([fold.truth for fold in folds.values()])
        self.truth = torch.from_numpy(truth).to(device)
        means = np.stack([fold.truth.mean(axis=0) for fold in folds.values()])
        self.positive = torch.from_numpy(np.array(self._shares) @ means).float().to(device)
        """Share of an epoch's recordings that are of each column."""
        self.samples = self._microvolt.shape[-1]

    @property
    def n(self) -> int:
        """Recordings of an epoch."""
        return self._recipe.epoch_recordings or self._sizes[0]

    def epoch(self, rng: np.random.Generator) -> Int64[np.ndarray, " draw"]:
        """The rows of an epoch in the order in which they are trained on."""
        return draw(rng, self._sizes, self._shares, self.n)

    def batch(
        self,
        rows: Int64[Tensor, " crop"],
        first: Int64[Tensor, " crop"],
        samples: int,
        generator: torch.Generator,
    ) -> Batch:
        """`samples` samples of some recordings, from `first` on, as the net reads them.

        A recording is normalised as a whole, as it will be when the net is used.
        """
        millivolt = self._microvolt[rows].float() / 1000
        changed = round(self._recipe.randomised * len(rows))
        if changed:  # an epoch is shuffled, so the first of a batch are any
            made = randomise(millivolt[:changed], rate_hz=self._rate_hz, generator=generator)
            millivolt = torch.cat([made, millivolt[changed:]])
        return _crops(self._normalise(millivolt), first, samples)


def _read(recordings: Recordings) -> list[Int16[np.ndarray, "record lead time"]]:
    return [
        np.asarray(recordings[start : start + _ROWS].microvolt)
        for start in range(0, len(recordings), _ROWS)
    ]


def _crops(
    z: Batch, first: Int64[Tensor, " crop"], samples: int
) -> Float[Tensor, "crop lead sample"]:
    """`samples` samples of each recording, from `first` on, where z is."""
    if samples == z.shape[-1]:
        return z
    time = first[:, None, None] + torch.arange(samples, device=z.device)
    return z.gather(-1, time.expand(-1, z.shape[1], -1))
