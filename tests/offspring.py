"""The processes that this one has started, and whether they are gone."""

from __future__ import annotations

import time
from collections.abc import Iterable

import psutil


def children() -> set[int]:
    """Process ids of all descendants of this process, dead but not reaped included."""
    return {process.pid for process in psutil.Process().children(recursive=True)}


def is_running(pid: int) -> bool:
    """Whether the process exists and is more than an entry that nobody has reaped yet."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def assert_gone(pids: Iterable[int], seconds: float = 5) -> None:
    """They end within this time."""
    deadline = time.monotonic() + seconds
    while running := [pid for pid in pids if is_running(pid)]:
        assert time.monotonic() < deadline, running
        time.sleep(0.02)
