import numpy as np
import pytest

from depth_nodes.data.synthetic.domain import build_scene, BUILDERS
from depth_nodes.data.synthetic.draw import Draw
from depth_nodes.data.synthetic.scene import DOMAINS, SceneConfig


def test_every_domain_has_a_builder() -> None:
    assert tuple(BUILDERS) == DOMAINS


@pytest.mark.parametrize(('domain', 'spacing_m'), [('room', 0.05), ('street', 0.8), ('yard', 0.2)])
def test_the_frames_of_a_path_are_about_as_far_apart_as_asked(
    domain: str, spacing_m: float
) -> None:
    config = SceneConfig(
        domain=domain, seed=0, num_frames=4, height_px=48, width_px=64, frame_spacing_m=spacing_m
    )
    _, poses = build_scene(config, *(Draw(np.random.default_rng(seed)) for seed in (1, 2)))
    steps = np.linalg.norm(np.diff([pose[:3, 3] for pose in poses], axis=0), axis=1)
    assert 0.4 * spacing_m < steps.mean() < 1.1 * spacing_m
    assert steps.max() < 1.3 * steps.min()
