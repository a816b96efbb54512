"""What a listener sees and hears of a channel's packets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import av
import numpy as np

from dragoman.channel import Batch, Channel
from dragoman.engines.protocols import Said
from dragoman.packets import FRAME_SAMPLES, Packet, Picture
from dragoman.speech import MEDIA_RATE, Utterance, Viseme


def tone(seconds: float, hertz: float = 440, loud: int = 8000) -> Utterance:
    """An utterance that is a tone."""
    length = int(seconds * MEDIA_RATE)
    pcm = (loud * np.sin(2 * np.pi * hertz * np.arange(length) / MEDIA_RATE)).astype(np.int16)
    return Utterance(pcm, (Viseme(0, 2), Viseme(length, 0)))


def ticked(channel: Channel, ticks: int, start: int = 0) -> list[Batch]:
    """What so many ticks give, the first at media time `start`."""
    return [channel.tick(start + number * FRAME_SAMPLES) for number in range(ticks)]


def packets(batches: Iterable[Batch], kind: str) -> list[Packet]:
    """The packets of one kind, in order."""
    return [packet for batch in batches for packet in batch.packets if packet.kind == kind]


def marks(batches: Iterable[Batch]) -> list[tuple[int, bool, int]]:
    """Segment, whether it begins, media time."""
    return [(mark.segment_id, mark.speaking, mark.at) for batch in batches for mark in batch.marks]


def pictures(video: Sequence[Packet]) -> list[Picture]:
    """A picture for each packet. Fails where one cannot be decoded."""
    context = av.CodecContext.create("h264", "r")
    frames = [frame for packet in video for frame in context.decode(av.Packet(packet.data))]
    frames += context.decode(None)
    assert len(frames) == len(video)
    return [frame.to_ndarray() for frame in frames]


def sound(audio: Sequence[Packet]) -> np.ndarray:
    """The samples of packets without a gap between them; the first is that of the first packet's time."""
    context = av.CodecContext.create("libopus", "r")
    context.sample_rate, context.layout = MEDIA_RATE, "mono"
    frames = [frame for packet in audio for frame in context.decode(av.Packet(packet.data))]
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


class Board:
    """A face that is white while an utterance sounds and black otherwise; remembers what it was told."""

    def __init__(self, width: int = 64, height: int = 64) -> None:
        self._picture = np.full((height * 3 // 2, width), 128, np.uint8)
        self._height = height
        self.told: dict[int, Sequence[Said]] = {}
        self.fails_at: set[int] = set()
        """media times at which it cannot be drawn"""

    def draw(self, at: int, said: Sequence[Said]) -> Picture:
        self.told[at] = said
        if at in self.fails_at:
            raise RuntimeError("scripted")
        speaking = any(one.start <= at < one.start + len(one.utterance.pcm) for one in said)
        self._picture[: self._height] = 235 if speaking else 16
        return self._picture
