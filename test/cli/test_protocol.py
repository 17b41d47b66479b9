import argparse
from pathlib import Path

import pytest

from depth_nodes.cli.protocol import (
    add_protocol_arguments,
    config_from_arguments,
    load_protocol,
    protocol_names,
)
from depth_nodes.errors import ConfigError
from depth_nodes.evaluation.evaluation_config import EvaluationConfig

FOLDER = Path(__file__).resolve().parents[2] / 'config/evaluation'


def parsed(*words: str) -> EvaluationConfig:
    parser = argparse.ArgumentParser()
    add_protocol_arguments(parser)
    return config_from_arguments(parser.parse_args(words))


def test_the_protocols_are_those_of_the_folder():
    assert protocol_names() == sorted(file.stem for file in FOLDER.iterdir())
    for name in protocol_names():
        assert load_protocol(name) == load_protocol(str(FOLDER / f'{name}.yaml'))


@pytest.mark.parametrize(
    ('name', 'align', 'crop', 'low', 'high'),
    [
        ('kitti_eigen', 'median', 'garg', 1e-3, 80.0),
        ('kitti_improved', 'median', 'garg', 1e-3, 80.0),
        ('ddad', 'median', 'none', 1e-3, 200.0),
        ('nyu', 'none', 'nyu', 1e-3, 10.0),
        ('indoor', 'none', 'none', 0.1, 10.0),
    ],
)
def test_a_protocol_is_what_its_publication_says(name, align, crop, low, high):
    expected = EvaluationConfig(align=align, crop=crop, min_depth_m=low, max_depth_m=high)
    assert load_protocol(name) == expected


def test_without_options_the_defaults_hold():
    assert parsed() == EvaluationConfig()


def test_single_options_override_a_protocol():
    expected = EvaluationConfig(align='none', crop='garg', min_depth_m=1e-3, max_depth_m=50.0)
    assert (
        parsed('--protocol', 'kitti_eigen', '--align', 'none', '--max-depth-m', '50') == expected
    )


def test_a_file_of_ones_own_may_name_some_settings_only(tmp_path):
    file = tmp_path / 'warehouse.yaml'
    file.write_text('max_depth_m: 15')
    assert parsed('--protocol', str(file)) == EvaluationConfig(max_depth_m=15.0)


@pytest.mark.parametrize(
    ('text', 'reason'),
    [
        ('max_depth: 15', 'max_depth: unknown key; did you mean max_depth_m'),
        ('align: scale', 'choose one of none, median, affine'),
        ('min_depth_m: 90', 'give 0 < min < max'),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path, text, reason):
    file = tmp_path / 'own.yaml'
    file.write_text(text)
    with pytest.raises(ConfigError, match=reason) as caught:
        load_protocol(str(file))
    assert str(file) in str(caught.value)


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ConfigError, match=r"no protocol 'kitti'; choose one of ddad, indoor, kit"):
        load_protocol('kitti')
    with pytest.raises(ConfigError, match='cannot be read'):
        load_protocol('nowhere.yaml')
