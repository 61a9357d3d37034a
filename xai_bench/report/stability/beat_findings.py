"""Whether a beat is explained like the next one."""

from __future__ import annotations

from collections.abc import Iterator

from xai_bench.report.stability.model_rows import (
    ModelRows,
    Said,
    between_conditions,
    folded,
    shown,
    verdicts,
)
from xai_bench.report.stability.wording import (
    listed,
    lowest_to_highest,
    mean_of,
    span_of_means,
    verdict,
)
from xai_bench.results.study_tables import select
from xai_bench.studies.stability.headline_scores import (
    HEADLINE_MEASURE,
    HEADLINES,
    by_recording,
)
from xai_bench.studies.stability.schema import FLOORS, WAVES_OF_A_BEAT

__all__ = ["beat_findings"]


def beat_findings(rows: ModelRows) -> Iterator[Said]:
    """Of whole beats, against those of a stranger, and wave by wave."""
    beats = rows.headline
    if not beats.names:
        return
    yield shown(
        f"Similarity of neighbouring beats, {rows.model}: {span_of_means(beats)}; "
        f"n = {len(beats.scores)}."
    )
    yield from verdicts(beats, rows.model, HEADLINES["beats"].better)
    yield from rows.native_verdict()
    yield from _strangers(rows)
    neighbours = select(rows.scores, condition="next beat", measure=HEADLINE_MEASURE)
    of_waves = select(neighbours, against=WAVES_OF_A_BEAT, method=beats.names)
    waves = by_recording(of_waves, "against")
    if len(waves.names) < 2:
        return
    first, *_, last = map(
        str, waves.scores.mean().sort_values(ascending=False, kind="stable").index
    )
    pair = waves.pair(first, last)
    yield shown(
        f"Of the waves of {rows.model}'s beats, {first} is the most alike, "
        f"{mean_of(waves, first)}, and {last} the least, {mean_of(waves, last)} (mean of "
        f"{len(beats.names)} methods; n = {int(pair['n'])})."
    )
    yield shown(f"On {rows.model}, {verdict(pair, 'more alike')}.")


def _strangers(rows: ModelRows) -> Iterator[Said]:
    """The floor, and which methods cannot be said to explain a beat more like the next than like
    another patient's."""
    methods = rows.headline.names
    floor = select(rows.similarities_under(FLOORS["beats"], against="beat"), method=methods)
    if floor.empty:
        return
    yield folded(f"To beats of another recording, {rows.model}: {lowest_to_highest(floor)}.")
    pairs = between_conditions(select(rows.scores, against="beat"), methods)
    alike = [
        pair["method"]
        for _, pair in pairs.iterrows()
        if not (pair["apart"] and pair["first"] == "next beat")
    ]
    if alike:
        yield shown(
            f"Not told apart from beats of another recording, {rows.model}: {listed(alike)}."
        )
