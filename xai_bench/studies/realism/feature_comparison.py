"""Made recordings beside real ones, feature by feature: quantiles, and where they differ."""

from __future__ import annotations

import numpy as np
import pandas as pd
import scipy
from jaxtyping import Float64

from xai_bench.data.ecg_features import UNITS

__all__ = ["FEWEST", "compare"]

FEWEST = 4
"""Fewer recordings of either kind with a feature are not compared."""

_QUANTILES = (0.1, 0.5, 0.9)


def compare(real: pd.DataFrame, made: pd.DataFrame) -> pd.DataFrame:
    """One row a (feature, lead) that both have, in the order of features and leads.

    real_*, made_*: number of recordings with a value, and 10, 50 and 90 % quantiles.
    percentile: where the real median lies within the made recordings; ties count half.
    ks: largest distance of the two cumulative distributions; p: of the Kolmogorov-Smirnov test,
    over all rows as Benjamini and Hochberg (1995) adjust it. Leads are not independent, so p
    orders the rows and does not promise more.
    """
    rows = []
    for column in real.columns:
        a = real[column].dropna().to_numpy(dtype=np.float64)
        b = made[column].dropna().to_numpy(dtype=np.float64)
        if min(len(a), len(b)) < FEWEST:
            continue
        test = scipy.stats.ks_2samp(a, b, method="asymp")
        rows.append(
            {"feature": column[0], "lead": column[1], "unit": UNITS[column[0]]}
            | _quantiles("real", a)
            | _quantiles("made", b)
            | {
                "percentile": float(scipy.stats.percentileofscore(b, np.median(a), kind="mean")),
                "ks": float(test.statistic),
                "p": float(test.pvalue),
            }
        )
    table = pd.DataFrame(rows, columns=_COLUMNS)
    if len(table):
        table["p"] = scipy.stats.false_discovery_control(table["p"])
    return table


def _quantiles(kind: str, values: Float64[np.ndarray, " record"]) -> dict[str, int | float]:
    places = zip(("q10", "q50", "q90"), np.quantile(values, _QUANTILES), strict=True)
    return {f"{kind}_n": len(values)} | {f"{kind}_{name}": float(value) for name, value in places}


_SIDES = [f"{kind}_{what}" for kind in ("real", "made") for what in ("n", "q10", "q50", "q90")]
_COLUMNS = ["feature", "lead", "unit", *_SIDES, "percentile", "ks", "p"]
