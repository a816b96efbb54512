"""The avatar's end of WebRTC: a real aiortc peer that answers an offer and plays a performance."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from typing import cast

from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import SessionDescription

from . import records
from .look import Look, Unfit
from .performance import Performance, Picture, Sound, silence
from .pictures import Codec, reel


class Peer:
    """`answer` once, `close` at the end."""

    def __init__(self, performance: Performance, record: records.Picture) -> None:
        # Without servers: on one machine the peers find each other.
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._performance = performance
        self._record = record
        self._channel: RTCDataChannel | None = None

        @self._connection.on("connectionstatechange")  # type: ignore[untyped-decorator, unused-ignore]
        def changed() -> None:
            if self._connection.connectionState == "connected" and record.connected is None:
                record.connected = time.monotonic()

    async def answer(self, look: Look, scale: float, *, nobody: bool = False) -> str:
        """The SDP as the service writes it: base64 of the JSON of an RTCSessionDescription. Raises Unfit.

        scale: of the pictures' size. nobody: an answer whose addresses lead nowhere.
        """
        await self._connection.setRemoteDescription(RTCSessionDescription(_without_names(look.offer), "offer"))
        kinds = {transceiver.kind for transceiver in self._connection.getTransceivers()}
        if kinds != {"audio", "video"}:
            raise Unfit("The offer must have audio and video.")
        picture = Picture(self._performance)
        self._connection.addTrack(picture)
        self._connection.addTrack(Sound(self._performance))
        if self._connection.sctp is not None:
            self._channel = self._connection.createDataChannel("eventChannel")
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        answer = self._connection.localDescription.sdp
        codec = _codec(answer)
        width, height = (max(64, round(side * scale) // 2 * 2) for side in (look.width, look.height))
        self._record.codec, self._record.width, self._record.height = codec, width, height
        picture.reel = await asyncio.to_thread(
            reel, self._record.number, width, height, look.background, bool(look.image), codec
        )
        await asyncio.to_thread(silence)
        if nobody:
            answer = "".join(line for line in answer.splitlines(keepends=True) if not line.startswith("a=candidate"))
            await self._connection.close()
        return base64.b64encode(json.dumps({"type": "answer", "sdp": answer}).encode()).decode()

    def tell(self, event: str) -> None:
        """On the data channel, if the client offered one."""
        if self._channel is not None and self._channel.readyState == "open":
            self._channel.send(json.dumps({"event": {"eventType": f"EVENT_TYPE_{event}"}}))

    async def close(self) -> None:
        await self._connection.close()


def _without_names(sdp: str) -> str:
    """An offer without addresses that browsers hide behind names: nobody here resolves them, looking would take a
    second, and the browser's own checks make the pair."""
    lines = sdp.splitlines(keepends=True)
    return "".join(line for line in lines if not (line.startswith("a=candidate:") and ".local " in line))


def _codec(answer: str) -> Codec:
    """What the video is sent with: the first that both have, in the order of the offer."""
    for media in SessionDescription.parse(answer).media:
        if media.kind == "video" and media.rtp.codecs:
            name = media.rtp.codecs[0].mimeType.partition("/")[2].upper()
            if name in ("H264", "VP8"):
                return cast(Codec, name)
    raise Unfit("The offer must have H264 or VP8.")
