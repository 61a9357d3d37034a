"""Windows across all leads, taken one after the other and written out."""

from __future__ import annotations

import numpy as np
import pytest

from tests.scoring.written_out import Recording, agree, m, probability, two
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.metrics.faithfulness.region_perturbation import (
    RegionPerturbation,
    Selectivity,
)

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
