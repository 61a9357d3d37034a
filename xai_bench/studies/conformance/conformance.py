"""Is a user's own model, method or metric fit to be benchmarked? All that is wrong, at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, final

from torch import nn

from xai_bench.data import load_data
from xai_bench.devices import float32_policy
from xai_bench.errors import DatasetError, InputError
from xai_bench.methods import Method, find_methods
from xai_bench.methods.method_objects import Methods
from xai_bench.models import Model
from xai_bench.models.wrap import wrap
from xai_bench.scoring import Metrics, find_metrics
from xai_bench.scoring.model_quality import EVALUATED
from xai_bench.studies.base import Inputs
from xai_bench.studies.conformance.finding import Answer, Check, Finding, ok
from xai_bench.studies.conformance.method_checks import METHOD_CHECKS, ExaminedMethod
from xai_bench.studies.conformance.metric_checks import METRIC_CHECKS, ExaminedMetric, known_net
from xai_bench.studies.conformance.model_checks import MODEL_CHECKS, ExaminedModel
from xai_bench.types import Progress, Recordings, silent
from xai_bench.zoo import Zoo

__all__ = ["Conformance", "check", "checks"]

_LOADS = "loads"
_FIRST = (_LOADS, "output shape", "applies", "one number a recording")
"""Where one of these is broken nothing else can be asked."""

_TRIED_ON = ("resnet1d", "imn", "imn-categorical", "xresnet1d")
"""A method is tried on the first of these models that it can explain, where none is named."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Conformance:
    """What checks found."""

    kind: str
    """model, method or metric."""
    name: str
    findings: tuple[Finding, ...]

    @property
    def problems(self) -> tuple[Finding, ...]:
        """What is to be mended."""
        return tuple(one for one in self.findings if one.status == "problem")


@float32_policy()
def check(
    *,
    model: str | Path | Model | nn.Module | None = None,
    method: Methods | None = None,
    metric: Metrics | None = None,
    data: str | Path | Recordings = "synthetic",
    n: int = 6,
    seed: int = 0,
    device: str | None = None,
    zoo: Zoo | None = None,
    progress: Progress | None = None,
    **wrapping: Any,
) -> Conformance:
    """Ask a model, a method or a metric all that scores of it take for granted.

    >>> xb.check(model=net, classes=["NORM", "MI"], rate_hz=500).problems

    model: a name, a folder, a Model, or any torch module with what `wrap` is told of it.
    method, metric: one, as `run` takes it. With a method, `model` is what it is tried on.
    data, n: recordings that are explained; a model is evaluated on more, where there are.
    progress: called with (what is being done, steps done, steps in all).

    Raises InputError unless one thing is asked about.
    """
    progress = progress or silent
    found: list[Finding] = []
    kind, name, asked = _asked(model, method, metric, data, n, seed, device, zoo, wrapping)
    for done, one in enumerate(asked):
        progress(f"checking {name}: {one.name}", done, len(asked))
        problems = (before.name for before in found if before.status == "problem")
        broken = next((name for name in problems if name in _FIRST), None)
        if broken is not None:
            found.append(Finding(name=one.name, status="not asked", text=f"'{broken}' comes first"))
            continue
        found.append(one.find())
    progress(f"checking {name}: done", len(asked), len(asked))
    return Conformance(kind=kind, name=name, findings=tuple(found))


def checks(
    *,
    model: str | Path | Model | nn.Module | None = None,
    method: Methods | None = None,
    metric: Metrics | None = None,
    data: str | Path | Recordings = "synthetic",
    n: int = 6,
    seed: int = 0,
    device: str | None = None,
    zoo: Zoo | None = None,
    **wrapping: Any,
) -> list[Check]:
    """The same questions as named callables, for pytest; nothing is loaded before the first.

    >>> @pytest.mark.parametrize("check", xb.checks(model="mine"), ids=str)
    ... def test_my_model(check):
    ...     check()

    A call raises AssertionError with what to mend, and is skipped where it cannot be asked.
    """
    return _asked(model, method, metric, data, n, seed, device, zoo, wrapping)[2]


def _asked(
    model: str | Path | Model | nn.Module | None,
    method: Methods | None,
    metric: Metrics | None,
    data: str | Path | Recordings,
    n: int,
    seed: int,
    device: str | None,
    zoo: Zoo | None,
    wrapping: dict[str, Any],
) -> tuple[str, str, list[Check]]:
    """The kind and name of what is asked about, and the questions."""
    if (method is None) == (metric is None) and (method is not None or model is None):
        raise InputError("check one thing: model=, method= (and the model to try it on) or metric=")
    if metric is not None and model is not None:
        raise InputError("a metric is tried on a net of its own; leave model= out")
    if wrapping and not isinstance(model, nn.Module):
        raise InputError(f"{', '.join(wrapping)}: only of a torch module that is to be wrapped")
    inputs = Inputs(data=data, n=n, seed=seed, device=device, zoo=zoo or Zoo())

    @cache
    def loaded() -> Model:
        if isinstance(model, nn.Module):
            return wrap(model, **{"device": device, **wrapping}, tried=False)
        assert model is not None
        return inputs.model(model)

    if method is not None:
        chosen = method
        subject = cache(lambda: _method(chosen, loaded if model is not None else None, inputs))
        name = _called(method)
        return "method", name, _questions(subject, METHOD_CHECKS)
    if metric is not None:
        scored = metric
        return (
            "metric",
            _called(metric),
            _questions(cache(lambda: _metric(scored, inputs)), METRIC_CHECKS),
        )
    name = wrapping.get("name") or _called(model)
    return "model", str(name), _questions(cache(lambda: _model(loaded(), inputs)), MODEL_CHECKS)


def _questions(
    subject: Callable[[], Any], questions: dict[str, Callable[[Any], Answer]]
) -> list[Check]:
    def loads() -> Answer:
        subject()
        return ok()

    def asked(question: Callable[[Any], Answer]) -> Callable[[], Answer]:
        return lambda: question(subject())

    first = Check(name=_LOADS, ask=loads)
    return [first, *(Check(name=name, ask=asked(one)) for name, one in questions.items())]


def _called(given: Any) -> str:
    if isinstance(given, str | Path):
        return str(given)
    if isinstance(given, dict) and len(given) == 1:
        return str(next(iter(given)))
    own = getattr(given, "name", None) or getattr(given, "__name__", None)
    return own if isinstance(own, str) else type(given).__name__.lower()


def _model(model: Model, inputs: Inputs) -> ExaminedModel:
    return ExaminedModel(
        model=model,
        recordings=_recordings(model, inputs),
        evaluated=_recordings(model, inputs, at_least=EVALUATED),
    )


def _recordings(model: Model, inputs: Inputs, at_least: int = 0) -> Recordings:
    """Of the model's classes, or else any: what they are is no part of most questions."""
    try:
        return inputs.recordings(model, at_least=at_least)
    except DatasetError:
        if inputs.n is None:
            raise
        return load_data(
            inputs.given or inputs.data,
            n=max(inputs.n, at_least),
            seed=inputs.seed,
            rate_hz=model.rate_hz,
            seconds=model.seconds,
            leads=model.leads,
        )


def _method(given: Methods, loaded: Callable[[], Model] | None, inputs: Inputs) -> ExaminedMethod:
    found = find_methods(given, inputs.zoo)
    if len(found) != 1:
        raise InputError(f"check one method at a time, not {len(found)}")
    (method,) = found
    model = loaded() if loaded else _explained_by(method, inputs)
    return ExaminedMethod(
        method=method, model=model, recordings=_recordings(model, inputs), seed=inputs.seed
    )


def _explained_by(method: Method, inputs: Inputs) -> Model:
    for name in _TRIED_ON:
        model = inputs.model(name)
        if method.unsupported(model, evidence=True) is None:
            return model
    return inputs.model(_TRIED_ON[0])


def _metric(given: Metrics, inputs: Inputs) -> ExaminedMetric:
    found = find_metrics(given, inputs.zoo)
    if len(found) != 1:
        raise InputError(f"check one metric at a time, not {len(found)}")
    recordings = _recordings(known_net(100.0, 10.0), inputs)
    return ExaminedMetric(metric=found[0], recordings=recordings, seed=inputs.seed)
