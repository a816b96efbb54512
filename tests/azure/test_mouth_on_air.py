"""Azure's voice on air: the avatar speaks while the service still makes what it says."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from azure_service import AzureService, Pace
from dragoman.broadcast import Broadcast
from dragoman.cast import Cast, Span
from dragoman.clock import FloorMap, MediaClock
from dragoman.engines.azure.voice import AzureVoice
from dragoman.engines.protocols import Look
from dragoman.events import AvatarState, PaceHint
from dragoman.history import History
from dragoman.modes import BALANCED
from dragoman.speech import FLOOR_RATE, Line, Segment
from dragoman.studio import Studio
from mouths import ELVIRA, mouth, said
from scripted import ScriptedFace

LINE = "Buenos días a todos, hoy hablaremos de nuestro trabajo y de la calle."


@dataclass
class Report:
    """What became of the lines, and when on the wall's clock."""

    states: list[tuple[float, AvatarState]] = field(default_factory=list)
    condensings: list[int] = field(default_factory=list)

    def avatar(self, state: AvatarState) -> None:
        self.states.append((time.monotonic(), state))

    def condensed(self, _language: str, segment_id: int) -> None:
        self.condensings.append(segment_id)

    def hint(self, hint: PaceHint) -> None:
        pass

    def marks(self) -> list[tuple[int, bool]]:
        return [(state.segment_id, state.speaking) for _, state in self.states]


@asynccontextmanager
async def on_air(voice: AzureVoice) -> AsyncIterator[tuple[Callable[[str], None], Report]]:
    """What says a line now, and what becomes of the lines."""
    clock, history, floor, report = MediaClock(), History(), FloorMap(), Report()
    studio = Studio(clock)
    broadcast = Broadcast(
        "es",
        history,
        cast=Cast(voice, ScriptedFace(), Look("maya"), lambda _tag: ELVIRA),
        studio=studio,
        span=Span(floor, clock, mode=lambda: BALANCED),
        since=0,
        deliver=lambda _batch: None,
        report=report,
    )

    def say(text: str) -> None:
        number = history.last_id + 1
        begin = (number - 1) * FLOOR_RATE
        floor.arrived(begin, begin + FLOOR_RATE, clock.now())
        history.add(Segment(number, begin, begin + FLOOR_RATE, "said", 0))
        history.add_line(Line(number, "es", text))
        broadcast.line_added()

    running = asyncio.create_task(broadcast.run())
    try:
        yield say, report
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await studio.close()


async def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


async def test_it_is_heard_seconds_before_it_is_made(azure: AzureService, tmp_path: Path) -> None:
    azure.state.pace = Pace(realtime=1.2)
    async with mouth(azure, tmp_path) as voice, on_air(voice) as (say, report):
        say(LINE)
        await until(lambda: len(report.states) == 2)
    (begin, _), (end, _) = report.states
    (spoken,) = azure.spoken
    made = spoken.seconds / 1.2
    assert begin - spoken.at < made - 2.0, f"it takes {made} s to make"
    # Without a gap: as long as it is, but for the silence around it.
    assert spoken.seconds - 0.5 < end - begin < spoken.seconds + 1.0


async def test_a_service_slower_than_speech_only_delays(azure: AzureService, tmp_path: Path) -> None:
    azure.state.pace = Pace(realtime=0.7)
    async with mouth(azure, tmp_path) as voice, on_air(voice) as (say, report):
        say("Buenos días a todos, hoy hablaremos.")
        await until(lambda: len(report.states) == 2)
    assert report.marks() == [(1, True), (1, False)]
    (begin, _), (end, _) = report.states
    assert end - begin > azure.spoken[0].seconds


async def test_what_breaks_off_on_air_is_said_once_more_and_whole_before_the_next_line(
    azure: AzureService, tmp_path: Path
) -> None:
    azure.state.pace = Pace(realtime=1.5)
    azure.faults.drop_in_turn("synthesis")
    line = "Buenos días a todos, hoy hablaremos."
    async with mouth(azure, tmp_path) as voice, on_air(voice) as (say, report):
        say(line)
        say("Dos.")
        await until(lambda: len(report.states) == 6)
    assert report.marks() == [(1, True), (1, False), (1, True), (1, False), (2, True), (2, False)]
    assert said(azure) == [line, line, "Dos."]
    assert report.states[1][0] - report.states[0][0] < azure.spoken[0].seconds * 0.7


@pytest.mark.parametrize("fault", ["refuse", "drop"])
async def test_a_moment_without_the_service_costs_no_line(azure: AzureService, tmp_path: Path, fault: str) -> None:
    async with mouth(azure, tmp_path) as voice, on_air(voice) as (say, report):
        if fault == "refuse":
            azure.faults.refuse("synthesis", 429, times=2)
        for text in ("Uno.", "Dos.", "Tres."):
            say(text)
        if fault == "drop":
            await until(lambda: report.states)
            azure.faults.drop("synthesis")
            say("Cuatro.")
        number = 4 if fault == "drop" else 3
        await until(lambda: report.marks()[-1:] == [(number, False)])
    begun = [segment for segment, speaking in report.marks() if speaking]
    # What was being made when the connection was dropped is said once more.
    assert begun in ([*range(1, number + 1)], [1, *range(1, number + 1)])
    assert report.condensings == []
