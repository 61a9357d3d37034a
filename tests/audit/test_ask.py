"""The whole audit on nets that cost nothing."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tests.audit.zoo import native_zoo
from xai_bench.audit import Audit, audit
from xai_bench.audit.ask import open_model
from xai_bench.audit.page import cell, render
from xai_bench.audit.picture import draw
from xai_bench.audit.quantities import QUANTITIES, QUESTIONS
from xai_bench.audit.show import summary
from xai_bench.audit.subject import RIVALS
from xai_bench.audit.write import write_audit
from xai_bench.errors import InputError, OutputError, UnknownNameError
from xai_bench.models import Model
from xai_bench.zoo import Zoo


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Audit:
    zoo = native_zoo(tmp_path_factory.mktemp("zoo"))
    told = []
    made = audit(
        ["two", "five"],
        n=6,
        zoo=zoo,
        progress=lambda *step: told.append(step),
    )
    assert told[-1] == ("models", 2, 2)
    assert ("two: twin patching", 9, 10) in told
    return made


def test_every_quantity_is_answered_once_for_every_net(found: Audit) -> None:
    for answers in found.answers.values():
        counted = Counter((answer.quantity, answer.method) for answer in answers)
        assert set(counted.values()) == {1}
        assert {q for q, method in counted if method == "native"} == set(QUANTITIES)
        for answer in answers:
            assert (answer.n > 0) == (not answer.reason), answer


def test_the_table_is_in_long_form(found: Audit) -> None:
    table = found.table
    assert list(table) == [
        *("model", "method", "question", "quantity", "statistic"),
        *("value", "ci_low", "ci_high", "n", "reason"),
    ]
    assert set(table["question"]) == set(QUESTIONS)
    assert set(table["statistic"]) == {"mean", "median", "AUROC", "maximum"}
    assert set(table["method"]) == set(RIVALS)
    row = table[(table["model"] == "two") & (table["quantity"] == "gradient_ratio")]
    assert row["value"].item() == pytest.approx(2, abs=1e-5)  # of m = sum of w z^2
    assert row["statistic"].item() == "median"


def test_a_net_that_is_not_native_stops_before_the_work_begins(tmp_path: Path) -> None:
    zoo = native_zoo(tmp_path)
    told: list[str] = []
    with pytest.raises(InputError, match="'black-box' does not write its own weights"):
        audit(
            ["two", "black-box"],
            n=2,
            zoo=zoo,
            progress=lambda what, *_: told.append(what),
        )
    assert set(told) <= {"reading recordings"}


def _open(what: str | Path, zoo: Zoo) -> Model:
    return open_model(what, device=None, zoo=zoo)


def test_a_model_is_known_by_its_name_or_by_its_folder(tmp_path: Path) -> None:
    zoo = native_zoo(tmp_path / "mine")
    folder = tmp_path / "mine" / "models" / "two"
    for what, where in (("two", zoo), (str(folder), zoo), (folder, Zoo())):
        assert _open(what, where).name == "two"
    with pytest.raises(UnknownNameError, match="Did you mean 'two'"):
        _open("twoo", zoo)
    loose = folder.rename(tmp_path / "loose")
    with pytest.raises(InputError, match="a folder called models"):
        _open(loose, Zoo())


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


def test_figures_show_every_net(found: Audit) -> None:
    figure = draw(found)
    figure.draw_without_rendering()
    axes = figure.get_axes()
    titles = [panel.get_title(loc="left") for panel in axes]
    assert titles[3:5] == ["3  two", "3  five"]
    (scatter,) = (line for line in axes[3].lines if line.get_marker() == "o")
    frozen = found.answer("two", "top5_frozen").each
    assert frozen is not None
    np.testing.assert_allclose(np.asarray(scatter.get_xdata()), frozen)
    names = [label.get_text() for label in axes[0].get_yticklabels()]
    assert names == ["two", "five"]


def test_the_folder_holds_page_table_and_figures(found: Audit, tmp_path: Path) -> None:
    write_audit(found, tmp_path / "out", command="made")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "README.md",
        "audit.csv",
        "audit.png",
    }
    assert (tmp_path / "out" / "audit.png").read_bytes().startswith(b"\x89PNG")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write the audit"):
        write_audit(found, tmp_path / "file" / "out", command="made")


def test_the_summary_has_a_column_for_every_net(found: Audit) -> None:
    table = summary(found)
    assert [column.header for column in table.columns] == ["", "quantity", *found.answers]
    assert table.row_count > 10
