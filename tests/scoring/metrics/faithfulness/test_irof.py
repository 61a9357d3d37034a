"""IROF, region by region and written out."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.closed_forms import Linear
from tests.scoring.cases import case, value
from tests.scoring.written_out import Recording, agree, probability, two
from xai_bench.scoring import Unscorable
from xai_bench.scoring.metrics.faithfulness.irof import Irof


@pytest.mark.parametrize(("segments", "step"), [(10, 6), (7, 12)])
def test_area_over_the_relative_probability(segments: int, step: int) -> None:
    def written_out(z: Recording, a: Recording) -> float:
        regions = [
            (lead, [t for t in range(1000) if t * segments // 1000 == segment])
            for lead in range(12)
            for segment in range(segments)
        ]
        regions.sort(key=lambda region: -a[region].mean())
        changed, ratios = z.copy(), [1.0]
        for k, region in enumerate(regions, start=1):
            changed[region] = 0.0
            if k % step == 0:
                ratios.append(probability(changed) / probability(z))
        return float(1 - np.trapezoid(ratios, np.linspace(0, 1, len(ratios))))

    agree(Irof(regions=f"grid-{segments}", step=step), two(), written_out)


def test_leads_that_say_the_same_come_in_the_order_of_the_seed() -> None:
    """Not lead I first: with a wave that all leads share, the order of equal leads is drawn."""
    wave = torch.randn(1, 1, 1000, generator=torch.Generator().manual_seed(1)).expand(1, 12, 1000)
    scores = {
        value(Irof(regions="grid-10", step=6), case(attribution=wave, seed=k)) for k in range(3)
    }
    assert len(scores) == 3


def test_a_class_without_probability_has_no_score() -> None:
    given = case()
    z = given.block.z
    z.copy_(-1e5 * Linear().w.detach().sign())
    with pytest.raises(Unscorable, match="the probability of the explained class is 0"):
        value(Irof(regions="grid-10", step=6), given)
