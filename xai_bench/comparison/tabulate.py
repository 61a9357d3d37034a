"""From scores of recordings to estimates with intervals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from xai_bench.comparison.initialisations import JOINED
from xai_bench.comparison.nets import pairs_interval, seeds_interval
from xai_bench.comparison.schema import BETWEEN_NETS, GIVEN, SIMILARITIES, TABLE
from xai_bench.stats import statistic_interval

__all__ = ["tabulate"]

_OF = ["question", "model", "method", "against", "condition", "level", "measure"]
_CHANGES_PREDICTION = ("input", "initialisations", "weights")
_ALL, _SAME = GIVEN


def tabulate(
    scores: pd.DataFrame, models: Mapping[str, Sequence[str]], *, seed: int = 0
) -> pd.DataFrame:
    """Estimates with 95 % intervals, one row each, see `schema.TABLE`.

    models: the names of each model's seeds, itself first.

    Between nets, a recording counts where every pair of nets has a score, and given the same
    prediction where all of them predict the same.
    """
    # A pair of nets is one of several that an estimate is of; what names it is the other model.
    named = scores.assign(pair=scores["against"], against=_against(scores, models))
    rows = [
        dict(zip(_OF, names, strict=True)) | estimate
        for names, of_names in named.groupby(_OF, sort=False, dropna=False)
        for estimate in _estimates(of_names, models, seed)
    ]
    return pd.DataFrame(rows, columns=list(TABLE)).astype(TABLE)


def _against(scores: pd.DataFrame, models: Mapping[str, Sequence[str]]) -> pd.Series[str]:
    against = scores["against"].where(scores["question"] != "initialisations", "")
    other = scores["condition"] == "another net"
    pairs = scores.loc[other, ["model", "against"]].drop_duplicates()
    rivals = {
        (model, pair): _rival(model, pair, models) for model, pair in pairs.itertuples(index=False)
    }
    keys = zip(scores.loc[other, "model"], scores.loc[other, "against"], strict=True)
    against[other] = [rivals[key] for key in keys]
    return against


def _rival(model: str, pair: str, models: Mapping[str, Sequence[str]]) -> str:
    """The model whose seed of the same number is the second of a pair of nets."""
    first, second = pair.split(JOINED)
    number = models[model].index(first)
    (found,) = (
        name
        for name, seeds in models.items()
        if name != model and len(seeds) > number and seeds[number] == second
    )
    return found


def _estimates(
    scores: pd.DataFrame, models: Mapping[str, Sequence[str]], seed: int
) -> Iterator[dict[str, Any]]:
    first = scores.iloc[0]
    yield {"given": _ALL} | _estimate(scores, models, seed)
    if first["measure"] in SIMILARITIES and first["question"] in _CHANGES_PREDICTION:
        same = scores["same_prediction"]
        if first["condition"] in BETWEEN_NETS:
            same = same.groupby(scores["record_id"]).transform("all")
        if same.any():
            yield {"given": _SAME} | _estimate(scores[same], models, seed)


def _estimate(
    scores: pd.DataFrame, models: Mapping[str, Sequence[str]], seed: int
) -> dict[str, Any]:
    first = scores.iloc[0]
    wide = scores.pivot(index=["record_id", "patient_id"], columns="pair", values="score")
    wide = wide.reindex(columns=list(dict.fromkeys(scores["pair"])))
    known = wide[wide.notna().all(axis=1)]
    patients = [str(patient) for patient in known.index.get_level_values("patient_id")]
    mean, low, high = (float("nan"),) * 3
    if len(known) and first["condition"] == "same net":
        square = _square(known, models[str(first["model"])])
        mean, low, high = pairs_interval(square, patients, seed)
    elif len(known) and first["condition"] == "another net":
        mean, low, high = seeds_interval(known, patients, seed)
    elif len(known):
        values = known.to_numpy(np.float64)[:, 0]
        mean = float(values.mean())
        low, high = statistic_interval(values, patients, "mean", seed=seed)
    reasons = scores.loc[scores["reason"] != "", "reason"].value_counts()
    return {
        "mean": mean,
        "ci_low": low,
        "ci_high": high,
        "n": len(known),
        "n_failed": len(wide) - len(known),
        "reason": str(reasons.index[0]) if len(reasons) else "",
    }


def _square(known: pd.DataFrame, seeds: Sequence[str]) -> np.ndarray:
    """Scores of pairs of nets as (net, net, record), NaN for a net and itself."""
    values = np.full((len(seeds), len(seeds), len(known)), np.nan)
    for pair in known.columns:
        i, k = (seeds.index(name) for name in str(pair).split(JOINED))
        values[i, k] = values[k, i] = known[pair].to_numpy()
    return values
