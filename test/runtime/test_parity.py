"""An engine whose depth is not the network's is refused; how far off is said in per cent."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from depth_nodes.errors import ConfigError, EngineMismatchError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.deployment import DeployedSmallDepth
from depth_nodes.networks.small_depth import SmallDepth, SmallDepthConfig
from depth_nodes.runtime.parity import (
    Agreement,
    fixed_frames,
    MAX_ABS_REL,
    require_agreement,
    require_parity,
)

SHAPE = (2, 96, 128)
CANONICAL = CanonicalCamera()
TINY = SmallDepthConfig(widths=(8, 8, 16, 16, 32), last_width=8, num_blocks=(0, 0, 1, 1, 1))


def network(image: Tensor) -> Tensor:
    """Depth of 1 to 50 m, by the brightness."""
    depth = 1 + 49 * image.mean(dim=1, keepdim=True)
    return CANONICAL.sigmoid_from_inverse_depth(1 / depth)


def farther(share: float, image_index: int | None = None) -> Callable[[Tensor], Tensor]:
    """The network with depth too far by this share, in one image of the batch or in all."""

    def candidate(image: Tensor) -> Tensor:
        factor = torch.ones(len(image), 1, 1, 1)
        factor[slice(None) if image_index is None else image_index] += share
        inverse_depth = CANONICAL.inverse_depth_from_sigmoid(network(image))
        return CANONICAL.sigmoid_from_inverse_depth(inverse_depth / factor)

    return candidate


def test_the_same_network_differs_by_nothing():
    assert require_parity(network, network, SHAPE, 'fp32', device='cpu') == 0


@pytest.mark.parametrize(
    ('share', 'precision'), [(0.004, 'fp16'), (-0.004, 'fp16'), (0.0004, 'fp32')]
)
def test_what_the_precision_explains_passes_and_is_measured(share, precision):
    measured = require_parity(farther(share), network, SHAPE, precision, device='cpu')
    assert measured == pytest.approx(abs(share), rel=0.01)


@pytest.mark.parametrize(
    ('share', 'precision', 'said'),
    [
        (0.006, 'fp16', r'fp16 engine is 0\.60% off .* more than 0\.50%; choose precision fp32'),
        (-0.006, 'fp16', r'fp16 engine is 0\.60% off'),
        (0.004, 'fp32', r'fp32 engine is 0\.40% off .* more than 0\.05%; choose the torch'),
        (0.0006, 'fp32', r'fp32 engine is 0\.06% off'),
    ],
)
def test_what_it_does_not_explain_is_refused(share, precision, said):
    with pytest.raises(EngineMismatchError, match=said):
        require_parity(farther(share), network, SHAPE, precision, device='cpu')


def test_one_wrong_camera_does_not_hide_among_right_ones():
    four = (4, 96, 128)
    with pytest.raises(EngineMismatchError, match=r'1\.00% off'):
        require_parity(farther(0.01, image_index=3), network, four, 'fp16', device='cpu')


def test_images_of_a_batch_that_are_mixed_up_are_found():
    with pytest.raises(EngineMismatchError):
        require_parity(lambda image: network(image.flip(0)), network, SHAPE, 'fp16', device='cpu')


def test_the_range_is_the_models_own():
    """An output of 0 is the farthest depth, so an error near it is worth what the range says."""

    def shifted(image: Tensor) -> Tensor:
        return network(image) + 1e-5

    near = CanonicalCamera(min_depth_m=0.02, max_depth_m=1.0)
    assert require_parity(
        shifted, network, SHAPE, 'fp32', canonical=near, device='cpu'
    ) == pytest.approx(49 * 1e-5, rel=0.1)
    with pytest.raises(EngineMismatchError):
        require_parity(shifted, network, SHAPE, 'fp32', device='cpu')


@pytest.mark.parametrize('value', [float('nan'), float('inf'), -float('inf')])
def test_what_is_no_number_is_refused(value):
    def broken(image: Tensor) -> Tensor:
        output = network(image)
        output[-1, 0, 0, 0] = value
        return output

    with pytest.raises(EngineMismatchError, match='fp16 engine gives NaN or infinity'):
        require_parity(broken, network, SHAPE, 'fp16', device='cpu')
    with pytest.raises(EngineMismatchError, match='network in torch gives NaN or infinity'):
        require_parity(network, broken, SHAPE, 'fp16', device='cpu')


@pytest.mark.parametrize(
    ('change', 'said'),
    [
        (lambda output: output[:1], r'of shape \(1, 1, 96, 128\) for .* \(2, 3, 96, 128\)'),
        (lambda output: output[..., :-1], r'\(2, 1, 96, 127\)'),
        (lambda output: output.half(), r'torch\.float16'),
    ],
)
def test_an_output_of_another_kind_is_refused(change, said):
    with pytest.raises(EngineMismatchError, match=said):
        require_parity(lambda image: change(network(image)), network, SHAPE, 'fp16', device='cpu')


def test_an_output_that_is_used_again_is_compared_before():
    memory = torch.zeros(SHAPE[0], 1, *SHAPE[1:])
    with pytest.raises(EngineMismatchError, match=r'1\.00% off'):
        require_parity(
            lambda image: memory.copy_(farther(0.01)(image)),
            lambda image: memory.copy_(network(image)),
            SHAPE,
            'fp16',
            device='cpu',
        )


def test_an_unknown_precision_is_refused():
    with pytest.raises(ConfigError, match='choose from fp16, fp32'):
        require_parity(network, network, SHAPE, 'int8', device='cpu')


def test_the_reference_runs_without_tensorfloat32():
    seen = []

    def reference(image: Tensor) -> Tensor:
        seen.append(torch.backends.cudnn.allow_tf32)
        return network(image)

    before = torch.backends.cudnn.allow_tf32
    require_parity(network, reference, SHAPE, 'fp32', device='cpu')
    assert not any(seen)
    assert torch.backends.cudnn.allow_tf32 == before


@pytest.mark.parametrize('shape', [(1, 96, 96), (4, 128, 416), (2, 97, 131)])
def test_the_frames_are_images_and_the_same_every_time(shape):
    frames, again = fixed_frames(shape), fixed_frames(shape)
    batch, height, width = shape
    for name, frame in frames.items():
        assert frame.shape == (batch, 3, height, width)
        assert torch.equal(frame, again[name])
        assert 0 <= frame.min() < frame.max() <= 1
        assert frame.std(dim=(1, 2, 3)).min() > 0.03
        assert all(not torch.equal(frame[0], other) for other in frame[1:])


def test_the_frames_show_what_they_are_called():
    frames = fixed_frames((1, 96, 128))
    steps = {name: frame.diff(dim=-1).abs() for name, frame in frames.items()}
    assert steps['a smooth gradient'].max() < 0.01
    assert steps['noise'].mean() == pytest.approx(1 / 3, rel=0.05)
    assert len(frames['step edges'].unique()) == 4
    assert 0.001 < steps['a texture'].mean() < 0.1


def test_half_precision_is_within_its_bound():
    torch.manual_seed(0)
    trained = SmallDepth(TINY).eval()
    deployed, half = DeployedSmallDepth(trained), SmallDepth(TINY).eval()
    half.load_state_dict(trained.state_dict())
    half.half()
    off = {
        'fp32': require_parity(
            deployed, lambda image: trained(image).full, SHAPE, 'fp32', device='cpu'
        ),
        'fp16': require_parity(
            lambda image: half(image.half()).full.float(), deployed, SHAPE, 'fp16', device='cpu'
        ),
    }
    assert off['fp32'] < 1e-5
    assert 1e-5 < off['fp16'] < 5e-3


@pytest.mark.parametrize('precision', ['fp32', 'fp16'])
def test_any_tensors_are_held_to_their_own_size_or_that_of_another(precision):
    expected, limit = 0.01 + torch.rand(1, 2, 4, 4), MAX_ABS_REL[precision]
    near, far = expected * (1 + 0.9 * limit), expected * (1 + 1.1 * limit)
    same = Agreement(expected, expected, expected)
    require_agreement({'a': same, 'b': Agreement(near, expected, expected)}, precision)
    require_agreement({'b': Agreement(far, expected, 2 * expected)}, precision)
    with pytest.raises(EngineMismatchError, match='off float32 torch in b, more than'):
        require_agreement({'a': same, 'b': Agreement(far, expected, expected)}, precision)


@pytest.mark.parametrize(
    'found',
    [torch.ones(1, 2, 4, 5), torch.ones(1, 2, 4, 4).half(), torch.full((1, 2, 4, 4), torch.nan)],
)
def test_tensors_of_another_kind_never_agree(found):
    expected = torch.ones(1, 2, 4, 4)
    with pytest.raises(EngineMismatchError):
        require_agreement({'a': Agreement(found, expected, expected)}, 'fp16')
