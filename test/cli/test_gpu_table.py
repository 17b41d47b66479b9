import json

import pytest

from depth_nodes.cli.gpu_table import COLUMNS, markdown_table, table_of_file
from depth_nodes.errors import InputError

TIMES = {'p50_ms': 0.25, 'p99_ms': 0.5, 'fps': 4000.0, 'calls': 8, 'times_eager': 3.21}
WORK = {'kernels': 65.0, 'kernels_us': 90.0}
MACHINE = {
    'gpu': {'name': 'NVIDIA H200', 'driver': '13.0', 'torch': '2.11.0', 'tensorrt': 'RTX 1.4'},
    'commit': 'abc',
}
ROW = {
    'network': TIMES | {'device_work': WORK},
    'image_to_points': TIMES | {'p50_ms': 0.75, 'device_work': WORK | {'kernels': 90.0}},
    'abs_rel_to_float64': {'mean': 0.0012, 'max': 0.034},
    'build_s': 12.34,
    'engine_bytes': 5_600_000,
    'start': {
        'process_to_first_depth_s': 3.21,
        'first_frame_over_steady': 1.4,
        'device_mb': 321.0,
        'host_mb': 2100.4,
    },
    'four_cameras': {'network_gain': 2.5, 'frames_gain': 1.3},
}


def results_of(**rows) -> dict:
    return {'machine': MACHINE, 'settings': {'size_px': [192, 640]}, 'rows': rows}


def cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip('|').split('|')]


def test_a_row_holds_every_figure_below_its_head():
    caption, _, head, rule, row = markdown_table(results_of(tensorrt_fp16=ROW)).splitlines()
    assert caption == ('NVIDIA H200, driver 13.0, torch 2.11.0, TensorRT RTX 1.4, commit abc')
    assert cells_of(head) == ['192x640', *COLUMNS]
    assert set(rule) == {'|', '-'}
    assert cells_of(row) == [
        'tensorrt_fp16', '0.25 / 0.50', '4000', '3.2', '0.75 / 0.50', '65 / 90', '0.12 / 3.4',
        '12.3', '3.2', '1.4', '5.6', '321 / 2100', '2.5x / 1.3x',
    ]  # fmt: skip


def test_what_was_not_measured_is_a_dash_and_a_failure_is_told():
    failed = {'reason': 'no such library'}
    lines = markdown_table(results_of(a=failed, b={'network': TIMES})).splitlines()
    assert set(cells_of(lines[4])[1:]) == {'-'}
    assert cells_of(lines[5])[1:4] == ['0.25 / 0.50', '4000', '3.2']
    assert lines[-1] == '- a: no such library'


def test_a_file_becomes_its_table(tmp_path):
    path = tmp_path / 'gpu.json'
    path.write_text(json.dumps(results_of(a=ROW)))
    assert table_of_file(path) == markdown_table(results_of(a=ROW))


@pytest.mark.parametrize(
    'text',
    [
        '{}',
        '[]',
        'no JSON',
        '[' * 100_000,
        '{"settings": {"size_px": [1, 2]}}',
        json.dumps(results_of() | {'rows': []}),
    ],
)
def test_another_file_is_refused_in_one_line(tmp_path, text):
    path = tmp_path / 'gpu.json'
    path.write_text(text)
    with pytest.raises(InputError, match='holds no measurements of a GPU'):
        table_of_file(path)
