"""What studies have in common: models and recordings that are opened once, and explained once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, final

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from xai_bench.cards import recipes_differ
from xai_bench.data import SPLITS, Length, is_embedded, load_data, open_source
from xai_bench.data.signal_range import Measured, measure_each
from xai_bench.devices import pick_device
from xai_bench.errors import DatasetError, InputError, LeadsError
from xai_bench.memo import Memo
from xai_bench.methods import Batch, Method
from xai_bench.methods.attribute import Explained, explain_batch, recording_seeds
from xai_bench.models import Model, check_model, load_model
from xai_bench.names import check_name, named
from xai_bench.provenance import provenance
from xai_bench.types import Progress, Recordings, check_recordings, silent
from xai_bench.zoo import Zoo

__all__ = ["Inputs", "Models", "Prediction", "RecordingBatch", "able_methods", "predict"]
__all__ += ["training_remarks"]

Models = str | Path | Model | Iterable[str | Path | Model]
"""One model or several: names, folders and objects."""


def training_remarks(models: Iterable[Model]) -> list[str]:
    """What `recipes_differ` says of the cards of these models; nothing of models without one."""
    said = recipes_differ({one.name: one.card for one in models if one.card is not None})
    return [said] if said else []


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inputs:
    """Where a study takes its models and recordings from; each is opened once.

    data: "synthetic", a folder, Recordings, or a name that a zoo or a package has of its own; split
        or fold where it has any.
    n: recordings, classes in turn, chosen by seed and record id; None for all.
    """

    data: str | Path | Recordings = "synthetic"
    split: str = "test"
    fold: int | Collection[int] | None = None
    n: int | None = None
    seed: int = 0
    length: Length = "exact"
    labels: str | Path | None = None
    """A table of labels, see `load_data`."""
    gain: float | None = None
    """Of WFDB leads that are not calibrated, see `load_data`."""
    waves: str | None = None
    """Who says which waves there are, see `models.waves`; if not given, what was planted, or else
    the rules."""
    strict: bool = False
    """Whether a recording that cannot be read is an error and not passed over."""
    device: str | None = None
    zoo: Zoo = field(default_factory=Zoo)
    progress: Progress = silent
    _opened: Memo = field(default_factory=Memo)

    def model(self, given: str | Path | Model) -> Model:
        """A model by its name, or by its folder (models/imn), wherever it is; or itself.

        Raises XaiBenchError.
        """
        if not isinstance(given, str | Path):
            check_model(given)
        if isinstance(given, Model):
            return given if self.device is None else given.on(pick_device(self.device))
        return self._opened(("model", str(given)), lambda: self._open(given))

    def models(self, given: Models) -> list[Model]:
        """Several, "imn,conv2d" or names and models, each once and in this order.

        Raises InputError for none, and for two of one name, and XaiBenchError.
        """
        found: dict[str, Model] = {}
        for _, one in named(given, lambda one: isinstance(one, Model | Path | nn.Module)):
            model = self.model(one)
            if isinstance(one, Model):
                check_name("model", model.name)
            known = found.setdefault(model.name, model)
            if known is not model and (known.content is None or known.content != model.content):
                raise InputError(
                    f"two models are called '{model.name}'; name one otherwise: wrap(..., name=)"
                )
        if not found:
            raise InputError("no model was given; name one, such as 'imn': xai-bench ls models")
        return list(found.values())

    @property
    def given(self) -> Recordings | None:
        """The recordings that are there already, if that is what `data` means.

        Raises InputError for an array, and DatasetError for what a zoo or a package offers in
        their place.
        """
        if isinstance(self.data, Recordings):
            name = self.data.name
            if not name or name.startswith(".") or set(name) & {"/", "\\"}:
                raise DatasetError(
                    f"'{name}' cannot be the name of recordings, which is a folder of results; "
                    "give another: dataclasses.replace(recordings, name=...)"
                )
            return self.data
        check_recordings(self.data, str, Path)
        own = self.zoo.own("datasets") if isinstance(self.data, str) else {}
        if self.data not in own:
            return None
        return self._opened(("data", self.data), lambda: _offered(str(self.data), own))

    def recordings(
        self, model: Model, *, rate_hz: float | None = None, at_least: int = 0
    ) -> Recordings:
        """The recordings in the form that a model reads, of its task.

        rate_hz: another rate than the model's. at_least: more than `n` where the split has them.
        Raises XaiBenchError.
        """
        rate = model.rate_hz if rate_hz is None else rate_hz
        count = None if self.n is None else max(self.n, at_least)
        key = ("recordings", model.task, rate, model.seconds, model.leads, count)
        return self._opened(key, lambda: self._load(model, rate, count))

    def _load(self, model: Model, rate_hz: float, count: int | None) -> Recordings:
        try:
            found = load_data(
                self.given or self.data,
                n=count,
                split=self.split,
                fold=self.fold,
                task=model.task,
                seed=self.seed,
                rate_hz=rate_hz,
                seconds=model.seconds,
                leads=model.leads,
                length=self.length,
                labels=self.labels,
                gain=self.gain,
                strict=self.strict,
                progress=lambda k, total: self.progress("reading recordings", k, total),
            )
        except LeadsError as error:
            raise error.of_model(model.name) from None
        if self.waves is None:
            return found
        from xai_bench.models.waves import with_waves  # scipy.signal is slow to import

        return with_waves(found, self.waves, self.progress)

    def embedded_test_fold(self, model: Model) -> str:
        """Fingerprint of the embedded data in the form that a model reads, where their fold 10 is
        what is studied, with its own labels; else ""."""
        folds = (self.fold,) if isinstance(self.fold, int) else self.fold
        chosen = SPLITS.get(self.split) if folds is None else folds
        of_test = chosen is not None and set(chosen) == {10}
        if self.given is not None or self.labels or not of_test or not is_embedded(self.data):
            return ""
        return open_source(
            self.data, rate_hz=model.rate_hz, seconds=model.seconds, leads=model.leads
        ).fingerprint()

    def measured(self, recordings: Recordings) -> list[Measured]:
        """Rhythm and amplitude of each recording, found out once."""
        return self._opened(
            ("measured", recordings.fingerprint()),
            lambda: measure_each(
                recordings, lambda k, total: self.progress("looking for beats", k, total)
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


def _offered(name: str, own: Mapping[str, Callable[[], Any]]) -> Recordings:
    offered = own[name]()
    found = offered() if callable(offered) else offered
    if not isinstance(found, Recordings):
        raise DatasetError(
            f"'{name}' of datasets is {type(found).__name__}; wanted are Recordings, or a function "
            "that makes them: xb.recordings(...)"
        )
    return found


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
        of, device = self.recordings.record_id, batch.z.device
        names = [f"{name} {version}".rstrip() for name in of]
        batch = replace(batch, recording_seeds=recording_seeds(self.seed, of, device))
        return explain_batch(model, batch, methods, names, self.seed)

    def alone(self, row: int) -> RecordingBatch:
        """One of the recordings."""
        place = torch.tensor([row], device=self.batch.z.device)
        return replace(
            self,
            recordings=self.recordings[[row]],
            batch=self.batch.versions(place, self.batch.z[place]),
        )


def able_methods(
    model: Model, methods: Iterable[Method], recordings: Recordings
) -> tuple[list[Method], dict[str, str]]:
    """Methods that can explain the model, and of each other one, by name, why it cannot."""
    evidence = recordings.evidence is not None
    reasons = {
        method: method.unsupported(model, evidence=evidence)
        if method.explains_anew
        else f"{method.name} was given: it cannot explain anything anew"
        for method in methods
    }
    return (
        [method for method, reason in reasons.items() if reason is None],
        {method.name: reason for method, reason in reasons.items() if reason is not None},
    )
