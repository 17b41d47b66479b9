from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
import re
import subprocess
import sys
import time
from typing import Any

import cv2
import numpy as np
from player_run import PlayerRun
import pytest
from rclpy.context import Context
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header

from depth_nodes.data.bag import raw_messages, write_bag
from depth_nodes.data.sample import Sample
from depth_nodes.data.sequence import write_sequence
from depth_nodes.errors import ConfigError, InputError
from depth_nodes.messages.camera import Camera
from depth_nodes.messages.depth import depth_from_image
from depth_nodes.messages.image import rgb_from_image
from depth_nodes.ros.cdr import header_from_cdr, restamped, stamp_ns_from_cdr
from depth_nodes.ros.nodes.player_node import PlayerNode

NUM_FRAMES = 4
RATE_HZ = 20.0
CAMERA = Camera.from_fov(64, 48, 70.0)


@pytest.fixture
def play() -> Iterator[Callable[..., PlayerRun]]:
    runs: list[PlayerRun] = []

    def start(**parameters: Any) -> PlayerRun:
        runs.append(PlayerRun(**parameters))
        return runs[-1]

    yield start
    for run in runs:
        run.stop()


def collect_raw(harness: Any, message_type: type, topic: str) -> list[bytes]:
    messages: list[bytes] = []
    harness.node.create_subscription(message_type, topic, messages.append, 10, raw=True)
    return messages


def stamp_ns(message: Any) -> int:
    return message.header.stamp.sec * 10**9 + message.header.stamp.nanosec


@pytest.fixture
def samples() -> list[Sample]:
    random = np.random.default_rng(0)
    return [
        Sample(
            name=f'{index:06d}',
            image=random.integers(0, 256, (48, 64, 3), np.uint8),
            camera=CAMERA,
            depth_m=np.where(np.arange(64) < 8, 0, np.full((48, 64), 1.5 + index, np.float32)),
        )
        for index in range(NUM_FRAMES)
    ]


@pytest.fixture
def sequence(tmp_path: Path, samples: list[Sample]) -> str:
    write_sequence(tmp_path / 'room', samples, name='room', rate_hz=RATE_HZ)
    return str(tmp_path / 'room')


@pytest.fixture
def bag(tmp_path: Path, samples: list[Sample]) -> str:
    write_bag(samples, tmp_path / 'room.bag', rate_hz=RATE_HZ)
    return str(tmp_path / 'room.bag')


def test_sequence_is_published_whole_with_stamps_of_now(harness, play, sequence, samples):
    images = harness.collect(Image, 'image')
    cameras = harness.collect(CameraInfo, 'camera_info')
    truths = harness.collect(Image, 'ground_truth/image_rect')
    before_ns = time.time_ns()
    play(source=sequence, frame_id='cam')
    harness.spin_until(lambda: {len(images), len(cameras), len(truths)} == {NUM_FRAMES})

    for image, camera, truth, sample in zip(images, cameras, truths, samples, strict=True):
        np.testing.assert_array_equal(rgb_from_image(image), sample.image)
        assert image.header == camera.header == truth.header
        assert image.header.frame_id == 'cam'
        assert camera.k[0] == pytest.approx(CAMERA.fx_px)
        depth = depth_from_image(truth)
        assert np.isnan(depth[:, :8]).all()
        np.testing.assert_allclose(depth[:, 8:], sample.depth_m[:, 8:], atol=1 / 256)
    stamps = [stamp_ns(image) for image in images]
    assert before_ns < stamps[0] < stamps[-1] < time.time_ns()
    assert (stamps[-1] - stamps[0]) / 1e9 >= 0.9 * (NUM_FRAMES - 1) / RATE_HZ


@pytest.mark.parametrize('stamps', ['auto', 'now'])
def test_bag_is_replayed_byte_for_byte_unless_stamps_are_those_of_now(harness, play, bag, stamps):
    kinds = {'image': Image, 'camera_info': CameraInfo, 'ground_truth/image_rect': Image}
    received = {topic: collect_raw(harness, kind, topic) for topic, kind in kinds.items()}
    play(source=bag, stamps=stamps)
    harness.spin_until(lambda: all(len(found) == NUM_FRAMES for found in received.values()))

    recorded: dict[str, list[bytes]] = {topic: [] for topic in kinds}
    for topic, _, _, cdr in raw_messages(bag):
        recorded[topic.removeprefix('/')].append(cdr)
    if stamps == 'auto':
        assert received == recorded
        return
    for topic in kinds:
        for found, original in zip(received[topic], recorded[topic], strict=True):
            assert restamped(found, stamp_ns_from_cdr(original)) == original
            assert abs(time.time_ns() - stamp_ns_from_cdr(found)) < 60 * 10**9
    new_stamps = [[stamp_ns_from_cdr(cdr) for cdr in found] for found in received.values()]
    assert new_stamps[0] == new_stamps[1] == new_stamps[2]


@pytest.mark.parametrize('transport', ['raw', 'compressed'])
def test_a_compressed_bag_is_decoded_or_passed_on(harness, play, tmp_path, samples, transport):
    write_bag(samples, tmp_path / 'small', rate_hz=RATE_HZ, is_compressed=True)
    recorded = [cdr for _, _, _, cdr in raw_messages(tmp_path / 'small', ['/image/compressed'])]
    if transport == 'raw':
        received, arguments = collect_raw(harness, Image, 'image'), {}
    else:
        received = collect_raw(harness, CompressedImage, 'image/compressed')
        arguments = {'image_transport': 'compressed'}
    play(source=str(tmp_path / 'small'), mode='fast', **arguments)
    harness.spin_until(lambda: len(received) == NUM_FRAMES)
    assert [header_from_cdr(cdr) for cdr in received] == [header_from_cdr(cdr) for cdr in recorded]
    assert (received == recorded) == (transport == 'compressed')


def test_video_gets_the_focal_length_of_the_parameter(harness, play, tmp_path):
    path = tmp_path / 'drive.avi'
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*'MJPG'), 25.0, (64, 48))
    for level in (40, 120, 200):
        video.write(np.full((48, 64, 3), level, np.uint8))
    video.release()
    images = harness.collect(Image, 'image')
    cameras = harness.collect(CameraInfo, 'camera_info')
    play(source=str(path), fx_px=77.0, mode='fast')
    harness.spin_until(lambda: len(images) == 3 and len(cameras) == 3)
    assert [round(float(rgb_from_image(image).mean()), -1) for image in images] == [40, 120, 200]
    assert (cameras[0].k[0], cameras[0].k[4]) == (77.0, 77.0)
    assert (cameras[0].k[2], cameras[0].k[5]) == (31.5, 23.5)


@pytest.mark.parametrize('stamps', ['now', 'recorded'])
@pytest.mark.parametrize('source', ['sequence', 'bag'])
def test_step_waits_for_the_depth_of_each_frame(harness, play, request, source, stamps):
    images = harness.collect(Image, 'image')
    answers = harness.publisher(Image, 'depth/image_rect')
    path, num_images = request.getfixturevalue(source), NUM_FRAMES + 1  # one of the second round
    # Waiting out this limit would be longer than the test waits.
    arguments = {'step_timeout_s': 60.0, 'loop': True, 'max_frames': num_images}
    run = play(source=path, mode='step', stamps=stamps, **arguments)
    for count in range(1, num_images + 1):
        harness.spin_until(lambda count=count: len(images) == count)
        harness.spin_until(answers.get_subscription_count)
        harness.spin_for(0.1)
        assert len(images) == count, 'the next frame came before the answer'
        answers.publish(Image(header=images[-1].header))
    harness.spin_until(lambda: run.is_over)


def test_step_waits_for_the_evaluator_instead_where_it_waits_for_it(harness, play, bag):
    images = harness.collect(Image, 'image')
    depths = harness.publisher(Image, 'depth/image_rect')
    arguments = {'wait_for_evaluator': True, 'step_timeout_s': 60.0}
    run = play(source=bag, mode='step', **arguments)
    harness.spin_for(1.0)
    assert not images, 'the evaluator is not there yet'
    answers = harness.publisher(Header, 'evaluation/compared')
    for count in range(1, NUM_FRAMES + 1):
        harness.spin_until(lambda count=count: len(images) == count)
        depths.publish(Image(header=images[-1].header))
        harness.spin_until(answers.get_subscription_count)
        harness.spin_for(0.1)
        assert len(images) == count, 'the next frame came before it was compared'
        answers.publish(images[-1].header)
    harness.spin_until(lambda: run.is_over)


@pytest.mark.parametrize('source', ['sequence', 'bag'])
def test_kept_stamps_go_on_from_round_to_round(harness, play, request, source):
    topics = {'image': Image, 'camera_info': CameraInfo, 'ground_truth/image_rect': Image}
    received = {topic: harness.collect(kind, topic) for topic, kind in topics.items()}
    path = request.getfixturevalue(source)
    play(source=path, mode='fast', stamps='recorded', loop=True, max_frames=2 * NUM_FRAMES)
    harness.spin_until(lambda: {len(found) for found in received.values()} == {2 * NUM_FRAMES})
    expected = [10**9 + index * round(1e9 / RATE_HZ) for index in range(2 * NUM_FRAMES)]
    for found in received.values():
        assert [stamp_ns(message) for message in found] == expected


def test_the_clock_shows_the_stamps_for_nodes_with_sim_time(harness, play, bag):
    clocks = harness.collect(Clock, '/clock')
    images = harness.collect(Image, 'image')
    play(source=bag, publish_clock=True, mode='fast')
    harness.spin_until(lambda: len(clocks) == len(images) == NUM_FRAMES)
    times = [message.clock for message in clocks]
    assert times == [image.header.stamp for image in images]


@pytest.mark.parametrize('rate', [0.05, 0.1])
def test_the_clock_runs_between_the_frames_and_never_back(harness, play, bag, rate):
    clocks = harness.collect(Clock, '/clock')
    images = harness.collect(Image, 'image')
    play(source=bag, publish_clock=True, rate=rate)
    harness.spin_until(lambda: len(images) == NUM_FRAMES)
    times = [message.clock.sec * 10**9 + message.clock.nanosec for message in clocks]
    assert times == sorted(set(times))
    assert len(times) > 2 * NUM_FRAMES
    # The newest image may come before its time, and the clock is a little late or early.
    assert times[-1] == pytest.approx(stamp_ns(images[-1]), abs=50_000_000)


def test_there_is_no_clock_unless_asked_for(harness, play, bag):
    clocks = harness.collect(Clock, '/clock')
    images = harness.collect(Image, 'image')
    play(source=bag, mode='fast')
    harness.spin_until(lambda: len(images) == NUM_FRAMES)
    assert harness.node.count_publishers('/clock') == 0
    assert not clocks


def test_loop_goes_on_with_growing_stamps_and_max_frames_ends_it(harness, play, sequence):
    images = harness.collect(Image, 'image')
    run = play(source=sequence, mode='fast', loop=True, max_frames=2 * NUM_FRAMES + 1)
    harness.spin_until(lambda: len(images) == 2 * NUM_FRAMES + 1)
    harness.spin_until(lambda: run.is_over)
    stamps = [stamp_ns(image) for image in images]
    assert stamps == sorted(set(stamps))
    np.testing.assert_array_equal(rgb_from_image(images[0]), rgb_from_image(images[NUM_FRAMES]))


def test_nothing_is_published_before_somebody_listens(harness, play, sequence):
    cameras = harness.collect(CameraInfo, 'camera_info')
    play(source=sequence, mode='fast')
    harness.spin_for(0.5)
    assert not cameras
    images = harness.collect(Image, 'image')
    harness.spin_until(lambda: len(images) == NUM_FRAMES)


def test_wait_for_depth_waits_for_depth_node_beside_other_subscribers(harness, play, sequence):
    images = harness.collect(Image, 'image')  # as RViz does
    play(source=sequence, mode='fast', wait_for_depth=True)
    harness.spin_for(1.0)
    assert not images
    harness.publisher(Image, 'depth/image_rect')
    harness.spin_until(lambda: len(images) == NUM_FRAMES)


def test_a_warning_about_the_source_is_logged_by_the_node(play, tmp_path, samples, capfd):
    unknown = [replace(sample, camera=None) for sample in samples]
    write_bag(unknown, tmp_path / 'unknown', rate_hz=RATE_HZ)
    capfd.readouterr()
    play(source=str(tmp_path / 'unknown'), mode='fast', wait_for_subscribers=0)
    assert re.search(r'\[WARN\] .*player_node.*set fx_px', capfd.readouterr().err)


def test_a_frame_that_cannot_be_read_is_an_error_of_the_node(harness, play, sequence):
    (Path(sequence) / 'rgb' / '000002.png').write_bytes(b'no picture')
    images = harness.collect(Image, 'image')
    run = play(source=sequence, mode='fast')
    harness.spin_until(lambda: run.is_over)
    assert isinstance(run.error, InputError)
    assert '000002.png' in str(run.error)
    assert len(images) <= 2


@pytest.mark.parametrize(
    ('parameters', 'error', 'reason'),
    [
        ({'source': ''}, InputError, 'parameter source'),
        ({'source': '/no/such/place'}, InputError, 'no such file or folder'),
        ({'source': '.', 'rate': 0.0}, ConfigError, 'parameter rate'),
        ({'source': '.', 'mode': 'backwards'}, ConfigError, 'realtime, fast, step'),
        ({'sauce': '.'}, ConfigError, 'did you mean source'),
    ],
)
def test_wrong_parameters_are_refused(context, parameters, error, reason):
    overrides = [Parameter(name, value=value) for name, value in parameters.items()]
    with pytest.raises(error, match=reason):
        PlayerNode(context=context, parameter_overrides=overrides)


def test_bag_without_images_is_refused(context: Context, tmp_path: Path, samples: list[Sample]):
    write_bag(samples, tmp_path / 'bag', rate_hz=RATE_HZ)
    overrides = [
        Parameter('source', value=str(tmp_path / 'bag')),
        Parameter('image_topic', value='/camera_info'),
    ]
    with pytest.raises(InputError, match='/camera_info is of type sensor_msgs/msg/CameraInfo'):
        PlayerNode(context=context, parameter_overrides=overrides)


@pytest.mark.parametrize(('is_there', 'code'), [(True, 0), (False, 1)])
def test_the_process_ends_by_itself_with_one_line(tmp_path, sequence, is_there, code):
    source = sequence if is_there else str(tmp_path / 'gone')
    arguments = {'source': source, 'wait_for_subscribers': '0', 'mode': 'fast'}
    command = [sys.executable, '-m', 'depth_nodes.ros.nodes.player_node', '--ros-args']
    for name, value in arguments.items():
        command += ['-p', f'{name}:={value}']
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == code
    lines = [line for line in (done.stdout + done.stderr).splitlines() if 'rmw_fast' not in line]
    assert len(lines) == 1
    assert (f'published {NUM_FRAMES} frames' if is_there else 'no such file or folder') in lines[0]
