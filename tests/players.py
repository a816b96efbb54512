"""People who watch: aiortc as the other side, and what it receives."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCIceServer,
    RTCIceTransportPolicy,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCSessionDescription,
)
from aiortc.mediastreams import MediaStreamError
from aiortc.rtp import RtcpSrPacket

WHITE = 180
"""Luma above which the picture's first rows are the white ones of somebody who speaks (scripted.ScriptedFace)."""
LOUD = 500
"""Size of a sample that is the scripted voice's tone."""
RATES = {"video": 90_000, "audio": 48_000}


@dataclass(frozen=True)
class Shown:
    """A picture that was received and decoded."""

    stamp: int
    """RTP time"""
    luma: float
    """mean of the first rows"""

    @property
    def white(self) -> bool:
        return self.luma > WHITE


@dataclass(frozen=True)
class Heard:
    """20 ms of sound that were received and decoded."""

    stamp: int
    """RTP time"""
    onset: int | None
    """samples to the first loud one"""


class Player:
    """A peer connection that receives, and decodes all it gets."""

    def __init__(self, *kinds: str, servers: tuple[RTCIceServer, ...] = (), relay_only: bool = False) -> None:
        """kinds: what is asked for; video and audio where nothing is said."""
        policy = RTCIceTransportPolicy.RELAY if relay_only else RTCIceTransportPolicy.ALL
        self.connection = RTCPeerConnection(RTCConfiguration(list(servers), iceTransportPolicy=policy))
        self.pictures: list[Shown] = []
        self.sounds: list[Heard] = []
        self.reports: dict[str, RtcpSrPacket] = {}
        """the last sender report by kind of track"""
        self.ended: set[str] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self.connection.on("track", self._take)
        for kind in kinds or ("video", "audio"):
            self._spy(self.connection.addTransceiver(kind, direction="recvonly").receiver, kind)

    def _spy(self, receiver: RTCRtpReceiver, kind: str) -> None:
        """Frames keep their RTP times, which aiortc would count from the first one, and reports are kept."""
        receiver._RTCRtpReceiver__timestamp_mapper.map = lambda stamp: stamp
        handle = receiver._handle_rtcp_packet

        async def handle_rtcp_packet(packet: Any) -> None:
            if isinstance(packet, RtcpSrPacket):
                self.reports[kind] = packet
            await handle(packet)

        receiver._handle_rtcp_packet = handle_rtcp_packet

    def _take(self, track: MediaStreamTrack) -> None:
        self._tasks.append(asyncio.create_task(self._watch(track), name=f"player {track.kind}"))

    async def _watch(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                if track.kind == "video":
                    rows = frame.to_ndarray(format="gray")[:12]
                    self.pictures.append(Shown(frame.pts, float(rows.mean())))
                else:
                    # Interleaved stereo, both sides alike.
                    loud = np.flatnonzero(np.abs(frame.to_ndarray()[0, ::2].astype(np.int32)) > LOUD)
                    self.sounds.append(Heard(frame.pts, int(loud[0]) if len(loud) else None))
        self.ended.add(track.kind)

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def accept(self, answer: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    @property
    def white(self) -> bool:
        """Whether the last picture shows somebody who speaks."""
        return bool(self.pictures) and self.pictures[-1].white

    @property
    def loud(self) -> bool:
        """Whether the last sound is a voice."""
        return bool(self.sounds) and self.sounds[-1].onset is not None

    @property
    def over(self) -> bool:
        """Whether the other side has ended both tracks."""
        return self.ended == {"video", "audio"}

    def wall(self, kind: str, stamp: float) -> float:
        """Seconds since 1900 at this RTP time, as the sender's reports have it."""
        info = self.reports[kind].sender_info
        ahead = (stamp - info.rtp_timestamp + 2**31) % 2**32 - 2**31
        return float(info.ntp_timestamp / 2**32 + ahead / RATES[kind])

    def path(self) -> str:
        """The kind of the candidate of this side over which it is connected."""
        ice = self.connection.getTransceivers()[0].receiver.transport.transport
        return str(ice._connection._nominated[1].local_candidate.type)

    async def vanish(self) -> None:
        """Gone without a word: its sockets are closed under it."""
        for transceiver in self.connection.getTransceivers():
            for protocol in transceiver.receiver.transport.transport._connection._protocols:
                protocol.transport.abort()

    async def close(self) -> None:
        await self.connection.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def player(*kinds: str) -> AsyncIterator[Player]:
    """A player, closed at the end."""
    made = Player(*kinds)
    try:
        yield made
    finally:
        await made.close()


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
