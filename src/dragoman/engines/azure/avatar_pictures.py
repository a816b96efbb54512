"""The pictures of one avatar connection: fitted to the channel on a worker thread, kept for as long as speech waits."""

from __future__ import annotations

import asyncio
from collections import deque

import av
import cv2
import numpy as np
import numpy.typing as npt
import structlog

from dragoman.engines.threads import Worker, WorkerClosed
from dragoman.packets import PICTURES_PER_SECOND, Picture

log = structlog.get_logger(__name__)

KEPT = 2 * PICTURES_PER_SECOND
"""Pictures that are kept, the newest: what is heard lies up to a second behind what has arrived. One of 512 by 512
takes 0.4 MB."""
_URGENCY = 1


class Pictures:
    """`offer` on the event loop, `at` from any thread."""

    def __init__(self, worker: Worker, width: int, height: int) -> None:
        """width, height: of the channel's pictures."""
        self._worker = worker
        self._size = (width, height)
        self._kept: deque[tuple[int, Picture]] = deque(maxlen=KEPT)
        self._waiting: tuple[int, av.VideoFrame] | None = None
        self._fitting: asyncio.Task[None] | None = None

    @property
    def any(self) -> bool:
        """Whether there is one to show."""
        return bool(self._kept)

    @property
    def span(self) -> int:
        """Samples of RTP time from the oldest that is kept to the newest."""
        kept = self._kept.copy()
        return kept[-1][0] - kept[0][0] if kept else 0

    def offer(self, at: int, frame: av.VideoFrame) -> None:
        """A picture of RTP time `at` (Arrivals.sample) arrived. While one is being fitted the newest waits."""
        self._waiting = (at, frame)
        if self._fitting is None or self._fitting.done():
            self._fitting = asyncio.create_task(self._fit(), name="avatar pictures")

    async def _fit(self) -> None:
        while self._waiting is not None:
            (at, frame), self._waiting = self._waiting, None
            try:
                self._kept.append((at, await self._worker.run(_URGENCY, fitted, frame, *self._size)))
            except WorkerClosed:
                return
            except (ValueError, av.FFmpegError, cv2.error) as error:
                log.warning("an avatar's picture could not be fitted", error=type(error).__name__)

    def at(self, at: int) -> Picture | None:
        """The picture of this RTP time: the newest that is no later, else the oldest; None where there is none."""
        # A deque that grows meanwhile must not be iterated; its copy is made at once.
        kept = self._kept.copy()
        for stamp, picture in reversed(kept):
            if stamp <= at:
                return picture
        return kept[0][1] if kept else None

    async def close(self) -> None:
        """Fit no more. Idempotent."""
        self._waiting = None
        if self._fitting is not None:
            self._fitting.cancel()
            await asyncio.gather(self._fitting, return_exceptions=True)


def fitted(frame: av.VideoFrame, width: int, height: int) -> Picture:
    """The frame as I420 that fills a picture of this size: cropped to its shape, at the sides alike and at the bottom,
    for a presenter stands in the middle and the head is at the top."""
    if frame.format.name != "yuv420p":
        frame = frame.reformat(format="yuv420p")
    high, wide = frame.height - frame.height % 2, frame.width - frame.width % 2
    fit_wide = min(wide, round(high * width / height) // 2 * 2)
    fit_high = min(high, round(wide * height / width) // 2 * 2)
    left = (wide - fit_wide) // 4 * 2
    picture: Picture = np.empty((height * 3 // 2, width), np.uint8)
    chroma = picture[height:].reshape(2, height // 2, width // 2)
    planes = ((picture[:height], 1), (chroma[0], 2), (chroma[1], 2))
    for plane, (place, part) in zip(frame.planes, planes, strict=True):
        rows = _rows(plane)[: fit_high // part, left // part : (left + fit_wide) // part]
        cv2.resize(rows, (place.shape[1], place.shape[0]), dst=place, interpolation=cv2.INTER_AREA)
    return picture


def _rows(plane: av.video.plane.VideoPlane) -> npt.NDArray[np.uint8]:
    """A plane's pixels, shape (height, width), where they lie."""
    rows: npt.NDArray[np.uint8] = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]
