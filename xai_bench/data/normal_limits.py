"""What is normal in adults, of what is measured of a recording, and who says so.

Where age or sex is not known, the widest limit of either holds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from xai_bench.types import LEADS

__all__ = ["LIMITS", "NEIGHBOURS", "SOURCES", "Limit", "Needs", "limits_of"]

Needs = Literal["", "neighbour", "R above S", "R above S and neighbour", "R above 0.3 mV"]
"""What else must hold for a value beyond a limit to be abnormal; a neighbour: that a lead which
looks at the same wall is beyond the same limit."""

SOURCES = {
    "Surawicz 2009": "AHA/ACCF/HRS recommendations, part III, Circulation 119:e235",
    "Rautaharju 2009": "AHA/ACCF/HRS recommendations, part IV, Circulation 119:e241",
    "Hancock 2009": "AHA/ACCF/HRS recommendations, part V, Circulation 119:e251",
    "Thygesen 2018": "Fourth universal definition of myocardial infarction, Circulation 138:e618",
    "Kusumoto 2019": "ACC/AHA/HRS guideline on bradycardia, Circulation 140:e382",
    "Page 2016": "ACC/AHA/HRS guideline on supraventricular tachycardia, Circulation 133:e506",
    "DePace 1983": "Journal of the American College of Cardiology 2:1073",
    "Priori 2015": "ESC guidelines on ventricular arrhythmias, European Heart Journal 36:2793",
}
"""First author and year of a limit's source, and where it was published."""

_GROUPS = (("I", "aVL"), ("II", "III", "aVF"))
_CHEST = LEADS[6:]
NEIGHBOURS: Mapping[str, frozenset[str]] = {
    **{lead: frozenset(group) - {lead} for group in _GROUPS for lead in group},
    **{lead: frozenset(_CHEST[max(i - 1, 0) : i + 2]) - {lead} for i, lead in enumerate(_CHEST)},
    "aVR": frozenset(),
}
"""Contiguous leads: of one limb group, or side by side on the chest (Thygesen et al. 2018)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A range that is normal, for some leads and some people."""

    measurement: str
    source: str
    leads: tuple[str, ...] = ("",)
    """Or "" for what belongs to the whole recording."""
    low: float = -math.inf
    high: float = math.inf
    is_edge_normal: bool = True
    """Whether a value just at a limit is normal."""
    below: str = ""
    above: str = ""
    """What a value is called that lies beyond."""
    sex: str = ""
    """Or "" for both."""
    ages: tuple[float, float] = (0.0, math.inf)
    """Years, of which the last is not one of them."""
    needs: Needs = ""

    def broken(self, value: float) -> str:
        """What the value is called where it lies beyond, or ""."""
        if value < self.low or (value == self.low and not self.is_edge_normal):
            return self.below
        if value > self.high or (value == self.high and not self.is_edge_normal):
            return self.above
        return ""

    def fits(self, lead: str, sex: str, age: float) -> bool:
        """Whether it is of this lead and may be of this person."""
        right_sex = not self.sex or not sex or sex == self.sex
        right_age = math.isnan(age) or self.ages[0] <= age < self.ages[1]
        return lead in self.leads and right_sex and right_age


_NOT_AVR = tuple(lead for lead in LEADS if lead != "aVR")
_UPRIGHT_T = ("I", "II", "V3", "V4", "V5", "V6")
_NARROW_Q = ("V2", "V3")

LIMITS: tuple[Limit, ...] = (
    Limit(measurement="heart rate", source="Kusumoto 2019", low=50.0, below="bradycardia"),
    Limit(measurement="heart rate", source="Page 2016", high=100.0, above="tachycardia"),
    Limit(measurement="PR", source="Surawicz 2009", low=120.0, below="short PR"),
    Limit(measurement="PR", source="Kusumoto 2019", high=200.0, above="first-degree AV block"),
    Limit(
        measurement="QRS",
        source="Surawicz 2009",
        high=120.0,
        is_edge_normal=False,
        above="wide QRS",
    ),
    *(
        Limit(
            measurement="QTc",
            source="Rautaharju 2009",
            high=high,
            is_edge_normal=False,
            above="long QTc",
            sex=sex,
        )
        for sex, high in (("male", 450.0), ("female", 460.0))
    ),
    Limit(
        measurement="QTc", source="Priori 2015", low=340.0, is_edge_normal=False, below="short QTc"
    ),
    Limit(
        measurement="axis",
        source="Surawicz 2009",
        low=-30.0,
        high=90.0,
        below="left axis",
        above="right axis",
    ),
    Limit(
        measurement="Sokolow-Lyon",
        source="Hancock 2009",
        high=3.5,
        is_edge_normal=False,
        above="high voltage",
    ),
    Limit(measurement="P", source="Hancock 2009", leads=("II",), high=0.25, above="tall P"),
    Limit(
        measurement="R",
        source="DePace 1983",
        leads=("V3",),
        low=0.3,
        is_edge_normal=False,
        below="poor R progression",
    ),
    Limit(
        measurement="Q duration",
        source="Thygesen 2018",
        leads=_NARROW_Q,
        high=20.0,
        above="pathological Q",
        needs="neighbour",
    ),
    Limit(
        measurement="Q duration",
        source="Thygesen 2018",
        leads=("I", "II", "III", "aVL", "aVF", "V4", "V5", "V6"),
        high=30.0,
        is_edge_normal=False,
        above="pathological Q",
        needs="neighbour",
    ),
    *(
        Limit(
            measurement="J",
            source="Thygesen 2018",
            leads=_NARROW_Q,
            high=high,
            is_edge_normal=False,
            above="ST elevation",
            sex=sex,
            ages=ages,
            needs="neighbour",
        )
        for sex, ages, high in (
            ("male", (0.0, 40.0), 0.25),
            ("male", (40.0, math.inf), 0.2),
            ("female", (0.0, math.inf), 0.15),
        )
    ),
    Limit(
        measurement="J",
        source="Thygesen 2018",
        leads=tuple(lead for lead in _NOT_AVR if lead not in _NARROW_Q),
        high=0.1,
        is_edge_normal=False,
        above="ST elevation",
        needs="neighbour",
    ),
    Limit(
        measurement="ST",
        source="Thygesen 2018",
        leads=_NOT_AVR,
        low=-0.05,
        is_edge_normal=False,
        below="ST depression",
        needs="neighbour",
    ),
    Limit(
        measurement="T", source="Rautaharju 2009", leads=_UPRIGHT_T, low=-0.1, below="inverted T"
    ),
    Limit(
        measurement="T",
        source="Thygesen 2018",
        leads=tuple(lead for lead in _NOT_AVR if lead not in _UPRIGHT_T),
        low=-0.1,
        below="inverted T",
        needs="R above S and neighbour",
    ),
    Limit(
        measurement="T",
        source="Rautaharju 2009",
        leads=("I", "II", "V4", "V5", "V6"),
        low=0.1,
        below="flat T",
        needs="R above 0.3 mV",
    ),
)
"""The worst of a measurement first."""


def limits_of(measurement: str, lead: str, *, sex: str, age: float) -> list[Limit]:
    """Those that hold for a person; of those that differ by sex or age only, the highest.

    sex: "male", "female", or "" where it is not known. age: years, or NaN.
    """
    of_one = [
        limit for limit in LIMITS if limit.measurement == measurement and limit.fits(lead, sex, age)
    ]
    widest: dict[tuple[str, str], Limit] = {}
    for limit in of_one:
        key = (limit.below, limit.above)
        if key not in widest or limit.high > widest[key].high:
            widest[key] = limit
    return list(widest.values())
