"""An avatar that Azure sends to one listener directly: the listener's SDP and the lines pass here, the media do not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog

from dragoman.engines.azure import avatar_context
from dragoman.engines.azure.avatar_connection import CONNECT_SECONDS, COUNTED_SECONDS, Studio
from dragoman.engines.azure.avatar_link import Link, NotUnderstood, Refused
from dragoman.engines.azure.avatar_presenter import Life
from dragoman.engines.azure.avatar_words import Words, billed
from dragoman.engines.protocols import Attendance, Look, Relay, Usage, unattended
from dragoman.errors import EngineFailed

log = structlog.get_logger(__name__)

UNUSED_SECONDS = 30.0
"""Whose turn has come and who makes no offer in this time gives it to the next."""
_SAYING = (5.0, 0.25)
"""A line that the service has not ended after so many seconds, and so many more for each character, has failed."""


class DirectSpeaker:
    """See `protocols.Speaker`. Works in a task of its own, which `close` ends."""

    def __init__(
        self,
        studio: Studio,
        look: Look,
        words: Words,
        usage: Usage,
        life: Life,
        attendance: Attendance = unattended,
    ) -> None:
        self._studio = studio
        self._look = look
        self._words = words
        self._usage = usage
        self._life = life
        self._attendance = attendance
        self._offers: asyncio.Queue[tuple[str, asyncio.Future[str]]] = asyncio.Queue(maxsize=1)
        """the newest, for those before it have been given up"""
        self._answering: asyncio.Future[str] | None = None
        """of the offer whose turn has come"""
        self._link: Link | None = None
        self._lost = asyncio.Event()
        self._idle = False
        self._last_line = asyncio.get_running_loop().time()
        self._task = asyncio.create_task(self._run(), name="direct avatar")

    async def connect(self, offer: str, *, patience: float) -> str:
        """As the protocol says."""
        if self._task.done():
            raise EngineFailed("the avatar's connection is over")
        answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        if self._offers.full():
            self._offers.get_nowait()[1].cancel()
        self._offers.put_nowait((offer, answered))
        waiting: set[asyncio.Future[Any]] = {answered, self._task}
        try:
            done, _ = await asyncio.wait(waiting, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            if not done and self._answering is not answered:
                raise TimeoutError
            # Its turn has come: given up now, it would cost a connection that nobody watches.
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            if not answered.done():
                raise EngineFailed("the avatar could not be connected")
            return answered.result()
        finally:
            answered.cancel()

    async def say(self, text: str, voice: str, language: str, *, rate: float, begun: Callable[[], None]) -> None:
        """As the protocol says."""
        self._last_line = asyncio.get_running_loop().time()
        documents = self._words.ssml(text, language, voice, rate)
        if documents:
            self._usage("voice", billed(text))
        for document in documents:
            link = self._link
            if link is None or self.lost:
                raise EngineFailed("the avatar's connection is over")
            try:
                async with asyncio.timeout(_SAYING[0] + _SAYING[1] * len(text)):
                    await link.say(document, begun=begun)
            except asyncio.CancelledError:
                # The line was taken back, or the listener has gone: nobody hears the rest of it.
                await link.hush()
                raise
            except TimeoutError:
                # Whatever it is doing, it is not listening to us.
                self._lost.set()
                raise EngineFailed("the avatar was asked to speak and did not end") from None
        self._last_line = asyncio.get_running_loop().time()

    @property
    def lost(self) -> bool:
        """As the protocol says."""
        return self._link is None or self._lost.is_set()

    async def ended(self) -> bool:
        """As the protocol says."""
        await asyncio.wait([self._task])
        return self._idle

    async def close(self) -> None:
        """As the protocol says."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    # -- its task

    async def _run(self) -> None:
        answered: asyncio.Future[str] | None = None
        try:
            async with self._studio.gate.place():
                offer, answered = await self._offered()
                self._answering = answered
                token = await self._studio.token()
                link = Link(self._studio.account, self._studio.calls, token=token, lost=self._lost.set)
                try:
                    async with asyncio.timeout(CONNECT_SECONDS):
                        relay = self._studio.remote(await self._studio.relay())
                        answer = await self._opened(link, offer, relay, token)
                    self._studio.gate.welcomed()
                    self._attendance(True)
                    if answered.done():
                        log.info("direct avatar ended", reason="whoever asked for it has gone")
                        return
                    self._link = link
                    answered.set_result(answer)
                    await self._watch()
                finally:
                    self._link = None
                    await link.close()
        except (EngineFailed, TimeoutError) as error:
            if isinstance(error, Refused):
                self._studio.gate.refused()
            failed = error if isinstance(error, EngineFailed) else EngineFailed("the avatar was not connected in time")
            if answered is not None and not answered.done():
                answered.set_exception(failed)
            if answered is not None and not isinstance(error, NotUnderstood):
                self._attendance(False, failed)
            log.info("direct avatar ended", reason=str(failed))
        finally:
            self._attendance(False)

    async def _opened(self, link: Link, offer: str, relay: Relay | None, token: str | None) -> str:
        """The service's answer."""
        try:
            return await link.open(avatar_context.context(self._look, offer, relay, direct=True))
        except EngineFailed as error:
            raise self._studio.judged(error, token) from None

    async def _offered(self) -> tuple[str, asyncio.Future[str]]:
        """The newest offer that somebody still waits for an answer to."""
        async with asyncio.timeout(UNUSED_SECONDS):
            while True:
                offer, answered = await self._offers.get()
                if not answered.done():
                    return offer, answered

    async def _watch(self) -> None:
        """Until it is lost, idle or old: the listener's page then asks for another."""
        loop = asyncio.get_running_loop()
        since = counted = loop.time()
        kind = "customAvatar" if self._look.custom else "avatar"
        try:
            while not self._lost.is_set():
                idle = self._last_line + self._life.idle
                ends = min(since + self._life.renew, idle)
                if loop.time() >= ends:
                    self._idle = ends == idle
                    return
                try:
                    async with asyncio.timeout_at(min(ends, counted + COUNTED_SECONDS)):
                        await self._lost.wait()
                except TimeoutError:
                    pass
                if loop.time() > counted:
                    self._usage(kind, loop.time() - counted)  # type: ignore[arg-type]  # one of its literals
                    counted = loop.time()
        finally:
            if loop.time() > counted:
                self._usage(kind, loop.time() - counted)  # type: ignore[arg-type]  # one of its literals
