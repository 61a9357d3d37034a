"""Facts beside the numbers, and none about this machine's folders."""

import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import torch

from xai_bench.provenance import now, provenance


def test_versions_machine_and_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/somewhere/bin/xai-bench", "run", "--n", "4 or so"])
    facts = provenance(torch.device("cpu"))
    assert facts["command"] == "xai-bench run --n '4 or so'"
    assert facts["python"] == platform.python_version()
    assert facts["packages"]["quantus"] == version("quantus")
    assert facts["threads"] == torch.get_num_threads()
    assert str(Path.home()) not in json.dumps(facts)
    assert str(Path.cwd()) not in json.dumps(facts)


def test_times_sort_as_text() -> None:
    first, second = now(), now()
    assert first <= second
    assert first.endswith("+00:00")
