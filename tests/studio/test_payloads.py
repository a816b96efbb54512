import numpy as np
import pytest
from aiortc.codecs.h264 import H264PayloadDescriptor

from decoded import pictures
from dragoman import payloads
from dragoman.encoding import VideoEncoder
from dragoman.packets import PICTURE_SAMPLES, Packet, Rendition

STAP_A, FU_A = 24, 28


def put_together(carried: tuple[bytes, ...]) -> bytes:
    """The access unit as aiortc's receiver puts it together."""
    return b"".join(H264PayloadDescriptor.parse(payload)[1] for payload in carried)


def unit(kind: int, length: int, importance: int = 0x60) -> bytes:
    """A NAL unit of so many bytes in which no start code can be found."""
    body = np.random.default_rng(length).integers(1, 256, length - 1, np.uint8).tobytes()
    return bytes([importance | kind]) + body


def access_unit(*units: bytes) -> bytes:
    return b"".join(b"\0\0\0\1" + one for one in units)


def kinds(carried: tuple[bytes, ...]) -> list[int]:
    return [payload[0] & 0x1F for payload in carried]


def test_small_units_that_follow_each_other_share_a_payload():
    whole = access_unit(unit(7, 24), unit(8, 5), unit(6, 40))
    carried = payloads.h264(whole)
    assert kinds(carried) == [STAP_A]
    assert put_together(carried) == whole


def test_a_single_small_unit_travels_as_it_is():
    assert payloads.h264(access_unit(unit(1, 300))) == (unit(1, 300),)


def test_a_large_unit_is_cut_into_even_pieces():
    whole = access_unit(unit(5, 2401))
    carried = payloads.h264(whole)
    assert kinds(carried) == [FU_A] * 3
    assert [bool(payload[1] & 0x80) for payload in carried] == [True, False, False]
    assert [bool(payload[1] & 0x40) for payload in carried] == [False, False, True]
    assert {len(payload) for payload in carried} == {802}
    assert put_together(carried) == whole


@pytest.mark.parametrize("length", [1198, 1199, 1200, 1201, 2396, 2397, 2398, 30_000])
def test_no_payload_is_larger_than_the_path_carries(length):
    whole = access_unit(unit(7, 20), unit(8, 4), unit(5, length), unit(1, 10), unit(1, 1180), unit(1, 30))
    carried = payloads.h264(whole)
    assert max(map(len, carried)) <= payloads.SIZE
    assert put_together(carried) == whole


def test_units_that_share_a_payload_are_as_important_as_the_most_important():
    (carried,) = payloads.h264(access_unit(unit(6, 10, importance=0), unit(7, 10), unit(1, 10, importance=0x20)))
    assert carried[0] & 0x60 == 0x60


def test_short_start_codes_and_zeros_behind_a_unit_are_no_part_of_it():
    whole = b"\0\0\1" + unit(7, 9) + b"\0\0\0\0\1" + unit(8, 9) + b"\0"
    assert list(payloads.nal_units(whole)) == [unit(7, 9), unit(8, 9)]
    assert list(payloads.nal_units(b"")) == []


def test_an_encoded_film_comes_through_whole():
    encoder = VideoEncoder(Rendition(width=320, height=240, bitrate=5_000_000))
    noise = np.random.default_rng(1)
    drawn = [noise.integers(0, 256, (360, 320), np.uint8) for _ in range(5)]
    sent = [encoder.encode(picture, number * PICTURE_SAMPLES) for number, picture in enumerate(drawn)]
    assert max(len(packet.payloads) for packet in sent) > 10
    received = [Packet("video", packet.at, put_together(packet.payloads), ()) for packet in sent]
    for seen, meant in zip(pictures(received), pictures(sent), strict=True):
        np.testing.assert_array_equal(seen, meant)
