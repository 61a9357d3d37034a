"""Where an attribution lies, against loops written out and drawings of beats."""

from __future__ import annotations

import numpy as np
import pytest
from jaxtyping import Float32, Int8

from xai_bench.errors import InputError
from xai_bench.report.explanation.attribution_regions import (
    Region,
    Windows,
    number_beats,
    sentence,
    share_out,
    strongest,
    top_segments,
)
from xai_bench.types import LEADS, WAVES

LETTERS = {"-": "TP", "p": "P", "r": "PR", "Q": "QRS", "s": "ST", "t": "T", ".": "none"}
BEAT = "--pprQQQsstt-"


def test_shares_are_sums_of_either_sign() -> None:
    rng = np.random.default_rng(2)
    a = rng.standard_normal((12, 300)).astype(np.float32)
    waves = rng.integers(0, len(WAVES), 300).astype(np.int8)
    found = share_out(a, waves)
    up = down = 0.0
    tables = np.zeros((2, 12, len(WAVES)))
    for lead in range(12):
        for t in range(300):
            value = float(a[lead, t])
            if value > 0:
                up += value
                tables[0, lead, waves[t]] += value
            else:
                down -= value
                tables[1, lead, waves[t]] -= value
    np.testing.assert_allclose(found.positive, tables[0] / up, atol=1e-9)
    np.testing.assert_allclose(found.negative, tables[1] / down, atol=1e-9)
    assert found.positive.sum() == pytest.approx(1)
    assert found.negative.sum() == pytest.approx(1)
    assert found.against == pytest.approx(down / (up + down))


@pytest.mark.parametrize(("value", "totals", "against"), [(2, (1, 0), 0), (-2, (0, 1), 1)])
def test_one_sign_alone(value: int, totals: tuple[int, int], against: int) -> None:
    found = share_out(np.full((12, 10), value), np.zeros(10, dtype=np.int8))
    assert (round(found.positive.sum(), 9), round(found.negative.sum(), 9)) == totals
    assert found.against == against


def test_nothing_has_no_shares() -> None:
    found = share_out(np.zeros((12, 10), dtype=np.float32), np.zeros(10, dtype=np.int8))
    assert not found.positive.any()
    assert not found.negative.any()
    assert found.against == 0


def waves(drawn: str) -> Int8[np.ndarray, " time"]:
    return np.array([WAVES.index(LETTERS[letter]) for letter in drawn], dtype=np.int8)


def nothing(samples: int) -> Float32[np.ndarray, "12 time"]:
    return np.zeros((12, samples), dtype=np.float32)


@pytest.mark.parametrize(
    ("drawn", "beats"),
    [
        ("--prQst---prQst--prQst", "0000000000111111122222"),
        ("stt--Qst--Qst-pr", "0000000000111111"),
        ("QstQst", "000111"),
        ("Q", "0"),
        ("-----", "00000"),
        ("pprQQ..pQ", "000000011"),
        ("Qprstprp", "00000000"),
    ],
)
def test_a_beat_begins_with_its_p_or_its_qrs(drawn: str, beats: str) -> None:
    assert number_beats(waves(drawn)).tolist() == [int(digit) for digit in beats]


def test_a_region_is_a_wave_of_a_lead_over_its_strong_beats() -> None:
    labels = waves(BEAT * 9)
    a = nothing(len(labels))
    for beat in range(9):
        start = beat * len(BEAT)
        a[7, start + 8 : start + 10] = 1.0 if beat >= 2 else 0.1  # ST of V2
        a[1, start + 5 : start + 8] = -0.5 if beat in (0, 4, 5) else 0  # QRS of II
    a[3, 10] = 2.0  # one T of aVR
    total = 7 * 2 * 1.0 + 2 * 2 * 0.1 + 2.0
    found = strongest(a, labels, sign=1, most=5)
    assert [(one.lead, one.wave, one.runs, one.every) for one in found] == [
        ("V2", "ST", ((3, 9),), False),
        ("aVR", "T", ((1, 1),), False),
    ]
    assert [one.share for one in found] == pytest.approx([14 / total, 2 / total])
    (against,) = strongest(a, labels, sign=-1, most=5)
    assert (against.lead, against.wave) == ("II", "QRS")
    assert against.share == pytest.approx(1)
    assert against.runs == ((1, 1), (5, 6))


def test_regions_come_by_size_and_no_more_than_wanted() -> None:
    labels = waves("pprQQQsstt" * 4)
    a = nothing(len(labels)) + np.arange(1, 13, dtype=np.float32)[:, None]
    found = strongest(a, labels, sign=1, most=5)
    assert [(one.lead, one.wave) for one in found] == [
        (lead, "QRS") for lead in ("V6", "V5", "V4", "V3", "V2")
    ]
    expected = [weight * 3 / (78 * 10) for weight in (12, 11, 10, 9, 8)]
    assert [one.share for one in found] == pytest.approx(expected)
    assert all(one.every and one.runs == ((1, 4),) for one in found)


def test_shares_of_all_regions_are_at_most_one_and_found_by_brute_force() -> None:
    rng = np.random.default_rng(3)
    labels = waves("st-" + BEAT * 3 + "-QQst-" + BEAT[:9])
    a = rng.standard_normal((12, len(labels))).astype(np.float32)
    beats = number_beats(labels)
    total = np.maximum(a.astype(np.float64), 0).sum()
    found = {(one.lead, one.wave): one for one in strongest(a, labels, sign=1, most=1000)}
    for lead, name in enumerate(LEADS):
        for wave, called in enumerate(WAVES):
            sums = {
                b: sum(max(float(a[lead, t]), 0.0) for t in range(len(labels))
                       if labels[t] == wave and beats[t] == b)
                for b in sorted({int(beats[t]) for t in range(len(labels)) if labels[t] == wave})
            }  # fmt: skip
            if not any(sums.values()):
                assert (name, called) not in found
                continue
            mean = sum(sums.values()) / len(sums)
            strong = [b for b, value in sums.items() if value >= mean / 2]
            one = found[name, called]
            assert one.share == pytest.approx(sum(sums[b] for b in strong) / total)
            covered = [b - 1 for first, last in one.runs for b in range(first, last + 1)]
            assert covered == strong
            assert one.every == (len(strong) == len(sums))
    assert sum(one.share for one in found.values()) <= 1 + 1e-9


def test_nothing_has_no_regions() -> None:
    labels = waves(BEAT)
    assert strongest(nothing(len(labels)), labels, sign=1, most=5) == []
    positive = nothing(len(labels)) + 1
    assert strongest(positive, labels, sign=-1, most=5) == []


def test_without_waves_whole_leads_are_regions() -> None:
    a = nothing(20)
    a[4, 3], a[5, 7] = 3, 1
    found = strongest(a, waves("." * 20), sign=1, most=5)
    assert [sentence(one, what="positive attribution") for one in found] == [
        "aVL, whole recording: 75 % of positive attribution",
        "aVF, whole recording: 25 % of positive attribution",
    ]


def test_a_map_without_a_lead_axis_has_regions_in_all_leads_at_once() -> None:
    labels = waves(BEAT * 3)
    a = nothing(len(labels))
    a[:, 5:8], a[:, 8], a[:, 9 + len(BEAT)] = 2, 1, 1
    found = strongest(a, labels, sign=1, most=5)
    assert [sentence(one, what="positive attribution") for one in found] == [
        "all leads, QRS, beat 1: 75 % of positive attribution",
        "all leads, ST, beats 1-2: 25 % of positive attribution",
    ]
    a[4, 0] = 1e-3
    assert strongest(a, labels, sign=1, most=5)[0].lead == "I"


@pytest.mark.parametrize(
    ("runs", "every", "share", "said"),
    [
        (((3, 9),), False, 0.412, "V2, ST, beats 3-9: 41 % of positive evidence"),
        (((2, 2),), False, 0.006, "V2, ST, beat 2: 1 % of positive evidence"),
        (((1, 1), (3, 5)), False, 0.1, "V2, ST, beats 1, 3-5: 10 % of positive evidence"),
        (((1, 12),), True, 0.004, "V2, ST, all beats: under 1 % of positive evidence"),
    ],
)
def test_sentences(runs: tuple[tuple[int, int], ...], every: bool, share: float, said: str) -> None:
    one = Region(lead="V2", wave="ST", runs=runs, every=every, share=share)
    assert sentence(one, what="positive evidence") == said


@pytest.mark.parametrize("windows", [Windows(most=3), Windows(most=2, seconds=1.0, stride=0.1)])
def test_the_windows_of_the_largest_and_lowest_sums(windows: Windows) -> None:
    rng = np.random.default_rng(4)
    a = rng.standard_normal((12, 503)).astype(np.float32)
    a[2] = np.abs(a[2])
    a[3] = -np.abs(a[3])
    a[4] = 0
    width, step = round(windows.seconds * 100), round(windows.stride * 100)
    found = top_segments(a, 100.0, windows)
    for lead in range(12):
        sums = {}
        start = 0
        while start + width <= 503:
            sums[start] = sum(float(v) for v in a[lead, start : start + width])
            start += step
        by_size = sorted(sums, key=lambda s: sums[s])
        highest = [s for s in by_size[::-1][: windows.most] if sums[s] > 0]
        lowest = [s for s in by_size[: windows.most] if sums[s] < 0]
        mine = [segment for segment in found if segment.lead == lead]
        assert [segment.first for segment in mine] == highest + lowest
        assert all(segment.stop == segment.first + width for segment in mine)
        np.testing.assert_allclose([s.sum for s in mine], [sums[s.first] for s in mine], atol=1e-9)
    assert not [segment for segment in found if segment.lead == 4]
    assert all(segment.sum > 0 for segment in found if segment.lead == 2)
    assert all(segment.sum < 0 for segment in found if segment.lead == 3)


@pytest.mark.parametrize(
    ("windows", "reason"),
    [
        (Windows(most=1, seconds=0.001), "0 samples"),
        (Windows(most=1, seconds=11.0), "1100 samples"),
        (Windows(most=1, seconds=-1.0), "-100 samples"),
        (Windows(most=1, stride=0.001), "less than a sample"),
        (Windows(most=1, stride=-1.0), "less than a sample"),
        (Windows(most=1, stride=10.1), "more than the recording has"),
        (Windows(most=1, stride=1e300), "more than the recording has"),
        (Windows(most=1, stride=1e308), "more than the recording has"),
        (Windows(most=1, seconds=1e300), "1e\\+302 samples"),
        (Windows(most=1, seconds=1e308), "inf samples"),
    ],
)
def test_windows_that_are_none_are_refused(windows: Windows, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        top_segments(np.ones((12, 1000), dtype=np.float32), 100.0, windows)


def test_one_window_may_be_the_whole_recording() -> None:
    found = top_segments(np.ones((12, 100)), 100.0, Windows(most=5, seconds=1.0))
    assert [(s.lead, s.first, s.stop, s.sum) for s in found] == [
        (i, 0, 100, 100) for i in range(12)
    ]
