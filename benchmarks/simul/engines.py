"""The embedded engines on virtual time: every call is really made, at once, and what it cost is booked."""

from __future__ import annotations

import asyncio
import heapq
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, TypeVar, TypeVarTuple

from benchmarks.simul.machine import Machine, timed
from benchmarks.simul.outside import Meter, Outside

from dragoman.engines import registry
from dragoman.engines.embedded.models import Models
from dragoman.engines.embedded.recognizer import EmbeddedRecognizer
from dragoman.engines.protocols import (
    Engines,
    Face,
    FaceStream,
    Look,
    Route,
    Translator,
    TranslatorStream,
    Voice,
    VoiceInfo,
)
from dragoman.engines.threads import Worker, WorkerClosed
from dragoman.engines.weights import packaged
from dragoman.speech import Utterance

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class BookedWorker(Worker):
    """A worker without a thread: one job at a time, the most urgent first, each as long as its CPU time says."""

    def __init__(self, name: str, machine: Machine) -> None:
        super().__init__(name)
        self._machine = machine
        self._kind = name
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = count()
        self._busy = False
        self._over = False

    async def run(self, urgency: int, function: Callable[[*Ts], T], *args: *Ts) -> T:
        """As Worker says. The function runs when its turn comes; the answer is there when its time is over."""
        if self._over:
            raise WorkerClosed(f"The worker {self._kind} is closed.")
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (urgency, next(self._order), turn))
        self._call()
        await turn
        try:
            result, seconds = timed(function, *args)
        except BaseException:  # cancelled too: nothing of it is left behind
            self._leave()
            raise
        done = self._machine.begin(self._kind, seconds)
        done.add_done_callback(lambda _: self._leave())
        await asyncio.shield(done)
        return result

    async def close(self) -> None:
        """As Worker says."""
        self._over = True
        waiting, self._waiting = self._waiting, []
        for _, _, turn in waiting:
            if not turn.done():
                turn.set_exception(WorkerClosed(f"The worker {self._kind} was closed."))

    def _call(self) -> None:
        while self._waiting and not self._busy:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                self._busy = True

    def _leave(self) -> None:
        self._busy = False
        self._call()


class BookedTranslator:
    """The translator; as with its children, a pair answers one text at a time."""

    def __init__(self, real: Any, outside: Outside, machine: Machine) -> None:
        self._real: Translator = real
        self._outside = outside
        self._machine = machine
        self._meter = Meter(outside, lambda: real.pids)
        self._turns: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)
        self.name = self._real.name

    def routes(self) -> Sequence[Route]:
        """See Translator."""
        return self._real.routes()

    async def open(self, source: str, target: str) -> TranslatorStream:
        """See Translator."""
        stream = self._outside.call(self._real.open(source, target))
        return _BookedTranslation(stream, self, self._turns[source, target])

    async def close(self) -> None:
        """See Translator."""
        self._outside.call(self._real.close())

    async def ask(self, stream: TranslatorStream, text: str) -> str:
        """One text, booked."""
        self._machine.begin("translation", self._meter.between())
        answer, seconds = self._meter.measure(stream.translate(text))
        await self._machine.work("translation", seconds)
        return answer

    def let_go(self, stream: TranslatorStream) -> None:
        """Close a stream."""
        self._outside.call(stream.close())


class _BookedTranslation:
    def __init__(self, real: TranslatorStream, owner: BookedTranslator, turn: asyncio.Lock) -> None:
        self._real = real
        self._owner = owner
        self._turn = turn

    async def translate(self, text: str) -> str:
        async with self._turn:
            return await self._owner.ask(self._real, text)

    async def close(self) -> None:
        self._owner.let_go(self._real)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text that a voice was asked for."""

    voice: str
    text: str
    rate: float


class BookedVoice:
    """The voice; it says one text at a time. Notes what it was asked."""

    def __init__(self, real: Any, outside: Outside, machine: Machine) -> None:
        self._real: Voice = real
        self._outside = outside
        self._machine = machine
        self._meter = Meter(outside, lambda: real.pids)
        self._turn = asyncio.Lock()
        self.name = self._real.name
        self.asked: list[Spoken] = []

    def voices(self, language: str) -> Sequence[VoiceInfo]:
        """See Voice."""
        return self._real.voices(language)

    async def speak(self, text: str, voice: str, *, rate: float = 1.0, **more: Any) -> Utterance:
        """See Voice."""
        self.asked.append(Spoken(voice, text, rate))
        async with self._turn:
            asking = self._real.speak(text, voice, rate=rate, **more)
            utterance, seconds = self._meter.measure(asking)
            await self._machine.work("voice", seconds)
            return utterance

    async def close(self) -> None:
        """See Voice."""
        self._outside.call(self._real.close())


class BookedFace:
    """The face: opening one is booked here, drawing by the studio."""

    def __init__(self, real: Face, outside: Outside, machine: Machine) -> None:
        self._real = real
        self._outside = outside
        self._machine = machine
        self._meter = Meter(outside, tuple)
        self.name = real.name

    def gender(self, character: str) -> str:
        """See Face."""
        return self._real.gender(character)

    async def open(self, look: Look) -> FaceStream:
        """See Face."""
        stream, seconds = self._meter.measure(self._real.open(look))
        await self._machine.work("opening faces", seconds)
        return stream

    async def close(self) -> None:
        """See Face."""
        self._outside.call(self._real.close())


@dataclass(frozen=True, slots=True)
class Booked:
    """The engines of one run."""

    engines: Engines
    voice: BookedVoice

    async def close(self) -> None:
        """Let all go."""
        for engine in (self.engines.recognizer, self.engines.translator, self.engines.voice, self.engines.face):
            await engine.close()


def load(outside: Outside, machine: Machine) -> Booked:
    """The embedded engines, freshly loaded, so that every run pays for its children's start."""
    translator, voice, face = (
        outside.call(registry.load_one(job, "embedded")) for job in ("translator", "voice", "face")
    )
    speaker = BookedVoice(voice, outside, machine)
    recognizer = EmbeddedRecognizer(Models.read(packaged()), BookedWorker("recognition", machine))
    presenter = BookedFace(face, outside, machine)
    return Booked(Engines(recognizer, BookedTranslator(translator, outside, machine), speaker, presenter), speaker)
