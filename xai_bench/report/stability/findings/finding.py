"""A sentence of what was found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

__all__ = ["Finding"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    question: str
    model: str
    text: str
    """Plain, without markup; it names its model."""
