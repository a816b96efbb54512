"""Interprets recordings: the same line over a file, faster than real time, into subtitles, a transcript and films."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from dragoman.booth import ATTEMPTS
from dragoman.cost import FREE, Meter, Prices, stream_kinds
from dragoman.drafts import FILM, Draft, Unwritable, drafts, publish
from dragoman.engines.pool import routes_from
from dragoman.engines.protocols import Recognizer, RecognizerStream, Route, Translator
from dragoman.errors import EngineFailed
from dragoman.events import Cost
from dragoman.film import Unfilmable, software
from dragoman.filming import Counted, Films, Presenter, Roll, filming
from dragoman.glossary import Glossary
from dragoman.languages import match
from dragoman.media import MediaError, Sound, sound
from dragoman.placeholders import translated
from dragoman.relay import Relay
from dragoman.speech import FLOOR_RATE, MEDIA_RATE, Entry, Final, Line, Pcm, Segment
from dragoman.transcript import render

AT_ONCE = 2
"""Talks under way at a time: while one waits for the recogniser the other is read and translated. Each holds some
seconds of sound and its own text, so memory does not grow with the number of talks."""

Progress = Callable[[float], None]
"""Told how much of a talk is done, 0 to 1."""


class Uninterpretable(Exception):
    """A talk, or what was asked of it, that cannot be interpreted; the text says why. Nothing of it was written."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one talk."""

    talk: Path
    files: tuple[Path, ...]
    """what was written"""
    segments: int
    untranslated: int
    """lines for which an engine failed: they hold the source text"""
    unspoken: int
    """sentences that are missing in a film: left untranslated, or the voice failed"""
    damaged: int
    """packets of the file that could not be decoded and were left out"""
    duration: float
    """seconds of sound"""
    elapsed: float
    """seconds of work"""
    cost: Cost
    """what the engines were paid for it, by list prices"""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why one talk of several has no outcome."""

    talk: Path
    reason: str


async def interpret(
    talk: Path,
    targets: Sequence[str],
    out: Path,
    *,
    recognizer: Recognizer,
    translator: Translator,
    source: str = "en",
    presenter: Presenter | None = None,
    name: str | None = None,
    progress: Progress = lambda _: None,
    prices: Prices = FREE,
) -> Outcome:
    """Write `<name>.<tag>.vtt` and `.srt` for the floor and every target, and `<name>.json` with all of it, into `out`;
    with a presenter also `<name>.<tag>.mp4` for every target, whose subtitles then have the film's times.

    name: by default the talk's own, without its ending. Files appear when all is done, each at once; older ones of
    the same name are replaced. Raises Uninterpretable.
    """
    begun = time.monotonic()
    name = name or talk.stem
    floor = _floor(recognizer, source)
    offered = _offered(translator, floor)
    tags = _tags(offered, floor, targets)
    voices = _voices(presenter, tags)
    meter = Meter(prices)
    relay = Relay(
        translator,
        next((route.source for route in offered.values()), floor),
        offered,
        lambda characters: meter.used(translator.name, "translation", characters),
    )
    try:
        with drafts(out, name, floor, tags, filmed=voices) as found:
            rolls = [
                Roll(draft.language, voices[draft.language], draft.made, about(name, floor, draft.language))
                for draft in found
                if draft.form == FILM
            ]
            async with _playing(talk) as recording, filming(_counted(presenter, meter), rolls) as films:
                stream = await recognizer.open(floor, start=0, live=False)
                entries = await _interpreted(stream, recording, relay, tags, films, progress)
                await films.end(recording.track.position * MEDIA_RATE // FLOOR_RATE)
            texts = _texts(found, entries, floor, films)
            await asyncio.to_thread(publish, out, name, found, texts)
    except (MediaError, Unfilmable, Unwritable) as error:
        raise Uninterpretable(str(error)) from error
    except EngineFailed as error:
        raise Uninterpretable(f"{talk.name}: {error}") from error
    finally:
        await relay.close()
    for kind, seconds in stream_kinds(recording.track.position / FLOOR_RATE, 0):
        meter.used(recognizer.name, kind, seconds)
    progress(1.0)
    return Outcome(
        talk=talk,
        files=tuple(draft.path for draft in found),
        segments=len(entries),
        untranslated=sum(line.untranslated for entry in entries for line in entry.lines.values()),
        unspoken=films.unspoken,
        damaged=recording.track.damaged,
        duration=recording.track.position / FLOOR_RATE,
        elapsed=time.monotonic() - begun,
        cost=meter.cost(),
    )


async def interpret_all(
    talks: Sequence[Path],
    targets: Sequence[str],
    out: Path,
    *,
    recognizer: Recognizer,
    translator: Translator,
    source: str = "en",
    presenter: Presenter | None = None,
    progress: Callable[[int, float], None] = lambda _number, _share: None,
    prices: Prices = FREE,
) -> list[Outcome | Failure]:
    """Interpret several talks, AT_ONCE of them at a time; one that fails stops no other.

    progress: is told the talk's place in `talks` besides its share. Answers in the order of `talks`. Raises
    Uninterpretable where no talk could be interpreted like this: a language that no engine has, a presenter unknown.
    """
    floor = _floor(recognizer, source)
    _voices(presenter, _tags(_offered(translator, floor), floor, targets))
    places = asyncio.Semaphore(AT_ONCE)

    async def one(number: int, name: str) -> Outcome | Failure:
        async with places:
            try:
                return await interpret(
                    talks[number],
                    targets,
                    out,
                    recognizer=recognizer,
                    translator=translator,
                    source=source,
                    presenter=presenter,
                    name=name,
                    progress=lambda share: progress(number, share),
                    prices=prices,
                )
            except Uninterpretable as error:
                return Failure(talks[number], str(error))

    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(one(number, name)) for number, name in enumerate(names(talks))]
    return [task.result() for task in running]


def names(talks: Sequence[Path]) -> list[str]:
    """A name for the files of each talk: its own without the ending, numbered where another talk has that."""
    own = {talk.stem for talk in talks}
    given: list[str] = []
    for talk in talks:
        name, number = talk.stem, 1
        while name in given or (number > 1 and name in own):
            number += 1
            name = f"{talk.stem}-{number}"
        given.append(name)
    return given


def _floor(recognizer: Recognizer, source: str) -> str:
    floor = match(source, recognizer.languages)
    if floor is None:
        raise Uninterpretable(
            f"the recogniser in use hears {', '.join(recognizer.languages)}, not {source}; choose another with ENGINES"
        )
    return floor


def _offered(translator: Translator, floor: str) -> dict[str, Route]:
    return routes_from(translator, floor)


def _tags(offered: Mapping[str, Route], floor: str, targets: Sequence[str]) -> tuple[str, ...]:
    """The offered tags that are asked for, each once. The floor is always written, so it may be asked for too."""
    found = {target: match(target, (floor, *offered)) for target in targets}
    missing = [target for target, tag in found.items() if tag is None]
    if missing:
        there = ", ".join(sorted(offered)) or "none"
        raise Uninterpretable(f"there is no translation from {floor} into {', '.join(missing)}; there is: {there}")
    return tuple(dict.fromkeys(tag for tag in found.values() if tag and tag != floor))


def _voices(presenter: Presenter | None, tags: Sequence[str]) -> dict[str, str]:
    """The voice for each language that is filmed."""
    try:
        return presenter.voices(tags) if presenter else {}
    except Unfilmable as error:
        raise Uninterpretable(str(error)) from error


def _counted(presenter: Presenter | None, meter: Meter) -> Presenter | None:
    if presenter is None:
        return None
    voice = presenter.voice
    return replace(presenter, voice=Counted(voice, lambda characters: meter.used(voice.name, "voice", characters)))


def about(name: str, floor: str, tag: str) -> dict[str, str]:
    """What a film says of itself, above all what it is; by FFmpeg's names."""
    disclosure = f"AI avatar, machine translation from {floor} to {tag}"
    title = name.encode("utf-8", "replace").decode()  # a file may be called what is no text
    return {"title": title, "comment": disclosure, "description": disclosure, "encoding_tool": software()}


async def _interpreted(
    stream: RecognizerStream,
    recording: _Recording,
    relay: Relay,
    tags: Sequence[str],
    films: Films,
    progress: Progress,
) -> list[Entry]:
    """All that is said in a recording, translated, and filmed up to its last word."""
    entries: list[Entry] = []

    def told() -> None:
        # Films and recognition count alike. What is read waits to be filmed, so its share says where a film is.
        read = recording.track.position * MEDIA_RATE // FLOOR_RATE
        filmed = min(1.0, films.position / read) if read else 0.0
        progress(recording.track.share * (1 + len(films) * filmed) / (1 + len(films)))

    feeding = asyncio.create_task(_feed(stream, recording, told))
    try:
        async for segment in _hear(stream):
            entries.append(await _translated(segment, relay, tags))
            await films.say(entries[-1])
            told()
        await feeding
    finally:
        feeding.cancel()
        await asyncio.gather(feeding, return_exceptions=True)
        await stream.close()
    return entries


class _Recording:
    """A talk's sound, read chunk by chunk in a thread of its own."""

    def __init__(self, track: Sound, thread: ThreadPoolExecutor) -> None:
        self.track = track
        self._thread = thread
        self._chunks = track.read()

    async def read(self) -> Pcm | None:
        """The next run of sound, None at the end. Raises MediaError."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, next, self._chunks, None)


@asynccontextmanager
async def _playing(talk: Path) -> AsyncIterator[_Recording]:
    thread, file = ThreadPoolExecutor(1, thread_name_prefix="talk"), ExitStack()
    try:
        track = await asyncio.get_running_loop().run_in_executor(thread, file.enter_context, sound(talk))
        yield _Recording(track, thread)
    finally:
        # In the same thread, so after the read that a cancellation has left behind: FFmpeg would not survive
        # losing the file in the middle of one.
        thread.submit(file.close)
        thread.shutdown(wait=False)


async def _feed(stream: RecognizerStream, recording: _Recording, told: Callable[[], None]) -> None:
    try:
        while (pcm := await recording.read()) is not None:
            await stream.feed(pcm)
            told()
    finally:
        # Also where the file is damaged: it ends what the stream gives, and then the error is seen.
        await stream.finish()


async def _hear(stream: RecognizerStream) -> AsyncIterator[Segment]:
    number = 0
    async for event in stream.events():
        if isinstance(event, Final):
            number += 1
            now = time.time_ns() // 1_000_000
            yield Segment(id=number, start=event.start, end=event.end, text=event.text, timestamp=now)


async def _translated(segment: Segment, relay: Relay, tags: Sequence[str]) -> Entry:
    lines = await asyncio.gather(*(_line(segment, relay, tag) for tag in tags))
    return Entry(segment, {line.language: line for line in lines})


async def _line(segment: Segment, relay: Relay, tag: str) -> Line:
    for _ in range(ATTEMPTS):
        with suppress(EngineFailed):
            return Line(segment.id, tag, await translated(segment.text, relay.source, tag, Glossary(), relay.translate))
    return Line(segment.id, tag, segment.text, untranslated=True)


def _texts(found: Sequence[Draft], entries: Sequence[Entry], floor: str, films: Films) -> Iterator[tuple[Draft, str]]:
    """Everything that is written but the films; the subtitles of a film have its times."""
    for draft in found:
        if draft.form != FILM:
            shown = entries if draft.form == "json" else films.entries(draft.language, entries)
            yield draft, render(shown, draft.form, floor=floor, language=draft.language)
