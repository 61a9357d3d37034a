"""What is known of planted pathology, recording by recording."""

from __future__ import annotations

from jaxtyping import Bool
from torch import Tensor

from xai_bench.scoring.engine.base import Unscorable
from xai_bench.scoring.engine.block import Block

__all__ = ["planted"]


def planted(block: Block, row: int) -> Bool[Tensor, "lead time"]:
    """The evidence planted in one recording. Raises Unscorable where there is none."""
    if block.batch.evidence is None:
        raise Unscorable("this dataset has no planted evidence")
    evidence = block.batch.evidence[row]
    if not evidence.any():
        raise Unscorable("no pathology was planted in this recording")
    return evidence
