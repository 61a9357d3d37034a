"""Question 7 on a linear net, where a patch changes the logit by a sum."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.closed_forms import TwoLinear
from tests.studies.native_audit.audited_nets import audited, by_name, scores
from xai_bench.studies.native_audit.audited_net import AuditedNet
from xai_bench.studies.native_audit.patching import _largest, patching


def test_falls_of_a_linear_net_written_out() -> None:
    net = TwoLinear()
    given = audited(net)
    made = list(patching(given))
    w = (net.w[1] - net.w[0]).detach().double().numpy()
    recordings = given.recordings
    assert recordings.healthy is not None
    assert recordings.evidence is not None
    diseased = 0
    for row, labels in enumerate(recordings.labels or ()):
        mask = recordings.evidence[row]
        if "MI" not in labels or not mask.any():
            assert np.isnan(scores(made, "patch_evidence")[row])
            continue
        diseased += 1
        x, healthy = (s[row].astype(np.float64) / 1000 for s in
            (recordings.microvolt, recordings.healthy))  # fmt: skip
        sd = x.std(axis=1, ddof=1, keepdims=True)
        terms = w * (x - healthy) / sd
        assert scores(made, "patch_twin")[row] == pytest.approx(terms.sum(), abs=1e-4)
        assert scores(made, "patch_evidence")[row] == pytest.approx(terms[mask].sum(), abs=1e-4)
        native = (w * (x - x.mean(axis=1, keepdims=True)) / sd).ravel()
        top = np.argsort(-native)[: mask.sum()]
        fall = terms.ravel()[top].sum()
        assert scores(made, "patch_top")[row] == pytest.approx(fall, abs=1e-4)
        assert scores(made, "patch_top", "ig")[row] == pytest.approx(fall, abs=1e-3)
        # Random sets of this size take their share of the whole, give or take.
        spread = 4 * terms.std() * np.sqrt(mask.sum()) / 2
        expected = terms.sum() * mask.mean()
        assert abs(scores(made, "patch_random")[row] - expected) < spread
    assert diseased > 1
    assert by_name(made)["patch_twin", "native"].n == diseased


def test_recordings_without_twins_say_so() -> None:
    given = audited(TwoLinear(), n=2)
    bare = replace(given.recordings, healthy=None)
    found = by_name(patching(AuditedNet(model=given.model, recordings=bare)))
    assert found["patch_twin", "native"].reason == "these recordings have no healthy twins"


def test_healthy_recordings_have_nothing_to_take() -> None:
    given = audited(TwoLinear())
    rows = [row for row, labels in enumerate(given.recordings.labels or ()) if "NORM" in labels]
    found = by_name(patching(AuditedNet(model=given.model, recordings=given.recordings[rows])))
    assert found["patch_top", "native"].reason == "no diseased recording with planted evidence"


def test_the_largest_are_taken_and_ties_go_by_lot() -> None:
    values = torch.tensor([[[3.0, 1.0, 1.0], [1.0, 2.0, 1.0]]])
    ties = torch.tensor([[[0.0, 0.9, 0.5], [0.1, 0.0, 0.2]]])
    taken = _largest(values, torch.tensor([4]), ties)
    assert taken.tolist() == [[[True, False, False], [True, True, True]]]
