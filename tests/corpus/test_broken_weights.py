"""Weights are refused in a line, and nothing in them is run."""

from __future__ import annotations

from pathlib import Path

from tests.corpus.broken import Broken, each, refused
from tests.corpus.broken_weights import WEIGHTS
from xai_bench.errors import WeightsError
from xai_bench.models import load_model
from xai_bench.zoo import Zoo


@each(WEIGHTS)
def test_weights(case: Broken, tmp_path: Path) -> None:
    zoo = Zoo(case.write(tmp_path), allow_code=True)
    with refused(WeightsError, case.says):
        load_model("mine", zoo=zoo)
