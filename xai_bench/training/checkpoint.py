"""The state of a training after an epoch, so that an interrupted one goes on where it stopped."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_safetensors
from torch import Tensor, nn

from xai_bench import storage
from xai_bench.errors import InputError

__all__ = ["FILE", "History", "State"]

FILE = "training.safetensors"
"""Beside the card while training; tensors and JSON, nothing that is executed when read."""


@dataclass(slots=True, kw_only=True)
class History:
    """What happened so far."""

    loss: list[float] = field(default_factory=list)
    """Of each step."""
    auroc: list[float] = field(default_factory=list)
    """On fold 9, of each epoch; of several data sets the mean."""

    @property
    def best(self) -> int:
        """The epoch with the highest AUROC, counted from 0; the first of equals."""
        return int(np.argmax(self.auroc))


@dataclass(slots=True, kw_only=True)
class State:
    """Everything that the next epoch depends on."""

    net: nn.Module
    optimiser: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    rng: np.random.Generator
    best: dict[str, Tensor]
    """Weights of the best epoch."""
    history: History

    def save(self, folder: Path, key: str) -> None:
        """Write it whole or not at all. Raises OutputError."""
        optimiser = self.optimiser.state_dict()
        tensors = {f"net.{name}": value for name, value in self.net.state_dict().items()}
        tensors |= {f"best.{name}": value for name, value in self.best.items()}
        tensors |= {
            f"optimiser.{row}.{name}": value
            for row, moments in optimiser["state"].items()
            for name, value in moments.items()
        }
        tensors["torch"] = torch.random.get_rng_state()
        if torch.cuda.is_available():  # dropout draws where the net is
            tensors["cuda"] = torch.cuda.get_rng_state()
        facts = {
            "key": key,
            "groups": optimiser["param_groups"],
            "schedule": _plain(self.schedule.state_dict()),
            "rng": self.rng.bit_generator.state,
            "loss": self.history.loss,
            "auroc": self.history.auroc,
        }
        content = {name: value.detach().cpu().contiguous() for name, value in tensors.items()}
        storage.write_file(
            folder / FILE, to_safetensors(content, metadata={"facts": json.dumps(facts)})
        )

    def load(self, folder: Path, key: str) -> bool:
        """Go on from the file in `folder`; False where there is none for a training with `key`.

        Raises InputError for a file that has the key and not the tensors.
        """
        try:
            with safe_open(storage.regular(folder / FILE), framework="pt") as file:
                facts = json.loads(file.metadata()["facts"])
                if facts["key"] != key:
                    return False
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError, KeyError, TypeError, ValueError):
            return False
        try:
            self.net.load_state_dict(_under(tensors, "net."))
            self.best = _under(tensors, "best.")
            moments: dict[int, dict[str, Tensor]] = {}
            for name, value in _under(tensors, "optimiser.").items():
                row, _, part = name.partition(".")
                moments.setdefault(int(row), {})[part] = value
            self.optimiser.load_state_dict({"state": moments, "param_groups": facts["groups"]})
            self.schedule.load_state_dict(facts["schedule"])
            self.rng.bit_generator.state = facts["rng"]
            torch.random.set_rng_state(tensors["torch"])
            if "cuda" in tensors:
                torch.cuda.set_rng_state(tensors["cuda"])
            self.history = History(loss=facts["loss"], auroc=facts["auroc"])
        except (KeyError, TypeError, ValueError, RuntimeError) as error:
            raise InputError(
                f"{folder / FILE} cannot be gone on from ({type(error).__name__}); begin again "
                "with --fresh"
            ) from error
        return True


def _under(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}


def _plain(state: dict[str, Any]) -> dict[str, Any]:
    """Without what JSON cannot hold; a schedule is rebuilt from the recipe, but for its place."""
    return {k: v for k, v in state.items() if isinstance(v, int | float | list)}
