"""Frames of a video file."""

from __future__ import annotations

from collections.abc import Iterator
import logging
import os
from pathlib import Path

import cv2

from depth_nodes.data.sample import Sample
from depth_nodes.errors import InputError

DEFAULT_RATE_HZ = 10.0
MAX_RATE_HZ = 1000.0  # containers without a rate announce their time base, such as 90000

_LOGGER = logging.getLogger(__name__)


class VideoReader:
    """The frames of a video file that OpenCV can decode; stamps begin at 0.

    Attributes:
        name: the file's name without its ending.
        rate_hz: frames a second as the file announces them, 10 where it does not.

    Raises:
        InputError: no such file, or no video.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self.name = self.path.stem
        capture = self._open()
        rate_hz = capture.get(cv2.CAP_PROP_FPS)
        self.rate_hz = rate_hz if 0 < rate_hz <= MAX_RATE_HZ else DEFAULT_RATE_HZ
        self._length = int(capture.get(cv2.CAP_PROP_FRAME_COUNT))
        if self._length < 1:  # streams without an index: only decoding tells
            self._length = sum(1 for _ in iter(capture.grab, False))
        # OpenCV counts a frame for anything that is named like an image.
        is_decodable = self._length > 0 and next(iter(self), None) is not None
        capture.release()
        if not is_decodable:
            raise self._unreadable()

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Sample]:
        capture = self._open()
        try:
            index = 0
            is_read, frame = capture.read()
            while is_read:
                yield self._sample(index, frame)
                index += 1
                is_read, frame = capture.read()
        finally:
            capture.release()
        if index == 0:
            raise self._unreadable()
        if index < len(self):
            _LOGGER.warning('%s ends after %d of %d frames', self.path, index, len(self))

    def _sample(self, index: int, frame: cv2.typing.MatLike) -> Sample:
        return Sample(
            name=f'{index:06d}',
            image=cv2.cvtColor(frame, cv2.COLOR_BGR2RGB),
            stamp_ns=round(index / self.rate_hz * 1e9),
        )

    def _open(self) -> cv2.VideoCapture:
        if not self.path.is_file():
            what = 'is a folder' if self.path.is_dir() else 'does not exist'
            raise InputError(f'{self.path} {what}; give a video file')
        # FFmpeg would write its own lines beside the one that the user gets.
        os.environ.setdefault('OPENCV_FFMPEG_LOGLEVEL', '-8')
        capture = cv2.VideoCapture(str(self.path))
        if not capture.isOpened():
            raise self._unreadable()
        return capture

    def _unreadable(self) -> InputError:
        return InputError(
            f'{self.path} cannot be decoded as a video; convert it, as with '
            f'`ffmpeg -i {self.path} -c:v libx264 video.mp4`'
        )
