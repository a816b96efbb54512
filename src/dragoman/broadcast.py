"""One language on air: its lines are spoken, its avatar is drawn, and what comes out is handed to its viewers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from dragoman.channel import PAUSE, Batch, Channel, Mark
from dragoman.clock import MediaClock
from dragoman.engines.protocols import Face, Look, Voice
from dragoman.errors import EngineFailed
from dragoman.events import AvatarState
from dragoman.history import History
from dragoman.pace import Pace
from dragoman.speech import FLOOR_RATE, MEDIA_RATE, Entry, Segment, Utterance
from dragoman.studio import Studio

log = structlog.get_logger(__name__)

AHEAD = 2
"""Utterances made before the avatar can say them. More would be made in a voice that is no longer wanted."""
ATTEMPTS = 2
"""Times a voice is asked for a line: one that died is back by then."""
_BACKOFF_SECONDS = (0.5, 1.0, 2.0, 5.0)


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


class Broadcast:
    """Works while `run` does, which its owner cancels when nobody watches any more."""

    def __init__(
        self,
        language: str,
        history: History,
        *,
        cast: Cast,
        studio: Studio,
        clock: MediaClock,
        since: int,
        deliver: Callable[[Batch], None],
        tell: Callable[[AvatarState], Awaitable[None]],
        lag: Callable[[Segment, int, bool], int | None],
    ) -> None:
        """since: the segment after which speaking begins. lag: (segment, media time, at its start) -> ms."""
        self.language = language
        self._history = history
        self._cast = cast
        self._studio = studio
        self._clock = clock
        self._pace = Pace()
        self._free = 0
        """media time at which all that was made will have been said"""
        self._done = self._spoken = since
        self._deliver = deliver
        self._tell = tell
        self._lag = lag
        self._channel: Channel | None = None
        self._lines = asyncio.Event()
        # One entry per utterance that starts or ends, of which AHEAD wait at most: it cannot grow.
        self._marks: asyncio.Queue[Mark] = asyncio.Queue()
        self._room = asyncio.Semaphore(AHEAD)

    def line_added(self) -> None:
        """The history has a further line of this language."""
        self._lines.set()

    def request_key(self) -> None:
        """Somebody needs a picture with which decoding can begin."""
        if self._channel is not None:
            self._channel.request_key()

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
        # What a channel that failed had not said yet is said again.
        self._done, self._free = self._spoken, 0
        self._room, self._marks = asyncio.Semaphore(AHEAD), asyncio.Queue()
        await self._studio.add(channel, self._handed_over)
        self._channel = channel
        try:
            async with asyncio.TaskGroup() as crew:
                crew.create_task(self._speak(channel))
                crew.create_task(self._tell_marks())
        finally:
            self._channel = None
            await self._studio.remove(channel)
            channel.close()

    def _handed_over(self, batch: Batch) -> None:
        self._deliver(batch)
        for mark in batch.marks:
            self._marks.put_nowait(mark)
            if not mark.speaking:
                self._spoken = mark.segment_id
                self._room.release()

    async def _speak(self, channel: Channel) -> None:
        while True:
            self._lines.clear()
            for entry in self._history.after(self._done):
                if self.language not in entry.lines:
                    break
                await self._room.acquire()
                utterance = await self._said(entry)
                if utterance is None:
                    self._room.release()
                else:
                    channel.say(entry.segment.id, utterance)
                    self._free = max(self._free, self._clock.now()) + len(utterance.pcm) + PAUSE
                self._done = entry.segment.id
            await self._lines.wait()

    async def _said(self, entry: Entry) -> Utterance | None:
        """The line as sound; None where there is nothing to say, or no voice could say it."""
        line = entry.lines[self.language]
        voice = self._cast.voice_of(self.language)
        # What no booth could translate stands in the captions; in this voice nobody would understand it.
        if line.untranslated or voice is None or not line.text.strip():
            return None
        waits = max(0, self._free - self._clock.now()) / MEDIA_RATE
        floor = (entry.segment.end - entry.segment.start) / FLOOR_RATE
        rate = self._pace.rate(len(line.text), waits=waits, floor=floor)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                utterance = await self._cast.voice.speak(
                    self._cast.respelled(line.text, self.language), voice, rate=rate
                )
                self._pace.heard(len(line.text), len(utterance.pcm) / MEDIA_RATE, rate)
                return utterance
            except EngineFailed as error:
                log.warning("voice failed", language=self.language, attempt=attempt, reason=str(error))
            except Exception:  # noqa: BLE001  # an engine's bug costs this line, not the channel
                # Without the traceback: its last line may quote what was said.
                log.error("voice failed unexpectedly", language=self.language, attempt=attempt)
        return None

    async def _tell_marks(self) -> None:
        while True:
            mark = await self._marks.get()
            entry = self._history.entry(mark.segment_id)
            if entry is not None:
                lag = self._lag(entry.segment, mark.at, mark.speaking)
                await self._tell(AvatarState(self.language, mark.segment_id, mark.speaking, lag))
