"""Which engine a name means. Engines are imported only when they are asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib import import_module
from importlib.metadata import entry_points
from types import MappingProxyType
from typing import Any

import structlog

from dragoman.engines.pool import Absent, Pool
from dragoman.engines.protocols import Engines

log = structlog.get_logger(__name__)

JOBS = ("recognizer", "translator", "voice", "face")
GROUP = "dragoman.engines"
"""Entry-point group in which other packages offer engines: the name is `<job>.<engine>`, the object a factory."""

Factory = Callable[[str, Mapping[str, Any]], Awaitable[Any]]
"""Makes the engine; takes what stands after the colon of its name (`whisper-small` in `neural:whisper-small`), and the
settings of the server by their names in the environment (`SPEECH_KEY`)."""

_NOTHING_SET: Mapping[str, Any] = MappingProxyType({})
_OWN = {
    "recognizer.embedded": "dragoman.engines.embedded.recognizer:load",
    "recognizer.azure": "dragoman.engines.azure.recognizer:load",
    "translator.embedded": "dragoman.engines.embedded.translator:load",
    "translator.azure": "dragoman.engines.azure.translator:load",
    "voice.embedded": "dragoman.engines.embedded.voice:load",
    "voice.azure": "dragoman.engines.azure.voice:load",
    "face.embedded": "dragoman.engines.embedded.face:load",
    "face.azure": "dragoman.engines.azure.avatar:load",
}


class UnknownEngine(Exception):
    """No engine of this name does this job; the text says which do."""


def names(job: str) -> tuple[str, ...]:
    """The engines that can be chosen for a job."""
    found = [*_OWN, *(point.name for point in entry_points(group=GROUP))]
    return tuple(name.partition(".")[2] for name in found if name.startswith(f"{job}."))


def _factory(job: str, engine: str) -> Factory:
    key = f"{job}.{engine.partition(':')[0]}"
    if key in _OWN:
        module, _, attribute = _OWN[key].partition(":")
        factory: Factory = getattr(import_module(module), attribute)
        return factory
    for point in entry_points(group=GROUP, name=key):
        offered: Factory = point.load()
        return offered
    raise UnknownEngine(f"there is no {job} named {engine}; choose one of {', '.join(names(job))}")


def chosen(named: Mapping[str, Sequence[str]], *, azure: bool) -> dict[str, tuple[str, ...]]:
    """The engines of each job, best first. named: those that the settings name; every other job has its default.

    azure: there is an account. Then Azure does every job for which it has an engine, with the embedded one behind it.
    """
    default = ("azure", "embedded") if azure else ("embedded",)
    return {
        job: tuple(named[job]) if named.get(job) else tuple(name for name in default if name in names(job))
        for job in JOBS
    }


async def load(chosen: Mapping[str, str], settings: Mapping[str, Any] = _NOTHING_SET) -> Engines:
    """The engines for these names by job. Raises UnknownEngine, and what a factory raises where its model is missing.

    settings: by their names in the environment.

    What a factory gives is not checked here: an engine is right when it passes the contract suite.
    """
    return Engines(**{job: await load_one(job, engine, settings) for job, engine in chosen.items()})


async def load_pool(chosen: Mapping[str, Sequence[str]], settings: Mapping[str, Any] = _NOTHING_SET) -> Pool:
    """All engines for these names by job. One that cannot be loaded is left out where another of its job can.

    Raises UnknownEngine, and what the best engine's factory raises where no engine of a job can be loaded.
    """
    loaded: dict[str, dict[str, Any]] = {}
    absent: list[Absent] = []
    try:
        for job, engines in chosen.items():
            loaded[job] = {}
            first: Exception | None = None
            for engine in dict.fromkeys(engines):
                try:
                    loaded[job][engine] = await load_one(job, engine, settings)
                except UnknownEngine:
                    raise
                except Exception as error:  # noqa: BLE001  # whatever is missing for it, another may do the job
                    first = first or error
                    absent.append(Absent(job, engine, str(error) or type(error).__name__))
            if not loaded[job] and first is not None:
                raise first
    except BaseException:  # cancelled too: nothing of it is left behind
        await _pool(loaded, ()).close()
        raise
    for one in absent:
        log.warning("engine left out", job=one.job, engine=one.engine, reason=one.reason)
    return _pool(loaded, tuple(absent))


def _pool(loaded: Mapping[str, dict[str, Any]], absent: tuple[Absent, ...]) -> Pool:
    recognizers, translators, voices, faces = (loaded.get(job, {}) for job in JOBS)
    return Pool(recognizers, translators, voices, faces, absent)


async def load_one(job: str, engine: str, settings: Mapping[str, Any] = _NOTHING_SET) -> Any:
    """The engine of this name for a job, as `load` would."""
    return await _factory(job, engine)(engine.partition(":")[2], settings)
