"""Learning from previous frames: who they are, what is added, and that it comes to something."""

from dataclasses import replace

from drive_batch import CANONICAL, drive_batch, drive_prediction, FRAMES
import numpy as np
import pytest
from tiny_networks import TINY_SMALL_DEPTH
from tiny_training import CONFIG, make_source, make_trainer, read_curves, with_neighbours
import torch
import torch.nn.functional as F

from depth_nodes.errors import CheckpointError, ConfigError
from depth_nodes.geometry.cost_volume import CostVolume, plane_depths
from depth_nodes.networks.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from depth_nodes.networks.multi_frame_depth import Matching, MatchingConfig, MultiFrameDepth
from depth_nodes.networks.small_depth import SmallDepth
from depth_nodes.training.batch import network_image
from depth_nodes.training.multi_frame import (
    joined,
    MultiFrameLearning,
    predicted,
    previous_frames,
    unreliable,
)
from depth_nodes.training.multi_frame_config import MultiFrameConfig
from depth_nodes.training.self_supervision import SelfSupervisionConfig
from depth_nodes.training.source_config import SourceConfig
from depth_nodes.training.validation import validate

MULTI = MultiFrameConfig(
    matching=MatchingConfig(num_planes=12),
    static_probability=0.0,
    missing_probability=0.0,
    consistency_weight=0.1,
)
MULTI_FRAME = replace(
    CONFIG,
    architecture='multi_frame_depth',
    multi_frame=MULTI,
    sources=(SourceConfig(sequence='unused', neighbour_step=1),),
    self_supervision=SelfSupervisionConfig(is_on=False),
)


def learning(estimate=None, **settings):
    torch.manual_seed(0)
    config = replace(MULTI_FRAME, multi_frame=replace(MULTI, **settings))
    network = MultiFrameDepth(config.network_config).train()
    return MultiFrameLearning(config, network, estimate)


def with_source_of_before(distance_m=0.2):
    """Frames whose neighbour was taken before, from the side."""
    source = with_neighbours(make_source(), distance_m)
    earlier = tuple((around[0]._replace(is_earlier=True),) for around in source.neighbours)
    return replace(source, neighbours=earlier)


def test_the_previous_frame_is_the_earlier_neighbour_of_known_pose():
    batch = drive_batch()
    previous = previous_frames(batch)
    assert torch.equal(previous.image[0, 0], network_image(batch.neighbours.image)[0])
    pose = np.linalg.inv(FRAMES[0].world_from_camera) @ FRAMES[1].world_from_camera
    np.testing.assert_allclose(previous.previous_from_current[0, 0], pose, atol=1e-5)
    for other in (drive_batch(is_pose_known=False), batch._replace(neighbours=None)):
        assert torch.equal(previous_frames(other).previous_from_current[0, 0], torch.eye(4))


@torch.no_grad()
def test_a_prediction_is_of_the_frame_before_too_where_its_pose_is_known():
    network = learning().network.eval()
    torch.nn.init.normal_(network.reduce[-1].weight, std=0.1)
    batch = drive_batch()
    # Of 72x192.
    padding = (0, 0, 0, 24)
    image = F.pad(network_image(batch.image), padding, mode='replicate')
    earlier = F.pad(network_image(batch.neighbours.image[:1]), padding, mode='replicate')
    previous = previous_frames(batch)._replace(image=earlier[None])
    expected = network(image, previous).full
    assert torch.equal(predicted(network, batch).output.full, expected)
    alone = network.single.predict(image)
    assert not torch.equal(expected, alone.output.full)
    for other in (drive_batch(is_pose_known=False), batch._replace(neighbours=None)):
        found = predicted(network, other)
        assert torch.equal(found.output.full, alone.output.full)
        assert torch.equal(found.features.encoder[3], alone.features.encoder[3])
    assert torch.equal(predicted(network.single, batch).output.full, alone.output.full)


def test_frames_are_made_static_or_missing():
    batch = drive_batch()
    image = network_image(batch.image)
    previous = previous_frames(batch)
    static = learning(static_probability=0.999)._augmented(previous, image)
    assert torch.equal(static.image[0, 0], image[0])
    assert torch.equal(static.previous_from_current, previous.previous_from_current)
    missing = learning(missing_probability=0.999)._augmented(previous, image)
    assert torch.equal(missing.previous_from_current[0, 0], torch.eye(4))
    assert torch.equal(missing.image, previous.image)


def test_estimated_poses_are_in_mean_depths_of_the_single_frame():
    batch = drive_batch(is_pose_known=False)

    def estimate(view, neighbour):
        ahead = torch.zeros(len(view), 3)
        ahead[:, 2] = 0.1
        return torch.zeros(len(view), 3), ahead

    learner = learning(estimate)
    learner._single_m = lambda batch: torch.full((1, 1, 8, 8), 5.0)
    previous = previous_frames(learner._posed(batch))
    # The earlier neighbour is behind: what moved ahead from there to here is turned around.
    torch.testing.assert_close(
        previous.previous_from_current[0, 0, :3, 3], torch.tensor([0.0, 0, -0.5])
    )


def example_matching(cheapest):
    planes = plane_depths(torch.tensor(1.0), torch.tensor(16.0), 12, 'inverse')[None]
    cost = torch.ones(1, 12, 2, 2)
    cost[:, cheapest] = 0
    volume = CostVolume(cost, torch.ones_like(cost, dtype=torch.bool))
    return Matching(volume, torch.ones(1, 1, 2, 2, dtype=torch.bool), planes)


def test_the_volume_is_unreliable_where_it_is_off_by_a_factor_of_two():
    matching = example_matching(6)
    depth = matching.planes_m[0, 6].expand(1, 1, 2, 2)
    assert not unreliable(matching, 1.9 * depth).any()
    assert not unreliable(matching, depth / 1.9).any()
    assert unreliable(matching, 2.1 * depth).all()
    assert unreliable(matching, depth / 2.1).all()
    unknown = matching._replace(is_believed=torch.zeros(1, 1, 2, 2, dtype=torch.bool))
    assert unreliable(unknown, depth).all()


def test_views_come_before_their_neighbours():
    first, second = drive_prediction(), drive_prediction(2.0)
    both = joined(first, second)
    assert torch.equal(both.output.half[:3], first.output.half)
    assert torch.equal(both.features.encoder[0][3:], second.features.encoder[0])


def test_it_learns_from_scratch_and_from_a_single_network(tmp_path):
    path = tmp_path / 'single.safetensors'
    torch.manual_seed(1)
    single = SmallDepth(TINY_SMALL_DEPTH).eval()
    save_checkpoint(
        path,
        Checkpoint(network=single, network_name='small_depth', canonical=CANONICAL),
    )
    config = replace(MULTI_FRAME, initial_checkpoint=str(path), num_steps=40)
    source = with_source_of_before()
    trainer = make_trainer(tmp_path / 'run', config, [source])
    started = trainer.learner.network.single.state_dict()
    for name, value in single.state_dict().items():
        assert torch.equal(started[name], value)
    weights = trainer.train()
    curves = [line for line in read_curves(tmp_path / 'run') if 'matching' in line]
    assert curves[-1]['loss'] < curves[0]['loss']
    assert {'matching', 'single_frame'} <= set(curves[0])
    network = load_checkpoint(weights).network
    assert network.reduce[-1].weight.abs().max() > 0
    assert validate(network, [source], CANONICAL, 96) != validate(
        network.single, [source], CANONICAL, 96
    )


def test_planes_of_another_spacing_are_refused(tmp_path):
    linear = replace(MULTI, matching=replace(MULTI.matching, spacing='linear'))
    weights = make_trainer(tmp_path / 'linear', replace(MULTI_FRAME, multi_frame=linear)).learner
    path = tmp_path / 'linear.safetensors'
    (checkpoint,) = weights.checkpoints().values()
    save_checkpoint(path, checkpoint)
    config = replace(MULTI_FRAME, initial_checkpoint=str(path))
    with pytest.raises(
        CheckpointError, match=r'learnt with matching\.spacing linear, not inverse'
    ):
        make_trainer(tmp_path / 'inverse', config)
    make_trainer(tmp_path / 'same', replace(config, multi_frame=linear))


def test_the_same_training_with_one_frame_takes_no_neighbours(tmp_path):
    config = replace(MULTI_FRAME, architecture='small_depth')
    sources = [with_source_of_before()]
    single = make_trainer(tmp_path / 'a', config, sources).read_batch(0)
    several = make_trainer(tmp_path / 'b', MULTI_FRAME, sources).read_batch(0)
    assert single.neighbours is None
    assert several.neighbours is not None
    assert torch.equal(single.image, several.image)
    assert torch.equal(single.depth_m, several.depth_m)


def test_looks_and_previous_frames_together(tmp_path):
    pose = replace(CONFIG.self_supervision.pose_network, backbone='test_efficientnet')
    config = replace(
        MULTI_FRAME,
        view_sizes=((128, 128),),
        self_supervision=SelfSupervisionConfig(pose_network=pose),
        multi_frame=replace(MULTI, consistency_weight=0.1),
    )
    source = with_source_of_before(None)
    trainer = make_trainer(tmp_path, config, [source])
    terms = trainer.learner.learn(trainer.read_batch(0), 0, 0.0)
    assert {'photometric', 'matching', 'single_frame'} <= set(terms)
    assert all(torch.isfinite(term) for term in terms.values())


def test_nothing_to_learn_from_is_refused():
    with pytest.raises(ConfigError, match='is_on'):
        replace(
            MULTI_FRAME,
            sources=(SourceConfig(sequence='a', neighbour_step=1, supervision='none'),),
        )
