"""Does the order of methods that is found on one data set hold on another?"""

from xai_bench.studies.rankings.study import SCHEMA, Rankings, rankings

__all__ = ["SCHEMA", "Rankings", "rankings"]
