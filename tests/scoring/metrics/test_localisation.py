"""Localisation against literal re-implementations, ties included."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, permutations
from typing import Literal

import numpy as np
import pytest
import torch

from tests.recordings import recordings
from tests.scoring.cases import case, value
from xai_bench import load_data, load_model, score
from xai_bench.methods.attribute import make_batch
from xai_bench.scoring import Scorer, Unscorable
from xai_bench.scoring.metrics.localisation import (
    AboveChance,
    LeadConcordance,
    PointingGame,
    RelevanceMass,
    RelevanceRank,
    RocAuc,
    WaveMass,
)
from xai_bench.types import WAVES

ALL = [RelevanceMass(), RelevanceRank(), PointingGame(), RocAuc()]


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
    ("scorer", "kind"), [(RelevanceRank(), "rank"), (PointingGame(), "pointing"), (RocAuc(), "auc")]
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


ROWS = 40


def _noise(rows: int = ROWS, seed: int = 0) -> torch.Tensor:
    return torch.randn(rows, 12, 1000, generator=torch.Generator().manual_seed(seed))


def _evidence(rows: int = ROWS) -> torch.Tensor:
    """In some leads, of different lengths."""
    random = np.random.default_rng(1)
    evidence = torch.zeros(rows, 12, 1000, dtype=torch.bool)
    for one in evidence:
        for lead in range(5):
            one[lead, 200 : 200 + int(random.integers(20, 120))] = True
    return evidence


def _waves(rows: int = ROWS) -> torch.Tensor:
    """P, QRS and T once a second, and TP."""
    beat = np.full(100, WAVES.index("TP"))
    for name, first, end in (("P", 0, 8), ("QRS", 15, 25), ("ST", 25, 35), ("T", 35, 55)):
        beat[first:end] = WAVES.index(name)
    return torch.from_numpy(np.tile(beat, 10).astype(np.int8)).repeat(rows, 1)


def test_lead_concordance_pair_by_pair_with_ties() -> None:
    attribution, evidence = _noise(3).round(), _evidence(3)
    attribution[0, 1] = -attribution[0, 7]  # a lead with evidence and one without: the same sum
    found = LeadConcordance().score(case(attribution=attribution, evidence=evidence)).values
    for row in range(3):
        sums = attribution[row].abs().sum(1).tolist()
        counts = evidence[row].sum(1).tolist()
        pairs = [
            1.0 if sums[i] > sums[k] else 0.5 if sums[i] == sums[k] else 0.0
            for i in range(12)
            for k in range(12)
            if counts[i] > counts[k]
        ]
        assert float(found[row]) == pytest.approx(np.mean(pairs))
        assert 0.5 in pairs or row > 0


def test_lead_concordance_of_the_evidence_is_one_and_of_noise_a_half() -> None:
    evidence = _evidence()
    exact = LeadConcordance().score(case(attribution=-evidence.float(), evidence=evidence)).values
    assert (exact == 1).all()
    other = LeadConcordance().score(case(attribution=1 - evidence.float(), evidence=evidence))
    assert (other.values == 0).all()
    noise = LeadConcordance().score(case(attribution=_noise(), evidence=evidence)).values
    assert float(noise.mean()) == pytest.approx(0.5, abs=0.1)


def test_leads_alike_cannot_be_told_apart() -> None:
    evidence = torch.zeros(1, 12, 1000, dtype=torch.bool)
    evidence[..., 100:200] = True
    with pytest.raises(Unscorable, match="all leads have the same amount of evidence"):
        value(LeadConcordance(), case(evidence=evidence))


def test_wave_mass_sample_by_sample() -> None:
    attribution, waves = _noise(2), _waves(2)
    evidence = torch.zeros(2, 12, 1000, dtype=torch.bool)
    evidence[0, 3, 815:825] = True  # QRS,
    evidence[0, 4, 435:455] = True  # T,
    evidence[0, 4, 434] = True  # and of ST 1 of 31 samples: too few
    evidence[1, 3, 815:828] = True  # QRS, and of ST 3 of 13
    carry = [{"QRS", "T"}, {"QRS", "ST"}]
    found = WaveMass(share=0.05).score(
        case(attribution=attribution, evidence=evidence, waves=waves)
    )
    for row in range(2):
        inside = total = time = 0.0
        for t in range(1000):
            here = float(attribution[row, :, t].abs().double().sum())
            total += here
            if WAVES[int(waves[row, t])] in carry[row]:
                inside, time = inside + here, time + 1 / 1000
        expected = (inside / total - time) / (1 - time)
        assert float(found.values[row]) == pytest.approx(expected, abs=1e-6)


def test_wave_mass_is_one_on_the_waves_of_any_lead_zero_by_chance() -> None:
    evidence, waves = torch.zeros(ROWS, 12, 1000, dtype=torch.bool), _waves()
    evidence[:, 2, 35:55] = True
    on_t = (waves == WAVES.index("T")).unsqueeze(1).expand(-1, 12, -1).clone()
    on_t[:, :6] = False  # not where the evidence is: only the kind of wave counts

    def scores(attribution: torch.Tensor) -> torch.Tensor:
        given = case(attribution=attribution, evidence=evidence, waves=waves)
        return WaveMass(share=0.05).score(given).values

    assert scores(on_t.float()).tolist() == pytest.approx([1] * ROWS)
    assert scores(torch.ones(ROWS, 12, 1000)).tolist() == pytest.approx([0] * ROWS)
    assert scores((~on_t).float()[:, 6:].repeat(1, 2, 1)).tolist() == pytest.approx([-0.25] * ROWS)
    assert abs(float(scores(_noise()).mean())) < 0.005


def test_recordings_without_waves_say_so() -> None:
    evidence = _evidence(1)
    with pytest.raises(Unscorable, match="no waves"):
        value(WaveMass(share=0.05), case(evidence=evidence))
    with pytest.raises(Unscorable, match="no pathology"):
        value(WaveMass(share=0.05), case(evidence=torch.zeros_like(evidence), waves=_waves(1)))
    only_qrs = torch.full((1, 1000), WAVES.index("QRS"), dtype=torch.int8)
    with pytest.raises(Unscorable, match="everywhere"):
        value(WaveMass(share=0.05), case(evidence=evidence, waves=only_qrs))


def test_waves_come_from_the_recordings() -> None:
    model, given = load_model("resnet1d", device="cpu"), load_data("synthetic", n=2)
    made = make_batch(model, given, target="predicted")
    assert made.waves is not None
    assert given.waves is not None
    np.testing.assert_array_equal(made.waves.numpy(), given.waves)
    swapped = made.versions(torch.tensor([1, 0]), made.z.flip(0))
    assert swapped.waves is not None
    assert torch.equal(swapped.waves, made.waves.flip(0))


def test_waves_that_are_not_known_are_delineated_when_they_are_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []

    def look(millivolt: np.ndarray, rate_hz: float) -> np.ndarray:
        asked.append((millivolt, rate_hz))
        return np.full(1000, len(asked), dtype=np.int8)

    monkeypatch.setattr("xai_bench.data.delineate.delineate_recording", look)
    model, given = load_model("resnet1d", device="cpu"), recordings(2)
    made = make_batch(model, given, target="predicted")
    swapped = made.versions(torch.tensor([1, 0]), made.z.flip(0))
    assert not asked
    assert swapped.waves is not None
    assert made.waves is not None
    assert made.waves[:, 0].tolist() == [1, 2]
    assert swapped.waves[:, 0].tolist() == [2, 1]
    assert len(asked) == 2
    np.testing.assert_array_equal(asked[1][0], given.signal[1])
    assert asked[1][1] == 100.0


def test_no_metric_of_waves_scores_recordings_without_known_evidence() -> None:
    model, given = load_model("resnet1d", device="cpu"), load_data("synthetic", n=1)
    unknown = replace(given, healthy=None, evidence=None, waves=None)
    found = score(model, unknown, "input-x-gradient", metrics="wave_mass_skill")
    assert found["score"].isna().all()
    assert found["reason"].tolist() == ["this dataset has no planted evidence"]
