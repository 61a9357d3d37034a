"""What the audit of metrics found against one, in words."""

from __future__ import annotations

from xai_bench.zoo import QUESTIONS

__all__ = ["flag_words"]

_REVERSED = " reversed"


def flag_words(flags: str) -> str:
    """Of `Zoo.flags`: "does not tell apart A, or B; takes C the wrong way round"; "" for none."""
    names = flags.split(", ") if flags else []
    blind = [_words(name) for name in names if not name.endswith(_REVERSED)]
    turned = [_words(name.removesuffix(_REVERSED)) for name in names if name.endswith(_REVERSED)]
    parts = [f"does not tell apart {', or '.join(blind)}"] if blind else []
    parts += [f"takes the wrong way round {', and '.join(turned)}"] if turned else []
    return "; ".join(parts)


def _words(question: str) -> str:
    return QUESTIONS.get(question, question)
