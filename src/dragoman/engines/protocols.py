"""What an engine must do. An engine is a loaded model; a stream is what it opens for one speaker or one pair.

Engines never know the conference. All methods are called on the event loop and must not block it: an engine
brings its own thread (`engines.threads`) or child process.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

from dragoman.packets import Picture
from dragoman.speech import Begun, Pcm, Recognition, Utterance


@dataclass(frozen=True, slots=True)
class Brief:
    """What an interpreter is told before the talk. An engine uses what it can."""

    mode: str = "balanced"
    """the latency mode: `consecutive`, `balanced` or `low`"""
    targets: tuple[str, ...] = ()
    """offered tags into which a recogniser that translates is to translate"""
    phrases: tuple[str, ...] = ()
    """names and terms that will be said"""
    candidates: tuple[str, ...] = ()
    """source tags among which the spoken one is to be identified; empty: it is known"""
    profanity: Literal["masked", "removed", "raw"] = "raw"
    """what becomes of coarse words"""


NOTHING_TOLD = Brief()


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
    translates: Sequence[str]
    """tags into which it translates in the same stream; empty where it only recognises"""
    most_candidates: int
    """source tags among which it can identify the spoken one; 0 where it cannot"""

    async def open(
        self, language: str, *, start: int, live: bool, begun: Begun | None = None, brief: Brief = NOTHING_TOLD
    ) -> RecognizerStream:
        """A stream whose first sample is at floor position `start`.

        begun: the first speech after `start` was heard before, and these words of it were given: what is given of it
        now begins with them. An engine whose Partials commit nothing is never asked for it.
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
class VoiceInfo:
    """A voice that can be chosen for a language."""

    name: str
    """unique within the engine; what a host writes in targetVoices"""
    gender: str
    """`female` or `male`: which presenters it suits"""


@runtime_checkable
class StreamingVoice(Protocol):
    """A Voice whose first sound is there before its last."""

    def stream(self, text: str, voice: str, *, rate: float = 1.0) -> AsyncGenerator[Utterance, None]:
        """As Voice.speak, while it is made: each Utterance begins with the one before, the last is all. The caller
        closes the iterator where it does not want the rest.
        """


class Voice(Protocol):
    """Says text."""

    name: str

    def voices(self, language: str) -> Sequence[VoiceInfo]:
        """What can say this tag properly, the best first; nothing where the engine cannot. Starts nothing."""

    async def speak(self, text: str, voice: str, *, rate: float = 1.0) -> Utterance:
        """The text, untrusted, said by the voice of this name. rate: 1 is its natural pace, 1.3 three tenths faster.

        Raises EngineFailed; the next call may succeed.
        """

    async def close(self) -> None:
        """Let all go. Idempotent."""


@dataclass(frozen=True, slots=True)
class Look:
    """A presenter before the camera."""

    character: str
    style: str = ""
    """empty: the first of the presenter's"""
    width: int = 512
    """pixels, even"""
    height: int = 512
    """pixels, even"""
    background: str | None = None
    """#rrggbb; without it the presenter's own"""


@dataclass(frozen=True, slots=True)
class Said:
    """An utterance on the media clock: being said, just said, or about to be."""

    utterance: Utterance
    start: int
    """media time of its first sample"""


class FaceStream(Protocol):
    """One channel's avatar. Used by one thread at a time, which it may block for a few milliseconds."""

    def draw(self, at: int, said: Sequence[Said]) -> Picture:
        """The picture for media time `at`, which never goes back.

        said: the utterances within half a second of `at`, in order. The array may be written anew by the next call.
        """


class Face(Protocol):
    """Draws presenters."""

    name: str

    def gender(self, character: str) -> str:
        """Which voices suit this presenter: `female` or `male`. Raises EngineFailed where there is no such one."""

    async def open(self, look: Look) -> FaceStream:
        """A presenter, ready to be drawn. Raises EngineFailed where there is no such one."""

    async def close(self) -> None:
        """Let all go. Idempotent."""


@dataclass(frozen=True, slots=True)
class Engines:
    """The engines of a server, one per job."""

    recognizer: Recognizer
    translator: Translator
    voice: Voice
    face: Face

    def names(self) -> dict[str, str]:
        """The engine of each job."""
        return {
            "recognizer": self.recognizer.name,
            "translator": self.translator.name,
            "voice": self.voice.name,
            "face": self.face.name,
        }

    def routes_from(self, source: str) -> dict[str, Route]:
        """The usable routes out of a source tag, by target tag."""
        return {route.target: route for route in self.translator.routes() if route.source == source}
