"""From scores of recordings to estimates with intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64

from xai_bench.stats import pairs_interval, seeds_interval, share_interval, statistic_interval
from xai_bench.studies.stability.schema import EVIDENCE, GIVEN, PAIR_SEPARATOR, SCHEMA, SIMILARITIES

__all__ = ["estimate_table"]

_KEYS = [name for name in SCHEMA.keys if name != "given"]
_CHANGES_PREDICTION = ("input", "initialisations", "weights")
_ALL, _SAME = GIVEN


def estimate_table(
    scores: pd.DataFrame, models: Mapping[str, Sequence[str]], *, seed: int = 0
) -> pd.DataFrame:
    """Estimates with 95 % intervals, one row each, see `SCHEMA`.

    models: the names of each model's seeds, itself first.

    Between nets, a recording counts where every pair of nets has a score, and given the same
    prediction where all of them predict the same.
    """
    # A pair of nets is one of several that an estimate is of; what names it is the other model.
    named = scores.assign(against=_against(scores, models), place=range(len(scores)))
    columns = {name: scores[name].to_numpy() for name in ("against", "record_id", *_Scores._fields)}
    rows = []
    for names, of_names in named.groupby(_KEYS, sort=False, dropna=False)["place"]:
        key: dict[str, Any] = dict(zip(_KEYS, names, strict=True))
        places = of_names.to_numpy()
        number, pairs = pd.factorize(columns["against"][places])
        # All pairs are scored batch by batch, and so have the recordings in one order.
        by_pair = places[np.argsort(number, kind="stable")].reshape(len(pairs), -1)
        assert (columns["record_id"][by_pair] == columns["record_id"][by_pair[0]]).all()
        of_key = _Scores(
            score=columns["score"][by_pair].T,
            same_prediction=columns["same_prediction"][by_pair].all(axis=0),
            reason=columns["reason"][by_pair].max(axis=0),
            patient_id=columns["patient_id"][by_pair[0]],
        )
        estimate = partial(_estimate, key, list(pairs), models[key["model"]], seed)
        rows.append(key | {"given": _ALL} | estimate(of_key))
        same = of_key.same_prediction
        if key["measure"] in SIMILARITIES and key["question"] in _CHANGES_PREDICTION and same.any():
            rows.append(key | {"given": _SAME} | estimate(of_key.some(same)))
    return pd.DataFrame(rows, columns=list(SCHEMA.estimates)).astype(SCHEMA.estimates)


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
    first, second = pair.split(PAIR_SEPARATOR)
    number = models[model].index(first)
    (found,) = (
        name
        for name, seeds in models.items()
        if name != model and len(seeds) > number and seeds[number] == second
    )
    return found


class _Scores(NamedTuple):
    """Of one estimate to be."""

    score: Float64[np.ndarray, "record pair"]
    same_prediction: Bool[np.ndarray, " record"]
    """In every pair."""
    reason: np.ndarray
    patient_id: np.ndarray

    def some(self, rows: Bool[np.ndarray, " record"]) -> _Scores:
        return _Scores(*(column[rows] for column in self))


def _estimate(
    key: Mapping[str, Any], pairs: Sequence[str], seeds: Sequence[str], seed: int, scores: _Scores
) -> dict[str, Any]:
    """pairs: of nets, one a column of the scores; seeds: names of the model's seeds."""
    good = np.isfinite(scores.score).all(axis=1)
    values, patients = scores.score[good], scores.patient_id[good].tolist()
    reasons = Counter(scores.reason[~good])
    value, low, high = (float("nan"),) * 3
    if good.any() and key["condition"] == "same net":
        value, low, high = pairs_interval(_square(pairs, values, seeds), patients, seed)
    elif good.any() and key["condition"] == "another net":
        value, low, high = seeds_interval(pd.DataFrame(values), patients, seed)
    elif good.any() and key["measure"] == "flipped":
        value = float(values.mean())
        # Resamples of predictions that all stay are all the same.
        low, high = share_interval(values[:, 0], patients)
    elif good.any():
        value = float(values.mean())
        low, high = statistic_interval(values[:, 0], patients, "mean", seed=seed)
    least, most = _range(key["measure"])
    return {
        "value": value,
        "ci_low": float(np.clip(low, least, most)),
        "ci_high": float(np.clip(high, least, most)),
        "n": int(good.sum()),
        "n_failed": int((~good).sum()),
        "reason": reasons.most_common(1)[0][0] if reasons else "",
    }


def _range(measure: str) -> tuple[float, float]:
    """The values that a measure can have: beyond them an interval of few nets says nothing."""
    if measure in EVIDENCE or measure in ("top-10%", "flipped"):
        return 0.0, 1.0
    return (-1.0, 1.0) if measure in SIMILARITIES else (0.0, np.inf)


def _square(
    pairs: Sequence[str], values: Float64[np.ndarray, "record pair"], seeds: Sequence[str]
) -> Float64[np.ndarray, "net net record"]:
    """Scores of pairs of nets, NaN for a net and itself."""
    square = np.full((len(seeds), len(seeds), len(values)), np.nan)
    for pair, of_pair in zip(pairs, values.T, strict=True):
        i, k = (seeds.index(name) for name in pair.split(PAIR_SEPARATOR))
        square[i, k] = square[k, i] = of_pair
    return square
