"""The folders of committed studies, and what each is a study of."""

from __future__ import annotations

__all__ = ["FOLDERS"]

FOLDERS = {
    "accuracy": "accuracy",
    "audit": "audit",
    "baselines": "baselines",
    "baselines/shap": "baselines",
    "dose_response": "dose",
    "gates/ia-resnet": "gates",
    "gates/sevgg-lstm": "gates",
    "initialisations": "stability",
    "metric_audit": "metric_audit",
    "probe": "probe",
    "realism": "realism",
    "replication": "replication",
    "stability": "stability",
    "territories": "territories",
    "ode/rankings": "rankings",
    "real/audit": "audit",
    "real/dose": "dose",
    "real/dose-ecgresnet": "dose",
    "real/gates-ia-resnet": "gates",
    "real/gates-sevgg-lstm": "gates",
    "real/probe": "probe",
    "real/rankings": "rankings",
    "real/stability": "stability",
}
"""Below docs/. Pages and pictures go by the kind of study."""
