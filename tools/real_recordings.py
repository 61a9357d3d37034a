"""How well nets that others trained tell real recordings apart: models/ptbxl.csv.

    python -m tools.real_recordings FOLDER

FOLDER has recordings of PTB-XL in records100/, records500/ and challenge/, each named by its
ecg_id, and labels/*.csv with that number and a column of 0 and 1 for each superclass. A recording
that is there twice counts once. Real recordings are no part of this repository, their scores are.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from xai_bench import load_data, load_model
from xai_bench.data.wfdb_header import read_header
from xai_bench.models import Model
from xai_bench.scoring.model_quality import labelled, predict
from xai_bench.stats import auroc, auroc_interval, mean_auroc, mean_auroc_interval
from xai_bench.tasks import SUPERCLASSES
from xai_bench.types import Recordings
from xai_bench.zoo import Zoo

__all__ = ["MEAN", "TABLE", "foreign_models", "measured"]

TABLE = Path("models", "ptbxl.csv")
MEAN = "mean"
FOLDERS = ("records100", "records500", "challenge")
GAIN = 1000.0
"""Units per millivolt of every recording of PTB-XL."""


def foreign_models(zoo: Zoo) -> list[str]:
    """The models of the package whose weights others made."""
    return [name for name in zoo.model_folders() if zoo.model_card(name)[0].origin is not None]


def measured(folder: Path, models: list[Model]) -> pd.DataFrame:
    """AUROC with 95 % intervals over recordings, for each class and their mean.

    recordings: `stated` are those whose header has the gain of PTB-XL. Other headers make a
    recording larger than it is: `all` has those too, with the gain of PTB-XL, and `as read` has
    them as their headers say.
    """
    as_read, gain = _ptbxl(folder)
    stated = gain == GAIN
    mended = np.rint(as_read.microvolt * (gain / GAIN)[:, np.newaxis, np.newaxis])
    every = replace(as_read, microvolt=mended.astype(np.int16))
    sets = {
        "stated": every[np.flatnonzero(stated).tolist()],
        "all": every,
        "as read": as_read,
    }
    rows = [
        (model.name, name, *row)
        for model in models
        for name, recordings in sets.items()
        for row in _aurocs(model, recordings)
    ]
    columns = ["model", "recordings", "class", "n", "positive", "auroc", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def _aurocs(
    model: Model, recordings: Recordings
) -> Iterator[tuple[str, int, int, *tuple[float, ...]]]:
    given, truth = labelled(recordings, model.task)
    log_odds = predict(model, given)
    patients = given.patient_id
    for k, name in enumerate(model.task.columns):
        interval = auroc_interval(log_odds[:, k], truth[:, k], patients)
        value = auroc(log_odds[:, k], truth[:, k])
        yield name, len(given), int(truth[:, k].sum()), value, *interval
    interval = mean_auroc_interval(log_odds, truth, patients)
    yield MEAN, len(given), int(truth.any(axis=1).sum()), mean_auroc(log_odds, truth), *interval


def _ptbxl(folder: Path) -> tuple[Recordings, np.ndarray]:
    """Every recording once, with its superclasses; and the gain in its header, units per mV."""
    labels = _labels(folder / "labels")
    parts = [load_data(folder / name, rate_hz=100.0) for name in FOLDERS]
    ids = [_number(record) for part in parts for record in part.record_id]
    gains = [
        _gain(folder / name / f"{record}.hea")
        for name, part in zip(FOLDERS, parts, strict=True)
        for record in part.record_id
    ]
    first = [row for row, number in enumerate(ids) if number in labels and number not in ids[:row]]
    together = Recordings(
        name="ptbxl",
        microvolt=np.concatenate([part.microvolt for part in parts]),
        rate_hz=100.0,
        record_id=tuple(map(str, ids)),
        patient_id=tuple(map(str, ids)),
        labels=tuple(labels.get(number, frozenset()) for number in ids),
    )
    return together[first], np.array(gains)[first]


def _number(record: str) -> int:
    """The ecg_id in `records100/00001_lr` or `HR00001`."""
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


def main() -> int:
    """Write the table."""
    zoo = Zoo()
    models = [load_model(name, zoo=zoo) for name in foreign_models(zoo)]
    table = measured(Path(sys.argv[1]), models)
    table.round(4).to_csv(Path(__file__).parents[1] / TABLE, index=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
