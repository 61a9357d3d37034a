"""Any torch module, or classifier of scikit-learn, as a Model: no card, no subclass."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, final, get_args

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from xai_bench.cards import Step
from xai_bench.content import content_key
from xai_bench.data.signal_range import PHYSIOLOGICAL, SignalRange
from xai_bench.devices import gradients_without_cudnn, pick_device
from xai_bench.errors import InputError
from xai_bench.models.estimator import EstimatorNet, Features, is_estimator
from xai_bench.models.model import Generated, Model
from xai_bench.models.normalisation import FromFunction, Normalisation, normalisation
from xai_bench.models.trial import try_net
from xai_bench.nets.base import Batch, NativeNet, Net
from xai_bench.nets.fresh import initialise
from xai_bench.nets.windowed import Combine, Windowed
from xai_bench.randomness import seed_for
from xai_bench.tasks import task_of_classes
from xai_bench.types import LEADS, Recordings, check_leads

__all__ = ["net_inside", "wrap"]


def wrap(
    net: Any,
    classes: Sequence[str],
    *,
    rate_hz: float,
    seconds: float = 10.0,
    leads: Sequence[str] = LEADS,
    normalise: str | Sequence[Step | Mapping[str, Any]] | Callable[[Tensor], Tensor] | None = None,
    features: Features | None = None,
    multilabel: bool = False,
    cam_layer: str | nn.Module | None = None,
    native: str | Callable[[nn.Module, Batch], Generated] | None = None,
    window_seconds: float | None = None,
    step_seconds: float | None = None,
    combine: Combine = "maximum",
    trained_on: Recordings | None = None,
    name: str | None = None,
    device: str | torch.device | None = None,
    tried: bool = True,
) -> Model:
    """A Model around a copy of any trained torch module, or of a fitted classifier or pipeline of
    scikit-learn.

    net: a module from z (record, lead, time) to logits (record, output). Of a tuple or dict of
        outputs, the only one that can be the logits is taken. A classifier reads the samples of z,
        lead after lead, or `features` of them; its log-odds are those of its probabilities, held
        within 1e-6 of 0 and 1, or its decision function where it has none. It has no gradient:
        methods that need one are skipped.
    classes: one that the net detects with one logit; two, of one logit (of the second) or two;
        more, a logit each. They exclude each other (softmax) unless `multilabel`. Where they are
        labels of the recordings, it is measured how well the net classifies. A classifier's own
        classes_ must have these names, or be numbers from 0.
    rate_hz, seconds: of the recordings that the net reads.
    leads: that the net reads, in its order, where they are not the twelve (`types.LEADS`):
        ["MLII", "V1"]; recordings must have leads of these names.
    normalise: from millivolt to z. "zscore" (of a module, if nothing is said), "none" (of a
        classifier: it reads millivolt), steps as in a card ([{"step": "band-pass", ...}, ...]), or
        a function of a tensor that passes gradients.
    features: of a classifier, a function of z (record, lead, time), an array of numpy, and of the
        rate in Hz that returns the table (record, feature) that the classifier reads.
    cam_layer: the layer that Grad-CAM reads, or its path ("layer4.conv2").
    native: of a net that writes its own explanation, the method ("generate") or the function of
        (net, z) that returns W (record, output, lead, time) and b (record, output); their linear
        classifier must be the net.
    window_seconds: of a net that reads less than a recording: its logits are the maximum or the
        mean (`combine`) over windows, every `step_seconds` (half a window).
    trained_on: recordings that the net was trained on, or like them: `run` says which recordings
        have another rhythm or amplitude. Without, wide bounds of all ECGs are taken.
    name: as tables have it; the name of the class where none is given.
    tried: False leaves the trial below to `check`, which says all that is wrong at once.

    The copy is in evaluation mode. It is tried on white noise, and refused where its answer is not
    finite, not the same twice, or depends on the company in a batch (batch statistics). Scores of
    it can be found again where all that it depends on is known, see `content_key`.

    Raises InputError, CardError.
    """
    called = name or type(net).__name__.lower()
    if is_estimator(net):
        if multilabel or (cam_layer, native, window_seconds) != (None, None, None):
            raise InputError(
                f"model '{called}': a classifier of scikit-learn has no multilabel=, cam_layer=, "
                "native= or window_seconds="
            )
        net = EstimatorNet(net, tuple(classes), rate_hz=rate_hz, features=features, name=called)
    elif features is not None:
        raise InputError(f"model '{called}': features= is of classifiers of scikit-learn")
    if not isinstance(net, nn.Module) or isinstance(net, torch.jit.ScriptModule):
        what = net.__name__ if isinstance(net, type) else type(net).__name__
        raise InputError(
            f"wrap takes a trained torch Module, or a fitted classifier of scikit-learn, not "
            f"{what}; no class and no script"
        )
    if normalise is None:
        normalise = "none" if isinstance(net, EstimatorNet) else "zscore"
    if combine not in get_args(Combine):
        raise InputError(f"model '{called}': combine= is '{combine}', not maximum or mean")
    if any(map(is_lazy, net.parameters())):
        raise InputError(f"model '{called}': its net is not initialised; let it read a recording")
    kinds = {str(one.dtype) for one in net.parameters() if one.is_floating_point()}
    if kinds - {"torch.float32"}:
        raise InputError(f"model '{called}': its weights are {', '.join(kinds)}; give net.float()")
    task = task_of_classes(classes, multilabel=multilabel)
    named = _leads(leads, called)
    normalised = _normalisation(normalise, rate_hz, named)
    native_key = content_key(native) if native is not None else "none"
    layer = _path(net, cam_layer)
    key = content_key(net)
    try:
        inside: nn.Module = copy.deepcopy(net)
    except Exception as error:  # a module may hold anything
        raise InputError(f"model '{called}': its net cannot be copied ({error})") from error
    place = pick_device(device)
    inside.to(place).eval().requires_grad_(False)
    outside = inside
    if window_seconds is not None:
        step = window_seconds / 2 if step_seconds is None else step_seconds
        outside = _windowed(inside, called, layer, rate_hz, seconds, window_seconds, step, combine)
    if not isinstance(inside, Net):
        outside = _Logits(outside, task.outputs, called)
        layer = None if layer is None else f"net.{layer}"
    parts = (key, native_key, normalised.key())
    settings = (task, rate_hz, seconds, layer, window_seconds, step_seconds, combine)
    of_leads = () if named == LEADS else (named,)  # the twelve change no key of before
    model = Model(
        name=called,
        net=outside,
        task=task,
        rate_hz=float(rate_hz),
        seconds=float(seconds),
        leads=named,
        normalisation=normalised,
        device=place,
        content=None if None in parts else content_key([*parts, repr(settings + of_leads)]),
        new_net=None if isinstance(inside, EstimatorNet) else lambda: _fresh(outside),
        cam_layer_path=layer,
        generate=None if native is None else _generate(native),
        trained_on=PHYSIOLOGICAL if trained_on is None else SignalRange.of(trained_on),
    )
    if tried:
        try_net(model)
    return model


@final
class _Logits(nn.Module):
    """A net of which the logits are taken out of whatever it puts out."""

    def __init__(self, net: nn.Module, outputs: tuple[int, ...], name: str) -> None:
        super().__init__()
        self.net = net
        self.outputs = outputs
        self.name = name
        self.recurrent = any(isinstance(layer, nn.RNNBase) for layer in net.modules())

    def forward(self, z: Batch) -> Tensor:  # of what shape is checked when the net is tried
        # A net may turn its input into what has no gradient, and its weights have none.
        with gradients_without_cudnn(needed=self.recurrent and z.requires_grad):
            given = self.net(z.clone())  # which it may overwrite
        if isinstance(given, Tensor):
            return given.unsqueeze(1) if given.dim() == 1 and 1 in self.outputs else given
        found = given.values() if isinstance(given, Mapping) else given
        fitting = [
            one
            for one in (found if isinstance(found, Iterable) else ())
            if isinstance(one, Tensor) and one.dim() == 2 and one.shape[1] in self.outputs
        ]
        if len(fitting) != 1:
            raise InputError(
                f"model '{self.name}': its net puts out {type(given).__name__} with {len(fitting)} "
                "tensors that could be logits; wrap it in a module that returns them alone"
            )
        return fitting[0]


def _leads(given: Sequence[str], name: str) -> tuple[str, ...]:
    try:
        return tuple(check_leads([str(lead) for lead in given]))
    except ValueError as error:
        raise InputError(f"model '{name}': leads= {error}") from None


def _normalisation(
    given: str | Sequence[Step | Mapping[str, Any]] | Callable[[Tensor], Tensor],
    rate_hz: float,
    leads: tuple[str, ...],
) -> Normalisation:
    if callable(given) and not isinstance(given, Normalisation):
        return FromFunction(given, key=content_key(given))
    return normalisation(given, rate_hz=rate_hz, leads=leads)


def _path(net: nn.Module, layer: str | nn.Module | None) -> str | None:
    if layer is None or isinstance(layer, str):
        return layer
    for path, one in net.named_modules():
        if one is layer:
            return str(path)
    raise InputError("cam_layer is no layer of the net")


def net_inside(net: nn.Module) -> nn.Module:
    """A copy of the net that `wrap` was given, out of what `wrap` put around it."""
    while isinstance(net, _Logits | Windowed):
        net = net.net
    return net


def _windowed(
    net: nn.Module,
    name: str,
    layer: str | None,
    rate_hz: float,
    seconds: float,
    window_seconds: float,
    step_seconds: float,
    combine: Combine,
) -> Windowed:
    samples, step = round(window_seconds * rate_hz), round(step_seconds * rate_hz)
    if not 1 <= samples <= round(seconds * rate_hz) or step < 1:
        raise InputError(
            f"model '{name}': windows of {window_seconds:g} s every {step_seconds:g} s do not fit "
            f"recordings of {seconds:g} s"
        )
    if layer is not None or isinstance(net, NativeNet):
        raise InputError(
            f"model '{name}': a net that reads windows has no cam_layer and writes no weights of "
            "the whole recording"
        )
    return Windowed(net, samples=samples, step=step, combine=combine)


def _generate(
    native: str | Callable[[nn.Module, Batch], Generated],
) -> Callable[[nn.Module, Batch], Generated]:
    def generate(net: nn.Module, z: Batch) -> tuple[Tensor, Tensor]:
        inside = net.net if isinstance(net, _Logits) else net
        generated: tuple[Tensor, Tensor]
        generated = getattr(inside, native)(z) if isinstance(native, str) else native(inside, z)
        return generated

    return generate


def _fresh(net: nn.Module) -> nn.Module:
    """The net with every layer as its class initialises it; see `initialise`."""
    fresh = copy.deepcopy(net).cpu()
    for path, layer in fresh.named_modules():
        initialise(layer, seed_for(0, "", f"untrained {path}"))
    return fresh
