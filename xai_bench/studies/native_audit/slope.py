"""Question 3a: is W the slope of the net? dm/dz = W + z * dW/dz + db/dz, and only W is shown."""

from __future__ import annotations

from collections.abc import Iterator

from jaxtyping import Float
from torch import Tensor

from xai_bench.studies.native_audit.audited_net import AuditedNet
from xai_bench.studies.native_audit.gauge import centred
from xai_bench.studies.native_audit.quantity_estimates import QuantityEstimate, over_recordings

__all__ = ["slope"]


def slope(audited: AuditedNet) -> Iterator[QuantityEstimate]:
    """Cosine of W and the gradient, as they are and centred per lead, and |gradient| / |W|."""
    W, g = audited.weights.double(), audited.gradient.double()
    for quantity, values, undefined in (
        ("gradient_cosine", _cosine(W, g), "W or gradient is zero"),
        ("gradient_cosine_centred", _cosine(centred(W), centred(g)), "W or gradient is zero"),
        ("gradient_ratio", _norm(g) / _norm(W), "W is zero"),
    ):
        yield over_recordings(audited, quantity, values, undefined=undefined)


def _cosine(
    a: Float[Tensor, "record lead time"], b: Float[Tensor, "record lead time"]
) -> Float[Tensor, " record"]:
    return (a * b).sum(dim=(1, 2)) / (_norm(a) * _norm(b))


def _norm(a: Float[Tensor, "record lead time"]) -> Float[Tensor, " record"]:
    length: Tensor = a.flatten(1).norm(dim=1)
    return length
