"""Whether a metric scores each recording by itself, and knows a right explanation from chance.

It is tried on a net whose exact attribution is known: m(z) = <w, z>, and w z sample by sample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Float64
from torch import Tensor, nn

from xai_bench.methods import METHODS
from xai_bench.models import Model
from xai_bench.models.wrap import wrap
from xai_bench.scoring.score import score_methods
from xai_bench.studies.conformance.finding import Answer, not_asked, ok, problem, remark
from xai_bench.studies.conformance.shorter import beginnings
from xai_bench.types import LEADS, Recordings
from xai_bench.zoo import Metric

__all__ = ["METRIC_CHECKS", "ExaminedMetric", "known_net"]

_ALIKE = 1e-4
_EXACT, _RANDOM, _ORACLE = "input-x-gradient", "random", "oracle"
_SMOOTH = 15
"""Samples over which the weights of the known net hang together, as waves do."""


@final
class _KnownNet(nn.Module):
    """m(z) = <w, z>, w the same smooth noise for every length: exactly w z is its attribution."""

    def __init__(self, samples: int) -> None:
        super().__init__()
        drawn = torch.Generator().manual_seed(0)
        rough = torch.randn(len(LEADS), samples + _SMOOTH - 1, generator=drawn)
        smooth = rough.unfold(1, _SMOOTH, 1).mean(dim=2)
        # Of some samples much, of most little: otherwise no order of them matters.
        self.w = nn.Parameter(smooth.abs() * smooth * 30 / samples)

    def forward(self, z: Float[Tensor, "record lead time"]) -> Float[Tensor, "record 1"]:
        return (self.w * z).sum(dim=(1, 2)).unsqueeze(1)


def known_net(rate_hz: float, seconds: float) -> Model:
    """The net on which metrics are tried."""
    net = _KnownNet(round(rate_hz * seconds))
    return wrap(net, ["NORM", "MI"], rate_hz=rate_hz, seconds=seconds, name="known", device="cpu")


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ExaminedMetric:
    """A metric, and recordings for the net that is known."""

    metric: Metric
    recordings: Recordings
    seed: int

    @cached_property
    def model(self) -> Model:
        return known_net(self.recordings.rate_hz, self.recordings.seconds)

    def table(
        self, method: str, recordings: Recordings, model: Model | None = None
    ) -> pd.DataFrame:
        return score_methods(
            model or self.model,
            recordings,
            [METHODS[method]],
            metrics=[self.metric],
            target="label",
            seed=self.seed,
            references=self.recordings,
        )[method]

    def scores(self, method: str) -> Float64[np.ndarray, " record"]:
        return self.table(method, self.recordings)["score"].to_numpy(dtype=np.float64)

    @cached_property
    def exact(self) -> pd.DataFrame:
        return self.table(_EXACT, self.recordings)

    @cached_property
    def random(self) -> Float64[np.ndarray, " record"]:
        return self.scores(_RANDOM)


def one_number_a_recording(it: ExaminedMetric) -> Answer:
    table = it.exact
    reasons = table["reason"][table["status"] != "ok"]
    if len(reasons) == len(table):
        why = "; ".join(dict.fromkeys(reasons))
        if it.metric.name == "random_logit":
            return not_asked(why)
        return problem(f"no recording has a score: {why}")
    if len(reasons):
        return remark(
            f"none for {len(reasons)} of {len(table)}: {'; '.join(dict.fromkeys(reasons))}"
        )
    return ok(f"{len(table)} scores, {table['score'].min():.3g} to {table['score'].max():.3g}")


def alone_as_in_company(it: ExaminedMetric) -> Answer:
    if it.metric.family == "runtime":
        return not_asked("a cost is never twice the same")
    parts = [
        it.table(_EXACT, it.recordings[k : k + 1])["score"].iloc[0]
        for k in range(len(it.recordings))
    ]
    off = _largest_difference(np.array(parts, dtype=np.float64), it.exact["score"].to_numpy())
    if off > _ALIKE:
        return problem(
            f"a score depends on the other recordings of a block (by up to {off:.3g}); normalise "
            "each recording by itself, and draw by case.block.normal"
        )
    return ok()


def repeatable(it: ExaminedMetric) -> Answer:
    if it.metric.family == "runtime":
        return not_asked("a cost is never twice the same")
    off = _largest_difference(it.scores(_EXACT), it.exact["score"].to_numpy())
    if off > 1e-9:
        return problem(f"another score each time (by {off:.3g}); draw by case.block.normal")
    return ok("with the same seed")


def within_its_range(it: ExaminedMetric) -> Answer:
    low, high = it.metric.card.range
    for name, scores in (
        ("the exact attribution", it.exact["score"].to_numpy()),
        ("random", it.random),
    ):
        known = scores[np.isfinite(scores)]
        if len(known) and (known.min() < low - 1e-6 or known.max() > high + 1e-6):
            return problem(
                f"{name} scores {known.min():.3g} to {known.max():.3g}, and its range is {low:g} "
                f"to {high:g}; mend range = in the card, or the score"
            )
    return ok(f"{low:g} to {high:g}")


def reads_the_attribution(it: ExaminedMetric) -> Answer:
    if it.metric.family == "runtime":
        return not_asked("a cost is of the method, whatever it says")
    exact = it.exact["score"].to_numpy()
    if not np.isfinite(exact).any():
        return not_asked("no recording has a score")
    # Both may miss what is hit or missed: what the oracle says is something else.
    oracle = it.scores(_ORACLE)
    of_both = np.where(np.isfinite(oracle), exact, np.nan)
    if _largest_difference(exact, it.random) == 0 == _largest_difference(of_both, oracle):
        return problem("the exact attribution, a random one and the oracle have the same scores")
    return ok()


def tells_right_from_random(it: ExaminedMetric) -> Answer:
    family = it.metric.family
    if family not in ("faithfulness", "axiomatic", "localisation"):
        return not_asked(f"of {family} no attribution is known to be right")
    right = it.scores(_ORACLE) if family == "localisation" else it.exact["score"].to_numpy()
    what = "the oracle" if family == "localisation" else "the exact attribution of a linear net"
    both = np.isfinite(right) & np.isfinite(it.random)
    if not both.any():
        return not_asked("no recording has a score of both")
    best, chance = float(right[both].mean()), float(it.random[both].mean())
    sign = 1 if it.metric.better == "higher" else -1
    text = f"{what} {best:.3g}, random {chance:.3g}, better is {it.metric.better}"
    if sign * (best - chance) > 0:
        return ok(text)
    if best == chance:
        return remark(f"{text}: it does not tell them apart")
    return problem(f"{text}: is better = the wrong way round?")


def scores_shorter_recordings(it: ExaminedMetric) -> Answer:
    shorter = beginnings(it.recordings)
    table = it.table(_EXACT, shorter, known_net(shorter.rate_hz, shorter.seconds))
    lost = (table["status"] != "ok").sum() - (it.exact["status"] != "ok").sum()
    if lost > 0:
        why = "; ".join(dict.fromkeys(table["reason"][table["status"] != "ok"]))
        return problem(f"{lost} recordings of {shorter.seconds:g} s have no score: {why}")
    return ok(f"{shorter.seconds:g} s")


def _largest_difference(
    one: Float64[np.ndarray, " record"], other: Float64[np.ndarray, " record"]
) -> float:
    """Relative to max(1, |score|); inf where only one of both is a number."""
    if (np.isfinite(one) != np.isfinite(other)).any():
        return float("inf")
    off = np.abs(one - other) / np.maximum(1, np.abs(other))
    return float(np.nanmax(off, initial=0.0))


METRIC_CHECKS: dict[str, Callable[[ExaminedMetric], Answer]] = {
    "one number a recording": one_number_a_recording,
    "alone as in company": alone_as_in_company,
    "repeatable": repeatable,
    "within its range": within_its_range,
    "reads the attribution": reads_the_attribution,
    "tells right from random": tells_right_from_random,
    "scores shorter recordings": scores_shorter_recordings,
}
"""Name -> question."""
