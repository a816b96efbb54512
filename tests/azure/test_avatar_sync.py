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
from azure_service.ssml import parsed
from azure_service.vocal import delivery
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

    def speaking(self) -> list[tuple[float, float]]:
        """Media times, seconds, at which the picture begins and ceases to speak."""
        decoder: Any = av.CodecContext.create("h264", "r")
        speaks: list[tuple[float, bool]] = []
        for packet in self.packets:
            if packet.kind == "video":
                for frame in decoder.decode(av.Packet(packet.data)):
                    seen = read(frame.to_ndarray(format="rgb24"))
                    speaks.append((packet.at / MEDIA_RATE, bool(seen and seen.speaking)))
        begins = [at for (_, before), (at, now) in pairwise(speaks) if now and not before]
        ceases = [at for (_, before), (at, now) in pairwise(speaks) if before and not now]
        return list(zip(begins, ceases, strict=False))

    def loud(self) -> list[tuple[float, float]]:
        """Media times, seconds, of the first and the last sound between silences of most of a second."""
        decoder: Any = av.CodecContext.create("libopus", "r")
        decoder.sample_rate, decoder.layout = MEDIA_RATE, "mono"
        loud: list[float] = []
        for packet in self.packets:
            if packet.kind == "audio":
                for frame in decoder.decode(av.Packet(packet.data)):
                    sound = np.abs(frame.to_ndarray().astype(np.float64)).ravel()
                    limit = 0.015 if frame.format.name.startswith("flt") else 500
                    if len(found := np.flatnonzero(sound > limit)):
                        start = packet.at + LOOK_AHEAD
                        loud += [(start + int(found[0])) / MEDIA_RATE, (start + int(found[-1])) / MEDIA_RATE]
        first = [after for before, after in pairwise([0.0, *loud]) if after - before > 0.8]
        last = [before for before, after in pairwise([*loud, float("inf")]) if after - before > 0.8]
        return list(zip(first, last, strict=True))


async def test_the_mouth_opens_and_closes_with_the_sound(tmp_path: Path) -> None:
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
            seen, heard = screen.speaking(), screen.loud()
            assert len(seen) == len(heard) == 3
            before, after = silences(azure.spoken[0].ssml)
            begins, ends = (sorted(a[end] - b[end] for a, b in zip(seen, heard, strict=True)) for end in (0, 1))
            # A picture lasts 40 ms, and which one is nearest is known no better than that.
            assert abs(begins[1] + before) <= 0.06 + machine.longest
            assert abs(ends[1] - after) <= 0.06 + machine.longest


def silences(document: str) -> tuple[float, float]:
    """Seconds for which the service's avatar moves its lips before it is heard, and after."""
    sound = np.abs(delivery(parsed(document)).sound(MEDIA_RATE).astype(np.int32))
    loud = np.flatnonzero(sound > 500)
    return int(loud[0]) / MEDIA_RATE, (len(sound) - int(loud[-1])) / MEDIA_RATE
