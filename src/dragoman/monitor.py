"""The floor as its listeners hear it: the microphone's sound on the media clock, some hundredths of a second behind.

Decides without a thread or a clock of its own: it is told the media time of every tick.
"""

from __future__ import annotations

import threading
from collections import deque

import numpy as np
import numpy.typing as npt

from dragoman.channel import Batch, Microphone
from dragoman.packets import FRAME_SAMPLES
from dragoman.speech import FLOOR_RATE, MEDIA_RATE

_RATIO = MEDIA_RATE // FLOOR_RATE
_TICK = FRAME_SAMPLES // _RATIO
"""Floor samples of one tick."""
START = 3 * _TICK
"""Floor samples that must be there before sound begins: a microphone's message of 40 ms, and 20 ms for its way."""
MOST = 12 * _TICK
"""Floor samples that may wait, 240 ms; what comes above, as after a cut in the connection, was said too long ago."""
_SPARE = 3 * _TICK
"""Floor samples that are never needed may be so many: a microphone whose clock is fast fills more and more."""
_WATCHED = 100
"""Ticks over which it is watched what is never needed: two seconds."""
_FADE = FLOOR_RATE // 200
"""Floor samples in which sound begins, ends, or goes over into what is left out: 5 ms."""
_TAPS = 16
"""Floor samples on which one media sample depends."""


def _low_pass() -> npt.NDArray[np.float32]:
    """A Kaiser-windowed sinc that cuts at the floor's own band, shape (_RATIO, _TAPS): one row for each of the media
    samples that a floor sample becomes. It is flat up to 6 kHz, and 55 dB down above 9.5 kHz."""
    length = _RATIO * _TAPS
    places = np.arange(length) - (length - 1) / 2
    taps = np.sinc(places / _RATIO * 0.95) * np.kaiser(length, 6.0)
    rows = taps.reshape(_TAPS, _RATIO).T
    return np.asarray(rows / rows.sum(axis=1, keepdims=True), np.float32)


class Upsampler:
    """16 kHz to 48 kHz, run after run of the same sound; half a millisecond late."""

    def __init__(self) -> None:
        self._rows = _low_pass()
        self._before = np.zeros(_TAPS - 1, np.float32)

    def convert(self, pcm: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
        """Shape (n,) to (3 n,)."""
        whole = np.concatenate((self._before, pcm.astype(np.float32)))
        self._before = whole[len(whole) - len(self._before) :]
        made = np.stack([np.convolve(whole, row, "valid") for row in self._rows], axis=1)
        sound: npt.NDArray[np.int16] = np.clip(np.rint(made.ravel()), -32768, 32767).astype(np.int16)
        return sound


class JitterBuffer:
    """What the microphone sent and nobody has heard yet. `put` and `take` may come from different threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting = np.zeros(0, np.int16)
        self._playing = False
        self._least: deque[int] = deque(maxlen=_WATCHED)
        """what was left after each of the last ticks"""

    def put(self, pcm: npt.NDArray[np.int16]) -> None:
        """Sound from the microphone, shape (n,). What waits too long already is left out."""
        with self._lock:
            self._waiting = np.concatenate((self._waiting, pcm[-MOST:]))
            if len(self._waiting) > MOST:
                self._leave_out(len(self._waiting) - START)

    def take(self) -> npt.NDArray[np.int16]:
        """The next _TICK samples; silence where there are none."""
        with self._lock:
            made = np.zeros(_TICK, np.int16)
            begins = not self._playing and len(self._waiting) >= START
            self._playing = self._playing or begins
            if not self._playing:
                return made
            part, self._waiting = self._waiting[:_TICK].copy(), self._waiting[_TICK:]
            if begins:
                part[:_FADE] = part[:_FADE] * np.linspace(0, 1, len(part[:_FADE]))
            if len(part) < _TICK:
                # It has run out: what comes next waits until there is enough of it.
                self._playing = False
                self._least.clear()
                part[-_FADE:] = part[-_FADE:] * np.linspace(1, 0, len(part[-_FADE:]))
            made[: len(part)] = part
            self._follow()
            return made

    def _follow(self) -> None:
        """Leave out what has not been needed for two seconds, a little at a time."""
        self._least.append(len(self._waiting))
        if len(self._least) == _WATCHED and min(self._least) > _SPARE:
            self._leave_out(_TICK)
            self._least.clear()

    def _leave_out(self, number: int) -> None:
        """Of the oldest samples so many; what was before goes over into what is next."""
        old, new = self._waiting[:_FADE], self._waiting[number:].copy()
        length = min(len(old), len(new))
        up = np.linspace(0, 1, length)
        new[:length] = old[:length] * (1 - up) + new[:length] * up
        self._waiting = new


class Monitor:
    """The floor's sound, encoded once for all who listen. `tick` comes from one thread at a time."""

    def __init__(self) -> None:
        self._buffer = JitterBuffer()
        self._upsampler = Upsampler()
        self._microphone: Microphone | None = Microphone()

    def hear(self, pcm: npt.NDArray[np.int16]) -> None:
        """New sound of the floor, shape (n,), at FLOOR_RATE."""
        self._buffer.put(pcm)

    def tick(self, at: int, *, picture: bool | None = None) -> Batch:
        """20 ms of sound from media time `at` on; never a picture."""
        if self._microphone is None:
            return Batch((), ())
        packet = self._microphone.take(self._upsampler.convert(self._buffer.take()), at)
        return Batch((packet,) if packet is not None else (), ())

    def close(self) -> None:
        """Nothing more is heard. Idempotent; not while a tick is under way."""
        self._microphone = None
