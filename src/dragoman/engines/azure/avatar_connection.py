"""One avatar connection to this server: made in its turn, watched, counted and let go."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass

import structlog

from dragoman.engines.azure import avatar_context
from dragoman.engines.azure.account import Account
from dragoman.engines.azure.avatar_arrivals import now
from dragoman.engines.azure.avatar_gate import Gate
from dragoman.engines.azure.avatar_link import Link, Refused
from dragoman.engines.azure.avatar_peer import Peer
from dragoman.engines.azure.avatar_pictures import Pictures
from dragoman.engines.azure.avatar_sound import Sound
from dragoman.engines.protocols import Look, Relay, Usage
from dragoman.engines.threads import Worker
from dragoman.errors import EngineFailed
from dragoman.packets import Picture
from dragoman.speech import MEDIA_RATE

log = structlog.get_logger(__name__)

CONNECT_SECONDS = 15.0
"""A connection that shows nothing so long after its turn came is given up."""
STILL_SECONDS = 2.0
"""Without a picture for so long the peer is dead, whatever the websocket says."""
_FADING_SECONDS = 1.0
"""For how long something may still be heard of what has ended: it is on its way."""
COUNTED_SECONDS = 5.0
"""From one telling of its use to the next."""


@dataclass(frozen=True, slots=True)
class Studio:
    """What all avatar connections of an account share."""

    account: Account
    gate: Gate
    calls: Worker
    """makes the SDK's calls"""
    fitting: Worker
    """fits pictures"""
    token: Callable[[], Awaitable[str | None]]
    """in place of the key; None: the key is used"""
    judged: Callable[[EngineFailed, str | None], EngineFailed]
    """(a failure, the token that was used): what it means"""
    relay: Callable[[], Awaitable[Relay | None]]
    """the servers by which this side is reached"""
    remote: Callable[[Relay | None], Relay | None]
    """the same as the service is told"""


class Connection:
    """Begins with `start`; ready when there are pictures; over for good once `over` is set."""

    def __init__(self, studio: Studio, look: Look, usage: Usage, *, endpoint: str = "") -> None:
        """endpoint: the id of a custom voice's deployment, which the service has to know from the beginning."""
        self._studio = studio
        self._endpoint = endpoint
        self._look = look
        self._usage = usage
        self.sound = Sound()
        self.pictures = Pictures(studio.fitting, look.width, look.height)
        self._peer: Peer | None = None
        self._link: Link | None = None
        self._task: asyncio.Task[None] | None = None
        self._lost = asyncio.Event()
        self.since: float | None = None
        """when it was connected, seconds on the loop's clock"""
        self.shown = asyncio.Event()
        """set with the first picture; set too when it is over"""
        self.over = asyncio.Event()
        self.failure: EngineFailed | None = None
        """why it is over"""

    def start(self) -> None:
        """Queue for a turn and connect; `close` ends it."""
        self._task = asyncio.create_task(self._run(), name="avatar connection")

    @property
    def ready(self) -> bool:
        """Whether it can be shown and can speak."""
        return self.shown.is_set() and not self.over.is_set() and not self._lost.is_set()

    async def rehearsed(self, span: int) -> None:
        """Returns when there are so many samples' worth of pictures, or when it is over."""
        # Polled, for the thread that fits pictures knows no events.
        while self.ready and self.pictures.span < span:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    async def say(self, documents: Sequence[str]) -> None:
        """SSML, one after the other; returns when the service has said it. Raises EngineFailed."""
        for document in documents:
            if self._link is None or self.over.is_set():
                raise EngineFailed("the avatar is not connected")
            await self._link.say(document)

    async def hush(self) -> None:
        """What is being said is not wanted any more."""
        if self._link is not None:
            await self._link.hush()

    async def quiet(self, span: int) -> None:
        """Returns when what was hushed has ended, and nothing of it was heard for so many samples. Raises EngineFailed
        where it does not end.
        """
        if self._link is not None and not await self._link.ended():
            self.lose()
            raise EngineFailed("the avatar was hushed and did not stop")
        # Polled, for what is heard are packets without end.
        with suppress(TimeoutError):
            async with asyncio.timeout(_FADING_SECONDS):
                while self.ready and now() - self.sound.last_audible < span:  # noqa: ASYNC110  # silence has no event
                    await asyncio.sleep(0.02)

    def lose(self) -> None:
        """It is of no use any more: the service is silent, or another fault that shows outside."""
        self._lost.set()

    def picture(self, at: int) -> Picture | None:
        """What was to be seen when a sound was sent; at: the sound's RTP time (Arrivals.sample). From any thread."""
        peer = self._peer
        return self.pictures.at(at + peer.behind) if peer is not None else None

    def arrived(self, at: int) -> int:
        """The clock of arrival for a sound's RTP time. From any thread."""
        peer = self._peer
        return at + peer.arrivals["audio"].offset if peer is not None else at

    def live(self, at: int) -> Picture | None:
        """What was to be seen at a time on the clock of arrival. From any thread."""
        peer = self._peer
        return self.pictures.at(at - peer.arrivals["video"].offset) if peer is not None else None

    async def close(self) -> None:
        """Idempotent."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._ended(EngineFailed("closed"))

    # -- its task

    async def _run(self) -> None:
        try:
            async with self._studio.gate.place(), AsyncExitStack() as after:
                async with asyncio.timeout(CONNECT_SECONDS):
                    peer = await self._connect(after)
                self._studio.gate.welcomed()
                await self._watch(peer)
        except Refused as error:
            self._studio.gate.refused()
            self._ended(error)
        except EngineFailed as error:
            self._ended(error)
        except TimeoutError:
            self._ended(EngineFailed("it was not connected in time"))
        except Exception as error:  # noqa: BLE001  # a bug costs this connection, and another one is made
            log.error("avatar connection failed unexpectedly", error=type(error).__name__)
            self._ended(EngineFailed("a fault"))
        else:
            self._ended(EngineFailed("lost"))

    def _ended(self, why: EngineFailed) -> None:
        if not self.over.is_set():
            self.failure = why
            self.over.set()
            self.shown.set()

    async def _connect(self, after: AsyncExitStack) -> Peer:
        studio = self._studio
        relay = await studio.relay()
        peer = Peer(relay, self.sound, self.pictures, gone=self._lost.set)
        after.push_async_callback(self.pictures.close)
        after.push_async_callback(peer.close)
        offer = await peer.offer()
        token = await studio.token()
        link = Link(
            studio.account,
            studio.calls,
            token=token,
            endpoint=self._endpoint,
            lost=self._lost.set,
        )
        after.push_async_callback(link.close)
        described = avatar_context.context(self._look, offer, studio.remote(relay), direct=False)
        try:
            answer = await link.open(described)
        except EngineFailed as error:
            raise studio.judged(error, token) from None
        await peer.accept(answer)
        self.since = asyncio.get_running_loop().time()
        self._link, self._peer = link, peer
        await self._first_picture()
        return peer

    async def _first_picture(self) -> None:
        # Polled, for the thread that fits pictures knows no events.
        while not self.pictures.any and not self._lost.is_set():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        if self.pictures.any:
            self.shown.set()

    async def _watch(self, peer: Peer) -> None:
        """Until it is lost."""
        loop = asyncio.get_running_loop()
        counted = self.since or loop.time()
        try:
            while not self._lost.is_set():
                still = (now() - peer.last_picture) / MEDIA_RATE
                if still >= STILL_SECONDS:
                    raise EngineFailed("its pictures have stopped")
                wait = min(STILL_SECONDS - still, counted + COUNTED_SECONDS - loop.time())
                try:
                    async with asyncio.timeout(max(0.0, wait)):
                        await self._lost.wait()
                except TimeoutError:
                    pass
                if loop.time() >= counted + COUNTED_SECONDS:
                    counted = self._count(counted)
        finally:
            self._count(counted)

    def _count(self, since: float) -> float:
        """Tell of the time since then; now."""
        now_ = asyncio.get_running_loop().time()
        if now_ > since:
            self._usage("customAvatar" if self._look.custom else "avatar", now_ - since)
        return now_
