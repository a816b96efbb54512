"""Recognition and translation over a websocket: audio in, hypotheses and phrases out."""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from aiohttp import web

from .hearing import Ear, EnergyEar, ToneEar
from .records import PhraseList, Recognised
from .segmenting import Event, Hypothesis, Segmenter, Started
from .state import State
from .usp import Message
from .wire import Wire
from .wishes import Wishes, wishes
from .wording import Wording

PATHS = (
    "/stt/speech/universal/v2",
    "/speech/universal/v2",
    "/speech/translation/cognitiveservices/v1",
    "/speech/recognition/conversation/cognitiveservices/v1",
    "/speech/recognition/interactive/cognitiveservices/v1",
    "/speech/recognition/dictation/cognitiveservices/v1",
)
_RIFF = 44


def routes(state: State) -> list[web.RouteDef]:
    async def recognise(request: web.Request) -> web.StreamResponse:
        wire = Wire(state, "recognition", request)
        if (status := wire.refusal()) is not None:
            return wire.refuse(status)
        async with wire:
            await _serve(wire)
        return wire.socket

    return [web.get(path, recognise) for path in PATHS]


async def _serve(wire: Wire) -> None:
    context: dict[str, Any] = {}
    turn: _Turn | None = None
    async for message in wire.messages():
        if message.path == "speech.context":
            context = message.json()
            if phrases := _wishes(wire, context).phrases:
                wire.state.records.phrase_lists.append(PhraseList(wire.record.id, phrases))
        elif message.path == "audio":
            if turn is None or turn.request != message.request:
                await wire.turn_begins()
                turn = _Turn(wire, message.request, _wishes(wire, context))
                await turn.begin()
            if await turn.audio(message):
                turn = None


def _wishes(wire: Wire, context: dict[str, Any]) -> Wishes:
    query = wire.request.query
    return wishes(context, {name: query.getall(name) for name in query})


@dataclass(frozen=True, slots=True)
class _Format:
    rate: int


class _Turn:
    """The audio that comes with one request id."""

    def __init__(self, wire: Wire, request: str, wished: Wishes) -> None:
        self.request = request
        self._wire = wire
        self._wished = wished
        self._segmenter: Segmenter | None = None
        self._wording = Wording(wire.state.script, wished, 16_000, wire.state.wobble)
        self._rest = b""

    async def begin(self) -> None:
        await self._send("turn.start", {"context": {"serviceTag": self._wire.record.id}})

    async def audio(self, message: Message) -> bool:
        """Whether the turn is over: an empty message ends the stream."""
        body = message.body
        if not body:
            await self._end()
            return True
        if body[:4] == b"RIFF":
            self._open((await self._format(body)).rate)
            body = body[_RIFF:]
        if self._segmenter is None:
            # Without a header it is what the SDK's default says.
            self._open(16_000)
        assert self._segmenter is not None
        pcm = self._rest + body
        whole = len(pcm) // 2 * 2
        self._rest = pcm[whole:]
        await self._tell(self._segmenter.feed(np.frombuffer(pcm[:whole], "<i2")))
        return False

    async def _format(self, header: bytes) -> _Format:
        kind, count, rate = struct.unpack_from("<HHI", header.ljust(_RIFF, b"\0"), 20)
        (bits,) = struct.unpack_from("<H", header.ljust(_RIFF, b"\0"), 34)
        if (kind, count, bits) != (1, 1, 16) or not 8000 <= rate <= 48_000:
            await self._wire.close(1007, f"Unsupported audio: format {kind}, {count} channels, {rate} Hz, {bits} bits")
        return _Format(rate)

    def _open(self, rate: int) -> None:
        state = self._wire.state
        ear: Ear = ToneEar(state.script, rate)
        if state.listens == "energy":
            ear = EnergyEar(state.script, rate, state.order)
        self._segmenter = Segmenter(ear, state.script, rate, self._wished.segmentation)
        self._wording = Wording(state.script, self._wished, rate, state.wobble)

    async def _end(self) -> None:
        if self._segmenter is not None:
            await self._tell(self._segmenter.end())
            await self._send("speech.endDetected", {"Offset": self._wording.ticks(self._segmenter.position)})
        await self._send("turn.end", {})

    async def _tell(self, events: list[Event]) -> None:
        if events and self._wire.state.pace.recognition:
            await asyncio.sleep(self._wire.state.pace.recognition)
        for event in events:
            if isinstance(event, Started):
                await self._send("speech.startDetected", {"Offset": self._wording.ticks(event.sample)})
            elif isinstance(event, Hypothesis):
                await self._result("hypothesis", self._wording.hypothesis(event.words, event.count))
                self._wire.turn_is_halfway()
            else:
                body = self._wording.phrase(event.words)
                spans = self._wire.state.script.spans([word.number for word in event.words])
                self._wire.state.records.recognised.append(
                    Recognised(
                        connection=self._wire.record.id,
                        request=self.request,
                        text=body["Text"],
                        language=self._wording.language(spans),
                        numbers=tuple(word.number for word in event.words),
                        translations=self._wording.translations(spans, final=True),
                        offset=body["Offset"],
                        duration=body["Duration"],
                    )
                )
                await self._result("phrase", body)

    async def _result(self, kind: str, body: dict[str, Any]) -> None:
        """A hypothesis or a phrase. The SDK takes either form of a translation on either path, but finds the language
        that was identified only in the newer one."""
        if not self._wished.targets:
            await self._send(f"speech.{kind}", body)
        elif "universal" in self._wire.record.path:
            translation = body.pop("Translation")
            rows = [{"DisplayText": row["Text"], "Language": row["Language"]} for row in translation["Translations"]]
            translation["Translations"] = rows
            await self._send("translation.response", {f"Speech{kind.capitalize()}": body} | translation)
        else:
            await self._send(f"translation.{kind}", body)

    async def _send(self, path: str, body: dict[str, Any]) -> None:
        await self._wire.send(path, self.request, body)
