"""A process of listeners for `benchmarks.azure`: a socket and a media peer each, and when what came.

    python -m benchmarks.azure_listeners URL CODE LANGUAGE COUNT LOOKING

COUNT listeners join, ask for their avatar as a page does (whichever way the server gives it), and listen: the sound is
decoded as it arrives, pictures only by the first LOOKING. Prints `ready` when all receive; measures from a line on its
standard input until that closes; then prints one JSON object, a list with one object per listener.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import uuid
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import aiohttp
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from benchmarks.azure_measures import Ear, Stillness, stretches
from benchmarks.socketio_client import Client

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
read: Any = import_module("azure_service.pictures").read

_PATIENCE = 60.0
"""Seconds within which all must receive."""

_STEP = 0.01


def _seen(frame: Any) -> Any:
    """What the picture says; None where it is none of the local service's."""
    return read(frame.to_ndarray(format="rgb24"))


class Listener:
    """One of them."""

    def __init__(self, *, looking: bool) -> None:
        self.client = str(uuid.uuid4())
        self.looking = looking
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.receiving = asyncio.Event()
        self.heard: list[tuple[float, str]] = []
        self.loud: list[float] = []
        self.sound, self.picture = Stillness(), Stillness()
        self.drawn = self.pictures = 0
        """pictures that were decoded; those of them that are not Azure's"""
        self.handovers: list[float] = []
        """seconds from one avatar's last change of picture to the next one's first"""
        self._number: int | None = None
        self._ear = Ear()
        self._packets = 0
        self._socket: Client | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def join(self, http: aiohttp.ClientSession, url: str, code: str, language: str) -> None:
        """Captions, then media."""
        self._socket = await Client.open(url, lambda text: self.heard.append((time.monotonic(), text)))
        who = {"sessionId": code, "clientId": self.client, "language": language}
        answer = await self._socket.call("joinSession", who)
        assert answer["ok"], answer
        await self.accept(await self._answer(http, url, code, language, await self.offer()))

    async def offer(self) -> str:
        """SDP for picture and sound, which are measured from their first packets on."""
        for kind in ("video", "audio"):
            self._tap(self.peer.addTransceiver(kind, direction="recvonly").receiver, kind)
        if self.looking:
            self.peer.on("track", lambda track: self._tasks.append(asyncio.create_task(self._look(track))))
        await self.peer.setLocalDescription(await self.peer.createOffer())
        return str(self.peer.localDescription.sdp)

    async def accept(self, answer: str) -> None:
        """Whoever answers is received."""
        await self.peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def _answer(self, http: aiohttp.ClientSession, url: str, code: str, language: str, offer: str) -> str:
        """As often as the server says that it is not yet this listener's turn."""
        headers = {"ClientId": self.client, "SessionId": code, "Language": language}
        body = {"sdp": offer, "type": "offer"}
        async with asyncio.timeout(_PATIENCE):
            while True:
                async with http.post(f"{url}/api/connectListenerAvatar", json=body, headers=headers) as answer:
                    said = await answer.json()
                    if answer.status == 200:
                        return str(said["sdp"])
                    if answer.status != 503:
                        raise RuntimeError(f"connectListenerAvatar answered {answer.status}: {said}")
                    await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))

    def _tap(self, receiver: Any, kind: str) -> None:
        """Takes packets as they arrive, before any buffer that would add its own time."""
        handle = receiver._handle_rtp_packet

        async def arrived(packet: Any, arrival_time_ms: int) -> None:
            now = time.monotonic()
            if kind == "audio":
                self._packets += 1
                self.sound.saw(self._packets, now)
                if self._ear.loud(packet.payload):
                    self.loud.append(now)
            else:
                self.receiving.set()
                if self.looking:
                    await handle(packet, arrival_time_ms=arrival_time_ms)

        receiver._handle_rtp_packet = arrived

    async def _look(self, track: MediaStreamTrack) -> None:
        with suppress(MediaStreamError):
            while track.kind == "video":
                frame: Any = await track.recv()
                now = time.monotonic()
                seen = await asyncio.to_thread(_seen, frame)
                self.pictures += 1
                self.drawn += seen is None
                self._changed_hands(seen, now)
                self.picture.saw(seen, now)

    def _changed_hands(self, seen: Any, now: float) -> None:
        number = None if seen is None else seen.number
        if number != self._number and self.picture.since is not None:
            self.handovers.append(now - self.picture.since)
        self._number = number

    def start(self) -> None:
        """Measure from now on."""
        self.loud.clear()
        self.sound.again()
        self.picture.again()
        self.handovers.clear()
        self.drawn = self.pictures = 0

    def said(self) -> dict[str, Any]:
        """What came."""
        now = time.monotonic()
        self.sound.ends(now)
        if self.looking:
            self.picture.ends(now)
        return {
            "captions": [
                [one["startMs"], one["endMs"], arrival, one["translatedText"]]
                for arrival, text in self.heard
                if text.startswith('["translationResult"')
                for one in [json.loads(text)[1]]
            ],
            "spoken": stretches(self.loud),
            "sound gap": self.sound.longest,
            "picture gap": self.picture.longest,
            "pictures": self.pictures,
            "drawn": self.drawn,
            "handovers": self.handovers,
        }

    async def close(self) -> None:
        """Goodbye."""
        await self.peer.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._socket is not None:
            await self._socket.close()


class Pause:
    """How long this process did not get to run at most: gaps as long as that may be the machine's, not the server's."""

    def __init__(self) -> None:
        self.longest = 0.0

    async def watch(self) -> None:
        """Until it is cancelled."""
        while True:
            before = time.monotonic()
            await asyncio.sleep(_STEP)
            self.longest = max(self.longest, time.monotonic() - before - _STEP)


async def main(url: str, code: str, language: str, count: int, looking: int) -> None:
    """Listen until standard input ends."""
    people = [Listener(looking=number < looking) for number in range(count)]
    async with aiohttp.ClientSession() as http:
        async with asyncio.TaskGroup() as joining:
            for one in people:
                joining.create_task(one.join(http, url, code, language))
        async with asyncio.timeout(_PATIENCE):
            for one in people:
                await one.receiving.wait()
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        for one in people:
            one.start()
        cpu, pause = time.process_time(), Pause()
        waiting = asyncio.create_task(pause.watch())
        await asyncio.to_thread(sys.stdin.read)
        waiting.cancel()
        figures = {"cpu": time.process_time() - cpu, "held up": pause.longest}
        print(json.dumps({**figures, "people": [one.said() for one in people]}), flush=True)
        await asyncio.gather(*(one.close() for one in people))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5])))
