"""The study of dose response: every lesion at every dose, on every model, by every method."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from xai_bench.data import Length, planted
from xai_bench.devices import float32_policy
from xai_bench.errors import InputError, UnknownNameError
from xai_bench.memo import Memo
from xai_bench.methods import Methods, find_methods
from xai_bench.methods.attribute import check_input
from xai_bench.presets import PRESETS
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.base import Inputs, Models, able_methods
from xai_bench.studies.dose_response.curve_scores import (
    CurveScore,
    against_controls,
    curve_scores,
    evidence_share,
    response_scores,
)
from xai_bench.studies.dose_response.dose_estimates import estimate_table
from xai_bench.studies.dose_response.dose_measures import SCHEMA
from xai_bench.studies.dose_response.dosed_recordings import (
    DosedRecordings,
    check_doses,
    plant_doses,
)
from xai_bench.studies.dose_response.healthy_recordings import healthy_recordings
from xai_bench.studies.dose_response.response_curves import (
    OWN_EVIDENCE,
    THE_MODEL,
    Curves,
    response_curves,
)
from xai_bench.tasks import Task
from xai_bench.types import Progress, Recordings, silent
from xai_bench.zoo import Zoo

__all__ = ["dose_response"]

_PRESET = PRESETS.dose_response


@float32_policy()
def dose_response(
    model: Models = _PRESET.models,
    method: Methods = _PRESET.methods,
    *,
    data: str | Path | Recordings = "synthetic",
    lesion: str | Iterable[str] = _PRESET.lesions,
    doses: Iterable[float] = _PRESET.doses,
    split: str = "test",
    fold: int | Collection[int] | None = None,
    n: int | None = _PRESET.n,
    seed: int = 0,
    device: str | None = None,
    length: Length = "exact",
    labels: str | Path | None = None,
    gain: float | None = None,
    zoo: Zoo | None = None,
    progress: Progress | None = None,
) -> StudyResult:
    """Plant lesions of rising dose in healthy recordings, and ask models and methods about each.

    The class that is explained is that of the lesion, at every dose; where a change is irrelevant
    (mains, muscle, wander, electrode motion) that of each lesion it is compared with. Attribution
    is summed within the evidence of the largest dose, one mask for all doses.

    model, method: as in `run`. Attributions made elsewhere are skipped.
    data: recordings, of which those labelled NORM and nothing else are taken.
    lesion: names of `data.planted.LESIONS`.
    doses: the largest |change| over leads and samples, in mV; 0 is always among them.
    n: healthy recordings, chosen by seed and record id; None for all.
    progress: called with (what is being done, steps done, steps in all).

    The columns of the tables are those of `dose_measures.SCHEMA`. facts: those of `Inputs.facts`;
    models, methods, doses; lesions: name -> about, superclass ("" of a control) and n, how many
    recordings it could be planted in; skipped: a dict with model, method ("" for all), lesion (""
    for all) and reason for each that cannot work. Raises XaiBenchError.
    """
    inputs = Inputs(
        data=data, split=split, fold=fold, n=n, seed=seed, length=length, labels=labels, gain=gain,
        device=device, zoo=zoo or Zoo(), progress=progress or silent,
    )  # fmt: skip
    lesions, at = _chosen(lesion), check_doses(doses)
    models, methods = inputs.models(model), find_methods(method, inputs.zoo, inputs.given)
    controls = [name for name in lesions if planted.LESIONS[name].superclass is None]
    made = Memo()
    used: dict[str, Recordings] = {}
    skipped: list[dict[str, str]] = []
    parts: list[pd.DataFrame] = []
    planted_in: dict[str, int] = {}
    left_out: dict[str, None] = {}
    remarks: dict[str, None] = {}
    for done, one in enumerate(models):
        inputs.progress("models", done, len(models))
        form = (one.rate_hz, one.seconds)
        healthy = used[one.name] = made(("healthy", form), partial(healthy_recordings, inputs, one))
        check_input(one, healthy)
        targets, why_not = _targets(one.task, lesions, controls)
        skipped += [_skip(one.name, reason, lesion=name) for name, reason in why_not.items()]
        dosed = {
            name: made(("planted", form, name), partial(_plant, inputs, healthy, name, at))
            for name in targets
        }
        planted_in |= {name: len(of_lesion) for name, of_lesion in dosed.items()}
        if not dosed:
            continue
        able, unable = able_methods(one, methods, next(iter(dosed.values())).recordings)
        skipped += [_skip(one.name, reason, method=name) for name, reason in unable.items()]
        known = [name for name in targets if name not in controls]
        for name, target in _pairs(targets):
            compared = [other for other in known if target in targets[other]]
            curves = response_curves(
                one,
                able,
                dosed[name],
                target=target,
                seed=seed,
                places={other: dosed[other].evidence_in(dosed[name]) for other in compared}
                if name in controls
                else {},
                progress=partial(inputs.progress, f"{one.name}: {name}, {target}"),
            )
            parts.append(_score_table(one.name, target, dosed[name], curves, dosed))
        left_out |= dict.fromkeys(
            line for of_lesion in dosed.values() for line in of_lesion.left_out
        )
        remarks |= dict.fromkeys(
            line for of_lesion in dosed.values() for line in of_lesion.recordings.remarks
        )
    inputs.progress("models", len(models), len(models))
    if not parts:
        # That there is no lesion for a control is no reason where a lesion has one of its own.
        first = min(skipped, key=lambda one: one["lesion"] in controls)
        raise InputError(
            f"none of the lesions asked for can be asked of these models: {first['reason']}"
        )
    scores = pd.concat(parts, ignore_index=True)
    pairs = against_controls(scores, controls, at[-1])
    scores = pd.concat([scores, pairs], ignore_index=True) if len(pairs) else scores
    facts = inputs.facts(models[0].device, used)
    return StudyResult(
        schema=SCHEMA,
        table=estimate_table(scores, seed=seed),
        facts=facts
        | {
            "models": [one.name for one in models],
            "methods": [one.name for one in methods],
            "lesions": {
                name: {
                    "about": planted.LESIONS[name].about,
                    "superclass": planted.LESIONS[name].superclass or "",
                    "n": count,
                }
                for name, count in planted_in.items()
            },
            "doses": list(at),
            "left_out": [*facts["left_out"], *left_out],
            "remarks": list(remarks),  # those of the healthy recordings are among them
            "skipped": skipped,
        },
        scores=scores,
    )


def _chosen(lesion: str | Iterable[str]) -> list[str]:
    """Names of lesions, each once. Raises UnknownNameError, and InputError for none."""
    given = lesion.split(",") if isinstance(lesion, str) else list(lesion or ())
    if not all(isinstance(name, str) for name in given):
        raise InputError(f"lesions are named by text, not by {lesion!r}")
    wanted = list(dict.fromkeys(name.strip() for name in given if name.strip()))
    for name in wanted:
        if name not in planted.LESIONS:
            raise UnknownNameError("lesion", name, planted.LESIONS)
    if not wanted:
        raise InputError("no lesion was given; name one, such as st-elevation-anterior")
    return wanted


def _targets(
    task: Task, lesions: Sequence[str], controls: Sequence[str]
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Classes that each lesion is asked of, and of each that no model is asked of, why not.

    A control is asked of the class of every lesion, so that the two can be compared; alone, of the
    first class that is not the absence of others, which of two classes is the positive one.
    """
    own = {name: planted.LESIONS[name].superclass for name in lesions if name not in controls}
    why_not = {
        name: f"its class {target} is not in {task.name}"
        for name, target in own.items()
        if target not in task.classes
    }
    known = {name: [target] for name, target in own.items() if target and name not in why_not}
    classes = list(dict.fromkeys(target for of_one in known.values() for target in of_one))
    if not own:
        classes = [next((name for name in task.columns if name != "NORM"), task.columns[0])]
    if not classes:
        why_not |= dict.fromkeys(controls, "there is no lesion to compare it with")
    targets = known | {name: classes for name in controls if classes}
    return {name: targets[name] for name in lesions if name in targets}, why_not


def _pairs(targets: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    return [(name, target) for name, of_lesion in targets.items() for target in of_lesion]


def _plant(
    inputs: Inputs, healthy: Recordings, lesion: str, doses: Sequence[float]
) -> DosedRecordings:
    watched = partial(inputs.progress, f"planting {lesion}")
    return plant_doses(healthy, lesion, doses, seed=inputs.seed, progress=watched)


def _score_table(
    model: str,
    target: str,
    dosed: DosedRecordings,
    curves: Mapping[tuple[str, str], Curves],
    others: Mapping[str, DosedRecordings],
) -> pd.DataFrame:
    """One row a recording and measure, with the columns `SCHEMA.scores`."""
    recordings, own = dosed.recordings, curves[THE_MODEL, OWN_EVIDENCE]
    each: list[tuple[str, str, tuple[str, ...], CurveScore]] = []
    for (method, place), of_method in curves.items():
        flaws = _flaws(of_method, own)
        if place == OWN_EVIDENCE:
            made = curve_scores(method, of_method, dosed.doses, own)
        else:
            made = response_scores(method, of_method, dosed.doses)
            there = set(others[place].recordings.record_id)
            flaws = tuple(
                flaw if name in there else f"{place} could not be planted"
                for name, flaw in zip(recordings.record_id, flaws, strict=True)
            )
        each += [(method, place, flaws, one) for one in made]
    share = evidence_share(np.asarray(recordings.evidence))
    each.append((THE_MODEL, OWN_EVIDENCE, ("",) * len(dosed), share))

    def repeated(values: Iterable[object]) -> np.ndarray:
        return np.repeat(np.array(list(values), dtype=object), len(dosed))

    every_flaw = np.concatenate([np.array(flaws, dtype=object) for _, _, flaws, _ in each])
    known = every_flaw == ""
    scores = np.where(known, np.concatenate([one.scores for *_, one in each]), np.nan)
    reasons = np.where(known, repeated(one.reason for *_, one in each), every_flaw)
    return pd.DataFrame(
        {
            "model": model,
            "method": repeated(method for method, *_ in each),
            "lesion": dosed.lesion,
            "target": target,
            "against": repeated(place for _, place, *_ in each),
            "measure": repeated(one.measure for *_, one in each),
            "dose": np.repeat(np.array([one.dose for *_, one in each]), len(dosed)),
            "record_id": recordings.record_id * len(each),
            "patient_id": recordings.patient_id * len(each),
            "score": scores,
            "reason": np.where(np.isnan(scores), reasons, ""),
        }
    ).astype(SCHEMA.scores)


def _flaws(curves: Curves, own: Curves) -> tuple[str, ...]:
    """Why nothing is known of a recording: without finite log-odds nothing is explained."""
    return tuple(
        of_model or of_method for of_model, of_method in zip(own.flaws, curves.flaws, strict=True)
    )


def _skip(model: str, reason: str, *, method: str = "", lesion: str = "") -> dict[str, str]:
    return {"model": model, "method": method, "lesion": lesion, "reason": reason}
