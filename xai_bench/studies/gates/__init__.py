"""Do the gates of a net say which of its channels matter for a recording?"""

from __future__ import annotations

from xai_bench.studies.gates.study import SCHEMA, gates

__all__ = ["SCHEMA", "gates"]
