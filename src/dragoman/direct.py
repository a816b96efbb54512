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

from dragoman.cast import Cast, Reporter, Span, sayable
from dragoman.engines.protocols import DirectFace, Relay, Speaker
from dragoman.errors import EngineFailed, Full, Unavailable, Unsupported, WrongState
from dragoman.events import AvatarState
from dragoman.history import History
from dragoman.lag import lag_ms, said_at
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
_TOLD = 256
"""Lines of which it is remembered what people were told; no listener is further behind."""


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
    ) -> None:
        """most: listeners at a time. spoken: the last segment that who comes to a tag now does not hear."""
        self._face = face
        self._history = history
        self._cast = cast
        self._span = span
        self._most = most
        self._spoken = spoken
        self._board = _Board(span, report)
        self._listeners: dict[str, _Listener] = {}
        self._heard: OrderedDict[str, int] = OrderedDict()
        """the last segment that a client heard, for when it comes back"""
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
        return self._heard.get(client) if listener is None else max(listener.since, self._heard.get(client, 0))

    def all_heard(self) -> dict[str, int]:
        """The same for everybody who is or was here."""
        clients = {*self._listeners, *self._heard}
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
        self.detach(client)
        spoken = self._spoken(language)
        since = self._heard.get(client, spoken)
        speaker = self._face.speaker(self._cast.look, self._cast.usage, self._cast.attendance())
        listener = _Listener(language, speaker, max(since, spoken))
        self._listeners[client] = listener
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
        if idle is True:
            self._asleep[client] = asyncio.Event()
            while len(self._asleep) > self._most:
                self._asleep.pop(next(iter(self._asleep)))
        self._gone(client, listener)

    async def _speak(self, client: str, listener: _Listener) -> None:
        while True:
            listener.news.clear()
            entry = next(iter(self._history.after(listener.since)), None)
            if entry is None or (listener.language not in entry.lines and not entry.segment.retracted):
                await listener.news.wait()
                continue
            language = listener.language
            await self._give(listener, entry, language)
            if language == listener.language:
                listener.since = entry.segment.id
            self._heard[client] = entry.segment.id
            self._heard.move_to_end(client)
            while len(self._heard) > self._most:
                self._heard.popitem(last=False)

    async def _give(self, listener: _Listener, entry: Entry, language: str) -> None:
        """One line for one listener, unless it would come too late."""
        line, name = entry.lines.get(language), self._cast.voice_of(language)
        if name is None or line is None or not sayable(line):
            return
        cue = self._cue(listener, entry, language)
        if cue is None:
            listener.prompter.passed(line.text)
            self._board.passed(language, entry)
            return
        text = self._cast.respelled(line.text, language)
        for attempt in range(1, ATTEMPTS + 1):
            turn, began = self._board.turn(language, entry), self._span.clock.now()
            say = listener.speaker.say(text, name, language, rate=cue.rate, begun=turn.begin)
            try:
                if await self._said(listener, entry.segment.id, say):
                    listener.prompter.lasted(line.text, self._span.clock.now() - began, cue)
                else:
                    listener.prompter.passed(line.text)
                return
            except EngineFailed as error:
                log.info("direct avatar failed", language=language, attempt=attempt, reason=str(error))
            finally:
                turn.end()
        listener.prompter.passed(line.text)

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


class _Board:
    """What people are told of a line that many avatars say: when the first begins, and when the last has ended."""

    def __init__(self, span: Span, report: Reporter) -> None:
        self._span = span
        self._report = report
        self._lines: OrderedDict[tuple[str, int], int] = OrderedDict()
        """how many say it now"""
        self._over: OrderedDict[tuple[str, int], None] = OrderedDict()
        """those whose end, or that they were left out, people have been told: the first end is what counts"""

    def turn(self, language: str, entry: Entry) -> _Turn:
        """One avatar's turn at a line."""
        return _Turn(self, language, entry)

    def began(self, language: str, entry: Entry) -> None:
        key = (language, entry.segment.id)
        if key not in self._lines:
            self._tell(language, entry, speaking=True)
        self._lines[key] = self._lines.get(key, 0) + 1
        self._forget()

    def ended(self, language: str, entry: Entry) -> None:
        key = (language, entry.segment.id)
        self._lines[key] = self._lines.get(key, 1) - 1
        if not self._lines[key] and key not in self._over:
            self._over[key] = None
            self._tell(language, entry, speaking=False)

    def passed(self, language: str, entry: Entry) -> None:
        """It comes too late for somebody; people are told where nobody has heard it."""
        key = (language, entry.segment.id)
        if key not in self._lines and key not in self._over:
            self._over[key] = None
            self._report.condensed(language, entry.segment.id)
            self._forget()

    def _tell(self, language: str, entry: Entry, *, speaking: bool) -> None:
        lag = lag_ms(entry.segment, self._span.clock.now(), self._span.floor, starting=speaking)
        self._report.avatar(AvatarState(language, entry.segment.id, speaking, lag))

    def _forget(self) -> None:
        for told in (self._lines, self._over):
            while len(told) > _TOLD:
                told.popitem(last=False)


class _Turn:
    """Begins once, if at all, and ends once."""

    def __init__(self, board: _Board, language: str, entry: Entry) -> None:
        self._board, self._language, self._entry = board, language, entry
        self._begun = False

    def begin(self) -> None:
        if not self._begun:
            self._begun = True
            self._board.began(self._language, self._entry)

    def end(self) -> None:
        if self._begun:
            self._begun = False
            self._board.ended(self._language, self._entry)
