"""Can the explanation of an ECG classifier be trusted?

>>> import xai_bench as xb
>>> xb.run(model="imn", method="native").leaderboard
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xai_bench.data import load_data, load_record, recordings
    from xai_bench.data.planted import plant
    from xai_bench.methods.attribute import attribute
    from xai_bench.methods.native_pass import native_attributions
    from xai_bench.models import load_model
    from xai_bench.models.wrap import wrap
    from xai_bench.report.explanation.record_explanation import explain
    from xai_bench.report.html import write_report
    from xai_bench.scoring.metric_objects import metric
    from xai_bench.scoring.score import score
    from xai_bench.studies.baselines import baseline_dependence
    from xai_bench.studies.benchmark import run
    from xai_bench.studies.clause_rules import clause_rules
    from xai_bench.studies.conformance import check, checks
    from xai_bench.studies.dose_response import dose_response
    from xai_bench.studies.method_accuracy import method_accuracy
    from xai_bench.studies.native_audit import audit
    from xai_bench.studies.probe import probe
    from xai_bench.studies.rankings import rankings
    from xai_bench.studies.stability.study import compare
    from xai_bench.studies.territories import territories
    from xai_bench.types import Attributions, Recordings

_HOME = {
    "Attributions": "xai_bench.types",
    "Recordings": "xai_bench.types",
    "attribute": "xai_bench.methods.attribute",
    "audit": "xai_bench.studies.native_audit",
    "baseline_dependence": "xai_bench.studies.baselines",
    "check": "xai_bench.studies.conformance",
    "checks": "xai_bench.studies.conformance",
    "clause_rules": "xai_bench.studies.clause_rules",
    "compare": "xai_bench.studies.stability.study",
    "dose_response": "xai_bench.studies.dose_response",
    "explain": "xai_bench.report.explanation.record_explanation",
    "load_data": "xai_bench.data",
    "load_model": "xai_bench.models",
    "load_record": "xai_bench.data",
    "method_accuracy": "xai_bench.studies.method_accuracy",
    "metric": "xai_bench.scoring.metric_objects",
    "native_attributions": "xai_bench.methods.native_pass",
    "plant": "xai_bench.data.planted",
    "probe": "xai_bench.studies.probe",
    "rankings": "xai_bench.studies.rankings",
    "recordings": "xai_bench.data",
    "run": "xai_bench.studies.benchmark",
    "score": "xai_bench.scoring.score",
    "territories": "xai_bench.studies.territories",
    "wrap": "xai_bench.models.wrap",
    "write_report": "xai_bench.report.html",
}
__all__ = [
    "Attributions",
    "Recordings",
    "attribute",
    "audit",
    "baseline_dependence",
    "check",
    "checks",
    "clause_rules",
    "compare",
    "dose_response",
    "explain",
    "load_data",
]
__all__ += ["load_model", "load_record", "method_accuracy", "metric", "native_attributions"]
__all__ += ["plant", "probe", "rankings"]
__all__ += ["recordings", "run", "score", "territories", "wrap", "write_report"]


def __getattr__(name: str) -> Any:
    # Names are looked up on first use, so that the command line answers without importing torch.
    if name not in _HOME:
        raise AttributeError(f"module 'xai_bench' has no attribute '{name}'")
    return getattr(import_module(_HOME[name]), name)
