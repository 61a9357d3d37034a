"""The strongest regions, against drawings of beats whose answer can be read off."""

from __future__ import annotations

import numpy as np
import pytest
from jaxtyping import Float32, Int8

from xai_bench.report.explanation.strongest_regions import Region, number_beats, sentence, strongest
from xai_bench.types import LEADS, WAVES

LETTERS = {"-": "TP", "p": "P", "r": "PR", "Q": "QRS", "s": "ST", "t": "T", ".": "none"}
BEAT = "--pprQQQsstt-"


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
