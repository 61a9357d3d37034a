"""Checkpoints of the ECG-IMN authors in; model folders out."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256 as digest
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import tomlkit
import torch
from safetensors.torch import save as to_safetensors
from torch import Tensor, nn

from xai_bench import storage
from xai_bench.cards import ModelCard
from xai_bench.data.synthetic.synthetic_source import SyntheticSource
from xai_bench.errors import InputError, WeightsError
from xai_bench.models import build_net, zscore
from xai_bench.models.imported.hub import fetch
from xai_bench.models.imported.lightning import Checkpoint, read_checkpoint
from xai_bench.tasks import TASKS, BinaryTask, find_task
from xai_bench.zoo import Zoo

__all__ = ["Imported", "import_checkpoint"]

_SECONDS = 10.0
_ALIAS = ("target_layer.weight", "conv3.0.weight")
"""The authors' baseline keeps a second name for the layer that Grad-CAM reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A checkpoint that became a model folder, and what its authors say of it."""

    folder: Path
    card: ModelCard
    outputs: int
    samples: int
    epoch: int | None
    stated_auroc: float | None
    """As the file is named by its authors: on folds 9 and 10, which also selected it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Variant:
    name: str
    """As the authors call its folder, without the rate."""
    target: str
    outputs: int
    samples: int | None
    """Where the weights depend on it."""


def import_checkpoint(
    location: str,
    *,
    out: str | Path,
    name: str | None = None,
    task: str | None = None,
    rate_hz: int | None = None,
    sha256: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Imported:
    """Make `out`/models/`name` of a Lightning checkpoint of arXiv 2602.09566.

    location: a path, https://... or hf://OWNER/REPO/FOLDER/TASK[/FILE.ckpt].
    task, rate_hz: needed where neither the checkpoint nor its location says them.
    Nothing is measured, so the card has no claims. Raises InputError, WeightsError,
    DownloadError, OutputError.
    """
    if sha256 is not None and not re.fullmatch("[0-9a-fA-F]{64}", sha256):
        raise InputError(f"--sha256 wants 64 hexadecimal digits, not {sha256!r:.80}")
    with tempfile.TemporaryDirectory() as temporary:
        fetched = fetch(location, Path(temporary), sha256=sha256, progress=progress)
        checkpoint = read_checkpoint(fetched.path, expected_sha256=fetched.sha256)
    where = fetched.location
    tensors = _without_prefix(checkpoint.tensors, where)
    variant = _variant(tensors, where)
    samples = _samples(variant, checkpoint, where, rate_hz)
    rate = samples / _SECONDS
    full_name = variant.name if variant.name == "imn_direct" else f"{variant.name}_{rate:.0f}hz"
    task = _task(where, task)
    dropout = checkpoint.hyper_parameters.get("dropout", 0.2)
    origin = {"location": where, "sha256": checkpoint.sha256, "variant": full_name}
    card = _card(variant, rate, task, dropout, origin)
    net = _load(card, tensors, where)
    folder = _folder(Path(out), name or f"{full_name}-{task}".replace("_", "-"))
    return Imported(
        folder=folder,
        card=_write(folder, card, net, _probe(net, rate, where)),
        outputs=variant.outputs,
        samples=samples,
        epoch=checkpoint.epoch,
        stated_auroc=_stated_auroc(where),
    )


def _without_prefix(tensors: Mapping[str, Tensor], where: str) -> dict[str, Tensor]:
    """The net's tensors by our names; the alias is dropped once it is known to be one."""
    strange = [key for key in tensors if not key.startswith("model.")]
    if strange:
        raise WeightsError(f"{where}: key {strange[0]!r:.80} does not begin with 'model.'")
    found = {key.removeprefix("model."): value for key, value in tensors.items()}
    alias, original = _ALIAS
    if alias in found and "fc.weight" in found:
        value = found.pop(alias)
        if original not in found or not _same(value, found[original]):
            raise WeightsError(f"{where}: model.{alias} is not the same as model.{original}")
    return found


def _same(one: Tensor, other: Tensor) -> bool:
    return one.dtype == other.dtype and one.shape == other.shape and torch.equal(one, other)


def _variant(tensors: Mapping[str, Tensor], where: str) -> _Variant:
    """Found by the keys that only one of the authors' nets has."""
    marks = {"hyper_head.weight", "transition.8.weight", "fc.weight"} & tensors.keys()
    if len(marks) != 1:
        raise WeightsError(
            f"{where} is no net of ECG-IMN: of hyper_head, transition.8 and fc it has "
            f"{', '.join(sorted(mark.removesuffix('.weight') for mark in marks)) or 'none'}"
        )
    mark = marks.pop()
    rows = tensors[mark].shape[0] if tensors[mark].dim() else 0
    if mark == "transition.8.weight" and rows in (1, 2):
        name = "single_linear_imn" if rows == 1 else "categorical_imn"
        return _Variant(name=name, target="imn", outputs=rows, samples=None)
    if mark == "fc.weight" and rows == 2:
        return _Variant(name="gradcam", target="conv2d", outputs=2, samples=None)
    if mark == "hyper_head.weight":
        for samples in (1000, 5000):
            if rows == 2 * (12 * samples + 1):
                return _Variant(name="imn_direct", target="imn-direct", outputs=2, samples=samples)
    raise WeightsError(f"{where}: model.{mark} has {rows} rows, as no net of ECG-IMN has")


def _samples(variant: _Variant, checkpoint: Checkpoint, where: str, rate_hz: int | None) -> int:
    """From the weights, else the hyper-parameters, else what was asked for, else the location."""
    samples = variant.samples or checkpoint.hyper_parameters.get("signal_len")
    if samples is None:
        in_path = re.findall(r"_(100|500)hz(?![^/])", where)
        rates = {int(rate) for rate in in_path} if rate_hz is None else {rate_hz}
        if len(rates) != 1:
            raise InputError(
                f"{where} does not say which rate it reads; add --rate 100 or --rate 500"
            )
        samples = round(rates.pop() * _SECONDS)
    if type(samples) is not int or samples not in (1000, 5000):
        raise WeightsError(f"{where}: signal_len is {samples!r:.80}, not 1000 or 5000")
    if rate_hz is not None and round(rate_hz * _SECONDS) != samples:
        raise InputError(
            f"--rate {rate_hz} was asked for, but {where} reads {samples} samples: "
            f"{samples / _SECONDS:.0f} Hz"
        )
    return samples


def _task(where: str, wanted: str | None) -> str:
    """The task in the location; what was asked for must not contradict it. Raises InputError."""
    if wanted is not None and not isinstance(find_task(wanted), BinaryTask):
        raise InputError(f"the authors' nets tell two classes apart; '{wanted}' has more")
    found = [part for part in re.split(r"[/\\]", where) if part in TASKS]
    if wanted is not None and found and found[-1] != wanted:
        raise InputError(f"--task {wanted} was asked for, but {where} says {found[-1]}")
    if wanted is None and not found:
        raise InputError(f"{where} does not say its task; add --task, for example norm_vs_mi")
    return wanted or found[-1]


def _card(
    variant: _Variant, rate_hz: float, task: str, dropout: Any, origin: dict[str, str]
) -> ModelCard:
    if type(dropout) not in (int, float) or not 0 <= dropout < 1:
        raise WeightsError(f"{origin['location']}: dropout is {dropout!r:.80}, not a share")
    params: dict[str, Any] = {"outputs": variant.outputs, "dropout": float(dropout)}
    if variant.name != "gradcam":
        params["weight_scale"] = 1.0
    if variant.samples is not None:
        params["samples"] = variant.samples
    return ModelCard.model_validate(
        {
            "target": variant.target,
            "summary": f"The ECG-IMN authors' {origin['variant']} for {task}, imported as it was "
            "published.",
            "cite": "thambawita2026ecgimn",
            "licence": "CC-BY-4.0",
            "cam_layer": "conv3.0",
            "params": params,
            "input": {"rate_hz": rate_hz, "seconds": _SECONDS, "normalisation": "zscore"},
            "labels": {"task": task},
            "origin": origin,
        }
    )


def _load(card: ModelCard, tensors: Mapping[str, Tensor], where: str) -> nn.Module:
    """The card's net with these weights: the same keys, shapes and types, and only numbers."""
    net = build_net(card)
    wanted = net.state_dict()
    for problem, keys in (
        ("lacks", wanted.keys() - tensors.keys()),
        ("has, and should not,", tensors.keys() - wanted.keys()),
    ):
        if keys:
            named = ", ".join(f"model.{key:.60}" for key in sorted(keys)[:3])
            raise WeightsError(f"{where} {problem} {len(keys)} keys: {named}")
    for key, tensor in tensors.items():
        for what, found, right in (
            ("shape", tuple(tensor.shape), tuple(wanted[key].shape)),
            ("type", tensor.dtype, wanted[key].dtype),
        ):
            if found != right:
                raise WeightsError(f"{where}: model.{key} has {what} {found}, not {right}")
        if not tensor.isfinite().all():
            raise WeightsError(f"{where}: model.{key} has values that are not finite")
    net.load_state_dict(tensors)
    return net.eval().requires_grad_(False)


def _probe(net: nn.Module, rate_hz: float, where: str) -> dict[str, Tensor]:
    """One synthetic recording in millivolt, and its logits."""
    record = SyntheticSource(rate_hz=rate_hz, seconds=_SECONDS).read(0)
    millivolt = torch.from_numpy(record.microvolt).float()[None] / 1000
    with torch.inference_mode():
        logits = net(zscore(millivolt))
    if not logits.isfinite().all():
        raise WeightsError(f"{where}: its logits for a synthetic recording are not finite")
    return {"millivolt": millivolt, "logits": logits.clone()}


def _stated_auroc(where: str) -> float | None:
    """Of `best-imn-epoch=18-val_auc=0.9555.ckpt`."""
    found = re.search(r"val_auc=([01]\.\d+)", unquote(where).rpartition("/")[2])
    return float(found[1]) if found else None


def _folder(out: Path, name: str) -> Path:
    """Where the model goes. Raises InputError where its name cannot be one or is taken."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise InputError(f"'{name}' cannot be a model's name; use letters, digits, '-', '_', '.'")
    folder = out / "models" / name
    if folder.exists() or name in Zoo().model_folders():
        raise InputError(f"there is a model '{name}' already; choose another --name")
    return folder


def _write(folder: Path, card: ModelCard, net: nn.Module, probe: dict[str, Tensor]) -> ModelCard:
    """Card, weights and probe: all of them, or no folder at all. Raises OutputError."""
    weights = to_safetensors({key: value.contiguous() for key, value in net.state_dict().items()})
    table = card.model_dump(exclude_unset=True)
    table["weights"] = {"file": "weights.safetensors", "sha256": digest(weights).hexdigest()}
    with storage.new_folder(folder) as temporary:
        (temporary / "weights.safetensors").write_bytes(weights)
        (temporary / "probe.safetensors").write_bytes(to_safetensors(probe))
        (temporary / "card.toml").write_text(tomlkit.dumps(table), encoding="utf-8")
    return ModelCard.model_validate(table)
