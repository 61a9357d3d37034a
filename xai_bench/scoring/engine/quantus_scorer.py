"""The one door to Quantus: a metric card with a target `quantus:Name` becomes a Scorer.

Quantus is called on one recording at a time, so that nothing is normalised across recordings and
no score depends on a batch; the global generators are seeded for that recording and restored.
"""

from __future__ import annotations

import inspect
import math
import warnings
from functools import cache, partial
from typing import Any, final

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int
from torch import Tensor, nn

from xai_bench.cards import QuantusCall
from xai_bench.data.distort import add_white_noise
from xai_bench.errors import CardError, XaiBenchError
from xai_bench.generators import global_seed, normal, seeds_of_numpy
from xai_bench.methods.base import CannotExplain
from xai_bench.models import Model
from xai_bench.registry import resolve
from xai_bench.scoring.engine.base import Case, Scorer, Scores, Unscorable, one_by_one
from xai_bench.scoring.engine.block import Block
from xai_bench.scoring.engine.parts import LEAD_SAMPLES, SAMPLES, in_proportion
from xai_bench.types import LEADS
from xai_bench.zoo import Metric

with warnings.catch_warnings():
    # Quantus 0.6 has escape sequences in docstrings that Python complains of when it compiles them.
    warnings.simplefilter("ignore", SyntaxWarning)
    warnings.simplefilter("ignore", DeprecationWarning)
    import quantus
    from quantus.helpers.model.pytorch_model import PyTorchModel
    from quantus.metrics.base import Metric as QuantusMetric

__all__ = ["LogOdds", "QuantusMetric", "QuantusScorer", "build_metric", "white_noise"]


_REPORTING = {
    "return_aggregate": False,
    "aggregate_func": None,
    "default_plot_func": None,
    "disable_warnings": True,
    "display_progressbar": False,
}
"""What Quantus averages, plots and prints: no score of one recording depends on it."""


_PROPORTIONAL = {
    "features_in_step": SAMPLES,
    "subset_size": SAMPLES,
    "patch_size": LEAD_SAMPLES,
}
"""Parameters that count samples, of so many; see `parts`."""


_OF_CARDS = (len(LEADS), LEAD_SAMPLES)


def build_metric(metric: Metric, shape: tuple[int, int] = _OF_CARDS) -> Any:
    """The metric of Quantus, with every parameter pinned by the card. Raises CardError.

    shape: leads and samples of the recordings that it is for. Raises Unscorable where steps of
    the card's share of such a recording are not all of one length, which Quantus wants.

    An upgrade of Quantus that adds a parameter stops here instead of moving the leaderboard, and
    so does a misspelt one, which Quantus itself would ignore.
    """
    card, name = metric.card, metric.card.target.partition(":")[2]
    kind = vars(quantus).get(name)
    if not isinstance(kind, type):
        raise CardError(f"metric '{metric.name}': Quantus has no metric '{name}'")
    takes = set(inspect.signature(kind).parameters) - {"kwargs", *_REPORTING}
    pinned = set(card.params) | set(card.callables)
    if pinned != takes:
        missing, unknown = sorted(takes - pinned), sorted(pinned - takes)
        raise CardError(
            f"metric '{metric.name}' must pin every parameter of quantus.{name}: "
            f"missing {missing}, unknown {unknown}"
        )
    callables = {
        key: resolve("function", target, metric.code) for key, target in card.callables.items()
    }
    for key, function in callables.items():
        if function is white_noise:
            callables[key] = partial(white_noise, leads=shape[0])
    params = dict(card.params)
    for key, standard in _PROPORTIONAL.items():
        if isinstance(size := params.get(key), int):
            whole = shape[1] if standard == LEAD_SAMPLES else shape[0] * shape[1]
            share = params[key] = in_proportion(size, whole, standard)
            if key != "subset_size" and share * (standard // size) != whole:
                raise Unscorable(
                    f"Quantus wants steps of one length, and {whole} samples are not "
                    f"{standard // size} of those; use engine 'fast'"
                )
    return kind(**params, **callables, **_REPORTING)


class LogOdds(nn.Module):
    """A model as Quantus sees it: columns [0, m], m the log-odds of the explained class.

    Column 1 is then the explained scalar itself and softmax gives its probability.
    """

    def __init__(self, model: Model, target: int, call: QuantusCall) -> None:
        super().__init__()
        self._model, self._target = model, target
        self._normalise = call.space == "millivolt"
        self.eval()

    def forward(self, x: Float[Tensor, "record lead time"]) -> Float[Tensor, "record 2"]:
        z = self._model.normalise(x) if self._normalise else x
        log_odds = self._model.log_odds(z, self._target)
        return torch.stack([torch.zeros_like(log_odds), log_odds], dim=1)


@final
class QuantusScorer(Scorer):
    """A metric of Quantus, with every parameter from its card, or of an instance that is given."""

    def __init__(self, metric: Metric, instance: QuantusMetric | None = None) -> None:
        assert metric.card.quantus is not None, "the card's schema ties the table to the target"
        self._call = metric.card.quantus
        # Metrics in millivolt share their draws, hence their noisy recordings and explanations.
        millivolt = self._call.space == "millivolt"
        self._purpose = "noise" if millivolt else metric.card.target.partition(":")[2]
        self._metric = build_metric(metric) if instance is None else instance
        # An instance is as its user made it, whatever the shape.
        of_shape = partial(build_metric, metric) if instance is None else lambda shape: instance
        self._of_shape = cache(of_shape)
        # Of the instances that a user may make, not all can read twelve leads.
        self._undefined = (AssertionError, ValueError) if instance is None else (Exception,)
        self._needs_masks = metric.family == "localisation"

    def score(self, case: Case) -> Scores:
        return one_by_one(len(case.block), lambda row: self._one(case, row))

    def _one(self, case: Case, row: int) -> float:
        block = case.block
        x = block.millivolt if self._call.space == "millivolt" else block.z
        x_batch = x[row : row + 1].cpu().numpy()
        a_batch = case.attribution[row : row + 1].cpu().numpy().copy()
        masks = None
        if self._needs_masks:  # Quantus's are of one channel: all leads one after another
            masks = _masks(block, row)
            x_batch, a_batch, masks = (one.reshape(1, 1, -1) for one in (x_batch, a_batch, masks))
        try:
            with global_seed(block.seeds(self._purpose)[row]):
                of_cards = block.model.shape == _OF_CARDS
                ask = self._metric if of_cards else self._of_shape(block.model.shape)
                (found,) = ask(
                    model=LogOdds(block.model, int(block.batch.target[row]), self._call),
                    x_batch=x_batch,
                    y_batch=np.array([1]),
                    a_batch=a_batch,
                    s_batch=masks,
                    explain_func=partial(_explain, case, row, self._call.space),
                    softmax=self._call.softmax,
                    channel_first=True,
                    device=str(block.model.device),
                )
        except self._undefined as error:
            if isinstance(error, XaiBenchError | Unscorable | CannotExplain):
                raise
            raise Unscorable(f"Quantus: {' '.join(str(error).split())[:120]}") from error
        finally:
            # Quantus caches this per wrapped model and would keep every recording alive.
            PyTorchModel._get_last_softmax_layer_index.cache_clear()
        value = float(np.mean(found)) if self._call.reduce == "mean" else float(found)
        logarithmic = self._call.transform == "log10"
        if not np.isfinite(value) or (logarithmic and value <= 0):
            raise Unscorable(f"Quantus returned {value:g}" + logarithmic * ", which has no log10")
        return math.log10(value) if logarithmic else value


def _masks(block: Block, row: int) -> Bool[np.ndarray, "1 lead time"]:
    """What Quantus calls `s_batch`. Raises Unscorable for a recording without planted evidence."""
    evidence = block.batch.evidence
    if evidence is None or not evidence[row].any():
        raise Unscorable("no pathology was planted in this recording")
    found: Bool[np.ndarray, "1 lead time"] = evidence[row : row + 1].cpu().numpy()
    return found


def _explain(
    case: Case,
    row: int,
    space: str,
    model: nn.Module,
    inputs: Float32[np.ndarray, "1 lead time"],
    **_: Any,
) -> Float32[np.ndarray, "1 lead time"]:
    """What Quantus calls `explain_func`, on versions of one recording in millivolt or in z.

    A method that draws draws afresh for each version. Answers are remembered, because the
    stability metrics add the same noise and so ask for the same.
    """
    block, method, key = case.block, case.method, inputs.tobytes()
    known: dict[bytes, Float32[np.ndarray, "1 lead time"]]
    known = case.memo(("explained for Quantus", space, row), dict)
    if key not in known:
        seeds = (block.seed_of_version(method, row, len(known)),)
        z = torch.from_numpy(inputs)
        z = block.model.normalise(z) if space == "millivolt" else z.to(block.z.device)
        batch = block.batch.versions(torch.tensor([row], device=z.device), z, seeds)
        known[key] = method.attribute(block.model, batch).float().cpu().numpy()
    return known[key]


def white_noise(
    arr: Float32[np.ndarray, "record sample"],
    indices: Int[np.ndarray, "record sample"],
    *,
    snr_db: float,
    leads: float = len(LEADS),
    **_: float,
) -> Float32[np.ndarray, "record sample"]:
    """`add_white_noise` as Quantus calls for it: `indices` (all samples) and the bounds of its own
    noise are ignored. Draws one seed from numpy's global state, because Quantus draws from it; the
    caller seeds and restores it.
    """
    millivolt = torch.from_numpy(arr.reshape(len(arr), int(leads), -1))
    seeds = torch.from_numpy(seeds_of_numpy(np.random.mtrand._rand, len(arr)))
    drawn = normal(seeds, tuple(millivolt.shape[1:]))
    return add_white_noise(millivolt, drawn, snr_db).numpy().reshape(arr.shape)
