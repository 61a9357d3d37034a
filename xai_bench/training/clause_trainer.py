"""Fit a net of clauses by feedback, epoch by epoch."""

from __future__ import annotations

import copy
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Bool
from torch import nn

from xai_bench.cards import ClauseRecipe, ModelCard
from xai_bench.errors import CardError, DatasetError
from xai_bench.models import Model, build_net
from xai_bench.nets.tsetlin import Tsetlin
from xai_bench.randomness import seed_for
from xai_bench.training.checkpoint import History
from xai_bench.training.clause_feedback import Automata
from xai_bench.training.training_mix import Fold
from xai_bench.types import Progress

__all__ = ["fit_clauses"]

_STEP = 64
"""Recordings of which the curve of a training shows the mean."""
_ROWS = 512


def fit_clauses(
    card: ModelCard,
    recipe: ClauseRecipe,
    fold: Fold,
    *,
    auroc: Callable[[nn.Module], float],
    progress: Progress,
) -> tuple[nn.Module, History]:
    """The net of the best epoch, and the mean probability of feedback, step by step.

    Each epoch draws as many recordings of either class, because votes against the rarer class would
    otherwise win. auroc: of a net, on fold 9.

    Raises CardError for another net, and DatasetError where a class has no recording.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        net = build_net(card)
    if not isinstance(net, Tsetlin):
        raise CardError(f"feedback trains nets of clauses, and '{card.target}' is another kind")
    features, labels = _coded(card, net, fold), fold.truth[:, 0]
    of_class = [np.flatnonzero(labels == label) for label in (0, 1)]
    if not all(map(len, of_class)):
        raise DatasetError("recordings of both classes are needed to train on")
    rng = np.random.default_rng(seed_for(recipe.seed, "", "feedback"))
    automata = Automata(
        *net.clauses.included.shape,
        margin=recipe.margin,
        specificity=recipe.specificity,
        most_literals=recipe.most_literals,
        rng=rng,
    )
    history, best = History(), net
    for epoch in range(recipe.epochs):
        half = recipe.epoch_recordings // 2
        rows = rng.permutation(np.concatenate([rng.choice(some, half) for some in of_class]))
        for done, step in enumerate(_parts(rows)):
            taught = []
            for row in step:
                literals = np.concatenate([features[row], ~features[row]])
                taught.append(automata.learn(literals, int(labels[row])))
            history.loss.append(float(np.mean(taught)))
            if done % 4 == 0:
                progress(f"epoch {epoch + 1}/{recipe.epochs}", done * _STEP, len(rows))
        net.clauses.included.copy_(torch.from_numpy(automata.included))
        history.auroc.append(auroc(net))
        if history.best == epoch:
            best = copy.deepcopy(net)
    return best, history


def _parts(rows: np.ndarray) -> list[np.ndarray]:
    return [rows[first : first + _STEP] for first in range(0, len(rows), _STEP)]


@torch.no_grad()
def _coded(card: ModelCard, net: Tsetlin, fold: Fold) -> Bool[np.ndarray, "record feature"]:
    """What the clauses read of each recording."""
    model = Model.from_card(name="", card=card, net=net, device=torch.device("cpu"))
    parts = [
        net.code(model.normalise(torch.from_numpy(fold.recordings[first : first + _ROWS].signal)))
        for first in range(0, len(fold.truth), _ROWS)
    ]
    return torch.cat(parts).numpy()
