"""The temporal filter on torch is that of the numpy path, camera by camera."""

import numpy as np
import torch

from depth_nodes.runtime.temporal_filter import GAIN, TemporalFilter
from depth_nodes.runtime.torch_temporal_filter import TorchTemporalFilter, Turn

SHAPE = (2, 48, 80)


def frames(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Inverse depth and brightness of two cameras: some of it stands still, some does not."""
    rng = np.random.default_rng(seed)
    still = np.random.default_rng(99).random((2, *SHAPE), np.float32)
    inverse_depth = 0.2 + still[0] * np.exp(0.05 * rng.standard_normal(SHAPE))
    picture = still[1] + np.where(rng.random((2, 1, 80)) < 0.1, 0.5, 0.0)
    inverse_depth[:, :10] *= 1.3 if seed % 2 else 1
    return inverse_depth.astype(np.float32), picture.astype(np.float32)


def column(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float32).view(2, 1, 1, 1)


def test_both_cameras_get_what_each_gets_alone_though_one_pauses():
    on_torch = TorchTemporalFilter(SHAPE, torch.device('cpu'))
    on_numpy = [TemporalFilter(), TemporalFilter()]
    for seed in range(8):
        inverse_depth, picture = frames(seed)
        is_new, goes_on = (1, int(seed not in (3, 4))), (int(seed > 0), int(seed not in (0, 5)))
        gain = 1.0 if seed == 6 else GAIN
        turn = Turn(column(gain, gain), column(*goes_on), column(*is_new))
        maps = (torch.from_numpy(one)[:, None] for one in (inverse_depth, picture))
        found, confidence = (one.numpy()[:, 0] for one in on_torch(*maps, turn))
        for index in range(2):
            if not is_new[index]:
                continue
            expected = on_numpy[index](
                inverse_depth[index].copy(),
                picture[index],
                gain=gain,
                goes_on=bool(goes_on[index]),
            )
            np.testing.assert_allclose(found[index], expected.inverse_depth, rtol=1e-4)
            np.testing.assert_allclose(confidence[index], expected.confidence, atol=1e-4)


def test_nan_does_not_stay():
    on_torch = TorchTemporalFilter(SHAPE, torch.device('cpu'))
    inverse_depth, picture = (torch.from_numpy(one)[:, None] for one in frames(0))
    broken = inverse_depth.clone()
    broken[:, :, 5, 5] = torch.nan
    turn = Turn(column(GAIN, GAIN), column(1, 1), column(1, 1))
    for one in (inverse_depth, broken):
        found, confidence = on_torch(one, picture, turn)
    assert found.isnan().sum() == 2
    assert confidence.isfinite().all()
    found, _ = on_torch(inverse_depth, picture, turn)
    assert found.isfinite().all()
