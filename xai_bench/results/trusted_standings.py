"""How the methods of each model stand by the metrics that can be trusted, and by no others.

A metric is trusted here where the audit of metrics found that it tells something apart, and nothing
against it, and where it asks what a map without a trained model could do too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, final

import pandas as pd

from xai_bench.methods import METHODS, Needs
from xai_bench.results.cells import Cell
from xai_bench.results.leaderboard import COMPARABLE
from xai_bench.results.method_comparison import MODEL_FREE_FAMILIES, NOT_ASKED, TOO_FEW
from xai_bench.results.verdicts import score_tables
from xai_bench.stats import compare_pairs, floor_of
from xai_bench.types import is_control

__all__ = ["NATIVE", "MethodStanding", "ModelStanding", "trusted_metrics", "trusted_standings"]
__all__ += ["native_against_post_hoc"]

NATIVE = "native"
_MODEL_FREE = ("amplitude", "slope")
_UNTRAINED = "@untrained"
_NATIVE_COLUMNS = (*COMPARABLE, "metric", "post_hoc", "verdict")


@final
@dataclass(slots=True)
class MethodStanding:
    """In how many trusted metrics a method is what."""

    asked: int = 0
    """That it was scored by, beside controls that need no trained model."""
    better: int = 0
    """Shown to be better than each of these controls, `not_better_than` of a leaderboard."""
    first: list[str] = field(default_factory=list)
    """The metrics in which it leads: rank 1 of several, and better than the controls."""
    alone: int = 0
    """Of those in which no other has rank 1."""
    recordings: tuple[int, int] = (0, 0)
    """The fewest and the most that it has a score of."""
    failed: int = 0
    """Recordings without a score, of all these metrics together."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStanding:
    """The methods of a model on one dataset, by one protocol."""

    dataset: str
    protocol: str
    model: str
    metrics: Sequence[str]
    """Trusted, scored, and asked."""
    families: Sequence[str]
    """Of these metrics."""
    floors: Sequence[str]
    """The controls without a trained model that were scored: amplitude, slope, @untrained."""
    methods: dict[str, MethodStanding]
    too_few: bool
    """No p could show that any is better, so few are the patients."""

    @property
    def all_better(self) -> list[str]:
        """The methods that every metric shows to be better than the controls."""
        return [name for name, of in self.methods.items() if of.asked and of.better == of.asked]


def trusted_metrics(leaderboard: pd.DataFrame, audited: Collection[str]) -> list[str]:
    """The metrics of a leaderboard that are trusted: audited, without a flag, and with a better
    side. audited: those that the audit of metrics found to tell something, see `Zoo.audited`."""
    rows = leaderboard[(leaderboard["metric"] != "") & (leaderboard["direction"] != "none")]
    rows = rows[rows["family"].isin(MODEL_FREE_FAMILIES) & rows["metric"].isin(list(audited))]
    flagged = set(rows.loc[rows["flags"].fillna("") != "", "metric"])
    return [str(one) for one in dict.fromkeys(rows["metric"]) if one not in flagged]


def trusted_standings(
    leaderboard: pd.DataFrame, audited: Collection[str]
) -> tuple[ModelStanding, ...]:
    """One for each dataset, protocol and reliable model that any method was scored of.

    Those that nothing was asked of have no metrics. leaderboard: see `results.leaderboard`.
    """
    scored = leaderboard[(leaderboard["status"] == "ok") & (leaderboard["quality"] != "unreliable")]
    trusted = trusted_metrics(scored, audited)
    standings = []
    for place, rows in scored.groupby(list(COMPARABLE), sort=False):
        control = rows["method"].map(is_control).astype(bool)
        of_methods = rows[~control]
        if of_methods.empty:
            continue
        known = of_methods[of_methods["metric"].isin(trusted)]
        known = known[known["not_better_than"].fillna("") != NOT_ASKED]
        dataset, protocol, model = map(str, place)
        standings.append(
            ModelStanding(
                dataset=dataset,
                protocol=protocol,
                model=model,
                metrics=[name for name in trusted if name in set(known["metric"])],
                families=list(dict.fromkeys(known["family"])),
                floors=_floors(rows.loc[control, "method"]),
                methods=_standing_of_each(known, of_methods["method"]),
                too_few=bool(len(known)) and bool((known["not_better_than"] == TOO_FEW).all()),
            )
        )
    return tuple(standings)


def _floors(controls: Iterable[str]) -> list[str]:
    names = set(controls)
    found = [name for name in _MODEL_FREE if name in names]
    return [*found, *([_UNTRAINED] if any(n.endswith(_UNTRAINED) for n in names) else [])]


def _standing_of_each(known: pd.DataFrame, methods: Iterable[str]) -> dict[str, MethodStanding]:
    found = {str(method): MethodStanding() for method in dict.fromkeys(methods)}
    for metric, rows in known.groupby("metric", sort=False):
        first = [row for row in rows.to_dict("records") if row["rank"] == 1]
        # Where nobody is behind, being first says nothing.
        several = len(first) < len(rows)
        for row in rows.to_dict("records"):
            one = found[str(row["method"])]
            beats = _is_empty(row["not_better_than"])
            one.asked += 1
            one.better += beats
            one.failed += int(row["n_failed"])
            n = int(row["n"])
            low, high = one.recordings if one.asked > 1 else (n, n)
            one.recordings = (min(low, n), max(high, n))
            if several and beats and row["rank"] == 1:
                one.first.append(str(metric))
                one.alone += len(first) == 1
    return found


def _is_empty(text: Any) -> bool:
    return bool(pd.isna(text)) or text == ""


def native_against_post_hoc(cells: Iterable[Cell], metrics: Collection[str]) -> pd.DataFrame:
    """For each reliable model that explains itself, and each of `metrics`: the post-hoc method with
    the best mean, and whether native is "ahead" of it, "behind" or "not told apart".

    Columns: dataset, protocol, model, metric, post_hoc, verdict. All pairs of methods of the model
    are compared, so that Holm's p pays for choosing the best, see `stats.compare_pairs`.
    """
    own = {name for name, method in METHODS.items() if Needs.WEIGHTS in method.needs}
    given = list(cells)
    explain_themselves = {cell.model for cell in given if cell.method == NATIVE}
    of_these = [cell.only(metrics) for cell in given if cell.model in explain_themselves]
    rows = []
    for table in score_tables(of_these) if metrics else ():
        names = [str(name) for name in table.scores.columns]
        post_hoc = [name for name in names if name.partition("@")[0] not in own]
        if NATIVE not in names or not post_hoc:
            continue
        means = table.sign * table.scores[post_hoc].mean()
        if means.notna().sum() == 0:
            continue
        best = str(means.idxmax())
        pairs = compare_pairs(
            table.scores, table.patients, better=table.better, floor=floor_of(table.metric)
        )
        two = pairs[pairs["first"].isin([NATIVE, best]) & pairs["second"].isin([NATIVE, best])]
        (pair,) = two.to_dict("records")
        verdict = "not told apart"
        if pair["apart"]:
            verdict = "ahead" if pair["first"] == NATIVE else "behind"
        rows.append(table.facts() | {"post_hoc": best, "verdict": verdict})
    return pd.DataFrame(rows, columns=list(_NATIVE_COLUMNS))
