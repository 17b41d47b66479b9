import numpy as np
import onnx
from onnx import helper
import pytest

from depth_nodes.errors import BackendError, CheckpointError
from depth_nodes.model_header import INPUT_NAME, OUTPUT_NAME
from depth_nodes.runtime import onnx_backend
from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.manifest import ModelFiles
from depth_nodes.runtime.model_store import find_model
from depth_nodes.runtime.onnx_backend import has_cuda_provider, OnnxBackend


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


@pytest.mark.skipif(has_cuda_provider(), reason='needs ONNX Runtime without CUDA')
def test_a_gpu_that_it_has_no_provider_for_is_one_line():
    with pytest.raises(BackendError, match='ONNX Runtime cannot') as caught:
        OnnxBackend(find_model('small_depth'), BackendConfig(device='cuda'))
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize('raises', [True, False])
def test_a_provider_that_cannot_be_loaded_is_no_fault_of_the_file(monkeypatch, raises):
    """It stays on the CPU without a word, or fails; which one, depends on the version."""

    class Session:
        def __init__(self, session) -> None:
            self._session = session
            self.get_inputs, self.get_outputs = session.get_inputs, session.get_outputs

        def set_providers(self, providers) -> None:
            assert providers == ['CUDAExecutionProvider', 'CPUExecutionProvider']
            if raises:
                raise RuntimeError('CUDA failure 35\nand more')

        def get_providers(self) -> list[str]:
            return self._session.get_providers()

    opened = onnx_backend.open_session
    monkeypatch.setattr(onnx_backend, 'open_session', lambda *given: Session(opened(*given)))
    with pytest.raises(BackendError, match='CUDA failure 35' if raises else 'CUDA provider'):
        OnnxBackend(find_model('small_depth'), BackendConfig(device='cuda'))


def test_it_is_on_the_cpu_unless_asked():
    assert OnnxBackend(find_model('small_depth'), BackendConfig()).device == 'cpu'
