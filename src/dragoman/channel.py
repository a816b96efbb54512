"""A channel: utterances become one avatar's picture and sound on the media clock, encoded once for all who watch.

Decides without a thread or a clock of its own: it is told the media time of every tick.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import av.error
import numpy as np
import numpy.typing as npt
import structlog

from dragoman.encoding import SoundEncoder, VideoEncoder
from dragoman.engines.protocols import FaceStream, Said
from dragoman.packets import PICTURE_SAMPLES, Packet, Picture, Rendition
from dragoman.speech import MEDIA_RATE, Utterance
from dragoman.turns import Mark, Turns

log = structlog.get_logger(__name__)

KEYS_APART = MEDIA_RATE // 2
"""Media samples between keys at least, so that a hundred who ask at once, or one who asks all the time, get one."""
_RENDITION = Rendition()
_GREY = 128
_ENCODER_ERRORS = (av.error.FFmpegError, ValueError)
"""What PyAV raises: FFmpeg's own errors, and ValueError for a picture or sound of the wrong shape."""
_FAILURES_A_LOG = 250
"""Failures from one line in the log to the next: ten seconds of a face that cannot be drawn."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one tick gives."""

    packets: tuple[Packet, ...]
    marks: tuple[Mark, ...]
    late: tuple[int, ...] = ()
    """segments that are not said: their turn came too late"""


class Channel:
    """One avatar speaking one language. `tick` comes from one thread at a time, all else from any."""

    def __init__(self, face: FaceStream, rendition: Rendition = _RENDITION) -> None:
        self._turns = Turns()
        self._microphone: Microphone | None = Microphone()
        self._camera: _Camera | None = _Camera(face, rendition)

    def say(
        self,
        segment_id: int,
        utterance: Utterance,
        *,
        pause: int = 0,
        latest: int | None = None,
        expected: int | None = None,
    ) -> None:
        """Say this after what waits already, with a pause of so many media samples before it, if it can begin by media
        time `latest`. Raises OverflowError where too many utterances wait.

        expected: there will be more of it, about so many media samples in all; see `grow`. Where it is said faster than
        it grows, silence is heard, and then the rest.
        """
        self._turns.add(segment_id, utterance, pause=pause, latest=latest, expected=expected)

    def grow(self, segment_id: int, utterance: Utterance, *, whole: bool) -> bool:
        """There is more of what was given to be said, beginning with what was there; or all of it.

        False where the rest is not wanted: its turn came too late.
        """
        return self._turns.grow(segment_id, utterance, whole=whole)

    def withdraw(self, segment_id: int) -> bool:
        """Take back what has not begun to be said; False where there is no such thing."""
        return self._turns.withdraw(segment_id)

    def limit(self, segment_id: int, latest: int | None) -> None:
        """What has not begun must begin by media time `latest`, or it is left out."""
        self._turns.limit(segment_id, latest)

    def drop(self, segment_id: int) -> bool:
        """The same; and what is being said ends at once, with a short fade."""
        return self._turns.drop(segment_id)

    def free(self, at: int) -> int:
        """The media time at which all that waits will have been said, as far as is known at media time `at`."""
        return self._turns.free(at)

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
        frame = self._turns.take(at)
        packets = [self._microphone.take(frame.pcm, at)]
        if at % PICTURE_SAMPLES == 0 if picture is None else picture:
            packets.append(self._camera.take(at, frame.said))
        return Batch(tuple(packet for packet in packets if packet is not None), frame.marks, frame.late)

    def close(self) -> None:
        """Say and show nothing more. Idempotent; not while a tick is under way.

        What takes room goes now, 9 MB of encoders and whatever the face has: the broadcast that was cancelled hangs in
        a circle of references, with this channel, until the collector of cycles finds it.
        """
        self._turns, self._microphone, self._camera = Turns(), None, None


class Microphone:
    """Encodes the sound; an encoder that fails costs 20 ms and is replaced."""

    def __init__(self) -> None:
        self._encoder: SoundEncoder | None = None
        self._failures = _Failures("sound")

    def take(self, pcm: npt.NDArray[np.int16], at: int) -> Packet | None:
        """The FRAME_SAMPLES samples from media time `at` on, encoded."""
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
