"""A Tsetlin machine beside other models of beats, and its clauses beside other methods.

    python benchmarks/tsetlin.py [FOLDER ...]

Accuracy, sensitivity and positive predictive value of ventricular beats (class V against N) on fold
10 of synthetic-beats and on every FOLDER of MIT-BIH records; scores of methods on beats of fold 10;
a picture of rules. Writes benchmarks/results/tsetlin.md, .csv and .png. Ten minutes of a core.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import xai_bench as xb
from xai_bench import storage
from xai_bench.models import Model
from xai_bench.report.clause_rules.figures import DPI, draw_rules
from xai_bench.report.clause_rules.findings import sentences
from xai_bench.report.figures.ecg_paper import save_figure
from xai_bench.scoring.model_quality import labelled, predict
from xai_bench.stats import statistic_interval
from xai_bench.types import Recordings
from xai_bench.zoo import Zoo

RESULTS = Path(__file__).parent / "results"
FORM = {"rate_hz": 360.0, "seconds": 1.0, "leads": ("MLII",)}
BEATS = "synthetic-beats"
FITTED = 4000
"""Beats of folds 1-8 that classifiers of scikit-learn are fitted on, classes in turn."""
EXPLAINED = 24
METHODS = "clauses,occlusion,lime,kernelshap,permutation-shap,rise"
METRICS = "deletion,insertion,comprehensiveness,sufficiency,relevance_rank,relevance_mass,clutter"


def beats(data: str, split: str, n: int | None = None) -> Recordings:
    """Beats of N and V, as all models here read them."""
    return xb.load_data(data, split=split, n=n, task="pvc", **FORM)  # type: ignore[arg-type]


def models() -> Iterator[Model]:
    """tsetlin-pvc, beat-cnn where it is there, and two classifiers fitted on the same samples."""
    for name in ("tsetlin-pvc", "beat-cnn"):
        folder = Zoo().model_folders().get(name)
        if folder is not None and (folder / "weights.safetensors").exists():
            yield xb.load_model(name, device="cpu")
    given, truth = labelled(beats(BEATS, "train", FITTED), xb.load_model("tsetlin-pvc").task)
    table, labels = given.signal.reshape(len(given), -1), np.array(["N", "V"])[truth[:, 0]]
    fitted = {
        "logistic": make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=500)),
        "boosting": HistGradientBoostingClassifier(random_state=0),
    }
    for name, estimator in fitted.items():
        estimator.fit(table, labels)
        yield xb.wrap(estimator, ["N", "V"], **FORM, name=name)  # type: ignore[arg-type]


def rows(
    model: Model, given: Recordings, where: str, *, by_beat: bool
) -> Iterator[dict[str, object]]:
    """Accuracy, sensitivity and positive predictive value, with their intervals.

    by_beat: beats are drawn as if each were of another patient, where patients are too few.
    """
    given, truth = labelled(given, model.task)
    is_v, called = truth[:, 0] == 1, predict(model, given)[:, 0] > 0
    drawn = np.array(given.record_id if by_beat else given.patient_id)
    asked: dict[str, tuple[Bool[np.ndarray, " beat"], Float[np.ndarray, " beat"]]] = {
        "accuracy": (np.ones_like(is_v), (called == is_v).astype(float)),
        "sensitivity": (is_v, called.astype(float)),
        "PPV": (called, is_v.astype(float)),
    }
    for name, (among, right) in asked.items():
        low = high = value = np.nan
        if among.any():
            value = right[among].mean()
            low, high = statistic_interval(right[among], drawn[among].tolist(), "mean")
        yield {
            **{"model": model.name, "data": where, "beats": len(given), "V": int(is_v.sum())},
            **{"drawn": "beats" if by_beat else "patients", "figure": name, "n": int(among.sum())},
            **{"value": value, "ci_low": low, "ci_high": high},
        }


def classified(folders: list[str]) -> pd.DataFrame:
    found: list[dict[str, Any]] = []
    held_out = beats(BEATS, "test")
    real = [beats(f"mitbih:{folder}", "all") for folder in folders]
    for model in models():
        found += rows(model, held_out, f"{BEATS}, fold 10", by_beat=False)
        for given in real:
            of_record = np.array([one.split(":")[0] for one in given.record_id])
            for record in sorted(set(of_record)):
                part = given[np.flatnonzero(of_record == record).tolist()]
                found += rows(model, part, f"record {record}", by_beat=True)
    return pd.DataFrame(found)


def scored() -> pd.DataFrame:
    """The leaderboard of the machine's explanations."""
    with tempfile.TemporaryDirectory() as folder:
        done = xb.run(
            *("tsetlin-pvc", METHODS),
            data=BEATS,
            n=EXPLAINED,
            target="V",
            metrics=METRICS,
            out=folder,
            workers=1,
        )
    return done.leaderboard


def shown(value: float, low: float, high: float, digits: int = 3) -> str:
    if np.isnan(value):
        return "–"
    interval = "" if np.isnan(low) else f" [{low:.{digits}f}, {high:.{digits}f}]"
    return f"{value:.{digits}f}{interval}"


def table_of(found: pd.DataFrame) -> str:
    lines = ["| data | model | beats | of them V | accuracy | sensitivity | PPV |"]
    lines.append("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for (data, model), part in found.groupby(["data", "model"], sort=False):
        by = part.set_index("figure")
        cells = (
            shown(*by.loc[one, ["value", "ci_low", "ci_high"]])
            for one in ("accuracy", "sensitivity", "PPV")
        )
        first = part.iloc[0]
        lines.append(f"| {data} | {model} | {first.beats} | {first.V} | {' | '.join(cells)} |")
    return "\n".join(lines)


def scores_of(board: pd.DataFrame) -> str:
    metrics = list(dict.fromkeys(board["metric"]))
    lines = [f"| method | {' | '.join(metrics)} |", f"| --- |{' ---: |' * len(metrics)}"]
    for method, part in board.groupby("method", sort=False):
        by = part.set_index("metric")
        cells = (
            shown(*by.loc[one, ["mean", "ci_low", "ci_high"]]) if one in by.index else "–"
            for one in metrics
        )
        lines.append(f"| {method} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main(folders: list[str]) -> None:
    found, board = classified(folders), scored()
    storage.write_file(RESULTS / "tsetlin.csv", found.to_csv(index=False, float_format="%.4f"))
    held_out = beats(BEATS, "test", 400)
    of_v = [place for place, one in enumerate(held_out.labels or ()) if "V" in one]
    asked = xb.clause_rules(record=held_out[[of_v[0]]])
    save_figure(draw_rules(asked, 5), RESULTS / "tsetlin.png", dpi=DPI)
    rules = "\n".join(f"- {text}" for text in sentences(xb.clause_rules(), 4))
    page = f"""# A Tsetlin machine for ventricular beats

`python benchmarks/tsetlin.py {" ".join("MITBIH_FOLDER" for _ in folders)}`. All models read one
second of MLII in millivolt and were fitted on folds 1-8 of synthetic-beats alone; those of
scikit-learn on {FITTED} of these beats. Real records are test records for all of them; none chose
anything. Intervals: 95 %, of patients on synthetic beats; of beats within each real record, which
say nothing of other patients.

{table_of(found)}

Zhang et al. (arXiv 2301.10181) call a Tsetlin machine comparable to a convolutional network on
MIT-BIH; their figures were not at hand.

## Its explanations by metrics

{EXPLAINED} beats of fold 10, class V explained; mean and interval of patients.

{scores_of(board)}

## Its rules

{rules}

![A ventricular beat with the votes of its true rules, and these rules](tsetlin.png)
"""
    storage.write_file(RESULTS / "tsetlin.md", page)


if __name__ == "__main__":
    main(sys.argv[1:])
