"""The interpreting team of one session: its floor, relay and booths, at work while there is something to interpret."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import structlog

from dragoman.audience import Audience
from dragoman.booth import Booth, caption_of
from dragoman.company import Company
from dragoman.errors import TooMany
from dragoman.events import Caption, Notice
from dragoman.floor import Floor
from dragoman.history import History
from dragoman.interpreters import Interpreters
from dragoman.journal import Journal, JournalFailed, Target
from dragoman.languages import match
from dragoman.mishearing import correct
from dragoman.speech import Begun, Final, Line, Partial, Segment
from dragoman.tape import Taken

log = structlog.get_logger(__name__)

T = TypeVar("T")

MOST_UNFINISHED = 300
"""Segments that may wait for their lines; beyond it no more is typed until booths have caught up."""
_JOURNAL_BACKOFF_SECONDS = (0.1, 0.3, 1.0, 3.0, 5.0)
_PAUSE_AFTER_BUG_SECONDS = 1.0
_OPEN_SEGMENTS = 50
"""Segments looked through for those of the speech that goes on: nobody says more in one breath."""


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
        company: Company,
        candidates: Sequence[str],
        journal: Journal,
        start: int,
        begun: Begun | None,
        line_added: Callable[[str], None],
        line_corrected: Callable[[str, int], None] = lambda _tag, _segment: None,
        now: Callable[[], int],
    ) -> None:
        """candidates: source tags among which the spoken one is to be identified; may be empty. start: floor position,
        samples. begun: what was kept of the speech after it. line_added: told the tag of every new line.
        line_corrected: of every line that takes another's place, with its segment. now: ms since 1970.
        """
        self._session_id = session_id
        self._source = source
        self._targets = list(targets)
        self._history = history
        self._audience = audience
        self._company = company
        self._journal = journal
        self._line_added = line_added
        self._line_corrected = line_corrected
        self._numbering = asyncio.Lock()
        self._growing: tuple[Partial, int, int] | None = None
        """what was last told of the segment that is growing"""
        self._redone: dict[tuple[int, str], Mapping[str, int]] = {}
        """lines that people have seen, and that are made once more; who was here then"""
        self._hearing = company.hearing(source, candidates, lambda: [target.tag for target in self._targets])
        self.floor = Floor(self._hearing, source, self, start=start, begun=begun, mode=company.mode, now=now)
        self._crew: asyncio.TaskGroup | None = None
        self._interpreters: Interpreters | None = None
        self._booths: list[Booth] = []
        self._committed: tuple[object, ...] = ()
        """what of the growing segment the booths were told last"""
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
        try:
            await self._run()
        finally:
            await self.floor.close()

    async def _run(self) -> None:
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
        self._interpreters = self._company.interpreters()
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
            await self._interpreters.close()

    def _open_booth(self, crew: asyncio.TaskGroup, target: Target) -> None:
        booth = Booth(target, self._history, translate=self._translate, keep=self._keep_line, publish=self._publish)
        self._booths.append(booth)
        crew.create_task(booth.run(), name=f"booth {self._session_id} {target.tag}")

    async def _publish(self, caption: Caption) -> None:
        place = caption.segment_id, caption.language
        if caption.final and place in self._redone:
            before = self._redone.pop(place)
            self._line_corrected(caption.language, caption.segment_id)
            await self._audience.redone(caption, before)
            return
        if caption.final:
            self._line_added(caption.language)
        await self._audience.caption(caption)

    async def _translate(self, text: str, spoken: str, target: str) -> str:
        assert self._interpreters is not None, "booths work only during a shift"
        if spoken and match(spoken, (target,)):
            return text
        return await self._interpreters.translate(text, spoken or self._source, target)

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
            await self._floor_caption(caption_of(segment, None, self._source))
        if self._growing is not None:
            # The segment that is growing has another number now, and its words are shown under it at once.
            self._committed = ()
            await self.hearing(*self._growing)
        return tuple(segment.id for segment in segments)

    def _unfinished(self) -> int:
        """Segments that some booth has not done, of the newest ones."""
        return sum(
            any(entry.segment.id > target.since and target.tag not in entry.lines for target in self._targets)
            for entry in self._history.latest(MOST_UNFINISHED)
            if not entry.segment.retracted
        )

    def interprets(self, tag: str) -> bool:
        """Whether a booth interprets into this offered tag."""
        return any(target.tag == tag for target in self._targets)

    def redo(self, segment_id: int, gone: Iterable[str]) -> None:
        """The segment says something else now. gone: languages in which there was a line of it."""
        # A line that came with its segment, and that its booth has not come to yet, nobody has had.
        early = {booth.target.tag for booth in self._booths if not booth.passed(segment_id)}
        for tag in gone:
            if tag not in early:
                # Who had come since an earlier correction that is not made yet has had no line of it either.
                self._redone.setdefault((segment_id, tag), self._audience.present())
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
        if final.language:
            self._hearing.spoken = final.language
        right = replace(final, text=correct(final.text, self._company.glossary(), final.language or self._source))
        ready = self._ready(right.text, right.language, right.translations)
        segment = await self._kept(lambda: self._numbered(right, arrived, ready))
        self._growing = None
        for booth in self._booths:
            booth.segment_added()
        await self._floor_caption(caption_of(segment, None, self._source))

    def _ready(self, text: str, spoken: str, translations: Mapping[str, str]) -> dict[str, str]:
        """Of the translations that came with a recognition, those that stand: the booths make the others.

        They are the recogniser's, so the translator at work must be of its family; and they know nothing of what the
        host has fixed for a term.
        """
        if not translations or not self._company.one_family(self._hearing.listening):
            return {}
        glossary = self._company.glossary()
        return {
            target.tag: translations[target.tag]
            for target in self._targets
            if target.tag in translations
            and not (spoken and match(spoken, (target.tag,)))
            and not glossary.fixed(text, target.tag)
        }

    async def _floor_caption(self, caption: Caption) -> None:
        """The floor's own words. Where its tag is a target too, those who listen to that get its booth's."""
        offered = any(target.tag == self._source for target in self._targets)
        await self._audience.caption(caption, listeners=not offered)

    def translated(self, since: int) -> Mapping[str, str]:
        """What was given, by language, of the speech that begins at or after this floor position."""
        found: dict[str, list[str]] = {}
        spoken = [
            entry
            for entry in self._history.latest(_OPEN_SEGMENTS)
            if entry.segment.start >= since and not entry.segment.typed
        ]
        if any(entry.segment.revision for entry in spoken):
            # What was retracted or corrected is not what the recogniser gave: it was given as far as the floor was.
            return {}
        for entry in spoken:
            for tag, line in entry.lines.items():
                found.setdefault(tag, []).append("" if line.corrected else line.text)
        return {tag: " ".join(texts) for tag, texts in found.items() if all(texts)}

    async def _numbered(self, final: Final, arrived: int, ready: Mapping[str, str]) -> Segment:
        # What is typed gets its number in between; the history has them in order.
        async with self._numbering:
            segment = await self._journal.append(self._session_id, final, arrived, ready)
            self._history.add(segment, (Line(segment.id, tag, text) for tag, text in ready.items()))
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
            spoken=partial.language,
            floor=True,
        )
        await self._floor_caption(caption)
        news = (partial.start, partial.committed, partial.translations)
        if not partial.committed or news == self._committed:
            return
        self._committed = news
        ready = self._ready(partial.committed, partial.language, partial.translations)
        for tag, text in ready.items():
            await self._publish(replace(caption, language=tag, text=text, floor=False))
        for booth in self._booths:
            if booth.target.tag not in ready:
                booth.partial(caption)

    async def silence(self, safe: int) -> None:
        """Write down that there is nothing to send again before `safe`."""
        self._growing = None
        await self._kept(lambda: self._journal.received(self._session_id, safe))

    async def trouble(self) -> None:
        """Tell the host that the recogniser is starting again."""
        self._growing = None
        await self._audience.tell_host(
            Notice(
                "The recogniser stopped and is starting again; nothing that you said is lost.",
                "unavailable",
                "recogniserRestarts",
            )
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
                        Notice(
                            "The server cannot save the talk now; captions wait until it can.",
                            "unavailable",
                            "journalFails",
                        )
                    )
                await asyncio.sleep(_JOURNAL_BACKOFF_SECONDS[min(failures, len(_JOURNAL_BACKOFF_SECONDS) - 1)])
                failures += 1


def _name(error: BaseException) -> str:
    """The kinds of an error and of what it groups; never its words, which may quote the talk."""
    if isinstance(error, BaseExceptionGroup):
        return f"{type(error).__name__}({', '.join(_name(inner) for inner in error.exceptions)})"
    return type(error).__name__
