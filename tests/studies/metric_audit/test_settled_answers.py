"""What a definition settles is so, whatever the scores."""

from __future__ import annotations

import torch

from tests.closed_forms import batch
from xai_bench.methods import find_methods
from xai_bench.models import load_model
from xai_bench.studies.metric_audit.settled_answers import settled
from xai_bench.zoo import FAMILIES, QUESTIONS, Zoo


def test_only_what_follows_from_a_definition_is_settled() -> None:
    for metric in Zoo().metrics("faithfulness"):
        known = {q for q in QUESTIONS if settled(metric.name, metric.family, q)}
        assert not known or metric.name == "infidelity", "which asks for log-odds, as a unit"
    assert settled("sparseness", "complexity", "noise") == ""
    assert set(FAMILIES) >= {"stability", "randomisation", "complexity"}, "names are of families"


def test_a_map_of_an_untrained_net_does_not_depend_on_the_weights_of_the_trained_one() -> None:
    assert settled("mprt", "randomisation", "training")
    model = load_model("resnet1d")
    (method,) = find_methods("saliency@untrained")
    given = batch(rows=2)
    torch.manual_seed(0)
    assert model.new_net is not None
    other = model.with_net(model.new_net())
    assert torch.equal(method.attribute(model, given), method.attribute(other, given))


def test_sizes_never_change_by_more_than_what_they_are_the_sizes_of() -> None:
    assert settled("max_sensitivity", "stability", "unsigned")
    generator = torch.Generator().manual_seed(1)
    one, other = torch.randn(2, 200, 50, generator=generator)
    assert ((one.abs() - other.abs()).norm(dim=1) <= (one - other).norm(dim=1)).all()


def test_controls_draw_anew_for_each_version() -> None:
    assert settled("max_sensitivity", "stability", "noise")
    model = load_model("known-linear")
    given = batch(rows=2)
    for name in ("random", "truth@25%"):
        (method,) = find_methods(name)
        drawn = [
            method.attribute(model, given.versions(torch.arange(2), given.z, seeds))
            for seeds in ((1, 2), (3, 4))
        ]
        assert not torch.equal(*drawn), name
