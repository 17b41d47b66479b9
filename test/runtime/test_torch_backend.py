import numpy as np
from random_model import random_model

from depth_nodes.runtime.backend import BackendConfig
from depth_nodes.runtime.torch_backend import TorchBackend


def test_folding_changes_nothing():
    config = BackendConfig(num_threads=1)
    folded, trained = (
        TorchBackend(random_model(), config, is_folded=is_folded) for is_folded in (True, False)
    )
    image = np.random.default_rng(0).random((1, 3, 96, 160), dtype=np.float32)
    np.testing.assert_allclose(folded.infer(image), trained.infer(image), atol=5e-5)
