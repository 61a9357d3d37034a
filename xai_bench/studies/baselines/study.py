"""The study of baselines: what a model says of them, how methods rank under each, and how maps of
methods that begin at one change with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, compress
from pathlib import Path
from typing import Any, Literal, final

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Float, Int64

from xai_bench.data import Length
from xai_bench.devices import float32_policy, rows_of_a_pass
from xai_bench.errors import InputError, UnknownNameError
from xai_bench.methods import Method, Methods, find_methods
from xai_bench.methods.attribute import attribute, check_input, check_target, make_batch
from xai_bench.methods.base import CannotExplain
from xai_bench.methods.baseline_recordings import against, make_baseline
from xai_bench.models import Model
from xai_bench.presets import PRESETS
from xai_bench.randomness import seeds_for
from xai_bench.results.study_tables import Schema, StudyResult
from xai_bench.results.verdicts import ScoreTable
from xai_bench.scoring import Metrics, find_metrics
from xai_bench.scoring.other_baselines import takes_baseline, with_baseline
from xai_bench.scoring.score import score_attributions
from xai_bench.stats import (
    FEWEST_PATIENTS,
    mirrored,
    resampled_agreement,
    share_interval,
    statistic_interval,
    superior,
)
from xai_bench.stats.correlation import spearman
from xai_bench.studies.base import Inputs, Models, able_methods
from xai_bench.studies.rankings.method_pairs import compare_places, pair_table
from xai_bench.types import BASELINES, ZERO, Attributions, Progress, Recordings, silent
from xai_bench.workers import one_thread
from xai_bench.zoo import Metric, Zoo

__all__ = ["FEWEST_METHODS", "MEASURES", "RECORDING", "SCHEMA", "Baselines", "baseline_dependence"]

_PRESET = PRESETS.baselines

MEASURES = {
    "log_odds": "mean log-odds of the explained class (second), of the recording and of baselines",
    "score": "mean score of a method by the metric with the baseline (first)",
    "order": "Kendall's τ-b of the orders that a metric gives the methods with two baselines, on "
    "the recordings that have scores with both",
    "map": "Spearman's correlation of a method's maps from zero and from the baseline (second)",
    "gain": "share of recordings in which METHOD@first scores better than METHOD, which begins at "
    "zero, by the metric with the baseline (second); ties are halves",
}
"""By name: what an estimate is."""

RECORDING = "recording"
"""In place of a baseline: the recording itself."""

FEWEST_METHODS = 3
"""Two methods have two orders: that they agree says little."""

SCHEMA = Schema(
    stem="baselines",
    keys={
        **{"measure": "str", "model": "str", "metric": "str", "method": "str"},
        **{"first": "str", "second": "str"},
    },
    more={"methods": "int64", "pairs": "int64", "pairs_hold": "int64", "pairs_swap": "int64"},
    facts={
        "data": str,
        "n": int,
        "models": list,
        "metrics": dict,
        "methods": list,
        "baselines": list,
        "left_out": list,
    },
    mend="make one: xai-bench baselines",
)
"""first, second: baselines, but for the class of log_odds. pairs: of methods, of an order; those
that hold and those that swap, see `compare_places`."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Baselines:
    """What was found."""

    result: StudyResult
    pairs: pd.DataFrame
    """Every two methods by every metric with every two baselines, with the columns `PAIRS`."""


@float32_policy()
def baseline_dependence(
    model: Models = _PRESET.models,
    method: Methods = _PRESET.methods,
    *,
    metrics: Metrics = _PRESET.metrics,
    baselines: Sequence[str] = BASELINES,
    data: str | Path | Recordings = "synthetic",
    split: str = "test",
    fold: int | Collection[int] | None = None,
    n: int | None = _PRESET.n,
    target: str = "predicted",
    seed: int = 0,
    device: str | None = None,
    length: Length = "exact",
    labels: str | Path | None = None,
    gain: float | None = None,
    zoo: Zoo | None = None,
    progress: Progress | None = None,
) -> Baselines:
    """Score methods by metrics that remove samples, with each baseline in turn.

    method: as in `run`, each with the baseline that it has. Of those that begin at one, and can do
    with another, maps from the other baselines are compared with those from zero; they have no
    place in orders of methods. metrics: that set samples to zero; others are refused. baselines: of
    BASELINES; one that the recordings do not have is left out. progress: called with (what is being
    done, steps done, steps in all).

    The columns of the table are those of SCHEMA, and `MEASURES` says what its estimates are.
    Intervals: 95 %, patients resampled. Raises XaiBenchError.
    """
    inputs = Inputs(
        data=data, split=split, fold=fold, n=n, seed=seed, length=length, labels=labels, gain=gain,
        device=device, zoo=zoo or Zoo(), progress=progress or silent,
    )  # fmt: skip
    chosen = _baselines(baselines)
    cards = find_metrics(metrics, inputs.zoo)
    for card in cards:
        if not takes_baseline(card):
            with_baseline(card, chosen[-1])  # says why it cannot
    methods = find_methods(method, inputs.zoo, inputs.given)
    models = inputs.models(model)
    rows: list[dict[str, Any]] = []
    pairs: list[dict[str, Any]] = []
    left_out: list[str] = []
    used: dict[str, Recordings] = {}
    with one_thread(on_cpu=all(one.device.type == "cpu" for one in models)):
        for one in models:
            check_target(one, target)
            recordings = used[one.name] = inputs.recordings(one)
            check_input(one, recordings)
            asked = _Asked(inputs, one, recordings, target, cards, chosen)
            found = asked.scored(methods)
            rows += found.rows()
            pairs += found.pairs
            left_out += asked.left_out
    facts = inputs.facts(models[0].device, used)
    facts["left_out"] = list(dict.fromkeys([*facts["left_out"], *left_out]))
    table = pd.DataFrame(rows, columns=list(SCHEMA.estimates)).astype(SCHEMA.estimates)
    result = StudyResult(
        schema=SCHEMA,
        table=table,
        facts=facts
        | {
            "models": [one.name for one in models],
            "metrics": {one.name: {"label": one.label, "better": one.better} for one in cards},
            "methods": [one.name for one in methods],
            "baselines": chosen,
            "target": target,
        },
    )
    return Baselines(result=result, pairs=pair_table(pairs))


def _baselines(names: Iterable[str]) -> list[str]:
    """In their order, zero among them, with which others are compared."""
    given = set(names)
    for name in given:
        if name not in BASELINES:
            raise UnknownNameError("baseline", name, BASELINES)
    found = [name for name in BASELINES if name in given | {ZERO}]
    if len(found) < 2:
        raise InputError(f"one baseline cannot be compared; name others: {', '.join(BASELINES)}")
    return found


@dataclass(slots=True)
class _Asked:
    """One model, and what is asked of it."""

    inputs: Inputs
    model: Model
    recordings: Recordings
    target: str
    metrics: list[Metric]
    baselines: list[str]
    left_out: list[str] = field(default_factory=list)

    def scored(self, methods: Sequence[Method]) -> _Found:
        able, unable = able_methods(self.model, methods, self.recordings)
        self.left_out += [f"{self.model.name}: {reason}" for reason in unable.values()]
        if not able:
            raise InputError(f"model '{self.model.name}': none of the methods can explain it")
        log_odds = self._log_odds()
        known = [name for name in self.baselines if name in log_odds]
        others: dict[str, list[str]] = {}
        every = [*able]
        for method in able:
            if method.takes_baseline:
                others[method.name] = [name for name in known if name != ZERO]
                every += [against(method, name) for name in others[method.name]]
        maps = {method.name: self._explain(method, k, len(every)) for k, method in enumerate(every)}
        self.left_out += _flawed(self.model, maps)
        cards = [with_baseline(metric, name) for metric in self.metrics for name in known]
        tables = score_attributions(
            self.model,
            self.recordings,
            list(maps.values()),
            metrics=cards,
            seed=self.inputs.seed,
            progress=lambda k, total: self.inputs.progress(f"{self.model.name}: scoring", k, total),
        )
        return _Found(
            model=self.model,
            recordings=self.recordings,
            target=maps[able[0].name].target,
            log_odds=log_odds,
            maps=maps,
            methods=[method.name for method in able],
            others=others,
            metrics=self.metrics,
            scores={card.name: _wide(tables, card.name, self.recordings) for card in cards},
            seed=self.inputs.seed,
        )

    def _explain(self, method: Method, done: int, total: int) -> Attributions:
        self.inputs.progress(f"{self.model.name}: {method.name}", done, total)
        return attribute(
            self.model, self.recordings, method, target=self.target, seed=self.inputs.seed
        )

    @torch.inference_mode()
    def _log_odds(self) -> dict[str, Float[np.ndarray, " record"]]:
        """Of the explained class, of the recordings themselves and of each baseline that they
        have; NaN where it is the recording itself."""
        found: dict[str, list[Float[np.ndarray, " record"]]] = {}
        missing: dict[str, str] = {}
        size = rows_of_a_pass(self.model.device, "recordings")
        for start in range(0, len(self.recordings), size):
            piece = self.recordings[start : start + size]
            batch = make_batch(self.model, piece, target=self.target)
            batch = replace(batch, seeds=seeds_for(self.inputs.seed, piece.record_id, "baseline"))
            for name in (RECORDING, *self.baselines):
                try:
                    z = batch.z if name == RECORDING else make_baseline(name, self.model, batch)
                except CannotExplain as reason:
                    missing[name] = str(reason)
                    continue
                values = self.model.log_odds(z, batch.target).double()
                if name not in (RECORDING, ZERO):
                    own = (z == batch.z).flatten(1).all(dim=1)
                    values = values.masked_fill(own, torch.nan)
                found.setdefault(name, []).append(values.cpu().numpy())
        self.left_out += [f"{self.model.name}, {name}: {why}" for name, why in missing.items()]
        return {name: np.concatenate(each) for name, each in found.items()}


_NOTHING: dict[str, Any] = {
    **dict.fromkeys(("metric", "method", "first", "second", "reason"), ""),
    **dict.fromkeys(("value", "ci_low", "ci_high"), float("nan")),
    **dict.fromkeys(SCHEMA.more, 0),
}


@dataclass(slots=True, kw_only=True)
class _Found:
    """Maps and scores of one model."""

    model: Model
    recordings: Recordings
    target: Int64[np.ndarray, " record"]
    log_odds: dict[str, Float[np.ndarray, " record"]]
    maps: dict[str, Attributions]
    methods: list[str]
    others: dict[str, list[str]]
    """Of methods that begin at a baseline: the other ones."""
    metrics: list[Metric]
    scores: dict[str, pd.DataFrame]
    """METRIC@BASELINE -> recording x method; NaN where there is no score."""
    seed: int
    pairs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def baselines(self) -> list[str]:
        return [name for name in BASELINES if name in self.log_odds]

    def rows(self) -> list[dict[str, Any]]:
        return [
            _NOTHING | {"model": self.model.name} | row
            for rows in (
                self._of_log_odds(), self._of_scores(), self._of_orders(), self._of_maps(),
                self._of_gains(),
            )
            for row in rows
        ]  # fmt: skip

    def _of_log_odds(self) -> Iterator[dict[str, Any]]:
        for k, name in enumerate(self.model.task.classes):
            of_class = self.target == k
            for baseline in (RECORDING, *self.baselines) if of_class.any() else ():
                keys = {"measure": "log_odds", "first": baseline, "second": name}
                yield keys | self._mean(np.where(of_class, self.log_odds[baseline], np.nan))

    def _of_scores(self) -> Iterator[dict[str, Any]]:
        for metric in self.metrics:
            for baseline in self.baselines:
                for method, values in self._scores(metric, baseline).items():
                    keys = {"measure": "score", "metric": metric.name, "method": method}
                    yield keys | {"first": baseline} | self._mean(values.to_numpy(np.float64))

    def _of_orders(self) -> Iterator[dict[str, Any]]:
        for metric in self.metrics:
            for first, second in combinations(self.baselines, 2):
                keys = {"measure": "order", "metric": metric.name}
                yield keys | {"first": first, "second": second} | self._order(metric, first, second)

    def _order(self, metric: Metric, first: str, second: str) -> dict[str, Any]:
        tables = [self._scores(metric, name)[self.methods] for name in (first, second)]
        known = [name for name in self.methods if all(one[name].notna().any() for one in tables)]
        whole = np.all([one[known].notna().all(axis=1) for one in tables], axis=0)
        patients = self._patients(whole)
        row: dict[str, Any] = {"n": len(patients), "methods": len(known)}
        if len(known) < FEWEST_METHODS:
            return row | {"reason": f"fewer than {FEWEST_METHODS} methods have scores"}
        if len(set(patients)) < FEWEST_PATIENTS:
            return row | {"reason": f"fewer than {FEWEST_PATIENTS} patients have scores with both"}
        one, other = (self._score_table(metric, t.loc[whole, known], patients) for t in tables)
        tau, resampled = resampled_agreement(
            one.scores, other.scores, patients, signs=(one.sign, one.sign), seed=self.seed
        )
        if resampled is None:
            return row | {"reason": "the methods are tied with one of the two"}
        low, high = mirrored(tau, resampled)
        compared = compare_places(one, other, known)
        keys = {"first": first, "second": second, "model": self.model.name}
        keys |= {"family": metric.family, "metric": metric.name}
        self.pairs += [keys | pair for pair in compared]
        hold, swap = (sum(p["verdict"] == word for p in compared) for word in ("holds", "swaps"))
        row |= {"value": tau, "ci_low": low, "ci_high": high}
        return row | {"pairs": len(compared), "pairs_hold": hold, "pairs_swap": swap}

    def _of_maps(self) -> Iterator[dict[str, Any]]:
        for method, others in self.others.items():
            for baseline in others:
                here, there = (self.maps[name] for name in (method, f"{method}@{baseline}"))
                a, b = (torch.from_numpy(one.values).flatten(1) for one in (here, there))
                values = spearman(a, b).double().numpy()
                flawed = [
                    here.invalid(row) is not None or there.invalid(row) is not None
                    for row in range(len(values))
                ]
                keys = {"measure": "map", "method": method, "first": ZERO, "second": baseline}
                yield keys | self._mean(np.where(flawed, np.nan, values))

    def _of_gains(self) -> Iterator[dict[str, Any]]:
        for metric in self.metrics:
            for method, others in self.others.items():
                for baseline in others:
                    for asked in self.baselines:
                        keys = {"measure": "gain", "metric": metric.name, "method": method}
                        keys |= {"first": baseline, "second": asked}
                        yield keys | self._gain(metric, method, baseline, asked)

    def _gain(self, metric: Metric, method: str, baseline: str, asked: str) -> dict[str, Any]:
        """How often METHOD@baseline is better than METHOD by METRIC@asked."""
        table = self._scores(metric, asked)
        other, usual = (
            table[name].to_numpy(np.float64) for name in (f"{method}@{baseline}", method)
        )
        known = np.isfinite(other) & np.isfinite(usual)
        if not known.any():
            return {"n": 0, "reason": "no recording has both scores"}
        sign = 1 if metric.better == "higher" else -1
        won = superior(sign * other[known], sign * usual[known])
        patients = self._patients(known)
        low, high = share_interval(won, patients)
        return {"value": float(won.mean()), "ci_low": low, "ci_high": high, "n": len(won)}

    def _patients(self, known: Bool[np.ndarray, " record"]) -> list[str]:
        """Of those recordings."""
        return list(compress(self.recordings.patient_id, known))

    def _scores(self, metric: Metric, baseline: str) -> pd.DataFrame:
        return self.scores[with_baseline(metric, baseline).name]

    def _score_table(
        self, metric: Metric, scores: pd.DataFrame, patients: Sequence[str]
    ) -> ScoreTable:
        better: Literal["higher", "lower"] = metric.card.better
        return ScoreTable(
            dataset=self.recordings.name, protocol="", model=self.model.name, metric=metric.name,
            family=metric.family, better=better, scores=scores, patients=patients,
        )  # fmt: skip

    def _mean(self, values: Float[np.ndarray, " record"]) -> dict[str, Any]:
        known = np.isfinite(values)
        if not known.any():
            return {"n": 0, "reason": "no recording has one"}
        patients = self._patients(known)
        low, high = statistic_interval(values[known], patients, "mean", seed=self.seed)
        mean = float(values[known].mean())
        return {"value": mean, "ci_low": low, "ci_high": high, "n": len(patients)}


def _flawed(model: Model, maps: dict[str, Attributions]) -> Iterator[str]:
    """A line for each method of which maps must not be scored."""
    for name, made in maps.items():
        why = [reason for row in range(len(made.values)) if (reason := made.invalid(row))]
        if why:
            yield f"{model.name}, {name}: {len(why)} of {len(made.values)} maps, such as {why[0]}"


def _wide(tables: dict[str, pd.DataFrame], metric: str, recordings: Recordings) -> pd.DataFrame:
    """Recording x method."""
    columns = {}
    for method, table in tables.items():
        rows = table[table["metric"] == metric].set_index("record_id")
        columns[method] = rows["score"].where(rows["status"] == "ok")
    return pd.DataFrame(columns).reindex(list(recordings.record_id))
