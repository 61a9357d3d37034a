"""Read every recording of a folder, and say what is there and what cannot be used."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import numpy as np

from xai_bench.data.folder_source import FolderSource
from xai_bench.data.header_facts import HeaderFacts
from xai_bench.data.label_table import read_labels
from xai_bench.data.labelled import Labelled
from xai_bench.data.load import open_source
from xai_bench.data.normalise import Form, Length
from xai_bench.data.planted.open_planted import planted_place
from xai_bench.data.record_folder import RecordFolder
from xai_bench.data.signal_range import PHYSIOLOGICAL, Measured, measure, unlike_line
from xai_bench.data.source import Index, Source
from xai_bench.errors import RecordingError

__all__ = ["Checked", "CheckedRecording", "check_data"]

_MOST_LISTED = 20


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedRecording:
    """One recording, read from its file."""

    record_id: str
    problem: str | None
    """Why it cannot be used, in one line that begins with its id; None where it can."""
    length: Length
    """The --length that it needs."""
    rate_hz: float | None
    seconds: float | None
    measured: Measured | None
    """Rhythm and amplitude, of one that can be used."""


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checked:
    """What is in a folder."""

    recordings: tuple[CheckedRecording, ...]
    index: Index
    unknown_statements: Counter[str]
    """Statements that the table of superclasses does not know, and of how many recordings."""
    remarks: tuple[str, ...]

    @property
    def problems(self) -> list[str]:
        return [one.problem for one in self.recordings if one.problem is not None]

    def summary(self) -> list[tuple[str, str]]:
        """(what, found) of the folder, a line each: what a reader wants to know of it."""
        read = [one for one in self.recordings if one.problem is None]
        lines = [("read", str(len(read)))]
        refused = Counter(_reason(one) for one in self.recordings if one.problem is not None)
        lines += [(f"refused: {reason}", str(n)) for reason, n in refused.most_common()]
        needed = Counter(one.length for one in read)
        if needed["crop"]:
            lines.append(("of more than 10 s", f"{needed['crop']}: --length crop or windows"))
        if needed["pad"]:
            lines.append(("of less than 10 s", f"{needed['pad']}: --length pad"))
        rates = Counter(f"{one.rate_hz:g} Hz" for one in self.recordings if one.rate_hz)
        seconds = [one.seconds for one in self.recordings if one.seconds]
        if rates:
            lines.append(("rates", _counted(rates)))
        if seconds:
            shortest, longest = f"{min(seconds):.4g}", f"{max(seconds):.4g} s"
            span = longest if min(seconds) == max(seconds) else f"{shortest} to {longest}"
            lines.append(("lengths", span))
        return lines + list(self._labels())

    def _labels(self) -> Iterable[tuple[str, str]]:
        index = self.index
        if index.labels is None:
            yield "labels", "none; a table gives them: --labels"
        else:
            count = Counter(label for labels in index.labels for label in labels)
            without = sum(not labels for labels in index.labels) - len(index.unlabelled)
            yield "labels", _counted(count)
            yield "of none of them", str(without)
            if index.unlabelled:
                yield "not labelled", str(len(index.unlabelled))
        if self.unknown_statements:
            yield "statements outside the table", _counted(self.unknown_statements)
        ages = np.array([math.nan] if index.age is None else index.age, dtype=np.float64)
        if not np.isnan(ages).all():
            known = ages[~np.isnan(ages)]
            yield (
                "age",
                f"of {len(known)}: {known.min():g} to {known.max():g}, median {np.median(known):g}",
            )
        sexes = Counter(sex for sex in index.sex or () if sex)
        if sexes:
            yield "sex", _counted(sexes)
        patients = len(set(index.patient_id))
        if patients < len(index):
            yield "patients", str(patients)


def check_data(
    path: str | Path,
    *,
    labels: str | Path | None = None,
    gain: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Checked:
    """Every recording read straight from its file, at 100 Hz; of any length, ten seconds of it.

    A remark names recordings that are unlike most ECGs, as those with a wrong gain in their header.
    labels, gain: see `load_data`. progress: called with (recordings read, recordings in all).
    Raises DatasetError when the folder as a whole cannot be used.
    """
    is_planted = planted_place(path) is not None
    source = open_source(path, gain=gain, labels=labels if is_planted else None)
    labelled = source
    if labels is not None and not is_planted:
        labelled = Labelled(source, read_labels(Path(labels)))
    found: list[CheckedRecording] = []
    for row in range(len(source.index)):
        found.append(_checked(source, row, Form(gain=gain)))
        if progress is not None:
            progress(row + 1, len(source.index))
    used = {one.record_id: one.measured for one in found if one.measured is not None}
    strange = unlike_line(list(used), used.values(), PHYSIOLOGICAL)
    return Checked(
        recordings=tuple(found),
        index=labelled.index,
        unknown_statements=source.unknown_statements
        if labels is None and isinstance(source, RecordFolder)
        else Counter(),
        remarks=(
            *(labelled.remarks if labels is not None else ()),
            *([strange] if strange else []),
        ),
    )


def _checked(source: Source, row: int, form: Form) -> CheckedRecording:
    record_id = source.index.record_id[row]
    facts = source.facts(row) if isinstance(source, FolderSource) else HeaderFacts()
    seconds = facts.frames / facts.rate_hz if facts.frames and facts.rate_hz else None
    if seconds is not None and facts.rate_hz is not None and facts.frames is not None:
        wanted = round(form.seconds * facts.rate_hz)
        if facts.frames != wanted:
            form = replace(form, length="crop" if facts.frames > wanted else "pad")
    problem, measured = None, None
    try:
        if isinstance(source, FolderSource):
            record = source.read_part(row, form)
        else:
            record = source.read(row)
        measured = measure(record.microvolt.astype(np.float32) / 1000, form.rate_hz)
    except RecordingError as error:
        problem = str(error)
    return CheckedRecording(
        record_id=record_id,
        problem=problem,
        length=form.length,
        rate_hz=facts.rate_hz,
        seconds=seconds,
        measured=measured,
    )


def _reason(recording: CheckedRecording) -> str:
    """A problem without what is of this recording alone: its id, its leads, its numbers."""
    text = (recording.problem or "").removeprefix(f"{recording.record_id}: ")
    text = re.split(r"[:;(]| \S*/", text)[0].strip()
    text = re.sub(r"^no lead .*", "leads are missing", text)
    text = re.sub(r"^lead [\w ,]+? (?=is|has|reaches|begins)", "a lead ", text)
    text = re.sub(r"[\w-]+\.(hea|dat|mat)", r"*.\1", text)
    return re.sub(r"[+-]?\d[\d.,]*", "N", text)


def _counted(count: Counter[str]) -> str:
    listed = ", ".join(f"{what} {n}" for what, n in count.most_common(_MOST_LISTED))
    return listed + (", ..." if len(count) > _MOST_LISTED else "")
