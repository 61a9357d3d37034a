"""What run.json of a cell may hold, and the one line about what it may not."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, NonNegativeInt, ValidationError

__all__ = ["CellFacts", "wrong_fact"]


class _Facts(BaseModel):
    """Facts have their types as they stand: a number in quotes is text."""

    model_config = ConfigDict(extra="allow", strict=True, allow_inf_nan=False, frozen=True)


class _Card(_Facts):
    better: Literal["higher", "lower"]
    statistic: Literal["mean", "p50", "p95"]


class _Quality(_Facts):
    model_config = ConfigDict(extra="forbid")

    verdict: Literal["ok", "unreliable", "unknown", "known"]
    auroc: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    n: NonNegativeInt = 0
    recordings: str = ""


class CellFacts(_Facts):
    """Of what is read from run.json, the types. Cells from earlier versions lack some of it, and
    what is not listed here is shown at most."""

    dataset: str
    model: str
    method: str
    key: str
    protocol: str
    status: Literal["ok", "skipped"]
    reason: str
    metrics: dict[str, _Card]
    families: dict[str, str] = {}
    quality: _Quality = _Quality(verdict="unknown")
    measured: dict[str, NonNegativeInt] = {}
    started: str = ""
    n: NonNegativeInt = 0
    seed: int = 0
    target: str = ""
    recordings: str = ""
    folds: list[int] = []
    left_out: list[str] = []
    remarks: list[str] = []
    remark: str = ""
    unlike_training: str = ""
    model_card: str | None = None
    weights: str | None = None
    depends_on_machine: bool = False
    packages: dict[str, str] = {}
    model_facts: dict[str, Any] = {}
    method_facts: dict[str, Any] = {}


def wrong_fact(facts: dict[str, Any]) -> str:
    """The first fact that cannot be: its name, what it should be and what was found; or ""."""
    try:
        CellFacts.model_validate(facts)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        if first["type"] == "missing":
            return f"{place} is missing"
        return f"{place}: {first['msg'].removeprefix('Input ')}, not {_short(first['input'])}"
    return ""


def _short(found: object) -> str:
    text = " ".join(repr(found).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
