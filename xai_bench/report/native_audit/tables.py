"""The audit in a terminal: one number of each question and more where they need each other."""

from __future__ import annotations

from rich.box import HORIZONTALS
from rich.table import Table
from rich.text import Text

from xai_bench.report.estimate import Estimate
from xai_bench.studies.native_audit.quantities import QUANTITIES
from xai_bench.studies.native_audit.study import Audit

__all__ = ["summary"]

_SHOWN = (
    *("net_bias_share", "auroc_bias", "auroc_terms", "auroc_logit"),
    *("gauge_rank", "gradient_cosine", "drop_rank", "dependence"),
    *("fidelity_noise", "against_tangent_noise", "effective_leads", "effective_waves"),
    *("swapped_auroc", "fast_auroc", "patch_twin", "patch_evidence", "patch_top", "patch_random"),
)


def summary(audit: Audit) -> Table:
    """A row for each quantity, a column for each net; mean (or what it is) over its interval."""
    table = Table(
        box=HORIZONTALS, padding=(0, 1, 0, 0), pad_edge=False,
        title=Text("audit of explanations that nets write themselves", style="bold"),
        caption=Text(f"with 95 % intervals; n = {audit.n}, fewer where it costs", style="dim"),
        caption_justify="left",
    )  # fmt: skip
    table.add_column("", justify="right")
    table.add_column("quantity", overflow="fold", min_width=20)
    for model in audit.answers:
        table.add_column(model, justify="right", overflow="fold")
    before = 0
    for name in _SHOWN:
        quantity = QUANTITIES[name]
        if quantity.question != before:
            table.add_section()
        number = Text(str(quantity.question) if quantity.question != before else "", style="dim")
        before = quantity.question
        cells = (_cell(audit, model, name) for model in audit.answers)
        table.add_row(number, Text(quantity.label), *cells)
    return table


def _cell(audit: Audit, model: str, quantity: str) -> Text:
    answer = audit.answer(model, quantity)
    estimate = Estimate(mean=answer.value, low=answer.low, high=answer.high)
    text = Text(estimate.mean_text)
    if estimate.interval_text:
        text.append(f"\n{estimate.interval_text}", style="dim")
    return text
