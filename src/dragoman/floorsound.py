"""Who hears the floor's own sound, the original under the interpretation; it is made while anybody does."""

from __future__ import annotations

import asyncio

import numpy as np
import numpy.typing as npt
import structlog

from dragoman.channel import Batch
from dragoman.errors import Ended, Full
from dragoman.monitor import Monitor
from dragoman.stage import LINGER_SECONDS, Viewer
from dragoman.studio import Studio

log = structlog.get_logger(__name__)


class FloorSound:
    """The floor's listeners. All decisions are made at the call. Owns the task that has the sound made; see `close`."""

    def __init__(self, session_id: str, studio: Studio, *, most: int) -> None:
        """most: listeners at a time."""
        self._session_id = session_id
        self._studio = studio
        self._most = most
        self._viewers: dict[str, tuple[Viewer, bool]] = {}
        """by id, and whether it can receive"""
        self._monitor: Monitor | None = None
        self._task: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()
        self._lingering: asyncio.TimerHandle | None = None
        self._over = False

    def __len__(self) -> int:
        return len(self._viewers)

    @property
    def on_air(self) -> bool:
        """Whether the sound is being encoded."""
        return self._monitor is not None

    def hear(self, pcm: npt.NDArray[np.int16]) -> None:
        """New sound of the floor, shape (n,), at FLOOR_RATE."""
        if self._monitor is not None:
            self._monitor.hear(pcm)

    def attach(self, viewer_id: str, viewer: Viewer) -> None:
        """Give somebody a place; nothing is sent before `renew`. Raises Ended, Full."""
        if self._over:
            raise Ended("this session has ended; create a new one")
        if len(self._viewers) >= self._most:
            raise Full(f"all {self._most} places for the floor's sound are taken; try again when somebody has left")
        self._viewers[viewer_id] = viewer, False
        if self._lingering is not None:
            self._lingering.cancel()
            self._lingering = None
        if self._monitor is None:
            self._monitor = Monitor()
            self._task = asyncio.create_task(self._make(self._monitor), name=f"floor {self._session_id}")

    def renew(self, viewer_id: str) -> None:
        """It can receive now."""
        if viewer_id in self._viewers:
            self._viewers[viewer_id] = self._viewers[viewer_id][0], True

    def request_key(self, viewer_id: str) -> None:
        """Sound can be decoded from any packet on."""

    def detach(self, viewer_id: str, viewer: Viewer) -> None:
        """It is gone. Idempotent."""
        place = self._viewers.get(viewer_id)
        if place is not None and place[0] is viewer:
            del self._viewers[viewer_id]
        if not self._viewers and self._monitor is not None and self._lingering is None:
            self._lingering = asyncio.get_running_loop().call_later(LINGER_SECONDS, self._stop)

    def _stop(self) -> None:
        self._lingering = self._monitor = None
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _make(self, monitor: Monitor) -> None:
        log.info("floor on air", session=self._session_id)
        await self._studio.add(monitor, self._deliver)
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            await self._studio.remove(monitor)
            monitor.close()
            log.info("floor off air", session=self._session_id)

    def _deliver(self, batch: Batch) -> None:
        for viewer, receives in tuple(self._viewers.values()):
            if receives:
                viewer.show(batch.packets)

    async def close(self) -> None:
        """The session is over or the server stops: listeners go, the work ends. Idempotent."""
        self._over = True
        viewers, self._viewers = tuple(self._viewers.values()), {}
        for viewer, _ in viewers:
            viewer.over()
        if self._lingering is not None:
            self._lingering.cancel()
        self._stop()
        await asyncio.gather(*self._ending, return_exceptions=True)
