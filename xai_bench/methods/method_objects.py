"""What users hand over as a method becomes one: functions, Captum's, ready-made attributions."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float32
from torch import Tensor, nn

from xai_bench.content import content_key
from xai_bench.errors import InputError
from xai_bench.methods.base import Method
from xai_bench.methods.function_method import FunctionMethod
from xai_bench.methods.given import GivenMethod
from xai_bench.names import check_name, comes_from, name_of
from xai_bench.types import Attributions, Recordings

__all__ = ["Methods", "content_of", "is_one_method", "method_of"]


@runtime_checkable
class Attributing(Protocol):
    """An instance of a class of Captum, which is slow to import and here only where it is used."""

    def attribute(self, *args: Any, **kwargs: Any) -> Any: ...


_Object: TypeAlias = Method | Attributing | Attributions | np.ndarray | Tensor
Methods: TypeAlias = str | _Object | Callable[..., Any] | Iterable[Any] | Mapping[str, Any]
"""What `find_methods` takes."""


def is_one_method(given: Any) -> bool:
    """Whether something is a method, and not several."""
    kinds = Method | Attributions | np.ndarray | Tensor
    return isinstance(given, kinds) or callable(given) or _is_of_captum(given)


def method_of(
    given: Any,
    *,
    name: str | None = None,
    spare: str = "given",
    recordings: Recordings | None = None,
) -> Method:
    """The method that something is.

    name: what the user calls it; where that is None it is called as it calls itself, and an array,
    which does not, `spare`. recordings: what attributions made elsewhere are of.

    Raises InputError for what cannot be a method.
    """
    if name is not None:
        check_name("method", name)
    if isinstance(given, Method):
        if name not in (None, given.name):
            raise InputError(f"method '{given.name}' has a name; '{name}' cannot be another")
        return given
    if _is_of_captum(given):
        from xai_bench.methods.captum_method import CaptumMethod, captum_name

        return CaptumMethod(name or captum_name(given), given)
    if isinstance(given, Attributions):
        own = name or check_name("method", given.method)
        return _given(own, _tensor(given.values), recordings, given)
    if isinstance(given, np.ndarray):
        if given.dtype.kind not in "fiu":
            raise InputError(f"method '{name or spare}' is an array of {given.dtype}, not numbers")
        given = _tensor(np.ascontiguousarray(given, dtype=np.float32))
    if isinstance(given, Tensor):
        return _given(name or spare, given.detach().cpu().float(), recordings, None)
    if isinstance(given, type | nn.Module) or not callable(given):
        what = given.__name__ if isinstance(given, type) else type(given).__name__
        raise InputError(
            f"{what} is no method; give a name, a function (model, z, target), a class of Captum, "
            "or attributions: an array (record, lead, time)"
        )
    return FunctionMethod(name or name_of("method", given), given)


def content_of(method: Method) -> str | None:
    """The key of all that the attributions of a method that is not built in depend on, beside the
    model and the recording; None where it cannot be known."""
    return content_key(method.depends_on)


_is_of_captum = partial(comes_from, "captum", "Attribution")


def _tensor(values: Float32[np.ndarray, "*axes"]) -> Float32[Tensor, "*axes"]:
    """The same memory, or map of a file, which nothing here writes to."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The given NumPy array is not writable")
        return torch.from_numpy(values)


def _given(
    name: str, values: Tensor, recordings: Recordings | None, made: Attributions | None
) -> GivenMethod:
    if recordings is None:
        raise InputError(
            f"method '{name}' is attributions of some recordings; give these recordings, as an "
            "object, as data="
        )
    count = len(recordings)
    if values.dim() != 3 or len(values) != count:
        raise InputError(
            f"method '{name}' has the shape {tuple(values.shape)}; {count} recordings are given, "
            f"so it must be (record, lead, time): ({count}, 12, time)"
        )
    if len(set(recordings.record_id)) < count:
        raise InputError(
            f"method '{name}' is attributions of recordings of which two have one record_id"
        )
    # One by one: they may be in a file, and larger than memory.
    wrong = [] if made else [row for row in range(count) if not values[row].isfinite().all()]
    if wrong:
        raise InputError(
            f"method '{name}' has NaN or infinite values for {len(wrong)} of {count} "
            f"recordings, first for {recordings.record_id[wrong[0]]}"
        )
    return GivenMethod(name, values, recordings.record_id, made)
