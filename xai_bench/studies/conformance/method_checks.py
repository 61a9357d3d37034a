"""Whether a method explains each recording by itself, and the class that it is asked about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.methods import Batch, Method
from xai_bench.methods.attribute import Explained, explain_batch, make_batch
from xai_bench.models import Model
from xai_bench.studies.conformance.finding import (
    Answer,
    not_asked,
    ok,
    problem,
    remark,
    worst_change,
)
from xai_bench.studies.conformance.shorter import beginnings
from xai_bench.types import Recordings

__all__ = ["METHOD_CHECKS", "ExaminedMethod"]

_ALIKE = 1e-3


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ExaminedMethod:
    """A method, a model that it can explain, and recordings."""

    method: Method
    model: Model
    recordings: Recordings
    seed: int

    def explain(
        self, recordings: Recordings, model: Model | None = None, target: str = "predicted"
    ) -> Explained:
        model = model or self.model
        batch = make_batch(model, recordings, target=target)
        return self._explain(model, batch, recordings.record_id)

    def _explain(self, model: Model, batch: Batch, record_id: Sequence[str]) -> Explained:
        return explain_batch(model, batch, [self.method], record_id, self.seed)[self.method.name]

    @cached_property
    def found(self) -> Explained:
        return self.explain(self.recordings)

    @property
    def values(self) -> Float[Tensor, "record lead time"]:
        return self.found.values


def applies(it: ExaminedMethod) -> Answer:
    evidence = it.recordings.evidence is not None
    if reason := it.method.unsupported(it.model, evidence=evidence):
        return problem(f"{reason} (model {it.model.name}); name another with --model")
    return ok(f"to {it.model.name}")


def output_shape(it: ExaminedMethod) -> Answer:
    found, wanted = tuple(it.values.shape), (len(it.recordings), *it.model.shape)
    if found != wanted:
        return problem(f"{found}; return (record, lead, time), which is {wanted} here")
    return ok(f"{found}")


def finite(it: ExaminedMethod) -> Answer:
    wrong = int((~it.values.isfinite().flatten(1).all(dim=1)).sum())
    if wrong:
        return problem(f"nan or inf for {wrong} of {len(it.values)} recordings")
    return ok()


def says_something(it: ExaminedMethod) -> Answer:
    silent = int((~it.values.flatten(1).any(dim=1)).sum())
    if silent and not it.method.control:
        return problem(f"zero everywhere for {silent} of {len(it.values)} recordings")
    return remark(f"zero everywhere for {silent} recordings") if silent else ok()


def alone_as_in_company(it: ExaminedMethod) -> Answer:
    rows = range(len(it.recordings))
    alone = torch.cat([it.explain(it.recordings[k : k + 1]).values for k in rows])
    change = worst_change(alone, it.values)
    if change > _ALIKE:
        return problem(
            f"a map depends on the others in its batch (by {change:.0%}); explain one recording "
            "after the other, seed draws by `batch.seeds`, and scale no map by a batch's maximum"
        )
    return ok(f"maps agree to {change:.1g}")


def repeatable(it: ExaminedMethod) -> Answer:
    change = worst_change(it.explain(it.recordings).values, it.values)
    if change > 1e-5:
        return problem(
            f"another map each time (by {change:.0%}); draw from `batch.seeds`, one a recording"
        )
    return ok("with the same seed")


def differs_between_recordings(it: ExaminedMethod) -> Answer:
    if len(it.values) < 2:
        return not_asked("there is one recording")
    same = worst_change(it.values[:-1], it.values[1:])
    if same < 1e-6:
        return remark("the same map for every recording, as of a linear model")
    return ok()


def follows_the_target(it: ExaminedMethod) -> Answer:
    classes = it.model.task.classes
    first, last = (
        it.explain(it.recordings, target=name).values for name in (classes[0], classes[-1])
    )
    change = worst_change(first, last)
    if change < 1e-6:
        text = f"the same map for {classes[0]} and {classes[-1]}"
        if it.method.control:
            return ok(f"{text}: a control explains no class")
        return problem(f"{text}; explain `target`, the class of each recording")
    if not (first + last).abs().max() > 1e-6 * first.abs().max():
        return ok(f"of {classes[0]} the negative of {classes[-1]}")
    return ok(f"maps of {classes[0]} and {classes[-1]} differ")


def keeps_its_promised_sum(it: ExaminedMethod) -> Answer:
    residual = it.found.residual
    if residual.isnan().all():
        return not_asked("it promises no sum")
    wrong = [why for why in it.found.flaws if why]
    if wrong:
        return problem(f"{len(wrong)} of {len(residual)} recordings: {wrong[0]}")
    return ok(f"residual {float(residual.nan_to_num().max()):.1g} at most")


def leaves_its_input_alone(it: ExaminedMethod) -> Answer:
    batch = make_batch(it.model, it.recordings, target="predicted")
    before, weights = batch.z.clone(), [p.clone() for p in it.model.net.parameters()]
    hooks = _hooks(it.model)
    it._explain(it.model, batch, it.recordings.record_id)
    if not torch.equal(before, batch.z):
        return problem("it writes into z; copy before changing it: z = z.clone()")
    after = list(it.model.net.parameters())
    if not all(torch.equal(a, b) for a, b in zip(weights, after, strict=True)):
        return problem("it changes the weights of the model; work on a copy")
    if _hooks(it.model) != hooks:
        return problem("it leaves hooks on the model; remove them: handle.remove()")
    if any(module.training for module in it.model.net.modules()):
        return problem("it leaves the model in training mode")
    return ok()


def _hooks(model: Model) -> int:
    kinds = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
    return sum(len(getattr(m, kind)) for m in model.net.modules() for kind in kinds)


def explains_shorter_recordings(it: ExaminedMethod) -> Answer:
    shorter = beginnings(it.recordings)
    model = replace(it.model, seconds=shorter.seconds)
    try:
        with torch.no_grad():
            model.net(model.normalise(torch.from_numpy(shorter.signal)))
    except Exception:
        return not_asked(f"{it.model.name} reads {it.model.seconds:g} s and no other length")
    found = it.explain(shorter, model=model).values
    if tuple(found.shape[1:]) != model.shape or not found.isfinite().all():
        return problem(
            f"no finite map of shape {model.shape} for recordings of {shorter.seconds:g} s"
        )
    return ok(f"{shorter.seconds:g} s")


METHOD_CHECKS: dict[str, Callable[[ExaminedMethod], Answer]] = {
    "applies": applies,
    "output shape": output_shape,
    "finite": finite,
    "says something": says_something,
    "alone as in company": alone_as_in_company,
    "repeatable": repeatable,
    "differs between recordings": differs_between_recordings,
    "follows the target": follows_the_target,
    "keeps its promised sum": keeps_its_promised_sum,
    "leaves its input alone": leaves_its_input_alone,
    "explains shorter recordings": explains_shorter_recordings,
}
"""Name -> question."""
