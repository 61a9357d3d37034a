"""A study that nobody made, and its findings, made once."""

from __future__ import annotations

import pytest

from tests.studies.stability.made_up import made_up
from xai_bench.report.stability.findings import StabilityFindings


@pytest.fixture(scope="session")
def found() -> StabilityFindings:
    return StabilityFindings(made_up())
