"""Question 6b: does the explanation hang on the order in which a file stores the leads?

Convolutions across rows take neighbours in the file for neighbours on the body.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch

from xai_bench.stats.correlation import spearman
from xai_bench.studies.native_audit.audited_net import AuditedNet
from xai_bench.studies.native_audit.quantity_estimates import (
    QuantityEstimate,
    auroc_of_columns,
    over_recordings,
)

__all__ = ["ORDERS", "lead_order"]

ORDERS = {
    "swapped": (6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5),
    "reversed": (11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
}
"""Precordial leads before limb leads, and V6 to I."""


def lead_order(audited: AuditedNet) -> Iterator[QuantityEstimate]:
    """Change of the log-odds, AUROC, and rank correlation of W * z brought back to order."""
    terms = audited.terms.flatten(1)
    for name, rows in ORDERS.items():
        taken = torch.tensor(rows, device=audited.z.device)
        z = audited.z[:, taken]
        m = audited.forward(z, audited.batch.target)
        yield over_recordings(audited, f"{name}_log_odds", (m - audited.log_odds).abs())
        yield auroc_of_columns(audited, f"{name}_auroc", audited.columns(z, m))
        W, _ = audited.native(z)
        back = (W * z)[:, taken.argsort()]
        yield over_recordings(audited, f"{name}_rank", spearman(terms, back.flatten(1)))
