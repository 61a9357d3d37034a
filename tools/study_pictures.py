"""Pictures of the studies under docs/, drawn again from the tables that are committed with them:
`python -m tools.study_pictures [STUDY ...]`, or `make pictures`.

Letters are drawn otherwise by another version of a library, so that no check compares pictures; who
changes how figures look draws all of them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from tools.study_folders import FOLDERS
from xai_bench.report.baselines.figures import draw_baselines
from xai_bench.report.baselines.page import PICTURE as BASELINES
from xai_bench.report.baselines.page import read_baselines
from xai_bench.report.dose_response.figures import draw as draw_dose
from xai_bench.report.dose_response.page import PICTURE as DOSE_PICTURE
from xai_bench.report.figures.study_picture import save_picture
from xai_bench.report.gates.figures import draw_gates
from xai_bench.report.gates.page import PICTURE as GATES_PICTURE
from xai_bench.report.method_accuracy.figures import draw as draw_accuracy
from xai_bench.report.method_accuracy.page import PICTURE as ACCURACY_PICTURE
from xai_bench.report.metric_audit.page import draw_pictures as draw_metric_audit
from xai_bench.report.native_audit.page import draw_pictures as draw_native_audit
from xai_bench.report.probe.figures import draw as draw_probe
from xai_bench.report.probe.findings import ProbeFindings
from xai_bench.report.probe.page import PICTURE as PROBE_PICTURE
from xai_bench.report.rankings.figures import draw_rankings
from xai_bench.report.rankings.page import PICTURE as RANKINGS
from xai_bench.report.rankings.page import read_rankings
from xai_bench.report.realism.comparisons_page import PICTURE as REALISM_PICTURE
from xai_bench.report.realism.comparisons_page import draw_comparisons
from xai_bench.report.replication.figures import draw_replication
from xai_bench.report.replication.page import PICTURE as REPLICATION_PICTURE
from xai_bench.report.stability.findings import StabilityFindings
from xai_bench.report.stability.page import draw_pictures as draw_stability
from xai_bench.report.territories.page import draw_pictures as draw_territories
from xai_bench.report.territories.page import read_territories
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

__all__ = ["PICTURES", "draw_study", "main"]

DOCS = Path(__file__).parents[1] / "docs"


def _accuracy(folder: Path) -> None:
    save_picture(draw_accuracy(read_study(folder, ACCURACY)), folder / ACCURACY_PICTURE)


def _audit(folder: Path) -> None:
    draw_native_audit(read_study(folder, AUDIT), folder)


def _baselines(folder: Path) -> None:
    save_picture(draw_baselines(read_baselines(folder).result), folder / BASELINES)


def _dose(folder: Path) -> None:
    save_picture(draw_dose(read_study(folder, DOSE)), folder / DOSE_PICTURE)


def _gates(folder: Path) -> None:
    save_picture(draw_gates(read_study(folder, GATES)), folder / GATES_PICTURE)


def _metric_audit(folder: Path) -> None:
    found = MetricAudit(
        trust=read_study(folder.parents[1] / "metrics", TRUST),
        redundancy=read_study(folder, REDUNDANCY),
        core=read_study(folder, CORE),
    )
    draw_metric_audit(found, folder)


def _probe(folder: Path) -> None:
    save_picture(draw_probe(ProbeFindings(read_study(folder, PROBE))), folder / PROBE_PICTURE)


def _rankings(folder: Path) -> None:
    save_picture(draw_rankings(read_rankings(folder).result), folder / RANKINGS)


def _realism(folder: Path) -> None:
    save_picture(draw_comparisons(read_study(folder, REALISM).table), folder / REALISM_PICTURE)


def _replication(folder: Path) -> None:
    table = read_study(folder, REPLICATION).table
    save_picture(draw_replication(table), folder / REPLICATION_PICTURE)


def _stability(folder: Path) -> None:
    draw_stability(StabilityFindings(read_study(folder, STABILITY)), folder)


def _territories(folder: Path) -> None:
    draw_territories(read_territories(folder), folder)


_OF: dict[str, Callable[[Path], None]] = {
    "accuracy": _accuracy,
    "audit": _audit,
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
PICTURES = {folder: _OF[kind] for folder, kind in FOLDERS.items()}
"""Folders under docs/, and what draws their pictures: those of `tools.study_pages`."""


def draw_study(docs: Path, name: str) -> None:
    """The pictures of one of PICTURES. Raises InputError, OutputError."""
    PICTURES[name](docs / name)


def main() -> int:
    for name in sys.argv[1:] or PICTURES:
        draw_study(DOCS, name)
        print(f"docs/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
