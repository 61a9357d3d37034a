"""A page of results whose weights have changed is named, and no other."""

from __future__ import annotations

from pathlib import Path

from tools.benchmark_weights import notes_on_weights
from xai_bench.zoo import Zoo


def test_pages_of_other_weights_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "benchmarks" / "results"
    folder.mkdir(parents=True)
    card, _ = Zoo().model_card("imn")
    assert card.weights is not None
    said = "# Speed\n\nWeights, by the beginning of their sha256: "
    (folder / "now.md").write_text(f"{said}imn {card.weights.sha256[:8]}.\n")
    (folder / "then.md").write_text(f"{said}imn {card.weights.sha256[:8]}, lstm 00000000.\n")
    (folder / "none.md").write_text("# Speed\n")
    cards = {name: Zoo().model_card(name)[0] for name in ("imn", "lstm")}
    assert list(notes_on_weights(tmp_path, cards)) == [
        "benchmarks/results/then.md is of other weights than those of today: lstm"
    ]
