"""What the features of a net know of a recording, and which of it the explained output follows."""

from __future__ import annotations

from xai_bench.studies.probe.study import probe

__all__ = ["probe"]
