"""Filming a talk: its sentences are spoken and drawn, one film per language, while it is interpreted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from dragoman.booth import ATTEMPTS
from dragoman.cost import spoken_characters
from dragoman.engines.protocols import Engines, Face, Look, Voice, VoiceInfo
from dragoman.errors import EngineFailed
from dragoman.film import Film, Unfilmable
from dragoman.speech import FLOOR_RATE, MEDIA_RATE, Entry, Line, Segment, Utterance
from dragoman.subtitles import Cue

T = TypeVar("T")

_RATIO = MEDIA_RATE // FLOOR_RATE


@dataclass(frozen=True, slots=True)
class Presenter:
    """Who is to be filmed, and the engines that make it speak and draw it."""

    look: Look
    voice: Voice
    face: Face

    @classmethod
    def cast(cls, character: str, engines: Engines) -> Presenter:
        """A presenter in its first style, done by a server's engines."""
        return cls(Look(character), engines.voice, engines.face)

    def voices(self, tags: Sequence[str]) -> dict[str, str]:
        """The name of the voice for each language: the best of the presenter's gender, else the best. Raises Unfilmable
        where there is no such presenter, or no voice for a language.
        """
        try:
            gender = self.face.gender(self.look.character)
        except EngineFailed as error:
            raise Unfilmable(str(error)) from error
        there = {tag: self.voice.voices(tag) for tag in tags}
        if mute := [tag for tag, voices in there.items() if not voices]:
            raise Unfilmable(f"no voice speaks {', '.join(mute)}; leave --avatar out to get the subtitles alone")
        return {
            tag: next((voice.name for voice in voices if voice.gender == gender), voices[0].name)
            for tag, voices in there.items()
        }


class Counted:
    """A Voice that tells what it is asked to say."""

    def __init__(self, voice: Voice, told: Callable[[int], None]) -> None:
        """told: of the characters of every text that was said, as voices are billed."""
        self.name = voice.name
        self._voice = voice
        self._told = told

    def voices(self, language: str) -> Sequence[VoiceInfo]:
        """See Voice.voices."""
        return self._voice.voices(language)

    async def speak(self, text: str, voice: str, *, rate: float = 1.0) -> Utterance:
        """See Voice.speak."""
        said = await self._voice.speak(text, voice, rate=rate)
        self._told(spoken_characters(text))
        return said

    async def close(self) -> None:
        """See Voice.close."""
        await self._voice.close()


class Films:
    """The films of one talk, a language each. Open with `filming`."""

    def __init__(self, making: Mapping[str, _Making]) -> None:
        self._making = making

    def __len__(self) -> int:
        return len(self._making)

    @property
    def position(self) -> int:
        """Media time up to which all films are drawn."""
        return min((making.film.position for making in self._making.values()), default=0)

    @property
    def unspoken(self) -> int:
        """Sentences that are not heard: there was no translation, or the voice failed."""
        return sum(making.unspoken for making in self._making.values())

    async def say(self, entry: Entry) -> None:
        """Have a segment's lines said, each where the segment is, or after what is being said then. Returns when that
        is drawn, so that no film is far behind. Raises Unfilmable.
        """
        await asyncio.gather(*(making.say(entry.segment, entry.lines[tag]) for tag, making in self._making.items()))

    async def end(self, duration: int, subtitles: Mapping[str, Sequence[Cue]] = MappingProxyType({})) -> None:
        """Nothing more is said: write the films to their end, `duration` in media samples or the last word. Raises
        Unfilmable.

        subtitles: by tag, for the films that have a track of them.
        """
        await asyncio.gather(*(making.end(duration, subtitles.get(tag, ())) for tag, making in self._making.items()))

    def entries(self, tag: str, entries: Sequence[Entry]) -> Sequence[Entry]:
        """The entries with the segments where this language's film says them, if there is one."""
        times = self._making[tag].times if tag in self._making else {}
        return [
            replace(entry, segment=replace(entry.segment, start=start, end=end))
            for entry in entries
            for start, end in [times.get(entry.segment.id, (entry.segment.start, entry.segment.end))]
        ]


@dataclass(frozen=True, slots=True)
class Roll:
    """What a film is made on."""

    tag: str
    """the language"""
    voice: str
    """the name of the voice"""
    file: Path
    about: Mapping[str, str]
    """the file's metadata, by FFmpeg's names"""
    subtitled: bool = False
    """it has a track of subtitles"""


@asynccontextmanager
async def filming(presenter: Presenter | None, rolls: Sequence[Roll]) -> AsyncIterator[Films]:
    """The films of a talk. Where the block is left before `end` the files are of no use. Raises Unfilmable.

    presenter: needed where there are rolls.
    """
    async with AsyncExitStack() as stack:
        making = {
            roll.tag: await stack.enter_async_context(_making(presenter, roll))
            for roll in rolls
            if presenter is not None
        }
        yield Films(making)


class _Making:
    """One film, its voice, and the thread that draws it."""

    def __init__(self, film: Film, voice: Voice, name: str, thread: ThreadPoolExecutor) -> None:
        self.film = film
        self.unspoken = 0
        self.times: dict[int, tuple[int, int]] = {}
        """where a segment is said: start and end by its id, floor samples"""
        self._voice = voice
        self._name = name
        self._thread = thread

    async def say(self, segment: Segment, line: Line) -> None:
        utterance = None if line.untranslated else await self._spoken(line.text)
        if utterance is None:
            self.unspoken += 1
            return
        said = self.film.say(segment.start * _RATIO, utterance)
        self.times[segment.id] = said.start // _RATIO, (said.start + len(utterance.pcm)) // _RATIO
        await self._shoot()

    async def end(self, duration: int, subtitles: Sequence[Cue]) -> None:
        self.film.end(duration)
        await self._shoot()
        await self._in_thread(lambda: self.film.subtitle(subtitles))
        await self._in_thread(self.film.finish)

    async def _spoken(self, text: str) -> Utterance | None:
        for _ in range(ATTEMPTS):
            with suppress(EngineFailed):
                return await self._voice.speak(text, self._name)
        return None

    async def _shoot(self) -> None:
        while await self._in_thread(self.film.shoot):
            pass

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


@asynccontextmanager
async def _making(presenter: Presenter, roll: Roll) -> AsyncIterator[_Making]:
    try:
        face = await presenter.face.open(presenter.look)
    except EngineFailed as error:
        raise Unfilmable(str(error)) from error
    thread = ThreadPoolExecutor(1, thread_name_prefix="film")
    loop, files = asyncio.get_running_loop(), ExitStack()

    def opened() -> Film:
        film = Film(roll.file, face, presenter.look, roll.about, roll.tag if roll.subtitled else None)
        files.callback(film.close)
        return film

    try:
        yield _Making(await loop.run_in_executor(thread, opened), presenter.voice, roll.voice, thread)
    finally:
        # In the same thread, so after what a cancellation has left behind: FFmpeg would not survive losing the file
        # in the middle of a picture.
        closing = thread.submit(files.close)
        thread.shutdown(wait=False)
        await asyncio.wrap_future(closing)
