"""A channel: utterances become one avatar's picture and sound on the media clock, encoded once for all who watch.

Decides without a thread or a clock of its own: it is told the media time of every tick.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import av.error
import numpy as np
import numpy.typing as npt
import structlog

from dragoman.encoding import SoundEncoder, VideoEncoder
from dragoman.engines.protocols import FaceStream, Said
from dragoman.packets import FRAME_SAMPLES, PICTURE_SAMPLES, Packet, Picture, Rendition
from dragoman.speech import MEDIA_RATE, Utterance

log = structlog.get_logger(__name__)

PAUSE = MEDIA_RATE * 80 // 1000
"""Media samples between two utterances that wait for each other: voices end theirs with some silence already."""
NEARBY = MEDIA_RATE // 2
"""Media samples before and after a picture within which its face is told of utterances."""
KEYS_APART = MEDIA_RATE // 2
"""Media samples between keys at least, so that a hundred who ask at once, or one who asks all the time, get one."""
WAITING = 64
"""Utterances that may wait. Who fills the channel keeps far fewer ahead; this many are a fault of the filler."""
_RENDITION = Rendition()
_GREY = 128
_ENCODER_ERRORS = (av.error.FFmpegError, ValueError)
"""What PyAV raises: FFmpeg's own errors, and ValueError for a picture or sound of the wrong shape."""
_FAILURES_A_LOG = 250
"""Failures from one line in the log to the next: ten seconds of a face that cannot be drawn."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where on the media clock an utterance begins or ends."""

    segment_id: int
    speaking: bool
    """it begins; otherwise it ends"""
    at: int
    """media time of its first sample, or one past its last"""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one tick gives."""

    packets: tuple[Packet, ...]
    marks: tuple[Mark, ...]


class Channel:
    """One avatar speaking one language. `say` and `request_key` may come from any thread; `tick` from one at a time."""

    def __init__(self, face: FaceStream, rendition: Rendition = _RENDITION) -> None:
        self._speech = _Speech()
        self._microphone: _Microphone | None = _Microphone()
        self._camera: _Camera | None = _Camera(face, rendition)

    def say(self, segment_id: int, utterance: Utterance) -> None:
        """Say this after what waits already. Raises OverflowError where WAITING utterances do."""
        self._speech.add(segment_id, utterance)

    def request_key(self) -> None:
        """Give a picture at which decoding can begin, soon: requests within KEYS_APART are answered by one."""
        camera = self._camera
        if camera is not None:
            camera.key_wanted = True

    def tick(self, at: int, *, picture: bool | None = None) -> Batch:
        """20 ms of sound from media time `at` on, and a picture where one is due.

        at: a multiple of FRAME_SAMPLES, greater than that of the tick before. Where ticks were left out the speech
        goes on where it stopped: nothing of it is lost, the rest comes later. picture: whether one is due; without
        it, at the multiples of PICTURE_SAMPLES.
        """
        if self._microphone is None or self._camera is None:
            return Batch((), ())
        frame = self._speech.take(at)
        packets = [self._microphone.take(frame.pcm, at)]
        if at % PICTURE_SAMPLES == 0 if picture is None else picture:
            packets.append(self._camera.take(at, frame.said))
        return Batch(tuple(packet for packet in packets if packet is not None), frame.marks)

    def close(self) -> None:
        """Say and show nothing more. Idempotent; not while a tick is under way.

        What takes room goes now, 9 MB of encoders and whatever the face has: the broadcast that was cancelled hangs in
        a circle of references, with this channel, until the collector of cycles finds it.
        """
        self._speech, self._microphone, self._camera = _Speech(), None, None


@dataclass(frozen=True, slots=True)
class _Frame:
    """What is said in one tick."""

    pcm: npt.NDArray[np.int16]
    """shape (FRAME_SAMPLES,)"""
    said: tuple[Said, ...]
    """what the tick's picture needs to know of"""
    marks: tuple[Mark, ...]


class _Speech:
    """Puts utterances on the media clock, one after the other."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[tuple[int, Utterance]] = deque()
        self._current: tuple[int, Said] | None = None
        self._past: deque[Said] = deque()
        self._free = 0
        """media time from which on the next may begin"""
        self._expected: int | None = None
        """the next tick, if none is left out"""

    def add(self, segment_id: int, utterance: Utterance) -> None:
        with self._lock:
            if len(self._waiting) >= WAITING:
                raise OverflowError(f"{WAITING} utterances wait already; say less ahead")
            self._waiting.append((segment_id, utterance))

    def take(self, at: int) -> _Frame:
        with self._lock:
            self._resume(at)
            said = tuple(self._nearby(at))
            pcm, marks = self._fill(at)
            return _Frame(pcm, said, tuple(marks))

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
        free = self._free
        if self._current is not None:
            yield self._current[1]
            free = _end(self._current[1]) + PAUSE
        for _, utterance in self._waiting:
            coming = Said(utterance, max(at, free))
            if coming.start > at + NEARBY:
                return
            yield coming
            free = _end(coming) + PAUSE

    def _fill(self, at: int) -> tuple[npt.NDArray[np.int16], list[Mark]]:
        pcm, marks = np.zeros(FRAME_SAMPLES, np.int16), list[Mark]()
        here, end = at, at + FRAME_SAMPLES
        while here < end:
            if self._current is None:
                here = max(here, self._free)
                if not self._waiting or here >= end:
                    break
                segment_id, utterance = self._waiting.popleft()
                self._current = segment_id, Said(utterance, here)
                marks.append(Mark(segment_id, True, here))
            segment_id, said = self._current
            part = said.utterance.pcm[here - said.start : end - said.start]
            pcm[here - at : here - at + len(part)] = part
            here += len(part)
            if here == _end(said):
                marks.append(Mark(segment_id, False, here))
                self._past.append(said)
                self._current, self._free = None, here + PAUSE
        return pcm, marks


def _end(said: Said) -> int:
    """Media time one past the last sample."""
    return said.start + len(said.utterance.pcm)


class _Microphone:
    """Encodes the sound; an encoder that fails costs 20 ms and is replaced."""

    def __init__(self) -> None:
        self._encoder: SoundEncoder | None = None
        self._failures = _Failures("sound")

    def take(self, pcm: npt.NDArray[np.int16], at: int) -> Packet | None:
        try:
            self._encoder = self._encoder or SoundEncoder()
            return self._encoder.encode(pcm, at)
        except _ENCODER_ERRORS as error:
            self._encoder = None
            self._failures.add(error)
            return None


class _Camera:
    """Draws and encodes the picture; a failure of either costs a picture at most."""

    def __init__(self, face: FaceStream, rendition: Rendition) -> None:
        self._face = face
        self._rendition = rendition
        self._encoder: VideoEncoder | None = None
        self._picture: Picture = np.full((rendition.height * 3 // 2, rendition.width), _GREY, np.uint8)
        """the last one drawn: shown again where the next cannot be, so that a viewer who waits for a key gets one"""
        self._last_key = -KEYS_APART
        self._failures = _Failures("picture")
        self.key_wanted = True

    def take(self, at: int, said: Sequence[Said]) -> Packet | None:
        try:
            self._picture = self._face.draw(at, said)
        except Exception as error:  # noqa: BLE001  # whatever a face raises, its channel goes on speaking
            self._failures.add(error)
        key = self.key_wanted and at - self._last_key >= KEYS_APART
        if key:
            self.key_wanted = False
        try:
            self._encoder = self._encoder or VideoEncoder(self._rendition)
            packet = self._encoder.encode(self._picture, at, key=key)
        except _ENCODER_ERRORS as error:
            # The next encoder begins with a key of itself.
            self._encoder = None
            self._failures.add(error)
            return None
        if packet.key:
            self._last_key = at
        return packet


class _Failures:
    """Logs the first failure of a kind, then one in _FAILURES_A_LOG."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._count = 0

    def add(self, error: Exception) -> None:
        if self._count % _FAILURES_A_LOG == 0:
            log.warning("channel failed", what=self._what, error=repr(error), before=self._count)
        self._count += 1
