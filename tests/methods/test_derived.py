"""Controls made of a method: named, and what each says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.closed_forms import Linear, Quadratic, batch, closed_form, row_of
from tests.methods.promise import promised
from xai_bench.errors import InputError, UnknownNameError
from xai_bench.methods import DERIVED, METHODS, find_methods
from xai_bench.methods.background import BACKGROUND, background, background_waves
from xai_bench.methods.base import Batch
from xai_bench.models import Model, load_model
from xai_bench.nets.fcn import FCN

MODEL = closed_form(Quadratic())


def test_a_derived_control_is_found_by_name_and_says_what_it_is() -> None:
    method, control = find_methods("ig,ig@untrained")
    assert (method.name, control.name) == ("ig", "ig@untrained")
    assert control.control
    assert promised(control, MODEL, batch()) is None
    assert control.summary == f"{METHODS['ig'].name}, but of the net before training"


def test_names_that_make_no_sense_are_refused() -> None:
    with pytest.raises(UnknownNameError, match="untrained"):
        find_methods("ig@untraind")
    with pytest.raises(UnknownNameError, match="method 'gi'"):
        find_methods("gi@flipped")
    with pytest.raises(InputError, match="random is a control itself"):
        find_methods("random@flipped")


def test_what_a_method_remarks_holds_for_its_controls() -> None:
    method, control = find_methods("gradcam,gradcam@flipped")
    model = closed_form(FCN(), cam_layer="conv3.0")
    assert control.remark(model) == method.remark(model) == "no lead axis: one CAM for all leads"


@pytest.mark.parametrize("kind", sorted(DERIVED))
def test_a_derived_control_cannot_do_what_its_method_cannot(kind: str) -> None:
    (control,) = find_methods(f"native@{kind}")
    assert "generates its own weights" in str(control.unsupported(MODEL, evidence=True))


@pytest.mark.parametrize("kind", sorted(DERIVED))
def test_a_recording_has_the_same_control_alone_and_among_others(kind: str) -> None:
    (control,) = find_methods(f"saliency@{kind}")
    given = batch(rows=3)
    together = control.attribute(MODEL, given)
    alone = control.attribute(MODEL, row_of(given, 1))
    torch.testing.assert_close(together[1], alone[0])


def test_flipped_speaks_for_what_the_method_speaks_against() -> None:
    method, flipped = find_methods("input-x-gradient,input-x-gradient@flipped")
    given = batch()
    assert torch.equal(flipped.attribute(MODEL, given), -method.attribute(MODEL, given))


def test_untrained_is_the_map_of_the_net_as_the_card_builds_it() -> None:
    model = load_model("resnet1d")
    method, untrained = find_methods("saliency,saliency@untrained")
    given = batch(rows=2)
    found = untrained.attribute(model, given)
    assert torch.equal(found, method.attribute(model.untrained, given))
    trained = method.attribute(model, given)
    similarity = torch.cosine_similarity(found.flatten(1), trained.flatten(1))
    assert similarity.abs().max() < 0.2


def test_the_untrained_net_is_always_the_same_and_tells_recordings_apart() -> None:
    one, other = load_model("imn").untrained, load_model("imn").untrained
    z = background(one)
    with torch.no_grad():
        answers = one.log_odds(z, 1)
        assert torch.equal(answers, other.log_odds(z, 1))
        assert not torch.allclose(answers, load_model("imn").log_odds(z, 1))
    assert answers.std() > 1e-3
    assert not one.net.training


def test_another_is_the_map_of_a_recording_of_the_background() -> None:
    (another,) = find_methods("input-x-gradient@another")
    given = batch(rows=6)
    maps = METHODS["input-x-gradient"].attribute(MODEL, _of_background(MODEL))
    found = another.attribute(MODEL, given)
    donors = [int((maps == one).all(dim=(1, 2)).nonzero().item()) for one in found]
    assert len(set(donors)) > 1
    others = another.attribute(MODEL, replace(given, z=given.z + 1))
    assert torch.equal(others, found), "whatever the recording itself"


def test_another_has_the_waves_of_that_recording() -> None:
    (another,) = find_methods("wave-ablation@another")
    known = replace(_of_background(MODEL), find_waves=lambda: background_waves(MODEL))
    maps = METHODS["wave-ablation"].attribute(MODEL, known)
    found = another.attribute(MODEL, batch(rows=2))
    for one in found:
        assert torch.isclose(maps, one, atol=1e-6).all(dim=(1, 2)).any()


def _of_background(model: Model) -> Batch:
    return Batch(z=background(model), target=torch.ones(BACKGROUND, dtype=torch.int64))


def test_the_background_is_balanced_normalised_and_has_waves() -> None:
    z = background(MODEL)
    assert z.shape == (BACKGROUND, 12, 1000)
    torch.testing.assert_close(z.mean(dim=2), torch.zeros(BACKGROUND, 12), atol=1e-4, rtol=0)
    torch.testing.assert_close(z.std(dim=2), torch.ones(BACKGROUND, 12), atol=1e-4, rtol=0)
    assert background_waves(MODEL).shape == (BACKGROUND, 1000)


def test_noise_has_the_autocorrelation_of_the_map_and_nothing_else_of_it() -> None:
    """A map that is a moving average of noise over 9 samples: correlated to lag 8, then not."""
    model, rows = closed_form(Linear()), 40
    generator = torch.Generator().manual_seed(3)
    white = torch.randn(rows, 12, 1000, generator=generator)
    width = 9
    smooth = torch.stack([white.roll(k, dims=2) for k in range(width)]).mean(dim=0)
    w = model.net.get_parameter("w")
    given = replace(batch(rows=rows), z=smooth / w)  # its input x gradient is `smooth`
    (noise,) = find_methods("input-x-gradient@noise")
    found = noise.attribute(model, given).numpy().astype(np.float64)
    for lag in (0, 3, 6, 20):
        products = (found * np.roll(found, lag, axis=2)).mean()
        expected = max(width - lag, 0) / width**2
        assert products == pytest.approx(expected, abs=0.06 / width)
    between = (found[:, 0] * found[:, 1]).mean() / (found**2).mean()
    with_map = (found * smooth.numpy()).mean() / (found**2).mean()
    assert abs(between) < 0.05
    assert abs(with_map) < 0.02
