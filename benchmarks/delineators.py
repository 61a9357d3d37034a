"""Where delineators disagree, who is right where the waves are known, and by how much they err.

    python benchmarks/delineators.py disagree [FOLDER[=LABELS] ...]
    python benchmarks/delineators.py generators|folders|beats [FOLDER[=LABELS] ...]
        [--readers NAME[=WEIGHTS] ...]
    python benchmarks/delineators.py page

disagree: healthy synthetic recordings of fold 9 at 500 and 100 Hz, generated recordings where the
extra `deepfake` is installed, and folders of real ones at 500 Hz with their labels, where given.
Writes benchmarks/results/delineators.md. About 0.1 s a recording on one core.

The other verbs measure by how much readers of waves err: on held-out synthetic recordings at 500
and 100 Hz and on those of a generator that none was made with; on findings planted into real
recordings, and on real recordings beside openecg; on beats that cardiologists marked. Each puts its
rows into benchmarks/results/wave_errors.csv, of which page renders .md and .png. About half a
second a recording on one core. NAME=WEIGHTS is delnet with other weights.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import wfdb

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
from xai_bench.models.waves import WaveReader, find_reader
from xai_bench.models.waves.delnet_reader import DelNetReader, read_net
from xai_bench.report.delineation.figures import draw_errors
from xai_bench.report.delineation.files import save_png
from xai_bench.report.delineation.tables import error_table
from xai_bench.report.markdown import markdown_table
from xai_bench.studies.delineation.study import ReadWaves, compare_readers
from xai_bench.studies.delineation.wave_errors import (
    Matches,
    error_rows,
    match_waves,
    spans_of,
)
from xai_bench.types import LEADS, Recordings
from xai_bench.wave_names import WAVE_READERS

RESULT = Path(__file__).parent / "results" / "delineators.md"
SECONDS = 10.0
HEALTHY, FOLD, GENERATED = frozenset({"NORM"}), 9, 150
ABOUT = {
    **{"P in": "P in most beats", "T in": "T in most beats"},
    **{f"{wave} {end}": f"{wave} {end}" for wave in ("QRS", "P") for end in ("onset", "end")},
    "T end": "T end",
}

Readers = Mapping[str, WaveReader]
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


def disagree(folders: list[str]) -> None:
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


COHORT, PLANTED = 40, 24
TABLE = Path(__file__).parent / "results" / "wave_errors.csv"
BEATS = frozenset("NLRBAaJSVrFejnE/fQ?")
"""Symbols of beats among annotations (PhysioNet)."""
STEP_S = 9.0
"""Windows of ten seconds that begin so far apart ask for each beat once: `EDGE_S`."""
EVERY = 5
"""Of these windows one in five is read: openecg takes a tenth of a second for each."""
PUBLISHED = (
    ("ECG-DelNet (arXiv 2005.05236), QT database", "P", "recall 98.73, precision 90.12"),
    ("", "QRS", "recall 99.94, precision 99.14"),
    ("", "T", "recall 99.88, precision 98.25"),
    (
        "synthetic augmentation (arXiv 2111.12996), three databases",
        "all",
        "F1 99.38; onset 2.19 ± 17.73 ms, offset 4.45 ± 18.32 ms",
    ),
)
"""Of other data than ours: recordings that cardiologists marked, one or two leads."""


def beside(name: str, recordings: Recordings, readers: Readers, reference: str) -> ReadWaves:
    """Each reader, on recordings by the name that the table has."""
    print(name, len(recordings), flush=True)
    named = replace(recordings, name=name)
    return compare_readers(named, readers, reference=reference)


def of_generators(readers: Readers) -> Iterator[ReadWaves]:
    for name, rate_hz in (("synthetic", 500.0), ("synthetic", 100.0), ("synthetic-ode", 500.0)):
        recordings = load_data(name, n=COHORT, rate_hz=rate_hz)
        yield beside(f"{name}, {rate_hz:g} Hz", recordings, readers, "planted")


def of_folder(folder: str, readers: Readers) -> Iterator[ReadWaves]:
    """Findings planted into its normal recordings, whose waves our rules found before; and all of
    them beside openecg, which is no truth."""
    path, _, labels = folder.partition("=")
    real = load_data(path, labels=labels or None, split="all", rate_hz=500.0, length="crop")
    others = {key: read for key, read in readers.items() if key != "openecg"}
    yield beside(f"{named(path)}, 500 Hz", real, others, "openecg")
    planted = load_data(
        f"planted:{path}", labels=labels or None, split="all", n=PLANTED, rate_hz=500.0
    )
    yield beside(f"planted into {named(path)}, 500 Hz", planted, readers, "planted")


def named(path: str) -> str:
    return "/".join(Path(path).parts[-2:])


def of_beats(folder: str, readers: Readers) -> Iterator[pd.DataFrame]:
    """A table of each annotated record, and of all; whether its beats are found."""
    records = sorted(Path(folder).glob("*.atr"))
    every: dict[str, list[tuple[str, dict[str, Matches]]]] = {name: [] for name in readers}
    for path in records:
        signal, about = wfdb.rdsamp(str(path.with_suffix("")))
        marks = wfdb.rdann(str(path.with_suffix("")), "atr")
        rate_hz = float(about["fs"])
        is_beat = np.array([symbol in BEATS for symbol in marks.symbol])
        beats = marks.sample[is_beat]
        print(f"beats of {path.stem}", len(beats), flush=True)
        samples = round(SECONDS * rate_hz)
        step = round(EVERY * STEP_S * rate_hz)
        for start in np.arange(0, len(signal) - samples + 1, step):
            window = signal[start : start + samples].T
            inside = beats[(beats >= start) & (beats < start + samples)] - start
            known = np.repeat(inside[:, None] / rate_hz, 2, axis=1)
            for name, read in readers.items():
                labels = read(window, rate_hz)
                one = match_waves(known, spans_of(labels, "QRS", rate_hz), SECONDS)
                every[name].append((path.stem, {"QRS": one}))
    label = Path(folder).resolve().name
    names = [path.stem for path in records]
    for record in (*names, *([""] if len(names) > 1 else [])):
        for name, pairs in every.items():
            kept = [(one, match) for one, match in pairs if record in ("", one)]
            rows = error_rows([match for _, match in kept], [one for one, _ in kept])
            rows = rows[rows["measure"].isin(["sensitivity", "ppv"])]
            rows.insert(0, "reader", name)
            rows.insert(0, "reference", "annotated beats")
            rows.insert(0, "rate_hz", 360.0)
            rows.insert(0, "data", f"{label} {record}".strip())
            yield rows


def put_in(tables: Iterable[pd.DataFrame]) -> None:
    """Add rows to the table, in place of those of the same data and reader."""
    for made in tables:
        with storage.alone(TABLE.with_suffix(".lock")):
            table = made
            if TABLE.exists():
                before = read_errors()
                keys = ["data", "reference", "reader"]
                new = set(map(tuple, made[keys].to_numpy().tolist()))
                old = map(tuple, before[keys].to_numpy().tolist())
                table = pd.concat([before[[key not in new for key in old]], made])
            table = ordered(table)
            text = table.to_csv(index=False, float_format="%.6g", lineterminator="\n")
            storage.write_file(TABLE, text)


def read_errors() -> pd.DataFrame:
    return pd.read_csv(TABLE, keep_default_na=False, na_values={"value": "", "low": "", "high": ""})


def ordered(table: pd.DataFrame) -> pd.DataFrame:
    """In the order of the page: what is known best comes first."""
    place = {"planted": 0, "annotated beats": 1, "openecg": 2}
    readers = {name: place for place, name in enumerate(WAVE_READERS)}
    sorts = pd.DataFrame(
        {
            "place": table["reference"].map(place)
            + 0.5 * table["data"].str.startswith("planted into"),
            "data": table["data"],
            "reader": table["reader"].map(readers).fillna(len(readers)),
        }
    ).reset_index(drop=True)
    rows = sorts.sort_values(["place", "data", "reader"], kind="stable").index
    return table.reset_index(drop=True).loc[rows]


def reader_of(given: str) -> WaveReader:
    _, is_of, weights = given.partition("=")
    return DelNetReader(read_net(Path(weights))) if is_of else find_reader(given)


def page_of_errors(table: pd.DataFrame) -> None:
    """The page and the picture of the table alone."""
    text = [
        "# How far readers of waves are from what is known",
        "",
        "Made by benchmarks/delineators.py of wave_errors.csv; readers are those of "
        "xai-bench ls waves, and delnet without a part of its training. A wave is found where the "
        "middle of one lies within 150 ms; the first and the last half second do not count. "
        "Errors are mean ± SD, positive where an edge is found later; intervals are of 95 %, over "
        "patients, and of the mean. Of mitbih a recording is a window of 10 s, one in five, and a "
        "patient a record. Planted into real recordings, waves are those that our rules found "
        "before, which favours the rules. Generators define edges in their own ways: synthetic-ode "
        "ends its waves farther out. delnet, no-augmentation and no-boundaries are one training "
        "each.",
        "",
    ]
    for (_, reference), part in table.groupby(["data", "reference"], sort=False):
        made = error_table(part)
        text += [f"## {part['data'].iloc[0]}, beside: {reference}", ""]
        text += [markdown_table(made)]
    text += ["## What the papers report, of other recordings", "", "| source | wave | figures |"]
    text += ["| --- | --- | --- |", *(f"| {' | '.join(row)} |" for row in PUBLISHED), ""]
    storage.write_file(TABLE.with_suffix(".md"), "\n".join(text))
    drawn = table[(table["reference"] == "planted") & table["reader"].isin(list(WAVE_READERS))]
    save_png(draw_errors(drawn), TABLE.with_suffix(".png"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    verbs = ("disagree", "generators", "folders", "beats", "page")
    parser.add_argument("verb", choices=verbs)
    parser.add_argument("folders", nargs="*")
    parser.add_argument("--readers", nargs="*", default=list(WAVE_READERS))
    given = parser.parse_args()
    if second_reader() is None:
        sys.exit("openecg is not installed: pip install 'xai-bench[openecg]'")
    readers = {one.partition("=")[0]: reader_of(one) for one in given.readers}
    if given.verb == "disagree":
        disagree(given.folders)
    elif given.verb == "generators":
        put_in(one.table for one in of_generators(readers))
    elif given.verb == "folders":
        for folder in given.folders:
            put_in(one.table for one in of_folder(folder, readers))
    elif given.verb == "beats":
        for folder in given.folders:
            put_in(of_beats(folder, readers))
    else:
        page_of_errors(read_errors())


if __name__ == "__main__":
    main()
