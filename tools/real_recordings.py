"""How well every net tells real recordings apart: models/ptbxl.csv and ptbxl_log_odds.csv.

    python -m tools.real_recordings FOLDER [MODEL ...]

Of all nets, or of those that are named, and then the rest of the tables stays.
FOLDER has recordings of PTB-XL in ptbxl_real/ (records100/, records500/, challenge/) and
ptbxl_mini/, each named by its ecg_id, and ptbxl_real/labels/*.csv with that number and a column of
0 and 1 for each superclass. A recording that is there twice counts once. Real recordings are no
part of this repository, their scores are; no net of this repository was chosen by them. Weights
that others made are taken from FOLDER/ecgresnet where they are there.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import scipy
from jaxtyping import Bool, Float, Int

from xai_bench import load_data, load_model
from xai_bench.data.cache import cache_folder
from xai_bench.data.wfdb_header import read_header
from xai_bench.errors import InputError
from xai_bench.models import Model
from xai_bench.report.progress_bar import progress
from xai_bench.scoring.model_quality import labelled, predict
from xai_bench.stats import auroc, auroc_interval, mean_auroc, mean_auroc_interval
from xai_bench.tasks import SUPERCLASSES, TASKS, Task
from xai_bench.types import Recordings
from xai_bench.zoo import Zoo

__all__ = ["LOG_ODDS", "MEAN", "NORMAL", "NORM_VS_MI", "TABLE", "contrast", "foreign_models"]
__all__ += ["measured", "mended", "read_ptbxl", "take_weights", "trained_models"]
__all__ += ["weights_of", "with_rest"]

TABLE = Path("models", "ptbxl.csv")
LOG_ODDS = Path("models", "ptbxl_log_odds.csv")
MEAN = "mean"
NORMAL = frozenset({"NORM"})
NORM_VS_MI = TASKS["norm_vs_mi"]
FOLDERS = (
    *("ptbxl_real/records100", "ptbxl_real/records500", "ptbxl_real/challenge"),
    "ptbxl_mini/records100",
)
LABELS = "ptbxl_real/labels"
GAIN = 1000.0
"""Units per millivolt of every recording of PTB-XL."""

_COLUMNS = ["model", "weights", "recordings", "task", "class", "n", "positive"]
_COLUMNS += ["auroc", "low", "high", "normals", "called", "called_low", "called_high"]

LogOdds = Float[np.ndarray, "record column"]
OneLogOdds = Float[np.ndarray, " record"]
Truth = Int[np.ndarray, "record column"]


def foreign_models(zoo: Zoo) -> list[str]:
    """The models of the package whose weights others made."""
    return [name for name in zoo.model_folders() if zoo.model_card(name)[0].origin is not None]


def trained_models(zoo: Zoo) -> list[str]:
    """The models of the package that have weights and are asked about PTB-XL's superclasses; the
    weights of known nets are written in code."""
    cards = {name: zoo.model_card(name)[0] for name in zoo.model_folders()}
    return [
        name
        for name, card in cards.items()
        if card.weights is not None and set(card.task.classes) <= set(SUPERCLASSES)
    ]


def weights_of(name: str, zoo: Zoo) -> str:
    """The beginning of the sha256 of a model's weights: numbers are of these and of no others."""
    card, _ = zoo.model_card(name)
    return "" if card.weights is None else card.weights.sha256[:16]


def measured(folder: Path, names: Sequence[str], zoo: Zoo) -> tuple[pd.DataFrame, pd.DataFrame]:
    """AUROC with 95 % intervals for each model, task and class; and the log-odds behind them.

    recordings: `all` have the gain of PTB-XL. Some headers state another, which makes a recording
    larger than it is: of nets that others trained, `stated` are the recordings without such a
    header, and `as read` all recordings as their headers say.
    task: what is asked; nets of five classes are asked norm_vs_mi too, by `contrast`.
    class: one that is told from the rest, or `mean`. normals: recordings labelled NORM alone.
    called: share of normals whose log-odds of the class exceed 0; in the row NORM of those whose
    log-odds of NORM do not; in the row `mean` of those that any other class is found in. Intervals
    of AUROC resample recordings (`mean_auroc_interval`), those of shares are Wilson's (1927).

    The log-odds are of `all`: one row a recording, a column a model or a model and class.
    """
    as_read, gain = read_ptbxl(folder)
    every = mended(as_read, gain)
    stated = np.flatnonzero(gain == GAIN)
    rows: list[tuple[str | float, ...]] = []
    columns: dict[str, OneLogOdds] = {}
    with progress() as bar:
        for done, name in enumerate(names):
            bar("models on real recordings", done, len(names))
            model = load_model(name, device="cpu", zoo=zoo)
            log_odds = predict(model, every)
            columns |= _named(model, log_odds)
            sets = {"all": (every, log_odds)}
            if zoo.model_card(name)[0].origin is not None:
                sets |= {
                    "stated": (every[stated.tolist()], log_odds[stated]),
                    "as read": (as_read, predict(model, as_read)),
                }
            for kind, (recordings, scores) in sets.items():
                known = (name, weights_of(name, zoo), kind)
                rows += [(*known, *row) for row in _rows(model.task, recordings, scores)]
    assert every.labels is not None
    of_recordings = {
        "ecg_id": [int(record) for record in every.record_id],
        "labels": ["+".join(sorted(labels)) for labels in every.labels],
        "gain": gain.astype(int),
    }
    return pd.DataFrame(rows, columns=_COLUMNS), pd.DataFrame(of_recordings | columns)


def contrast(log_odds: LogOdds) -> OneLogOdds:
    """MI against NORM from the logits of five classes: z_MI - z_NORM."""
    found: OneLogOdds = log_odds[:, SUPERCLASSES.index("MI")] - log_odds[:, 0]
    return found


def _named(model: Model, log_odds: LogOdds) -> dict[str, OneLogOdds]:
    """A column a model, or a model and class."""
    if len(model.task.columns) == 1:
        return {model.name: log_odds[:, 0]}
    names = (f"{model.name}:{label}" for label in model.task.columns)
    return dict(zip(names, log_odds.T, strict=True))


def _rows(
    task: Task, recordings: Recordings, log_odds: LogOdds
) -> Iterator[tuple[str | float, ...]]:
    """task, class, n, ... of each thing that is asked of these log-odds."""
    one = log_odds[:, 0] if len(task.columns) == 1 else contrast(log_odds)
    given, truth, of_task = _in_task(recordings, one[:, None], NORM_VS_MI)
    found = _auroc(of_task, truth, given)
    yield NORM_VS_MI.name, "MI", *found, *_called(recordings, one > 0)
    if len(task.columns) == 1:
        return
    given, truth, of_task = _in_task(recordings, log_odds, task)
    for k, label in enumerate(task.columns):
        found = _auroc(of_task[:, [k]], truth[:, [k]], given)
        wrong = (log_odds[:, k] > 0) == (label != "NORM")
        yield task.name, label, *found, *_called(recordings, wrong)
    diseased = np.asarray(log_odds[:, 1:].max(axis=1) > 0)
    yield task.name, MEAN, *_auroc(of_task, truth, given), *_called(recordings, diseased)


def _in_task(
    recordings: Recordings, log_odds: LogOdds, task: Task
) -> tuple[Recordings, Truth, LogOdds]:
    given, truth = labelled(recordings, task)
    row = {record: k for k, record in enumerate(recordings.record_id)}
    return given, truth, log_odds[[row[record] for record in given.record_id]]


def _auroc(log_odds: LogOdds, truth: Truth, given: Recordings) -> tuple[float, ...]:
    """n, positive, auroc, low, high."""
    patients = given.patient_id
    positive = int(truth.any(axis=1).sum())
    if truth.shape[1] > 1:
        interval = mean_auroc_interval(log_odds, truth, patients)
        return len(given), positive, mean_auroc(log_odds, truth), *interval
    interval = auroc_interval(log_odds[:, 0], truth[:, 0], patients)
    return len(given), positive, auroc(log_odds[:, 0], truth[:, 0]), *interval


def _called(recordings: Recordings, wrong: Bool[np.ndarray, " record"]) -> tuple[float, ...]:
    """normals, called, called_low, called_high."""
    labels = recordings.labels or ()
    of_normals = [bool(w) for w, own in zip(wrong, labels, strict=True) if own == NORMAL]
    share = scipy.stats.binomtest(sum(of_normals), len(of_normals))
    interval = share.proportion_ci(method="wilson")
    return len(of_normals), float(share.statistic), float(interval.low), float(interval.high)


def read_ptbxl(folder: Path, rate_hz: float = 100.0) -> tuple[Recordings, np.ndarray]:
    """Every recording once, with its superclasses; and the gain in its header, units per mV."""
    known = _labels(folder / LABELS)
    parts, places = [], []
    for name in FOLDERS:
        if (folder / name).is_dir():
            parts.append(load_data(folder / name, split="all", rate_hz=rate_hz))
            places += [folder / name / f"{record}.hea" for record in parts[-1].record_id]
    ids = [_number(place.stem) for place in places]
    first = [row for row, number in enumerate(ids) if number in known and number not in ids[:row]]
    together = Recordings(
        name="ptbxl",
        microvolt=np.concatenate([np.asarray(part.microvolt) for part in parts]),
        rate_hz=rate_hz,
        record_id=tuple(map(str, ids)),
        patient_id=tuple(map(str, ids)),
        labels=tuple(known.get(number, frozenset()) for number in ids),
        left_out=tuple(line for part in parts for line in part.left_out),
    )
    return together[first], np.array([_gain(places[row]) for row in first])


def mended(as_read: Recordings, gain: np.ndarray) -> Recordings:
    """The same recordings with the gain of PTB-XL, whatever their headers state."""
    microvolt = np.rint(as_read.microvolt * (gain / GAIN)[:, np.newaxis, np.newaxis])
    return replace(as_read, microvolt=microvolt.astype(np.int16))


def _number(record: str) -> int:
    """The ecg_id in `00001_lr` or `HR00001`."""
    found = re.search(r"(\d+)(_[lh]r)?$", record)
    assert found is not None
    return int(found[1])


def _gain(header: Path) -> float:
    gain = read_header(header).leads[0].gain
    assert gain is not None
    return gain


def _labels(folder: Path) -> dict[int, frozenset[str]]:
    tables = [pd.read_csv(path, index_col="ecg_id") for path in sorted(folder.glob("*.csv"))]
    found: dict[int, frozenset[str]] = {}
    for table in tables:
        for number, row in table[list(SUPERCLASSES)].astype(bool).iterrows():
            found[int(str(number))] = frozenset(row.index[row])
    return found


def take_weights(folder: Path) -> None:
    """Puts files of weights where those that were fetched lie: each under its sha256."""
    to = cache_folder() / "weights"
    to.mkdir(parents=True, exist_ok=True)
    for path in folder.glob("*.safetensors"):
        fetched = to / f"{sha256(path.read_bytes()).hexdigest()}.safetensors"
        if not fetched.exists():
            shutil.copyfile(path, fetched)


def with_rest(
    found: tuple[pd.DataFrame, pd.DataFrame],
    known: tuple[pd.DataFrame, pd.DataFrame],
    order: Sequence[str],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables of some models, and of the others what is known already, models in order.

    Raises InputError where these are of other recordings.
    """
    table, log_odds = found
    old_table, old_log_odds = known
    about = [*log_odds.columns[:3]]
    if not log_odds[about].astype(str).equals(old_log_odds[about].astype(str)):
        raise InputError(f"{LOG_ODDS} is of other recordings than these; leave the names out")
    rows = pd.concat([table, old_table[~old_table["model"].isin(table["model"])]])
    place = {name: k for k, name in enumerate(order)}
    rows = rows.sort_values("model", key=lambda names: names.map(place), kind="stable")
    every = pd.concat([log_odds, old_log_odds.drop(columns=[*log_odds], errors="ignore")], axis=1)
    columns = sorted(every.columns[3:], key=lambda name: place.get(name.split(":")[0], len(place)))
    # Of models that are no more there is nothing to say.
    rows = rows[rows["model"].isin(place)].reset_index(drop=True)
    return rows, every[about + [name for name in columns if name.split(":")[0] in place]]


def main() -> int:
    """Write the tables."""
    folder, names = Path(sys.argv[1]), sys.argv[2:]
    root, zoo = Path(__file__).parents[1], Zoo()
    take_weights(folder / "ecgresnet")
    order = trained_models(zoo)
    table, log_odds = measured(folder, names or order, zoo)
    if names:
        known = pd.read_csv(root / TABLE), pd.read_csv(root / LOG_ODDS)
        table, log_odds = with_rest((table, log_odds), known, order)
    table.round(4).to_csv(root / TABLE, index=False)
    log_odds.round(4).to_csv(root / LOG_ODDS, index=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
