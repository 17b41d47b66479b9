import onnx
from onnx import helper
import pytest

from depth_nodes.errors import CheckpointError
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
