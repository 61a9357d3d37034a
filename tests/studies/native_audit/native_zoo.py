"""A zoo of nets to audit by name: `two` columns, `five` classes, and a `black-box`."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import tomlkit
from safetensors.torch import save

from tests.closed_forms import CARD, SUPERCLASS, Linear
from tests.studies.native_audit.audited_nets import Columns
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
    two: dict[str, object] = {
        "target": "tests.studies.native_audit.audited_nets:Columns",
        "params": {"outputs": 2},
    }
    five = two | SUPERCLASS | {"params": {"outputs": 5}}
    black_box: dict[str, object] = {"target": "tests.closed_forms:Linear"}
    made: tuple[tuple[str, Net, dict[str, object]], ...] = (
        ("two", Columns(outputs=2), two),
        ("five", Columns(outputs=5), five),
        ("black-box", Linear(), black_box),
    )
    for name, net, facts in made:
        home = folder / "models" / name
        home.mkdir(parents=True)
        weights = save(net.state_dict())
        (home / "weights.safetensors").write_bytes(weights)
        recorded = {"file": "weights.safetensors", "sha256": sha256(weights).hexdigest()}
        (home / "card.toml").write_text(tomlkit.dumps({**CARD, **facts, "weights": recorded}))
    return Zoo(folder)
