"""An audit of nets that cost nothing."""

import pytest

from tests.studies.native_audit.native_zoo import native_zoo
from xai_bench.studies.native_audit import Audit, audit

Step = tuple[str, int, int]


@pytest.fixture(scope="session")
def audited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Audit, list[Step]]:
    """Of `two` and `five`, and what progress was told."""
    told: list[Step] = []
    made = audit(
        ["two", "five"],
        n=6,
        zoo=native_zoo(tmp_path_factory.mktemp("zoo")),
        progress=lambda *step: told.append(step),
    )
    return made, told


@pytest.fixture(scope="session")
def found(audited: tuple[Audit, list[Step]]) -> Audit:
    return audited[0]
