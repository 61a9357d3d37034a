"""A study of gates on a net of which everything is known."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from tests.closed_forms import closed_form
from tests.gated_net import Gated
from tests.recordings import recordings
from xai_bench.models import Model
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.gates import gates

COUNT = 16


def gated_model() -> Model:
    """Which before training has the same weights, as it draws none."""
    return replace(closed_form(Gated()), new_net=Gated)


@cache
def gated_study() -> StudyResult:
    return gates(gated_model(), data=recordings(COUNT), seed=3)
