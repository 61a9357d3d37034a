"""A class or an instance of Captum as a method: bound to the explained scalar of each model."""

from __future__ import annotations

import copy
import inspect
import warnings
from typing import Any, final

import torch
from captum.attr import (
    LRP,
    Attribution,
    Deconvolution,
    DeepLift,
    GuidedBackprop,
    GuidedGradCam,
    IntegratedGradients,
    NoiseTunnel,
)
from captum.attr._core.deep_lift import SUPPORTED_NON_LINEAR
from jaxtyping import Float
from torch import Tensor, nn

from xai_bench.errors import InputError
from xai_bench.generators import global_seed, normal, seed_tensor
from xai_bench.methods.base import Batch, FromZero, Method, Pass
from xai_bench.methods.function_method import as_attribution, with_gradients
from xai_bench.methods.propagation.deeplift import DeepLIFT
from xai_bench.methods.propagation.guided import GuidedBackprop as OwnGuidedBackprop
from xai_bench.methods.propagation.steps import Kind, UnknownOperationError
from xai_bench.methods.propagation.tape import record
from xai_bench.models import Model
from xai_bench.models.wrap import net_inside
from xai_bench.names import words

__all__ = ["CaptumMethod", "captum_name"]

_INSTEAD = "write a function (model, z, target) that calls it"
_COMPLETE = (DeepLift, IntegratedGradients)
"""Their attributions sum to m(z) - m(0) by promise, where they multiply by the input."""
_HOOKS_RELU = (GuidedBackprop, Deconvolution, GuidedGradCam, LRP)
_HOOKED: dict[type[Attribution], tuple[type[nn.Module], ...]] = {
    DeepLift: tuple(SUPPORTED_NON_LINEAR)
} | dict.fromkeys(_HOOKS_RELU, (nn.ReLU,))
"""Layers that Captum sets hooks on: methods that are silently wrong where a non-linearity that
they have a rule for is a function."""
_OWN: dict[type[Attribution], Method] = {DeepLift: DeepLIFT()} | dict.fromkeys(
    (GuidedBackprop, Deconvolution, GuidedGradCam), OwnGuidedBackprop()
)
"""Methods built in that are of the same nets, and refuse the others."""
_CURVED = (Kind.RELU, Kind.CURVE, Kind.MAXIMUM)
_CALLED = {"forward_func", "model"}
"""What Captum calls the net in the attributes of an instance."""


def captum_name(given: Attribution | type[Attribution]) -> str:
    """captum.attr.DeepLift -> captum-deep-lift; an instance that holds another names it too."""
    kind = given if isinstance(given, type) else type(given)
    inner = None if isinstance(given, type) else getattr(given, "attribution_method", None)
    own = f"captum-{words(kind.__name__, '-')}"
    return own if inner is None else f"{own}-{words(type(inner).__name__, '-')}"


class ExplainedScalar(nn.Module):
    """z -> log-odds of one class (record,): a model as Captum sees it, its layers within reach."""

    def __init__(self, model: Model, target: int) -> None:
        super().__init__()
        self.net = model.net  # where Captum looks for layers
        self._model, self._target = model, target
        self.eval()

    def forward(self, z: Float[Tensor, "row lead time"]) -> Float[Tensor, " row"]:
        return self._model.log_odds(z, self._target)


@final
class CaptumMethod(Method):
    """Whatever net an instance was made for, it explains the log-odds of the model's target.

    Recordings are explained one at a time, with Captum's defaults (all baselines zero) and under
    global generators seeded for the recording, because Captum draws from them.
    """

    cite = "kokhlikyan2020captum"
    reads_layers = True

    def __init__(self, name: str, given: Attribution | type[Attribution]) -> None:
        """Raises InputError for a class that cannot be made, or called, without more."""
        kind = given if isinstance(given, type) else type(given)
        self.name = name
        self.summary = f"{kind.__name__} of Captum"
        self.given = given
        if isinstance(given, type) and issubclass(given, NoiseTunnel):
            raise InputError(
                f"{kind.__name__} of Captum needs a method within it; give an instance around "
                f"one: {kind.__name__}(Saliency(net))"
            )
        lacking = _lacking(kind, 1) if isinstance(given, type) else []
        inner: Any = given
        while not lacking and inner is not None:
            lacking = _lacking(inner.attribute, 2 if isinstance(inner, type) else 1)
            inner = getattr(inner, "attribution_method", None)
        if lacking:
            raise InputError(
                f"{kind.__name__} of Captum needs {', '.join(lacking)} as well; {_INSTEAD}"
            )

    def unsupported(self, model: Model, *, evidence: bool) -> str | None:
        kind = self._hooking
        try:
            self._bound(model, 0)
            if kind is not None:  # not every net suits their hooks
                z = normal(seed_tensor((0,), model.device), model.shape)
                self.attribute(model, Batch(z=z, target=z.new_zeros(1, dtype=torch.int64)))
        except InputError as error:
            return str(error)
        if kind is None:
            return None
        own = _OWN[kind].unsupported(model, evidence=evidence) if kind in _OWN else None
        if own is not None:
            return f"{self.name} would be wrong here: {own}"
        what = "non-linearities" if kind is DeepLift else "ReLUs"
        seen, all_of_them = _seen(model, kind)
        if seen < all_of_them:
            return (
                f"{self.name} sees {seen} of {all_of_them} {what} of the net, those that are "
                "layers, and would be wrong; take guided-backprop, deeplift or lrp-epsilon, "
                "which see all"
            )
        return None

    @property
    def _hooking(self) -> type[Attribution] | None:
        """The class, of the method or of one within it, that sets hooks on non-linearities."""
        one: Any = self.given
        while one is not None:
            kind = one if isinstance(one, type) else type(one)
            known = next((known for known in _HOOKED if issubclass(kind, known)), None)
            if known is not None:
                return known
            one = getattr(one, "attribution_method", None)
        return None

    def attribute(self, model: Model, batch: Batch) -> Float[Tensor, "record lead time"]:
        """Raises InputError where Captum fails, or does not attribute to samples of leads."""
        parts = []
        seeds = batch.seeds or (0,) * len(batch.z)
        for z, target, seed in zip(batch.z.split(1), batch.target.tolist(), seeds, strict=True):
            with (
                global_seed(seed),
                warnings.catch_warnings(),
                with_gradients(f"method '{self.name}'", model),
            ):
                # Captum says where it sets hooks, and that an input now has a gradient.
                warnings.simplefilter("ignore")
                found = self._bound(model, target).attribute(z.clone().requires_grad_())
            if isinstance(found, Tensor) and found.shape != z.shape:
                raise InputError(
                    f"method '{self.name}' attributes to the shape {tuple(found.shape[1:])}, not "
                    f"to (lead, time) {tuple(z.shape[1:])}; {_INSTEAD} and brings it to that"
                )
            parts.append(as_attribution(self.name, found, z))
        return torch.cat(parts)

    def total(self, model: Model, batch: Batch, passed: Pass) -> Float[Tensor, " record"] | None:
        kind = self.given if isinstance(self.given, type) else type(self.given)
        multiplies = isinstance(self.given, type) or self.given.multiplies_by_inputs
        if kind not in _COMPLETE or not multiplies:
            return None
        return FromZero.total(self, model, batch, passed)  # type: ignore[arg-type]

    @property
    def depends_on(self) -> object:
        """The class and its settings, but for the net that an instance was made for."""
        return self.given if isinstance(self.given, type) else _settings(self.given)

    def _bound(self, model: Model, target: int) -> Any:
        scalar = ExplainedScalar(model, target)
        if isinstance(self.given, type):
            return self.given(scalar)
        return self._bound_copy(self.given, scalar)

    def _bound_copy(self, given: Attribution, scalar: ExplainedScalar) -> Any:
        """A copy of an instance for another net; layers that it names are those of that net."""
        bound = copy.copy(given)
        for key, value in vars(given).items():
            if key in _CALLED:
                setattr(bound, key, scalar)
            elif isinstance(value, Attribution):
                setattr(bound, key, self._bound_copy(value, scalar))
            elif key == "layer":
                setattr(bound, key, self._layer(_path(value, given), net_inside(scalar.net)))
            elif isinstance(value, list):  # of hooks that are set
                setattr(bound, key, list(value))
        return bound

    def _layer(self, name: str | None, net: nn.Module) -> nn.Module:
        try:
            if name is None:
                raise AttributeError
            return net.get_submodule(name)
        except AttributeError:
            raise InputError(
                f"the layer of '{self.name}' is not in the net; make the instance with the net "
                f"that is wrapped, or {_INSTEAD}"
            ) from None


def _seen(model: Model, kind: type[Attribution]) -> tuple[int, int]:
    """How many of the non-linearities of a pass that a method has rules for are layers, on which
    it sets hooks, and how many there are."""
    seen: list[nn.Module] = []
    exact = kind is DeepLift  # it knows no subclasses
    layers = [
        layer
        for layer in model.net.modules()
        if (type(layer) in _HOOKED[kind] if exact else isinstance(layer, _HOOKED[kind]))
    ]
    hooks = [layer.register_forward_hook(lambda one, *_: seen.append(one)) for layer in layers]
    try:
        z = normal(seed_tensor((0,), model.device), model.shape)
        _, steps = record(model.net, z)
    except UnknownOperationError:  # not to be told
        return 0, 0
    finally:
        for hook in hooks:
            hook.remove()
    if kind is not DeepLift:
        return len(seen), sum(step.kind is Kind.RELU for step in steps)
    # It keeps what a layer read last, and is right for a layer that is called once.
    return len(set(seen)), sum(step.kind in _CURVED for step in steps)


def _path(layer: nn.Module, given: Attribution) -> str | None:
    """Where a layer is in the net that an instance was made for."""
    net = given.forward_func
    layers = net.named_modules() if isinstance(net, nn.Module) else ()
    return next((name for name, one in layers if one is layer), None)


def _settings(given: Attribution) -> dict[str, object]:
    found: dict[str, object] = {"class": type(given)}
    for key, value in vars(given).items():
        if isinstance(value, Attribution):
            found[key] = _settings(value)
        elif key == "layer":
            found[key] = _path(value, given)
        elif key not in _CALLED and getattr(value, "__self__", None) is not given:
            found[key] = value
    return found


def _lacking(function: Any, given: int) -> list[str]:
    """Parameters without a default beyond the first few that are given."""
    parameters = list(inspect.signature(function).parameters.values())[given:]
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [f"{p.name}=" for p in parameters if p.default is p.empty and p.kind not in kinds]
