"""One track's RTP stream (RFC 3550): packets, retransmissions and reports as bytes. Pure; nothing is sent here."""

from __future__ import annotations

import secrets
import struct
from collections.abc import Iterable

from aiortc import rtp

from dragoman.packets import Packet
from dragoman.speech import MEDIA_RATE
from dragoman.webrtc.negotiation import VIDEO_RATE, Coding, Sources

HISTORY = 128
"""Packets that can be sent again: about a second of picture."""
_AGAIN_PER_SECOND = 256
"""Retransmissions at most, so that one who asks for everything again and again does not get it."""
_HEADER = struct.Struct("!BBHII")
_NTP_EPOCH = 2_208_988_800
"""Seconds from 1900 to 1970."""
_WORD = 2**32


class Stream:
    """Sequence numbers, stamps and counters of one track for one receiver."""

    def __init__(self, coding: Coding, cname: str) -> None:
        """cname: the same for all tracks of a peer."""
        self.kind = coding.kind
        self.sources = Sources(secrets.randbits(32), secrets.randbits(32))
        self._coding = coding
        self._cname = cname
        # The lower half, for an early wrap would confuse a receiver whose first packets were lost (RFC 3711, 3.3.1).
        self._sequence = secrets.randbits(15)
        self._again_sequence = secrets.randbits(15)
        self._origin = secrets.randbits(32)
        self._extension = _mid_extension(coding)
        self._history: list[tuple[int, int, int, bytes] | None] = [None] * HISTORY
        self._packets = 0
        self._octets = 0
        self._again_second = 0
        self._again_count = 0

    def stamp(self, at: int) -> int:
        """The RTP time of a media time: media samples for sound, 90 kHz for the picture, from a random offset."""
        ticks = at * VIDEO_RATE // MEDIA_RATE if self.kind == "video" else at
        return (self._origin + ticks) % _WORD

    def packets(self, packet: Packet) -> list[bytes]:
        """The RTP packets of one picture or of 20 ms of sound."""
        stamp = self.stamp(packet.at)
        last = len(packet.payloads) - 1
        made = []
        for index, payload in enumerate(packet.payloads):
            # The last packet of a picture is marked; sound has no talk spurts here, it never pauses (RFC 3551, 4.1).
            marker = 0x80 if self.kind == "video" and index == last else 0
            if self._coding.nack:
                self._history[self._sequence % HISTORY] = (self._sequence, marker, stamp, payload)
            made.append(self._packet(self._coding.payload.payload_type, marker, self._sequence, stamp, payload))
            self._sequence = (self._sequence + 1) & 0xFFFF
            self._octets += len(payload)
        self._packets += len(made)
        return made

    def again(self, numbers: Iterable[int], second: int) -> list[bytes]:
        """Lost packets once more (RFC 4588 where agreed), those that are still known. second: the present one."""
        if second != self._again_second:
            self._again_second, self._again_count = second, 0
        made = []
        for number in numbers:
            kept = self._history[number % HISTORY]
            if kept is None or kept[0] != number or self._again_count >= _AGAIN_PER_SECOND:
                continue
            self._again_count += 1
            made.append(self._retransmission(*kept))
        return made

    def _retransmission(self, number: int, marker: int, stamp: int, payload: bytes) -> bytes:
        form = self._coding.retransmission
        if form is None:
            return self._packet(self._coding.payload.payload_type, marker, number, stamp, payload)
        original = number.to_bytes(2, "big")
        made = self._packet(
            form.payload_type, marker, self._again_sequence, stamp, original + payload, ssrc=self.sources.rtx
        )
        self._again_sequence = (self._again_sequence + 1) & 0xFFFF
        return made

    def _packet(
        self, payload_type: int, marker: int, number: int, stamp: int, payload: bytes, ssrc: int | None = None
    ) -> bytes:
        source = self.sources.ssrc if ssrc is None else ssrc
        first = 0x90 if self._extension else 0x80
        return _HEADER.pack(first, marker | payload_type, number, stamp, source) + self._extension + payload

    def report(self, at: int, wall: float) -> bytes:
        """A sender report that ties the RTP time of media time `at` to the wall clock.

        wall: seconds since 1970 at `at`. Both tracks' reports must come from one clock: what they say different is
        heard as sound beside the lips for as long as the peer lives.
        """
        info = rtp.RtcpSenderInfo(
            ntp_timestamp=int((wall + _NTP_EPOCH) * _WORD),
            rtp_timestamp=self.stamp(at),
            packet_count=self._packets % _WORD,
            octet_count=self._octets % _WORD,
        )
        name = rtp.RtcpSourceInfo(ssrc=self.sources.ssrc, items=[(1, self._cname.encode())])
        return bytes(rtp.RtcpSrPacket(ssrc=self.sources.ssrc, sender_info=info)) + bytes(rtp.RtcpSdesPacket([name]))

    def bye(self, at: int, wall: float) -> bytes:
        """The last report, with the word that it is the last; arguments as for `report`."""
        return self.report(at, wall) + bytes(rtp.RtcpByePacket(sources=[self.sources.ssrc]))


def _mid_extension(coding: Coding) -> bytes:
    """The header extension that every packet carries (RFC 8285, one-byte form); empty where none was agreed."""
    mid = coding.mid.encode()
    if coding.mid_extension is None:
        return b""
    element = bytes([coding.mid_extension << 4 | len(mid) - 1]) + mid
    element += bytes(-len(element) % 4)
    return struct.pack("!HH", 0xBEDE, len(element) // 4) + element
