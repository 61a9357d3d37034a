"""The study: concepts x nets, probes of a layer and the sensitivity of what is explained."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float64

from xai_bench.data import Length
from xai_bench.devices import float32_policy
from xai_bench.errors import InputError
from xai_bench.methods.attribute import check_input, check_target
from xai_bench.models import Model
from xai_bench.models.wrap import net_inside
from xai_bench.presets import PRESETS
from xai_bench.randomness import seed_for
from xai_bench.results.study_tables import StudyResult
from xai_bench.stats import holm, mean_auroc, mean_auroc_interval, statistic_interval
from xai_bench.studies.base import Inputs, Models
from xai_bench.studies.probe.concept_directions import concept_sensitivity, sensitivity_interval
from xai_bench.studies.probe.concepts import CONCEPTS, concept_values
from xai_bench.studies.probe.layer_features import Features, features_alone, layer_features
from xai_bench.studies.probe.linear_probe import cross_fitted, mean_of_others, share_interval_of
from xai_bench.studies.probe.probe_measures import SCHEMA
from xai_bench.types import Progress, Recordings, silent
from xai_bench.zoo import Zoo

__all__ = ["probe"]

_PRESET = PRESETS.probe
_UNTRAINED = 5
"""Draws of a net before training: one draw of a random net says little."""
_FEWEST = 30
"""Recordings with a concept, below which nothing is fitted."""
_FEWEST_OF_A_VALUE = 8
NAN = float("nan")

Values = Float64[np.ndarray, " record"]


@float32_policy()
def probe(
    model: Models = _PRESET.models,
    *,
    layer: str | None = None,
    data: str | Path | Recordings = "synthetic",
    split: str = "test",
    fold: int | Collection[int] | None = None,
    n: int | None = _PRESET.n,
    target: str | None = None,
    seed: int = 0,
    device: str | None = None,
    length: Length = "exact",
    labels: str | Path | None = None,
    gain: float | None = None,
    zoo: Zoo | None = None,
    progress: Progress | None = None,
) -> StudyResult:
    """What a layer of each net knows of CONCEPTS, and which of them its log-odds follow.

    layer: a module of the nets, such as "block3"; None: each model's cam_layer.
    target: the class whose log-odds are followed, the same in all recordings; None: the positive
        one of two, else the last.
    progress: called with (what is being done, steps done, steps in all).

    The columns of the table are those of `probe_measures.SCHEMA`. facts: those of `Inputs.facts`;
    target; models: name -> layer, features and classes explained. Raises XaiBenchError, of them
    InputError for a net that has neither a cam_layer nor the layer.
    """
    inputs = Inputs(
        data=data, split=split, fold=fold, n=n, seed=seed, length=length, labels=labels, gain=gain,
        device=device, zoo=zoo or Zoo(), progress=progress or silent,
    )  # fmt: skip
    models = inputs.models(model)
    layers = {one.name: _layer(one, layer) for one in models}
    classes = {one.name: target or one.task.classes[-1] for one in models}
    used: dict[str, Recordings] = {}
    measured: dict[str, pd.DataFrame] = {}
    rows: list[dict[str, Any]] = []
    about: dict[str, dict[str, Any]] = {}
    for one in models:
        check_target(one, classes[one.name])
        recordings = used[one.name] = inputs.recordings(one)
        check_input(one, recordings)
        of_these = recordings.fingerprint()
        if of_these not in measured:
            measured[of_these] = _concepts(inputs, recordings)
        own, untrained = _of_nets(one, recordings, layers[one.name], classes[one.name], inputs)
        about[one.name] = {
            "layer": layers[one.name],
            "features": own.values.shape[1],
            "explained": classes[one.name],
            "native": one.is_native,
        }
        key = {"model": one.name, "layer": layers[one.name]}
        for done, name in enumerate(CONCEPTS):
            inputs.progress(f"concepts in {one.name}", done, len(CONCEPTS))
            values = measured[of_these][name].to_numpy(np.float64)
            rows += [
                key | {"concept": name} | row
                for row in _rows(name, values, own, untrained, recordings.patient_id, seed)
            ]
        inputs.progress(f"concepts in {one.name}", len(CONCEPTS), len(CONCEPTS))
    table = pd.DataFrame(rows, columns=list(SCHEMA.estimates))
    table["p_holm"] = holm(table["p"].to_numpy(np.float64))
    return StudyResult(
        schema=SCHEMA,
        table=table.astype(SCHEMA.estimates),
        facts=inputs.facts(models[0].device, used) | {"target": target or "", "models": about},
    )


def _layer(model: Model, layer: str | None) -> str:
    found = layer or model.cam_layer_path
    if found is None:
        raise InputError(
            f"model '{model.name}' has no cam_layer whose features could be probed; name one of "
            "its layers: --layer"
        )
    if layer is None:
        return found
    inside = net_inside(model.net)
    paths = {id(module): path for path, module in model.net.named_modules()}
    named = dict(inside.named_modules())
    if layer not in named:
        some = ", ".join(name for name, _ in inside.named_children())
        raise InputError(f"model '{model.name}' has no layer '{layer}'; there is {some}")
    path: str = paths[id(named[layer])]
    return path


def _concepts(inputs: Inputs, recordings: Recordings) -> pd.DataFrame:
    return concept_values(
        recordings, progress=lambda k, total: inputs.progress("measuring recordings", k, total)
    )


def _of_nets(
    model: Model, recordings: Recordings, layer: str, target: str, inputs: Inputs
) -> tuple[Features, list[Float64[np.ndarray, "record feature"]]]:
    """Features of the net, and of draws of it before training."""
    done, total = 0, (1 + _UNTRAINED) * len(recordings)

    def counted(more: int) -> None:
        nonlocal done
        done += more
        inputs.progress(f"{model.name}, trained and untrained", done, total)

    own = layer_features(model, recordings, layer, target=target, counted=counted)
    drawn = (model.before_training(inputs.seed + k) for k in range(_UNTRAINED))
    return own, [
        features_alone(net, recordings, layer, target=target, counted=counted) for net in drawn
    ]


def _rows(
    name: str,
    values: Values,
    own: Features,
    untrained: list[Float64[np.ndarray, "record feature"]],
    patients: tuple[str, ...],
    seed: int,
) -> Iterator[dict[str, Any]]:
    """The estimates of one concept; one row with a reason where there are none."""
    known = ~np.isnan(values)
    if reason := _too_few(name, values[known]):
        yield _row("r2", (NAN,) * 3, int(known.sum()), reason=reason)
        return
    of_known = [patient for patient, is_known in zip(patients, known, strict=True) if is_known]
    y = values[known]
    total = (y - mean_of_others(y, of_known, seed)) ** 2
    said = cross_fitted(own.values[known], y, of_known, seed)
    error = (y - said) ** 2
    floor = np.mean(
        [(y - cross_fitted(one[known], y, of_known, seed)) ** 2 for one in untrained], axis=0
    )
    for measure, part in (
        ("r2", total - error),
        ("r2_untrained", total - floor),
        ("gain", floor - error),
    ):
        found = share_interval_of(part, total, of_known, seed=seed)
        yield _row(measure, found, len(y))
    if CONCEPTS[name].is_binary:
        columns, truth = said[:, None], y.astype(np.int64)[:, None]
        ends = mean_auroc_interval(columns, truth, of_known, seed=seed)
        yield _row("auroc", (mean_auroc(columns, truth), *ends), len(y))
    rng = np.random.default_rng(seed_for(seed, name, "random concepts"))
    followed = concept_sensitivity(own, values, rng)
    ends = sensitivity_interval(own, values, patients, seed=seed)
    found = (float(followed.slopes.mean()), *ends)
    yield _row("sensitivity", found, len(values), p=followed.p)
    grows = (followed.slopes > 0).astype(np.float64)
    ends = statistic_interval(grows, patients, "mean", seed=seed)
    yield _row("tcav", (float(grows.mean()), *ends), len(values))


def _too_few(name: str, known: Values) -> str:
    if len(known) < _FEWEST:
        return f"known of {len(known)} recordings; {_FEWEST} are needed"
    if CONCEPTS[name].is_binary and min(known.sum(), (1 - known).sum()) < _FEWEST_OF_A_VALUE:
        return f"fewer than {_FEWEST_OF_A_VALUE} recordings of one value"
    return "the same in all recordings" if np.ptp(known) == 0 else ""


def _row(
    measure: str, found: tuple[float, float, float], n: int, *, p: float = NAN, reason: str = ""
) -> dict[str, Any]:
    value, low, high = found
    return {
        **{"measure": measure, "value": value, "ci_low": low, "ci_high": high},
        **{"n": n, "reason": reason, "p": p},
    }
