"""One channel's Azure avatar over all its connections: there while lines come, renewed before a limit, made again.

A connection is replaced before it ends: the next one shows pictures already when the change comes, which is between two
lines.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import count

import numpy as np
import structlog

from dragoman.engines.azure.avatar_arrivals import now
from dragoman.engines.azure.avatar_connection import Connection
from dragoman.engines.azure.avatar_sound import Line
from dragoman.engines.azure.avatar_words import billed
from dragoman.engines.protocols import Attendance, Said, Usage, unattended
from dragoman.errors import EngineFailed
from dragoman.packets import FRAME_SAMPLES, Picture
from dragoman.speech import MEDIA_RATE, Utterance, Viseme

log = structlog.get_logger(__name__)

_BEHIND = MEDIA_RATE * 3 // 10
"""Samples by which the picture is shown later than it arrived while nobody speaks: about what it is while somebody
does, so that it need not jump when a line begins."""
_REHEARSED = MEDIA_RATE
"""Samples' worth of pictures that the next connection has before it takes the place of one: more than the picture is
ever shown late, so that it does not stand still at the change."""
_EASING = MEDIA_RATE // 500
"""Samples by which it comes nearer to that with every picture: unnoticed, a tenth faster than life."""
_QUIET = MEDIA_RATE * 15 // 100
"""Samples of the clock of arrival without anything audible after which a line that the service has said has ended."""
FIRST_SOUND_SECONDS = 6.0
"""A service that was asked for a line and gives neither sound nor an error for so long has failed."""
MUTE_SECONDS = 3.0
"""A service that has gone quiet in a line for so long without telling that it has ended is lost."""
_STEP_SECONDS = 0.05
_TAKES = 16
"""Lines whose pictures can be found: more than a channel has waiting."""
_BACKOFF_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0, 30.0)


@dataclass(frozen=True, slots=True)
class Life:
    """How long things last, seconds."""

    idle: float
    """without a line, until the connection is let go: it is billed while it is silent"""
    renew: float
    """after which another one is made in its place: before the service ends it"""


@dataclass(frozen=True, slots=True)
class _Take:
    """A line that was spoken before the camera."""

    number: int
    connection: Connection
    line: Line


class AzurePresenter:
    """See `protocols.Presenter`."""

    def __init__(
        self,
        connect: Callable[[str], Connection],
        ssml: Callable[[str, str, float], Sequence[str]],
        usage: Usage,
        life: Life,
        attendance: Attendance = unattended,
    ) -> None:
        """connect: a connection, not started, for the voice of this name. ssml: of a text, a voice and a rate."""
        self._connect = connect
        self._voice = ""
        """the last that was wanted"""
        self._ssml = ssml
        self._usage = usage
        self._life = life
        self._attendance = attendance
        self._wanted = asyncio.Event()
        self._front: Connection | None = None
        self._changed = asyncio.Event()
        """set whenever `_front` is"""
        self._speaking = asyncio.Lock()
        self._last_line = 0.0
        self._numbers = count(1)
        self._takes: tuple[_Take, ...] = ()
        self._closing: set[asyncio.Task[None]] = set()
        self._origin: int | None = None
        """what is to be added to a media time for the clock of arrival"""
        self._behind = _BEHIND
        """samples by which the picture is shown later than it arrived"""

    @property
    def ready(self) -> bool:
        """As the protocol says."""
        return self._front is not None and self._front.ready

    async def awaited(self, seconds: float) -> bool:
        """As the protocol says."""
        self._last_line = asyncio.get_running_loop().time()
        self._wanted.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self.ready:
                    self._changed.clear()
                    await self._changed.wait()
        return self.ready

    # -- its connections

    async def run(self) -> None:
        """As the protocol says."""
        self._last_line = asyncio.get_running_loop().time()
        self._wanted.set()
        try:
            while True:
                await self._wanted.wait()
                try:
                    await self._tend(await self._made())
                except Exception as error:  # noqa: BLE001  # a bug costs this connection, and another one is made
                    log.error("avatar failed unexpectedly", error=type(error).__name__)
                    self._attendance(False, EngineFailed("a fault"))
                    await asyncio.sleep(_BACKOFF_SECONDS[-1])
        finally:
            self._show(None)
            await asyncio.gather(*self._closing, return_exceptions=True)

    async def _made(self) -> Connection:
        """A connection that shows pictures, however often it takes."""
        failures = 0
        while True:
            connection = self._connect(self._voice)
            connection.start()
            try:
                await connection.shown.wait()
                # Else the picture would stand still, or jump back when the first line begins.
                await connection.rehearsed(_BEHIND)
            except asyncio.CancelledError:
                self._let_go(connection)
                raise
            if connection.ready:
                return connection
            log.warning("avatar not connected", reason=str(connection.failure), before=failures)
            if not self.ready:
                self._attendance(False, connection.failure)
            self._let_go(connection)
            pause = _BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS) - 1)]
            await asyncio.sleep(pause * random.uniform(0.75, 1.25))
            failures += 1

    async def _tend(self, connection: Connection) -> None:
        """Show it until it is over or nothing was said for long; then nobody is before the camera."""
        loop = asyncio.get_running_loop()
        self._show(connection)
        lost: EngineFailed | None = None
        try:
            while connection.ready:
                since = connection.since or 0.0
                renewal, idle = since + self._life.renew, max(since, self._last_line) + self._life.idle
                if loop.time() >= idle and not self._speaking.locked():
                    log.info("avatar let go", reason="nothing is said")
                    self._wanted.clear()
                    return
                if loop.time() >= renewal:
                    connection = await self._renewed(connection)
                    continue
                with suppress(TimeoutError):
                    async with asyncio.timeout(max(_STEP_SECONDS, min(renewal, idle) - loop.time())):
                        await connection.over.wait()
            log.warning("avatar lost", reason=str(connection.failure))
            lost = connection.failure or EngineFailed("lost")
        finally:
            self._show(None, lost)
            self._let_go(connection)

    async def _renewed(self, old: Connection) -> Connection:
        """The next connection, shown in the place of the old one, between two lines."""
        making = asyncio.create_task(self._made(), name="avatar renewal")
        ending = asyncio.create_task(old.over.wait(), name="avatar ends")
        try:
            await asyncio.wait([making, ending], return_when=asyncio.FIRST_COMPLETED)
            if not making.done():
                self._show(None, old.failure)
            new = await making
            await new.rehearsed(_REHEARSED if old.ready else 0)
            async with self._speaking:
                self._show(new)
        except asyncio.CancelledError:
            making.cancel()
            (made,) = await asyncio.gather(making, return_exceptions=True)
            if isinstance(made, Connection):
                self._let_go(made)
            raise
        finally:
            ending.cancel()
        self._let_go(old)
        return new

    def _show(self, connection: Connection | None, lost: EngineFailed | None = None) -> None:
        self._front = connection
        self._changed.set()
        self._attendance(connection is not None, lost)

    def _let_go(self, connection: Connection) -> None:
        """Close it, without waiting for that."""
        task = asyncio.create_task(connection.close(), name="avatar leaves")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    # -- speaking

    async def stream(self, text: str, voice: str, *, rate: float = 1.0) -> AsyncGenerator[Utterance, None]:
        """As the protocol says."""
        async with self._speaking:
            front = self._front
            if front is None or not front.ready:
                raise EngineFailed("the avatar is not connected")
            self._voice = voice
            documents = self._ssml(text, voice, rate)
            if not documents:
                # Nothing in it has a sound.
                yield Utterance(np.zeros(FRAME_SAMPLES, np.int16), (Viseme(0, 0),))
                return
            # Else the rest of a line that was taken back would be heard as the beginning of this one.
            await front.quiet(_QUIET)
            line = front.sound.listen()
            take = _Take(next(self._numbers), front, line)
            self._takes = (*self._takes[1 - _TAKES :], take)
            saying = asyncio.create_task(front.say(documents), name="avatar says")
            self._usage("voice", billed(text))
            try:
                given = 0
                async for _ in _growing(front, line, saying):
                    if len(line.pcm) > given:
                        given = len(line.pcm)
                        yield Utterance(line.pcm, (Viseme(0, 0),), take=take.number)
            finally:
                self._last_line = asyncio.get_running_loop().time()
                front.sound.cut()
                if not saying.done():
                    saying.cancel()
                    if front.ready:
                        await front.hush()
                await asyncio.gather(saying, return_exceptions=True)

    # -- on the studio's thread

    def draw(self, at: int, said: Sequence[Said]) -> Picture | None:
        """As the protocol says."""
        if self._origin is None:
            self._origin = now() - at
        live = at + self._origin
        speaking = next((one for one in said if one.start <= at < one.start + len(one.utterance.pcm)), None)
        if speaking is not None:
            take = next((take for take in self._takes if take.number == speaking.utterance.take), None)
            if take is None or take.line.start is None:
                return None
            sample = take.line.start + at - speaking.start
            self._behind = live - take.connection.arrived(sample)
            return take.connection.picture(sample)
        front = self._front
        if front is None or not front.ready or any(one.start > at and not one.utterance.take for one in said):
            # Nobody is before the camera, or the one who stands in only takes a breath.
            return None
        self._behind += max(-_EASING, min(_EASING, _BEHIND - self._behind))
        return front.live(live - self._behind)


async def _growing(front: Connection, line: Line, saying: asyncio.Task[None]) -> AsyncGenerator[None, None]:
    """Once whenever there may be more of the line, until it has ended. Raises EngineFailed where it broke off."""
    loop = asyncio.get_running_loop()
    asked = loop.time()
    while True:
        line.grown.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(_STEP_SECONDS):
                await line.grown.wait()
        if saying.done():
            saying.result()
        if front.over.is_set():
            raise EngineFailed(f"the avatar broke off: {front.failure}")
        yield
        if line.start is None:
            if loop.time() - asked > FIRST_SOUND_SECONDS:
                front.lose()
                raise EngineFailed("the avatar was asked to speak and was not heard")
        elif line.overlong:
            raise EngineFailed("the avatar does not stop to speak")
        elif saying.done() and now() - line.last_audible > _QUIET:
            return
        elif now() - line.last_audible > MUTE_SECONDS * MEDIA_RATE:
            # It was heard, so it is not said again.
            front.lose()
            return
