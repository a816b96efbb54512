"""People who watch: aiortc as the other side, and what it receives."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

WHITE = 180
"""Luma above which the picture's first rows are the white ones of somebody who speaks (scripted.ScriptedFace)."""


class Player:
    """A peer connection that receives, and decodes all it gets."""

    def __init__(self, *kinds: str) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.pictures: list[tuple[int, float]] = []
        """RTP time, and the mean luma of the first rows"""
        self.sounds: list[tuple[int, float]] = []
        """RTP time of each 20 ms of sound, and its loudness"""
        self.ended: list[str] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.connection.on("track", self._take)
        for kind in kinds or ("video", "audio"):
            self.connection.addTransceiver(kind, direction="recvonly")

    def _take(self, track: MediaStreamTrack) -> None:
        self._tasks.append(asyncio.create_task(self._watch(track), name=f"player {track.kind}"))

    async def _watch(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                if track.kind == "video":
                    self.pictures.append((frame.pts, float(frame.to_ndarray(format="gray")[:12].mean())))
                else:
                    self.sounds.append((frame.pts, float(np.abs(frame.to_ndarray().astype(np.int32)).mean())))
        self.ended.append(track.kind)

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def accept(self, answer: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    @property
    def white(self) -> bool:
        """Whether the last picture shows somebody who speaks."""
        return bool(self.pictures) and self.pictures[-1][1] > WHITE

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


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)
