"""A process of media peers for `benchmarks.media`: receives what a channel sends, by WHEP, and says what came.

    python -m benchmarks.media_listeners URL CODE LANGUAGE COUNT DECODING

COUNT peers join; the first DECODING of them decode picture and sound, the others receive and decrypt only. Prints
`ready` when all receive; ends when its standard input closes, with one JSON object on its last line. Times are
seconds of the machine's monotonic clock, which all its processes share.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from contextlib import suppress
from typing import Any

import aiohttp
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

LOUD = 500
"""Root mean square of 16-bit samples above which somebody speaks: 36 dB below full scale."""
_STEPS = 0.05
"""Seconds between two joins of one process: together they ask for no more than a room that fills."""


class Peer:
    """One listener's peer."""

    def __init__(self, *, decoding: bool) -> None:
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.decoding = decoding
        self.asked = self.answered = 0.0
        self.first: float | None = None
        self.packets = 0
        self.arrived = 0
        """pictures whose last packet came"""
        self.pictures = 0
        """pictures that were decoded"""
        self.heard = 0.0
        self.longest_gap = 0.0
        self.onsets: list[float] = []
        """when speech was heard after silence"""
        self.receiving = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def join(self, http: aiohttp.ClientSession, url: str) -> None:
        """Offer, take the answer, connect."""
        self.peer.addTransceiver("video", direction="recvonly")
        self.peer.addTransceiver("audio", direction="recvonly")
        for transceiver in self.peer.getTransceivers():
            self._count(transceiver.receiver, transceiver.kind)
        if self.decoding:
            self.peer.on("track", lambda track: self._tasks.append(asyncio.create_task(self._decode(track))))
        await self.peer.setLocalDescription(await self.peer.createOffer())
        self.asked = time.monotonic()
        offer, kind = self.peer.localDescription.sdp, {"Content-Type": "application/sdp"}
        async with http.post(url, data=offer, headers=kind) as answer:
            text = await answer.text()
            if answer.status != 201:
                raise RuntimeError(f"WHEP answered {answer.status}: {text}")
        self.answered = time.monotonic()
        await self.peer.setRemoteDescription(RTCSessionDescription(text, "answer"))

    def _count(self, receiver: Any, kind: str) -> None:
        """Note what arrives; without decoding nothing else is done with it."""
        handle = receiver._handle_rtp_packet

        async def arrived(packet: Any, arrival_time_ms: int) -> None:
            now = time.monotonic()
            self.packets += 1
            self.arrived += kind == "video" and packet.marker
            if self.first is None and kind == "video":
                self.first = now
                self.receiving.set()
            if kind == "audio":
                self.longest_gap = max(self.longest_gap, now - self.heard if self.heard else 0.0)
                self.heard = now
            if self.decoding:
                await handle(packet, arrival_time_ms=arrival_time_ms)

        receiver._handle_rtp_packet = arrived

    async def _decode(self, track: MediaStreamTrack) -> None:
        quiet = 0.0
        with suppress(MediaStreamError):
            while True:
                frame: Any = await track.recv()
                if track.kind == "video":
                    self.pictures += 1
                    continue
                sound = frame.to_ndarray().astype(np.float64)
                if np.sqrt((sound**2).mean()) < LOUD:
                    quiet += frame.samples / frame.sample_rate
                elif quiet > 0.05:
                    self.onsets.append(time.monotonic())
                    quiet = 0.0

    def start(self) -> None:
        """Count from now on."""
        self.packets = self.pictures = self.arrived = 0
        self.longest_gap = 0.0
        self.onsets.clear()

    async def close(self) -> None:
        """Goodbye."""
        await self.peer.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def main(url: str, code: str, language: str, count: int, decoding: int) -> None:
    """Receive until standard input ends."""
    peers = [Peer(decoding=number < decoding) for number in range(count)]
    async with aiohttp.ClientSession() as http, asyncio.TaskGroup() as joining:
        for peer in peers:
            joining.create_task(peer.join(http, f"{url}/whep/{code}/{language}"))
            await asyncio.sleep(_STEPS)
        async with asyncio.timeout(60):
            for peer in peers:
                await peer.receiving.wait()
    print("ready", flush=True)
    began, cpu = time.monotonic(), time.process_time()
    for peer in peers:
        peer.start()
    await asyncio.to_thread(sys.stdin.read)
    seconds = time.monotonic() - began
    said = {
        "cpu": time.process_time() - cpu,
        "first": [(peer.first or 0.0) - peer.asked for peer in peers],
        "answers": [peer.answered - peer.asked for peer in peers],
        "joined_from": min(peer.asked for peer in peers),
        "joined_to": max(peer.first or 0.0 for peer in peers),
        "packets_per_second": sum(peer.packets for peer in peers) / seconds / max(1, count),
        "pictures_arrived_per_second": min(peer.arrived for peer in peers) / seconds,
        "pictures_per_second": [peer.pictures / seconds for peer in peers if peer.decoding],
        "longest_gap": max(peer.longest_gap for peer in peers),
        "onsets": next((peer.onsets for peer in peers if peer.decoding), []),
    }
    print(json.dumps(said), flush=True)
    await asyncio.gather(*(peer.close() for peer in peers))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])))
