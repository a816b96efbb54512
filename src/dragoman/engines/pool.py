"""The engines that a server has loaded: for each job one or several, the best first, and what they can do together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dragoman.engines.protocols import Engines, Face, Recognizer, Route, Translator, Voice, VoiceInfo
from dragoman.errors import Unsupported
from dragoman.languages import match


@dataclass(frozen=True, slots=True)
class Absent:
    """An engine that was asked for and could not be loaded; another does its job."""

    job: str
    engine: str
    reason: str
    """a sentence: what is missing"""


def family(name: str) -> str:
    """What stands before the colon of an engine's name: engines of one family share an account and a service."""
    return name.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Pool:
    """All engines by job and by the name under which they were chosen, the best first. At least one per job."""

    recognizers: Mapping[str, Recognizer]
    translators: Mapping[str, Translator]
    voices: Mapping[str, Voice]
    faces: Mapping[str, Face]
    absent: tuple[Absent, ...] = ()

    @classmethod
    def of(cls, engines: Engines) -> Pool:
        """One engine per job."""
        return cls(
            {engines.recognizer.name: engines.recognizer},
            {engines.translator.name: engines.translator},
            {engines.voice.name: engines.voice},
            {engines.face.name: engines.face},
        )

    @property
    def best(self) -> Engines:
        """The first engine of each job."""
        return Engines(
            next(iter(self.recognizers.values())),
            next(iter(self.translators.values())),
            next(iter(self.voices.values())),
            next(iter(self.faces.values())),
        )

    @property
    def jobs(self) -> Mapping[str, Mapping[str, Any]]:
        """Every engine by job and name."""
        return {
            "recognizer": self.recognizers,
            "translator": self.translators,
            "voice": self.voices,
            "face": self.faces,
        }

    def names(self) -> dict[str, tuple[str, ...]]:
        """What can be chosen for each job, the best first."""
        return {job: tuple(engines) for job, engines in self.jobs.items()}

    def check(self, choice: Mapping[str, str]) -> None:
        """Raises Unsupported where an engine is chosen that is not here."""
        names = self.names()
        for job, engine in choice.items():
            if engine not in names.get(job, ()):
                configured = ", ".join(f"{job}:{'+'.join(found)}" for job, found in names.items())
                raise Unsupported(f"the engines configured here are {configured}")

    def order(self, job: str, chosen: str | None = None) -> tuple[str, ...]:
        """The engines of a job, from the chosen one on: first who does it, then who stands behind."""
        names = tuple(self.jobs[job])
        return names[names.index(chosen) :] if chosen in names else names

    def heard(self, names: Iterable[str] | None = None) -> dict[str, str]:
        """The source tags that can be spoken, each with the best engine that hears it."""
        found: dict[str, str] = {}
        for name in self.recognizers if names is None else names:
            for tag in self.recognizers[name].languages:
                _add(found, tag, name)
        return found

    def identifies(self, tags: Sequence[str]) -> list[str]:
        """The recognisers that can tell which of these source tags is spoken."""
        return [
            name
            for name, engine in self.recognizers.items()
            if engine.most_candidates >= len(tags) and all(match(tag, engine.languages) for tag in tags)
        ]

    def offered(self, source: str, names: Iterable[str] | None = None) -> dict[str, tuple[str, Route]]:
        """The target tags that can be reached from a source tag, each with the best engine and its route."""
        found: dict[str, tuple[str, Route]] = {}
        for name in self.translators if names is None else names:
            for tag, route in routes_from(self.translators[name], source).items():
                _add(found, tag, (name, route))
        return found

    def targets(self) -> dict[str, tuple[str, Route]]:
        """Every target tag that can be reached from something that can be spoken here, with engine and route."""
        heard, found = self.heard(), dict[str, tuple[str, Route]]()
        for name, translator in self.translators.items():
            routes = translator.routes()
            spoken = {source for source in {route.source for route in routes} if match(source, heard)}
            for route in routes:
                if route.source in spoken and route.target not in found:
                    _add(found, route.target, (name, route))
        return found

    def speakers(self, tag: str) -> list[VoiceInfo]:
        """What can say an offered tag, the voices of the best engine first."""
        return [voice for engine in self.voices.values() for voice in engine.voices(tag)]

    async def close(self) -> None:
        """Let all engines go."""
        for engines in self.jobs.values():
            for engine in engines.values():
                await engine.close()


def routes_from(translator: Translator, source: str, wanted: Collection[str] = ()) -> dict[str, Route]:
    """A translator's routes out of the source that a tag means, by target tag. wanted: only into these."""
    routes = translator.routes()
    own = match(source, dict.fromkeys(route.source for route in routes))
    return {route.target: route for route in routes if route.source == own and (not wanted or route.target in wanted)}


def _add(found: dict[str, Any], tag: str, what: Any) -> None:
    """Add what a further engine does, where none before it does it under this tag or one that means the same."""
    if tag not in found and match(tag, _related(found, tag)) is None:
        found[tag] = what


def _related(found: Iterable[str], tag: str) -> list[str]:
    """The tags of the same language."""
    language = tag.partition("-")[0].lower()
    return [other for other in found if other.partition("-")[0].lower() == language]


Covers = Callable[[str], bool]
"""Whether the engine of this name can do a piece of work."""
