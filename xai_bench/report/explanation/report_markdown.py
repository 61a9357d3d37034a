"""A grounded report in Markdown: short sentences with numbers, tables, the picture beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from xai_bench.data.measured_recording import BY_LEAD, MeasuredRecording, Measurement, Rhythm
from xai_bench.report.explanation.grounded_report import (
    TERRITORIES,
    ExplanationReport,
    MethodReport,
    NormalLimit,
    value_text,
)
from xai_bench.report.explanation.self_scores import SelfScore
from xai_bench.report.markdown import escaped_sentence, markdown_table
from xai_bench.report.table import Cell, Column, Row, Table, columns, text_table
from xai_bench.types import LEADS

__all__ = ["report_markdown"]

_WALLS = frozenset(TERRITORIES.values()) - {"no wall"}
_SHOWN_BY_LEAD = [name for name in BY_LEAD if name != "Q duration"]


def report_markdown(report: ExplanationReport) -> str:
    return "\n\n".join(_parts(report)) + "\n"


def _parts(report: ExplanationReport) -> Iterator[str]:
    of, recording = report.model, report.recording
    names = ", ".join(one.method for one in report.methods)
    title = f"{recording.id}: {of.target}, P = {of.probability:.2f} by {of.name}"
    yield f"# {escaped_sentence(title)}"
    yield escaped_sentence(f"Explained by {names}. {report.notice}")
    if report.picture is not None:
        picture = "explanation, drawn"
        mark = "" if report.picture.lower().endswith(".pdf") else "!"
        yield f"{mark}[The {picture}]({quote(report.picture)})"
    yield "## Recording"
    yield _lines(_about_recording(report))
    yield "## Measured"
    yield escaped_sentence(_rhythm(report.measured.rhythm))
    if report.measured.rhythm.reason is None:
        yield markdown_table(_whole(report.measured)).rstrip()
        yield markdown_table(_leads(report.measured)).rstrip()
        if reasons := _lines(_reasons(report.measured)):
            yield reasons
    for one in report.methods:
        yield f"## What it rests on: {escaped_sentence(one.method)}"
        yield _lines(_rests_on(one, report))
        yield markdown_table(_scores(one.scores)).rstrip()
        if missing := _lines(f"No {s.name}: {s.reason}." for s in one.scores if s.reason):
            yield missing
    yield "## How it is scored"
    yield (
        "By the rubric of GEM (Lan et al., arXiv:2503.06073), as far as it can be counted. There a "
        "language model gives points; percent is 100 points / most, on its scale of 0 to 100."
    )
    yield _lines(_formulas(report))
    yield "Left out, because it needs a language model or a doctor:"
    yield _lines(report.left_out)
    yield "## What is normal"
    yield (
        "In adults. Where age or sex is not known, the widest limit holds. Elevation of ST is read "
        "at the J point, depression 60 ms after it; whether that is horizontal is not measured."
    )
    yield markdown_table(_limits(report.limits)).rstrip()
    yield _lines(f"{who}: {where}." for who, where in _sources(report.limits).items())


def _sources(limits: tuple[NormalLimit, ...]) -> dict[str, str]:
    return {one.source: one.published for one in limits}


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(f"- {escaped_sentence(text)}" for text in texts)


def _about_recording(report: ExplanationReport) -> Iterator[str]:
    one, of = report.recording, report.model
    if one.origin:
        yield one.origin
    years = [] if one.age is None else [f"{one.age:.0f} years"]
    people = [*years, *([one.sex] if one.sex else [])]
    yield f"Patient: {', '.join(people) or 'age and sex are not known'}."
    if one.labels is not None:
        right = {True: "the explained class is right", False: "the explained class is wrong"}
        verdict = "" if of.label_is_target is None else f"; {right[of.label_is_target]}"
        yield f"Label: {', '.join(one.labels) or 'none'}{verdict}."
    yield f"Waves: {one.waves}. Beats: {one.beats}."
    yield f"Measured at {one.rate_hz:g} Hz, as the model reads it."
    yield from one.remarks


def _rhythm(rhythm: Rhythm) -> str:
    if rhythm.reason is not None:
        return f"Nothing is measured: {rhythm.reason}."
    spread = ""
    if rhythm.rr_ms is not None and rhythm.rr_sd_ms is not None:
        every = f"one every {rhythm.rr_ms:.0f} ms"
        spread = f", {every} with a standard deviation of {rhythm.rr_sd_ms:.0f} ms"
    p = "a P wave before the QRS" if rhythm.p_before_qrs else "no P wave that repeats"
    return f"Rhythm: {rhythm.finding}. {rhythm.beats} beats{spread}; {p}. Pacing is not looked for."


def _whole(measured: MeasuredRecording) -> Table:
    rows = [
        Row(
            cells=[
                Cell(text=one.name),
                Cell(text=value_text(one)),
                Cell(text=_range(one)),
                Cell(text=one.reason or one.finding, strong=bool(one.abnormal)),
            ]
        )
        for one in measured.whole
    ]
    headings = [*columns("of all leads", kind="name"), *columns("measured", "normal")]
    return Table(title="", columns=[*headings, *columns("finding", kind="words")], rows=rows)


def _range(one: Measurement) -> str:
    low, high = (
        None if end is None else f"{end:g}".replace("-", "−") for end in (one.low, one.high)
    )
    if low and high:
        parts = f"{low} to {high}" if one.is_edge_normal else f"above {low}, below {high}"
    elif high:
        parts = f"up to {high}" if one.is_edge_normal else f"below {high}"
    else:
        parts = f"from {low}" if low else ""
    return f"{parts} {one.unit}" if parts else ""


def _leads(measured: MeasuredRecording) -> Table:
    rows = []
    for lead in LEADS:
        territory = TERRITORIES[lead]
        of_lead = {one.name: one for one in measured.by_lead if one.lead == lead}
        called = [one.finding for one in of_lead.values() if one.abnormal]
        flat = [] if lead in measured.recorded else ["flat"]
        cells = [Cell(text=lead), Cell(text=territory if territory in _WALLS else "")]
        for name in _SHOWN_BY_LEAD:
            one = of_lead[name]
            text = "–" if one.value is None else value_text(one).removesuffix(" mV")
            is_q = name == "Q" and bool(of_lead["Q duration"].abnormal)
            cells.append(Cell(text=text, strong=bool(one.abnormal) or is_q))
        rows.append(Row(cells=[*cells, Cell(text=", ".join(flat + called))]))
    headings: list[Column] = [*columns("lead", "wall", kind="name")]
    headings += columns(*(f"{name}, mV" for name in _SHOWN_BY_LEAD))
    return Table(title="", columns=[*headings, *columns("abnormal", kind="words")], rows=rows)


def _reasons(measured: MeasuredRecording) -> Iterator[str]:
    """Why something is missing or not called abnormal, said once for all that it is said of."""
    of_names: dict[tuple[str, str], list[str]] = {}
    for one in measured.by_lead:
        if one.reason is not None and one.lead is not None:
            of_names.setdefault((one.name, one.reason), []).append(one.lead)
    together: dict[tuple[str, str], list[str]] = {}
    for (name, reason), leads in of_names.items():
        where = "all leads" if len(leads) == len(LEADS) else ", ".join(leads)
        together.setdefault((where, reason), []).append(name)
    for (where, reason), names in together.items():
        yield f"{', '.join(names)} in {where}: {reason}."


def _rests_on(one: MethodReport, report: ExplanationReport) -> Iterator[str]:
    if one.problem:
        yield f"Not valid: {one.problem}."
    if not one.cited_for:
        yield f"Nothing speaks for {report.model.target}."
    else:
        walls = sorted(one.by_territory.items(), key=lambda pair: -pair[1])
        shares = ", ".join(f"{wall} {100 * share:.0f} %" for wall, share in walls if wall in _WALLS)
        waves = sorted(one.by_wave.items(), key=lambda pair: -pair[1])[:3]
        named = ((wave, share) for wave, share in waves if wave != "none" and share >= 0.005)
        of_waves = ", ".join(f"{wave} {100 * share:.0f} %" for wave, share in named)
        by_wave = f"; by wave: {of_waves}" if of_waves else ""
        whole = "all that speaks for " + report.model.target
        if one.quantity == "attribution" and not one.cited_against:
            whole = "all of its size (a map without a sign says nothing for or against)"
        yield f"Of {whole}, by wall: {shares}{by_wave}."
    yield from (cited.text for cited in one.cited_for)
    for cited in one.cited_against:
        yield f"Against: {cited.text}"


def _scores(scores: tuple[SelfScore, ...]) -> Table:
    headings = [*columns("score of this report", kind="name")]
    headings += columns("points", "of", "percent", "by chance, %")
    headings += columns("in GEM", kind="name")
    rows = []
    for one in scores:
        numbers = [_number(one.points), _number(one.most), _number(one.percent)]
        chance = _number(one.chance_percent)
        rows.append((one.name, *numbers, chance, one.rubric or "ours"))
    return text_table("", headings, rows)


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}".removesuffix(".0")


def _formulas(report: ExplanationReport) -> Iterator[str]:
    said = set()
    for method in report.methods:
        for one in method.scores:
            if one.name not in said:
                said.add(one.name)
                yield f"{one.name}: {one.formula}."


def _limits(limits: tuple[NormalLimit, ...]) -> Table:
    rows = []
    for one in limits:
        sexes = [one.sex] if one.sex else []
        ages = [] if one.ages is None else [_ages(*one.ages)]
        rows.append(
            (
                one.measurement,
                ", ".join(one.leads) or "–",
                _limit_text(one),
                ", ".join([*sexes, *ages]) or "–",
                f"{one.called}{f', with {one.needs}' if one.needs else ''}",
                one.source,
            )
        )
    headings = columns("measurement", "leads", "abnormal", "people", kind="name")
    return text_table("", [*headings, *columns("called", "source", kind="words")], rows)


def _ages(first: float, last: float | None) -> str:
    if last is None:
        return f"from {first:g} years"
    return f"below {last:g} years"


def _limit_text(one: NormalLimit) -> str:
    signs = "<>" if one.is_edge_normal else "≤≥"
    ends = zip(signs, (one.low, one.high), strict=True)
    text = " or ".join(f"{sign} {end:g}" for sign, end in ends if end is not None)
    return f"{text} {one.unit}".replace("-", "−")
