"""Every quantity of the audit: which question it answers, and how to read it in one clause."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, final

__all__ = ["QUANTITIES", "QUESTIONS", "Quantity"]

QUESTIONS = {
    1: "Bias: does the net decide by W * z, which it shows, or by b, which it does not?",
    2: "Gauge: is W * z the only exact explanation of this logit?",
    3: "Slope and removal: does W say what a change of the recording does?",
    4: "Local fidelity: is W . z + b a model of the net beside the recording?",
    5: "Weight collapse: on how few samples, leads and waves does W * z stand?",
    6: "Reach: what does a weight see, and what does the file's form change?",
    7: "Twin patching: does what W * z points at make the diagnosis?",
}

_NEIGHBOURS = {
    "noise": "white noise at 20 dB",
    "wander": "baseline wander of 0.1 mV",
    "mix": "a quarter of the way to another recording of the class",
}
_METRICS = {
    "roc_auc": "localisation AUC",
    "relevance_mass": "relevance mass",
    "deletion": "deletion area",
}
_ORDERS = {"swapped": "precordial leads first", "reversed": "leads V6 to I"}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """One number of an audit."""

    question: int
    label: str
    read: str
    """How to read it, one clause."""
    statistic: Literal["mean", "p50", "AUROC", "maximum"] = "mean"
    """Over recordings, p50 is the median; or what it is instead of one number a recording."""

    @property
    def taken(self) -> str:
        """What the statistic is called in tables."""
        return "median" if self.statistic == "p50" else self.statistic


def _all() -> Iterator[tuple[str, Quantity]]:
    yield from _bias()
    yield from _gauge()
    yield from _slope()
    yield from _drops()
    yield from _fidelity()
    yield from _collapse()
    yield from _reach()
    yield from _patching()


def _bias() -> Iterator[tuple[str, Quantity]]:
    one = 1
    yield (
        "bias_share",
        Quantity(
            question=one,
            label="bias share, |b| / (|b| + Σ|W z|)",
            read="0: all that is added up is shown; 1: nothing is; small also where terms cancel",
        ),
    )
    yield (
        "net_bias_share",
        Quantity(
            question=one,
            label="net bias share, |b| / (|b| + |Σ W z|)",
            read="the same after W z has been summed: the part of b in what decides",
        ),
    )
    for part, label, read in (
        (
            "bias",
            "AUROC of b alone",
            "0.5: b knows nothing; near the logit's: b classifies, unseen",
        ),
        ("terms", "AUROC of Σ W z alone", "what the shown part classifies by itself"),
        ("logit", "AUROC of the logit", "the net"),
    ):
        yield f"auroc_{part}", Quantity(question=one, label=label, read=read, statistic="AUROC")


def _gauge() -> Iterator[tuple[str, Quantity]]:
    yield (
        "gauge_log_odds",
        Quantity(
            question=2,
            label="centring W: largest change of the logit",
            read="rounding: both are exact explanations of one logit",
            statistic="maximum",
        ),
    )
    for prefix, label in (("gauge", "centring W"), ("column", "single column for contrast")):
        yield (
            f"{prefix}_rank",
            Quantity(
                question=2,
                label=f"{label}: rank correlation",
                read="1: the choice does not matter; below: another map, equally exact",
            ),
        )
        for metric, name in _METRICS.items():
            yield (
                f"{prefix}_{metric}",
                Quantity(
                    question=2,
                    label=f"{label}: change of {name}",
                    read="0: the metric does not notice; else what the free choice is worth",
                ),
            )


def _slope() -> Iterator[tuple[str, Quantity]]:
    yield (
        "gradient_cosine",
        Quantity(
            question=3,
            label="cosine of W and dm/dz",
            read="1: W is the net's slope up to scale; 0: it has nothing to do with it",
        ),
    )
    yield (
        "gradient_cosine_centred",
        Quantity(
            question=3,
            label="the same, both centred per lead",
            read="the same without the part that is free",
        ),
    )
    yield (
        "gradient_ratio",
        Quantity(
            question=3,
            label="|dm/dz| / |W|",
            read="1: as steep as W says; above: changes do more than W says",
            statistic="p50",
        ),
    )


def _drops() -> Iterator[tuple[str, Quantity]]:
    yield (
        "drop_rank",
        Quantity(
            question=3,
            label="all 0.5 s segments: rank correlation of sums and true drops",
            read="1: segments in the order of what their removal does",
        ),
    )
    yield (
        "drop_slope",
        Quantity(
            question=3,
            label="all segments: true drop per predicted log-odds",
            read="1: sums have the right size; above: removals do more than is said",
            statistic="p50",
        ),
    )
    yield (
        "dependence",
        Quantity(
            question=3,
            label="all segments: hypernetwork dependence",
            read="0: frozen W predicts every removal; 1: none, W is written anew",
        ),
    )
    for count in (1, 3, 5):
        which = "top segment" if count == 1 else f"top {count} segments"
        yield (
            f"top{count}_frozen",
            Quantity(
                question=3,
                label=f"{which}: drop by frozen W, log-odds",
                read="what the authors' demo shows",
            ),
        )
        yield (
            f"top{count}_true",
            Quantity(
                question=3,
                label=f"{which}: true drop, log-odds",
                read="what removal does when W is written again",
            ),
        )
        yield (
            f"top{count}_ratio",
            Quantity(
                question=3,
                label=f"{which}: true / frozen drop",
                read="1: the demo is right; below: it promises too much; negative: wrong sign",
                statistic="p50",
            ),
        )
        yield (
            f"top{count}_dependence",
            Quantity(
                question=3,
                label=f"{which}: hypernetwork dependence",
                read="0: the demo is right; 1: it says nothing of the removal",
            ),
        )


def _fidelity() -> Iterator[tuple[str, Quantity]]:
    for kind, words in _NEIGHBOURS.items():
        yield (
            f"infidelity_{kind}",
            Quantity(
                question=4,
                label=f"infidelity, {words}, log-odds²",
                read="mean square by which W . z' + b misses the net",
                statistic="p50",
            ),
        )
        yield (
            f"constant_{kind}",
            Quantity(
                question=4,
                label=f"infidelity of the constant m(z), {words}, log-odds²",
                read="how much the net itself moves: what W must beat",
                statistic="p50",
            ),
        )
        yield (
            f"fidelity_{kind}",
            Quantity(
                question=4,
                label=f"R_F against the constant, {words}",
                read="1: exact; 0.5: no better than no model at all; below: worse",
            ),
        )
        yield (
            f"against_tangent_{kind}",
            Quantity(
                question=4,
                label=f"R_F against the tangent, {words}",
                read="above 0.5: W beats the post-hoc gradient; below: the gradient beats W",
            ),
        )


def _collapse() -> Iterator[tuple[str, Quantity]]:
    for name, label, read in (
        ("top1_share", "share of the largest sample", "near 1: one weight explains all"),
        (
            "participation",
            "participation ratio of samples",
            "share of samples that equal parts would need; white noise 0.64",
        ),
        (
            "effective_samples",
            "effective samples, share",
            "exp(entropy) / samples: 1 is spread over all",
        ),
        ("effective_leads", "effective leads, of 12", "12: no lead preferred; 1: one lead"),
        ("effective_waves", "effective waves, of 5", "5: no wave preferred; 1: one wave"),
        ("share_P", "share in P", "beside that of random, its share of time"),
        ("share_QRS", "share in QRS", "beside that of random, its share of time"),
        ("share_ST", "share in ST", "beside that of random, its share of time"),
        ("share_T", "share in T", "beside that of random, its share of time"),
        ("share_rest", "share in the rest", "PR, TP and noise between beats: nothing was planted"),
    ):
        yield name, Quantity(question=5, label=label, read=read)


def _reach() -> Iterator[tuple[str, Quantity]]:
    for name, label, read in (
        ("reach_before", "samples seen before t", "what comes earlier enters by b alone"),
        ("reach_after", "samples seen after t", "what comes later enters by b alone"),
        ("reach_leads", "rows of the file seen on each side", "11: all leads"),
        ("reach_share", "share of the recording that a weight sees", "1: everything"),
    ):
        yield name, Quantity(question=6, label=label, read=read, statistic="maximum")
    for prefix, words in _ORDERS.items():
        yield (
            f"{prefix}_log_odds",
            Quantity(
                question=6,
                label=f"{words}: |change of log-odds|",
                read="0: the order of a file does not matter",
            ),
        )
        yield (
            f"{prefix}_auroc",
            Quantity(
                question=6,
                label=f"{words}: AUROC",
                read="beside that of the logit: what the order is worth",
                statistic="AUROC",
            ),
        )
        yield (
            f"{prefix}_rank",
            Quantity(
                question=6,
                label=f"{words}: rank correlation of W z, back in order",
                read="1: the same explanation; 0: another",
            ),
        )
    for prefix, words in (("fast", "500 Hz as it is"), ("resampled", "500 Hz, resampled")):
        yield (
            f"{prefix}_log_odds",
            Quantity(
                question=6,
                label=f"{words}: |change of log-odds|",
                read="0: the same heart is the same to the net",
            ),
        )
        yield (
            f"{prefix}_auroc",
            Quantity(
                question=6,
                label=f"{words}: AUROC",
                read="beside that of the logit at the net's own rate",
                statistic="AUROC",
            ),
        )


def _patching() -> Iterator[tuple[str, Quantity]]:
    for name, label, read in (
        (
            "patch_twin",
            "all from the twin: fall of log-odds",
            "the whole disease: the most there is",
        ),
        (
            "patch_evidence",
            "the evidence: fall of log-odds",
            "what was planted above 0.1 mV: a perfect choice of as many samples",
        ),
        (
            "patch_top",
            "as many top samples: fall of log-odds",
            "near the evidence's: the explanation points at what makes the diagnosis",
        ),
        ("patch_random", "as many random samples: fall of log-odds", "what any choice does"),
    ):
        yield name, Quantity(question=7, label=label, read=read)


QUANTITIES = dict(_all())
"""By name, in the order of questions."""
