"""The page says everything that was measured, and why something was not."""

from xai_bench.report.native_audit.page import cell, render
from xai_bench.studies.native_audit import Audit
from xai_bench.studies.native_audit.quantities import QUANTITIES, QUESTIONS


def test_the_page_says_every_quantity_and_how_to_read_it(found: Audit) -> None:
    page = render(found, command="xai-bench audit two", picture="audit.png")
    for quantity in QUANTITIES.values():
        assert quantity.label.replace("|", "\\|") in page
        assert quantity.read.replace("|", "\\|") in page
    for question in QUESTIONS.values():
        assert question in page
    assert "Made by `xai-bench audit two`." in page
    assert "n.a. of five: every class has a column and a logit of its own." in page
    assert "n.a. of saliency, gradcam, random: " not in page  # gradcam has a reason of its own
    assert "n.a. of gradcam: gradcam needs a cam_layer in the model card." in page
    rows = [line for line in page.splitlines() if line.startswith("| gradient")]
    assert not rows
    (row,) = (line for line in page.splitlines() if line.startswith("| cosine of W and dm/dz"))
    assert row.split(" | ")[1].startswith("1.00")
    assert cell(None) == "n.a."
