"""Picture against sound by the stamps of the packets, as a receiver sets them beside each other."""

import av
import numpy as np
import pytest

from decoded import Board, marks, tone
from dragoman.channel import Channel
from dragoman.packets import FRAME_SAMPLES, PICTURE_SAMPLES, Packet, Rendition
from dragoman.speech import MEDIA_RATE

MINUTES = 10
WITHIN = MEDIA_RATE * 10 // 1000
"""10 ms"""


class Listener:
    """Decodes packet by packet, and notes when tones and white pictures begin."""

    def __init__(self) -> None:
        self._video = av.CodecContext.create("h264", "r")
        self._audio = av.CodecContext.create("libopus", "r")
        self._audio.sample_rate, self._audio.layout = MEDIA_RATE, "mono"
        self._white = False
        self._quiet_since = -MEDIA_RATE
        self.seen: list[int] = []
        """media times of pictures that are white after a black one"""
        self.heard: list[int] = []
        """media times of the first loud sample after silence"""

    def take(self, packet: Packet) -> None:
        if packet.kind == "video":
            # One picture in, one out: the decoder of a stream without reordering holds none back.
            (frame,) = self._video.decode(av.Packet(packet.data))
            white = bool(frame.to_ndarray()[:64].mean() > 128)
            if white and not self._white:
                self.seen.append(packet.at)
            self._white = white
            return
        (frame,) = self._audio.decode(av.Packet(packet.data))
        loud = packet.at + np.flatnonzero(np.abs(frame.to_ndarray()[0].astype(np.int32)) > 3000)
        if len(loud):
            if loud[0] - self._quiet_since > MEDIA_RATE // 50:
                self.heard.append(int(loud[0]))
            self._quiet_since = int(loud[-1])


@pytest.mark.slow
def test_picture_and_sound_begin_together_for_ten_minutes():
    channel, listener = Channel(Board(), Rendition(width=64, height=64)), Listener()
    begun: list[int] = []
    speaking = False
    dice = np.random.default_rng(3)
    # A loud tone from its first sample on: the onset is where it is, not where an envelope would guess it.
    beep, at, due, number = tone(0.3, hertz=1000, loud=16_000), 0, 0, 0
    while at < MINUTES * 60 * MEDIA_RATE:
        if at >= due and at % PICTURE_SAMPLES == 0:
            number += 1
            channel.say(number, beep)
            due = at + int(dice.integers(60, 120)) * PICTURE_SAMPLES
        batch = channel.tick(at)
        for _, speaking, where in marks([batch]):
            begun += [where] if speaking else []
        for packet in batch.packets:
            listener.take(packet)
        at += FRAME_SAMPLES
        if not speaking and dice.random() < 1 / 2000:
            # A busy machine: ticks are left out, an odd number of them as often as not.
            at += int(dice.integers(1, 20)) * FRAME_SAMPLES
    assert len(begun) > 100
    assert len(listener.heard) == len(listener.seen) == len(begun)
    for start, heard, seen in zip(begun, listener.heard, listener.seen, strict=True):
        assert abs(heard - start) <= WITHIN
        assert abs(seen - heard) <= WITHIN
    drift = np.subtract(listener.heard[-50:], begun[-50:]).mean() - np.subtract(listener.heard[:50], begun[:50]).mean()
    assert abs(drift) < MEDIA_RATE // 1000
