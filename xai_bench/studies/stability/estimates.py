"""From scores of recordings to estimates with intervals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any, final

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float64

from xai_bench.stats import pairs_interval, seeds_interval, statistic_interval
from xai_bench.studies.stability.schema import GIVEN, PAIR_SEPARATOR, SCHEMA, SIMILARITIES

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
    named = scores.assign(pair=scores["against"], against=_against(scores, models))
    rows = [
        dict(zip(_KEYS, names, strict=True)) | estimate
        for names, of_names in named.groupby(_KEYS, sort=False, dropna=False)
        for estimate in _estimates(_gather(of_names), models, seed)
    ]
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


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Scores:
    """Of one estimate to be."""

    question: str
    model: str
    condition: str
    measure: str
    pairs: tuple[str, ...]
    values: Float64[np.ndarray, "record pair"]
    same_prediction: Bool[np.ndarray, " record"]
    """In every pair."""
    reasons: tuple[str, ...]
    patients: tuple[str, ...]

    def __getitem__(self, rows: Bool[np.ndarray, " record"]) -> _Scores:
        return replace(
            self,
            values=self.values[rows],
            same_prediction=self.same_prediction[rows],
            reasons=tuple(compress(self.reasons, rows)),
            patients=tuple(compress(self.patients, rows)),
        )


def _gather(scores: pd.DataFrame) -> _Scores:
    first = scores.iloc[0]
    number, pairs = pd.factorize(scores["pair"].to_numpy())
    order = np.argsort(number, kind="stable")

    def by_pair(column: str) -> np.ndarray:
        return scores[column].to_numpy()[order].reshape(len(pairs), -1)

    # All pairs are scored piece by piece, and so have the recordings in one order.
    assert (by_pair("record_id") == by_pair("record_id")[0]).all()
    return _Scores(
        question=first["question"],
        model=first["model"],
        condition=first["condition"],
        measure=first["measure"],
        pairs=tuple(pairs),
        values=by_pair("score").T,
        same_prediction=np.asarray(by_pair("same_prediction").all(axis=0)),
        reasons=tuple(max(of_record) for of_record in by_pair("reason").T),
        patients=tuple(by_pair("patient_id")[0]),
    )


def _estimates(
    scores: _Scores, models: Mapping[str, Sequence[str]], seed: int
) -> Iterator[dict[str, Any]]:
    yield {"given": _ALL} | _estimate(scores, models, seed)
    same = scores.same_prediction
    if scores.measure in SIMILARITIES and scores.question in _CHANGES_PREDICTION and same.any():
        yield {"given": _SAME} | _estimate(scores[same], models, seed)


def _estimate(scores: _Scores, models: Mapping[str, Sequence[str]], seed: int) -> dict[str, Any]:
    good = np.isfinite(scores.values).all(axis=1)
    known, reasons = scores[good], Counter(scores[~good].reasons)
    mean, low, high = (float("nan"),) * 3
    if good.any() and scores.condition == "same net":
        square = _square(known, models[scores.model])
        mean, low, high = pairs_interval(square, known.patients, seed)
    elif good.any() and scores.condition == "another net":
        mean, low, high = seeds_interval(pd.DataFrame(known.values), known.patients, seed)
    elif good.any():
        mean = float(known.values.mean())
        low, high = statistic_interval(known.values[:, 0], known.patients, "mean", seed=seed)
    return {
        "value": mean,
        "ci_low": low,
        "ci_high": high,
        "n": int(good.sum()),
        "n_failed": int((~good).sum()),
        "reason": reasons.most_common(1)[0][0] if reasons else "",
    }


def _square(scores: _Scores, seeds: Sequence[str]) -> Float64[np.ndarray, "net net record"]:
    """Scores of pairs of nets, NaN for a net and itself."""
    values = np.full((len(seeds), len(seeds), len(scores.values)), np.nan)
    for pair, of_pair in zip(scores.pairs, scores.values.T, strict=True):
        i, k = (seeds.index(name) for name in pair.split(PAIR_SEPARATOR))
        values[i, k] = values[k, i] = of_pair
    return values
