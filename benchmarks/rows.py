"""Rows and processor seconds of a run by metric: what `make demo` spends.

Work that metrics share is counted for the metric that asks for it first. A row is a recording, or a
changed copy of one, that went forward through a net; what local recomputation saves is not counted,
seconds tell.

    python benchmarks/rows.py imn native,random,oracle 4 all
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from typing import Any

import torch
from torch import Tensor, nn

import xai_bench as xb
from xai_bench.methods import find_methods
from xai_bench.models import load_model
from xai_bench.scoring import find_metrics
from xai_bench.scoring.engine import loop
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.score import score_methods
from xai_bench.zoo import Zoo

EXPLAINED = "(explanations of the recordings)"


def main() -> None:
    model_name, methods, count, metrics = sys.argv[1:5]
    torch.set_num_threads(1)
    model = load_model(model_name)
    recordings = xb.load_data("synthetic", n=int(count), task=model.task)
    cards = find_metrics(metrics, Zoo())
    forward = Forward(model, rows=8)
    first = next(p for p in model.net.parameters() if p.dim() > 1).shape[:2]
    rows: dict[str, list[float]] = defaultdict(lambda: [0, 0, 0.0])
    asking = [EXPLAINED]

    def enter(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        weight = module._parameters.get("weight")
        if weight is not None and weight.shape[:2] == first and isinstance(output, Tensor):
            rows[asking[0]][0] += len(output)
            rows[asking[0]][1] += len(output) * output.requires_grad

    names = vars(loop)  # what asks first is known where the loop asks
    evaluate, build = names["evaluate"], names["build_scorer"]
    scorers: dict[int, str] = {}

    def timed(scorer: Any, case: Any) -> Any:
        asking[0] = scorers[id(scorer)]
        start = time.process_time()
        found = evaluate(scorer, case)
        rows[asking[0]][2] += time.process_time() - start
        asking[0] = EXPLAINED
        return found

    def built(metric: Any, engine: Any) -> Any:
        scorer = build(metric, engine)
        scorers[id(scorer)] = metric.name
        return scorer

    names |= {"evaluate": timed, "build_scorer": built}
    hook = torch.nn.modules.module.register_module_forward_hook(enter)
    start = time.process_time()
    score_methods(model, recordings, find_methods(methods), metrics=cards, forward=forward)
    rows[EXPLAINED][2] = time.process_time() - start - sum(one[2] for one in rows.values())
    hook.remove()
    n = len(recordings)
    print(f"`python benchmarks/rows.py {' '.join(sys.argv[1:])}`, per recording, n = {n}\n")
    print(
        "| metric | rows forward | of them with a gradient | processor seconds |\n|---|---|---|---|"
    )
    for name, (f, b, s) in sorted(rows.items(), key=lambda item: -item[1][2]):
        print(f"| {name} | {f / n:.1f} | {b / n:.1f} | {s / n:.2f} |")
    total = [sum(one[k] for one in rows.values()) / n for k in range(3)]
    print(f"| **all** | {total[0]:.1f} | {total[1]:.1f} | {total[2]:.2f} |")


if __name__ == "__main__":
    main()
