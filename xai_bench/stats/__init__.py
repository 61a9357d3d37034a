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
from xai_bench.stats.groups import compare_groups, independent_difference_interval, rank_sum_p
from xai_bench.stats.halves import Halves, half_agreement
from xai_bench.stats.paired import compare_pairs, holm
from xai_bench.stats.place import places
from xai_bench.stats.power import minimum_detectable, with_least
from xai_bench.stats.ranks import (
    agreement,
    friedman,
    mirrored,
    rank_agreement,
    rank_methods,
    resampled_agreement,
)
from xai_bench.stats.reliability import intraclass, intraclass_interval
from xai_bench.stats.rounding import ROUNDING, floor_of, tied
from xai_bench.stats.seeds import pairs_interval, seeds_interval
from xai_bench.stats.superiority import share_interval, sign_test_p, superior
from xai_bench.stats.told_apart import ALPHA, can_tell_apart, told_apart

__all__ = [
    "ALPHA",
    "FEWEST_PATIENTS",
    "RESAMPLES",
    "ROUNDING",
    "Halves",
    "Statistic",
    "agreement",
    "auroc",
]
__all__ += ["auroc_difference_interval", "auroc_interval", "half_agreement", "mirrored"]
__all__ += ["places", "resampled_agreement", "told_apart", "with_least"]
__all__ += ["can_tell_apart", "compare_groups"]
__all__ += ["independent_difference_interval", "rank_sum_p"]
__all__ += ["compare_pairs", "difference_interval", "friedman", "holm", "mean_auroc"]
__all__ += ["mean_auroc_interval", "minimum_detectable", "pairs_interval"]
__all__ += ["rank_agreement", "rank_methods", "seeds_interval", "skill", "statistic"]
__all__ += ["intraclass", "intraclass_interval", "share_interval", "statistic_interval"]
__all__ += ["floor_of", "sign_test_p", "superior", "tied"]
