"""The interpreting team of one session: its floor, relay and booths, at work while there is something to interpret."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import structlog

from dragoman.audience import Audience
from dragoman.booth import Booth, caption_of
from dragoman.engines.protocols import Engines
from dragoman.errors import TooMany
from dragoman.events import Caption, Notice, SegmentCorrected
from dragoman.floor import Floor
from dragoman.glossary import Glossary
from dragoman.history import History
from dragoman.journal import Journal, JournalFailed, Target
from dragoman.mishearing import correct
from dragoman.modes import Mode
from dragoman.placeholders import translated
from dragoman.relay import Relay
from dragoman.speech import Begun, Final, Line, Partial, Segment
from dragoman.tape import Taken

log = structlog.get_logger(__name__)

T = TypeVar("T")

MOST_UNFINISHED = 300
"""Segments that may wait for their lines; beyond it no more is typed until booths have caught up."""
_JOURNAL_BACKOFF_SECONDS = (0.1, 0.3, 1.0, 3.0, 5.0)
_PAUSE_AFTER_BUG_SECONDS = 1.0


class Team:
    """Keeps what is said, has it interpreted and tells the audience. Streams and booths exist only during work."""

    def __init__(
        self,
        session_id: str,
        source: str,
        targets: Iterable[Target],
        history: History,
        audience: Audience,
        *,
        engines: Engines,
        journal: Journal,
        start: int,
        begun: Begun | None,
        mode: Callable[[], Mode],
        glossary: Callable[[], Glossary],
        line_added: Callable[[str], None],
        line_corrected: Callable[[str, int], None] = lambda _tag, _segment: None,
        now: Callable[[], int],
    ) -> None:
        """start: floor position, samples. begun: what was kept of the speech after it. mode: how to cut it, asked again
        every time. glossary: asked for every text. line_added: told the tag of every new line. line_corrected: of
        every line that takes another's place, with its segment. now: ms since 1970.
        """
        self._session_id = session_id
        self._source = source
        self._targets = list(targets)
        self._history = history
        self._audience = audience
        self._engines = engines
        self._journal = journal
        self._glossary = glossary
        self._line_added = line_added
        self._line_corrected = line_corrected
        self._numbering = asyncio.Lock()
        self._growing: tuple[Partial, int, int] | None = None
        """what was last told of the segment that is growing"""
        self._redone: set[tuple[int, str]] = set()
        """lines that people have seen, and that are made once more"""
        self.floor = Floor(engines.recognizer, source, self, start=start, begun=begun, mode=mode, now=now)
        self._crew: asyncio.TaskGroup | None = None
        self._relay: Relay | None = None
        self._booths: list[Booth] = []
        self._committed = (0, "")
        self._work = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        if self._lacks_lines():
            self._call()

    @property
    def working(self) -> bool:
        """Whether floor and booths are at work."""
        return not self._idle.is_set()

    def accept(self, pcm: npt.NDArray[np.int16], *, position: int | None, seq: int | None) -> Taken:
        """A chunk of the floor's sound, shape (n,); see Tape.accept."""
        taken = self.floor.accept(pcm, position=position, seq=seq)
        if taken.samples:
            self._call()
        return taken

    def add(self, target: Target) -> None:
        """A further language, from the next segment on."""
        self._targets.append(target)
        if self._crew is not None:
            self._open_booth(self._crew, target)

    async def drained(self, seconds: float) -> bool:
        """Wait until all that was said has been interpreted; False where that takes longer than this."""
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True

    async def run(self) -> None:
        """Work whenever there is work, until cancelled."""
        while True:
            await self._work.wait()
            self._work.clear()
            try:
                await self._shift()
            except Exception as error:  # noqa: BLE001  # a bug costs a moment: the sound is still on the tape
                log.error("interpreting failed", session=self._session_id, error=_name(error))
                await asyncio.sleep(_PAUSE_AFTER_BUG_SECONDS)
                self._work.set()
            if self.floor.waiting or self._lacks_lines():
                self._work.set()
            if not self._work.is_set():
                self._idle.set()

    def _call(self) -> None:
        self._idle.clear()
        self._work.set()

    def _lacks_lines(self) -> bool:
        return any(
            entry.segment.id > target.since and target.tag not in entry.lines
            for entry in self._history.entries()
            if not entry.segment.retracted
            for target in self._targets
        )

    async def _shift(self) -> None:
        self._relay = Relay(self._engines.translator, self._source, self._engines.routes_from(self._source))
        try:
            async with asyncio.TaskGroup() as crew:
                self._crew = crew
                for target in self._targets:
                    self._open_booth(crew, target)
                await self.floor.shift()
                self._crew = None
                for booth in self._booths:
                    booth.finish()
        finally:
            self._crew = None
            self._booths.clear()
            await self._relay.close()

    def _open_booth(self, crew: asyncio.TaskGroup, target: Target) -> None:
        booth = Booth(target, self._history, translate=self._translate, keep=self._keep_line, publish=self._publish)
        self._booths.append(booth)
        crew.create_task(booth.run(), name=f"booth {self._session_id} {target.tag}")

    async def _publish(self, caption: Caption) -> None:
        place = caption.segment_id, caption.language
        if caption.final and place in self._redone:
            self._redone.discard(place)
            self._line_corrected(caption.language, caption.segment_id)
            await self._audience.tell_all(SegmentCorrected(caption.segment_id, caption.language, caption.text))
            return
        if caption.final:
            self._line_added(caption.language)
        await self._audience.caption(caption)

    async def _translate(self, text: str, target: str) -> str:
        assert self._relay is not None, "booths work only during a shift"
        return await translated(text, self._source, target, self._glossary(), self._relay.translate)

    # -- what the host writes

    async def write(self, texts: Sequence[str], dues: Sequence[int], arrived: int) -> tuple[int, ...]:
        """Keep clauses that were typed, then let everybody have them; their numbers.

        dues: media times from which their lags are counted. arrived: ms since 1970. Raises TooMany, and JournalFailed:
        the host still has the text.
        """
        if self._unfinished() >= MOST_UNFINISHED:
            raise TooMany("what was typed before is still being interpreted; try again in a moment", retry_after=2)
        async with self._numbering:
            kept = await self._journal.typed(self._session_id, texts, self.floor.accepted, arrived)
            segments = [replace(segment, due=due) for segment, due in zip(kept, dues, strict=True)]
            for segment in segments:
                self._history.add(segment)
        self._interpret_more()
        for segment in segments:
            await self._audience.caption(caption_of(segment, None, self._source))
        if self._growing is not None:
            # The segment that is growing has another number now, and its words are shown under it at once.
            self._committed = (0, "")
            await self.hearing(*self._growing)
        return tuple(segment.id for segment in segments)

    def _unfinished(self) -> int:
        """Segments that some booth has not done, of the newest ones."""
        return sum(
            any(entry.segment.id > target.since and target.tag not in entry.lines for target in self._targets)
            for entry in self._history.latest(MOST_UNFINISHED)
            if not entry.segment.retracted
        )

    def redo(self, segment_id: int, seen: Iterable[str]) -> None:
        """The segment says something else now. seen: languages in which people have had a line of it."""
        self._redone |= {(segment_id, tag) for tag in seen}
        for booth in self._booths:
            booth.redo(segment_id)
        self._call()

    def _interpret_more(self) -> None:
        for booth in self._booths:
            booth.segment_added()
        self._call()

    # -- what comes off the floor (floor.Listener)

    async def heard(self, final: Final, arrived: int) -> None:
        """Keep a final, then let everybody have it."""
        right = replace(final, text=correct(final.text, self._glossary(), self._source))
        segment = await self._kept(lambda: self._numbered(right, arrived))
        self._growing = None
        for booth in self._booths:
            booth.segment_added()
        await self._audience.caption(caption_of(segment, None, self._source))

    async def _numbered(self, final: Final, arrived: int) -> Segment:
        # What is typed gets its number in between; the history has them in order.
        async with self._numbering:
            segment = await self._journal.append(self._session_id, final, arrived)
            self._history.add(segment)
            return segment

    async def hearing(self, partial: Partial, end: int, arrived: int) -> None:
        """Show what is certain of the segment that is growing."""
        self._growing = partial, end, arrived
        caption = Caption(
            segment_id=self._history.last_id + 1,
            language=self._source,
            source_text=partial.committed,
            text=partial.committed,
            start=partial.start,
            end=end,
            arrived=arrived,
            final=False,
            source_tail=partial.tail,
        )
        await self._audience.caption(caption)
        if partial.committed and (partial.start, partial.committed) != self._committed:
            self._committed = (partial.start, partial.committed)
            for booth in self._booths:
                booth.partial(caption)

    async def silence(self, safe: int) -> None:
        """Write down that there is nothing to send again before `safe`."""
        self._growing = None
        await self._kept(lambda: self._journal.received(self._session_id, safe))

    async def trouble(self) -> None:
        """Tell the host that the recogniser is starting again."""
        self._growing = None
        await self._audience.tell_host(
            Notice("The recogniser stopped and is starting again; nothing that you said is lost.", "unavailable")
        )

    async def _keep_line(self, line: Line) -> None:
        await self._kept(lambda: self._journal.lines(self._session_id, (line,)))

    async def _kept(self, keep: Callable[[], Awaitable[T]]) -> T:
        """Ask the journal until it has committed: while its disk is full, what was said waits instead of being lost."""
        failures = 0
        while True:
            try:
                return await keep()
            except JournalFailed as error:
                log.error("journal failed", session=self._session_id, failures=failures + 1, reason=str(error))
                if failures == 0:
                    await self._audience.tell_host(
                        Notice("The server cannot save the talk now; captions wait until it can.", "unavailable")
                    )
                await asyncio.sleep(_JOURNAL_BACKOFF_SECONDS[min(failures, len(_JOURNAL_BACKOFF_SECONDS) - 1)])
                failures += 1


def _name(error: BaseException) -> str:
    """The kinds of an error and of what it groups; never its words, which may quote the talk."""
    if isinstance(error, BaseExceptionGroup):
        return f"{type(error).__name__}({', '.join(_name(inner) for inner in error.exceptions)})"
    return type(error).__name__
