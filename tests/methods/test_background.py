"""The background is of the embedded data that have the classes of the task."""

from xai_bench.methods.background import background_recordings
from xai_bench.tasks import find_task, task_of_classes


def test_classes_of_the_task_in_turn_from_the_data_that_have_them() -> None:
    for name, data in (("norm_vs_mi", "synthetic"), ("vt_vs_svt", "synthetic-tachycardia")):
        task = find_task(name)
        found = background_recordings(task, 100.0, 10.0)
        assert (found.name, len(found)) == (data, 16)
        assert found.labels is not None
        assert sum(task.label(labels) == 1 for labels in found.labels) == 8
    assert background_recordings(task_of_classes(["AF"]), 100.0, 10.0).name == "synthetic"
