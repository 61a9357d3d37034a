"""Lesions of a fixed shape, and nets that answer them in closed form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from jaxtyping import Float
from torch import Tensor, nn

from tests.recordings import recordings
from xai_bench import wrap
from xai_bench.data import planted
from xai_bench.data.planted import Lesion
from xai_bench.models import Model
from xai_bench.types import Recordings, to_microvolt

__all__ = [
    "BUMP",
    "LEADS",
    "Weighted",
    "healthy_ones",
    "stand_in_plant",
    "use_stand_ins",
    "wrapped",
]

LEADS, BUMP = (7, 8), slice(100, 160)
"""Where the lesion is: two chest leads, whose Einthoven relations are none."""
_LESIONS = {
    "bump": Lesion(about="a bump in V2 and half of it in V3", superclass="MI"),
    "other": Lesion(about="a bump of another class", superclass="STTC"),
    "hum": Lesion(about="mains in all leads", superclass=None),
}


def shape(lesion: str) -> Float[np.ndarray, "12 1000"]:
    """1 where it is largest."""
    found = np.zeros((12, 1000))
    if lesion == "hum":
        found[:, ::2], found[:, 1::2] = 1.0, -1.0
    else:
        found[LEADS[0], BUMP], found[LEADS[1], BUMP] = 1.0, 0.5
    return found


def stand_in_plant(
    given: Recordings, lesion: str, dose: float, *, seed: int = 0, refused: Iterable[str] = ()
) -> Recordings:
    """As `planted.plant`; `refused`: ids that cannot be planted."""
    kept = [row for row, name in enumerate(given.record_id) if name not in set(refused)]
    added = to_microvolt((shape(lesion) * dose).astype(np.float32))
    few = given[kept]
    return replace(
        few,
        microvolt=np.asarray(few.microvolt) + added,
        healthy=np.asarray(few.microvolt),
        evidence=np.broadcast_to(np.abs(added) > 100, few.microvolt.shape).copy(),
        waves=np.zeros((len(few), 1000), dtype=np.int8),
        left_out=(*given.left_out, *(f"{name}: refused" for name in refused)),
    )


def use_stand_ins(monkeypatch: pytest.MonkeyPatch, **refused: tuple[str, ...]) -> None:
    """In place of the real lesions. refused: ids that cannot be planted, by lesion."""

    def plant(given: Recordings, lesion: str, dose: float, *, seed: int = 0) -> Recordings:
        return stand_in_plant(given, lesion, dose, refused=refused.get(lesion, ()))

    monkeypatch.setattr(planted, "LESIONS", _LESIONS)
    monkeypatch.setattr(planted, "plant", plant)


def healthy_ones(count: int) -> Recordings:
    """All labelled NORM, each of another patient."""
    made = recordings(count)
    return replace(
        made,
        labels=(frozenset({"NORM"}),) * count,
        patient_id=tuple(f"p{row}" for row in range(count)),
    )


class Weighted(nn.Module):
    """m(z) = <w, z>; every attribution that sums to it is w z."""

    def __init__(self, weights: Float[Tensor, "lead time"]) -> None:
        super().__init__()
        self.w = nn.Parameter(weights.clone())

    def forward(self, z: Tensor) -> Tensor:
        return (self.w * z).sum(dim=(1, 2)).unsqueeze(1)


def wrapped(net: nn.Module, *, tried: bool = True) -> Model:
    """NORM against MI, of millivolt as they are."""
    classes = ["NORM", "MI"]
    return wrap(net, classes, rate_hz=100, normalise="none", name="weighted", tried=tried)
