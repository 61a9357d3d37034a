"""Pages of the studies under docs/, rendered again from the tables that are committed with them.

A page whose sentences are no longer those of its table, by the rules that make them, is stale. The
command on a page is the page's own: no table has it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tools import ode_page, real_page, realism, trust_between
from tools.study_folders import FOLDERS
from xai_bench.report.baselines.page import read_baselines
from xai_bench.report.baselines.page import render as render_baselines
from xai_bench.report.dose_response.findings import DoseFindings
from xai_bench.report.dose_response.page import render as render_dose
from xai_bench.report.gates.page import render as render_gates
from xai_bench.report.method_accuracy.findings import AccuracyFindings
from xai_bench.report.method_accuracy.page import render as render_accuracy
from xai_bench.report.metric_audit.page import render as render_metric_audit
from xai_bench.report.native_audit.page import render as render_native_audit
from xai_bench.report.probe.findings import ProbeFindings
from xai_bench.report.probe.page import render as render_probe
from xai_bench.report.rankings.page import read_rankings
from xai_bench.report.rankings.page import render as render_rankings
from xai_bench.report.realism.comparisons_page import render_comparisons
from xai_bench.report.replication.page import render as render_replication
from xai_bench.report.stability.findings import StabilityFindings
from xai_bench.report.stability.page import render as render_stability
from xai_bench.report.territories.page import read_territories
from xai_bench.report.territories.page import render as render_territories
from xai_bench.results.study_tables import read_study
from xai_bench.studies.dose_response.dose_measures import SCHEMA as DOSE
from xai_bench.studies.gates import SCHEMA as GATES
from xai_bench.studies.method_accuracy.accuracy_measures import SCHEMA as ACCURACY
from xai_bench.studies.metric_audit import SCHEMA as TRUST
from xai_bench.studies.metric_audit import MetricAudit
from xai_bench.studies.metric_audit.core_choice import SCHEMA as CORE
from xai_bench.studies.metric_audit.redundancy import SCHEMA as REDUNDANCY
from xai_bench.studies.native_audit import SCHEMA as AUDIT
from xai_bench.studies.probe.probe_measures import SCHEMA as PROBE
from xai_bench.studies.realism.comparison_table import SCHEMA as REALISM
from xai_bench.studies.replication import SCHEMA as REPLICATION
from xai_bench.studies.stability.schema import SCHEMA as STABILITY

__all__ = ["STUDIES", "study_page", "study_pages"]

_REPLICATED_RUNS = (
    "- Of the runs that are compared `runs` is committed, and `replication-run` is not: `make "
    "replication` scores it, the second fold and the second training, and makes this page of both."
    "\n"
)
_MADE_BY = re.compile(r"Made by `(.*)`\.")


def study_pages(root: Path) -> dict[Path, str]:
    """Every page of a study and what its committed tables say. Raises InputError."""
    docs = root / "docs"
    names = [name for name in STUDIES if (docs / name).is_dir()]
    found = {docs / name / "README.md": study_page(docs, name) for name in names}
    found |= {docs / "real" / "README.md": real_page.render(docs / "real")}
    found |= {docs / "ode" / "README.md": ode_page.render(docs / "ode")}
    return found | trust_between.pages(root)


def study_page(docs: Path, name: str) -> str:
    """What the page of one of STUDIES should say. Raises InputError."""
    return STUDIES[name](docs / name)


def _command(folder: Path) -> str:
    said = _MADE_BY.search((folder / "README.md").read_text(encoding="utf-8"))
    assert said is not None, f"{folder / 'README.md'} does not say what it was made by"
    return said[1]


def _accuracy(folder: Path) -> str:
    return render_accuracy(AccuracyFindings(read_study(folder, ACCURACY)), _command(folder))


def _baselines(folder: Path) -> str:
    return render_baselines(read_baselines(folder))


def _dose(folder: Path) -> str:
    return render_dose(DoseFindings(read_study(folder, DOSE)), _command(folder))


def _gates(folder: Path) -> str:
    return render_gates(read_study(folder, GATES))


def _stability(folder: Path) -> str:
    return render_stability(StabilityFindings(read_study(folder, STABILITY)), _command(folder))


def _native_audit(folder: Path) -> str:
    found = read_study(folder, AUDIT)
    return render_native_audit(found, command=_command(folder))


def _probe(folder: Path) -> str:
    return render_probe(ProbeFindings(read_study(folder, PROBE)), _command(folder))


def _rankings(folder: Path) -> str:
    return render_rankings(read_rankings(folder))


def _territories(folder: Path) -> str:
    return render_territories(read_territories(folder))


def _replication(folder: Path) -> str:
    return render_replication(read_study(folder, REPLICATION)) + _REPLICATED_RUNS


def _metric_audit(folder: Path) -> str:
    found = MetricAudit(
        trust=read_study(folder.parents[1] / "metrics", TRUST),
        redundancy=read_study(folder, REDUNDANCY),
        core=read_study(folder, CORE),
    )
    return render_metric_audit(found, command=_command(folder))


def _realism(folder: Path) -> str:
    return render_comparisons(
        read_study(folder, REALISM),
        about=realism.ABOUT,
        command=realism.COMMAND,
        picture="realism.png",
    )


_PAGES: dict[str, Callable[[Path], str]] = {
    "accuracy": _accuracy,
    "audit": _native_audit,
    "baselines": _baselines,
    "dose": _dose,
    "gates": _gates,
    "metric_audit": _metric_audit,
    "probe": _probe,
    "rankings": _rankings,
    "realism": _realism,
    "replication": _replication,
    "stability": _stability,
    "territories": _territories,
}
STUDIES = {folder: _PAGES[kind] for folder, kind in FOLDERS.items()}
"""Folders under docs/, and what makes their pages."""
