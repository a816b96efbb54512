"""Reads the sound of any file that PyAV can read, as the floor's PCM, without ever holding more than a second of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import av.error
import numpy as np
import numpy.typing as npt

from dragoman.speech import FLOOR_RATE, Pcm

CHUNK = FLOOR_RATE
"""Samples in what is read at once, at most."""
GAP = FLOOR_RATE // 10
"""Samples by which the file's time stamps must run ahead of its samples before that is silence: stamps are rounded
to whole ms or worse in some containers."""
GAP_LIMIT = 24 * 3600 * FLOOR_RATE
"""A gap longer than a day is a damaged time stamp."""
_DAMAGED_PACKETS = 25
"""Packets in a row that may be undecodable. A file that was cut and joined has one or two; half a second of them is
no accident of cutting."""
_DECLARING = frozenset({"flac", "matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2"})
"""Containers that write down how long they are. Of others FFmpeg guesses it, from the first packets' bit rate."""
_CUT_OFF = 0.05
"""Part of its declared length that a file may lack at its end."""


class MediaError(Exception):
    """The file cannot be read as sound; the text says which, and why."""


class Sound:
    """The best sound track of an open file. Blocks while it reads: for a thread. Open with `sound`."""

    def __init__(self, container: av.container.InputContainer, name: str) -> None:
        self._container = container
        self._name = name
        stream = container.streams.best("audio")
        if not isinstance(stream, av.AudioStream):
            raise MediaError(f"{name} has no sound track")
        self._stream = stream
        self._byte = 0
        self._reached = 0.0  # seconds, of any track: the sound may end before the picture
        self.damaged = 0
        """packets that could not be decoded and were left out"""
        self.position = 0
        """floor position up to which has been read, samples"""
        self.duration = _duration(container, stream)
        """seconds; None where the file does not say"""

    @property
    def share(self) -> float:
        """How much of the file has been read, 0 to 1: by time, or by bytes where its length is not known."""
        if self.duration:
            return min(1.0, self.position / FLOOR_RATE / self.duration)
        return min(1.0, self._byte / self._container.size) if self._container.size > 0 else 0.0

    def read(self) -> Iterator[Pcm]:
        """The whole sound in runs of at most CHUNK samples, positions counted from the file's beginning.

        Where the time stamps leave a gap the next run starts later. Raises MediaError where the file is damaged or
        ends before it should.
        """
        waiting: list[npt.NDArray[np.int16]] = []
        length = 0
        for start, samples in self._runs():
            if length and (start != self.position + length or length + len(samples) > CHUNK):
                yield self._take(waiting, length)
                waiting, length = [], 0
            if not length:
                self.position = start
            waiting.append(samples)
            length += len(samples)
        if length:
            yield self._take(waiting, length)
        if not self.position:
            raise MediaError(f"{self._name} has a sound track without any sound in it")
        self._check_end()

    def _check_end(self) -> None:
        declared = (self._container.duration or 0) / av.time_base
        if self._container.format.name in _DECLARING and declared - self._reached > max(1.0, _CUT_OFF * declared):
            raise MediaError(f"{self._name} is cut off: {_clock(self._reached)} of {_clock(declared)} are there")

    def _take(self, waiting: list[npt.NDArray[np.int16]], length: int) -> Pcm:
        pcm = Pcm(np.concatenate(waiting), self.position)
        self.position += length
        return pcm

    def _runs(self) -> Iterator[tuple[int, npt.NDArray[np.int16]]]:
        """(floor position, samples of shape (n,)), in order and without overlaps."""
        resampler = _Resampler()
        end = 0
        for frame in self._frames():
            start = self._start(frame)
            if start is not None and GAP < start - end - resampler.pending < GAP_LIMIT:
                # What the resampler still holds belongs before the gap.
                for samples in resampler.flush():
                    yield end, samples
                    end += len(samples)
                end = max(end, start)
            for samples in resampler.convert(frame):
                yield end, samples
                end += len(samples)
        for samples in resampler.flush():
            yield end, samples
            end += len(samples)

    def _frames(self) -> Iterator[av.AudioFrame]:
        in_a_row = 0
        for packet in self._packets():
            try:
                frames = self._stream.decode(packet)
            except av.error.EOFError:
                return
            except av.error.FFmpegError as error:
                self.damaged += 1
                in_a_row += 1
                if in_a_row > _DAMAGED_PACKETS:
                    raise self._broken(error) from error
                continue
            if frames:
                in_a_row = 0
            yield from frames

    def _packets(self) -> Iterator[av.Packet[Any]]:
        packets = self._container.demux()
        while True:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError as error:
                raise self._broken(error) from error
            if packet is None:
                return
            self._byte = max(self._byte, packet.pos or 0)
            if packet.pts is not None and packet.time_base is not None:
                reached = float((packet.pts + (packet.duration or 0)) * packet.time_base) - self._beginning
                self._reached = max(self._reached, reached)
            if packet.stream.index == self._stream.index:
                yield packet

    @property
    def _beginning(self) -> float:
        """The time stamp, in seconds, at which players begin."""
        return (self._container.start_time or 0) / av.time_base

    def _start(self, frame: av.AudioFrame) -> int | None:
        """The frame's floor position by its time stamp."""
        if frame.pts is None or frame.time_base is None:
            return None
        return round((float(frame.pts * frame.time_base) - self._beginning) * FLOOR_RATE)

    def _broken(self, error: av.error.FFmpegError) -> MediaError:
        return MediaError(f"{self._name} is damaged after {_clock(self.position / FLOOR_RATE)}: {error.strerror}")


class _Resampler:
    """Frames of any rate, layout and format to 16 kHz mono, also where these change within a file."""

    def __init__(self) -> None:
        self._resampler: av.AudioResampler | None = None
        self._shape: tuple[int, str, str] | None = None
        self._taken = self._given = 0.0

    @property
    def pending(self) -> int:
        """Samples taken and not given yet."""
        return round(self._taken - self._given)

    def convert(self, frame: av.AudioFrame) -> Iterator[npt.NDArray[np.int16]]:
        """Samples that are ready, each of shape (n,)."""
        shape = (frame.sample_rate, frame.layout.name, frame.format.name)
        if shape != self._shape:
            yield from self.flush()
            self._shape = shape
        if self._resampler is None:
            self._resampler = av.AudioResampler(format="s16", layout="mono", rate=FLOOR_RATE)
        self._taken += frame.samples * FLOOR_RATE / frame.sample_rate
        frame.pts = None  # positions are counted here; stamps that jump would upset the resampler
        yield from self._given_out(self._resampler.resample(frame))

    def flush(self) -> Iterator[npt.NDArray[np.int16]]:
        """What is left; the next frame begins anew."""
        if self._resampler is not None:
            yield from self._given_out(self._resampler.resample(None))
        self._resampler, self._taken, self._given = None, 0.0, 0.0

    def _given_out(self, frames: list[av.AudioFrame]) -> Iterator[npt.NDArray[np.int16]]:
        for frame in frames:
            self._given += frame.samples
            yield frame.to_ndarray()[0].astype(np.int16, copy=False)


@contextmanager
def sound(path: Path) -> Iterator[Sound]:
    """The sound of a file, open until the end of the block. Raises MediaError."""
    try:
        # The file and nothing that it may point to: playlists name other files and addresses.
        container = av.open(f"file:{path}", options={"protocol_whitelist": "file"})
    except (av.error.FFmpegError, OSError) as error:
        raise MediaError(_why(path, error)) from error
    with container:
        yield Sound(container, path.name)


def _why(path: Path, error: av.error.FFmpegError | OSError) -> str:
    if not path.exists():
        return f"there is no file {path}"
    if path.is_dir():
        return f"{path} is a folder; name the files in it"
    if isinstance(error, PermissionError):
        return f"{path} may not be read by this user"
    return f"{path.name} is no sound or video file that can be read: {error.strerror or error}"


def _duration(container: av.container.InputContainer, stream: av.AudioStream) -> float | None:
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
