"""The comparison of explanations: every question of every model."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path

import pandas as pd

from xai_bench.comparison.result import Comparison
from xai_bench.comparison.schema import QUESTIONS, SCORES, TABLE
from xai_bench.data import Length
from xai_bench.errors import UnknownNameError
from xai_bench.zoo import Zoo

__all__ = ["DEFAULT_METHODS", "DEFAULT_MODELS", "DEFAULT_N", "Progress", "compare"]

DEFAULT_MODELS = "imn,resnet1d"
DEFAULT_METHODS = "native,input-x-gradient,saliency,gradcam,ig-16,amplitude"
DEFAULT_N = 32

Progress = Callable[[str, int, int], None]


def compare(
    model: str | Iterable[str] = DEFAULT_MODELS,
    method: str | Iterable[str] = DEFAULT_METHODS,
    *,
    data: str | Path = "synthetic",
    split: str = "test",
    fold: int | Collection[int] | None = None,
    n: int | None = DEFAULT_N,
    target: str = "predicted",
    seed: int = 0,
    device: str | None = None,
    length: Length = "exact",
    questions: str | Iterable[str] = "all",
    zoo: Zoo | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Compare the attributions of every method on every model with what they should resemble.

    model, method: names, or several ("imn,conv2d" or a list).
    data: "synthetic", a PTB-XL folder or a folder of WFDB records; split or fold where it has any.
    n: recordings, classes in turn, chosen by seed and record id; None for all.
    target: the explained class: "predicted" (of the clean recording), "label" or a class name.
    questions: names from `schema.QUESTIONS`, or "all".
    progress: called with (what is being done, steps done, steps in all).

    Pairs that cannot work are left out, with the reason in `facts`. Raises XaiBenchError.
    """
    _asked(questions)
    scores, table = pd.DataFrame(columns=list(SCORES)), pd.DataFrame(columns=list(TABLE))
    return Comparison(scores=scores.astype(SCORES), table=table.astype(TABLE), facts={})


def _asked(questions: str | Iterable[str]) -> list[str]:
    """Names of questions, in their order. Raises UnknownNameError."""
    wanted = questions.split(",") if isinstance(questions, str) else list(questions)
    for name in wanted:
        if name not in QUESTIONS and name != "all":
            raise UnknownNameError("question", name, [*QUESTIONS, "all"])
    return [name for name in QUESTIONS if name in wanted or "all" in wanted]
