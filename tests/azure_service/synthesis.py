"""Synthesis over a websocket: SSML in; sound, visemes and boundaries out."""

from __future__ import annotations

import asyncio
import re
import struct
import time
from typing import Any

from .spoken import accepted, note
from .ssml import Speech
from .usp import TICKS
from .vocal import delivery
from .wire import Wire

_FORMAT = re.compile(r"(raw|riff)-(8|16|22050|24|44100|48)k?hz-16bit-mono-pcm")


async def serve(wire: Wire) -> None:
    """Turns, one after the other, until the connection ends."""
    context: dict[str, Any] = {}
    async for message in wire.messages():
        if message.path == "synthesis.context":
            context = message.json()
        elif message.path == "ssml":
            await wire.turn_begins()
            speech = await accepted(wire, message.body)
            await _Turn(wire, message.request, context, speech, message.body.decode()).speak()


class _Turn:
    def __init__(self, wire: Wire, request: str, context: dict[str, Any], speech: Speech, ssml: str) -> None:
        self._wire = wire
        self._request = request
        self._audio = context.get("synthesis", {}).get("audio", {})
        self._said = delivery(speech)
        note(wire, request, speech, ssml, self._said)

    async def speak(self) -> None:
        name = str(self._audio.get("outputFormat", "riff-16khz-16bit-mono-pcm"))
        match = _FORMAT.fullmatch(name)
        if match is None:
            await self._wire.close(1007, f"Unsupported output format {name}.")
            return
        number = int(match[2])
        rate = number if number > 1000 else number * 1000
        stream = self._request
        await self._send("turn.start", {"context": {"serviceTag": self._wire.record.id}})
        tag = {"context": {"serviceTag": self._wire.record.id}, "audio": {"type": "inline", "streamId": stream}}
        await self._send("response", tag)
        await asyncio.sleep(self._wire.state.pace.first_audio)
        await self._stream(stream, rate, riff=match[1] == "riff")
        await self._wire.send_binary("audio", self._request, stream, "audio/x-wav", b"")
        await self._send("turn.end", {})

    async def _stream(self, stream: str, rate: int, *, riff: bool) -> None:
        """The sound in chunks, ahead of each what happens in it, not faster than the pace."""
        sound = self._said.sound(rate)
        events = self._events()
        pace = self._wire.state.pace
        size = max(1, round(pace.chunk * rate))
        began = time.monotonic()
        if riff:
            await self._wire.send_binary("audio", self._request, stream, "audio/x-wav", _header(rate))
        for at in range(0, len(sound), size):
            end = (at + size) / rate
            while events and events[0][0] < end:
                await self._send("audio.metadata", {"Metadata": [events.pop(0)[1]]})
            if at * 2 >= len(sound):
                self._wire.turn_is_halfway()
            piece = sound[at : at + size].astype("<i2").tobytes()
            await self._wire.send_binary("audio", self._request, stream, "audio/x-wav", piece)
            await asyncio.sleep(began + end / pace.realtime - time.monotonic())
        for _, event in events:
            await self._send("audio.metadata", {"Metadata": [event]})

    def _events(self) -> list[tuple[float, dict[str, Any]]]:
        """Seconds and message of what was asked to be told, in order."""
        asked = self._audio.get("metadataOptions", {})
        found: list[tuple[float, dict[str, Any]]] = []
        if asked.get("visemeEnabled"):
            for viseme in self._said.visemes:
                data: dict[str, Any] = {"Offset": _ticks(viseme.at), "VisemeId": viseme.id}
                # The SDK holds a viseme back until the last part of its animation; there is none here.
                data["IsLastAnimation"] = True
                found.append((viseme.at, {"Type": "Viseme", "Data": data}))
        options = {
            "WordBoundary": "wordBoundaryEnabled",
            "PunctuationBoundary": "punctuationBoundaryEnabled",
            "SentenceBoundary": "sentenceBoundaryEnabled",
        }
        for one in self._said.boundaries:
            if asked.get(options[one.kind]):
                kind = "SentenceBoundary" if one.kind == "SentenceBoundary" else "WordBoundary"
                text = {"Text": one.text, "Length": len(one.text), "BoundaryType": one.kind}
                data = {"Offset": _ticks(one.at), "Duration": _ticks(one.lasts), "text": text}
                found.append((one.at, {"Type": kind, "Data": data}))
        found.sort(key=lambda event: event[0])
        if asked.get("sessionEndEnabled"):
            end = {"Type": "SessionEnd", "Data": {"Offset": _ticks(self._said.seconds)}}
            found.append((self._said.seconds, end))
        return found

    async def _send(self, path: str, body: dict[str, Any]) -> None:
        await self._wire.send(path, self._request, body)


def _ticks(seconds: float) -> int:
    return round(seconds * TICKS)


def _header(rate: int) -> bytes:
    """Of a WAV file whose length is not known yet."""
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16)
    return struct.pack("<4sI4s", b"RIFF", 0, b"WAVE") + fmt + struct.pack("<4sI", b"data", 0)
