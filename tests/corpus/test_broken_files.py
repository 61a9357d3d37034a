"""Everything else that is read, broken: one line that names the file, and nothing is run."""

from __future__ import annotations

from pathlib import Path

from tests.corpus.broken import Broken, each, refused
from tests.corpus.broken_cards import METRIC_CARDS, MODEL_CARDS
from tests.corpus.broken_files import CELLS, DATABASES, LABELS, SCHEMA, STUDIES
from xai_bench.cards import MetricCard, ModelCard, read_card
from xai_bench.data.label_table import read_labels
from xai_bench.data.load import open_source
from xai_bench.errors import CardError, DatasetError, InputError
from xai_bench.results import read_cells
from xai_bench.results.study_tables import read_study


@each(MODEL_CARDS)
def test_a_card_of_a_model(case: Broken, tmp_path: Path) -> None:
    path = case.write(tmp_path)
    with refused(CardError, case.says):
        read_card(path, ModelCard)


@each(METRIC_CARDS)
def test_a_card_of_a_metric(case: Broken, tmp_path: Path) -> None:
    path = case.write(tmp_path)
    with refused(CardError, case.says):
        read_card(path, MetricCard)


@each(LABELS)
def test_a_table_of_labels(case: Broken, tmp_path: Path) -> None:
    path = case.write(tmp_path)
    with refused(DatasetError, case.says):
        read_labels(path)


@each(DATABASES)
def test_the_database_of_ptb_xl(case: Broken, tmp_path: Path) -> None:
    path = case.write(tmp_path)
    with refused(DatasetError, case.says):
        open_source(path)


@each(CELLS)
def test_a_cell(case: Broken, tmp_path: Path) -> None:
    path = case.write(tmp_path)
    with refused(InputError, case.says):
        for cell in read_cells(path):
            assert cell.scores is not None


@each(STUDIES)
def test_a_study(case: Broken, tmp_path: Path) -> None:
    path = case.write(tmp_path)
    with refused(InputError, case.says):
        read_study(path, SCHEMA)
