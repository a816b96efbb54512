"""An event loop whose time is its own: when nothing is ready it jumps to the next timer, instead of sleeping."""

from __future__ import annotations

import asyncio
import selectors
from typing import Any


class Stuck(Exception):
    """Every task waits for something that no timer brings."""


class _Jumping(selectors.SelectSelector):
    """Never waits: the time in which nothing would happen is left out."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready and timeout is None:
            raise Stuck("nothing is ready, and no timer is set")
        if not ready and timeout:
            self._loop.jump(timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """Time begins at 0 and moves only while all tasks wait, so that whatever a task does by itself takes none.

    Real threads, pipes and sockets may not be awaited on it: their time would not pass.
    """

    def __init__(self) -> None:
        self._seconds = 0.0
        super().__init__(_Jumping(self))

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._seconds

    def jump(self, seconds: float) -> None:
        """Let so much time pass."""
        self._seconds += seconds
