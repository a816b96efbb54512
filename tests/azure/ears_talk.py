"""A talk in the tone language, heard by the Azure recogniser as a floor has it heard: what breaks is opened again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from dragoman.engines.azure.wording import words
from dragoman.engines.protocols import NOTHING_TOLD, Brief, Recognizer, RecognizerStream
from dragoman.errors import EngineFailed
from dragoman.speech import FLOOR_RATE, Begun, Final, Partial, Pcm, Recognition, Safe

CHUNK = 640
PATIENCE = 60.0


def keys(*texts: str) -> list[str]:
    """The words of texts, without case and punctuation."""
    return [word.key for text in texts for word in words(text)]


@dataclass
class Talk:
    """One speaker's sound and what became of it."""

    recognizer: Recognizer
    sound: np.ndarray
    brief: Brief = NOTHING_TOLD
    language: str = "en"
    start: int = 0
    pace: float = 4.0
    """times as fast as it was spoken"""
    backoff: float = 0.05
    events: list[Recognition] = field(default_factory=list)
    finals: list[Final] = field(default_factory=list)
    failures: list[EngineFailed] = field(default_factory=list)
    heard: Callable[[Recognition], None] = lambda _: None
    failed: Callable[[EngineFailed], None] = lambda _: None

    async def run(self) -> Talk:
        """Speak it all; every failure opens another stream where what was kept ends."""
        self.spoken = asyncio.get_running_loop().time()
        self.safe, begun = self.start, None
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    begun = await self._stretch(begun)
                except EngineFailed as error:
                    self.failures.append(error)
                    begun = self.begun
                    self.failed(error)
                    await asyncio.sleep(self.backoff)
                else:
                    return self

    async def _stretch(self, begun: Begun | None) -> Begun | None:
        self.begun = begun
        stream = await self.recognizer.open(self.language, start=self.safe, live=True, begun=begun, brief=self.brief)
        feeding = asyncio.create_task(self._feed(stream, self.safe))
        try:
            async for event in stream.events():
                self._take(event)
            await feeding
        finally:
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
            await stream.close()
        return None

    async def _feed(self, stream: RecognizerStream, position: int) -> None:
        loop = asyncio.get_running_loop()
        end = self.start + len(self.sound)
        while position < end:
            due = self.spoken + (position - self.start) / FLOOR_RATE / self.pace
            if (wait := due - loop.time()) > 0:
                await asyncio.sleep(wait)
            at = position - self.start
            await stream.feed(Pcm(self.sound[at : at + CHUNK], position))
            position += CHUNK
        await stream.finish()

    def _take(self, event: Recognition) -> None:
        self.events.append(event)
        match event:
            case Final():
                self.finals.append(event)
                self.safe = max(self.safe, event.safe)
                self.begun = self._given(event) if event.said else None
            case Safe() if self.begun is None:
                self.safe = max(self.safe, event.position)
            case _:
                pass
        self.heard(event)

    def _given(self, final: Final) -> Begun:
        """What was given of the open speech, in all languages."""
        before = self.begun.translations if self.begun else {}
        parts = {tag: f"{before.get(tag, '')} {text}".strip() for tag, text in final.translations.items()}
        return Begun(final.said, final.end, {**before, **parts})

    @property
    def said(self) -> list[str]:
        """All words that were given, in order."""
        return keys(*(final.text for final in self.finals if final.text != "…"))

    def translated(self, tag: str) -> list[str]:
        """The same in another language."""
        return keys(*(final.translations.get(tag, "") for final in self.finals))

    @property
    def partials(self) -> Sequence[Partial]:
        """What was shown meanwhile."""
        return [event for event in self.events if isinstance(event, Partial)]
