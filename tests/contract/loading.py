"""How the contract suites load an engine: what it leaves behind when it is closed is a fault, whatever its job."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from azure_service import AzureService, Pace
from dragoman.engines import registry
from offspring import children

ALWAYS_THERE = "embedded"
"""This engine is set up with the tests: where it can do nothing, that is a fault and no reason to skip."""
ACCOUNT = (
    *("SPEECH_KEY", "SPEECH_REGION", "SPEECH_ENDPOINT", "SPEECH_PRIVATE_ENDPOINT", "ENABLE_TOKEN_AUTH"),
    *("TRANSLATOR_KEY", "TRANSLATOR_REGION"),
)
"""Settings that name an Azure account."""


LIVE = "azure@live"
"""In place of an engine's name: the real account in the environment."""


def names(job: str) -> list[Any]:
    """The engines of a job, as parameters; the real account among them where it is asked for with `-m azure_live`."""
    found: list[Any] = list(registry.names(job))
    if "azure" in found:
        found.append(pytest.param(LIVE, marks=pytest.mark.azure_live))
    return found


@asynccontextmanager
async def surroundings(name: str, script: Iterable[str] = ()) -> AsyncIterator[dict[str, Any]]:
    """The settings of an engine, and while this is open the service that they name.

    script: what will be said to the service, in its tone language.
    """
    if name == LIVE:
        yield {key: os.environ[key] for key in ACCOUNT if key in os.environ}
        return
    if name.partition(":")[0] != "azure":
        yield {}
        return
    with TemporaryDirectory() as directory:
        async with AzureService(script, pace=Pace(first_audio=0.01, realtime=500.0, chunk=0.5)) as service:
            yield {**service.settings(), "DATA_DIR": directory}


@asynccontextmanager
async def loaded(
    job: str, name: str, able: Callable[[Any], object] = lambda _: True, settings: Mapping[str, Any] | None = None
) -> AsyncIterator[Any]:
    """The engine, closed twice in the end, with no process, thread or task left of it.

    able: whether this machine has what it needs; where not, the test is skipped. settings: as in `surroundings`.
    """
    processes, threads, tasks = children(), set(threading.enumerate()), other_tasks()
    engine = await registry.load_one(job, name.partition("@")[0], settings or {})
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
