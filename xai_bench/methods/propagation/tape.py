"""What a net does to recordings, operation by operation, each with a gradient of its own.

The rules of guided backpropagation, DeepLIFT and relevance propagation are for operations, and a
net may call them in any way: as layers, as functions, or as methods of tensors. The tape sees
them all, and refuses a net that does something that it does not know.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from traceback import walk_tb
from typing import Any, final

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights
from torch.overrides import TorchFunctionMode

from xai_bench.methods.propagation.operations import (
    CONVOLUTIONS,
    kind_of,
    looks_only,
    out_of_place,
)
from xai_bench.methods.propagation.steps import (
    Call,
    Kind,
    Operation,
    Step,
    UnknownOperationError,
    name_of,
    replaced,
    tensors_in,
)

__all__ = ["hand_back", "record"]


def record(
    net: nn.Module, z: Tensor, *, kinds: Collection[Kind] = frozenset(Kind), fold: bool = False
) -> tuple[Tensor, list[Step]]:
    """The output of `net` for z, and the steps that led there, in order.

    kinds: what operations may do.
    fold: a batch norm that reads a convolution becomes one convolution with it.

    What only looks at shapes, or works on nothing but weights, is no step. Where the net
    overwrites a tensor, the tape makes another, and hands it to all that read the first later.

    Raises UnknownOperationError, with the layer that is to blame, for an operation that is not
    known or not of these kinds (see `kind_of`; reading numbers out of a tensor is one), for what
    torch does not show (a part that is compiled, scripted, or kept from gradients), and for an
    output that is not one tensor. The weights of the net have no gradients, or are leaves.
    """
    tape = _Tape(z, kinds, fold=fold)
    try:
        with torch.enable_grad(), tape:
            output = net(z)
    except UnknownOperationError as error:
        layer = _layer_of(net, error)
        raise UnknownOperationError(f"{error} (layer {layer})" if layer else str(error)) from None
    return tape.end(output), tape.steps


def hand_back(
    z: Tensor,
    output: Tensor,
    steps: list[Step],
    given: Tensor,
    rule: Callable[[Step, Tensor], Iterable[Tensor]],
) -> Tensor:
    """What reaches z of what is given to the output, from the last step to the first.

    rule: what each input of a step gets of what its output was given. The list of steps is
    emptied, so that memory is freed on the way.
    """
    held = {id(output): given}
    while steps:
        step = steps.pop()
        if id(step.output) not in held:
            continue  # nothing reads it
        for tensor, part in zip(step.inputs, rule(step, held.pop(id(step.output))), strict=True):
            part = part.to(tensor.dtype)
            held[id(tensor)] = held[id(tensor)] + part if id(tensor) in held else part
    return held[id(z)] if id(z) in held else torch.zeros_like(z)


def _layer_of(net: nn.Module, error: UnknownOperationError) -> str:
    """The innermost layer that was running when an error was raised."""
    names = {id(layer): name for name, layer in net.named_modules()}
    running = (id(frame.f_locals.get("self")) for frame, _ in walk_tb(error.__traceback__))
    found = [names[layer] for layer in running if layer in names]
    return found[-1] if found else ""


@final
class _Tape(TorchFunctionMode):
    """Sees every call of a function of torch, also those inside of layers."""

    def __init__(self, z: Tensor, kinds: Collection[Kind], *, fold: bool) -> None:
        super().__init__()
        self.steps: list[Step] = []
        self._kinds = kinds
        self._fold = fold
        self._made: dict[int, Step] = {}
        # Tensors are known by their ids, and are held on to so that no id is used again.
        self._seen: dict[int, Tensor] = {}
        self._instead: dict[int, Tensor] = {}
        self._unusable: dict[int, str] = {}
        self._on_storage: defaultdict[int, set[int]] = defaultdict(set)
        self._see(z, z)

    def __torch_function__(
        self,
        func: Operation,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if looks_only(func):
            return func(*replaced(args, self._instead), **replaced(kwargs, self._instead))
        given = {id(one): one for one in tensors_in((args, kwargs))}
        for key, one in given.items():
            if one.requires_grad and not one.is_leaf and key not in self._seen:
                raise UnknownOperationError(f"{name_of(func)} of what was computed out of sight")
        inputs = {key: self._now(one) for key, one in given.items() if key in self._seen}
        if not inputs:
            return func(*args, **kwargs)
        if not torch.is_grad_enabled():
            raise UnknownOperationError(f"{name_of(func)} where gradients are switched off")
        plain, args, kwargs, overwrites = out_of_place(func, args, kwargs)
        target = args[0] if args else kwargs.get("input")
        if (overwrites and id(target) not in self._seen) or kwargs.get("out") is not None:
            raise UnknownOperationError(f"{name_of(func)} over a constant")
        leaves = {key: one.detach().requires_grad_() for key, one in inputs.items()}
        call = Call(
            operation=plain,
            args=replaced(args, leaves),
            kwargs=replaced(kwargs, leaves),
            leaves=tuple(leaves.values()),
        )
        if (kind := kind_of(call)) not in self._kinds:
            raise UnknownOperationError(call.name)
        behind = tuple(inputs.values())
        convolution = self._made.get(id(behind[0]))
        if self._fold and kind is Kind.NORM and convolution and _takes_in_norms(convolution):
            call, kind, behind = _fused(convolution, call), Kind.LAYER, convolution.inputs
        output = call.operation(*call.args, **call.kwargs)
        if kind in (Kind.RELU, Kind.CURVE) and output.shape != call.leaves[0].shape:
            raise UnknownOperationError(f"{call.name} of one value with several constants")
        for key, leaf in leaves.items():
            if output is leaf:  # nothing happened
                return given[key]
        if overwrites and target is not None:
            return self._overwrite(target, self._step(call, kind, behind, output))
        for one in tensors_in(output):
            self._step(call, kind, behind, one)
        return output

    def end(self, output: Any) -> Tensor:
        """The output of the net, if it is one tensor that steps led to."""
        if not isinstance(output, Tensor):
            raise UnknownOperationError(f"an output that is a {type(output).__name__}")
        if id(output) not in self._seen:
            raise UnknownOperationError("an output that the recording was not seen to lead to")
        return self._now(output)

    def _now(self, one: Tensor) -> Tensor:
        """What a tensor holds at this point of the pass."""
        if id(one) in self._unusable:
            raise UnknownOperationError(self._unusable[id(one)])
        return self._instead.get(id(one), one)

    def _see(self, name: Tensor, values: Tensor) -> None:
        self._seen[id(name)] = name
        self._on_storage[values.untyped_storage().data_ptr()].add(id(name))

    def _step(self, call: Call, kind: Kind, inputs: tuple[Tensor, ...], output: Tensor) -> Tensor:
        if output.is_floating_point() and not output.requires_grad:
            return output  # only the shape of a leaf was asked for
        self._see(output, output)
        if not output.is_floating_point():
            self._unusable[id(output)] = f"numbers that {call.name} counts"
            return output
        step = Step(
            operation=call.operation,
            args=call.args,
            kwargs=call.kwargs,
            leaves=call.leaves,
            kind=kind,
            inputs=inputs,
            output=output,
        )
        self.steps.append(step)
        self._made[id(output)] = step
        return output

    def _overwrite(self, target: Tensor, values: Tensor) -> Tensor:
        """From here on, `target` stands for `values`; other views of what it held are no more."""
        held = self._now(target).untyped_storage().data_ptr()
        for other in self._on_storage[held] - {id(target)}:
            self._unusable[other] = "a view of what is overwritten"
        self._instead[id(target)] = values
        self._see(target, values)
        return target


def _takes_in_norms(step: Step) -> bool:
    return step.operation in CONVOLUTIONS and step.output.dim() == step.operand(1, "weight").dim()


def _fused(convolution: Step, norm: Call) -> Call:
    """norm(w * x + c) = s w * x + s (c - mean) + shift, s = scale / sqrt(variance + eps), as one
    convolution; computed in float64."""
    w, c = convolution.operand(1, "weight"), convolution.operand(2, "bias")
    mean, variance = norm.operand(1, "running_mean"), norm.operand(2, "running_var")
    scale, shift = norm.operand(3, "weight"), norm.operand(4, "bias")
    eps = norm.operand(7, "eps", default=1e-5)
    weight, bias = fuse_conv_bn_weights(
        w.double(),
        None if c is None else c.double(),
        mean.double(),
        variance.double(),
        eps,
        None if scale is None else scale.double(),
        None if shift is None else shift.double(),
    )
    (leaf,) = (one.detach().requires_grad_() for one in convolution.inputs)
    others = {n: v for n, v in convolution.kwargs.items() if n not in ("input", "weight", "bias")}
    return Call(
        operation=convolution.operation,
        args=(leaf, weight.to(w.dtype), bias.to(w.dtype), *convolution.args[3:]),
        kwargs=others,
        leaves=(leaf,),
    )
