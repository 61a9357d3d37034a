"""From a name or a path to Recordings: open the source, choose, read through the cache."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from xai_bench.data.beats import BEAT_FORM, BeatFolder, beats_place
from xai_bench.data.cache import Cached
from xai_bench.data.embedded import EMBEDDED, SYNTHETIC, is_embedded
from xai_bench.data.folder_source import FolderSource
from xai_bench.data.formats import (
    FORMATS,
    UNREADABLE,
    clinical_facts,
    read_clinical,
    unknown_format,
)
from xai_bench.data.given_recordings import choose
from xai_bench.data.header_facts import HeaderFacts, header_facts
from xai_bench.data.label_table import read_labels
from xai_bench.data.labelled import Labelled
from xai_bench.data.normalise import Form, Length
from xai_bench.data.picked_leads import PickedLeads
from xai_bench.data.planted.open_planted import GENERATED, open_planted, planted_place
from xai_bench.data.ptbxl import DATABASE, PTBXL
from xai_bench.data.record_folder import RecordFolder
from xai_bench.data.recording_windows import Windows, cut_to_windows, named_window
from xai_bench.data.remote_files import RemoteFiles
from xai_bench.data.select import SPLITS, order
from xai_bench.data.source import Source
from xai_bench.data.statements import meaning
from xai_bench.data.table_record import SUFFIXES, Unit, read_table
from xai_bench.data.wfdb_header import is_file
from xai_bench.data.wfdb_record import header_of, read_record
from xai_bench.errors import DatasetError, RecordingError, UnknownNameError
from xai_bench.object_store import is_url
from xai_bench.printable import storable
from xai_bench.stored_rows import StoredRows
from xai_bench.tasks import Task, find_task
from xai_bench.types import LEADS, Recordings, check_recordings

__all__ = ["load_data", "load_record", "open_source"]

_SOON = 64
"""Recordings whose files are brought together from an object store."""


def open_source(
    data: str | Path,
    *,
    rate_hz: float | None = None,
    seconds: float | None = None,
    leads: Sequence[str] | None = None,
    length: Length = "exact",
    gain: float | None = None,
    labels: str | Path | None = None,
) -> Source:
    """The source that `data` names: an embedded one ("synthetic"), a PTB-XL folder, any folder of
    recordings, on this machine or in an object store (s3://bucket/records), "planted:FOLDER",
    whose normal recordings have findings planted into them, "planted:deepfake", of generated
    recordings, or "mitbih:FOLDER", beats of annotated records.

    rate_hz, seconds, leads, labels: see `load_data`.

    Raises DatasetError when there is no such folder or it holds no recordings, LeadsError where
    they do not have the wanted leads, InputError for a store that is not known.
    """
    form = _form(data, rate_hz, seconds, length=length, gain=gain)
    return _opened(data, form, labels, leads)[0]


def _form(
    data: str | Path | Recordings,
    rate_hz: float | None,
    seconds: float | None,
    *,
    length: Length,
    gain: float | None,
) -> Form:
    """What recordings are brought to; the usual rate and length of the data where none is named."""
    usual = Form()
    if is_embedded(data):
        usual = EMBEDDED[data].form
    elif beats_place(data) is not None:
        usual = BEAT_FORM
    elif isinstance(data, Recordings) and data.leads != LEADS:
        usual = Form(rate_hz=data.rate_hz, seconds=data.seconds)
    return Form(
        rate_hz=usual.rate_hz if rate_hz is None else rate_hz,
        seconds=usual.seconds if seconds is None else seconds,
        length=length,
        gain=gain,
    )


def _opened(
    data: str | Path, form: Form, labels: str | Path | None, leads: Sequence[str] | None
) -> tuple[Source, FolderSource | None]:
    """What `data` names, and the folder if its recordings are those of one, row by row."""
    beats = beats_place(data)
    if beats is not None:
        if labels is not None:
            raise DatasetError(
                f"{data}: beats have the labels of their annotations; leave out --labels"
            )
        return BeatFolder(Path(beats), form, leads), None
    source, folder = _with_all_leads(data, form, labels)
    if leads is None or tuple(leads) == source.leads:
        return source, folder
    return PickedLeads(source, leads), folder


def _with_all_leads(
    data: str | Path, form: Form, labels: str | Path | None
) -> tuple[Source, FolderSource | None]:
    place = planted_place(data)
    if place is not None:
        if place == GENERATED and labels is not None:
            raise DatasetError(
                f"{data}: generated recordings have their labels; leave out --labels"
            )
        planted = open_planted(
            place,
            lambda: _labelled(_open(place, form), labels, form),
            rate_hz=form.rate_hz,
            seconds=form.seconds,
        )
        return planted, None
    opened = _open(data, form)
    return _labelled(opened, labels, form), opened if isinstance(opened, FolderSource) else None


def _labelled(opened: Source, labels: str | Path | None, form: Form) -> Source:
    """A source with the labels of a table, if there is one, and cut into windows, if wanted."""
    source = opened if labels is None else Labelled(opened, read_labels(Path(labels)))
    if form.length == "windows" and isinstance(opened, FolderSource):
        return Windows(opened, source, form)
    return source


def _open(data: str | Path, form: Form) -> Source:
    if is_embedded(data):
        return EMBEDDED[data].source(rate_hz=form.rate_hz, seconds=form.seconds)
    if is_url(data):
        return _open_remote(RemoteFiles(str(data)), form)
    folder = Path(data)
    try:
        if not folder.is_dir():
            found = "is a file, not a folder" if folder.exists() else "does not exist"
            raise DatasetError(f"no data '{data}': it {found}. Give a folder, or '{SYNTHETIC}'")
        has_table = (folder / DATABASE).exists()
    except (OSError, ValueError) as error:  # the latter of a name with a NUL in it
        why = error.strerror if isinstance(error, OSError) else error
        raise DatasetError(f"cannot look into {data}: {why}") from None
    if has_table:
        return PTBXL(folder, form)
    return RecordFolder(folder, form)


def _open_remote(files: RemoteFiles, form: Form) -> Source:
    with files.called_by_url():
        return PTBXL(files, form) if files.has(DATABASE) else RecordFolder(files, form)


def load_data(
    data: str | Path | Recordings = SYNTHETIC,
    *,
    n: int | None = None,
    split: str = "test",
    fold: Collection[int] | int | None = None,
    task: str | Task | None = None,
    seed: int = 0,
    rate_hz: float | None = None,
    seconds: float | None = None,
    leads: Sequence[str] | None = None,
    length: Length = "exact",
    labels: str | Path | None = None,
    gain: float | None = None,
    strict: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Recordings:
    """Up to `n` recordings of a split (or of the folds that are given), all of them for None.

    The choice is seeded, balanced between the classes of `task`, and a larger `n` extends it.
    data: "synthetic", a folder, the URL of one (s3://bucket/records), or Recordings that are there
        already, to choose from.
    A source without folds, or without labels, offers all its recordings. One that cannot be
    read is passed over, and says why in `left_out`. `progress` is called with the number of
    recordings so far and the number wanted.

    rate_hz, seconds: of every recording; where nothing is said 100 Hz and 10 s, and of beats 360 Hz
        and 1 s.
    leads: the ones that are wanted, by name and in this order; None for what the source has: the
        twelve, and of beats those of `data.beats`.
    labels: a table of labels, patients and folds, in place of what the source knows itself; its
        columns are those of `data.label_table.read_labels`.
    gain: units per millivolt of WFDB leads whose headers state none; they are refused without it.
    strict: whether a recording that cannot be read is an error and not passed over.

    Raises InputError for an array, DatasetError when no recording can be had, LeadsError where
    recordings do not have the leads, UnknownNameError for an unknown split, task or length.

    >>> recordings = load_data("synthetic", n=32, task="norm_vs_mi")
    >>> recordings.signal.shape
    (32, 12, 1000)
    """
    check_recordings(data, str, Path)
    if split not in SPLITS:
        raise UnknownNameError("split", split, SPLITS)
    if n is not None and n < 1:
        name = data.name if isinstance(data, Recordings) else data
        raise DatasetError(f"{n} recordings of {name} were asked for; ask for 1 or more")
    folds = SPLITS[split] if fold is None else (fold,) if isinstance(fold, int) else fold
    chosen_task = find_task(task) if isinstance(task, str) else task
    form = _form(data, rate_hz, seconds, length=length, gain=gain)
    if isinstance(data, Recordings):
        if labels is not None:
            raise DatasetError(
                "a table of labels goes with a folder; recordings that are an object have their "
                "own: xb.recordings(..., labels=...)"
            )
        if length == "windows":
            data = cut_to_windows(data, form.seconds)
        found = choose(data, form, n=n, task=chosen_task, folds=folds, seed=seed, progress=progress)
        return found if leads is None else found.of_leads(leads)
    opened, folder = _opened(data, form, labels, leads)
    source = Cached(opened)
    if is_embedded(data) and chosen_task and set(chosen_task.classes).isdisjoint(_labels(source)):
        chosen_task = None  # no class of it is ever planted: one recording is as good as another

    candidates = order(source.index, task=chosen_task, folds=folds, seed=seed)
    wanted = len(candidates) if n is None else min(n, len(candidates))
    rows: list[int] = []
    left_out: list[str] = []
    in_memory: dict[str, np.ndarray] = {}
    for number, row in enumerate(candidates):
        if len(rows) == wanted:
            break
        if number % _SOON == 0:
            source.read_soon(candidates[number : number + min(_SOON, wanted - len(rows))])
        try:
            if not in_memory and not source.store(row):
                in_memory = source.room_for(wanted)
                for place, earlier in enumerate(rows):
                    source.read_into(earlier, in_memory, place)
            if in_memory:
                source.read_into(row, in_memory, len(rows))
        except RecordingError as error:
            if strict:
                raise DatasetError(f"{source.name}: {error}") from None
            left_out.append(str(error))
            continue
        rows.append(row)
        if progress is not None:
            progress(len(rows), wanted)
    if not rows:
        raise DatasetError(_nothing(source, chosen_task, folds, left_out))
    fields = in_memory or source.stored(rows)
    found = _gather(source, rows, fields, left_out, chosen_task)
    if folder is not None:
        found = replace(found, remarks=(*found.remarks, *_said_of_length(folder, rows, form)))
    if chosen_task is None or found.labels is None or source.has_evidence:
        return found
    in_task = len(order(source.index, task=chosen_task, folds=None, seed=seed))
    line = f"{in_task} of {len(source.index)} recordings have labels of the task {chosen_task.name}"
    return replace(found, remarks=(*found.remarks, line))


def load_record(
    path: str | Path,
    *,
    rate_hz: float | None = None,
    seconds: float | None = None,
    leads: Sequence[str] | None = None,
    length: Length = "exact",
    recorded_hz: float | None = None,
    unit: Unit | None = None,
    gain: float | None = None,
    labels: str | Path | None = None,
) -> Recordings:
    """One recording, brought to `rate_hz`, `seconds` and `leads` as by `load_data`: a file, or
    "synthetic:00012" by its id, "planted:FOLDER:RECORD_ID+AMI" with what is planted into it, or
    "mitbih:FOLDER:208:000123", the beat of record 208 whose R peak is at sample 123.

    A WFDB record, with or without suffix; DICOM (.dcm), EDF (.edf), HL7 aECG (.xml) or SCP-ECG
    (.scp); a CSV of 12 columns or 12 rows, best with the names of the leads; or an NPY array
    (12, time) or (time, 12). record@20s is the window that begins there. `origin` says what was
    done to it.

    recorded_hz: the sampling rate of a CSV or NPY, which do not state it.
    unit: of a CSV or NPY, "mV" where nothing is said, or "uV".
    gain: units per millivolt of WFDB leads whose header states none; they are refused without it.
    labels: a table, see `load_data`, that says which recordings of planted:FOLDER are normal.

    Raises RecordingError when it cannot be read, LeadsError where it does not have the leads.
    """
    beats = beats_place(path) is not None
    name = path if beats else str(path).partition(":")[0]
    found = _load_record(
        path,
        _form(name, rate_hz, seconds, length=length, gain=gain),
        leads=leads,
        recorded_hz=recorded_hz,
        unit=unit,
        labels=labels,
    )
    return found if leads is None else found.of_leads(leads)


def _load_record(
    path: str | Path,
    form: Form,
    *,
    leads: Sequence[str] | None,
    recorded_hz: float | None,
    unit: Unit | None,
    labels: str | Path | None,
) -> Recordings:
    if not Path(path).name or "\0" in str(path):
        raise RecordingError(f"'{path}' is the name of no recording")
    if planted_place(path) is not None:
        if recorded_hz is not None or unit is not None:
            raise RecordingError(f"{path}: its rate and its unit are known; leave out both")
        return _planted_record(str(path), form, labels)
    beats = beats_place(path)
    if beats is not None:
        folder, _, record_id = beats.rpartition(":")
        folder, _, name = folder.rpartition(":")
        if not folder:
            raise RecordingError(f"{path} names no beat; give mitbih:FOLDER:RECORD:SAMPLE")
        return _by_id(BeatFolder(Path(folder), form, leads), f"{name}:{record_id}", path)
    if labels is not None:
        raise RecordingError(
            f"{path}: a table of labels goes with planted:FOLDER:RECORD_ID; one recording has none"
        )
    window = None if is_file(Path(path)) else named_window(str(path))
    file = Path(path if window is None else window[0])
    is_table = file.suffix.lower() in SUFFIXES
    if is_file(file) and _is_unknown(file):
        raise RecordingError(f"{path}: {unknown_format(file)}")
    if not is_table and (recorded_hz is not None or unit is not None):
        raise RecordingError(
            f"{path}: --rate and --unit are for CSV and NPY; what else can be read states its own"
        )
    name, _, record_id = str(path).partition(":")
    if is_embedded(name) and record_id:
        made = f"Made: {form.seconds:g} s at {form.rate_hz:g} Hz."
        return replace(_by_id(_open(name, form), record_id, path), origin=made)
    if window is None and form.length == "windows":
        raise RecordingError(
            f"{path}: of its windows one is wanted, such as {path}@{form.seconds:g}s; "
            "--length crop takes the first"
        )
    if window is not None:
        form = replace(form, start=window[1], length="windows")
    facts = HeaderFacts()
    if is_table:
        record = read_table(file, form, rate_hz=recorded_hz, unit=unit or "mV", record_id=file.name)
    elif file.suffix.lower() in (*FORMATS, *UNREADABLE):
        record = read_clinical(file, form, record_id=file.name)
        facts = clinical_facts(file)
    else:
        file = header_of(file)
        record = read_record(file, form, record_id=file.stem)
        facts = header_facts(file)
    said = facts.statements
    return Recordings(
        name=storable(file.resolve().parent.name),
        microvolt=record.microvolt[np.newaxis],
        rate_hz=form.rate_hz,
        record_id=(storable(file.stem if window is None else Path(path).name),),
        patient_id=(storable(file.stem),),
        labels=None if said is None else (meaning(said).superclasses,),
        age=None if facts.age is None else np.array([facts.age], dtype=np.float32),
        sex=None if facts.sex is None else (facts.sex,),
        origin=record.origin,
    )


def _by_id(source: Source, record_id: str, path: str | Path) -> Recordings:
    """One recording of a source."""
    ids = source.index.record_id
    if record_id not in ids:
        raise RecordingError(f"{path}: no such recording; ids are {ids[0]} to {ids[-1]}")
    row = ids.index(record_id)
    record = source.read(row)
    fields = {name: getattr(record, name)[np.newaxis] for name in source.layout}
    return replace(_gather(source, [row], fields, []), origin=record.origin)


def _labels(source: Source) -> frozenset[str]:
    """Every label that a recording of a source has."""
    return frozenset().union(*(source.index.labels or ()))


def _is_unknown(file: Path) -> bool:
    """Whether a file is of no format that is read, and no header is beside it."""
    known = (*SUFFIXES, *FORMATS, "", ".hea", ".dat", ".mat")
    return file.suffix.lower() not in known and not is_file(header_of(file))


def _with_a_record(path: str) -> str:
    """How planted:FOLDER or planted:FOLDER/RECORD_ID was meant."""
    folder, _, record_id = path.rstrip(":").rpartition("/")
    place = planted_place(folder) if folder.count(":") else None
    whole = planted_place(path.rstrip(":"))
    if record_id and place and Path(place).is_dir() and not (whole and Path(whole).is_dir()):
        return f"{folder}:{record_id}"
    return f"{path.rstrip(':')}:RECORD_ID+AMI"


def _planted_record(path: str, form: Form, labels: str | Path | None) -> Recordings:
    """The recording that planted:PLACE:RECORD_ID names."""
    data, _, record_id = path.rpartition(":")
    if planted_place(data) is None or not record_id:
        raise RecordingError(f"{path}: names no recording; give {_with_a_record(path)}")
    source, _ = _with_all_leads(data, form, labels)
    ids = source.index.record_id
    if record_id not in ids:
        own = [one for one in ids if one.split("+")[0] == record_id.split("+")[0]]
        listed = ", ".join(own or [*ids[:2], "..."])
        raise RecordingError(f"{path}: no such recording among the normal ones; there is {listed}")
    row = ids.index(record_id)
    fields = source.room_for(1)
    source.read_into(row, fields, 0)
    found = _gather(source, [row], fields, [])
    background, *planted = record_id.split("+")
    done = f"{' and '.join(planted)} planted into it" if planted else "nothing planted into it"
    return replace(found, origin=f"Read: {background} of {data}. Done: {done}.")


def _gather(
    source: Source,
    rows: list[int],
    fields: Mapping[str, np.ndarray | StoredRows],
    left_out: list[str],
    task: Task | None = None,
) -> Recordings:
    index = source.index
    labels = index.labels_for(task)
    read: dict[str, Any] = {name: values[: len(rows)] for name, values in fields.items()}
    return Recordings(
        name=source.name,
        leads=source.leads,
        rate_hz=source.rate_hz,
        record_id=tuple(index.record_id[row] for row in rows),
        patient_id=tuple(index.patient_id[row] for row in rows),
        labels=None if labels is None else tuple(labels[row] for row in rows),
        fold=None if index.fold is None else index.fold[rows],
        age=None if index.age is None else index.age[rows],
        sex=None if index.sex is None else tuple(index.sex[row] for row in rows),
        left_out=tuple(left_out),
        remarks=source.remarks,
        **read,
    )


def _said_of_length(folder: FolderSource, rows: list[int], form: Form) -> list[str]:
    """How many recordings are not whole, or not real to the end, where the user allowed it."""
    if form.length not in ("crop", "pad"):
        return []
    facts = (folder.facts(row) for row in rows)
    stated = [(one.frames, one.rate_hz) for one in facts if one.frames and one.rate_hz]
    changed = sum(frames != round(form.seconds * rate_hz) for frames, rate_hz in stated)
    done = {"crop": "cut to their first", "pad": "filled up to"}[form.length]
    said = f"--length {form.length}: {changed} of {len(rows)} recordings were {done}"
    return [f"{said} {form.seconds:g} s"] if changed else []


def _nothing(
    source: Source, task: Task | None, folds: Collection[int] | None, left_out: list[str]
) -> str:
    if left_out:
        return f"none of {len(left_out)} recordings of {source.name} can be used; {left_out[0]}"
    index = source.index
    wanted = []
    if task is not None and index.labels is not None:
        wanted.append(f"in {task.name}")
    if folds is not None and index.fold is not None:
        wanted.append(f"in fold {', '.join(map(str, folds))}")
    found = f"none of the {len(index)} recordings of {source.name} is {' and '.join(wanted)}"
    if folds is not None and order(index, task=task, folds=None, seed=0):
        return f"{found}; --split all takes every fold"
    return found
