"""A zoo of nets to audit by name: `two` columns, `five` classes, and a `black-box`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.closed_forms import SUPERCLASS, Linear
from tests.studies.native_audit.audited_nets import Columns
from tests.tiny_zoo import write_model
from xai_bench.nets.base import Net
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.native_audit import audit
from xai_bench.zoo import Zoo

__all__ = ["Step", "audit_of_two_and_five", "native_zoo"]

Step = tuple[str, int, int]


@cache
def audit_of_two_and_five() -> tuple[StudyResult, list[Step]]:
    """An audit that costs nothing, and what progress was told."""
    steps: list[Step] = []
    with TemporaryDirectory() as folder:
        zoo = native_zoo(Path(folder))
        found = audit(["two", "five"], n=6, zoo=zoo, progress=lambda *step: steps.append(step))
    return found, steps


def native_zoo(folder: Path) -> Zoo:
    """The first two write their own weights, for recordings of any length."""
    two: dict[str, object] = {"params": {"outputs": 2}}
    five: dict[str, object] = SUPERCLASS | {"params": {"outputs": 5}}
    black_box: dict[str, object] = {}
    made: tuple[tuple[str, Net, dict[str, object]], ...] = (
        ("two", Columns(outputs=2), two),
        ("five", Columns(outputs=5), five),
        ("black-box", Linear(), black_box),
    )
    for name, net, facts in made:
        write_model(folder / "models" / name, net, facts)
    return Zoo(folder, allow_code=True)
