"""Can a classifier tell made recordings from real ones? (Lopez-Paz and Oquab, Revisiting
Classifier Two-Sample Tests, ICLR 2017)"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float64, Int64

from xai_bench.data.ecg_features import BANDS
from xai_bench.stats import FEWEST_PATIENTS, auroc, auroc_interval

__all__ = ["GROUPS", "TwoSample", "two_sample"]

GROUPS = {
    "rhythm and intervals": ("heart rate", "SDNN", "PR", "QRS", "QT", "QRS onset to T peak"),
    "shape": ("axis", "P", "Q", "R", "S", "ST", "T", "notches"),
    "complexity": ("QRS beyond a dipole", "T beyond a dipole"),
    "beat to beat": ("residual", "residual in QRS", "R variation"),
    "baseline": ("baseline kurtosis", "baseline step"),
    "spectrum": tuple(BANDS),
    "recorder": ("unchanged samples", "resolution"),
}
"""What a classifier is shown at a time; then everything but the recorder, then everything."""

_LEADS = ("", "I", "aVF", "V2", "V5")
"""Four leads that look from four sides: with a few real recordings, more would only be noise."""
_FOLDS = 5
_TREES = 60


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TwoSample:
    """Results of the test, or the reason why there are none."""

    table: pd.DataFrame
    """group, classifier, features, real_n, made_n, auroc, ci_low, ci_high."""
    weights: pd.DataFrame
    """feature, lead, weight: of the logistic regression on everything, largest first; positive
    where real recordings have more. Per standard deviation."""
    reason: str = ""


def two_sample(
    real: pd.DataFrame,
    made: pd.DataFrame,
    patients: Sequence[str],
    *,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> TwoSample:
    """AUROC of telling real (class 1) from made, cross-validated by patient.

    0.5: cannot be told apart; 1: always told apart. Ridge-penalised logistic regression on
    measured features of four leads, and on those of several groups a random forest too.
    patients: of real, then of made rows. Features are standardised, and missing ones filled
    in, by the training folds alone.
    """
    both = pd.concat([real, made])
    label = np.array([1] * len(real) + [0] * len(made), dtype=np.int64)
    fewest = min(len(set(patients[: len(real)])), len(set(patients[len(real) :])))
    if fewest < FEWEST_PATIENTS:
        return TwoSample(
            table=pd.DataFrame(columns=_TABLE),
            weights=pd.DataFrame(columns=_WEIGHTS),
            reason=f"a two-sample test wants {FEWEST_PATIENTS} patients of each kind, "
            f"there are {fewest}",
        )
    everything = [feature for group in GROUPS.values() for feature in group]
    ecg = [feature for feature in everything if feature not in GROUPS["recorder"]]
    groups = GROUPS | {"all but the recorder": tuple(ecg), "everything": tuple(everything)}
    rows = []
    for done, (group, features) in enumerate(groups.items()):
        X = _pick(both, features)
        for name, classifier in _classifiers(seed).items():
            if name == "forest" and group in GROUPS:
                continue  # most of the time, for what single features already show
            score = _held_out(classifier, X.to_numpy(dtype=np.float64), label, patients, seed)
            interval = auroc_interval(score, label, patients, seed=seed)
            counts = (X.shape[1], len(real), len(made))
            rows.append((group, name, *counts, auroc(score, label), *interval))
        progress(done + 1, len(groups))
    return TwoSample(
        table=pd.DataFrame(rows, columns=_TABLE), weights=_weigh(_pick(both, ecg), label, seed)
    )


def _pick(both: pd.DataFrame, features: Sequence[str]) -> pd.DataFrame:
    """Columns of these features in the chosen leads that are known of most and not constant."""
    columns = [c for c in both.columns if c[0] in features and c[1] in _LEADS]
    chosen = both[columns]
    useful = (chosen.notna().mean() > 0.5) & (chosen.nunique() > 1)
    return chosen.loc[:, useful.to_numpy()]


def _classifiers(seed: int) -> dict[str, Any]:
    from sklearn.ensemble import RandomForestClassifier  # slow to import
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    linear = LogisticRegression(C=0.1, class_weight="balanced", max_iter=1000)
    forest = RandomForestClassifier(
        _TREES, min_samples_leaf=2, class_weight="balanced", random_state=seed, n_jobs=1
    )
    return {
        "logistic": make_pipeline(SimpleImputer(strategy="median"), StandardScaler(), linear),
        "forest": make_pipeline(SimpleImputer(strategy="median"), forest),
    }


def _held_out(
    classifier: Any,
    X: Float64[np.ndarray, "record feature"],
    label: Int64[np.ndarray, " record"],
    patients: Sequence[str],
    seed: int,
) -> Float64[np.ndarray, " record"]:
    """Log-odds of being real, from a classifier that saw no recording of the patient."""
    from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

    score = np.full(len(label), 0.5)
    if X.shape[1]:
        folds = StratifiedGroupKFold(_FOLDS, shuffle=True, random_state=seed)
        score = cross_val_predict(
            classifier, X, label, groups=list(patients), cv=folds, method="predict_proba"
        )[:, 1]
    return np.asarray(score, dtype=np.float64)


def _weigh(X: pd.DataFrame, label: Int64[np.ndarray, " record"], seed: int) -> pd.DataFrame:
    fitted = _classifiers(seed)["logistic"].fit(X.to_numpy(dtype=np.float64), label)
    weights = pd.DataFrame(
        [
            (column[0], column[1], float(weight))
            for column, weight in zip(X.columns, fitted[-1].coef_[0], strict=True)
        ],
        columns=_WEIGHTS,
    )
    return weights.sort_values("weight", key=abs, ascending=False, ignore_index=True)


_TABLE = ["group", "classifier", "features", "real_n", "made_n", "auroc", "ci_low", "ci_high"]
_WEIGHTS = ["feature", "lead", "weight"]
