from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from depth_nodes.config_loader import config_from_mapping, load_config
from depth_nodes.errors import ConfigError


@dataclass(frozen=True, kw_only=True)
class Optimizer:
    learning_rate: float = 1e-3
    kind: Literal['adam', 'sgd'] = 'adam'
    betas: tuple[float, float] = (0.9, 0.999)

    def __post_init__(self):
        if self.learning_rate <= 0:
            raise ConfigError(f'learning_rate {self.learning_rate} must be positive')


@dataclass(frozen=True, kw_only=True)
class Training:
    name: str
    num_steps: int = 10
    has_flip: bool = True
    folder: Path | None = None
    widths: tuple[int, ...] = ()
    optimizer: Optimizer = Optimizer()
    shares: dict[str, float] = field(default_factory=dict)
    stages: list[Optimizer] = field(default_factory=list)


@pytest.fixture
def write(tmp_path):
    def write_text(text: str) -> Path:
        path = tmp_path / 'training.yaml'
        path.write_text(text)
        return path

    return write_text


def test_every_kind_of_field_is_filled(write):
    path = write(
        """
        name: first
        num_steps: 5
        has_flip: false
        folder: /data
        widths: [16, 24]
        optimizer: {learning_rate: 1e-4, kind: sgd, betas: [1, 0.5]}
        shares: {tum: 1, kitti: 0.5}
        stages: [{learning_rate: 2}]
        """
    )
    assert load_config(Training, path) == Training(
        name='first',
        num_steps=5,
        has_flip=False,
        folder=Path('/data'),
        widths=(16, 24),
        optimizer=Optimizer(learning_rate=1e-4, kind='sgd', betas=(1.0, 0.5)),
        shares={'tum': 1.0, 'kitti': 0.5},
        stages=[Optimizer(learning_rate=2.0)],
    )


def test_what_is_left_out_keeps_its_default(write):
    assert load_config(Training, write('name: x')) == Training(name='x')
    assert load_config(Training, write('name: x\nfolder:')).folder is None


def test_an_integer_becomes_a_float_where_one_is_asked_for():
    config = config_from_mapping(Optimizer, {'learning_rate': 1})
    assert isinstance(config.learning_rate, float)


@pytest.mark.parametrize(
    ('text', 'place', 'reason'),
    [
        ('name: x\nnum_step: 3', 'num_step', 'did you mean num_steps?'),
        ('name: x\nzzz: 3', 'zzz', 'known: name, num_steps'),
        ('num_steps: 3', 'name', 'is missing'),
        ('name: 3', 'name', 'must be of type str, not 3 (int)'),
        ('name: x\nnum_steps: 2.5', 'num_steps', 'must be of type int, not 2.5 (float)'),
        ('name: x\nnum_steps: true', 'num_steps', 'must be of type int, not True (bool)'),
        ('name: x\nhas_flip: 1', 'has_flip', 'must be of type bool, not 1 (int)'),
        ('name: x\nfolder: 1', 'folder', 'must be of type Path, not 1 (int)'),
        ('name: x\nwidths: 3', 'widths', 'must be a list, not 3 (int)'),
        ('name: x\nwidths: [3, a]', 'widths.1', "must be of type int, not 'a' (str)"),
        ('name: x\nshares: 3', 'shares', 'must hold keys, not 3 (int)'),
        ('name: x\nshares: {a: b}', 'shares.a', "must be of type float, not 'b' (str)"),
        ('name: x\nshares: {2: 0.5}', 'shares.2', 'must be of type str, not 2 (int)'),
        ('name: x\noptimizer: adam', 'optimizer', "must hold keys, not 'adam' (str)"),
        ('name: x\noptimizer:', 'optimizer', 'must hold keys, not empty'),
        ('name: x\noptimizer: {kind: rms}', 'optimizer.kind', 'choose one of adam, sgd'),
        ('name: x\noptimizer: {betas: [1]}', 'optimizer.betas', 'must have 2 entries, not 1'),
        ('name: x\noptimizer: {lr: 1}', 'optimizer.lr', 'unknown key'),
        ('name: x\noptimizer: {learning_rate: 0}', 'optimizer', 'must be positive'),
        ('name: x\nstages: [{}, {lr: 1}]', 'stages.1.lr', 'unknown key'),
    ],
)
def test_an_error_names_file_and_place_in_one_line(write, text, place, reason):
    path = write(text)
    with pytest.raises(ConfigError) as caught:
        load_config(Training, path)
    message = str(caught.value)
    assert message.startswith(f'{path}: {place}: ')
    assert reason in message
    assert '\n' not in message


@pytest.mark.parametrize(
    ('text', 'reason'),
    [
        ('[1, 2]', 'must hold keys'),
        ('1: 2', r'keys must be text, not 1 \(int\)'),
        ('? \n: 2', 'keys must be text, not empty'),
        ('a: [', 'not valid YAML'),
        ('a: 2001-99-99', 'not valid YAML'),
    ],
)
def test_a_file_that_holds_no_mapping_is_refused_in_one_line(write, text, reason):
    path = write(text)
    with pytest.raises(ConfigError, match=reason) as caught:
        load_config(Training, path)
    assert str(caught.value).startswith(f'{path}: ')
    assert '\n' not in str(caught.value)


def test_a_missing_file_and_a_binary_one_are_refused(tmp_path):
    with pytest.raises(ConfigError, match='none.yaml: cannot be read'):
        load_config(Training, tmp_path / 'none.yaml')
    (tmp_path / 'binary.yaml').write_bytes(b'\xff\xfe\x00\x81')
    with pytest.raises(ConfigError, match='binary.yaml: cannot be read'):
        load_config(Training, tmp_path / 'binary.yaml')


def test_overrides_win_and_reach_into_sections(write):
    path = write('name: x\noptimizer: {kind: sgd}')
    overrides = ['optimizer.learning_rate=1e-4', 'num_steps=7', 'shares.tum=2', 'folder=null']
    config = load_config(Training, path, overrides)
    assert config == Training(
        name='x',
        num_steps=7,
        optimizer=Optimizer(kind='sgd', learning_rate=1e-4),
        shares={'tum': 2.0},
    )


def test_overrides_leave_the_mapping_as_it_was():
    mapping = {'name': 'x', 'optimizer': {'kind': 'sgd'}}
    config_from_mapping(Training, mapping, ['optimizer.kind=adam'])
    assert mapping == {'name': 'x', 'optimizer': {'kind': 'sgd'}}


@pytest.mark.parametrize('override', ['num_steps', '=3', 'a..b=3', 'widths=[1'])
def test_an_override_that_is_no_assignment_is_refused(override):
    with pytest.raises(ConfigError, match='--set'):
        config_from_mapping(Training, {'name': 'x'}, [override])


def test_an_override_of_an_unknown_key_names_it():
    with pytest.raises(ConfigError, match=r'config: optimizer\.lr: unknown key'):
        config_from_mapping(Training, {'name': 'x'}, ['optimizer.lr=3'])


def test_an_empty_file_means_all_defaults(write):
    assert load_config(Optimizer, write('# nothing yet\n')) == Optimizer()
