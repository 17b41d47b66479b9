from types import SimpleNamespace

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from depth_nodes.errors import ConfigError, InputError
from depth_nodes.messages.depth import depth_from_image, DepthImageWriter

SPECIAL = np.array([[1.25, -np.inf, np.nan], [np.inf, 0.1, 99.0]], np.float32)


def test_32fc1_carries_every_value_of_rep_117(make_message):
    writer = DepthImageWriter(make_message('Image'), '32FC1')
    writer.write(SPECIAL, make_message('Header'))
    message = writer.message
    assert (message.encoding, message.height, message.width, message.step) == ('32FC1', 2, 3, 12)
    assert np.frombuffer(message.data, np.float32).tobytes() == SPECIAL.tobytes()
    np.testing.assert_array_equal(depth_from_image(message), SPECIAL)


def test_16uc1_is_0_for_every_value_it_cannot_hold(make_message):
    values = [1.2345, np.nan, np.inf, -np.inf, -3.0, 0.0, 0.0004, 65.535, 65.54, 100.0, 3e38]
    writer = DepthImageWriter(make_message('Image'), '16UC1')
    writer.write(np.array([values], np.float32), make_message('Header'))
    message = writer.message
    assert (message.encoding, message.step, message.is_bigendian) == ('16UC1', 22, 0)
    stored = np.frombuffer(message.data, np.uint16)
    # 1.2345 m is 1234.5 mm, which float32 rounds to either side.
    assert stored[0] in (1234, 1235)
    assert stored[1:].tolist() == [0, 0, 0, 0, 0, 0, 65535, 0, 0, 0]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(10, 655350), min_size=1, max_size=40))
def test_16uc1_round_trip_is_within_half_a_millimetre(values):
    depth = np.array([values], np.float32) / 10000
    writer = DepthImageWriter(SimpleNamespace(data=b''), '16UC1')
    writer.write(depth, None)
    error = np.abs(depth_from_image(writer.message).astype(np.float64) - depth)
    # float32 itself steps by up to 8 micrometres at 65 m.
    assert error.max() <= 0.0005 + 8e-6


def test_the_header_itself_is_passed_on(make_message):
    writer = DepthImageWriter(make_message('Image'), '32FC1')
    header = make_message('Header')
    writer.write(SPECIAL, header)
    assert writer.message.header is header


@pytest.mark.parametrize('encoding', ['32FC1', '16UC1'])
def test_the_buffer_stays_until_the_size_changes(make_message, encoding):
    writer = DepthImageWriter(make_message('Image'), encoding)
    header = make_message('Header')
    writer.write(np.full((4, 6), 1, np.float32), header)
    buffer = writer.message.data
    writer.write(np.full((4, 6), 2, np.float32), header)
    assert writer.message.data is buffer
    np.testing.assert_array_equal(depth_from_image(writer.message), np.full((4, 6), 2))
    writer.write(np.full((3, 6), 3, np.float32), header)
    assert writer.message.data is not buffer
    np.testing.assert_array_equal(depth_from_image(writer.message), np.full((3, 6), 3))


def test_writing_leaves_the_depth_alone():
    depth = SPECIAL.copy()
    DepthImageWriter(SimpleNamespace(data=b''), '16UC1').write(depth, None)
    np.testing.assert_array_equal(depth, SPECIAL)


@pytest.mark.parametrize('is_big', [False, True])
@pytest.mark.parametrize('padding', [0, 1, 6])
@pytest.mark.parametrize('encoding', ['32FC1', '16UC1', 'mono16'])
def test_padded_rows_and_both_byte_orders_are_read(image_message, encoding, padding, is_big):
    order = '>' if is_big else '<'
    if encoding == '32FC1':
        pixels, expected = SPECIAL.astype(f'{order}f4'), SPECIAL
    else:
        pixels = np.array([[0, 1, 256], [1000, 65535, 258]], f'{order}u2')
        expected = np.array([[np.nan, 0.001, 0.256], [1, 65.535, 0.258]], np.float32)
    message = image_message(pixels, encoding, padding=padding, big=is_big)
    result = depth_from_image(message)
    np.testing.assert_array_equal(result, expected)
    assert result.flags.c_contiguous


def test_what_is_read_does_not_change_with_the_message():
    data = np.ones(6, np.float32)
    message = SimpleNamespace(
        height=2, width=3, step=12, encoding='32FC1', is_bigendian=0, data=data.view(np.uint8)
    )
    depth = depth_from_image(message)
    data[:] = 9
    assert (depth == 1).all()


@pytest.mark.parametrize(
    ('change', 'advice'),
    [
        ({'encoding': 'rgb8'}, "'rgb8' is not supported; publish one of 32FC1, 16UC1, mono16"),
        ({'step': 5}, 'a row of 3 16UC1 pixels takes 6'),
        ({'data': bytes(11)}, 'holds 11 bytes, but 2 rows of 6 bytes are 12'),
        ({'width': 0}, 'no pixels'),
    ],
)
def test_bad_depth_images_are_refused(image_message, change, advice):
    message = image_message(np.ones((2, 3), np.uint16), '16UC1')
    for name, value in change.items():
        setattr(message, name, value)
    with pytest.raises(InputError, match='.') as caught:
        depth_from_image(message)
    assert advice in str(caught.value)


def test_an_unknown_output_encoding_is_refused():
    with pytest.raises(ConfigError, match="'64FC1' must be 32FC1 or 16UC1"):
        DepthImageWriter(SimpleNamespace(data=b''), '64FC1')
