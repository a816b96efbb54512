"""RTP streams: what every packet says, what is sent again, and what time it is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensionsMap, RtcpByePacket, RtcpPacket, RtcpSdesPacket, RtcpSrPacket, RtpPacket

import offers
from dragoman.clock import MediaClock
from dragoman.packets import FRAME_SAMPLES, PICTURE_SAMPLES, Packet
from dragoman.speech import MEDIA_RATE
from dragoman.webrtc.negotiation import MID, agree
from dragoman.webrtc.sdp import read
from dragoman.webrtc.stream import HISTORY, Stream

NTP_EPOCH = 2_208_988_800


def streams(text: str = "") -> tuple[Stream, Stream]:
    """Video and audio as agreed on with a browser."""
    video, audio = (Stream(coding, "somebody") for coding in agree(read(text or offers.offer())).codings)
    return video, audio


def picture(at: int, *payloads: bytes) -> Packet:
    return Packet("video", at, b"", payloads or (b"one", b"two"))


def sound(at: int) -> Packet:
    return Packet("audio", at, b"", (b"sound",))


def parsed(packets: Sequence[bytes]) -> list[RtpPacket]:
    extensions = HeaderExtensionsMap()
    extensions.configure(RTCRtpParameters(headerExtensions=[RTCRtpHeaderExtensionParameters(id=4, uri=MID)]))
    return [RtpPacket.parse(packet, extensions) for packet in packets]


def test_a_picture_has_one_stamp_and_its_last_packet_is_marked() -> None:
    video, audio = streams()
    first, second = parsed(video.packets(picture(0))), parsed(video.packets(picture(PICTURE_SAMPLES)))
    every = [*first, *second]
    assert [packet.payload for packet in every] == [b"one", b"two"] * 2
    assert [packet.marker for packet in every] == [0, 1, 0, 1]
    assert [(packet.sequence_number - first[0].sequence_number) % 2**16 for packet in every] == [0, 1, 2, 3]
    assert {packet.payload_type for packet in every} == {106}
    assert {packet.ssrc for packet in every} == {video.sources.ssrc}
    assert {packet.extensions.mid for packet in every} == {"0"}
    assert first[0].timestamp == first[1].timestamp
    assert (second[0].timestamp - first[0].timestamp) % 2**32 == 90_000 // 25
    (one,), (other,) = parsed(audio.packets(sound(0))), parsed(audio.packets(sound(FRAME_SAMPLES)))
    assert (other.timestamp - one.timestamp) % 2**32 == FRAME_SAMPLES
    assert (one.marker, one.payload_type) == (0, 111)
    # This browser did not offer the extension for sound.
    assert one.extensions.mid is None


def test_stamps_and_numbers_begin_anywhere_and_wrap() -> None:
    made = [streams()[0] for _ in range(8)]
    beginnings = {(stream.stamp(0), parsed(stream.packets(picture(0)))[0].sequence_number) for stream in made}
    assert len(beginnings) == 8
    video, _ = streams()
    numbers = [parsed(video.packets(picture(at, b"x")))[0].sequence_number for at in range(70_000)]
    assert all((later - earlier) % 2**16 == 1 for earlier, later in pairwise(numbers))
    year = 365 * 24 * 3600 * MEDIA_RATE
    assert (video.stamp(year + PICTURE_SAMPLES) - video.stamp(year)) % 2**32 == 3600


def test_a_lost_packet_is_sent_again_as_its_retransmission_while_it_is_known() -> None:
    video, _ = streams()
    sent = [packet for at in range(HISTORY) for packet in parsed(video.packets(picture(at)))]
    lost = sent[-3]
    (again,) = parsed(video.again([lost.sequence_number], second=1))
    assert (again.ssrc, again.payload_type) == (video.sources.rtx, 107)
    assert again.payload == lost.sequence_number.to_bytes(2, "big") + lost.payload
    assert (again.timestamp, again.marker) == (lost.timestamp, lost.marker)
    (once_more,) = parsed(video.again([lost.sequence_number], second=1))
    assert (once_more.sequence_number - again.sequence_number) % 2**16 == 1
    assert video.again([sent[0].sequence_number, (sent[-1].sequence_number + 1) % 2**16], second=1) == []


def test_without_retransmission_agreed_on_the_packet_itself_is_sent_again_and_without_nack_nothing() -> None:
    plain, _ = streams(offers.offer().replace("a=fmtp:107 apt=106", "a=x"))
    (sent,) = plain.packets(picture(0, b"x"))
    assert plain.again([parsed([sent])[0].sequence_number], second=1) == [sent]
    silent, _ = streams(offers.offer().replace("a=rtcp-fb:106 nack\r\n", ""))
    (sent,) = silent.packets(picture(0, b"x"))
    assert silent.again([parsed([sent])[0].sequence_number], second=1) == []


def test_who_asks_for_everything_again_and_again_does_not_get_it() -> None:
    video, _ = streams()
    numbers = [packet.sequence_number for at in range(HISTORY) for packet in parsed(video.packets(picture(at, b"x")))]
    assert sum(len(video.again(numbers, second=1)) for _ in range(50)) == 2 * HISTORY
    assert len(video.again(numbers, second=2)) == HISTORY


def test_reports_of_both_tracks_lead_to_one_clock() -> None:
    clock = MediaClock()
    found = {}
    for stream in streams():
        rate = 90_000 if stream.kind == "video" else MEDIA_RATE
        # Reported at different times, as reports are.
        at = clock.now() + (7_777_777 if stream.kind == "video" else 123_456)
        report, names = RtcpPacket.parse(stream.report(at, clock.wall(at)))
        assert isinstance(report, RtcpSrPacket)
        assert isinstance(names, RtcpSdesPacket)
        assert names.chunks[0].items == [(1, b"somebody")]
        info = report.sender_info
        wall = info.ntp_timestamp / 2**32 - NTP_EPOCH
        ahead = (stream.stamp(48_000_000) - info.rtp_timestamp + 2**31) % 2**32 - 2**31
        found[stream.kind] = wall + ahead / rate
    assert found["video"] == pytest.approx(found["audio"], abs=0.0001)
    assert found["video"] == pytest.approx(clock.wall(48_000_000), abs=0.0001)


def test_picture_and_sound_of_one_moment_stay_together_for_ten_minutes() -> None:
    clock = MediaClock()
    tracks = [(stream, 90_000 if stream.kind == "video" else MEDIA_RATE) for stream in streams()]
    begun, known = clock.now(), {}
    for second in range(600):
        for number, (stream, _) in enumerate(tracks):
            # Every second and a bit, and never at the same time.
            at = begun + second * MEDIA_RATE + (second * 7919 + number * 20_011) % MEDIA_RATE
            report = RtcpPacket.parse(stream.report(at, clock.wall(at)))[0]
            assert isinstance(report, RtcpSrPacket)
            known[stream.kind] = report.sender_info
        at = begun + second * MEDIA_RATE
        walls = []
        for stream, rate in tracks:
            info = known[stream.kind]
            ahead = (stream.stamp(at) - info.rtp_timestamp + 2**31) % 2**32 - 2**31
            walls.append(info.ntp_timestamp / 2**32 + ahead / rate)
        assert walls[0] == pytest.approx(walls[1], abs=0.0001)


def test_reports_count_what_was_sent_and_the_last_one_says_goodbye() -> None:
    video, _ = streams()
    for at in range(3):
        video.packets(picture(at))
    report, _, bye = RtcpPacket.parse(video.bye(0, 0.0))
    assert isinstance(report, RtcpSrPacket)
    assert isinstance(bye, RtcpByePacket)
    assert (report.sender_info.packet_count, report.sender_info.octet_count) == (6, 18)
    assert bye.sources == [video.sources.ssrc]
