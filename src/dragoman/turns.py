"""Whose turn it is: puts utterances on the media clock, one after the other, and leaves out what would come too late.

Decides without a thread or a clock of its own: it is told the media time of every tick.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dragoman.engines.protocols import Said
from dragoman.fading import ended
from dragoman.packets import FRAME_SAMPLES
from dragoman.speech import MEDIA_RATE, Utterance

NEARBY = MEDIA_RATE // 2
"""Media samples before and after a picture within which its face is told of utterances."""
FADE = MEDIA_RATE // 50
"""Media samples in which a sentence ends that is taken back while it is said."""
WAITING = 64
"""Utterances that may wait. Who fills the channel keeps far fewer ahead; this many are a fault of the filler."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where on the media clock an utterance begins or ends."""

    segment_id: int
    speaking: bool
    """it begins; otherwise it ends"""
    at: int
    """media time of its first sample, or one past its last"""


@dataclass(frozen=True, slots=True)
class Frame:
    """What is said in one tick."""

    pcm: npt.NDArray[np.int16]
    """shape (FRAME_SAMPLES,)"""
    said: tuple[Said, ...]
    """what the tick's picture needs to know of"""
    marks: tuple[Mark, ...]
    late: tuple[int, ...]
    """segments whose turn came too late: they are not said"""


@dataclass(slots=True)
class _Coming:
    """An utterance that waits for its turn."""

    segment_id: int
    utterance: Utterance
    pause: int
    """media samples between the one before and this one, at least"""
    latest: int | None
    """media time after which it must not begin any more"""

    def start(self, here: int, ended: int | None) -> int:
        """Media time of its first sample, where the one before `ended` then."""
        return here if ended is None else max(here, ended + self.pause)

    def late(self, start: int) -> bool:
        return self.latest is not None and start > self.latest


class Turns:
    """The utterances of one channel. `take` comes from one thread at a time, all else from any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[_Coming] = deque()
        self._current: tuple[int, Said] | None = None
        self._past: deque[Said] = deque()
        self._ended: int | None = None
        """media time one past the last sample of what was said last"""
        self._expected: int | None = None
        """the next tick, if none is left out"""

    def add(self, segment_id: int, utterance: Utterance, *, pause: int, latest: int | None) -> None:
        """To be said after what waits already. Raises OverflowError where WAITING utterances do."""
        with self._lock:
            if len(self._waiting) >= WAITING:
                raise OverflowError(f"{WAITING} utterances wait already; say less ahead")
            self._waiting.append(_Coming(segment_id, utterance, pause, latest))

    def limit(self, segment_id: int, latest: int | None) -> None:
        """What waits for its turn must not begin after this media time; does nothing where it has begun."""
        with self._lock:
            for coming in self._waiting:
                if coming.segment_id == segment_id:
                    coming.latest = latest

    def withdraw(self, segment_id: int) -> bool:
        """Leave out what waits for its turn; whether it did: what has begun, or was said, stays."""
        with self._lock:
            for place, coming in enumerate(self._waiting):
                if coming.segment_id == segment_id:
                    del self._waiting[place]
                    return True
            return False

    def drop(self, segment_id: int) -> bool:
        """The same, and what is being said ends at once, within FADE."""
        if self.withdraw(segment_id):
            return True
        with self._lock:
            if self._current is not None and self._current[0] == segment_id and self._expected is not None:
                said = self._current[1]
                heard = max(0, self._expected - said.start)
                self._current = segment_id, replace(said, utterance=ended(said.utterance, heard + FADE, FADE))
            return False

    def free(self, at: int) -> int:
        """The media time at which all that was added will have been said, as far as is known at media time `at`."""
        with self._lock:
            ends = [_end(said) for said in self._planned(at)]
            ended = _end(self._current[1]) if self._current is not None else self._ended
            return ends[-1] if ends else ended or 0

    def take(self, at: int) -> Frame:
        """What is said from media time `at` on, for one tick. Where ticks were left out it goes on where it stopped."""
        with self._lock:
            self._resume(at)
            said = tuple(self._nearby(at))
            return self._fill(at, said)

    def _resume(self, at: int) -> None:
        """Where ticks were left out, what was being said moves with the clock, and the lips with it."""
        if self._current is not None and self._expected is not None:
            segment_id, said = self._current
            self._current = segment_id, replace(said, start=said.start + at - self._expected)
        self._expected = at + FRAME_SAMPLES

    def _nearby(self, at: int) -> Iterator[Said]:
        """What was said, is said and will be said within NEARBY of `at`, in order."""
        while self._past and _end(self._past[0]) < at - NEARBY:
            self._past.popleft()
        yield from self._past
        if self._current is not None:
            yield self._current[1]
        for coming in self._planned(at):
            if coming.start > at + NEARBY:
                return
            yield coming

    def _planned(self, at: int) -> Iterator[Said]:
        """What waits, where it will be said if nothing happens until then."""
        ended = _end(self._current[1]) if self._current is not None else self._ended
        for coming in self._waiting:
            start = coming.start(at, ended)
            if not coming.late(start):
                said = Said(coming.utterance, start)
                yield said
                ended = _end(said)

    def _fill(self, at: int, said: tuple[Said, ...]) -> Frame:
        pcm, marks, late = np.zeros(FRAME_SAMPLES, np.int16), list[Mark](), list[int]()
        here, end = at, at + FRAME_SAMPLES
        while here < end:
            if self._current is None:
                begun = self._begin(here, end, late)
                if begun is None:
                    break
                marks.append(begun)
                here = begun.at
            segment_id, speaking = self._must()
            part = speaking.utterance.pcm[here - speaking.start : end - speaking.start]
            pcm[here - at : here - at + len(part)] = part
            here += len(part)
            if here == _end(speaking):
                marks.append(Mark(segment_id, False, here))
                self._past.append(speaking)
                self._current, self._ended = None, here
        return Frame(pcm, said, tuple(marks), tuple(late))

    def _must(self) -> tuple[int, Said]:
        assert self._current is not None, "somebody has the floor"
        return self._current

    def _begin(self, here: int, end: int, late: list[int]) -> Mark | None:
        """Give the turn to whom it belongs before `end`; those for whom it is too late go to `late`."""
        while self._waiting:
            coming = self._waiting[0]
            start = coming.start(here, self._ended)
            if coming.late(start):
                late.append(self._waiting.popleft().segment_id)
            elif start >= end:
                return None
            else:
                self._waiting.popleft()
                self._current = coming.segment_id, Said(coming.utterance, start)
                return Mark(coming.segment_id, True, start)
        return None


def _end(said: Said) -> int:
    """Media time one past the last sample."""
    return said.start + len(said.utterance.pcm)
