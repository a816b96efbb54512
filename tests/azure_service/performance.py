"""What an avatar does at each moment: one clock for picture and sound, and the two tracks that play it."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import av
import numpy as np
from aiortc.mediastreams import MediaStreamTrack

from .pictures import FPS, Reel
from .ssml import Speech
from .vocal import delivery

OPUS_SECONDS = 0.02
RATE = 48_000
_LATE = 0.2
"""seconds: what is later than this is skipped, as a service that sends in real time does"""


def _opus(pcm: np.ndarray[tuple[int], np.dtype[np.int16]]) -> list[bytes]:
    """20 ms each; the last is filled up with silence."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = RATE, "mono", av.AudioFormat("s16")
    encoder.time_base = Fraction(1, RATE)
    encoder.bit_rate = 32_000
    encoder.options = {"application": "voip", "frame_duration": "20"}
    size = round(OPUS_SECONDS * RATE)
    padded = np.concatenate([pcm, np.zeros(-len(pcm) % size, np.int16)])
    packets: list[bytes] = []
    for at in range(0, len(padded), size):
        frame = av.AudioFrame.from_ndarray(padded[None, at : at + size], format="s16", layout="mono")
        frame.sample_rate, frame.pts = RATE, at
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return packets


@lru_cache(maxsize=1)
def silence() -> bytes:
    """20 ms of it. The encoder needs some to become quiet."""
    return _opus(np.zeros(RATE // 2, np.int16))[-1]


@lru_cache(maxsize=64)
def sound(speech: Speech) -> tuple[bytes, ...]:
    """A text as Opus. Cached, for many avatars say the same."""
    return tuple(_opus(delivery(speech).sound(RATE)))


@dataclass(frozen=True, slots=True)
class _Utterance:
    start: float
    packets: tuple[bytes, ...]

    @property
    def end(self) -> float:
        return self.start + len(self.packets) * OPUS_SECONDS


class Performance:
    """Times are seconds of this avatar's media clock, which never stops."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.frozen = False
        self._said: deque[_Utterance] = deque(maxlen=64)

    @property
    def now(self) -> float:
        return time.monotonic() - self.began

    def say(self, packets: tuple[bytes, ...]) -> tuple[float, float]:
        """After what is being said. From when until when."""
        start = max(self.now, self._said[-1].end if self._said else 0.0)
        # on the grid of the packets, so that each is sent once
        start = -(-start // OPUS_SECONDS) * OPUS_SECONDS
        utterance = _Utterance(start, packets)
        self._said.append(utterance)
        return utterance.start, utterance.end

    def stop(self) -> None:
        """Says nothing more."""
        kept = [one for one in self._said if one.end <= self.now]
        self._said.clear()
        self._said.extend(kept)

    def packet(self, at: float) -> bytes:
        for one in reversed(self._said):
            index = round((at - one.start) / OPUS_SECONDS)
            if 0 <= index < len(one.packets):
                return one.packets[index]
        return silence()

    def speaks(self, at: float) -> bool:
        return any(one.start <= at < one.end for one in reversed(self._said))


class _Track(MediaStreamTrack):
    """Gives ready packets at the right time; after a hold-up of the machine it goes on with the present."""

    def __init__(self, performance: Performance, step: float, rate: int) -> None:
        super().__init__()
        self._performance = performance
        self._step = step
        self._rate = rate
        self._tick = 0

    async def _next(self) -> int:
        """Waits for the next moment; its number on the media clock."""
        while self._performance.frozen:
            await asyncio.sleep(0.05)
        soonest = int((self._performance.now - _LATE) / self._step)
        self._tick = max(self._tick + 1, soonest)
        if (wait := self._tick * self._step - self._performance.now) > 0:
            await asyncio.sleep(wait)
        return self._tick

    def _packet(self, data: bytes, tick: int) -> av.Packet[Any]:
        packet = av.Packet(data)
        packet.pts = round(tick * self._step * self._rate)
        packet.time_base = Fraction(1, self._rate)
        return packet


class Picture(_Track):
    kind = "video"

    def __init__(self, performance: Performance) -> None:
        super().__init__(performance, 1 / FPS, 90_000)
        self.reel: Reel | None = None
        """set before the peer is connected, for it depends on the codec that was agreed on"""

    async def recv(self) -> av.Packet[Any]:
        assert self.reel is not None
        tick = await self._next()
        return self._packet(self.reel.picture(tick, self._performance.speaks(tick * self._step)), tick)


class Sound(_Track):
    kind = "audio"

    def __init__(self, performance: Performance) -> None:
        super().__init__(performance, OPUS_SECONDS, RATE)

    async def recv(self) -> av.Packet[Any]:
        tick = await self._next()
        return self._packet(self._performance.packet(tick * self._step), tick)
