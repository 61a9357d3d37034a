"""A Ray cluster of three nodes on this machine, for tests that have Ray."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, final

__all__ = ["RayCluster", "ray_cluster"]


@final
class RayCluster:
    """Three nodes of one CPU each; the first is that of the test."""

    def __init__(self, cluster: Any) -> None:
        self._cluster = cluster
        self._others = [self._add(), self._add()]

    def _add(self) -> Any:
        return self._cluster.add_node(num_cpus=1, object_store_memory=100_000_000)

    def kill_a_node(self) -> None:
        """Its processes end by SIGKILL."""
        self._cluster.remove_node(self._others.pop(), allow_graceful=False)

    def make_whole(self) -> None:
        while len(self._others) < 2:
            self._others.append(self._add())
        self._cluster.wait_for_nodes()


@contextmanager
def ray_cluster() -> Iterator[RayCluster]:
    """Joined by this process until the block ends."""
    import ray
    from ray.cluster_utils import Cluster

    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    head = {"num_cpus": 1, "object_store_memory": 100_000_000, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    try:
        three = RayCluster(cluster)
        ray.init(address=cluster.address, logging_level="WARNING")
        yield three
    finally:
        ray.shutdown()
        cluster.shutdown()
