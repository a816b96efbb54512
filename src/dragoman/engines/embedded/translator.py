"""The embedded translator: Apertium's programs, kept alive per pair of languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dragoman.engines.embedded import apertium, casing, plaintext, routes
from dragoman.engines.embedded.pair import Pair
from dragoman.engines.protocols import Route
from dragoman.errors import EngineFailed


class EmbeddedTranslator:
    """A Translator that gives the gist, on any machine, with what Debian's packages bring."""

    name = "embedded"

    def __init__(self, modes: Path = apertium.MODES, *, timeout: float = 5.0, linger: float = 5.0) -> None:
        """Reads which modes are in the folder `modes`.

        timeout: seconds in which a text must be answered, three times as many the first time.
        linger: seconds for which a pair's children live on after its last user has left.
        """
        self._modes = apertium.installed(modes)
        self._routes = routes.usable(self._modes)
        self._timeout = timeout
        self._linger = linger
        self._pairs: dict[tuple[str, str], Pair] = {}
        self._closed = False

    def routes(self) -> Sequence[Route]:
        """See Translator. Those that are installed and that measurements found usable."""
        return self._routes

    async def open(self, source: str, target: str) -> EmbeddedTranslation:
        """See Translator. Any installed pair, usable or not. Raises EngineFailed where it is not installed."""
        mode = self._modes.get((source, target))
        if mode is None or self._closed:
            raise EngineFailed(f"no Apertium mode from {source} into {target} is installed")
        if (source, target) not in self._pairs:
            self._pairs[source, target] = Pair(mode, timeout=self._timeout, linger=self._linger)
        return EmbeddedTranslation(self._pairs[source, target])

    async def close(self) -> None:
        """See Translator. All children are gone when it returns."""
        self._closed = True
        for pair in self._pairs.values():
            await pair.close()

    @property
    def pids(self) -> tuple[int, ...]:
        """Process ids of all living children."""
        return tuple(pid for pair in self._pairs.values() for pid in pair.pids)


class EmbeddedTranslation:
    """A TranslatorStream: one user of a pair."""

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._open = True
        pair.join()

    async def translate(self, text: str) -> str:
        """See TranslatorStream. Line breaks stay where they are; other space becomes single.

        Words that Apertium does not know come out as they are; so does a text of which nothing is left.
        """
        if not self._open:
            raise EngineFailed("this translation was closed")
        return "\n".join([await self._line(plaintext.tidy(line)) for line in text.splitlines()]).strip()

    async def close(self) -> None:
        """See TranslatorStream."""
        if self._open:
            self._open = False
            self._pair.leave()

    async def _line(self, text: str) -> str:
        if casing.is_shouted(text):
            return (await self._pieces(casing.unshout(text))).upper()
        return await self._pieces(text)

    async def _pieces(self, text: str) -> str:
        return "".join([await self._piece(piece) for piece in plaintext.cut(text)])

    async def _piece(self, piece: str) -> str:
        text = piece.rstrip()
        if not any(map(str.isalnum, text)):
            return piece
        answer = plaintext.reformat(await self._pair.ask(plaintext.deformat(text))) or text
        translation = plaintext.close_up(text, answer)
        return casing.follow(text, translation) + piece[len(text) :]


async def load(_variant: str = "", _settings: Mapping[str, Any] | None = None) -> EmbeddedTranslator:
    """The embedded translator; there is one variant. Without Apertium it has no routes."""
    return EmbeddedTranslator()
