import struct

import cv2
import numpy as np
import pytest
from robot_bag import compressed_depth_message, compressed_message

from depth_nodes.errors import InputError
from depth_nodes.messages.compressed_depth import depth_from_compressed


def depth_image(unknown: float = 0.2) -> np.ndarray:
    random = np.random.default_rng(1)
    depth = random.uniform(0.4, 9.5, (17, 23)).astype(np.float32)
    depth[random.random(depth.shape) < unknown] = 0
    return depth


def test_millimetres_come_back_within_half_of_one():
    depth = depth_image()
    found = depth_from_compressed(compressed_depth_message(depth, 1, '16UC1'))
    np.testing.assert_array_equal(np.isnan(found), depth == 0)
    np.testing.assert_allclose(found[depth > 0], depth[depth > 0], atol=5.1e-4)


def test_quantised_inverse_depth_comes_back_within_half_a_step():
    depth = depth_image()
    found = depth_from_compressed(compressed_depth_message(depth, 1, '32FC1'))
    np.testing.assert_array_equal(np.isnan(found), depth == 0)
    known = depth > 0
    # A step of a / depth + b is 1.
    a = 100.0 * 101.0
    assert np.abs(a / found[known] - a / depth[known]).max() <= 0.5 + 1e-3


def test_the_header_of_a_hand_worked_message():
    """value 5, a = 20, b = 1: 20 / (5 - 1) = 5 m; value 0 is unknown."""
    png = cv2.imencode('.png', np.array([[5, 0, 21]], np.uint16))[1].tobytes()
    data = struct.pack('<iff', 0, 20.0, 1.0) + png
    found = depth_from_compressed(compressed_message(data, '32FC1; compressedDepth', 1))
    np.testing.assert_array_equal(found, [[5.0, np.nan, 1.0]])


def rvl(values: np.ndarray) -> bytes:
    """The encoder of Wilson's paper, number by number."""
    nibbles: list[int] = []

    def put(number: int) -> None:
        while True:
            nibble, number = number & 7, number >> 3
            nibbles.append(nibble | (8 if number else 0))
            if not number:
                return

    flat, at, newest = values.ravel().tolist(), 0, 0
    while at < len(flat):
        start = at
        while at < len(flat) and flat[at] == 0:
            at += 1
        put(at - start)
        start = at
        while at < len(flat) and flat[at] != 0:
            at += 1
        put(at - start)
        for value in flat[start:at]:
            difference, newest = value - newest, value
            put(2 * difference if difference >= 0 else -2 * difference - 1)
    nibbles += [0] * (-len(nibbles) % 8)
    words = [
        sum(nibble << (28 - 4 * place) for place, nibble in enumerate(nibbles[start : start + 8]))
        for start in range(0, len(nibbles), 8)
    ]
    return struct.pack(f'<II{len(words)}I', values.shape[1], values.shape[0], *words)


@pytest.mark.parametrize('unknown', [0.0, 0.3, 1.0])
def test_run_lengths_come_back(unknown):
    values = np.rint(depth_image(unknown) * 1000).astype(np.uint16)
    data = struct.pack('<iff', 0, 0.0, 0.0) + rvl(values)
    found = depth_from_compressed(compressed_message(data, '16UC1; compressedDepth rvl', 1))
    np.testing.assert_array_equal(np.nan_to_num(found * 1000).round(), values)


def test_a_plain_png_has_no_header():
    png = cv2.imencode('.png', np.array([[1500, 0]], np.uint16))[1].tobytes()
    found = depth_from_compressed(compressed_message(png, '16UC1; png compressed', 1))
    np.testing.assert_array_equal(found, np.array([[1.5, np.nan]], np.float32))


@pytest.mark.parametrize('name', ['', 'rgb8; jpeg compressed bgr8', '32FC1; png compressed'])
def test_what_is_no_depth_is_refused(name):
    with pytest.raises(InputError, match='record 16UC1 or 32FC1 with the compressedDepth'):
        depth_from_compressed(compressed_message(b'', name, 1))


def test_cut_off_and_gigantic_data_are_refused_in_one_line():
    depth = depth_image()
    png = compressed_depth_message(depth, 1).data.tobytes()
    runs = bytes(12) + rvl(np.rint(depth * 1000).astype(np.uint16))
    huge_png = png[:28] + struct.pack('>II', 1 << 30, 1 << 30) + png[36:]
    huge_runs = bytes(12) + struct.pack('<II', 1 << 31, 1 << 31) + bytes(64)
    for data, kind in ((png, 'png'), (runs, 'rvl')):
        for length in range(0, len(data) - 12, 29):
            message = compressed_message(data[:length], f'16UC1; compressedDepth {kind}', 1)
            with pytest.raises(InputError, match='cut off or of another format') as caught:
                depth_from_compressed(message)
            assert '\n' not in str(caught.value)
    for data, kind in ((huge_png, 'png'), (huge_runs, 'rvl')):
        with pytest.raises(InputError, match='cannot be decoded'):
            depth_from_compressed(compressed_message(data, f'16UC1; compressedDepth {kind}', 1))
