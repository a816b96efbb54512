"""A talk whose avatar is Azure's: the stage and the media peers of a session, people who watch, and what happened."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from azure_service import AzureService
from azure_service.pictures import Seen, read
from dragoman.cast import Cast, Span
from dragoman.clock import FloorMap, MediaClock
from dragoman.engines.azure import avatar
from dragoman.engines.azure.avatar_gate import Gate
from dragoman.engines.protocols import Look, UsageKind
from dragoman.events import AvatarState, PaceHint
from dragoman.history import History
from dragoman.ice import IceServers
from dragoman.modes import CONSECUTIVE, Mode
from dragoman.speech import FLOOR_RATE, Line, Segment
from dragoman.stage import Stage
from dragoman.studio import Studio
from dragoman.webrtc.peers import Peers
from scripted import ScriptedVoice

ENGINE = {"AZURE_AVATAR_CONNECTS_PER_MINUTE": 1000}


@dataclass
class Told:
    """What people are told of the lines; a `broadcast.Reporter`."""

    states: list[tuple[float, AvatarState]] = field(default_factory=list)
    condensings: list[int] = field(default_factory=list)

    def avatar(self, state: AvatarState) -> None:
        self.states.append((time.monotonic(), state))

    def condensed(self, language: str, segment_id: int) -> None:
        self.condensings.append(segment_id)

    def hint(self, hint: PaceHint) -> None:
        pass

    def begun(self) -> list[int]:
        return [state.segment_id for _, state in self.states if state.speaking]

    def lasted(self) -> list[float]:
        """Seconds that each line took, by when people were told of its ends."""
        begun = {state.segment_id: at for at, state in self.states if state.speaking}
        return [at - begun[state.segment_id] for at, state in self.states if not state.speaking]

    def ended(self) -> list[int]:
        return [state.segment_id for _, state in self.states if not state.speaking]


class Talk:
    """One session's stage; `say` is what its booths would do. Looks like a Session to the peers."""

    def __init__(self, face: Any, clock: MediaClock, studio: Studio, *, look: Look, mode: Mode) -> None:
        self.record = SimpleNamespace(session_id="123456")
        self.face = face
        self.history = History()
        self.told = Told()
        self.voice = ScriptedVoice()
        self.used: Counter[str] = Counter()
        self._floor, self._clock = FloorMap(), clock
        self._position = 0
        direct = face if face.direct else None
        cast = Cast(
            self.voice,
            face,
            look,
            lambda tag: f"{tag}-f",
            present=lambda tag: face.present(look, tag, self.use),
            direct=direct,
            usage=self.use,
        )
        self.stage = Stage(
            "123456",
            self.history,
            cast=cast,
            studio=studio,
            span=Span(self._floor, clock, mode=lambda: mode),
            most=50,
            report=self.told,
            now=lambda: time.time_ns() // 1_000_000,
        )

    def use(self, kind: UsageKind, amount: float) -> None:
        self.used[kind] += amount

    def offered(self, tag: str) -> str:
        return tag

    async def watch(self, client: str, viewer: Any, language: str | None) -> str:
        self.stage.attach(client, viewer, language or "es")
        return language or "es"

    def say(self, text: str, language: str = "es") -> int:
        """A sentence that took the speaker half a second, translated at once; its segment."""
        start, self._position = self._position, self._position + FLOOR_RATE // 2
        self._floor.arrived(start, self._position, self._clock.now())
        number = self.history.last_id + 1
        self.history.add(Segment(number, start, self._position, text, time.time_ns() // 1_000_000))
        self.history.add_line(Line(number, language, text))
        self.stage.line_added(language)
        return number


@contextlib.asynccontextmanager
async def talking(
    service: AzureService,
    directory: Path,
    *,
    look: Look | None = None,
    mode: Mode = CONSECUTIVE,
    gate: Gate | None = None,
    **settings: Any,
) -> AsyncIterator[tuple[Talk, Peers]]:
    """A talk on this service's avatars, and the peers by which it is watched. gate: instead of one that lets all in."""
    face = await avatar.load("", {**service.settings(), **ENGINE, "DATA_DIR": str(directory), **settings})
    if gate is not None:
        face._studio = replace(face._studio, gate=gate)
    clock = MediaClock()
    studio, peers = Studio(clock), Peers(clock, IceServers())
    talk = Talk(face, clock, studio, look=look or Look("lisa", "casual-sitting"), mode=mode)
    try:
        yield talk, peers
    finally:
        await talk.stage.close()
        await peers.close()
        await studio.close()
        await face.close()


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture that was received; times are RTP times in seconds."""

    at: float
    seen: Seen | None
    """None: it is drawn, not Azure's"""


class Watcher:
    """Somebody who watches a channel."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.frames: list[Frame] = []
        self.loud: list[float] = []
        """RTP times of 20 ms that are audible"""
        self.heard: list[float] = []
        """RTP times of all"""
        self._tasks: list[asyncio.Task[None]] = []
        self.connection.on("track", lambda track: self._tasks.append(asyncio.create_task(self._take(track))))
        for kind in ("video", "audio"):
            receiver = self.connection.addTransceiver(kind, direction="recvonly").receiver
            receiver._RTCRtpReceiver__timestamp_mapper.map = lambda stamp: stamp

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return str(self.connection.localDescription.sdp)

    async def accept(self, answer: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def _take(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame: Any = await track.recv()
                if track.kind == "video":
                    picture = await asyncio.to_thread(frame.to_ndarray, format="rgb24")
                    self.frames.append(Frame(frame.pts / 90_000, read(picture)))
                else:
                    at = frame.pts / 48_000
                    self.heard.append(at)
                    if np.abs(frame.to_ndarray().astype(np.int32)).max() > 500:
                        self.loud.append(at)

    @property
    def azure(self) -> bool:
        """Whether the last picture is Azure's."""
        return bool(self.frames) and self.frames[-1].seen is not None

    async def close(self) -> None:
        await self.connection.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def watching(talk: Talk, peers: Peers, client: str = "ana", language: str = "es") -> AsyncIterator[Watcher]:
    """A listener with picture and sound."""
    watcher = Watcher()
    try:
        await watcher.accept(await peers.connect(talk, client, language, await watcher.offer()))  # type: ignore[arg-type]
        yield watcher
    finally:
        await watcher.close()
        await peers.disconnect(talk, client)  # type: ignore[arg-type]


def longest_still(frames: list[Frame], since: float = 0.0) -> float:
    """Seconds for which the viewer saw no change, at most, from RTP time `since` on."""
    shown = [frame for frame in frames if frame.at >= since]
    changes = [shown[0].at]
    changes += [later.at for earlier, later in pairwise(shown) if earlier.seen != later.seen]
    return max((b - a for a, b in zip(changes, [*changes[1:], shown[-1].at], strict=True)), default=0.0)


class HoldUps:
    """How long this process did not get to run at once, at most: what others do to the machine is no fault of ours."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def __aenter__(self) -> HoldUps:
        self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()

    async def _watch(self) -> None:
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.01)
            self.longest = max(self.longest, time.monotonic() - before - 0.01)


@contextlib.asynccontextmanager
async def introduced(talk: Talk, client: str = "ana", language: str = "es") -> AsyncIterator[Watcher]:
    """A listener whose avatar comes from the service itself."""
    watcher = Watcher()
    direct = talk.stage.direct
    assert direct is not None
    try:
        await watcher.accept(await direct.connect(client, language, await watcher.offer()))
        yield watcher
    finally:
        direct.detach(client)
        await watcher.close()
