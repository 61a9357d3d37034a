"""Where two delineators disagree, and who is right where the waves are known.

    python benchmarks/delineators.py [FOLDER[=LABELS] ...]

Healthy synthetic recordings of fold 9 at 500 and 100 Hz, generated recordings where the extra
`deepfake` is installed, and folders of real ones at 500 Hz with their labels, where given. Writes
benchmarks/results/delineators.md. About 0.1 s a recording on one core.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from xai_bench import storage
from xai_bench.data import load_data
from xai_bench.data.beat_finder import FINE_HZ, at_fine_rate
from xai_bench.data.delineate import delineate_recording
from xai_bench.data.planted.deepfake_backgrounds import DeepfakeBackgrounds
from xai_bench.data.second_opinion import (
    beat_waves,
    contradictions,
    disagreement,
    read_lead,
    second_reader,
)
from xai_bench.data.synthetic import SyntheticSource
from xai_bench.errors import DatasetError
from xai_bench.types import LEADS

RESULT = Path(__file__).parent / "results" / "delineators.md"
SECONDS = 10.0
HEALTHY, FOLD, GENERATED = frozenset({"NORM"}), 9, 150
ABOUT = {
    **{"P in": "P in most beats", "T in": "T in most beats"},
    **{f"{wave} {end}": f"{wave} {end}" for wave in ("QRS", "P") for end in ("onset", "end")},
    "T end": "T end",
}

Found = list[str | None]
"""What openecg contradicts in II, V5 and V2."""


def asked(microvolt: np.ndarray, rate_hz: float) -> Found:
    return [found for _, found in contradictions(microvolt, rate_hz)]


def about(found: Iterable[str | None]) -> str:
    """How often which thing is contradicted."""
    names = (
        next((name for start, name in ABOUT.items() if one.startswith(start)), "beats")
        for one in found
        if one
    )
    return ", ".join(f"{name} {n}" for name, n in Counter(names).most_common()) or "none"


def row(name: str, found: list[Found]) -> str:
    """A line of the table: in lead II alone, and in all three leads."""
    out = [one for one in found if all(one)]
    cells = (name, len(found), sum(one[0] is not None for one in found), len(out))
    return f"| {' | '.join(map(str, cells))} | {about(one[0] for one in out)} |"


def synthetic(rate_hz: float) -> Iterator[str]:
    """The line of healthy synthetic recordings, and who contradicts the planted waves."""
    source = SyntheticSource(rate_hz=rate_hz)
    fold = source.index.fold
    assert fold is not None
    of_fold = ((i, source.read(i)) for i in np.flatnonzero(fold == FOLD).tolist())
    rows = [i for i, one in of_fold if np.array_equal(one.microvolt, np.asarray(one.healthy))]
    found, ours_wrong, its_wrong, caught = [], 0, 0, 0
    for i in rows:
        record = source.read(i)
        assert record.waves is not None
        fine = at_fine_rate(record.microvolt / 1000.0, rate_hz)
        planted = beat_waves(np.repeat(record.waves, round(FINE_HZ / rate_hz)))
        ours = beat_waves(delineate_recording(fine, FINE_HZ))
        its = beat_waves(read_lead(fine[LEADS.index("II")]))
        found.append(asked(record.microvolt, rate_hz))
        is_wrong = disagreement(planted, ours, SECONDS) is not None
        ours_wrong += is_wrong
        caught += is_wrong and all(found[-1])
        its_wrong += disagreement(planted, its, SECONDS) is not None
    yield row(f"healthy synthetic, {rate_hz:g} Hz", found)
    yield (
        f"Against the planted waves at {rate_hz:g} Hz, by the same rules: ours are wrong in "
        f"{ours_wrong} of {len(rows)}, of which {caught} are left out; openecg's in lead II in "
        f"{its_wrong}."
    )


def generated() -> Iterator[str]:
    try:
        made = DeepfakeBackgrounds(size=GENERATED, rate_hz=500.0)
    except DatasetError:
        return
    yield row("generated, 500 Hz", [asked(made.microvolt(i), 500.0) for i in range(GENERATED)])


def real(folder: str) -> Iterator[str]:
    """Two lines of a folder: all its recordings, and those labelled NORM and nothing else."""
    path, _, labels = folder.partition("=")
    given = load_data(path, split="all", rate_hz=500.0, length="crop", labels=labels or None)
    found = [asked(np.asarray(one), 500.0) for one in given.microvolt]
    of = given.labels or (frozenset(),) * len(given)
    normal = [one for one, label in zip(found, of, strict=True) if label == HEALTHY]
    name = "/".join(Path(path).parts[-2:])
    yield row(f"{name}, all", found)
    yield row(f"{name}, NORM alone", normal)


def main(folders: list[str]) -> None:
    if second_reader() is None:
        sys.exit("openecg is not installed: pip install 'xai-bench[openecg]'")
    lines, notes = [], []
    for rate_hz in (500.0, 100.0):
        line, note = synthetic(rate_hz)
        lines.append(line)
        notes.append(note)
        print(line, note, sep="\n", flush=True)
    for more in (generated(), *map(real, folders)):
        for line in more:
            lines.append(line)
            print(line, flush=True)
    text = [
        "# Where two delineators disagree",
        "",
        f"Ours, and {second_reader()}; see xai_bench/data/second_opinion.py. A recording is left "
        "out where openecg contradicts in II, V5 and V2. Made by benchmarks/delineators.py.",
        "",
        "| recordings | n | contradicted in II | left out | what is contradicted of these in II |",
        "| --- | ---: | ---: | ---: | --- |",
        *lines,
        "",
        *(part for note in notes for part in (note, "")),
    ]
    storage.write_file(RESULT, "\n".join(text).encode())


if __name__ == "__main__":
    main(sys.argv[1:])
