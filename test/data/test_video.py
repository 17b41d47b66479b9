import logging
from pathlib import Path

import cv2
import numpy as np
import pytest

from depth_nodes.data.video import VideoReader
from depth_nodes.errors import InputError

NUM_FRAMES = 6


def colour(index: int) -> tuple[int, int, int]:
    return (200 - 30 * index, 20 + 30 * index, 90)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Six frames of one colour each, 12.5 a second, as Motion JPEG."""
    path = tmp_path / 'walk.avi'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 12.5, (64, 48))
    if not writer.isOpened():
        pytest.skip('this OpenCV writes no Motion JPEG')
    for index in range(NUM_FRAMES):
        writer.write(np.full((48, 64, 3), colour(index)[::-1], np.uint8))
    writer.release()
    return path


def test_frames_are_rgb_in_order_with_stamps(video):
    reader = VideoReader(video)
    assert (len(reader), reader.name, reader.rate_hz) == (NUM_FRAMES, 'walk', 12.5)
    frames = list(reader)
    assert len(frames) == NUM_FRAMES
    for index, frame in enumerate(frames):
        assert frame.image.shape == (48, 64, 3)
        assert np.abs(frame.image.astype(int) - colour(index)).max() <= 6
        assert frame.name == f'{index:06d}'
        assert frame.stamp_ns == index * 80_000_000
        assert frame.camera is None


def test_reading_twice_gives_the_same_frames(video):
    reader = VideoReader(video)
    first, second = ([frame.image for frame in reader] for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match='does not exist; give a video file'):
        VideoReader(tmp_path / 'none.mp4')


def test_a_folder_is_no_video(tmp_path):
    with pytest.raises(InputError, match='is a folder; give a video file'):
        VideoReader(tmp_path)


@pytest.mark.parametrize('content', [b'', b'no video' * 50])
@pytest.mark.parametrize('name', ['broken.mp4', 'broken.png'])
def test_what_is_no_video_is_refused(tmp_path, content, name):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match='cannot be decoded as a video; convert it'):
        VideoReader(path)


def test_a_cut_off_video_gives_the_frames_there_are_and_says_so(video, caplog):
    data = video.read_bytes()
    video.write_bytes(data[: data.rfind(b'\xff\xd8\xff') + 10])
    reader = VideoReader(video)
    assert len(reader) == NUM_FRAMES
    with caplog.at_level(logging.WARNING):
        assert len(list(reader)) == NUM_FRAMES - 1
    assert 'ends after 5 of 6 frames' in caplog.text
