"""The audit as a page of Markdown, rendered from its answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from xai_bench.report.estimate import Estimate
from xai_bench.stats import RESAMPLES
from xai_bench.studies.native_audit.answer import Answer
from xai_bench.studies.native_audit.audited_net import COMPARED, RIVALS
from xai_bench.studies.native_audit.quantities import QUANTITIES, QUESTIONS
from xai_bench.studies.native_audit.study import Audit

__all__ = ["cell", "render"]

_AGAINST = (
    *("drop_rank", "drop_slope", "dependence", "top5_true"),
    *("fidelity_noise", "fidelity_wander", "fidelity_mix"),
    *("top1_share", "participation", "effective_samples", "effective_leads", "effective_waves"),
    *("share_QRS", "share_rest", "patch_top"),
)
"""What is defined for more methods than the native one."""


def render(audit: Audit, *, command: str, picture: str) -> str:
    """command: that made it. picture: file name of the figures."""
    sections = [
        "# Audit of explanations that nets write themselves\n\n"
        "Σ W z + b is the logit by construction. That says nothing of what W z means; these "
        "numbers do.\n\n",
        "".join(f"- {fact}\n" for fact in _facts(audit, command)),
        f"\n![The audit in figures]({picture})\n",
        *(_question(audit, number) for number in QUESTIONS),
        _against(audit),
    ]
    return "".join(sections)


def cell(answer: Answer | None) -> str:
    """A value and its interval, or n.a."""
    if answer is None or answer.reason:
        return "n.a."
    estimate = Estimate(mean=answer.value, low=answer.low, high=answer.high)
    interval = estimate.interval_text
    return f"{estimate.mean_text} [{interval}]" if interval else estimate.mean_text


def _facts(audit: Audit, command: str) -> Iterator[str]:
    yield f"Made by `{command}`."
    yield (
        f"{audit.n} synthetic recordings of the split {audit.split}, seed {audit.seed}, classes in "
        "turn; the explained class is the true one."
    )
    yield (
        f"Removal, weight collapse and twin patching on the first {min(COMPARED, audit.n)}, the "
        "same for all methods; n is what remains where a quantity is defined."
    )
    yield (
        f"Intervals: 95 %, bootstrap over patients, {RESAMPLES} resamples. Means, or medians "
        "where the table says so. Every number is in `audit.csv`."
    )
    yield "Of synthetic recordings; for research on explanations, not for diagnosis."


def _question(audit: Audit, number: int) -> str:
    names = [name for name, quantity in QUANTITIES.items() if quantity.question == number]
    rows = []
    reasons: dict[str, list[str]] = {}
    for name in names:
        found = {model: audit.answer(model, name) for model in audit.answers}
        quantity = QUANTITIES[name]
        median = ", median" if quantity.taken == "median" else ""
        count = max(answer.n for answer in found.values())
        rows.append(
            (quantity.label + median, *map(cell, found.values()), str(count), quantity.read)
        )
        for model, answer in found.items():
            if answer.reason:
                known = reasons.setdefault(answer.reason, [])
                known += [model] if model not in known else []
    header = ("quantity", *audit.answers, "n", "how to read it")
    why = "".join(f"\nn.a. of {', '.join(whose)}: {reason}.\n" for reason, whose in reasons.items())
    return f"\n## {number}. {QUESTIONS[number]}\n\n{_table(header, rows)}{why}"


def _against(audit: Audit) -> str:
    rows = []
    for name in _AGAINST:
        quantity = QUANTITIES[name]
        for model, answers in audit.answers.items():
            found = {a.method: a for a in answers if a.quantity == name}
            rows.append((quantity.label, model, *(cell(found.get(method)) for method in RIVALS)))
    reasons: dict[str, dict[str, None]] = {}
    for answers in audit.answers.values():
        for answer in answers:
            if answer.reason and answer.method != "native":
                reasons.setdefault(answer.reason, {})[answer.method] = None
    why = "".join(f"\nn.a. of {', '.join(whose)}: {reason}.\n" for reason, whose in reasons.items())
    return (
        "\n## Native against post-hoc, on the same net\n\n"
        "Read as above. `random` is the floor: white noise. Of a post-hoc method dependence is its "
        "error in predicting what removals do, and the slope of input-x-gradient is the "
        "gradient.\n\n" + _table(("quantity", "model", *RIVALS), rows) + why
    )


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    escaped = ((text.replace("|", "\\|") for text in line) for line in lines)
    return "".join(f"| {' | '.join(line)} |\n" for line in escaped)
