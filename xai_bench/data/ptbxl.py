"""PTB-XL (Wagner et al., Scientific Data 2020) in its own layout: labels, patients and folds."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, final

import numpy as np
from jaxtyping import Float32

from xai_bench.data.folder_files import FolderFiles
from xai_bench.data.folder_source import FolderSource
from xai_bench.data.header_facts import HeaderFacts, age_of, header_facts
from xai_bench.data.normalise import Form
from xai_bench.data.source import Index, Record
from xai_bench.data.wfdb_record import read_record
from xai_bench.errors import DatasetError, RecordingError
from xai_bench.storage import regular

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DATABASE", "PTBXL", "STATEMENTS", "stays_inside"]

DATABASE = "ptbxl_database.csv"
STATEMENTS = "scp_statements.csv"

_FOLDS = range(1, 11)
_OUTSIDE = re.compile(r"^/|(?:^|/)\.\.(?:/|$)|[\\:\0]")
_CODE = re.compile(r"'([^'\\]*)'")
_PLAIN_CODES = re.compile(r"\{(?:'[^'\\]*': \d+\.\d+(?:, (?=')|(?=\})))*\}")
_LOW_RATE_HZ = 100.0


@final
class PTBXL(FolderSource):
    """A PTB-XL folder, whole or in part.

    Labels are the diagnostic superclasses of a recording's SCP codes. As in ECG-IMN the
    likelihood of a code is ignored, so one of 0 % counts. A model of 100 Hz is given the
    100 Hz files, or a resampled 500 Hz file where a recording has no other; a model of any
    other rate is given the 500 Hz files.

    Raises DatasetError when the tables are missing or malformed, or when none of the
    recordings they name is in the folder.
    """

    def __init__(self, folder: Path | FolderFiles, form: Form) -> None:
        super().__init__(folder, form)
        folder = self._folder
        self._files.bring([DATABASE, STATEMENTS])
        table = _read_table(
            folder / DATABASE,
            ["ecg_id", "patient_id", "scp_codes", "strat_fold", "filename_lr", "filename_hr"],
        )
        self._index = _build_index(table, _superclass_of_code(folder), folder / DATABASE)
        # A recording too: the tables of two data sets may agree in all they say.
        first = [str(table[column].iloc[0]) for column in ("filename_lr", "filename_hr")]
        signals = [f"{name}.dat" for name in first if stays_inside(name)]
        self._files.bring(signals)
        digests = (self._digest_of(folder / file) for file in (DATABASE, *signals))
        self.name = self._name(b"".join(digests))
        self._columns = (
            ("filename_lr", "filename_hr") if form.rate_hz == _LOW_RATE_HZ else ("filename_hr",)
        )
        self._names = list(zip(*(table[column].tolist() for column in self._columns), strict=True))
        if not any(self._read_from(row) for row in range(len(self._names))):
            raise DatasetError(
                f"none of the {len(table)} recordings that {folder / DATABASE} names in "
                f"{' or '.join(self._columns)} is there; put records100/ or records500/ beside it"
            )

    @property
    def index(self) -> Index:
        return self._index

    def files(self) -> Iterable[str]:
        names = [name for row in range(len(self._names)) for name in self._names_of(row)]
        of_records = (f"{name}{suffix}" for suffix in (".hea", ".dat") for name in names)
        return [DATABASE, STATEMENTS, *of_records]

    def _read_from(self, row: int) -> str | None:
        return next(filter(self._files.has, (f"{name}.hea" for name in self._names_of(row))), None)

    def facts(self, row: int) -> HeaderFacts:
        header = self._read_from(row)
        if header is None:
            return HeaderFacts()
        self._files.bring([header])
        return header_facts(self._folder / header)

    def read_part(self, row: int, form: Form) -> Record:
        record_id = self._index.record_id[row]
        header = self._read_from(row)
        if header is not None:
            with self._files.recording(header) as path:
                return read_record(path, form, record_id=record_id, root=self._folder)
        named = ", ".join(
            f"{column} '{name}'"
            for column, name in zip(self._columns, self._names[row], strict=True)
        )
        raise RecordingError(
            f"{record_id}: no file for a model of {self.rate_hz:g} Hz: "
            f"there is no record {named} in {self._folder}"
        )

    def _names_of(self, row: int) -> list[str]:
        """What this recording may be called, best first; names that lead out of the folder are
        none."""
        return [name for name in self._names[row] if isinstance(name, str) and stays_inside(name)]


def stays_inside(name: str) -> bool:
    """Whether a file of this name, read in a table, would lie in the folder of that table."""
    return not _OUTSIDE.search(name)


def _read_table(path: Path, columns: list[str]) -> pd.DataFrame:
    """A CSV file that has these columns. Raises DatasetError."""
    import pandas as pd  # slow to import

    try:
        table = pd.read_csv(regular(path), low_memory=False)
    except OSError as error:
        raise DatasetError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:  # pandas' parser errors and UnicodeDecodeError are of this kind
        raise DatasetError(f"{path} is no CSV table: {' '.join(str(error).split())}") from None
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise DatasetError(
            f"{path} has no column {', '.join(missing)}; found {', '.join(map(str, table.columns))}"
        )
    return table


def _superclass_of_code(folder: Path) -> dict[str, str]:
    """SCP code -> diagnostic superclass, for the codes that are diagnostic."""
    path = folder / STATEMENTS
    table = _read_table(path, ["diagnostic", "diagnostic_class"])
    classes = zip(table.iloc[:, 0], table["diagnostic"], table["diagnostic_class"], strict=True)
    return {str(code): name for code, flag, name in classes if flag == 1 and isinstance(name, str)}


def _build_index(table: pd.DataFrame, superclass: Mapping[str, str], path: Path) -> Index:
    ecg_id = _integers(table, "ecg_id", path)
    if len(set(ecg_id)) < len(ecg_id):
        raise DatasetError(f"{path} has the same ecg_id more than once")
    fold = _integers(table, "strat_fold", path)
    strange = set(fold) - set(_FOLDS)
    if strange:
        raise DatasetError(f"{path} has strat_fold {min(strange)}; folds are 1 to {max(_FOLDS)}")
    codes = [
        frozenset(_codes(text, f"{path}, ecg_id {i}"))
        for i, text in zip(ecg_id, table["scp_codes"].tolist(), strict=True)
    ]
    return Index(
        record_id=tuple(map(str, ecg_id)),
        patient_id=tuple(map(str, _integers(table, "patient_id", path))),
        labels=tuple(
            frozenset(superclass[code] for code in own if code in superclass) for own in codes
        ),
        statements=tuple(codes),
        age=_ages(table),
        sex=_sexes(table),
        fold=np.array(fold, dtype=np.int8),
    )


def _ages(table: pd.DataFrame) -> Float32[np.ndarray, " record"] | None:
    """Years; NaN for 300, which stands for over 89."""
    if "age" not in table.columns:
        return None
    ages = [age_of(str(age)) for age in table["age"]]
    return np.array([np.nan if age is None else age for age in ages], dtype=np.float32)


def _sexes(table: pd.DataFrame) -> tuple[str, ...] | None:
    """PTB-XL writes 0 for male and 1 for female."""
    if "sex" not in table.columns:
        return None
    names = {"0": "male", "1": "female", "0.0": "male", "1.0": "female"}
    return tuple(names.get(str(sex), "") for sex in table["sex"])


def _integers(table: pd.DataFrame, column: str, path: Path) -> list[int]:
    """A column of whole numbers; PTB-XL writes some as 15709.0. Raises DatasetError."""
    import pandas as pd  # slow to import

    numbers = pd.to_numeric(table[column], errors="coerce").to_numpy(dtype=np.float64)
    bad = ~np.isfinite(numbers) | (numbers != np.rint(numbers))
    if bad.any():
        row = int(bad.argmax())
        raise DatasetError(f"{path}: {column} in row {row + 1} is '{table[column].iloc[row]}'")
    return [int(number) for number in numbers]


def _codes(text: object, where: str) -> list[str]:
    """The SCP codes of a cell such as "{'NORM': 100.0, 'SR': 0.0}". Raises DatasetError."""
    if _PLAIN_CODES.fullmatch(str(text)):  # 20 times as fast as a parser of Python
        return _CODE.findall(str(text))
    try:
        codes = ast.literal_eval(str(text))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        codes = None
    if not isinstance(codes, dict):
        raise DatasetError(f"{where}: scp_codes is '{str(text)[:80]}', not a table of codes")
    return [code for code in codes if isinstance(code, str)]
