"""What a part of the page is: an anchor, a title and what its template is filled with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, final

__all__ = ["Download", "Section"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Rendered by templates/ANCHOR.html; a section with nothing to show is None instead."""

    anchor: str
    title: str
    context: Mapping[str, Any]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A table that travels inside the page."""

    name: str
    """Of the file."""
    text: str
