"""What happens to recordings before they reach the net, in millivolt, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Int8, Shaped
from torch import Tensor

from xai_bench.data.distort import at_snr, shifted
from xai_bench.data.electrode_noise import draw_noise, why_not_at
from xai_bench.data.normalise import resample
from xai_bench.methods import Batch
from xai_bench.models import Model
from xai_bench.randomness import seeds_for
from xai_bench.studies.stability.schema import NOISES
from xai_bench.types import LEADS, Recordings

__all__ = ["SHIFTS", "SNR_DB", "Change", "changed", "changes"]

SNR_DB = (30.0, 20.0, 10.0)
GAINS = (10.0, -10.0)
"""Per cent."""
SHIFTS = (1, 5, 10, 25, 50)
"""Samples."""
FAST_HZ, SLOW_HZ = 500.0, 100.0
LEAD_SWAP = "lead swap"

Maps = Shaped[Tensor, "record lead time"]
Signals = Float[Tensor, "record lead time"]


def _as_it_is(values: Maps) -> Maps:
    return values


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Change:
    """x' = linear(x) + noise, and where in x' the samples of x are found."""

    condition: str
    level: float
    linear: Callable[[Signals], Signals] = _as_it_is
    """What becomes of millivolt."""
    noise: Callable[[Recordings, int], Float[np.ndarray, "record lead time"]] | None = None
    """What is added, given the recordings and a seed; millivolt."""
    place: Callable[[Maps], Maps] = _as_it_is
    """What becomes of a mask: where its samples are now."""
    back: Callable[[Maps], Maps] = _as_it_is
    """An attribution of x', sample by sample where `kept` of one of x is."""
    kept: Callable[[Maps], Maps] | None = None
    """The samples of an attribution of x that x' has too; None for all of them."""

    @property
    def name(self) -> str:
        """Its condition, with the level where there is one."""
        return self.condition if np.isnan(self.level) else f"{self.condition} {self.level:g}"


def changes(
    rate_hz: float, samples: int, leads: tuple[str, ...] = LEADS
) -> tuple[list[Change], dict[str, str]]:
    """All changes of recordings of this rate, length and set of leads, and why some conditions are
    left out."""
    left_out = {kind: why for kind in NOISES if (why := why_not_at(kind, rate_hz))}
    if leads != LEADS:
        # Noise is drawn at the ten electrodes of twelve leads, and an exchange of two shows there.
        why = f"it needs the twelve leads, and these recordings have {', '.join(leads)}"
        left_out |= dict.fromkeys((*NOISES, LEAD_SWAP), why)
    return [
        *(_noisy(kind, snr) for kind in NOISES if kind not in left_out for snr in SNR_DB),
        *map(_gain, GAINS),
        *([] if LEAD_SWAP in left_out else [_lead_swap()]),
        *(_shift(by) for by in SHIFTS if by < samples),
        _resampled(rate_hz),
    ], left_out


def changed(model: Model, recordings: Recordings, batch: Batch, change: Change, seed: int) -> Batch:
    """The recordings after a change, to be explained for the same targets.

    batch: the recordings themselves. Their evidence, waves and twins go with them.
    """
    millivolt = change.linear(torch.from_numpy(recordings.signal))
    if change.noise is not None:
        millivolt = millivolt + torch.from_numpy(change.noise(recordings, seed)).float()
    z = model.normalise(millivolt)
    difference, evidence = recordings.difference, batch.evidence
    twin = None
    if difference is not None:
        twin = z - model.rescale(change.linear(torch.from_numpy(difference)), millivolt)

    def find_waves() -> Int8[Tensor, "record time"]:
        assert batch.waves is not None, "make_batch delineates what is not known"
        in_all_leads = batch.waves[:, None].expand(-1, batch.z.shape[1], -1)
        return change.place(in_all_leads)[:, 0]

    return replace(
        batch,
        z=z,
        evidence=None if evidence is None else change.place(evidence),
        twin=twin,
        find_waves=find_waves,
    )


def _noisy(kind: str, snr_db: float) -> Change:
    """The same noise at each ratio, seeded by seed, recording and kind."""

    def noise(recordings: Recordings, seed: int) -> Float[np.ndarray, "record lead time"]:
        drawn = []
        seeds = seeds_for(seed, recordings.record_id, f"comparison {kind}")
        for own_seed, signal in zip(seeds, recordings.signal, strict=True):
            rng = np.random.default_rng(own_seed)
            made = draw_noise(kind, rng, signal.shape[1], recordings.rate_hz)
            drawn.append(at_snr(made, signal.astype(np.float64), snr_db))
        return np.stack(drawn)

    return Change(condition=kind, level=snr_db, noise=noise)


def _gain(percent: float) -> Change:
    """All leads larger or smaller alike. A z-score takes no notice of it."""
    return Change(condition="gain", level=percent, linear=lambda mv: mv * (1 + percent / 100))


_SWAPPED = [LEADS.index(lead) for lead in ("I", "III", "II", "aVL", "aVR", "aVF")] + list(
    range(6, len(LEADS))
)


def _lead_swap() -> Change:
    """Left and right arm exchanged: I turns its sign, II and III change places, aVR and aVL too.

    Back at the electrodes' true leads, an attribution keeps its sign: what a sample speaks for does
    not turn with the lead. (A gradient would, in lead I.)
    """

    def swap(mv: Signals) -> Signals:
        swapped = mv[:, _SWAPPED].clone()
        swapped[:, 0] *= -1
        return swapped

    def exchange(values: Maps) -> Maps:
        return values[:, _SWAPPED]

    return Change(
        condition=LEAD_SWAP, level=float("nan"), linear=swap, place=exchange, back=exchange
    )


def _shift(by: int) -> Change:
    """x'[t] = x[t - by]; before the beginning, the first sample goes on."""
    return Change(
        condition="shift",
        level=float(by),
        linear=lambda mv: shifted(mv, by),
        place=lambda values: shifted(values, by),
        back=lambda values: values[..., by:],
        kept=lambda values: values[..., :-by],
    )


def _resampled(rate_hz: float) -> Change:
    """To another rate and back with the project's own filter: 500 Hz, or 100 from 500 Hz on."""
    via = FAST_HZ if rate_hz < FAST_HZ else SLOW_HZ

    def there_and_back(mv: Signals) -> Signals:
        made = [
            resample(resample(one, rate_hz, via), via, rate_hz)[:, : mv.shape[2]]
            for one in mv.double().cpu().numpy()
        ]
        return torch.from_numpy(np.stack(made)).to(mv)

    return Change(condition="resampled", level=via, linear=there_and_back)
