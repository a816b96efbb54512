"""The server's own end of an avatar connection: a WebRTC peer (aiortc) that receives, decodes and stamps what comes.

What is private in aiortc is used in this module only, as in webrtc/transport.py; tests/azure/test_avatar_peer.py fails
where it changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import av
import numpy as np
from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCSessionDescription,
)
from aiortc.jitterbuffer import JitterBuffer
from aiortc.mediastreams import MediaStreamError

from dragoman.engines.azure.avatar_arrivals import Arrivals, now
from dragoman.engines.azure.avatar_pictures import Pictures
from dragoman.engines.azure.avatar_sound import Pcm, Sound
from dragoman.engines.protocols import Relay
from dragoman.errors import EngineFailed

_RATES = {"video": 90_000, "audio": 48_000}
_GATHER_SECONDS = 2
_LATE_PACKETS = 4
"""Packets of sound within which they are put in order: aiortc's own 16 would be 320 ms of silence for each lost one."""


class Peer:
    """`offer`, `accept`, then pictures and sound come; `close` at any time. On the event loop."""

    def __init__(self, relay: Relay | None, sound: Sound, pictures: Pictures, *, gone: Callable[[], None]) -> None:
        """relay: how this side is reached. gone: called once, when the other side has ended it or is lost."""
        servers = [RTCIceServer([*relay.urls], relay.username, relay.password)] if relay else []
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=servers))
        self._sound = sound
        self._pictures = pictures
        self._gone = gone
        self._over = False
        self._tasks: list[asyncio.Task[None]] = []
        self.arrivals = {kind: Arrivals(rate) for kind, rate in _RATES.items()}
        self.last_picture = now()
        """the clock of arrival when a picture came last"""
        self._connection.on("track", self._take)
        self._connection.on("connectionstatechange", self._changed)
        for kind in _RATES:
            receiver = self._connection.addTransceiver(kind, direction="recvonly").receiver
            _stamp(receiver, self.arrivals[kind], kind)
            _hurry(receiver)

    async def offer(self) -> str:
        """What the service is asked with; its candidates are in it."""
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return str(self._connection.localDescription.sdp)

    async def accept(self, answer: str) -> None:
        """The service's answer. Raises EngineFailed where it cannot be used."""
        try:
            await self._connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        # aiortc has no error of its own for SDP that it cannot read.
        except Exception as error:
            raise EngineFailed(f"the avatar service's answer cannot be used: {type(error).__name__}") from error
        self.last_picture = now()

    @property
    def behind(self) -> int:
        """What is to be added to a sound's RTP time for the RTP time of the picture that was sent with it."""
        return self.arrivals["audio"].offset - self.arrivals["video"].offset

    async def close(self) -> None:
        """Idempotent."""
        self._over = True
        # aiortc may be closing it by itself already; whoever waits with it must not be cancelled in its place.
        await asyncio.shield(asyncio.ensure_future(self._connection.close()))
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _changed(self) -> None:
        if self._connection.connectionState in ("failed", "closed"):
            self._ended()

    def _ended(self) -> None:
        if not self._over:
            self._over = True
            self._gone()

    def _take(self, track: MediaStreamTrack) -> None:
        watch = self._watch if track.kind == "video" else self._listen
        self._tasks.append(asyncio.create_task(watch(track), name=f"avatar {track.kind}"))

    async def _watch(self, track: MediaStreamTrack) -> None:
        while (frame := await _next(track)) is not None:
            self.last_picture = now()
            self._pictures.offer(self.arrivals["video"].sample(frame.pts), frame)
        self._ended()

    async def _listen(self, track: MediaStreamTrack) -> None:
        while (frame := await _next(track)) is not None:
            self._sound.arrived(self.arrivals["audio"].sample(frame.pts), _mono(frame), now())
        self._ended()


async def _next(track: MediaStreamTrack) -> Any:
    """The next frame; None when there are no more."""
    try:
        return await track.recv()
    except MediaStreamError:
        return None


def _mono(frame: av.AudioFrame) -> Pcm:
    """The frame's sound, shape (n,); aiortc's Opus decoder gives 48 kHz, interleaved."""
    samples = frame.to_ndarray().reshape(-1, frame.layout.nb_channels)
    pcm: Pcm = samples.astype(np.int32).mean(axis=1).astype(np.int16)
    return pcm


def _hurry(receiver: RTCRtpReceiver) -> None:
    """Wait for servers that do not answer no longer than for those that do; aioice's own 5 s are a line's time."""
    ice = receiver.transport.transport._connection
    ice.get_component_candidates = partial(ice.get_component_candidates, timeout=_GATHER_SECONDS)  # type: ignore[method-assign]  # no hook for it


class _KeepsStamps:
    """In place of aiortc's mapper, which would count each track's times from its own first packet."""

    def map(self, stamp: int) -> int:
        return stamp


def _stamp(receiver: RTCRtpReceiver, arrivals: Arrivals, kind: str) -> None:
    """Frames keep their RTP times, and packets are seen as they arrive, before anything buffers them."""
    handle = receiver._handle_rtp_packet

    async def handle_rtp_packet(packet: Any, arrival_time_ms: int) -> None:
        arrivals.packet(packet.timestamp, now())
        await handle(packet, arrival_time_ms)

    receiver._handle_rtp_packet = handle_rtp_packet  # type: ignore[method-assign]  # no hook for it
    receiver._RTCRtpReceiver__timestamp_mapper = _KeepsStamps()  # type: ignore[attr-defined]
    if kind == "audio":
        receiver._RTCRtpReceiver__jitter_buffer = JitterBuffer(capacity=_LATE_PACKETS)  # type: ignore[attr-defined]
