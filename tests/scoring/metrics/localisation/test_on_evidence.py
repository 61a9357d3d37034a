"""Localisation against literal re-implementations, ties included."""

from itertools import pairwise, permutations
from typing import Literal

import numpy as np
import pytest
import torch

from tests.scoring.cases import case, value
from xai_bench.scoring import Scorer, Unscorable
from xai_bench.scoring.metrics.localisation.on_evidence import (
    ROCAUC,
    AboveChance,
    PointingGame,
    RelevanceMass,
    RelevanceRank,
)

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


@pytest.mark.parametrize(
    ("skill", "plain"),
    [(AboveChance(of="mass"), RelevanceMass()), (AboveChance(of="rank"), RelevanceRank())],
)
def test_skill_is_the_score_above_its_mean_over_all_shuffles(skill: Scorer, plain: Scorer) -> None:
    attribution, evidence = _small(3, levels=5)
    evidence[1, 2] = True
    orders = torch.tensor(list(permutations(range(6))))
    shuffled = case(
        attribution=attribution.flatten()[orders].reshape(-1, 2, 3),
        evidence=evidence.expand(len(orders), 2, 3),
    )
    chance = float(plain.score(shuffled).values.mean())
    expected = (_score(plain, attribution, evidence) - chance) / (1 - chance)
    assert _score(skill, attribution, evidence) == pytest.approx(expected)
    assert abs(expected) > 0.01


@pytest.mark.parametrize("of", ["mass", "rank"])
def test_skill_of_the_evidence_is_one_and_of_noise_and_of_a_constant_zero(
    of: Literal["mass", "rank"],
) -> None:
    evidence = torch.zeros(6, 12, 1000, dtype=torch.bool)
    for row, size in enumerate([50, 100, 200, 400, 800, 1000]):
        evidence[row, ::3, :size] = True
    skill = AboveChance(of=of)

    def scores(attribution: torch.Tensor) -> torch.Tensor:
        return skill.score(case(attribution=attribution, evidence=evidence)).values

    assert scores(evidence.float()).tolist() == pytest.approx([1] * 6)
    constant = scores(torch.ones(6, 12, 1000))
    torch.testing.assert_close(constant, torch.zeros(6).double(), atol=1e-9, rtol=0)
    noise = scores(torch.randn(6, 12, 1000, generator=torch.Generator().manual_seed(0)))
    assert noise.abs().mean() < 0.02
    everywhere = case(
        attribution=torch.ones(1, 2, 9), evidence=torch.ones(1, 2, 9, dtype=torch.bool)
    )
    with pytest.raises(Unscorable, match="evidence is everywhere"):
        value(skill, everywhere)
