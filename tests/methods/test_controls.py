"""Controls look at no model, and do what their names say."""

from dataclasses import replace

import torch

from tests.closed_forms import Linear, Quadratic, batch, closed_form, row_of
from tests.methods.promise import promised
from xai_bench.data import load_data
from xai_bench.methods import METHODS
from xai_bench.methods.attribute import make_batch
from xai_bench.methods.controls import (
    Amplitude,
    Oracle,
    OracleTwin,
    QRSEnvelope,
    Random,
    Slope,
    Truth,
)
from xai_bench.models import load_model
from xai_bench.types import WAVES

MODEL = closed_form(Linear())


def test_controls_ignore_the_model() -> None:
    other, given = closed_form(Quadratic()), batch()
    given = replace(given, evidence=given.z > 1)
    controls = [method for method in METHODS.values() if method.control]
    assert len(controls) == 7
    for control in controls:
        if isinstance(control, OracleTwin | Truth):
            continue  # look at the gradient, and at the weights
        assert torch.equal(control.attribute(MODEL, given), control.attribute(other, given))


def test_random_is_standard_normal_and_belongs_to_the_recording() -> None:
    given = batch(rows=4)
    found = Random().attribute(MODEL, given)
    assert torch.equal(found[2], Random().attribute(MODEL, row_of(given, 2))[0])
    assert not torch.equal(found[0], found[1])
    assert abs(found.mean()) < 0.02
    assert abs(found.std() - 1) < 0.02


def test_amplitude_and_slope() -> None:
    given = batch(rows=1)
    assert torch.equal(Amplitude().attribute(MODEL, given), given.z.abs())
    slope = Slope().attribute(MODEL, given)
    literal = (given.z[0, 4, 12] - given.z[0, 4, 10]).abs() / 2
    torch.testing.assert_close(slope[0, 4, 11], literal)


def test_qrs_envelope_is_the_height_of_a_wave_in_the_band_in_all_leads_alike() -> None:
    given = batch(rows=1)
    t = torch.arange(1000) / 100
    # 10 Hz of amplitude 3 in one lead; 1 Hz and 30 Hz, outside the band, in another.
    z = torch.zeros(1, 12, 1000)
    z[0, 2] = 3 * torch.sin(2 * torch.pi * 10 * t)
    z[0, 5] = torch.sin(2 * torch.pi * t) + torch.sin(2 * torch.pi * 30 * t)
    found = QRSEnvelope().attribute(MODEL, replace(given, z=z))
    # The phase of a float32 sine at 600 rad is known to 6e-5.
    torch.testing.assert_close(found, torch.full_like(found, 3 / 12**0.5), rtol=1e-4, atol=0)


def test_qrs_envelope_is_largest_in_beats_of_synthetic_recordings() -> None:
    recordings = load_data("synthetic", n=4)
    assert recordings.waves is not None
    given = make_batch(MODEL, recordings, target="MI")
    found = QRSEnvelope().attribute(MODEL, given)[:, 0].numpy()
    qrs = recordings.waves == WAVES.index("QRS")
    for envelope, inside in zip(found, qrs, strict=True):
        assert envelope[inside].mean() > 3 * envelope[~inside].mean()


def test_oracle_twin_is_the_planted_difference_as_far_as_the_model_notices_it() -> None:
    """Of a linear model: w times the difference, in all the change of the log-odds."""
    given = batch(rows=2)
    generator = torch.Generator().manual_seed(1)
    given = replace(given, twin=given.z + torch.randn(given.z.shape, generator=generator))
    found = OracleTwin().attribute(MODEL, given)
    assert given.twin is not None
    change = MODEL.log_odds(given.z, given.target) - MODEL.log_odds(given.twin, given.target)
    torch.testing.assert_close(found.sum(dim=(1, 2)), change, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(found, MODEL.net.get_parameter("w") * (given.z - given.twin))
    assert "planted evidence" in str(OracleTwin().unsupported(MODEL, evidence=False))


def test_oracle_speaks_for_pathology_and_against_its_absence() -> None:
    given = batch(rows=2)
    evidence = given.z > 2
    given = replace(given, evidence=evidence, target=torch.tensor([1, 0]))
    found = Oracle().attribute(MODEL, given)
    assert torch.equal(found[0], evidence[0].float())
    assert torch.equal(found[1], -evidence[1].float())
    several = replace(given, target=torch.tensor([4, 0]))
    assert torch.equal(Oracle().attribute(MODEL, several), found), "every class but NORM"
    assert Oracle().unsupported(MODEL, evidence=False) == (
        "oracle needs recordings with planted evidence"
    )


def test_truth_is_that_of_the_net_for_the_class_that_is_explained() -> None:
    model, given = load_model("known-additive"), batch(rows=2)
    given = replace(given, target=torch.tensor([1, 0]))
    found = Truth().attribute(model, given)
    assert torch.equal(found[0], model.truth(given.z, 1)[0])
    assert torch.equal(found[1], -model.truth(given.z, 1)[1])
    total = promised(Truth(), model, given)
    assert total is not None
    torch.testing.assert_close(found.sum(dim=(1, 2)), total, rtol=1e-4, atol=1e-4)


def test_truth_skips_nets_that_are_not_known() -> None:
    reason = "truth needs a net whose exact attribution is known"
    assert Truth().unsupported(MODEL, evidence=True) == reason
