"""The voices and faces of one session: each line by the best engine that can say it and answers in time."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, suppress

from dragoman.attendance import Register
from dragoman.cost import Meter, spoken_characters
from dragoman.engines.pool import Pool
from dragoman.engines.protocols import (
    Attendance,
    DirectFace,
    Face,
    FaceStream,
    Look,
    Presenter,
    StreamingVoice,
    TalkingFace,
    Usage,
    Voice,
    VoiceInfo,
)
from dragoman.errors import EngineFailed
from dragoman.lineup import Lineup
from dragoman.speech import Utterance
from dragoman.turns import HEAD_START


class Speakers:
    """All voices of a session that may be asked now. A Voice; `into` gives the one for a language, which falls back."""

    name = "session"

    def __init__(self, pool: Pool, lineup: Lineup, meter: Meter, *, patience: Callable[[], float]) -> None:
        """patience: seconds for which a voice is waited for while another stands behind it."""
        self._pool = pool
        self._lineup = lineup
        self._meter = meter
        self._patience = patience

    def voices(self, language: str) -> Sequence[VoiceInfo]:
        """What can say this tag now, the voices of the best engine first."""
        names = self._lineup.ready("voice", lambda name: bool(self._pool.voices[name].voices(language)))
        return [voice for name in names for voice in self._pool.voices[name].voices(language)]

    def into(self, language: str) -> Speaker:
        """The voice of one language; a StreamingVoice where an engine has such."""
        streaming = any(isinstance(engine, StreamingVoice) for engine in self._pool.voices.values())
        return StreamingSpeaker(self, language) if streaming else Speaker(self, language)

    async def speak(self, text: str, voice: str, *, rate: float = 1.0) -> Utterance:
        """See Voice.speak: by the engine that has a voice of this name, whatever its language."""
        return await self.into("").speak(text, voice, rate=rate)

    async def close(self) -> None:
        """The engines are the server's."""

    # -- for a Speaker

    def able(self, voice: str, language: str) -> tuple[str, ...]:
        """The engines to be asked for a text in this voice: its own, then those behind it."""
        ready = self._lineup.ready("voice", lambda name: bool(self._pool.voices[name].voices(language)))
        own = [name for name in ready if any(one.name == voice for one in self._pool.voices[name].voices(language))]
        return ready[ready.index(own[0]) :] if own else ready

    def fitting(self, name: str, voice: str, language: str) -> str:
        """The voice of an engine that takes the place of this one: itself, else of the same gender, else the best."""
        offered = self._pool.voices[name].voices(language)
        everybody = (one for engine in self._pool.voices.values() for one in engine.voices(language))
        gender = next((one.gender for one in everybody if one.name == voice), None)
        own = [one.name for one in offered if one.name == voice]
        alike = [one.name for one in offered if one.gender == gender]
        return next(iter([*own, *alike, *(one.name for one in offered)]), voice)

    async def said(self, text: str, voice: str, language: str, rate: float) -> Utterance:
        """A whole text. Raises EngineFailed."""

        async def by(name: str) -> Utterance:
            fitting = self.fitting(name, voice, language)
            return await self._pool.voices[name].speak(text, fitting, rate=rate)

        able = self.able(voice, language)
        name, made = await self._lineup.first("voice", able, by, seconds=self._patience())
        self._meter.used(name, "voice", spoken_characters(text))
        return made

    async def growing(self, text: str, voice: str, language: str, rate: float) -> AsyncGenerator[Utterance, None]:
        """A text while it is made, from its head start on. Raises EngineFailed; asked again then, another says it."""
        able = self.able(voice, language)
        name, (first, rest) = await self._lineup.first(
            "voice",
            able,
            lambda name: self._begun(name, text, voice, language, rate),
            seconds=self._patience(),
            begins=True,
        )
        try:
            yield first
            async for more in rest:
                yield more
        except Exception as error:
            # Not borne with as other failures are: each line would begin and break off, to be said once more.
            self._lineup.failed("voice", name, error, at_once=True)
            raise
        except BaseException:  # cancelled, or no more of it is wanted
            self._lineup.dropped("voice", name)
            raise
        else:
            self._lineup.succeeded("voice", name)
        finally:
            await _closed(rest)

    async def _begun(
        self, name: str, text: str, voice: str, language: str, rate: float
    ) -> tuple[Utterance, AsyncIterator[Utterance]]:
        """As much of a text as may be heard before there is more, and the rest: what fails before is never missed."""
        engine, fitting = self._pool.voices[name], self.fitting(name, voice, language)
        coming = (
            engine.stream(text, fitting, rate=rate)
            if isinstance(engine, StreamingVoice)
            else _at_once(engine, text, fitting, rate)
        )
        first: Utterance | None = None
        try:
            async for more in coming:
                if first is None:
                    self._meter.used(name, "voice", spoken_characters(text))
                first = more
                if len(first.pcm) >= HEAD_START:
                    break
            if first is None:
                raise EngineFailed("the voice said nothing")
        except BaseException:  # cancelled too: nothing of it is left behind
            await _closed(coming)
            raise
        return first, coming


class Speaker:
    """The voice of one language of a session; a Voice."""

    name = "session"

    def __init__(self, speakers: Speakers, language: str) -> None:
        self._speakers = speakers
        self._language = language

    def voices(self, language: str) -> Sequence[VoiceInfo]:
        """See Voice.voices."""
        return self._speakers.voices(language)

    async def speak(self, text: str, voice: str, *, rate: float = 1.0) -> Utterance:
        """See Voice.speak. Where its engine fails, a voice of the next one that suits."""
        return await self._speakers.said(text, voice, self._language, rate)

    async def close(self) -> None:
        """The engines are the server's."""


class StreamingSpeaker(Speaker):
    """The same where an engine's first sound is there before its last; a StreamingVoice."""

    async def stream(self, text: str, voice: str, *, rate: float = 1.0) -> AsyncGenerator[Utterance, None]:
        """See StreamingVoice.stream. What has begun is not taken over by another engine: its sound would be another."""
        async with aclosing(self._speakers.growing(text, voice, self._language, rate)) as growing:
            async for more in growing:
                yield more


async def _at_once(engine: Voice, text: str, voice: str, rate: float) -> AsyncIterator[Utterance]:
    yield await engine.speak(text, voice, rate=rate)


async def _closed(coming: AsyncIterator[Utterance]) -> None:
    """Close what is a generator, as most are."""
    close = getattr(coming, "aclose", None)
    if close is not None:
        await close()


class Faces:
    """The presenters of a session: a Face."""

    name = "session"

    def __init__(self, pool: Pool, lineup: Lineup, meter: Meter, *, patience: Callable[[], float]) -> None:
        self._pool = pool
        self._lineup = lineup
        self._meter = meter
        self._patience = patience
        self._register = Register(lineup, tuple(pool.voices))

    def gender(self, character: str) -> str:
        """See Face.gender."""
        for face in self._pool.faces.values():
            with suppress(EngineFailed):
                return face.gender(character)
        raise EngineFailed("there is no such presenter")

    def _has(self, name: str, character: str) -> bool:
        """Whether an engine has this presenter."""
        try:
            self._pool.faces[name].gender(character)
        except EngineFailed:
            return False
        return True

    def speaks(self, name: str, look: Look) -> bool:
        """Whether this engine's presenter speaks by itself, and is not only drawn."""
        face = self._pool.faces[name]
        return isinstance(face, TalkingFace) and face.speaks(look)

    def does(self, name: str, look: Look) -> bool:
        """Whether an engine does what it is there for: one whose presenters speak does not where this one is drawn."""
        return not isinstance(self._pool.faces[name], TalkingFace) or self.speaks(name, look)

    async def open(self, look: Look) -> FaceStream:
        """See Face.open: by the best engine that has this presenter and answers; who is drawn costs nothing.

        Who stands in for a presenter that speaks by itself is drawn whether that one can be connected or not.
        """
        for name in self._lineup.able("face", lambda name: self.speaks(name, look)):
            with suppress(EngineFailed):
                return await self._pool.faces[name].open(look)
        names = self._lineup.ready("face", lambda name: self._has(name, look.character))
        faces = self._pool.faces
        others = tuple(name for name in faces if self._has(name, look.character) or self.speaks(name, look))
        _, stream = await self._lineup.first(
            "face",
            names or others or self._lineup.ready("face"),
            lambda name: faces[name].open(look),
            seconds=self._patience(),
        )
        return stream

    def present(self, look: Look, language: str) -> Presenter | None:
        """Who speaks this tag by itself, if the face that the session may use does so; what `open` gives stands in for
        it, for as long as it cannot be connected: it goes on trying.
        """
        name, face = self._now(look)
        if isinstance(face, TalkingFace) and face.speaks(look):
            return face.present(look, language, self._meter.of(name), self._register.of(name))
        return None

    def direct(self, look: Look) -> tuple[DirectFace | None, Usage]:
        """What connects each listener to an avatar of its own, if the face that the session may use does so; what
        counts its use.
        """
        name, face = self._now(look)
        direct = face if isinstance(face, DirectFace) and face.direct and face.speaks(look) else None
        return direct, self._meter.of(name)

    def attendance(self, look: Look) -> Attendance:
        """What a listener's own presenter is given."""
        return self._register.of(self._now(look)[0])

    def answers(self, look: Look) -> bool:
        """Whether that face may be asked now, or there is no other: False while it is left alone."""
        name, _ = self._now(look)
        return name in self._lineup.ready("face")

    def _now(self, look: Look) -> tuple[str, Face]:
        # Not by whether it answers: then nobody would try it again.
        able = self._lineup.able("face", lambda name: look.custom or self._has(name, look.character))
        name = (*able, *self._lineup.order("face"))[0]
        return name, self._pool.faces[name]

    async def close(self) -> None:
        """The engines are the server's."""
