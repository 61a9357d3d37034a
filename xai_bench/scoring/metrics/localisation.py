"""Localisation: does |attribution| fall where pathology was planted?

Written here because Quantus 0.6 rejects masks that differ between leads. All scores take the
absolute attribution (evidence for one class is evidence against the other) and are exact under
ties: a score is the mean over all ways of breaking them.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Literal, final

import torch
from jaxtyping import Bool, Float64
from torch import Tensor

from xai_bench.scoring.engine.base import Case, Scorer, Scores, Unscorable, scored
from xai_bench.scoring.engine.block import Block
from xai_bench.stats.correlation import average_ranks
from xai_bench.types import WAVES

__all__ = ["NO_EVIDENCE", "AboveChance", "LeadConcordance", "PointingGame", "RelevanceMass"]
__all__ += ["RelevanceRank", "RocAuc", "WaveMass"]

NO_EVIDENCE = "no pathology was planted in this recording"
_EVERYWHERE = "the evidence is everywhere"

PerRecording = Float64[Tensor, " record"]
Magnitude = Float64[Tensor, "record sample"]
Mask = Bool[Tensor, "record sample"]


def _evidence(block: Block) -> Bool[Tensor, "record lead time"]:
    """Raises Unscorable for a dataset of real recordings."""
    if block.batch.evidence is None:
        raise Unscorable("this dataset has no planted evidence")
    return block.batch.evidence


def _magnitude(case: Case) -> Magnitude:
    return case.memo("|a|", lambda: case.attribution.abs().double().flatten(1))


class _OnEvidence(Scorer):
    """A function of |a| and the evidence of a recording, sample by sample."""

    def score(self, case: Case) -> Scores:
        mask = _evidence(case.block).flatten(1)
        found = self.read_off(_magnitude(case), mask)
        return scored(found, _EVERYWHERE, failed=[(~mask.any(dim=1), NO_EVIDENCE)])

    @abstractmethod
    def read_off(self, magnitude: Magnitude, mask: Mask) -> PerRecording:
        """The score of each recording; anything where nothing is evidence, and NaN where all is and
        there is no score."""


@final
class RelevanceMass(_OnEvidence):
    """sum of |a| inside the evidence / sum of |a| (Arras et al. 2022)."""

    def read_off(self, magnitude: Magnitude, mask: Mask) -> PerRecording:
        return (magnitude * mask).sum(dim=1) / magnitude.sum(dim=1)


@final
class RelevanceRank(_OnEvidence):
    """Share of the K largest |a| that lie inside the evidence, K = its size (Arras et al. 2022)."""

    def read_off(self, magnitude: Magnitude, mask: Mask) -> PerRecording:
        size = mask.sum(dim=1, keepdim=True)
        falling = magnitude.sort(dim=1, descending=True).values
        threshold = falling.gather(1, (size - 1).clamp_min(0))
        above, tied = magnitude > threshold, magnitude == threshold
        places = size - above.sum(dim=1, keepdim=True)
        among_tied = (mask & tied).sum(dim=1) / tied.sum(dim=1).double()
        hits = (mask & above).sum(dim=1) + places.squeeze(1) * among_tied
        return hits / size.squeeze(1)


@final
class PointingGame(_OnEvidence):
    """1 if the largest |a| lies inside the evidence (Zhang et al. 2018)."""

    def read_off(self, magnitude: Magnitude, mask: Mask) -> PerRecording:
        largest = magnitude == magnitude.amax(dim=1, keepdim=True)
        return (mask & largest).sum(dim=1) / largest.sum(dim=1).double()


@final
class RocAuc(_OnEvidence):
    """Probability that |a| at a sample of evidence exceeds |a| elsewhere; ties count half."""

    def read_off(self, magnitude: Magnitude, mask: Mask) -> PerRecording:
        inside, outside = mask.sum(dim=1).double(), (~mask).sum(dim=1)
        rank_sum = (average_ranks(magnitude) * mask).sum(dim=1)
        return (rank_sum - inside * (inside - 1) / 2) / (inside * outside)


@final
@dataclass(frozen=True, kw_only=True)
class AboveChance(_OnEvidence):
    """(score - c) / (1 - c): 0 by chance, 1 at best, whatever the size of the evidence.

    c, the evidence's share of the recording, is the mean of either score over all ways of shuffling
    a.
    """

    of: Literal["mass", "rank"]
    """The score: relevance mass or relevance rank."""

    def read_off(self, magnitude: Magnitude, mask: Mask) -> PerRecording:
        plain = RelevanceMass() if self.of == "mass" else RelevanceRank()
        return _above_chance(plain.read_off(magnitude, mask), mask.double().mean(dim=1))


@final
class LeadConcordance(Scorer):
    """Probability that of two leads with unequal evidence the one with more has more |a|.

    Evidence is counted in samples, and |a| summed; equal sums count half. Where evidence is in some
    leads only, and alike in those, this is the area under the ROC curve over leads.
    """

    def score(self, case: Case) -> Scores:
        evidence = _evidence(case.block).sum(dim=2)
        sums = case.attribution.abs().double().sum(dim=2)
        more = evidence.unsqueeze(2) > evidence.unsqueeze(1)
        difference = sums.unsqueeze(2) - sums.unsqueeze(1)
        right = ((difference > 0) + 0.5 * (difference == 0)).double() * more
        return scored(
            right.sum(dim=(1, 2)) / more.sum(dim=(1, 2)),
            "all leads have the same amount of evidence",
            failed=[(~evidence.any(dim=1), NO_EVIDENCE)],
        )


@final
@dataclass(frozen=True, kw_only=True)
class WaveMass(Scorer):
    """(q - c) / (1 - c): q is the share of |a|, c the share of time, of the waves with evidence."""

    share: float
    """A kind of wave (P, PR, QRS, ST, T, TP) has evidence if at least this share of all lies on it,
    whatever the lead."""

    def score(self, case: Case) -> Scores:
        evidence, waves = _evidence(case.block).sum(dim=1), case.block.batch.waves
        if waves is None:
            raise Unscorable("this dataset has no waves")
        kinds = torch.arange(len(WAVES), device=waves.device).reshape(1, -1, 1)
        of_kind = waves.unsqueeze(1) == kinds
        on_each = (of_kind * evidence.unsqueeze(1)).sum(dim=2).double()
        with_evidence = on_each / evidence.sum(dim=1, keepdim=True) >= self.share
        inside = (of_kind & with_evidence.unsqueeze(2)).any(dim=1)
        in_time = case.attribution.abs().double().sum(dim=1)
        mass = (in_time * inside).sum(dim=1) / in_time.sum(dim=1)
        return scored(
            _above_chance(mass, inside.double().mean(dim=1)),
            _EVERYWHERE,
            failed=[(~evidence.any(dim=1), NO_EVIDENCE)],
        )


def _above_chance(score: PerRecording, chance: PerRecording) -> PerRecording:
    """(score - chance) / (1 - chance); NaN where chance leaves nothing to reach."""
    return (score - chance) / (1 - chance).where(chance < 1, torch.nan)
