"""The cohort has the mixture of PTB-XL, patients that return, and folds that share nobody."""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np
import pytest

from xai_bench.data.synthetic.cohort import FINDINGS, STATEMENTS, Cohort, Difficulty, draw_cohort
from xai_bench.errors import DatasetError

SUPERCLASS = {name: superclass for superclass, names in FINDINGS.items() for name in names}


def true_labels(cohort: Cohort) -> list[set[str]]:
    return [{SUPERCLASS[name] for name in names} or {"NORM"} for names in cohort.planted]


def test_mixture_of_what_is_planted() -> None:
    cohort = draw_cohort(1, 20_000, Difficulty())
    truth = true_labels(cohort)
    share = {name: np.mean([name in each for each in truth]) for name in ("NORM", *FINDINGS)}
    ill = 0.57  # the rest after 43 % normal; a superclass is the main one or comes with another
    expected = {
        "NORM": 0.43,
        "MI": ill * 0.38,
        "STTC": ill * (0.27 + 0.73 * 0.22),
        "CD": ill * (0.22 + 0.78 * 0.22),
        "HYP": ill * (0.13 + 0.87 * 0.10),
    }
    for name, value in expected.items():
        assert abs(share[name] - value) < 0.015, name
    counts = Counter(name for names in cohort.planted for name in names)
    for superclass, names in FINDINGS.items():
        total = sum(counts[name] for name in names)
        for name, expected_share in names.items():
            assert abs(counts[name] / total - expected_share) < 0.03, (superclass, name)


def test_annotators_err_about_infarction_only() -> None:
    cohort = draw_cohort(2, 40_000, Difficulty())
    false_mi = lost_mi = normal = infarcted = 0
    for truth, called in zip(true_labels(cohort), cohort.labels, strict=True):
        assert called
        assert called == {"NORM"} or "NORM" not in called
        normal += truth == {"NORM"}
        infarcted += "MI" in truth
        false_mi += truth == {"NORM"} and called == {"MI"}
        lost_mi += "MI" in truth and "MI" not in called
        assert called - {"MI", "NORM"} == truth - {"MI", "NORM"}
    assert abs(false_mi / normal - 0.015) < 0.005
    assert abs(lost_mi / infarcted - 0.03) < 0.01


def test_folds_are_equal_and_share_no_patient() -> None:
    cohort = draw_cohort(0, 10_000, Difficulty())
    assert np.array_equal(np.unique(cohort.fold), np.arange(1, 11))
    assert np.array_equal(np.bincount(cohort.fold)[1:], np.full(10, 1000))
    folds = defaultdict(set)
    for patient, fold in zip(cohort.patient_id, cohort.fold.tolist(), strict=True):
        folds[patient].add(fold)
    assert all(len(found) == 1 for found in folds.values())


def test_some_patients_return_as_the_same_person() -> None:
    cohort = draw_cohort(0, 10_000, Difficulty())
    visits = Counter(cohort.patient_id)
    shared = np.mean([visits[patient] > 1 for patient in cohort.patient_id])
    assert abs(shared - 0.13) < 0.015
    person: dict[str, tuple[float, bool]] = {}
    for row, patient in enumerate(cohort.patient_id):
        seen = (float(cohort.age[row]), bool(cohort.male[row]))
        assert person.setdefault(patient, seen) == seen


def test_record_ids_count_from_one() -> None:
    cohort = draw_cohort(0, 12, Difficulty())
    assert cohort.record_id[0] == "00001"
    assert cohort.record_id[-1] == "00012"


def test_a_smaller_cohort_begins_a_larger_one() -> None:
    small, large = draw_cohort(5, 123, Difficulty()), draw_cohort(5, 1000, Difficulty())
    for name in ("record_id", "patient_id", "planted", "labels", "statements", "rhythm"):
        assert getattr(small, name) == getattr(large, name)[:123]
    for name in ("age", "male", "heart_rate", "fold"):
        assert np.array_equal(getattr(small, name), getattr(large, name)[:123])
    assert draw_cohort(6, 123, Difficulty()).planted != small.planted


def test_statements_say_what_the_labels_say() -> None:
    superclass = {code: SUPERCLASS[name] for name, code in STATEMENTS.items()} | {"NORM": "NORM"}
    cohort = draw_cohort(3, 5000, Difficulty())
    for labels, codes, rhythm, planted in zip(
        cohort.labels, cohort.statements, cohort.rhythm, cohort.planted, strict=True
    ):
        assert codes[-1] == rhythm
        assert {superclass[code] for code in codes[:-1]} == labels
        true = {STATEMENTS[name] for name in planted}
        assert set(codes[:-1]) - true <= {"NORM", "IMI"}  # an error, or nothing planted


def test_rhythms() -> None:
    cohort = draw_cohort(4, 20_000, Difficulty())
    share = Counter(cohort.rhythm)
    assert abs(share["AFIB"] / 20_000 - (0.43 * 0.03 + 0.57 * 0.10)) < 0.01
    sick = [r for r, planted in zip(cohort.rhythm, cohort.planted, strict=True) if planted]
    assert abs(Counter(sick)["PVC"] / len(sick) - 0.05) < 0.01


def test_annotators_do_not_err_at_difficulty_zero_and_err_twice_as_often_at_one() -> None:
    def errors(dial: float) -> int:
        cohort = draw_cohort(2, 20_000, Difficulty(dial=dial))
        called = zip(true_labels(cohort), cohort.labels, strict=True)
        return sum(truth != labels for truth, labels in called)

    assert errors(0.0) == 0
    assert 1.7 < errors(1.0) / errors(0.5) < 2.3


def test_the_dial() -> None:
    assert [Difficulty(dial=d).mildest for d in (0.0, 0.5, 1.0)] == pytest.approx(
        [0.5, 0.25, 0.125]
    )
    assert [Difficulty(dial=d).mimics for d in (0.0, 0.5, 1.0)] == [0.0, 1.0, 2.0]
    assert [Difficulty(dial=d).errors for d in (0.0, 0.5, 1.0)] == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("dial", [-0.1, 1.1, float("nan")])
def test_beyond_its_ends(dial: float) -> None:
    with pytest.raises(DatasetError, match="difficulty=.* was asked for; use 0 to 1"):
        Difficulty(dial=dial)
