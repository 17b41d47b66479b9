"""The programs of examples/, run as a reader would."""

import json
from pathlib import Path
import subprocess
import sys

from robot_bag import Robot, write_robot

ROOT = Path(__file__).resolve().parents[1]


def test_own_predictions_are_judged(tmp_path):
    bag = write_robot(tmp_path / 'walk', Robot(num_frames=5))
    program = ROOT / 'examples/evaluate_own_predictions.py'
    output = tmp_path / 'run.json'
    done = subprocess.run(
        [sys.executable, program, bag, output], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    document = json.loads(output.read_text())
    assert (document['model'], document['complete']) == ('a level floor', True)
    walk = document['sequences']['walk']
    assert (walk['frames'], walk['ground_truth']) == (5, 'topic /ground_truth/image_rect')
    # The scene of the recording is no level floor.
    assert 0.1 < walk['abs_rel'] < 10
    assert '<h1>Depth evaluation: a level floor</h1>' in (tmp_path / 'run.html').read_text()
    assert (tmp_path / 'run_frames.csv').read_text().count('\n') == 6
    assert 'walk' in done.stdout
