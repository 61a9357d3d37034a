"""Intervals, paired tests and ranks; patients are what is observed, not recordings."""

from xai_bench.stats.auroc import (
    auroc,
    auroc_difference_interval,
    auroc_interval,
    mean_auroc,
    mean_auroc_interval,
)
from xai_bench.stats.bootstrap import (
    FEWEST_PATIENTS,
    RESAMPLES,
    Statistic,
    difference_interval,
    skill,
    statistic,
    statistic_interval,
)
from xai_bench.stats.halves import Halves, half_agreement
from xai_bench.stats.paired import compare_pairs, holm, minimum_detectable
from xai_bench.stats.ranks import (
    ROUNDING,
    agreement,
    friedman,
    mirrored,
    posthoc,
    rank_agreement,
    rank_methods,
    resampled_agreement,
)
from xai_bench.stats.seeds import pairs_interval, seeds_interval

__all__ = ["FEWEST_PATIENTS", "RESAMPLES", "ROUNDING", "Halves", "Statistic", "agreement", "auroc"]
__all__ += ["auroc_difference_interval", "auroc_interval", "half_agreement", "mirrored"]
__all__ += ["resampled_agreement"]
__all__ += ["compare_pairs", "difference_interval", "friedman", "holm", "mean_auroc"]
__all__ += ["mean_auroc_interval", "minimum_detectable", "pairs_interval", "posthoc"]
__all__ += ["rank_agreement", "rank_methods", "seeds_interval", "skill", "statistic"]
__all__ += ["statistic_interval"]
