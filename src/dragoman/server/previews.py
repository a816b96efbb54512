"""What voices sound like: a short sentence of each, made when somebody asks and kept for the next one."""

from __future__ import annotations

import asyncio
import io
import wave
from collections import OrderedDict
from collections.abc import Callable

import structlog

from dragoman.cost import FREE, Prices, spoken_characters
from dragoman.engines.pool import Pool, family, routes_from
from dragoman.engines.protocols import UsageKind
from dragoman.errors import EngineFailed, Unavailable, Unsupported
from dragoman.languages import match
from dragoman.relay import Relay
from dragoman.server.access import Attempts
from dragoman.server.greetings import ENGLISH, greeting
from dragoman.speech import MEDIA_RATE

log = structlog.get_logger(__name__)

_PER_MINUTE = 60
"""Voices that one address may ask for: who goes through a list listens to each."""
_PAID_PER_HOUR = 200
"""Sentences that cost something are made so often at most, whoever asks: they are nobody's session's, whose limit would
hold."""
_KEPT = 64
"""Sentences kept; each takes 300 kB."""
_SECONDS = 10.0
"""How long a voice may take."""


class Previews:
    """One sentence is made at a time, so that no talk waits for a voice that nobody will choose."""

    def __init__(
        self, pool: Pool, prices: Prices = FREE, spent: Callable[[str, str, float], None] = lambda *_: None
    ) -> None:
        """spent: told of every amount, by engine, kind and money."""
        self._pool = pool
        self._prices = prices
        self._spent = spent
        self._asked = Attempts(_PER_MINUTE, 60.0)
        self._paid = Attempts(_PAID_PER_HOUR, 3600.0)
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
                self._check_paid(tag, name, now)
                made = self._made[tag, name] = await self._make(tag, name)
                while len(self._made) > _KEPT:
                    self._made.popitem(last=False)
            self._made.move_to_end((tag, name))
            return made

    def _chosen(self, language: str, voice: str | None) -> tuple[str, str]:
        tag = match(language, self._pool.targets())
        if tag is None:
            raise Unsupported("nothing is interpreted into this language here; getLanguages says what is")
        names = [each.name for each in self._pool.speakers(tag)]
        if not names or (voice is not None and voice not in names):
            raise Unsupported(f"there is no such voice for {tag}; choose one of {', '.join(names) or 'none'}")
        return tag, voice or names[0]

    def _engine(self, tag: str, name: str) -> str:
        """The name of the engine that has this voice."""
        voices = self._pool.voices
        return next(one for one in voices if any(each.name == name for each in voices[one].voices(tag)))

    def _check_paid(self, tag: str, name: str, now: float) -> None:
        """Raises TooMany."""
        if self._prices.costs(self._engine(tag, name)):
            self._paid.check("", now)
            self._paid.count("", now)

    def _used(self, engine: str, kind: UsageKind, amount: float) -> None:
        price = self._prices.of(engine, kind)
        if price is not None:
            self._spent(family(engine), kind, price.of(amount))

    async def _make(self, tag: str, name: str) -> bytes:
        try:
            async with asyncio.timeout(_SECONDS):
                engine = self._engine(tag, name)
                sentence = await self._sentence(tag)
                utterance = await self._pool.voices[engine].speak(sentence, name)
                self._used(engine, "voice", spoken_characters(sentence))
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
        offered = self._pool.offered("en")
        own = match(tag, offered)
        if own is None:
            raise EngineFailed(f"there is no translation from English into {tag}")
        engine = offered[own][0]
        routes = routes_from(self._pool.translators[engine], "en")
        relay = Relay(self._pool.translators[engine], routes[own].source, routes)
        try:
            made = await relay.translate(ENGLISH, own)
            self._used(engine, "translation", len(ENGLISH))
            return made
        finally:
            await relay.close()
