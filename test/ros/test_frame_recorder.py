import pytest
from rclpy.serialization import serialize_message
from sensor_msgs.msg import CameraInfo, Image, PointCloud2

from depth_nodes.ros.frame_recorder import age_statistics, FrameRecorder
from depth_nodes.ros.received_truth import ReceivedTruth
from depth_nodes.ros.recorded_truth import RecordedTruth
from depth_nodes.ros.topics import (
    CAMERA_INFO,
    DEPTH,
    DEPTH_CAMERA_INFO,
    GROUND_TRUTH,
    IMAGE,
    POINTS,
)

KINDS = {
    CAMERA_INFO: CameraInfo,
    IMAGE: Image,
    GROUND_TRUTH: Image,
    DEPTH_CAMERA_INFO: CameraInfo,
    DEPTH: Image,
    POINTS: PointCloud2,
}
START_NS = 1_700_000_000_000_000_000
PERIOD_NS = 100_000_000
AGE_NS = 20_000_000


def message(topic: str, index: int, frame_id: str = 'cam') -> bytes:
    made = KINDS[topic]()
    stamp_ns = START_NS + index * PERIOD_NS
    made.header.stamp.sec, made.header.stamp.nanosec = divmod(stamp_ns, 10**9)
    made.header.frame_id = frame_id
    return serialize_message(made)


def add(recorder: FrameRecorder, topic: str, index: int, frame_id: str = 'cam'):
    arrival_ns = START_NS + index * PERIOD_NS + AGE_NS
    return recorder.add(topic, message(topic, index, frame_id), arrival_ns)


def test_whole_frames_are_counted_and_their_age_and_rate_measured():
    recorder = FrameRecorder(ReceivedTruth.topics, ReceivedTruth.wanted)
    for index in range(30):
        for topic in KINDS:
            add(recorder, topic, index)
    recorder.close()
    report = recorder.report()
    assert set(report['frames_received'].values()) == {30}
    assert report['headers_identical'] is True
    assert report['rate_hz'] == pytest.approx(10.0)
    assert report['age_ms'][DEPTH] == pytest.approx({'p50': 20.0, 'p99': 20.0, 'max': 20.0})


@pytest.mark.parametrize('topic', [DEPTH, DEPTH_CAMERA_INFO, POINTS])
def test_one_other_header_is_found(topic):
    recorder = FrameRecorder(ReceivedTruth.topics, ReceivedTruth.wanted)
    for index in range(20):
        add(recorder, topic, index, 'other' if index == 2 else 'cam')
        add(recorder, IMAGE, index)  # in whatever order they arrive
        if topic != DEPTH:
            add(recorder, DEPTH, index)
    recorder.close()
    assert recorder.num_header_mismatches == 1
    assert recorder.report()['headers_identical'] is False


def test_an_output_with_a_stamp_that_no_image_had_is_found():
    recorder = FrameRecorder(ReceivedTruth.topics, ReceivedTruth.wanted)
    add(recorder, IMAGE, 0)
    add(recorder, DEPTH, 0)
    add(recorder, DEPTH, 1)
    recorder.close()
    report = recorder.report()
    assert (report['header_mismatches'], report['outputs_without_image']) == (0, 1)
    assert report['headers_identical'] is False


def test_depth_and_truth_of_one_stamp_are_paired_once_whatever_comes_first():
    recorder = FrameRecorder(ReceivedTruth.topics, ReceivedTruth.wanted)
    assert add(recorder, DEPTH, 0) is None
    assert add(recorder, GROUND_TRUTH, 1) is None
    for index, topic in enumerate((GROUND_TRUTH, DEPTH)):
        both = {one: message(one, index) for one in (DEPTH, GROUND_TRUTH)}
        assert add(recorder, topic, index) == both
    assert add(recorder, IMAGE, 0) is None
    assert recorder.num_complete == 2


def test_truth_of_a_recording_needs_no_image():
    recorder = FrameRecorder(RecordedTruth.topics, RecordedTruth.wanted)
    for index in range(20):
        add(recorder, CAMERA_INFO, index)
        assert add(recorder, DEPTH, index) is None
        frame_id = 'other' if index == 2 else 'cam'
        assert add(recorder, DEPTH_CAMERA_INFO, index, frame_id) is not None
    recorder.close()
    assert (recorder.num_complete, recorder.num_outputs) == (20, 20)
    assert (recorder.num_header_mismatches, recorder.num_outputs_without_image) == (1, 0)


def test_latency_is_of_depth_and_unknown_where_stamps_are_of_another_clock():
    recorder = FrameRecorder(RecordedTruth.topics, RecordedTruth.wanted)
    for index in (0, 1, 3):
        add(recorder, DEPTH, index)
    found = recorder.latency(5)
    assert found['age_p99_ms'] == pytest.approx(20.0)
    assert (found['published'], found['expected'], found['dropped']) == (3, 5, 2)
    other = FrameRecorder(RecordedTruth.topics, RecordedTruth.wanted)
    other.add(DEPTH, message(DEPTH, 0), 0)  # /clock was never heard
    assert other.latency(5)['age_p50_ms'] is None


@pytest.mark.parametrize(('num_frames', 'expected'), [(2, 2), (4, 4), (61, 4), (1000, 4)])
def test_pictured_frames_are_complete_and_spread(num_frames, expected):
    recorder = FrameRecorder(ReceivedTruth.topics, ReceivedTruth.wanted)
    for index in range(num_frames):
        for topic in KINDS:
            add(recorder, topic, index)
    recorder.close()
    frames = recorder.pictured_frames(4)
    indices = [frame.index for frame in frames]
    assert len(set(indices)) == expected
    for frame in frames:
        assert frame.messages == {
            topic: message(topic, frame.index) for topic in (IMAGE, DEPTH, POINTS, GROUND_TRUTH)
        }
    if num_frames > 60:
        gaps = [b - a for a, b in zip(indices, indices[1:], strict=False)]
        assert min(gaps) >= num_frames / 10


def test_memory_does_not_grow_with_the_recording():
    recorder = FrameRecorder(ReceivedTruth.topics, ReceivedTruth.wanted)
    for index in range(500):
        for topic in KINDS:
            add(recorder, topic, index)
    held = [frame for frame in (*recorder._kept, *recorder._open.values()) if frame.messages]
    assert len({id(frame) for frame in held}) <= 9


def test_stamps_of_another_day_have_no_age():
    assert age_statistics([]) is None
    assert age_statistics([90_000.0, 95_000.0]) is None
    assert age_statistics([1.0, 2.0, 3.0])['p50'] == 2.0


def test_there_is_no_picture_of_a_frame_without_depth():
    recorder = FrameRecorder(ReceivedTruth.topics, ReceivedTruth.wanted)
    for index in range(3):
        for topic in (CAMERA_INFO, IMAGE, GROUND_TRUTH):
            add(recorder, topic, index)
    assert recorder.pictured_frames(4) == []
