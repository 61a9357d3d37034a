"""What an audit found, a sentence for each question, made of its table.

Nets are not compared with each other, nor methods: a sentence says between which values they lie,
and of how many nets the interval is on one side of a mark.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from xai_bench.presets import PRESETS
from xai_bench.report.figures.style import ordered
from xai_bench.report.formats import Estimate
from xai_bench.report.native_audit.shown import METHODS

__all__ = ["finding"]


def finding(table: pd.DataFrame, question: int) -> str:
    """Without a full stop; "" where the question was not asked of these recordings.

    question: its number, or METHODS.
    """
    return _FINDINGS[question](_Known(table))


class _Known:
    """The rows of an audit that have a number."""

    def __init__(self, table: pd.DataFrame) -> None:
        known = table[table["value"].notna()]
        self._rows: Mapping[tuple[str, str], pd.DataFrame] = {
            (str(method), str(quantity)): rows
            for (method, quantity), rows in known.groupby(["method", "quantity"], sort=False)
        }

    def has(self, *quantities: str, method: str = "native") -> bool:
        return all((method, quantity) in self._rows for quantity in quantities)

    def span(self, quantity: str, *, method: str = "native", named: bool = False) -> str:
        """Such as 0.53 to 0.77, or with the nets' names; one number of a single net."""
        rows = self._rows[method, quantity].sort_values("value", kind="stable")
        ends = rows.iloc[[0, -1]] if len(rows) > 1 else rows
        values, models = ends["value"].tolist(), ends["model"].tolist()
        texts = [f"{value:.2f}" for value in values]
        if named and len(rows) > 1:
            texts = [f"{text} ({model})" for text, model in zip(texts, models, strict=True)]
        return " to ".join(dict.fromkeys(texts))

    def largest(self, quantity: str) -> str:
        value = float(self._rows["native", quantity]["value"].abs().max())
        return Estimate(mean=value, low=value, high=value).mean_text

    def above(self, quantity: str, mark: float) -> str:
        """Of how many nets the interval is above it, such as 3 of 5."""
        rows = self._rows["native", quantity]
        return f"{int((rows['ci_low'] > mark).sum())} of {len(rows)}"


def _bias(known: _Known) -> str:
    if not known.has("auroc_bias", "auroc_terms", "net_bias_share"):
        return ""
    return (
        f"b, which no map shows, classifies by itself in {known.above('auroc_bias', 0.5)} nets "
        f"(AUROC {known.span('auroc_bias')}), the shown Σ W z in "
        f"{known.above('auroc_terms', 0.5)} ({known.span('auroc_terms')}); b is the larger part "
        f"of the log-odds in {known.above('net_bias_share', 0.5)}"
    )


def _gauge(known: _Known) -> str:
    if not known.has("gauge_rank", "gauge_log_odds"):
        return ""
    return (
        f"Centring W changes the log-odds by {known.largest('gauge_log_odds')} at most, and leaves "
        f"a rank correlation of {known.span('gauge_rank', named=True)} with the map W z"
    )


def _removal(known: _Known) -> str:
    if not known.has("drop_rank", "dependence"):
        return ""
    return (
        "Sums of W z and what removing segments does to the net have a rank correlation of "
        f"{known.span('drop_rank', named=True)}; frozen W misses a share of "
        f"{known.span('dependence')} of the drops"
    )


def _fidelity(known: _Known) -> str:
    changes = {"noise": "noise", "wander": "wander", "mix": "recording of the class"}
    kinds = [
        kind for kind in changes if known.has(f"fidelity_{kind}", f"against_tangent_{kind}")
    ]  # fmt: skip
    if not kinds:
        return ""
    asked = ", ".join(f"{known.above(f'fidelity_{kind}', 0.5)} ({changes[kind]})" for kind in kinds)
    slope = ", ".join(known.above(f"against_tangent_{kind}", 0.5) for kind in kinds)
    return (
        f"W is a better local model than a constant in {asked} nets; than the gradient in {slope}"
    )


def _collapse(known: _Known) -> str:
    if not known.has("effective_leads", "effective_samples"):
        return ""
    return (
        f"W z stands on {known.span('effective_leads')} of 12 leads, and on a share of "
        f"{known.span('effective_samples', named=True)} of the samples (effective numbers)"
    )


def _reach(known: _Known) -> str:
    forms = {
        "swapped_auroc": "swapped leads",
        "reversed_auroc": "reversed leads",
        "resampled_auroc": "500 Hz resampled",
        "fast_auroc": "500 Hz read as it is",
    }
    found = [f"{known.span(key)} with {words}" for key, words in forms.items() if known.has(key)]
    if not found or not known.has("auroc_logit"):
        return ""
    return f"AUROC is {known.span('auroc_logit')} as trained, {', '.join(found)}"


def _patching(known: _Known) -> str:
    if not known.has("patch_top", "patch_evidence", "patch_random"):
        return ""
    return (
        "Samples of the healthy twin lower the log-odds by "
        f"{known.span('patch_top')} where W z is largest, by {known.span('patch_evidence')} in the "
        f"evidence, by {known.span('patch_random')} in as many random places"
    )


def _methods(known: _Known) -> str:
    found = [
        f"{known.span('drop_rank', method=method)} of {method}"
        for method in ordered(PRESETS.native_audit.methods)
        if known.has("drop_rank", method=method)
    ]
    if not found:
        return ""
    return f"Rank correlation of a map's sums with what removing segments does: {', '.join(found)}"


_FINDINGS: Mapping[int, Callable[[_Known], str]] = {
    1: _bias,
    2: _gauge,
    3: _removal,
    4: _fidelity,
    5: _collapse,
    6: _reach,
    7: _patching,
    METHODS: _methods,
}
