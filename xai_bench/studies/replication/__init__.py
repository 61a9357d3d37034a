"""Which of two methods is better on every fold and every training of a net?"""

from xai_bench.studies.replication.study import SCHEMA, replication

__all__ = ["SCHEMA", "replication"]
