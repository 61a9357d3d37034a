"""A classifier of scikit-learn as a net: it answers, and has no gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, final

import numpy as np
import torch
from jaxtyping import Float
from torch import nn

from xai_bench.errors import InputError
from xai_bench.nets.base import Batch, Logits, PredictOnly

__all__ = ["LEAST_PROBABILITY", "EstimatorNet", "Features", "is_estimator"]

LEAST_PROBABILITY = 1e-6
"""Probabilities are held this far from 0 and 1, where log-odds are infinite: a forest that is sure
has log-odds of 13.8, and what keeps it sure explains nothing."""

Features = Callable[[np.ndarray, float], Any]
"""From recordings in millivolt (record, lead, time) and their rate in Hz to a table (record,
feature)."""


def is_estimator(given: object) -> bool:
    """Whether this is a classifier, or a pipeline that ends in one, as scikit-learn has them."""
    if isinstance(given, type | nn.Module):
        return False
    return any(callable(getattr(given, name, None)) for name in _ANSWERS)


_ANSWERS = ("predict_proba", "decision_function")


@final
class EstimatorNet(PredictOnly):
    """From z, which is in the units that the estimator was fitted on, to logits.

    Of two classes the logit is log p / (1 - p) of the second, of more there is log p of each; p is
    held within `LEAST_PROBABILITY` of 0 and 1. An estimator without probabilities (a support vector
    machine) has its decision function for logits, which are then no log-odds but order recordings
    as they would.

    estimator: fitted; it is not copied here.
    classes: names of the model's classes, one or more.
    features: what the estimator reads; None: all samples, lead after lead.

    Raises InputError for an estimator that is not fitted, or of other classes.
    """

    no_gradient = "a classifier of scikit-learn answers, and says nothing of slopes"

    def __init__(
        self,
        estimator: Any,
        classes: Sequence[str],
        *,
        rate_hz: float,
        features: Features | None,
        name: str,
    ) -> None:
        super().__init__()
        self.estimator, self.features = estimator, features
        self.rate_hz, self.name = rate_hz, name
        self.order = _order(estimator, classes, name)
        """Columns of the estimator, in the order of the model's classes."""

    def forward(self, z: Batch) -> Logits:
        """Raises InputError where `features` does not make a row of numbers for each recording."""
        recordings = z.detach().cpu().numpy()
        if self.features is None:
            table: Any = recordings.reshape(len(recordings), -1)
        else:
            table = self.features(recordings, self.rate_hz)
            shape = np.shape(table)
            if len(shape) != 2 or shape[0] != len(recordings):
                raise InputError(
                    f"model '{self.name}': features= makes {shape} of {len(recordings)} "
                    "recordings; wanted is a table, a row for each recording"
                )
        return torch.from_numpy(self._logits(table)).to(z)

    def _logits(self, table: Any) -> Float[np.ndarray, "record output"]:
        if not callable(getattr(self.estimator, "predict_proba", None)):
            found = np.asarray(self.estimator.decision_function(table), dtype=np.float64)
            if found.ndim == 1:
                return found[:, None] if self.order[-1] == 1 else -found[:, None]
            return found[:, self.order]
        p = np.asarray(self.estimator.predict_proba(table), dtype=np.float64)[:, self.order]
        log_p = np.log(np.clip(p, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY))
        return log_p[:, 1:] - log_p[:, :1] if p.shape[1] == 2 else log_p


def _order(estimator: Any, classes: Sequence[str], name: str) -> list[int]:
    known = getattr(estimator, "classes_", None)
    if known is None:
        raise InputError(
            f"model '{name}': {type(estimator).__name__} is not fitted, or no classifier: it has "
            "no classes_; fit it first"
        )
    own = [str(one) for one in known] if np.ndim(known) == 1 else []
    wanted = list(classes)
    if len(wanted) == 1 and len(own) == 2 and wanted[0] in own:
        positive = own.index(wanted[0])
        return [1 - positive, positive]
    if sorted(own) == sorted(wanted):
        return [own.index(one) for one in wanted]
    count = max(len(wanted), 2)
    numbers = [str(one) for one in range(count)]
    if own in (numbers, ["False", "True"], ["-1", "1"]) and len(own) == count:
        return list(range(count))
    raise InputError(
        f"model '{name}': its estimator tells apart {', '.join(own) or 'several things at once'}, "
        f"and classes= names {', '.join(wanted)}; give the same names, or fit it on 0, 1, ..."
    )
