"""The booth: interprets into one target language, segment by segment and in order."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

import structlog

from dragoman.errors import EngineFailed
from dragoman.events import Caption
from dragoman.history import History
from dragoman.journal import Target
from dragoman.speech import Line, Segment

log = structlog.get_logger(__name__)

ATTEMPTS = 2
"""Times a booth asks for a translation before it gives the source text instead: an engine that died is back by then."""

Translate = Callable[[str, str, str], Awaitable[str]]
"""(text, the source tag that was identified or nothing, target tag) -> text; raises EngineFailed."""
Keep = Callable[[Line], Awaitable[None]]
"""Returns when the line is committed."""
Publish = Callable[[Caption], Awaitable[None]]


class Booth:
    """Works through the session's history; a failure costs one sentence in this language and nothing else."""

    def __init__(self, target: Target, history: History, *, translate: Translate, keep: Keep, publish: Publish) -> None:
        self.target = target
        self._history = history
        self._translate = translate
        self._keep = keep
        self._publish = publish
        self._done = target.since
        self._known = history.last_id
        """the newest segment whose line, if it has one, people have had already"""
        self._partial: Caption | None = None
        self._again: deque[int] = deque()
        """segments that were corrected after their turn: at most one for each correction of the host"""
        self._wake = asyncio.Event()
        self._closing = False

    def segment_added(self) -> None:
        """The history has grown."""
        self._wake.set()

    def partial(self, caption: Caption) -> None:
        """The growing segment in the floor's language; only the newest one is of interest."""
        self._partial = caption
        self._wake.set()

    def passed(self, segment_id: int) -> bool:
        """Whether people have had what lines there were of a segment."""
        return segment_id <= max(self._done, self._known)

    def redo(self, segment_id: int) -> None:
        """The segment says something else now, and its line is gone."""
        self._again.append(segment_id)
        self._wake.set()

    def finish(self) -> None:
        """Let `run` return when all segments have their line."""
        self._closing = True
        self._wake.set()

    async def run(self) -> None:
        """Interpret until `finish`."""
        while True:
            for entry in self._history.after(self._done):
                line = entry.lines.get(self.target.tag)
                if line is not None and entry.segment.id > self._known:
                    # It came with the segment, and is kept.
                    await self._publish(caption_of(entry.segment, line))
                await self._interpret(entry.segment.id)
                self._done = entry.segment.id
            while self._again:
                await self._interpret(self._again.popleft())
            if self._partial is not None:
                caption, self._partial = self._partial, None
                await self._interpret_partial(caption)
            if self._wake.is_set():
                self._wake.clear()
            elif self._closing:
                return
            else:
                await self._wake.wait()

    async def _interpret(self, segment_id: int) -> None:
        """Until there is a line of what the segment says: the host may correct it meanwhile, or take it back."""
        while (segment := self._lacking(segment_id)) is not None:
            text = await self._try(segment.text, segment.language, attempts=ATTEMPTS)
            if self._lacking(segment_id) is not segment:
                continue
            line = Line(
                segment.id,
                self.target.tag,
                segment.text if text is None else text,
                untranslated=text is None,
                revision=segment.revision,
            )
            await self._keep(line)
            if self._history.add_line(line):
                await self._publish(caption_of(segment, line))

    def _lacking(self, segment_id: int) -> Segment | None:
        """The segment as it is now, where it needs a line of this booth."""
        entry = self._history.entry(segment_id)
        lacks = entry is not None and not entry.segment.retracted and self.target.tag not in entry.lines
        return entry.segment if entry is not None and lacks else None

    async def _interpret_partial(self, caption: Caption) -> None:
        if caption.segment_id <= self._done:
            return
        text = await self._try(caption.source_text, caption.spoken, attempts=1)
        if text is None or caption.segment_id <= self._history.last_id:
            return
        await self._publish(
            Caption(
                segment_id=caption.segment_id,
                language=self.target.tag,
                source_text=caption.source_text,
                text=text,
                start=caption.start,
                end=caption.end,
                arrived=caption.arrived,
                final=False,
                source_tail=caption.source_tail,
                spoken=caption.spoken,
            )
        )

    async def _try(self, text: str, spoken: str, *, attempts: int) -> str | None:
        for attempt in range(1, attempts + 1):
            try:
                return await self._translate(text, spoken, self.target.tag)
            except EngineFailed as error:
                log.warning("booth failed", language=self.target.tag, attempt=attempt, reason=str(error))
            except Exception:  # noqa: BLE001  # an engine's bug costs this sentence, not the talk
                # Without the traceback: its last line may quote what was said.
                log.error("booth failed unexpectedly", language=self.target.tag, attempt=attempt)
        return None


def caption_of(segment: Segment, line: Line | None, floor: str = "") -> Caption:
    """The final caption of a segment: by its line, or without one in the floor's language `floor`."""
    return Caption(
        segment_id=segment.id,
        language=line.language if line else floor,
        source_text=segment.text,
        text=line.text if line else segment.text,
        start=segment.start,
        end=segment.end,
        arrived=segment.timestamp,
        final=True,
        untranslated=bool(line and line.untranslated),
        condensed=bool(line and line.condensed),
        spoken=segment.language,
        floor=line is None,
        typed=segment.typed,
        retracted=segment.retracted,
    )
