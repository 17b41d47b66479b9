"""The comparison of ways of learning: what is run, what is read of it, what is written."""

from argparse import Namespace
import importlib.util
import json
from pathlib import Path
import sys

import pytest

from depth_nodes.errors import ConfigError, InputError

SCRIPT = Path(__file__).resolve().parents[1] / 'benchmarks' / 'ablation.py'
SCORES = {'street/none': 0.2, 'street/median': 0.1}


@pytest.fixture(scope='module')
def ablation():
    sys.path.insert(0, str(SCRIPT.parent))  # as for a script
    specification = importlib.util.spec_from_file_location('ablation', SCRIPT)
    module = importlib.util.module_from_spec(specification)
    # Dataclasses look their module up.
    sys.modules['ablation'] = module
    specification.loader.exec_module(module)
    yield module
    del sys.modules['ablation']
    sys.path.remove(str(SCRIPT.parent))


@pytest.fixture
def plan(ablation, tmp_path):
    def planned(**changes):
        arguments = {
            'of': 'fa_depth',
            'rows': None,
            'seeds': [0, 1],
            'teacher': 'teacher.safetensors',
            'banks': 'banks',
            'data_root': 'data',
            'settings': [],
            'preset': None,
            'runs': tmp_path,
        }
        return ablation.planned_runs(Namespace(**(arguments | changes)))

    return planned


def test_every_row_with_every_seed_is_a_training_that_can_be(ablation, plan):
    runs = plan()
    rows = ablation.COMPARISONS['fa_depth'].rows
    assert [run.row for run in runs] == [*rows, *rows]
    configs = {(run.row, run.seed): run.config for run in runs}
    assert {config.seed for config in configs.values()} == {0, 1}
    assert configs['base', 0].pyramid.levels == configs['etm', 0].pyramid.levels == ()
    assert configs['base', 0].etm.branches == ()
    assert set(configs['etm', 0].etm.branches) == {'identity', 'row', 'column', 'dropped'}
    assert set(configs['pyramid', 1].pyramid.levels) == {'lr', 'hr', 'flip', 'color'}
    assert configs['apx', 1].approximation.teacher == 'teacher.safetensors'
    assert all(config.data_root == 'data' for config in configs.values())
    assert len({run.folder for run in runs}) == len(runs)


def test_the_refiner_is_compared_without_each_of_its_parts(ablation, plan):
    runs = plan(of='patch_refiner_v2', seeds=[1], teacher=None, data_root=None)
    configs = {run.row: run.config for run in runs}
    base = configs['base']
    assert base.network.use_coarse_to_fine
    assert base.network.use_gates
    assert base.noisy_pretraining > 0
    assert not configs['no_coarse_to_fine'].network.use_coarse_to_fine
    assert not configs['no_gates'].network.use_gates
    assert configs['no_noisy_pretraining'].noisy_pretraining == 0
    assert {config.seed for config in configs.values()} == {1}
    assert {config.num_steps for config in configs.values()} == {base.num_steps}
    summary = ablation.summary(runs, [None] * len(runs))
    assert summary['tile_size'] == base.tile_size
    assert 'view_sizes' not in summary
    with pytest.raises(ConfigError, match='choose of'):
        plan(of='patch_refiner_v2', rows=['etm'])


def test_a_prior_is_compared_with_each_of_its_parts(ablation, plan):
    configs = {run.row: run.config for run in plan(of='rprdepth', seeds=[0], data_root=None)}
    assert list(configs) == list(ablation.COMPARISONS['rprdepth'].rows)
    assert configs['base'].architecture == configs['guided'].architecture == 'small_depth'
    banks = {row: Path(config.prior.bank).stem for row, config in configs.items()}
    assert banks == {
        'base': '', 'fusion': 'random_1k', 'selection': 'selected_1k', 'guided': '',
        'all': 'selected_1k', 'bank_4k': 'selected_4k', 'bank_25k': 'selected_25k',
    }  # fmt: skip
    teachers = {row for row, config in configs.items() if config.prior.guided.teacher}
    assert teachers == {'guided', 'all'}
    assert len({config.num_steps for config in configs.values()}) == 1
    rows = [run.row for run in plan(of='rprdepth', seeds=[0], teacher=None)]
    assert rows == ['base', 'fusion', 'selection', 'bank_4k', 'bank_25k']
    with pytest.raises(ConfigError, match='row all needs --banks'):
        plan(of='rprdepth', banks=None, rows=['all'])


def test_the_command_holds_the_settings(plan):
    run = plan(rows=['flip'], seeds=[3], settings=['num_steps=7'])[0]
    options = run.command[run.command.index('train') + 1 :]
    assert options[0] == '--config'
    assert options[2:-2] == [
        *('--set', 'data_root=data', '--set', 'num_steps=7'),
        *('--set', 'pyramid.levels=[flip]', '--set', 'seed=3'),
    ]
    assert options[-2:] == ['--output', str(run.folder)]
    assert run.config.num_steps == 7


def test_without_a_teacher_nobody_listens_to_one(ablation, plan):
    assert 'apx' not in [run.row for run in plan(teacher=None)]
    with pytest.raises(ConfigError, match='--teacher'):
        plan(teacher=None, rows=['apx'])


def test_a_folder_of_other_settings_is_not_gone_on_with(ablation, plan):
    run = plan(rows=['base'])[0]
    ablation.claim_folder(run)
    ablation.claim_folder(run)
    other = plan(rows=['base'], settings=['batch_size=4'])[0]
    with pytest.raises(ConfigError, match='other settings'):
        ablation.claim_folder(other)


def test_a_folder_of_another_teacher_is_not_gone_on_with(ablation, plan, tmp_path):
    teacher = tmp_path / 'teacher.safetensors'
    run = plan(rows=['apx'], teacher=str(teacher))[0]
    with pytest.raises(ConfigError, match=r'teacher\.safetensors cannot be read'):
        ablation.claim_folder(run)
    teacher.write_bytes(b'one')
    ablation.claim_folder(run)
    teacher.write_bytes(b'two')
    with pytest.raises(ConfigError, match='weights'):
        ablation.claim_folder(run)


def test_a_folder_of_other_code_is_not_gone_on_with(ablation, plan, tmp_path, monkeypatch):
    package, run = tmp_path / 'package', plan(rows=['base'])[0]
    (package / 'part').mkdir(parents=True)
    (package / 'part' / 'a.py').write_text('x = 1\n')
    monkeypatch.setattr(ablation, 'PACKAGE', package)
    ablation.claim_folder(run)
    (package / 'notes.md').write_text('no code')
    ablation.claim_folder(run)
    (package / 'part' / 'a.py').rename(package / 'a.py')
    with pytest.raises(ConfigError, match='code'):
        ablation.claim_folder(run)
    (package / 'a.py').rename(package / 'part' / 'a.py')
    ablation.claim_folder(run)
    (package / 'part' / 'a.py').write_text('x = 2\n')
    with pytest.raises(ConfigError, match='code'):
        ablation.claim_folder(run)


def test_scores_are_those_of_the_last_step_and_none_before(ablation, tmp_path):
    curves = tmp_path / 'curves.jsonl'
    records = [
        {'step': 4, 'street/none': 0.9, 'street/median': 0.8},
        {'step': 20, 'loss': 1.0, 'lr/loss': 2.0},
        {'step': 20, **SCORES},
    ]
    curves.write_text(''.join(json.dumps(record) + '\n' for record in records))
    assert ablation.last_scores(curves, 20) == SCORES
    assert ablation.last_scores(curves, 40) == {}
    curves.write_text('{"step": 20, "loss"')
    with pytest.raises(InputError, match='damaged'):
        ablation.last_scores(curves, 20)


def test_what_has_not_begun_is_not_finished(ablation, plan):
    assert ablation.finished_result(plan(rows=['base'])[0]) is None


def test_the_table_shows_mean_and_spread_of_what_is_finished(ablation, plan):
    runs = plan(rows=['base', 'lr'])
    results = [
        ablation.Result(
            scores={name: value + 0.02 * run.seed for name, value in SCORES.items()},
            parameters=100,
        )
        for run in runs
    ]
    rows = ablation.summary(runs, [*results[:3], None])['rows']
    assert rows['base']['scores']['street/none'] == {
        'mean': 0.21, 'half_range': 0.01, 'values': [0.2, 0.22]
    }  # fmt: skip
    assert rows['lr']['seeds'] == [0]
    assert ablation.markdown_table(rows).splitlines() == [
        '| row | street/none | street/median | seeds | parameters |',
        '| --- | --- | --- | --- | --- |',
        '| base | 0.2100 ± 0.0100 | 0.1100 ± 0.0100 | 2 | 100 |',
        '| lr | 0.2000 ± 0.0000 | 0.1000 ± 0.0000 | 1 | 100 |',
    ]
