"""What RTP carries of an encoded picture: H.264 by RFC 6184, packetization-mode 1."""

from __future__ import annotations

from collections.abc import Iterator

SIZE = 1200
"""Bytes of the largest payload. With the headers of RTP, its extensions, SRTP, TURN, UDP and IPv6 it stays under the
1280 bytes that every IPv6 path carries whole (RFC 8200)."""
_STAP_A = 24
_FU_A = 28
_FIRST, _LAST = 0x80, 0x40
"""The bits of an FU header that mark a unit's first and last piece (RFC 6184, 5.8)."""
_TYPE, _IMPORTANCE = 0x1F, 0x60
"""The bits of a NAL unit's header that say what it is, and how much depends on it (RFC 6184, 1.3)."""


def h264(access_unit: bytes) -> tuple[bytes, ...]:
    """The payloads of one picture, in order; the last is sent with RTP's marker bit.

    access_unit: NAL units behind start codes (ITU-T H.264, Annex B). Small ones that follow each other, as parameter
    sets do, share a payload; one above SIZE is cut into even pieces.
    """
    made: list[bytes] = []
    together: list[bytes] = []
    for unit in nal_units(access_unit):
        if len(unit) > SIZE:
            made += _aggregated(together)
            together = []
            made += _pieces(unit)
        elif _length(together) + 2 + len(unit) > SIZE:
            made += _aggregated(together)
            together = [unit]
        else:
            together.append(unit)
    return (*made, *_aggregated(together))


def nal_units(access_unit: bytes) -> Iterator[bytes]:
    """The NAL units between the start codes. A unit never ends in a zero byte, a start code may begin with one."""
    start = access_unit.find(b"\0\0\1")
    while start >= 0:
        following = access_unit.find(b"\0\0\1", start + 3)
        unit = access_unit[start + 3 : following if following >= 0 else None].rstrip(b"\0")
        if unit:
            yield unit
        start = following


def _length(units: list[bytes]) -> int:
    """Bytes of the payload in which these units share."""
    return 1 + sum(2 + len(unit) for unit in units)


def _aggregated(units: list[bytes]) -> list[bytes]:
    """A single unit as it is, several as one STAP-A, none as nothing."""
    if len(units) < 2:
        return units
    importance = max(unit[0] & _IMPORTANCE for unit in units)
    return [bytes([importance | _STAP_A]) + b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)]


def _pieces(unit: bytes) -> Iterator[bytes]:
    """A large unit as FU-A payloads of even size: no receiver waits for a packet that holds a few bytes."""
    count = -(-(len(unit) - 1) // (SIZE - 2))
    size = -(-(len(unit) - 1) // count)
    indicator, kind = unit[0] & _IMPORTANCE | _FU_A, unit[0] & _TYPE
    for number in range(count):
        place = (_FIRST if number == 0 else 0) | (_LAST if number == count - 1 else 0)
        start = 1 + number * size
        yield bytes([indicator, place | kind]) + unit[start : start + size]
