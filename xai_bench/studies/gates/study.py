"""The study of gates: what they say of channels, beside what channels do."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, final

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Int
from torch import Tensor

from xai_bench.data import Length
from xai_bench.devices import float32_policy, rows_of_a_pass
from xai_bench.errors import InputError
from xai_bench.generators import permutations, seed_tensor
from xai_bench.methods.attribute import check_input, make_batch
from xai_bench.methods.base import Batch
from xai_bench.models import Model
from xai_bench.nets.channel_gates import GatedBlock
from xai_bench.randomness import seed_for, seeds_for
from xai_bench.results.study_tables import Schema, StudyResult
from xai_bench.stats import (
    auroc,
    auroc_difference_interval,
    auroc_interval,
    statistic,
    statistic_interval,
)
from xai_bench.stats.correlation import spearman
from xai_bench.studies.base import Inputs, Models, training_remarks
from xai_bench.studies.gates.channel_effects import (
    gradient_times_maps,
    log_odds_with,
    removal_effects,
)
from xai_bench.types import Progress, Recordings, silent
from xai_bench.workers import one_thread, only_here
from xai_bench.zoo import Zoo

__all__ = [
    "ALL_BLOCKS",
    "AUROCS",
    "GATES",
    "MEASURES",
    "SAYERS",
    "SCHEMA",
    "UNTRAINED",
    "gates",
]

ALL_BLOCKS = "all"
AUROCS = ("own", "mean", "own less mean")
GATES = "gates"
OTHER, SIZE, REMOVAL = "gates of another recording", "size of the map", "removal"
_SHUFFLED, _GATED_SIZE, _GRADIENT = "shuffled gates", "gates times size", "gradient times map"
UNTRAINED = "gates of the untrained net"
SAYERS = (GATES, OTHER, _SHUFFLED, SIZE, _GATED_SIZE, _GRADIENT, UNTRAINED)
"""What may say which channels matter. Size: the mean of |map| over time, before the gates."""

MEASURES = {
    "agreement": "mean over recordings of Spearman's correlation, over the channels of a block, of "
    "what is said (first) with the absolute effect on the log-odds (second): of a removal, which "
    "sets the gate of a channel to zero, or of gradient times map; of the untrained net with its "
    "own removals",
    "gain": "the correlation of the gates with removals less that of what else is said (first)",
    "deviation": "mean over the recordings of a class (first) of the mean square deviation of "
    "gates from their mean over all recordings, of the net or before its training (second)",
    "between": "share of the variance of gates that is between recordings, and not between "
    "channels, of the net or before its training (second)",
    "log_odds": "mean absolute change of the log-odds when the gates of a block become their means "
    "over all recordings",
    "channel": "mean absolute change of the log-odds when one channel is removed",
    "auroc": "with the recording's own gates, with the means of gates in all blocks, and the first "
    "less the second",
}
"""By name: what an estimate is."""

SCHEMA = Schema(
    stem="gates",
    keys=dict.fromkeys(("model", "block", "measure", "first", "second"), "str"),
    facts={"models": list},
    mend="make one: xai-bench gates sevgg-lstm",
)

PerRecording = Float[np.ndarray, " record"]


@float32_policy()
def gates(
    what: Models,
    *,
    data: str | Path | Recordings = "synthetic",
    n: int | None = 128,
    split: str = "test",
    fold: int | Collection[int] | None = None,
    seed: int = 0,
    device: str | None = None,
    length: Length = "exact",
    labels: str | Path | None = None,
    gain: float | None = None,
    zoo: Zoo | None = None,
    progress: Progress | None = None,
) -> StudyResult:
    """Ask nets with gates on their channels whether gates say which channels matter.

    what: models by name or folder, or what `wrap` and `load_model` return; nets with a
        `ChannelGate`.
    data: as in `run`, with labels: the explained class is the true one.
    n: recordings, classes in turn; None for all of the split.
    labels, gain, length: see `load_data`.

    On a CPU by one thread. Raises InputError for a net without gates and for recordings of one
    patient, and XaiBenchError for a model that cannot be had.
    """
    inputs = Inputs(
        data=data,
        n=n,
        split=split,
        fold=fold,
        seed=seed,
        device=device,
        length=length,
        labels=labels,
        gain=gain,
        zoo=zoo or Zoo(),
        progress=only_here(progress or silent),
    )
    models = inputs.models(what)
    for model in models:
        if not model.is_gated:
            raise InputError(
                f"model '{model.name}' has no gates on its channels; ask for one that has, such as "
                "sevgg-lstm"
            )
    used = {model.name: inputs.recordings(model) for model in models}
    rows: list[dict[str, Any]] = []
    with one_thread(on_cpu=all(model.device.type == "cpu" for model in models)):
        for model in models:
            asked = _Asked(model, used[model.name], inputs.seed)
            rows += [{"model": model.name} | row for row in _rows(asked, inputs.progress)]
    facts = inputs.facts(models[0].device, used)
    return StudyResult(
        schema=SCHEMA,
        table=pd.DataFrame(rows, columns=list(SCHEMA.estimates)),
        facts=facts
        | {
            "models": list(used),
            "remarks": [*facts["remarks"], *training_remarks(models)],
        },
    )


@final
@dataclass(frozen=True, eq=False)
class _Asked:
    """A net, the recordings that it is asked about, and what is read of them once."""

    model: Model
    recordings: Recordings
    seed: int

    def __post_init__(self) -> None:
        check_input(self.model, self.recordings)
        if len(set(self.recordings.patient_id)) < 2:
            raise InputError("gates are compared with those of other patients; give two or more")

    @cached_property
    def batch(self) -> Batch:
        return make_batch(self.model, self.recordings, target="label")

    @cached_property
    def blocks(self) -> dict[str, GatedBlock]:
        return self.blocks_of(self.model)

    @torch.inference_mode()
    def blocks_of(self, model: Model) -> dict[str, GatedBlock]:
        """Gates, and of the maps the mean of their size, (record, channel)."""
        parts = [model.gates(z) for z in self.batch.z.split(self.rows)]
        return {
            name: GatedBlock(
                torch.cat([part[name].gates for part in parts]),
                torch.cat([part[name].maps.abs().flatten(2).mean(dim=2) for part in parts]),
            )
            for name in parts[0]
        }

    @property
    def rows(self) -> int:
        return rows_of_a_pass(self.model.device, "versions")

    @cached_property
    def others(self) -> Int[np.ndarray, " record"]:
        """For each recording one of another patient, drawn by its id."""
        patients = np.asarray(self.recordings.patient_id)
        drawn = []
        for record_id, patient in zip(self.recordings.record_id, patients, strict=True):
            rng = np.random.default_rng(seed_for(self.seed, record_id, "gates of another"))
            drawn.append(rng.choice(np.flatnonzero(patients != patient)))
        return np.array(drawn)

    def effects(
        self, model: Model, block: str, gates: Tensor, progress: Progress
    ) -> Float[Tensor, "record channel"]:
        """Of the removal of each channel, absolute."""
        found = []
        effects = removal_effects(model, block, gates, self.batch.z, self.batch.target)
        for done, one in enumerate(effects):
            progress(f"{self.model.name}: channels of {block}", done, len(gates))
            found.append(one.abs())
        return torch.stack(found)

    def estimate(self, scores: PerRecording, reason: str = "") -> dict[str, Any]:
        """The mean over the recordings that have a score, with its interval over patients."""
        known = np.isfinite(scores)
        if not known.any():
            reason = reason or "not defined for any of these recordings"
            return _estimate(np.nan, (np.nan, np.nan), 0, reason)
        patients = [self.recordings.patient_id[row] for row in known.nonzero()[0]]
        ends = statistic_interval(scores[known], patients, "mean", seed=self.seed)
        return _estimate(statistic(scores[known], "mean"), ends, int(known.sum()))


def _rows(asked: _Asked, progress: Progress) -> Iterator[dict[str, Any]]:
    model, batch = asked.model, asked.batch
    parts = zip(batch.z.split(asked.rows), batch.target.split(asked.rows), strict=True)
    by_gradient = [gradient_times_maps(model, *part) for part in parts]
    untrained = model.untrained
    before = asked.blocks_of(untrained)
    for block, (own, size) in asked.blocks.items():
        effects = asked.effects(model, block, own, progress)
        gradient = torch.cat([part[block] for part in by_gradient]).abs()
        seeds = seeds_for(asked.seed, asked.recordings.record_id, f"shuffled {block}")
        places = permutations(seed_tensor(seeds, own.device), 1, own.shape[1])[:, 0]
        said = {
            GATES: own,
            OTHER: own[torch.from_numpy(asked.others).to(own.device)],
            _SHUFFLED: own.gather(1, places),
            SIZE: size,
            _GATED_SIZE: own * size,
            _GRADIENT: gradient,
        }
        agrees = {name: _numpy(spearman(values, effects)) for name, values in said.items()}
        gates_before = before[block].gates
        effects_before = asked.effects(untrained, block, gates_before, progress)
        agrees[UNTRAINED] = _numpy(spearman(gates_before, effects_before))
        for name in SAYERS:
            key = _key(block, "agreement", name, REMOVAL)
            yield key | asked.estimate(agrees[name], "gates or effects are all equal")
        of_gradient = _numpy(spearman(own, gradient))
        yield _key(block, "agreement", GATES, _GRADIENT) | asked.estimate(of_gradient)
        for name in SAYERS[1:]:
            gained = agrees[GATES] - agrees[name]
            yield _key(block, "gain", name, REMOVAL) | asked.estimate(gained)
        yield _key(block, "channel", REMOVAL) | asked.estimate(_numpy(effects.mean(dim=1)))
        for name, of_net in (("", own), (UNTRAINED, gates_before)):
            yield from _deviations(asked, block, of_net, name)
    yield from _without_own_gates(asked)


def _deviations(asked: _Asked, block: str, own: Tensor, of_net: str) -> Iterator[dict[str, Any]]:
    """Mean square deviations by class, and their share of all variance of gates."""
    means = own.double().mean(dim=0)
    squares = _numpy((own.double() - means).square().mean(dim=1))
    target = _numpy(asked.batch.target)
    for number, name in enumerate(asked.model.task.classes):
        of_class = np.where(target == number, squares, np.nan)
        reason = "no recording of this class"
        yield _key(block, "deviation", name, of_net) | asked.estimate(of_class, reason)
    found = asked.estimate(squares)
    spread = float(means.var(correction=0))
    for name in ("value", "ci_low", "ci_high"):
        every = found[name] + spread
        found[name] = found[name] / every if every > 0 else np.nan
    reason = "all gates are equal" if np.isnan(found["value"]) else ""
    yield _key(block, "between", "", of_net) | found | {"reason": reason}


def _without_own_gates(asked: _Asked) -> Iterator[dict[str, Any]]:
    """What is lost where gates are the same for all recordings."""
    model, batch = asked.model, asked.batch
    mean = {name: one.gates.mean(dim=0) for name, one in asked.blocks.items()}

    def log_odds(means: Mapping[str, Tensor]) -> PerRecording:
        parts = []
        for z, target in zip(
            batch.z.split(asked.rows), batch.target.split(asked.rows), strict=True
        ):
            given = {name: gates.expand(len(z), -1) for name, gates in means.items()}
            parts.append(log_odds_with(model, z, target, given))
        found: PerRecording = torch.cat(parts).cpu().numpy()
        return found

    own, none = log_odds({}), log_odds(mean)
    for name, value in mean.items():
        changed = np.abs(own - log_odds({name: value}))
        yield _key(name, "log_odds") | asked.estimate(changed)
    yield _key(ALL_BLOCKS, "log_odds") | asked.estimate(np.abs(own - none))
    for first, found in zip(AUROCS, _aurocs(asked, own, none), strict=True):
        yield _key(ALL_BLOCKS, "auroc", first) | found


def _aurocs(asked: _Asked, own: PerRecording, none: PerRecording) -> Iterator[dict[str, Any]]:
    """Of log-odds of the true class with own gates and with means, and the difference."""
    label = _numpy(asked.batch.target)
    why = ""
    if len(asked.model.task.classes) != 2 or asked.model.task.multilabel:
        why = "the task has more than two classes"
    elif len(set(label)) < 2:
        why = "these recordings are all of one class"
    if why:
        yield from [_estimate(np.nan, (np.nan, np.nan), 0, why)] * 3
        return
    patients, n = asked.recordings.patient_id, len(label)
    first, second = (np.where(label == 1, of, -of) for of in (own, none))
    for one in (first, second):
        ends = auroc_interval(one, label, patients, seed=asked.seed)
        yield _estimate(auroc(one, label), ends, n)
    ends = auroc_difference_interval(first, second, label, patients, seed=asked.seed)
    yield _estimate(auroc(first, label) - auroc(second, label), ends, n)


def _key(block: str, measure: str, first: str = "", second: str = "") -> dict[str, Any]:
    return {"block": block, "measure": measure, "first": first, "second": second}


def _estimate(value: float, ends: tuple[float, float], n: int, reason: str = "") -> dict[str, Any]:
    return {"value": value, "ci_low": ends[0], "ci_high": ends[1], "n": n, "reason": reason}


def _numpy(values: Tensor) -> Any:
    found = values.cpu()
    return found.double().numpy() if found.is_floating_point() else found.numpy()
