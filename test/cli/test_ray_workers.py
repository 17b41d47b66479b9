"""`depth_nodes evaluate --bags FOLDER --ray` on a real Ray of this machine."""

from collections.abc import Iterator
from copy import copy
from functools import partial
import json
import os
from pathlib import Path
import signal
import sys

import cv2
import pytest
from robot_bag import Robot, write_robot

from depth_nodes.cli.judged_depth import JudgedDepth, ModelChoice
from depth_nodes.cli.main import main
from depth_nodes.cli.ray_workers import evaluate_on_ray, ray_cluster
from depth_nodes.cli.source_results import evaluate_source
from depth_nodes.data.evaluation_bag import EvaluationBag
from depth_nodes.errors import BackendError
from depth_nodes.evaluation.evaluate import evaluate_sequence
from depth_nodes.evaluation.evaluation_config import EvaluationConfig

NO_RAY = "Ray is not installed: pip install 'depth_nodes[fleet]'"
FAKE = ModelChoice(model='fake', backend='fake')
FRAMES = Robot(num_frames=6, has_prediction=False)


@pytest.fixture(scope='module')
def cluster() -> Iterator[None]:
    """Workers on this machine."""
    pytest.importorskip('ray', reason=NO_RAY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('RAY_ADDRESS', 'local')
        with ray_cluster():
            yield


@pytest.fixture
def fleet(tmp_path) -> Path:
    """Three good recordings, one that is cut off in the middle and one that has no camera."""
    for name in ('robot_a/walk', 'robot_b/drive', 'robot_b/walk'):
        (tmp_path / 'fleet' / name).parent.mkdir(parents=True, exist_ok=True)
        write_robot(tmp_path / 'fleet' / name, FRAMES)
    cut = next(write_robot(tmp_path / 'fleet/cut', FRAMES).glob('*.mcap'))
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    write_robot(tmp_path / 'fleet/silent', Robot(num_frames=6, has_info=False))
    return tmp_path / 'fleet'


def evaluate(output: Path, *arguments: str | Path) -> tuple[int, dict]:
    """The exit code and what was written."""
    fake = ['--model', 'fake', '--backend', 'fake']
    code = main(['evaluate', *map(str, arguments), *fake, '--output', str(output)])
    return code, json.loads(output.read_text())


def in_worker(tmp_path: Path, num_deaths: int):
    """An evaluation whose process is killed in the middle of a recording, so many times.

    Workers do not know this file; what is defined in a function travels to them whole.
    """
    deaths = tmp_path / 'deaths'
    deaths.touch()

    def evaluate(judged, source):
        def predict(sample):
            if sample.name == '000003' and deaths.stat().st_size < num_deaths:
                deaths.write_bytes(deaths.read_bytes() + b'x')
                os.kill(os.getpid(), signal.SIGKILL)
            return judged(sample)

        return evaluate_sequence(predict, source, EvaluationConfig())

    return evaluate


def test_without_ray_one_line_says_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, 'ray', None)
    arguments = [
        'evaluate',
        '--bags',
        str(tmp_path),
        '--ray',
        '--output',
        str(tmp_path / 'a.json'),
    ]
    assert main(arguments) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "pip install 'depth_nodes[fleet]'" in line


def test_a_cluster_that_does_not_answer_is_one_line(tmp_path, monkeypatch):
    ray = pytest.importorskip('ray', reason=NO_RAY)
    assert not ray.is_initialized()
    monkeypatch.setenv('RAY_ADDRESS', '127.0.0.1:1')
    refused = pytest.raises(BackendError, match='Connection refused.*correct or unset RAY_ADDRESS')
    with refused, ray_cluster():
        pass


def test_results_are_those_of_the_serial_run(cluster, fleet, tmp_path):
    serial_code, serial = evaluate(tmp_path / 'serial.json', '--bags', fleet)
    code, found = evaluate(tmp_path / 'ray.json', '--bags', fleet, '--ray')
    assert (code, serial_code) == (1, 1)
    assert list(found['sequences']) == ['cut', 'robot_a/walk', 'robot_b/drive', 'robot_b/walk']
    assert [result['frames'] for result in found['sequences'].values()] == [3, 6, 6, 6]
    assert found['complete'] is False
    assert 'no camera_info' in found['problems'][0]
    assert 'is damaged or cut off' in found['problems'][1]
    assert serial.pop('command') != found.pop('command')
    assert found == serial


def test_what_workers_are_through_with_is_not_evaluated_again(
    cluster, fleet, tmp_path, monkeypatch
):
    _, first = evaluate(tmp_path / 'run.json', '--bags', fleet, '--ray')
    names = []

    def count(judged, source, **options):
        names.append(source.name)
        return evaluate_sequence(judged, source, **options)

    monkeypatch.setattr('depth_nodes.cli.evaluation_run.evaluate_sequence', count)
    _, again = evaluate(tmp_path / 'run.json', '--bags', fleet)
    assert names == ['cut']
    assert again['sequences'] == first['sequences']


def test_the_recording_of_a_killed_worker_is_begun_again(cluster, tmp_path):
    bags = [EvaluationBag(write_robot(tmp_path / name, FRAMES)) for name in 'ab']
    outcomes = dict(evaluate_on_ray(bags, FAKE, in_worker(tmp_path, num_deaths=1)))
    assert (tmp_path / 'deaths').stat().st_size == 1
    assert [outcomes[bag].problem for bag in bags] == [None, None]
    judged = JudgedDepth(bags, FAKE.load)
    for bag in bags:
        expected = evaluate_source(bag, partial(in_worker(tmp_path, num_deaths=0), judged))
        assert outcomes[bag] == expected
    judged.close()


def test_a_recording_that_kills_every_worker_is_a_problem_of_its_own(cluster, tmp_path):
    bags = [EvaluationBag(write_robot(tmp_path / name, FRAMES)) for name in 'ab']
    evaluate = in_worker(tmp_path, num_deaths=1)
    outcomes = dict(evaluate_on_ray(bags, FAKE, evaluate, max_retries=0))
    (dead,) = [bag for bag in bags if outcomes[bag].result is None]
    assert outcomes[dead].problem.startswith(f'{dead.path}: the worker that evaluated it died')
    assert len(outcomes[dead].problem.splitlines()) == 1
    (other,) = [bag for bag in bags if bag is not dead]
    assert (outcomes[other].result['frames'], outcomes[other].problem) == (6, None)


def test_a_worker_keeps_its_model_and_computes_on_one_thread(cluster, tmp_path):
    def look(judged, source):
        return {'frames': 0, 'seen': (os.getpid(), id(judged._model), cv2.getNumThreads())}

    bag = EvaluationBag(write_robot(tmp_path / 'a', FRAMES))
    bags = [copy(bag) for _ in range(6)]
    seen = {outcome.result['seen'] for _, outcome in evaluate_on_ray(bags, FAKE, look)}
    assert len(seen) == len({pid for pid, _, _ in seen}) < len(bags)
    assert {num_threads for _, _, num_threads in seen} == {1}
    assert os.getpid() not in {pid for pid, _, _ in seen}


def test_what_no_recording_is_to_blame_for_ends_the_run(cluster, tmp_path):
    def fail(judged, source):
        raise BackendError('the engine is gone')

    bag = EvaluationBag(write_robot(tmp_path / 'a', FRAMES))
    with pytest.raises(BackendError, match='^the engine is gone$'):
        list(evaluate_on_ray([bag], FAKE, fail))
