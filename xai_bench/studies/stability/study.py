"""The study of stability: every question of every model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import final

import pandas as pd

from xai_bench.cards import recipes_differ
from xai_bench.data import Length
from xai_bench.devices import ShortMemory, float32_policy
from xai_bench.errors import InputError, UnknownNameError
from xai_bench.executors import Executor, share_out, worker_count
from xai_bench.methods import Methods, find_methods
from xai_bench.methods.attribute import check_target
from xai_bench.models import Model
from xai_bench.presets import PRESETS
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.base import Inputs, Models, able_methods
from xai_bench.studies.stability.batch_scores import BatchScores, score_table
from xai_bench.studies.stability.beat_by_beat import compare_beats
from xai_bench.studies.stability.compared_model import ComparedBatch, ComparedModel
from xai_bench.studies.stability.disturbances import changes
from xai_bench.studies.stability.disturbed_input import compare_disturbed
from xai_bench.studies.stability.estimates import estimate_table
from xai_bench.studies.stability.initialisations import compare_initialisations
from xai_bench.studies.stability.method_agreement import FEWEST_OF_A_CONSENSUS, compare_methods
from xai_bench.studies.stability.randomised_weights import compare_randomised
from xai_bench.studies.stability.schema import PROTOCOL, QUESTIONS, SCHEMA
from xai_bench.types import Progress, Recordings, silent
from xai_bench.workers import Report, one_thread, only_here
from xai_bench.zoo import Zoo

__all__ = ["compare"]

_QUESTIONS: dict[str, Callable[[ComparedBatch], Iterator[BatchScores]]] = {
    "input": compare_disturbed,
    "initialisations": compare_initialisations,
    "methods": compare_methods,
    "weights": compare_randomised,
    "beats": compare_beats,
}


@float32_policy()
def compare(
    model: Models = PRESETS.stability.models,
    method: Methods = PRESETS.stability.methods,
    *,
    data: str | Path | Recordings = "synthetic",
    split: str = "test",
    fold: int | Collection[int] | None = None,
    n: int | None = PRESETS.stability.n,
    target: str = "predicted",
    seed: int = 0,
    device: str | None = None,
    length: Length = "exact",
    labels: str | Path | None = None,
    gain: float | None = None,
    questions: str | Iterable[str] = "all",
    zoo: Zoo | None = None,
    executor: Executor = "local",
    workers: int | None = None,
    progress: Progress | None = None,
) -> StudyResult:
    """Compare the attributions of every method on every model with what they should resemble.

    model, method, data: as in `run`. Attributions made elsewhere are skipped: they cannot be
        compared with those of other recordings or nets.
    labels, gain: a table of labels, patients and folds; units per mV of WFDB leads that are not
        calibrated; see `load_data`.
    n: recordings, classes in turn, chosen by seed and record id; None for all.
    target: the explained class: "predicted" (of the clean recording), "label" or a class name.
    questions: names from `schema.QUESTIONS`, or "all".
    executor, workers: who shares out the recordings, as in `run`; scores do not depend on it.
    progress: called with (what is being done, steps done, steps in all).

    The columns of the tables are those of `schema.SCHEMA`. facts: those of `Inputs.facts`; models:
    name -> names of its seeds, itself first; methods, questions, target; skipped: a dict with
    model, method ("" for all), question ("" for all) and reason for each pair that cannot work or
    question that cannot be answered. Raises XaiBenchError.
    """
    inputs = Inputs(
        data=data, split=split, fold=fold, n=n, seed=seed, length=length, labels=labels, gain=gain,
        device=device, zoo=zoo or Zoo(), progress=only_here(progress or silent),
    )  # fmt: skip
    chosen, methods = _chosen(questions), find_methods(method, inputs.zoo, inputs.given)
    models: dict[str, tuple[Model, ...]] = {}
    for first in inputs.models(model):
        check_target(first, target)
        # Only a model of the zoo has others beside it that differ in their seed.
        has_seeds = "initialisations" in chosen and first.card is not None
        others = inputs.zoo.seeds(first.name)[1:] if has_seeds else ()
        models[first.name] = (first, *(inputs.models(others) if others else ()))
    used: dict[str, Recordings] = {}
    each: list[ComparedModel] = []
    skipped: list[dict[str, str]] = []
    for done, (name, seeds) in enumerate(models.items()):
        used[name] = inputs.recordings(seeds[0])
        able, unable = able_methods(seeds[0], methods, used[name])
        later = list(models.values())[done + 1 :]
        rivals = [other for other in later if inputs.recordings(other[0]) is used[name]]
        compared = ComparedModel(
            model=seeds[0],
            seeds=seeds,
            rivals=tuple(rivals),
            methods=tuple(able),
            recordings=used[name],
            target=target,
            seed=seed,
        )
        skipped += [_skip(name, "", reason, method) for method, reason in unable.items()]
        skipped += [
            _skip(name, question, reason)
            for question in chosen
            for reason in _unanswered(compared, question)
        ]
        if "initialisations" in chosen:
            skipped += [
                _skip(name, "initialisations", f"{other.name} is of another task or sampling rate")
                for other, *_ in later
                if inputs.recordings(other) is not used[name]
            ]
        each.append(compared)
    tables = _score_all(each, chosen, executor, workers, inputs.progress)
    pairs = [f"{one['model']}: {one['reason']}" for one in skipped if one["method"]]
    if len(pairs) == len(models) * len(methods):
        raise InputError(f"none of the pairs asked for can be compared: {'; '.join(pairs)}")
    scores = pd.concat(tables, ignore_index=True)
    seed_names = {name: [one.name for one in seeds] for name, seeds in models.items()}
    facts = inputs.facts(next(iter(models.values()))[0].device, used)
    return StudyResult(
        schema=SCHEMA,
        table=estimate_table(scores, seed_names, seed=seed),
        facts=facts
        | {
            "packages": facts["packages"] | {"scikit-image": version("scikit-image")},
            "models": seed_names,
            "methods": [one.name for one in methods],
            "questions": chosen,
            "target": target,
            "protocol": PROTOCOL,
            "recipes": recipes_differ(
                {name: seeds[0].card for name, seeds in models.items() if seeds[0].card}
            ),
            "skipped": skipped,
        },
        scores=scores,
    )


def _score_all(
    each: Sequence[ComparedModel],
    questions: Sequence[str],
    executor: Executor,
    workers: int | None,
    progress: Progress,
) -> list[pd.DataFrame]:
    """Batch by batch, so that what questions share is made once and then forgotten."""
    counts = [len(compared.batches()) for compared in each]
    found: dict[tuple[int, int], list[pd.DataFrame]] = {}

    on_cpu = all(compared.model.device.type == "cpu" for compared in each)
    progress("models", 0, len(each))
    with one_thread(on_cpu=on_cpu):
        for piece, tables in share_out(
            executor,
            _Comparing(each, questions),
            [(of, number) for of, count in enumerate(counts) for number in range(count)],
            worker_count(executor, workers, on_cpu=on_cpu),
            on_cpu=on_cpu,
            report=lambda piece, said: progress(*said),
        ):
            found[piece] = tables
            done = Counter(of for of, _ in found)
            progress("models", sum(done[of] == counts[of] for of in done), len(each))
    return [table for piece in sorted(found) for table in found[piece]]


@final
@dataclass(frozen=True, slots=True, eq=False)
class _Comparing:
    """Asks all questions of a batch of a model, in whatever process."""

    each: Sequence[ComparedModel]
    questions: Sequence[str]

    def __call__(self, piece: tuple[int, int], report: Report) -> list[pd.DataFrame]:
        """piece: the number of the model, and that of the batch."""
        of, number = piece
        compared, name = self.each[of], self.each[of].model.name
        batches = compared.batches()
        memory = ShortMemory(f"comparing explanations of '{name}'", compared.model.device)

        def say(what: str) -> None:
            report((f"{name}: {what}", number, len(batches)))

        def tables(part: slice) -> list[pd.DataFrame]:
            # Another batch each time: it keeps what it made.
            batch = ComparedBatch(compared=compared, places=batches[number].places[part])
            return list(_score_tables(batch, self.questions, say))

        every = slice(0, len(batches[number].places))
        with float32_policy():  # which a worker elsewhere does not inherit
            parts = [found for _, found in memory.do(every, tables)]
        return [table for of_question in zip(*parts, strict=True) for table in of_question]


def _score_tables(
    batch: ComparedBatch, questions: Sequence[str], say: Callable[[str], None]
) -> Iterator[pd.DataFrame]:
    for question in questions:
        parts = []
        for part in _QUESTIONS[question](batch):
            say(f"{question}, {part.condition}")
            parts.append(part)
        yield score_table(question, batch.compared.model.name, batch.own.recordings, parts)


def _unanswered(compared: ComparedModel, question: str) -> Iterator[str]:
    """What of a question a model, its methods or the recordings give no answer to, and why."""
    name, recordings = compared.model.name, compared.recordings
    if question == "input":
        _, left_out = changes(recordings.rate_hz, recordings.microvolt.shape[2], recordings.leads)
        yield from (f"{kind}: {why}" for kind, why in left_out.items())
    if question == "initialisations" and len(compared.seeds) == 1:
        yield f"no {name}-seed1 in the zoo: it has no seeds to compare"
    if question == "weights" and not compared.layer_groups:
        yield "its net has no weights that could be randomised"
    if question == "methods":
        explaining = [method for method in compared.methods if not method.control]
        if recordings.evidence is None:
            yield "consensus: nothing was planted in these recordings"
        elif len(explaining) < FEWEST_OF_A_CONSENSUS:
            yield f"consensus: fewer than {FEWEST_OF_A_CONSENSUS} methods that explain it"


def _skip(model: str, question: str, reason: str, method: str = "") -> dict[str, str]:
    return {"model": model, "method": method, "question": question, "reason": reason}


def _chosen(questions: str | Iterable[str]) -> list[str]:
    """Names of questions, in their order. Raises UnknownNameError."""
    wanted = questions.split(",") if isinstance(questions, str) else list(questions)
    for name in wanted:
        if name not in QUESTIONS and name != "all":
            raise UnknownNameError("question", name, [*QUESTIONS, "all"])
    return [name for name in QUESTIONS if name in wanted or "all" in wanted]
