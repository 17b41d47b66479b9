from hypothesis import given, settings
from hypothesis import strategies as st
import pytest
from rclpy.serialization import deserialize_message, serialize_message
from sensor_msgs.msg import CameraInfo, Image, PointCloud2

from depth_nodes.ros.cdr import header_from_cdr, restamped, stamp_ns_from_cdr


def serialised(kind: type, frame_id: str, stamp_ns: int) -> bytes:
    message = kind()
    message.header.frame_id = frame_id
    message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp_ns, 10**9)
    message.height = 7
    return serialize_message(message)


STAMPS_NS = st.integers(0, (2**31 - 1) * 10**9)


@settings(deadline=None)
@given(frame_id=st.text(st.characters(codec='ascii', exclude_characters='\0')), stamp_ns=STAMPS_NS)
def test_header_is_read_from_the_bytes_of_every_type(frame_id, stamp_ns):
    headers = {
        header_from_cdr(serialised(kind, frame_id, stamp_ns))
        for kind in (Image, CameraInfo, PointCloud2)
    }
    assert len(headers) == 1
    assert stamp_ns_from_cdr(serialised(Image, frame_id, stamp_ns)) == stamp_ns


@settings(deadline=None)
@given(old_ns=STAMPS_NS, new_ns=STAMPS_NS)
def test_a_new_stamp_changes_nothing_else(old_ns, new_ns):
    changed = restamped(serialised(Image, 'cam', old_ns), new_ns)
    assert changed == serialised(Image, 'cam', new_ns)
    assert deserialize_message(changed, Image).height == 7


@pytest.mark.parametrize('other', [('camera', 5), ('cam', 6), ('', 5)])
def test_headers_that_differ_have_different_bytes(other):
    header = header_from_cdr(serialised(Image, 'cam', 5))
    assert header_from_cdr(serialised(Image, *other)) != header


def test_big_endian_messages_are_read_too():
    cdr = b'\x00\x00\x00\x00' + bytes([0, 0, 0, 3, 0, 0, 0, 9]) + b'\x00\x00\x00\x04cam\x00rest'
    assert stamp_ns_from_cdr(cdr) == 3_000_000_009
    assert header_from_cdr(cdr).endswith(b'cam\x00')
    assert stamp_ns_from_cdr(restamped(cdr, 1_000_000_002)) == 1_000_000_002
