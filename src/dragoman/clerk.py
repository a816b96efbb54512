"""The clerk of a session: writes down what became of each line at its avatar, and lets people know."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import structlog

from dragoman.audience import News
from dragoman.events import AvatarState, CostUpdated, EngineState, Notice, PaceHint, SegmentCondensed
from dragoman.history import History
from dragoman.journal import Journal, JournalFailed
from dragoman.speech import Line

log = structlog.get_logger(__name__)

_AGAIN_SECONDS = 1.0
"""After a failure of the journal."""

Tell = Callable[[News], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class _Fate:
    """What became of a line."""

    segment_id: int
    language: str
    lag: int | None
    """of its first sound, ms; None: it was condensed"""


class Clerk:
    """Takes at the call, never waits. Works while `run` does.

    Its queues have no bound of their own: there is at most one fate for every line that the journal has kept, and while
    the journal fails no further lines are made.
    """

    def __init__(self, session_id: str, history: History, journal: Journal, tell: Tell) -> None:
        self._session_id = session_id
        self._history = history
        self._journal = journal
        self._tell = tell
        self._news: asyncio.Queue[News] = asyncio.Queue()
        self._fates: asyncio.Queue[_Fate] = asyncio.Queue()

    def avatar(self, state: AvatarState) -> None:
        """An avatar begins or ends to say a line. People are told at once, for they hear it now."""
        self._news.put_nowait(state)
        if state.speaking and state.lag_ms is not None:
            self._fates.put_nowait(_Fate(state.segment_id, state.language, state.lag_ms))

    def condensed(self, language: str, segment_id: int) -> None:
        """A line is shown and not spoken. People are told when that is kept."""
        self._fates.put_nowait(_Fate(segment_id, language, None))

    def host(self, news: EngineState | CostUpdated | Notice) -> None:
        """Something that the host is to know."""
        self._news.put_nowait(news)

    def hint(self, hint: PaceHint) -> None:
        """The speaker is asked to slow down, or not any more."""
        self._news.put_nowait(hint)

    async def run(self) -> None:
        """Write and tell until cancelled."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._forever(self._write))
            both.create_task(self._forever(self._read_out))

    async def _forever(self, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except Exception as error:  # noqa: BLE001  # a bug costs this piece of news, not the talk
                log.error("clerk failed", session=self._session_id, error=type(error).__name__)

    async def _read_out(self) -> None:
        await self._tell(await self._news.get())

    async def _write(self) -> None:
        fate = await self._fates.get()
        line = self._line(fate)
        # What broke off is heard again: its first time counts. Where that would have come too late, it is shown only.
        if line is None or line.condensed or (line.lag is not None and fate.lag is not None):
            return
        await self._keep(fate)
        line = self._line(fate) or line
        self._history.add_line(replace(line, lag=fate.lag, condensed=fate.lag is None))
        if fate.lag is None:
            self._news.put_nowait(SegmentCondensed(fate.language, fate.segment_id))

    def _line(self, fate: _Fate) -> Line | None:
        entry = self._history.entry(fate.segment_id)
        return entry.lines.get(fate.language) if entry else None

    async def _keep(self, fate: _Fate) -> None:
        while True:
            try:
                if fate.lag is None:
                    await self._journal.condensed(self._session_id, fate.segment_id, fate.language)
                else:
                    await self._journal.spoken(self._session_id, fate.segment_id, fate.language, fate.lag)
                return
            except JournalFailed as error:
                log.error("journal failed", session=self._session_id, reason=str(error))
                await asyncio.sleep(_AGAIN_SECONDS)
