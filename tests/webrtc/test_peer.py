"""A peer against a real one over the network: what it sends again, what it passes on, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import weakref
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import numpy as np
import pytest
from aiortc import RTCCertificate
from aiortc.rtp import RTCP_PSFB_FIR, RTCP_PSFB_PLI, RtcpPsfbPacket, RtcpRtpfbPacket

from dragoman.clock import MediaClock
from dragoman.encoding import LOOK_AHEAD, SoundEncoder, VideoEncoder
from dragoman.packets import FRAME_SAMPLES, PICTURE_SAMPLES, Packet, Rendition
from dragoman.speech import MEDIA_RATE
from dragoman.webrtc import peer as peers
from dragoman.webrtc.negotiation import agree
from dragoman.webrtc.peer import Peer
from dragoman.webrtc.sdp import Candidate, Security, read
from dragoman.webrtc.transport import Transport
from players import Player, player, until

_NACK = 1


class Watched:
    """A peer and its player, connected, and pictures for them as fast as they are asked for."""

    def __init__(self, peer: Peer, watcher: Player) -> None:
        self.peer = peer
        self.player = watcher
        self.keys_wanted = 0
        self.connected = asyncio.Event()
        self._video = VideoEncoder(Rendition(width=128, height=128))
        self._sound = SoundEncoder()
        self._picture = np.full((192, 128), 128, dtype=np.uint8)
        self._at = 0

    def want_key(self) -> None:
        self.keys_wanted += 1

    def next(self, *, key: bool = False) -> list[Packet]:
        """The packets of the next twenty-fifth of a second."""
        sounds = [self._sound.encode(np.zeros(FRAME_SAMPLES, np.int16), self._at + n * FRAME_SAMPLES) for n in (0, 1)]
        picture = self._video.encode(self._picture, self._at, key=key)
        self._at += PICTURE_SAMPLES
        return [picture, *sounds]

    async def feed(self, count: int, *, key: bool = False) -> None:
        for number in range(count):
            self.peer.show(self.next(key=key and number == 0))
            await asyncio.sleep(0.01)


@asynccontextmanager
async def watched(*kinds: str) -> AsyncIterator[Watched]:
    """Connected; both sides are closed at the end."""
    clock = MediaClock()
    async with player(*kinds) as watcher:
        make = partial(Transport, RTCCertificate.generateCertificate(), ())
        peer = Peer(agree(read(await watcher.offer())), clock, make)
        both = Watched(peer, watcher)
        task = peer.start("peer", wait=0, connected=both.connected.set, key=both.want_key)
        answer = await peer.answered
        assert answer is not None
        await watcher.accept(answer)
        async with asyncio.timeout(20):
            await both.connected.wait()
        try:
            yield both
        finally:
            await peer.end()
            assert task.done()


async def test_picture_and_sound_arrive_whole_and_reports_say_when_they_were() -> None:
    async with watched() as both:
        await both.feed(30, key=True)
        await until(lambda: len(both.player.pictures) > 20 and len(both.player.sounds) > 40, 20)
        await until(lambda: len(both.player.reports) == 2, 20)
        # From the one clock's media times to either track's stamps and back by its reports, to the millisecond.
        picture, sound = both.player.pictures[0].stamp, both.player.sounds[0].stamp
        apart = (both.player.wall("video", picture) - both.player.wall("audio", sound)) * MEDIA_RATE - LOOK_AHEAD
        assert abs(apart - FRAME_SAMPLES * round(apart / FRAME_SAMPLES)) < MEDIA_RATE / 1000


async def test_a_lost_packet_is_sent_again_when_it_is_asked_for() -> None:
    async with watched("video") as both:
        send = both.peer._transport.send
        lost: list[bytes] = []
        sent = 0

        def lossy(packets: list[bytes]) -> None:
            nonlocal sent
            for packet in packets:
                sent += 1
                if sent % 10 == 7 and len(lost) < 5:
                    lost.append(packet)
                else:
                    send([packet])

        both.peer._transport.send = lossy  # type: ignore[method-assign, assignment]
        again: list[int] = []
        stream = both.peer._streams["video"]
        make = stream.again

        def counted(numbers: list[int], second: int) -> list[bytes]:
            again.extend(numbers)
            return make(numbers, second)

        stream.again = counted  # type: ignore[method-assign, assignment]
        await both.feed(60, key=True)
        await until(lambda: len(again) >= 5, 20)
        # Every picture is decoded in spite of the loss, and no key was needed for it.
        await until(lambda: len(both.player.pictures) >= 55, 20)
        assert both.keys_wanted == 0


async def test_who_cannot_decode_asks_for_a_key_in_either_way() -> None:
    async with watched("video") as both:
        await both.feed(5, key=True)
        await until(lambda: len(both.player.pictures) > 0, 20)
        receiver = both.player.connection.getReceivers()[0]
        ssrc = both.peer._streams["video"].sources.ssrc
        for kind in (RTCP_PSFB_PLI, RTCP_PSFB_FIR):
            wanted = both.keys_wanted
            await receiver._send_rtcp(RtcpPsfbPacket(fmt=kind, ssrc=1, media_ssrc=ssrc, fci=bytes(8)))
            await until(lambda wanted=wanted: both.keys_wanted > wanted, 20)
        # About a source that is not ours nothing is done.
        wanted = both.keys_wanted
        await receiver._send_rtcp(RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=1, media_ssrc=ssrc ^ 1))
        await receiver._send_rtcp(RtcpRtpfbPacket(fmt=_NACK, ssrc=1, media_ssrc=ssrc, lost=[1, 2, 3]))
        await both.feed(5)
        await until(lambda: len(both.player.pictures) > 5, 20)
        assert both.keys_wanted == wanted


async def test_the_end_is_said_and_what_comes_after_it_goes_nowhere() -> None:
    async with watched() as both:
        await both.feed(5, key=True)
        await until(lambda: len(both.player.pictures) > 0, 20)
        assert await both.peer.end()
        assert not await both.peer.end()
        both.peer.show(both.next())
        await until(lambda: both.player.over, 20)


@pytest.mark.parametrize("moment", ["before", "at once", "later"])
async def test_a_peer_that_is_ended_before_it_is_connected_leaves_nothing(moment: str) -> None:
    before = asyncio.all_tasks()
    async with player() as watcher:
        make = partial(Transport, RTCCertificate.generateCertificate(), ())
        peer = Peer(agree(read(await watcher.offer())), MediaClock(), make)
        if moment == "before":
            peer.over()
        task = peer.start("peer", wait=0, connected=lambda: None, key=lambda: None)
        if moment == "at once":
            peer.over()
        answer = await peer.answered
        assert (answer is not None) == (moment == "later")
        assert await peer.end() == (moment == "later")
        await asyncio.wait((task,))
    await until(lambda: asyncio.all_tasks() <= before, 20)


class Deaf(Transport):
    """Swallows the first cancellation, as asyncio.wait_for may."""

    async def connect(self, security: Security, candidates: Sequence[Candidate]) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(3600)
        await asyncio.sleep(3600)


@pytest.mark.parametrize("late", [False, True])
async def test_an_end_that_is_not_heard_at_first_is_said_again(late: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "CONNECT_SECONDS", 0.2 if late else 3600)
    async with player() as watcher:
        make = partial(Deaf, RTCCertificate.generateCertificate(), ())
        peer = Peer(agree(read(await watcher.offer())), MediaClock(), make)
        task = peer.start("peer", wait=0, connected=lambda: None, key=lambda: None)
        assert await peer.answered
        async with asyncio.timeout(20):
            if late:
                await asyncio.wait((task,))
            else:
                assert await peer.end()
        assert task.done()


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Without the collector of cycles, which in a server that has loaded its models comes by too seldom."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def parts(peer: Peer) -> list[weakref.ref[object]]:
    """A connected peer and what of it has memory of its own."""
    dtls = peer._transport._dtls
    assert dtls._ssl is not None
    secrets = (dtls._ssl, dtls._ssl.get_context(), dtls._rx_srtp, dtls._tx_srtp)
    carriers = (peer._transport, peer._transport._connection, dtls)
    return [weakref.ref(part) for part in (peer, *peer._streams.values(), *carriers, *secrets)]


async def until_gone(left: list[weakref.ref[object]]) -> None:
    """Nobody holds any of it."""
    await until(lambda: not any(part() for part in left), 20)


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("theirs", [False, True])
async def test_a_peer_that_ended_is_no_work_for_the_collector_of_cycles(theirs: bool) -> None:
    async with watched() as both:
        await both.feed(5, key=True)
        watcher = both.player
        await until(lambda: len(watcher.pictures) > 0, 20)
        left = parts(both.peer)
        if theirs:
            await watcher.close()
    del both
    await until_gone(left)


@pytest.mark.usefixtures("uncollected")
async def test_neither_is_one_that_was_never_connected() -> None:
    async with player() as watcher:
        make = partial(Transport, RTCCertificate.generateCertificate(), ())
        peer = Peer(agree(read(await watcher.offer())), MediaClock(), make)
        task = peer.start("peer", wait=0, connected=lambda: None, key=lambda: None)
        assert await peer.answered
        left = [weakref.ref(part) for part in (peer, peer._transport, peer._transport._connection)]
        assert await peer.end()
    del peer, task
    await until_gone(left)
