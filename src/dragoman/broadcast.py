"""One language on air: its lines are spoken, its avatar is drawn, and what comes out is handed to its viewers."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import structlog

from dragoman.channel import Batch, Channel
from dragoman.clock import FloorMap, MediaClock
from dragoman.engines.protocols import Face, Look, Voice
from dragoman.errors import EngineFailed
from dragoman.events import AvatarState, PaceHint
from dragoman.history import History
from dragoman.lag import SlowDown, lag_ms
from dragoman.modes import Mode
from dragoman.prompter import Cue, Prompter, latest_start, without_tail
from dragoman.speech import Entry, Line, Segment, Utterance
from dragoman.studio import Studio

log = structlog.get_logger(__name__)

AHEAD = 2
"""Utterances made before the avatar can say them. More would be made in a voice that is no longer wanted."""
ATTEMPTS = 2
"""Times a voice is asked for a line: one that died is back by then."""
_BACKOFF_SECONDS = (0.5, 1.0, 2.0, 5.0)
_LOOKS_EVERY = 25
"""Ticks from one look at the lag to the next: half a second."""


@runtime_checkable
class Voices(Protocol):
    """Voices of several engines."""

    def into(self, language: str) -> Voice:
        """The voice for one language, by whichever engine answers."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who speaks, as the host chose it."""

    voice: Voice
    face: Face
    look: Look
    voice_of: Callable[[str], str | None]
    """the voice for an offered tag, asked before every line; None where there is none"""
    respelled: Callable[[str, str], str] = lambda text, _tag: text
    """(text, offered tag): the text as a voice should read it"""

    def into(self, language: str) -> Cast:
        """The cast for one language. A session's voices then know for which language one may take another's place."""
        return replace(self, voice=self.voice.into(language)) if isinstance(self.voice, Voices) else self


class Reporter(Protocol):
    """Takes what happens to the lines; never waits."""

    def avatar(self, state: AvatarState) -> None:
        """The avatar begins or ends to say a line."""

    def condensed(self, language: str, segment_id: int) -> None:
        """A line is shown and not spoken."""

    def hint(self, hint: PaceHint) -> None:
        """The speaker is asked to slow down, or not any more."""


@dataclass(frozen=True, slots=True)
class Span:
    """What the lag of a language is measured by, and what it is held to."""

    floor: FloorMap
    clock: MediaClock
    mode: Callable[[], Mode]
    """asked whenever it matters, for the host may change it"""


@dataclass(slots=True)
class _Made:
    """An utterance that the channel has and has not said to its end."""

    segment: Segment
    length: int
    """media samples"""
    latest: int | None
    """media time after which it must not begin"""


class Broadcast:
    """Works while `run` does, which its owner cancels when nobody watches any more."""

    def __init__(
        self,
        language: str,
        history: History,
        *,
        cast: Cast,
        studio: Studio,
        span: Span,
        since: int,
        deliver: Callable[[Batch], None],
        report: Reporter,
    ) -> None:
        """since: the segment after which speaking begins."""
        self.language = language
        self._history = history
        self._cast = cast
        self._studio = studio
        self._span = span
        self._prompter = Prompter()
        self._slow_down = SlowDown()
        self._done = since
        self._before = history.last_id
        """the newest segment of the time before this language was on air"""
        self._again: deque[int] = deque()
        """what a channel that failed had not said"""
        self._made: deque[_Made] = deque()
        self._deliver = deliver
        self._report = report
        self._channel: Channel | None = None
        self._lines = asyncio.Event()
        self._room = asyncio.Semaphore(AHEAD)
        self._ticks = 0
        self.lag: int | None = None
        """of what was said last, start to start, ms"""

    def line_added(self) -> None:
        """The history has a further line of this language."""
        self._lines.set()

    def request_key(self) -> None:
        """Somebody needs a picture with which decoding can begin."""
        if self._channel is not None:
            self._channel.request_key()

    def hint(self) -> PaceHint | None:
        """What the speaker is asked for now, None where it is nothing."""
        return PaceHint(self.language, self._behind(self._span.clock.now()), True) if self._slow_down.asked else None

    def over(self) -> None:
        """This language goes off air: nobody has to slow down for it any more."""
        if self._slow_down.asked:
            self._report.hint(PaceHint(self.language, 0, False))

    async def run(self) -> None:
        """Be on air until cancelled; what fails is opened again."""
        failures = 0
        while True:
            try:
                await self._on_air()
            except Exception as error:  # noqa: BLE001  # a bug costs a moment: what was not spoken still is
                log.error("channel failed", language=self.language, error=type(error).__name__)
            await asyncio.sleep(_BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS) - 1)])
            failures += 1

    async def _on_air(self) -> None:
        channel = Channel(await self._cast.face.open(self._cast.look))
        self._again.extendleft(made.segment.id for made in reversed(self._made))
        self._made.clear()
        self._room = asyncio.Semaphore(AHEAD)
        await self._studio.add(channel, self._handed_over)
        self._channel = channel
        try:
            await self._speak(channel)
        finally:
            self._channel = None
            await self._studio.remove(channel)
            channel.close()

    # -- what comes out of the channel

    def _handed_over(self, batch: Batch) -> None:
        self._deliver(batch)
        for mark in batch.marks:
            self._marked(mark.segment_id, mark.at, speaking=mark.speaking)
        for segment_id in batch.late:
            self._ended(segment_id)
            self._condense(segment_id)
        self._hold_to_bound()
        self._ticks += 1
        if self._ticks % _LOOKS_EVERY == 0 or batch.late:
            self._look()

    def _marked(self, segment_id: int, at: int, *, speaking: bool) -> None:
        if not speaking:
            self._ended(segment_id)
        entry = self._history.entry(segment_id)
        if entry is not None:
            lag = lag_ms(entry.segment, at, self._span.floor, starting=speaking)
            self.lag = lag if speaking else self.lag
            self._report.avatar(AvatarState(self.language, segment_id, speaking, lag))

    def _ended(self, segment_id: int) -> None:
        # Of a tick all that was said comes first, then what was left out: not always the order of their turns.
        for made in self._made:
            if made.segment.id == segment_id:
                self._made.remove(made)
                self._room.release()
                return

    def _hold_to_bound(self) -> None:
        """The floor may turn out to have been earlier, or the host choose another mode, while an utterance waits."""
        for made in self._made:
            latest = self._latest(made.segment)
            if latest != made.latest and self._channel is not None:
                made.latest = latest
                self._channel.limit(made.segment.id, latest)

    def _latest(self, segment: Segment) -> int | None:
        return latest_start(self._span.floor.media(segment.start), self._span.mode().bound)

    # -- lines

    async def _speak(self, channel: Channel) -> None:
        while self._again:
            entry = self._history.entry(self._again[0])
            if entry is not None:
                await self._take(entry, channel)
            self._again.popleft()
        while True:
            self._lines.clear()
            for entry in self._finished():
                await self._take(entry, channel)
                self._done = entry.segment.id
            await self._lines.wait()

    def _finished(self) -> Iterator[Entry]:
        """The entries that have a line and have not had their turn, as far as there is no gap."""
        for entry in self._history.after(self._done):
            if self.language not in entry.lines:
                return
            yield entry

    async def _take(self, entry: Entry, channel: Channel) -> None:
        """It is this line's turn: the channel says it, or it is condensed, or no voice can say it."""
        line = entry.lines[self.language]
        voice = self._cast.voice_of(self.language)
        if voice is None or not _sayable(line):
            return
        room = self._room
        await room.acquire()
        cue = self._cue(entry, channel)
        utterance = await self._spoken(line.text, voice, cue.rate) if cue is not None else None
        if cue is not None:
            # The floor may have turned out to be earlier while the voice was at work.
            cue = replace(cue, latest=self._latest(entry.segment))
        if cue is not None and utterance is not None and not self._prompter.late(cue, **self._times(channel)):
            channel.say(entry.segment.id, utterance, pause=cue.pause, latest=cue.latest)
            self._made.append(_Made(entry.segment, len(utterance.pcm), cue.latest))
            self._prompter.said(line.text, utterance, cue)
            return
        room.release()
        self._prompter.passed(line.text)
        if cue is None or utterance is not None:
            self._condense(entry.segment.id)
            self._look()

    def _times(self, channel: Channel) -> dict[str, int]:
        now = self._span.clock.now()
        return {"now": now, "free": channel.free(now)}

    def _cue(self, entry: Entry, channel: Channel) -> Cue | None:
        coming = sum(len(line.text) for segment, line in self._waiting() if segment.id > entry.segment.id)
        latest, mode = self._latest(entry.segment), self._span.mode()
        return self._prompter.cue(**self._times(channel), coming=coming, latest=latest, mode=mode)

    def _waiting(self) -> list[tuple[Segment, Line]]:
        """The finished lines that will have their turn."""
        found = ((entry.segment, entry.lines[self.language]) for entry in self._finished())
        return [(segment, line) for segment, line in found if _sayable(line)]

    async def _spoken(self, text: str, voice: str, rate: float) -> Utterance | None:
        """The text as sound; None where no voice could say it."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                said = self._cast.respelled(text, self.language)
                return without_tail(await self._cast.voice.speak(said, voice, rate=rate))
            except EngineFailed as error:
                log.warning("voice failed", language=self.language, attempt=attempt, reason=str(error))
            except Exception:  # noqa: BLE001  # an engine's bug costs this line, not the channel
                # Without the traceback: its last line may quote what was said.
                log.error("voice failed unexpectedly", language=self.language, attempt=attempt)
        return None

    # -- the lag

    def _condense(self, segment_id: int) -> None:
        # What was finished before anybody watched is no omission of this avatar's.
        if segment_id <= self._before:
            return
        self._slow_down.see(0, self._span.mode().bound, self._span.clock.now(), condensed=True)
        self._report.condensed(self.language, segment_id)

    def _look(self) -> None:
        """Whether the speaker is to be asked to slow down, or not any more."""
        now, bound = self._span.clock.now(), self._span.mode().bound
        lag = self._behind(now)
        self._slow_down.see(lag, bound, now)
        if self._slow_down.change(now):
            self._report.hint(PaceHint(self.language, lag, self._slow_down.asked))

    def _behind(self, now: int) -> int:
        """How far behind the newest finished clause will be, ms; 0 where all is said."""
        free = max(now, self._channel.free(now)) if self._channel is not None else now
        waiting = self._waiting()
        if waiting:
            before = sum(len(line.text) for _, line in waiting[:-1])
            newest, start = waiting[-1][0], free + self._prompter.lasts(before)
        elif self._made:
            newest, start = self._made[-1].segment, free - self._made[-1].length
        else:
            return 0
        lag = lag_ms(newest, start, self._span.floor, starting=True)
        # What would be later is condensed.
        return min(lag or 0, self._span.mode().bound)


def _sayable(line: Line) -> bool:
    """What no booth could translate stands in the captions; in this voice nobody would understand it."""
    return not line.untranslated and not line.condensed and bool(line.text.strip())
