"""What is run where nothing else is asked for, and which metrics stand in front: presets.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["PRESETS", "Presets"]

Names = tuple[str, ...]
Count = Annotated[int, Field(strict=True, gt=0)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cohort(_Table):
    """Models and methods by name, and the recordings that they are asked about."""

    models: Names
    methods: Names
    n: Count


class Run(Cohort):
    references: Names
    """Controls that are scored beside every method."""


class Protocol(Cohort):
    """A run as a paper, or a field, does it: what `xai-bench run --protocol` asks for."""

    summary: str
    cite: str
    data: str
    """Where no others are given."""
    leads: Names
    rate_hz: float
    seconds: float
    """What a recording of the protocol is, and so what its models read."""
    metrics: Names
    target: str

    @property
    def form(self) -> str:
        """What its recordings are, in words."""
        return f"{self.seconds:g} s at {self.rate_hz:g} Hz of {', '.join(self.leads)}"


class Metrics(_Table):
    core: Names


class DoseResponse(Cohort):
    lesions: Names
    doses: tuple[float, ...]
    """Millivolt."""


class Baselines(Cohort):
    metrics: Names


class NativeAudit(_Table):
    methods: Names
    n: Count


class Realism(_Table):
    models: Names
    n: Count


class Report(_Table):
    faithfulness: str
    cost: str
    """The two metrics of the plot of faithfulness and cost."""
    excerpt: Names
    headline_metrics: dict[str, str]
    """Metric -> what the best method in it is."""


class Probe(_Table):
    models: Names
    n: Count


class Presets(_Table):
    run: Run
    protocol: dict[str, Protocol]
    metrics: Metrics
    stability: Cohort
    dose_response: DoseResponse
    native_audit: NativeAudit
    metric_audit: Cohort
    method_accuracy: Cohort
    baselines: Baselines
    realism: Realism
    probe: Probe
    report: Report


PRESETS = Presets.model_validate(
    tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
)
