"""The rules of a net of clauses, and how often they hold on recordings that it has not seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import final

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64
from torch import Tensor

from xai_bench.data import load_record
from xai_bench.errors import DatasetError, InputError
from xai_bench.models import Model
from xai_bench.nets.thermometer import Feature, Kind
from xai_bench.nets.tsetlin import Tsetlin
from xai_bench.scoring.model_quality import labelled
from xai_bench.stats import statistic_interval
from xai_bench.studies.base import Inputs
from xai_bench.types import Progress, Recordings, silent
from xai_bench.zoo import Zoo

__all__ = ["ClauseRules", "Condition", "Rule", "Share", "clause_rules"]

_ROWS = 256


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A sample, or a rise between two samples, lies within bounds: above `low`, at most `high`."""

    lead: str
    kind: Kind
    begin_s: float
    """Of the sample, or of the first of two, from the R peak on."""
    end_s: float
    """Of the second sample of a rise; of one sample the same as `begin_s`."""
    low: float
    high: float
    """In units of z; -inf and inf where there is no bound."""
    of_opposed: float
    """Share of recordings of the class that its rule votes against which fulfil it: the smaller,
    the more it keeps out."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Of recordings, with its 95 % interval over patients; nan where patients are too few."""

    share: float
    ci_low: float
    ci_high: float
    n: int


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule:
    """A clause, in the order of the net."""

    clause: int
    votes_for: bool
    """For class 1, or against it."""
    conditions: tuple[Condition, ...]
    """None of a clause that is never true: it is empty, or contradicts itself."""
    of_positive: Share
    """Recordings of class 1 of which it is true."""
    of_others: Share
    mean_true: Float[np.ndarray, "lead time"]
    """The mean of the recordings of its class of which it is true, as the net reads them; NaN where
    there is none."""
    is_true: bool | None
    """Of the recording that was asked about; None where none was."""

    @property
    def difference(self) -> float:
        """By how much more often it is true of the class that it votes for than of the other."""
        more = self.of_positive.share - self.of_others.share
        return more if self.votes_for else -more


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AskedRecording:
    """The one that was asked about."""

    record_id: str
    z: Float[np.ndarray, "lead time"]
    """As the net reads it."""
    attribution: Float[np.ndarray, "lead time"]
    """What its true rules add to the log-odds of class 1, at the samples that they read."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClauseRules:
    """The rules of a model, the strongest first: those that differ most between the classes."""

    model: str
    classes: tuple[str, ...]
    data: str
    log_odds_of_a_vote: float
    log_odds_of_no_vote: float
    rules: tuple[Rule, ...]
    seconds: Float64[np.ndarray, " time"]
    """Of samples, from the R peak on."""
    mean_positive: Float[np.ndarray, "lead time"]
    """The mean of the recordings of class 1, as the net reads them."""
    mean_others: Float[np.ndarray, "lead time"]
    leads: tuple[str, ...]
    asked: AskedRecording | None = None

    @property
    def record_id(self) -> str:
        """Of the recording that was asked about, or ""."""
        return "" if self.asked is None else self.asked.record_id

    @property
    def votes(self) -> tuple[int, int]:
        """For and against, of the recording that was asked about."""
        true = [rule for rule in self.rules if rule.is_true]
        votes_for = sum(rule.votes_for for rule in true)
        return votes_for, len(true) - votes_for

    @property
    def log_odds(self) -> float:
        """Of class 1, of the recording that was asked about."""
        votes_for, against = self.votes
        return self.log_odds_of_no_vote + self.log_odds_of_a_vote * (votes_for - against)


def clause_rules(
    model: str | Path | Model = "tsetlin-pvc",
    *,
    data: str | Path | Recordings | None = None,
    split: str = "test",
    n: int | None = 2000,
    record: str | Path | Recordings | None = None,
    seed: int = 0,
    device: str | None = None,
    zoo: Zoo | None = None,
    progress: Progress = silent,
) -> ClauseRules:
    """Read the clauses of a model as rules, and measure on recordings how often each is true.

    data: where they are measured; those of the card's recipe where nothing is said.
    n: recordings, classes in turn; None for all.
    record: one recording, see `load_record`, of which it is said which rules are true.

    Raises InputError for a model without clauses, and XaiBenchError.
    """
    opened = Inputs(device=device, zoo=zoo or Zoo()).model(model)
    net = opened.net
    if not isinstance(net, Tsetlin):
        raise InputError(
            f"model '{opened.name}' has no clauses, so it has no rules; name one of a Tsetlin "
            "machine, such as tsetlin-pvc"
        )
    if isinstance(record, str | Path):
        record = load_record(
            record, rate_hz=opened.rate_hz, seconds=opened.seconds, leads=opened.leads
        )
    where = data if data is not None else _own_data(opened)
    inputs = Inputs(data=where, split=split, n=n, seed=seed, device=device, progress=progress)
    recordings, truth = labelled(inputs.recordings(opened), opened.task)
    is_positive = truth[:, 0] == 1
    if is_positive.all() or not is_positive.any():
        raise DatasetError(
            f"{len(recordings)} recordings of {recordings.name}, of which {int(is_positive.sum())} "
            f"are {opened.task.classes[1]}: rules are compared between the two classes"
        )
    features = torch.cat(list(_coded(opened, net, recordings, progress)))
    is_true = net.clauses(features).cpu().numpy()
    of_record = None if record is None else _true(opened, net, record)
    z = opened.normalise(torch.from_numpy(recordings.signal)).cpu().numpy()
    patients, half = np.array(recordings.patient_id), len(net.clauses.included) // 2
    rules = [
        Rule(
            clause=clause,
            votes_for=clause < half,
            conditions=conditions,
            of_positive=_share(is_true[is_positive, clause], patients[is_positive]),
            of_others=_share(is_true[~is_positive, clause], patients[~is_positive]),
            mean_true=_mean(z, is_true[:, clause] & (is_positive == (clause < half))),
            is_true=None if of_record is None else bool(of_record[clause]),
        )
        for clause, conditions in enumerate(_conditions(opened, net, features, is_positive))
    ]
    return ClauseRules(
        model=opened.name,
        classes=opened.task.classes,
        data=recordings.name,
        log_odds_of_a_vote=float(net.scale),
        log_odds_of_no_vote=float(net.shift),
        rules=tuple(sorted(rules, key=lambda rule: -rule.difference)),
        seconds=(np.arange(opened.samples) - net.r_sample) / opened.rate_hz,
        mean_positive=_mean(z, is_positive),
        mean_others=_mean(z, ~is_positive),
        leads=opened.leads,
        asked=None if record is None else _asked(opened, record),
    )


def _mean(
    z: Float[np.ndarray, "record lead time"], rows: Bool[np.ndarray, " record"]
) -> Float[np.ndarray, "lead time"]:
    if not rows.any():
        return np.full(z.shape[1:], np.nan)
    mean: np.ndarray = z[rows].mean(axis=0, dtype=np.float64)
    return mean


def _asked(model: Model, record: Recordings) -> AskedRecording:
    z = model.normalise(torch.from_numpy(record.signal))
    attribution, _ = model.votes(z, 1)
    return AskedRecording(
        record_id=record.record_id[0],
        z=z[0].cpu().numpy(),
        attribution=attribution[0].cpu().numpy(),
    )


def _own_data(model: Model) -> str:
    if model.card is None or model.card.recipe is None:
        raise InputError(
            f"model '{model.name}' has no recipe that names data; say on which recordings its "
            "rules are measured: --data"
        )
    return model.card.recipe.data


@torch.no_grad()
def _coded(
    model: Model, net: Tsetlin, recordings: Recordings, progress: Progress
) -> Iterator[Bool[Tensor, "record feature"]]:
    """What clauses read, some recordings at a time."""
    for first in range(0, len(recordings), _ROWS):
        millivolt = torch.from_numpy(recordings[first : first + _ROWS].signal)
        yield net.code(model.normalise(millivolt))
        progress("looking which rules are true", first, len(recordings))


@torch.no_grad()
def _true(model: Model, net: Tsetlin, record: Recordings) -> Bool[np.ndarray, " clause"]:
    z = model.normalise(torch.from_numpy(record.signal))
    true: np.ndarray = net.true_clauses(z)[0].cpu().numpy()
    return true


def _share(is_true: Bool[np.ndarray, " record"], patients: np.ndarray) -> Share:
    values = is_true.astype(np.float64)
    low, high = statistic_interval(values, patients.tolist(), "mean")
    return Share(share=float(values.mean()), ci_low=low, ci_high=high, n=len(values))


def _conditions(
    model: Model,
    net: Tsetlin,
    features: Bool[Tensor, "record feature"],
    is_positive: Bool[np.ndarray, " record"],
) -> Iterator[tuple[Condition, ...]]:
    """Of each clause what it demands, by time."""
    known = net.code.features()
    all_included = net.clauses.included.cpu().numpy() > 0
    literals = torch.cat([features, ~features], dim=1).cpu().numpy()
    sides = literals[~is_positive], literals[is_positive]
    for clause, included in enumerate(all_included):
        opposed = sides[clause >= len(all_included) // 2]
        yield _simplified(model, net, known, included, opposed)


def _simplified(
    model: Model,
    net: Tsetlin,
    features: Sequence[Feature],
    included: Bool[np.ndarray, " literal"],
    opposed: Bool[np.ndarray, "record literal"],
) -> tuple[Condition, ...]:
    """The literals of one sample, or of one rise, are its bounds: the narrowest of them count.

    opposed: literals of the recordings of the class that the clause votes against.
    """
    together: dict[tuple[int, Kind, int], list[int]] = {}
    for literal in np.flatnonzero(included).tolist():
        feature = features[literal % len(features)]
        together.setdefault((feature.lead, feature.kind, feature.sample), []).append(literal)
    found = []
    for (lead, kind, sample), literals in together.items():
        above = [(one < len(features), features[one % len(features)].above) for one in literals]
        low = max((bound for asserted, bound in above if asserted), default=-inf)
        high = min((bound for asserted, bound in above if not asserted), default=inf)
        if low >= high:
            return ()
        end = sample + net.code.rise_samples * (kind == "rise")
        found.append(
            Condition(
                lead=model.leads[lead],
                kind=kind,
                begin_s=(sample - net.r_sample) / model.rate_hz,
                end_s=(end - net.r_sample) / model.rate_hz,
                low=low,
                high=high,
                of_opposed=float(opposed[:, literals].all(axis=1).mean()),
            )
        )
    return tuple(sorted(found, key=lambda one: (one.begin_s, one.end_s, one.lead)))
