"""The studio: one thread that draws and encodes the pictures and the sound of all channels, at the clock's pace."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from dragoman.channel import Batch
from dragoman.clock import MediaClock
from dragoman.packets import FRAME_SAMPLES, PICTURE_SAMPLES

log = structlog.get_logger(__name__)

BEHIND = 5 * FRAME_SAMPLES
"""Media samples that the studio may be late before it leaves ticks out. Until then it catches up, with sound alone:
receivers hold about 100 ms of it, so nobody hears the delay."""
UNTAKEN = 25
"""Ticks that may wait for the event loop, half a second; until it takes them the studio stands still, and what is
being said stands still with it."""
_BEATS = PICTURE_SAMPLES // FRAME_SAMPLES
_FAILURES_A_LOG = 500
"""Failures of a channel from one line in the log to the next: ten seconds of them."""


class Ticked(Protocol):
    """A channel, or whatever else gives packets at the clock's pace."""

    def tick(self, at: int, *, picture: bool | None = None) -> Batch:
        """What the tick of media time `at` gives. Called in the studio's thread."""


Deliver = Callable[[Batch], None]
"""Takes what a tick of its channel gave, on the event loop."""


def following(last: int | None, now: int) -> int:
    """The media time of the tick after `last`, which is None where none was; later than due where that is past help."""
    current = now // FRAME_SAMPLES * FRAME_SAMPLES
    if last is None:
        return current + FRAME_SAMPLES
    due = last + FRAME_SAMPLES
    return due if now - due <= BEHIND else current


@dataclass(eq=False, slots=True)
class _Place:
    """A channel in the studio."""

    channel: Ticked
    deliver: Deliver
    beat: int
    """in which tick of a picture's time it draws: the channels share them out, so that no tick is too full"""
    owed: bool = False
    """its picture was left out, because the studio was late"""
    failures: int = 0
    left: bool = False
    """nothing is delivered any more; belongs to the event loop"""

    def draws(self, at: int, late: int) -> bool:
        """Whether this tick gives a picture; late: media samples."""
        due = self.owed or at // FRAME_SAMPLES % _BEATS == self.beat
        self.owed = due and late >= PICTURE_SAMPLES
        return due and not self.owed


class Studio:
    """Ticks every channel once in FRAME_SAMPLES. The thread begins with the first channel and ends in `close`."""

    def __init__(self, clock: MediaClock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._places: tuple[_Place, ...] = ()
        self._leaving: list[asyncio.Future[None]] = []
        self._closing = False
        self._thread: threading.Thread | None = None
        self._given = 0  # counted by the thread
        self._taken = 0  # counted by the loop
        self._late = 0

    @property
    def late(self) -> int:
        """Ticks left out so far, because this machine or the event loop was too busy."""
        return self._late

    async def add(self, channel: Ticked, deliver: Deliver) -> None:
        """Begin to tick the channel. deliver: called on this event loop, once per tick; it must not wait."""
        beats = [place.beat for place in self._places]
        place = _Place(channel, deliver, beat=min(range(_BEATS), key=beats.count))
        with self._changed:
            self._places = (*self._places, place)
            self._changed.notify()
        if self._thread is None:
            loop = asyncio.get_running_loop()
            self._thread = threading.Thread(target=self._run, args=(loop,), name="studio", daemon=True)
            self._thread.start()

    async def remove(self, channel: Ticked) -> None:
        """Stop ticking the channel; does nothing where it is not ticked. Nothing is delivered from the call on, and
        when it returns the thread no longer touches the channel.
        """
        place = next((place for place in self._places if place.channel is channel), None)
        if place is None:
            return
        place.left = True
        gone = asyncio.get_running_loop().create_future()
        with self._changed:
            self._places = tuple(other for other in self._places if other is not place)
            self._leaving.append(gone)
            self._changed.notify()
        await gone

    async def close(self) -> None:
        """Stop; returns when the thread has ended. Idempotent."""
        for place in self._places:
            place.left = True
        with self._changed:
            self._places = ()
            self._closing = True
            self._changed.notify()
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        last: int | None = None
        try:
            while (places := self._next_places(loop)) is not None:
                if not places:
                    last = None
                    continue
                at = following(last, self._clock.now())
                self._late += (at - last) // FRAME_SAMPLES - 1 if last is not None else 0
                last = at
                time.sleep(max(0.0, self._clock.until(at)))
                if self._given - self._taken >= UNTAKEN:
                    self._late += 1
                    continue
                # Whoever is drawn last is left out first when there is no time: each in its turn.
                first = at // PICTURE_SAMPLES % len(places)
                order = places[first:] + places[:first]
                batches = [(place, batch) for place in order if (batch := self._tick(place, at)) is not None]
                self._given += 1
                loop.call_soon_threadsafe(self._take, batches)
        except RuntimeError:
            # The loop was closed before the studio was: there is nobody left to work for.
            log.warning("studio was not closed")

    def _next_places(self, loop: asyncio.AbstractEventLoop) -> tuple[_Place, ...] | None:
        """Whom to tick next, None at the end. Waits while there is nobody; those who left are told that they have."""
        with self._changed:
            while not (self._places or self._leaving or self._closing):
                self._changed.wait()
            leaving, self._leaving = self._leaving, []
            places = None if self._closing else self._places
        if leaving:
            loop.call_soon_threadsafe(_resolve, leaving)
        return places

    def _tick(self, place: _Place, at: int) -> Batch | None:
        late = self._clock.now() - at
        try:
            return place.channel.tick(at, picture=place.draws(at, late))
        except Exception as error:  # noqa: BLE001  # whatever happens to one channel, the others go on
            if place.failures % _FAILURES_A_LOG == 0:
                log.error("channel failed unexpectedly", error=type(error).__name__, before=place.failures)
            place.failures += 1
            return None

    def _take(self, batches: Sequence[tuple[_Place, Batch]]) -> None:
        self._taken += 1
        for place, batch in batches:
            if place.left:
                continue
            try:
                place.deliver(batch)
            except Exception as error:  # noqa: BLE001  # whatever happens to one audience, the others go on
                log.error("delivery failed unexpectedly", error=type(error).__name__)


def _resolve(leaving: Sequence[asyncio.Future[None]]) -> None:
    for gone in leaving:
        if not gone.done():
            gone.set_result(None)
