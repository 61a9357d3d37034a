"""`ls`: everything that can be named."""

import pytest

from tests.cli.conftest import Call
from xai_bench.methods import DERIVED, METHODS
from xai_bench.zoo import Zoo


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("models", list(Zoo().model_folders())),
        ("methods", [*METHODS, *(f"METHOD@{kind}" for kind in DERIVED)]),
        ("metrics", [metric.name for metric in Zoo().metrics()]),
        ("datasets", ["synthetic", "PTB-XL", "WFDB"]),
    ],
)
def test_every_name_is_listed(xai_bench: Call, what: str, names: list[str]) -> None:
    done = xai_bench("ls", what)
    assert done.status == 0
    words = done.out.split()
    assert not [name for name in names if name not in words]
