"""Who listens to the floor: which recogniser, told what; and whether a better one that failed is back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from dragoman.cost import Meter, stream_kinds
from dragoman.engines.pool import Pool
from dragoman.engines.protocols import Brief, Recognizer, RecognizerStream
from dragoman.errors import EngineFailed
from dragoman.languages import match
from dragoman.lineup import Lineup
from dragoman.speech import FLOOR_RATE, Begun, Pcm, Safe

log = structlog.get_logger(__name__)

JOB = "recognizer"
OPEN_SECONDS = 20.0
"""How long a stream may take to open."""
PROBE_SECONDS = 20.0
"""How long a recogniser that listens along has to open, and for its first word once another one has heard some."""
_AHEAD = 64
"""Runs of sound that may wait for one that listens along; one that takes none is not back."""


@dataclass(frozen=True, slots=True)
class Ear:
    """A recogniser as it is used now."""

    name: str
    recognizer: Recognizer
    language: str
    """the tag for which its stream is opened"""
    brief: Brief
    alone: bool
    """nobody stands behind it"""

    async def open(self, start: int, begun: Begun | None) -> RecognizerStream:
        """A live stream; see Recognizer.open. Raises EngineFailed."""
        try:
            async with asyncio.timeout(None if self.alone else OPEN_SECONDS):
                return await self.recognizer.open(self.language, start=start, live=True, begun=begun, brief=self.brief)
        except TimeoutError:
            raise EngineFailed("its stream does not open") from None


class Hearing:
    """The recognisers of one session. Decides at the call; owns the one that listens along, see `close`."""

    def __init__(
        self,
        pool: Pool,
        lineup: Lineup,
        meter: Meter,
        language: str,
        candidates: Sequence[str],
        brief: Callable[[str], Brief],
    ) -> None:
        """language: the floor's tag. candidates: tags among which the spoken one is to be identified; may be empty.

        brief: what an engine of this name is to be told, asked again every time.
        """
        self._pool = pool
        self._lineup = lineup
        self._meter = meter
        self._candidates = tuple(candidates)
        self._brief = brief
        self.spoken = language
        """the tag that was identified last; the floor's own until then"""
        self.listening = ""
        """the engine that was asked to listen last"""
        self._made: tuple[object, Ear] | None = None
        self._probe: _Probe | None = None
        lineup.covering(JOB, self.hears)

    def hears(self, name: str) -> bool:
        """Whether an engine is of use here: it tells the candidates apart, or hears what is spoken now."""
        engine = self._pool.recognizers[name]
        return self._identifies(engine) or match(self.spoken, engine.languages) is not None

    def _identifies(self, engine: Recognizer) -> bool:
        known = [tag for tag in self._candidates if match(tag, engine.languages)]
        return bool(known) and len(known) == len(self._candidates) <= engine.most_candidates

    def now(self) -> Ear:
        """Who is to listen now. Raises EngineFailed where nobody can."""
        name = self._lineup.up(JOB, self.hears)
        if name is None:
            raise EngineFailed(f"no recogniser here hears {self.spoken}")
        return self._ear(name)

    def _ear(self, name: str) -> Ear:
        engine, told = self._pool.recognizers[name], self._brief(name)
        alone = len(self._lineup.able(JOB, self.hears)) == 1
        key = (name, told, self.spoken, alone)
        if self._made is not None and self._made[0] == key:
            return self._made[1]
        ear = self._instructed(name, engine, told, alone=alone)
        self._made = (key, ear)
        return ear

    def _instructed(self, name: str, engine: Recognizer, brief: Brief, *, alone: bool) -> Ear:
        if self._identifies(engine):
            candidates = tuple(match(tag, engine.languages) or tag for tag in self._candidates)
        else:
            candidates = ()
        brief = replace(
            brief, candidates=candidates, targets=tuple(tag for tag in brief.targets if match(tag, engine.translates))
        )
        language = candidates[0] if candidates else match(self.spoken, engine.languages) or self.spoken
        return Ear(name, engine, language, brief, alone)

    def outdated(self, ear: Ear) -> bool:
        """Whether another engine is to listen, or this one is to be told something else."""
        now = self.now()
        return (now.name, now.brief) != (ear.name, ear.brief)

    # -- what becomes of it

    def used(self, ear: Ear, samples: int) -> None:
        """A stream was given so many samples."""
        for kind, amount in stream_kinds(samples / FLOOR_RATE, len(ear.brief.targets)):
            self._meter.used(ear.name, kind, amount)

    def ask(self, ear: Ear) -> None:
        """It is going to be asked to listen."""
        self.listening = ear.name
        self._lineup.ask(JOB, ear.name, anyway=True)

    def answered(self, ear: Ear, position: int) -> None:
        """It has given words that begin at this floor position."""
        self._lineup.succeeded(JOB, ear.name)
        if self._probe is not None:
            self._probe.spoken(position)

    def failed(self, ear: Ear, error: EngineFailed) -> bool:
        """It broke; whether another one is to listen now."""
        self._lineup.failed(JOB, ear.name, error)
        return self.now().name != ear.name

    # -- listening along

    def pause(self, ear: Ear, position: int) -> None:
        """Nobody speaks at this floor position: a better engine that is due may begin to listen along."""
        if self._probe is not None:
            if not self._probe.running:
                self._probe = None
            return
        name = self._lineup.due(JOB, ear.name, self.hears)
        if name is not None and self._lineup.ask(JOB, name):
            self._probe = _Probe(self._ear(name), position, self)

    def along(self, pcm: Pcm) -> None:
        """The next run of the floor's sound."""
        if self._probe is not None:
            self._probe.feed(pcm)

    def verdict(self, ear: Ear, error: EngineFailed | None) -> None:
        """What became of the one that listened along."""
        if error is None:
            self._lineup.succeeded(JOB, ear.name)
        else:
            log.info("recogniser is not back", engine=ear.name, reason=str(error))
            self._lineup.failed(JOB, ear.name, error)

    def dropped(self, ear: Ear) -> None:
        """What became of it will not be known, unless it was told before."""
        self._lineup.dropped(JOB, ear.name)

    async def close(self) -> None:
        """Nobody listens along any more."""
        probe, self._probe = self._probe, None
        if probe is not None:
            await probe.close()


class _Probe:
    """One recogniser that listens along until it gives its first word. What it says is not used."""

    def __init__(self, ear: Ear, start: int, hearing: Hearing) -> None:
        self._ear = ear
        self._start = start
        self._hearing = hearing
        self._sound: asyncio.Queue[Pcm] = asyncio.Queue(_AHEAD)
        self._spoken = asyncio.Event()
        self._told = False
        self._task = asyncio.create_task(self._run(), name=f"probe {ear.name}")

    @property
    def running(self) -> bool:
        return not self._task.done()

    def feed(self, pcm: Pcm) -> None:
        """Where it takes no sound any more it is not back; nothing waits for it."""
        if pcm.start < self._start or not self.running:
            return
        try:
            self._sound.put_nowait(pcm)
        except asyncio.QueueFull:
            self._task.cancel()
            self._tell(EngineFailed("it takes no sound"))

    def spoken(self, position: int) -> None:
        """The one at work has heard words that begin at this floor position: there was something to be heard."""
        if position >= self._start:
            self._spoken.set()

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        if not self._told:
            self._told = True
            self._hearing.dropped(self._ear)

    def _tell(self, error: EngineFailed | None) -> None:
        if not self._told:
            self._told = True
            self._hearing.verdict(self._ear, error)

    async def _run(self) -> None:
        try:
            await self._listen()
        except TimeoutError:
            self._tell(EngineFailed("it says nothing"))
        except EngineFailed as error:
            self._tell(error)
        except Exception as error:  # noqa: BLE001  # an engine's bug: it is not back
            self._tell(EngineFailed(type(error).__name__))

    async def _listen(self) -> None:
        async with asyncio.timeout(PROBE_SECONDS):
            stream = await self._ear.open(self._start, None)
        tasks = [asyncio.create_task(work) for work in (self._feed(stream), _first(stream), self._patience())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            self._tell(None)
        finally:
            for task in tasks:
                task.cancel()
            try:
                await asyncio.gather(*tasks, return_exceptions=True)
            finally:
                await stream.close()

    async def _patience(self) -> None:
        """Raises TimeoutError."""
        await self._spoken.wait()
        await asyncio.sleep(PROBE_SECONDS)
        raise TimeoutError

    async def _feed(self, stream: RecognizerStream) -> None:
        """Never returns by itself."""
        while True:
            pcm = await self._sound.get()
            await stream.feed(pcm)
            self._hearing.used(self._ear, len(pcm.samples))


async def _first(stream: RecognizerStream) -> None:
    """Returns with the first words that a stream gives. That something was silence is no answer: a service is not
    needed to know it."""
    async for event in stream.events():
        if not isinstance(event, Safe):
            return
    raise EngineFailed("its stream ended")
