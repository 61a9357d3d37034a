"""What each metric tells apart: paired scores of the same recordings, verdicts by interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import pandas as pd

from xai_bench.errors import InputError
from xai_bench.results import Cell
from xai_bench.results.cells import latest_scores
from xai_bench.results.study_tables import Schema
from xai_bench.stats import (
    floor_of,
    intraclass,
    intraclass_interval,
    share_interval,
    sign_test_p,
    superior,
    tied,
)
from xai_bench.studies.metric_audit.audit_comparisons import Audited, Comparison, Side
from xai_bench.studies.metric_audit.settled_answers import settled
from xai_bench.studies.metric_audit.trust_verdict import (
    Share,
    Verdict,
    resolution,
    verdict_of_reliability,
    verdict_of_resolution,
    verdict_of_share,
)
from xai_bench.zoo import QUESTIONS, TRUST

__all__ = ["OPEN", "SCHEMA", "Scores", "side_scores", "trust"]

SCHEMA = Schema(
    stem=TRUST.stem,
    keys={"metric": "str", "family": "str", "question": "str"},
    more={"verdict": "str", "pairs": "int64", "least": "float64", "p": "float64"},
    mend="make one: xai-bench audit metrics",
)

_TIED = "the two are tied in every recording"
_NO_DRAW = "it draws nothing"
OPEN = "no corruption that was tried closes the interval"
"""Of a resolution: noticed by the share, and not by the lower end of the largest one's."""

Scores = Mapping[tuple[Side, str], pd.Series]
"""Side and metric -> scores by patient and recording."""


def trust(cells: Sequence[Cell], audited: Audited, repeats: Sequence[Scores] = ()) -> pd.DataFrame:
    """The table of metrics x QUESTIONS, with the columns of SCHEMA. Costs are not audited.

    value: the share of recordings in which the map that is known to be better scores better; scores
    tied by `floor_of` count half; the mean over pairs of maps, with the 95 % interval of
    `share_interval` (patients). A metric that tells on the whole and has it reversed of one of the
    maps does not tell. Of "resolution" it is the smallest share of moved mass that is noticed, see
    `trust_verdict.resolution`, and of "reliability" the intraclass correlation of scores of the
    same maps of a model over runs with other seeds, and the mean of that and of the ends of its
    interval over models (that have more than one map, if any has).
    pairs: of maps, or maps; least: the lowest share of one of them; p: exact sign test of patients.
    n: recordings; reason: what settles the answer, or why there is none.

    repeats: scores with other seeds of the same recordings, see `side_scores`.
    Raises InputError for cells of which one model has two protocols.
    """
    scores = side_scores(cells)
    cards = {name: card for cell in cells for name, card in cell.provenance["metrics"].items()}
    families = {k: v for cell in cells for k, v in cell.provenance["families"].items()}
    rows = []
    for metric, card in cards.items():
        family = families[metric]
        if family == "runtime":
            continue
        asked = _Asked(
            metric=metric, sign=1.0 if card["better"] == "higher" else -1.0, scores=scores
        )
        compared = list(audited.comparisons(family))
        for question in QUESTIONS:
            of_question = [one for one in compared if one.question == question]
            if question == "reliability":
                found = _reliability(metric, scores, repeats, audited)
            elif question == "resolution":
                found = asked.resolution(of_question)
            else:
                found = asked.share(of_question)
            why = settled(metric, family, question)
            if why and found["verdict"] != "not asked":
                found |= {"verdict": "by construction", "reason": why}
            rows.append({"metric": metric, "family": family, "question": question} | found)
    return pd.DataFrame(rows, columns=list(SCHEMA.estimates))


def side_scores(cells: Sequence[Cell]) -> dict[tuple[Side, str], pd.Series]:
    """Of each side and metric its scores by patient and recording, the latest.

    Raises InputError for cells of which one model has two protocols.
    """
    found: dict[tuple[Side, str], pd.Series] = {}
    protocols: dict[str, str] = {}
    for place, (_, rows) in latest_scores(cells).items():
        if protocols.setdefault(place.model, place.protocol) != place.protocol:
            raise InputError(
                f"cells of '{place.model}' are of different recordings, targets or seeds and "
                "cannot be audited together"
            )
        if rows is not None:
            by_recording = rows.set_index(["patient_id", "record_id"])["score"].dropna()
            found[Side(place.model, place.method), place.metric] = by_recording
    return found


_NOTHING: dict[str, Any] = {"n": 0, "pairs": 0, "verdict": "not asked"}


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Asked:
    """One metric."""

    metric: str
    sign: float
    scores: Scores

    def share(self, compared: Sequence[Comparison]) -> dict[str, Any]:
        won = self._won(compared)
        if won.empty:
            return _NOTHING | {"reason": _why_nothing(compared)}
        share = won["won"].to_numpy(np.float64)
        value, low, high = _estimate(won)
        verdict: Verdict = verdict_of_share(low, high)
        reason = ""
        if verdict == "tells" and (turned := _reversed(won)):
            verdict, reason = "does not tell", f"reversed of {', '.join(turned)}"
        if (share == 0.5).all():
            verdict, reason = "by construction", _TIED
        return {
            "value": value,
            "ci_low": low,
            "ci_high": high,
            "n": won["recording"].nunique(),
            "reason": reason,
            "verdict": verdict,
            "pairs": won["pair"].nunique(),
            "least": won.groupby("pair")["won"].mean().min(),
            "p": sign_test_p(share, list(won["patient"])),
        }

    def resolution(self, compared: Sequence[Comparison]) -> dict[str, Any]:
        noticed: list[tuple[float, Share]] = []
        tables = []
        for moved in sorted({one.moved for one in compared}):
            won = self._won([one for one in compared if one.moved == moved])
            if not won.empty:
                tables.append(won)
                noticed.append((moved, _estimate(won)))
        if not noticed:
            return _NOTHING | {"reason": _why_nothing(compared)}
        every = pd.concat(tables)
        verdict = verdict_of_resolution(noticed)
        value, low, high = resolution(noticed)
        reason = "" if verdict == "tells" else OPEN if value == value else _seen(noticed)
        if (every["won"] == 0.5).all():
            verdict, reason = "by construction", _TIED
        return {
            "value": value,
            "ci_low": low,
            "ci_high": high,
            "n": every["recording"].nunique(),
            "reason": reason,
            "verdict": verdict,
            "pairs": tables[-1]["pair"].nunique(),
        }

    def _won(self, compared: Sequence[Comparison]) -> pd.DataFrame:
        """A row for each pair and recording that both its maps have a score of."""
        tables = []
        for one in compared:
            sides = [self.scores.get((side, self.metric)) for side in (one.better, one.worse)]
            if sides[0] is None or sides[1] is None:
                continue
            both = pd.concat([sides[0], sides[1]], axis=1, join="inner")
            if one.within is not None:
                both = both[both.index.get_level_values("record_id").isin(list(one.within))]
            values = self.sign * both.to_numpy(np.float64)
            tables.append(
                pd.DataFrame(
                    {
                        "patient": both.index.get_level_values("patient_id").astype(str),
                        "recording": both.index.get_level_values("record_id").astype(str),
                        "map": f"{one.better.method} on {one.better.model}",
                        "pair": f"{one.better} {one.worse}",
                        "won": superior(values[:, 0], values[:, 1], floor_of(self.metric)),
                    }
                )
            )
        found = [table for table in tables if len(table)]
        return pd.concat(found) if found else pd.DataFrame()


def _estimate(won: pd.DataFrame) -> Share:
    """The share and its interval, over patients; each recording has a net before training of its
    own, so that it is over draws of weights too."""
    share = won["won"].to_numpy(np.float64)
    low, high = share_interval(share, list(won["patient"]))
    return float(share.mean()), float(np.clip(low, 0, 1)), float(np.clip(high, 0, 1))


def _reversed(won: pd.DataFrame) -> list[str]:
    """The maps of which the worse one scores better, by their own interval."""
    return [str(name) for name, rows in won.groupby("map", sort=False) if _estimate(rows)[2] < 0.5]


def _reliability(
    metric: str, scores: Scores, again: Sequence[Scores], audited: Audited
) -> dict[str, Any]:
    """Of each model, all its maps and recordings together: one map that scores alike throughout
    would make any metric look unreliable, so that models with one map count only where no other
    has more."""
    found: list[Share] = []
    recordings = set[str]()
    still, maps = True, 0
    by_model = {
        model: [m for m in audited.methods if (Side(model, m), metric) in scores]
        for model in audited.trained
    }
    several = any(len(methods) > 1 for methods in by_model.values())
    for model, methods in by_model.items():
        if several and len(methods) < 2:
            continue
        tables = []
        for method in methods:
            place = (Side(model, method), metric)
            columns = [one[place] for one in (scores, *again) if place in one]
            if len(columns) == 1 + len(again) > 1:
                tables.append(pd.concat(columns, axis=1, join="inner"))
        table = pd.concat(tables) if tables else pd.DataFrame()
        if len(table) < 2:
            continue
        repeats = table.to_numpy(np.float64)
        owners = [str(one) for one in table.index.get_level_values("patient_id")]
        recordings.update(map(str, table.index.get_level_values("record_id")))
        maps += len(tables)
        still &= bool(tied(repeats[:, 1:], repeats[:, :1], floor_of(metric)).all())
        found.append((intraclass(repeats), *intraclass_interval(repeats, owners)))
    if not found:
        return _NOTHING | {"reason": "no run with another seed has scores"}
    facts: dict[str, Any] = {"n": len(recordings), "pairs": maps}
    if still:
        return facts | {"verdict": "by construction", "reason": _NO_DRAW, "value": 1.0}
    value, low, high = (float(one) for one in np.mean(found, axis=0))
    return facts | {
        "value": value,
        "ci_low": low,
        "ci_high": high,
        "reason": "",
        "verdict": verdict_of_reliability(low, high),
        "least": min(one for one, *_ in found),
    }


def _why_nothing(compared: Sequence[Comparison]) -> str:
    return "no recording has both scores" if compared else "no model that it could be asked of"


def _seen(noticed: Sequence[tuple[float, Share]]) -> str:
    moved, (share, *_) = max(noticed)
    return f"of {moved:.0%} moved mass {share:.0%} of recordings notice"
