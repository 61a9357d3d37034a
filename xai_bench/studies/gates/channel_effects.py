"""What channels are worth to the log-odds of a recording: by removal, and by gradient."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from xai_bench.devices import rows_of_a_pass
from xai_bench.models import Model
from xai_bench.nets.base import Batch
from xai_bench.nets.channel_gates import Gates, gated_blocks, other_gates

__all__ = ["gradient_times_maps", "log_odds_with", "removal_effects"]

Targets = Int64[Tensor, " record"]
PerChannel = Float[Tensor, "record channel"]


@torch.inference_mode()
def log_odds_with(
    model: Model,
    z: Batch,
    target: Int64[Tensor, " version"],
    gates: Mapping[str, Float[Tensor, "version channel"]],
) -> Float[Tensor, " version"]:
    """Log-odds of the targets where blocks have these gates in the place of their own.

    z: one for each target and set of gates, or one for all.
    """
    blocks = gated_blocks(model.net)
    with ExitStack() as replaced:
        for name, given in gates.items():
            replaced.enter_context(other_gates(blocks[name], given))
        return model.log_odds_of(model.net(z), target).double()


@torch.inference_mode()
def removal_effects(
    model: Model, block: str, gates: Gates, z: Batch, target: Targets
) -> Iterator[Float[Tensor, " channel"]]:
    """Of each recording: its log-odds less those without a channel, for each channel of a block.

    Exact: a pass for each channel, whose gate is zero. gates: the block's own, of z.
    """
    channels = gates.shape[1]
    rows = rows_of_a_pass(model.device, "versions")
    together = _grows_at(model, block, gates, z, target)
    for row, own in enumerate(gates):
        without = own.expand(channels, -1) * (1 - torch.eye(channels, device=own.device))
        versions = torch.cat([own[None], without])
        of = []
        for part in versions.split(rows):
            given = z[row].expand(1 if together else len(part), -1, -1)
            targets = target[row].expand(len(part))
            of.append(log_odds_with(model, given, targets, {block: part}))
        found = torch.cat(of)
        yield found[0] - found[1:]


def _grows_at(model: Model, block: str, gates: Gates, z: Batch, target: Targets) -> bool:
    """Whether a pass of one recording may become one of several versions at the block, so that what
    stands before it is computed once; not where a net concatenates around it, for one."""
    pair = gates[:1].expand(2, -1)
    try:
        found = log_odds_with(model, z[:1], target[:1].expand(2), {block: pair})
    except (RuntimeError, TypeError, ValueError):
        return False
    return found.shape == (2,)


def gradient_times_maps(model: Model, z: Batch, target: Targets) -> dict[str, PerChannel]:
    """By block: sum over places of the gated map times the gradient of the log-odds at it, which is
    the effect of a removal where the net is linear from there on."""
    # Inference mode may be on around this, and then nothing has gradients.
    with torch.inference_mode(False), torch.enable_grad(), _gated_maps(model.net) as maps:
        log_odds = model.log_odds(z.clone().requires_grad_(), target)
        gradients = torch.autograd.grad(log_odds.sum(), list(maps.values()))
    return {
        name: (gradient * maps[name].detach()).flatten(2).sum(dim=2)
        for name, gradient in zip(maps, gradients, strict=True)
    }


@contextmanager
def _gated_maps(net: nn.Module) -> Iterator[dict[str, Tensor]]:
    """A dict that holds what each block puts out, once a pass has run."""
    kept: dict[str, Tensor] = {}

    def keeping(name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        return lambda _, __, output: kept.update({name: output})

    hooks = [one.register_forward_hook(keeping(name)) for name, one in gated_blocks(net).items()]
    try:
        yield kept
    finally:
        for hook in hooks:
            hook.remove()
