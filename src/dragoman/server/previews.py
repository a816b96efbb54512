"""What voices sound like: a short sentence of each, made when somebody asks and kept for the next one."""

from __future__ import annotations

import asyncio
import io
import wave
from collections import OrderedDict

import structlog

from dragoman.engines.protocols import Engines
from dragoman.errors import EngineFailed, Unavailable, Unsupported
from dragoman.languages import match
from dragoman.relay import Relay
from dragoman.server.access import Attempts
from dragoman.server.greetings import ENGLISH, greeting
from dragoman.speech import MEDIA_RATE

log = structlog.get_logger(__name__)

_PER_MINUTE = 60
"""Voices that one address may ask for: who goes through a list listens to each."""
_KEPT = 64
"""Sentences kept; each takes 300 kB."""
_SECONDS = 10.0
"""How long a voice may take."""


class Previews:
    """One sentence is made at a time, so that no talk waits for a voice that nobody will choose."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines
        self._asked = Attempts(_PER_MINUTE, 60.0)
        self._made: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._busy = asyncio.Lock()

    async def sound(self, language: str, voice: str | None, whence: str, now: float) -> bytes:
        """A WAV file, mono, 16-bit, 48 kHz. voice: without one the best. whence: who asks; now: seconds.

        Raises Unsupported, TooMany, Unavailable.
        """
        self._asked.check(whence, now)
        self._asked.count(whence, now)
        tag, name = self._chosen(language, voice)
        async with self._busy:
            made = self._made.get((tag, name))
            if made is None:
                made = self._made[tag, name] = await self._make(tag, name)
                while len(self._made) > _KEPT:
                    self._made.popitem(last=False)
            self._made.move_to_end((tag, name))
            return made

    def _chosen(self, language: str, voice: str | None) -> tuple[str, str]:
        offered = dict.fromkeys(route.target for route in self._engines.translator.routes())
        tag = match(language, offered)
        if tag is None:
            raise Unsupported("nothing is interpreted into this language here; getLanguages says what is")
        names = [each.name for each in self._engines.voice.voices(tag)]
        if not names or (voice is not None and voice not in names):
            raise Unsupported(f"there is no such voice for {tag}; choose one of {', '.join(names) or 'none'}")
        return tag, voice or names[0]

    async def _make(self, tag: str, name: str) -> bytes:
        try:
            async with asyncio.timeout(_SECONDS):
                utterance = await self._engines.voice.speak(await self._sentence(tag), name)
        except (EngineFailed, TimeoutError) as error:
            log.warning("voice failed", language=tag, reason=str(error))
            raise Unavailable("this voice does not answer now; try again in a moment", retry_after=5) from error
        file = io.BytesIO()
        with wave.open(file, "wb") as sound:
            sound.setparams((1, 2, MEDIA_RATE, 0, "NONE", ""))
            sound.writeframes(utterance.pcm.astype("<i2").tobytes())
        return file.getvalue()

    async def _sentence(self, tag: str) -> str:
        known = greeting(tag)
        if known is not None:
            return known
        source = match("en", self._engines.recognizer.languages) or "en"
        relay = Relay(self._engines.translator, source, self._engines.routes_from(source))
        try:
            return await relay.translate(ENGLISH, tag)
        finally:
            await relay.close()
