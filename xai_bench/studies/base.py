"""What studies have in common: models and recordings that are opened once."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

import torch

from xai_bench.data import Length, load_data
from xai_bench.errors import InputError
from xai_bench.memo import Memo
from xai_bench.models import Model, load_model
from xai_bench.provenance import provenance
from xai_bench.types import Progress, Recordings
from xai_bench.zoo import Zoo

__all__ = ["Inputs", "silent"]


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
        reads = model.card.input
        rate = reads.rate_hz if rate_hz is None else rate_hz
        count = None if self.n is None else max(self.n, at_least)
        key = ("recordings", model.task, rate, reads.seconds, count)
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
                seconds=reads.seconds,
                length=self.length,
                progress=lambda k, total: self.progress("reading recordings", k, total),
            ),
        )

    def fingerprint(self, recordings: Recordings) -> str:
        """sha256 of recordings, computed once."""
        return self._opened(("fingerprint", id(recordings)), recordings.fingerprint)

    def provenance(self, device: torch.device) -> dict[str, Any]:
        """Facts about this process and device, found out once."""
        return self._opened(("provenance", device), lambda: provenance(device))

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
        return load_model(folder.name, device=self.device, zoo=Zoo(folder.parents[1]))
