"""Tables of labels, databases, cells, studies and weights that cannot be used."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.corpus.broken import Broken
from tests.results.made_cells import cell
from xai_bench.results import write_cell
from xai_bench.results.study_tables import ESTIMATE, Schema, StudyResult, write_study

__all__ = ["CELLS", "DATABASES", "LABELS", "SCHEMA", "STUDIES"]

SCHEMA = Schema(
    stem="found", keys={"model": "str"}, scores={"score": "float64"}, facts={"seed": int},
    mend="make one: xai-bench compare",
)  # fmt: skip


def labels(name: str, content: str | bytes, *says: str) -> Broken:
    def write(folder: Path) -> Path:
        path = folder / "labels.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return Broken(name, write, ("labels.csv", *says))


_COLUMNS = "its columns are"
LABELS = [
    labels("empty", "", "no column of ids", f"{_COLUMNS} none"),
    labels("blank", "\n\n\n", "no column of ids"),
    labels("bytes", b"\xff\xfe\x00\x01", "is no text in UTF-8"),
    labels("a zip", b"PK\x03\x04\xf0\x9f", "is no text in UTF-8"),
    labels("a header alone", "record_id,labels\n", "has no rows"),
    labels("no ids", "what,labels\n1,NORM\n", "no column of ids", "what, labels"),
    labels("no classes", "record_id,site\n1,3\n", "neither a column labels nor"),
    labels("words for classes", "record_id,MI\n1,1\n2,perhaps\n", "row 3, column MI", "'perhaps'"),
    labels("2 for a class", "record_id,MI\n1,1\n2,2\n", "row 3, column MI: '2' is neither 0 nor 1"),
    labels("a cell too few", "record_id,labels\n1\n", "row 2 has 1 cells for 2 columns"),
    labels("a cell too many", "record_id,labels\n1,NORM,x\n", "row 2 has 3 cells for 2 columns"),
    labels("a thousand columns", ",".join(f"c{k}" for k in range(1000)), "(1000 in all)"),
    labels("a cell of 200,000 letters", f"record_id,labels\n1,{'N' * 200_000}\n", "field larger"),
    labels("an open quote", 'record_id,labels\n1,"NORM\n2,MI\n', "unexpected end of data"),
    labels("a NUL", "record_id,labels,fold\n1,NO\0RM,0\n", "row 2"),
    *(
        labels(f"fold {fold:.9}", f"record_id,labels,fold\n1,N,{fold}\n", "row 2: fold", fold[:9])
        for fold in ("0", "-1", "nan", "1.5", "1e9", "101", "", "ten", "²", "9" * 400)
    ),
    labels("a split unknown", "record_id,labels,split\n1,NORM,dev\n", "split 'dev' is none of"),
]  # fmt: skip


def database(name: str, content: str | bytes, *says: str, statements: str = "") -> Broken:
    def write(folder: Path) -> Path:
        path = folder / "ptbxl_database.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        of_codes = statements or ",diagnostic,diagnostic_class\nNORM,1.0,NORM\n"
        (folder / "scp_statements.csv").write_text(of_codes)
        return folder

    return Broken(name, write, says)


_HEADER = "ecg_id,patient_id,scp_codes,strat_fold,filename_lr,filename_hr\n"
_ROW = "1,7,{'NORM': 100.0},10,records100/1_lr,records500/1_hr\n".replace(
    "{'NORM': 100.0}", "\"{'NORM': 100.0}\""
)
_CSV = "ptbxl_database.csv"


def _with(old: str, new: str) -> str:
    assert old in _ROW
    return _HEADER + _ROW.replace(old, new, 1)


DATABASES = [
    database("empty", "", _CSV, "is no CSV table"),
    database("bytes", b"\xff\xfe\x00", _CSV, "is no CSV table"),
    database("no folds", _HEADER.replace("strat_fold", "fold"), _CSV, "has no column strat_fold"),
    database("another table", "a,b\n1,2\n", _CSV, "has no column ecg_id", "found a, b"),
    database("ids in words", _with("1,7", "one,7"), _CSV, "ecg_id in row 1 is 'one'"),
    database("ids twice", _HEADER + _ROW * 2, _CSV, "the same ecg_id more than once"),
    database("ids a fraction", _with("1,7", "1.5,7"), _CSV, "ecg_id in row 1 is '1.5'"),
    database("patients missing", _with("1,7", "1,"), _CSV, "patient_id in row 1"),
    database("patients infinite", _with("1,7", "1,inf"), _CSV, "patient_id in row 1 is 'inf'"),
    database("fold 11", _with(",10,", ",11,"), _CSV, "strat_fold 11; folds are 1 to 10"),
    database("fold 0", _with(",10,", ",0,"), _CSV, "strat_fold 0"),
    database("fold of 10^30", _with(",10,", f",{10**30},"), _CSV, "strat_fold"),
    database("codes of code", _with("{'NORM': 100.0}", "__import__('os').abort()"), "scp_codes is"),
    database("codes a list", _with("{'NORM': 100.0}", "['NORM']"), "scp_codes is '['NORM']'"),
    database("codes of brackets", _with("{'NORM': 100.0}", "(" * 9000), "scp_codes is"),
    database("codes missing", _with("\"{'NORM': 100.0}\"", ""), "scp_codes is 'nan'"),
    database("statements empty", _HEADER + _ROW, "scp_statements.csv", statements="\n"),
    database("statements of others", _HEADER + _ROW, "scp_statements.csv", statements="a,b\n1,2\n"),
]  # fmt: skip


def broken_cell(name: str, change: Callable[[Path], object], *says: str) -> Broken:
    def write(folder: Path) -> Path:
        change(write_cell(folder, cell("ig", [0.5, np.nan, 1.0])))
        return folder

    return Broken(name, write, says)


def _text(content: str | bytes, file: str = "run.json") -> Callable[[Path], object]:
    data = content if isinstance(content, bytes) else content.encode()
    return lambda folder: (folder / file).write_bytes(data)


def _fact(name: str, value: object) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        facts = json.loads((folder / "run.json").read_text())
        facts[name] = value
        (folder / "run.json").write_text(json.dumps(facts))

    return change


def _table(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Callable[[Path], object]:
    def changed(folder: Path) -> None:
        path = folder / "scores.parquet"
        change(pd.read_parquet(path)).to_parquet(path, index=False)

    return changed


_RUN, _SCORES = "run.json", "scores.parquet"
_NO_RUNS: dict[str, str | bytes] = {
    "nothing": "",
    "bytes": b"\xff\xfe",
    "half": '{"dataset": "syn',
    "a list": "[]",
    "null": "null",
    "a number": "3",
    "brackets": "[" * 100_000,
    "an empty object": "{}",
    "a number of 5000 digits": f'{{"n": {"9" * 5000}}}',
}
_NO_FACTS: list[tuple[str, object]] = [
    ("dataset", 3), ("model", None), ("method", ["ig"]), ("key", {}), ("protocol", 1.5),
    ("status", "done"), ("status", None), ("reason", None), ("metrics", None),
    ("metrics", []), ("metrics", {"m": 3}), ("metrics", {"m": {}}),
    ("quality", {"auroc": "high"}), ("quality", 3),
]  # fmt: skip
CELLS = [
    *(
        broken_cell(f"run.json of {name}", _text(content), _RUN, "delete")
        for name, content in _NO_RUNS.items()
    ),
    *(
        broken_cell(f"{key} {value!r}", _fact(key, value), _RUN, "delete")
        for key, value in _NO_FACTS
    ),
    *(
        broken_cell(f"scores of {name}", _text(content, _SCORES), _SCORES, "delete")
        for name, content in {"nothing": b"", "bytes": b"PAR1" * 9, "csv": b"a,b\n1,2\n"}.items()
    ),
    broken_cell("scores missing", lambda folder: (folder / _SCORES).unlink(), _SCORES, "not there"),
    *(
        broken_cell(
            f"scores without {column}",
            _table(lambda table, c=column: table.drop(columns=c)),  # type: ignore[misc]
            _SCORES, f"no column {column}",
        )
        for column in ("record_id", "patient_id", "metric", "score", "status", "reason", "residual")
    ),
    broken_cell("scores in words", _table(lambda t: t.assign(score="high")), _SCORES, "delete"),
    broken_cell("scores of dates", _table(
        lambda t: t.assign(score=pd.Timestamp("2026-01-01"))), _SCORES, "delete"),
    broken_cell("a metric unknown", _table(lambda t: t.assign(metric="x")), _SCORES, "scores of x"),
    broken_cell("metrics missing", _table(lambda t: t.assign(metric=None)), _SCORES, "lacks text"),
]  # fmt: skip


def study(name: str, change: Callable[[Path], object], *says: str) -> Broken:
    def write(folder: Path) -> Path:
        estimate: dict[str, Any] = {"model": ["imn"], "value": [0.5], "ci_low": [0.4]}
        estimate |= {"ci_high": [0.6], "n": [3], "reason": [""]}
        table = pd.DataFrame(estimate)[["model", *ESTIMATE]]
        scores = pd.DataFrame({"score": [0.5]})
        write_study(
            StudyResult(schema=SCHEMA, table=table, facts={"seed": 0}, scores=scores), folder
        )
        change(folder)
        return folder

    return Broken(name, write, (*says, "make one: xai-bench compare"))


_NO_TABLES: dict[str, str | bytes] = {
    "nothing": "", "bytes": b"\xff\xfe\x00", "other columns": "a,b\n1,2\n",
    "words": "model,value,ci_low,ci_high,n,reason\nimn,high,0,1,3,\n",
    "a fraction of a count": "model,value,ci_low,ci_high,n,reason\nimn,0,0,1,3.5,\n",
    "no count": "model,value,ci_low,ci_high,n,reason\nimn,0,0,1,,\n",
    "a row too long": "model,value,ci_low,ci_high,n,reason\n" + "imn,0,0,1,3,,,,,\n" * 2,
}  # fmt: skip
STUDIES = [
    *(
        study(f"facts of {name}", _text(content, "found.json"), "found.json")
        for name, content in {"nothing": "", "a list": "[]", "half": "{", "text": '"a"'}.items()
    ),
    study("facts without seed", _text("{}", "found.json"), "found.json has no int 'seed'"),
    study("a seed in words", _text('{"seed": "0"}', "found.json"), "has no int 'seed'"),
    *(
        study(f"table of {name}", _text(content, "found.csv"), "found.csv")
        for name, content in _NO_TABLES.items()
    ),
    *(study(f"{file} missing", lambda folder, f=file: (folder / f).unlink(), file, "is not there")  # type: ignore[misc]
      for file in ("found.csv", "found.json", "found.parquet")),
    study("scores of bytes", _text(b"PAR1", "found.parquet"), "found.parquet cannot be read"),
]  # fmt: skip
