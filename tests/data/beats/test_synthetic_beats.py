"""Embedded beats: their cohort, the twin of each, and where evidence lies."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from xai_bench.data.beats.beat_cohort import BEATS_OF_A_PATIENT, CLASSES, draw_beat_cohort
from xai_bench.data.beats.beat_strip import RUN_IN, draw_strip
from xai_bench.data.beats.ectopic_hearts import hearts_of
from xai_bench.data.beats.synthetic_beats import SyntheticBeats
from xai_bench.data.synthetic.heart import average_heart
from xai_bench.errors import DatasetError
from xai_bench.types import WAVES

SOURCE = SyntheticBeats()
KINDS = [next(iter(one)) for one in SOURCE.index.labels or ()]


def rows(kind: str, count: int) -> list[int]:
    return [row for row, one in enumerate(KINDS) if one == kind][:count]


def test_a_smaller_cohort_begins_a_larger_one_and_no_patient_is_in_two_folds() -> None:
    small, large = draw_beat_cohort(0, 30), draw_beat_cohort(0, 300)
    np.testing.assert_array_equal(small.kind, large.kind[:30])
    np.testing.assert_array_equal(small.age, large.age[:30])
    assert (small.kind != draw_beat_cohort(1, 30).kind).any()
    index = SOURCE.index
    assert index.fold is not None
    assert len(index) == 20_000
    by_patient = {(p, f) for p, f in zip(index.patient_id, index.fold.tolist(), strict=True)}
    assert len(by_patient) == 1000
    assert Counter(fold for _, fold in by_patient) == dict.fromkeys(range(1, 11), 100)


def test_shares_of_classes_and_no_two_ectopic_beats_in_a_row() -> None:
    kind = draw_beat_cohort(0, 1000).kind
    assert not ((kind[:, 1:] > 0) & (kind[:, :-1] > 0)).any()
    shares = [(kind == place).mean() for place in range(len(CLASSES))]
    np.testing.assert_allclose(shares, [0.85, 0.06, 0.07, 0.03], atol=0.01)


def test_premature_beats_come_early_and_pauses_follow() -> None:
    kind = np.zeros(BEATS_OF_A_PATIENT, dtype=np.int8)
    kind[[3, 8, 13]] = [CLASSES.index(name) for name in "SVF"]
    strip = draw_strip(np.random.default_rng(0), kind, heart_rate=60.0, age=50.0)
    ratio = (strip.interval / strip.usual)[RUN_IN:]
    assert 0.6 <= ratio[3] <= 0.78
    assert 0.6 <= ratio[8] <= 0.78
    assert 0.93 <= ratio[13] <= 1.0
    assert ratio[[4, 9]] == pytest.approx([1.08, 1.30])
    rest = np.delete(np.arange(BEATS_OF_A_PATIENT), [3, 4, 8, 9, 13])
    np.testing.assert_allclose(ratio[rest], 1.0)
    kinds, made = strip.around(RUN_IN + 8, 0.3)
    twin_kinds, twin = strip.around(RUN_IN + 8, 0.3, sinus=True)
    assert (kinds[RUN_IN], twin_kinds[RUN_IN]) == (CLASSES.index("V"), 0)
    assert made.r_time[RUN_IN] == twin.r_time[RUN_IN] == pytest.approx(0.34)
    assert twin.r_time[RUN_IN - 1] < made.r_time[RUN_IN - 1] - 0.15
    assert twin.r_time[RUN_IN + 1] < made.r_time[RUN_IN + 1] - 0.15
    assert made.breath_phase == twin.breath_phase


def test_a_beat_is_the_same_in_any_order_and_seen_alike_at_other_rates() -> None:
    other = SyntheticBeats(patients=3)
    row = rows("V", 1)[0] % 60
    for name in ("microvolt", "healthy", "evidence", "waves"):
        np.testing.assert_array_equal(
            getattr(SOURCE.read(row), name), getattr(other.read(row), name)
        )
    fine, coarse = SOURCE.read(row).microvolt, SyntheticBeats(rate_hz=180.0).read(row).microvolt
    assert np.corrcoef(fine[0, ::2], coarse[0])[0, 1] > 0.99


@pytest.mark.parametrize("kind", CLASSES)
def test_evidence_is_the_difference_from_the_sinus_beat(kind: str) -> None:
    for row in rows(kind, 6):
        record = SOURCE.read(row)
        assert record.healthy is not None
        assert record.evidence is not None
        assert record.waves is not None
        difference = np.abs(record.microvolt.astype(int) - record.healthy)
        if kind == "N":
            assert not difference.any()
            assert not record.evidence.any()
            continue
        assert record.evidence.any()
        assert (difference[record.evidence] >= 98).all()
        assert (difference[~record.evidence] <= 102).all()
        qrs = record.waves == WAVES.index("QRS")
        in_qrs = record.evidence[:, qrs].any()
        assert in_qrs == (kind in "VF") or kind == "S"


def test_r_is_where_mlii_peaks() -> None:
    for kind in CLASSES:
        for row in rows(kind, 5):
            record = SyntheticBeats(patients=row // BEATS_OF_A_PATIENT + 1).read(row)
            assert record.waves is not None
            assert record.waves[144] == WAVES.index("QRS")
            signal = record.microvolt[0].astype(float)
            away = np.abs(signal - np.median(signal))[104:184]
            assert abs(int(away.argmax()) - 40) <= 6, (kind, row)


def test_hearts_of_ectopic_beats() -> None:
    sinus = average_heart()
    _, atrial, premature, fusion = hearts_of(sinus, np.random.default_rng(0))
    np.testing.assert_array_equal(atrial.force, sinus.force)
    assert (np.sign(atrial.atria.sum(axis=0)) != np.sign(sinus.atria.sum(axis=0))).any()
    assert atrial.pr_interval < sinus.pr_interval
    assert premature.p_duration == 0
    assert premature.qrs_duration > fusion.qrs_duration - 1e-9
    assert premature.qrs_duration > 1.3 * sinus.qrs_duration
    # Each source of a fusion beat is of the wave that came first.
    by_focus = np.isclose(fusion.activation, premature.activation)
    np.testing.assert_array_equal(fusion.force[by_focus], premature.force[by_focus])
    np.testing.assert_array_equal(fusion.force[~by_focus], sinus.force[~by_focus])
    assert 0 < by_focus.sum() < len(by_focus)


def test_what_cannot_be_made() -> None:
    for options, said in (
        ({"seconds": 2.0}, "beats are 1 s"),
        ({"rate_hz": 10.0}, "a finite rate from 50 Hz on"),
        ({"patients": 0}, "and 1 or more"),
    ):
        with pytest.raises(DatasetError, match=said):
            SyntheticBeats(**options)


def test_fingerprints_tell_rate_seed_and_size() -> None:
    made = [{}, {"rate_hz": 100.0}, {"seed": 1}, {"patients": 10}]
    prints = {SyntheticBeats(**one).fingerprint() for one in made}  # type: ignore[arg-type]
    assert len(prints) == len(made)
