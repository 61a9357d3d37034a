"""A card, a net and its weights become a Model."""

from __future__ import annotations

from xai_bench.models.load import load_model
from xai_bench.models.model import Model, build_net, check_model
from xai_bench.models.normalisation import zscore

__all__ = ["Model", "build_net", "check_model", "load_model", "zscore"]
