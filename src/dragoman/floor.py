"""The floor: has the speaker's sound recognised; a final is kept before anyone hears of it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import structlog

from dragoman.clauses import Clauses, Cut
from dragoman.engines.protocols import RecognizerStream
from dragoman.errors import EngineFailed
from dragoman.hearing import Ear, Hearing
from dragoman.modes import Mode
from dragoman.speech import FLOOR_RATE, Begun, Final, Partial, Safe
from dragoman.tape import Taken, Tape

log = structlog.get_logger(__name__)

STALL_SECONDS = 3.0
"""Without sound for this long (the connection is cut, a recording has ended) what was begun is finished."""
SAFE_STEP = FLOOR_RATE
"""Samples by which silence must grow before that is written down: one small commit a second at most."""
KEEPING_SECONDS = 2.0
"""How long the end of a session waits for the clause that is being kept."""
SILENT_SECONDS = 12.0
"""Without a word of what is said for this long a recogniser has lost its connection, if it does not know it itself."""
TAKE_SECONDS = 20.0
"""How long a recogniser behind which another stands may take for a run of sound."""
FINISH_SECONDS = 20.0
"""The same for what is left of it at the end."""
LOUD = 300.0
"""Root mean square of 16-bit samples from which on sound may be speech, -40 dBFS."""
_BACKOFF_SECONDS = (0.2, 0.5, 1.0, 2.0, 5.0)


class _Outdated(Exception):  # no error: another stream is to go on from what is safe
    """Another recogniser is to listen, or this one is to be told something else."""


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

    def translated(self, since: int) -> Mapping[str, str]:
        """What was given, by language, of the speech that begins at or after this floor position."""


class Floor:
    """One speaker's sound on its way into text."""

    def __init__(
        self,
        hearing: Hearing,
        language: str,
        listener: Listener,
        *,
        start: int,
        begun: Begun | None = None,
        mode: Callable[[], Mode],
        now: Callable[[], int],
    ) -> None:
        """hearing: who listens. language: by which clauses are cut. start: floor position, samples.

        begun: what was kept of the speech after it. mode: asked again every time. now: ms since 1970.
        """
        self._hearing = hearing
        self._language = language
        self._listener = listener
        self._mode = mode
        self._begun = begun
        self._now = now
        self._tape = Tape(start)
        self._fresh = asyncio.Event()
        self._resting = False
        self._quiet = _Quiet()
        self._keeping: asyncio.Task[None] | None = None
        """the clause that is being kept"""
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
        try:
            while await self._left():
                before, ear = self.received, None
                try:
                    ear = self._hearing.now()
                    await self._stretch(ear)
                except _Outdated:
                    continue
                except EngineFailed as error:
                    failures = 1 if self.received > before else failures + 1
                    log.warning("recogniser failed", engine=ear and ear.name, failures=failures, reason=str(error))
                    if ear is not None and self._hearing.failed(ear, error):
                        continue
                    await self._listener.trouble()
                    pause = _BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS)) - 1]
                    await asyncio.sleep(pause * random.uniform(0.8, 1.2))
        finally:
            await self._hearing.close()

    async def _stretch(self, ear: Ear) -> None:
        """One recogniser listens, until there is no more sound or something else is to be done."""
        self._hearing.ask(ear)
        try:
            await self._attend(ear)
        except EngineFailed:
            raise
        except BaseException:  # cancelled, or another is to listen: nothing is known of this one
            self._hearing.dropped(ear)
            raise
        # Without a word that was given nobody knows whether it would have heard any.
        self._hearing.dropped(ear)

    async def _attend(self, ear: Ear) -> None:
        begun = self._begun
        if begun is not None:
            begun = replace(begun, translations=self._listener.translated(self.received))
        start = self._tape.read_to
        stream = await ear.open(start, begun)
        self._clauses = Clauses(self._language, safe=start, begun=begun)
        self._quiet.hear()
        hearing = asyncio.create_task(self._listen(stream, ear))
        feeding = asyncio.create_task(self._feed(stream, ear))
        try:
            # Whichever fails first ends the stretch: an engine may break on either side.
            done, _ = await asyncio.wait((hearing, feeding), return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            hearing.cancel()
            feeding.cancel()
            try:
                await asyncio.gather(hearing, feeding, return_exceptions=True)
            finally:
                await stream.close()

    async def _feed(self, stream: RecognizerStream, ear: Ear) -> None:
        while True:
            self._fresh.clear()
            while (pcm := self._tape.read()) is not None:
                await self._within(stream.feed(pcm), TAKE_SECONDS, ear, "takes no sound")
                self._hearing.used(ear, len(pcm.samples))
                self._hearing.along(pcm)
                if self._quiet.fed(pcm.samples) and not ear.alone:
                    raise EngineFailed("has not given a word of what was said", lasting=True)
            if self._resting:
                break
            try:
                # wait_for of Python 3.11 forgets that it was cancelled where sound comes in at that moment.
                async with asyncio.timeout(STALL_SECONDS):
                    await self._fresh.wait()
            except TimeoutError:
                break
        await self._within(stream.finish(), FINISH_SECONDS, ear, "does not finish")
        await self._within(self._quiet.over.wait(), FINISH_SECONDS, ear, "does not end")

    async def _within(self, work: Coroutine[Any, Any, Any], seconds: float, ear: Ear, what: str) -> None:
        """Wait for a recogniser so long, and as long as it takes where nobody stands behind it. Raises EngineFailed."""
        try:
            async with self._quiet.limit(None if ear.alone else seconds):
                await work
        except TimeoutError:
            raise EngineFailed(what) from None

    async def _listen(self, stream: RecognizerStream, ear: Ear) -> None:
        before = self.received
        async for event in stream.events():
            with self._quiet.waits():
                await self._given(event)
            # Silence is told by its energy, whether or not a service hears anything: only words are an answer.
            if isinstance(event, Final) or (isinstance(event, Partial) and self.received > before):
                self._hearing.answered(ear, event.start)
            before = self.received
            if self._begun is None and not isinstance(event, Partial):
                self._hearing.pause(ear, self._tape.read_to)
                if self._hearing.outdated(ear):
                    raise _Outdated
        self._quiet.over.set()
        # The stream is finished: what it had is in a Final or was no speech.
        self._begun = None
        if self._tape.read_to > self.received:
            await self._listener.silence(self._tape.read_to)
            self._settle(self._tape.read_to)

    async def _given(self, event: Final | Partial | Safe) -> None:
        match event:
            case Final():
                await self._finished(event)
            case Partial():
                await self._growing(event)
            case Safe():
                # While speech is open that clauses were taken from, it stays as it was kept with them.
                if self._begun is None and event.position >= self.received + SAFE_STEP:
                    await self._listener.silence(event.position)
                    self._settle(event.position)

    async def _finished(self, final: Final) -> None:
        """A Final. What is translated already is a clause, whole."""
        if final.translations:
            await self._keep(final)
            return
        await self._cut(self._clauses.finish(final, self._mode()))
        self._begun = None
        if final.safe > self.received:
            # Nothing was left of the last words.
            await self._listener.silence(final.safe)
            self._settle(final.safe)

    async def _growing(self, partial: Partial) -> None:
        if partial.translations:
            await self._listener.hearing(partial, self._tape.read_to, self._arrival(self._tape.read_to))
            return
        await self._cut(self._clauses.hear(partial, self._mode(), self._tape.read_to))

    async def _cut(self, cut: Cut) -> None:
        for clause in cut.finals:
            await self._keep(clause)
        if cut.rest is not None:
            await self._listener.hearing(cut.rest, self._tape.read_to, self._arrival(self._tape.read_to))

    async def _keep(self, clause: Final) -> None:
        """To its end, also where the caller is cancelled: what is kept and not known to be kept would be heard and
        kept again."""
        self._keeping = asyncio.create_task(self._take(clause), name="clause")
        await asyncio.shield(self._keeping)
        self._keeping = None

    async def _left(self) -> bool:
        """Whether there is sound to be heard, when a clause is kept whose stretch did not wait for it.

        After a clean end nothing is unsafe; after any other the next stream hears it again.
        """
        if self._keeping is not None:
            await asyncio.wait((self._keeping,))
            if not self._keeping.cancelled() and (bug := self._keeping.exception()) is not None:
                log.error("clause not kept", error=type(bug).__name__)
            self._keeping = None
        self._tape.rewind()
        return self._tape.waiting > 0

    async def close(self) -> None:
        """The session is over. Only a journal that cannot keep anything is not waited for."""
        task = self._keeping
        if task is not None:
            await asyncio.wait((task,), timeout=KEEPING_SECONDS)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

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


class _Quiet:
    """How long a recogniser has given nothing while there was something to hear. While it waits for us, as long as a
    journal stands still, no time passes."""

    def __init__(self) -> None:
        self._loud = 0
        self._since = 0.0
        self._waits = False
        self._limits: dict[asyncio.Timeout, float] = {}
        self.over = asyncio.Event()
        """what the stream gives has ended"""

    def hear(self) -> None:
        """It gave something."""
        self._loud = 0
        self._since = asyncio.get_running_loop().time()
        self.over.clear()

    def fed(self, pcm: npt.NDArray[np.int16]) -> bool:
        """It was given this, shape (n,); whether it has been quiet for too long."""
        if len(pcm) and float(np.sqrt(np.mean(np.square(pcm.astype(np.float32))))) >= LOUD:
            self._loud += len(pcm)
        waited = asyncio.get_running_loop().time() - self._since
        return not self._waits and self._loud >= SILENT_SECONDS * FLOOR_RATE and waited >= SILENT_SECONDS

    @contextmanager
    def waits(self) -> Iterator[None]:
        """It has given something, and waits until that is kept and told."""
        self._waits = True
        for limit in self._running():
            limit.reschedule(None)
        try:
            yield
        finally:
            self._waits = False
            self.hear()
            now = asyncio.get_running_loop().time()
            for limit in self._running():
                limit.reschedule(now + self._limits[limit])

    def _running(self) -> list[asyncio.Timeout]:
        return [limit for limit in self._limits if not limit.expired()]

    @asynccontextmanager
    async def limit(self, seconds: float | None) -> AsyncIterator[None]:
        """So long it may take for something; None: as long as it takes. Raises TimeoutError."""
        async with asyncio.timeout(None if self._waits else seconds) as limit:
            if seconds is not None:
                self._limits[limit] = seconds
            try:
                yield
            finally:
                self._limits.pop(limit, None)
