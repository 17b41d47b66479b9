from pathlib import Path

import numpy as np
import pytest

from depth_nodes.data.synthetic.scene import DOMAINS
from depth_nodes.evaluation.held_out import (
    FIRST_SEED,
    HEIGHT_PX,
    HeldOutScenes,
    renderer_in_words,
    WIDTH_PX,
)
from depth_nodes.training.kind import load_training_config

PRESETS = sorted((Path(__file__).resolve().parents[2] / 'config/training').glob('*.yaml'))


@pytest.mark.parametrize('preset', PRESETS, ids=lambda path: path.stem)
def test_no_training_renders_the_held_out_scenes(preset):
    config = load_training_config(preset)
    seeds = [source.seed + source.num_scenes for source in config.sources if source.render]
    assert seeds
    assert max(seeds) <= FIRST_SEED


def test_views_are_of_the_published_size_and_come_again_alike():
    scenes = HeldOutScenes(domain='room', num_views=1, num_workers=1)
    (first,), (second,) = list(scenes), list(scenes)
    assert scenes.name == 'rendered_room'
    assert first.image.shape == (HEIGHT_PX, WIDTH_PX, 3)
    np.testing.assert_array_equal(first.image, second.image)
    np.testing.assert_array_equal(first.depth_m, second.depth_m)


@pytest.mark.parametrize(('num_views', 'per_scene'), [(1, [1]), (4, [2, 2]), (5, [2, 2, 1])])
def test_there_are_as_many_views_as_asked_for(num_views, per_scene):
    for domain in DOMAINS:
        configs = HeldOutScenes(domain=domain, num_views=num_views).scenes()
        assert [config.num_frames for config in configs] == per_scene
        assert [config.seed for config in configs] == [
            FIRST_SEED + scene for scene in range(len(per_scene))
        ]


def test_views_may_be_larger_and_the_card_says_so():
    (scene,) = HeldOutScenes(domain='room', num_views=2, size_px=(1080, 1920)).scenes()
    assert (scene.height_px, scene.width_px) == (1080, 1920)
    assert renderer_in_words((1080, 1920)).endswith('1080x1920')
