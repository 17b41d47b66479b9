"""The levels of a view, how far they are from one another, and what they teach together."""

import copy
from dataclasses import replace
import math
import sys

import pytest
from tiny_training import CONFIG, make_source
import torch
from torch import nn
import torch.nn.functional as F

from depth_nodes.config_loader import config_from_mapping
from depth_nodes.errors import ConfigError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.depth_network import (
    DepthFeatures,
    DepthNetwork,
    DepthOutput,
    Prediction,
)
from depth_nodes.networks.small_depth import SmallDepth
from depth_nodes.training.batch import network_image
from depth_nodes.training.batch_transforms import resized_batch
from depth_nodes.training.depth_learner import DepthLearner
from depth_nodes.training.objective import Objective
from depth_nodes.training.process_group import ProcessGroup
from depth_nodes.training.pyramid import (
    check_view_size,
    consistency_terms,
    level_batch,
    level_size,
    LevelWeights,
    PyramidConfig,
    reference_of,
    sliced,
)
from depth_nodes.training.sampler import BatchSampler

CANONICAL = CanonicalCamera()
FULL = PyramidConfig(levels=('lr', 'hr', 'flip', 'color'))
# Drawn at the size of `hr`, for a `cr` of 128x128.
DRAWN_CONFIG = replace(CONFIG, view_sizes=((192, 192),))
DRAWN = BatchSampler([make_source()], DRAWN_CONFIG).batch(0)
SAME = torch.ones(2, 1, 1, 1)


class MirrorBlind(DepthNetwork):
    """Pixel by pixel, and the mean over blocks: a mirrored image is answered mirrored."""

    def __init__(self):
        super().__init__()
        self.mix = nn.Conv2d(3, 4, 1)

    def predict(self, image):
        mixed = self.mix(image).tanh()
        encoder = tuple(F.avg_pool2d(mixed, 2**power) for power in range(1, 6))
        heads = (F.avg_pool2d(mixed, 2**power)[:, :1].sigmoid() for power in range(3))
        return Prediction(DepthOutput(*heads), DepthFeatures(encoder, (mixed,)))


def batch_at(level):
    return level_batch(DRAWN, level, FULL, torch.Generator().manual_seed(3))


def predict(network, batch):
    return network.predict(network_image(batch.image).to(next(network.parameters()).dtype))


@pytest.fixture(scope='module')
def network():
    torch.manual_seed(0)
    return SmallDepth(CONFIG.network)


@pytest.fixture(scope='module')
def prediction(network):
    with torch.no_grad():
        return predict(network, batch_at('cr'))


def test_the_papers_sizes_and_weights():
    assert level_size((128, 416), 'lr', FULL) == (96, 320)
    assert level_size((128, 416), 'hr', FULL) == (192, 640)
    assert level_size((128, 416), 'cr', FULL) == level_size((128, 416), 'flip', FULL) == (128, 416)
    table = {'cr': (1, 0, 0), 'lr': (0.5, 1, 0.5), 'hr': (0.5, 0.5, 0.1), 'flip': (1, 0.1, 0.5)}
    for level, weights in {**table, 'color': (1, 0.1, 0.1)}.items():
        of_level = FULL.weights(level)
        assert (of_level.loss, of_level.features, of_level.inverse_depth) == weights


def test_a_yaml_file_may_choose_levels_and_their_weights():
    row = {'loss': 1.0, 'features': 0.0, 'inverse_depth': 2}
    config = config_from_mapping(PyramidConfig, {'levels': ['lr', 'flip'], 'lr': row})
    assert config.all_levels == ('cr', 'lr', 'flip')
    assert config.weights('lr') == LevelWeights(loss=1.0, features=0.0, inverse_depth=2.0)
    assert config.drawn_scale == 1.0
    assert FULL.drawn_scale == 1.5


@pytest.mark.parametrize(
    ('change', 'name'),
    [
        ({'levels': ('lr', 'hd')}, 'hd'),
        ({'levels': ('cr',)}, 'levels'),
        ({'levels': ('lr', 'lr')}, 'once'),
        ({'low_scale': 1.0}, 'low_scale'),
        ({'high_scale': 1.0}, 'high_scale'),
        ({'high_scale': math.inf}, 'high_scale'),
        ({'color_strength': -1.0}, 'color_strength'),
    ],
)
def test_what_makes_no_pyramid_is_refused_by_name(change, name):
    with pytest.raises(ConfigError, match=name):
        config_from_mapping(PyramidConfig, change)
    with pytest.raises(ConfigError, match='features'):
        LevelWeights(loss=1.0, features=-0.1, inverse_depth=0.0)


@pytest.mark.parametrize('view_size', [(128, 416), (128, 128), (128, 256), (256, 384)])
def test_levels_of_one_shape_are_taken(view_size):
    check_view_size(view_size, FULL)
    for level in ('lr', 'hr'):
        height, width = level_size(view_size, level, FULL)
        assert height / width == pytest.approx(view_size[0] / view_size[1], rel=0.03)


@pytest.mark.parametrize(
    ('view_size', 'change', 'message'),
    [
        ((96, 96), {'levels': ('lr',)}, 'view size 96x96: its level lr would be 96x96, the same'),
        ((128, 192), {'levels': ('lr',)}, 'lr would be 96x128, another .* pyramid.low_scale'),
        ((96, 128), {'levels': ('flip', 'hr')}, 'hr would be 128x192, another .* pyramid.high_s'),
        ((128, 128), {'levels': ('hr',), 'high_scale': 1.1}, 'hr would be 128x128, the same size'),
        # 3.1 % narrower.
        ((128, 352), {'levels': ('lr',)}, 'multiples of 128, which suit scales of 0.75 and 1.5'),
    ],
)
def test_squashed_levels_are_refused_by_name(view_size, change, message):
    with pytest.raises(ConfigError, match=message):
        check_view_size(view_size, PyramidConfig(**change))
    check_view_size(view_size, PyramidConfig(levels=('flip', 'color')))


@pytest.mark.parametrize('sides', [(96, 128), (128, 416), (160, 224), (192, 320)])
@pytest.mark.parametrize('scale', [1.25, 1.5, 2.0])
def test_the_size_of_cr_is_found_again_from_that_of_hr(sides, scale):
    config = PyramidConfig(levels=('hr', 'lr'), high_scale=scale)
    drawn = resized_batch(DRAWN, level_size(sides, 'hr', config))
    for level in config.all_levels:
        found = level_batch(drawn, level, config, torch.Generator()).image.shape[-2:]
        assert found == level_size(sides, level, config)


def test_each_level_is_the_view_seen_otherwise():
    current = batch_at('cr')
    sizes = {level: tuple(batch_at(level).image.shape[-2:]) for level in FULL.all_levels}
    same = (128, 128)
    assert sizes == {'cr': same, 'lr': (96, 96), 'hr': (192, 192), 'flip': same, 'color': same}
    assert batch_at('flip').image.flip(-1).equal(current.image)
    assert batch_at('color').depth_m.equal(current.depth_m)
    assert not batch_at('color').image.equal(current.image)
    ratio = batch_at('hr').focal_px / current.focal_px
    torch.testing.assert_close(ratio, torch.full((2, 1, 1, 1), 1.5))


@pytest.mark.parametrize('level', ['lr', 'hr', 'color'])
def test_equal_predictions_have_nothing_to_say_to_each_other(prediction, level):
    terms = consistency_terms(prediction, reference_of(prediction, 2), level, SAME, CANONICAL)
    assert terms.features == terms.inverse_depth == 0
    assert all(term.shape == () for term in terms)


def test_a_network_that_the_mirror_does_not_touch_is_consistent_with_it():
    torch.manual_seed(0)
    blind = MirrorBlind()
    current, mirrored = (predict(blind, batch_at(level)) for level in ('cr', 'flip'))
    reference = reference_of(current, 2)
    terms = consistency_terms(mirrored, reference, 'flip', SAME, CANONICAL)
    assert max(terms).item() == pytest.approx(0, abs=1e-6)
    as_it_is = consistency_terms(mirrored, reference, 'color', SAME, CANONICAL)
    assert min(as_it_is).item() > 1e-3


@pytest.mark.parametrize(('level', 'scale'), [('lr', 2 / 3), ('hr', 1.5)])
def test_the_same_metres_at_another_focal_length_are_the_same(level, scale):
    # On a ramp bilinear interpolation is exact, but at the borders.
    ramp = torch.linspace(0.05, 0.15, 192, dtype=torch.float64).expand(2, 1, 128, 192)
    heads = (ramp, ramp[..., ::2, ::2], ramp[..., ::4, ::4])
    output = DepthOutput(*map(CANONICAL.sigmoid_from_inverse_depth, heads))
    size = [round(side * scale) for side in (128, 192)]
    other = (
        F.interpolate(head * scale, [side // 2**index for side in size], mode='bilinear')
        for index, head in enumerate(heads)
    )
    seen = DepthOutput(*map(CANONICAL.sigmoid_from_inverse_depth, other))
    feature = (torch.zeros(2, 1, 4, 4),)
    one, two = (Prediction(heads, DepthFeatures(feature, ())) for heads in (output, seen))
    ratio = torch.full((2, 1, 1, 1), scale)
    right = consistency_terms(two, one, level, ratio, CANONICAL).inverse_depth
    wrong = consistency_terms(two, one, level, SAME, CANONICAL).inverse_depth
    assert 100 * right.item() < 1e-4 < wrong.item()


def test_differences_have_no_unit(prediction):
    """Twice the inverse depth of an image is as far from itself whatever its scale."""
    distances = []
    for scale in (1.0, 0.1):
        inverse = [scale * CANONICAL.inverse_depth_from_sigmoid(one) for one in prediction.output]
        near, far = (
            prediction._replace(
                output=DepthOutput(
                    *(CANONICAL.sigmoid_from_inverse_depth(factor * one) for one in inverse)
                )
            )
            for factor in (2, 1)
        )
        distances.append(consistency_terms(near, far, 'color', SAME, CANONICAL).inverse_depth)
    assert [distance.item() for distance in distances] == pytest.approx([1.0, 1.0], abs=1e-3)


def test_the_reference_learns_nothing_and_keeps_nothing_else_alive(network):
    predicted = predict(network, batch_at('cr'))
    reference = reference_of(predicted, 1)
    tensors = [*reference.output, *reference.features.encoder]
    assert not any(tensor.requires_grad for tensor in tensors)
    assert all(tensor.untyped_storage().nbytes() == tensor.nbytes for tensor in tensors)
    assert reference.output.full.equal(predicted.output.full[:1])
    terms = consistency_terms(sliced(predicted, 1), reference, 'flip', SAME[:1], CANONICAL)
    sum(terms).backward()
    assert all(value.grad is not None for value in network.downsamples.parameters())
    network.zero_grad()


def whole_loss(network, batch, random):
    """Equations 20 to 22 of one step, all levels at once."""
    objective = Objective(CONFIG.objective, CANONICAL)
    losses = []
    for level in FULL.all_levels:
        views, weights = level_batch(batch, level, FULL, random), FULL.weights(level)
        predicted = predict(network, views)
        losses.append(weights.loss * objective(predicted.output, views)[0])
        if level == 'cr':
            reference, focal_px = reference_of(predicted, 2), views.focal_px
            continue
        ratio = views.focal_px / focal_px
        terms = consistency_terms(predicted, reference, level, ratio, CANONICAL)
        losses += [weights.features * terms.features, weights.inverse_depth * terms.inverse_depth]
    return torch.stack(losses).sum()


def test_what_is_learnt_level_by_level_is_the_whole_loss(monkeypatch):
    # In double precision, and without the limit that would hide a common factor.
    module = sys.modules[DepthLearner.__module__]
    monkeypatch.setattr(module, 'network_image', lambda image: network_image(image).double())
    batch = DRAWN._replace(depth_m=DRAWN.depth_m.double(), intrinsics=DRAWN.intrinsics.double())
    optimizer = replace(CONFIG.optimizer, max_gradient_norm=1e12)
    config = replace(DRAWN_CONFIG, pyramid=FULL, view_sizes=((128, 128),), optimizer=optimizer)
    learner = DepthLearner(config, ProcessGroup())
    learner.network.double()
    learner.averaged.double()
    network = copy.deepcopy(learner.network).train()
    loss = whole_loss(network, batch, torch.Generator().manual_seed(config.seed + 1))
    loss.backward()
    terms = learner.learn(batch, step=0, progress=0.0)
    assert terms['loss'].item() == pytest.approx(loss.item(), rel=1e-9)
    expected, learnt = (
        {name: value.grad for name, value in one.named_parameters()}
        for one in (network, learner.network)
    )
    torch.testing.assert_close(learnt, expected, rtol=1e-6, atol=1e-9)
    assert all(value.abs().max() > 0 for value in expected.values())
