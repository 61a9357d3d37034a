"""Train the net that finds waves: the shipped one, or without one of its parts.

    python -m tools.train_delnet [--without augmentation|boundaries] [--seed N] OUT

Writes OUT/delnet.safetensors and OUT/delnet.csv, the loss and fold 9 of each epoch. The shipped
weights are those without options; five minutes on one core.
"""

from __future__ import annotations

import argparse
import csv
import io
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import torch
from safetensors.torch import save

from xai_bench import storage
from xai_bench.training.delineation.wave_training import WaveRecipe, train_waves

__all__: list[str] = []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--without", choices=("augmentation", "boundaries"))
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    recipe = WaveRecipe(
        augmented=given.without != "augmentation",
        boundaries=given.without != "boundaries",
        seed=given.seed,
    )
    torch.set_num_threads(1)
    print(asdict(recipe), flush=True)
    net, history = train_waves(recipe, progress=_tell)
    # Running means and variances stay in float32: they are few, and a variance may be tiny.
    weights = {
        name: value.half() if name.endswith(("weight", "bias")) else value
        for name, value in net.state_dict().items()
    }
    content = save(weights)
    storage.write_file(given.out / "delnet.safetensors", content)
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("epoch", "loss", "jaccard"))
    for epoch, (loss, jaccard) in enumerate(zip(history.loss, history.jaccard, strict=True)):
        rows.writerow((epoch + 1, f"{loss:.4f}", f"{jaccard:.4f}"))
    storage.write_file(given.out / "delnet.csv", text.getvalue())
    print(f"epoch {history.best + 1} is kept; sha256 {sha256(content).hexdigest()}")


def _tell(what: str, done: int, total: int) -> None:
    if done == total:
        print(what, flush=True)


if __name__ == "__main__":
    main()
