"""One speaker's stream: carries sound to the recogniser's thread and what is recognised back."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from enum import IntEnum
from typing import TypeVar, TypeVarTuple

import numpy as np

from dragoman.engines.embedded.ear import Ear, Utterance
from dragoman.engines.threads import Worker
from dragoman.errors import EngineFailed
from dragoman.speech import Final, Pcm, Recognition, Safe, samples

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_GAP = samples(1_000)
"""a gap in the sound that ends speech; a shorter one becomes silence"""
_BEHIND = samples(2_000)
"""sound that waits before `feed` does"""
_AT_ONCE = samples(1_000)
"""sound that is listened to in one turn of the thread, so that others have theirs"""
_SAFE_EVERY = samples(500)
_EVENTS = 64
"""recognitions that wait to be read; when there are more, decoding waits, and Partials are left out"""


class Urgency(IntEnum):
    """Whose turn it is in the recogniser's thread: everyone's ears, then finals, then partials, then files."""

    LISTEN = 0
    FINAL = 1
    PARTIAL = 2
    FILE = 3


class EmbeddedStream:
    """What EmbeddedRecognizer opens; see RecognizerStream.

    One task listens and finishes utterances, in floor order. Where it is live a second one asks for Partials of
    the window that is open when its turn comes, so that one that waits long enough is decoded newer, not later.
    """

    def __init__(self, ear: Ear, worker: Worker, *, live: bool, closed: Callable[[EmbeddedStream], None]) -> None:
        """`closed` is told once, when nothing of the stream is left."""
        self._ear = ear
        self._worker = worker
        self._live = live
        self._closed = closed
        self._fed = ear.end
        self._safe = ear.end
        self._inbox: deque[Pcm] = deque()
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._finished = False
        self._finishing = False
        self._news = asyncio.Event()
        self._events: asyncio.Queue[Recognition | None] = asyncio.Queue(_EVENTS)
        self._failure: EngineFailed | None = None
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Start listening; `close` ends it."""
        self._task = asyncio.create_task(self._run(), name="recognizer stream")

    async def feed(self, pcm: Pcm) -> None:
        """See RecognizerStream. Raises EngineFailed where the stream is broken, finished or closed."""
        if pcm.start < self._fed:
            raise ValueError(f"Sound from {pcm.start} was fed after sound up to {self._fed}.")
        await self._room.wait()
        if self._failure is not None:
            raise self._failure
        if self._finished:
            raise EngineFailed("The stream takes no more sound.")
        self._fed = pcm.end
        self._inbox.append(pcm)
        self._arrived.set()
        if self._waiting() >= _BEHIND:
            self._room.clear()

    async def finish(self) -> None:
        """See RecognizerStream. Does not wait for what is left to be decoded: `events` ends when it is."""
        self._finished = True
        self._arrived.set()

    async def events(self) -> AsyncIterator[Recognition]:
        """See RecognizerStream. For one reader."""
        while (event := await self._events.get()) is not None:
            yield event
        self._events.put_nowait(None)
        if self._failure is not None:
            raise self._failure

    async def close(self) -> None:
        """See RecognizerStream. A decode that is running ends by itself; its result is thrown away."""
        if self._task is None:
            return
        task, self._task = self._task, None
        task.cancel()
        await asyncio.wait([task])
        self._finished = True
        self._room.set()
        while not self._events.empty():
            self._events.get_nowait()
        self._events.put_nowait(None)
        self._closed(self)

    async def _run(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                partials = tasks.create_task(self._partials()) if self._live else None
                await self._listen()
                if partials is not None:
                    partials.cancel()
        except* Exception as errors:  # noqa: BLE001  # a model that broke in any way: the session is told
            self._failure = EngineFailed(f"The embedded recogniser broke: {errors.exceptions[0]!r}")
            self._failure.__cause__ = errors
            self._room.set()
        await self._events.put(None)

    async def _listen(self) -> None:
        while (pcm := await self._next()) is not None:
            if pcm.start - self._ear.end >= _GAP:
                await self._flush()
                await self._turn(Urgency.LISTEN, self._ear.skip, pcm.start)
            await self._turn(Urgency.LISTEN, self._ear.take, pcm)
            await self._advance()
            if self._ear.safe - self._safe >= _SAFE_EVERY:
                await self._give(Safe(self._ear.safe))
            self._news.set()
        await self._flush()

    async def _advance(self) -> None:
        while (utterance := await self._turn(Urgency.LISTEN, self._ear.advance)) is not None:
            await self._decode(utterance)

    async def _flush(self) -> None:
        """Decode what is left of the sound so far; all of it is safe then."""
        if (utterance := await self._turn(Urgency.LISTEN, self._ear.flush)) is not None:
            await self._decode(utterance)
        if self._ear.safe > self._safe:
            await self._give(Safe(self._ear.safe))

    async def _decode(self, utterance: Utterance) -> None:
        self._finishing = True
        await self._give(await self._turn(Urgency.FINAL, self._ear.final, utterance))
        self._finishing = False

    async def _partials(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            if self._inbox or not self._ear.due:
                continue  # there is newer sound to listen to first
            partial = await self._turn(Urgency.PARTIAL, self._ear.partial)
            # one of the next window, made between the end of an utterance and its decoding, would overtake it
            if partial is not None and not self._finishing and not self._events.full():
                self._events.put_nowait(partial)

    async def _give(self, event: Final | Safe) -> None:
        self._safe = event.safe if isinstance(event, Final) else event.position
        await self._events.put(event)

    async def _turn(self, urgency: Urgency, function: Callable[[*Ts], T], *args: *Ts) -> T:
        return await self._worker.run(urgency if self._live else Urgency.FILE, function, *args)

    async def _next(self) -> Pcm | None:
        """The next run of sound to listen to, None at the end: what waits without a gap, up to _AT_ONCE."""
        while not self._inbox:
            if self._finished:
                return None
            self._arrived.clear()
            await self._arrived.wait()
        first = self._inbox.popleft()
        runs, end = [first.samples], first.end
        while self._inbox and self._inbox[0].start == end and end - first.start < _AT_ONCE:
            run = self._inbox.popleft()
            runs.append(run.samples)
            end = run.end
        joined = np.concatenate(runs) if len(runs) > 1 else first.samples
        if len(joined) > _AT_ONCE:
            self._inbox.appendleft(Pcm(joined[_AT_ONCE:], first.start + _AT_ONCE))
            joined = joined[:_AT_ONCE]
        if self._waiting() < _BEHIND:
            self._room.set()
        return Pcm(joined, first.start)

    def _waiting(self) -> int:
        return sum(len(pcm.samples) for pcm in self._inbox)
