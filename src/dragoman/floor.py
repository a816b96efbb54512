"""The floor: has the speaker's sound recognised; a final is kept before anyone hears of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Protocol

import numpy as np
import numpy.typing as npt
import structlog

from dragoman.clauses import Clauses, Cut
from dragoman.engines.protocols import Recognizer, RecognizerStream
from dragoman.errors import EngineFailed
from dragoman.modes import Mode
from dragoman.speech import FLOOR_RATE, Begun, Final, Partial, Safe
from dragoman.tape import Taken, Tape

log = structlog.get_logger(__name__)

STALL_SECONDS = 3.0
"""Without sound for this long (the connection is cut, a recording has ended) what was begun is finished."""
SAFE_STEP = FLOOR_RATE
"""Samples by which silence must grow before that is written down: one small commit a second at most."""
KEEPING_SECONDS = 2.0
"""How long a stretch that ends waits for the clause that is being kept."""
_BACKOFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)


class Listener(Protocol):
    """Who hears what comes off the floor. A call that returns has kept what it was given."""

    async def heard(self, final: Final, arrived: int) -> None:
        """arrived: when the sample final.end arrived, ms since 1970."""

    async def hearing(self, partial: Partial, end: int, arrived: int) -> None:
        """end: floor position up to which sound has arrived, samples."""

    async def silence(self, safe: int) -> None:
        """All before this floor position is safe."""

    async def trouble(self) -> None:
        """The recogniser failed and is started again."""


class Floor:
    """One speaker's sound on its way into text."""

    def __init__(
        self,
        recognizer: Recognizer,
        language: str,
        listener: Listener,
        *,
        start: int,
        begun: Begun | None = None,
        mode: Callable[[], Mode],
        now: Callable[[], int],
    ) -> None:
        """start: floor position, samples. begun: what was kept of the speech after it. mode: asked again every time.

        now: ms since 1970.
        """
        self._recognizer = recognizer
        self._language = language
        self._listener = listener
        self._mode = mode
        self._begun = begun
        self._now = now
        self._tape = Tape(start)
        self._fresh = asyncio.Event()
        self._resting = False
        self.received = start
        """floor position before which all is safe and written down, samples"""

    @property
    def accepted(self) -> int:
        """Samples accepted so far, safe or not."""
        return self._tape.end

    @property
    def waiting(self) -> int:
        """Accepted samples that the recogniser has not taken yet."""
        return self._tape.waiting

    def accept(self, pcm: npt.NDArray[np.int16], *, position: int | None, seq: int | None) -> Taken:
        """Take a chunk, shape (n,); see Tape.accept. Never waits, so chunks keep their order."""
        taken = self._tape.accept(pcm, position=position, seq=seq, now=self._now())
        self._resting = False
        self._fresh.set()
        return taken

    def rest(self) -> None:
        """The talk pauses: finish what was begun as soon as all sound is taken."""
        self._resting = True
        self._fresh.set()

    async def shift(self) -> None:
        """Work until the sound stops: at `rest`, or after STALL_SECONDS without any."""
        failures = 0
        while self._tape.waiting:
            before = self.received
            try:
                await self._stretch()
            except EngineFailed as error:
                failures = 1 if self.received > before else failures + 1
                log.warning("recogniser failed", failures=failures, reason=str(error))
                await self._listener.trouble()
                await asyncio.sleep(_BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS)) - 1])

    async def _stretch(self) -> None:
        start, begun = self._tape.read_to, self._begun
        stream = await self._recognizer.open(self._language, start=start, live=True, begun=begun)
        self._clauses = Clauses(self._language, safe=start, begun=begun)
        hearing = asyncio.create_task(self._listen(stream))
        feeding = asyncio.create_task(self._feed(stream))
        try:
            # Whichever fails first ends the stretch: an engine may break on either side.
            done, _ = await asyncio.wait((hearing, feeding), return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            for task in (hearing, feeding):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, EngineFailed):
                    await task
            await stream.close()
            # After a clean end there is nothing unsafe; after any other the next stream hears it again.
            self._tape.rewind()

    async def _feed(self, stream: RecognizerStream) -> None:
        while True:
            self._fresh.clear()
            while (pcm := self._tape.read()) is not None:
                await stream.feed(pcm)
            if self._resting:
                break
            try:
                await asyncio.wait_for(self._fresh.wait(), STALL_SECONDS)
            except TimeoutError:
                break
        await stream.finish()

    async def _listen(self, stream: RecognizerStream) -> None:
        async for event in stream.events():
            match event:
                case Final():
                    await self._cut(self._clauses.finish(event, self._mode()))
                    self._begun = None
                    if event.safe > self.received:
                        # Nothing was left of the last words.
                        await self._listener.silence(event.safe)
                        self._settle(event.safe)
                case Partial():
                    await self._cut(self._clauses.hear(event, self._mode(), self._tape.read_to))
                case Safe():
                    # While speech is open that clauses were taken from, it stays as it was kept with them.
                    if self._begun is None and event.position >= self.received + SAFE_STEP:
                        await self._listener.silence(event.position)
                        self._settle(event.position)
        # The stream is finished: what it had is in a Final or was no speech.
        self._begun = None
        if self._tape.read_to > self.received:
            await self._listener.silence(self._tape.read_to)
            self._settle(self._tape.read_to)

    async def _cut(self, cut: Cut) -> None:
        for clause in cut.finals:
            await _whole(self._take(clause))
        if cut.rest is not None:
            await self._listener.hearing(cut.rest, self._tape.read_to, self._arrival(self._tape.read_to))

    async def _take(self, clause: Final) -> None:
        await self._listener.heard(clause, self._arrival(clause.end))
        self._begun = Begun(clause.said, clause.end) if clause.said else None
        self._settle(clause.safe)

    def _settle(self, safe: int) -> None:
        self.received = max(self.received, safe)
        self._clauses.settled(self.received)
        self._tape.forget(self.received)

    def _arrival(self, position: int) -> int:
        arrived = self._tape.arrival(position)
        return self._now() if arrived is None else arrived


async def _whole(work: Coroutine[None, None, None]) -> None:
    """Do this to its end, also where the caller is cancelled: a clause that is kept and not known to be kept would be
    heard and kept again. Only a journal that cannot keep anything is not waited for."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=KEEPING_SECONDS)
        task.cancel()
        raise
