"""The audit of explanations that nets write themselves: every question of every net."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, final

import pandas as pd
import torch

from xai_bench.data import Length
from xai_bench.devices import float32_policy
from xai_bench.errors import DatasetError
from xai_bench.executors import Executor, share_out, worker_count
from xai_bench.models import Model
from xai_bench.presets import PRESETS
from xai_bench.results.study_tables import Schema, StudyResult
from xai_bench.studies.base import Inputs, Models, training_remarks
from xai_bench.studies.native_audit.audited_net import METHODS, AuditedNet, check_native
from xai_bench.studies.native_audit.bias import bias
from xai_bench.studies.native_audit.gauge import gauge
from xai_bench.studies.native_audit.local_fidelity import local_fidelity
from xai_bench.studies.native_audit.patching import patching
from xai_bench.studies.native_audit.quantities import QUANTITIES
from xai_bench.studies.native_audit.quantity_estimates import QuantityEstimate
from xai_bench.studies.native_audit.reach import lead_order, reach, sampling_rate
from xai_bench.studies.native_audit.slope_and_removal import removal, slope
from xai_bench.studies.native_audit.weight_collapse import weight_collapse
from xai_bench.types import Progress, Recordings, silent
from xai_bench.workers import Report, one_thread, only_here
from xai_bench.zoo import Zoo

__all__ = ["FAST_HZ", "SCHEMA", "audit", "audited_net"]

FAST_HZ = 500.0

SCHEMA = Schema(
    stem="audit",
    keys={"model": "str", "method": "str", "question": "int64"}
    | {"quantity": "str", "statistic": "str"},
    scores={"model": "str", "method": "str", "quantity": "str"}
    | {"record_id": "str", "patient_id": "str", "score": "float64"},
    mend="make one: xai-bench audit",
)
"""Of the audit's tables: a row for each model, method and quantity, and for each recording."""

_QUESTIONS: dict[str, Callable[[AuditedNet], Iterator[QuantityEstimate]]] = {
    "bias": bias,
    "gauge": gauge,
    "slope": slope,
    "removal": removal,
    "local fidelity": local_fidelity,
    "weight collapse": weight_collapse,
    "reach": reach,
    "lead order": lead_order,
    "sampling rate": sampling_rate,
    "twin patching": patching,
}


@float32_policy()
def audit(
    what: Models,
    *,
    data: str | Path | Recordings = "synthetic",
    n: int | None = PRESETS.native_audit.n,
    split: str = "test",
    fold: int | Collection[int] | None = None,
    seed: int = 0,
    device: str | None = None,
    length: Length = "exact",
    labels: str | Path | None = None,
    gain: float | None = None,
    executor: Executor = "local",
    zoo: Zoo | None = None,
    progress: Progress | None = None,
) -> StudyResult:
    """Ask the explanations that nets write themselves seven questions.

    what: models by name or folder, or what `wrap` and `load_model` return.
    data: as in `run`, with labels: the explained class is the true one. Questions that need planted
        evidence, or a higher rate, have a reason in place of a value on recordings without.
    n: recordings, classes in turn; None for all of the split.
    labels, gain, length: see `load_data`.
    executor: "local" for this process, which asks one net after the other; "ray" for workers of a
        Ray cluster, a net each.

    On a CPU nets are asked by one thread. Raises InputError for a model that is not native, and
    XaiBenchError for one that cannot be had.
    """
    inputs = Inputs(
        data=data,
        n=n,
        split=split,
        fold=fold,
        seed=seed,
        device=device,
        length=length,
        labels=labels,
        gain=gain,
        zoo=zoo or Zoo(),
        progress=only_here(progress or silent),
    )
    models = inputs.models(what)
    for model in models:
        check_native(model)
    each = [audited_net(inputs, model) for model in models]
    used = {one.model.name: one.recordings for one in each}
    found = _ask_all(each, executor, inputs.progress)
    facts = inputs.facts(models[0].device, used)
    return StudyResult(
        schema=SCHEMA,
        table=pd.DataFrame(
            [row for rows, _ in found for row in rows], columns=list(SCHEMA.estimates)
        ),
        facts=facts
        | {
            "models": list(used),
            "methods": list(METHODS),
            "remarks": [*facts["remarks"], *training_remarks(models)],
        },
        scores=pd.concat([one for _, scores in found for one in scores], ignore_index=True),
    )


_Answers = tuple[list[dict[str, Any]], list[pd.DataFrame]]
"""Rows of estimates, and tables of scores."""


def _ask_all(each: Sequence[AuditedNet], executor: Executor, progress: Progress) -> list[_Answers]:
    """What each net answers, in their order."""

    on_cpu = all(one.model.device.type == "cpu" for one in each)
    workers = 1 if executor == "local" else worker_count(executor, None, on_cpu=on_cpu)
    found: dict[int, _Answers] = {}
    progress("models", 0, len(each))
    with one_thread(on_cpu=on_cpu):
        for of, answers in share_out(
            executor,
            _Asking(each),
            range(len(each)),
            workers,
            on_cpu=on_cpu,
            report=lambda of, said: progress(*said),
        ):
            found[of] = answers
            progress("models", len(found), len(each))
    return [found[of] for of in range(len(each))]


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Asking:
    """Asks a net all questions, in whatever process."""

    each: Sequence[AuditedNet]

    def __call__(self, of: int, report: Report) -> _Answers:
        """of: the number of the net."""
        with float32_policy():  # which a worker elsewhere does not inherit
            return _ask(replace(self.each[of]), report)  # a net keeps what it made: forget it


def _ask(audited: AuditedNet, report: Report) -> _Answers:
    rows: list[dict[str, Any]] = []
    scores: list[pd.DataFrame] = []
    for step, (question, estimates) in enumerate(_QUESTIONS.items()):
        report((f"{audited.model.name}: {question}", step, len(_QUESTIONS)))
        for estimate in estimates(audited):
            rows.append(_row(audited.model.name, estimate))
            scores += _scores(audited, estimate)
    return rows, scores


def audited_net(inputs: Inputs, model: Model) -> AuditedNet:
    """A net with its recordings, and with the same at FAST_HZ where it reads a lower rate."""
    recordings, faster, why = inputs.recordings(model), None, ""
    if model.rate_hz >= FAST_HZ:
        why = f"the net reads {model.rate_hz:g} Hz itself"
    elif not _reads_any_length(model):
        why = f"the net reads {model.samples} samples and no other number"
    else:
        faster, why = _faster(inputs, model, recordings)
    return AuditedNet(
        model=model,
        recordings=recordings,
        seed=inputs.seed,
        zoo=inputs.zoo,
        faster=faster,
        why_not_faster=why,
    )


def _faster(inputs: Inputs, model: Model, recordings: Recordings) -> tuple[Recordings | None, str]:
    """The same recordings at FAST_HZ, or why there are none."""
    why = f"not all of these recordings are known at {FAST_HZ:g} Hz"
    try:
        faster = inputs.recordings(model, rate_hz=FAST_HZ)
    except DatasetError:  # a lower rate is never raised
        return None, why
    return (faster, "") if faster.record_id == recordings.record_id else (None, why)


@torch.inference_mode()
def _reads_any_length(model: Model) -> bool:
    leads, _ = model.shape
    try:
        model.net(torch.zeros(1, leads, round(FAST_HZ * model.seconds), device=model.device))
    except Exception:  # nets of others raise whatever they like
        return False
    return True


def _row(model: str, estimate: QuantityEstimate) -> dict[str, Any]:
    quantity = QUANTITIES[estimate.quantity]
    of = {"model": model, "question": quantity.question, "statistic": quantity.taken}
    return of | {name: getattr(estimate, name) for name in SCHEMA.estimates if name not in of}


def _scores(audited: AuditedNet, estimate: QuantityEstimate) -> Iterator[pd.DataFrame]:
    if estimate.scores is None:
        return
    count = len(estimate.scores)
    yield pd.DataFrame(
        {
            "model": audited.model.name,
            "method": estimate.method,
            "quantity": estimate.quantity,
            "record_id": audited.recordings.record_id[:count],
            "patient_id": audited.patients[:count],
            "score": estimate.scores,
        }
    )
