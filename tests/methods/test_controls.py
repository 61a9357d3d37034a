"""Controls look at no model, and do what their names say."""

from dataclasses import replace

import torch

from tests.closed_forms import Linear, Quadratic, batch, closed_form, row_of
from xai_bench.methods import METHODS
from xai_bench.methods.controls import Amplitude, Oracle, Random, Slope

MODEL = closed_form(Linear())


def test_controls_ignore_the_model() -> None:
    other, given = closed_form(Quadratic()), batch()
    given = replace(given, evidence=given.z > 1)
    controls = [method for method in METHODS.values() if method.control]
    assert len(controls) == 4
    for control in controls:
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
