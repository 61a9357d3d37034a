"""Explain recordings: batches through a method, one attribution for each recording."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Float32, Int8, Int64
from torch import Tensor

from xai_bench.devices import ShortMemory, float32_policy, rows_of_a_pass
from xai_bench.errors import InputError, UnknownNameError
from xai_bench.generators import seed_tensor
from xai_bench.methods import (
    Batch,
    Method,
    Methods,
    explain_together,
    find_methods,
    method_key,
)
from xai_bench.methods.attribution_file import FACTS, attribution_file
from xai_bench.methods.base import Reads
from xai_bench.methods.given import GivenMethod
from xai_bench.methods.shared_pass import one_pass, shared_reads
from xai_bench.models import Model, check_model
from xai_bench.provenance import provenance
from xai_bench.randomness import seeds_for
from xai_bench.types import Attributions, Recordings, check_recordings, flaw, lead_places

__all__ = [
    "Explained",
    "attribute",
    "check_input",
    "check_target",
    "explain_batch",
    "make_batch",
    "recording_seeds",
]


@float32_policy()
def attribute(
    model: Model,
    recordings: Recordings,
    method: Methods,
    *,
    target: str = "predicted",
    seed: int = 0,
    out: str | Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Attributions:
    """Explain the log-odds of each recording's target.

    Passes that a method counts are of the explanation, whose log-odds are read from a pass of its
    own where it needs one forward pass: `native` of a class that is known costs one in all. To find
    the predicted class takes one more.

    method: a name, a Method, a function or a class of Captum, see `find_methods`.
    target: "predicted" (the class the model prefers), "label" (the true class, of several the
        first in the order of the task) or a class name.
    seed: with the record id, it seeds methods that draw.
    out: an NPY file for the values, which then need no memory: they are written as they come, and
        `values` is a map of the file. After an interruption the same call goes on where it was.
    progress: called with (recordings done, recordings in all).

    Of recordings with more leads than the model reads, its own are explained.

    Raises UnknownNameError, and InputError for a pair that cannot work, for recordings of another
    rate or length than the model reads or without its leads, and for labels that are not there.
    """
    check_model(model)
    check_recordings(recordings)
    methods = find_methods(method, recordings=recordings)
    if len(methods) != 1:
        raise InputError(f"attribute takes one method, not {len(methods)}; call it for each")
    (chosen,) = methods
    if reason := chosen.unsupported(model, evidence=recordings.evidence is not None):
        raise InputError(f"model '{model.name}': {reason}")
    check_input(model, recordings)
    count, shape = len(recordings), (len(recordings), *model.shape)
    rows = rows_of_a_pass(model.device, "recordings")

    memory = ShortMemory(f"attributions by '{chosen.name}'", model.device)

    def explained_rows(part: slice) -> tuple[Float32[np.ndarray, "..."], np.ndarray]:
        piece = recordings[part]
        batch = make_batch(model, piece, target=target)
        (one,) = explain_batch(model, batch, (chosen,), piece.record_id, seed).values()
        facts = np.empty(len(piece), FACTS)
        for name, known in (
            ("target", batch.target),
            ("log_odds", one.log_odds),
            ("residual", one.residual),
        ):
            facts[name] = known.cpu().numpy()
        return one.values.cpu().numpy(), facts

    def explained(begin: int) -> Iterator[tuple[int, Float32[np.ndarray, "..."], np.ndarray]]:
        for start in range(begin, count, rows):
            stop = min(start + rows, count)
            for part, found in memory.do(slice(start, stop), explained_rows):
                yield part.start, *found
            if progress:
                progress(stop, count)

    if out is None:
        values, facts = np.empty(shape, np.float32), np.empty(count, FACTS)
        for start, some, known in explained(0):
            values[start : start + len(some)], facts[start : start + len(some)] = some, known
    else:
        key = _key(model, recordings, chosen, target, seed)
        with attribution_file(Path(out), shape, key) as file:
            for start, some, known in explained(len(file.facts) // rows * rows):
                file.put(start, some, known)
            facts = file.facts
        # Copied on write, because torch wants arrays that could be written.
        values = np.load(out, mmap_mode="c")
    return Attributions(
        model=model.name,
        method=chosen.name,
        values=values,
        target=facts["target"].copy(),
        log_odds=facts["log_odds"].copy(),
        residual=facts["residual"].copy(),
    )


def _key(
    model: Model, recordings: Recordings, method: Method, target: str, seed: int
) -> str | None:
    """Of all that attributions depend on, to the last bit; None where it cannot be known."""
    content = method_key(method)
    if model.content is None or content is None:
        return None
    facts = provenance(model.device)
    machine = {name: facts[name] for name in ("git_commit", "packages", "device", "threads")}
    asked = (model.content, recordings.fingerprint(), method.name, content, target, seed)
    return sha256(repr((asked, machine)).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explained:
    """What one method says about a batch."""

    values: Float32[Tensor, "record lead time"]
    log_odds: Float32[Tensor, " record"]
    """m(z), the same for all methods."""
    residual: Float32[Tensor, " record"]
    """As in `Attributions`."""

    @property
    def flaws(self) -> tuple[str, ...]:
        """Why an attribution must not be scored, or "": it misses the sum that was promised, or
        there is no finite m(z) to explain."""
        return tuple(map(flaw, self.log_odds.tolist(), self.residual.tolist()))


def recording_seeds(
    seed: int, record_id: Sequence[str], device: torch.device
) -> Int64[Tensor, " record"]:
    """`Batch.recording_seeds` of a run with this seed."""
    return seed_tensor(seeds_for(seed, record_id, "recording"), device)


@float32_policy()
def explain_batch(
    model: Model,
    batch: Batch,
    methods: Iterable[Method],
    record_id: Sequence[str],
    seed: int,
) -> dict[str, Explained]:
    """Explain a batch with several methods, by name.

    Methods that need one pass share it, and the log-odds are read from it too.
    record_id: a method that draws draws afresh for each of them (and `seed`); so does the net
        before training of `METHOD@untrained`, unless the batch has `recording_seeds`.
    """
    chosen = list(methods)
    if batch.recording_seeds is None:
        batch = replace(batch, recording_seeds=recording_seeds(seed, record_id, batch.z.device))
    passed = one_pass(model, batch, {Reads.LOG_ODDS, *shared_reads(chosen)})
    log_odds = passed[Reads.LOG_ODDS].float()

    def seeds(method: Method) -> tuple[int, ...]:
        return seeds_for(seed, record_id, method.name)

    explaining = [method for method in chosen if not isinstance(method, GivenMethod)]
    found = explain_together(model, batch, explaining, seeds, passed)
    explained = {}
    for method in chosen:
        if isinstance(method, GivenMethod):
            values, residual = method.of(record_id, batch.target)
            explained[method.name] = Explained(values=values, log_odds=log_odds, residual=residual)
            continue
        values = found[method.name]
        residual = torch.full_like(values[:, 0, 0], torch.nan)
        with torch.inference_mode():
            # A baseline that is drawn is drawn again.
            total = method.total(model, replace(batch, seeds=seeds(method)), passed)
            if total is not None:
                residual = _residual(values, total, passed[Reads.LOG_ODDS])
        explained[method.name] = Explained(
            values=values.float(),
            log_odds=log_odds,
            residual=residual.float(),
        )
    return explained


def _residual(
    values: Float[Tensor, "record lead time"],
    promised: Float[Tensor, " record"],
    log_odds: Float[Tensor, " record"],
) -> Float[Tensor, " record"]:
    """As in `Attributions`; infinite for an attribution that is not finite."""
    values = values.double()
    missed = (values.sum(dim=(1, 2)) - promised.double()).abs()
    sizes = promised.abs(), values.abs().sum(dim=(1, 2)) / 100, log_odds.abs() / 1000
    size = torch.stack([one.double() for one in sizes]).amax(dim=0)
    return torch.where(missed == 0, 0, missed / size).nan_to_num(nan=torch.inf, posinf=torch.inf)


def make_batch(model: Model, recordings: Recordings, *, target: str) -> Batch:
    """Normalise recordings and settle what is to be explained.

    Where the waves of the recordings are not known they are delineated, once something needs them.
    """
    recordings = recordings.of_leads(model.leads)
    millivolt = torch.from_numpy(recordings.signal)
    z = model.normalise(millivolt)
    evidence, difference = recordings.evidence, recordings.difference

    @cache
    def find_waves() -> Int8[Tensor, "record time"]:
        from xai_bench.data.delineate import waves_of  # scipy.signal is slow to import

        return torch.from_numpy(np.array(waves_of(recordings))).to(z.device)

    return Batch(
        z=z,
        target=_targets(model, recordings, z, target),
        leads=model.leads,
        evidence=None if evidence is None else torch.from_numpy(np.array(evidence)).to(z.device),
        twin=None
        if difference is None
        else z - model.rescale(torch.from_numpy(difference), millivolt),
        find_waves=find_waves,
    )


def check_input(model: Model, recordings: Recordings) -> None:
    """Raises InputError for recordings of another rate or length than the model reads, or without
    its leads."""
    lead_places(
        model.leads, recordings.leads, who=f"model '{model.name}' reads", data=recordings.name
    )
    # Of 7.8 s at 77 Hz there are 601 samples, which are 7.805 s: samples are compared.
    if (recordings.rate_hz, recordings.microvolt.shape[2]) != (model.rate_hz, model.samples):
        raise InputError(
            f"model '{model.name}' reads {model.seconds:g} s at {model.rate_hz:g} Hz, these "
            f"recordings have {recordings.seconds:g} s at {recordings.rate_hz:g} Hz; load them "
            "with load_data(rate_hz=, seconds=)"
        )


def check_target(model: Model, target: str) -> None:
    """Raises UnknownNameError for a target that `model` does not know."""
    known = ["predicted", "label", *model.task.classes]
    if target not in known:
        raise UnknownNameError("target", target, known)


def _targets(
    model: Model, recordings: Recordings, z: Float[Tensor, "record lead time"], target: str
) -> Int64[Tensor, " record"]:
    check_target(model, target)
    if target == "predicted":
        return model.predicted(z)
    if target == "label":
        if recordings.labels is None:
            raise InputError(
                f"target 'label' needs labels, and dataset '{recordings.name}' has none; "
                "use target 'predicted'"
            )
        known = [model.task.label(labels) for labels in recordings.labels]
        if None in known:
            record_id = recordings.record_id[known.index(None)]
            raise InputError(
                f"target 'label': recording {record_id} is not in task {model.task.name}, "
                f"which knows {', '.join(model.task.classes)}; use target 'predicted'"
            )
        return torch.tensor(known, dtype=torch.int64, device=z.device)
    named = model.task.classes.index(target)
    return torch.full((len(z),), named, dtype=torch.int64, device=z.device)
