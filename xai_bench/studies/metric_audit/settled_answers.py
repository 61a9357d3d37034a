"""What a definition settles, so that no recording has a say in it."""

from __future__ import annotations

__all__ = ["settled"]

_ANEW = "what a control draws is drawn anew for each version of a recording"
_NO_UNIT = "the other map is in no unit, and the metric asks for log-odds"
_NO_MODEL = "the other map does not depend on the model"

_MODEL_FREE = ("noise", "amplitude", "slope")

_SETTLED = {
    ("stability", "noise"): _ANEW,
    ("stability", "resolution"): _ANEW,
    ("stability", "unsigned"): "sizes never change by more than what they are the sizes of",
    ("stability", "used"): "the planted evidence stays where it is when a recording changes",
    **{
        (metric, question): _NO_UNIT
        for metric in ("completeness", "infidelity")
        for question in (*_MODEL_FREE, "used")
    },
    ("complexity", "used"): "a mask of some samples is simpler than noise in all",
    ("input_invariance", "noise"): _ANEW,
    ("input_invariance", "resolution"): _ANEW,
    ("input_invariance", "used"): "the planted evidence stays where it is",
    **{("randomisation", question): _NO_MODEL for question in (*_MODEL_FREE, "used")},
    **{
        (metric, "training"): "an untrained net's map does not depend on the trained one's weights"
        for metric in ("mprt", "efficient_mprt")
    },
}


def settled(metric: str, family: str, question: str) -> str:
    """Why the answer of a metric follows from what it compares, or "" where it does not."""
    return _SETTLED.get((metric, question)) or _SETTLED.get((family, question), "")
