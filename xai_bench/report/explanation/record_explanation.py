"""One recording, explained by one or several methods: a picture, and what stands out in words."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import scipy

from xai_bench.data import Length, load_data, load_record
from xai_bench.data.delineate import waves_of
from xai_bench.data.file_facts import file_facts
from xai_bench.data.header_facts import HeaderFacts
from xai_bench.data.signal_range import measure, unlike
from xai_bench.data.table_record import Unit
from xai_bench.errors import InputError, LeadsError, RecordingError
from xai_bench.methods import Methods, find_methods
from xai_bench.methods.attribute import make_batch
from xai_bench.models import Model
from xai_bench.models.waves import with_waves
from xai_bench.report.explanation.attribution_regions import Windows
from xai_bench.report.explanation.explained_page import ExplainedPage, check_layout
from xai_bench.report.explanation.grounded_report import ExplanationReport, grounded_report
from xai_bench.report.explanation.independent_draws import independent_draws
from xai_bench.report.explanation.method_explanation import MethodExplanation, stands_out
from xai_bench.report.explanation.page_header import header_lines
from xai_bench.report.explanation.report_file import check_report, write_report
from xai_bench.report.figures.ecg_paper import check_suffix, save_figure
from xai_bench.studies.base import Inputs
from xai_bench.types import WAVES, Recordings
from xai_bench.wave_names import PLANTED_WAVES
from xai_bench.zoo import Zoo

__all__ = ["Explanation", "MethodExplanation", "explain"]

_FINEST_HZ = 1000.0
"""Of a trace; 25 mm/s shows no more."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Explanation:
    """A recording, explained and drawn."""

    title: str
    """Recording, target, its probability, methods and model."""
    header: tuple[str, ...]
    """True label, rate and intervals, sampling and filters."""
    origin: str
    """What was read, and what was done to it."""
    shown: str
    """What of the recording is drawn."""
    leads: tuple[str, ...]
    """Those that the model reads."""
    waves: str
    """How the waves are known."""
    beats: int
    remarks: tuple[str, ...]
    """In what the recording is unlike those that the model was trained on, and what else a reader
    must know."""
    by_method: tuple[MethodExplanation, ...]
    report: ExplanationReport | None = None
    """What was measured, and how well it agrees, where a report was asked for."""


def explain(
    model: str | Path | Model,
    record: str | Path | Recordings,
    method: Methods = "native",
    *,
    out: str | Path,
    report: str | Path | None = None,
    target: str = "predicted",
    length: Length = "exact",
    recorded_hz: float | None = None,
    unit: Unit | None = None,
    gain: float | None = None,
    labels: str | Path | None = None,
    windows: Windows | None = None,
    layout: str | None = None,
    waves: str | None = None,
    seed: int = 0,
    device: str | None = None,
    zoo: Zoo | None = None,
) -> Explanation:
    """Draw `record` with its attributions, save the picture, and return what stands out.

    model: a name, a folder, or what `wrap` and `load_model` return.
    record: a path, as in `load_record`, or Recordings of one: `recordings[[3]]`.
    method: one, or several ("native,ig") side by side, see `find_methods`.
    report: a Markdown (.md) or JSON (.json) file for what is measured of the recording, what each
        method rests on, and how far the two agree, see `ExplanationReport`.
    length, recorded_hz, unit, gain, labels: as in `load_record`.
    waves: who says which waves there are, see `models.waves`; if not given, what was planted, or
        else the rules.
    windows: of each lead, those with the largest and the lowest sums get boxes.
    layout: "3x4+rhythm" (of 10 s of twelve leads, where nothing is said), "12x1" (of all others) or
        "median-beat", with the mean attribution over beats behind it.
    seed: of methods that draw, which are explained four times, with the seeds that follow; the
        first is shown, with what does not repeat.

    Raises XaiBenchError.
    """
    path = Path(out)
    check_suffix(path)
    check_layout(layout, windows)
    if report is not None:
        check_report(Path(report))
    zoo = zoo or Zoo()
    methods = find_methods(method, zoo, record if isinstance(record, Recordings) else None)
    loaded = Inputs(device=device, zoo=zoo).model(model)
    if isinstance(record, Recordings) and len(record) != 1:
        raise InputError(
            f"explain draws one recording, {len(record)} were given; pick one: recordings[[0]]"
        )
    given: dict[str, Any] = {"labels": labels, "length": length}
    if not isinstance(record, Recordings):
        given |= {"recorded_hz": recorded_hz, "unit": unit, "gain": gain}
    recording = _read(loaded, record, loaded.rate_hz, given)
    facts = _facts(record, recorded_hz)
    fine = recording
    if facts.rate_hz and facts.rate_hz > loaded.rate_hz:
        fine = _read(loaded, record, min(facts.rate_hz, _FINEST_HZ), given)
    if waves is not None:
        recording = with_waves(recording, waves)
    draws = [independent_draws(loaded, recording, one, target=target, seed=seed) for one in methods]
    found = draws[0][0]
    if not np.isfinite(found.log_odds[0]):
        raise RecordingError(
            f"{recording.record_id[0]}: model '{loaded.name}' gives it log-odds of "
            f"{found.log_odds[0]:g}, so there is nothing to explain; look for an "
            "overflow in its net"
        )
    wave_labels = waves_of(recording)[0]
    known = _how_known(recording, waves) if wave_labels.any() else "none found"
    explained = loaded.task.classes[int(found.target[0])]
    of_methods = ((one.name, one.remark(loaded)) for one in methods)
    names = ", ".join(f"{name} ({remark})" if remark else name for name, remark in of_methods)
    verdict = f"target {explained}, P = {float(scipy.special.expit(found.log_odds[0])):.2f}"
    title = f"{recording.record_id[0]} · {verdict} · {names} of {loaded.name}"
    by_method = tuple(stands_out(one, wave_labels, loaded.leads) for one in draws)
    remarks = _remarks(loaded, recording)
    predicted = int(make_batch(loaded, recording, target="predicted").target[0])
    header = header_lines(loaded, recording, facts, predicted=predicted, drawn_hz=fine.rate_hz)
    page = ExplainedPage(
        recording=recording, fine=fine, draws=draws, explained=by_method, windows=windows
    )
    figure, shown = page.draw(
        layout, title=title, header=header, notes=[*remarks, *_notes(recording, known, windows)]
    )
    save_figure(figure, path)
    qrs = wave_labels == WAVES.index("QRS")
    explanation = Explanation(
        title=title,
        header=tuple(header),
        origin=recording.origin,
        shown=shown,
        leads=recording.leads,
        waves=known,
        beats=int((np.diff(qrs.astype(np.int8), prepend=0) == 1).sum()),
        remarks=remarks,
        by_method=by_method,
    )
    if report is None:
        return explanation
    written = grounded_report(
        loaded,
        recording,
        wave_labels,
        found,
        by_method,
        how_waves_are_known=known,
        beats=explanation.beats,
        remarks=remarks,
        picture=os.path.relpath(path, Path(report).parent),
    )
    write_report(written, Path(report))
    return replace(explanation, report=written)


def _facts(record: str | Path | Recordings, recorded_hz: float | None) -> HeaderFacts:
    if isinstance(record, Recordings):
        return HeaderFacts(rate_hz=record.rate_hz)
    return file_facts(record, recorded_hz=recorded_hz)


def _read(
    model: Model, record: str | Path | Recordings, rate_hz: float, given: dict[str, Any]
) -> Recordings:
    """The recording with the leads and of the length that the model reads, at some rate."""
    form: dict[str, Any] = {"rate_hz": rate_hz, "seconds": model.seconds, "leads": model.leads}
    try:
        if isinstance(record, Recordings):
            return load_data(record, split="all", **form, **given)
        return load_record(record, **form, **given)
    except LeadsError as error:
        raise error.of_model(model.name) from None


def _how_known(recording: Recordings, waves: str | None) -> str:
    if waves is not None and waves != PLANTED_WAVES:
        return f"as {waves} finds them"
    return "delineated" if recording.waves is None else "as its source gives them"


def _remarks(model: Model, recording: Recordings) -> tuple[str, ...]:
    found = unlike(
        measure(recording.signal[0], recording.rate_hz, recording.leads), model.trained_on
    )
    if not found:
        return recording.remarks
    line = f"{model.name}: this recording is unlike {model.trained_on.source}: {found}"
    return (*recording.remarks, line)


def _notes(recording: Recordings, known: str, windows: Windows | None) -> list[str]:
    notes = [f"{recording.origin}  Waves: {known}.".strip()]
    if windows:
        notes.append(
            f"Boxes: in each lead up to {windows.most} windows of {windows.seconds:g} s, one every "
            f"{windows.stride:g} s, with the largest positive sum (whole line), and as many with "
            "the lowest negative sum (dashed). Windows that overlap count the samples they share "
            "twice."
        )
    return notes
