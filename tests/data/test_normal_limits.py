"""What is normal, against the statements that it is taken from."""

from __future__ import annotations

import math

import pytest

from xai_bench.data.normal_limits import LIMITS, NEIGHBOURS, SOURCES, limits_of
from xai_bench.types import LEADS


def called(name: str, value: float, lead: str = "", sex: str = "", age: float = math.nan) -> str:
    found = (limit.broken(value) for limit in limits_of(name, lead, sex=sex, age=age))
    return next((word for word in found if word), "")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("heart rate", {49: "bradycardia", 50: "", 100: "", 101: "tachycardia"}),
        ("PR", {119: "short PR", 120: "", 200: "", 201: "first-degree AV block"}),
        ("QRS", {119: "", 120: "wide QRS"}),
        ("axis", {-31: "left axis", -30: "", 90: "", 91: "right axis"}),
        ("Sokolow-Lyon", {3.49: "", 3.5: "high voltage"}),
    ],
)
def test_limits_of_the_whole_recording(name: str, values: dict[float, str]) -> None:
    assert {value: called(name, value) for value in values} == values


def test_long_qtc_is_later_in_women_and_where_sex_is_not_known() -> None:
    assert [called("QTc", 455, sex=sex) for sex in ("male", "female", "")] == ["long QTc", "", ""]
    assert [called("QTc", 460, sex=sex) for sex in ("male", "female", "")] == ["long QTc"] * 3
    assert called("QTc", 340) == "short QTc"


@pytest.mark.parametrize(
    ("sex", "age", "limit"),
    [
        ("male", 39.0, 0.25), ("male", 40.0, 0.2), ("female", 30.0, 0.15), ("female", 70.0, 0.15),
        ("", 30.0, 0.25), ("", 70.0, 0.2), ("male", math.nan, 0.25), ("", math.nan, 0.25),
    ],
)  # fmt: skip
def test_st_elevation_in_v2_and_v3_depends_on_sex_and_age(
    sex: str, age: float, limit: float
) -> None:
    for lead in ("V2", "V3"):
        assert called("J", limit - 0.01, lead, sex, age) == ""
        assert called("J", limit, lead, sex, age) == "ST elevation"
    assert called("J", 0.1, "V4", sex, age) == "ST elevation"


def test_avr_has_no_limits_of_its_own() -> None:
    names = {limit.measurement for limit in LIMITS}
    assert not [name for name in names if limits_of(name, "aVR", sex="", age=math.nan)]
    assert NEIGHBOURS["aVR"] == frozenset()


def test_neighbours_look_at_the_same_wall() -> None:
    assert NEIGHBOURS["V1"] == {"V2"}
    assert NEIGHBOURS["V3"] == {"V2", "V4"}
    assert NEIGHBOURS["aVF"] == {"II", "III"}
    assert NEIGHBOURS["I"] == {"aVL"}
    assert set(NEIGHBOURS) == set(LEADS)
    assert all(lead in NEIGHBOURS[near] for lead in LEADS for near in NEIGHBOURS[lead])


def test_every_limit_names_its_source_and_what_it_calls() -> None:
    assert {limit.source for limit in LIMITS} == set(SOURCES)
    for limit in LIMITS:
        assert math.isfinite(limit.low) == bool(limit.below)
        assert math.isfinite(limit.high) == bool(limit.above)
