"""What users hand over as a metric becomes one: functions, scorers, instances of Quantus."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, final

import numpy as np
import torch
from torch import Tensor

from xai_bench.cards import MetricCard, QuantusCall
from xai_bench.content import content_key
from xai_bench.devices import is_out_of_memory
from xai_bench.errors import CardError, InputError, UnknownNameError
from xai_bench.generators import global_seed
from xai_bench.methods.base import CannotExplain
from xai_bench.names import check_name, comes_from, name_of, named, words
from xai_bench.scoring.engine.base import Case, Scorer, Scores, Unscorable, scored
from xai_bench.scoring.other_baselines import with_baseline
from xai_bench.zoo import FAMILIES, Metric, Zoo

__all__ = ["FunctionScorer", "MetricObject", "Metrics", "find_metrics", "metric"]

Better = Literal["higher", "lower"]
Metrics: TypeAlias = str | Metric | Scorer | Callable[..., Any] | Iterable[Any] | Mapping[str, Any]
"""What `find_metrics` takes."""

_FAMILY = {
    "Faithfulness": "faithfulness",
    "Robustness": "stability",
    "Randomisation": "randomisation",
    "Axiomatic": "axiomatic",
    "Complexity": "complexity",
    "Localisation": "localisation",
}
"""Quantus's category -> family."""
_ALREADY = {
    "Consistency": "a function of a case",
    "EfficientMPRT": "efficient_mprt",
    "Focus": "a function of a case",
    "InputInvariance": "input_invariance",
    "MPRT": "mprt",
    "ROAD": "road",
    "RandomLogit": "random_logit",
    "RelativeRepresentationStability": "relative_representation_stability",
    "SmoothMPRT": "mprt",
}
"""What looks into the net, changes it or needs several recordings -> what to take instead."""
_PROBABILITY = {"IROF", "Selectivity"}
"""Metrics of Quantus that read probabilities, as their cards do; all others read log-odds."""
_NO_SETTINGS = {
    "evaluation_scores": [],
    "all_evaluation_scores": [],
    "return_aggregate": False,
    "_disable_warnings": True,
    "_display_progressbar": False,
}
"""What Quantus keeps, averages and prints: no score of one recording depends on it."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class MetricObject(Metric):
    """A metric that no file describes, with what computes it."""

    scorer: Scorer
    reusable: bool
    """Whether the card's content says all that scores depend on."""


@final
class FunctionScorer(Scorer):
    """A function of a `Case`: one number for each of its recordings, a tensor, array or list.

    A function that draws from a global generator is called on each recording alone, seeded for it.
    """

    def __init__(self, name: str, function: Callable[[Case], Any]) -> None:
        self._name = name
        self.function = function

    def score(self, case: Case) -> Scores:
        """Raises InputError where the function fails or returns something else."""
        seeds = case.block.seeds(self._name)
        with global_seed(seeds[0]) as drawn:
            found = self._call(case)
            alone = drawn() and len(seeds) > 1
        if alone:
            parts = []
            for row, seed in enumerate(seeds):
                with global_seed(seed):
                    parts.append(self._call(case.only(row)))
            found = torch.cat(parts)
        return scored(found, f"{self._name} is not finite")

    def _call(self, case: Case) -> Tensor:
        try:
            with torch.inference_mode(False), torch.enable_grad():
                found = self.function(case)
            if not isinstance(found, Tensor):
                found = torch.from_numpy(np.asarray(found, dtype=np.float64))
        except (Unscorable, CannotExplain):
            raise
        except Exception as error:
            if is_out_of_memory(error):
                raise  # fewer recordings may fit
            said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
            raise InputError(f"metric '{self._name}' failed: {said}") from error
        if found.shape != (len(case.block),):
            raise InputError(
                f"metric '{self._name}' returned the shape {tuple(found.shape)} for "
                f"{len(case.block)} recordings; return one number for each"
            )
        return found.detach().double()


def metric(
    *,
    better: Better,
    family: str,
    name: str | None = None,
    label: str | None = None,
    unit: str = "",
) -> Callable[[Any], MetricObject]:
    """Says of a function of a case, a Scorer or an instance of Quantus what kind of metric it is.

    >>> @xb.metric(better="lower", family="complexity")
    ... def share_of_v1(case):                   # case: xai_bench.scoring.Case
    ...     a = case.attribution.abs()           # (record, lead, time)
    ...     return a[:, 6].sum(dim=1) / a.sum(dim=(1, 2))

    `case.block` has the recordings: `z` and `millivolt` (record, lead, time), `model`,
    `batch.target`, `batch.evidence`, `record_id`, `log_odds()` and `normal(purpose, shape)`, which
    draws for each recording alone. One that has no score is NaN, or raises `Unscorable`.

    better: "higher" or "lower". family: one of `xai_bench.zoo.FAMILIES`. name: by default that of
    the function. Raises InputError for another family.
    """
    if family not in FAMILIES:
        raise InputError(f"no family '{family}' of metrics; there are {', '.join(FAMILIES)}")

    def made(given: Any) -> MetricObject:
        found = _metric_of(given, name=name, better=better, family=family)
        changed = {"label": label or found.card.label, "unit": unit}
        return replace(found, card=found.card.model_copy(update=changed))

    return made


def find_metrics(metrics: Metrics, zoo: Zoo) -> list[Metric]:
    """The metrics that are asked for, once each, in the order of families.

    metrics: "all", "core", families or names, a name with a baseline ("deletion@twin", see
        `methods.baseline_recordings`), or one or several of: such a name, a card that was
        loaded before, a function of a case (taken as better when higher, see `metric`), a Scorer,
        an instance of a metric of Quantus; or a dict of names and these.

    Raises UnknownNameError, CardError, and InputError for two metrics of one name and for what
    cannot be a metric.
    """
    own = zoo.own("metrics")
    found: dict[str, Metric] = {}
    for name, one in named(metrics, _is_one_metric):
        if isinstance(one, str) and name is None:
            some: list[Metric] = _by_name(one, zoo, own)
        elif isinstance(one, Metric) and not isinstance(one, MetricObject):
            some = [one if name is None else replace(one, name=check_name("metric", name))]
        else:
            some = [_metric_of(one, name=name)]
            if some[0].name in {card.name for card in zoo.every_metric()}:
                raise InputError(
                    f"there is a metric '{some[0].name}' already; name yours otherwise: "
                    f"{{'my_{some[0].name}': ...}}"
                )
        for each in some:
            known = found.setdefault(each.name, each)
            if isinstance(each, MetricObject) and known.card != each.card:
                raise InputError(
                    f"two metrics are called '{each.name}'; name one otherwise: {{'other': ...}}"
                )
            if isinstance(one, Metric):  # a card goes before its name
                found[each.name] = each
    if not found:
        raise InputError("no metric was given; take 'all', 'core' or a name: xai-bench ls metrics")
    order = [*FAMILIES, *(one.family for one in found.values())]
    return sorted(found.values(), key=lambda one: (order.index(one.family), one.name))


def _is_one_metric(given: Any) -> bool:
    return isinstance(given, Metric | Scorer) or callable(given)  # as those of Quantus are


def _by_name(name: str, zoo: Zoo, own: Mapping[str, Callable[[], Any]]) -> list[Metric]:
    """The cards and the objects that a name, a family or a group means; of METRIC@BASELINE the
    card with that baseline."""
    base, at, baseline = name.partition("@")
    if at:
        found = _by_name(base, zoo, own)
        if [one.name for one in found] != [base]:
            raise InputError(f"{name}: name one metric before the @, and not {base}")
        return [with_baseline(found[0], baseline)]
    objects: dict[str, Metric] = {}
    for key, load in own.items():
        family, _, stem = key.rpartition("/")
        if name in ("all", family, stem, key):
            objects[stem] = _metric_of(load(), name=stem, family=family or None)
    try:
        cards = zoo.metrics([name])
    except UnknownNameError:
        if not objects:
            names = [card.name for card in zoo.every_metric()] + [
                key.rpartition("/")[2] for key in own
            ]
            raise UnknownNameError("metric", name, [*names, *FAMILIES, "all", "core"]) from None
        cards = []
    twice = objects.keys() & {card.name for card in cards}
    if twice:
        raise CardError(f"two metrics are called '{min(twice)}': a card, and code of yours")
    return [*cards, *objects.values()]


def _metric_of(
    given: Any,
    *,
    name: str | None = None,
    better: Better | None = None,
    family: str | None = None,
) -> MetricObject:
    """The metric that something is; what users say of it goes before what it says of itself."""
    if isinstance(given, MetricObject):
        return given if name is None else replace(given, name=check_name("metric", name))
    if not isinstance(given, type) and comes_from("quantus", "Metric", given):
        return _of_quantus(given, name, better, family)
    if isinstance(given, Scorer):
        own = name or words(type(given).__name__, "_")
        return _described(own, given, given, type(given), better, family)
    if isinstance(given, type | torch.nn.Module) or not callable(given):
        what = given.__name__ if isinstance(given, type) else type(given).__name__
        raise InputError(
            f"{what} is no metric; give a name, a function of a case, or an instance of a metric "
            "of Quantus"
        )
    own = name or name_of("metric", given)
    return _described(own, FunctionScorer(own, given), given, given, better, family)


def _described(
    name: str,
    scorer: Scorer,
    content: Any,
    documented: Any,
    better: Better | None,
    family: str | None,
) -> MetricObject:
    said = [
        *(["taken as better when higher"] if better is None else []),
        *(["taken as one of faithfulness"] if family is None else []),
    ]
    note = f"Nothing was said of it, so it is {' and '.join(said)}; see xb.metric." if said else ""
    key = content_key(content)
    card = MetricCard(
        target=f"python:{name}",
        label=name.replace("_", " "),
        summary=(inspect.getdoc(documented) or "A function of the user.").partition("\n")[0],
        formula="",
        better=better or "higher",
        range=[-np.inf, np.inf],
        cost="not known",
        cite="",
        note=note,
        params={"content": key},
    )
    return MetricObject(
        name=check_name("metric", name),
        family=family or "faithfulness",
        card=card,
        scorer=scorer,
        reusable=key is not None,
    )


def _of_quantus(
    given: Any, name: str | None, better: Better | None, family: str | None
) -> MetricObject:
    kind = type(given).__name__
    if kind in _ALREADY:
        raise InputError(
            f"quantus.{kind} sees no more than log-odds here, and it needs the net or several "
            f"recordings; take {_ALREADY[kind]} instead"
        )
    direction = getattr(getattr(given, "score_direction", None), "value", None)
    category = getattr(getattr(given, "evaluation_category", None), "value", None)
    better = better or direction
    family = family or _FAMILY.get(str(category))
    if better is None or family is None:
        raise InputError(
            f"quantus.{kind} says nothing of its direction or category; say it: "
            f'xb.metric(better="lower", family="faithfulness")({kind}(...))'
        )
    from xai_bench.scoring.engine.quantus_scorer import QuantusScorer

    instance = copy.deepcopy(given)
    for key, value in _NO_SETTINGS.items():
        setattr(instance, key, copy.copy(value))
    settings = {key: value for key, value in vars(given).items() if key not in _NO_SETTINGS}
    content = content_key([type(given), settings])
    own = name or f"quantus_{words(kind, '_')}"
    card = MetricCard(
        target=f"quantus:{kind}",
        label=f"{words(kind, ' ')} (Quantus)",
        summary=f"{kind} of Quantus, with the settings of an instance.",
        formula="",
        better=better,
        range=[-np.inf, np.inf],
        cost="not known",
        cite="",
        params={"content": content},
        quantus=QuantusCall(space="z", softmax=kind in _PROBABILITY, reduce="mean"),
    )
    found = Metric(name=check_name("metric", own), family=family, card=card)
    return MetricObject(
        name=found.name,
        family=family,
        card=card,
        scorer=QuantusScorer(found, instance),
        reusable=content is not None,
    )
