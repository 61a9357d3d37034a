"""Every method takes as many passes as it says, and as `xai-bench ls methods` prints."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from tests.closed_forms import batch, closed_form
from tests.gated_net import Gated
from tests.methods.dense import small
from xai_bench import devices
from xai_bench.methods import DERIVED, METHODS, Needs
from xai_bench.methods.perturbation.coalitions import all_coalitions
from xai_bench.models import Model
from xai_bench.nets.imn import ECGIMN
from xai_bench.nets.known_additive import KnownAdditive
from xai_bench.scoring.engine.cost import counted

_SHORT = {"rate_hz": 100.0, "seconds": 2.0, "normalisation": "zscore"}


def _explained_by(needs: frozenset[Needs]) -> Model:
    if Needs.WEIGHTS in needs:
        return closed_form(ECGIMN(outputs=2), input=_SHORT)
    if Needs.GATES in needs:
        return closed_form(Gated(), input=_SHORT)
    if Needs.TRUTH in needs:
        return closed_form(KnownAdditive(samples=200), input=_SHORT)
    return closed_form(small().float(), cam_layer="norm", input=_SHORT)


@pytest.mark.slow_but_one
@pytest.mark.parametrize(
    "name", sorted(METHODS.keys() - {"lead-shapley", "temporal-shapley", "clauses"})
)
def test_passes_of_an_explanation(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(devices._ROWS["versions"], "cpu", 256)
    method = METHODS[name]
    model, given = _explained_by(method.needs), batch(rows=1)
    given = replace(
        given,
        z=given.z[..., :200],
        evidence=torch.ones(1, 12, 200, dtype=torch.bool),
        twin=given.z[..., :200] / 2,
        find_waves=lambda: torch.zeros(1, 200, dtype=torch.int8),
    )
    assert method.unsupported(model, evidence=True) is None
    assert not model.gradient_flaw  # which takes passes to know
    with counted(model.net) as count:
        method.attribute(model, given)
    assert count.forward + count.backward == method.passes


def test_exact_shapley_values_take_a_pass_for_each_coalition() -> None:
    for name, regions in (("lead-shapley", 12), ("temporal-shapley", 10)):
        assert METHODS[name].passes == len(all_coalitions(regions).kept)


def test_a_control_made_of_a_method_takes_the_passes_of_the_method() -> None:
    assert {kind(METHODS["ig"]).passes for kind in DERIVED.values()} == {64}


def test_the_one_method_to_take_for_shap_says_so_and_stays_within_500_passes() -> None:
    chosen = [name for name, method in METHODS.items() if "take this one" in method.summary]
    assert chosen == ["shap"]
    assert METHODS["shap"].passes == 322
