"""The clock and the studio on virtual time."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass

from benchmarks.simul.machine import Machine, timed

from dragoman.channel import Batch, Channel
from dragoman.clock import MediaClock
from dragoman.packets import FRAME_SAMPLES, PICTURE_SAMPLES
from dragoman.speech import MEDIA_RATE
from dragoman.studio import Deliver, Studio, Ticked, following

DRAWN_SECONDS = 10.0
"""So long all pictures are really drawn and encoded: what one costs is learned from that. Ten minutes of four channels
would take longer than the talk."""
_BEATS = PICTURE_SAMPLES // FRAME_SAMPLES


class VirtualClock(MediaClock):
    """Media samples on the event loop's time."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()

    def now(self) -> int:
        """See MediaClock."""
        return int(self._loop.time() * MEDIA_RATE + 1e-6)

    def until(self, at: int) -> float:
        """See MediaClock."""
        return at / MEDIA_RATE - self._loop.time()

    def wall(self, at: int) -> float:
        """See MediaClock."""
        return at / MEDIA_RATE


@dataclass(eq=False, slots=True)
class _Place:
    """As in the real studio."""

    channel: Channel
    deliver: Deliver
    beat: int
    owed: bool = False

    def draws(self, at: int, late: int) -> bool:
        due = self.owed or at // FRAME_SAMPLES % _BEATS == self.beat
        self.owed = due and late >= PICTURE_SAMPLES
        return due and not self.owed


class VirtualStudio(Studio):
    """Ticks as the real one does, late and leaving out included; its thread is one job at a time on the machine.

    Sound and marks are always made. Pictures are drawn for DRAWN_SECONDS of speech; then a picture's cost is booked
    that was measured for one of those, drawn by lot.
    """

    def __init__(self, clock: MediaClock, machine: Machine) -> None:
        super().__init__(clock)
        self._media = clock
        self._machine = machine
        self._present: list[_Place] = []
        self._task: asyncio.Task[None] | None = None
        self._lot = random.Random(1)
        self._began: int | None = None
        self.costs: list[float] = []
        """CPU seconds of a picture, drawn and encoded"""
        self.left_out = 0
        """ticks left out"""
        self.pictures_late = 0
        """times that a picture was put off"""

    @property
    def late(self) -> int:
        """See Studio."""
        return self.left_out

    async def add(self, channel: Ticked, deliver: Deliver) -> None:
        """See Studio."""
        assert isinstance(channel, Channel), "nobody listens to the floor here"
        beats = [place.beat for place in self._present]
        self._present.append(_Place(channel, deliver, beat=min(range(_BEATS), key=beats.count)))
        if self._task is None:
            self._task = asyncio.create_task(self._work(), name="studio")

    async def remove(self, channel: Ticked) -> None:
        """See Studio."""
        self._present = [place for place in self._present if place.channel is not channel]

    async def close(self) -> None:
        """See Studio."""
        self._present = []
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _work(self) -> None:
        last: int | None = None
        while True:
            at = following(last, self._media.now())
            self.left_out += (at - last) // FRAME_SAMPLES - 1 if last is not None else 0
            last = at
            await asyncio.sleep(max(0.0, self._media.until(at)))
            if self._present:
                await self._strike(at)

    async def _strike(self, at: int) -> None:
        first = at // PICTURE_SAMPLES % len(self._present)
        given: list[tuple[_Place, Batch]] = []
        for place in [*self._present[first:], *self._present[:first]]:
            picture = place.draws(at, self._media.now() - at)
            self.pictures_late += place.owed
            given.append((place, await self._made(place, at, picture)))
        for place, batch in given:
            if place in self._present:
                place.deliver(batch)

    async def _made(self, place: _Place, at: int, picture: bool) -> Batch:
        if not picture:
            batch, seconds = timed(lambda: place.channel.tick(at, picture=False))
            await self._machine.work("encoding sound", seconds)
            return batch
        if self._learning(at):
            batch, seconds = timed(lambda: place.channel.tick(at, picture=True))
            self.costs.append(seconds)
        else:
            batch, seconds = timed(lambda: place.channel.tick(at, picture=False))
            # what was measured holds the tick's sound
            seconds = self._lot.choice(self.costs)
        await self._machine.work("drawing and encoding", seconds)
        return batch

    def _learning(self, at: int) -> bool:
        if self._began is None:
            self._began = at
        return at - self._began < DRAWN_SECONDS * MEDIA_RATE
