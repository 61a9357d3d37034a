"""What gives the synthetic away, in plain sentences that are made of the numbers."""

from __future__ import annotations

import pandas as pd

from xai_bench.studies.realism.study import Realism

__all__ = ["DISCOVERY_RATE", "facts", "findings", "number", "worst"]

DISCOVERY_RATE = 0.05
_WHOLE = ("ms", "/min", "°")
_MIDDLE = (25.0, 75.0)


def facts(result: Realism) -> list[str]:
    """What was compared, one line each."""
    real, synthetic = result.real.recordings, result.synthetic.recordings
    return [
        f"Real: {len(real)} recordings of {real.name} ({result.chosen}).",
        f"Synthetic: {len(synthetic)} recordings labelled NORM alone, seed {result.seed}.",
        f"Both at {real.rate_hz:g} Hz, {real.seconds:g} s, measured by the same rules, which look "
        "at no label.",
        *([result.fallback] if result.fallback else []),
        *(f"Left out: {line}." for line in result.left_out),
        "Not a validation where the generator was tuned on the same recordings; not for diagnosis.",
    ]


def findings(table: pd.DataFrame) -> list[str]:
    """One sentence a feature that differs, the feature with the largest distance first."""
    differing = table[table["p"] < DISCOVERY_RATE]
    return [
        _sentence(
            row,
            differ=int((differing["feature"] == row["feature"]).sum()),
            leads=int((table["feature"] == row["feature"]).sum()),
        )
        for _, row in worst(table).iterrows()
    ]


def worst(table: pd.DataFrame) -> pd.DataFrame:
    """Of each feature that differs, the row of the lead that differs most; worst feature first."""
    differing = table[table["p"] < DISCOVERY_RATE].sort_values("ks", ascending=False, kind="stable")
    return differing.drop_duplicates("feature", ignore_index=True)


def number(value: float, unit: str = "") -> str:
    """Three significant digits or whole milliseconds, with the unit."""
    rounded = round(value, 0 if unit in _WHOLE else 4) + 0.0  # never "-0"
    text = f"{rounded:.0f}" if unit in _WHOLE else f"{rounded:.3g}"
    return f"{text} {unit}".rstrip()


def _sentence(row: pd.Series, *, differ: int, leads: int) -> str:
    unit = str(row["unit"])
    where = ""
    if row["lead"]:
        others = "" if differ == 1 else f" ({differ} of {leads} leads differ)"
        where = f" in {row['lead']}{others}"
    low, high = _MIDDLE
    if row["percentile"] > high:
        verdict = "lower"
    elif row["percentile"] < low:
        verdict = "higher"
    else:
        verdict = "spread differently"
    return (
        f"**{row['feature']}**{where}: synthetic is {verdict}. "
        f"Median {number(row['synthetic_q50'], unit)} "
        f"[{number(row['synthetic_q10'])}, {number(row['synthetic_q90'])}], "
        f"real {number(row['real_q50'], unit)} "
        f"[{number(row['real_q10'])}, {number(row['real_q90'])}]; the real median is at "
        f"percentile {row['percentile']:.0f} of synthetic, KS distance {row['ks']:.2f}."
    )
