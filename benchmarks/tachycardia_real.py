"""What cnn-lstm, which has seen nothing but generated tachycardias, says of real recordings.

Real recordings of the PhysioNet Challenge by what their headers say (SNOMED), cut to their first
ten seconds. Most are no tachycardias: nothing that it says of them is right or wrong, and the
product has to warn, which is counted.

    python benchmarks/tachycardia_real.py ../shared/data

Writes benchmarks/results/tachycardia_real.csv and tachycardia_real.md; a minute of a core.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import torch

import xai_bench as xb
from xai_bench.data import load_data, open_source
from xai_bench.data.signal_range import measure_each, unlike
from xai_bench.results import to_csv
from xai_bench.scoring.model_quality import predict
from xai_bench.storage import write_file

FOLDERS = ("chapman_ningbo", "cpsc2018", "georgia")
GROUPS = {
    "425856008": "paroxysmal ventricular tachycardia",
    "713422000": "atrial tachycardia",
    "427084000": "sinus tachycardia",
    "164889003": "atrial fibrillation",
    "164890007": "atrial flutter",
    "59118001": "right bundle branch block",
    "164909002": "left bundle branch block",
    "426783006": "sinus rhythm",
}
"""SNOMED code -> what it means; a recording is in each group that its header names."""
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    torch.set_num_threads(1)
    place = Path(sys.argv[1]) / "challenge"
    model = xb.load_model("cnn-lstm", device="cpu")
    rows: list[dict[str, object]] = []
    for folder in FOLDERS:
        index = open_source(place / folder, length="crop").index
        assert index.statements is not None
        said = dict(zip(index.record_id, index.statements, strict=True))
        found = load_data(place / folder, split="all", length="crop", rate_hz=model.rate_hz)
        measured = measure_each(found)
        for record, log_odds, one in zip(
            found.record_id, predict(model, found)[:, 0], measured, strict=True
        ):
            facts = {"data": folder, "record": record, "log_odds": float(log_odds)}
            facts |= {"beats_per_minute": one.beats_per_minute}
            facts |= {"warning": unlike(one, model.trained_on)}
            facts |= {"codes": " ".join(sorted(code for code in GROUPS if code in said[record]))}
            rows.append(facts)
    table = pd.DataFrame(rows)
    write_file(RESULTS / "tachycardia_real.csv", to_csv(table))
    write_file(RESULTS / "tachycardia_real.md", page(table))
    print(page(table))
    print(table[table["codes"].str.contains("425856008|713422000|164909002")].to_string())


def page(table: pd.DataFrame) -> str:
    text = (
        "# Real recordings under a net of generated tachycardias\n\n"
        f"`python benchmarks/tachycardia_real.py ../shared/data`: cnn-lstm on {len(table)} real "
        "recordings of the PhysioNet Challenge, by the diagnoses in their headers. Called VT: "
        "where its log-odds are positive. Warned: the rhythm or the amplitude is out of the range "
        "of its training recordings. No interval: too few, and chosen by nobody.\n\n"
        "| header | recordings | called VT | median log-odds | warned |\n|---|---|---|---|---|\n"
    )
    for code, name in GROUPS.items():
        of = table[table["codes"].str.contains(code)]
        called, warned = int((of["log_odds"] > 0).sum()), int((of["warning"] != "").sum())
        middle = float(np.median(of["log_odds"])) if len(of) else float("nan")
        text += f"| {name} | {len(of)} | {called} | {middle:.2f} | {warned} |\n"
    return text


if __name__ == "__main__":
    main()
