"""Regions and windows that go one after the other, written out."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.closed_forms import Linear
from tests.scoring.cases import case, value
from tests.scoring.written_out import Recording, agree, m, probability, two
from xai_bench.scoring import Unscorable
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.metrics.faithfulness.region_removal import (
    Irof,
    RegionPerturbation,
    Selectivity,
)


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


WIDTH = 50


def taken(z: Recording, a: Recording, *, sign: int) -> list[Recording]:
    """z with one window more at zero each time; sign 1: most relevant first."""
    windows = [slice(first, first + WIDTH) for first in range(0, 1000, WIDTH)]
    windows.sort(key=lambda window: -sign * a[:, window].sum())
    versions, changed = [], z.copy()
    for window in windows:
        changed[:, window] = 0.0
        versions.append(changed.copy())
    return versions


@pytest.mark.parametrize(("order", "sign"), [("morf", 1), ("lerf", -1)])
@pytest.mark.parametrize("windows", [20, 7])
def test_region_perturbation(order: str, sign: int, windows: int) -> None:
    def written_out(z: Recording, a: Recording) -> float:
        return float(np.mean([m(z) - m(v) for v in taken(z, a, sign=sign)[:windows]]))

    scorer = RegionPerturbation(width=WIDTH, windows=windows, order=order)  # type: ignore[arg-type]
    agree(scorer, two(), written_out)


def test_selectivity() -> None:
    def written_out(z: Recording, a: Recording) -> float:
        return float(np.mean([probability(version) for version in taken(z, a, sign=1)]))

    agree(Selectivity(width=WIDTH), two(), written_out)


def test_the_two_share_a_curve(monkeypatch: pytest.MonkeyPatch) -> None:
    given = two()
    RegionPerturbation(width=WIDTH, windows=20, order="morf").score(given)
    monkeypatch.delattr(Forward, "_one")
    Selectivity(width=WIDTH).score(given)
