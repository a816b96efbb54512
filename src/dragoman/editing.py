"""What the host does to the words of a running session: types instead of speaking, takes back, corrects."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from dragoman.audience import Audience
from dragoman.booth import caption_of
from dragoman.clauses import written
from dragoman.clock import MediaClock
from dragoman.errors import BadRequest, NotFound, WrongState
from dragoman.events import Caption, SegmentCorrected, SegmentRetracted
from dragoman.history import History
from dragoman.journal import Journal
from dragoman.modes import Mode
from dragoman.speech import MEDIA_RATE, Entry, Line
from dragoman.stage import Stage
from dragoman.team import Team

_CHARACTER = MEDIA_RATE // 12
"""Media samples in which one character is read aloud, slowly: 130 words a minute."""
_WIDE = 3
"""Characters that an ideograph, a kana or a Hangul syllable counts as."""


def found(entry: Entry | None) -> Entry:
    """A segment that can be corrected. Raises NotFound, WrongState."""
    if entry is None:
        raise NotFound("there is no such segment in this session; send the segmentId of a caption")
    if entry.segment.retracted:
        raise WrongState("this segment was retracted; what it said is gone")
    return entry


def aloud(text: str) -> int:
    """Media samples in which somebody would read this aloud."""
    return _CHARACTER * sum(_WIDE if character >= "\u2e80" else 1 for character in text)


class Editing:
    """The host's edits of one session, kept before anybody hears of them. One is made at a time."""

    def __init__(
        self,
        session_id: str,
        source: str,
        history: History,
        *,
        journal: Journal,
        audience: Audience,
        team: Team,
        stage: Stage,
        clock: MediaClock,
        mode: Callable[[], Mode],
        now: Callable[[], int],
    ) -> None:
        """now: ms since 1970."""
        self._session_id = session_id
        self._source = source
        self._history = history
        self._journal = journal
        self._audience = audience
        self._team = team
        self._stage = stage
        self._clock = clock
        self._mode = mode
        self._now = now
        self._busy = asyncio.Lock()
        self._read = 0
        """media time at which all that was typed would have been read aloud"""

    async def say(self, text: str) -> tuple[int, ...]:
        """Typed words become segments like spoken ones; their numbers. Raises BadRequest, TooMany, JournalFailed."""
        arrived, at = self._now(), self._clock.now()
        clauses = written(text, self._source, self._mode())
        if not clauses:
            raise BadRequest("text must not be blank")
        async with self._busy:
            # The first clause is due when it was typed; the others as if somebody had read the text aloud from then on:
            # a voice cannot say all of it at once, and nothing of it shall be too late for that.
            dues = [max(at, self._read)]
            for clause in clauses:
                dues.append(dues[-1] + aloud(clause))
            numbers = await self._team.write(clauses, dues[:-1], arrived)
            self._read = dues[-1]
            return numbers

    async def retract(self, segment_id: int) -> None:
        """The segment disappears everywhere, and what is not spoken of it never is. Raises NotFound, JournalFailed."""
        async with self._busy:
            entry = self._history.entry(segment_id)
            if entry is None or not entry.segment.retracted:
                found(entry)
                await self._journal.retract(self._session_id, segment_id)
                self._history.retract(segment_id)
                self._stage.retract(segment_id)
            # Told again where it was retracted before: a page that asks once more has not heard of it.
            await self._audience.tell_all(SegmentRetracted(segment_id))

    async def correct(self, segment_id: int, tag: str, text: str) -> None:
        """The segment says this in one language. Where that is the floor's, the lines that nobody corrected are made
        anew. tag: offered. Raises NotFound, WrongState, JournalFailed.
        """
        async with self._busy:
            segment = found(self._history.entry(segment_id)).segment
            if tag == self._source:
                await self._journal.correct(self._session_id, segment_id, text, None)
                gone = self._history.correct(segment_id, text)
                self._team.redo(segment_id, gone)
            else:
                await self._journal.correct(self._session_id, segment_id, text, tag)
                before = found(self._history.entry(segment_id)).lines.get(tag)
                old = before or Line(segment_id, tag, text, revision=segment.revision)
                line = replace(old, text=text, untranslated=False, corrected=True)
                self._history.add_line(line)
                self._stage.line_added(tag)
                self._stage.corrected(tag, segment_id)
                if before is None:
                    # The host was faster than the booth, whose line is not wanted any more: this is the first one.
                    await self._audience.caption(caption_of(segment, line))
            await self._audience.tell_all(SegmentCorrected(segment_id, tag, text))

    def current(self, caption: Caption) -> Caption | None:
        """A caption as it is now; None where it is past: its segment was retracted, or is finished."""
        entry = self._history.entry(caption.segment_id)
        if entry is None or caption.retracted:
            return caption
        if entry.segment.retracted or not caption.final:
            return None
        line = entry.lines.get(caption.language)
        text = line.text if line else entry.segment.text if caption.language == self._source else caption.text
        if (text, entry.segment.text) == (caption.text, caption.source_text):
            return caption
        return replace(caption, source_text=entry.segment.text, text=text)
