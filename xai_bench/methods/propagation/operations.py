"""What the functions of torch do to their inputs: the operations that rules are made for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from xai_bench.methods.propagation.steps import (
    Call,
    Kind,
    Operation,
    UnknownOperationError,
    tensors_in,
)

__all__ = ["CONVOLUTIONS", "PRODUCTS", "kind_of", "looks_only", "named", "out_of_place"]

_PLACES = (torch, Tensor, functional, torch.special)


def named(*names: str) -> frozenset[Operation]:
    """The functions and methods of torch that have these names."""
    found = (getattr(place, name, None) for place in _PLACES for name in names)
    return frozenset(one for one in found if callable(one))


def _properties(*names: str) -> frozenset[Operation]:
    return frozenset(getattr(Tensor, name).__get__ for name in names if hasattr(Tensor, name))


CONVOLUTIONS = named("conv1d", "conv2d", "conv3d")

PRODUCTS = named("matmul", "mm", "bmm", "einsum", "__matmul__", "__rmatmul__")
_ROUTES = named(
    *("__getitem__", "atleast_2d", "atleast_3d", "bfloat16", "broadcast_to", "channel_shuffle"),
    *("chunk", "clone", "contiguous", "cpu", "cuda", "diagonal", "double", "expand", "flatten"),
    *("flip", "float", "gather", "half", "index_select", "moveaxis", "movedim", "narrow"),
    *("permute", "pixel_shuffle", "pixel_unshuffle", "ravel", "repeat", "repeat_interleave"),
    *("reshape", "roll", "select", "split", "squeeze", "swapaxes", "swapdims", "t"),
    *("take_along_dim", "tensor_split", "tile", "to", "transpose", "type", "unbind"),
    *("unflatten", "unfold", "unsqueeze", "view"),
) | _properties("T", "mT")
_MAX_POOLS = frozenset[Operation]().union(
    *(
        named(f"{kind}{axes}d", f"{kind}{axes}d_with_indices")
        for kind in ("max_pool", "adaptive_max_pool")
        for axes in (1, 2, 3)
    )
)
_CURVES = named(
    *("__pow__", "abs", "absolute", "arcsinh", "arctan", "asinh", "atan", "celu", "clamp_max"),
    *("cos", "cosh", "elu", "erf", "erfc", "exp", "exp2", "expit", "expm1", "gelu"),
    *("hardshrink", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu", "log", "log10"),
    *("log1p", "log2", "logsigmoid", "mish", "pow", "prelu", "reciprocal", "relu6", "rsqrt"),
    *("selu", "sigmoid", "silu", "sin", "sinh", "softplus", "softshrink", "softsign", "sqrt"),
    *("square", "tanh", "tanhshrink"),
)
_LOOKS = (
    named("__hash__", "__len__", "__repr__", "data_ptr", "dim", "element_size", "get_device")
    | named("is_complex", "is_contiguous", "is_floating_point", "is_inference", "is_same_size")
    | named("ndimension", "nelement", "numel", "register_hook", "size", "storage_offset")
    | named("stride")
    | named("empty_like", "full_like", "ones_like", "rand_like", "randn_like", "zeros_like")
    | named("new_empty", "new_full", "new_ones", "new_tensor", "new_zeros")
    | _properties("_version", "device", "dtype", "grad_fn", "is_cpu", "is_cuda", "is_leaf")
    | _properties("is_meta", "is_mkldnn", "is_mps", "is_nested", "is_quantized", "is_sparse")
    | _properties("itemsize", "layout", "names", "nbytes", "ndim", "requires_grad", "shape")
)


def looks_only(operation: Operation) -> bool:
    """Whether a function looks at shape, type or place of its tensors, and not at their values."""
    return operation in _LOOKS


def kind_of(call: Call) -> Kind:
    """What a call does to its leaves. Raises UnknownOperationError where that is not known."""
    decide = _DECISIONS.get(call.operation)
    if decide is None:
        raise UnknownOperationError(call.name)
    return decide(call)


def _of_the_first(kind: Kind) -> Callable[[Call], Kind]:
    """Only the first argument may depend on the input of the net."""

    def decide(call: Call) -> Kind:
        if call.uses != 1 or call.operand(0, "input", "self", "tensor") is not call.leaves[0]:
            raise UnknownOperationError(f"{call.name} with arguments that depend on the recording")
        return kind

    return decide


def _of_any(kind: Kind) -> Callable[[Call], Kind]:
    return lambda call: kind


def _product(call: Call) -> Kind:
    if call.uses != 1:
        raise UnknownOperationError(_product_of_two(call))
    if len(tensors_in([call.args, call.kwargs])) != 2:
        raise UnknownOperationError(f"{call.name} of other than two tensors")
    return Kind.LAYER


def _factor(call: Call) -> Kind:
    if call.uses != 1:
        raise UnknownOperationError(_product_of_two(call))
    return Kind.SCALED


def _quotient(call: Call) -> Kind:
    if call.uses != 1:
        raise UnknownOperationError(_product_of_two(call))
    if call.operand(2, "rounding_mode") is not None:
        raise UnknownOperationError("a division that rounds")
    return Kind.SCALED if call.operand(0, "input", "self") is call.leaves[0] else Kind.CURVE


def _product_of_two(call: Call) -> str:
    return f"{call.name} of two tensors that depend on the recording"


def _norm(call: Call) -> Kind:
    if call.operand(5, "training", default=False):
        raise UnknownOperationError("batch norm with the statistics of the batch")
    return _of_the_first(Kind.NORM)(call)


def _dropout(call: Call) -> Kind:
    trains = call.operation not in _ALPHA_DROPOUTS  # unless it is told
    if call.operand(2, "training", "train", default=trains):
        raise UnknownOperationError("dropout in training mode")
    return _of_the_first(Kind.ROUTE)(call)


_ALPHA_DROPOUTS = named("alpha_dropout", "feature_alpha_dropout")


def _joined(call: Call) -> Kind:
    parts = call.operand(0, "tensors")
    return Kind.ROUTE if call.uses == len(parts) else Kind.PLACED


def _padded(call: Call) -> Kind:
    constant = call.operand(2, "mode", default="constant") == "constant"
    return _of_the_first(Kind.PLACED if constant else Kind.ROUTE)(call)


def _resized(call: Call) -> Kind:
    nearest = str(call.operand(3, "mode", default="nearest")).startswith("nearest")
    return _of_the_first(Kind.ROUTE if nearest else Kind.MEAN)(call)


def _clamped(call: Call) -> Kind:
    low, high = call.operand(1, "min"), call.operand(2, "max")
    relu = _is_zero(low) and high is None
    return _of_the_first(Kind.RELU if relu else Kind.CURVE)(call)


def _threshold(call: Call) -> Kind:
    relu = _is_zero(call.operand(1, "threshold")) and _is_zero(call.operand(2, "value"))
    return _of_the_first(Kind.RELU if relu else Kind.CURVE)(call)


def _larger(call: Call) -> Kind:
    """`torch.maximum`, of a tensor and a constant."""
    if call.uses != 1:
        raise UnknownOperationError(f"the larger of two tensors ({call.name})")
    operands = tensors_in([call.args, call.kwargs])
    (constant,) = (one for one in operands if one is not call.leaves[0])
    return Kind.CURVE if constant.any() else Kind.RELU


def _maximum(call: Call) -> Kind:
    axes = call.operand(1, "dim", default=())
    if isinstance(axes, int) or (isinstance(axes, tuple | list) and axes):
        return _of_the_first(Kind.MAXIMUM)(call)
    raise UnknownOperationError(f"{call.name} of a whole batch, or of two tensors")


def _is_zero(bound: object) -> bool:
    return isinstance(bound, int | float) and bound == 0


_DECISIONS: dict[Operation, Callable[[Call], Kind]] = {
    operation: decide
    for operations, decide in (
        (CONVOLUTIONS | named("linear"), _of_the_first(Kind.LAYER)),
        (
            named("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"),
            _of_the_first(Kind.LAYER),
        ),
        (PRODUCTS, _product),
        (named("batch_norm"), _norm),
        (named("add", "sub", "subtract", "rsub", "__rsub__"), _of_any(Kind.SUM)),
        (named("mean", "sum"), _of_the_first(Kind.MEAN)),
        (named("avg_pool1d", "avg_pool2d", "avg_pool3d"), _of_the_first(Kind.MEAN)),
        (
            named("adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d"),
            _of_the_first(Kind.MEAN),
        ),
        (_ROUTES, _of_the_first(Kind.ROUTE)),
        (named("expand_as", "reshape_as", "type_as", "view_as"), _of_any(Kind.ROUTE)),
        (named("cat", "concat", "concatenate", "hstack", "stack", "vstack"), _joined),
        (named("dropout", "dropout1d", "dropout2d", "dropout3d"), _dropout),
        (_ALPHA_DROPOUTS, _dropout),
        (named("mul", "multiply", "neg", "negative"), _factor),
        (named("div", "divide", "true_divide"), _quotient),
        (named("pad"), _padded),
        (named("masked_fill", "where"), _of_any(Kind.PLACED)),
        (named("interpolate", "upsample"), _resized),
        (named("relu"), _of_the_first(Kind.RELU)),
        (named("clamp", "clip", "clamp_min"), _clamped),
        (named("threshold", "_threshold"), _threshold),
        (named("maximum"), _larger),
        (_MAX_POOLS, _of_the_first(Kind.MAXIMUM)),
        (named("amax", "max"), _maximum),
        (_CURVES, _of_the_first(Kind.CURVE)),
        # Python's `1 / x` and `2 ** x`, whose methods begin with x all the same.
        (named("__rdiv__", "__rtruediv__", "__rpow__"), _of_the_first(Kind.CURVE)),
    )
    for operation in operations
}


def _in_place() -> dict[Operation, Operation]:
    """Functions that overwrite their first argument, and those that put out the same."""
    pairs: dict[Operation, Operation] = {}
    for place in _PLACES:
        for name in dir(place):
            other = getattr(place, name, None)
            inside = getattr(place, f"{name}_", None)
            if callable(inside) and not name.startswith("_") and other in _DECISIONS:
                pairs[inside] = other
    named = {"__iadd__": "add", "__isub__": "sub", "__imul__": "mul", "__itruediv__": "div"}
    return pairs | {getattr(Tensor, one): getattr(Tensor, other) for one, other in named.items()}


_IN_PLACE = _in_place()


def out_of_place(
    operation: Operation, args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> tuple[Operation, tuple[Any, ...], Mapping[str, Any], bool]:
    """A call that puts out what this one may write over its first argument, and whether it did."""
    plain = _IN_PLACE.get(operation, operation)
    overwrites, place = plain is not operation, _place_of_inplace(plain)
    if place is not None:
        overwrites = overwrites or any(args[place : place + 1]) or bool(kwargs.get("inplace"))
        args, kwargs = (
            args[:place],
            {name: one for name, one in kwargs.items() if name != "inplace"},
        )
    return plain, args, kwargs, overwrites


@cache
def _place_of_inplace(operation: Operation) -> int | None:
    """Where a function has an argument `inplace`: it is the last, or a keyword."""
    try:
        names = list(inspect.signature(operation).parameters)
    except ValueError:  # builtins have no signature that could be read
        return None
    return names.index("inplace") if "inplace" in names else None
