"""VT or SVT: what the shipped cnn-lstm reaches on new patients, and what a split that does not keep
patients apart would have claimed.

Of cohorts of 35 patients, as many as the paper had (arXiv 2507.14196), with 16 recordings each, a
net of the same layers is trained twice: on four fifths of the recordings, and on those of four
fifths of the patients. Both are asked about the recordings that they did not see, and about 300
recordings of 150 patients that neither split knows of. Each cohort is another.

Writes benchmarks/results/subject_wise.csv and subject_wise.md; three minutes of a core.

    python benchmarks/subject_wise.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Float32, Float64, Int64
from sklearn.metrics import f1_score
from torch import nn

import xai_bench as xb
from xai_bench.data.synthetic.tachycardia_source import TachycardiaSource
from xai_bench.nets.cnn_lstm import CNNLSTM
from xai_bench.randomness import seed_for
from xai_bench.results import to_csv
from xai_bench.scoring.model_quality import labelled, predict
from xai_bench.stats import auroc, auroc_interval, statistic_interval
from xai_bench.stats.bootstrap import percentiles, resamples
from xai_bench.storage import write_file
from xai_bench.tasks import find_task

MODEL, DATA = "cnn-lstm", "synthetic-tachycardia"
COHORTS, PATIENTS, EACH = 4, 35, 16
EPOCHS, ROWS, CROP = 6, 16, 256
PAPER = {
    "accuracy": "95.63 [93.07, 98.19]",
    "sensitivity": "95.10",
    "specificity": "96.06",
    "F1": "95.12",
}
"""Of 35 subjects, per cent."""
RESULTS = Path(__file__).parent / "results"

Signals = Float32[np.ndarray, "record lead time"]
Truth = Int64[np.ndarray, " record"]
Row = dict[str, object]


def main() -> None:
    torch.set_num_threads(1)
    task = find_task("vt_vs_svt")
    given, truth = labelled(xb.load_data(DATA, split="test", task=task), task)
    of_splits = asked_of_both(zscored(given.signal), truth[:, 0], given.patient_id)
    log_odds = predict(xb.load_model(MODEL, device="cpu"), given)[:, 0]
    shipped = quality("shipped", log_odds, truth[:, 0], given.patient_id)
    table = pd.DataFrame([*shipped, *of_splits])
    write_file(RESULTS / "subject_wise.csv", to_csv(table))
    write_file(RESULTS / "subject_wise.md", page(table))
    print(page(table))


def quality(
    name: str, log_odds: Float64[np.ndarray, " record"], truth: Truth, who: tuple[str, ...]
) -> Iterator[Row]:
    """Percentages of class 1 called where its log-odds are positive, with intervals over
    patients."""
    called, patients = log_odds > 0, np.array(who)
    right = (called == truth).astype(float)
    for what, rows in (
        ("accuracy", np.ones(len(truth), dtype=bool)),
        ("sensitivity", truth == 1),
        ("specificity", truth == 0),
    ):
        values, own = right[rows], tuple(patients[rows].tolist())
        yield _row(name, what, float(values.mean()), statistic_interval(values, own, "mean"), own)
    drawn = [
        f1_score(truth, called, sample_weight=counts)
        for part in resamples(who, 0)
        for counts in part
    ]
    yield _row(name, "F1", float(f1_score(truth, called)), percentiles(np.array(drawn)), who)
    interval = auroc_interval(log_odds, truth, who)
    yield _row(name, "AUROC", auroc(log_odds, truth), interval, who)


def _row(
    name: str, what: str, value: float, interval: tuple[float, float], who: tuple[str, ...]
) -> Row:
    low, high = interval
    facts: Row = {"name": name, "what": what, "value": 100 * value, "low": 100 * low}
    return facts | {"high": 100 * high, "n": len(who), "patients": len(set(who))}


def asked_of_both(z: Signals, truth: Truth, who: tuple[str, ...]) -> list[Row]:
    """Accuracy of nets of both splits on what each held out, and on new patients."""
    right: dict[str, list[float]] = {}
    owners: dict[str, list[str]] = {}
    for cohort in range(1, COHORTS + 1):
        signals, labels, patients = made(cohort)
        rng = np.random.default_rng(seed_for(cohort, "", "subject-wise splits"))
        for split, held_out in splits(rng, patients).items():
            net = trained(signals[~held_out], labels[~held_out], cohort)
            for where, asked, expected, of in (
                ("held out", signals[held_out], labels[held_out], patients[held_out]),
                ("new patients", z, truth, np.array(who)),
            ):
                name = f"{split}, {where}"
                found = (outputs(net, asked) > 0) == expected
                right.setdefault(name, []).extend(found.astype(float).tolist())
                owners.setdefault(name, []).extend(f"{cohort} {one}" for one in of)
                print(f"cohort {cohort}: {name}: {found.mean():.3f}", flush=True)
    # Of new patients the same are asked four times: as many patients as there are, not four times.
    rows = []
    for name, values in right.items():
        whose = owners[name]
        if name.endswith("new patients"):
            whose = [one.split(" ")[1] for one in whose]
        each = np.array(values)
        interval = statistic_interval(each, whose, "mean")
        rows.append(_row(name, "accuracy", float(each.mean()), interval, tuple(whose)))
    return rows


def splits(
    rng: np.random.Generator, patients: np.ndarray
) -> dict[str, Bool[np.ndarray, " record"]]:
    """Which recordings each holds out: a fifth of them, or those of a fifth of the patients."""
    unique = np.unique(patients)
    out = rng.permutation(unique)[: len(unique) // 5]
    return {
        "by recording": rng.permutation(len(patients)) < len(patients) // 5,
        "by patient": np.isin(patients, out),
    }


def made(cohort: int) -> tuple[Signals, Truth, np.ndarray]:
    """z-scored recordings of 35 patients, what they are, and whose."""
    source = TachycardiaSource(seed=cohort, patients=PATIENTS, each=EACH)
    index = source.index
    assert index.labels is not None
    millivolt = np.stack([source.read(row).microvolt for row in range(len(index))]) / 1000
    labels = np.array([int("VT" in one) for one in index.labels])
    return zscored(millivolt), labels, np.array(index.patient_id)


def zscored(millivolt: np.ndarray) -> Signals:
    z = (millivolt - millivolt.mean(axis=2, keepdims=True)) / millivolt.std(axis=2, keepdims=True)
    return np.asarray(z, dtype=np.float32)


def trained(signals: Signals, labels: Truth, seed: int) -> nn.Module:
    """A net after so many epochs of crops; nothing is chosen, so nothing else is held out."""
    rng = np.random.default_rng(seed_for(seed, "", "subject-wise crops"))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = CNNLSTM()
        steps = EPOCHS * (len(signals) // ROWS)
        optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-4)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
        loss = nn.BCEWithLogitsLoss()
        for _ in range(EPOCHS):
            order = rng.permutation(len(signals))
            for rows in order[: len(order) // ROWS * ROWS].reshape(-1, ROWS):
                first = rng.integers(0, signals.shape[2] - CROP + 1, len(rows))
                crops = np.stack(
                    [signals[row, :, at : at + CROP] for row, at in zip(rows, first, strict=True)]
                )
                found = loss(
                    net(torch.from_numpy(crops))[:, 0], torch.from_numpy(labels[rows]).float()
                )
                optimiser.zero_grad()
                found.backward()
                nn.utils.clip_grad_norm_(net.parameters(), 5.0)
                optimiser.step()
                schedule.step()
    return net.eval()


@torch.inference_mode()
def outputs(net: nn.Module, signals: Signals) -> Float32[np.ndarray, " record"]:
    parts = torch.from_numpy(signals).split(32)
    return torch.cat([net(part)[:, 0] for part in parts]).numpy()


def page(table: pd.DataFrame) -> str:
    shipped = table[table.name == "shipped"]
    n, patients = int(shipped.n.max()), int(shipped.patients.max())
    text = (
        "# VT or SVT, by patient\n\n"
        f"`python benchmarks/subject_wise.py`. The shipped {MODEL} on {n} recordings of {patients} "
        f"patients of fold 10 of {DATA}, whom it did not see; per cent, 95 % intervals over "
        "patients. The paper's are of 35 real subjects (arXiv 2507.14196), ours of generated "
        "recordings: they stand beside each other, and are no comparison.\n\n"
        "| | ours | the paper's |\n|---|---|---|\n"
    )
    for what, found in zip(shipped["what"], cells(shipped), strict=True):
        text += f"| {what} | {found} | {PAPER.get(what, 'not given')} |\n"
    text += (
        f"\n## What a split claims\n\nNets of the same layers, trained on {COHORTS} cohorts of "
        f"{PATIENTS} patients with {EACH} recordings each: accuracy, per cent.\n\n"
        "| split, and who was asked | accuracy | patients |\n|---|---|---|\n"
    )
    rest = table[table.name != "shipped"]
    for name, found, who in zip(rest["name"], cells(rest), rest["patients"], strict=True):
        text += f"| {name} | {found} | {who} |\n"
    return text


def cells(rows: pd.DataFrame) -> list[str]:
    each = zip(rows["value"], rows["low"], rows["high"], strict=True)
    return [f"{value:.1f} [{low:.1f}, {high:.1f}]" for value, low, high in each]


if __name__ == "__main__":
    main()
