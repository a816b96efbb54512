"""What is private in aiortc and is used: where it changes, this fails."""

from __future__ import annotations

import asyncio
import time
from fractions import Fraction

import av
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

from dragoman.engines.azure.avatar_peer import Peer
from dragoman.engines.azure.avatar_pictures import Pictures
from dragoman.engines.azure.avatar_sound import Sound
from dragoman.engines.protocols import Relay
from dragoman.engines.threads import Worker
from dragoman.speech import MEDIA_RATE


class Tone(AudioStreamTrack):
    """20 ms of a tone at a time."""

    at = 0
    began = 0.0

    async def recv(self) -> av.AudioFrame:
        self.began = self.began or time.monotonic()
        await asyncio.sleep(max(0.0, self.began + self.at / 48_000 - time.monotonic()))
        tone = (8000 * np.sin(np.arange(self.at, self.at + 960) / 20)).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(tone[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = 48_000, self.at, Fraction(1, 48_000)
        self.at += 960
        return frame


async def test_packets_are_stamped_as_they_arrive_and_frames_keep_their_times() -> None:
    worker, gone = Worker("pictures"), asyncio.Event()
    sound, other = Sound(), RTCPeerConnection(RTCConfiguration(iceServers=[]))
    pictures = Pictures(worker, 64, 64)
    peer = Peer(None, sound, pictures, gone=gone.set)
    try:
        await other.setRemoteDescription(RTCSessionDescription(await peer.offer(), "offer"))
        other.addTrack(VideoStreamTrack())
        other.addTrack(Tone())
        await other.setLocalDescription(await other.createAnswer())
        line = sound.listen()
        await peer.accept(other.localDescription.sdp)
        async with asyncio.timeout(20):
            while len(line.pcm) < MEDIA_RATE // 2 or not pictures.any:
                await asyncio.sleep(0.02)
        assert line.start is not None
        # Sound and picture began together, each on an RTP clock that begins anywhere.
        audio, video = peer.arrivals["audio"], peer.arrivals["video"]
        assert audio.offset
        assert video.offset
        assert peer.behind == audio.offset - video.offset
        with_it = line.start + peer.behind + video.offset
        assert with_it == line.start + audio.offset, "on the clock of arrival they are at the same time"
        await other.close()
        async with asyncio.timeout(20):
            await gone.wait()
    finally:
        await other.close()
        await peer.close()
        await pictures.close()
        await worker.close()


async def test_a_relay_that_does_not_answer_holds_nobody_up_for_long() -> None:
    worker = Worker("pictures")
    peer = Peer(Relay(("turn:127.0.0.1:9?transport=udp",), "a", "b"), Sound(), Pictures(worker, 64, 64), gone=id)  # type: ignore[arg-type]
    try:
        asked = time.monotonic()
        assert "a=candidate" in await peer.offer()
        assert time.monotonic() - asked < 4.5, "aioice waits for five seconds"
    finally:
        await peer.close()
        await worker.close()
