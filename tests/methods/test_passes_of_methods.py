"""Every method takes as many passes as it says, and as `xai-bench ls methods` prints."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.closed_forms import Quadratic, batch, closed_form
from tests.methods.dense import small
from xai_bench.methods import DERIVED, METHODS, Needs
from xai_bench.models import Model
from xai_bench.nets.imn import ECGIMN
from xai_bench.scoring.engine.cost import counted


def _explained_by(needs: frozenset[Needs]) -> Model:
    if Needs.WEIGHTS in needs:
        return closed_form(ECGIMN(outputs=2))
    if needs & {Needs.RULES, Needs.CAM_LAYER}:
        return closed_form(small().float(), cam_layer="norm")
    return closed_form(Quadratic())


@pytest.mark.parametrize("name", METHODS)
def test_passes_of_an_explanation(name: str) -> None:
    method = METHODS[name]
    model, given = _explained_by(method.needs), batch(rows=2)
    given = replace(
        given,
        evidence=torch.ones_like(given.z, dtype=torch.bool),
        twin=given.z / 2,
        find_waves=lambda: torch.zeros(2, 1000, dtype=torch.int8),
    )
    assert method.unsupported(model, evidence=True) is None
    assert not model.gradient_flaw  # which takes passes to know
    with counted(model.net) as count:
        method.attribute(model, given)
    assert count.forward + count.backward == 2 * (method.passes or 0)


def test_a_control_made_of_a_method_takes_the_passes_of_the_method() -> None:
    assert {kind(METHODS["ig"]).passes for kind in DERIVED.values()} == {64}


def test_the_one_method_to_take_for_shap_says_so_and_stays_within_500_passes() -> None:
    chosen = [name for name, method in METHODS.items() if "take this one" in method.summary]
    assert chosen == ["shap"]
    assert METHODS["shap"].passes == 322
