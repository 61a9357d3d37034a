"""Subjects whose similarities are known: closed-form models and made-up recordings."""

from __future__ import annotations

from collections.abc import Iterable

from tests.closed_forms import closed_form
from tests.recordings import recordings
from xai_bench.methods import find_methods
from xai_bench.models import Model
from xai_bench.nets.base import Net
from xai_bench.studies.stability.compared_models import Subject
from xai_bench.studies.stability.comparisons import Found
from xai_bench.types import Recordings

__all__ = ["by_measure", "subject"]


def subject(
    net: Net | Model,
    methods: str,
    *,
    given: Recordings | None = None,
    seeds: tuple[Model, ...] | None = None,
    others: tuple[tuple[Model, ...], ...] = (),
    target: str = "predicted",
) -> Subject:
    """Of five recordings with evidence, of three patients, if none are given."""
    model = net if isinstance(net, Model) else closed_form(net)
    return Subject(
        model=model,
        seeds=seeds or (model,),
        others=others,
        methods=tuple(find_methods(methods)),
        recordings=given or recordings(5, evidence=True),
        target=target,
    )


def by_measure(parts: Iterable[Found], **of: object) -> dict[str, list[float]]:
    """Scores of all recordings by measure, of the parts whose keys have these values."""
    found: dict[str, list[float]] = {}
    for part in parts:
        if all(getattr(part.key, name) == value for name, value in of.items()):
            found.setdefault(part.measure, []).extend(part.scores.tolist())
    return found
