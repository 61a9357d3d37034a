"""What a model, and each method on it, makes of each dose of a lesion, recording by recording."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from xai_bench.devices import ShortMemory, rows_of_a_pass
from xai_bench.methods import Method
from xai_bench.methods.attribute import Explained, explain_batch, make_batch
from xai_bench.models import Model
from xai_bench.studies.base import predict
from xai_bench.studies.dose_response.dosed_recordings import DosedRecordings
from xai_bench.studies.native_audit.audited_net import IN_LOG_ODDS
from xai_bench.types import NOT_FINITE

__all__ = ["OWN_EVIDENCE", "THE_MODEL", "Curves", "response_curves"]

THE_MODEL = ""
"""In place of a method's name: the model's own response."""

OWN_EVIDENCE = ""
"""In place of another lesion's name: within the evidence of what was planted."""

_ROUNDING = 1e-6
"""Responses come out of float32 passes; a difference below this share of their size is none."""

AtDose = Float64[np.ndarray, "record dose"]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curves:
    """One response of each recording to each dose."""

    response: AtDose
    """Log-odds of the target; or of a method the signed sum of attribution within the evidence."""
    rounding: Float64[np.ndarray, " record"]
    """A smaller difference between two responses of a recording is none."""
    flaws: tuple[str, ...]
    """Why nothing is known of a recording, or ""."""
    in_log_odds: bool = True
    """Whether the response has the unit of log-odds."""
    share: AtDose | None = None
    """Of a method, of all |attribution| what lies within the evidence; NaN where there is none."""
    outside_change: AtDose | None = None
    """Of a method: outside the evidence, the sum of |a - a at dose 0| over that of |a at dose 0|;
    NaN where there is none."""


def response_curves(
    model: Model,
    methods: Sequence[Method],
    dosed: DosedRecordings,
    *,
    target: str,
    seed: int = 0,
    places: Mapping[str, Bool[np.ndarray, "record lead time"]] | None = None,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> dict[tuple[str, str], Curves]:
    """By method and place; first those of the model itself (THE_MODEL).

    target: the class whose log-odds are explained, at all doses. All doses of a recording go
    through the net together, and a method that draws draws the same for all of them.
    places: other masks within which attribution is summed too, beside OWN_EVIDENCE.
    """
    doses = len(dosed.doses)
    at_once = max(1, rows_of_a_pass(model.device, "recordings") // doses)
    parts: dict[tuple[str, str], list[Curves]] = {}
    memory = ShortMemory(f"responses of '{model.name}' to doses", model.device)

    def curves_of(rows: slice) -> dict[tuple[str, str], Curves]:
        versions = dosed.versions(range(rows.start, rows.stop))
        batch = make_batch(model, versions, target=target)
        assert batch.evidence is not None
        response = predict(model, batch.z, batch.target).log_odds.double()
        # Draws go by the record id, which all doses of a recording share.
        explained = explain_batch(model, batch, methods, versions.record_id, seed)
        masks = {OWN_EVIDENCE: batch.evidence} | {
            name: torch.from_numpy(np.repeat(mask[rows], doses, axis=0)).to(batch.z.device)
            for name, mask in (places or {}).items()
        }
        return {(THE_MODEL, OWN_EVIDENCE): _of_model(response, doses)} | {
            (method, place): _of_method(method, one, mask, doses)
            for method, one in explained.items()
            for place, mask in masks.items()
        }

    for first in range(0, len(dosed), at_once):
        progress(first, len(dosed))
        for _, found in memory.do(slice(first, min(first + at_once, len(dosed))), curves_of):
            for name, curves in found.items():
                parts.setdefault(name, []).append(curves)
    progress(len(dosed), len(dosed))
    return {name: _joined(of_name) for name, of_name in parts.items()}


def _of_model(log_odds: Float[Tensor, " row"], doses: int) -> Curves:
    response = _at_dose(log_odds, doses)
    finite = np.isfinite(response).all(axis=1)
    size = np.maximum(np.abs(np.where(finite[:, None], response, 0.0)).max(axis=1), 1.0)
    return Curves(
        response=response,
        rounding=_ROUNDING * size,
        flaws=tuple("" if known else NOT_FINITE for known in finite),
    )


def _of_method(
    method: str, explained: Explained, evidence: Bool[Tensor, "row lead time"], doses: int
) -> Curves:
    values = explained.values.double()
    first = values.reshape(-1, doses, *values.shape[1:])[:, :1]
    at_zero = first.expand(-1, doses, -1, -1).reshape(values.shape)
    size = values.abs()
    inside = (size * evidence).sum(dim=(1, 2))
    outside = (values - at_zero).abs().masked_fill(evidence, 0.0).sum(dim=(1, 2))
    flaws = np.array(explained.flaws, dtype=object).reshape(-1, doses)
    return Curves(
        response=_at_dose((values * evidence).sum(dim=(1, 2)), doses),
        rounding=_ROUNDING * _at_dose(inside, doses).max(axis=1),
        flaws=tuple(next(filter(None, of_record), "") for of_record in flaws),
        in_log_odds=method in IN_LOG_ODDS or not bool(explained.residual.isnan().any()),
        share=_ratio(inside, size.sum(dim=(1, 2)), doses),
        outside_change=_ratio(
            outside, at_zero.abs().masked_fill(evidence, 0.0).sum(dim=(1, 2)), doses
        ),
    )


def _at_dose(values: Float[Tensor, " row"], doses: int) -> AtDose:
    found: AtDose = values.reshape(-1, doses).cpu().numpy()
    return found


def _ratio(above: Float[Tensor, " row"], below: Float[Tensor, " row"], doses: int) -> AtDose:
    return _at_dose((above / below).where(below > 0, torch.nan), doses)


def _joined(parts: Sequence[Curves]) -> Curves:
    def joined(name: str) -> AtDose | None:
        values = [getattr(part, name) for part in parts]
        return None if values[0] is None else np.concatenate(values)

    return Curves(
        response=np.concatenate([part.response for part in parts]),
        rounding=np.concatenate([part.rounding for part in parts]),
        flaws=tuple(flaw for part in parts for flaw in part.flaws),
        in_log_odds=all(part.in_log_odds for part in parts),
        share=joined("share"),
        outside_change=joined("outside_change"),
    )
