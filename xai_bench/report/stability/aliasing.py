"""Where the similarity after shifts is a saw: nets that read with a stride tell odd from even."""

from __future__ import annotations

import pandas as pd

from xai_bench.results.study_tables import select
from xai_bench.types import is_control

__all__ = ["alias_words", "aliased_models"]


def aliased_models(rows: pd.DataFrame) -> list[str]:
    """Models of which some method's similarity after every odd shift is below that after every even
    one, interval from interval.

    rows: estimates of one measure, with those of the condition "shift".
    """
    shifts = select(rows, condition="shift")
    found: dict[str, None] = {}
    for (model, method), of_method in shifts.groupby(["model", "method"], sort=False):
        odd = of_method[of_method["level"] % 2 == 1]
        even = of_method[of_method["level"] % 2 == 0]
        if is_control(str(method)) or odd.empty or even.empty:
            continue
        if odd["ci_high"].max() < even["ci_low"].min():
            found[str(model)] = None
    return list(found)


def alias_words(rows: pd.DataFrame) -> str:
    """What a reader must know of them; "" where there are none."""
    models = aliased_models(rows)
    if not models:
        return ""
    return (
        f"Odd shifts below even ones ({', '.join(models)}) are aliasing, as of a net that reads "
        "every second sample (stride 2): they say nothing of how far a recording is shifted."
    )
