"""What a study of dose response found, in sentences made of its table alone.

A response follows the dose where the interval of its mean tau lies above one half (three of four
pairs of doses in order) and, of methods, Holm's p says that it is not zero; weakly where the
interval lies above zero.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, final

import pandas as pd

from xai_bench.report.dose_response.dose_rows import Asked, asked_of
from xai_bench.report.formats import p_of_a_sentence, span
from xai_bench.report.stability.wording import listed, of_row
from xai_bench.results.study_tables import StudyResult
from xai_bench.stats import told_apart
from xai_bench.studies.dose_response.dose_measures import DETECTED_IN
from xai_bench.studies.dose_response.response_curves import THE_MODEL

__all__ = ["DoseFinding", "DoseFindings", "Verdict", "verdict"]

Verdict = Literal["follows", "weakly", "against", "not shown", "too few", "undefined"]

_WELL = 0.5
"""Of tau: three of four pairs of doses are in order."""


def verdict(tau: pd.Series) -> Verdict:
    """What a row of "tau" says."""
    if math.isnan(tau["value"]):
        return "undefined"
    if math.isnan(tau["ci_low"]) or math.isnan(tau["p_holm"]):
        return "too few"
    if not told_apart(tau["p_holm"], tau["ci_low"], tau["ci_high"]):
        return "not shown"
    if tau["ci_high"] < 0:
        return "against"
    return "follows" if tau["ci_low"] >= _WELL else "weakly"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DoseFinding:
    """One sentence of what was found, or several that belong together."""

    model: str
    lesion: str
    text: str
    """Plain, without markup; it names its model and its lesion."""


@final
@dataclass(frozen=True, eq=False)
class DoseFindings:
    """What a study of dose response found: of each lesion first whether the model follows it."""

    result: StudyResult

    @cached_property
    def sentences(self) -> list[DoseFinding]:
        """By model, then by lesion."""
        largest = float(self.result.facts["doses"][-1])
        return [
            DoseFinding(model=asked.model, lesion=asked.lesion, text=text)
            for asked in asked_of(self.result)
            for text in _sentences(asked, largest)
        ]

    @cached_property
    def left_out(self) -> list[str]:
        """Recordings, methods and lesions, one line each, and why."""
        lines = list(self.result.facts["left_out"])
        for one in self.result.facts["skipped"]:
            named = ", ".join(one[key] for key in ("model", "method", "lesion") if one[key])
            lines.append(f"{named}: {one['reason']}")
        return lines


def _sentences(asked: Asked, largest: float) -> Iterator[str]:
    yield _of_model(asked, largest)
    if not asked.methods:
        return
    yield _of_methods(asked)
    if _verdict(asked, THE_MODEL) != "undefined" and (text := _tracking(asked)):
        yield text
    yield _outside(asked, largest)
    for control in asked.against:
        yield _against(asked, control, largest)
    if _verdict(asked, THE_MODEL) != "too few":
        yield _limits(asked, largest)


def _verdict(asked: Asked, method: str) -> Verdict:
    tau = asked.row(method, "tau")
    assert tau is not None, "every response has a tau or a reason"
    return verdict(tau)


def _of_model(asked: Asked, largest: float) -> str:
    """Said first: a method on a model that does not follow cannot be blamed for not following."""
    what = f"{asked.lesion}, an irrelevant change" if asked.irrelevant else asked.lesion
    model, found = asked.model, _verdict(asked, THE_MODEL)
    if found == "undefined":
        tau = asked.row(THE_MODEL, "tau")
        assert tau is not None
        return f"{model} takes no notice of {what}: {tau['reason']} ({tau['n_failed']} recordings)."
    start = {
        "follows": f"{model} follows {what}",
        "weakly": f"{model} follows {what}, weakly",
        "against": f"{model} goes against {what}",
        "not shown": f"It is not shown that {model} follows {what}",
        "too few": f"Too few patients to say whether {model} follows {what}",
    }[found]
    tau, rises, change = (
        asked.row(THE_MODEL, "tau"),
        asked.row(THE_MODEL, "rises"),
        asked.row(THE_MODEL, "change", dose=largest),
    )
    assert tau is not None
    assert rises is not None
    assert change is not None
    unblamed = "" if found in ("follows", "weakly", "too few") or asked.irrelevant else (
        " A method on it cannot be blamed for not following."
    )  # fmt: skip
    return (
        f"{start}: tau of its log-odds of {asked.target} with the dose is {of_row(tau)}, they rise "
        f"at every step in {_percent(rises)} of {int(rises['n'])} recordings, and change by "
        f"{of_row(change)} from 0 to {largest:g} mV.{unblamed}"
    )


def _of_methods(asked: Asked) -> str:
    words: dict[Verdict, str] = {
        "follows": "it follows the dose by {}",
        "weakly": "weakly by {}",
        "against": "it goes against the dose by {}",
        "not shown": "not shown by {}",
        "too few": "too few patients to say by {}",
        "undefined": "it is the same at every dose by {}",
    }
    groups: dict[Verdict, list[str]] = {}
    counts = []
    for method in asked.methods:
        tau = asked.row(method, "tau")
        assert tau is not None
        found = verdict(tau)
        known = found != "undefined"
        counts += [int(tau["n"])] if known else []
        # One that gives no map at all is not the same at every dose.
        if not known and not str(tau["reason"]).endswith("at every dose"):
            groups.setdefault(found, []).append(f"{method} ({tau['reason']})")
        else:
            groups.setdefault(found, []).append(f"{method} {of_row(tau)}" if known else method)
    parts = [text.format(listed(groups[kind])) for kind, text in words.items() if kind in groups]
    n = f"; tau, n = {span(min(counts), max(counts))} recordings" if counts else ""
    where = f"the evidence of {asked.lesion} on {asked.model} for {asked.target}"
    return f"Attribution within {where}: {'; '.join(parts)}{n}."


def _tracking(asked: Asked) -> str:
    """Whether attribution follows what the model itself does, and how much of it it puts there."""
    taus = _each(asked, asked.methods, "tracks_tau")
    if not taus:
        return ""
    slopes = _each(
        asked, [name for name in asked.methods if asked.in_log_odds(name)], "tracks_slope"
    )
    text = (
        f"Attribution within the evidence of {asked.lesion} against the log-odds of {asked.model} "
        f"for {asked.target} over doses: tau {listed(taus)}"
    )
    if slopes:
        text += (
            f"; of a change of log-odds, methods in that unit put there (median) {listed(slopes)}"
        )
    return f"{text}."


def _outside(asked: Asked, largest: float) -> str:
    changes = _each(asked, asked.methods, "outside_change", dose=largest)
    n = asked.row(THE_MODEL, "response", dose=largest)
    assert n is not None
    where = f"{asked.lesion} of {largest:g} mV on {asked.model} for {asked.target}"
    if not changes:
        return f"Outside the evidence of {where} nothing can be compared."
    return (
        f"Outside the evidence of {where}, attribution changes since dose 0 by this share of "
        f"itself (median of {int(n['n'])} recordings): {listed(changes)}."
    )


def _against(asked: Asked, control: str, largest: float) -> str:
    """Sensitivity against specificity: what moves more with the lesion than with the control, in
    the same samples."""
    own = asked.row(THE_MODEL, "selective", against=control)
    excess = asked.row(THE_MODEL, "excess", against=control)
    assert own is not None
    assert excess is not None
    groups: dict[str, list[str]] = {"more": [], "less": [], "not shown": [], "too few": []}
    for method in asked.methods:
        row = asked.row(method, "excess", against=control)
        share = asked.row(method, "selective", against=control)
        if row is None or share is None or math.isnan(row["value"]):
            continue
        p = "" if math.isnan(row["p_holm"]) else f", Holm {p_of_a_sentence(row['p_holm'])}"
        kind = "too few" if math.isnan(row["p_holm"]) else "not shown"
        if told_apart(row["p_holm"], row["ci_low"], row["ci_high"]):
            kind = "more" if row["ci_low"] > 0 else "less"
        groups[kind].append(f"{method} (in {_percent(share)}{p})")
    words = {
        "more": "it rises by more with the lesion than {control} moves it, by {}",
        "less": "{control} moves it more, by {}",
        "not shown": "no difference is shown, by {}",
        "too few": "too few patients to say, by {}",
    }
    parts = [
        text.format(listed(groups[kind]), control=control)
        for kind, text in words.items()
        if groups[kind]
    ]
    return (
        f"{asked.lesion} against {control}, both of {largest:g} mV: the log-odds of "
        f"{asked.target} of {asked.model} rise by more than {control} moves them in "
        f"{_percent(own)} of {int(own['n'])} recordings (mean excess {of_row(excess)}). "
        f"Attribution in the evidence of the lesion: {'; '.join(parts)}."
    )


def _limits(asked: Asked, largest: float) -> str:
    """A limit is where a share was counted, not where its interval lies, which is said with it."""
    known: list[str] = []
    none: list[str] = []
    counts = []
    for method in (THE_MODEL, *asked.methods):
        row = asked.row(method, "detection_limit")
        assert row is not None
        counts.append(int(row["n"]))
        name = method or "the log-odds"
        if math.isnan(row["value"]):
            none.append(name)
        else:
            share = asked.row(method, "exceeds", dose=row["value"])
            assert share is not None
            known.append(f"{name} {row['value']:g} (in {_percent(share)})")
    parts = [f"by {listed(known)}"] if known else []
    parts += [f"none up to {largest:g} mV by {listed(none)}"] if none else []
    n = span(min(counts), max(counts))
    return (
        f"Detection limit of {asked.lesion} on {asked.model} for {asked.target}, a point estimate: "
        "the mV from which on the response exceeds that to dose 0 in at least "
        f"{100 * DETECTED_IN:.0f} % of {n} recordings, as counted (at the limit in this share): "
        f"{'; '.join(parts)}."
    )


def _each(
    asked: Asked, methods: Sequence[str], measure: str, *, dose: float | None = None
) -> list[str]:
    """Of the methods that have an estimate, their name and it."""
    found = []
    for method in methods:
        row = asked.row(method, measure, dose=dose)
        if row is not None and not math.isnan(row["value"]):
            found.append(f"{method} {of_row(row)}")
    return found


def _percent(row: pd.Series) -> str:
    share, low, high = (f"{100 * float(row[name]):.0f}" for name in ("value", "ci_low", "ci_high"))
    return f"{share} %" if math.isnan(row["ci_low"]) else f"{share} % [{low}, {high}]"
