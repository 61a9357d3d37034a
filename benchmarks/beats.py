"""Ventricular beats: how well two nets find them, and how their explanations look.

The protocol of Beck and John (arXiv 2508.17294), `xai-bench run --protocol beat-mitbih`, on made
beats and on the real records that lie beside the checkout (../shared/data: MIT-BIH 100, 101, 105
and 208). Two nets of the same layers: beat-cnn, trained on made beats alone, and one that is
trained here on records 101 and 208, which are of DS1 of de Chazal et al. (2004), for as many
epochs as the card says: no validation record of DS1 is there, so nothing is selected or calibrated.
Its weights are not kept, its scores are. 100 and 105 are of DS2.

They saw by eye that permutation importance and KernelSHAP are cluttered, and that gradients and
DeepLIFT mark what clinicians look at but vary from beat to beat. Here that is counted: pieces of
the map (clutter), correlation with the maps of other beats of the class (consistency), and how much
higher that is than with beats of the other class (consistency gap). The sampled methods of this
package explain ten segments of a beat, whose pieces cannot be many; so they are asked about 36 too,
of ten samples or 28 ms (-fine).

Writes benchmarks/results/beats_accuracy.csv, beats_scores.csv, beats_pairs.csv, beats.md,
beats.png and beats_real.png.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, Literal, final

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from xai_bench import load_data, load_model
from xai_bench.cards import Recipe
from xai_bench.methods import Batch, Method, find_methods
from xai_bench.methods.attribute import explain_batch, make_batch
from xai_bench.methods.background import background
from xai_bench.methods.perturbation.masked_passes import drops_of_regions
from xai_bench.methods.perturbation.regions import divide
from xai_bench.methods.perturbation.shapley import KernelSHAP
from xai_bench.models import Model, build_net
from xai_bench.presets import PRESETS
from xai_bench.report.figures.mean_beats import draw_mean_beats
from xai_bench.results import to_csv
from xai_bench.scoring import find_metrics
from xai_bench.scoring.model_quality import labelled, predict
from xai_bench.scoring.score import score_methods
from xai_bench.stats import compare_pairs, statistic_interval
from xai_bench.stats.superiority import share_interval
from xai_bench.training.loss import loss
from xai_bench.types import Recordings
from xai_bench.zoo import Zoo

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "data"
RESULTS = ROOT / "benchmarks" / "results"
PROTOCOL = PRESETS.protocol["beat-mitbih"]
RECORDS = {"100": "mitbih_mini", "101": "mitbih", "105": "mitbih", "208": "mitbih"}
DS1, DS2 = ("101", "208"), ("100", "105")
SCORED = ("clutter", "consistency", "consistency_gap", "relevance_mass_skill")
FINE = "grid-36"
CLUTTERED = ("permutation-importance", "kernelshap")
"""What they call cluttered."""
VARIABLE = ("saliency", "input-x-gradient", "ig-16", "deeplift")
"""What they call clinically consistent, and variable over samples."""
MEASURES = ("sensitivity of V", "PPV of V")
FIGURES = ("beats", "beats_real")
COMPARED: dict[str, Literal["higher", "lower"]] = {
    "clutter": "lower",
    "consistency": "higher",
    "consistency_gap": "higher",
}


@final
@dataclass(frozen=True, kw_only=True)
class Beats:
    """Beats that a model is asked about."""

    name: str
    recordings: Recordings
    by_beat: bool
    """Whether each beat counts as a patient of its own, because there are too few patients."""

    @property
    def patients(self) -> tuple[str, ...]:
        return self.recordings.record_id if self.by_beat else self.recordings.patient_id


def form(model: Model) -> dict[str, Any]:
    return {
        "task": model.task,
        "rate_hz": model.rate_hz,
        "seconds": model.seconds,
        "leads": model.leads,
    }


@contextmanager
def real_records() -> Iterator[str]:
    """The records as one data set, `mitbih:FOLDER`."""
    with tempfile.TemporaryDirectory() as folder:
        for record, place in RECORDS.items():
            for suffix in (".hea", ".dat", ".atr"):
                source = SHARED / place / f"{record}{suffix}"
                shutil.copy(source, folder)
        yield f"mitbih:{folder}"


def of_records(given: Recordings, records: Sequence[str]) -> Recordings:
    rows = [row for row, name in enumerate(given.record_id) if name.split(":")[0] in records]
    return given[rows]


def trained_on(beats: Recordings, like: Model) -> Model:
    """A net of the same card, trained on all of these beats for as many epochs as the card says."""
    assert like.card is not None
    assert isinstance(like.card.recipe, Recipe)
    recipe = like.card.recipe
    kept, truth = labelled(beats, like.task)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        net = build_net(like.card).train()
        model = Model.from_card(
            name=f"{like.name}-ds1", card=like.card, net=net, device=torch.device("cpu")
        )
        net.train().requires_grad_(True)
        z = model.normalise(torch.from_numpy(kept.signal))
        of_column = torch.from_numpy(truth)
        share = of_column.double().mean(dim=0).float()
        optimiser = torch.optim.AdamW(
            net.parameters(), lr=recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        steps = len(z) // recipe.batch_size
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, recipe.learning_rate, total_steps=steps * recipe.epochs
        )
        for _ in range(recipe.epochs):
            for rows in torch.randperm(len(z))[: steps * recipe.batch_size].split(
                recipe.batch_size
            ):
                optimiser.zero_grad()
                loss(net, z[rows], of_column[rows], recipe, share).backward()
                torch.nn.utils.clip_grad_norm_(net.parameters(), recipe.gradient_clip)
                optimiser.step()
                schedule.step()
    return replace(model, net=net.eval().requires_grad_(False))


def accuracy_rows(model: Model, given: Beats) -> Iterator[dict[str, object]]:
    """Accuracy, and sensitivity and positive predictive value of V, with intervals."""
    kept, truth = labelled(given.recordings, model.task)
    patients = np.array(replace(given, recordings=kept).patients)
    said, is_v = predict(model, kept)[:, 0] > 0, truth[:, 0] == 1
    for measure, right, among in (
        ("accuracy", said == is_v, np.ones_like(is_v)),
        (MEASURES[0], said, is_v),
        (MEASURES[1], is_v, said),
    ):
        shares = right[among].astype(np.float64)
        low, high = share_interval(shares, list(patients[among])) if among.any() else (np.nan,) * 2
        yield {
            "model": model.name,
            "data": given.name,
            "beats": len(kept),
            "V": int(is_v.sum()),
            "measure": measure,
            "value": shares.mean() if among.any() else np.nan,
            "low": low,
            "high": high,
            "n": int(among.sum()),
        }


def fine_methods() -> dict[str, Any]:
    """The two methods that they call cluttered, of 36 segments and not of ten."""

    def permutation(
        model: Model, z: Float[Tensor, "record lead time"], target: Int64[Tensor, " record"]
    ) -> Float[Tensor, "record lead time"]:
        batch = Batch(z=z, target=target, leads=model.leads)
        regions = divide(FINE, batch)
        drops = [
            drops_of_regions(model, replace(batch, baseline=other.expand_as(z)), regions)
            for other in background(model)
        ]
        return regions.spread(torch.stack(drops).double().mean(dim=0)).to(z.dtype)

    def kernelshap(
        model: Model, z: Float[Tensor, "record lead time"], target: Int64[Tensor, " record"]
    ) -> Float[Tensor, "record lead time"]:
        batch = Batch(z=z, target=target, leads=model.leads)
        regions = divide(FINE, batch)
        return KernelSHAP.design(len(regions)).attribute(model, batch, regions)

    return {"permutation-importance-fine": permutation, "kernelshap-fine": kernelshap}


def methods() -> list[Method]:
    return [*find_methods(PROTOCOL.methods), *find_methods(fine_methods()), *find_methods("random")]


def scores_of(model: Model, given: Beats) -> dict[str, pd.DataFrame]:
    """By metric, record x method."""
    print(f"scoring {model.name} on {len(given.recordings)} beats of {given.name}", flush=True)
    tables = score_methods(
        model,
        given.recordings,
        methods(),
        metrics=find_metrics([name for name in SCORED if _can(name, given)], Zoo()),
        target=PROTOCOL.target,
    )
    every = pd.concat(tables, names=["method"]).reset_index(level=0)
    return {
        str(metric): of_metric.pivot_table(
            index="record_id", columns="method", values="score", dropna=False, sort=False
        ).reindex(given.recordings.record_id)
        for metric, of_metric in every.groupby("metric", sort=False)
    }


def _can(metric: str, given: Beats) -> bool:
    return metric != "relevance_mass_skill" or given.recordings.evidence is not None


def score_rows(
    model: Model, given: Beats, scores: Mapping[str, pd.DataFrame]
) -> Iterator[dict[str, object]]:
    patients = np.array(given.patients)
    for metric, table in scores.items():
        for method in table:
            values = table[method].to_numpy(np.float64)
            known = np.isfinite(values)
            if not known.any():
                continue
            low, high = statistic_interval(values[known], list(patients[known]), "mean")
            yield {
                "model": model.name,
                "data": given.name,
                "metric": metric,
                "method": method,
                "mean": values[known].mean(),
                "low": low,
                "high": high,
                "n": int(known.sum()),
            }


def pair_rows(
    model: Model, given: Beats, scores: Mapping[str, pd.DataFrame]
) -> Iterator[dict[str, object]]:
    """What they call cluttered against what they call consistent, in what can be counted."""
    pairs = [
        (f"{first}{of}", second)
        for of in ("", "-fine")
        for first, second in product(CLUTTERED, VARIABLE)
    ]
    for metric, better in COMPARED.items():
        found = compare_pairs(scores[metric], given.patients, better=better, pairs=pairs)
        for row in found.to_dict("records"):
            of_pair = {str(name): value for name, value in row.items()}
            yield {"model": model.name, "data": given.name, "metric": metric, **of_pair}


def draw(model: Model, given: Beats, file: Path) -> None:
    """Mean maps of the protocol's methods over the beats of each class."""
    batch = make_batch(model, given.recordings, target=PROTOCOL.target)
    shown = find_methods(PROTOCOL.methods)
    explained = explain_batch(model, batch, shown, given.recordings.record_id, 0)
    maps = {name: found.values.numpy() for name, found in explained.items()}
    title = f"{model.name} on {len(given.recordings)} beats of {given.name}"
    targets = batch.target.numpy()
    file.write_bytes(draw_mean_beats(given.recordings, maps, targets, model.task, title))


def page(tables: Mapping[str, pd.DataFrame]) -> str:
    accuracy, scores, pairs = tables["accuracy"], tables["scores"], tables["pairs"]
    lines = [
        "<!-- generated by `make beats`; do not edit -->",
        "# Ventricular beats by the protocol beat-mitbih",
        "",
        *(__doc__ or "").split("\n\n", 1)[1].rpartition("\n\n")[0].split("\n"),
        "",
        "## Do the nets find ventricular beats?",
        "",
        "Beats of classes N and V, lead MLII, 1 s at 360 Hz with R at 0.4 s. Intervals: 95 %, of",
        "made beats over patients, of real ones over beats, as if each were of a patient of its",
        "own: two records are two patients, and what others would give is not known from them.",
        "Few beats of 100 and 105 are ventricular: read sensitivity and PPV, not accuracy. Beck",
        "and John state 98.3 % validation accuracy on MIT-BIH, of classes and a split that their",
        "abstract does not name; it is not comparable with one on patients who were left out.",
        "",
        *_table(accuracy, ["model", "data", "beats", "V"], "measure", ["accuracy", *MEASURES]),
        "",
        "## Which explanations are cluttered, and which vary?",
        "",
        f"{PROTOCOL.n} beats of each, N and V in turn, explained for their own class; mean and",
        "95 % interval. `-fine`: of 36 segments, not of ten. `random` is a control. Ten segments",
        "make five pieces at most and 36 make 18, whatever they say: that the first of them are",
        "cluttered can only be seen of methods that are asked about single samples, as may have",
        "been theirs. A gap far below the consistency says that a map follows the R peak whatever",
        "the class.",
    ]
    for (model, data), of_cohort in scores.groupby(["model", "data"], sort=False):
        shown = [metric for metric in SCORED if metric in set(of_cohort["metric"])]
        named = of_cohort.rename(columns={"mean": "value"})
        lines += ["", f"### {model} on {data}", ""]
        lines += [*_table(named, ["method"], "metric", shown), ""]
        lines += [
            f"- {_said(pairs, str(model), str(data), metric, of)}"
            for metric in COMPARED
            for of in ("", "-fine")
        ]
    lines += ["", "## Mean maps", ""]
    lines += [f"![Mean maps over beats of each class]({name}.png)" for name in FIGURES]
    return "\n".join(lines) + "\n"


def _table(
    rows: pd.DataFrame, by: Sequence[str], across: str, columns: Sequence[str]
) -> Iterator[str]:
    yield f"| {' | '.join([*by, *columns])} |"
    yield "| --- " * (len(by) + len(columns)) + "|"
    for key, of_key in rows.groupby(list(by), sort=False):
        known = {str(row[across]): row for _, row in of_key.iterrows()}
        cells = [_cell(known[name]) if name in known else "" for name in columns]
        yield f"| {' | '.join([*map(str, key), *cells])} |"


def _cell(row: pd.Series[Any]) -> str:
    if not np.isfinite(row["value"]):
        return "–"
    ends = f" [{row['low']:.3g}, {row['high']:.3g}]" if np.isfinite(row["low"]) else ""
    of = f", n = {row['n']}" if "V" in row.index else ""
    return f"{row['value']:.3g}{ends}{of}"


def _said(pairs: pd.DataFrame, model: str, data: str, metric: str, of: str) -> str:
    """How many of the pairs are as they saw them, and how many the other way round."""
    cluttered = [f"{name}{of}" for name in CLUTTERED]
    rows = pairs[(pairs["model"] == model) & (pairs["data"] == data) & (pairs["metric"] == metric)]
    rows = rows[rows["first"].isin(cluttered) | rows["second"].isin(cluttered)]
    apart = rows[rows["apart"]]
    ahead = int(apart["first"].isin(VARIABLE).sum())
    behind = len(apart) - ahead
    better = {
        "clutter": "less cluttered",
        "consistency": "more alike within a class",
        "consistency_gap": "more of their class",
    }[metric]
    return (
        f"{metric}, {' and '.join(cluttered)} against {', '.join(VARIABLE)}: of {len(rows)} pairs "
        f"the second is {better} in {ahead}, the first in {behind} (signed rank, Holm over all)"
    )


def main() -> None:
    if not (SHARED / "mitbih").is_dir():
        print(f"skipped: there are no real beats in {SHARED.relative_to(ROOT.parent)}/mitbih")
        return
    model = load_model("beat-cnn", device="cpu")
    made = Beats(
        name="synthetic-beats",
        recordings=load_data("synthetic-beats", **form(model)),
        by_beat=False,
    )
    with real_records() as data:
        every = load_data(data, split="all", n=None, **form(model))
        ds2 = Beats(name="DS2: 100, 105", recordings=of_records(every, DS2), by_beat=True)
        ds1 = Beats(name="DS1: 101, 208", recordings=of_records(every, DS1), by_beat=True)
        real = trained_on(ds1.recordings, model)
        accuracy = [
            row
            for one, given in ((model, made), (model, ds1), (model, ds2), (real, made), (real, ds2))
            for row in accuracy_rows(one, given)
        ]
        some = PROTOCOL.n
        cohorts = [
            (model, replace(made, recordings=made.recordings[:some])),
            (model, Beats(name="100, 101, 105, 208", recordings=every[:some], by_beat=True)),
        ]
        scored = [(one, given, scores_of(one, given)) for one, given in cohorts]
        tables = {
            "accuracy": pd.DataFrame(accuracy),
            "scores": pd.DataFrame([row for of in scored for row in score_rows(*of)]),
            "pairs": pd.DataFrame([row for of in scored for row in pair_rows(*of)]),
        }
        for name, table in tables.items():
            path = RESULTS / f"beats_{name}.csv"
            path.write_text(to_csv(table), encoding="utf-8", newline="\n")
        (RESULTS / "beats.md").write_text(page(tables), encoding="utf-8")
        for (one, given), file in zip(cohorts, FIGURES, strict=True):
            draw(one, given, RESULTS / f"{file}.png")


if __name__ == "__main__":
    main()
