"""The metrics of `core` against stock Quantus, for a user who forgets explanations and one who
keeps them.

Stock Quantus is called as its users call it: each metric on the whole batch, one method after the
other, with an `explain_func` that explains the batch it is given, at the precision that the cards
as of Quantus ask for (50 random sets, 24 steps, 5 noisy recordings). The stock user gives every
metric the `explain_func` alone, so that it explains the recordings again; the one who remembers
gives it the explanations, which were made once, and keeps those of changed recordings too. Ours is
what `run` computes. All explanations are on the clock, and all sides run in this process, in turn;
the table has ratios of medians of processor time on a CPU, of wall time on CUDA, with absolute
times there only. Writes benchmarks/results/suite_<model>_<device>.md.

    python benchmarks/suite.py resnet1d 4
    python benchmarks/suite.py imn 2

Not the same on both sides: MPRT of Quantus randomises layer by layer, ours in a few stages;
deletion has the probability and both ends, Quantus's pixel flipping in its place the log-odds
without the start; completeness of Quantus asks for equal floats. Of `core`, stock Quantus has no
insertion and no twin patching, its infidelity fails on twelve leads, and it measures no cost.
"""

from __future__ import annotations

import platform
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import quantus
import torch
from torch import nn

import xai_bench as xb
from xai_bench.methods import METHODS, Method
from xai_bench.methods.attribute import attribute, make_batch
from xai_bench.models import Model, load_model
from xai_bench.scoring.engine import quantus_scorer
from xai_bench.scoring.engine.forward import Forward
from xai_bench.scoring.score import score_attributions, score_methods
from xai_bench.types import Attributions, Recordings
from xai_bench.zoo import Zoo

ROUNDS = 3
TARGET = "MI"
METHODS_OF = {"imn": ("native", "random", "oracle")}
BLACK_BOX = ("input-x-gradient", "saliency", "gradcam", "random", "oracle")
_SILENT = {"disable_warnings": True, "display_progressbar": False}


def _of_card(name: str) -> Any:
    (metric,) = Zoo().metrics(name)
    return quantus_scorer.build_metric(metric)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterpart:
    """What a metric of `core` is in Quantus."""

    make: Callable[[], Any]
    millivolt: bool = False
    """Perturbs the recording before its normalisation."""
    masks: bool = False
    """Reads where the evidence is, and one lead after another as one channel."""


COUNTERPARTS = {
    "faithfulness_correlation": Counterpart(
        make=lambda: _of_card("faithfulness_correlation_quantus")
    ),
    "deletion": Counterpart(make=lambda: _of_card("pixel_flipping_quantus")),
    "max_sensitivity": Counterpart(make=lambda: _of_card("max_sensitivity"), millivolt=True),
    "mprt": Counterpart(
        make=lambda: quantus.MPRT(
            return_average_correlation=True, abs=True, normalise=False, **_SILENT
        )
    ),
    "completeness": Counterpart(
        make=lambda: quantus.Completeness(abs=False, normalise=False, **_SILENT)
    ),
    "sparseness": Counterpart(make=lambda: _of_card("sparseness")),
    "relevance_mass": Counterpart(
        make=lambda: quantus.RelevanceMassAccuracy(abs=True, normalise=False, **_SILENT), masks=True
    ),
    "roc_auc": Counterpart(
        make=lambda: quantus.AUC(abs=True, normalise=False, **_SILENT), masks=True
    ),
}
"""Metric of `core` -> its counterpart."""
BUT_MPRT = tuple(metric for metric in COUNTERPARTS if metric != "mprt")
WITHOUT = ("insertion", "infidelity_scaled", "twin_patching")
"""Of `core`, what has none, beside the costs."""


class Wrapped(quantus_scorer.LogOdds):
    """The model as Quantus sees it, with layers that it can find."""

    def __init__(self, model: Model, *, millivolt: bool) -> None:
        (any_metric,) = Zoo().metrics("max_sensitivity" if millivolt else "faithfulness_estimate")
        assert any_metric.card.quantus is not None
        super().__init__(model, 1, any_metric.card.quantus)
        self.net = model.net


@dataclass(slots=True)
class Stock:
    """A user of Quantus."""

    model: Model
    recordings: Recordings
    remembers: bool
    kept: dict[tuple[str, bytes], np.ndarray] = field(default_factory=dict)

    def forget(self) -> None:
        self.kept.clear()

    def explain(self, method: Method, model: Model, z: torch.Tensor) -> np.ndarray:
        key = method.name, z.numpy().tobytes()
        trained = model is self.model
        if self.remembers and trained and key in self.kept:
            return self.kept[key]
        batch = make_batch(self.model, self.recordings, target=TARGET)
        again = batch.versions(torch.arange(len(z)), z.to(batch.z.device), tuple(range(len(z))))
        found = method.attribute(model, again).detach().cpu().numpy()
        if self.remembers and trained:
            self.kept[key] = found
        return found

    def run(self, metric: str, method: Method) -> None:
        """One metric of one method."""
        part, model, given = COUNTERPARTS[metric], self.model, self.recordings
        z = make_batch(model, given, target=TARGET).z.cpu()
        x = torch.from_numpy(given.signal) if part.millivolt else z
        shape = (len(x), 1, -1) if part.masks else x.shape
        wrapped = Wrapped(model, millivolt=part.millivolt)

        def explain(model: nn.Module, inputs: np.ndarray, **_: Any) -> np.ndarray:
            changed = torch.from_numpy(np.asarray(inputs, dtype=np.float32)).reshape(x.shape)
            if part.millivolt:
                changed = self.model.normalise(changed).cpu()
            net = getattr(model, "net", None)  # that of a randomised copy, or the model's own
            owner = self.model if net in (None, wrapped.net) else self.model.with_net(net)
            return self.explain(method, owner, changed).reshape(inputs.shape)

        evidence = given.evidence
        assert evidence is not None
        np.random.seed(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            part.make()(
                model=wrapped,
                x_batch=x.reshape(shape).numpy(),
                y_batch=np.ones(len(x), dtype=np.int64),
                a_batch=self.explain(method, model, z).reshape(shape) if self.remembers else None,
                s_batch=evidence.reshape(shape) if part.masks else None,
                explain_func=explain,
                channel_first=True,
                softmax=False,
                device=str(model.device),
                batch_size=8,
            )


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "resnet1d"
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    model = load_model(name)
    methods = [METHODS[one] for one in METHODS_OF.get(name, BLACK_BOX)]
    recordings = sick(count)
    forward = Forward(model)
    users = [Stock(model, recordings, remembers) for remembers in (False, True)]

    def ours(explained: list[Attributions] | None, *metrics: str) -> None:
        cards = Zoo().metrics(metrics)
        if explained is None:
            score_methods(model, recordings, methods, target=TARGET, metrics=cards, forward=forward)
        else:
            score_attributions(model, recordings, explained, metrics=cards, forward=forward)

    clock = time.perf_counter if model.device.type == "cuda" else time.process_time

    def seconds(work: Callable[[], object]) -> float:
        start = clock()
        work()
        if model.device.type == "cuda":
            torch.cuda.synchronize(model.device)
        return clock() - start

    def of_user(user: Stock, metric: str) -> float:
        def every() -> None:
            for method in methods:
                user.run(metric, method)

        return seconds(every)

    explained = [attribute(model, recordings, method, target=TARGET) for method in methods]
    ours(None, *COUNTERPARTS)  # nets of MPRT are randomised once for a run, however long it is
    rounds: list[dict[str, tuple[float, float, float]]] = []
    for _ in range(ROUNDS):
        users[1].forget()
        found = {
            metric: (
                of_user(users[0], metric),
                of_user(users[1], metric),
                seconds(lambda metric=metric: ours(explained, metric)),  # type: ignore[misc]
            )
            for metric in COUNTERPARTS
        }
        stock, remembering = (sum(one[k] for one in found.values()) for k in (0, 1))
        together = seconds(lambda: ours(None, *COUNTERPARTS))
        without_mprt = seconds(lambda: ours(None, *BUT_MPRT))
        all_of_core = seconds(lambda: ours(None, *COUNTERPARTS, *WITHOUT))
        found["these together but for mprt"] = (
            *(stock - found["mprt"][0], remembering - found["mprt"][1]),
            without_mprt,
        )
        found["these together"] = stock, remembering, together
        found[f"with {', '.join(WITHOUT)}"] = stock, remembering, all_of_core
        rounds.append(found)
        print({k: f"{a / c:.2f} {b / c:.2f}" for k, (a, b, c) in found.items()}, flush=True)
    rows = [
        (title, *(statistics.median(one[title][k] for one in rounds) for k in range(3)))
        for title in rounds[0]
    ]
    text = render(model, [m.name for m in methods], count, forward.rows, rows)
    path = Path(__file__).parent / "results" / f"suite_{name}_{model.device.type}.md"
    path.write_text(text)
    print(text)


def sick(count: int) -> Recordings:
    """Recordings with planted evidence, whatever a localisation metric asks for."""
    every = xb.load_data("synthetic", task="norm_vs_mi", n=4 * count)
    assert every.evidence is not None
    return every[[int(row) for row in np.flatnonzero(every.evidence.any(axis=(1, 2)))[:count]]]


def render(
    model: Model,
    methods: list[str],
    count: int,
    forward_rows: int,
    rows: list[tuple[Any, ...]],
) -> str:
    cuda = model.device.type == "cuda"
    where = (
        torch.cuda.get_device_name(model.device)
        if cuda
        else f"a CPU, {torch.get_num_threads()} thread(s)"
    )
    params = Zoo().metrics("mprt")[0].card.params
    mprt = {name: int(str(value)) for name, value in params.items()}
    text = (
        f"# `core` against stock Quantus: {model.name}\n\n"
        f"`python benchmarks/suite.py {model.name} {count}` on {where}, torch {torch.__version__}, "
        f"Python {platform.python_version()}; {count} recordings, {ROUNDS} interleaved rounds, "
        f"medians of {'wall' if cuda else 'processor'} time; {forward_rows} rows in a pass. "
        f"Methods: {', '.join(methods)}.\n\n"
        "| metric | stock / ours | remembering / ours |"
        + " stock, s | remembering, s | ours, s |" * cuda
        + "\n|---|---|---|"
        + "---|---|---|" * cuda
        + "\n"
    )
    for title, *of_sides in rows:
        stock, remembering, ours = of_sides
        absolute = f" {stock:.2f} | {remembering:.2f} | {ours:.2f} |" * cuda
        text += f"| {title} | {stock / ours:.2f} | {remembering / ours:.2f} |{absolute}\n"
    return text + (
        "\n*Stock* explains the recordings again for every metric, *remembering* keeps every "
        "explanation. A metric was run alone, with the explanations given to ours; *these "
        "together* has one run of ours that explains too against the sum of theirs, and the last "
        f"row the same with {', '.join(WITHOUT)} on our side only: stock Quantus has no insertion "
        "and no twin patching, and its infidelity fails on twelve leads. Quantus's MPRT randomises "
        f"layer by layer, ours explained {mprt['draws'] * mprt['stages']} times a recording, or "
        f"{mprt['draws_of_many'] * mprt['stages']} times for methods of {mprt['many_passes']} "
        "passes or more.\n"
    )


if __name__ == "__main__":
    main()
