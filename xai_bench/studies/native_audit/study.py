"""The audit of explanations that nets write themselves: every question of every net."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import final

import pandas as pd

from xai_bench.data import load_data
from xai_bench.errors import InputError
from xai_bench.models import Model, load_model
from xai_bench.studies.native_audit.answer import Answer
from xai_bench.studies.native_audit.audited_net import Subject, check_native
from xai_bench.studies.native_audit.bias import bias
from xai_bench.studies.native_audit.gauge import gauge
from xai_bench.studies.native_audit.lead_order import order
from xai_bench.studies.native_audit.local_fidelity import fidelity
from xai_bench.studies.native_audit.patching import patching
from xai_bench.studies.native_audit.quantities import QUANTITIES
from xai_bench.studies.native_audit.reach import reach
from xai_bench.studies.native_audit.removal import drops
from xai_bench.studies.native_audit.sampling_rate import rate
from xai_bench.studies.native_audit.slope import slope
from xai_bench.studies.native_audit.weight_collapse import collapse
from xai_bench.tasks import Task
from xai_bench.types import Recordings
from xai_bench.zoo import Zoo

__all__ = ["DEFAULT_N", "FAST_HZ", "Audit", "answers", "audit", "open_model"]

DEFAULT_N = 64
FAST_HZ = 500.0

_ASKED: dict[str, Callable[[Subject], Iterator[Answer]]] = {
    "bias": bias,
    "gauge": gauge,
    "slope": slope,
    "removal": drops,
    "local fidelity": fidelity,
    "weight collapse": collapse,
    "reach": reach,
    "lead order": order,
    "sampling rate": rate,
    "twin patching": patching,
}

Tell = Callable[[str, int, int], None]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Audit:
    """What was found of each net."""

    answers: dict[str, tuple[Answer, ...]]
    """By name of the model."""
    n: int
    split: str
    seed: int

    @property
    def table(self) -> pd.DataFrame:
        """Long form, one row for each model, method and quantity."""
        rows = [
            {
                "model": model,
                "method": answer.method,
                "question": QUANTITIES[answer.quantity].question,
                "quantity": answer.quantity,
                "statistic": QUANTITIES[answer.quantity].taken,
                "value": answer.value,
                "ci_low": answer.low,
                "ci_high": answer.high,
                "n": answer.n,
                "reason": answer.reason,
            }
            for model, found in self.answers.items()
            for answer in found
        ]
        return pd.DataFrame(rows)

    def answer(self, model: str, quantity: str, method: str = "native") -> Answer:
        """One answer."""
        (found,) = (a for a in self.answers[model] if (a.quantity, a.method) == (quantity, method))
        return found


def audit(
    what: Sequence[str | Path],
    *,
    n: int | None = DEFAULT_N,
    split: str = "test",
    seed: int = 0,
    device: str | None = None,
    zoo: Zoo | None = None,
    progress: Tell | None = None,
) -> Audit:
    """Ask the explanations that nets write themselves seven questions, on synthetic recordings.

    what: models by name or folder. n: recordings, classes in turn; None for all of the split.

    Raises InputError for a model that is not native, and XaiBenchError for one that cannot be had.
    """
    tell = progress or (lambda *_: None)
    zoo = zoo or Zoo()
    models = {model.name: model for model in (open_model(w, device=device, zoo=zoo) for w in what)}

    @cache
    def recordings(task: Task, rate_hz: float, seconds: float) -> Recordings:
        return load_data(
            n=n,
            split=split,
            task=task,
            seed=seed,
            rate_hz=rate_hz,
            seconds=seconds,
            progress=lambda k, total: tell("reading recordings", k, total),
        )

    def subject(model: Model) -> Subject:
        reads = model.card.input
        given = recordings(model.task, reads.rate_hz, reads.seconds)
        if reads.rate_hz >= FAST_HZ:
            why = f"the net reads {reads.rate_hz:g} Hz itself"
            return Subject(model=model, recordings=given, seed=seed, why_not_faster=why)
        faster = recordings(model.task, FAST_HZ, reads.seconds)
        return Subject(model=model, recordings=given, seed=seed, faster=faster)

    for model in models.values():
        check_native(model)
    found = {}
    for done, (name, model) in enumerate(models.items()):
        tell("models", done, len(models))
        found[name] = tuple(answers(subject(model), tell))
    tell("models", len(models), len(models))
    count = max(a.n for some in found.values() for a in some)
    return Audit(answers=found, n=count, split=split, seed=seed)


def answers(subject: Subject, tell: Tell) -> Iterable[Answer]:
    """All answers of one net, question by question."""
    for done, (name, ask) in enumerate(_ASKED.items()):
        tell(f"{subject.model.name}: {name}", done, len(_ASKED))
        yield from ask(subject)


def open_model(what: str | Path, *, device: str | None, zoo: Zoo) -> Model:
    """A model by its name, or by its folder (models/imn), wherever it is. Raises XaiBenchError."""
    folder = Path(what)
    if not (folder / "card.toml").is_file():
        return load_model(str(what), device=device, zoo=zoo)
    folder = folder.resolve()
    known = zoo.model_folders().get(folder.name)
    if known is not None and known.resolve() == folder:
        return load_model(folder.name, device=device, zoo=zoo)
    if folder.parent.name != "models":
        raise InputError(f"{what}: a model's folder is in a folder called models; move it there")
    return load_model(folder.name, device=device, zoo=Zoo(folder.parents[1]))
