"""Avatars over a websocket: an offer and SSML in; an answer out, and the rest by WebRTC."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from . import records
from .avatar_peer import Peer
from .look import Look, Unfit, look
from .performance import Performance, sound
from .spoken import accepted, note
from .state import State
from .usp import TICKS, Message
from .vocal import delivery
from .wire import Closed, Wire

WAITING = 16
"""texts; more wait in the socket"""


def refusal(state: State) -> int | None:
    """429 where there are too many avatars, or too many came within a minute. Counts this one."""
    now = time.monotonic()
    recent = [at for at in state.avatar_times if now - at < state.limits.avatar_minute]
    if state.limits.avatars_a_minute is not None and len(recent) >= state.limits.avatars_a_minute:
        return 429
    if state.limits.avatars is not None and len(state.avatars) >= state.limits.avatars:
        return 429
    state.avatar_times[:] = [*recent, now]
    return None


async def serve(wire: Wire) -> None:
    """One avatar, until its connection ends."""
    async with Avatar(wire) as avatar:
        async for message in wire.messages():
            if message.path == "speech.config":
                avatar.config = message.json()
            elif message.path == "ssml":
                await avatar.texts.put(message)
            elif message.path == "synthesis.control" and message.json().get("action") == "stop":
                asyncio.get_running_loop().call_later(wire.state.pace.stops, avatar.stop)


class Avatar:
    """Use as a context."""

    def __init__(self, wire: Wire) -> None:
        self.config: Mapping[str, Any] = {}
        self.texts: asyncio.Queue[Message] = asyncio.Queue(WAITING)
        self._wire = wire
        self._state = wire.state
        self._performance = Performance()
        self._peer: Peer | None = None
        self._record: records.Picture | None = None
        self._stopped = asyncio.Event()
        self._busy = False
        self._active = time.monotonic()
        """when it spoke last, or was made"""
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._state.avatars.add(self)
        self._tasks = [asyncio.create_task(self._speak_all()), asyncio.create_task(self._limit())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._state.avatars.discard(self)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._close_peer("closed")

    def stop(self) -> None:
        """In the middle of a sentence."""
        self._performance.stop()
        self._stopped.set()

    async def die(self, *, quietly: bool) -> None:
        """Its peer, that is; the websocket lives. quietly: nothing is sent any more, but nobody says so."""
        if quietly:
            self._performance.frozen = True
        else:
            await self._close_peer("died")

    async def _close_peer(self, reason: str) -> None:
        if self._record is not None and self._record.closed is None:
            self._record.closed, self._record.reason = time.monotonic(), reason
        if self._peer is not None:
            peer, self._peer = self._peer, None
            await peer.close()

    async def _speak_all(self) -> None:
        """Texts, one after the other."""
        try:
            while True:
                message = await self.texts.get()
                self._busy = True
                await self._turn(message)
                self._busy, self._active = False, time.monotonic()
        except Closed:
            return
        except Exception as e:
            self._wire.failed(e)
            self._wire.drop()
            raise

    async def _turn(self, message: Message) -> None:
        wire, request = self._wire, message.request
        await wire.turn_begins()
        speech = await accepted(wire, message.body)
        start: dict[str, Any] = {"context": {"serviceTag": wire.record.id}}
        if self._record is None:
            start["webrtc"] = {"connectionString": await self._appear()}
        await wire.send("turn.start", request, start)
        tag = {"context": {"serviceTag": wire.record.id}, "audio": {"type": "inline", "streamId": request}}
        await wire.send("response", request, tag)
        said = delivery(speech)
        if said.words:
            note(wire, request, speech, message.body.decode("utf-8", "replace"), said)
            await self._say(await asyncio.to_thread(sound, speech))
        end = {"Type": "SessionEnd", "Data": {"Offset": round(said.seconds * TICKS)}}
        await wire.send("audio.metadata", request, {"Metadata": [end]})
        await wire.send("turn.end", request, {})

    async def _say(self, packets: tuple[bytes, ...]) -> None:
        """In real time, to whoever is there."""
        await asyncio.sleep(self._state.pace.first_audio)
        self._stopped.clear()
        _, end = self._performance.say(packets)
        self._tell("TURN_START", "SWITCH_TO_SPEAKING")
        half = (end + self._performance.now) / 2
        for until, halfway in ((half, True), (end, False)):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), max(0.0, until - self._performance.now))
            if halfway:
                self._wire.turn_is_halfway()
        self._tell("SWITCH_TO_IDLE", "TURN_END")

    def _tell(self, *events: str) -> None:
        if self._peer is not None:
            for event in events:
                self._peer.tell(event)

    async def _appear(self) -> str:
        """Answers the offer; ends the connection where it is none."""
        try:
            asked = look(self.config)
            return await self._answer(asked)
        except (Unfit, ValueError) as e:
            await self._wire.close(1007, str(e) or "Invalid configuration of the avatar.")
            raise

    async def _answer(self, asked: Look) -> str:
        self._state.avatar_count += 1
        self._record = records.Picture(
            connection=self._wire.record.id,
            number=self._state.avatar_count,
            character=asked.character,
            style=asked.style,
            video=asked.video,
            width=asked.width,
            height=asked.height,
        )
        self._state.records.pictures.append(self._record)
        self._peer = Peer(self._performance, self._record)
        return await self._peer.answer(asked, self._state.pace.picture, nobody=self._state.faults.takes_peer())

    async def _limit(self) -> None:
        """Ends it when it has been idle or there for too long."""
        limits, born = self._state.limits, time.monotonic()
        while True:
            now = time.monotonic()
            over = born + limits.avatar_connection
            idle = now + limits.avatar_idle if self._busy else self._active + limits.avatar_idle
            if now >= min(over, idle):
                break
            await asyncio.sleep(min(over, idle) - now)
        reason = "idle" if now >= idle else "longest"
        self._tell("SESSION_END")
        await self._close_peer(reason)
        with contextlib.suppress(Closed):
            await self._wire.close(1000, f"The avatar's session is over: {reason}")
