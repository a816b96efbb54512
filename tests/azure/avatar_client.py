"""Somebody who watches an avatar of the local Azure: the unmodified SDK for the websocket, aiortc for the rest."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import av
import azure.cognitiveservices.speech as speechsdk
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from azure_sdk import ssml
from azure_service import AzureService
from azure_service.pictures import Seen, read

ADDRESS = "/tts/cognitiveservices/websocket/v1?enableTalkingAvatar=true"


@dataclass
class Watched:
    """What came by WebRTC; times are seconds of time.monotonic() at arrival, media times those of the tracks."""

    pictures: list[tuple[float, float, Seen | None]] = field(default_factory=list)
    """arrival, media time, what it says"""
    shapes: set[tuple[int, int]] = field(default_factory=set)
    """width and height"""
    sounds: list[tuple[float, float, float]] = field(default_factory=list)
    """arrival, media time, root mean square of full scale, every 20 ms"""
    first: np.ndarray[Any, Any] | None = None
    """the first picture"""
    events: list[str] = field(default_factory=list)


class AvatarClient:
    def __init__(self, service: AzureService, codec: str) -> None:
        self.service = service
        self.watched = Watched()
        self.disconnected: list[Any] = []
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        video = self.connection.addTransceiver("video", direction="recvonly")
        self.connection.addTransceiver("audio", direction="recvonly")
        self._channel = self.connection.createDataChannel("eventChannel")
        codecs = RTCRtpReceiver.getCapabilities("video").codecs
        video.setCodecPreferences([one for one in codecs if one.mimeType.lower() == f"video/{codec.lower()}"])
        self.connection.on("track", self._track)
        self.connection.on("datachannel", self._events)
        config = speechsdk.SpeechConfig(subscription=service.key, endpoint=service.url + ADDRESS)
        self.synthesizer = speechsdk.SpeechSynthesizer(config, None)
        self.socket = speechsdk.Connection.from_speech_synthesizer(self.synthesizer)
        self.socket.disconnected.connect(self.disconnected.append)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, **avatar: Any) -> Any:
        """Connects the websocket, and the peer where it answers. The SDK's result."""
        await self.connection.setLocalDescription(await self.connection.createOffer())
        offer = {"type": "offer", "sdp": self.connection.localDescription.sdp}
        crop = avatar.pop("crop", None)
        form: dict[str, Any] = {"bitrate": 1_000_000}
        if crop:
            form["crop"] = dict(zip(("topLeft", "bottomRight"), ({"x": x, "y": y} for x, y in crop), strict=True))
        encoded = base64.b64encode(json.dumps(offer).encode()).decode()
        webrtc = {"clientDescription": encoded, "iceServers": []}
        video = {
            "protocol": {"name": "WebRTC", "webrtcConfig": webrtc},
            "format": form,
            "talkingAvatar": {"character": "lisa", "style": "casual-sitting", "customized": False} | avatar,
        }
        self.socket.set_message_property("speech.config", "context", json.dumps({"synthesis": {"video": video}}))
        result = await asyncio.to_thread(lambda: self.synthesizer.speak_text_async("").get())
        if result.reason == speechsdk.ResultReason.SynthesizingAudioCompleted:
            start = self.synthesizer.properties.get_property_by_name("SpeechSDKInternal-ExtraTurnStartMessage")
            answer = json.loads(base64.b64decode(json.loads(start)["webrtc"]["connectionString"]))
            await self.connection.setRemoteDescription(RTCSessionDescription(**answer))
        return result

    async def speak(self, text: str, voice: str = "fr-FR-DeniseNeural") -> Any:
        """The SDK's result."""
        return await asyncio.to_thread(lambda: self.synthesizer.speak_ssml_async(ssml(text, voice)).get())

    def _track(self, track: MediaStreamTrack) -> None:
        self._tasks.append(asyncio.create_task(self._look(track) if track.kind == "video" else self._listen(track)))

    def _events(self, channel: Any) -> None:
        channel.on("message", lambda text: self.watched.events.append(json.loads(text)["event"]["eventType"]))

    async def _look(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                assert isinstance(frame, av.VideoFrame)
                picture = frame.to_ndarray(format="rgb24")
                if self.watched.first is None:
                    self.watched.first = picture
                self.watched.shapes.add((frame.width, frame.height))
                self.watched.pictures.append((time.monotonic(), float(frame.time or 0), read(picture)))

    async def _listen(self, track: MediaStreamTrack) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                frame = await track.recv()
                pcm = frame.to_ndarray().astype(np.float64) / 32768
                level = float(np.sqrt(np.mean(pcm * pcm)))
                self.watched.sounds.append((time.monotonic(), float(frame.time or 0), level))

    async def close(self) -> None:
        await self.connection.close()
        # The track of a peer that was never connected does not end by itself.
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self.socket.close)


@contextlib.asynccontextmanager
async def watching(service: AzureService, codec: str = "H264") -> AsyncIterator[AvatarClient]:
    client = AvatarClient(service, codec)
    try:
        yield client
    finally:
        await client.close()
