"""Whether a model can be explained at all: what every method and metric takes for granted."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor

from xai_bench.methods import METHODS
from xai_bench.models import Model
from xai_bench.models.finite import check_finite
from xai_bench.nets.base import Batch, PredictOnly
from xai_bench.scoring.model_quality import LEAST_AUROC, labelled, measure_quality
from xai_bench.stats import FEWEST_PATIENTS
from xai_bench.studies.conformance.finding import (
    Answer,
    not_asked,
    ok,
    problem,
    remark,
    worst_change,
)
from xai_bench.types import Recordings

__all__ = ["MODEL_CHECKS", "ExaminedModel"]

_ALIKE = 1e-3
"""Relative change that float32 and another order of sums explain."""

_SURE = 0.75
"""Probability from which an answer is one of confidence."""

_NOISES = 16
_PASSES = 5
"""Dropout of a logit in ten may leave all of a few recordings as they were, once."""

_RESTLESS = "'repeatable' comes first"


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class ExaminedModel:
    """A model, and recordings in the form that it reads."""

    model: Model
    recordings: Recordings
    """A few, for passes."""
    evaluated: Recordings
    """More, for whether it classifies."""

    @cached_property
    def millivolt(self) -> Batch:
        return torch.from_numpy(self.recordings.signal)

    @cached_property
    def z(self) -> Batch:
        return self.model.normalise(self.millivolt)

    @cached_property
    def predict_only(self) -> str:
        """Why it has no gradient and needs none, or ""."""
        net = self.model.net
        return net.no_gradient if isinstance(net, PredictOnly) else ""

    @torch.no_grad()
    def logits(self, z: Batch) -> Tensor:
        found: Tensor = self.model.net(z)
        return found

    @cached_property
    def unrest(self) -> float:
        """By how much answers to the same recordings differ, of several passes."""
        first = self.logits(self.z)
        return max(worst_change(first, self.logits(self.z)) for _ in range(_PASSES))

    def saliency(self, z: Batch) -> Float[Tensor, "record lead time"]:
        """dm/dz of the last class."""
        z = z.detach().clone().requires_grad_()
        with torch.enable_grad():
            total = self.model.log_odds(z, len(self.model.task.classes) - 1).sum()
            (gradient,) = torch.autograd.grad(total, z, allow_unused=True)
        return torch.zeros_like(z) if gradient is None else gradient


def weights_are_finite(it: ExaminedModel) -> Answer:
    check_finite(it.model, "the net")
    parameters = sum(p.numel() for p in it.model.net.parameters())
    return ok(f"{parameters:,} parameters" if parameters else "of a classifier they are not seen")


def output_shape(it: ExaminedModel) -> Answer:
    found, wanted = tuple(it.logits(it.z).shape), it.model.task.outputs
    if len(found) != 2 or found[0] != len(it.z) or found[1] not in wanted:
        needed = " or ".join(map(str, wanted))
        return problem(
            f"{found} for {len(it.z)} recordings; return logits (record, output) with {needed} "
            f"outputs for the classes {', '.join(it.model.task.classes)}"
        )
    plural = "s" * (found[1] > 1)
    return ok(f"{found[1]} logit{plural} for {len(it.model.task.classes)} classes")


def answers_are_finite(it: ExaminedModel) -> Answer:
    finite = it.logits(it.z).isfinite().all(dim=1)
    if not finite.all():
        pairs = zip(it.recordings.record_id, finite.tolist(), strict=True)
        ids = [name for name, good in pairs if not good]
        return problem(
            f"nan or inf for {len(ids)} of {len(finite)} recordings ({', '.join(ids[:3])}); look "
            "for a division by zero or a logarithm of 0"
        )
    return ok()


def repeatable(it: ExaminedModel) -> Answer:
    change = it.unrest
    training = [path or "the net" for path, m in it.model.net.named_modules() if m.training]
    if change > _ALIKE:
        return problem(
            f"the same recording has another answer each time (by {change:.0%}); dropout that is "
            "on in evaluation (F.dropout without training=self.training) or a draw in forward"
        )
    if training:
        return problem(f"in training mode: {', '.join(training[:3])}; do not override eval()")
    return ok()


def alone_as_in_company(it: ExaminedModel) -> Answer:
    if len(it.z) < 2:
        return not_asked("one recording has no company")
    if it.unrest > _ALIKE:
        return not_asked(_RESTLESS)
    alone = torch.cat([it.logits(it.z[k : k + 1]) for k in range(len(it.z))])
    answers = worst_change(alone, it.logits(it.z))
    if it.predict_only:
        if answers > _ALIKE:
            return problem(
                f"what it says of a recording depends on the others in its batch (logits by "
                f"{answers:.0%}); it must read each by itself"
            )
        return ok(f"logits move by {answers:.1g}")
    maps = worst_change(
        torch.cat([it.saliency(it.z[k : k + 1]) for k in range(len(it.z))]), it.saliency(it.z)
    )
    if answers <= _ALIKE < maps and _alike_in_float64(it):
        return remark(
            f"saliency moves by {maps:.0%} and not in float64: a maximum of values that are nearly "
            "equal, as of max pooling, where rounding chooses and gradients jump"
        )
    if max(answers, maps) > _ALIKE:
        return problem(
            f"what it says of a recording depends on the others in its batch (logits by "
            f"{answers:.0%}, saliency by {maps:.0%}); a batch norm with batch statistics wants "
            "track_running_stats=True, anything else must not mix recordings"
        )
    return ok(f"saliency moves by {maps:.1g}")


def _alike_in_float64(it: ExaminedModel) -> bool:
    """Whether gradients of a recording alone are those in company where nothing is rounded."""
    exact = it.model.with_net(copy.deepcopy(it.model.net).double())
    z = it.z.double()
    in_double = replace(it, model=exact)
    try:
        alone = torch.cat([in_double.saliency(z[k : k + 1]) for k in range(len(z))])
        return worst_change(alone, in_double.saliency(z)) <= _ALIKE
    except RuntimeError:  # such as of a net that makes float32 itself
        return False


def float32_as_float64(it: ExaminedModel) -> Answer:
    if it.unrest > _ALIKE:
        return not_asked(_RESTLESS)
    try:
        net = copy.deepcopy(it.model.net).cpu().double()
        with torch.no_grad():
            exact: Tensor = net(it.z.cpu().double())
    except Exception as error:
        said = " ".join(str(error).split())[:120]
        return not_asked(f"the net does not run in float64 ({said})")
    change = worst_change(exact, it.logits(it.z).cpu())
    if change > 1e-2:
        return problem(
            f"the logits differ by {change:.1%} in float64: sums of very large and very small "
            "numbers; scale what the net reads"
        )
    return ok(f"logits agree to {change:.1g}")


def cpu_as_cuda(it: ExaminedModel) -> Answer:
    if not torch.cuda.is_available():
        return not_asked("no CUDA device here")
    if it.unrest > _ALIKE:
        return not_asked(_RESTLESS)
    here, there = (it.model.on(torch.device(place)) for place in ("cpu", "cuda"))
    with torch.no_grad():
        one, other = (m.net(m.normalise(it.millivolt)).cpu() for m in (here, there))
    change = worst_change(one, other)
    if change > 1e-2:
        return problem(
            f"the logits differ by {change:.1%}; look for tensors made in forward on a fixed device"
        )
    return ok(f"logits agree to {change:.1g}")


def gradients_reach_the_input(it: ExaminedModel) -> Answer:
    if it.predict_only:
        return remark(f"none: {it.predict_only}; methods that need one are skipped")
    gradient = it.saliency(it.z)
    without = int((~gradient.flatten(1).any(dim=1)).sum())
    if not gradient.isfinite().all():
        return problem("some are nan or inf; look for sqrt, log or a division at 0")
    if without:
        return problem(
            f"none for {without} of {len(gradient)} recordings; detach(), .data, numpy, no_grad() "
            "or argmax in forward cut them off, and methods of gradients would say nothing"
        )
    flat = int((~gradient.any(dim=2).any(dim=0)).sum())
    return remark(f"{flat} leads never have one") if flat else ok()


def normalisation_is_differentiable(it: ExaminedModel) -> Answer:
    drawn = torch.Generator().manual_seed(1)
    x = it.millivolt.clone().requires_grad_()
    with torch.enable_grad():
        z = it.model.normalise(x)
        weight = torch.randn(z.shape, generator=drawn).to(z)
        if not z.requires_grad:
            return problem(
                "normalise= cuts gradients off (numpy, detach); write it with torch: stability of "
                "an explanation is asked of millivolt"
            )
        (gradient,) = torch.autograd.grad((weight * z).sum(), x)
    # A hundredth of each lead: a z-score of a lead that is nearly flat bends within less.
    size = it.millivolt.std(dim=-1, keepdim=True).clamp_min(1e-6)
    step = 1e-2 * size * torch.randn(x.shape, generator=drawn)
    with torch.no_grad():
        ahead, behind = (it.model.normalise(x + s * step) for s in (1, -1))
    literal = ((weight * (ahead - behind)).double().sum(dim=(1, 2)) / 2).cpu()
    foretold = (gradient.cpu() * step).double().sum(dim=(1, 2))
    missed = float(((literal - foretold).abs() / literal.abs().max().clamp_min(1e-9)).max())
    if missed > 0.05:
        return problem(f"its gradient misses a finite difference by {missed:.0%}")
    return ok(f"gradient agrees with a finite difference to {missed:.1g}")


@torch.no_grad()
def normalisation_is_frozen(it: ExaminedModel) -> Answer:
    drawn = torch.Generator().manual_seed(2)
    one, other = (0.1 * torch.randn(it.millivolt.shape, generator=drawn) for _ in range(2))

    def rescale(difference: Batch) -> Batch:
        return it.model.rescale(difference, it.millivolt)

    both = worst_change(rescale(one + 2 * other), rescale(one) + 2 * rescale(other))
    if both > _ALIKE or rescale(0 * one).any():
        return problem(
            f"a difference is not carried over linearly (by {both:.1%}), so statistics of the "
            "recording are not frozen while samples are taken out"
        )
    return ok("differences are carried over linearly")


@torch.no_grad()
def normalisation_alone_as_in_company(it: ExaminedModel) -> Answer:
    rows = range(len(it.millivolt))
    alone = torch.cat([it.model.normalise(it.millivolt[k : k + 1]) for k in rows])
    change = worst_change(alone, it.z)
    if change > _ALIKE:
        return problem(
            f"it mixes recordings of a batch (by {change:.0%}); take statistics over dim=-1 or "
            "(1, 2), and not over dim 0"
        )
    return ok()


@torch.no_grad()
def native_weights_are_the_net(it: ExaminedModel) -> Answer:
    if not it.model.is_native:
        return not_asked("it writes no weights of its own")
    if not it.model.linear_in_logits:
        return not_asked("the log-odds of exclusive classes are not linear in its logits")
    target = len(it.model.task.classes) - 1
    W, b = it.model.native(it.z, target)
    m = it.model.log_odds(it.z, target)
    missed = float(((W * it.z).sum(dim=(1, 2)) + b - m).abs().max() / m.abs().max().clamp_min(1))
    if missed > _ALIKE:
        return problem(f"sum of W * z, plus b, misses the log-odds by {missed:.1%}")
    return ok(f"sum of W * z, plus b, is the log-odds to {missed:.1g}")


@torch.no_grad()
def truth_is_the_net(it: ExaminedModel) -> Answer:
    if not it.model.is_known:
        return not_asked("its exact attribution is not known")
    target = len(it.model.task.classes) - 1
    change = it.model.log_odds(it.z, target) - it.model.log_odds(torch.zeros_like(it.z), target)
    apart = (it.model.truth(it.z, target).sum(dim=(1, 2)) - change).abs().max()
    missed = float(apart / change.abs().max().clamp_min(1))
    if missed > _ALIKE:
        return problem(
            f"the truth misses the log-odds less those of the zero recording by {missed:.1%}"
        )
    return ok(f"the truth is the log-odds less those of the zero recording, to {missed:.1g}")


def methods_apply(it: ExaminedModel) -> Answer:
    evidence = it.recordings.evidence is not None
    wanted = [method for method in METHODS.values() if not method.control]
    reasons: dict[str, list[str]] = {}
    for method in wanted:
        if reason := method.unsupported(it.model, evidence=evidence):
            reasons.setdefault(reason.removeprefix(f"{method.name} "), []).append(method.name)
    able = len(wanted) - sum(map(len, reasons.values()))
    text = "; ".join(
        [f"{able} of {len(wanted)}"]
        + [f"not {', '.join(names)}: {reason}" for reason, names in reasons.items()]
    )
    return ok(text) if able else problem(text)


def classifies(it: ExaminedModel) -> Answer:
    if it.model.is_known:
        return not_asked("a known net judges explanations and is no classifier")
    if it.evaluated.labels is None:
        return not_asked("the recordings have no labels")
    known, _ = labelled(it.evaluated, it.model.task)
    quality = measure_quality(it.model, it.evaluated)
    if quality.verdict == "unknown":
        return not_asked(
            f"{len(known)} recordings of {len(set(known.patient_id))} patients have labels of its "
            f"classes; {FEWEST_PATIENTS} patients, some of each class, are needed"
        )
    text = f"{quality.text} on {quality.n} recordings"
    if quality.verdict == "unreliable":
        return problem(
            f"{text}: the interval reaches below {LEAST_AUROC:g}, and explanations of such a model "
            "are not ranked; check classes (their order), leads, units and normalise"
        )
    return ok(text)


@torch.no_grad()
def doubts_what_is_no_ecg(it: ExaminedModel) -> Answer:
    drawn = torch.Generator().manual_seed(3)
    noise = 0.3 * torch.randn(_NOISES, *it.model.shape, generator=drawn)
    flat = torch.zeros(1, *it.model.shape)
    said = []
    for what, millivolt in (("white noise", noise), ("a flat line", flat)):
        odds = it.model.column_log_odds(it.model.normalise(millivolt))
        if not odds.isfinite().all():
            return problem(f"its answer to {what} is nan or inf; guard the division in normalise=")
        names = it.model.task.columns
        p = odds.sigmoid().median(dim=0).values
        if len(names) == 1:  # the other class of a binary task
            names, p = it.model.task.classes, torch.cat([1 - p, p])
        most = int(p.argmax())
        said.append((float(p[most]), f"{what} is {names[most]}, P = {float(p[most]):.2f}"))
    text = "; ".join(line for _, line in said)
    if max(p for p, _ in said) >= _SURE:
        return remark(
            f"{text}: it is sure of what is no ECG; run and explain say where one is none"
        )
    return ok(text)


@torch.no_grad()
def training_made_a_difference(it: ExaminedModel) -> Answer:
    if it.model.new_net is None:
        return not_asked("it was fitted elsewhere, so @untrained controls cannot be made")
    try:
        untrained = it.model.untrained
    except Exception as error:
        said = " ".join(str(error).split())[:120]
        return not_asked(f"the net cannot be made anew ({said}), so @untrained controls cannot be")
    change = worst_change(it.logits(it.z), untrained.net(it.z))
    if change < _ALIKE:
        return problem("an untrained net gives the same answers: are these trained weights?")
    return ok(f"answers of an untrained net differ by {change:.0%}")


def scores_can_be_found_again(it: ExaminedModel) -> Answer:
    if not it.model.reusable:
        return remark(
            "what its scores depend on cannot be known, so they are never reused; give the net and "
            "normalise= as modules and functions of a file (trees of scikit-learn hide theirs)"
        )
    return ok()


MODEL_CHECKS: dict[str, Callable[[ExaminedModel], Answer]] = {
    "weights are finite": weights_are_finite,
    "output shape": output_shape,
    "answers are finite": answers_are_finite,
    "repeatable": repeatable,
    "alone as in company": alone_as_in_company,
    "float32 as float64": float32_as_float64,
    "CPU as CUDA": cpu_as_cuda,
    "gradients reach the input": gradients_reach_the_input,
    "normalisation is differentiable": normalisation_is_differentiable,
    "normalisation is frozen": normalisation_is_frozen,
    "normalisation alone as in company": normalisation_alone_as_in_company,
    "native weights are the net": native_weights_are_the_net,
    "truth is the net": truth_is_the_net,
    "methods apply": methods_apply,
    "classifies": classifies,
    "doubts what is no ECG": doubts_what_is_no_ecg,
    "training made a difference": training_made_a_difference,
    "scores can be found again": scores_can_be_found_again,
}
"""Name -> question."""
