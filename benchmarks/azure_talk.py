"""A talk against the local Azure: a script, its sound and where each sentence ends, the server, and its listeners."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import psutil
from benchmarks.azure_measures import Stretch
from benchmarks.captions import post, server, speak
from benchmarks.media import Crowd, busy
from benchmarks.recordings import CHUNK, RATE

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
# The tests' local Azure is the benchmarks' too. It runs in this process, on a thread of its own.
azure_service: Any = import_module("azure_service")
tone_words: Any = import_module("azure_service.tone_words")

LANGUAGE = "es"
PER_PROCESS = 10
"""Listeners in one process: well below a core."""
LEAD_SECONDS = 1.0
PAUSE_SECONDS = 2.6
"""After each sentence: its avatar has ended before it begins the next, so that the beginning can be heard."""
TAIL_SECONDS = 4.0
"""After the last one, until its avatar has spoken."""
_SETTLED_SECONDS = 2.0
"""After all avatars are connected, until the talk begins."""

_COLOURS = {
    "red": "rojo", "blue": "azul", "green": "verde", "white": "blanco", "black": "negro", "grey": "gris",
    "yellow": "amarillo", "brown": "pardo",
}  # fmt: skip
_CARGOES = {
    "grain": "grano", "paper": "papel", "wood": "madera", "stone": "piedra", "coffee": "café", "salt": "sal",
    "cotton": "algodón", "glass": "vidrio", "oil": "aceite", "coal": "carbón",
}  # fmt: skip
_TOWNS = ("Lisbon", "Genoa", "Malta", "Cork", "Bergen", "Gdansk", "Antwerp", "Bristol", "Naples", "Odessa")


def sentences(count: int) -> list[Any]:
    """So many sentences, at most 800, no two alike; 2.3 seconds each in the tone language."""
    every = [(colour, cargo, town) for town in _TOWNS for cargo in _CARGOES for colour in _COLOURS]
    if count > len(every):
        raise ValueError(f"there are only {len(every)} sentences")
    return [
        azure_service.Sentence(
            f"The {colour} ship brings {cargo} to {town} today.",
            {LANGUAGE: f"El barco {_COLOURS[colour]} trae {_CARGOES[cargo]} a {town} hoy."},
        )
        for colour, cargo, town in every[:count]
    ]


@dataclass(frozen=True, slots=True)
class Recital:
    """What the speaker says."""

    script: Any
    sound: npt.NDArray[np.int16]
    spans: tuple[tuple[int, int], ...]
    """sample of each sentence's first sound, and the one after its last"""

    @property
    def translations(self) -> list[str]:
        """What listeners should read and hear."""
        return [one.translation(LANGUAGE) for one in self.script.sentences]

    def sent(self, chunks: list[float]) -> list[Stretch]:
        """When each sentence's last sound was sent, and when the next one's was; chunks: `captions.speak`'s."""
        ends = [chunks[min((end - 1) // CHUNK, len(chunks) - 1)] for _, end in self.spans]
        return list(zip(ends, [*ends[1:], float("inf")], strict=True))


def recital(count: int) -> Recital:
    """So many sentences with their pauses."""
    script = azure_service.Script(sentences(count))
    parts, spans, at = [np.zeros(round(LEAD_SECONDS * RATE), np.int16)], [], round(LEAD_SECONDS * RATE)
    for number in range(count):
        words = tone_words.speak(script, number)
        spans.append((at, at + len(words) - round(tone_words.GAP * RATE)))
        parts += [words, np.zeros(round(PAUSE_SECONDS * RATE), np.int16)]
        at += len(words) + round(PAUSE_SECONDS * RATE)
    return Recital(script, np.concatenate([*parts, np.zeros(round(TAIL_SECONDS * RATE), np.int16)]), tuple(spans))


@contextlib.contextmanager
def azure_server(service: Any, **settings: str) -> Iterator[tuple[str, psutil.Process]]:
    """A server of its own whose every engine is this service's."""
    engines = "recognizer:azure,translator:azure,voice:azure,face:azure"
    limits = {"AZURE_AVATAR_CONNECTS_PER_MINUTE": "1000", "AZURE_AVATAR_CONNECTIONS": "100"}
    with server({"ENGINES": engines, **service.settings(), **limits, **settings}) as running:
        yield running


@dataclass(frozen=True, slots=True)
class Heard:
    """A talk as it was heard."""

    sent: list[Stretch]
    people: list[dict[str, Any]]
    """as `benchmarks.azure_listeners` says it"""
    figures: dict[str, float]
    """of the machine and the server while it lasted, percent; `held up`: seconds for which a process of listeners did
    not get to run, at most"""
    wall: float
    """seconds"""


def hold(url: str, process: psutil.Process, service: Any, said: Recital, listeners: int, *, direct: bool) -> Heard:
    """One talk with this many listeners. Raises TimeoutError where their avatars do not come."""
    before = len(service.pictures)
    with _session(url) as (code, host):
        crowd = Crowd()
        for begun in range(0, listeners, PER_PROCESS):
            looking = 1 if begun == 0 and not direct else 0
            count = min(PER_PROCESS, listeners - begun)
            crowd.add("azure_listeners", url, code, LANGUAGE, count, looking)
        crowd.wait()
        avatars = listeners if direct else 1
        service.wait(lambda: sum(one.connected is not None for one in service.pictures[before:]) >= avatars, 60)
        time.sleep(_SETTLED_SECONDS)
        for each in crowd.processes:
            assert each.stdin is not None
            each.stdin.write("begin\n")
            each.stdin.flush()
        with busy(process) as figures:
            chunks = asyncio.run(speak(url, code, host, said.sound))
        heard = crowd.leave()
    wall = figures.pop("wall")
    figures["held up"] = max(one["held up"] for one in heard)
    figures["listeners"] = 100 * sum(one["cpu"] for one in heard) / wall
    return Heard(said.sent(chunks), [person for one in heard for person in one["people"]], figures, wall)


@contextlib.contextmanager
def _session(url: str) -> Iterator[tuple[str, str]]:
    """A session with an avatar of Azure's that has begun: its code and its host."""
    host = str(uuid.uuid4())
    body = {
        "sessionName": "Benchmark",
        "sourceLanguage": "en-US",
        "targetLanguages": [LANGUAGE],
        "avatarCharacter": "lisa",
        "avatarStyle": "casual-sitting",
        # Whole sentences: the first sound of a clause within one follows another, where nobody can hear it begin.
        "latencyMode": "consecutive",
    }
    code = post(url, "createSession", body, host)["sessionId"]
    post(url, "startTranslation", {"sessionId": code}, host)
    try:
        yield code, host
    finally:
        post(url, "endSession", {"sessionId": code}, host)


def caption_times(said: Recital, heard: Heard) -> list[list[float]]:
    """End of speech → caption of the last clause, seconds: a list per sentence with every listener's."""
    found = []
    for number, (start, end) in enumerate(said.spans):
        until = said.spans[number + 1][0] if number + 1 < len(said.spans) else len(said.sound)
        window = 1000 * start / RATE, 1000 * until / RATE
        arrivals = [
            max((at for _, end_ms, at, _ in one["captions"] if window[0] < end_ms <= window[1]), default=None)
            for one in heard.people
        ]
        assert None not in arrivals, f"sentence {number}, which ended at {end / RATE:.1f} s, has no caption"
        found.append([at - heard.sent[number][0] for at in arrivals if at is not None])
    return found
