"""Films a talk from what was kept of it, in a program of its own with the lowest priority:

    python -m dragoman.filmed

It reads a job as one line of JSON from its input, writes a line of JSON for every step that is done and for every text
that a voice has said, and ends with its input: whoever asked for the film has gone.
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from dragoman import settings as configuration
from dragoman.cost import FREE, Meter
from dragoman.engines import registry
from dragoman.engines.pool import Pool
from dragoman.engines.protocols import Look, Voice
from dragoman.errors import EngineFailed
from dragoman.fallback import Patience
from dragoman.film import Unfilmable
from dragoman.filming import Counted, Presenter, Roll, filming
from dragoman.lineup import LONGEST_SECONDS, Lineup
from dragoman.speakers import Speakers
from dragoman.speech import FLOOR_RATE, MEDIA_RATE, Entry, Line, Segment, ms
from dragoman.subtitles import Passage, cues

_RATIO = MEDIA_RATE // FLOOR_RATE
_AFTERWARDS = FLOOR_RATE
"""Floor samples of film after the last word."""
_NICE = 19
"""The lowest priority: live talks on this machine come first."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A line of the talk."""

    segment_id: int
    start: int
    """floor position, samples"""
    end: int
    """samples"""
    text: str
    spoken: str
    """as a voice should read it; empty where it is only shown"""


@dataclass(frozen=True, slots=True)
class Job:
    """A film that is to be made."""

    language: str
    """offered tag"""
    voice: str | None
    """the one that was chosen; else the best that suits the presenter"""
    look: Look
    about: Mapping[str, str]
    """the file's metadata, by FFmpeg's names"""
    sentences: Sequence[Sentence]
    engines: Mapping[str, Sequence[str]]
    """names by job, the best first, of the voice and the face: the first that can be loaded does the job, and where a
    voice fails the next takes its place"""
    file: str

    def written(self) -> str:
        """As one line."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, line: str) -> Job:
        """What `written` has written."""
        said: dict[str, Any] = json.loads(line)
        sentences = tuple(Sentence(**sentence) for sentence in said.pop("sentences"))
        engines = {job: tuple(names) for job, names in said.pop("engines").items()}
        return cls(**{**said, "look": Look(**said["look"])}, sentences=sentences, engines=engines)


async def shoot(job: Job, presenter: Presenter, progress: Callable[[float], None]) -> None:
    """Make the film. progress: told how much of it is done, 0 to 1. Raises Unfilmable."""
    sentences = sorted(job.sentences, key=lambda sentence: sentence.start)
    end = max((sentence.end for sentence in sentences), default=0) + _AFTERWARDS
    roll = Roll(job.language, _voice(job, presenter), Path(job.file), job.about, subtitled=True)
    async with filming(presenter, [roll]) as films:
        for sentence in sentences:
            if sentence.spoken:
                await films.say(_entry(sentence, job.language, sentence.spoken))
            progress(min(1.0, films.position / (end * _RATIO)))
        entries = [_entry(sentence, job.language, sentence.text) for sentence in sentences]
        shown = films.entries(job.language, entries)
        passages = [
            Passage(ms(entry.segment.start), ms(entry.segment.end), entry.lines[job.language].text) for entry in shown
        ]
        await films.end(end * _RATIO, {job.language: cues(passages)})
    progress(1.0)


def _entry(sentence: Sentence, tag: str, text: str) -> Entry:
    segment = Segment(sentence.segment_id, sentence.start, sentence.end, text, 0)
    return Entry(segment, {tag: Line(segment.id, tag, text)})


def _voice(job: Job, presenter: Presenter) -> str:
    there = [voice.name for voice in presenter.voice.voices(job.language)]
    return job.voice if job.voice in there else presenter.voices((job.language,))[job.language]


def in_turn(voices: Mapping[str, Voice], language: str) -> Voice:
    """One voice of several engines, the best first: where one fails the next says what it was to say."""
    pool = Pool({}, {}, voices, {})
    lineup = Lineup(
        pool,
        patience=Patience(),
        choice=dict,
        costs=lambda _: False,
        told=lambda _: None,
        time=time.monotonic,
    )
    # Nobody waits for a sentence of a film: each has all the time that it needs.
    return Speakers(pool, lineup, Meter(FREE), patience=lambda: LONGEST_SECONDS).into(language)


async def _work(job: Job, said: Callable[[Mapping[str, Any]], None]) -> None:
    settings = configuration.read().for_engines

    def counted(name: str, voice: Voice) -> Voice:
        return Counted(voice, lambda characters: said({"engine": name, "characters": characters}))

    async with AsyncExitStack() as stack:
        found: dict[str, dict[str, Any]] = {}
        for kind in ("voice", "face"):
            found[kind] = await _loaded(kind, job.engines[kind], settings)
            for engine in found[kind].values():
                stack.push_async_callback(engine.close)
        voices = {name: counted(name, voice) for name, voice in found["voice"].items()}
        face = next(iter(found["face"].values()))
        presenter = Presenter(job.look, in_turn(voices, job.language), face)
        await shoot(job, presenter, lambda share: said({"share": share}))


async def _loaded(kind: str, names: Sequence[str], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Those of these engines that there are, by name. Raises Unfilmable where there is none."""
    found: dict[str, Any] = {}
    reason = ""
    for name in dict.fromkeys(names):
        try:
            found[name] = await registry.load_one(kind, name, settings)
        except Exception as error:  # noqa: BLE001  # whatever is missing for it, another may do the job
            reason = reason or str(error) or type(error).__name__
    if not found:
        raise Unfilmable(f"the engine cannot be loaded: {reason}")
    return found


def main() -> int:
    """Make the film that is asked for."""
    os.nice(_NICE)
    asking = os.fdopen(os.dup(0), "r", encoding="utf-8")
    answering = os.dup(1)
    # What a library may print must not get between the lines.
    os.dup2(2, 1)

    def said(line: Mapping[str, Any]) -> None:
        os.write(answering, json.dumps(line).encode() + b"\n")

    job = Job.read(asking.readline())

    def watch() -> None:
        asking.read()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    try:
        asyncio.run(_work(replace(job), said))
    except (Unfilmable, EngineFailed, configuration.SettingsError) as error:
        said({"error": str(error)})
        return 1
    said({"done": True})
    return 0


if __name__ == "__main__":
    # Not the interpreter's own way out, which would wait for the thread that watches the input.
    os._exit(main())
