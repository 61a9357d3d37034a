"""Labels, patients and folds from a table of the user's own, matched to recordings by their ids."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import final

from xai_bench.data.header_facts import age_of, sex_of
from xai_bench.errors import DatasetError
from xai_bench.names import few
from xai_bench.storage import regular

__all__ = ["LabelRow", "LabelTable", "read_labels"]

_IDS = ("record_id", "ecg_id", "id", "record", "recording", "name")
_FILES = ("filename", "file_name", "file", "path", "filename_hr", "filename_lr")
_LABELS = ("labels", "label")
_PATIENTS = ("patient_id", "patient", "subject_id")
_FOLDS = ("fold", "strat_fold")
_OTHERS = ("split", "age", "sex", "height", "weight", "device", "nurse", "site")
_SPLITS = {"train": 1, "val": 9, "valid": 9, "validation": 9, "test": 10}
_TRUTH = {"1": True, "1.0": True, "true": True, "0": False, "0.0": False, "false": False, "": False}
_MAX_BYTES = 1 << 28
_SEPARATORS = ",;\t"
_BETWEEN_LABELS = re.compile(r"[;|,]")
_FOLDERS_AND_SUFFIX = re.compile(r".*/|\.(hea|dat|mat|dcm|edf|xml|scp)$", re.IGNORECASE)
_WHOLE_NUMBER = re.compile(r"0*(\d+?)(?:\.0)?", re.ASCII)
_NUMBERED = re.compile(r"(?P<kind>\D*)0*(?P<number>\d+?)(_lr|_hr)?", re.ASCII)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRow:
    """What a table says of one recording."""

    names: tuple[str, ...]
    """What the recording is called: its id first, then its files."""
    labels: tuple[str, ...]
    patient: str = ""
    fold: int = 0
    age: float | None = None
    sex: str | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class LabelTable:
    """The rows of a table, to be matched to recordings."""

    path: Path
    rows: tuple[LabelRow, ...]
    has_patients: bool
    has_folds: bool
    no_classes: tuple[str, ...] = ()
    """Columns that could be a class and hold neither 0 nor 1, so that they are not read."""

    def match(self, record_ids: Sequence[str]) -> tuple[list[LabelRow | None], str]:
        """The row of each recording, and an example of a match by number, or "".

        By the whole id; else by the name of the file alone (b/00009_lr to a/00009_lr); else by
        number, where the id in the table is one (HR00009 or 00009_lr to 9). Raises DatasetError
        where a recording could have two rows, or where recordings that are numbered in two ways
        (HR00009 and E00009) could have the same.
        """
        by_id = self._by(lambda row: row.names)
        by_stem = self._by(lambda row: [_FOLDERS_AND_SUFFIX.sub("", name) for name in row.names])
        by_number = self._by(
            lambda row: [found[1]] if (found := _WHOLE_NUMBER.fullmatch(row.names[0])) else ()
        )
        found: list[LabelRow | None] = []
        claimed: dict[str, tuple[str, str]] = {}
        example = ""
        for record_id in record_ids:
            stem = _FOLDERS_AND_SUFFIX.sub("", record_id)
            numbered = _NUMBERED.fullmatch(stem)
            rows = by_id.get(record_id) or by_stem.get(stem)
            if not rows and numbered and numbered["number"] in by_number:
                rows = by_number[numbered["number"]]
                kind, first = claimed.setdefault(numbered["number"], (numbered["kind"], record_id))
                if kind != numbered["kind"]:
                    raise DatasetError(
                        f"{self.path}: {rows[0].names[0]} could be {first} or {record_id}; "
                        "name the files in a column record_id"
                    )
                example = example or f"{record_id} is {rows[0].names[0]}"
            if rows and len(rows) > 1:
                raise DatasetError(
                    f"{self.path} has {len(rows)} rows for {record_id}: "
                    f"{', '.join(row.names[0] for row in rows[:3])}"
                )
            found.append(rows[0] if rows else None)
        return found, example

    def _by(self, names: Callable[[LabelRow], Iterable[str]]) -> dict[str, list[LabelRow]]:
        found: dict[str, list[LabelRow]] = {}
        for row in self.rows:
            for name in dict.fromkeys(names(row)):
                found.setdefault(name, []).append(row)
        return found


def read_labels(path: Path) -> LabelTable:
    """A CSV file, or all those of a folder, with a first line that names its columns.

    An id: record_id, ecg_id, id, record, recording or name; the names of files (filename,
    filename_lr, filename_hr, file, path) are honoured beside it, or are the id. Labels: either a
    column `labels` of names (NORM), SNOMED codes or own words, separated by ; or | or a comma;
    or a column a class of 0 and 1, where other columns hold neither. Optional: patient_id; fold or
    strat_fold, or split (train, validation, test); age; sex. Without a split, the end of the
    file's name is one (ptbxl_train.csv).

    Raises DatasetError.
    """
    try:
        files = sorted(path.glob("*.csv")) if path.is_dir() else [path]
        if not files:
            raise DatasetError(f"no table of labels (*.csv) in {path}")
        tables = [_read_file(file) for file in files]
    except OSError as error:
        raise DatasetError(f"cannot read the labels in {path}: {error.strerror}") from None
    rows = tuple(row for table in tables for row in table.rows)
    return LabelTable(
        path=path,
        rows=rows,
        has_patients=any(table.has_patients for table in tables),
        has_folds=any(table.has_folds for table in tables),
        no_classes=tuple(dict.fromkeys(name for one in tables for name in one.no_classes)),
    )


def _read_file(path: Path) -> LabelTable:
    if regular(path).stat().st_size > _MAX_BYTES:
        raise DatasetError(f"{path} is too large to be a table of labels")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DatasetError(f"{path} is no text in UTF-8") from None
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    try:
        lines = [
            line for line in csv.reader(text.splitlines(), delimiter=separator, strict=True) if line
        ]
    except csv.Error as error:
        raise DatasetError(f"{path} is no table of labels: {error}") from None
    header = [name.strip() for name in lines[0]] if lines else []
    columns = {name.lower(): k for k, name in reversed(list(enumerate(header)))}
    body = lines[1:]
    for number, line in enumerate(body, start=2):
        if len(line) != len(header):
            raise DatasetError(
                f"{path}, row {number} has {len(line)} cells for {len(header)} columns"
            )
    ids = [name for name in (*_IDS, *_FILES) if name in columns]
    if not ids or not body:
        raise DatasetError(
            f"{path} has no {'rows' if ids else 'column of ids, such as record_id'}; "
            f"its columns are {few(header) or 'none'}"
        )
    names = ids[:1] + [name for name in ids[1:] if name in _FILES]
    labels, no_classes = _labels(path, header, columns, body)
    patients = _column(columns, body, _PATIENTS)
    folds = _folds(path, columns, body)
    ages, sexes = _column(columns, body, ("age",)), _column(columns, body, ("sex",))
    return LabelTable(
        path=path,
        rows=tuple(
            LabelRow(
                names=tuple(filter(None, (line[columns[name]].strip() for name in names))) or ("",),
                labels=labels[k],
                patient=patients[k] if patients else "",
                fold=folds[k] if folds else 0,
                age=age_of(ages[k]) if ages else None,
                sex=sex_of(sexes[k]) if sexes else None,
            )
            for k, line in enumerate(body)
        ),
        has_patients=patients is not None,
        has_folds=folds is not None,
        no_classes=no_classes,
    )


def _labels(
    path: Path, header: list[str], columns: Mapping[str, int], body: list[list[str]]
) -> tuple[list[tuple[str, ...]], tuple[str, ...]]:
    """Of each recording; and the columns that are read as no class, where classes have columns."""
    texts = _column(columns, body, _LABELS)
    if texts is not None:
        return [
            tuple(word.strip() for word in _BETWEEN_LABELS.split(text) if word.strip())
            for text in texts
        ], ()
    taken = {*_IDS, *_FILES, *_PATIENTS, *_FOLDS, *_OTHERS}
    classes: dict[str, list[bool]] = {}
    no_classes = []
    for k, name in enumerate(header):
        if name and name.lower() not in taken:
            truths = _truths(path, name, [line[k].strip() for line in body])
            if truths is None:
                no_classes.append(name)
            else:
                classes[name] = truths
    if not classes:
        raise DatasetError(
            f"{path} has neither a column labels nor a column a class of 0 and 1; "
            f"its columns are {few(header)}"
        )
    labels = [tuple(name for name, truth in classes.items() if truth[k]) for k in range(len(body))]
    return labels, tuple(no_classes)


def _truths(path: Path, name: str, cells: list[str]) -> list[bool] | None:
    """The cells of a column, where it is of 0 and 1, or None where none of them is either.

    Raises DatasetError for a column of 0, 1 and something else.
    """
    truths = [_TRUTH.get(cell.lower()) for cell in cells]
    if None not in truths:
        return [bool(truth) for truth in truths]
    if not any(cell and truth is not None for cell, truth in zip(cells, truths, strict=True)):
        return None
    row = truths.index(None)
    raise DatasetError(
        f"{path}, row {row + 2}, column {name}: '{cells[row]:.50}' is neither 0 nor 1; write one "
        "of them, or leave the column out where it is no class"
    )


def _folds(path: Path, columns: Mapping[str, int], body: list[list[str]]) -> list[int] | None:
    numbers = _column(columns, body, _FOLDS)
    if numbers is not None:
        for number, text in enumerate(numbers, start=2):
            if not text.removesuffix(".0").isdecimal() or not 0 < float(text) <= 100:
                raise DatasetError(f"{path}, row {number}: fold '{text}' is no number from 1")
        return [int(float(text)) for text in numbers]
    splits = _column(columns, body, ("split",))
    if splits is None:
        ending = path.stem.lower().rpartition("_")[2]
        return [_SPLITS[ending]] * len(body) if ending in _SPLITS else None
    for number, text in enumerate(splits, start=2):
        if text.lower() not in _SPLITS:
            raise DatasetError(
                f"{path}, row {number}: split '{text}' is none of train, validation, test"
            )
    return [_SPLITS[text.lower()] for text in splits]


def _column(
    columns: Mapping[str, int], body: list[list[str]], names: Iterable[str]
) -> list[str] | None:
    """The cells of the first of these columns that is there."""
    for name in names:
        if name in columns:
            return [line[columns[name]].strip() for line in body]
    return None
