"""A comparison as a page of Markdown: findings, figures, how to read them, how they came."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from xai_bench.report.stability.findings import Finding, findings, least_detectable
from xai_bench.stats import RESAMPLES
from xai_bench.studies.stability.result import Comparison
from xai_bench.studies.stability.schema import FLOORS, NOISES, QUESTIONS, SIMILARITIES

__all__ = ["CAPTIONS", "READ", "picture", "render"]

CAPTIONS = {
    "input": "Similarity against SNR and shift, and under gain, lead swap and resampling",
    "initialisations": "Similarity between seeds, to another net and to the untrained net",
    "methods": "Similarity of methods to each other, and share of planted evidence",
    "weights": "Similarity of |a| as layers are randomised",
    "beats": "Similarity of neighbouring beats, whole and wave by wave",
}
"""Of the figure of each question."""

READ = {
    "input": (
        "Recordings were changed in millivolt before normalisation, noise at the electrodes at the "
        "stated SNR, and explained for the class that the clean recording is explained for. Lines "
        "and dots are means with 95 % intervals; dashed lines are the similarity to another "
        "patient's recording, the floor. A shifted attribution is moved back before it is compared."
    ),
    "initialisations": (
        "Boxes are quartiles over recordings, whiskers reach from 5 to 95 %, points are recordings "
        "(of each the mean over pairs of nets). The shaded band is what was published for mean "
        "correlations across initialisations."
    ),
    "methods": (
        "Methods stand in the order of a tree (average linkage), so that like ones are neighbours; "
        "controls are grey. Bars: of the samples that a method has in its largest 10 %, and of "
        "those that all have there, the share that was planted as evidence; with 95 % intervals. "
        "The dashed line is that share of all samples."
    ),
    "weights": (
        "Layers lose what they learnt, from the output on (left), or one group alone (right). An "
        "explanation of what the net learnt must fall; what stays on high is decided by the "
        "recording. Means with 95 % intervals."
    ),
    "beats": (
        "Beats are aligned on R; of a wave the samples that both beats have in it. Boxes as above; "
        "dashed: the mean similarity to beats of another patient, the floor."
    ),
}
"""How to read the figure of each question."""


def picture(question: str) -> str:
    """The file name of its figure."""
    return f"{question}.png"


def render(comparison: Comparison, command: str) -> str:
    """command: that made it. Figures are named as `picture` says."""
    scores, table, facts = comparison.scores, comparison.table, comparison.facts
    said = findings(scores, table)
    few = least_detectable(scores)
    asked = [name for name in QUESTIONS if name in set(table["question"])]
    return "".join(
        [
            "# Stability of explanations\n\n",
            f"{facts['n']} recordings of {facts['data']}. Models: {', '.join(facts['models'])}. "
            f"Methods: {', '.join(facts['methods'])}.\n",
            f"\n**Few recordings:** {few}.\n" if few else "",
            "\n## Findings\n",
            *(_found(name, said) for name in asked),
            "\n## Figures\n",
            *(_figure(name) for name in asked),
            _left_out(facts),
            "\n## How it came\n\n",
            *(f"- {line}\n" for line in _facts(facts, command)),
        ]
    )


def _found(question: str, said: list[Finding]) -> str:
    lines = [f"- {_escaped(one.text)}\n" for one in said if one.question == question]
    text = "".join(lines) or "Nothing that methods could be asked.\n"
    return f"\n### {QUESTIONS[question]}\n\n{text}"


def _figure(question: str) -> str:
    return (
        f"\n### {QUESTIONS[question]}\n\n![{CAPTIONS[question]}]({picture(question)})\n\n"
        f"{READ[question]}\n"
    )


def _left_out(facts: Mapping[str, Any]) -> str:
    lines = [f"- {_escaped(line)}\n" for line in facts["left_out"]]
    for one in facts["skipped"]:
        named = [one[name] for name in ("model", "method", "question") if one[name]]
        lines.append(f"- {', '.join(named)}: {_escaped(one['reason'])}\n")
    return "\n## Left out\n\n" + "".join(lines) if lines else ""


def _facts(facts: Mapping[str, Any], command: str) -> Iterator[str]:
    yield f"Made by `{command}`."
    where = f"split {facts['split']}"
    if facts["fold"] is not None:
        folds = facts["fold"] if isinstance(facts["fold"], list) else [facts["fold"]]
        where = f"folds {', '.join(map(str, folds))}" if len(folds) > 1 else f"fold {folds[0]}"
    yield (
        f"{facts['n']} recordings of {facts['data']} ({where}, seed {facts['seed']}); explained "
        f"class: {facts['target']}."
    )
    nets = "; ".join(f"{name}: {len(seeds)}" for name, seeds in facts["models"].items())
    yield f"Nets that differ in their seed: {nets}."
    yield (
        "Intervals: 95 %, BCa bootstrap over patients with expanded percentiles, "
        f"{RESAMPLES} resamples; of pairs of nets over nets as well. Tests: signed-rank over "
        "patients, Holm over all pairs of methods. One is called ahead of another only where "
        "interval and p say so."
    )
    yield (
        f"Every estimate is in `stability.csv` (similarities: {', '.join(SIMILARITIES)}; SSIM is "
        "high for sparse maps whatever they show, so read it beside its floor), every score in "
        "`stability.parquet`, the facts in `stability.json`. Conditions with an SNR: "
        f"{', '.join(NOISES)}; floors: {', '.join(FLOORS.values())}."
    )
    packages = ", ".join(f"{name} {version}" for name, version in facts["packages"].items())
    yield (
        f"{facts['device']}, {facts['threads']} of {facts['cores']} cores, {facts['system']}, "
        f"Python {facts['python']}; {packages}."
    )
    yield "For research on explanations, not for diagnosis."


def _escaped(text: str) -> str:
    """Names and reasons that look like Markdown are shown as they are."""
    for mark in ("\\", "*", "_", "<", "`"):
        text = text.replace(mark, f"\\{mark}")
    return text
