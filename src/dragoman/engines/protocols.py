"""What an engine must do. An engine is a loaded model; a stream is what it opens for one speaker or one pair.

Engines never know the conference. All methods are called on the event loop and must not block it: an engine
brings its own thread (`engines.threads`) or child process.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from dragoman.speech import Pcm, Recognition


class RecognizerStream(Protocol):
    """One speaker's speech becoming text."""

    async def feed(self, pcm: Pcm) -> None:
        """Take the next run of sound. Waits while the engine is behind, so that the caller's queue shows the lag.

        `pcm.start` is never less than the end of what was fed before; where it is greater, the gap was silence.
        """

    async def finish(self) -> None:
        """Nothing more comes: decode what is left. `events` gives what that yields and then ends."""

    def events(self) -> AsyncIterator[Recognition]:
        """Partials, Finals and Safes in floor order. Raises EngineFailed where the engine broke for good."""

    async def close(self) -> None:
        """Let everything go at once. Idempotent."""


class Recognizer(Protocol):
    """A loaded recognition model."""

    name: str
    languages: Sequence[str]
    """source tags it hears"""

    async def open(self, language: str, *, start: int, live: bool) -> RecognizerStream:
        """A stream whose first sample is at floor position `start`.

        live: give Partials and keep up with the clock. Otherwise a file is read: Finals only, as fast as it goes.
        """

    async def close(self) -> None:
        """Let the model go. Idempotent."""


@dataclass(frozen=True, slots=True)
class Route:
    """How an engine gets from one language to another."""

    source: str
    target: str
    quality: str
    """`gist`: the sense comes through; `good`: reads like a translation"""
    pivot: str | None = None
    """the language whose booth is listened to, where the pair is not done directly (relay)"""


class TranslatorStream(Protocol):
    """One direct pair of languages."""

    async def translate(self, text: str) -> str:
        """The text in the target language. Raises EngineFailed; the next call may succeed."""

    async def close(self) -> None:
        """This user is done with it; what is shared goes soon after its last user. Idempotent."""


class Translator(Protocol):
    """Translates text between the pairs it has."""

    name: str

    def routes(self) -> Sequence[Route]:
        """Every usable way from any source to any target, at most one per pair of tags. Starts nothing."""

    async def open(self, source: str, target: str) -> TranslatorStream:
        """A stream for a direct pair (a Route without pivot, or one leg of a relay). Cheap: starts nothing yet."""

    async def close(self) -> None:
        """Let all go. Idempotent."""


@dataclass(frozen=True, slots=True)
class Engines:
    """The engines of a server, one per job."""

    recognizer: Recognizer
    translator: Translator

    def routes_from(self, source: str) -> dict[str, Route]:
        """The usable routes out of a source tag, by target tag."""
        return {route.target: route for route in self.translator.routes() if route.source == source}
