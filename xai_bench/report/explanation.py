"""One recording, explained and drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from scipy.special import expit

from xai_bench.data import load_record
from xai_bench.methods import find_methods
from xai_bench.methods.attribute import attribute
from xai_bench.models import load_model
from xai_bench.report.ecg_paper import draw_recording, save_figure
from xai_bench.zoo import Zoo

__all__ = ["explain_record"]


def explain_record(
    model: str,
    method: str,
    record: str | Path,
    *,
    out: str | Path,
    target: str = "predicted",
    length: Literal["exact", "crop", "pad"] = "exact",
    seed: int = 0,
    device: str | None = None,
    zoo: Zoo | None = None,
) -> str:
    """Draw `record` with its attribution and save it; returns the title. Raises XaiBenchError."""
    loaded = load_model(model, device=device, zoo=zoo)
    reads = loaded.card.input
    recording = load_record(record, rate_hz=reads.rate_hz, seconds=reads.seconds, length=length)
    (chosen,) = find_methods([method])
    found = attribute(loaded, recording, chosen, target=target, seed=seed)
    explained = loaded.task.classes[int(found.target[0])]
    probability = float(expit(found.log_odds[0]))
    verdict = f"target {explained}, P = {probability:.2f}"
    title = f"{recording.record_id[0]} · {verdict} · {method} of {model}"
    if remark := chosen.remark(loaded):
        title += f" ({remark})"
    # Only a method that promises a sum attributes log-odds; a gradient or a CAM does not.
    additive = not np.isnan(found.residual[0])
    figure = draw_recording(
        recording.signal[0],
        rate_hz=recording.rate_hz,
        attribution=found.values[0],
        title=title,
        attribution_label="contribution to the log-odds, per sample"
        if additive
        else f"{method}, per sample",
    )
    save_figure(figure, Path(out))
    return title
