"""A whole conference on virtual time: one talk through floor, four booths and four avatars that are watched."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from typing import Any

import structlog
from benchmarks.recordings import CHUNK, RATE
from benchmarks.simul.course import Course, Heard, Shown
from benchmarks.simul.engines import Booked, load
from benchmarks.simul.journal import MemoryJournal
from benchmarks.simul.machine import Machine
from benchmarks.simul.outside import Outside
from benchmarks.simul.studio import VirtualClock, VirtualStudio
from benchmarks.simul.talks import Sound
from benchmarks.simul.virtual_time import VirtualLoop

from dragoman.audience import Outlet
from dragoman.casting import voice_for
from dragoman.conference import Conference, Draft, Limits
from dragoman.engines.pool import Pool
from dragoman.events import AvatarState, Caption, EngineState, Event, SegmentCondensed
from dragoman.packets import Packet
from dragoman.session import Session
from speech_data import silence

LANGUAGES = ("es", "fr", "it", "pt-BR")
LOOP_SECONDS = 0.0012
"""CPU seconds of the server's event loop for 40 ms of talk, 3 % of a core: what `python -m benchmarks.media` finds of
the server beyond recognition and channels. Booked as one piece, though it is really many small ones."""
TAIL_SECONDS = 2.0
"""The microphone stays open so long after the last word."""
QUIET_SECONDS = 5.0
"""The avatars have said all when none of them is speaking, or has begun to, for so long."""
_PATIENCE_SECONDS = 120.0
_HOST = "3f6f5d0a-43e5-4b5c-9c0c-8d8bf0c7a001"
_PRESENTER = "amara"
_EPOCH_MS = 1_700_000_000_000
_LIMITS = Limits(sessions=1, listeners=10, retention_days=1, unstarted_days=1, idle_days=1)


class Notebook(Outlet):
    """The host's page: notes what it is told, and when."""

    def __init__(self, languages: Sequence[str]) -> None:
        self._loop = asyncio.get_running_loop()
        self.course = Course("en", languages)
        self.begun = 0.0
        """when the talk began, seconds of the loop"""
        self.speaking: set[str] = set()
        """languages whose avatar is saying something"""
        self.last = 0.0
        """when an avatar began or ended anything last, seconds of the loop"""

    async def send(self, session_id: str, sockets: Sequence[str], event: Event) -> None:
        """See Outlet."""
        at = self._loop.time() - self.begun
        match event:
            case Caption():
                words = event.source_text, event.text
                shown = Shown(at, event.segment_id, event.language, *words, event.start, event.end, event.final)
                self.course.shown.append(shown)
            case AvatarState():
                self.last = self._loop.time()
                (self.speaking.add if event.speaking else self.speaking.discard)(event.language)
                lag = None if event.lag_ms is None else event.lag_ms / 1000
                self.course.heard.append(Heard(at, event.segment_id, event.language, event.speaking, lag))

    def made(self, event: Caption | AvatarState | SegmentCondensed | EngineState) -> None:
        """See Outlet."""

    def spent(self, engine: str, kind: str, cost: float) -> None:
        """See Outlet."""

    async def drained(self, socket: str) -> None:
        """See Outlet."""


class _Viewer:
    """Takes what it is shown, at no cost: sending is part of LOOP_SECONDS."""

    def show(self, packets: Sequence[Packet]) -> None:
        pass

    def over(self) -> None:
        pass


def play(sound: Sound, mode: str, languages: Sequence[str] = LANGUAGES) -> Course:
    """The course of a talk in a latency mode."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    loop = VirtualLoop()
    asyncio.set_event_loop(loop)
    try:
        with Outside() as outside:
            return loop.run_until_complete(_played(outside, sound, mode, languages))
    finally:
        asyncio.set_event_loop(None)
        loop.close()


async def _played(outside: Outside, sound: Sound, mode: str, languages: Sequence[str]) -> Course:
    loop, machine, host = asyncio.get_running_loop(), Machine(), Notebook(languages)
    booked, clock = load(outside, machine), VirtualClock()
    conference = Conference(
        Pool.of(booked.engines),
        MemoryJournal(machine),
        host,
        _LIMITS,
        clock=clock,
        now=lambda: _EPOCH_MS + int(loop.time() * 1000),
    )
    studio = conference.studio = VirtualStudio(clock, machine)
    await conference.open()
    try:
        options = {"latencyMode": mode, "avatarCharacter": _PRESENTER}
        session = await conference.create(Draft(_HOST, "A talk", "en", tuple(languages), options, None))
        await session.start()
        await session.join("host", _HOST, language=None, since=None)
        await _watched(session, languages)
        machine.booked.clear()
        host.begun = loop.time()
        await _spoken(session, sound, machine)
        await _ended(session, host)
    finally:
        await conference.close()
        await booked.close()
    return _course(host, session, booked, machine, studio, len(sound) / RATE)


async def _watched(session: Session, languages: Sequence[str]) -> None:
    for number, language in enumerate(languages):
        client = f"viewer {number}"
        await session.watch(client, _Viewer(), language)
        session.stage.renew(client)
    await asyncio.sleep(1)


async def _spoken(session: Session, sound: Sound, machine: Machine) -> None:
    loop = asyncio.get_running_loop()
    begun, position = loop.time(), 0
    for part in (sound, silence(TAIL_SECONDS)):
        for start in range(0, len(part), CHUNK):
            chunk = part[start : start + CHUNK]
            end = position + len(chunk)
            await asyncio.sleep(begun + end / RATE - loop.time())
            session.audio("host", chunk, position=position, seq=None)
            machine.begin("event loop", LOOP_SECONDS)
            position = end
    await session.pause()


async def _ended(session: Session, host: Notebook) -> None:
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while session.working or host.speaking or loop.time() - host.last < QUIET_SECONDS:
            await asyncio.sleep(0.1)


def _course(
    host: Notebook, session: Session, booked: Booked, machine: Machine, studio: VirtualStudio, seconds: float
) -> Course:
    course, options = host.course, session.record.options
    condensed: Counter[str] = Counter()
    for entry in session.history.entries():
        condensed.update(line.language for line in entry.lines.values() if line.condensed)
    voices = {voice_for(booked.engines, language, options): language for language in course.languages}
    for spoken in booked.voice.asked:
        if spoken.voice in voices:
            course.rates.setdefault(voices[spoken.voice], []).append(spoken.rate)
    course.condensed = {language: condensed[language] for language in course.languages}
    course.costs = {kind: cost / seconds for kind, cost in machine.booked.items()}
    notes: dict[str, Any] = {"ticks left out": studio.left_out, "pictures put off": studio.pictures_late}
    course.notes = notes
    return course
