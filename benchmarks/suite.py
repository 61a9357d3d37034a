"""The shared engine against stock Quantus: the same metrics, methods and recordings.

Stock Quantus is called as its users call it: each metric on the whole batch, with an `explain_func`
that explains the batch it is given, one method after the other. Both sides draw the same noise from
the same distribution and use the same parameters, those of the cards. Methods explain the clean
recordings before the clock starts on both sides. Both sides run in this process, in turn; the table
reports ratios of medians of processor time on a CPU, and of wall time on CUDA, with absolute times
there only. Writes benchmarks/results/suite_<device>.md.

    python benchmarks/suite.py resnet1d 8
    python benchmarks/suite.py imn 2

RRS is not the same on both sides: stock Quantus takes the activations of all layers, ours, the
corrected metric, the input of the last.
"""

from __future__ import annotations

import platform
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

import xai_bench as xb
from xai_bench.cards import MetricCard
from xai_bench.methods import METHODS, Method
from xai_bench.methods.attribute import attribute, make_batch
from xai_bench.models import Model, load_model
from xai_bench.scoring.engine import quantus_scorer as quantus
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.score import score_attributions
from xai_bench.types import Attributions, Recordings
from xai_bench.zoo import Metric, Zoo

ROUNDS = 3
GROUPS = {
    "faithfulness correlation": "faithfulness_correlation_quantus",
    "faithfulness estimate": "faithfulness_estimate",
    "pixel flipping": "pixel_flipping_quantus",
    "region perturbation": "region_perturbation",
    "max and average sensitivity": "max_sensitivity,avg_sensitivity",
    "RIS, ROS and RRS": "relative_input_stability_quantus,relative_output_stability_quantus,"
    "relative_representation_stability",
    "sparseness": "sparseness",
    "complexity": "complexity/complexity",
}

RIS = Zoo().metrics("relative_input_stability_quantus")[0].card
RRS = MetricCard.model_validate(
    RIS.model_dump()
    | {
        "target": "quantus:RelativeRepresentationStability",
        "params": RIS.params | {"layer_names": None, "layer_indices": None},
        "fast": None,
    }
)


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "resnet1d"
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    model = load_model(name)
    first = "native" if model.is_native else "input-x-gradient"
    methods = [METHODS[m] for m in (first, "saliency", "ig", "gradcam", "random")]
    recordings = xb.load_data("synthetic", task="norm_vs_mi", n=count)
    forward = Forward(model)
    explained = [attribute(model, recordings, method, target="MI") for method in methods]

    def fast(metrics: str) -> None:
        cards = Zoo().metrics(metrics)
        score_attributions(model, recordings, explained, metrics=cards, forward=forward)

    def stock(metrics: str) -> None:
        for card in Zoo().metrics(metrics):
            for method, found in zip(methods, explained, strict=True):
                run_stock(model, recordings, method, found, card)

    clock = time.perf_counter if model.device.type == "cuda" else time.process_time

    def seconds(side: Callable[[str], None], metrics: str) -> float:
        start = clock()
        side(metrics)
        return clock() - start

    rounds: list[dict[str, tuple[float, float]]] = []
    for _ in range(ROUNDS):
        found = {
            title: (seconds(stock, metrics), seconds(fast, metrics))
            for title, metrics in GROUPS.items()
        }
        total = sum(stock_seconds for stock_seconds, _ in found.values())
        found["all together"] = (total, seconds(fast, ",".join(GROUPS.values())))
        rounds.append(found)
        print({title: f"{a / b:.2f}" for title, (a, b) in found.items()}, flush=True)
    rows = []
    for title in rounds[0]:
        stock_seconds, fast_seconds = zip(*(one[title] for one in rounds), strict=True)
        rows.append((title, statistics.median(stock_seconds), statistics.median(fast_seconds)))
    text = render(model, [m.name for m in methods], count, forward.rows, rows)
    path = Path(__file__).parent / "results" / f"suite_{name}_{model.device.type}.md"
    path.write_text(text)
    print(text)


def run_stock(
    model: Model, recordings: Recordings, method: Method, found: Attributions, card: Metric
) -> None:
    """One metric of one method, as a user of Quantus would call it."""
    call = card.card.quantus or RRS.quantus
    assert call is not None
    millivolt = torch.from_numpy(recordings.signal)
    batch = make_batch(model, recordings, target="MI")
    x = millivolt if call.space == "millivolt" else batch.z.cpu()
    wrapped = quantus.LogOdds(model, 1, call)
    if card.card.quantus is None:
        card = replace(card, card=RRS)
        wrapped.net = model.net  # registered, or Quantus finds no layers

    def explain(inputs: np.ndarray, **_: Any) -> np.ndarray:
        z = model.normalise(torch.from_numpy(np.asarray(inputs, dtype=np.float32)))
        rows = torch.arange(len(z), device=z.device)
        again = batch.versions(rows, z, seeds=tuple(range(len(z))))
        return method.attribute(model, again).detach().cpu().numpy()

    np.random.seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        quantus.build_metric(card)(
            model=wrapped,
            x_batch=x.numpy(),
            y_batch=np.ones(len(x), dtype=np.int64),
            a_batch=found.values.copy(),
            explain_func=explain,
            softmax=call.softmax,
            channel_first=True,
            device=str(model.device),
            batch_size=8,
        )


def render(
    model: Model,
    methods: list[str],
    count: int,
    forward_rows: int,
    rows: list[tuple[str, float, float]],
) -> str:
    cuda = model.device.type == "cuda"
    where = (
        torch.cuda.get_device_name(model.device)
        if cuda
        else f"a CPU, {torch.get_num_threads()} thread(s)"
    )
    text = (
        f"# The shared engine against stock Quantus: {model.name}\n\n"
        f"`python benchmarks/suite.py {model.name} {count}` on {where}, torch {torch.__version__}, "
        f"Python {platform.python_version()}; {count} recordings, {ROUNDS} interleaved rounds, "
        f"medians of {'wall' if cuda else 'processor'} time; {forward_rows} rows in a pass. "
        f"Methods: {', '.join(methods)}.\n\n"
        "| metrics | stock / fast |" + " stock, s | fast, s |" * cuda + "\n|---|---|"
        "" + "---|---|" * cuda + "\n"
    )
    for title, stock, fast in rows:
        absolute = f" {stock:.2f} | {fast:.2f} |" * cuda
        text += f"| {title} | {stock / fast:.2f} |{absolute}\n"
    return text + (
        "\nEach group was run alone, so its ratio holds sharing among methods and the metrics of "
        "the group only; *all together* is the sum of the stock times against one run of all.\n"
    )


if __name__ == "__main__":
    main()
