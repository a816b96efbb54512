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
import structlog

from dragoman.engines.protocols import Said
from dragoman.fading import cut
from dragoman.packets import FRAME_SAMPLES
from dragoman.speech import MEDIA_RATE, Utterance

log = structlog.get_logger(__name__)

NEARBY = MEDIA_RATE // 2
"""Media samples before and after a picture within which its face is told of utterances."""
FADE = MEDIA_RATE // 50
"""Media samples in which a sentence ends that is taken back while it is said."""
HEAD_START = MEDIA_RATE // 4
"""Media samples of an utterance that must be there before it begins while it is still being made, and before it goes on
where they ran out: a quarter of a second hides what a voice's network does, and nobody notices it as a delay."""
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
    expected: int | None
    """about how many media samples it will have, while it is still being made"""

    def start(self, here: int, ended: int | None) -> int:
        """Media time of its first sample, where the one before `ended` then."""
        return here if ended is None else max(here, ended + self.pause)

    def late(self, start: int) -> bool:
        return self.latest is not None and start > self.latest


@dataclass(slots=True)
class _Current:
    """The utterance that is being said."""

    segment_id: int
    said: Said
    expected: int | None
    """as in _Coming"""
    dry: int | None = None
    """its samples that were said when there were no more of them, while it waits for some"""
    stopped: bool = False
    """it was taken back; no more of it is wanted"""

    def stop(self, at: int) -> None:
        """End soon after media time `at`, the next that will be said."""
        utterance = self.said.utterance
        heard = max(0, at - self.said.start) if self.dry is None else self.dry
        if heard + FADE < len(utterance.pcm):
            self.said = replace(self.said, utterance=cut(utterance, heard + FADE, FADE))
        self.expected, self.stopped = None, True

    def ends(self, at: int) -> int:
        """Media time one past its last sample, as far as is known at media time `at`."""
        if self.expected is None:
            return _end(self.said)
        if self.dry is not None:
            return at + max(0, self.expected - self.dry)
        return max(_end(self.said), self.said.start + self.expected)

    def refill(self, at: int) -> None:
        """Go on at `at` where it waited for sound and there is enough of it now."""
        more = len(self.said.utterance.pcm) - (self.dry or 0)
        if self.dry is not None and (more >= HEAD_START or self.expected is None):
            # Where there is no more of it, it has ended when its sound did.
            self.said = replace(self.said, start=at - self.dry) if more > 0 else self.said
            self.dry = None


class Turns:
    """The utterances of one channel. `take` comes from one thread at a time, all else from any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[_Coming] = deque()
        self._current: _Current | None = None
        self._past: deque[Said] = deque()
        self._ended: int | None = None
        """media time one past the last sample of what was said last"""
        self._expected: int | None = None
        """the next tick, if none is left out"""
        self._underruns = 0

    @property
    def underruns(self) -> int:
        """How often the sound of what was being said ran out before it was whole."""
        return self._underruns

    def add(
        self, segment_id: int, utterance: Utterance, *, pause: int, latest: int | None, expected: int | None = None
    ) -> None:
        """To be said after what waits already. Raises OverflowError where WAITING utterances do.

        expected: it is still being made, and will have about so many media samples; see `grow`.
        """
        with self._lock:
            if len(self._waiting) >= WAITING:
                raise OverflowError(f"{WAITING} utterances wait already; say less ahead")
            self._waiting.append(_Coming(segment_id, utterance, pause, latest, expected))

    def grow(self, segment_id: int, utterance: Utterance, *, whole: bool) -> bool:
        """There is more of what was added while it was being made: `utterance` begins with what was there before.

        Its end is known once it is whole. False where it is not to be said any more: its turn came too late.
        """
        with self._lock:
            for coming in self._waiting:
                if coming.segment_id == segment_id:
                    coming.utterance, coming.expected = utterance, None if whole else coming.expected
                    return True
            current = self._current
            if current is None or current.segment_id != segment_id or current.stopped:
                return False
            current.said = replace(current.said, utterance=utterance)
            current.expected = None if whole else current.expected
            return True

    def withdraw(self, segment_id: int) -> bool:
        """Take back what was added and has not begun; False where nothing of this segment waits."""
        with self._lock:
            waiting = next((coming for coming in self._waiting if coming.segment_id == segment_id), None)
            if waiting is not None:
                self._waiting.remove(waiting)
            return waiting is not None

    def drop(self, segment_id: int) -> bool:
        """The same; and what is being said ends within FADE. False where it had begun, or there is no such thing."""
        waited = self.withdraw(segment_id)
        with self._lock:
            current = self._current
            if current is not None and current.segment_id == segment_id and self._expected is not None:
                # What waited was the same again, for this broke off.
                current.stop(self._expected)
        return waited

    def limit(self, segment_id: int, latest: int | None) -> None:
        """What waits for its turn must not begin after this media time; does nothing where it has begun."""
        with self._lock:
            for coming in self._waiting:
                if coming.segment_id == segment_id:
                    coming.latest = latest

    def free(self, at: int) -> int:
        """The media time at which all that was added will have been said, as far as is known at media time `at`."""
        with self._lock:
            ends = [end for _, end in self._planned(at)]
            ended = self._current.ends(at) if self._current is not None else self._ended
            return ends[-1] if ends else ended or 0

    def take(self, at: int) -> Frame:
        """What is said from media time `at` on, for one tick. Where ticks were left out it goes on where it stopped."""
        with self._lock:
            self._resume(at)
            said = tuple(self._nearby(at))
            return self._fill(at, said)

    def _resume(self, at: int) -> None:
        """Where ticks were left out, what was being said moves with the clock, and the lips with it; so it does where
        its sound had run out.
        """
        current = self._current
        if current is not None and current.dry is not None:
            current.refill(at)
        elif current is not None and self._expected is not None:
            current.said = replace(current.said, start=current.said.start + at - self._expected)
        self._expected = at + FRAME_SAMPLES

    def _nearby(self, at: int) -> Iterator[Said]:
        """What was said, is said and will be said within NEARBY of `at`, in order."""
        while self._past and _end(self._past[0]) < at - NEARBY:
            self._past.popleft()
        yield from self._past
        if self._current is not None:
            yield self._current.said
        for coming, _ in self._planned(at):
            if coming.start > at + NEARBY:
                return
            yield coming

    def _planned(self, at: int) -> Iterator[tuple[Said, int]]:
        """What waits, where it will be said if nothing happens until then; and where it will end."""
        ended = self._current.ends(at) if self._current is not None else self._ended
        for coming in self._waiting:
            start = coming.start(at, ended)
            if not coming.late(start):
                ended = start + max(len(coming.utterance.pcm), coming.expected or 0)
                yield Said(coming.utterance, start), ended

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
            current = self._must()
            if current.dry is not None:
                break
            speaking = current.said
            part = speaking.utterance.pcm[here - speaking.start : end - speaking.start]
            pcm[here - at : here - at + len(part)] = part
            here += len(part)
            if here < end and current.expected is not None:
                self._run_dry(current)
            elif here >= _end(speaking) and current.expected is None:
                # It has ended before `here` where its whole is shorter, by silence, than what was there of it.
                self._ended = _end(speaking)
                marks.append(Mark(current.segment_id, False, self._ended))
                self._past.append(speaking)
                self._current = None
        return Frame(pcm, said, tuple(marks), tuple(late))

    def _must(self) -> _Current:
        assert self._current is not None, "somebody has the floor"
        return self._current

    def _run_dry(self, current: _Current) -> None:
        """There is no more sound of what is being said: silence, until there is."""
        current.dry = len(current.said.utterance.pcm)
        self._underruns += 1
        log.debug("sound ran out", segment=current.segment_id, after=current.dry, expected=current.expected)

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
                self._current = _Current(coming.segment_id, Said(coming.utterance, start), coming.expected)
                return Mark(coming.segment_id, True, start)
        return None


def _end(said: Said) -> int:
    """Media time one past the last sample."""
    return said.start + len(said.utterance.pcm)
