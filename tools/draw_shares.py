"""What share of a score's variance its draws make, with intervals, of scores under several draws.

benchmarks/results/draws.csv has them, of benchmarks/draws.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from xai_bench.stats import FEWEST_PATIENTS, intraclass, intraclass_interval
from xai_bench.stats.bootstrap import percentiles, resamples

__all__ = ["METHOD", "METRIC", "POOLED", "RANDOM_NETS", "TENTH", "draw_shares", "read_draws"]

RANDOM_NETS, METRIC, METHOD = "random nets", "metric", "method"
"""What draws: the weights of a random net, a metric's sets or noise, a method's masks or points."""
POOLED = ""
"""The method of a row that is of all methods of a net together."""
TENTH = 0.1
"""Of the variance: what draws make at most where a score is averaged over enough of them."""
_PLACE = ["source", "metric", "model", "method"]

Scored = Float[np.ndarray, "*resample record draw"]


def read_draws(root: Path) -> tuple[pd.DataFrame, Mapping[str, Any]]:
    """Scores of recordings under draws, and what they are of."""
    results = root / "benchmarks" / "results"
    facts: Mapping[str, Any] = json.loads((results / "draws.json").read_text(encoding="utf-8"))
    return pd.read_csv(results / "draws.csv", dtype={"record_id": str}), facts


def draw_shares(scores: pd.DataFrame) -> pd.DataFrame:
    """A row for each source, metric, model and method, and one of all methods for each metric.

    share: of the variance of one recording's score, recordings and draws, what draws make of it in
    a score that is the mean of `used` draws; one_draw: of a single one. low, high: percentile 95 %
    interval over the n recordings, with the draws as they are; NaN of fewer than five. A variance
    of recordings that is estimated below none counts as none, so that no share is above 1.
    sd_own, sd_alike, sd_rest (random nets): of recordings, of what a draw does to all recordings
    alike, of the rest; sd_within, sd_mean (methods): over draws, of a recording and of the mean.
    """
    rows = []
    for place, of in scores.groupby(_PLACE, sort=False):
        found = _of_nets(of) if place[0] == RANDOM_NETS else _of_seeds(of)
        rows.append(dict(zip(_PLACE, map(str, place), strict=True)) | found)
    metrics = scores[scores["source"] == METRIC]
    for place, of in metrics.groupby(_PLACE[:3], sort=False):
        names = dict(zip(_PLACE, (*map(str, place), POOLED), strict=True))
        rows.append(names | _of_seeds(of))
    return pd.DataFrame(rows)


def _of_nets(of: pd.DataFrame) -> dict[str, Any]:
    values, used = _values(of), int(of["used"].iloc[0])
    own, alike, rest = _components(values)
    found: dict[str, Any] = {"used": used, "n": len(values)}
    found |= {"one_draw": float(_share(own, alike + rest))}
    found |= {"share": float(_share(own, (alike + rest) / used)), "low": np.nan, "high": np.nan}
    if len(values) >= FEWEST_PATIENTS:
        parts = [_components(drawn) for drawn in _resampled(values, list(of["record_id"]))]
        shares = [_share(a, (b + c) / used) for a, b, c in parts]
        found["low"], found["high"] = percentiles(np.concatenate(shares))
    means = values.mean(axis=0)
    found |= {"mean_low": means.min(), "mean_high": means.max()}
    names = ("sd_own", "sd_alike", "sd_rest")
    return found | dict(zip(names, (float(one**0.5) for one in (own, alike, rest)), strict=True))


def _of_seeds(of: pd.DataFrame) -> dict[str, Any]:
    values = _values(of)
    low, high = intraclass_interval(values, [str(one) for one in of["record_id"]])
    share = _below_one(1 - intraclass(values))
    return {
        "used": int(of["used"].iloc[0]),
        "n": of["record_id"].nunique(),
        "one_draw": share,
        "share": share,
        "low": _below_one(1 - high),
        "high": _below_one(1 - low),
        "sd_within": float(values.var(axis=1, ddof=1).mean()) ** 0.5,
        "sd_mean": float(values.mean(axis=0).std(ddof=1)),
    }


def _below_one(share: float) -> float:
    return min(share, 1.0) if share == share else share


def _values(of: pd.DataFrame) -> Float[np.ndarray, "record draw"]:
    draws = of[[name for name in of.columns if name.startswith("draw_")]]
    return np.asarray(draws.dropna(axis=1, how="all"), np.float64)


def _resampled(values: Float[np.ndarray, "record draw"], owners: Sequence[str]) -> Iterator[Scored]:
    """Recordings drawn with replacement; each is of a patient of its own."""
    for counts in resamples(owners, 0):
        places = np.tile(np.arange(len(owners)), len(counts))
        yield values[np.repeat(places, counts.ravel()).reshape(len(counts), -1)]


def _components(scores: Scored) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Variances of recordings, of draws and of the rest (two-way random effects, by moments)."""
    records, draws = scores.shape[-2:]
    centred = scores - scores.mean(axis=(-2, -1), keepdims=True)
    of_record = centred.mean(axis=-1, keepdims=True)
    of_draw = centred.mean(axis=-2, keepdims=True)
    left = ((centred - of_record - of_draw) ** 2).sum(axis=(-2, -1))
    rest = left / ((records - 1) * (draws - 1))
    own = np.maximum((of_record**2).sum(axis=(-2, -1)) / (records - 1) - rest / draws, 0.0)
    alike = np.maximum((of_draw**2).sum(axis=(-2, -1)) / (draws - 1) - rest / records, 0.0)
    return own, alike, rest


def _share(own: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    whole = own + drawn
    found: np.ndarray = np.divide(drawn, whole, out=np.zeros_like(whole), where=whole > 0)
    return found
