"""How good grounded reports are: their measurements, and whether their scores tell methods apart.

    python benchmarks/grounded.py [FOLDER=LABELS]

Measurements against what was planted, in synthetic recordings of the test fold. Then what methods
and controls cite, against what is measured (and planted) there, in synthetic recordings labelled MI
and, where a folder of real ones is given (tools/real_folders.py makes one of PTB-XL), in its
recordings labelled MI or NORM. Writes benchmarks/results/grounded.csv and .md. Five minutes on one
core.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from xai_bench import attribute, load_data, load_model, storage
from xai_bench.data.delineate import waves_of
from xai_bench.data.measured_recording import measure_recording
from xai_bench.data.synthetic import SyntheticSource
from xai_bench.data.synthetic.cohort import Cohort, Difficulty, draw_cohort
from xai_bench.data.synthetic.heartbeats import Beats, lay_out, render
from xai_bench.data.synthetic.leads import twelve
from xai_bench.data.synthetic.pathology import draw_severity, plant
from xai_bench.data.synthetic.patient import draw_patient
from xai_bench.data.synthetic.rhythm import draw_rhythm
from xai_bench.data.synthetic.sampling import Sampling
from xai_bench.models import Model
from xai_bench.randomness import seed_for
from xai_bench.report.explanation.attribution_regions import strongest
from xai_bench.report.explanation.grounded_report import measure_one_of
from xai_bench.report.explanation.method_explanation import MOST_FOR
from xai_bench.report.explanation.self_scores import SelfScore, lead_scores, planted_scores
from xai_bench.report.markdown import markdown_table
from xai_bench.report.table import columns, text_table
from xai_bench.results import to_csv
from xai_bench.stats import statistic_interval
from xai_bench.types import Recordings

RESULTS = Path(__file__).parent / "results"
MEASURED, RHYTHMS, MI, TEST_FOLD = 200, 500, 96, 10
FINE_HZ = 500.0
MODELS = {
    "imn": ("native", "ig-16", "gradcam", "input-x-gradient", "saliency"),
    "resnet1d": ("ig-16", "gradcam", "input-x-gradient", "saliency"),
}
CONTROLS = ("amplitude", "random", "oracle")
WHOLE = ("heart rate", "PR", "QRS", "QT", "axis")
AGREEMENT = "agreement with what is measured"
PRECISION = "precision against what is planted"
COLUMNS = ["question", "data", "model", "method", "score", "n", "patients", "mean", "low", "high"]
Row = tuple[object, ...]


def truth(cohort: Cohort, row: int) -> dict[str, float]:
    """What the generator laid out: medians over beats from the atria that are in the recording."""
    record_id, patient_id = cohort.record_id[row], cohort.patient_id[row]

    def rng(identity: str, purpose: str) -> np.random.Generator:
        return np.random.default_rng(seed_for(0, identity, purpose))

    age, difficulty = float(cohort.age[row]), Difficulty()
    patient = draw_patient(
        rng(patient_id, "patient"), age=age, male=bool(cohort.male[row]), difficulty=difficulty
    )
    rhythm = draw_rhythm(
        rng(record_id, "rhythm"),
        heart_rate=float(cohort.heart_rate[row]),
        age=age,
        seconds=10.0,
        kind=cohort.rhythm[row],
    )
    heart = patient.heart
    for finding in cohort.planted[row]:
        generator = rng(record_id, finding)
        heart = plant(heart, finding, draw_severity(generator, difficulty.mildest), generator)
    beats = lay_out(heart, heart, patient.field, rhythm)
    inside = (beats.onset > 0) & (beats.onset < 9.5) & ~rhythm.ventricular

    def milliseconds(of_beats: np.ndarray) -> float:
        return 1000 * float(np.median(of_beats[inside]))

    return {
        "heart rate": 60 / float(np.median(np.diff(beats.onset[inside]))),
        "PR": math.nan if rhythm.fibrillating else milliseconds(-beats.p_onset),
        "QRS": milliseconds(beats.qrs_end),
        "QT": milliseconds(beats.t_end),
        "axis": _axis(beats, inside),
    }


def _axis(beats: Beats, inside: np.ndarray) -> float:
    """Of the area of QRS in I and aVF without noise, as it is measured; degrees."""
    clean = twelve(render(beats, Sampling(rate_hz=FINE_HZ, samples=round(10 * FINE_HZ))))
    area = np.zeros(12)
    for onset, end in zip(beats.onset[inside], beats.qrs_end[inside], strict=True):
        first, stop = (round(at * FINE_HZ) for at in (onset, onset + end))
        level = np.median(clean[:, max(first - 8, 0) : max(first, 1)], axis=1, keepdims=True)
        area += (clean[:, first : stop + 1] - level).sum(axis=1)
    return math.degrees(math.atan2(2 * area[5], math.sqrt(3) * area[0]))


def measurements(rate_hz: float) -> Iterator[Row]:
    """Mean and standard deviation of what is measured less what was planted."""
    source, cohort = SyntheticSource(rate_hz=rate_hz), draw_cohort(0, 10_000, Difficulty())
    rows = np.flatnonzero(cohort.fold == TEST_FOLD)[:MEASURED].tolist()
    errors: dict[str, list[float]] = {name: [] for name in WHOLE}
    missing = dict.fromkeys(WHOLE, 0)
    for row in rows:
        found = measure_recording(source.read(row).microvolt, rate_hz)
        for name, planted in truth(cohort, row).items():
            value = found.of(name).value
            if value is None:
                missing[name] += not math.isnan(planted)
            elif not math.isnan(planted):
                error = value - planted
                errors[name].append((error + 180) % 360 - 180 if name == "axis" else error)
    data = f"synthetic, {rate_hz:g} Hz"
    for name in WHOLE:
        values = np.array(errors[name])
        low, median, high = np.percentile(values, [5, 50, 95])
        yield ("measured", data, "", name, "not measured", len(rows), "", missing[name], "", "")
        yield ("measured", data, "", name, "bias", len(values), "", values.mean(), "", "")
        yield ("measured", data, "", name, "sd", len(values), "", values.std(ddof=1), "", "")
        yield ("measured", data, "", name, "median", len(values), "", median, low, high)


def rhythms() -> Iterator[Row]:
    """How often fibrillation is called where it is planted, and where it is not."""
    source, cohort = SyntheticSource(rate_hz=100.0), draw_cohort(0, 10_000, Difficulty())
    called: dict[str, list[bool]] = {}
    for row in np.flatnonzero(cohort.fold == TEST_FOLD)[:RHYTHMS].tolist():
        found = measure_recording(source.read(row).microvolt, 100.0).rhythm
        called.setdefault(cohort.rhythm[row], []).append("fibrillation" in found.finding)
    for kind, calls in called.items():
        yield (
            *("rhythm", "synthetic, 100 Hz", "", kind, "called fibrillation"),
            *(len(calls), "", np.mean(calls), "", ""),
        )


def agreement(
    model: Model, recordings: Recordings, target: str, data: str, methods: tuple[str, ...]
) -> Iterator[Row]:
    """Means of the scores of reports, with intervals over patients."""
    waves = waves_of(recordings)
    measured = [measure_one_of(recordings[[i]]) for i in range(len(recordings))]
    is_normal = model.task.classes.index(target) == model.task.normal
    for method in methods:
        found = attribute(model, recordings, method, target=target)
        scores: dict[str, list[float]] = {}
        for i, one in enumerate(measured):
            evidence = None if recordings.evidence is None else np.asarray(recordings.evidence[i])
            cited = strongest(found.values[i], waves[i], sign=1, most=MOST_FOR)
            for score in (
                *lead_scores(cited, one, waves[i], is_normal=is_normal),
                *planted_scores(cited, waves[i], evidence, is_normal=is_normal),
            ):
                for name, value in _numbers(score):
                    scores.setdefault(name, []).append(math.nan if value is None else value)
        for name, values in scores.items():
            known = np.array(values)
            has = np.isfinite(known)
            if not has.any():
                continue
            patients = [recordings.patient_id[i] for i in np.flatnonzero(has)]
            low, high = statistic_interval(known[has], patients, "mean")
            yield (
                *("agreement", data, model.name, method, name),
                *(int(has.sum()), len(set(patients)), known[has].mean(), low, high),
            )
        print(f"{data}, {model.name}: {method}", flush=True)


def _numbers(score: SelfScore) -> Iterator[tuple[str, float | None]]:
    """Percent of a score, what chance would reach, and by how much it is above that."""
    yield score.name, score.percent
    if score.chance_percent is not None and score.percent is not None:
        yield f"{score.name}, by chance", score.chance_percent
        yield f"{score.name}, above chance", score.percent - score.chance_percent


def labelled(recordings: Recordings, label: str, other: str) -> Recordings:
    """Those with one label and without the other."""
    assert recordings.labels is not None
    rows = [i for i, one in enumerate(recordings.labels) if label in one and other not in one]
    return recordings[rows]


def main(folders: list[str]) -> None:
    rows: list[Row] = []
    for rate_hz in (500.0, 100.0):
        rows += measurements(rate_hz)
        print(f"measured at {rate_hz:g} Hz", flush=True)
    rows += rhythms()
    made = labelled(load_data("synthetic", n=6 * MI), "MI", "NORM")[:MI]
    for name, methods in MODELS.items():
        model = load_model(name)
        rows += agreement(model, made, "MI", "synthetic MI", (*methods, *CONTROLS))
        for folder in folders:
            path, _, labels = folder.partition("=")
            given = load_data(path, split="all", labels=labels or None, length="crop")
            for label, other in (("MI", "NORM"), ("NORM", "MI")):
                chosen = labelled(given, label, other)
                data = f"{Path(path).name} {label}"
                rows += agreement(model, chosen, label, data, (*methods, *CONTROLS[:2]))
    table = pd.DataFrame(rows, columns=COLUMNS)
    storage.write_file(RESULTS / "grounded.csv", to_csv(table))
    storage.write_file(RESULTS / "grounded.md", page(table))


def page(table: pd.DataFrame) -> str:
    """The tables that are read."""
    return "\n".join(
        [
            "# How good grounded reports are",
            "",
            "Made by benchmarks/grounded.py from the test fold of the synthetic set and, where "
            "given, real recordings; all numbers are in grounded.csv.",
            "",
            "## Measured less planted, synthetic recordings",
            "",
            _measured_table(table),
            "## Atrial fibrillation, synthetic recordings at 100 Hz",
            "",
            _rhythm_table(table),
            "## Do the scores of a report tell methods from controls?",
            "",
            "Percent, means over recordings with 95 % bootstrap intervals over patients. A report "
            f"cites the {MOST_FOR} waves of leads with most of what is positive. In recordings "
            "labelled NORM the class NORM is explained, and agreement means measured and normal. A "
            "method without a lead axis names no lead.",
            "",
            _agreement_table(table),
        ]
    )


Numbers = dict[str, dict[str, float]]


def _numbers_of(some: pd.DataFrame) -> Numbers:
    """Score -> n, mean, low, high; NaN for what is empty."""
    wanted = ("n", "mean", "low", "high")
    numbers = {name: pd.to_numeric(some[name], errors="coerce").tolist() for name in wanted}
    names = some["score"].tolist()
    return {one: {what: numbers[what][i] for what in wanted} for i, one in enumerate(names)}


def _measured_table(table: pd.DataFrame) -> str:
    rows = []
    of = table[table["question"] == "measured"]
    for (data, name), some in of.groupby(["data", "method"], sort=False):
        values = _numbers_of(some)
        digits = 1 if name == "heart rate" else 0
        middle = values["median"]
        low, median, high = (_decimals(middle[end], digits) for end in ("low", "mean", "high"))
        rows.append(
            (
                *(str(data), str(name), f"{values['bias']['n']:.0f}"),
                *(_decimals(values[what]["mean"], digits) for what in ("bias", "sd")),
                f"{median} ({low} to {high})",
                f"{values['not measured']['mean']:.0f}",
            )
        )
    headings = columns("recordings", "measurement", kind="name")
    headings += columns("n", "mean", "sd", "median (5 % to 95 %)", "not measured")
    return markdown_table(text_table("", headings, rows, ["/min, ms, °"]))


def _rhythm_table(table: pd.DataFrame) -> str:
    of = table[table["question"] == "rhythm"]
    rows = [
        (one["method"], str(one["n"]), f"{100 * float(one['mean']):.1f}")
        for _, one in of.iterrows()
    ]
    headings = [*columns("planted", kind="name"), *columns("n", "called fibrillation, %")]
    return markdown_table(text_table("", headings, rows))


def _agreement_table(table: pd.DataFrame) -> str:
    names = {
        "lead accuracy": "lead accuracy",
        "lead accuracy, above chance": "above chance (lead)",
        AGREEMENT: "agrees with measured",
        f"{AGREEMENT}, above chance": "above chance (measured)",
        PRECISION: "planted precision",
        f"{PRECISION}, above chance": "above chance (precision)",
        "recall of what is planted, above chance": "above chance (recall)",
    }
    rows = []
    of = table[table["question"] == "agreement"]
    for (data, model, method), some in of.groupby(["data", "model", "method"], sort=False):
        values = _numbers_of(some)
        cells = [_with_interval(values[name]) if name in values else "–" for name in names]
        most = max(one["n"] for one in values.values())
        rows.append((str(data), str(model), str(method), f"{most:.0f}", *cells))
    headings = columns("recordings", "model", "method", kind="name")
    return markdown_table(text_table("", [*headings, *columns("n", *names.values())], rows))


def _decimals(value: float, digits: int) -> str:
    """Without a minus before zero."""
    return f"{round(value, digits) + 0.0:.{digits}f}"


def _with_interval(number: dict[str, float]) -> str:
    return f"{number['mean']:.1f} ({number['low']:.1f} to {number['high']:.1f})"


if __name__ == "__main__":
    main(sys.argv[1:])
