"""Every check of a run that somebody sends, in the order in which they may be made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import final

import pandas as pd

from xai_bench.data import is_embedded
from xai_bench.errors import InputError, XaiBenchError
from xai_bench.memo import Memo
from xai_bench.methods import METHODS, find_methods
from xai_bench.models import Model
from xai_bench.names import few
from xai_bench.presets import PRESETS
from xai_bench.results import Cell, read_cell
from xai_bench.studies.base import Inputs
from xai_bench.studies.submission.claims import (
    Check,
    NotPossibleError,
    WrongError,
    asked,
    claims_of,
    known_metrics,
    leaderboard_of,
)
from xai_bench.studies.submission.rescored import (
    TOLERANCE,
    draw_sample,
    explains_anew,
    far_apart,
    rescore,
)
from xai_bench.studies.submission.run_files import check_files, run_hash
from xai_bench.types import Progress, silent
from xai_bench.workers import one_thread
from xai_bench.zoo import Metric, Zoo

__all__ = ["SAMPLE", "CheckedRun", "check_run"]

SAMPLE = 2
"""Recordings of each model that are scored anew."""
_COSTS = "runtime"


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CheckedRun:
    """What was asked of a run, and what it holds where that could be read."""

    hash: str
    """Of all its cells; "" where they were not opened."""
    cells: tuple[Cell, ...]
    checks: tuple[Check, ...]

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(one for one in self.checks if one.status == "failed")

    @property
    def recomputed(self) -> tuple[str, ...]:
        """The models of which scores were computed here and are those of the run."""
        names = dict.fromkeys(cell.model for cell in self.cells)
        passed = {one.name for one in self.checks if one.status == "passed"}
        return tuple(name for name in names if _scores_of(name) in passed)


def check_run(
    run: str | Path,
    *,
    sample: int = SAMPLE,
    zoo: Zoo | None = None,
    device: str | None = None,
    progress: Progress = silent,
) -> CheckedRun:
    """Check a run folder that somebody sends: files, schema, hashes, protocol, leaderboard, and
    scores of `sample` recordings of every model, which are drawn by the hash of the run.

    Nothing is opened before its files were looked at. Costs are not measured again. Scores are
    computed where data and model are here: an embedded data set, and a model of the zoo. Raises
    nothing for a run that is wrong: its check has failed, and dearer ones were not made.
    """
    run, zoo = Path(run), zoo or Zoo()
    try:
        folders = check_files(run)
        cells = sorted(map(read_cell, folders), key=lambda cell: cell.provenance.get("started", ""))
        for cell in cells:
            _ = cell.scores
    except InputError as error:
        return CheckedRun(
            hash="", cells=(), checks=(Check(name="files", status="failed", said=str(error)),)
        )
    known = run_hash(run, folders)
    said = f"{len(cells)} cells of {len({cell.model for cell in cells})} models can be read"
    checks = [Check(name="files", status="passed", said=said)]
    inputs = Inputs(device=device, zoo=zoo, progress=progress)
    models = {name: _model(inputs, name) for name in dict.fromkeys(cell.model for cell in cells)}
    metrics = known_metrics(cells, zoo)
    checks += claims_of(cells, models, metrics)
    if not any(one.status == "failed" for one in checks):
        checks.append(leaderboard_of(run, cells))
    if not any(one.status == "failed" for one in checks):
        for name, model in models.items():
            of_model = [cell for cell in cells if cell.model == name]
            ask = partial(_rescored, of_model, model, known, sample, inputs, metrics)
            checks.append(asked(_scores_of(name), ask))
    return CheckedRun(hash=known, cells=tuple(cells), checks=tuple(checks))


def _scores_of(model: str) -> str:
    return f"scores of {model}"


def _model(inputs: Inputs, name: str) -> Model | XaiBenchError:
    if name not in inputs.zoo.model_folders():
        return InputError(f"no model '{name}' here")
    try:
        return inputs.model(name)
    except XaiBenchError as error:
        return error


def _rescored(
    cells: Sequence[Cell],
    model: Model | XaiBenchError,
    seed: str,
    sample: int,
    inputs: Inputs,
    metrics: Mapping[str, Metric | None],
) -> str:
    """Of one model, in each protocol that it was scored by. Raises WrongError, NotPossibleError."""
    if isinstance(model, XaiBenchError):
        raise NotPossibleError(str(model))
    places: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        if cell.status == "ok" and not cell.provenance["depends_on_machine"]:
            places.setdefault((cell.dataset, cell.protocol), []).append(cell)
    if not places:
        raise NotPossibleError("it has no scores that are the same on every machine")
    try:
        found = [
            _of_protocol(of_place, model, seed, sample, inputs, metrics)
            for of_place in places.values()
        ]
    except XaiBenchError as error:  # such as a class that the model does not know
        raise NotPossibleError(str(error)) from error
    return "; ".join(found)


def _of_protocol(
    cells: Sequence[Cell],
    model: Model,
    seed: str,
    sample: int,
    inputs: Inputs,
    metrics: Mapping[str, Metric | None],
) -> str:
    first = cells[0].provenance
    dataset, n = cells[0].dataset, int(first["n"])
    if first["precision"] != "float32":
        raise NotPossibleError(f"it was scored in {first['precision']:.20}, for exploration")
    if not is_embedded(dataset):
        raise NotPossibleError(f"the recordings of '{dataset}' are not here")
    recordings = replace(
        inputs, data=dataset, fold=first["folds"] or None, n=n, seed=first["seed"], _opened=Memo()
    ).recordings(model)
    if recordings.fingerprint() != first["recordings"]:
        raise NotPossibleError(f"{n} recordings of '{dataset}' are not those that were scored")
    asked_of = _metrics_to_ask(cells, metrics)
    methods = [cell.method for cell in cells if cell.method.partition("@")[0] in METHODS]
    methods = list(dict.fromkeys(methods))
    if not methods or not asked_of:
        raise NotPossibleError("none of its methods, or none of its metrics, is known here")
    fewest = min(number for cell in cells for number in cell.provenance["measured"].values())
    drawn = draw_sample(methods, n, max(1, fewest), sample, f"{seed} {model.name}")
    tables = []
    with one_thread(on_cpu=model.device.type == "cpu"):
        for names, asks_anew in ((list(drawn.methods), False), ([drawn.anew], True)):
            some = [metric for metric in asked_of if explains_anew(metric) == asks_anew]
            for done, place in enumerate(drawn.places if some else ()):
                inputs.progress(f"scoring {model.name} anew", done, len(drawn.places))
                tables.append(
                    rescore(
                        model,
                        recordings,
                        find_methods(names, inputs.zoo),
                        some,
                        [place],
                        target=first["target"],
                        seed=first["seed"],
                    )
                )
    inputs.progress(f"scoring {model.name} anew", len(drawn.places), len(drawn.places))
    stored = [
        scores.assign(method=cell.method) for cell in cells if (scores := cell.scores) is not None
    ]
    count, apart, wrong = far_apart(pd.concat(tables, ignore_index=True), pd.concat(stored))
    if wrong:
        raise WrongError(wrong)
    if not count:
        raise NotPossibleError("no score of the run is among those that were computed")
    ids = few(recordings.record_id[place] for place in drawn.places)
    return (
        f"{count} of {len(drawn.methods)} methods and {len(asked_of)} metrics on recordings {ids} "
        f"are those computed here, to {apart:.1g} (at most {TOLERANCE:g})"
    )


def _metrics_to_ask(cells: Sequence[Cell], metrics: Mapping[str, Metric | None]) -> list[Metric]:
    """Those of the preset, or else the first few that are known here; costs are never asked."""
    names = list(dict.fromkeys(name for cell in cells for name in cell.provenance["metrics"]))
    core = [name for name in names if name in PRESETS.metrics.core]
    found = [metric for name in core or names[:5] if (metric := metrics[name]) is not None]
    return [metric for metric in found if metric.family != _COSTS]
