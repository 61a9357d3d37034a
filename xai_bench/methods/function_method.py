"""A function of a user as a method: `(model, z, target) -> attribution`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, final

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.devices import is_out_of_memory
from xai_bench.errors import InputError
from xai_bench.generators import global_seed
from xai_bench.methods.base import Batch, CannotExplain, Method
from xai_bench.models import Model

__all__ = ["FunctionMethod", "as_attribution", "with_gradients"]


@final
class FunctionMethod(Method):
    """What a function says of a model: Model, z (record, lead, time), target (record,) in, the
    attribution of `model.log_odds(z, target)` in the shape of z out, a tensor or an array.

    It is called with gradients enabled, on a few recordings at a time. One that draws from a global
    generator is called on each recording alone, seeded for it, so that what it says of a recording
    does not depend on the others.
    """

    cite = ""
    reads_layers = True

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self.name = name
        self.summary = (inspect.getdoc(function) or "a function").partition("\n")[0].rstrip(".")
        self.function = function

    @property
    def depends_on(self) -> object:
        return self.function

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        """Raises InputError where the function fails, or returns something else."""
        seeds = batch.seeds or (0,) * len(batch.z)
        with global_seed(seeds[0]) as drawn:
            found = self._call(model, batch)
            alone = drawn() and len(batch.z) > 1
        if not alone:
            return found
        parts = []
        for row, seed in enumerate(seeds):
            with global_seed(seed):
                place = torch.tensor([row], device=batch.z.device)
                one = batch.versions(place, batch.z[row : row + 1], (seed,))
                parts.append(self._call(model, one))
        return torch.cat(parts)

    def _call(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        with with_gradients(f"method '{self.name}'", model):
            # Copies, so that a function that writes into them changes nothing.
            found = self.function(model, batch.z.clone(), batch.target.clone())
        return as_attribution(self.name, found, batch.z)


@contextmanager
def with_gradients(what: str, model: Model) -> Iterator[None]:
    """For code of others: gradients are enabled, wherever this is; what it raises is an InputError
    of one line that says what failed, and with the error itself as its cause."""
    try:
        with torch.inference_mode(False), torch.enable_grad():
            yield
    except CannotExplain:
        raise
    except Exception as error:
        if is_out_of_memory(error):
            raise  # fewer recordings may fit
        said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise InputError(f"{what} failed on model '{model.name}': {said}") from error


def as_attribution(
    name: str, found: Any, z: Float[Tensor, "record lead time"]
) -> Float[Tensor, "record lead time"]:
    """What a method of others returned, if it is an attribution of z. Raises InputError."""
    if isinstance(found, np.ndarray):
        found = torch.from_numpy(found)
    if not isinstance(found, Tensor):
        raise InputError(
            f"method '{name}' returned {type(found).__name__}; return a tensor or an array of the "
            f"shape of z, {tuple(z.shape)}"
        )
    if found.shape != z.shape:
        raise InputError(
            f"method '{name}' returned the shape {tuple(found.shape)}; return that of z, "
            f"{tuple(z.shape)}: a signed number for each sample of each lead"
        )
    values = found.detach().to(z.device, torch.float32)
    wrong = (~values.isfinite()).flatten(1).any(dim=1)
    if wrong.any():
        raise InputError(
            f"method '{name}' returned NaN or infinite values for {int(wrong.sum())} of "
            f"{len(z)} recordings"
        )
    return values
