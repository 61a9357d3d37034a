"""An audit of nets that cost nothing."""

import pytest

from tests.studies.native_audit.native_zoo import Step, audit_of_two_and_five
from xai_bench.results.study_tables import StudyResult


@pytest.fixture
def steps() -> list[Step]:
    """What progress was told during the audit."""
    return audit_of_two_and_five()[1]


@pytest.fixture
def result() -> StudyResult:
    """Of `two` and `five`."""
    return audit_of_two_and_five()[0]
