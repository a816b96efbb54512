"""A language on air without sound, picture or real time: what is said when is all that matters."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

import numpy as np
import pytest

from dragoman import broadcast as broadcasts
from dragoman.broadcast import Broadcast
from dragoman.cast import Cast, Span
from dragoman.channel import Batch
from dragoman.clock import FloorMap, MediaClock
from dragoman.engines.protocols import Look, VoiceInfo
from dragoman.errors import EngineFailed
from dragoman.events import AvatarState, PaceHint
from dragoman.history import History
from dragoman.modes import CONSECUTIVE
from dragoman.packets import FRAME_SAMPLES
from dragoman.speech import FLOOR_RATE, MEDIA_RATE, Line, Segment, Utterance, Viseme
from dragoman.turns import Turns
from scripted import ScriptedFace

QUIET = 700
"""Ticks after which nothing more is to be expected: no clause lasts as long, none takes as long to be made."""
TAIL = MEDIA_RATE * 60 // 1000
"""Media samples of silence that the voice leaves at the end."""


@dataclass(frozen=True)
class Clause:
    """A clause that the floor says, and what happens to it. Times in seconds."""

    pause: float
    """of the speaker before it"""
    takes: float
    """the speaker to say it"""
    seconds: float
    """of its translation at the natural pace"""
    made_after: float = 1.0
    """from its last word to its finished line"""
    voice_needs: float = 0.0
    """to make the sound"""
    fails: bool = False
    ends: str = ""
    """the mark at its end"""
    factor: float = 0.0
    """how many times as fast as it is said a streaming voice makes it; 0: all at once"""
    breaks: float | None = None
    """the part of its sound after which a streaming voice fails when it is first asked"""
    mends: bool = True
    """asked again it does not"""


class Clock(MediaClock):
    """Stands where the rehearsal puts it."""

    def __init__(self) -> None:
        super().__init__()
        self.at = 0

    def now(self) -> int:
        return self.at


class Mute:
    """In the place of a Channel: turns without encoders."""

    def __init__(self, _face: object) -> None:
        self._turns = Turns()
        self.grow = self._turns.grow
        self.withdraw = self._turns.withdraw
        self.heard: list[np.ndarray] = []
        """the sound of every tick"""

    def say(
        self,
        segment_id: int,
        utterance: Utterance,
        *,
        pause: int,
        latest: int | None,
        expected: int | None = None,
    ) -> None:
        self._turns.add(segment_id, utterance, pause=pause, latest=latest, expected=expected)

    def limit(self, segment_id: int, latest: int | None) -> None:
        self._turns.limit(segment_id, latest)

    def free(self, at: int) -> int:
        return self._turns.free(at)

    def tick(self, at: int) -> Batch:
        frame = self._turns.take(at)
        self.heard.append(frame.pcm)
        return Batch((), frame.marks, frame.late)

    def request_key(self) -> None:
        pass

    def close(self) -> None:
        pass


class Booth:
    """In the place of a Studio: ticks when told to."""

    def __init__(self) -> None:
        self.channel: Mute | None = None
        self.heard: list[np.ndarray] = []
        """the sound of every tick"""
        self._deliver: Callable[[Batch], None]

    async def add(self, channel: Mute, deliver: Callable[[Batch], None]) -> None:
        self.channel, self._deliver = channel, deliver
        channel.heard = self.heard

    async def remove(self, _channel: Mute) -> None:
        self.channel = None

    def tick(self, at: int) -> None:
        if self.channel is not None:
            self._deliver(self.channel.tick(at))


class Slow:
    """A voice that says a text of n characters in n hundredths of a second, and takes its time to make it."""

    name = "slow"

    def __init__(self, clock: Clock, clauses: dict[str, Clause]) -> None:
        self._clock = clock
        self._clauses = clauses
        self.rates: dict[str, float] = {}

    def voices(self, _language: str) -> Sequence[VoiceInfo]:
        return (VoiceInfo("es-f", "female"),)

    async def speak(self, text: str, _voice: str, *, rate: float = 1.0) -> Utterance:
        await self._work(self._clause(text).voice_needs)
        if self._clause(text).fails:
            raise EngineFailed("scripted")
        return self._sound(text, rate)

    def _clause(self, text: str) -> Clause:
        return self._clauses[text.strip(".,x")]

    async def _work(self, seconds: float) -> None:
        ready = self._clock.at + int(seconds * MEDIA_RATE)
        while self._clock.at < ready:
            await asyncio.sleep(0)

    def _sound(self, text: str, rate: float) -> Utterance:
        self.rates[text.strip(".,x")] = rate
        length = int(self._clause(text).seconds / rate * MEDIA_RATE) + TAIL
        pcm = np.repeat(np.array([8000, 0], np.int16), [length - TAIL, TAIL])
        return Utterance(pcm, (Viseme(0, 2), Viseme(length - TAIL, 0)))

    async def close(self) -> None:
        pass


class Growing(Slow):
    """The same, and what it makes can be had while it is made, a tenth of a second at a time."""

    def __init__(self, clock: Clock, clauses: dict[str, Clause]) -> None:
        super().__init__(clock, clauses)
        self.asked: list[str] = []
        """texts, with none left out that was asked for twice"""
        self.open = 0

    async def stream(self, text: str, voice: str, *, rate: float = 1.0) -> AsyncGenerator[Utterance, None]:
        clause = self._clause(text)
        fails = clause.breaks is not None and not (clause.mends and text in self.asked)
        self.asked.append(text)
        self.open += 1
        try:
            whole = await self.speak(text, voice, rate=rate)
            broken = round((clause.breaks or 0.0) * len(whole.pcm)) if fails else None
            for end in range(MEDIA_RATE // 10, len(whole.pcm), MEDIA_RATE // 10):
                if broken is not None and end > broken:
                    raise EngineFailed("scripted")
                if clause.factor:
                    await self._work(0.1 / clause.factor)
                yield Utterance(whole.pcm[:end], tuple(one for one in whole.visemes if one.start < end))
            if broken is not None:
                raise EngineFailed("scripted")
            yield whole
        finally:
            self.open -= 1


@dataclass
class Report:
    """Everything that became of the lines, in order."""

    clock: Clock
    states: list[AvatarState] = field(default_factory=list)
    starts: dict[int, int] = field(default_factory=dict)
    condensings: list[int] = field(default_factory=list)
    hints: list[tuple[int, PaceHint]] = field(default_factory=list)
    """with the media time"""

    def avatar(self, state: AvatarState) -> None:
        self.states.append(state)
        if state.speaking:
            self.starts[state.segment_id] = self.clock.at

    def condensed(self, _language: str, segment_id: int) -> None:
        self.condensings.append(segment_id)

    def hint(self, hint: PaceHint) -> None:
        self.hints.append((self.clock.at, hint))

    @property
    def spoken(self) -> list[int]:
        return [state.segment_id for state in self.states if state.speaking]

    @property
    def lags(self) -> dict[int, int | None]:
        return {state.segment_id: state.lag_ms for state in self.states if state.speaking}


@dataclass
class Outcome:
    """How a rehearsal went."""

    report: Report
    rates: dict[int, float]
    """asked of the voice, by segment"""
    heard: np.ndarray
    """every sample, but for what the studio left out"""
    asked: Counter[int]
    """how often a streaming voice was asked, by segment"""


def rehearse(
    clauses: Sequence[Clause],
    *,
    bound: int = 8000,
    followed: bool = True,
    stands_still: Sequence[tuple[int, int]] = (),
    held_up: tuple[int, int] = (0, 0),
    breaks_at: int = 0,
    streaming: bool = False,
) -> Outcome:
    """Say all this. followed: the floor map knows the floor. stands_still: the studio does, from tick to tick. held_up:
    the sound comes so many ticks late until a tick, then catches up. breaks_at: the channel does, when it is to say its
    so-manieth utterance. streaming: the voice is one whose first sound is there before its last.
    """

    class Brittle(Mute):
        said = 0

        def say(self, *args: Any, **more: Any) -> None:
            Brittle.said += 1
            if Brittle.said == breaks_at:
                raise RuntimeError("scripted")
            super().say(*args, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(broadcasts, "Channel", Brittle)
        patch.setattr(broadcasts, "_BACKOFF_SECONDS", (0.0,))
        voice = Growing if streaming else Slow
        play = _rehearse(clauses, voice, bound=bound, followed=followed, stands_still=stands_still, held_up=held_up)
        return asyncio.run(play)


async def _rehearse(
    clauses: Sequence[Clause],
    kind: type[Slow],
    *,
    bound: int,
    followed: bool,
    stands_still: Sequence[tuple[int, int]],
    held_up: tuple[int, int],
) -> Outcome:
    clock, history, floor, studio = Clock(), History(), FloorMap(), Booth()
    report = Report(clock)
    voice = kind(clock, {str(number): clause for number, clause in enumerate(clauses, 1)})
    broadcast = Broadcast(
        "es",
        history,
        cast=Cast(voice, ScriptedFace(), Look("maya"), lambda _tag: "es-f"),
        studio=cast(Any, studio),
        span=Span(floor, clock, mode=lambda: replace(CONSECUTIVE, bound=bound)),
        since=0,
        deliver=lambda _batch: None,
        report=report,
    )
    running = asyncio.create_task(broadcast.run())
    due = _script(clauses)
    heard, tick, quiet, late = 0, 0, 0, held_up[0] * FRAME_SAMPLES
    before = 0
    try:
        while due or quiet < QUIET:
            clock.at = tick * FRAME_SAMPLES
            late = late if tick < held_up[1] else max(0, late - 4 * FRAME_SAMPLES)
            position = max(0, clock.at - late) * FLOOR_RATE // MEDIA_RATE
            if followed and position > heard:
                floor.arrived(heard, position, clock.at)
            heard = position
            # Nobody recognises what has not arrived.
            while due and due[0][0] <= clock.at / MEDIA_RATE and due[0][1].end <= position:
                _, segment, line = due.pop(0)
                history.add(segment)
                history.add_line(line)
                broadcast.line_added()
            if not any(begin <= tick < end for begin, end in stands_still):
                studio.tick(clock.at)
            for _ in range(8):
                await asyncio.sleep(0)
            happened = len(report.states) + len(report.condensings)
            quiet = quiet + 1 if happened == before and not due else 0
            before = happened
            tick += 1
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    asked = Counter(int(text.strip(".,x")) for text in voice.asked) if isinstance(voice, Growing) else Counter[int]()
    assert not isinstance(voice, Growing) or voice.open == 0, "every stream is closed"
    heard = np.concatenate(studio.heard) if studio.heard else np.zeros(0, np.int16)
    return Outcome(report, {int(text): rate for text, rate in voice.rates.items()}, heard, asked)


def _script(clauses: Sequence[Clause]) -> list[tuple[float, Segment, Line]]:
    """When each line is finished (seconds; lines come in order), its segment and itself."""
    made, now, ready = list[tuple[float, Segment, Line]](), 0.1, 0.0
    for number, clause in enumerate(clauses, 1):
        begin = now + clause.pause
        now = begin + clause.takes
        ready = max(ready, now + clause.made_after)
        # As long as it takes to say, so that the pace learns what a character takes.
        text = f"{number}{clause.ends}".ljust(round(clause.seconds / 0.068), "x")
        segment = Segment(number, int(begin * FLOOR_RATE), int(now * FLOOR_RATE), "said", 0)
        made.append((ready, segment, Line(number, "es", text)))
    return made
