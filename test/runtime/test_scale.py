"""What the sources make of rendered scenes, and how one of them is chosen."""

from dataclasses import replace
from functools import cache
import math

import numpy as np
import pytest

from depth_nodes.data.synthetic.render import render_sequence
from depth_nodes.data.synthetic.scene import SceneConfig
from depth_nodes.messages.camera import Camera
from depth_nodes.messages.range import points_from_depth
from depth_nodes.runtime.ground_plane import GroundPlane
from depth_nodes.runtime.odometry_scale import OdometryScale
from depth_nodes.runtime.range_samples import scale_from_points
from depth_nodes.runtime.scale import MODEL_STD, ScaleEngine
from depth_nodes.runtime.scale_measurement import ScaleMeasurement
from depth_nodes.runtime.scale_view import ScaleView

NUM_FRAMES, RATE_HZ = 20, 10.0  # 2 s
OUTLIER_SHARE = 0.3
VARIANCE = 0.02**2


@cache
def frames(domain, height_px, width_px):
    config = SceneConfig(
        domain=domain,
        seed=4,
        num_frames=NUM_FRAMES,
        height_px=height_px,
        width_px=width_px,
        fov_deg=75.0,
        rate_hz=RATE_HZ,
        frame_spacing_m=0.15,
    )
    return tuple(render_sequence(config))


def view_of(sample, factor, random):
    """The depth of a model that is wrong by this factor, a third of it by anything."""
    truth = np.where(sample.depth_m > 0, sample.depth_m, np.inf)
    depth = np.where(
        random.random(truth.shape) < OUTLIER_SHARE,
        truth * random.uniform(0.1, 10, truth.shape),
        truth,
    )
    return ScaleView(
        depth_m=(depth / factor).astype(np.float32),
        camera=sample.camera,
        scale=1.0,
        image=sample.image,
        at_s=sample.stamp_ns / 1e9,
    )


def scale_after_two_seconds(measure, samples, factor):
    random = np.random.default_rng(0)
    engine = ScaleEngine('range')
    for sample in samples:
        measurement = measure(view_of(sample, factor, random), sample, random)
        if measurement is not None:
            engine.add('range', measurement, sample.stamp_ns / 1e9)
    scale = engine.scale((NUM_FRAMES - 1) / RATE_HZ)
    assert scale.is_metric
    return scale.value


def range_measurement(view, sample, random):
    points = points_from_depth(sample.depth_m, sample.camera, 600)
    is_wrong = random.random(len(points)) < OUTLIER_SHARE
    points[is_wrong] *= random.uniform(0.1, 10, (is_wrong.sum(), 1)).astype(np.float32)
    return scale_from_points(view, points, np.eye(4))


def height_measurement(view, sample, random):
    pose = sample.world_from_camera
    return GroundPlane().measure(view, float(pose[2, 3]), -pose[2, :3])


def odometry_measurement():
    odometry = OdometryScale()
    return lambda view, sample, random: odometry.measure(view, sample.world_from_camera)


@pytest.mark.parametrize('factor', [0.2, 1.0, 20.0])
def test_every_source_is_right_after_two_seconds(factor):
    samples = frames('room', 144, 240)
    by_range = scale_after_two_seconds(range_measurement, samples, factor)
    by_height = scale_after_two_seconds(height_measurement, samples, factor)
    by_odometry = scale_after_two_seconds(odometry_measurement(), samples, factor)
    assert by_range == pytest.approx(factor, rel=0.02)
    assert by_height == pytest.approx(factor, rel=0.02)
    assert by_odometry == pytest.approx(factor, rel=0.05)


@pytest.mark.slow
@pytest.mark.parametrize('domain', ['street', 'yard'])
def test_every_source_is_right_outdoors(domain):
    samples = frames(domain, 240, 416)
    by_range = scale_after_two_seconds(range_measurement, samples, 5.0)
    by_height = scale_after_two_seconds(height_measurement, samples, 5.0)
    by_odometry = scale_after_two_seconds(odometry_measurement(), samples, 5.0)
    assert by_range == pytest.approx(5.0, rel=0.02)
    assert by_height == pytest.approx(5.0, rel=0.02)
    assert by_odometry == pytest.approx(5.0, rel=0.05)


def test_a_steady_scene_has_a_steady_scale():
    random = np.random.default_rng(1)
    engine, scales = ScaleEngine('range'), []
    sample = frames('room', 144, 240)[0]
    view = view_of(sample, 4.0, random)
    for i in range(300):
        wobble = np.exp(random.normal(0, 0.1, view.depth_m.shape) + random.normal(0, 0.02))
        noisy = replace(view, depth_m=(view.depth_m * wobble).astype(np.float32), at_s=i / RATE_HZ)
        engine.add('range', range_measurement(noisy, sample, random), noisy.at_s)
        scales.append(engine.scale(noisy.at_s).value)
    steady = np.array(scales[NUM_FRAMES:])
    assert steady.std() / np.median(steady) <= 0.01


def converged(mode, **variances):
    engine = ScaleEngine(mode)
    for i in range(10):
        for source, (factor, variance) in variances.items():
            engine.add(source, ScaleMeasurement(math.log(factor), variance), i / RATE_HZ)
    return engine


def test_the_modes_that_measure_nothing():
    assert ScaleEngine('model').scale(5.0) == (1.0, MODEL_STD**2, 'model', 0.0, True)
    assert ScaleEngine('fixed', 2.5).scale(5.0) == (2.5, 0.0, 'fixed', 0.0, True)
    assert ScaleEngine('fixed', 2.5).sources == ()


def test_relative_until_the_source_has_spoken():
    engine = ScaleEngine('range')
    scale = engine.scale(0.0)
    assert (scale.value, scale.source, scale.is_metric) == (1.0, 'range', False)
    assert scale.variance == scale.age_s == math.inf
    scale = converged('range', range=(3.0, VARIANCE)).scale(1.4)
    assert scale.value == pytest.approx(3.0)
    assert scale.age_s == pytest.approx(0.5)
    assert scale.is_metric


def test_relative_again_but_held_once_it_has_been_silent_for_long():
    engine = converged('range', range=(3.0, VARIANCE))
    scale = engine.scale(100.0)
    assert scale.value == pytest.approx(3.0)
    assert not scale.is_metric


def test_a_scale_from_before_a_jump_back_in_time_is_not_trusted_for_ever():
    engine = converged('range', range=(3.0, VARIANCE))
    assert engine.scale(-1000.0).is_metric
    assert engine.scale(-999.0).age_s == pytest.approx(1.0)
    assert not engine.scale(-900.0).is_metric


def test_auto_takes_the_surest():
    engine = converged('auto', range=(2.0, VARIANCE), odometry=(2.1, 9 * VARIANCE))
    assert engine.scale(1.0).source == 'range'
    engine = converged('auto', range=(2.0, 9 * VARIANCE), odometry=(2.1, VARIANCE))
    assert engine.scale(1.0).source == 'odometry'


def test_auto_does_not_change_for_a_little():
    engine = converged('auto', range=(2.0, VARIANCE))
    assert engine.scale(1.0).source == 'range'
    for i in range(10, 20):
        engine.add('odometry', ScaleMeasurement(0.8, 0.8 * VARIANCE), i / RATE_HZ)
        engine.add('range', ScaleMeasurement(math.log(2.0), VARIANCE), i / RATE_HZ)
        assert engine.scale(i / RATE_HZ).source == 'range'


def test_auto_falls_back_to_the_model_and_calls_it_relative():
    engine = converged('auto', odometry=(2.0, VARIANCE))
    assert engine.scale(1.0).source == 'odometry'
    assert engine.scale(200.0) == (1.0, MODEL_STD**2, 'model', 0.0, False)


@pytest.mark.parametrize(('value', 'factor'), [(np.inf, 0.2), (-np.inf, 5.0)])
def test_depth_out_of_range_is_brought_into_it(value, factor):
    """Else nothing could be compared with what a range sensor says."""
    engine = ScaleEngine('range')
    view = ScaleView(
        depth_m=np.full((64, 64), value, np.float32),
        camera=Camera.from_fov(64, 64, 60.0),
        scale=1.0,
        image=np.zeros((64, 64, 3), np.uint8),
        at_s=0.0,
    )
    engine.search(view)
    scale = engine.scale(0.0)
    assert scale.value == pytest.approx(factor)
    assert not scale.is_metric
