"""What explaining again costs, and what is left of its precision when less of it is done.

Passes: of one recording, over all methods, from what methods and cards say. Precision: of the mean
over recordings of fold 9, with fewer noisy versions and stages than were drawn and with several
random nets. Writes benchmarks/results/economy.md; takes three minutes of a core.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

import xai_bench as xb
from xai_bench.data.distort import add_white_noise
from xai_bench.generators import normal, seed_tensor
from xai_bench.methods import METHODS, Batch, explain_together
from xai_bench.methods.attribute import make_batch
from xai_bench.models import Model
from xai_bench.randomness import seeds_for
from xai_bench.scoring.engine.measured import most_recordings
from xai_bench.scoring.metrics.randomisation.cascade import RandomisedLayers
from xai_bench.stats.correlation import spearman
from xai_bench.zoo import Zoo

MODELS, N, NETS = ("resnet1d", "imn"), 32, 4
EXPLAINED = ("native", "input-x-gradient", "saliency", "gradcam")
AGAIN = {
    "max_sensitivity": ("noise, shared by all metrics of noise", 5, 2),
    "shift_continuity": ("shifts", 4, 4),
    "input_invariance": ("an offset", 1, 1),
    "mprt": ("random nets", 6, 3),
    "seconds_p50": ("time and passes", 2, 2),
}
"""Explanations for each recording, before and on 29 November 2026, by a metric that needs them."""


def main() -> None:
    torch.set_num_threads(1)
    text = "# Explaining again: what it costs, and what its precision is\n\n"
    text += "`python benchmarks/economy.py`\n\n" + passes() + precision()
    (Path(__file__).parent / "results" / "economy.md").write_text(text)
    print(text)


def passes() -> str:
    """Passes of one recording, forward and back, over all methods."""
    methods = [method for method in METHODS.values() if not method.control]
    metrics = {metric.name: metric for metric in Zoo().every_metric()}
    text = (
        f"## Passes a recording, {len(methods)} methods\n\n"
        "Models of two classes. A metric is measured on the first recordings of a run that its "
        "card says, on half of them for methods that take more than 32 passes and on a quarter for "
        "more than 64, but on 16 at least. Explanations are those of 29 November 2026, and were "
        f"not counted anew: MPRT then explained {AGAIN['mprt'][2]} times, after "
        f"{AGAIN['mprt'][1]}. {mprt_today()}\n\n"
        "| explained again for | metric | before, any n | n = 16 | n = 2198 |\n"
        "|---|---|---|---|---|\n"
    )
    once = sum(method.passes or 0 for method in methods)
    totals = [once, once, once]
    text += f"| (the explanation itself) | | {once:,} | {once:,} | {once:,} |\n"
    for name, (what, before, now) in AGAIN.items():
        found = [before * once]
        for n in (16, 2198):
            measured = 0.0
            for method in methods:
                most = min(most_recordings(metrics[name], method) or n, n)
                measured += now * (method.passes or 0) * most / n
            found.append(round(measured))
        totals = [total + one for total, one in zip(totals, found, strict=True)]
        text += f"| {what} | {name} | " + " | ".join(f"{one:,}" for one in found) + " |\n"
    return text + "| all | | " + " | ".join(f"**{one:,}**" for one in totals) + " |\n"


def mprt_today() -> str:
    """How often its card has it explain, in a sentence."""
    card = next(one.card for one in Zoo().every_metric() if one.name == "mprt")
    draws, few, stages = (
        int(str(card.params[name])) for name in ("draws", "draws_of_many", "stages")
    )
    return (
        f"Today it explains {draws * stages} times ({stages} stages of {draws} random nets), or "
        f"{few * stages} times for methods of {card.params['many_passes']} passes or more."
    )


def precision() -> str:
    text = (
        f"\n## Precision, {N} recordings of fold 9\n\n"
        "The width of an interval of a mean is as the standard deviation over recordings. `noise`: "
        "that of the largest change of 2 noisy versions over that of 5, and its correlation with "
        "the largest of 5 others (that of 5 with 5 in brackets). `stages`: that of MPRT with 3 of "
        f"6 stages over that with 6, mean of {NETS} random nets. `nets`: the standard deviation of "
        "the mean over random nets; `n = 32`, `16`: the standard error that so many recordings "
        "leave. What the draw of the net does is as large as what 16 recordings do, or larger: two "
        "nets do more for the precision of MPRT than more recordings.\n\n"
        "| model | method | noise: sd ratio | correlation | mean, 5 to 2 | stages: sd ratio | "
        "mean, 6 to 3 | nets | n = 32 | n = 16 |\n|---|---|---|---|---|---|---|---|---|---|\n"
    )
    for name in MODELS:
        model = xb.load_model(name, device="cpu")
        chosen = [METHODS[one] for one in EXPLAINED]
        able = [m.name for m in chosen if not m.unsupported(model, evidence=True)]
        noisy, similar = measure(model, able)
        for method in able:
            text += f"| {name} | {method} | " + " | ".join(row(noisy[method], similar[method]))
            text += " |\n"
    return text


def row(noisy: np.ndarray, similar: np.ndarray) -> list[str]:
    """noisy: (version, record) relative changes; similar: (net, stage, record) correlations."""
    few, many, others = noisy[:2].max(0), noisy[:5].max(0), noisy[5:].max(0)
    six, three = similar.mean(1), similar[:, 1::2].mean(1)
    ratio = three.std(1, ddof=1).mean() / six.std(1, ddof=1).mean()
    error = three.std(1, ddof=1).mean()
    with_others = [np.corrcoef(one, others)[0, 1] for one in (few, many)]
    return [
        f"{few.std(ddof=1) / many.std(ddof=1):.2f}",
        f"{with_others[0]:.3f} ({with_others[1]:.3f})",
        f"{many.mean():.3f} to {few.mean():.3f}",
        f"{ratio:.2f}",
        f"{six.mean():.3f} to {three.mean():.3f}",
        f"{three.mean(1).std(ddof=1):.3f}",
        f"{error / 32**0.5:.3f}",
        f"{error / 16**0.5:.3f}",
    ]


def measure(model: Model, names: list[str]) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    recordings = xb.load_data("synthetic", split="validation", n=N)
    batch = make_batch(model, recordings, target="predicted")
    millivolt = torch.from_numpy(np.array(recordings.signal))
    maps = explained(model, batch.z, batch.target, names)
    noisy: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for version in range(10):
        seeds = seed_tensor(seeds_for(0, recordings.record_id, f"version {version}"))
        moved = add_white_noise(millivolt, normal(seeds, millivolt.shape[1:]), 20.0)
        again = explained(model, model.normalise(moved), batch.target, names)
        for name in names:
            change = (again[name] - maps[name]).double().norm(dim=1)
            noisy[name].append((change / maps[name].double().norm(dim=1)).numpy())
    similar: dict[str, list[np.ndarray]] = {name: [] for name in names}
    for net in range(NETS):
        stages: dict[str, list[np.ndarray]] = {name: [] for name in names}
        for stage in RandomisedLayers.of(model, model.shape).cascade(net):
            again = explained(stage, batch.z, batch.target, names)
            for name in names:
                both = zip(maps[name].split(4), again[name].split(4), strict=True)
                stages[name].append(
                    torch.cat([spearman(a.abs(), b.abs()) for a, b in both]).numpy()
                )
        for name in names:
            similar[name].append(np.stack(stages[name]))
    return (
        {name: np.stack(of) for name, of in noisy.items()},
        {name: np.stack(of) for name, of in similar.items()},
    )


def explained(model: Model, z: Tensor, target: Tensor, names: list[str]) -> dict[str, Tensor]:
    parts: dict[str, list[Tensor]] = {name: [] for name in names}
    for some, of_some in zip(z.split(8), target.split(8), strict=True):
        batch = Batch(z=some, target=of_some)
        found = explain_together(model, batch, [METHODS[name] for name in names], lambda _: ())
        for name in names:
            parts[name].append(found[name].flatten(1))
    return {name: torch.cat(of) for name, of in parts.items()}


if __name__ == "__main__":
    main()
