"""The study of method accuracy: every method on every known net, against the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.data import Length
from xai_bench.devices import float32_policy, rows_of_a_pass
from xai_bench.errors import InputError
from xai_bench.methods import Methods, find_methods
from xai_bench.methods.attribute import check_input, check_target, make_batch
from xai_bench.methods.base import Batch, Method
from xai_bench.methods.perturbation.regions import divide
from xai_bench.models import Model
from xai_bench.nets.base import KnownNet
from xai_bench.presets import PRESETS
from xai_bench.results.study_tables import StudyResult
from xai_bench.stats import statistic, statistic_interval
from xai_bench.studies.base import Inputs, Models, RecordingBatch, able_methods
from xai_bench.studies.method_accuracy.accuracy_measures import MEASURES, PARTS, SCHEMA
from xai_bench.studies.method_accuracy.class_effects import class_differences
from xai_bench.studies.method_accuracy.truth_agreement import agreement, share_of_lead
from xai_bench.types import LEADS, Progress, Recordings, silent
from xai_bench.zoo import Zoo

__all__ = ["method_accuracy"]

_PRESET = PRESETS.method_accuracy
_REGIONS = {"region": "grid-10", "lead": "leads"}


_NOT_FINITE = "the map is not defined: it has values that are no numbers"


@float32_policy()
def method_accuracy(
    model: Models = _PRESET.models,
    method: Methods = _PRESET.methods,
    *,
    data: str | Path | Recordings = "synthetic",
    split: str = "test",
    fold: int | Collection[int] | None = None,
    n: int | None = _PRESET.n,
    target: str = "predicted",
    seed: int = 0,
    device: str | None = None,
    length: Length = "exact",
    labels: str | Path | None = None,
    gain: float | None = None,
    zoo: Zoo | None = None,
    progress: Progress | None = None,
) -> StudyResult:
    """Compare the attributions of methods with the truth about known nets, recording by recording.

    model: known nets; of others the truth is not known, and they are refused.
    method, target: as in `run`. Attributions made elsewhere are skipped.
    progress: called with (what is being done, steps done, steps in all).

    The columns of the tables are those of `accuracy_measures.SCHEMA`. facts: those of
    `Inputs.facts`; methods; target; models: name -> unique_for, convention and suspect_lead of its
    truth (see `nets.base.KnownNet`), and summary; skipped: a dict with model, method and reason for
    each method that cannot explain a net; by_class: see `class_differences`. Raises XaiBenchError.
    """
    inputs = Inputs(
        data=data, split=split, fold=fold, n=n, seed=seed, length=length, labels=labels, gain=gain,
        device=device, zoo=zoo or Zoo(), progress=progress or silent,
    )  # fmt: skip
    models, methods = inputs.models(model), find_methods(method, inputs.zoo, inputs.given)
    nets = {one.name: _known_net(one) for one in models}
    used: dict[str, Recordings] = {}
    skipped: list[dict[str, str]] = []
    parts: list[pd.DataFrame] = []
    for done, one in enumerate(models):
        inputs.progress("models", done, len(models))
        check_target(one, target)
        recordings = used[one.name] = inputs.recordings(one)
        check_input(one, recordings)
        able, unable = able_methods(one, methods, recordings)
        skipped += [
            {"model": one.name, "method": name, "reason": reason} for name, reason in unable.items()
        ]
        suspect = nets[one.name].suspect_lead
        parts += _scored(one, able, recordings, target, suspect, inputs)
    inputs.progress("models", len(models), len(models))
    if not parts:
        raise InputError(f"none of the methods can explain these nets: {skipped[0]['reason']}")
    scores = pd.concat(parts, ignore_index=True)
    return StudyResult(
        schema=SCHEMA,
        table=_estimates(scores, seed=seed),
        facts=inputs.facts(models[0].device, used)
        | {
            "models": {
                one.name: {
                    "unique_for": nets[one.name].unique_for,
                    "convention": nets[one.name].convention,
                    "suspect_lead": nets[one.name].suspect_lead,
                    "summary": "" if one.card is None else one.card.summary,
                }
                for one in models
            },
            "methods": [one.name for one in methods],
            "target": target,
            "skipped": skipped,
            "by_class": class_differences(scores),
        },
        scores=scores[list(SCHEMA.scores)],
    )


def _known_net(model: Model) -> KnownNet:
    if not isinstance(model.net, KnownNet):
        known = ", ".join(PRESETS.method_accuracy.models)
        raise InputError(
            f"model '{model.name}': the exact attribution of its net is not known, so nothing can "
            f"be compared with it; take a known net ({known})"
        )
    return model.net


def _scored(
    model: Model,
    methods: list[Method],
    recordings: Recordings,
    target: str,
    suspect_lead: str,
    inputs: Inputs,
) -> Iterator[pd.DataFrame]:
    """Batch by batch and method by method, so that attributions are forgotten soon."""
    rows, total = rows_of_a_pass(model.device, "recordings"), len(recordings) * len(methods)
    for start in range(0, len(recordings), rows):
        piece = recordings[start : start + rows]
        batch = make_batch(model, piece, target=target)
        asked = RecordingBatch(
            model=model, methods=methods, recordings=piece, batch=batch, seed=inputs.seed
        )
        with torch.no_grad():
            truth = model.truth(batch.z, batch.target)
        for done, method in enumerate(methods):
            inputs.progress(model.name, start * len(methods) + done * len(piece), total)
            (explained,) = asked.explain(model, [method], batch).values()
            yield _score_table(
                *(model, method.name, piece, batch),
                *(explained.values, truth, explained.flaws, suspect_lead),
            )
    inputs.progress(model.name, total, total)


def _score_table(
    model: Model,
    method: str,
    recordings: Recordings,
    batch: Batch,
    found: Float[Tensor, "record lead time"],
    truth: Float[Tensor, "record lead time"],
    flaws: tuple[str, ...],
    suspect_lead: str,
) -> pd.DataFrame:
    """One row a recording, kind of parts and measure, with the columns `SCHEMA.scores`, and the
    class that is explained."""
    classes = [model.task.classes[k] for k in batch.target.tolist()]
    tables = []
    finite = found.isfinite().all(dim=(1, 2)).cpu().numpy()
    wrong = np.where(finite | (np.array(flaws) != ""), np.array(flaws), _NOT_FINITE)
    for parts in PARTS:
        summed = [_in_parts(one, batch, parts) for one in (found, truth, batch.z.abs())]
        of_parts = agreement(*summed)
        if parts == "lead" and suspect_lead:
            of_parts += share_of_lead(found, truth, LEADS.index(suspect_lead))
        for one in of_parts:
            scores = one.scores.cpu().numpy()
            reasons = np.where(np.isnan(scores), one.reason, "")
            tables.append(
                pd.DataFrame(
                    {
                        **{"model": model.name, "method": method, "parts": parts},
                        "measure": one.measure,
                        "record_id": recordings.record_id,
                        "patient_id": recordings.patient_id,
                        "explained": classes,
                        "score": np.where(wrong == "", scores, np.nan),
                        "reason": np.where(wrong == "", reasons, wrong),
                    }
                )
            )
    return pd.concat(tables, ignore_index=True).astype(SCHEMA.scores)


def _in_parts(
    values: Float[Tensor, "record lead time"], batch: Batch, parts: str
) -> Float[Tensor, "record part"]:
    if parts == "sample":
        return values.flatten(1)
    return divide(_REGIONS[parts], batch).sums(values)


def _estimates(scores: pd.DataFrame, *, seed: int) -> pd.DataFrame:
    """Means and medians with 95 % intervals, one row each, see `SCHEMA`."""
    rows: list[dict[str, Any]] = []
    keys = list(SCHEMA.keys)
    for names, of_names in scores.groupby(keys, sort=False):
        good = of_names[of_names["score"].notna()]
        reasons = Counter(of_names.loc[of_names["score"].isna(), "reason"])
        key = dict(zip(keys, names, strict=True))
        kind = MEASURES[str(key["measure"])].statistic
        values, patients = good["score"].to_numpy(np.float64), good["patient_id"].tolist()
        value, low, high = (float("nan"),) * 3
        if len(good):
            value = statistic(values, kind)
            low, high = statistic_interval(values, patients, kind, seed=seed)
        rows.append(
            key
            | {
                **{"value": value, "ci_low": low, "ci_high": high},
                **{"n": len(good), "n_failed": len(of_names) - len(good)},
                "reason": reasons.most_common(1)[0][0] if reasons else "",
            }
        )
    return pd.DataFrame(rows, columns=list(SCHEMA.estimates)).astype(SCHEMA.estimates)
