"""What was scored and how, as the cells and the cards say it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from xai_bench.report.html.material import Material
from xai_bench.report.html.methodology import methods_section, models_section, provenance_section


@pytest.mark.slow
def test_a_model_has_what_its_card_claims_and_what_was_measured(few: Material) -> None:
    section = models_section(few)
    assert section is not None
    (row,) = section.context["models"].rows
    card, _ = few.zoo.model_card("imn")
    assert card.claims is not None
    texts = [cell.text for cell in row.cells]
    assert texts[:4] == ["imn", "ECGIMN", card.labels.task, f"{card.claims.parameters:,}"]
    assert row.cells[4].value == card.claims.auroc
    assert row.cells[5].value == few.leaderboard["auroc"].iloc[-1]
    assert (texts[6], row.cells[7].cite) == ("ok", card.cite)


@pytest.mark.slow
def test_a_model_of_a_zoo_that_is_not_at_hand_is_named(few: Material) -> None:
    facts: dict[str, object] = {"model_facts": {}}  # as in cells from before they were written down
    gone = [replace(c, model="gone", provenance=c.provenance | facts) for c in few.cells]
    section = models_section(replace(few, cells=tuple(gone)))
    assert section is not None
    (row,) = section.context["models"].rows
    texts = [cell.text for cell in row.cells]
    assert texts[:5] == ["gone", "–", "–", "–", "–"]
    assert row.cells[5].value == few.leaderboard["auroc"].iloc[-1]


def test_controls_stand_apart_and_a_method_of_another_version_has_its_name(few: Material) -> None:
    facts = few.cells[0].provenance | {"method_facts": {}}
    cells = [*few.cells, replace(few.cells[0], method="of-tomorrow", provenance=facts)]
    section = methods_section(replace(few, cells=tuple(cells)))
    assert section is not None
    methods = {one["name"]: one["summary"] for one in section.context["methods"]}
    assert set(methods) == {"native", "ig-16", "saliency", "of-tomorrow"}
    assert methods["of-tomorrow"] == ""
    assert {one["name"] for one in section.context["controls"]} == {"random", "oracle"}


def test_every_cell_is_listed_under_its_command(few: Material) -> None:
    section = provenance_section(few)
    assert section is not None
    keys = [row.cells[2].text for group in section.context["groups"] for row in group["cells"].rows]
    assert sorted(keys) == sorted(cell.key for cell in few.cells)
