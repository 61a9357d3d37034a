"""The script on beats: shares by hand, and what it says of pairs."""

from __future__ import annotations

import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.closed_forms import Linear, closed_form
from tests.recordings import recordings
from xai_bench.tasks import BinaryTask

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "beats.py"
BEATS = runpy.run_path(str(SCRIPT))


def test_accuracy_sensitivity_and_ppv_are_shares_of_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    log_odds = np.array([[1.0], [-1.0], [2.0], [3.0], [-1.0], [-2.0], [-3.0], [4.0]])
    given = recordings(8, samples=100)
    is_v = [True, True, True, False, False, False, False, True]
    given = replace(given, labels=tuple(frozenset({"V" if v else "N"}) for v in is_v))
    model = replace(
        closed_form(Linear(100)),
        task=BinaryTask(name="pvc", negative="N", positive="V", rule="strict"),
    )
    rows = BEATS["accuracy_rows"]
    monkeypatch.setitem(rows.__globals__, "predict", lambda model, kept: log_odds)
    found = pd.DataFrame(rows(model, BEATS["Beats"](name="x", recordings=given, by_beat=True)))
    assert found["value"].tolist() == [6 / 8, 3 / 4, 3 / 4]
    assert found["n"].tolist() == [8, 4, 4]
    assert (found["low"] < found["value"]).sum() == (found["value"] < found["high"]).sum() == 1


def test_pairs_are_counted_by_who_is_ahead_and_told_apart() -> None:
    names = {"model": "m", "data": "d", "metric": "clutter"}
    rows = [
        {"first": "saliency", "second": "kernelshap", "apart": True},
        {"first": "ig-16", "second": "kernelshap", "apart": False},
        {"first": "permutation-importance", "second": "saliency", "apart": True},
        {"first": "deeplift", "second": "kernelshap-fine", "apart": True},
    ]
    said = BEATS["_said"](pd.DataFrame([names | row for row in rows]), "m", "d", "clutter", "")
    assert "of 3 pairs the second is less cluttered in 1, the first in 1 " in said
