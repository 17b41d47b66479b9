"""Files that are no refiner are refused, and torch stays away."""

from dataclasses import replace
import shutil
import subprocess
import sys

import numpy as np
import pytest
from random_model import random_model
from random_refiner import random_refiner_graphs, TILE_SIZE_PX

from depth_nodes.errors import BackendError, CheckpointError
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.model_store import find_model
from depth_nodes.runtime.onnx_refiner import OnnxRefiner

CONFIG = BackendConfig(num_threads=1)
TINY_PROGRAM = """
import sys
import numpy as np
from depth_nodes.messages.camera import Camera
from depth_nodes.runtime.frame import Frame
from depth_nodes.runtime.refiner import make_refiner
frame = Frame(image=np.zeros((100, 140, 3), np.uint8), camera=Camera.from_fov(140, 100, 60.0))
estimate = make_refiner({path!r}).refine(frame)
assert estimate.depth_m.shape == (100, 140)
assert 'torch' not in sys.modules
"""


def test_a_depth_network_has_none_of_the_features():
    model = random_model()
    with pytest.raises(CheckpointError, match=r'image to sigmoid_output, .*export it anew'):
        OnnxRefiner(replace(model, coarse=model), CONFIG)


@pytest.mark.slow
def test_without_a_graph_of_the_coarse_network_there_is_no_refiner():
    model = replace(random_refiner_graphs(), coarse=ModelFiles(name='coarse'))
    with pytest.raises(CheckpointError, match=r'model coarse has no \.onnx file'):
        OnnxRefiner(model, CONFIG)


@pytest.mark.slow
def test_tiles_of_another_size_are_one_line():
    backend = OnnxRefiner(random_refiner_graphs(), CONFIG)
    view = backend.look(np.zeros((1, 3, 96, 160), np.float32))
    height, width = TILE_SIZE_PX
    tiles, boxes = np.zeros((1, 3, height, width + 32), np.float32), np.zeros((1, 4), np.float32)
    with pytest.raises(BackendError, match=r'input of shape \(1, 3, 96, 160\)') as caught:
        backend.residuals(tiles, boxes, view)
    assert '\n' not in str(caught.value)


@pytest.mark.slow
def test_another_coarse_network_is_refused(tmp_path):
    """The refiner's file knows the hash of the one that it was exported with."""
    graphs = random_refiner_graphs()
    for model in (graphs, graphs.coarse):
        shutil.copy(model.onnx_path, tmp_path)
    copied = find_model(str(tmp_path / graphs.onnx_path.name))
    OnnxRefiner(copied, CONFIG).close()
    shutil.copy(random_model().onnx_path, copied.coarse.onnx_path)
    with pytest.raises(CheckpointError, match='random_refiner_coarse.onnx is damaged'):
        OnnxRefiner(copied, CONFIG)


@pytest.mark.slow
def test_a_robot_needs_no_torch():
    program = TINY_PROGRAM.format(path=str(random_refiner_graphs().onnx_path))
    done = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
