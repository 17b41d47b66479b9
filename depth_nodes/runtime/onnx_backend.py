"""The default backend where there is no GPU: ONNX Runtime. Needs no torch."""

from __future__ import annotations

from typing import Any

from jaxtyping import Float32
import numpy as np

from depth_nodes.errors import BackendError, CheckpointError, first_line
from depth_nodes.model_header import ENTROPY_NAME, INPUT_NAME, OUTPUT_NAME
from depth_nodes.runtime.backend import BackendConfig, CPU, GPU
from depth_nodes.runtime.model_store import ModelFiles, verified_path
from depth_nodes.runtime.onnx_session import open_session

# In this order, the second for what the first has no kernel of.
PROVIDERS_ON_GPU = ['CUDAExecutionProvider', 'CPUExecutionProvider']


class OnnxBackend:
    """A session of ONNX Runtime; any size whose sides are multiples of 32.

    On the CPU unless a GPU is asked for: beside torch and TensorRT it is only a way out there.

    Attributes:
        prior_entropy: of the last input [nat], where the network looks a prior bank up; else None.
    """

    name = 'onnx'
    precision = 'fp32'
    inputs: tuple[str, ...] = (INPUT_NAME,)

    def __init__(self, model: ModelFiles, config: BackendConfig) -> None:
        """Loads the graph.

        Raises:
            BackendError: onnxruntime is not installed, or does not run on this GPU.
            CheckpointError: the file is missing, damaged, or of another network.
        """
        self.device = config.device or CPU
        self.prior_entropy: float | None = None
        path = verified_path(model, 'onnx')
        self._session = open_session(path, config.thread_count)
        inputs = [one.name for one in self._session.get_inputs()]
        outputs = [one.name for one in self._session.get_outputs()]
        if inputs != [*self.inputs] or OUTPUT_NAME not in outputs:
            raise CheckpointError(
                f'{path} maps {inputs} to {outputs}, not {[*self.inputs]} to {OUTPUT_NAME}; '
                'export it anew with `depth_nodes export`'
            )
        self._outputs = [name for name in (OUTPUT_NAME, ENTROPY_NAME) if name in outputs]
        if self.device == GPU:
            _move_to_gpu(self._session)

    def infer(
        self, image: Float32[np.ndarray, '1 3 height width']
    ) -> Float32[np.ndarray, '1 1 height width']:
        """The sigmoid output of the network."""
        return self._run(image)

    def _run(
        self,
        image: Float32[np.ndarray, '1 3 height width'],
        *others: Float32[np.ndarray, '1 _row *_column'],
    ) -> Float32[np.ndarray, '1 1 height width']:
        """With the values of `inputs`."""
        if self._session is None:
            raise BackendError('the onnx backend is closed')
        try:
            values = dict(zip(self.inputs, (image, *others), strict=True))
            output, *entropy = self._session.run(self._outputs, values)
        except Exception as error:  # onnxruntime's classes have no public base of their own
            raise BackendError(
                f'ONNX Runtime failed on an input of shape {image.shape}: {first_line(error)}'
            ) from error
        if output.dtype != np.float32 or output.shape != (1, 1, *image.shape[2:]):
            raise BackendError(
                f'{OUTPUT_NAME} is {output.dtype} {output.shape} for an input of shape '
                f'{image.shape}, not float32 of one channel and the same size; export the model '
                'anew with `depth_nodes export`'
            )
        if entropy:
            self.prior_entropy = float(entropy[0].mean())
        return output

    def close(self) -> None:
        """Frees the session with its threads."""
        self._session = None


def has_cuda_provider() -> bool:
    """Whether the installed ONNX Runtime is one for NVIDIA GPUs."""
    try:
        import onnxruntime
    except ImportError:
        return False
    return PROVIDERS_ON_GPU[0] in onnxruntime.get_available_providers()


def _move_to_gpu(session: Any) -> None:
    """Only once the file has been opened: what fails from here on is not the file's fault."""
    try:
        session.set_providers(PROVIDERS_ON_GPU)
    except Exception as error:  # onnxruntime's classes have no public base of their own
        raise BackendError(
            f'ONNX Runtime cannot use the GPU ({first_line(error)}); its version must suit CUDA, '
            'cuDNN and the driver'
        ) from error
    # Without CUDA's libraries it stays on the CPU and does not raise.
    if session.get_providers()[:1] != PROVIDERS_ON_GPU[:1]:
        raise BackendError(
            'ONNX Runtime cannot load its CUDA provider; its version must suit CUDA, cuDNN and '
            'the driver'
        )
