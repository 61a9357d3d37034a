"""The answer in a few sentences: can these explanations be trusted?

Made of a run's cells and its leaderboard alone, by the rules that made these, and read by every
back-end. Metrics that are not trusted, see `results.trusted_standings`, are in no count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import pandas as pd

from xai_bench.report.formats import span
from xai_bench.report.leaderboard.order import unreliable_models
from xai_bench.report.stability.wording import listed
from xai_bench.results import Cell
from xai_bench.results.trusted_standings import (
    NATIVE,
    ModelStanding,
    native_against_post_hoc,
    trusted_standings,
)

__all__ = ["QUESTION", "Answer", "answer_of", "answer_sentences", "leader_words", "place_of"]

QUESTION = "Can these explanations be trusted?"

_NAMED = 3
"""Models that are gone through one by one; of more they are counted."""
_WORTH = ("faithfulness", "stability", "randomisation", "localisation")
"""The families that say something of an explanation's worth, good or bad."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the sentences and the table below them are made of."""

    standings: Sequence[ModelStanding]
    native: pd.DataFrame
    """See `native_against_post_hoc`."""
    families: Mapping[str, tuple[int, int]]
    """How many metrics of a family were scored, and how many of them are trusted."""
    unreliable: Mapping[str, str]
    """Models that classify too badly, each with its AUROC."""
    audited: bool
    """Whether any audit of metrics is at hand."""
    made_of: Sequence[str]
    """Recordings, folds and seeds, one line for each dataset."""
    clusters: int | None
    """Groups of the trusted metrics of which each asks something else; None where not known."""

    @property
    def asked(self) -> list[ModelStanding]:
        return [one for one in self.standings if one.metrics and not one.too_few]


def answer_of(
    cells: Sequence[Cell],
    leaderboard: pd.DataFrame,
    audited: Collection[str],
    core: pd.DataFrame | None = None,
) -> Answer:
    """leaderboard: of these cells, with the flags of the audit. audited: see `Zoo.audited`. core:
    the table of an audit of metrics that says which ask the same."""
    standings = trusted_standings(leaderboard, audited)
    trusted = list(dict.fromkeys(name for one in standings for name in one.metrics))
    clusters = None
    if core is not None and set(trusted) <= set(core["metric"]):
        clusters = int(core.loc[core["metric"].isin(trusted), "cluster"].nunique())
    scored = leaderboard[leaderboard["status"] == "ok"]
    families = {}
    for family, rows in scored.groupby("family", sort=False):
        names = set(rows["metric"])
        families[str(family)] = (len(names), len(names & set(trusted)))
    return Answer(
        standings=standings,
        native=native_against_post_hoc(cells, trusted),
        families=families,
        unreliable=unreliable_models(scored),
        audited=bool(audited),
        made_of=_made_of(cells, scored),
        clusters=clusters,
    )


def _made_of(cells: Sequence[Cell], scored: pd.DataFrame) -> list[str]:
    """Such as "32 recordings of 32 patients of synthetic (fold 10, one draw: seed 0)"."""
    found = []
    for dataset in dict.fromkeys(scored["dataset"]):
        patients: dict[str, str] = {}
        folds: set[int] = set()
        seeds: set[int] = set()
        for cell in cells:
            if cell.dataset != dataset or (rows := cell.scores) is None:
                continue
            patients |= dict(zip(rows["record_id"], rows["patient_id"], strict=True))
            folds |= set(cell.provenance.get("folds") or ())
            seeds |= {int(cell.provenance.get("seed", 0))}
        facts = [_numbered("fold", folds)] if folds else []
        draws = "one draw" if len(seeds) == 1 else f"{len(seeds)} draws"
        facts.append(f"{draws}: {_numbered('seed', seeds)}")
        whose = len(set(patients.values()))
        found.append(
            f"{len(patients)} recordings of {whose} patient{'s' * (whose != 1)} of {dataset} "
            f"({', '.join(facts)})"
        )
    return found


def _numbered(word: str, numbers: Collection[int]) -> str:
    """Such as "fold 10", or "folds 1 and 2"."""
    names = listed([str(one) for one in sorted(numbers)])
    return f"{word}{'s' * (len(numbers) != 1)} {names}"


def answer_sentences(answer: Answer) -> list[str]:
    """Three to five sentences, plain text: what is shown, who leads, where the native explanation
    stands, what is not shown, and of what. Fewer where there is less to say, with the reason."""
    if not answer.asked:
        return [_nothing(answer), *_of_what(answer)]
    return [
        _better(answer),
        *_worse(answer),
        *_leaders(answer),
        *_native(answer),
        *_of_what(answer),
    ]


def _nothing(answer: Answer) -> str:
    """Why no method can be said to be better than what needs no trained model."""
    if not answer.standings:
        reason = "no method of a model that classifies well enough was scored"
        if not answer.unreliable and not answer.families:
            reason = "no run is among what was given, and studies say what they found below"
    elif not answer.audited:
        reason = "no audit says which metrics can be trusted; make one: xai-bench audit metrics"
    elif all(one.too_few for one in answer.standings if one.metrics) and any(
        one.metrics for one in answer.standings
    ):
        reason = "the patients are too few for any test; take more recordings"
    elif not any(trusted for _, trusted in answer.families.values()):
        reason = (
            "no metric that was scored is trusted by the audit of metrics, or no control without "
            "a trained model (amplitude, slope, a method's own @untrained) was scored beside "
            "the methods"
        )
    else:
        reason = "no control without a trained model was scored; add --method amplitude,slope"
    return f"Nothing can be said: {reason}."


def place_of(one: ModelStanding, answer: Answer) -> str:
    several = len({of.dataset for of in answer.standings}) > 1
    return f"{one.model} ({one.dataset})" if several else one.model


def _better(answer: Answer) -> str:
    asked = answer.asked
    full = sum(len(one.all_better) for one in asked)
    pairs = sum(len(one.methods) for one in asked)
    word = "Not shown" if not full else "Yes" if full == pairs else "Some can"
    families = listed(list(dict.fromkeys(name for one in asked for name in one.families)))
    counts = [len(one.metrics) for one in asked]
    metrics = span(min(counts), max(counts))
    floors = listed(
        [words for name, words in _FLOORS.items() if any(name in o.floors for o in asked)]
    )
    if len(asked) > _NAMED:
        most = Counter(name for one in asked for name in one.all_better).most_common(_NAMED)
        who = f" (most often {listed([f'{name}, of {count}' for name, count in most])})" * bool(
            most
        )
        found = f"{full} of {pairs} explanations of {len(asked)} models{who}"
    else:
        found = "; ".join(
            f"on {place_of(one, answer)} {listed(one.all_better) if one.all_better else 'none'} "
            f"({len(one.all_better)} of {_methods(len(one.methods))})"
            for one in asked
        )
    by = "the one trusted metric" if metrics == "1" else f"each of the {metrics} trusted metrics"
    return (
        f"{word}, as far as {families} goes: {found} {'is' if full <= 1 else 'are'} shown to be "
        f"better than every control that needs no trained model ({floors}) by {by}."
    )


_FLOORS = {
    "amplitude": "amplitude",
    "slope": "slope",
    "@untrained": "the method's own map of the untrained net",
}


def _methods(count: int) -> str:
    return f"{count} method{'s' * (count != 1)}"


def _worse(answer: Answer) -> Iterator[str]:
    """The methods that fewer than half of the metrics show to be better."""
    found = {
        place_of(one, answer): [
            f"{name} ({of.better} of {of.asked})"
            for name, of in sorted(one.methods.items(), key=lambda item: item[1].better)
            if 2 * of.better < of.asked and name not in one.all_better
        ]
        for one in answer.asked
    }
    if not any(found.values()):
        return
    parts = [f"on {place} {listed(names)}" for place, names in found.items() if names]
    if len(answer.asked) > _NAMED:
        parts = [f"{sum(map(len, found.values()))} explanations"]
    yield f"Fewer than half of the metrics show it of these: {'; '.join(parts)}."


def _leaders(answer: Answer) -> Iterator[str]:
    """Who is first most often, and with whom that is shared; controls share no lead."""
    asked = [one for one in answer.asked if len(one.methods) > 1]
    if len(asked) > _NAMED:
        most = Counter(name for one in asked for name in _most_often_first(one)).most_common(2)
        if most:
            who = listed([f"{name} on {count}" for name, count in most])
            yield f"Most often first: {who} of {len(asked)} models."
        return
    parts = []
    for one in asked:
        found = "nobody"
        if names := _most_often_first(one):
            of = one.methods[names[0]]
            found = f"{listed(names)} ({len(of.first)} of {len(one.metrics)} metrics"
            alone = f"; {of.alone} alone{_with_whom(one, names[0])}"
            found += " each)" if len(names) > 1 else f"{alone})"
        parts.append(f"on {place_of(one, answer)} {found}")
    if parts:
        yield f"Most often first: {'; '.join(parts)}."


def leader_words(standings: Sequence[ModelStanding]) -> str:
    """Such as "ig-16 on imn (15 of 16), ig-16 on resnet1d (10 of 16)"; "" where nobody leads."""
    return ", ".join(
        f"{listed(names)} on {one.model} ({len(one.methods[names[0]].first)} of {len(one.metrics)})"
        for one in standings
        if one.metrics and not one.too_few and len(one.methods) > 1
        if (names := _most_often_first(one))
    )


def _most_often_first(one: ModelStanding) -> list[str]:
    """All that are first in as many metrics as any; none where nobody is."""
    most = max(len(of.first) for of in one.methods.values())
    return [name for name, of in one.methods.items() if most and len(of.first) == most]


def _with_whom(one: ModelStanding, name: str) -> str:
    firsts = set(one.methods[name].first)
    with_ = Counter({other: len(firsts & set(of.first)) for other, of in one.methods.items()})
    del with_[name]
    most = max(with_.values())
    others = [other for other, count in with_.items() if count == most]
    each = " each" if len(others) > 1 else ""
    return f", {most}{each} with {listed(others)}" if most else ""


def _native(answer: Answer) -> Iterator[str]:
    """Where the explanation that a net writes itself stands against the best post-hoc method."""
    rows = answer.native
    places = {(one.dataset, one.protocol, one.model): one for one in answer.asked}
    keys = list(zip(rows["dataset"], rows["protocol"], rows["model"], strict=True))
    rows = rows[[key in places for key in keys]]
    if rows.empty:
        return
    count = Counter(rows["verdict"])
    models = list(dict.fromkeys(rows["model"]))
    who = models[0] if len(models) == 1 else f"{len(models)} models"
    many = "comparisons by metric and model" if len(models) > 1 else "metrics"
    yield (
        f"{NATIVE.capitalize()}, what {who} itself gives as its explanation, is ahead of the best "
        f"post-hoc method in {count['ahead']} of {len(rows)} {many}, behind in {count['behind']}, "
        f"and not told apart in {count['not told apart']}."
    )


def _of_what(answer: Answer) -> Iterator[str]:
    """Of which recordings, and what is not said."""
    silent = [
        (family, scored)
        for family, (scored, trusted) in answer.families.items()
        if not trusted and family in _WORTH
    ]
    parts = []
    if answer.made_of:
        nets = " and of these nets alone" if answer.asked else ""
        parts.append(f"All this is of {listed(list(answer.made_of))}{nets}")
    if answer.clusters is not None and answer.asked:
        most = max(len(one.metrics) for one in answer.asked)
        if answer.clusters < most:
            groups = "one group" if answer.clusters == 1 else f"{answer.clusters} groups"
            parts.append(f"the {most} metrics fall into {groups} of like questions")
    if silent and answer.asked:
        names = listed([f"{family} ({scored})" for family, scored in silent])
        parts.append(
            f"nothing is said of {names}: no metric of these is trusted (†) by the audit of metrics"
        )
    if answer.unreliable:
        whose = listed([f"{name} (AUROC {auroc})" for name, auroc in answer.unreliable.items()])
        badly = "which classifies" if len(answer.unreliable) == 1 else "which classify"
        parts.append(f"nothing is said of {whose}, {badly} too badly")
    if parts:
        text = "; ".join(parts)
        yield f"{text[:1].upper()}{text[1:]}."
