"""Results of every study that writes a page, whose data set, nets and remarks have another name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from tests.report.dose_response.dose_study_made_up import made_up_dose_response
from tests.report.method_accuracy.accuracy_study_made_up import made_up_method_accuracy
from tests.studies.stability.made_up import made_up
from xai_bench.report.baselines.page import read_baselines
from xai_bench.report.baselines.page import render as baselines_page
from xai_bench.report.dose_response.findings import DoseFindings
from xai_bench.report.dose_response.page import render as dose_page
from xai_bench.report.method_accuracy.findings import AccuracyFindings
from xai_bench.report.method_accuracy.page import render as accuracy_page
from xai_bench.report.metric_audit.page import render as metric_audit_page
from xai_bench.report.native_audit.page import render as native_audit_page
from xai_bench.report.rankings.page import read_rankings
from xai_bench.report.rankings.page import render as rankings_page
from xai_bench.report.realism.page import render as realism_page
from xai_bench.report.replication.page import render as replication_page
from xai_bench.report.stability.findings import StabilityFindings
from xai_bench.report.stability.page import render as stability_page
from xai_bench.results.study_tables import StudyResult, read_study
from xai_bench.studies.metric_audit import SCHEMA as TRUST
from xai_bench.studies.metric_audit import MetricAudit
from xai_bench.studies.metric_audit.core_choice import SCHEMA as CORE
from xai_bench.studies.metric_audit.redundancy import SCHEMA as REDUNDANCY
from xai_bench.studies.native_audit import SCHEMA as NATIVE
from xai_bench.studies.realism.comparison_table import SCHEMA as REALISM
from xai_bench.studies.replication import SCHEMA as REPLICATION

__all__ = ["PAGES", "study_page_named"]

_ROOT = Path(__file__).parents[2]
_DOCS = _ROOT / "docs"
_SAID = ("remarks", "left_out")


def study_page_named(study: str, name: str) -> str:
    """The page of one of PAGES, where `name` is the data set, a net and what was remarked."""
    return PAGES[study](name)


def _accuracy(name: str) -> str:
    found = _named(made_up_method_accuracy(), name, "plain", "made-up")
    return accuracy_page(AccuracyFindings(found), "made")


def _baselines(name: str) -> str:
    found = read_baselines(_DOCS / "baselines")
    pairs = _renamed(found.pairs, {"imn": name})
    return baselines_page(replace(found, result=_named(found.result, name), pairs=pairs))


def _dose(name: str) -> str:
    return dose_page(DoseFindings(_named(made_up_dose_response(), name, "imn", "made-up")), "made")


def _metric_audit(name: str) -> str:
    trust = _named(read_study(_ROOT / "metrics", TRUST), name)
    nets = trust.facts["speaks_for"]
    facts = trust.facts | {"data": name, "speaks_for": nets | {name: ["r1"]}}
    table = trust.table.replace({"metric": {trust.table["metric"].iloc[0]: name}})
    return metric_audit_page(
        MetricAudit(
            trust=replace(trust, facts=facts, table=table),
            redundancy=read_study(_DOCS / "metric_audit", REDUNDANCY),
            core=read_study(_DOCS / "metric_audit", CORE),
        ),
        command="made",
    )


def _native_audit(name: str) -> str:
    found = _named(read_study(_DOCS / "audit", NATIVE), name)
    found = replace(found, facts=found.facts | {"data": name})
    return native_audit_page(found, command="made")


def _rankings(name: str) -> str:
    found = read_rankings(_DOCS / "real" / "rankings")
    pairs = _renamed(found.pairs, {"imn": name, "synthetic": name})
    return rankings_page(replace(found, result=_named(found.result, name), pairs=pairs))


def _realism(name: str) -> str:
    found = read_study(_DOCS / "realism", REALISM)
    one = found.facts["comparisons"][0]
    keys = ["class", "real", "made"]
    table = found.table[(found.table[keys] == [one[key] for key in keys]).all(axis=1)]
    one = one | {"left_out": [name], "not_made": [f"a: {name}"], "fallback": name}
    found = replace(found, table=table, facts={"comparisons": [one]})
    return realism_page(_named(found, name, one["real"], one["made"]), pictures=[f"{name}.png"])


def _replication(name: str) -> str:
    return replication_page(_named(read_study(_DOCS / "replication", REPLICATION), name))


@cache
def _stable() -> StudyResult:
    return made_up(n=6, questions="methods", quality={"native": 0.8, "gradcam": 0.9})


def _stability(name: str) -> str:
    found = _stable()
    data = found.facts["data"]
    found = replace(found, facts=found.facts | {"recipes": name, "split": name})
    return stability_page(StabilityFindings(_named(found, name, "imn", data)), "made")


PAGES = {
    "accuracy": _accuracy,
    "baselines": _baselines,
    "dose": _dose,
    "metric audit": _metric_audit,
    "native audit": _native_audit,
    "rankings": _rankings,
    "realism": _realism,
    "replication": _replication,
    "stability": _stability,
}
"""By study: its page, of a name."""


def _named(found: StudyResult, name: str, *olds: str) -> StudyResult:
    names = dict.fromkeys(olds or ("imn", "synthetic"), name)
    facts = _renamed_facts(found.facts, names)
    facts |= {said: [*facts[said], f"{name}: {name}"] for said in _SAID if said in facts}
    if "device" in facts:
        facts["device"] = name
    scores = None if found.scores is None else _renamed(found.scores, names)
    return replace(found, table=_renamed(found.table, names), facts=facts, scores=scores)


def _renamed(table: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    return table.replace(dict(names))


def _renamed_facts(fact: Any, names: Mapping[str, str]) -> Any:
    """Where a fact, a name of one or a member of a list is one of these names."""
    if isinstance(fact, Mapping):
        return {names.get(key, key): _renamed_facts(one, names) for key, one in fact.items()}
    if isinstance(fact, list):
        return [_renamed_facts(one, names) for one in fact]
    return names.get(fact, fact) if isinstance(fact, str) else fact
