"""How the contract suites load an engine: what it leaves behind when it is closed is a fault, whatever its job."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from azure_service import AzureService, Pace
from dragoman.engines import registry
from offspring import children

ALWAYS_THERE = "embedded"
"""This engine is set up with the tests: where it can do nothing, that is a fault and no reason to skip."""


@asynccontextmanager
async def surroundings(name: str) -> AsyncIterator[dict[str, Any]]:
    """The settings of an engine, and while this is open the service that they name."""
    if name.partition(":")[0] != "azure":
        yield {}
        return
    with TemporaryDirectory() as directory:
        async with AzureService(pace=Pace(first_audio=0.01, realtime=500.0, chunk=0.5)) as service:
            yield {**service.settings(), "DATA_DIR": directory}


@asynccontextmanager
async def loaded(
    job: str, name: str, able: Callable[[Any], object] = lambda _: True, settings: Mapping[str, Any] | None = None
) -> AsyncIterator[Any]:
    """The engine, closed twice in the end, with no process, thread or task left of it.

    able: whether this machine has what it needs; where not, the test is skipped. settings: as in `surroundings`.
    """
    processes, threads, tasks = children(), set(threading.enumerate()), other_tasks()
    engine = await registry.load_one(job, name, settings or {})
    try:
        if not able(engine):
            assert name != ALWAYS_THERE, f"the embedded {job} can do nothing here"
            pytest.skip(f"the {job} {name} has not what it needs on this machine")
        yield engine
    finally:
        await engine.close()
        await engine.close()
    assert children() <= processes
    # The pool of asyncio stays for whoever comes next.
    assert not {one.name for one in set(threading.enumerate()) - threads if not one.name.startswith("asyncio")}
    assert other_tasks() <= tasks


def other_tasks() -> set[asyncio.Task[object]]:
    """The loop's tasks besides the one that asks."""
    return asyncio.all_tasks() - {asyncio.current_task()}
