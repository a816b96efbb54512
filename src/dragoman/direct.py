"""Listeners whose avatar comes to them from the provider itself: each line is said to all of them at the same time.

Each has a task of its own that reads the history at its own pace: who is slow or gone delays nobody, and captions wait
for none of them.
"""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from dragoman.board import Board
from dragoman.cast import Cast, Reporter, Span, sayable
from dragoman.engines.protocols import DirectFace, Relay, Speaker
from dragoman.errors import EngineFailed, Full, Unavailable, Unsupported, WrongState
from dragoman.history import History
from dragoman.lag import said_at
from dragoman.prompter import Cue, Prompter, latest_start
from dragoman.speech import Entry

log = structlog.get_logger(__name__)

TURN_SECONDS = 8.0
"""How long an offer waits for its turn before it is refused. A page gives an offer up after ten; its place in the queue
is kept for the next one."""
AGAIN_SECONDS = 3
"""After which a refused page is told to ask again."""
QUEUED_SECONDS = 60.0
"""Who has not asked again for so long has left the queue."""
ATTEMPTS = 2
"""Times a listener's avatar is asked for a line."""


@dataclass(eq=False, slots=True)
class _Listener:
    """One of them."""

    language: str
    speaker: Speaker
    since: int
    """the segment after which it hears more"""
    connected: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None
    leaving: asyncio.TimerHandle | None = None
    saying: tuple[int, asyncio.Task[None]] | None = None
    """the segment that is being said to it"""
    prompter: Prompter = field(default_factory=Prompter)


class Direct:
    """The listeners of one session who are connected so. Owns their tasks; see `close`."""

    def __init__(
        self,
        face: DirectFace,
        history: History,
        *,
        cast: Cast,
        span: Span,
        most: int,
        report: Reporter,
        spoken: Callable[[str], int],
        handed: Callable[[str], int],
    ) -> None:
        """most: listeners at a time. spoken: the last segment that who comes to a tag now does not hear. handed: the
        last that who comes back does not hear, whose connection was lost.
        """
        self._face = face
        self._history = history
        self._cast = cast
        self._span = span
        self._most = most
        self._spoken = spoken
        self._handed = handed
        self._board = Board(span, report)
        self._listeners: dict[str, _Listener] = {}
        self._heard: OrderedDict[str, int] = OrderedDict()
        """the last segment that a client heard, for when it comes back"""
        self._lost: OrderedDict[str, int] = OrderedDict()
        """the same of clients whose connection ended without their wish"""
        self._broken: OrderedDict[str, int] = OrderedDict()
        """the segment in which a client's connection ended last: it is said again once"""
        self._asleep: dict[str, asyncio.Event] = {}
        """clients whose connection was let go because nothing was said; set when something is"""
        self._closing: set[asyncio.Task[None]] = set()
        self._over = False

    async def relay(self) -> Relay:
        """What a listener needs to be reached. Raises EngineFailed."""
        try:
            return await self._face.relay()
        except EngineFailed as error:
            # Without it no page comes as far as to ask for its avatar.
            self._cast.attendance()(False, error)
            raise

    def viewers(self) -> Mapping[str, int]:
        """Listeners by the language that they want."""
        return Counter(listener.language for listener in self._listeners.values())

    def heard(self, client: str) -> int | None:
        """The last segment that was said to this client, or left out, to its end; None where it was not here."""
        listener = self._listeners.get(client)
        if listener is None:
            return self._lost.get(client, self._heard.get(client))
        return max(listener.since, self._heard.get(client, 0))

    def all_heard(self) -> dict[str, int]:
        """The same for everybody who is or was here."""
        clients = {*self._listeners, *self._heard, *self._lost}
        return {client: heard for client in clients if (heard := self.heard(client)) is not None}

    # -- people come and go

    async def connect(self, client: str, language: str, offer: str) -> str:
        """The provider's answer to a client's offer; what the client had before ends.

        language: offered tag. Raises WrongState where it was given up meanwhile, Unsupported, Full, Unavailable.
        """
        if self._over:
            raise self._closed()
        if self._cast.voice_of(language) is None:
            raise Unsupported("no avatar speaks this language here; it has captions only")
        await self._woken(client)
        if self._over:
            raise self._closed()
        listener = self._queued(client, language)
        try:
            answer = await listener.speaker.connect(offer, patience=TURN_SECONDS)
        except TimeoutError:
            self._expect(client, listener)
            raise Unavailable(
                "the avatar's connections are limited; your place in the queue is kept, ask again",
                retry_after=AGAIN_SECONDS,
            ) from None
        except EngineFailed as error:
            if self._over:
                raise self._closed() from None
            self.detach(client)
            raise Unavailable(
                f"the avatar could not be connected ({error}); ask again", retry_after=AGAIN_SECONDS
            ) from error
        if self._over:
            raise self._closed()
        if self._listeners.get(client) is not listener:
            raise WrongState("the media was stopped, or a newer offer took its place, before it was answered")
        listener.connected = True
        listener.task = asyncio.create_task(self._attend(client, listener), name="direct listener")
        return answer

    async def _woken(self, client: str) -> None:
        """Where nothing is said a page that lost its avatar must not get another at once: it would be billed again."""
        asleep = self._asleep.get(client)
        if asleep is None:
            return
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await asleep.wait()
        except TimeoutError:
            raise Unavailable("the avatar rests, for nothing is said; ask again", retry_after=AGAIN_SECONDS) from None
        self._asleep.pop(client, None)

    def _queued(self, client: str, language: str) -> _Listener:
        """The client's place in the queue; a new one where it has none, or one that is connected already."""
        listener = self._listeners.get(client)
        if listener is not None and not listener.connected:
            if listener.leaving is not None:
                listener.leaving.cancel()
            listener.language = language
            return listener
        if listener is None and len(self._listeners) >= self._most:
            raise Full(f"all {self._most} places of this session are taken; try again when somebody has left")
        # Who asks for another while it has one has noticed first that the one it has is lost.
        lost = self._lost.get(client) if listener is None else self.heard(client)
        spoken, handed = self._spoken(language), self._handed(language)
        since = max(self._heard.get(client, 0), spoken) if lost is None else max(lost, handed)
        self.detach(client)
        speaker = self._face.speaker(self._cast.look, self._cast.usage, self._cast.attendance())
        listener = self._listeners[client] = _Listener(language, speaker, since)
        return listener

    def _expect(self, client: str, listener: _Listener) -> None:
        loop = asyncio.get_running_loop()
        listener.leaving = loop.call_later(QUEUED_SECONDS, self._gone, client, listener)

    def tune(self, client: str, language: str) -> None:
        """Another language, on the same connection, from the next line on."""
        listener = self._listeners.get(client)
        if listener is not None and listener.language != language:
            listener.language, listener.since = language, self._history.last_id
            listener.news.set()

    def detach(self, client: str) -> None:
        """The client wants no avatar any more. Idempotent."""
        self._asleep.pop(client, None)
        self._lost.pop(client, None)
        listener = self._listeners.get(client)
        if listener is not None:
            self._gone(client, listener)

    def _gone(self, client: str, listener: _Listener) -> None:
        if self._listeners.get(client) is listener:
            del self._listeners[client]
        if listener.leaving is not None:
            listener.leaving.cancel()
        task = asyncio.create_task(self._let_go(listener), name="direct listener leaves")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _let_go(self, listener: _Listener) -> None:
        if listener.task is not None:
            listener.task.cancel()
            await asyncio.gather(listener.task, return_exceptions=True)
        await listener.speaker.close()

    async def close(self) -> None:
        """The session or its avatars for one listener each are over, or the server stops. Idempotent."""
        self._over = True
        for asleep in self._asleep.values():
            asleep.set()
        for client in tuple(self._listeners):
            self.detach(client)
        await asyncio.gather(*self._closing, return_exceptions=True)

    def _closed(self) -> Unavailable:
        """Who asks again is told that the session is over, or is shown the channel that is for all."""
        return Unavailable("the avatars for one listener each are over; ask again", retry_after=1)

    # -- what is said

    def line_added(self, language: str) -> None:
        """The history has a further line."""
        for asleep in self._asleep.values():
            asleep.set()
        for listener in self._listeners.values():
            if listener.language == language:
                listener.news.set()

    def retract(self, segment_id: int) -> None:
        """The host took this back: who hears it hears no more of it, and nobody hears it later."""
        for listener in self._listeners.values():
            listener.news.set()
            if listener.saying is not None and listener.saying[0] == segment_id:
                listener.saying[1].cancel()

    async def _attend(self, client: str, listener: _Listener) -> None:
        """Speak to one listener until its connection is over."""
        speaking = asyncio.create_task(self._speak(client, listener), name="direct speech")
        ending = asyncio.create_task(listener.speaker.ended(), name="direct end")
        try:
            await asyncio.wait([speaking, ending], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (speaking, ending):
                task.cancel()
            _, idle = await asyncio.gather(speaking, ending, return_exceptions=True)
        since = max(listener.since, self._heard.get(client, 0))
        self._remember(self._lost, client, since)
        if idle is True:
            asleep = self._asleep[client] = asyncio.Event()
            if next(iter(self._history.after(since)), None) is not None:
                asleep.set()
            while len(self._asleep) > self._most:
                self._asleep.pop(next(iter(self._asleep)))
        self._gone(client, listener)

    def _remember(self, what: OrderedDict[str, int], client: str, segment_id: int) -> None:
        what[client] = segment_id
        what.move_to_end(client)
        while len(what) > self._most:
            what.popitem(last=False)

    async def _speak(self, client: str, listener: _Listener) -> None:
        while True:
            listener.news.clear()
            entry = next(iter(self._history.after(listener.since)), None)
            if entry is None or (listener.language not in entry.lines and not entry.segment.retracted):
                await listener.news.wait()
                continue
            language = listener.language
            if listener.speaker.lost:
                # What waits is said when the listener is back. `_attend` ends this, a little later.
                await asyncio.Event().wait()
            said = await self._give(listener, entry, language)
            if not said and listener.speaker.lost and self._broken.get(client) != entry.segment.id:
                self._remember(self._broken, client, entry.segment.id)
                continue
            if language == listener.language:
                listener.since = entry.segment.id
            self._remember(self._heard, client, entry.segment.id)

    async def _give(self, listener: _Listener, entry: Entry, language: str) -> bool:
        """One line for one listener, unless it would come too late; False where the avatar could not say it."""
        line, name = entry.lines.get(language), self._cast.voice_of(language)
        if name is None or line is None or not sayable(line):
            return True
        cue = self._cue(listener, entry, language)
        if cue is None:
            listener.prompter.passed(line.text)
            self._board.passed(language, entry)
            return True
        text = self._cast.respelled(line.text, language)
        for attempt in range(1, ATTEMPTS + 1):
            turn, began = self._board.turn(language, entry), self._span.clock.now()
            say = listener.speaker.say(text, name, language, rate=cue.rate, begun=turn.begin)
            try:
                if await self._said(listener, entry.segment.id, say):
                    listener.prompter.lasted(line.text, self._span.clock.now() - began, cue)
                else:
                    listener.prompter.passed(line.text)
                return True
            except EngineFailed as error:
                log.info("direct avatar failed", language=language, attempt=attempt, reason=str(error))
            finally:
                turn.end()
            if listener.speaker.lost:
                break
        listener.prompter.passed(line.text)
        return False

    async def _said(self, listener: _Listener, segment_id: int, say: Coroutine[Any, Any, None]) -> bool:
        """Have it said; False where it was taken back meanwhile. Raises EngineFailed."""
        saying = asyncio.create_task(say, name="direct line")
        listener.saying = segment_id, saying
        try:
            await asyncio.wait([saying])
        finally:
            listener.saying = None
            saying.cancel()
            (failed,) = await asyncio.gather(saying, return_exceptions=True)
        if isinstance(failed, asyncio.CancelledError):
            return False
        if failed is not None:
            raise failed if isinstance(failed, EngineFailed) else EngineFailed(type(failed).__name__)
        return True

    def _cue(self, listener: _Listener, entry: Entry, language: str) -> Cue | None:
        now, mode = self._span.clock.now(), self._span.mode()
        latest = latest_start(said_at(entry.segment, self._span.floor, starting=True), mode.bound)
        later = (other.lines.get(language) for other in self._history.after(entry.segment.id))
        coming = sum(len(line.text) for line in later if line is not None)
        return listener.prompter.cue(now=now, free=now, coming=coming, latest=latest, mode=mode)
