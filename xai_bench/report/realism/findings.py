"""What gives the synthetic away, in plain sentences that are made of the numbers."""

from __future__ import annotations

import pandas as pd

__all__ = ["DISCOVERY_RATE", "findings", "number", "worst"]

DISCOVERY_RATE = 0.05
_WHOLE = ("ms", "/min", "°")
_MIDDLE = (25.0, 75.0)


def findings(table: pd.DataFrame) -> list[str]:
    """One sentence a feature that differs, the feature with the largest distance first."""
    told = table[table["p"] < DISCOVERY_RATE]
    return [
        _sentence(
            row,
            differ=int((told["feature"] == row["feature"]).sum()),
            leads=int((table["feature"] == row["feature"]).sum()),
        )
        for _, row in worst(table).iterrows()
    ]


def worst(table: pd.DataFrame) -> pd.DataFrame:
    """Of each feature that differs, the row of the lead that differs most; worst feature first."""
    told = table[table["p"] < DISCOVERY_RATE].sort_values("ks", ascending=False, kind="stable")
    return told.drop_duplicates("feature", ignore_index=True)


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
