"""Engines for pictures of the speaker's page: what they hear is always the same talk, as fast as something is heard."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from dragoman.engines.pool import Pool
from dragoman.engines.protocols import NOTHING_TOLD, Brief, Route, VoiceInfo
from dragoman.speech import FLOOR_RATE, Begun, Final, Partial, Pcm, Safe
from scripted import ScriptedFace, ScriptedPair, ScriptedRecognizer, ScriptedStream, ScriptedTranslator, ScriptedVoice

TALK: tuple[Mapping[str, str], ...] = (
    {
        "en": "Good morning, and thank you all for coming.",
        "es": "Buenos días y gracias a todos por venir.",
        "fr": "Bonjour, et merci à tous d’être venus.",
        "ar": "صباح الخير، وشكرًا لكم جميعًا على حضوركم.",
    },
    {
        "en": "The committee has agreed on the new plan for the coming year.",
        "es": "El comité ha acordado el nuevo plan para el año que viene.",
        "fr": "Le comité s’est mis d’accord sur le nouveau plan pour l’année à venir.",
        "ar": "وافقت اللجنة على الخطة الجديدة للعام المقبل.",
    },
    {
        "en": "The work begins in spring, and everybody can take part in it.",
        "es": "El trabajo comienza en primavera y todos pueden participar.",
        "fr": "Les travaux commencent au printemps, et chacun peut y participer.",
        "ar": "يبدأ العمل في الربيع، ويمكن للجميع المشاركة فيه.",
    },
)
_WORD = int(0.25 * FLOOR_RATE)
"""Samples of sound for each word."""
_LOUD = 200
"""What is louder is speech."""
_ROUTES = ("es", "fr", "ar", "it", "pt", "de", "ja", "zh", "ko", "hi")


class _Reading(ScriptedStream):
    """Every stretch of sound is the next word; what is silent is waited through."""

    def __init__(self, owner: Reader, start: int, brief: Brief) -> None:
        super().__init__(owner, start, brief)
        self._reader = owner
        self._heard = 0

    async def feed(self, pcm: Pcm) -> None:
        if self._reader.broken is not None:
            raise self._reader.broken
        end = pcm.start + len(pcm.samples)
        if np.abs(pcm.samples.astype(np.int32)).max(initial=0) < _LOUD:
            if not self._words:
                self._events.put_nowait(Safe(end))
            return
        if not self._words:
            self._begun = min(pcm.start, self._begun) if self._heard else pcm.start
        self._heard += len(pcm.samples)
        while self._heard >= _WORD:
            self._heard -= _WORD
            self._next(end)

    def _next(self, end: int) -> None:
        sentence = self._reader.sentence.split()
        self._words.append(sentence[len(self._words)])
        self._end = end
        if len(self._words) < len(sentence):
            self._events.put_nowait(Partial(self._begun, " ".join(self._words[:-2]), " ".join(self._words[-2:])))
            return
        self._words = []
        self._reader.said += 1
        self._events.put_nowait(Final(self._begun, end, " ".join(sentence), end))
        self._begun = end


class Reader(ScriptedRecognizer):
    """Hears the talk, sentence after sentence, and then from its beginning again."""

    said = 0

    @property
    def sentence(self) -> str:
        """The one that comes next."""
        return TALK[self.said % len(TALK)]["en"]

    async def open(
        self, language: str, *, start: int, live: bool, begun: Begun | None = None, brief: Brief = NOTHING_TOLD
    ) -> ScriptedStream:
        self.open_streams += 1
        return _Reading(self, start, brief)


class _Phrases(ScriptedPair):
    async def translate(self, text: str) -> str:
        return translation(text, self._leg[1])


class Phrasebook(ScriptedTranslator):
    """Translates the talk; of a part of a sentence as large a part."""

    async def open(self, source: str, target: str) -> ScriptedPair:
        self.open_pairs += 1
        return _Phrases(self, (source, target))


def translation(text: str, language: str) -> str:
    """What a piece of the talk is in this language; any other text stays as it is."""
    for sentence in TALK:
        at = sentence["en"].find(text)
        if at >= 0 and language in sentence:
            words, whole = sentence[language].split(), len(sentence["en"])
            return " ".join(words[round(at / whole * len(words)) : round((at + len(text)) / whole * len(words))])
    return text


class Choir(ScriptedVoice):
    """Four voices for every language but German, named as espeak's or as Azure's."""

    def voices(self, language: str) -> list[VoiceInfo]:
        if language == "de":
            return []
        if language == "es":
            return [VoiceInfo("es-ES-ElviraNeural", "female"), VoiceInfo("es-MX-JorgeNeural", "male")]
        return [VoiceInfo(f"{language}+{kind}", "male" if kind[0] == "m" else "female") for kind in ("f2", "m3", "f5")]


def pool() -> tuple[Pool, Reader]:
    """Engines of a cloud, which cost something, and those at home behind them; and the cloud's recogniser."""
    cloud = Reader(name="cloud")
    routes = [Route("en", tag, "good" if tag in ("es", "fr") else "gist") for tag in _ROUTES]
    routes.append(Route("en", "ca", "gist", pivot="es"))
    engines = Pool(
        {"cloud": cloud, "home": Reader(name="home")},
        {"cloud": Phrasebook("cloud", routes=routes), "home": Phrasebook("home", routes=routes)},
        {"cloud": Choir("cloud"), "home": Choir("home")},
        {"home": ScriptedFace("home")},
    )
    return engines, cloud
