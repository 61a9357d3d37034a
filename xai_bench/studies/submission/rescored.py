"""Recordings of a run scored anew, one at a time: what stands in its cells, computed here."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import final

import pandas as pd

from xai_bench.methods import Method
from xai_bench.models import Model
from xai_bench.scoring import build_scorer
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.score import score_methods
from xai_bench.types import Recordings, is_control
from xai_bench.zoo import Metric

__all__ = ["TOLERANCE", "Sample", "draw_sample", "explains_anew", "far_apart", "rescore"]

TOLERANCE = 1e-3
"""Of a score, relative to its size or to 1, whichever is larger. Rows in a pass and another machine
move scores in float32 by less: 2e-5 at most in the reference run, each recording scored alone."""

_ANEW = ("stability", "randomisation")
"""Families that explain every recording many times anew: one method is asked about them."""
_ROWS = 8
_PLACE = ["method", "record_id", "metric"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What is scored anew of one model, drawn from a seed."""

    places: tuple[int, ...]
    """Of recordings in the run."""
    methods: tuple[str, ...]
    """Of which all metrics that do not explain anew are asked."""
    anew: str
    """The one of these that the others are asked of too."""


def draw_sample(methods: Sequence[str], n: int, fewest: int, count: int, seed: str) -> Sample:
    """Recordings and a method, by a seed that nobody chose.

    n: recordings of the run. fewest: on how many of them, the first ones, all metrics are measured;
    one of the recordings is of these.
    """
    draws = random.Random(seed)
    first = draws.randrange(min(fewest, n))
    others = draws.sample([place for place in range(n) if place != first], min(count, n) - 1)
    rivals = [name for name in methods if not is_control(name)] or list(methods)
    return Sample(
        places=(first, *others), methods=tuple(methods), anew=draws.choice(sorted(rivals))
    )


def far_apart(
    here: pd.DataFrame, stored: pd.DataFrame, tolerance: float = TOLERANCE
) -> tuple[int, float, str]:
    """Scores that both tables have, how far the farthest is from the stored one, and a line about
    what is farther apart than the tolerance, or is of another class or outcome; or ""."""
    both = here.merge(stored, on=_PLACE, suffixes=("", "_then"))
    size = both["score_then"].abs().clip(lower=1)
    apart = ((both["score"] - both["score_then"]).abs() / size).fillna(0.0)
    log_odds = (both["log_odds"] - both["log_odds_then"]).abs() / both["log_odds_then"].abs().clip(
        lower=1
    )
    for rows, said, column in (
        (both["status"] != both["status_then"], "is", "status"),
        (both["explained"] != both["explained_then"], "explains", "explained"),
        (both["label"] != both["label_then"], "is labelled", "label"),
        (both["outcome"] != both["outcome_then"], "is", "outcome"),
        (log_odds > tolerance, "has log-odds of", "log_odds"),
        (apart > tolerance, "scores", "score"),
    ):
        if rows.any():
            row = both[rows].iloc[0]
            there, found = row[f"{column}_then"], row[column]
            texts = [f"{x:.4g}" if isinstance(x, float) else f"{x:.40}" for x in (there, found)]
            return (
                len(both),
                float(apart.max()),
                f"{row['method']}, recording {row['record_id']:.40}, {row['metric']}, {said} "
                f"{texts[0]} there and {texts[1]} here ({int(rows.sum())} of {len(both)} differ)",
            )
    return len(both), float(apart.max()) if len(both) else 0.0, ""


def explains_anew(metric: Metric) -> bool:
    """Whether a metric takes many explanations of one recording."""
    return metric.family in _ANEW


def rescore(
    model: Model,
    recordings: Recordings,
    methods: Sequence[Method],
    metrics: Sequence[Metric],
    places: Iterable[int],
    *,
    target: str = "predicted",
    seed: int = 0,
) -> pd.DataFrame:
    """Scores of the recordings at these places of a run, as `score` makes them, with a column
    method. A metric that is measured on the first recordings of a run has none of others."""
    forward = Forward(model, rows=_ROWS)
    compared = max((build_scorer(one).references for one in metrics), default=0)
    tables = []
    for place in places:
        found = score_methods(
            model,
            recordings[[place]],
            methods,
            metrics=list(metrics),
            target=target,
            seed=seed,
            forward=forward,
            first=place,
            references=recordings[:compared],
        )
        tables += [table.assign(method=method) for method, table in found.items()]
    return pd.concat(tables, ignore_index=True)
