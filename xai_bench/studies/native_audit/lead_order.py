"""Question 6b: does the explanation hang on the order in which a file stores the leads?

Convolutions across rows take neighbours in the file for neighbours on the body.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from xai_bench.studies.native_audit.answer import Answer, across, area
from xai_bench.studies.native_audit.audited_net import Subject
from xai_bench.studies.native_audit.rank import spearman

__all__ = ["ORDERS", "order"]

ORDERS = {
    "swapped": (6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5),
    "reversed": (11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
}
"""Precordial leads before limb leads, and V6 to I."""


def order(subject: Subject) -> Iterator[Answer]:
    """Change of the log-odds, AUROC, and rank correlation of W * z brought back to order."""
    terms = subject.terms.flatten(1)
    for name, rows in ORDERS.items():
        taken = torch.tensor(rows, device=subject.z.device)
        z = subject.z[:, taken]
        m = subject.forward(z, subject.batch.target)
        yield across(subject, f"{name}_log_odds", (m - subject.log_odds).abs())
        yield area(subject, f"{name}_auroc", subject.columns(z, m))
        W, _ = subject.native(z)
        back = (W * z)[:, taken.argsort()]
        yield across(subject, f"{name}_rank", spearman(terms, back.flatten(1)))
