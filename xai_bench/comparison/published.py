"""What others found, to stand beside what is found here."""

from __future__ import annotations

__all__ = ["SELF_CONSISTENCY", "SELF_CONSISTENCY_OF"]

SELF_CONSISTENCY = (0.41, 0.65)
"""Mean correlation of explanations across random initialisations."""
SELF_CONSISTENCY_OF = "Arends et al. 2026, 12 methods, 873,710 median-beat ECGs"
"""@arends2026"""
