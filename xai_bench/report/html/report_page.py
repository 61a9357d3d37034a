"""The one entry: folders in, a page out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import final

from xai_bench import storage
from xai_bench.errors import InputError, XaiBenchError
from xai_bench.models import Model, load_model
from xai_bench.report.dose_response.section import dose_response_section
from xai_bench.report.groups.section import groups_section
from xai_bench.report.html.bibliography import Bibliography, read_bib
from xai_bench.report.html.gallery import gallery_section
from xai_bench.report.html.material import Material, gather
from xai_bench.report.html.methodology import (
    methods_section,
    models_section,
    provenance_section,
    recordings_section,
    scored_recordings,
)
from xai_bench.report.html.overview import overview_section
from xai_bench.report.html.render import Section, render
from xai_bench.report.leaderboard.section import leaderboard_section
from xai_bench.report.method_accuracy.section import method_accuracy_section
from xai_bench.report.metric_audit.section import metric_audit_section
from xai_bench.report.native_audit.section import native_audit_section
from xai_bench.report.realism.section import realism_section
from xai_bench.report.stability.section import stability_section
from xai_bench.report.verdicts.answer import QUESTION
from xai_bench.report.verdicts.section import verdicts_section
from xai_bench.types import Progress, Recordings
from xai_bench.zoo import Zoo

__all__ = ["DEFAULT_RECORDS", "MOST_BYTES", "Written", "write_report"]

DEFAULT_RECORDS = 3
MOST_BYTES = 4_000_000
"""A page beyond this is slow to open on a phone."""

_BIB = Path("metrics", "references.bib")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A page that was written."""

    path: Path
    size: int
    """Bytes."""
    sections: tuple[str, ...]
    """Titles."""
    left_out: tuple[str, ...]
    """One line for each thing that could not be shown."""


def write_report(
    runs: str | Path | Iterable[str | Path] = "runs",
    *,
    out: str | Path = "report.html",
    records: int = DEFAULT_RECORDS,
    data: str | Path | Recordings = "synthetic",
    device: str | None = None,
    zoo: Zoo | None = None,
    progress: Progress | None = None,
) -> Written:
    """Write what `runs` hold as one self-contained page, which opens from disk without a network.

    runs: folders that `run`, `compare`, `dose`, `accuracy` or `audit` wrote; any may be all.
    records: recordings of the gallery, the first that were scored; 0 for no gallery.
    data: where recordings come from, for the gallery: "synthetic", a folder, or Recordings.

    The page depends on what is in the folders only, not on the hour. Raises XaiBenchError.
    """
    zoo = zoo or Zoo()
    if records < 0:
        raise InputError(f"{records} recordings were asked for; ask for 0 or more")
    folders = [runs] if isinstance(runs, str | Path) else list(runs)
    material = gather(folders, zoo)
    models, left_out = _models(material, device) if records else ([], [])
    recordings = _recordings(material, models, data, records, left_out)
    found: list[Section | None] = [
        overview_section(material),
        recordings_section(material.cells, recordings),
        models_section(material),
        verdicts_section(material),
        leaderboard_section(material),
        metric_audit_section(material),
        groups_section(material),
        stability_section(material),
        dose_response_section(material),
        method_accuracy_section(material),
        native_audit_section(material),
        realism_section(material),
        gallery_section(
            recordings[:records], models, material.cells, progress=progress or (lambda *_: None)
        )
        if recordings is not None
        else None,
        methods_section(material),
        provenance_section(material),
    ]
    sections = [section for section in found if section is not None]
    entries = {key: entry for path in zoo.files(_BIB) for key, entry in read_bib(path).items()}
    page = render(sections, Bibliography(entries), title=QUESTION).encode()
    path = Path(out)
    storage.write_file(path, page)
    return Written(
        path=path,
        size=len(page),
        sections=tuple(section.title for section in sections),
        left_out=tuple(left_out),
    )


def _models(material: Material, device: str | None) -> tuple[list[Model], list[str]]:
    """The models that were scored and can be loaded, and why others cannot."""
    models, left_out = [], []
    for name in sorted({cell.model for cell in material.cells if cell.status == "ok"}):
        try:
            models.append(load_model(name, device=device, zoo=material.zoo))
        except XaiBenchError as error:
            left_out.append(f"gallery: model {name}: {error}")
    return models, left_out


def _recordings(
    material: Material,
    models: list[Model],
    data: str | Path | Recordings,
    records: int,
    left_out: list[str],
) -> Recordings | None:
    """Those of the first model's task, rate and length; the others explain the same ones."""
    if not models:
        return None
    try:
        return scored_recordings(material.cells, models[0], data=data, least=records)
    except XaiBenchError as error:
        left_out.append(f"gallery: {error}")
        return None
