"""docs/realism/ says what the generators of today and the recordings at hand say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.recordings import recordings
from tools.real_recordings import mended, read_ptbxl
from tools.realism import OUT, RATE_HZ, Pair, compared, planted_into, synthetic_fingerprint
from xai_bench.data import load_data
from xai_bench.results.study_tables import read_study, select
from xai_bench.studies.realism.comparison_table import SCHEMA, two_sample_rows
from xai_bench.studies.realism.two_sample_test import GROUPS

COMMITTED = read_study(Path(__file__).parents[2] / OUT, SCHEMA)


def test_the_comparisons_are_of_the_synthetic_recordings_of_this_version() -> None:
    assert COMMITTED.facts["synthetic"] == synthetic_fingerprint(), "run: make realism"


def test_every_comparison_was_asked_of_every_group_and_says_how_many_it_is_of() -> None:
    asked = [*GROUPS, "all but the recorder", "everything"]
    keys = ["real", "made", "class"]
    areas = two_sample_rows(COMMITTED.table)
    facts = {tuple(one[key] for key in keys): one for one in COMMITTED.facts["comparisons"]}
    assert len(facts) == areas.groupby(keys).ngroups > 10
    for name, rows in areas.groupby(keys):
        assert list(dict.fromkeys(rows["group"])) == asked
        assert (rows["real_n"] == facts[name]["real_n"]).all()
        assert (rows["made_n"] == facts[name]["made_n"]).all()
        assert (rows["ci_low"] <= rows["ci_high"]).all()
        assert not facts[name]["fallback"]


def test_a_finding_is_planted_once_into_each_normal_recording() -> None:
    given = load_data("synthetic", split="all", n=2, task="norm_vs_mi")
    labels = tuple(frozenset({name}) for name in ("NORM", "CD"))
    found = planted_into(replace(given, name="clinic", labels=labels), "MI")
    assert found.name == "planted-clinic"
    assert found.patient_id == given.patient_id[:1]
    assert not np.array_equal(found.microvolt[0], given.microvolt[0])


def test_nothing_is_planted_where_nothing_is_normal() -> None:
    sick = replace(recordings(2), labels=(frozenset({"CD"}),) * 2)
    with pytest.raises(Exception, match="NORM"):
        planted_into(sick, "MI")


@pytest.mark.slow
@pytest.mark.long
def test_the_committed_comparison_is_recomputed(shared_data: Path) -> None:
    ptbxl = mended(*read_ptbxl(shared_data, RATE_HZ))
    found = two_sample_rows(compared(Pair(ptbxl, planted_into(ptbxl, "MI"), "MI")).table)
    expected = two_sample_rows(
        select(COMMITTED.table, real="ptbxl", made="planted-ptbxl").query("`class` == 'MI'")
    )
    counts = ["group", "classifier", "features", "real_n", "made_n"]
    assert found[counts].equals(expected[counts])
    np.testing.assert_allclose(found["auroc"], expected["auroc"], atol=0.02)
