"""The comparison of explanations: every question of every model."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path

from xai_bench.data import Length, load_data
from xai_bench.errors import UnknownNameError
from xai_bench.methods import Method, find_methods
from xai_bench.methods.attribute import check_target
from xai_bench.models import Model, load_model
from xai_bench.provenance import provenance
from xai_bench.studies.stability.beat_by_beat import beat_by_beat
from xai_bench.studies.stability.compared_models import Piece, Subject
from xai_bench.studies.stability.comparisons import Found, long_form
from xai_bench.studies.stability.disturbances import changes
from xai_bench.studies.stability.disturbed_input import disturbed
from xai_bench.studies.stability.estimates import tabulate
from xai_bench.studies.stability.initialisations import reinitialised
from xai_bench.studies.stability.lost_weights import randomised
from xai_bench.studies.stability.method_agreement import FEWEST, against_each_other
from xai_bench.studies.stability.result import Comparison
from xai_bench.studies.stability.schema import QUESTIONS
from xai_bench.tasks import Task
from xai_bench.types import Recordings
from xai_bench.zoo import Zoo

__all__ = ["DEFAULT_METHODS", "DEFAULT_MODELS", "DEFAULT_N", "Progress", "compare"]

DEFAULT_MODELS = "imn,resnet1d"
DEFAULT_METHODS = "native,input-x-gradient,saliency,gradcam,ig-16,amplitude"
DEFAULT_N = 32

Progress = Callable[[str, int, int], None]
Skipped = dict[str, str]

_ASKED: dict[str, Callable[[Piece], Iterator[Found]]] = {
    "input": disturbed,
    "initialisations": reinitialised,
    "methods": against_each_other,
    "weights": randomised,
    "beats": beat_by_beat,
}


def compare(
    model: str | Iterable[str] = DEFAULT_MODELS,
    method: str | Iterable[str] = DEFAULT_METHODS,
    *,
    data: str | Path = "synthetic",
    split: str = "test",
    fold: int | Collection[int] | None = None,
    n: int | None = DEFAULT_N,
    target: str = "predicted",
    seed: int = 0,
    device: str | None = None,
    length: Length = "exact",
    questions: str | Iterable[str] = "all",
    zoo: Zoo | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Compare the attributions of every method on every model with what they should resemble.

    model, method: names, or several ("imn,conv2d" or a list).
    data: "synthetic", a PTB-XL folder or a folder of WFDB records; split or fold where it has any.
    n: recordings, classes in turn, chosen by seed and record id; None for all.
    target: the explained class: "predicted" (of the clean recording), "label" or a class name.
    questions: names from `schema.QUESTIONS`, or "all".
    progress: called with (what is being done, steps done, steps in all).

    Pairs that cannot work are left out, with the reason in `facts`. Raises XaiBenchError.
    """
    zoo, tell = zoo or Zoo(), progress or (lambda *_: None)
    asked, methods = _asked(questions), find_methods(method)
    names = model.split(",") if isinstance(model, str) else list(model)
    among_seeds = "initialisations" in asked
    models = {
        name: [
            load_model(seed_name, device=device, zoo=zoo)
            for seed_name in (zoo.seeds(name) if among_seeds else (name,))
        ]
        for name in dict.fromkeys(names)
    }
    for first, *_ in models.values():
        check_target(first, target)

    @cache
    def recordings(task: Task, rate_hz: float, seconds: float) -> Recordings:
        return load_data(
            data,
            n=n,
            split=split,
            fold=fold,
            task=task,
            seed=seed,
            rate_hz=rate_hz,
            seconds=seconds,
            length=length,
            progress=lambda k, total: tell("reading recordings", k, total),
        )

    every: list[Found] = []
    skipped: list[Skipped] = []
    fingerprints: dict[str, str] = {}
    left_out: dict[str, None] = {}
    for done, (name, seeds) in enumerate(models.items()):
        tell("models", done, len(models))
        first, rivals = seeds[0], list(models.values())[done + 1 :]
        given = recordings(*_reads(first))
        able, unable = _able(first, methods, given)
        subject = Subject(
            model=first,
            seeds=tuple(seeds),
            others=tuple(tuple(rival) for rival in rivals if _reads(rival[0]) == _reads(first)),
            methods=tuple(able),
            recordings=given,
            target=target,
            seed=seed,
        )
        skipped += unable
        skipped += [one for question in asked for one in _not_asked(subject, question)]
        skipped += [
            _skip(name, "initialisations", f"{rival[0].name} is of another task or sampling rate")
            for rival in rivals
            if among_seeds and _reads(rival[0]) != _reads(first)
        ]
        every += _answers(subject, asked, tell)
        fingerprints[name] = given.fingerprint()
        left_out |= dict.fromkeys(given.left_out)
    tell("models", len(models), len(models))
    scores = long_form(every)
    names_of_seeds = {name: [one.name for one in seeds] for name, seeds in models.items()}
    facts = provenance(next(iter(models.values()))[0].device) | {
        "models": names_of_seeds,
        "methods": [one.name for one in methods],
        "questions": asked,
        "data": given.name,
        "split": split,
        "fold": fold if fold is None or isinstance(fold, int) else sorted(fold),
        "n": len(given),
        "target": target,
        "seed": seed,
        "recordings": fingerprints,
        "left_out": list(left_out),
        "skipped": skipped,
    }
    facts["packages"] |= {"scikit-image": version("scikit-image")}
    table = tabulate(scores, names_of_seeds, seed=seed)
    return Comparison(scores=scores, table=table, facts=facts)


def _answers(subject: Subject, asked: Sequence[str], tell: Progress) -> Iterator[Found]:
    """Piece by piece, so that what questions share is made once and then forgotten."""
    pieces = subject.pieces()
    total = len(pieces)
    for done in range(total):
        piece = pieces.pop(0)  # a piece keeps what it made
        for question in asked:
            for part in _ASKED[question](piece):
                tell(f"{subject.name}: {question}, {part.key.condition}", done, total)
                yield part


def _able(
    model: Model, methods: Sequence[Method], recordings: Recordings
) -> tuple[list[Method], list[Skipped]]:
    """Methods that can explain the model, and why others cannot."""
    evidence = recordings.evidence is not None
    reasons = {method: method.unsupported(model, evidence=evidence) for method in methods}
    return [method for method, reason in reasons.items() if reason is None], [
        _skip(model.name, "", reason, method.name)
        for method, reason in reasons.items()
        if reason is not None
    ]


def _not_asked(subject: Subject, question: str) -> Iterator[Skipped]:
    """What of a question a model, its methods or the recordings give no answer to, and why."""
    name, recordings = subject.name, subject.recordings
    if question == "input":
        _, left_out = changes(recordings.rate_hz, recordings.microvolt.shape[2])
        yield from (_skip(name, question, f"{kind}: {why}") for kind, why in left_out.items())
    if question == "initialisations" and len(subject.seeds) == 1:
        yield _skip(name, question, f"no {name}-seed1 in the zoo: it has no seeds to compare")
    if question == "methods":
        explaining = [method for method in subject.methods if not method.control]
        if recordings.evidence is None:
            yield _skip(name, question, "consensus: nothing was planted in these recordings")
        elif len(explaining) < FEWEST:
            yield _skip(name, question, f"consensus: fewer than {FEWEST} methods that explain it")


def _skip(model: str, question: str, reason: str, method: str = "") -> Skipped:
    return {"model": model, "method": method, "question": question, "reason": reason}


def _reads(model: Model) -> tuple[Task, float, float]:
    return model.task, model.card.input.rate_hz, model.card.input.seconds


def _asked(questions: str | Iterable[str]) -> list[str]:
    """Names of questions, in their order. Raises UnknownNameError."""
    wanted = questions.split(",") if isinstance(questions, str) else list(questions)
    for name in wanted:
        if name not in QUESTIONS and name != "all":
            raise UnknownNameError("question", name, [*QUESTIONS, "all"])
    return [name for name in QUESTIONS if name in wanted or "all" in wanted]
