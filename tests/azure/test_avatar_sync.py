"""Picture and sound of an avatar stay together on their way through the server."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np

from avatar_talk import HoldUps, talking
from azure_service import AzureService
from azure_service.pictures import read
from dragoman.encoding import LOOK_AHEAD
from dragoman.packets import Packet
from dragoman.speech import MEDIA_RATE


class Screen:
    """A viewer that decodes what it is shown, by the media times of the packets."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []

    def show(self, packets: Sequence[Packet]) -> None:
        self.packets += packets

    def over(self) -> None:
        pass

    def speaking_from(self) -> list[float]:
        """Media times, seconds, at which the picture begins to speak."""
        decoder: Any = av.CodecContext.create("h264", "r")
        speaks: list[tuple[float, bool]] = []
        for packet in self.packets:
            if packet.kind == "video":
                for frame in decoder.decode(av.Packet(packet.data)):
                    seen = read(frame.to_ndarray(format="rgb24"))
                    speaks.append((packet.at / MEDIA_RATE, bool(seen and seen.speaking)))
        return [at for (_, before), (at, now) in pairwise(speaks) if now and not before]

    def loud_from(self) -> list[float]:
        """Media times, seconds, at which sound begins after a second of silence."""
        decoder: Any = av.CodecContext.create("libopus", "r")
        decoder.sample_rate, decoder.layout = MEDIA_RATE, "mono"
        loud: list[float] = []
        for packet in self.packets:
            if packet.kind == "audio":
                for frame in decoder.decode(av.Packet(packet.data)):
                    sound = np.abs(frame.to_ndarray().astype(np.float64)).ravel()
                    limit = 0.015 if frame.format.name.startswith("flt") else 500
                    if len(found := np.flatnonzero(sound > limit)):
                        loud.append((packet.at + LOOK_AHEAD + int(found[0])) / MEDIA_RATE)
        return [at for before, at in zip([0.0, *loud], loud, strict=False) if at - before > 0.8]


async def test_the_mouth_opens_with_the_sound(tmp_path: Path) -> None:
    with AzureService(relays=()) as azure:
        async with talking(azure, tmp_path) as (talk, _), HoldUps() as machine:
            screen = Screen()
            talk.stage.attach("ana", screen, "es")
            talk.stage.renew("ana")
            await azure.until(lambda: azure.pictures and azure.pictures[0].connected)
            await azure.until(lambda: len(screen.packets) > 100)
            for number in (1, 2, 3):
                talk.say("Así es.")
                await azure.until(lambda: talk.told.ended()[-1:] == [number])  # noqa: B023
                enough = len(screen.packets) + 75
                await azure.until(lambda: len(screen.packets) > enough)  # noqa: B023
            seen, heard = screen.speaking_from(), screen.loud_from()
            assert len(heard) == 3
            apart = sorted(min(abs(at - shown) for shown in seen) for at in heard)
            # A picture lasts 40 ms, and which one is nearest is known no better than that.
            assert apart[1] <= 0.09 + machine.longest
