"""What others found, to stand beside what is found here."""

from __future__ import annotations

__all__ = ["SELF_CONSISTENCY", "SELF_CONSISTENCY_OF"]

SELF_CONSISTENCY = (0.41, 0.65)
"""Mean correlation of explanations across random initialisations, of most of the methods that
`arends2026signal` (metrics/references.bib) asked."""
SELF_CONSISTENCY_OF = "most of 12 methods on 873,710 median beats, Arends et al. 2026"
