"""How close made recordings of each class come to real ones: docs/realism/.

    python -m tools.realism FOLDER

FOLDER has what `tools.real_recordings` reads, and folders of the PhysioNet Challenge in challenge/.
Real recordings are no part of this repository; what was measured of them is. Nothing is tuned by
these numbers.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tools.real_recordings import mended, read_ptbxl
from xai_bench import load_data
from xai_bench.data import open_source
from xai_bench.data.planted.folder_backgrounds import FolderBackgrounds
from xai_bench.data.planted.planted_source import PlantedSource
from xai_bench.data.source import Index, Record, Source
from xai_bench.errors import DatasetError, RecordingError
from xai_bench.randomness import seed_for
from xai_bench.report.progress_bar import progress
from xai_bench.report.realism.comparisons_page import write_comparisons
from xai_bench.results.study_tables import StudyResult
from xai_bench.studies.realism.compared_recordings import NORMAL, made_of_class, of_class
from xai_bench.studies.realism.study import join, measure_realism
from xai_bench.tasks import SUPERCLASSES
from xai_bench.types import Recordings

__all__ = ["ABOUT", "COMMAND", "OUT", "Pair", "compared", "comparisons", "planted_into"]
__all__ += ["synthetic_fingerprint"]

OUT = Path("docs", "realism")
COMMAND = "make realism"
OTHERS = ("georgia", "cpsc2018", "chapman_ningbo")
RATE_HZ = 100.0
"""At which most recordings of PTB-XL can be had."""
FEWEST = 10
"""Real recordings of a class below which nothing is asked."""
MADE = 60
OTHER_SYNTHETIC = "synthetic-others"
SEED = 0

ABOUT = f"""Three kinds of recordings are made: `synthetic`, the embedded set; `planted-deepfake`,
findings planted into recordings of a generator of normal ones (its normal class is that generator,
with nothing planted); and `planted-ptbxl`, findings planted into real normal recordings. No second
reader was asked for the waves of either. Each is compared with real recordings of its class: of
PTB-XL (`ptbxl`; headers that state a gain of 200 units per mV are read with PTB-XL's, 1000), and of
folders of the PhysioNet Challenge, whose classes are read from SNOMED codes. Diseased are
recordings with the class among their labels, normal those with no other label. All at {RATE_HZ:g}
Hz, their first 10 s; up to {MADE} made ones, of each background one. Classes with fewer than
{FEWEST} real recordings are left out.
Two kinds of rows are no question of realism and say how to read the others: real recordings of one
hospital beside those of another, and synthetic recordings beside others of the same generator, as
many as there are real ones (`{OTHER_SYNTHETIC}`), where there is nothing to find. Real recordings
are few: read the interval. Nothing was tuned by these numbers."""


class Pair(NamedTuple):
    """Real recordings, and others that are compared with those of one class."""

    real: Recordings
    made: Recordings
    label: str


class _Given(Source):
    """Recordings as a source, so that they can be planted."""

    has_evidence = False

    def __init__(self, given: Recordings) -> None:
        self.name = given.name
        self.rate_hz = given.rate_hz
        self.samples = given.microvolt.shape[2]
        self._given = given

    @property
    def index(self) -> Index:
        given = self._given
        return Index(record_id=given.record_id, patient_id=given.patient_id, labels=given.labels)

    def fingerprint(self) -> str:
        return self._given.fingerprint()

    def read(self, row: int) -> Record:
        return Record(microvolt=np.asarray(self._given.microvolt[row]))


def planted_into(recordings: Recordings, label: str) -> Recordings:
    """A finding of this class in each normal recording that one can be planted into."""
    # Unchecked, so that the numbers are the same whether a second reader is installed or not.
    backgrounds = FolderBackgrounds(_Given(recordings))
    source = PlantedSource(backgrounds, all_findings=True, is_checked=False)
    index = source.index
    assert index.labels is not None
    rows = sorted(
        (row for row, labels in enumerate(index.labels) if labels == {label}),
        key=lambda row: seed_for(SEED, index.record_id[row], "finding"),
    )
    found: dict[str, tuple[int, np.ndarray]] = {}
    left_out = []
    for row in rows:
        if index.patient_id[row] in found:
            continue
        try:
            found[index.patient_id[row]] = row, source.read(row).microvolt
        except RecordingError as error:
            left_out.append(str(error))
    chosen = [row for row, _ in found.values()]
    return Recordings(
        name=source.name,
        microvolt=np.stack([microvolt for _, microvolt in found.values()]),
        rate_hz=recordings.rate_hz,
        record_id=tuple(index.record_id[row] for row in chosen),
        patient_id=tuple(index.patient_id[row] for row in chosen),
        labels=tuple(index.labels[row] for row in chosen),
        left_out=tuple(left_out),
    )


def comparisons(folder: Path, classes: Sequence[str] = SUPERCLASSES) -> Iterator[Pair]:
    """Every class of every hospital with enough recordings, beside what is made of that class.

    Also the first hospital beside each other, which says what a difference is worth; and synthetic
    recordings beside as many others of the same generator as there are real ones, which says what
    the test gives where there is no difference.
    """
    ptbxl = mended(*read_ptbxl(folder, RATE_HZ))
    hospitals = [ptbxl]
    for name in OTHERS:
        place = folder / "challenge" / name
        if place.is_dir():
            read = load_data(place, split="all", rate_hz=RATE_HZ, length="crop")
            hospitals.append(replace(read, name=name))
    for label in classes:
        enough = [real for real in hospitals if _count(real, label) >= FEWEST]
        if not enough:
            continue
        first, *others = enough
        make = partial(made_of_class, label=label, rate_hz=RATE_HZ, seed=SEED)
        more = _count(first, label)
        synthetic = make("synthetic", n=MADE + more)
        made = [synthetic[:MADE], make("planted:deepfake", n=MADE)]
        if label != NORMAL:  # a normal recording is its own background
            made.append(planted_into(ptbxl, label))
        yield from (Pair(real, one, label) for real in enough for one in made)
        yield from (Pair(first, of_class(other, label)[0], label) for other in others)
        yield Pair(replace(synthetic[MADE:], name=OTHER_SYNTHETIC), synthetic[:MADE], label)


def _count(recordings: Recordings, label: str) -> int:
    try:
        return len(of_class(recordings, label)[0])
    except DatasetError:
        return 0


def compared(pair: Pair) -> StudyResult:
    """One comparison, of each feature the lead that differs most; and the fingerprint of the
    synthetic recordings of this version."""
    real, made, label = pair
    found = measure_realism(
        real, made=made, label=label, n=MADE, rate_hz=RATE_HZ, models=[], seed=SEED
    ).result
    facts = found.facts | {"command": COMMAND, "synthetic": synthetic_fingerprint()}
    table = found.table.sort_values("value", ascending=False, kind="stable")
    of_feature = table["statistic"] == "KS"
    first = ~table.duplicated(["statistic", "shown"]) | ~of_feature
    return replace(found, table=table[first].sort_index(), facts=facts)


def synthetic_fingerprint() -> str:
    """Of the embedded recordings in the form that is compared."""
    return open_source("synthetic", rate_hz=RATE_HZ).fingerprint()


def main() -> int:
    """Compare, and write the page."""
    folder, root = Path(sys.argv[1]), Path(__file__).parents[1]
    results: list[StudyResult] = []
    with progress() as bar:
        pairs = list(comparisons(folder))
        for done, pair in enumerate(pairs):
            bar("comparisons", done, len(pairs))
            results.append(compared(pair))
    write_comparisons(join(results), root / OUT, about=ABOUT, command=COMMAND)
    return 0


if __name__ == "__main__":
    sys.exit(main())
