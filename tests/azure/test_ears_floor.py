"""A real floor that has its sentences from Azure: one that breaks costs it none, and gives it none twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from azure_service import AzureService
from dragoman.floor import Floor
from dragoman.modes import BALANCED
from dragoman.speech import Final, Partial, Recognition
from ears_talk import keys
from test_ears_faults import FAULTS, Breaker, azure, recognizer

__all__ = ["azure", "recognizer"]


class Desk:
    """A floor's listener: keeps what it hears."""

    def __init__(self, heard: Callable[[Recognition], None], failed: Callable[[object], None]) -> None:
        self.finals: list[Final] = []
        self._heard = heard
        self._failed = failed

    async def heard(self, final: Final, arrived: int) -> None:
        self.finals.append(final)
        self._heard(final)

    async def hearing(self, partial: Partial, end: int, arrived: int) -> None:
        self._heard(partial)

    async def silence(self, safe: int) -> None:
        pass

    async def trouble(self, *_: object, **__: object) -> None:
        self._failed(None)


@pytest.mark.parametrize("name", ["drop", "network"])
async def test_a_floor_has_every_sentence_once(name: str, azure: AzureService, recognizer: object):
    breaker = Breaker(azure, FAULTS[name])
    desk = Desk(breaker.heard, breaker.failed)
    floor = Floor(recognizer, "en", desk, start=0, mode=lambda: BALANCED, now=lambda: 0)
    sound = azure.talk(pause=0.6)

    async def speak() -> None:
        for at in range(0, len(sound), 640):
            floor.accept(sound[at : at + 640], position=at, seq=None)
            await asyncio.sleep(0.04 / 4)
        floor.rest()

    async with asyncio.timeout(60):
        speaking = asyncio.create_task(speak())
        while not speaking.done() or floor.waiting:
            await floor.shift()
            await asyncio.sleep(0.01)
        await speaking
    await asyncio.gather(*breaker.work)
    assert keys(*(final.text for final in desk.finals)) == keys(*(one.text for one in azure.script.sentences))
    assert floor.received == len(sound)
