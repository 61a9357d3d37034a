"""The whole audit: every question once, and what stops it before it begins."""

from collections import Counter
from pathlib import Path

import pytest

from tests.studies.native_audit.conftest import Step
from tests.studies.native_audit.native_zoo import native_zoo
from xai_bench.errors import InputError, UnknownNameError
from xai_bench.models import Model
from xai_bench.studies.native_audit import Audit, audit
from xai_bench.studies.native_audit.audited_net import RIVALS
from xai_bench.studies.native_audit.quantities import QUANTITIES, QUESTIONS
from xai_bench.studies.native_audit.study import open_model
from xai_bench.zoo import Zoo


def test_progress_is_told_net_by_net_and_question_by_question(
    audited: tuple[Audit, list[Step]],
) -> None:
    _, told = audited
    assert told[-1] == ("models", 2, 2)
    assert ("two: twin patching", 9, 10) in told


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
    assert not told


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
