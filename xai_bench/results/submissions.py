"""A folder of runs that others sent: each with who sent it, and what was asked of it.

    submissions/<id>/submission.json                       who, from where, what was checked
    submissions/<id>/run/<dataset>/<model>/<method>/<key>/ its cells, see `cells`

The id is the beginning of the hash of all cells, so that the same run is there once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from xai_bench import storage
from xai_bench.errors import InputError
from xai_bench.results.cells import Cell, read_cells, write_cell
from xai_bench.results.leaderboard import write_leaderboard

__all__ = ["CheckLine", "StoredSubmission", "Submission", "check_link", "read_submissions"]
__all__ += ["write_submission"]

_ID_LETTERS = 12
_LINK = re.compile(r"https://[A-Za-z0-9.-]+(:\d+)?(/[A-Za-z0-9._~/?#@!$&()*+,;=:%-]*)?")
Line = Annotated[str, Field(max_length=2000)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class CheckLine(_Strict):
    """One check, as `studies.submission` made it."""

    name: Line
    status: Literal["passed", "failed", "not possible"]
    said: Line


class Submission(_Strict):
    """submission.json: what a page says of a run beside what its cells say."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    """Who sends it."""
    link: Annotated[str, Field(max_length=300)] = ""
    """To a paper or code; https."""
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """Of all cells as they were sent."""
    added: Line
    checked_with: Line
    """The version of this package that made the checks."""
    checks: list[CheckLine]
    recomputed: list[Line]
    """Models of which scores were computed again."""

    @property
    def id(self) -> str:
        return self.hash[:_ID_LETTERS]


@final
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredSubmission:
    """A submission with its cells."""

    submission: Submission
    cells: Sequence[Cell]


def check_link(link: str) -> str:
    """The link, if it is an https URL of plain letters. Raises InputError."""
    if link and not _LINK.fullmatch(link):
        raise InputError(f"'{link[:80]}' is no link to pass on; give one that begins with https://")
    return link


def write_submission(
    folder: Path, submission: Submission, cells: Collection[Cell], flags: Mapping[str, str]
) -> Path | None:
    """Write a submission and return where it is; None where the same run is there already.

    Cells are written anew from what was read of them, and the leaderboard from them: no file is
    copied. flags: see `leaderboard`. Raises OutputError.
    """
    place = folder / submission.id
    if (place / "submission.json").is_file():
        return None
    with storage.new_folder(place) as temporary:
        for cell in cells:
            write_cell(temporary / "run", cell)
        write_leaderboard(temporary / "run", cells, flags)
        text = submission.model_dump_json(indent=1) + "\n"
        storage.write_file(temporary / "submission.json", text)
    return place


def read_submissions(folder: Path) -> tuple[list[StoredSubmission], dict[str, InputError]]:
    """All that are in a folder, in the order in which they were added, and why others cannot be
    read, by the name of their folder. Raises InputError for a folder without any."""
    places = sorted(folder.glob("*/submission.json")) if folder.is_dir() else []
    if not places:
        raise InputError(
            f"no submissions in '{folder}'; add one: xai-bench leaderboard add RUN --to {folder}"
        )
    found, broken = [], {}
    for path in places:
        try:
            found.append(_read(path))
        except InputError as error:
            broken[path.parent.name] = error
    return sorted(found, key=lambda one: one.submission.added), broken


def _read(path: Path) -> StoredSubmission:
    mend = f"add it again: xai-bench leaderboard add RUN --to {path.parents[1]}"
    facts = storage.read_json(path, mend)
    try:
        submission = Submission.model_validate(facts)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(
            f"{path} is not of a submission: {where}: {first['msg']}; {mend}"
        ) from None
    check_link(submission.link)
    if path.parent.name != submission.id:
        raise InputError(f"{path} is of the submission {submission.id}; {mend}")
    return StoredSubmission(submission=submission, cells=read_cells(path.parent / "run"))
