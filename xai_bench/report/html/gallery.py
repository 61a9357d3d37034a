"""Recordings with what methods say of them, packed for the script that draws them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy
from jaxtyping import Float32

from xai_bench.data.delineate import waves_of
from xai_bench.errors import XaiBenchError
from xai_bench.methods import METHODS, Method, find_methods
from xai_bench.methods.attribute import Explained, explain_batch, make_batch
from xai_bench.models import Model
from xai_bench.report.figures.attribution_colours import AGAINST_EDGE, FOR_EDGE, colour_scale
from xai_bench.report.figures.ecg_paper import PAPER
from xai_bench.report.figures.style import AGAINST, FOR, SIZE_ALONE
from xai_bench.report.html.embed import bits, companded, integers
from xai_bench.report.html.render import Section
from xai_bench.results import Cell
from xai_bench.types import WAVES, Progress, Recordings, is_control, silent

__all__ = ["MOST_OVERLAYS", "gallery_section"]

MOST_OVERLAYS = 160
"""Attributions in one page, 16 kB each; the page must stay below 5 MB."""
_FINEST_HZ = 100.0
"""Attributions of a higher rate are averaged down to it: 25 mm/s on a screen shows no more."""
_LEFT_OUT = ("oracle", "random")
"""The evidence is drawn as an outline, and noise needs no picture."""
_SCORES = ("faithfulness_correlation", "comprehensiveness", "roc_auc", "relevance_mass")
"""Scores that stand beside an overlay, where the recording was scored."""


def gallery_section(
    recordings: Recordings,
    models: Sequence[Model],
    cells: Sequence[Cell],
    *,
    progress: Progress = silent,
) -> Section | None:
    """The recordings, and the attributions of the methods that each model was scored with.

    Controls that are made of a method are left out, and so are models beyond `MOST_OVERLAYS` or
    of other leads or another rate or length; the page names those.
    """
    if not len(recordings):
        return None
    room = MOST_OVERLAYS // len(recordings)
    shown, left_out = [], []
    for place, model in enumerate(models):
        progress("gallery", place, len(models))
        names = [c.method for c in cells if c.model == model.name and c.status == "ok"]
        methods, reason = _methods(model, recordings, list(dict.fromkeys(names)))
        if not reason and not methods:
            reason = "no method of it was scored"
        if not reason and len(methods) > room:
            reason = "the page would be too large; ask for fewer --records"
        if reason:
            left_out.append({"name": model.name, "reason": reason})
            continue
        room -= len(methods)
        shown.append(_shown(model, recordings, methods, cells))
    progress("gallery", len(models), len(models))
    colours = {"against": AGAINST, "for": FOR, "paper": PAPER, "size": SIZE_ALONE}
    data = {
        "leads": recordings.leads,
        "waves": WAVES,
        "rate": recordings.rate_hz,
        "colours": {**colours, "againstEdge": AGAINST_EDGE, "forEdge": FOR_EDGE},
        "recordings": _recordings(recordings),
        "models": shown,
    }
    return Section(
        anchor="gallery",
        title="Gallery",
        context={
            "data": data,
            "left_out": left_out,
            "planted": recordings.evidence is not None,
            "dataset": recordings.name,
        },
    )


def _recordings(recordings: Recordings) -> list[dict[str, Any]]:
    waves = waves_of(recordings)
    return [
        {
            "id": record_id,
            "labels": sorted(recordings.labels[row]) if recordings.labels else [],
            "microvolt": integers(recordings.microvolt[row]),
            "waves": integers(waves[row]),
            "evidence": _evidence(recordings, row),
        }
        for row, record_id in enumerate(recordings.record_id)
    ]


def _evidence(recordings: Recordings, row: int) -> str | None:
    mask = None if recordings.evidence is None else recordings.evidence[row]
    return None if mask is None or not mask.any() else bits(np.asarray(mask))


def _methods(
    model: Model, recordings: Recordings, names: Sequence[str]
) -> tuple[list[Method], str]:
    """The methods to show, or why there are none."""
    if (model.rate_hz, model.seconds) != (recordings.rate_hz, recordings.seconds):
        return [], f"reads {model.seconds:g} s at {model.rate_hz:g} Hz"
    if model.leads != recordings.leads:
        return [], f"reads the leads {', '.join(model.leads)}"
    methods = []
    for name in names:
        if (is_control(name) and "@" in name) or name in _LEFT_OUT:
            continue
        try:
            (method,) = find_methods([name])
        except XaiBenchError:  # of a run with another version
            continue
        if not method.unsupported(model, evidence=recordings.evidence is not None):
            methods.append(method)
    # Not in the order of cells, which may have been begun in one millisecond; controls are last.
    order = {name: place for place, name in enumerate(METHODS)}
    methods.sort(key=lambda method: order.get(method.name.partition("@")[0], len(order)))
    return methods, ""


def _shown(
    model: Model, recordings: Recordings, methods: Sequence[Method], cells: Sequence[Cell]
) -> dict[str, Any]:
    """What the model and its methods say."""
    known = [cell.provenance for cell in cells if cell.model == model.name][-1]
    target, seed = str(known.get("target", "predicted")), int(known.get("seed", 0))
    batch = make_batch(model, recordings, target=target)
    found = explain_batch(model, batch, methods, recordings.record_id, seed)
    log_odds = next(iter(found.values())).log_odds.cpu().numpy()
    overlays = [
        _overlay(found[one.name], one, recordings, _scores(model, one, recordings, cells))
        for one in methods
    ]
    _share_scales(overlays)
    labels = recordings.labels or (None,) * len(recordings)
    return {
        "name": model.name,
        "explained": [model.task.classes[int(k)] for k in batch.target],
        "probability": [round(float(p), 3) for p in scipy.special.expit(log_odds)],
        "right": [
            None if of is None else model.task.present(of, int(k))
            for of, k in zip(labels, batch.target, strict=True)
        ],
        "methods": overlays,
    }


def _share_scales(overlays: Sequence[dict[str, Any]]) -> None:
    """Methods in log-odds saturate alike on a recording, so that their colours compare."""
    additive = [one for one in overlays if one["additive"]]
    largest = [max(row) for row in zip(*(one["saturation"] for one in additive), strict=True)]
    for one in additive:
        one["saturation"] = largest


def _overlay(
    found: Explained, method: Method, recordings: Recordings, scores: list[list[list[Any]]]
) -> dict[str, Any]:
    values = [_coarse(row, recordings.rate_hz) for row in found.values.cpu().numpy()]
    additive = bool(found.residual.isfinite().all())
    packed = [companded(row) for row in values]
    return {
        "name": method.name,
        "summary": method.summary,
        "control": method.control,
        # Only what promises a sum is in log-odds.
        "additive": additive,
        "signed": [additive or bool((row < 0).any()) for row in values],
        "rate": values[0].shape[1] / recordings.seconds,
        "values": [text for text, _ in packed],
        "largest": [float(f"{largest:.6g}") for _, largest in packed],
        "saturation": [float(f"{colour_scale(row):.4g}") for row in values],
        "scores": scores,
    }


def _coarse(
    row: Float32[np.ndarray, "lead time"], rate_hz: float
) -> Float32[np.ndarray, "lead coarse"]:
    """Means over as many samples as make 10 ms, where the rate is a multiple of 100 Hz."""
    per, rest = divmod(rate_hz, _FINEST_HZ)
    if per <= 1 or rest or row.shape[1] % int(per):
        return row
    means: Float32[np.ndarray, "lead coarse"] = row.reshape(len(row), -1, int(per)).mean(axis=2)
    return means


def _scores(
    model: Model, method: Method, recordings: Recordings, cells: Sequence[Cell]
) -> list[list[list[Any]]]:
    """For each recording the [label, score] pairs of `_SCORES` that the latest cell has."""
    found: list[dict[str, list[Any]]] = [{} for _ in recordings.record_id]
    place = {record_id: row for row, record_id in enumerate(recordings.record_id)}
    for cell in cells:
        named = (cell.dataset, cell.model, cell.method)
        if cell.scores is None or named != (recordings.name, model.name, method.name):
            continue
        ok = cell.scores[cell.scores["metric"].isin(_SCORES) & (cell.scores["status"] == "ok")]
        for row in ok[ok["record_id"].isin(list(place))].to_dict("records"):
            card = cell.provenance["metrics"][row["metric"]]
            found[place[row["record_id"]]][row["metric"]] = [
                card["label"],
                float(f"{row['score']:.3g}"),
            ]
    return [[scores[name] for name in _SCORES if name in scores] for scores in found]
