"""Localisation against literal re-implementations, ties included."""

from itertools import pairwise, permutations

import numpy as np
import pytest
import torch

from tests.scoring.cases import case, value
from xai_bench.scoring import Scorer, Unscorable
from xai_bench.scoring.localisation import ROCAUC, PointingGame, RelevanceMass, RelevanceRank

ALL = [RelevanceMass(), RelevanceRank(), PointingGame(), ROCAUC()]


def _score(scorer: Scorer, attribution: torch.Tensor, evidence: torch.Tensor) -> float:
    return value(scorer, case(attribution=attribution[None], evidence=evidence[None]))


def _small(seed: int, *, levels: int) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(seed)
    attribution = torch.from_numpy(rng.integers(-levels, levels + 1, (2, 3)).astype(np.float32))
    evidence = torch.from_numpy(rng.permutation(np.array([[1, 1, 0], [0, 0, 0]]).ravel()) > 0)
    attribution[0, 0] = levels  # never zero everywhere
    return attribution, evidence.reshape(2, 3)


def _over_orders(attribution: torch.Tensor, evidence: torch.Tensor, kind: str) -> float:
    """The mean over all orders of the samples that sort |a| downwards: ties broken every way."""
    magnitude, mask = attribution.abs().flatten().tolist(), evidence.flatten().tolist()
    found = []
    for order in permutations(range(len(mask))):
        if any(magnitude[a] < magnitude[b] for a, b in pairwise(order)):
            continue
        ranked = [mask[i] for i in order]
        size = sum(mask)
        if kind == "rank":
            found.append(sum(ranked[:size]) / size)
        elif kind == "pointing":
            found.append(float(ranked[0]))
        else:
            pairs = [
                i < j
                for i, inside in enumerate(ranked)
                if inside
                for j, other in enumerate(ranked)
                if not other
            ]
            found.append(sum(pairs) / len(pairs))
    return float(np.mean(found))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(
    ("scorer", "kind"), [(RelevanceRank(), "rank"), (PointingGame(), "pointing"), (ROCAUC(), "auc")]
)
def test_scores_are_the_mean_over_all_ways_of_breaking_ties(
    scorer: Scorer, kind: str, seed: int
) -> None:
    attribution, evidence = _small(seed, levels=2)
    assert _score(scorer, attribution, evidence) == pytest.approx(
        _over_orders(attribution, evidence, kind)
    )


@pytest.mark.parametrize("seed", range(8))
def test_relevance_mass_literally(seed: int) -> None:
    attribution, evidence = _small(seed, levels=5)
    samples = list(zip(attribution.flatten().tolist(), evidence.flatten().tolist(), strict=True))
    literal = sum(abs(a) for a, inside in samples if inside) / sum(abs(a) for a, _ in samples)
    assert _score(RelevanceMass(), attribution, evidence) == pytest.approx(literal)


@pytest.mark.parametrize("scorer", ALL)
def test_lead_resolved_evidence_itself_scores_one_and_its_complement_zero(scorer: Scorer) -> None:
    evidence = torch.zeros(12, 1000, dtype=torch.bool)
    evidence[7, 300:340] = True
    assert _score(scorer, evidence.float(), evidence) == 1
    assert _score(scorer, -evidence.float(), evidence) == 1
    assert _score(scorer, (~evidence).float(), evidence) == 0
    elsewhere = evidence.roll(1, dims=0).float()
    assert _score(scorer, elsewhere, evidence) < 0.5


@pytest.mark.parametrize("scorer", ALL)
def test_recordings_that_cannot_be_scored_say_why(scorer: Scorer) -> None:
    with pytest.raises(Unscorable, match="no pathology was planted"):
        value(scorer, case(evidence=torch.zeros(1, 12, 1000, dtype=torch.bool)))
    with pytest.raises(Unscorable, match="no planted evidence"):
        value(scorer, case(evidence=None))
    evidence = torch.zeros(1, 12, 1000, dtype=torch.bool)
    evidence[:, 3] = True
    with pytest.raises(Unscorable, match="zero everywhere"):
        value(scorer, case(evidence=evidence, attribution=torch.zeros(1, 12, 1000)))
    with pytest.raises(Unscorable, match="not finite"):
        value(scorer, case(evidence=evidence, attribution=torch.full((1, 12, 1000), torch.nan)))
