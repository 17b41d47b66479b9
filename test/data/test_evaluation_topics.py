from pathlib import Path

import pytest

from depth_nodes.data.evaluation_topics import EvaluationTopics, find_topics, TopicNames
from depth_nodes.errors import InputError, MissingTopicError

RAW, INFO = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CameraInfo'
COMPRESSED, CLOUD = 'sensor_msgs/msg/CompressedImage', 'sensor_msgs/msg/PointCloud2'
CAMERA = {'/image': RAW, '/camera_info': INFO}
PREDICTION, TRUTH = '/depth/image_rect', '/ground_truth/image_rect'


def find(topics: dict[str, str], is_prediction_read: bool = True, **wanted) -> EvaluationTopics:
    counted = {name: (kind, 3) for name, kind in topics.items()}
    names = TopicNames(**wanted)
    return find_topics(Path('b'), counted, names, is_prediction_read=is_prediction_read)


@pytest.mark.parametrize(
    ('others', 'truth', 'prediction', 'is_lidar'),
    [
        ({TRUTH: RAW, PREDICTION: RAW}, TRUTH, PREDICTION, False),
        ({TRUTH: RAW, '/lidar/points': CLOUD, '/d/depth/image_raw': RAW}, TRUTH, None, False),
        ({'/sim' + TRUTH: RAW, '/robot' + PREDICTION: RAW}, '/sim' + TRUTH, '/robot' + PREDICTION,
         False),
        ({'/d/depth/image_raw': RAW, '/lidar/points': CLOUD}, '/d/depth/image_raw', None, False),
        ({'/d/depth/image_raw': RAW, '/d/depth/image_raw/compressedDepth': COMPRESSED},
         '/d/depth/image_raw', None, False),
        ({'/d/depth/image_raw/compressedDepth': COMPRESSED},
         '/d/depth/image_raw/compressedDepth', None, False),
        ({'/c/depth/image_rect_raw': RAW, '/c/aligned_depth_to_color/image_raw': RAW},
         '/c/aligned_depth_to_color/image_raw', None, False),
        ({'/velodyne_points': CLOUD, PREDICTION: RAW, '/depth/points': CLOUD},
         '/velodyne_points', PREDICTION, True),
    ],
)  # fmt: skip
def test_topics_are_found_by_type_and_name(others, truth, prediction, is_lidar):
    assert find(CAMERA | others) == EvaluationTopics(
        image='/image',
        camera_info='/camera_info',
        truth=truth,
        prediction=prediction,
        is_lidar=is_lidar,
    )


def test_named_topics_count():
    topics = CAMERA | {'/a': RAW, '/b': RAW, '/c': CLOUD, TRUTH: RAW, PREDICTION: RAW}
    found = find(topics, image='/a', truth='c', prediction='b', camera_info='camera_info')
    assert (found.image, found.truth, found.prediction) == ('/a', '/c', '/b')
    assert find(topics, truth=PREDICTION).prediction is None
    for name in ('image', 'truth', 'prediction', 'camera_info'):
        with pytest.raises(MissingTopicError, match='has no topic /x; choose one of its topics'):
            find(topics, **{name: 'x'})
    with pytest.raises(InputError, match='/camera_info is of type'):
        find(topics, truth='/camera_info')


def test_a_model_leaves_recorded_predictions_alone_unless_they_are_named():
    topics = CAMERA | {TRUTH: RAW, PREDICTION: RAW}
    assert find(topics, is_prediction_read=False).prediction is None
    named = find(topics, is_prediction_read=False, prediction=PREDICTION)
    assert named.prediction == PREDICTION


@pytest.mark.parametrize(
    ('topics', 'reason'),
    [
        ({'/image': RAW, TRUTH: RAW}, 'no camera_info for /image'),
        (CAMERA, 'has no ground truth: record'),
        (CAMERA | {PREDICTION: RAW}, 'has no ground truth: record'),
        (CAMERA | {'/a/points': CLOUD, '/b/points': CLOUD},
         'choose one with --truth-topic: /a/points, /b/points'),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_in_one_line(topics, reason):
    with pytest.raises(InputError, match=reason) as caught:
        find(topics)
    assert '\n' not in str(caught.value)


def test_a_topic_without_messages_is_said():
    counted = {'/image': (RAW, 3), '/camera_info': (INFO, 3), TRUTH: (RAW, 0)}
    with pytest.raises(InputError, match='no messages on /ground_truth/image_rect'):
        find_topics(Path('b'), counted, TopicNames())


@pytest.mark.parametrize(
    'wanted',
    [{'truth': '/image'}, {'truth': TRUTH, 'prediction': TRUTH}, {'prediction': '/image'}],
)
def test_a_topic_has_one_role(wanted):
    with pytest.raises(InputError, match='cannot be two of image, ground truth and prediction'):
        find({**CAMERA, TRUTH: RAW}, **wanted)


@pytest.mark.parametrize('role', ['image', 'camera_info', 'truth', 'prediction'])
def test_an_empty_name_is_no_topic(role):
    with pytest.raises(MissingTopicError, match='has no topic /; choose one'):
        find({**CAMERA, TRUTH: RAW}, **{role: ''})
