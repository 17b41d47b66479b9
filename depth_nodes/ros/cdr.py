"""The header at the start of a serialised message, read and changed without decoding the rest.

Every message here begins with a `std_msgs/Header`, so its CDR bytes begin with the encapsulation
(4 bytes: byte 1 says the byte order), the stamp (int32 s, uint32 ns) and the frame_id (uint32
length with the closing zero, then the characters); OMG DDS-XTypes 1.3, section 7.4.
"""

from __future__ import annotations

import struct

STAMP_START, STAMP_END = 4, 12
NS_PER_S = 1_000_000_000


def stamp_ns_from_cdr(cdr: bytes) -> int:
    """The header's stamp [ns]."""
    seconds, nanoseconds = struct.unpack_from(_order(cdr) + 'iI', cdr, STAMP_START)
    return int(seconds) * NS_PER_S + int(nanoseconds)


def header_from_cdr(cdr: bytes) -> bytes:
    """The bytes of the whole header: stamp and frame_id."""
    (length,) = struct.unpack_from(_order(cdr) + 'I', cdr, STAMP_END)
    return cdr[STAMP_START : STAMP_END + 4 + length]


def restamped(cdr: bytes, stamp_ns: int) -> bytes:
    """The same message with another stamp [ns]."""
    stamp = struct.pack(_order(cdr) + 'iI', *divmod(stamp_ns, NS_PER_S))
    return cdr[:STAMP_START] + stamp + cdr[STAMP_END:]


def _order(cdr: bytes) -> str:
    return '<' if cdr[1] & 1 else '>'
