import csv
import json

import numpy as np
import pytest

from depth_nodes.cli.evaluation_files import named_rows, print_evaluation, write_evaluation
from depth_nodes.data.sample import Sample
from depth_nodes.evaluation.evaluate import evaluate
from depth_nodes.evaluation.evaluation_config import EvaluationConfig


class Flat:
    """Two frames of a wall at 5 m."""

    name = 'flat'

    def __iter__(self):
        for index in range(2):
            depth = np.full((8, 9), 5, np.float32)
            image = np.zeros((8, 9, 3), np.uint8)
            yield Sample(name=f'{index}', image=image, depth_m=depth, stamp_ns=index * 10**8)


@pytest.fixture
def document() -> dict:
    def predict(sample: Sample) -> np.ndarray:
        return np.full((8, 9), 4, np.float32)

    return evaluate(predict, [Flat()], EvaluationConfig(), with_boundaries=True, with_flip=True)


def test_the_json_is_the_document_with_its_schema(document, tmp_path):
    files = write_evaluation(tmp_path / 'run.json', document)
    assert [file.name for file in files] == ['run.json', 'run.csv', 'run_frames.csv']
    assert json.loads(files[0].read_text()) == {'schema': 2, **document}


def test_numbers_that_do_not_exist_are_empty_cells(document, tmp_path):
    _, sequences, _ = write_evaluation(tmp_path / 'run.json', document)
    with sequences.open() as file:
        rows = {row['sequence']: row for row in csv.DictReader(file)}
    assert list(rows) == ['flat', 'flat flipped', 'overall', 'overall flipped']
    assert rows['flat']['edge_f1'] == rows['flat']['temporal.scale_drift_per_min'] == ''
    assert float(rows['flat']['obstacles.nearest_rel']) == pytest.approx(0.2)
    assert rows['overall']['obstacles.nearest_rel'] == ''
    assert float(rows['flat flipped']['abs_rel']) == pytest.approx(0.2)


def test_lists_have_no_column(document):
    for _, row in named_rows(document):
        assert all(isinstance(value, (int, float, str, type(None))) for value in row.values())


def test_the_tables_stay_narrow(document, capsys):
    print_evaluation(document)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 8
    assert max(map(len, lines[6:])) < 120


def test_names_that_are_no_utf_8_are_spelled_out(document, tmp_path):
    document['sequences'] = {'caf\udce9': document['sequences']['flat']}
    _, table, _ = write_evaluation(tmp_path / 'run.json', document)
    assert table.read_text().splitlines()[1].startswith('caf\\udce9,')
