"""Every text in the language that is asked for, by the best engine that can do it and answers in time."""

from __future__ import annotations

from collections.abc import Callable

from dragoman.cost import Meter
from dragoman.engines.pool import Pool, routes_from
from dragoman.engines.protocols import Route
from dragoman.glossary import Glossary
from dragoman.languages import match
from dragoman.lineup import Lineup
from dragoman.modes import Mode
from dragoman.placeholders import translated
from dragoman.relay import Relay

_MOST_PATIENCE = 5.0
_SHARE = 0.25
"""Of the mode's bound: so long one engine is waited for, that what the next one makes is still in time."""


def patience(mode: Mode) -> float:
    """Seconds for which an engine is waited for while another stands behind it."""
    return min(_MOST_PATIENCE, _SHARE * mode.bound / 1000)


class Interpreters:
    """The translators of one session during one shift; `close` lets all go."""

    def __init__(
        self,
        pool: Pool,
        lineup: Lineup,
        meter: Meter,
        *,
        mode: Callable[[], Mode],
        glossary: Callable[[], Glossary],
    ) -> None:
        """mode, glossary: asked for every text."""
        self._pool = pool
        self._lineup = lineup
        self._meter = meter
        self._mode = mode
        self._glossary = glossary
        self._routes: dict[tuple[str, str], dict[str, Route]] = {}
        self._relays: dict[tuple[str, str], Relay] = {}

    async def translate(self, text: str, source: str, target: str) -> str:
        """A text in the language of the target tag. Raises EngineFailed."""

        async def by(name: str) -> str:
            routes = self._from(name, source)
            own = match(target, routes)
            assert own is not None, "only engines that have a route are asked"
            relay = self._relay(name, source)
            return await translated(text, relay.source, own, self._glossary(), relay.translate)

        able = self._lineup.ready("translator", lambda name: match(target, self._from(name, source)) is not None)
        _, made = await self._lineup.first("translator", able, by, seconds=patience(self._mode()))
        return made

    def _from(self, name: str, source: str) -> dict[str, Route]:
        key = (name, source)
        if key not in self._routes:
            self._routes[key] = routes_from(self._pool.translators[name], source)
        return self._routes[key]

    def _relay(self, name: str, source: str) -> Relay:
        key = (name, source)
        if key not in self._relays:
            routes = self._from(name, source)
            own = next(iter(routes.values())).source

            def used(characters: int) -> None:
                self._meter.used(name, "translation", characters)

            self._relays[key] = Relay(self._pool.translators[name], own, routes, used)
        return self._relays[key]

    async def close(self) -> None:
        """Stop what is being translated."""
        relays, self._relays = tuple(self._relays.values()), {}
        for relay in relays:
            await relay.close()
