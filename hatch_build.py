"""Put the zoo into the wheel: models/ and metrics/ become xai_bench/_zoo/."""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ZooHook(BuildHookInterface):  # type: ignore[type-arg]
    """An editable install reads the checkout, so that an edited card takes effect at once."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        for room in ("models", "metrics"):
            build_data["force_include"][room] = f"xai_bench/_zoo/{room}"
