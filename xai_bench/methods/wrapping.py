"""A method that is made of another."""

from __future__ import annotations

from xai_bench.methods.base import Method
from xai_bench.models import Model

__all__ = ["Wrapping"]


class Wrapping(Method):
    """Called METHOD@KIND; what it needs, what it takes and what is to be said of it is METHOD's."""

    def __init__(self, base: Method, kind: str) -> None:
        self.base = base
        self.name = f"{base.name}@{kind}"
        self.needs = base.needs
        self.passes = base.passes
        self.reads_layers = base.reads_layers

    def unsupported(self, model: Model, *, evidence: bool) -> str | None:
        return self.base.unsupported(model, evidence=evidence)

    def remark(self, model: Model) -> str:
        return self.base.remark(model)
