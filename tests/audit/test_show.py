"""The audit in a terminal."""

from xai_bench.audit import Audit
from xai_bench.audit.show import summary


def test_the_summary_has_a_column_for_every_net(found: Audit) -> None:
    table = summary(found)
    assert [column.header for column in table.columns] == ["", "quantity", *found.answers]
    assert table.row_count > 10
