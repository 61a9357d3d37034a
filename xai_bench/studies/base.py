"""What studies have in common: models and recordings that are opened once, and explained once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, final

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from xai_bench.data import Length, load_data
from xai_bench.errors import InputError
from xai_bench.memo import Memo
from xai_bench.methods import Batch, Method
from xai_bench.methods.attribute import Explained, explain_batch
from xai_bench.models import Model, load_model
from xai_bench.provenance import provenance
from xai_bench.types import Progress, Recordings
from xai_bench.zoo import Zoo

__all__ = ["Inputs", "Prediction", "RecordingBatch", "able_methods", "predict", "silent"]


def silent(description: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inputs:
    """Where a study takes its models and recordings from; each is opened once.

    data: "synthetic", a PTB-XL folder or a folder of WFDB records; split or fold where it has any.
    n: recordings, classes in turn, chosen by seed and record id; None for all.
    """

    data: str | Path = "synthetic"
    split: str = "test"
    fold: int | Collection[int] | None = None
    n: int | None = None
    seed: int = 0
    length: Length = "exact"
    labels: str | Path | None = None
    """A table of labels, see `load_data`."""
    gain: float | None = None
    """Of WFDB leads that are not calibrated, see `load_data`."""
    device: str | None = None
    zoo: Zoo = field(default_factory=Zoo)
    progress: Progress = silent
    _opened: Memo = field(default_factory=Memo)

    def model(self, name: str | Path) -> Model:
        """A model by its name, or by its folder (models/imn), wherever it is.

        Raises XaiBenchError.
        """
        return self._opened(("model", str(name)), lambda: self._open(name))

    def models(self, names: str | Iterable[str | Path]) -> list[Model]:
        """Several, "imn,conv2d" or a list, each once and in this order. Raises XaiBenchError."""
        wanted = names.split(",") if isinstance(names, str) else list(names)
        return list({model.name: model for model in map(self.model, wanted)}.values())

    def recordings(
        self, model: Model, *, rate_hz: float | None = None, at_least: int = 0
    ) -> Recordings:
        """The recordings in the form that a model reads, of its task.

        rate_hz: another rate than the model's. at_least: more than `n` where the split has them.
        Raises XaiBenchError.
        """
        rate = model.rate_hz if rate_hz is None else rate_hz
        count = None if self.n is None else max(self.n, at_least)
        key = ("recordings", model.task, rate, model.seconds, count)
        return self._opened(
            key,
            lambda: load_data(
                self.data,
                n=count,
                split=self.split,
                fold=self.fold,
                task=model.task,
                seed=self.seed,
                rate_hz=rate,
                seconds=model.seconds,
                length=self.length,
                labels=self.labels,
                gain=self.gain,
                progress=lambda k, total: self.progress("reading recordings", k, total),
            ),
        )

    def provenance(self, device: torch.device) -> dict[str, Any]:
        """Facts about this process and device, found out once."""
        return self._opened(("provenance", device), lambda: provenance(device))

    def facts(self, device: torch.device, used: Mapping[str, Recordings]) -> dict[str, Any]:
        """Facts of every study: all of `provenance`, what was asked for and what it came to.

        used: the recordings of each model, by its name. data, split, fold and seed are as they were
        asked for; n: recordings of a model; recordings: fingerprints by model; left_out: a line for
        each recording that could not be used; remarks: where labels come from.
        """
        first = next(iter(used.values()))
        fold = self.fold if self.fold is None or isinstance(self.fold, int) else sorted(self.fold)
        return self.provenance(device) | {
            "data": first.name,
            "split": self.split,
            "fold": fold,
            "n": max(map(len, used.values())),
            "seed": self.seed,
            "recordings": {name: given.fingerprint() for name, given in used.items()},
            "left_out": list(dict.fromkeys(line for r in used.values() for line in r.left_out)),
            "remarks": list(dict.fromkeys(line for r in used.values() for line in r.remarks)),
        }

    def _open(self, what: str | Path) -> Model:
        folder = Path(what)
        if not (folder / "card.toml").is_file():
            return load_model(str(what), device=self.device, zoo=self.zoo)
        folder = folder.resolve()
        known = self.zoo.model_folders().get(folder.name)
        if known is not None and known.resolve() == folder:
            return load_model(folder.name, device=self.device, zoo=self.zoo)
        if folder.parent.name != "models":
            raise InputError(
                f"{what}: a model's folder is in a folder called models; move it there"
            )
        zoo = Zoo(folder.parents[1], allow_code=self.zoo.allow_code)
        return load_model(folder.name, device=self.device, zoo=zoo)


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prediction:
    """What a model makes of a batch."""

    classes: Int64[Tensor, " record"]
    """The predicted ones."""
    log_odds: Float[Tensor, " record"]
    """Of the explained ones."""


@torch.inference_mode()
def predict(
    model: Model, z: Float[Tensor, "record lead time"], target: Int64[Tensor, " record"]
) -> Prediction:
    """Predicted classes and log-odds of the targets, from one forward pass."""
    columns = model.column_log_odds(z)
    if len(model.task.columns) > 1:
        log_odds = columns.gather(1, target[:, None])[:, 0]
        return Prediction(classes=columns.argmax(dim=1), log_odds=log_odds)
    positive = columns[:, 0]
    log_odds = positive.where(target == 1, -positive)
    return Prediction(classes=(positive > 0).long(), log_odds=log_odds)


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class RecordingBatch:
    """Recordings that are explained together, and what questions need of them, made once.

    A study asks all its questions of one batch before it turns to the next, so that attributions
    are computed once and then forgotten.
    """

    model: Model
    methods: Sequence[Method]
    """That can explain the model, see `able_methods`."""
    recordings: Recordings
    batch: Batch
    """The recordings as the model reads them, and the class of each that is explained."""
    seed: int

    def __len__(self) -> int:
        return len(self.recordings)

    @cached_property
    def prediction(self) -> Prediction:
        return predict(self.model, self.batch.z, self.batch.target)

    @cached_property
    def explained(self) -> dict[str, Explained]:
        """The model's attributions by each method."""
        return self.explain(self.model, self.methods, self.batch)

    def explain(
        self, model: Model, methods: Iterable[Method], batch: Batch, version: str = ""
    ) -> dict[str, Explained]:
        """Attributions, under any model, of the `version` of the recordings that is in `batch`.

        A method that draws draws afresh for each version, as it would for another recording, so
        that its sampling noise counts as instability; under another model, it draws the same.
        """
        names = [f"{name} {version}".rstrip() for name in self.recordings.record_id]
        return explain_batch(model, batch, methods, names, self.seed)


def able_methods(
    model: Model, methods: Iterable[Method], recordings: Recordings
) -> tuple[list[Method], dict[str, str]]:
    """Methods that can explain the model, and of each other one, by name, why it cannot."""
    evidence = recordings.evidence is not None
    reasons = {method: method.unsupported(model, evidence=evidence) for method in methods}
    return (
        [method for method, reason in reasons.items() if reason is None],
        {method.name: reason for method, reason in reasons.items() if reason is not None},
    )
