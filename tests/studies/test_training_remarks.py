"""Studies say where the nets that they compare were not trained on the same recordings."""

from __future__ import annotations

from dataclasses import replace

from xai_bench.models import load_model
from xai_bench.studies.base import training_remarks


def test_nets_of_two_recipes_are_named_and_nets_of_one_are_not() -> None:
    imn, direct, sparse = (load_model(name) for name in ("imn", "imn-direct", "imn-sparse"))
    (said,) = training_remarks([imn, direct, sparse])
    assert said.startswith("These nets were not trained alike: imn, imn-sparse on 70% synthetic")
    assert "imn-direct on synthetic (" in said
    assert training_remarks([imn, sparse]) == []
    assert training_remarks([imn, replace(direct, card=None)]) == []
