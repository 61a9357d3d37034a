"""Attributions that were made elsewhere, as a method that can explain nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import final

import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from xai_bench.errors import InputError
from xai_bench.methods.base import Batch, CannotExplain, Method
from xai_bench.models import Model
from xai_bench.types import Attributions

__all__ = ["GivenMethod"]


@final
class GivenMethod(Method):
    """The attributions of some recordings, and nothing of how they were made.

    Scored by metrics that need no other explanation. `values` are (record, lead, time), in the
    order of `record_id`; `made`, if they come as Attributions, knows their model and targets.
    """

    cite = ""
    explains_anew = False

    def __init__(
        self,
        name: str,
        values: Float32[Tensor, "record lead time"],
        record_id: Sequence[str],
        made: Attributions | None = None,
    ) -> None:
        self.name = name
        self.summary = "attributions that were made elsewhere"
        self.values = values
        self._made = made
        self._rows = {record: row for row, record in enumerate(record_id)}

    @property
    def depends_on(self) -> tuple[object, ...]:
        """What its attributions are, and of what."""
        made = () if self._made is None else (self._made.target, self._made.residual)
        return (self.values, list(self._rows), *made)

    def unsupported(self, model: Model, *, evidence: bool) -> str | None:
        shape = tuple(self.values.shape[1:])
        if shape != model.shape:
            return f"{self.name} is (lead, time) {shape}, the model reads {model.shape}"
        if self._made is not None and self._made.model != model.name:
            return f"{self.name} explains model '{self._made.model}'"
        return None

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        """Raises CannotExplain: what explains anew has no score."""
        raise CannotExplain(
            f"method '{self.name}' is not known here, so it cannot explain changed recordings"
        )

    def of(
        self, record_id: Sequence[str], target: Int64[Tensor, " record"]
    ) -> tuple[Float32[Tensor, "record lead time"], Float32[Tensor, " record"]]:
        """The attributions of these recordings and their residuals, on the device of `target`.

        target: the classes that are scored. Raises InputError where others were explained, and
        for a recording that has no attribution.
        """
        lacking = [record for record in record_id if record not in self._rows]
        if lacking:
            raise InputError(f"method '{self.name}' has no attribution of recording {lacking[0]}")
        rows = [self._rows[record] for record in record_id]
        values = self.values[rows].to(target.device)
        if self._made is None:
            return values, torch.full_like(values[:, 0, 0], torch.nan)
        explained = self._made.target[rows]
        for record, own, scored in zip(record_id, explained, target.tolist(), strict=True):
            if own != scored:
                raise InputError(
                    f"method '{self.name}' explains class {own} of recording {record}, class "
                    f"{scored} is scored; give the target= that it was made for"
                )
        return values, torch.from_numpy(self._made.residual[rows]).to(target.device)
