"""Agreement of methods against literal loops, and their consensus on planted evidence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from tests.closed_forms import Linear, Quadratic
from tests.recordings import recordings
from tests.studies.stability.compared import by_measure, compared_model, measured
from xai_bench.studies.stability.method_agreement import compare_methods

METHODS = "saliency,input-x-gradient,ig-16,amplitude"


def test_every_two_methods_once() -> None:
    (batch, _) = compared_model(Quadratic(), METHODS).batches()
    parts = [p for p in measured(compare_methods(batch)) if p.condition == "pair"]
    names = METHODS.split(",")
    pairs = [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]]
    assert list(dict.fromkeys((p.method, p.against) for p in parts)) == pairs
    maps = {name: one.values.double().numpy() for name, one in batch.own.explained.items()}
    for one, other in pairs:
        found = by_measure(parts, method=one, against=other)["spearman"]
        for row in range(4):
            pair = [maps[name][row].ravel() for name in (one, other)]
            if other == "amplitude":  # which has no signs
                pair = [np.abs(values) for values in pair]
            assert found[row] == pytest.approx(spearmanr(*pair).statistic, abs=1e-9)


def test_a_map_that_is_as_large_as_the_recording_is_near_to_it_whatever_its_signs() -> None:
    (batch, _) = compared_model(Linear(), "input-x-gradient,amplitude").batches()
    explained = batch.own.explained
    z = explained["amplitude"].values
    turned = torch.where(torch.arange(z.shape[2]) % 2 == 0, z, -z)
    explained["input-x-gradient"] = replace(explained["input-x-gradient"], values=turned)
    found = by_measure(measured(compare_methods(batch)), condition="pair")
    for measure in ("spearman", "cosine", "top-10%", "ssim"):
        np.testing.assert_allclose(found[measure], 1, atol=1e-6, err_msg=measure)


def test_integrated_gradients_of_a_quadratic_are_half_of_input_x_gradient() -> None:
    (batch, _) = compared_model(Quadratic(), "input-x-gradient,ig-16").batches()
    for measure in ("spearman", "cosine", "top-10%", "ssim"):
        found = by_measure(measured(compare_methods(batch)), condition="pair")[measure]
        np.testing.assert_allclose(found, 1, atol=1e-3, err_msg=measure)


def test_consensus_literally() -> None:
    """Samples that are in the largest tenth of both; none are tied here. Odd recordings have
    evidence, 60 of 12 x 1000 samples."""
    (batch, _) = compared_model(Linear(), "saliency,input-x-gradient,amplitude").batches()
    parts = measured(compare_methods(batch))
    evidence = batch.own.recordings.evidence
    assert evidence is not None
    maps = {name: one.values.numpy() for name, one in batch.own.explained.items()}
    consensus = by_measure(parts, condition="consensus")
    for row in range(4):
        tops = {}
        for name in ("saliency", "input-x-gradient"):
            order = np.argsort(-np.abs(maps[name][row].ravel()))
            tops[name] = set(order[:1200].tolist())
        planted = set(np.flatnonzero(evidence[row].ravel()).tolist())
        both = tops["saliency"] & tops["input-x-gradient"]
        expected = [len(both & planted) / len(both)]
        expected += [len(top & planted) / 1200 for top in tops.values()]
        expected.append(60 / 12000)
        single = [
            by_measure(parts, method=name)["single in evidence"][row]
            for name in ("saliency", "input-x-gradient")
        ]
        found = [consensus["consensus in evidence"][row], *single, consensus["chance"][row]]
        if row % 2:
            np.testing.assert_allclose(found, expected, rtol=1e-9)
        else:
            assert np.isnan(found).all()
    reasons = {why for p in parts if p.condition == "consensus" for why in p.reasons}
    assert reasons == {"", "nothing was planted"}
    assert "amplitude" not in {p.method for p in parts if p.condition == "consensus"}


def test_no_consensus_of_one_method_or_without_evidence() -> None:
    (alone, _) = compared_model(Linear(), "saliency,amplitude").batches()
    measures = {p.measure for p in measured(compare_methods(alone))}
    assert "consensus in evidence" not in measures
    assert {"single in evidence", "chance"} <= measures
    (nothing, _) = compared_model(
        Linear(), "saliency,input-x-gradient", given=recordings(5)
    ).batches()
    assert {p.condition for p in measured(compare_methods(nothing))} == {"pair"}


def test_methods_that_never_meet_have_no_consensus() -> None:
    """Their largest tenths are in other leads."""
    (batch, _) = compared_model(Linear(), "saliency,input-x-gradient").batches()
    for name, lead in (("saliency", 0), ("input-x-gradient", 5)):
        values = batch.own.explained[name].values * 1e-6
        values[:, lead : lead + 2] += 1 + values[:, lead : lead + 2]
        batch.own.explained[name] = replace(batch.own.explained[name], values=values)
    parts = [p for p in measured(compare_methods(batch)) if p.measure == "consensus in evidence"]
    assert parts[0].reasons[1] == "no sample is in the largest 10 % of every method"
    assert np.isnan(parts[0].scores).all()
