"""The realism report: measure, compare, test, draw, score, write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from xai_bench.errors import InputError, OutputError
from xai_bench.report.figures.ecg_paper import save_figure
from xai_bench.report.realism.figures import DPI, draw_amplitudes, draw_pair, draw_spectra, nearest
from xai_bench.report.realism.findings import findings
from xai_bench.report.realism.page import render
from xai_bench.studies.realism.feature_comparison import compare
from xai_bench.studies.realism.features import measure
from xai_bench.studies.realism.model_percentiles import score_models
from xai_bench.studies.realism.normal_recordings import all_real, normal, synthetic_normal
from xai_bench.studies.realism.two_sample_test import TwoSample, two_sample
from xai_bench.types import Recordings
from xai_bench.zoo import Zoo

__all__ = ["Realism", "make_report"]

_PAIRS = 5

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Realism:
    """What a report found; all of it is in `folder`, `realism.md` first."""

    folder: Path
    facts: tuple[str, ...]
    table: pd.DataFrame
    test: TwoSample
    scores: pd.DataFrame
    skipped: tuple[str, ...]

    @property
    def findings(self) -> list[str]:
        """Sentences on what gives the synthetic away, worst first."""
        return findings(self.table)


def make_report(
    real: str | Path,
    *,
    out: str | Path = "realism",
    n: int = 300,
    rate_hz: float = 500.0,
    models: Sequence[str] = ("imn", "conv2d"),
    seed: int = 0,
    zoo: Zoo | None = None,
    progress: Tell | None = None,
) -> Realism:
    """Compare `n` synthetic NORM recordings with the normal ones of a PTB-XL or WFDB folder.

    Writes realism.md, realism.csv, models.csv and pictures into `out`. At 100 Hz where none of
    the real recordings can be had at `rate_hz`. Raises XaiBenchError.
    """
    if n < 1:
        raise InputError(f"{n} synthetic recordings were asked for; ask for 1 or more")
    for name in models:
        (zoo or Zoo()).model_card(name)  # a wrong name is better known now than in a minute
    tell = progress or (lambda *_: None)
    everything, fallback = all_real(real, rate_hz, progress=lambda *k: tell("reading", *k))
    chosen, which = normal(everything)
    synthetic = synthetic_normal(
        n,
        rate_hz=chosen.rate_hz,
        seed=seed,
        progress=lambda *k: tell("making synthetic recordings", *k),
    )
    measured = measure(chosen, progress=lambda *k: tell("measuring real recordings", *k))
    made = measure(synthetic, progress=lambda *k: tell("measuring synthetic recordings", *k))
    table = compare(measured, made)
    test = two_sample(
        measured,
        made,
        [f"real {p}" for p in chosen.patient_id] + [f"synthetic {p}" for p in synthetic.patient_id],
        seed=seed,
        progress=lambda *k: tell("two-sample test", *k),
    )
    scores, skipped = score_models(models, real, seed=seed, zoo=zoo, progress=tell)

    facts = [
        f"Real: {len(chosen)} recordings of {chosen.name} ({which}).",
        f"Synthetic: {len(synthetic)} recordings labelled NORM alone, seed {seed}.",
        f"Both at {chosen.rate_hz:g} Hz, {chosen.seconds:g} s, measured by the same rules, which "
        "look at no label.",
        *([fallback] if fallback else []),
        *(f"Left out: {line}." for line in everything.left_out),
        "Not a validation where the generator was tuned on the same recordings; not for diagnosis.",
    ]
    figures = _draw(chosen, synthetic, measured, made, tell)
    page = render(
        name=chosen.name,
        facts=facts,
        table=table,
        test=test,
        scores=scores,
        skipped=skipped,
        pictures=list(figures),
    )
    texts = {
        "realism.md": page,
        "realism.csv": table.to_csv(index=False),
        "models.csv": scores.to_csv(index=False),
    }
    folder = Path(out)
    _write(folder, texts, figures)
    return Realism(
        folder=folder,
        facts=tuple(facts),
        table=table,
        test=test,
        scores=scores,
        skipped=tuple(skipped),
    )


def _draw(
    real: Recordings, synthetic: Recordings, measured: pd.DataFrame, made: pd.DataFrame, tell: Tell
) -> dict[str, Figure]:
    """File name -> figure: amplitudes, spectra, and a few real recordings beside their like."""
    figures = {
        "amplitudes.png": draw_amplitudes(measured, made),
        "spectra.png": draw_spectra(real, synthetic),
    }
    shown = min(_PAIRS, len(real))
    for row, twin in enumerate(nearest(measured, made)[:shown]):
        tell("drawing", row, shown)
        ids = real.record_id[row], synthetic.record_id[twin]
        figures[f"pair-{ids[0].replace('/', '-')}.png"] = draw_pair(
            real.signal[row],
            synthetic.signal[twin],
            rate_hz=real.rate_hz,
            titles=(f"real: {real.name} {ids[0]}", f"synthetic: {ids[1]}"),
        )
    return figures


def _write(folder: Path, texts: dict[str, str], figures: dict[str, Figure]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write the report to {folder}: {error.strerror}") from error
    for name, figure in figures.items():
        save_figure(figure, folder / name, dpi=DPI)
