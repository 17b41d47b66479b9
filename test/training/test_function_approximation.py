"""A student takes over what a teacher says, where it is believed, and the teacher nothing."""

from dataclasses import replace

import pytest
from tiny_training import CONFIG
import torch

from depth_nodes.errors import CheckpointError, ConfigError
from depth_nodes.geometry.canonical import CanonicalCamera
from depth_nodes.networks.checkpoints import Checkpoint, save_checkpoint
from depth_nodes.networks.depth_network import DepthOutput
from depth_nodes.networks.small_depth import SmallDepth
from depth_nodes.training.function_approximation import (
    ApproximationConfig,
    FunctionApproximation,
)

CANONICAL = CanonicalCamera()
CPU = torch.device('cpu')
# Other widths, and another number of blocks.
TEACHER = replace(
    CONFIG.network, widths=(16, 16, 24, 32, 48), last_width=12, num_blocks=(0, 1, 1, 1, 1)
)
FOCAL_PX = torch.tensor([100.0, 300.0]).view(2, 1, 1, 1)


def make_network(config):
    torch.manual_seed(0)
    network = SmallDepth(config).eval()
    # Heads that say something, where fresh ones are nearly flat.
    for head in network.heads:
        torch.nn.init.normal_(head.weight, std=1.0)
    return network


@pytest.fixture(scope='module')
def image():
    torch.manual_seed(1)
    return torch.rand(2, 3, 96, 128)


@pytest.fixture(scope='module')
def paths(tmp_path_factory):
    """Checkpoints of a teacher as small as the student, and of a larger one."""
    folder = tmp_path_factory.mktemp('teachers')
    result = {}
    for name, config in (('alike', CONFIG.network), ('larger', TEACHER)):
        result[name] = folder / f'{name}.safetensors'
        checkpoint = Checkpoint(
            network=make_network(config), network_name='small_depth', canonical=CANONICAL
        )
        save_checkpoint(result[name], checkpoint)
    return result


def make_loss(path, **settings):
    config = ApproximationConfig(teacher=str(path), **settings)
    return FunctionApproximation(config, CANONICAL, CPU)


def with_heads(prediction, change):
    return prediction._replace(output=DepthOutput(*map(change, prediction.output)))


def test_a_student_that_says_the_same_has_no_loss(paths, image):
    prediction = make_network(CONFIG.network).predict(image)
    loss, terms = make_loss(paths['alike'])(image, prediction, FOCAL_PX)
    assert loss == 0
    assert [term.item() for term in terms.values()] == [0, 0, 0]


def test_a_wrong_scale_is_a_loss(paths, image):
    prediction = make_network(CONFIG.network).predict(image)
    half = with_heads(prediction, lambda head: head / 2)
    _, terms = make_loss(paths['alike'])(image, half, FOCAL_PX)
    assert terms['approximation_output'] > 0.1
    assert terms['approximation_encoder'] == terms['approximation_decoder'] == 0


def test_terms_are_weighted_and_add_up(paths, image):
    prediction = make_network(CONFIG.network).predict(image)
    loss, terms = make_loss(paths['larger'])(image, prediction, FOCAL_PX)
    assert loss.item() == pytest.approx(sum(terms.values()).item())
    weights = {'encoder_weight': 0.02, 'decoder_weight': 0.0, 'output_weight': 3.0}
    _, others = make_loss(paths['larger'], **weights)(image, prediction, FOCAL_PX)
    for name, factor in (('encoder', 2), ('decoder', 0), ('output', 3)):
        name = f'approximation_{name}'
        assert terms[name] > 0
        assert others[name].item() == pytest.approx(factor * terms[name].item(), rel=1e-5)


def test_the_student_learns_from_another_architecture_which_stays_as_it_is(paths, image):
    student, approximation = make_network(CONFIG.network).train(), make_loss(paths['larger'])
    before = {name: value.clone() for name, value in approximation.teacher.state_dict().items()}
    optimizer = torch.optim.AdamW(student.parameters(), lr=1e-3)
    losses = []
    for _ in range(8):
        loss, _ = approximation(image, student.predict(image), FOCAL_PX)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.8 * losses[0]
    assert all(value.grad is not None for value in student.parameters())
    teacher = approximation.teacher
    assert not teacher.training
    assert all(value.grad is None and not value.requires_grad for value in teacher.parameters())
    torch.testing.assert_close(teacher.state_dict(), before, rtol=0, atol=0)


def test_what_the_teacher_sees_far_away_has_no_say(paths, image):
    teacher = make_network(CONFIG.network)
    with torch.no_grad():
        output = teacher.predict(image).output
    depth_m = CANONICAL.depth_from_canonical(
        1 / CANONICAL.inverse_depth_from_sigmoid(output.full), FOCAL_PX
    )
    approximation = make_loss(paths['alike'], max_depth_m=depth_m.median().item())
    prediction = teacher.predict(image)
    other = with_heads(prediction, lambda head: (head * 1.7).clamp(max=1).requires_grad_())
    loss, _ = approximation(image, other, FOCAL_PX)
    is_far = depth_m >= approximation.config.max_depth_m
    gradient = torch.autograd.grad(loss, other.output.full)[0]
    assert (gradient[is_far] == 0).all()
    assert (gradient[~is_far] != 0).any()
    assert 0.2 < is_far.float().mean() < 0.8
    changed = other._replace(
        output=other.output._replace(full=torch.where(is_far, 0.5, other.output.full))
    )
    assert approximation(image, changed, FOCAL_PX)[0] == loss


def test_a_teacher_that_is_nowhere_believed_teaches_no_depth(paths, image):
    prediction = make_network(CONFIG.network).predict(image)
    half = with_heads(prediction, lambda head: head / 2)
    loss, terms = make_loss(paths['alike'], max_depth_m=1e-3)(image, half, FOCAL_PX)
    assert terms['approximation_output'] == 0
    loss.backward()
    assert loss.isfinite()


def test_a_teacher_in_bfloat16_says_nearly_the_same(paths, image):
    prediction = make_network(CONFIG.network).predict(image)
    config = ApproximationConfig(teacher=str(paths['larger']))
    exact, rounded = (
        FunctionApproximation(config, CANONICAL, CPU, precision)(image, prediction, FOCAL_PX)[0]
        for precision in ('float32', 'bfloat16')
    )
    assert rounded.dtype == torch.float32
    assert rounded.item() == pytest.approx(exact.item(), rel=0.2)
    assert rounded != exact


def test_a_teacher_of_another_canonical_camera_is_refused(paths):
    config = ApproximationConfig(teacher=str(paths['alike']))
    with pytest.raises(ConfigError, match='canonical'):
        FunctionApproximation(config, CanonicalCamera(focal_px=300.0), CPU)
    with pytest.raises(CheckpointError, match='missing'):
        make_loss('missing.safetensors')


@pytest.mark.parametrize(
    'change', [{'encoder_weight': -1.0}, {'output_weight': float('nan')}, {'max_depth_m': 0.0}]
)
def test_settings_that_cannot_work_are_refused_by_name(change):
    with pytest.raises(ConfigError, match=next(iter(change))):
        ApproximationConfig(**change)
