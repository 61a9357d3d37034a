"""A CPU against a CUDA device: draws, every method, every metric. Skipped without one.

Tolerances: draws of integers are equal, normal values to float32's last bits. An attribution may
differ by 0.2 % of its largest value. A score of the same attribution may differ by 0.1 % of
1 + |score|; of those that count or rank something, where one rounding moves a whole sample, by 2 %.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from xai_bench import attribute, load_data, load_model
from xai_bench.devices import float32_policy
from xai_bench.generators import integers, normal, permutations, random_bits, seed_tensor
from xai_bench.methods import METHODS
from xai_bench.methods.attribute import make_batch
from xai_bench.models import Model
from xai_bench.scoring import build_scorer, engine_of
from xai_bench.scoring.engine.base import Case, evaluate
from xai_bench.scoring.engine.block import Block
from xai_bench.scoring.engine.forward import Forward
from xai_bench.types import Recordings
from xai_bench.zoo import Metric, Zoo

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]

MODELS = ("imn", "resnet1d", "lstm")
OF_A_MAP = 2e-3
OF_A_SCORE = 1e-3
OF_A_COUNT = 2e-2
COUNTED = {"clutter", "effective_complexity", "non_sensitivity", "efficient_mprt", "pointing_game"}

METRICS = [one for one in Zoo().metrics() if one.family != "runtime"]


@pytest.fixture(scope="module")
def data() -> Recordings:
    return load_data("synthetic", task="norm_vs_mi", n=3)


@pytest.fixture(scope="module", params=MODELS)
def pair(request: pytest.FixtureRequest) -> tuple[Model, Model]:
    return load_model(request.param, device="cpu"), load_model(request.param, device="cuda")


def test_draws_are_the_same_integers() -> None:
    seeds = seed_tensor(range(5))
    there = seeds.cuda()
    assert torch.equal(random_bits(seeds, 4099), random_bits(there, 4099).cpu())
    assert torch.equal(integers(seeds, (99,), 7), integers(there, (99,), 7).cpu())
    assert torch.equal(permutations(seeds, 3, 1000), permutations(there, 3, 1000).cpu())
    torch.testing.assert_close(normal(seeds, (12, 99)), normal(there, (12, 99)).cpu())


def test_convolutions_and_products_have_the_bits_of_float32() -> None:
    generator = torch.Generator().manual_seed(0)
    x, w = (torch.randn(8, 256, 256, generator=generator, dtype=torch.float64) for _ in "xw")
    for operation in (torch.matmul, torch.nn.functional.conv1d):
        exact = operation(x, w)
        with float32_policy():
            found = operation(x.float().cuda(), w.float().cuda()).cpu()
        assert (found - exact).abs().max() < 1e-5 * exact.abs().max()


@pytest.mark.parametrize("name", METHODS)
def test_every_method(pair: tuple[Model, Model], data: Recordings, name: str) -> None:
    if reason := METHODS[name].unsupported(pair[0], evidence=True):
        pytest.skip(reason)
    here, there = (attribute(model, data, name, target="MI").values for model in pair)
    assert abs(there - here).max() <= OF_A_MAP * abs(here).max()


def _case(model: Model, data: Recordings) -> Case:
    batch = make_batch(model, data, target="MI")
    method = METHODS["input-x-gradient"]
    block = Block(
        model=model,
        forward=Forward(model, rows=8),
        methods=(method,),
        seed=0,
        record_id=data.record_id,
        millivolt=torch.from_numpy(data.signal).to(model.device),
        batch=batch,
    )
    values = attribute(load_model(model.name, device="cpu"), data, method, target="MI").values
    return Case(block=block, method=method, attribution=torch.from_numpy(values).to(model.device))


@pytest.fixture(scope="module")
def on_both(pair: tuple[Model, Model], data: Recordings) -> tuple[Case, Case]:
    here, there = (_case(model, data) for model in pair)
    return here, there


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_every_metric(on_both: tuple[Case, Case], metric: Metric) -> None:
    here, there = (evaluate(build_scorer(metric), case) for case in on_both)
    assert here.reason_of_each() == there.reason_of_each()
    expected, found = here.values.nan_to_num(0), there.values.cpu().nan_to_num(0)
    allowed = OF_A_COUNT if metric.name in COUNTED else OF_A_SCORE
    assert ((found - expected).abs() <= allowed * (1 + expected.abs())).all()


@pytest.mark.parametrize(
    "metric",
    [one for one in METRICS if engine_of(one, "auto") != "quantus"],
    ids=lambda metric: metric.name,
)
def test_no_scorer_waits(on_both: tuple[Case, Case], metric: Metric) -> None:
    """What torch itself calls a wait, after what is made once for a run."""
    scorer, case = build_scorer(metric), on_both[1]
    evaluate(scorer, case)
    again = Case(
        block=replace(case.block, memo=type(case.memo)()),
        method=case.method,
        attribution=case.attribution,
    )
    torch.cuda.set_sync_debug_mode("error")
    try:
        evaluate(scorer, again)
    finally:
        torch.cuda.set_sync_debug_mode("default")
