"""Engines that follow a script, so that a test decides when which of them fails; the contract is the real engines'."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence

import numpy as np

from dragoman.audience import Outlet
from dragoman.engines.protocols import NOTHING_TOLD, Brief, Look, Route, Said, VoiceInfo
from dragoman.errors import EngineFailed
from dragoman.events import AvatarState, Caption, EngineState, Event, SegmentCondensed
from dragoman.packets import Picture
from dragoman.speech import MEDIA_RATE, Begun, Final, Partial, Pcm, Recognition, Safe, Utterance, Viseme

BLOCK = 1600
"""Samples of a spoken word: all of one value, which is the word's number; zeros are silence."""


def speech(*words: int) -> np.ndarray:
    """The sound of these words, 0 for silence; shape (n * BLOCK,)."""
    return np.repeat(np.array(words, dtype=np.int16), BLOCK)


class ScriptedStream:
    """Hears blocks; silence ends a segment."""

    def __init__(self, owner: ScriptedRecognizer, start: int, brief: Brief) -> None:
        self._owner = owner
        self._brief = brief
        self._events: asyncio.Queue[Recognition | EngineFailed | None] = asyncio.Queue()
        self._words: list[str] = []
        self._begun = self._end = start

    async def feed(self, pcm: Pcm) -> None:
        self._owner.fed += 1
        if self._owner.gate is not None:
            await self._owner.gate.wait()
        if self._owner.broken is not None:
            raise self._owner.broken
        if self._owner.fed in self._owner.fails_at:
            self._events.put_nowait(EngineFailed("scripted"))
            raise EngineFailed("scripted")
        if self._owner.mute:
            return
        if pcm.start > self._end:
            self._finish()
        for offset in range(0, len(pcm.samples), BLOCK):
            at = pcm.start + offset
            word = int(pcm.samples[offset])
            if word:
                if not self._words:
                    self._begun = at
                self._words.append(f"{self._owner.letter}{word}")
                self._end = at + BLOCK
                settled, language = " ".join(self._words[:-1]), self._language()
                translations = self._translations(settled) if settled else {}
                self._events.put_nowait(
                    Partial(self._begun, settled, self._words[-1], translations=translations, language=language)
                )
            else:
                self._finish()
                self._end = at + BLOCK
                self._events.put_nowait(Safe(self._end))

    def _finish(self) -> None:
        if self._words:
            text, language = " ".join(self._words), self._language()
            self._words = []
            translations = self._translations(text)
            self._events.put_nowait(
                Final(self._begun, self._end, text, self._end, translations=translations, language=language)
            )

    def _translations(self, text: str) -> dict[str, str]:
        return {tag: f"{self._owner.name}>{tag}({text})" for tag in self._brief.targets}

    def _language(self) -> str:
        """Words below 100 are of the first candidate, those below 200 of the second, and so on."""
        if not self._brief.candidates:
            return ""
        number = int(self._words[0].removeprefix(self._owner.letter)) // 100
        return self._brief.candidates[min(number, len(self._brief.candidates) - 1)]

    async def finish(self) -> None:
        self._finish()
        self._events.put_nowait(None)

    async def events(self) -> AsyncIterator[Recognition]:
        while (event := await self._events.get()) is not None:
            if isinstance(event, EngineFailed):
                raise event
            yield event

    async def close(self) -> None:
        self._owner.open_streams -= 1


class ScriptedRecognizer:
    """Fails at the given calls of feed, counted over all streams from 1."""

    def __init__(
        self,
        fails_at: Sequence[int] = (),
        *,
        name: str = "scripted",
        letter: str = "w",
        languages: Sequence[str] = ("en",),
        translates: Sequence[str] = (),
        most_candidates: int = 0,
    ) -> None:
        """letter: what its words begin with."""
        self.name = name
        self.letter = letter
        self.languages = tuple(languages)
        self.translates = tuple(translates)
        self.most_candidates = most_candidates
        self.fails_at = set(fails_at)
        self.broken: EngineFailed | None = None
        """what it fails with while it is set"""
        self.refuses: EngineFailed | None = None
        """what it fails with when a stream is opened"""
        self.mute = False
        """takes sound and gives nothing"""
        self.opened: list[tuple[str, int, Begun | None, Brief]] = []
        """language, start, begun and brief of every stream"""
        self.fed = 0
        self.gate: asyncio.Event | None = None
        """while it is not set, no more sound is taken"""
        self.open_streams = 0

    async def open(
        self, language: str, *, start: int, live: bool, begun: Begun | None = None, brief: Brief = NOTHING_TOLD
    ) -> ScriptedStream:
        self.opened.append((language, start, begun, brief))
        if self.refuses is not None:
            raise self.refuses
        self.open_streams += 1
        return ScriptedStream(self, start, brief)

    async def close(self) -> None:
        pass


class ScriptedPair:
    def __init__(self, owner: ScriptedTranslator, leg: tuple[str, str]) -> None:
        self._owner = owner
        self._leg = leg

    async def translate(self, text: str) -> str:
        self._owner.asked[self._leg] += 1
        await asyncio.sleep(0)
        if self._owner.hangs:
            await asyncio.Event().wait()
        if self._owner.broken is not None:
            raise self._owner.broken
        gate = self._owner.gates.get(self._leg[1])
        if gate is not None:
            await gate.wait()
        if any(word in text.split() for word in self._owner.chokes_on.get(self._leg[1], ())):
            raise EngineFailed("scripted")
        return f"{self._owner.mark}{self._leg[1]}({text}{self._owner.padding})"

    async def close(self) -> None:
        self._owner.open_pairs -= 1


class ScriptedTranslator:
    """English into es and ca, from es into fr. chokes_on: words by target tag; gates: a target waits for its event."""

    def __init__(self, name: str = "scripted", mark: str = "", routes: Sequence[Route] | None = None) -> None:
        """mark: what its texts begin with."""
        self.name = name
        self.mark = mark
        self.hangs = False
        self.broken: EngineFailed | None = None
        """what it fails with while it is set"""
        self._routes = routes
        self.chokes_on: dict[str, set[str]] = {}
        self.gates: dict[str, asyncio.Event] = {}
        self.asked: Counter[tuple[str, str]] = Counter()
        self.padding = ""
        """makes texts long"""
        self.open_pairs = 0

    def routes(self) -> Sequence[Route]:
        return self._routes or (
            Route("en", "es", "gist"),
            Route("en", "ca", "gist"),
            Route("en", "fr", "gist", pivot="es"),
            Route("es", "fr", "gist"),
        )

    async def open(self, source: str, target: str) -> ScriptedPair:
        self.open_pairs += 1
        return ScriptedPair(self, (source, target))

    async def close(self) -> None:
        pass


class Ears(Outlet):
    """Collects what every socket hears."""

    def __init__(self) -> None:
        self.heard: dict[str, list[Event]] = {}
        self.captions_made = 0
        self.states: list[EngineState] = []
        self.money: Counter[tuple[str, str]] = Counter()

    async def send(self, session_id: str, sockets: Sequence[str], event: Event) -> None:
        await asyncio.sleep(0)
        for socket in sockets:
            self.heard.setdefault(socket, []).append(event)

    def made(self, event: Caption | AvatarState | SegmentCondensed | EngineState) -> None:
        self.captions_made += isinstance(event, Caption)
        if isinstance(event, EngineState):
            self.states.append(event)

    def spent(self, engine: str, kind: str, cost: float) -> None:
        self.money[engine, kind] += cost

    async def drained(self, socket: str) -> None:
        await asyncio.sleep(0)

    def finals(self, socket: str, language: str) -> list[tuple[int, str]]:
        """Ids and texts of the final captions in a language."""
        return [
            (event.segment_id, event.text)
            for event in self.heard.get(socket, [])
            if isinstance(event, Caption) and event.final and event.language == language
        ]


class ScriptedVoice:
    """Says a word in 0.1 s, as a tone; the mouth is open while it lasts. chokes_on: words."""

    def __init__(self, name: str = "scripted", mark: str = "") -> None:
        """mark: what its voices' names begin with."""
        self.name = name
        self.mark = mark
        self.hangs = False
        self.broken: EngineFailed | None = None
        """what it fails with while it is set"""
        self.chokes_on: set[str] = set()
        self.said: list[tuple[str, str]] = []
        """voice and text"""
        self.gate: asyncio.Event | None = None
        """while it is not set, nothing is made"""

    def voices(self, language: str) -> Sequence[VoiceInfo]:
        if language == "ca":
            return ()
        return (VoiceInfo(f"{self.mark}{language}-f", "female"), VoiceInfo(f"{self.mark}{language}-m", "male"))

    async def speak(self, text: str, voice: str, *, rate: float = 1.0) -> Utterance:
        await asyncio.sleep(0)
        if self.hangs:
            await asyncio.Event().wait()
        if self.broken is not None:
            raise self.broken
        if self.gate is not None:
            await self.gate.wait()
        if self.chokes_on & set(text.split()):
            raise EngineFailed("scripted")
        self.said.append((voice, text))
        length = max(1, len(text.split())) * MEDIA_RATE // 10
        tone = 8000 * np.sin(2 * np.pi * 440 * np.arange(length) / MEDIA_RATE)
        return Utterance(tone.astype(np.int16), (Viseme(0, 2), Viseme(length, 0)))

    async def close(self) -> None:
        pass


class ScriptedFaceStream:
    def __init__(self, owner: ScriptedFace, look: Look) -> None:
        self._owner = owner
        self._picture = np.full((look.height * 3 // 2, look.width), 128, dtype=np.uint8)

    def draw(self, at: int, said: Sequence[Said]) -> Picture:
        self._owner.drawn += 1
        speaking = any(one.start <= at < one.start + len(one.utterance.pcm) for one in said)
        self._picture[:16] = 235 if speaking else 16
        return self._picture


class ScriptedFace:
    """A grey picture whose first rows are white while an utterance lasts."""

    def __init__(self, name: str = "scripted") -> None:
        self.name = name
        self.broken: EngineFailed | None = None
        """what it fails with when a presenter is wanted, while it is set"""
        self.drawn = 0
        self.looks: list[Look] = []

    def gender(self, character: str) -> str:
        return "male" if character == "jonas" else "female"

    async def open(self, look: Look) -> ScriptedFaceStream:
        if self.broken is not None:
            raise self.broken
        self.looks.append(look)
        return ScriptedFaceStream(self, look)

    async def close(self) -> None:
        pass
