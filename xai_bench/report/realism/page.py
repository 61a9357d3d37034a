"""The folder of a comparison: realism.md, realism.csv, realism.json, models.csv and pictures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from matplotlib.figure import Figure

from xai_bench import storage
from xai_bench.report.figures.study_picture import save_picture
from xai_bench.report.markdown import escaped, escaped_sentence, markdown_table
from xai_bench.report.realism.figures import draw_amplitudes, draw_pair, draw_spectra, nearest
from xai_bench.report.realism.findings import DISCOVERY_RATE, facts, findings
from xai_bench.report.realism.tables import lead_table, model_table, two_sample_table, whole_table
from xai_bench.results.study_tables import StudyResult, read_study, write_study
from xai_bench.spreadsheet_cells import as_text
from xai_bench.studies.realism.comparison_table import SCHEMA, feature_rows, two_sample_rows
from xai_bench.studies.realism.model_percentiles import ModelPercentiles
from xai_bench.studies.realism.study import Realism
from xai_bench.types import Progress, silent

__all__ = ["render", "write_realism"]

_PAIRS = 5


def write_realism(found: Realism, folder: str | Path, *, progress: Progress = silent) -> None:
    """Write the tables and the facts, of what was written the page, and the pictures.

    Raises OutputError.
    """
    out = Path(folder)
    write_study(found.result, out)
    written = read_study(out, SCHEMA)  # whose numbers are rounded
    figures = dict(_figures(found, progress))
    page = render(written, found.models, pictures=list(figures))
    storage.write_file(out / "realism.md", page)
    storage.write_file(out / "models.csv", as_text(found.models.table).to_csv(index=False))
    for name, figure in figures.items():
        save_picture(figure, out / name)


def render(
    result: StudyResult, models: ModelPercentiles | None = None, *, pictures: Sequence[str] = ()
) -> str:
    """A page of Markdown on a result of one comparison. pictures: file names beside the page."""
    (compared,) = result.facts["comparisons"]
    title = f"{compared['made']} beside {compared['real']}: {compared['class']}"
    features = feature_rows(result.table)
    sections = [
        f"# {escaped_sentence(title)}\n\n",
        "".join(f"- {escaped_sentence(fact)}\n" for fact in facts(result)),
        "\n## What gives the made recordings away\n\n" + _differences(result),
        "\n## Can a classifier tell?\n\n" + _two_sample(result),
        "\n## Intervals and rhythm\n\n" + markdown_table(whole_table(features)),
        "\n## By lead\n\nMedians, real / made; bold where the distributions differ. Quantiles "
        "are in `realism.csv`.\n\n" + markdown_table(lead_table(features)),
    ]
    if models is not None and (len(models.table) or models.skipped):
        sections.append("\n## Models on the real recordings\n\n" + _models(models))
    if pictures:
        shown = "".join(f"![{escaped(picture)}]({quote(picture)})\n\n" for picture in pictures)
        sections.append(f"\n## Pictures\n\n{shown}")
    return "".join(sections)


def _figures(found: Realism, progress: Progress) -> Iterator[tuple[str, Figure]]:
    """Amplitudes, spectra, and a few real recordings beside their like; with file names."""
    features = found.real.features, found.made.features
    real, made = found.real.recordings, found.made.recordings
    yield "amplitudes.png", draw_amplitudes(*features)
    yield "spectra.png", draw_spectra(real, made)
    shown = min(_PAIRS, len(real))
    for row, like in enumerate(nearest(*features)[:shown]):
        progress("drawing", row, shown)
        ids = real.record_id[row], made.record_id[like]
        yield (
            f"pair-{ids[0].replace('/', '-')}.png",
            draw_pair(
                real.signal[row],
                made.signal[like],
                rate_hz=real.rate_hz,
                titles=(f"real: {real.name} {ids[0]}", f"{made.name}: {ids[1]}"),
            ),
        )


def _differences(result: StudyResult) -> str:
    (compared,) = result.facts["comparisons"]
    found = findings(feature_rows(result.table), escaped_sentence(compared["made"]))
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


def _two_sample(result: StudyResult) -> str:
    (compared,) = result.facts["comparisons"]
    test = two_sample_rows(result.table)
    if test["reason"].any():
        return f"Not asked: {escaped_sentence(test['reason'].iloc[0])}.\n"
    weights = ", ".join(
        f"{feature}{' ' + lead if lead else ''} {weight:+.2f}"
        for feature, lead, weight in compared["weights"]
    )
    return (
        f"AUROC of telling {compared['real_n']} real from {compared['made_n']} made "
        "recordings, cross-validated by patient, with a 95 % bootstrap interval over patients: "
        "0.5 is indistinguishable, 1 is always told apart. With few real recordings a value "
        "near 0.5 also means that there was little to learn from.\n\n"
        + markdown_table(two_sample_table(test))
        + f"\nLargest weights without the recorder (positive: more in real): {weights}.\n"
    )


def _models(models: ModelPercentiles) -> str:
    return (
        "Percentile of a real recording's log-odds of the positive class within normal synthetic "
        "recordings of fold 10. High means unlike what the model calls normal, which another "
        "hospital's recorder is enough for: no claim about any patient. Each recording is in "
        "`models.csv`.\n\n"
        + markdown_table(model_table(models.table))
        + "".join(f"\nSkipped: {escaped_sentence(line)}.\n" for line in models.skipped)
    )
