"""What a study of stability found, in sentences that are made once, of its tables alone.

The terminal, the Markdown page and the HTML section all show `StabilityFindings`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
import pandas as pd

from xai_bench.report.formats import p_of_a_sentence
from xai_bench.report.stability.wording import (
    first_and_last,
    listed,
    lowest_to_highest,
    mean_of,
    n_of,
    native_verdict,
    of_row,
    verdict,
)
from xai_bench.results.study_tables import StudyResult, select
from xai_bench.stats import holm, told_apart, with_least
from xai_bench.studies.stability.headline_scores import (
    HEADLINE_MEASURE,
    HEADLINE_SNR_DB,
    HEADLINES,
    PairedScores,
    by_recording,
    headline_scores,
    without_controls,
)
from xai_bench.studies.stability.schema import (
    FLOORS,
    NOISES,
    PAIR_SEPARATOR,
    QUESTIONS,
    WAVES_OF_A_BEAT,
)

__all__ = [
    "FEW_PATIENTS",
    "Finding",
    "StabilityFindings",
]

FEW_PATIENTS = 64
"""From which on nothing is said about how few they are."""

_SHIFT = 50.0
_HALF = 0.5
_NOTHING = 0.1
"""Similarity below which nothing is left."""
_ROUNDING = 1e-4
"""Log-odds that move by less were given the same."""
_OF_THESE_NETS = "Of these nets alone: the test is over patients, not over trainings."


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One sentence of what was found, or several that belong together."""

    question: str
    model: str
    text: str
    """Plain, without markup; it names its model."""


@final
@dataclass(frozen=True, eq=False)
class StabilityFindings:
    """What a study of stability found. Of two methods one is said to be ahead only where both the
    interval of their paired difference and Holm's p say so (`verdict`)."""

    result: StudyResult

    @cached_property
    def questions(self) -> list[str]:
        """Those that have estimates, in their order."""
        answered = set(self.result.table["question"])
        return [question for question in QUESTIONS if question in answered]

    @cached_property
    def sentences(self) -> list[Finding]:
        """By question, then by model."""
        return [
            Finding(question=rows.question, model=rows.model, text=text)
            for rows in self._parts
            for text in _SENTENCES[rows.question](rows)
        ]

    def texts(self, question: str) -> list[str]:
        return [one.text for one in self.sentences if one.question == question]

    @cached_property
    def few_patients(self) -> str | None:
        """The largest difference, over all pairs of methods of a model, that too few patients would
        miss in one of five cases or more; None with enough patients, or nothing to compare."""
        for rows in self._parts:
            if rows.question not in HEADLINES:
                continue
            scores, words = rows.headline, HEADLINES[rows.question].words
            patients = len(set(scores.patients))
            if len(scores.names) < 2 or patients >= FEW_PATIENTS:
                continue
            least = scores.pairs["least"].max()
            if not math.isfinite(least):
                return f"{patients} patients are too few to tell methods apart"
            return (
                f"with {patients} patients, two methods of {rows.model} that differ by less than "
                f"{least:.2g} in {words} can look alike "
                "(nominal power 80 %)"
            )
        return None

    @cached_property
    def left_out(self) -> list[str]:
        """Recordings, methods and parts of questions, one line each, and why."""
        lines = list(self.result.facts["left_out"])
        for one in self.result.facts["skipped"]:
            named = ", ".join(one[key] for key in ("model", "method", "question") if one[key])
            lines.append(f"{named}: {one['reason']}")
        return lines

    @cached_property
    def _parts(self) -> list[_ModelRows]:
        parts = []
        for question in QUESTIONS:
            answers = [
                select(one, question=question) for one in (self.result.scores, self.result.table)
            ]
            for model in map(str, dict.fromkeys(answers[0]["model"])):
                scores, table = (select(one, model=model) for one in answers)
                parts.append(
                    _ModelRows(
                        question=question,
                        model=model,
                        scores=scores,
                        table=table,
                        protocol=self.result.facts.get("protocol", 1),
                    )
                )
        return parts


@final
@dataclass(frozen=True, kw_only=True, eq=False)
class _ModelRows:
    """What is known of one model in one question."""

    question: str
    model: str
    scores: pd.DataFrame
    table: pd.DataFrame
    protocol: int
    """See `schema.PROTOCOL`."""

    @cached_property
    def methods(self) -> list[str]:
        """Those that are no controls."""
        return without_controls([name for name in dict.fromkeys(self.scores["method"]) if name])

    @cached_property
    def headline(self) -> PairedScores:
        """The headline numbers of these methods."""
        scores = headline_scores(self.question, self.scores, self.model)
        return scores[without_controls(scores.names)]

    @cached_property
    def similarities(self) -> pd.DataFrame:
        """Estimates of the headline similarity of these methods, over all recordings."""
        return select(
            self.table, measure=HEADLINE_MEASURE, given="all", method=self.methods
        ).dropna(subset="value")

    def similarities_under(self, condition: str, **wanted: str | float) -> pd.DataFrame:
        return select(self.similarities, condition=condition, **wanted)

    def native_verdict(self) -> Iterator[str]:
        return native_verdict(self.headline, self.model, HEADLINES[self.question])


def _input(rows: _ModelRows) -> Iterator[str]:
    """How far explanations survive what happens to a recording."""
    noisy = rows.headline
    if noisy.names:
        better = HEADLINES["input"].better
        floors = rows.similarities_under(FLOORS["input"])
        floor = lowest_to_highest(select(floors, method=noisy.names))
        to_floor = f"; to another recording's explanation {floor}" if floor else ""
        yield (
            f"Similarity of {rows.model}'s explanations under noise of {HEADLINE_SNR_DB:g} dB that "
            f"leaves the prediction unchanged: {first_and_last(noisy, better)}. Spearman, mean of "
            f"{len(set(rows.scores['condition']) & set(NOISES))} noises, n = {len(noisy.scores)} "
            f"recordings{to_floor}."
        )
        yield from rows.native_verdict()
    yield from _worst_noise(rows)
    yield from _changed(rows)


def _changed(rows: _ModelRows) -> Iterator[str]:
    """What is left under changes that are no noise, and which of them the net is never shown."""
    changes: dict[str, dict[str, str | float]] = {
        f"shifted by {_SHIFT:g} samples and aligned again": {
            "condition": "shift",
            "level": _SHIFT,
        },
        "with the arms' electrodes exchanged": {"condition": "lead swap"},
        "with 10 % more gain": {"condition": "gain", "level": 10.0},
        "resampled and back": {"condition": "resampled"},
    }
    parts, unseen, shown = [], [], []
    for words, of in changes.items():
        similar = select(rows.similarities, **of)
        found = lowest_to_highest(similar)
        moved = select(rows.table, measure="log-odds change", given="all", **of)["value"]
        if found and len(moved) and moved.iloc[0] < _ROUNDING:
            unseen.append(words)
        elif found:
            size = f" (log-odds move by {moved.iloc[0]:.2g})" if len(moved) else ""
            parts.append(f"{words}, {found}{size}")
            shown.append(similar)
    if parts:
        yield (
            f"Similarity of {rows.model}'s explanations to the ones of unchanged recordings: "
            f"{'; '.join(parts)}. n = {n_of(pd.concat(shown))} recordings."
        )
    if unseen:
        yield (
            f"Explanations of {rows.model} stay as they are {listed(unseen)} by construction: its "
            f"normalisation takes that out, and the log-odds move by less than {_ROUNDING:g}."
        )


def _worst_noise(rows: _ModelRows) -> Iterator[str]:
    """Under which noises the mean of the methods is lowest and highest, whether they are told
    apart, and what the first does to the prediction."""
    at_snr = select(rows.scores, condition=NOISES, level=HEADLINE_SNR_DB)
    similar = select(at_snr, measure=HEADLINE_MEASURE, method=rows.methods)
    noises = by_recording(similar, "condition")
    if len(noises.names) < 2:
        return
    worst, *others = map(str, noises.scores.mean().sort_values(kind="stable").index)
    best = others[-1]
    compared = dict.fromkeys((others[0], best))
    flips = select(rows.table, condition=worst, level=HEADLINE_SNR_DB, measure="flipped")
    flipped = "".join(
        f" {worst.capitalize()} flips {_percent(row)} of the predictions."
        for _, row in flips[:1].iterrows()
    )
    yield (
        f"Of the noises at {HEADLINE_SNR_DB:g} dB, the mean similarity of {rows.model}'s "
        f"explanations is lowest under {worst}, {mean_of(noises, worst)}, and highest under "
        f"{best}, {mean_of(noises, best)} (over {len(rows.methods)} methods, "
        f"n = {len(noises.scores)}): "
        f"{'; '.join(verdict(noises.pair(worst, one), 'gentler') for one in compared)}.{flipped}"
    )


def _percent(row: pd.Series) -> str:
    share, low, high = (f"{100 * float(row[name]):.0f}" for name in ("value", "ci_low", "ci_high"))
    return f"{share} %" if math.isnan(row["ci_low"]) else f"{share} % [{low}, {high}]"


def _initialisations(rows: _ModelRows) -> Iterator[str]:
    """How alike nets explain that differ in their seed, or in their architecture."""
    same = rows.similarities_under("same net")
    if len(same):
        yield _self_consistency(rows, same)
        for text in rows.native_verdict():
            yield f"{text} {_OF_THESE_NETS}"
    another = rows.similarities_under("another net")
    for other in dict.fromkeys(another["against"]):
        yield from _another_net(rows, str(other))


def _self_consistency(rows: _ModelRows, same: pd.DataFrame) -> str:
    pairs = set(select(rows.scores, condition="same net")["against"])
    nets = {name for pair in pairs for name in pair.split(PAIR_SEPARATOR)}
    floor = lowest_to_highest(rows.similarities_under(FLOORS["initialisations"]))
    nets_drawn = (
        "another for each recording" if rows.protocol > 1 else "one draw for all recordings"
    )
    intervals = "intervals over nets and patients"
    if same["ci_low"].isna().all():
        intervals = "too few nets for intervals over nets"
    return (
        f"Similarity of the explanations of {len(nets)} nets of {rows.model} that differ in their "
        f"seed: {lowest_to_highest(same)}; Spearman, n = {n_of(same)} recordings, {intervals}."
        f"{f' To the untrained net, {nets_drawn}: {floor}.' if floor else ''}"
    )


def _another_net(rows: _ModelRows, other: str) -> Iterator[str]:
    """Seeds against another architecture, method by method, on the recordings' means over pairs.

    Holm's p is over the methods.
    """
    scores = select(rows.scores, condition=("same net", "another net"))
    same = scores["condition"] == "same net"
    # What follows the other model's name is its seed.
    second = scores["against"].str.split(PAIR_SEPARATOR).str[-1]
    of_other = (second == other) | second.str.startswith(f"{other}-seed")
    pairs = _between_conditions(scores[same | of_other], rows.methods)
    if pairs.empty:
        return
    sure, unknown = pairs[pairs["apart"]], pairs[~pairs["apart"]]
    more, less = (sure[sure["first"] == kind] for kind in ("same net", "another net"))
    parts = []
    if len(more):
        parts.append(f"more with each other than with {other} by {_differences(more)}")
    if len(less):
        parts.append(f"less with each other than with {other} by {_differences(less)}")
    if len(unknown):
        least = unknown["least"].max()
        power = f" (least detectable difference {least:.2g})" if math.isfinite(least) else ""
        parts.append(
            f"no more and no less with {other} as far as can be told, by "
            f"{listed(list(unknown['method']))}{power}"
        )
    nets = {name for pair in scores["against"][same] for name in pair.split(PAIR_SEPARATOR)}
    yield (
        f"Seeds of {rows.model} agree {'; '.join(parts)}. n = {n_of(pairs)} recordings, "
        f"{len(nets)} nets of {rows.model} and {second[of_other].nunique()} of {other}. "
        f"{_OF_THESE_NETS}"
    )


def _between_conditions(scores: pd.DataFrame, methods: list[str]) -> pd.DataFrame:
    """Of each method that has both conditions their row of `compare_pairs`, and its name.

    Holm's p, and whether they are apart, are of all these methods.
    """
    similar = select(scores, measure=HEADLINE_MEASURE)
    compared = {
        method: by_recording(select(similar, method=method), "condition") for method in methods
    }
    two = {method: both for method, both in compared.items() if len(both.names) == 2}
    pairs = pd.DataFrame(
        with_least(both.pairs, both.scores, both.patients, tests=len(two)).iloc[0].to_dict()
        | {"method": method}
        for method, both in two.items()
    )
    if len(pairs):
        pairs["p_holm"] = holm(pairs["p"].to_numpy(np.float64))
        verdicts = map(told_apart, pairs["p_holm"], pairs["ci_low"], pairs["ci_high"])
        pairs["apart"] = list(verdicts)
    return pairs


def _differences(pairs: pd.DataFrame) -> str:
    words = [
        f"{of_row(row, 'difference')} ({row['method']})"
        for _, row in pairs.sort_values("difference", kind="stable").iterrows()
    ]
    return f"{listed(words)} (Holm {p_of_a_sentence(pairs['p_holm'].max())} at most)"


def _methods(rows: _ModelRows) -> Iterator[str]:
    """Which methods agree, and whether they are right where they do."""
    pairs = select(rows.table, condition="pair", measure=HEADLINE_MEASURE)
    pairs = pairs.dropna(subset="value").sort_values("value", kind="stable")
    methods = without_controls(list(dict.fromkeys([*pairs["method"], *pairs["against"]])))
    agreeing = pairs[pairs["method"].isin(methods) & pairs["against"].isin(methods)]
    if len(agreeing):
        most = agreeing.iloc[-1]
        text = f"Similarity of {rows.model}'s methods to each other: {_pair(most)}"
        if len(agreeing) > 1:
            text += f" is the highest mean, {_pair(agreeing.iloc[0])} the lowest"
            text += f", {agreeing['value'].mean():.2f} the mean over {len(agreeing)} pairs"
        yield f"{text}; Spearman, n = {n_of(agreeing)} recordings."
    yield from _controls(rows, methods)
    if rows.headline.names:
        yield from _consensus(rows)
        yield from rows.native_verdict()


def _controls(rows: _ModelRows, methods: list[str]) -> Iterator[str]:
    """How near methods are to each control, and whether the nearest is told from the others."""
    pairs = select(rows.scores, condition="pair", measure=HEADLINE_MEASURE)
    ends = ("method", "against")
    for control in dict.fromkeys(pairs[list(ends)].to_numpy().ravel()):
        if control in methods:
            continue
        of_control = pd.concat(
            pairs[(pairs[one] == control) & pairs[other].isin(methods)].assign(name=pairs[other])
            for one, other in (ends, ends[::-1])
        )
        near = by_recording(of_control, "name")
        if near.names:
            yield (
                f"Similarity of {rows.model}'s methods to {control}, a control (Spearman"
                f"{', of sizes where a map has no signs' * (rows.protocol > 1)}): "
                f"{first_and_last(near, f'nearer to {control}')}. "
                f"n = {len(near.scores)} recordings."
            )


def _pair(row: pd.Series) -> str:
    return f"{of_row(row)} ({row['method']} and {row['against']})"


def _consensus(rows: _ModelRows) -> Iterator[str]:
    """Where all agree against the best single method and chance, on the same recordings."""
    scores, evidence = rows.scores, rows.headline
    best, agree, chance = str(evidence.scores.mean().idxmax()), "what all agree on", "chance"
    named = {"consensus in evidence": agree, "chance": chance, "single in evidence": best}
    others = (scores["measure"] == "single in evidence") & (scores["method"] != best)
    scores = select(scores[~others], measure=named)
    three = by_recording(scores.assign(name=scores["measure"].map(named)), "name")
    if agree not in three.names:
        return
    wrong = 1 - three.scores[agree].mean()
    better = HEADLINES["methods"].better
    against_best = verdict(three.pair(agree, best), better)
    yield (
        f"Of the samples of {rows.model} that all {len(evidence.names)} methods have in their "
        f"largest 10 %, {mean_of(three, agree)} are planted evidence and {100 * wrong:.0f} % are "
        f"not; of those of {best} alone {mean_of(three, best)}, of all samples "
        f"{mean_of(three, chance)}. {against_best[:1].upper()}{against_best[1:]}; "
        f"{verdict(three.pair(agree, chance), better)}; "
        f"n = {int(three.scores[agree].notna().sum())} recordings."
    )


def _weights(rows: _ModelRows) -> Iterator[str]:
    """How fast explanations go when the weights do, and which stay."""
    curves = rows.similarities_under("cascade")
    ends = curves[curves["level"] == curves["level"].max()].sort_values("value", kind="stable")
    if ends.empty:
        return
    first = float(curves["level"].min())
    starts = {row["method"]: of_row(row) for _, row in select(curves, level=first).iterrows()}
    both = [
        f"{row['method']} {starts.get(row['method'], '–')} and {of_row(row)}"
        for _, row in ends.iterrows()
    ]
    yield (
        f"Similarity of |a| (Spearman) to the trained {rows.model}, after the first "
        f"{100 * first:.0f} % of the layers from the output on are randomised and after all: "
        f"{listed(both)}; n = {n_of(ends)} recordings, "
        f"{'each with' if rows.protocol > 1 else 'all with the same'} random weights"
        f"{' of its own' * (rows.protocol > 1)}. {_speed(curves)}"
    )
    kept = [
        f"{of_row(row)} ({row['method']})" for _, row in ends[ends["ci_low"] > _NOTHING].iterrows()
    ]
    gone = list(ends.loc[ends["ci_high"] < _NOTHING, "method"])
    if kept:
        less = f"; less than {_NOTHING:g} is left of {listed(gone)}" if gone else ""
        yield (
            f"With no trained layer left in {rows.model}, similarity is still {listed(kept)}: that "
            f"much comes of the recording and the architecture, not of what was learnt{less}."
        )


def _speed(curves: pd.DataFrame) -> str:
    """From which share of the layers on the interval of each curve is below one half."""
    since: dict[float, list[str]] = {}
    never: list[str] = []
    for method, curve in curves.sort_values("level").groupby("method", sort=False):
        above = curve[~(curve["ci_high"] < _HALF)]
        below = curve if above.empty else curve[curve["level"] > above["level"].max()]
        if below.empty:
            never.append(str(method))
        else:
            since.setdefault(float(below["level"].min()), []).append(str(method))
    points = [
        f"from {100 * level:.0f} % of the layers on ({', '.join(who)})"
        for level, who in sorted(since.items())
    ]
    points += [f"not by the interval: {', '.join(never)}"] if never else []
    return f"The mean is below {_HALF:g} with all of its interval {'; '.join(points)}."


def _beats(rows: _ModelRows) -> Iterator[str]:
    """Whether a beat is explained like the next one."""
    beats = rows.headline
    if not beats.names:
        return
    yield (
        f"Similarity of {rows.model}'s explanations of neighbouring beats: "
        f"{first_and_last(beats, HEADLINES['beats'].better)}. Spearman, whole beats, "
        f"n = {len(beats.scores)} recordings.{_beats_of_another(rows)}"
    )
    yield from rows.native_verdict()
    neighbours = select(rows.scores, condition="next beat", measure=HEADLINE_MEASURE)
    of_waves = select(neighbours, against=WAVES_OF_A_BEAT, method=beats.names)
    waves = by_recording(of_waves, "against")
    if len(waves.names) < 2:
        return
    first, *_, last = map(
        str, waves.scores.mean().sort_values(ascending=False, kind="stable").index
    )
    pair = waves.pair(first, last)
    yield (
        f"Wave by wave, the mean similarity of {rows.model}'s explanations of neighbouring beats "
        f"is highest in {first}, {mean_of(waves, first)}, and lowest in {last}, "
        f"{mean_of(waves, last)} (over {len(beats.names)} methods): {verdict(pair, 'more alike')}. "
        f"n = {int(pair['n'])} recordings."
    )


def _beats_of_another(rows: _ModelRows) -> str:
    """The floor, and which methods cannot be said to explain a beat more like the next than like
    another patient's."""
    methods = rows.headline.names
    floor = select(rows.similarities_under(FLOORS["beats"], against="beat"), method=methods)
    if floor.empty:
        return ""
    pairs = _between_conditions(select(rows.scores, against="beat"), methods)
    alike = [
        pair["method"]
        for _, pair in pairs.iterrows()
        if not (pair["apart"] and pair["first"] == "next beat")
    ]
    text = f" To beats of another recording: {lowest_to_highest(floor)}"
    return f"{text}; not told apart from them: {listed(alike)}." if alike else f"{text}."


_SENTENCES: dict[str, Callable[[_ModelRows], Iterator[str]]] = {
    "input": _input,
    "initialisations": _initialisations,
    "methods": _methods,
    "weights": _weights,
    "beats": _beats,
}
