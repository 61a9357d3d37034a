"""Beats of a folder of annotated records, such as those of the MIT-BIH Arrhythmia Database."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import final

import numpy as np
from jaxtyping import Float32

from xai_bench.data.beats.aami import AAMI, PACED, fold_of_record
from xai_bench.data.beats.annotations import read_annotations
from xai_bench.data.beats.beat_form import SECONDS_BEFORE, check_beat_form
from xai_bench.data.folder_files import LocalFiles
from xai_bench.data.normalise import Form, check_rate, frames_to_read, to_form
from xai_bench.data.source import Index, Record, Source, about
from xai_bench.data.wfdb_header import Header, read_header
from xai_bench.data.wfdb_record import read_millivolt
from xai_bench.data.wfdb_signal import check_files, leads_out
from xai_bench.errors import DatasetError, LeadsError, RecordingError
from xai_bench.printable import storable
from xai_bench.types import lead_places

__all__ = ["BeatFolder", "beats_place"]

_PREFIX = "mitbih:"
_VERSION = 1  # raise it whenever the same files would be read as other samples
_USUAL_LEADS = ("MLII",)
_MOST_RECORDS = 1000
_KEPT_RECORDS = 48
"""That are in memory at once: all of the MIT-BIH Arrhythmia Database, 2.6 MB a lead of each."""


def beats_place(data: object) -> str | None:
    """The folder of annotated records that mitbih:FOLDER names, or None."""
    text = str(data) if isinstance(data, str | Path) else ""
    return text.removeprefix(_PREFIX) if text.startswith(_PREFIX) else None


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Annotated:
    """A record, and its beats that have a class and a whole window."""

    name: str
    header: Header
    rows: tuple[int, ...]
    """Of the wanted leads, in their order."""
    samples: tuple[int, ...]
    """Of the R peaks."""
    classes: tuple[str, ...]
    left_out: Counter[str]
    """Beats of a class whose window leaves the record, by class."""


@final
class BeatFolder(Source):
    """The beats of records (*.hea) with reference annotations (*.atr) in one folder.

    Each is a window of `BEAT_FORM` around an annotated R peak, called 208:000123 by its record and
    the sample of R. Its label is its class by AAMI (`aami.AAMI`); the record is its patient, and
    its fold by de Chazal (`aami.fold_of_record`). Where no record is one of his, there are no
    folds. Windows are cut before they are resampled.

    Leads are those that are named so in a header; MLII where none is asked for. A record without
    one of them, one of a pacemaker, and one that cannot be read is left out, which `remarks` say.

    Raises DatasetError when there is no annotated record, and LeadsError when none has the leads.
    """

    has_evidence = False

    def __init__(self, folder: Path, form: Form, leads: Sequence[str] | None = None) -> None:
        check_beat_form(f"{_PREFIX}{folder}", form)
        self.leads = tuple(leads or _USUAL_LEADS)
        self.rate_hz = form.rate_hz
        self.samples = form.samples
        self._form = form
        self._folder = folder
        try:
            if not folder.is_dir():
                found = "is a file, not a folder" if folder.exists() else "does not exist"
                raise DatasetError(f"no records in '{folder}': it {found}")
            headers = sorted(path for path in folder.iterdir() if path.suffix == ".hea")
        except OSError as error:
            raise DatasetError(f"cannot look into {folder}: {error.strerror}") from None
        self._headers = [path for path in headers if path.with_suffix(".atr").exists()]
        if not self._headers:
            raise DatasetError(
                f"no annotated records in {folder}: a WFDB header (*.hea) with reference "
                "annotations (*.atr) beside it is wanted"
            )
        if len(self._headers) > _MOST_RECORDS:
            raise DatasetError(f"{folder} has more than {_MOST_RECORDS} annotated records")
        self.name = self._named()
        self._said: list[str] = []
        self._records = list(self._annotated())
        self._beats = [
            (record, place) for record in self._records for place in range(len(record.samples))
        ]
        if not self._beats:
            raise DatasetError(f"no beats in {folder}: {'; '.join(self._said)}")

    def _named(self) -> str:
        """The name of the folder and six digits of what its headers and annotations hold."""
        digest = hashlib.sha256()
        for header in self._headers:
            for path in (header, header.with_suffix(".atr")):
                digest.update(path.name.encode(errors="surrogateescape"))
                if path.is_file() and not leads_out(path, self._folder):
                    with path.open("rb") as file:
                        digest.update(hashlib.sha256(file.read(1 << 24)).digest())
        return f"{storable(self._folder.resolve().name)}-{digest.hexdigest()[:6]}"

    def _annotated(self) -> Iterator[_Annotated]:
        """Every record that can be used; of others, `_said` says why not."""
        there: Counter[str] = Counter()
        paced, lacking, has_leads = [], [], False
        for path in self._headers:
            name = storable(path.stem)
            if name in PACED:
                paced.append(name)
                continue
            try:
                header = self._header(path)
                names = [lead.name for lead in header.leads]
                there.update(names)
                rows = lead_places(self.leads, names)
                has_leads = True
                yield self._beats_of(name, header, tuple(rows))
            except LeadsError:
                lacking.append(f"{name} ({', '.join(names)})")
            except RecordingError as error:
                self._said.append(f"left out: {name}: {error}")
        if paced:
            self._said.append(f"left out, of a pacemaker: {', '.join(paced)}")
        if lacking:
            wanted = ", ".join(self.leads)
            self._said.append(f"left out, without {wanted}: {', '.join(lacking)}")
        if there and not has_leads:
            named = [lead for lead, _ in there.most_common() if lead]
            raise LeadsError("asked for are the leads", self.leads, self.name, named)

    def _header(self, path: Path) -> Header:
        for file in (path, path.with_suffix(".atr")):
            if leads_out(file, self._folder):
                raise RecordingError(
                    f"{file.name} is a symbolic link out of {self._folder}, and none is followed: "
                    "copy the file"
                )
        header = read_header(path)
        check_rate(header.rate_hz)
        return header

    def _beats_of(self, name: str, header: Header, rows: tuple[int, ...]) -> _Annotated:
        annotations = read_annotations(self._folder / f"{name}.atr", header.frames)
        before, wanted = self._window(header)
        samples, classes, left_out = [], [], Counter[str]()
        for sample, symbol in zip(annotations.sample.tolist(), annotations.symbol, strict=True):
            if symbol not in AAMI:
                continue
            if before <= sample <= header.frames - (wanted - before):
                samples.append(sample)
                classes.append(AAMI[symbol])
            else:
                left_out[AAMI[symbol]] += 1
        return _Annotated(
            name=name,
            header=header,
            rows=rows,
            samples=tuple(samples),
            classes=tuple(classes),
            left_out=left_out,
        )

    def _window(self, header: Header) -> tuple[int, int]:
        """Frames of a record before R, and in all."""
        return round(SECONDS_BEFORE * header.rate_hz), round(self._form.seconds * header.rate_hz)

    @cached_property
    def index(self) -> Index:
        folds = {record.name: fold_of_record(record.name) for record in self._records}
        known = any(fold is not None for fold in folds.values())
        names = tuple(record.name for record, _ in self._beats)
        return Index(
            record_id=tuple(f"{one.name}:{one.samples[place]:06d}" for one, place in self._beats),
            patient_id=names,
            labels=tuple(frozenset({one.classes[place]}) for one, place in self._beats),
            # Of records that de Chazal does not know, where there are some that he does, none.
            fold=np.array([folds[name] or 0 for name in names], dtype=np.int8) if known else None,
        )

    @property
    def remarks(self) -> tuple[str, ...]:
        beyond = sum((record.left_out for record in self._records), Counter[str]())
        lines = [f"{self.name}: {said}" for said in self._said]
        if beyond:
            counted = ", ".join(f"{count} {name}" for name, count in sorted(beyond.items()))
            lines.append(f"{self.name}: left out, beats whose window leaves the record: {counted}")
        return tuple(lines)

    def counts(self) -> dict[str, Counter[str]]:
        """Beats of each class in each record."""
        return {record.name: Counter(record.classes) for record in self._records}

    def fingerprint(self) -> str:
        """sha256 over the folder, the names, sizes and times of its files, leads and form."""
        files = LocalFiles(self._folder)
        states = zip(files.names, files.states(files.names), strict=True)
        text = f"beats {_VERSION}\0{self._form!r}\0{self.leads!r}\0{files.place}"
        text += "".join(f"\0{name}\0{state}" for name, state in states)
        return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()

    def read(self, row: int) -> Record:
        """The window of a beat; its origin says of which record, and where."""
        record, place = self._beats[row]
        header, sample = record.header, record.samples[place]
        before, _ = self._window(header)
        start = sample - before
        with about(self.index.record_id[row]):
            # From a window's start on, as of a record that is cropped.
            there = header.frames - start
            whole = Form(rate_hz=self.rate_hz, seconds=self._form.seconds, length="crop")
            count = frames_to_read(there, header.rate_hz, whole)
            millivolt = self._millivolt(record)[:, start : start + count].astype(np.float64)
            return Record(
                microvolt=to_form(millivolt, header.rate_hz, self._form, self.leads),
                origin=f"Read: beat {record.classes[place]} at {sample / header.rate_hz:.2f} s of "
                f"record {record.name}, {', '.join(self.leads)} at {header.rate_hz:g} Hz.",
            )

    @cached_property
    def _kept(self) -> dict[str, Float32[np.ndarray, "lead frame"]]:
        return {}

    def _millivolt(self, record: _Annotated) -> Float32[np.ndarray, "lead frame"]:
        """A whole record, which is read once for all its beats."""
        if record.name not in self._kept:
            header = record.header
            check_files(header, self._folder, self._folder)
            while len(self._kept) >= _KEPT_RECORDS:
                self._kept.pop(next(iter(self._kept)))
            self._kept[record.name] = read_millivolt(
                header, self._folder, record.rows, frames=header.frames, gain=self._form.gain
            ).astype(np.float32)
        return self._kept[record.name]
