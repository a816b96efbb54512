"""What an engine must do. An engine is a loaded model; a stream is what it opens for one speaker or one pair.

Engines never know the conference. All methods are called on the event loop and must not block it: an engine
brings its own thread (`engines.threads`) or child process.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from dragoman.errors import EngineFailed
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


UsageKind = Literal["recognition", "speechTranslation", "extraTarget", "translation", "voice", "avatar", "customAvatar"]
"""What a provider bills: seconds of sound (`recognition`; `speechTranslation` where the same stream also translates;
`extraTarget` for each further language of it), characters (`translation`, `voice`), seconds of connection (`avatar`,
`customAvatar`)."""


class Usage(Protocol):
    """Told by an engine of what it uses for one session. Never waits and never raises; called on the loop.

    Recognition, translation and `Voice.speak` are counted by those who ask for them. What an engine uses unasked (the
    minutes of an avatar that stays connected while it is silent, the characters that such an avatar says with a voice
    of its own) it tells itself, every few seconds rather than at the end, so that a limit of money holds.
    """

    def __call__(self, kind: UsageKind, amount: float) -> None:
        """So much more was used since the last call. amount: in the units of the kind, greater than zero."""


class Attendance(Protocol):
    """Told by a presenter that speaks by itself whether it is there. Never waits and never raises; called on the loop.

    Only a presenter knows: it is opened before it is connected, comes and goes, and somebody stands in for it.
    """

    def __call__(self, there: bool, error: EngineFailed | None = None, /) -> None:
        """It is there from now on, or not. error: it was refused or lost; None: it left because nobody needs it."""


def unattended(_there: bool, _error: EngineFailed | None = None, /) -> None:
    """For who does not care who is there."""


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
    image: str | None = None
    """the address of a picture to stand before, https://, where the engine can"""
    transparent: bool = False
    """without a background of its own: what is named above is put behind it, or the page's where it can be seen"""
    close: bool = False
    """cropped to the upper body"""
    bitrate: int | None = None
    """of the picture where the engine sends it over a network, bits per second"""
    custom: bool = False
    """the likeness of a person who has agreed to it; the character is the name that it was trained under"""
    own_voice: bool = False
    """a custom one speaks with the voice that it was trained with"""


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
class Listed:
    """A presenter that can be chosen."""

    character: str
    """what a host writes in avatarCharacter"""
    name: str
    gender: str
    """`female` or `male`: which voices suit"""
    styles: tuple[str, ...]
    preview: str
    """the path of an image on this server"""
    licence: str
    moving: str = ""
    """the path of the same image, alive; empty where there is none"""


class Presenter(Protocol):
    """One channel's presenter from a TalkingFace: picture and sound are made elsewhere and arrive in real time.

    It comes and goes: connections take time, have limits and break. While it is not there a drawn one stands in. The
    event loop calls everything but `draw`.
    """

    @property
    def ready(self) -> bool:
        """Whether it can be seen and can speak now."""

    async def run(self) -> None:
        """Be there, as long as lines come, until cancelled; what breaks is made again. Raises nothing else."""

    async def awaited(self, seconds: float) -> bool:
        """A line is there to be said: whether it is ready, waiting at most so long for it. It comes back if it had left
        because nothing was said.
        """

    def stream(self, text: str, voice: str, *, rate: float = 1.0) -> AsyncGenerator[Utterance, None]:
        """As StreamingVoice, while it arrives; Utterance.take says which pictures belong to it. One at a time.

        voice: the one that the conference would use; where it is not one of this presenter's, the best that it has.
        Raises EngineFailed, at any time, where it broke: what came until then was not all.
        """

    def draw(self, at: int, said: Sequence[Said]) -> Picture | None:
        """As FaceStream.draw; None where it has nothing to show. Called on the studio's thread."""


@runtime_checkable
class TalkingFace(Protocol):
    """A Face that speaks by itself. What `open` gives stands in for it."""

    def presenters(self) -> Sequence[Listed]:
        """Who speaks so; the first is the default. `open` draws others too, who do not."""

    def speaks(self, look: Look) -> bool:
        """Whether this one speaks by itself, and is not only drawn."""

    def present(self, look: Look, language: str, usage: Usage, attendance: Attendance = unattended) -> Presenter:
        """A presenter for one channel, of a look that speaks; starts nothing. language: offered tag.

        attendance: told whenever the presenter comes or goes, and of every attempt that fails while it is away.
        """


@dataclass(frozen=True, slots=True)
class Relay:
    """STUN and TURN servers that a service lends for its own connections."""

    urls: tuple[str, ...]
    username: str = field(repr=False)
    password: str = field(repr=False)


class Speaker(Protocol):
    """A presenter for one listener, connected to it and not to this server."""

    async def connect(self, offer: str, *, patience: float) -> str:
        """The service's answer to the listener's SDP, which is untrusted. Waits for its turn where connections are
        limited, for `patience` seconds: raises TimeoutError then, and whoever asks again soon has kept the place. What
        is being answered is answered. Raises EngineFailed.
        """

    async def say(self, text: str, voice: str, language: str, *, rate: float, begun: Callable[[], None]) -> None:
        """Say the text in an offered tag's language; returns when it has been said. One at a time.

        voice: as in Presenter.stream. begun: called when the service says that the sound begins. Raises EngineFailed;
        the next call may succeed unless the connection is over.
        """

    @property
    def lost(self) -> bool:
        """Whether nothing of it is heard any more: `ended` returns soon."""

    async def ended(self) -> bool:
        """Returns when the connection is over: whether it was let go because nothing was said for long."""

    async def close(self) -> None:
        """End it at once. Idempotent."""


@runtime_checkable
class DirectFace(TalkingFace, Protocol):
    """A TalkingFace that can be connected to a listener directly."""

    @property
    def direct(self) -> bool:
        """Whether listeners are to be connected so."""

    def speaker(self, look: Look, usage: Usage, attendance: Attendance = unattended) -> Speaker:
        """A presenter for one listener; it queues for its turn from now on.

        attendance: as in `present`; what the listener itself did wrong is not told.
        """

    async def relay(self) -> Relay:
        """What a listener needs to be reached by the service, good for minutes to hours. Raises EngineFailed."""


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
