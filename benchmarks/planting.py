"""Into which recordings lesions can be planted, how well hearts fit, and how large lesions are.

    python benchmarks/planting.py [FOLDER=LABELS ...]

Normal recordings at 100 Hz: synthetic ones of fold 9, generated ones where the extra `deepfake` is
installed, and those of folders of real ones with a table of labels, where given. Of synthetic ones
what a finding really changes is known: the difference that is planted into the healthy twin is
compared with it. Writes benchmarks/results/planting.md. About 0.1 s a recording on one core.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from xai_bench import storage
from xai_bench.data import load_data
from xai_bench.data.lead_algebra import EIGHT
from xai_bench.data.planted import LESIONS
from xai_bench.data.planted.deepfake_backgrounds import DeepfakeBackgrounds
from xai_bench.data.planted.one_background import Background, background
from xai_bench.data.planted.sick_heart import sick_heart
from xai_bench.data.second_opinion import second_reader
from xai_bench.data.synthetic import SyntheticSource
from xai_bench.data.synthetic.cohort import FINDINGS, Difficulty, draw_cohort
from xai_bench.data.synthetic.leads import twelve
from xai_bench.data.synthetic.pathology import draw_severity
from xai_bench.errors import DatasetError, RecordingError
from xai_bench.randomness import seed_for
from xai_bench.types import LEADS

RESULT = Path(__file__).parent / "results" / "planting.md"
RATE_HZ, FOLD, SYNTHETIC, GENERATED, OF_A_FINDING = 100.0, 9, 150, 100, 12
NORMAL = frozenset({"NORM"})

Backgrounds = list[tuple[str, Background]]


def fitted(recordings: Iterable[tuple[str, np.ndarray]]) -> tuple[Backgrounds, Counter[str]]:
    """The recordings that can be planted, and the reasons of the others without their numbers."""
    found, reasons = [], Counter[str]()
    for name, microvolt in recordings:
        try:
            found.append((name, background(np.asarray(microvolt), RATE_HZ, is_checked=True)))
        except RecordingError as error:
            what = re.split("[:,;]", str(error))[0]
            reasons[re.sub(r"\d\S*", "N", what)] += 1
    return found, reasons


def row(name: str, found: Backgrounds, reasons: Counter[str]) -> str:
    shares = [
        f"{np.median(each):.3f} ({np.percentile(each, 10):.3f})"
        for each in (
            [one.fitted.explained_qrs for _, one in found],
            [one.fitted.explained_st_t for _, one in found],
        )
    ]
    why = ", ".join(f"{reason} {n}" for reason, n in reasons.most_common()) or "none"
    cells = (name, len(found) + reasons.total(), len(found), *shares, why)
    return f"| {' | '.join(map(str, cells))} |"


def full_pictures(found: Backgrounds) -> Iterator[tuple[str, np.ndarray]]:
    """Of each lesion of the heart the largest change of its full picture, mV."""
    for name, lesion in LESIONS.items():
        if lesion.change is None:
            continue
        sizes = []
        for record_id, one in found:
            rng = np.random.default_rng(seed_for(0, record_id, f"lesion {name}"))
            difference = one.difference(lesion.change(one.fitted.heart, rng))
            sizes.append(np.abs(twelve(difference)).max())
        yield name, np.array(sizes)


def likeness(source: SyntheticSource) -> Iterator[str]:
    """Of each finding: what is planted into the healthy twin, beside what the finding changed.

    Both draw the same severity and the same place, so that the fitted heart is what differs.
    """
    eight = [LEADS.index(lead) for lead in EIGHT]
    assert source.index.fold is not None
    cohort = draw_cohort(0, len(source.index), Difficulty())
    alone: dict[str, list[int]] = {name: [] for names in FINDINGS.values() for name in names}
    for number in np.flatnonzero(source.index.fold == FOLD).tolist():
        if len(cohort.planted[number]) == 1:
            alone[cohort.planted[number][0]].append(number)
    for finding, numbers in alone.items():
        cosines = []
        for number in numbers[:OF_A_FINDING]:
            record, record_id = source.read(number), source.index.record_id[number]
            twin = np.asarray(record.healthy)
            true = (record.microvolt.astype(np.float64) - twin)[eight]
            for _, one in fitted([(record_id, twin)])[0]:
                rng = np.random.default_rng(seed_for(0, record_id, finding))
                severity = draw_severity(rng, Difficulty().mildest)
                made = one.difference(sick_heart(one.fitted.heart, finding, severity, rng))
                lengths = np.linalg.norm(made) * np.linalg.norm(true)
                cosines.append(float((made * true).sum() / lengths))
        low, middle = np.percentile(cosines, [10, 50])
        yield f"| {finding} | {len(cosines)} | {middle:.2f} | {low:.2f} |"


def normal_of_fold(source: SyntheticSource) -> Iterator[tuple[str, np.ndarray]]:
    index = source.index
    assert index.fold is not None
    assert index.labels is not None
    normal = (k for k in np.flatnonzero(index.fold == FOLD).tolist() if index.labels[k] == NORMAL)
    for number in islice(normal, SYNTHETIC):
        yield index.record_id[number], source.read(number).microvolt


def generated() -> Iterator[tuple[str, np.ndarray]]:
    made = DeepfakeBackgrounds(size=GENERATED, rate_hz=RATE_HZ)
    yield from ((made.record_id[k], made.microvolt(k)) for k in range(GENERATED))


def normal_of_folder(folder: str) -> Iterator[tuple[str, np.ndarray]]:
    path, _, labels = folder.partition("=")
    given = load_data(path, split="all", rate_hz=RATE_HZ, length="crop", labels=labels or None)
    of = given.labels or (frozenset(),) * len(given)
    for name, microvolt, its in zip(given.record_id, given.microvolt, of, strict=True):
        if its == NORMAL:
            yield name, np.asarray(microvolt)


def main(folders: list[str]) -> None:
    source = SyntheticSource(rate_hz=RATE_HZ)
    sets: list[tuple[str, Iterator[tuple[str, np.ndarray]]]]
    sets = [(f"synthetic, fold {FOLD}", normal_of_fold(source)), ("generated", generated())]
    sets += [
        ("/".join(Path(one.partition("=")[0]).parts[-2:]), normal_of_folder(one)) for one in folders
    ]
    lines, pictures = [], []
    for name, recordings in sets:
        try:
            found, reasons = fitted(recordings)
        except DatasetError as error:
            print(f"{name}: {error}")
            continue
        lines.append(row(name, found, reasons))
        print(lines[-1], flush=True)
        pictures.append((name, dict(full_pictures(found))))
    sizes = [
        f"| {lesion} | "
        + " | ".join(
            "{1:.2f} ({0:.2f} to {2:.2f})".format(*np.percentile(of[lesion], [10, 50, 90]))
            for _, of in pictures
        )
        + " |"
        for lesion in pictures[0][1]
    ]
    cosines = list(likeness(source))
    print(*cosines, sep="\n", flush=True)
    names = [name for name, _ in pictures]
    checked = second_reader() or "nobody: openecg is not installed"
    text = [
        *("# Into what lesions can be planted", ""),
        f"Normal recordings at {RATE_HZ:g} Hz. Waves checked by {checked}. Shares of power that "
        "the fitted heart explains of the median beat: median (10th percentile). Made by "
        "benchmarks/planting.py.",
        "",
        "| recordings | normal | plantable | of QRS | of ST and T | why the others are not |",
        "| --- | ---: | ---: | ---: | ---: | --- |",
        *lines,
        "",
        "Full picture of a lesion: the largest change of a lead, mV, median (10th to 90th "
        "percentile). A larger dose exaggerates it.",
        "",
        f"| lesion | {' | '.join(names)} |",
        f"| --- |{' ---: |' * len(names)}",
        *sizes,
        "",
        "What is planted into the healthy twin of a synthetic recording, beside what its finding "
        "really changed: cosine over leads and samples.",
        "",
        "| finding | n | median | 10th percentile |",
        "| --- | ---: | ---: | ---: |",
        *cosines,
        "",
    ]
    storage.write_file(RESULT, "\n".join(text).encode())


if __name__ == "__main__":
    main(sys.argv[1:])
