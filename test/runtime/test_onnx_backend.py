import numpy as np
import onnx
from onnx import helper
import pytest

from depth_nodes.errors import BackendError, CheckpointError
from depth_nodes.model_header import INPUT_NAME, OUTPUT_NAME
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.onnx_backend import OnnxBackend


def test_a_graph_of_another_make_is_refused(tmp_path):
    values = [
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in ('x', 'y')
    ]
    graph = helper.make_graph([helper.make_node('Abs', ['x'], ['y'])], 'g', values[:1], values[1:])
    path = tmp_path / 'abs.onnx'
    opset = [helper.make_opsetid('', 18)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), path)
    with pytest.raises(CheckpointError, match='depth_nodes export'):
        OnnxBackend(ModelFiles(name='abs', onnx_path=path), BackendConfig())


@pytest.mark.parametrize('channels_kept', [[0, 1, 2], [0]], ids=['channels', 'dtype'])
def test_an_output_of_another_shape_or_type_is_refused(tmp_path, channels_kept):
    sides = [1, 3, 'height', 'width']
    kind = onnx.TensorProto.FLOAT if len(channels_kept) == 3 else onnx.TensorProto.FLOAT16
    nodes = [
        helper.make_node('Gather', [INPUT_NAME, 'kept'], ['gathered'], axis=1),
        helper.make_node('Cast', ['gathered'], [OUTPUT_NAME], to=kind),
    ]
    graph = helper.make_graph(
        nodes,
        'g',
        [helper.make_tensor_value_info(INPUT_NAME, onnx.TensorProto.FLOAT, sides)],
        [helper.make_tensor_value_info(OUTPUT_NAME, kind, [1, 'channels', *sides[2:]])],
        [helper.make_tensor('kept', onnx.TensorProto.INT64, [len(channels_kept)], channels_kept)],
    )
    path = tmp_path / 'gather.onnx'
    opset = [helper.make_opsetid('', 18)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), path)
    backend = OnnxBackend(ModelFiles(name='gather', onnx_path=path), BackendConfig())
    with pytest.raises(BackendError, match='not float32 of one channel'):
        backend.infer(np.zeros((1, 3, 96, 128), np.float32))
