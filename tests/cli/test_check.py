"""`check`: a table, what to mend, and an exit status."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.cli.conftest import Call, own_zoo
from tests.closed_forms import Linear
from tests.tiny_zoo import tiny_zoo, write_model


@pytest.mark.slow
def test_a_model_and_a_method_of_a_zoo(xai_bench: Call, tmp_path: Path) -> None:
    tiny_zoo(tmp_path / "zoo")
    done = xai_bench("check", "model", "linear,two-linear", "--n", 2, *own_zoo(tmp_path))
    said = " ".join(done.out.split())
    assert "model linear" in said
    assert "alone as in company ok" in said
    assert "sum of W * z, plus b, is the log-odds" in said
    assert done.status == 1, "closed forms do not classify"
    assert "mend classifies" in done.err
    fine = xai_bench(
        "check", "method", "saliency", "--model", "linear", "--n", 2, *own_zoo(tmp_path)
    )
    assert (fine.status, "nothing to mend" in fine.out) == (0, True)
    metric = xai_bench("check", "metric", "sparseness", "--n", 2)
    assert (metric.status, "metric sparseness: 7 checks, nothing to mend" in metric.out) == (
        0,
        True,
    )


def test_a_broken_model_is_named_and_the_status_is_1(xai_bench: Call, tmp_path: Path) -> None:
    tiny_zoo(tmp_path / "zoo")
    net = Linear()
    net.w.data[0, 0] = torch.nan
    write_model(tmp_path / "zoo/models/broken", net, {})
    done = xai_bench("check", "model", "broken", *own_zoo(tmp_path))
    assert done.status == 1
    assert "are nan or inf" in " ".join(done.out.split())
    assert "model broken: 1 of 1 checks: mend loads" in done.err


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("model", "imn", "--model", "imn"), "--model belongs to: xai-bench check method"),
        (("model", "imn", "--n", "all"), "a few recordings are enough"),
    ],
)
def test_what_cannot_be_asked(xai_bench: Call, arguments: tuple[str, ...], line: str) -> None:
    done = xai_bench("check", *arguments)
    assert (done.status, line in done.err) == (2, True)
