"""The folder of a comparison: realism.md, realism.csv, models.csv and pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from xai_bench import storage
from xai_bench.report.figures.ecg_paper import save_figure
from xai_bench.report.markdown import markdown_table
from xai_bench.report.realism.figures import DPI, draw_amplitudes, draw_pair, draw_spectra, nearest
from xai_bench.report.realism.findings import DISCOVERY_RATE, facts, findings
from xai_bench.report.realism.tables import lead_table, model_table, two_sample_table, whole_table
from xai_bench.studies.base import silent
from xai_bench.studies.realism.model_percentiles import ModelPercentiles
from xai_bench.studies.realism.study import Realism
from xai_bench.studies.realism.two_sample_test import TwoSample
from xai_bench.types import Progress

__all__ = ["render", "write_realism"]

_MOST_WEIGHTS = 10
_PAIRS = 5


def write_realism(result: Realism, folder: str | Path, *, progress: Progress = silent) -> None:
    """Write the page, the tables and the pictures. Raises OutputError."""
    out = Path(folder)
    figures = dict(_figures(result, progress))
    for name, text in (
        ("realism.md", render(result, pictures=list(figures))),
        ("realism.csv", result.table.to_csv(index=False)),
        ("models.csv", result.models.table.to_csv(index=False)),
    ):
        storage.write_file(out / name, text)
    for name, figure in figures.items():
        save_figure(figure, out / name, dpi=DPI)


def render(result: Realism, *, pictures: Sequence[str] = ()) -> str:
    """A page of Markdown. pictures: file names beside the page."""
    sections = [
        f"# Synthetic NORM beside {result.real.recordings.name}\n\n",
        "".join(f"- {fact}\n" for fact in facts(result)),
        "\n## What gives the synthetic away\n\n" + _differences(result),
        "\n## Can a classifier tell?\n\n" + _two_sample(result.test),
        "\n## Intervals and rhythm\n\n" + markdown_table(whole_table(result.table)),
        "\n## By lead\n\nMedians, real / synthetic; bold where the distributions differ. Quantiles "
        "are in `realism.csv`.\n\n" + markdown_table(lead_table(result.table)),
    ]
    if len(result.models.table) or result.models.skipped:
        sections.append("\n## Models on the real recordings\n\n" + _models(result.models))
    if pictures:
        shown = "".join(f"![{picture}]({picture})\n\n" for picture in pictures)
        sections.append(f"\n## Pictures\n\n{shown}")
    return "".join(sections)


def _figures(result: Realism, progress: Progress) -> Iterator[tuple[str, Figure]]:
    """Amplitudes, spectra, and a few real recordings beside their like; with file names."""
    features = result.real.features, result.synthetic.features
    real, synthetic = result.real.recordings, result.synthetic.recordings
    yield "amplitudes.png", draw_amplitudes(*features)
    yield "spectra.png", draw_spectra(real, synthetic)
    shown = min(_PAIRS, len(real))
    for row, like in enumerate(nearest(*features)[:shown]):
        progress("drawing", row, shown)
        ids = real.record_id[row], synthetic.record_id[like]
        yield (
            f"pair-{ids[0].replace('/', '-')}.png",
            draw_pair(
                real.signal[row],
                synthetic.signal[like],
                rate_hz=real.rate_hz,
                titles=(f"real: {real.name} {ids[0]}", f"synthetic: {ids[1]}"),
            ),
        )


def _differences(result: Realism) -> str:
    found = findings(result.table)
    if not found:
        return (
            f"No feature differs at a false discovery rate of {DISCOVERY_RATE:.0%}. With few real "
            "recordings only large differences can be seen.\n"
        )
    intro = (
        f"Features whose distribution differs at a false discovery rate of {DISCOVERY_RATE:.0%}, "
        "worst first, each with its worst lead; median [10 %, 90 %].\n\n"
    )
    return intro + "".join(f"{i}. {line}\n" for i, line in enumerate(found, start=1))


def _two_sample(test: TwoSample) -> str:
    if test.reason:
        return f"Not asked: {test.reason}.\n"
    first = test.table.iloc[0]
    weights = ", ".join(
        f"{row['feature']}{' ' + row['lead'] if row['lead'] else ''} {row['weight']:+.2f}"
        for _, row in test.weights.head(_MOST_WEIGHTS).iterrows()
    )
    return (
        f"AUROC of telling {first['real_n']} real from {first['synthetic_n']} synthetic "
        "recordings, cross-validated by patient, with a 95 % bootstrap interval over patients: "
        "0.5 is indistinguishable, 1 is always told apart. With few real recordings a value "
        "near 0.5 also means that there was little to learn from.\n\n"
        + markdown_table(two_sample_table(test.table))
        + f"\nLargest weights without the recorder (positive: more in real): {weights}.\n"
    )


def _models(models: ModelPercentiles) -> str:
    return (
        "Percentile of a real recording's log-odds of the positive class within normal synthetic "
        "recordings of fold 10. High means unlike what the model calls normal, which another "
        "hospital's recorder is enough for: no claim about any patient. Each recording is in "
        "`models.csv`.\n\n"
        + markdown_table(model_table(models.table))
        + "".join(f"\nSkipped: {line}.\n" for line in models.skipped)
    )
