"""Hands every booth the text in its language, by a pivot booth's text where no engine does the pair directly."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping

from dragoman.engines.protocols import Route, Translator, TranslatorStream
from dragoman.errors import EngineFailed

_REMEMBERED = 64
"""Texts kept per language: enough for every booth to come by for its pivot's text before it is forgotten."""


class Relay:
    """Translations out of the floor's language, each made once however many booths ask for it.

    routes: by target tag, from the source language; legs are opened when first used and let go in `close`. used: told
    the characters of every text that a leg is given.
    """

    def __init__(
        self,
        translator: Translator,
        source: str,
        routes: Mapping[str, Route],
        used: Callable[[int], None] = lambda _characters: None,
    ) -> None:
        self._translator = translator
        self.source = source
        """the tag out of which all is translated"""
        self._routes = routes
        self._used = used
        self._streams: dict[tuple[str, str], asyncio.Future[TranslatorStream]] = {}
        self._made: dict[str, OrderedDict[str, asyncio.Task[str]]] = {}
        self._running: set[asyncio.Task[str]] = set()

    async def translate(self, text: str, target: str) -> str:
        """The text in the target language. Raises EngineFailed; asking again tries again."""
        made = self._made.setdefault(target, OrderedDict())
        task = made.get(text)
        if task is None:
            task = made[text] = asyncio.create_task(self._make(text, target))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            while len(made) > _REMEMBERED:
                made.popitem(last=False)
        try:
            # A booth that is cancelled while it waits must not take the text from the others.
            return await asyncio.shield(task)
        except BaseException:  # cancelled too: nothing of it is left behind
            if task.done() and made.get(text) is task:
                del made[text]
            raise

    async def _make(self, text: str, target: str) -> str:
        if target not in self._routes:
            raise EngineFailed(f"no translation from {self.source} into {target} is installed")
        pivot = self._routes[target].pivot
        if pivot is None:
            return await self._leg(text, self.source, target)
        return await self._leg(await self.translate(text, pivot), pivot, target)

    async def _leg(self, text: str, source: str, target: str) -> str:
        stream = await self._stream(source, target)
        self._used(len(text))
        return await stream.translate(text)

    async def _stream(self, source: str, target: str) -> TranslatorStream:
        leg = (source, target)
        if leg not in self._streams:
            self._streams[leg] = asyncio.ensure_future(self._translator.open(source, target))
        opening = self._streams[leg]
        try:
            return await asyncio.shield(opening)
        except BaseException:  # cancelled too: nothing of it is left behind
            if opening.done() and self._streams.get(leg) is opening:
                del self._streams[leg]
            raise

    async def close(self) -> None:
        """Stop what is being translated and let the legs go."""
        tasks = tuple(self._running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._made.clear()
        opened = await asyncio.gather(*self._streams.values(), return_exceptions=True)
        self._streams.clear()
        for stream in opened:
            if not isinstance(stream, BaseException):
                await stream.close()
