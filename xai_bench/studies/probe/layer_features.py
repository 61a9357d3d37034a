"""What a layer of a net puts out, pooled over time, and how the log-odds follow it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import final

import numpy as np
from jaxtyping import Float64
from torch import Tensor

from xai_bench.devices import rows_of_a_pass
from xai_bench.errors import InputError
from xai_bench.methods.attribute import make_batch
from xai_bench.methods.base import Pass, Reads
from xai_bench.methods.shared_pass import one_pass
from xai_bench.models import Model
from xai_bench.types import Recordings

__all__ = ["Features", "features_alone", "layer_features"]

_VALUES = frozenset({Reads.ACTIVATION})
_BOTH = frozenset({Reads.ACTIVATION, Reads.ACTIVATION_GRADIENT})

Values = Float64[np.ndarray, "record feature"]
Counted = Callable[[int], None]
"""Called with how many recordings were sent through the net."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Features:
    """Of each recording: the means over time of what the layer puts out, one a channel, or one a
    channel and lead where the layer keeps leads apart."""

    values: Values
    slopes: Values
    """By how much the log-odds change per unit, if a feature changes as much at all times: the sum
    over time of their gradient."""


def layer_features(
    model: Model, recordings: Recordings, layer: str, *, target: str, counted: Counted
) -> Features:
    """Features of the layer that is called `layer` in the net, and slopes of the log-odds of
    `target`.

    Raises InputError for a layer that puts out no (record, feature ...), and where no gradient
    reaches it.
    """
    parts = [
        (
            _pooled(passed[Reads.ACTIVATION], mean=True),
            _pooled(passed[Reads.ACTIVATION_GRADIENT], mean=False),
        )
        for passed in _passes(model, recordings, layer, target, _BOTH, counted)
    ]
    values, slopes = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Features(values=values, slopes=slopes)


def features_alone(
    model: Model, recordings: Recordings, layer: str, *, target: str, counted: Counted
) -> Values:
    """`Features.values`, without a pass back. Raises InputError as `layer_features` does."""
    passes = _passes(model, recordings, layer, target, _VALUES, counted)
    return np.concatenate([_pooled(passed[Reads.ACTIVATION], mean=True) for passed in passes])


def _passes(
    model: Model,
    recordings: Recordings,
    layer: str,
    target: str,
    reads: frozenset[Reads],
    counted: Counted,
) -> Iterator[Pass]:
    reading = replace(model, cam_layer_path=layer)
    rows = rows_of_a_pass(model.device, "recordings")
    for start in range(0, len(recordings), rows):
        some = recordings[start : start + rows]
        try:
            passed = one_pass(reading, make_batch(model, some, target=target), reads)
        except (AttributeError, RuntimeError, TypeError, ValueError) as error:
            raise InputError(
                f"model '{model.name}': layer '{layer}' cannot be read: {error}"
            ) from error
        activation = passed[Reads.ACTIVATION]
        if activation.dim() < 2 or len(activation) != len(some):
            raise InputError(
                f"model '{model.name}': layer '{layer}' puts out {tuple(activation.shape)}; a "
                "layer of (record, channel, time) or (record, feature) is needed"
            )
        yield passed
        counted(len(some))


def _pooled(values: Tensor, *, mean: bool) -> Values:
    if values.dim() > 2:
        values = (values.mean(dim=-1) if mean else values.sum(dim=-1)).flatten(1)
    pooled: Values = values.double().cpu().numpy()
    return pooled
