"""Checkpoints with exactly the keys, types and nesting of the ECG-IMN authors' trainer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

__all__ = ["VARIANTS", "Variant", "checkpoint", "save", "state_dict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One of the seven kinds of checkpoint, by the name of its published folder."""

    folder: str
    outputs: int
    samples: int
    file: str = "best-imn-epoch=18-val_auc=0.9555.ckpt"

    @property
    def location(self) -> str:
        return f"{self.folder}/norm_vs_mi/{self.file}"


VARIANTS = (
    Variant(folder="categorical_imn_100hz", outputs=2, samples=1000),
    Variant(folder="categorical_imn_500hz", outputs=2, samples=5000),
    Variant(folder="single_linear_imn_100hz", outputs=1, samples=1000),
    Variant(folder="single_linear_imn_500hz", outputs=1, samples=5000),
    Variant(
        folder="gradcam_100hz", outputs=2, samples=1000, file="best-epoch=25-val_auc=0.9699.ckpt"
    ),
    Variant(
        folder="gradcam_500hz", outputs=2, samples=5000, file="best-epoch=25-val_auc=0.9699.ckpt"
    ),
    Variant(folder="imn_direct", outputs=2, samples=5000),
)


def state_dict(variant: Variant) -> dict[str, Tensor]:
    """Random tensors under the authors' keys; trained batch norms, as they would be."""
    generator = torch.Generator().manual_seed(variant.samples + variant.outputs)
    state: dict[str, Tensor] = {}

    def normal(key: str, *shape: int) -> None:
        fan_in = max(1, torch.Size(shape[1:]).numel())
        state[f"model.{key}"] = torch.randn(shape, generator=generator) / fan_in**0.5

    def batch_norm(key: str, size: int) -> None:
        for part in ("weight", "bias", "running_mean"):
            normal(f"{key}.{part}", size)
        state[f"model.{key}.running_var"] = torch.rand(size, generator=generator) + 0.5
        state[f"model.{key}.num_batches_tracked"] = torch.tensor(4230)

    for block, (inputs, outputs) in enumerate(((1, 16), (16, 32), (32, 64)), start=1):
        normal(f"conv{block}.0.weight", outputs, inputs, 3, 15)
        batch_norm(f"conv{block}.1", outputs)
    if variant.folder.startswith("gradcam"):
        state["model.target_layer.weight"] = state["model.conv3.0.weight"]
        normal("fc.weight", variant.outputs, 64)
        normal("fc.bias", variant.outputs)
    elif variant.folder == "imn_direct":
        rows = variant.outputs * (12 * variant.samples + 1)
        normal("hyper_head.weight", rows, 64)
        normal("hyper_head.bias", rows)
    else:
        normal("transition.0.weight", 32, 64, 3, 3)
        batch_norm("transition.1", 32)
        normal("transition.4.weight", 16, 32, 3, 3)
        batch_norm("transition.5", 16)
        normal("transition.8.weight", variant.outputs, 16, 3, 3)
        normal("transition.8.bias", variant.outputs)
        normal("bias_head.weight", variant.outputs, 64)
        normal("bias_head.bias", variant.outputs)
    return state


def _hyper_parameters(variant: Variant) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "dropout": 0.2,
        "lr": 1e-3,
        "weight_decay": 1e-4,
        "scheduler_type": "step",
        "scheduler_params": {},
    }
    if not variant.folder.startswith("gradcam"):
        fields |= {"input_channels": 12, "signal_len": variant.samples, "lambda_l1": 1e-4}
    if variant.outputs == 1:
        return fields | {"pos_weight": 2.0321}
    return fields | {"class_weights": [1.4921, 3.0321]}


def checkpoint(variant: Variant) -> dict[str, Any]:
    """All that Lightning saves at the end of an epoch."""
    state = state_dict(variant)
    moments = {
        "exp_avg": torch.zeros(2),
        "exp_avg_sq": torch.zeros(2),
        "step": torch.tensor(4230.0),
    }
    progress = {"total": {"ready": 1, "completed": 1}, "current": {"ready": 1, "completed": 1}}
    return {
        "epoch": 18,
        "global_step": 4230,
        "pytorch-lightning_version": "2.6.0",
        "state_dict": state,
        "loops": {"fit_loop": {"state_dict": {}, "epoch_progress": progress}},
        "callbacks": {
            "EarlyStopping{'monitor': 'val_auc', 'mode': 'max'}": {
                "wait_count": 0,
                "stopped_epoch": 0,
                "best_score": torch.tensor(0.9555),
                "patience": 10,
            },
            "ModelCheckpoint{'monitor': 'val_auc', 'mode': 'max'}": {
                "monitor": "val_auc",
                "best_model_score": torch.tensor(0.9555),
                "best_model_path": variant.file,
                "best_k_models": {variant.file: torch.tensor(0.9555)},
            },
        },
        "optimizer_states": [
            {"state": {0: moments}, "param_groups": [{"lr": 1e-3, "betas": (0.9, 0.999)}]}
        ],
        "lr_schedulers": [{"step_size": 10, "gamma": 0.1, "last_epoch": 19, "_last_lr": [1e-4]}],
        "hparams_name": "kwargs",
        "hyper_parameters": _hyper_parameters(variant),
    }


def save(content: object, path: Path) -> Path:
    """Write as Lightning does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(content, path)
    return path
