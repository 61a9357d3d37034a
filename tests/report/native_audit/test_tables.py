"""The audit in a terminal."""

from xai_bench.report.native_audit.tables import summary
from xai_bench.studies.native_audit import Audit


def test_the_summary_has_a_column_for_every_net(found: Audit) -> None:
    table = summary(found)
    assert [column.header for column in table.columns] == ["", "quantity", *found.answers]
    assert table.row_count > 10
