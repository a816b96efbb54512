"""A film of an avatar that says a talk's translation, written sentence by sentence while the talk is interpreted."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

import av
import av.error
import numpy as np

from dragoman.engines.protocols import FaceStream, Look, Said
from dragoman.languages import iso_639_2
from dragoman.packets import PICTURE_SAMPLES, PICTURES_PER_SECOND, Picture
from dragoman.speech import FLOOR_RATE, MEDIA_RATE, Utterance
from dragoman.subtitles import Cue

T = TypeVar("T")

NEARBY = MEDIA_RATE // 2
"""Media samples before and after a picture within which its face is told of utterances (FaceStream.draw)."""
_AT_ONCE = PICTURES_PER_SECOND
"""Pictures drawn in one go: after each second of film the loop hears of it, and may stop it."""
_QUALITY = 20
"""x264's constant rate factor: 200 to 300 kbit/s for a drawn face at 512x512."""
_SEEKABLE = 4 * PICTURES_PER_SECOND
"""Pictures from one key to the next at most: players jump to keys."""
_SOUND_BITRATE = 96_000
"""Bits per second of AAC, which every player has; Opus in MP4 some have not."""
_BT601, _LIMITED = 6, 1
"""AVCOL_SPC_SMPTE170M and AVCOL_RANGE_MPEG: what pictures in I420 are."""
_RATIO = MEDIA_RATE // FLOOR_RATE


class Unfilmable(Exception):
    """A film that cannot be made; the text says why."""


class Film:
    """One MP4 file in the making: H.264 and AAC. Its media time begins at 0. For one thread at a time; it blocks.

    about: the file's metadata, by FFmpeg's names. subtitles: the tag of a track of them, empty until `subtitle`. Raises
    Unfilmable where the file cannot be written.
    """

    def __init__(
        self, path: Path, face: FaceStream, look: Look, about: Mapping[str, str], subtitles: str | None = None
    ) -> None:
        self._face = face
        self._said: deque[Said] = deque()
        self._free = 0
        """media time from which on the next sentence may be said; also up to where all is known"""
        self._last: int | None = None
        """media time of the film's end, once it is known"""
        self.position = 0
        """media time up to which has been drawn"""
        try:
            # The index in front, so that a browser can begin before it has the whole film.
            self._file = av.open(f"file:{path}", "w", format="mp4", options={"movflags": "faststart"})
        except (av.error.FFmpegError, OSError) as error:
            raise Unfilmable(f"the film cannot be written: {error.strerror}") from error
        self._file.metadata.update(about)
        self._video, self._audio = _video_stream(self._file, look), _audio_stream(self._file)
        self._subtitles = None if subtitles is None else _subtitle_stream(self._file, subtitles)

    def say(self, start: int, utterance: Utterance) -> Said:
        """Say this from media time `start` on, or when what is being said then ends. Cheap."""
        said = Said(utterance, max(start, self._free))
        self._said.append(said)
        self._free = _end(said)
        return said

    def end(self, at: int) -> None:
        """Nothing more is said: the film ends at media time `at`, or with the last word."""
        self._free = self._last = max(at, self._free)

    def shoot(self) -> bool:
        """Draw up to a second of what is known for good; whether there is more of it. Raises Unfilmable."""
        try:
            for _ in range(_AT_ONCE):
                # What may still come would begin at _free, and a picture NEARBY before it shows the breath for it.
                if self.position >= (self._free - NEARBY if self._last is None else self._last):
                    return False
                self._take()
        except (av.error.FFmpegError, OSError) as error:
            raise Unfilmable(f"the film cannot be written: {error.strerror}") from error
        return True

    def subtitle(self, shown: Sequence[Cue]) -> None:
        """Fill the track of subtitles, in order of time; before `finish`. Raises Unfilmable."""
        if self._subtitles is None:
            return
        try:
            until = 0
            for cue in shown:
                # A track of this kind has no holes: what is shown between two cues is nothing.
                if cue.start > until:
                    self._file.mux(_text(self._subtitles, until, cue.start, ""))
                self._file.mux(_text(self._subtitles, cue.start, cue.end, "\n".join(cue.lines)))
                until = cue.end
        except (av.error.FFmpegError, OSError) as error:
            raise Unfilmable(f"the film cannot be written: {error.strerror}") from error

    def finish(self) -> None:
        """Write what the encoders hold and the index, and close the file. Raises Unfilmable."""
        try:
            for stream in (self._video, self._audio):
                self._file.mux(stream.encode(None))
            self._file.close()
        except (av.error.FFmpegError, OSError) as error:
            raise Unfilmable(f"the film cannot be written: {error.strerror}") from error

    def _take(self) -> None:
        """One picture and its sound."""
        at = self.position
        while self._said and _end(self._said[0]) < at - NEARBY:
            self._said.popleft()
        near = [said for said in self._said if said.start <= at + NEARBY]
        self._file.mux(self._video.encode(_picture(self._face.draw(at, near), at)))
        self._file.mux(self._audio.encode(_sound(near, at)))
        self.position += PICTURE_SAMPLES

    def close(self) -> None:
        """Let the file go, whole or not. Idempotent."""
        with suppress(av.error.FFmpegError, OSError):
            self._file.close()


def _end(said: Said) -> int:
    """Media time one past the last sample."""
    return said.start + len(said.utterance.pcm)


def _video_stream(file: av.container.OutputContainer, look: Look) -> av.VideoStream:
    stream = file.add_stream("libx264", rate=PICTURES_PER_SECOND)
    stream.width, stream.height, stream.pix_fmt = look.width, look.height, "yuv420p"
    context = stream.codec_context
    context.time_base = Fraction(1, PICTURES_PER_SECOND)
    context.colorspace, context.color_range = _BT601, _LIMITED
    context.gop_size, context.thread_count = _SEEKABLE, 1
    context.options = {"preset": "superfast", "crf": str(_QUALITY)}
    return stream


def _audio_stream(file: av.container.OutputContainer) -> av.AudioStream:
    stream = file.add_stream("aac", rate=MEDIA_RATE, layout="mono")
    stream.bit_rate = _SOUND_BITRATE
    return stream


def _subtitle_stream(file: av.container.OutputContainer, tag: str) -> av.stream.Stream:
    stream = file.add_mux_stream("mov_text")
    stream.time_base = Fraction(1, 1000)
    stream.metadata["language"] = iso_639_2(tag)
    return stream


def _text(stream: av.stream.Stream, start: int, end: int, text: str) -> av.Packet[Any]:
    """A sample of timed text (3GPP TS 26.245): its length in bytes, then the text in UTF-8. start, end: ms."""
    data = text.encode("utf-8", "replace")[:65_535]
    packet: av.Packet[Any] = av.Packet(len(data).to_bytes(2, "big") + data)
    packet.stream, packet.time_base = stream, Fraction(1, 1000)
    packet.pts = packet.dts = start
    packet.duration = end - start
    return packet


def _picture(picture: Picture, at: int) -> av.VideoFrame:
    """The frame shares the picture's memory; x264 copies it before `encode` returns."""
    frame = av.VideoFrame.from_numpy_buffer(picture, format="yuv420p")
    frame.time_base, frame.pts = Fraction(1, PICTURES_PER_SECOND), at // PICTURE_SAMPLES
    return frame


def _sound(said: Sequence[Said], at: int) -> av.AudioFrame:
    """A picture's time of sound."""
    pcm = np.zeros(PICTURE_SAMPLES, np.int16)
    for one in said:
        start, end = max(at, one.start), min(at + PICTURE_SAMPLES, _end(one))
        if start < end:
            pcm[start - at : end - at] = one.utterance.pcm[start - one.start : end - one.start]
    frame = av.AudioFrame.from_ndarray(pcm[np.newaxis], format="s16", layout="mono")
    frame.sample_rate, frame.time_base, frame.pts = MEDIA_RATE, Fraction(1, MEDIA_RATE), at
    return frame


def software() -> str:
    """What made a film, for its metadata."""
    return f"Dragoman {metadata.version('dragoman')}"
