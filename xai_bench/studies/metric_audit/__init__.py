"""The audit of metrics: which of them can be trusted, which ask the same, and which are the core.

Adebayo et al. 2018 asked of methods whether they tell a trained net from an untrained one; here
metrics are asked that and more, of pairs of maps of which one is known to be better.
"""

from xai_bench.studies.metric_audit.study import MetricAudit, audit_metrics
from xai_bench.studies.metric_audit.trust_table import SCHEMA, trust

__all__ = ["SCHEMA", "MetricAudit", "audit_metrics", "trust"]
